"""Many pages at once, row for row as Wagtail writes them one by one, at a twentieth of the cost and less.

What must be written, and where Wagtail 8.0 writes it: tree places (treebeard `MP_AddChildHandler`), pages and their
specific rows (`Page.save`), revisions (`Page.save_revision`), publication (`PublishRevisionAction`), the history
(`PageLogEntry`), the reference index and the search index (signal handlers of wagtail and modelsearch). A contract
test compares both ways, field by field, on SQLite and on PostgreSQL.

Not sent: `page_published`. Its one listener here asks who published, and import is nobody who rules.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import NamedTuple
from uuid import uuid4

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from modelcluster.models import get_all_child_relations, get_field_value
from treebeard.exceptions import PathOverflow
from wagtail.blocks import StreamBlock
from wagtail.models import Page, PageLogEntry, Revision

from cms_site.legacy.intake.indexing import index_again, index_new
from cms_site.legacy.rows import Row, add_rows, insert_rows, unwaiting, update_rows
from cms_site.portal.models import ContentPage

_PAGE_FIELDS = Page._meta.local_concrete_fields


class Version(NamedTuple):
    """What is to become of one page that stands in the tree."""

    page: ContentPage
    """With its new content, or, of a `revision` that exists already, with what that says."""
    revision: Revision | None
    """To be published as it is; None: the content becomes a new one."""
    live: bool
    published: datetime | None
    """The old site's time of publication; None: now."""


class NewPage(NamedTuple):
    """A page that is to be put into the tree."""

    title: str
    slug: str


@transaction.atomic
def add_children(
    parent: Page, page_type: type[ContentPage], pages: Sequence[NewPage], actor: AbstractBaseUser
) -> list[int]:
    """Put new pages of one type at the end of a column, unpublished and empty. Returns their numbers, in order.

    Raises PathOverflow where a column would hold more than the tree's steps can count.
    """
    node = Page.objects.select_for_update().get(pk=parent.pk)
    rows = [
        {
            "path": path,
            "title": page.title,
            "draft_title": page.title,
            "slug": page.slug,
            "url_path": f"{node.url_path}{page.slug}/",
            "translation_key": uuid4(),
        }
        for page, path in zip(pages, _free_paths(node, len(pages)), strict=True)
    ]
    kind = ContentType.objects.get_for_model(page_type)
    alike = {"depth": node.depth + 1, "locale_id": node.locale_id, "live": False, "owner_id": actor.pk}
    numbers = insert_rows(Page, rows, {**alike, "content_type_id": kind.pk})
    add_rows(page_type, [{"page_ptr_id": number} for number in numbers])
    Page.objects.filter(pk=node.pk).update(numchild=F("numchild") + len(pages))
    parent.numchild = node.numchild + len(pages)
    _log(
        "wagtail.create",
        [{"page_id": number, "label": page.title} for number, page in zip(numbers, pages, strict=True)],
        {"content_type_id": kind.pk, "revision_id": None},
        actor,
    )
    return numbers


def _free_paths(node: Page, count: int) -> list[str]:
    """Return the places after a page's last child, as `MP_Node._inc_path` counts them."""
    last = node.get_last_child()
    step = Page._str2int(last.path[-Page.steplen :]) if last is not None else 0
    if len(Page._int2str(step + count)) > Page.steplen:
        raise PathOverflow(node.path)
    return [Page._get_path(node.path, node.depth + 1, step + number) for number in range(1, count + 1)]


@transaction.atomic
def write_versions(versions: Sequence[Version], actor: AbstractBaseUser) -> None:
    """Write new content of pages, one revision each, and publish what shall be live.

    Raises ValidationError where a field can't hold its value; then nothing is written.
    """
    pages = [version.page for version in versions]
    _load_blocks(pages)
    for page in pages:
        _assume_no_children(page)
        page.clean_fields(exclude=_AS_THEY_WERE)
    with unwaiting():
        _write(versions, actor)


def _write(versions: Sequence[Version], actor: AbstractBaseUser) -> None:
    """Write versions whose values fit. Search, which is dearest to the database, comes before what Python takes longer
    to prepare.
    """
    pages = [version.page for version in versions]
    first = {page.pk for page in pages if page.latest_revision_id is None}
    new = [version.page for version in versions if version.revision is None]
    _write_revisions(new, actor)
    now = timezone.now()
    for version in versions:
        _set_state(version, now)
    for _model, alike in _by_type(pages):
        index_new([page for page in alike if page.pk in first])
        index_again([page for page in alike if page.pk not in first])
    update_rows(Page, pages, _CHANGED)
    for model, alike in _by_type(pages):
        update_rows(model, alike, [field.attname for field in model._meta.local_fields if not field.primary_key])
    _log("wagtail.edit", map(_log_row, new), {}, actor)
    _log("wagtail.publish", [_log_row(version.page) for version in versions if version.live], {}, actor)


_CHANGED = [
    "title", "draft_title", "live", "has_unpublished_changes", "expired", "first_published_at", "last_published_at",
    "latest_revision_id", "live_revision_id", "latest_revision_created_at",
]  # fmt: skip
_AS_THEY_WERE = {field.name for field in _PAGE_FIELDS if field.is_relation or field.name not in _CHANGED}
"""Of a page's own columns: what is not written needs no look whether it fits."""


def _load_blocks(pages: Sequence[ContentPage]) -> None:
    """Turn bodies and attachments into blocks: a query for all pictures they show, where each would ask for its own."""
    for name in ("body", "attachments"):
        stream: StreamBlock = ContentPage._meta.get_field(name).stream_block
        values = stream.bulk_to_python([list(getattr(page, name).raw_data) for page in pages])
        for page, value in zip(pages, values, strict=True):
            setattr(page, name, value)


def _write_revisions(pages: Sequence[ContentPage], actor: AbstractBaseUser) -> None:
    """Write what pages say as their latest revisions."""
    alike = {
        "base_content_type_id": ContentType.objects.get_for_model(Page).pk,
        "created_at": timezone.now(),
        "user_id": actor.pk,
    }
    rows = (
        {
            "content_type_id": page.content_type_id,
            "object_id": str(page.pk),
            "object_str": str(page),
            "content": _content(page),
        }
        for page in pages
    )
    for page, number in zip(pages, insert_rows(Revision, rows, alike), strict=True):
        page.latest_revision_id, page.latest_revision_created_at = number, alike["created_at"]


def _content(page: ContentPage) -> Row:
    """Return what `page.serializable_data()` does. Text, numbers and keys are most of it, and stand as they are."""
    if any(page.__dict__["_cluster_related_objects"].values()):
        return page.serializable_data()
    content: Row = {"pk": page.pk}
    for field in page._meta.fields:
        if field.serialize:
            value = getattr(page, field.attname)
            plain = value is None or type(value) in _PLAIN or field.remote_field is not None
            content[field.name] = value if plain else get_field_value(field, page)
    return content | {name: [] for name in _child_relations(type(page))}


_PLAIN = (str, int, bool)


@cache
def _child_relations(model: type[ContentPage]) -> list[str]:
    """Return the names of what is edited and kept together with a page: its comments."""
    return [relation.get_accessor_name() for relation in get_all_child_relations(model)]


def _set_state(version: Version, now: datetime) -> None:
    """Let a page say what its latest revision is, and since when visitors see which."""
    page, revision = version.page, version.revision
    if revision is not None:
        page.latest_revision_id, page.latest_revision_created_at = revision.pk, revision.created_at
    page.draft_title = page.title
    page.has_unpublished_changes = not version.live
    if not version.live:
        page.first_published_at = None  # its revision holds it, for whoever publishes that
        return
    page.live, page.expired, page.live_revision_id = True, False, page.latest_revision_id
    page.first_published_at = page.first_published_at or now
    page.last_published_at = version.published or now


def _by_type(pages: Iterable[ContentPage]) -> Iterator[tuple[type[models.Model], list[ContentPage]]]:
    ordered = sorted(pages, key=lambda page: page._meta.label)
    for _label, alike in groupby(ordered, key=lambda page: page._meta.label):
        found = list(alike)
        yield type(found[0]), found


def _assume_no_children(page: ContentPage) -> None:
    """Fill in that a page of import has no comments, which is not to be asked for each: nobody has seen it yet."""
    known = page.__dict__.setdefault("_cluster_related_objects", {})
    for name in _child_relations(type(page)):
        known.setdefault(name, [])


def _log_row(page: ContentPage) -> Row:
    return {
        "page_id": page.pk,
        "label": page.get_admin_display_title(),
        "content_type_id": page.content_type_id,
        "revision_id": page.latest_revision_id,
    }


def _log(action: str, rows: Iterable[Row], alike: Row, actor: AbstractBaseUser) -> None:
    """Write an action into the history of pages."""
    noted = {"action": action, "timestamp": timezone.now(), "user_id": actor.pk, "content_changed": True}
    add_rows(PageLogEntry, rows, {**alike, **noted})
