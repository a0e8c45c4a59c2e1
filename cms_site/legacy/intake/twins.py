"""What several addresses share: twins join a page, leave it, and take it over from the row that wrote it."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models, transaction
from wagtail.actions.unpublish_page import UnpublishPageAction
from wagtail.models import Page

from cms_site.legacy.intake.content import evidence_of
from cms_site.legacy.intake.once import print_of_row, set_print, standing
from cms_site.legacy.intake.receipts import IMPORTED, ReceiptBook, values
from cms_site.legacy.intake.sameness import print_of
from cms_site.legacy.intake.single import before_of, move_page, publish_as_of
from cms_site.legacy.models import Imported
from cms_site.portal.models import ColumnPage
from migrate.i18n import _
from migrate.records import Entry, Stored

Change = tuple[models.Model, dict[str, Any]]
"""A changed row and its values before."""


class TwinWriter:
    """Writes the rows of twins, with their receipt lines."""

    def __init__(self, book: ReceiptBook, actor: AbstractBaseUser) -> None:
        self._book = book
        self._actor = actor

    @transaction.atomic
    def write(self, entry: Entry, number: int, column: ColumnPage | None, *, live: bool) -> Stored:
        """Note what an entry says by now that shares a page, and its column; where it is to be live, publish that."""
        row = Imported.objects.select_related("page", "same_as__page").get(pk=number)
        if row.page is None:
            return Stored(entry.key, "edited", _("An editor deleted it; it is not created again."))
        if row.same_as.revision_id is None:
            return not_shared(entry.key)
        if live:
            self._publish(row.same_as)
        before, first = values(row, IMPORTED), not row.content_hash
        row.content_hash, row.evidence, row.held = entry.content_hash, evidence_of(entry, row.page), []
        row.state, row.column = "live" if live else row.state, column or row.column
        set_print(row, print_of(entry))
        row.save()
        if not first:
            self._book.updated(row, before)
        return Stored(entry.key, "merged" if first else "updated")

    def _publish(self, first: Imported) -> None:
        """Let visitors see a page that waits as a draft, unless people or screening hold it back."""
        page = first.page
        if first.touched or first.held or (page.live and not page.has_unpublished_changes):
            return
        before = before_of(first)
        publish_as_of(page, page.specific.published_at, self._actor)
        first.state = "live"
        first.save()
        self._book.updated(first, before)

    def retire(self, row: Imported) -> bool:
        """Let an address no longer stand for a page that others lead to; say whether that changed anything."""
        if row.same_as_id is not None:
            if row.state != "live":
                return False
            before = values(row, IMPORTED)
        else:
            heir = standing(row.twins.all()).order_by("pk").first()
            if heir is None or row.touched:
                return False
            before = before_of(row)
            self._book.updated_all(take_over(heir, row, self._actor))
            row.same_as, row.unresolved = heir, []
        row.state = "draft"
        row.save()
        self._book.updated(row, before)
        return True


def not_shared(key: str) -> Stored:
    """Return what becomes of an address whose page another one should have written."""
    return Stored(key, "failed", _("The page that it shares can't be written."))


def heir_of(row: Imported) -> Imported | None:
    """Return the twin that takes over a row's page: one whose address leads there, else any; None without twins."""
    twins = list(row.twins.order_by("pk"))
    return (standing(row.twins.order_by("pk")).first() or twins[0]) if twins else None


def take_over(heir: Imported, row: Imported, actor: AbstractBaseUser) -> list[Change]:
    """Let a twin answer for the page that another row wrote; return what was changed, that row left out.

    The page moves into the heir's column, unless an editor has moved it. Where the heir's own address leads there no
    more, it goes offline.
    """
    page = row.page
    changes: list[Change] = [(heir, before_of(heir))]
    if page.live and not standing(Imported.objects.filter(pk=heir.pk)).exists():
        UnpublishPageAction(page.specific, user=actor).execute(skip_permission_checks=True)
        page.refresh_from_db()
    heir.same_as, heir.revision_id, heir.unresolved = None, row.revision_id, row.unresolved
    heir.state = "live" if page.live else "draft"
    set_print(heir, print_of_row(row))
    heir.save()
    for other in row.twins.all():
        changes.append((other, values(other, IMPORTED)))
        other.same_as = heir
        other.save()
    if heir.column is not None and page.get_parent().pk == row.column_id != heir.column_id:
        move_page(Page.objects.get(pk=page.pk), heir.column, heir.source_key)
    return changes
