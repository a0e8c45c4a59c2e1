"""What no longer moves goes offline: pages whose address is gone, archived or redirected by now."""

from django.db import transaction
from wagtail.actions.unpublish_page import UnpublishPageAction
from wagtail.models import ReferenceIndex

from cms_site.legacy.actor import system_user
from cms_site.legacy.intake.pages import rows_of
from cms_site.legacy.intake.receipts import IMPORTED, ReceiptBook, values
from cms_site.legacy.intake.single import before_of
from cms_site.legacy.intake.twins import TwinWriter
from cms_site.legacy.models import Imported, OldSite
from migrate.i18n import _
from migrate.records import Entry, Stored


class PageRetirer:
    """Takes one site's pages offline, batch by batch."""

    def __init__(self, site: OldSite, book: ReceiptBook) -> None:
        self._site = site
        self._book = book
        self._actor = system_user()
        self._twins = TwinWriter(book, self._actor)

    @transaction.atomic
    def retire(self, entries: list[Entry]) -> list[Stored]:
        """Take pages offline whose address is gone, archived or redirected by now; those that people touched stay."""
        rows = rows_of(self._site, entries)
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
