"""Which pages import wrote: the rows of entries, each with its page."""

from collections.abc import Collection, Sequence

from django.contrib.contenttypes.models import ContentType
from wagtail.models import Page

from cms_site.legacy.models import Imported, OldSite
from migrate.records import Entry


def rows_of(site: OldSite, entries: Sequence[Entry]) -> dict[str, Imported]:
    """Return the rows of these entries by key, each with its page as the type that it is."""
    keys = [entry.key for entry in entries]
    rows = list(Imported.objects.filter(site=site, source_key__in=keys).prefetch_related("same_as"))
    pages = _specific_pages({row.page_id for row in rows if row.page_id})
    for row in rows:
        row.page = pages.get(row.page_id)
    return {row.source_key: row for row in rows}


def _specific_pages(numbers: Collection[int]) -> dict[int, Page]:
    """Return pages by number, each read once as the type that it is; `specific()` reads all of them twice."""
    by_type: dict[int, list[int]] = {}
    for number, kind in Page.objects.filter(pk__in=numbers).values_list("pk", "content_type_id"):
        by_type.setdefault(kind, []).append(number)
    pages: dict[int, Page] = {}
    for kind, alike in by_type.items():
        model = ContentType.objects.get_for_id(kind).model_class()
        pages |= model._default_manager.in_bulk(alike)
    return pages


def is_twin(row: Imported | None) -> bool:
    return row is not None and row.same_as_id is not None


def is_new(row: Imported) -> bool:
    """Say whether a page was placed and has no content yet."""
    return row.page is not None and row.revision_id is None
