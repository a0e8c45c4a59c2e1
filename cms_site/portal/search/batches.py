"""What both databases' indexes share: bigrams in every value, each made once, and one upsert for a batch of objects."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from django.db.backends.utils import CursorWrapper
from django.db.models import Model
from modelsearch.index import BaseField, FilterField, Indexed, RelatedFields, SearchField
from modelsearch.utils import get_content_type_pk

from cms_site.portal.models.lines import write_lines
from cms_site.portal.search.tokens import index_text


class _Number(SearchField):
    """A document number, which weighs like a title: who looks for one wants that document, not all that cite it."""

    def __init__(self) -> None:
        super().__init__("title")

    def get_value(self, obj: Model) -> str:
        """Return the number."""
        number: str = obj.document_number  # type: ignore[attr-defined]
        return number


@cache
def _with_words(model: type[Indexed]) -> list[BaseField | RelatedFields]:
    """Return the search fields of a model that hold words. Most only serve filters, which ask its own table."""
    fields = [field for field in model.get_search_fields() if not isinstance(field, FilterField)]
    return [_Number() if field.field_name == "document_number" else field for field in fields]


class BigramValues:
    """Mixed into modelsearch's `ObjectIndexer`: every value goes into the index as bigrams."""

    obj: Model

    def __init__(self, obj: Model, backend: Any) -> None:
        super().__init__(obj, backend)  # type: ignore[call-arg]
        self.search_fields = _with_words(type(obj))

    def prepare_value(self, value: Any) -> str:
        """Return a value as tokens."""
        if isinstance(value, list | dict):
            return super().prepare_value(value)  # type: ignore[misc,no-any-return]  its parts come here one by one
        return index_text(super().prepare_value(value))  # type: ignore[misc]

    def prepare_field(self, obj: Model, field: Any) -> Iterator[Any]:
        """Yield a field's values. The base makes all of them anew for title, for body and for completion."""
        if obj is not self.obj:
            yield from super().prepare_field(obj, field)  # type: ignore[misc]
            return
        known = self.__dict__.setdefault("_prepared", {})
        if id(field) not in known:
            known[id(field)] = list(super().prepare_field(obj, field))  # type: ignore[misc]
        yield from known[id(field)]


class OneUpsert:
    """Mixed into modelsearch's index: writes a batch at once. It keeps no title norms: ranking weighs columns."""

    backend: Any
    indexer_class: type[Any]
    at_once: int
    """Objects whose entries one statement writes."""

    def _refresh_title_norms(self, full: bool = False) -> None:
        """Do nothing. The base rewrites rows after each write, at a cost that grows with the site."""

    def add_items(self, model: type[Model], objs: Sequence[Model]) -> None:
        """Write the entries of objects of one model, and what lists show of them."""
        if not model.get_search_fields():
            return
        content_type_id = get_content_type_pk(model)
        sent = list[CursorWrapper]()
        for start in range(0, len(objs), self.at_once):
            some = objs[start : start + self.at_once]
            sent += self.upsert(content_type_id, [self.indexer_class(obj, self.backend) for obj in some])
        write_lines(objs, dict(row for cursor in sent for row in cursor.fetchall()))

    def upsert(self, content_type_id: int, indexers: Sequence[Any]) -> list[CursorWrapper]:
        """Write the entries of these objects, there or not. Returns where to read each object's id and its entry's."""
        raise NotImplementedError
