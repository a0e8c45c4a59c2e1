"""Entries with content → pages. First placed (so that links between them can become ids), then filled and published.

A page that an editor touched after import is never overwritten: its latest revision is no longer the one import wrote.
"""

from collections.abc import Iterator
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import DataError, transaction
from wagtail.actions.unpublish_page import UnpublishPageAction
from wagtail.models import Page, ReferenceIndex, Revision

from cms_site.legacy.intake.bulk import Version, add_children, update_rows, write_versions
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
from cms_site.legacy.intake.once import Earlier, Matcher, Placing, set_print
from cms_site.legacy.intake.receipts import IMPORTED, ReceiptBook, values
from cms_site.legacy.intake.sameness import print_of
from cms_site.legacy.intake.single import before_of, move_page, publish_as_of
from cms_site.legacy.intake.sites import system_user
from cms_site.legacy.intake.twins import TwinWriter
from cms_site.legacy.models import Imported, OldSite
from cms_site.portal.models import ColumnPage, ContentPage
from migrate.config import PortalConfig
from migrate.i18n import _
from migrate.records import Entry, Outcome, Stored

_UNWRITABLE = (ValidationError, ValueError, DataError)
"""What a page that can't be written ends with; it must not stop the others."""


class _Writing(NamedTuple):
    """One page that is written together with others."""

    entry: Entry
    row: Imported
    version: Version
    unresolved: list[str]


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
        pages = [placing.page_type(title=page_title(placing.entry)) for placing in new]
        for page, slug in zip(pages, free_slugs([placing.entry.key for placing in new], column), strict=True):
            page.slug = slug
        add_children(column, pages, self._actor)
        self._book.created(*pages)
        self._write_rows([(placing, page.pk, None) for placing, page in zip(new, pages, strict=True)], rows)

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
            known = rows.get(placing.entry.key)
            row = known or Imported(site=self._site, source_key=placing.entry.key)
            before = values(row, IMPORTED)
            row.page_id, row.column, row.same_as, row.state = page_id, placing.column, first, "draft"
            row.revision_id, row.content_hash, row.unresolved = None, "", []
            set_print(row, placing.print)
            if known is None:
                created.append(row)
            else:
                row.save()
                self._book.updated(row, before)
        self._book.created(*Imported.objects.bulk_create(created))

    def foresee(self, entries: list[Entry]) -> dict[str, str]:
        """Return the key of each entry that `place` would give a page, and what it would share that with, or empty."""
        self._columns.forget()
        wanted = list(self.to_place(entries, self._imported(entries)))
        earlier = self._matcher.match(wanted)
        keys = [placing.entry.key for placing in wanted]
        return {key: earlier[key].address[1] if key in earlier else "" for key in keys}

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
        done = {} if relink else self._fill_together(entries, imported, links)
        return [
            done.get(entry.key) or self._try(entry, imported.get(entry.key), links, relink=relink) for entry in entries
        ]

    def _write_twin(self, entry: Entry, row: Imported) -> Stored:
        return self._twins.write(entry, row.pk, self._columns.of(entry), live=self.wants_live(entry))

    def _fill_together(
        self, entries: list[Entry], imported: dict[str, Imported], links: LinkTable
    ) -> dict[str, Stored]:
        """Write at once the pages that have no content yet and the drafts that only go live; return what was done.

        Where one of them can't be written, nothing is done: one by one it shows which.
        """
        known = [(entry, imported[entry.key]) for entry in entries if entry.key in imported]
        new = list(self._new_versions([pair for pair in known if _is_new(pair[1])], links))
        drafts = list(self._draft_versions([pair for pair in known if self._only_goes_live(*pair)]))
        before = [(writing.row, before_of(writing.row)) for writing in drafts]
        try:
            write_versions([writing.version for writing in (*new, *drafts)], self._actor)
        except _UNWRITABLE:
            return {}
        for entry, row, version, unresolved in (*new, *drafts):
            row.state, row.revision_id = "live" if version.live else "draft", version.page.latest_revision_id
            _note(row, entry, unresolved)
        update_rows(Imported, [writing.row for writing in (*new, *drafts)], [*IMPORTED, "imported_at"])
        self._book.updated_all(before)
        created = {writing.entry.key: Stored(writing.entry.key, "created") for writing in new}
        return created | {writing.entry.key: Stored(writing.entry.key, "updated") for writing in drafts}

    def _new_versions(self, known: list[tuple[Entry, Imported]], links: LinkTable) -> Iterator[_Writing]:
        """Yield the content of pages that were placed; not of those that must be looked at one by one."""
        pages = Page.objects.specific().in_bulk([row.page_id for _entry, row in known])
        for entry, row in known:
            page, column = pages[row.page_id], self._columns.of(entry)
            if column is None or not isinstance(page, self._columns.page_type(entry, column)):
                continue
            try:
                rendered = render(entry, links)
                yield _Writing(entry, row, self._new_version(page, entry, rendered), rendered.unresolved)
            except _UNWRITABLE:
                continue

    def _only_goes_live(self, entry: Entry, row: Imported) -> bool:
        if row.page is None or row.page.live or row.touched or not self.wants_live(entry):
            return False
        return row.revision_id is not None and row.content_hash == entry.content_hash

    @staticmethod
    def _draft_versions(known: list[tuple[Entry, Imported]]) -> Iterator[_Writing]:
        """Yield the drafts of earlier imports as their revision has them."""
        pages = Page.objects.specific().in_bulk([row.page_id for _entry, row in known])
        revisions = Revision.objects.in_bulk([row.revision_id for _entry, row in known])
        for entry, row in known:
            revision = revisions[row.revision_id]
            page = pages[row.page_id].with_content_json(revision.content)
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
        rows = Imported.objects.filter(site=self._site, source_key__in=[entry.key for entry in entries])
        return {row.source_key: row for row in rows.select_related("page", "same_as")}

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
        page = imported.page.specific
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
