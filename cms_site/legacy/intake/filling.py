"""Content into pages that were placed, and changed content into pages that have some; then published, if it may be.

A page that an editor touched after import is never overwritten: its latest revision is no longer the one import wrote.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from django.db import transaction
from wagtail.actions.unpublish_page import UnpublishPageAction
from wagtail.models import Page, Revision

from cms_site.legacy.actor import system_user
from cms_site.legacy.intake.bulk import Version, write_versions
from cms_site.legacy.intake.columns import Columns
from cms_site.legacy.intake.content import (
    UNWRITABLE,
    Rendered,
    content_of,
    evidence_of,
    moment,
    page_title,
    render,
    set_fields,
    unwritable,
    urls_of,
)
from cms_site.legacy.intake.links import LinkTable, links_for
from cms_site.legacy.intake.once import set_print
from cms_site.legacy.intake.pages import is_new, is_twin, rows_of
from cms_site.legacy.intake.receipts import ReceiptBook
from cms_site.legacy.intake.sameness import print_of
from cms_site.legacy.intake.single import before_of, before_of_all, move_page, publish_as_of
from cms_site.legacy.intake.twins import TwinWriter
from cms_site.legacy.models import Imported, OldSite
from cms_site.legacy.rows import update_rows
from cms_site.portal.models import ColumnPage, ContentPage
from migrate.config import PortalConfig
from migrate.i18n import _
from migrate.records import Entry, Outcome, Stored
from migrate.ruled import RuledEntry, look_of

_FILLED = (
    "state", "revision_id", "content_hash", "held", "unresolved", "evidence", "imported_at", "title_key", "number_key",
    "day", "sketch", "is_held", "least_sure", "look",
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


class PageFiller:
    """Fills one site's pages, batch by batch; `publish` says whether clean ones go live.

    `hosts` are the names of all sites that are to move: links to one that has not come yet stay open.
    """

    def __init__(
        self, site: OldSite, portal: PortalConfig, book: ReceiptBook, *, publish: bool, hosts: Collection[str]
    ) -> None:
        self._site = site
        self._book = book
        self._publish = publish
        self._hosts = hosts
        self._actor = system_user()
        self._columns = Columns(site, portal)
        self._twins = TwinWriter(book, self._actor)

    @transaction.atomic
    def fill(self, entries: list[Entry], *, relink: bool = False) -> list[Stored]:
        """Write fields, body, one revision, and publish what may be live. `relink`: only bodies with open links."""
        self._columns.forget()
        imported = rows_of(self._site, entries)
        twins = [(entry, imported[entry.key]) for entry in entries if is_twin(imported.get(entry.key))]
        if twins:
            shared = {entry.key for entry, _row in twins}
            done = self.fill([entry for entry in entries if entry.key not in shared], relink=relink)
            return [*done, *(self._write_twin(entry, row) for entry, row in twins)]
        links = links_for(self._site, self._hosts)
        links.load(url for entry in entries if entry.content for url in urls_of(entry.content))
        done = self._fill_together(entries, imported, links, relink=relink)
        return [
            done.get(entry.key) or self._try(entry, imported.get(entry.key), links, relink=relink) for entry in entries
        ]

    def _write_twin(self, entry: Entry, row: Imported) -> Stored:
        return self._twins.write(entry, row.pk, self._columns.of(entry), live=self._wants_live(entry))

    def _fill_together(
        self, entries: list[Entry], imported: dict[str, Imported], links: LinkTable, *, relink: bool
    ) -> dict[str, Stored]:
        """Write at once the pages that nothing is special about; return what was done.

        Where one of them can't be written, nothing is done: one by one it shows which.
        """
        known = [(entry, imported[entry.key]) for entry in entries if entry.key in imported]
        to_publish = [] if relink else [pair for pair in known if self._only_goes_live(*pair)]
        to_change = [pair for pair in known if self._only_changes(*pair, relink=relink)]
        to_fill = [] if relink else [pair for pair in known if is_new(pair[1])]
        written = [row for _entry, row in (*to_publish, *to_change)]
        before = list(zip(written, before_of_all(written), strict=True))
        rendered = list(self._rendered([*to_fill, *to_change], links))
        same = {item.entry.key for item in rendered if relink and item.rendered.unresolved == item.row.unresolved}
        versions = self._new_versions(item for item in rendered if item.entry.key not in same)
        writings = [*versions, *self._draft_versions(to_publish)]
        try:
            write_versions([writing.version for writing in writings], self._actor)
        except UNWRITABLE:
            imported.update(rows_of(self._site, entries))  # what was to be written is in those pages by now
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
            if column is None or not self._columns.takes(entry, column, row.page):
                continue
            try:
                yield _Rendering(entry, row, render(entry, links))
            except UNWRITABLE:
                continue

    def _new_versions(self, rendered: Iterable[_Rendering]) -> Iterator[_Writing]:
        for entry, row, found in rendered:
            try:
                yield _Writing(entry, row, self._new_version(row.page, entry, found), found.unresolved)
            except UNWRITABLE:
                continue

    def _only_changes(self, entry: Entry, row: Imported, *, relink: bool) -> bool:
        """Say whether a page gets new content and nothing else: it stays where it is, and as visible or more so."""
        page, column = row.page, self._columns.of(entry)
        if page is None or column is None or is_new(row) or row.touched or row.column_id != column.pk:
            return False
        if not (relink or row.content_hash != entry.content_hash):
            return False
        if page.live:
            return self._wants_live(entry) and page.title == page_title(entry, type(page))  # Wagtail notes a new title
        return page.first_published_at is None

    def _only_goes_live(self, entry: Entry, row: Imported) -> bool:
        if row.page is None or row.page.live or row.touched or not self._wants_live(entry):
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

    def _try(self, entry: Entry, imported: Imported | None, links: LinkTable, *, relink: bool) -> Stored:
        """Write one page, or say why not: one that can't be written must not stop the others."""
        try:
            with transaction.atomic():
                return self._fill(entry, imported, links, relink=relink)
        except UNWRITABLE as error:
            return unwritable(entry, error)

    def _fill(self, entry: Entry, imported: Imported | None, links: LinkTable, *, relink: bool) -> Stored:
        column = self._columns.of(entry)
        if column is None or imported is None:
            return Stored(entry.key, "failed", self._columns.refusal(entry, None))
        if imported.page is None:
            return Stored(entry.key, "edited", _("An editor deleted it; it is not created again."))
        rendered = render(entry, links)
        if relink and rendered.unresolved == imported.unresolved:
            return Stored(entry.key, "unchanged")
        if imported.touched:
            return Stored(entry.key, "edited", _("An editor changed it; the old site's new version waits."))
        page = imported.page
        if refusal := self._columns.refusal(entry, column, page):
            return Stored(entry.key, "failed", refusal)
        before, first = before_of(imported), is_new(imported)
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
        return Version(page, None, self._wants_live(entry), published)

    def _move(self, page: Page, entry: Entry, imported: Imported, column: ColumnPage) -> None:
        """Follow a mapping that now names another column, unless an editor has moved the page elsewhere."""
        if imported.column_id == page.get_parent().pk != column.pk:
            move_page(page, column, entry.key)
            imported.column = column

    def _set_live(self, page: Page, entry: Entry) -> None:
        if self._wants_live(entry):
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

    def _wants_live(self, entry: Entry) -> bool:
        """Say whether the entry's page should be live after this import."""
        return self._publish and entry.outcome == Outcome.MOVE and not entry.held


def _note(row: Imported, entry: Entry, unresolved: list[str]) -> None:
    if row.content_hash:  # else `place` has just looked at it
        set_print(row, print_of(entry))
    row.content_hash = entry.content_hash
    row.held, row.is_held = list(entry.held), bool(entry.held)
    row.unresolved = unresolved
    row.evidence = evidence_of(entry, row.page)
    row.least_sure = min((field.confidence for field in content_of(entry).evidence.values()), default=None)
    row.look = (entry.look if isinstance(entry, RuledEntry) else "") or look_of(entry)
