"""Entries with content → pages. First placed (so that links between them can become ids), then filled and published.

A page that an editor touched after import is never overwritten: its latest revision is no longer the one import wrote.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import DataError, transaction
from wagtail.actions.move_page import MovePageAction
from wagtail.actions.unpublish_page import UnpublishPageAction
from wagtail.models import Page, ReferenceIndex, Revision, Site

from cms_site.legacy.intake.bulk import Version, add_children, update_rows, write_versions
from cms_site.legacy.intake.content import (
    Rendered,
    content_of,
    evidence_of,
    free_slugs,
    moment,
    page_title,
    render,
    set_fields,
    slug_of,
    urls_of,
)
from cms_site.legacy.intake.links import LinkTable
from cms_site.legacy.intake.receipts import IMPORTED, PAGE, ReceiptBook, values
from cms_site.legacy.intake.sites import page_at, system_user
from cms_site.legacy.models import Imported, OldSite
from cms_site.portal.models import ArticlePage, ColumnPage, ContentPage, PolicyPage
from migrate.config import UNDECIDED_COLUMN, PortalConfig
from migrate.i18n import _
from migrate.records import Entry, Outcome, Stored, fingerprint

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
        self._portal = portal
        self._book = book
        self._publish = publish
        self._actor = system_user()
        self._undecided = f"{site.channel.url_path.removeprefix(_root_path())}{UNDECIDED_COLUMN}/"
        self._columns: dict[str, ColumnPage | None] = {}
        """Of one batch: editors move columns, too."""

    def wants_live(self, entry: Entry) -> bool:
        """Say whether the entry's page should be live after this import."""
        return self._publish and entry.outcome == Outcome.MOVE and not entry.held

    @transaction.atomic
    def place(self, entries: list[Entry]) -> None:
        """Create an empty, unpublished page with its `Imported` row for each entry that has none yet.

        Where there is no column for it, nothing is created; `fill` says so.
        """
        self._columns.clear()
        known = self._imported(entries)
        placed: dict[int, tuple[ColumnPage, list[tuple[Entry, ContentPage]]]] = {}
        for entry in entries:
            if entry.key not in known and (column := self._column(entry)) is not None:
                page = self._page_type(entry, column)(title=page_title(entry))
                placed.setdefault(column.pk, (column, []))[1].append((entry, page))
        for column, new in placed.values():
            self._place(column, new)

    def _place(self, column: ColumnPage, new: list[tuple[Entry, ContentPage]]) -> None:
        pages = [page for _entry, page in new]
        for page, slug in zip(pages, free_slugs([entry.key for entry, _page in new], column), strict=True):
            page.slug = slug
        add_children(column, pages, self._actor)
        rows = Imported.objects.bulk_create(
            Imported(site=self._site, source_key=entry.key, state="draft", page_id=page.pk, column=column)
            for entry, page in new
        )
        self._book.created(*pages, *rows)

    @transaction.atomic
    def fill(self, entries: list[Entry], *, relink: bool = False) -> list[Stored]:
        """Write fields, body, one revision, and publish what may be live. `relink`: only bodies with open links."""
        self._columns.clear()
        imported = self._imported(entries)
        links = LinkTable(self.hosts)
        links.load(url for entry in entries if entry.content for url in urls_of(entry.content))
        done = {} if relink else self._fill_together(entries, imported, links)
        return [
            done.get(entry.key) or self._try(entry, imported.get(entry.key), links, relink=relink) for entry in entries
        ]

    def _fill_together(
        self, entries: list[Entry], imported: dict[str, Imported], links: LinkTable
    ) -> dict[str, Stored]:
        """Write at once the pages that have no content yet and the drafts that only go live; return what was done.

        Where one of them can't be written, nothing is done: one by one it shows which.
        """
        known = [(entry, imported[entry.key]) for entry in entries if entry.key in imported]
        new = list(self._new_versions([pair for pair in known if _is_new(pair[1])], links))
        drafts = list(self._draft_versions([pair for pair in known if self._only_goes_live(*pair)]))
        before = [(writing.row, _before(writing.row)) for writing in drafts]
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
            page, column = pages[row.page_id], self._column(entry)
            if column is None or not isinstance(page, self._page_type(entry, column)):
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
        if row.page is None or (row.touched and not row.page.live):
            return Stored(entry.key, "leftover" if row.image_id else "unchanged", message)
        self._reopen_links(row)
        if row.touched:
            return Stored(entry.key, "leftover", message)
        if not row.page.live:
            return Stored(entry.key, "unchanged")
        before = _before(row)
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
        for row in Imported.objects.filter(page_id__in=numbers).select_related("page"):
            if not row.touched and row.unresolved.count(target.source_key) < 2:
                before = values(row, IMPORTED)
                row.unresolved = [*row.unresolved, target.source_key, target.source_key]
                row.save()
                self._book.updated(row, before)

    def _imported(self, entries: list[Entry]) -> dict[str, Imported]:
        rows = Imported.objects.filter(site=self._site, source_key__in=[entry.key for entry in entries])
        return {row.source_key: row for row in rows.select_related("page")}

    def _try(self, entry: Entry, imported: Imported | None, links: LinkTable, *, relink: bool) -> Stored:
        """Write one page, or say why not: one that can't be written must not stop the others."""
        try:
            with transaction.atomic():
                return self._fill(entry, imported, links, relink=relink)
        except _UNWRITABLE as error:
            return Stored(entry.key, "failed", _("The page can't be written: {error}").format(error=error))

    def _fill(self, entry: Entry, imported: Imported | None, links: LinkTable, *, relink: bool) -> Stored:
        column = self._column(entry)
        if column is None or imported is None:
            message = _("The portal has no column at {path}. Build its columns: shangyi cms build")
            return Stored(entry.key, "failed", message.format(path=self._column_path(entry)))
        if imported.page is None:
            return Stored(entry.key, "edited", _("An editor deleted it; it is not created again."))
        rendered = render(entry, links)
        if relink and rendered.unresolved == imported.unresolved:
            return Stored(entry.key, "unchanged")
        if imported.touched:
            return Stored(entry.key, "edited", _("An editor changed it; the old site's new version waits."))
        page = imported.page.specific
        if not isinstance(page, self._page_type(entry, column)):
            message = _("{path} holds pages of another kind: move it there by hand, as a new page.")
            return Stored(entry.key, "failed", message.format(path=self._column_path(entry)))
        before, first = _before(imported), _is_new(imported)
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

    def _column_path(self, entry: Entry) -> str:
        if entry.outcome == Outcome.MOVE and entry.target:
            return entry.target
        return self._undecided

    def _column(self, entry: Entry) -> ColumnPage | None:
        path = self._column_path(entry)
        if path not in self._columns:
            page = page_at(path)
            column = page.specific if page is not None else None
            self._columns[path] = column if isinstance(column, ColumnPage) else None
        return self._columns[path]

    def _page_type(self, entry: Entry, column: ColumnPage) -> type[ContentPage]:
        if not column.hidden:
            return column.content_model
        template = self._portal.templates.get(entry.template)
        return PolicyPage if template is not None and template.page == "policy" else ArticlePage


def publish_as_of(page: Page, published: datetime | None, actor: AbstractBaseUser) -> None:
    """Publish a page's latest revision with the old site's time of publication; without one, Wagtail takes now."""
    page.get_latest_revision().publish(user=actor, skip_permission_checks=True)
    if published is not None:
        Page.objects.filter(pk=page.pk).update(last_published_at=published)


def move_page(page: Page, column: Page, key: str) -> None:
    """Move a page into another column. It keeps its slug unless another page has that there."""
    if column.get_children().filter(slug=page.slug).exists():
        page.slug = f"{slug_of(key)}-{fingerprint(key)[7:15]}"
        page.save(update_fields=["slug", "url_path"], clean=False)
    MovePageAction(page, column, pos="last-child", user=system_user()).execute(skip_permission_checks=True)
    page.refresh_from_db()


def _root_path() -> str:
    return Site.objects.get(is_default_site=True).root_page.url_path


def _is_new(row: Imported) -> bool:
    """Say whether a page was placed and has no content yet."""
    return row.page is not None and row.revision_id is None


def _before(row: Imported) -> dict[str, object]:
    """Return what a rollback needs to put a page and its row back."""
    return values(row, IMPORTED) | {"page": values(row.page, PAGE), "parent": row.page.get_parent().pk}


def _note(row: Imported, entry: Entry, unresolved: list[str]) -> None:
    row.content_hash = entry.content_hash
    row.held = list(entry.held)
    row.unresolved = unresolved
    row.evidence = evidence_of(entry)
