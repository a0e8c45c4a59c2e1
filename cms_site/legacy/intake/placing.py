"""Entries with content → empty pages, unpublished: links between them can become ids before any has its content."""

from collections.abc import Collection, Iterator

from django.db import transaction
from wagtail.models import Page

from cms_site.legacy.actor import system_user
from cms_site.legacy.intake.bulk import NewPage, add_children
from cms_site.legacy.intake.columns import Columns
from cms_site.legacy.intake.content import free_slugs, page_title
from cms_site.legacy.intake.once import Earlier, Matcher, Placing, print_columns
from cms_site.legacy.intake.pages import rows_of
from cms_site.legacy.intake.receipts import IMPORTED, ReceiptBook, values
from cms_site.legacy.intake.sameness import print_of
from cms_site.legacy.models import Imported, OldSite
from cms_site.legacy.rows import insert_rows
from cms_site.portal.models import ColumnPage, ContentPage
from migrate.config import PortalConfig
from migrate.records import Entry

_UNFILLED = {"state": "draft", "revision_id": None, "content_hash": "", "unresolved": []}
"""What a row says of a page that has no content yet."""


class PagePlacer:
    """Places one site's pages, batch by batch."""

    def __init__(self, site: OldSite, portal: PortalConfig, book: ReceiptBook) -> None:
        self._site = site
        self._book = book
        self._actor = system_user()
        self._columns = Columns(site, portal)
        self._matcher = Matcher(site, portal.merge)

    @transaction.atomic
    def place(self, entries: list[Entry]) -> None:
        """Create an empty, unpublished page with its `Imported` row for each entry that has none yet.

        What is the same as an earlier thing gets that one's page. Where there is no column for it, nothing is created;
        `fill` says so.
        """
        self._columns.forget()
        rows = rows_of(self._site, entries)
        wanted = list(self._to_place(entries, rows))
        earlier = self._matcher.match(wanted)
        placed: dict[int, tuple[ColumnPage, list[Placing]]] = {}
        for placing in wanted:
            if placing.entry.key not in earlier:
                placed.setdefault(placing.column.pk, (placing.column, []))[1].append(placing)
        _lock(placed)
        for column, new in placed.values():
            self._place(column, new, rows)
        self._share([(placing, earlier[placing.entry.key]) for placing in wanted if placing.entry.key in earlier], rows)
        self._matcher.forget()

    def _to_place(self, entries: list[Entry], rows: dict[str, Imported]) -> Iterator[Placing]:
        """Yield the entries that need a page: new ones, and twins that are no longer the same as their page."""
        for entry in entries:
            row = rows.get(entry.key)
            if row is not None and (row.same_as_id is None or row.page_id is None):
                continue
            if (column := self._columns.of(entry)) is None:
                continue
            placing = Placing(entry, column, self._columns.page_type(entry, column), print_of(entry))
            if (
                row is None
                or not (placing.page_type is row.page.specific_class or self._matcher.is_repost(row))
                or self._matcher.parts(row, placing.print)
            ):
                yield placing

    def _place(self, column: ColumnPage, new: list[Placing], rows: dict[str, Imported]) -> None:
        slugs = free_slugs([placing.entry.key for placing in new], column)
        by_type: dict[type[ContentPage], list[tuple[Placing, NewPage]]] = {}
        for placing, slug in zip(new, slugs, strict=True):
            page = NewPage(page_title(placing.entry, placing.page_type), slug)
            by_type.setdefault(placing.page_type, []).append((placing, page))
        for page_type, alike in by_type.items():
            numbers = add_children(column, page_type, [page for _placing, page in alike], self._actor)
            self._book.created_rows("page", numbers)
            placed = zip(alike, numbers, strict=True)
            self._write_rows([(placing, number, None) for (placing, _page), number in placed], rows)

    def _share(self, twins: list[tuple[Placing, Earlier]], rows: dict[str, Imported]) -> None:
        """Have entries share the pages of what they are the same as."""
        keys = [earlier.address[1] for _placing, earlier in twins if earlier.row is None]
        new = {row.source_key: row for row in Imported.objects.filter(site=self._site, source_key__in=keys)}
        firsts = [(placing, earlier.row or new[earlier.address[1]]) for placing, earlier in twins]
        self._write_rows([(placing, first.page_id, first) for placing, first in firsts], rows)

    def _write_rows(self, placed: list[tuple[Placing, int, Imported | None]], rows: dict[str, Imported]) -> None:
        """Write the rows of (what was placed, its page, what it shares that with)."""
        created = []
        for placing, page_id, first in placed:
            wanted = {
                "page_id": page_id,
                "column_id": placing.column.pk,
                "same_as_id": first.pk if first is not None else None,
                **print_columns(placing.print),
            }
            known = rows.get(placing.entry.key)
            if known is None:
                created.append({"source_key": placing.entry.key, **wanted})
                continue
            before = values(known, IMPORTED)
            for name, value in {**wanted, **_UNFILLED}.items():
                setattr(known, name, value)
            known.save()
            self._book.updated(known, before)
        self._book.created_rows("imported", insert_rows(Imported, created, {"site_id": self._site.pk, **_UNFILLED}))

    def foresee(self, entries: list[Entry]) -> dict[str, str]:
        """Return the key of each entry that `place` would give a page, and what it would share that with, or empty."""
        self._columns.forget()
        wanted = list(self._to_place(entries, rows_of(self._site, entries)))
        earlier = self._matcher.match(wanted)
        keys = [placing.entry.key for placing in wanted]
        return {key: earlier[key].address[1] if key in earlier else "" for key in keys}


def _lock(columns: Collection[int]) -> None:
    """Keep columns from all others until the transaction ends, before the portal's stamp is renewed.

    Who moves a page in the admin takes its columns first and then the stamp: the other way round they would wait for
    each other for ever.
    """
    list(Page.objects.select_for_update().filter(pk__in=columns).order_by("pk").values_list("pk"))
