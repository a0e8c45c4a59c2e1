"""Entries with content → pages. First placed (so that links between them can become ids), then filled and published.

A page that an editor touched after import is never overwritten: its latest revision is no longer the one import wrote.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import DataError, transaction
from wagtail.actions.unpublish_page import UnpublishPageAction
from wagtail.models import Page, ReferenceIndex, Revision

from cms_site.legacy.intake.bulk import NewPage, Version, add_children, write_versions
from cms_site.legacy.intake.columns import Columns
from cms_site.legacy.intake.content import (
    Rendered,
    content_of,
    evidence_of,
    free_slugs,
    moment,
    page_title,
    render,
    set_fields,
    urls_of,
)
from cms_site.legacy.intake.links import LinkTable
from cms_site.legacy.intake.once import Earlier, Matcher, Placing, print_columns, set_print
from cms_site.legacy.intake.receipts import IMPORTED, ReceiptBook, values
from cms_site.legacy.intake.rows import insert_rows, update_rows
from cms_site.legacy.intake.sameness import print_of
from cms_site.legacy.intake.single import before_of, before_of_all, move_page, publish_as_of
from cms_site.legacy.intake.sites import system_user
from cms_site.legacy.intake.twins import TwinWriter
from cms_site.legacy.models import Imported, OldSite
from cms_site.portal.models import ColumnPage, ContentPage
from migrate.config import PortalConfig
from migrate.i18n import _
from migrate.records import Entry, Outcome, Stored

_UNWRITABLE = (ValidationError, ValueError, DataError)
"""What a page that can't be written ends with; it must not stop the others."""


_UNFILLED = {"state": "draft", "revision_id": None, "content_hash": "", "unresolved": []}
"""What a row says of a page that has no content yet."""


_FILLED = (
    "state", "revision_id", "content_hash", "held", "unresolved", "evidence", "imported_at", "title_key", "number_key",
    "day", "sketch",
)  # fmt: skip
"""Columns of a row that filling its page writes."""


class _Writing(NamedTuple):
    """One page that is written together with others."""

    entry: Entry
    row: Imported
    version: Version
    unresolved: list[str]


class _Rendering(NamedTuple):
    """What the body of one page becomes."""

    entry: Entry
    row: Imported
    rendered: Rendered


class PageWriter:
    """Writes one site's pages, batch by batch; `publish` says whether clean ones go live."""

    hosts: frozenset[str] = frozenset()
    """Host names of all sites that are to move: links to one that has not come yet stay open."""

    def __init__(self, site: OldSite, portal: PortalConfig, book: ReceiptBook, *, publish: bool) -> None:
        self._site = site
        self._book = book
        self._publish = publish
        self._actor = system_user()
        self._columns = Columns(site, portal)
        self._matcher = Matcher(site, portal.merge)
        self._twins = TwinWriter(book, self._actor)

    def wants_live(self, entry: Entry) -> bool:
        """Say whether the entry's page should be live after this import."""
        return self._publish and entry.outcome == Outcome.MOVE and not entry.held

    @transaction.atomic
    def place(self, entries: list[Entry]) -> None:
        """Create an empty, unpublished page with its `Imported` row for each entry that has none yet.

        What is the same as an earlier thing gets that one's page. Where there is no column for it, nothing is created;
        `fill` says so.
        """
        self._columns.forget()
        rows = self._imported(entries)
        wanted = list(self.to_place(entries, rows))
        earlier = self._matcher.match(wanted)
        placed: dict[int, tuple[ColumnPage, list[Placing]]] = {}
        for placing in wanted:
            if placing.entry.key not in earlier:
                placed.setdefault(placing.column.pk, (placing.column, []))[1].append(placing)
        for column, new in placed.values():
            self._place(column, new, rows)
        self._share([(placing, earlier[placing.entry.key]) for placing in wanted if placing.entry.key in earlier], rows)
        self._matcher.forget()

    def to_place(self, entries: list[Entry], rows: dict[str, Imported]) -> Iterator[Placing]:
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
                or placing.page_type is not row.page.specific_class
                or self._matcher.parts(row, placing.print)
            ):
                yield placing

    def _place(self, column: ColumnPage, new: list[Placing], rows: dict[str, Imported]) -> None:
        slugs = free_slugs([placing.entry.key for placing in new], column)
        by_type: dict[type[ContentPage], list[tuple[Placing, NewPage]]] = {}
        for placing, slug in zip(new, slugs, strict=True):
            by_type.setdefault(placing.page_type, []).append((placing, NewPage(page_title(placing.entry), slug)))
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

    def foresee(self, entries: list[Entry]) -> dict[str, bool]:
        """Return the key of each entry that `place` would give a page, and whether it would share an earlier one."""
        self._columns.forget()
        wanted = list(self.to_place(entries, self._imported(entries)))
        earlier = self._matcher.match(wanted)
        return {placing.entry.key: placing.entry.key in earlier for placing in wanted}

    @transaction.atomic
    def fill(self, entries: list[Entry], *, relink: bool = False) -> list[Stored]:
        """Write fields, body, one revision, and publish what may be live. `relink`: only bodies with open links."""
        self._columns.forget()
        imported = self._imported(entries)
        twins = [(entry, imported[entry.key]) for entry in entries if _is_twin(imported.get(entry.key))]
        if twins:
            shared = {entry.key for entry, _row in twins}
            done = self.fill([entry for entry in entries if entry.key not in shared], relink=relink)
            return [*done, *(self._write_twin(entry, row) for entry, row in twins)]
        links = LinkTable(self.hosts)
        links.load(url for entry in entries if entry.content for url in urls_of(entry.content))
        done = self._fill_together(entries, imported, links, relink=relink)
        return [
            done.get(entry.key) or self._try(entry, imported.get(entry.key), links, relink=relink) for entry in entries
        ]

    def _write_twin(self, entry: Entry, row: Imported) -> Stored:
        return self._twins.write(entry, row.pk, self._columns.of(entry), live=self.wants_live(entry))

    def _fill_together(
        self, entries: list[Entry], imported: dict[str, Imported], links: LinkTable, *, relink: bool
    ) -> dict[str, Stored]:
        """Write at once the pages that nothing is special about; return what was done.

        Where one of them can't be written, nothing is done: one by one it shows which.
        """
        known = [(entry, imported[entry.key]) for entry in entries if entry.key in imported]
        to_publish = [] if relink else [pair for pair in known if self._only_goes_live(*pair)]
        to_change = [pair for pair in known if self._only_changes(*pair, relink=relink)]
        to_fill = [] if relink else [pair for pair in known if _is_new(pair[1])]
        written = [row for _entry, row in (*to_publish, *to_change)]
        before = list(zip(written, before_of_all(written), strict=True))
        rendered = list(self._rendered([*to_fill, *to_change], links))
        same = {item.entry.key for item in rendered if relink and item.rendered.unresolved == item.row.unresolved}
        versions = self._new_versions(item for item in rendered if item.entry.key not in same)
        writings = [*versions, *self._draft_versions(to_publish)]
        try:
            write_versions([writing.version for writing in writings], self._actor)
        except _UNWRITABLE:
            imported.update(self._imported(entries))  # what was to be written is in those pages by now
            return {}
        for entry, row, version, unresolved in writings:
            row.state, row.revision_id = "live" if version.live else "draft", version.page.latest_revision_id
            _note(row, entry, unresolved)
        update_rows(Imported, [writing.row for writing in writings], _FILLED)
        done = {writing.entry.key: "updated" for writing in writings}
        self._book.updated_all((row, values) for row, values in before if row.source_key in done)
        done |= {entry.key: "created" for entry, _row in to_fill if entry.key in done} | dict.fromkeys(
            same, "unchanged"
        )
        return {key: Stored(key, status) for key, status in done.items()}

    def _rendered(self, known: Iterable[tuple[Entry, Imported]], links: LinkTable) -> Iterator[_Rendering]:
        """Yield what the bodies of pages become; not of those that must be looked at one by one."""
        for entry, row in known:
            column = self._columns.of(entry)
            if column is None or not isinstance(row.page, self._columns.page_type(entry, column)):
                continue
            try:
                yield _Rendering(entry, row, render(entry, links))
            except _UNWRITABLE:
                continue

    def _new_versions(self, rendered: Iterable[_Rendering]) -> Iterator[_Writing]:
        for entry, row, found in rendered:
            try:
                yield _Writing(entry, row, self._new_version(row.page, entry, found), found.unresolved)
            except _UNWRITABLE:
                continue

    def _only_changes(self, entry: Entry, row: Imported, *, relink: bool) -> bool:
        """Say whether a page gets new content and nothing else: it stays where it is, and as visible or more so."""
        page, column = row.page, self._columns.of(entry)
        if page is None or column is None or _is_new(row) or row.touched or row.column_id != column.pk:
            return False
        if not (relink or row.content_hash != entry.content_hash):
            return False
        if page.live:
            return self.wants_live(entry) and page.title == page_title(entry)  # Wagtail notes a new title
        return page.first_published_at is None

    def _only_goes_live(self, entry: Entry, row: Imported) -> bool:
        if row.page is None or row.page.live or row.touched or not self.wants_live(entry):
            return False
        return row.revision_id is not None and row.content_hash == entry.content_hash

    @staticmethod
    def _draft_versions(known: list[tuple[Entry, Imported]]) -> Iterator[_Writing]:
        """Yield the drafts of earlier imports as their revision has them."""
        revisions = Revision.objects.in_bulk([row.revision_id for _entry, row in known])
        for entry, row in known:
            revision = revisions[row.revision_id]
            page = row.page.with_content_json(revision.content)
            published, _has_time = moment(content_of(entry).published)
            yield _Writing(entry, row, Version(page, revision, live=True, published=published), row.unresolved)

    @transaction.atomic
    def retire(self, entries: list[Entry]) -> list[Stored]:
        """Take pages offline whose address is gone, archived or redirected by now; those that people touched stay."""
        rows = self._imported(entries)
        return [self._retire(entry, rows[entry.key]) for entry in entries if entry.key in rows]

    def _retire(self, entry: Entry, row: Imported) -> Stored:
        message = _("Imported earlier; by now it is: {outcome}.").format(outcome=entry.outcome)
        if row.page is not None and self._twins.retire(row):
            stays = _("Its page stays: another address leads there.")
            return Stored(entry.key, "unpublished", f"{message} {stays}")
        if row.same_as_id is not None:
            return Stored(entry.key, "unchanged")
        if row.page is None or (row.touched and not row.page.live):
            return Stored(entry.key, "leftover" if row.image_id else "unchanged", message)
        self._reopen_links(row)
        if row.touched:
            return Stored(entry.key, "leftover", message)
        if not row.page.live:
            return Stored(entry.key, "unchanged")
        before = before_of(row)
        UnpublishPageAction(row.page.specific, user=self._actor).execute(skip_permission_checks=True)
        row.state = "draft"
        row.save()
        self._book.updated(row, before)
        return Stored(entry.key, "unpublished", message)

    def _reopen_links(self, target: Imported) -> None:
        """Have the next relinking write all bodies anew that lead to a page, on any site.

        Its address is noted twice among their open links, so that they differ from whatever a body then has.
        """
        references = ReferenceIndex.get_references_to(target.page).filter(base_content_type__model="page")
        numbers = [int(number) for number in references.values_list("object_id", flat=True)]
        for row in Imported.objects.filter(page_id__in=numbers, same_as=None).select_related("page"):
            if not row.touched and row.unresolved.count(target.source_key) < 2:
                before = values(row, IMPORTED)
                row.unresolved = [*row.unresolved, target.source_key, target.source_key]
                row.save()
                self._book.updated(row, before)

    def _imported(self, entries: list[Entry]) -> dict[str, Imported]:
        """Return the rows of these entries by key, each with its page as the type that it is."""
        rows = list(
            Imported.objects.filter(site=self._site, source_key__in=[entry.key for entry in entries]).prefetch_related(
                "same_as"
            )
        )
        pages = _specific_pages({row.page_id for row in rows if row.page_id})
        for row in rows:
            row.page = pages.get(row.page_id)
        return {row.source_key: row for row in rows}

    def _try(self, entry: Entry, imported: Imported | None, links: LinkTable, *, relink: bool) -> Stored:
        """Write one page, or say why not: one that can't be written must not stop the others."""
        try:
            with transaction.atomic():
                return self._fill(entry, imported, links, relink=relink)
        except _UNWRITABLE as error:
            return Stored(entry.key, "failed", _("The page can't be written: {error}").format(error=error))

    def _fill(self, entry: Entry, imported: Imported | None, links: LinkTable, *, relink: bool) -> Stored:
        column = self._columns.of(entry)
        if column is None or imported is None:
            message = _("The portal has no column at {path}. Build its columns: shangyi cms build")
            return Stored(entry.key, "failed", message.format(path=self._columns.path(entry)))
        if imported.page is None:
            return Stored(entry.key, "edited", _("An editor deleted it; it is not created again."))
        rendered = render(entry, links)
        if relink and rendered.unresolved == imported.unresolved:
            return Stored(entry.key, "unchanged")
        if imported.touched:
            return Stored(entry.key, "edited", _("An editor changed it; the old site's new version waits."))
        page = imported.page
        if not isinstance(page, self._columns.page_type(entry, column)):
            message = _("{path} holds pages of another kind: move it there by hand, as a new page.")
            return Stored(entry.key, "failed", message.format(path=self._columns.path(entry)))
        before, first = before_of(imported), _is_new(imported)
        if first:
            write_versions([self._new_version(page, entry, rendered)], self._actor)
        else:
            if relink or imported.content_hash != entry.content_hash:
                self._move(page, entry, imported, column)
                set_fields(page, entry, rendered)
                page.save_revision(user=self._actor, log_action=True, clean=False)
            self._set_live(page, entry)
            self._book.updated(imported, before)
        self._remember(entry, imported, rendered.unresolved)
        return Stored(entry.key, "created" if first else "updated")

    def _new_version(self, page: ContentPage, entry: Entry, rendered: Rendered) -> Version:
        set_fields(page, entry, rendered)
        published, _has_time = moment(content_of(entry).published)
        return Version(page, None, self.wants_live(entry), published)

    def _move(self, page: Page, entry: Entry, imported: Imported, column: ColumnPage) -> None:
        """Follow a mapping that now names another column, unless an editor has moved the page elsewhere."""
        if imported.column_id == page.get_parent().pk != column.pk:
            move_page(page, column, entry.key)
            imported.column = column

    def _set_live(self, page: Page, entry: Entry) -> None:
        if self.wants_live(entry):
            published, _has_time = moment(content_of(entry).published)
            publish_as_of(page, published, self._actor)
        elif page.live and (entry.held or entry.outcome != Outcome.MOVE):
            UnpublishPageAction(page, user=self._actor).execute(skip_permission_checks=True)

    def _remember(self, entry: Entry, imported: Imported, unresolved: list[str]) -> None:
        live, revision = Page.objects.values_list("live", "latest_revision_id").get(pk=imported.page_id)
        imported.state = "live" if live else "draft"
        imported.revision_id = revision
        _note(imported, entry, unresolved)
        imported.save()


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


def _is_twin(row: Imported | None) -> bool:
    return row is not None and row.same_as_id is not None


def _is_new(row: Imported) -> bool:
    """Say whether a page was placed and has no content yet."""
    return row.page is not None and row.revision_id is None


def _note(row: Imported, entry: Entry, unresolved: list[str]) -> None:
    if row.content_hash:  # else `place` has just looked at it
        set_print(row, print_of(entry))
    row.content_hash = entry.content_hash
    row.held = list(entry.held)
    row.unresolved = unresolved
    row.evidence = evidence_of(entry)
