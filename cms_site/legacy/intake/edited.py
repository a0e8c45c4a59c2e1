"""Pages that an editor changed: what the old site has new for them, and links that lead somewhere by now."""

from collections.abc import Collection, Iterable

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from cms_site.legacy.intake.content import UNWRITABLE, render, urls_of
from cms_site.legacy.intake.links import LinkTable, links_for
from cms_site.legacy.intake.pages import rows_of
from cms_site.legacy.intake.receipts import ReceiptBook
from cms_site.legacy.intake.single import before_of
from cms_site.legacy.intake.versions import Outlook, outlook, take_over
from cms_site.legacy.models import Imported, OldSite
from migrate.i18n import _
from migrate.records import Entry, Stored


class EditedPages:
    """The edited pages of one site."""

    def __init__(
        self, site: OldSite, book: ReceiptBook, actor: AbstractBaseUser, *, overwrite: Collection[str], hosts: set[str]
    ) -> None:
        self._site = site
        self._book = book
        self._actor = actor
        self._overwrite = overwrite
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
                ahead = outlook(row, entry, render(entry, links), self._overwrite)
                if ahead.taken:
                    self._take_over(row, entry, ahead)
                return ahead.stored
        except UNWRITABLE as error:
            return Stored(entry.key, "failed", _("The page can't be written: {error}").format(error=error))

    def _take_over(self, row: Imported, entry: Entry, ahead: Outlook) -> None:
        before = before_of(row)
        take_over(row.page, ahead.versions, [change.field for change in ahead.taken], self._actor)
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
