"""Pages that an editor changed: what the old site has new for them, and links that lead somewhere by now."""

from collections.abc import Collection, Iterable

from django.db import transaction

from cms_site.legacy.actor import system_user
from cms_site.legacy.intake.content import UNWRITABLE, Rendered, evidence_of, render, unwritable, urls_of
from cms_site.legacy.intake.links import LinkTable, links_for
from cms_site.legacy.intake.pages import rows_of
from cms_site.legacy.intake.receipts import ReceiptBook
from cms_site.legacy.intake.single import before_of
from cms_site.legacy.intake.versions import Outlook, columns_of, outlook, take_over
from cms_site.legacy.models import Imported, OldSite
from migrate.records import Entry, Outcome, Stored


class EditedPages:
    """The edited pages of one site. `overwrite` names fields that may follow; `publish` says whether those go live."""

    def __init__(
        self, site: OldSite, book: ReceiptBook, *, overwrite: Collection[str], publish: bool, hosts: set[str]
    ) -> None:
        self._site = site
        self._book = book
        self._actor = system_user()
        self._overwrite = overwrite
        self._publish = publish
        self._hosts = hosts

    @transaction.atomic
    def follow(self, entries: list[Entry]) -> list[Stored]:
        """Take over what may follow the old site; say what waits for a person."""
        rows, links = rows_of(self._site, entries), self._links(entries)
        return [self._settle(entry, rows.get(entry.key), links) for entry in entries]

    def _settle(self, entry: Entry, row: Imported | None, links: LinkTable) -> Stored:
        if row is None:
            return Stored(entry.key, "unchanged")
        try:
            with transaction.atomic():
                rendered = render(entry, links)
                ahead = outlook(row, entry, rendered, self._overwrite)
                if ahead.taken:
                    self._take_over(row, entry, ahead, rendered)
                return ahead.stored
        except UNWRITABLE as error:
            return unwritable(entry, error)

    def _take_over(self, row: Imported, entry: Entry, ahead: Outlook, rendered: Rendered) -> None:
        before, names = before_of(row), [change.field for change in ahead.taken]
        publish = self._publish and entry.outcome == Outcome.MOVE
        take_over(row.page, ahead.versions, names, self._actor, publish=publish)
        written = {*names, *columns_of(names)}
        fresh = {name: found for name, found in evidence_of(entry, row.page).items() if name in written}
        row.evidence = {name: found for name, found in row.evidence.items() if name not in written} | fresh
        if "body" in names:
            row.unresolved = rendered.unresolved
        if not ahead.left:
            row.content_hash = entry.content_hash
        row.save()
        self._book.updated(row, before)

    def healable(self, entries: list[Entry]) -> dict[str, list[str]]:
        """Return key → what is to be done about its links that led nowhere and lead somewhere now.

        What the page leads to already, because somebody saw to it, is not named.
        """
        rows, links = rows_of(self._site, entries), self._links(entries)
        found = {}
        for entry in entries:
            row = rows.get(entry.key)
            lines = list(self._lines(row, links)) if row is not None and row.page is not None else []
            if lines:
                found[entry.key] = lines
        return found

    def _lines(self, row: Imported, links: LinkTable) -> Iterable[str]:
        content = row.page.get_latest_revision().content if row.page.latest_revision_id else {}
        written = f"{content.get('body', '')} {content.get('attachments', '')}"
        for url in dict.fromkeys(row.unresolved):
            reference = links.resolve(url)
            if reference is None:
                continue
            known = f'linktype=\\"{reference.kind}\\" id=\\"{reference.id}\\"' if reference.id else reference.url
            if known not in written and f'"{reference.kind}": {reference.id}' not in written:
                yield f"{url} → {reference.kind} {reference.id or reference.url}"

    def _links(self, entries: list[Entry]) -> LinkTable:
        links = links_for(self._site, self._hosts)
        links.load(url for entry in entries if entry.content for url in urls_of(entry.content))
        return links
