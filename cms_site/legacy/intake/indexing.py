"""What Wagtail's signals do for one saved object, for many new ones at once: search index, reference index.

Own path beside `wagtail.signal_handlers` and `modelsearch.signal_handlers`; a test holds the two against each other.
"""

from collections.abc import Sequence

from django.contrib.contenttypes.models import ContentType
from django.db import models
from modelsearch.backends import get_search_backends
from modelsearch.index import RelatedFields
from wagtail.models import ReferenceIndex

from cms_site.legacy.rows import add_rows


def index_new(objects: Sequence[models.Model]) -> None:
    """Enter objects of one model that neither index has yet into search and the reference index. They have no tags."""
    for name in _related(objects):
        nothing = objects[0]._meta.get_field(name).related_model._default_manager.none()
        for obj in objects:
            obj.__dict__.setdefault("_prefetched_objects_cache", {})[name] = nothing
    _enter(objects)


def index_again(objects: Sequence[models.Model]) -> None:
    """The same for objects of one model that were changed in bulk. They are in the indexes already."""
    if not objects:
        return
    own = ContentType.objects.get_for_model(type(objects[0]), for_concrete_model=False)
    ReferenceIndex.objects.filter(content_type=own, object_id__in=[str(obj.pk) for obj in objects]).delete()
    models.prefetch_related_objects(objects, *_related(objects))
    _enter(objects)


def _related(objects: Sequence[models.Model]) -> list[str]:
    """Return what the indexer would ask for of each object by itself, and more than once."""
    fields = type(objects[0]).get_search_fields() if objects else ()
    return [field.field_name for field in fields if isinstance(field, RelatedFields)]


def _enter(objects: Sequence[models.Model]) -> None:
    if not objects:
        return
    model = type(objects[0])
    for backend in get_search_backends(with_auto_update=True):
        backend.add_bulk(model, objects)
    if ReferenceIndex.is_indexed(model):
        _write_references(objects)


def _write_references(objects: Sequence[models.Model]) -> None:
    own, *parents = [
        ContentType.objects.get_for_model(model, for_concrete_model=False)
        for model in (type(objects[0]), *objects[0]._meta.get_parent_list())
    ]
    found = [
        {
            "object_id": str(obj.pk),
            "to_content_type_id": to_type,
            "to_object_id": to_id,
            "model_path": model_path,
            "content_path": content_path,
            "content_path_hash": ReferenceIndex._get_content_path_hash(content_path),
        }
        for obj in objects
        for to_type, to_id, model_path, content_path in set(ReferenceIndex._extract_references_from_object(obj))
    ]
    add_rows(
        ReferenceIndex,
        found,
        {"content_type_id": own.pk, "base_content_type_id": (parents[-1] if parents else own).pk},
    )
