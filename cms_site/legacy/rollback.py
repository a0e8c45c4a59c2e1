"""Undo an import by its receipt: what it created is removed, what it changed is put back. All or nothing.

What an editor has touched since, or what something else uses, stays and is listed.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import models, transaction
from django.db.models.signals import post_delete
from wagtail.actions.delete_page import DeletePageAction
from wagtail.actions.unpublish_page import UnpublishPageAction
from wagtail.documents import get_document_model
from wagtail.documents import signal_handlers as document_signals
from wagtail.images import get_image_model
from wagtail.images import signal_handlers as image_signals
from wagtail.log_actions import registry
from wagtail.models import Page, ReferenceIndex

from cms_site.legacy.actor import system_user
from cms_site.legacy.intake.receipts import later_elsewhere
from cms_site.legacy.intake.single import move_page
from cms_site.legacy.intake.storing import announce, sweep
from cms_site.legacy.intake.twins import heir_of, take_over
from cms_site.legacy.models import Imported, OldUrl, Receipt, ReceiptLine
from migrate.errors import ShangyiError, UsageError
from migrate.i18n import _

_MODELS: dict[str, type[models.Model]] = {
    "imported": Imported,
    "oldurl": OldUrl,
    "document": get_document_model(),
    "image": get_image_model(),
    "page": Page,
}
_FILES = ("document", "image")


@dataclass(slots=True)
class RolledBack:
    """What a rollback did: rows removed and restored by kind, and what it left standing, with the reason."""

    receipt: str
    removed: dict[str, int] = field(default_factory=dict)
    restored: dict[str, int] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)


def find_receipt(site_slug: str, number: int | None) -> Receipt:
    """Return the newest receipt of a site that still stands, which must be the one asked for.

    Raises UsageError where there is none, or a later one, of any site, changed what this one wrote; and without a
    number where the newest of all is rolled back already: who repeats a command that broke off means no older import.
    """
    receipts = Receipt.objects.filter(site__slug=site_slug).order_by("-pk")
    standing = receipts.exclude(state=Receipt.State.ROLLED_BACK)
    if number is not None and receipts.filter(pk=number, state=Receipt.State.ROLLED_BACK).exists():
        raise UsageError(_("Receipt {number} is rolled back already.").format(number=number))
    newest = standing.first()
    if newest is None:
        raise UsageError(
            _("Nothing to roll back: {site} has no import that stands.").format(site=site_slug),
            _("See what was imported: shangyi status {site}").format(site=site_slug),
        )
    last = receipts[0]
    if number is None and last != newest:
        raise UsageError(
            _("The last import of {site} is rolled back already: {receipt}.").format(
                site=site_slug, receipt=_numbers([last])
            ),
            _("If the one before it is to go as well: shangyi rollback {site} {number}").format(
                site=site_slug, number=newest.pk
            ),
        )
    wanted = standing.filter(pk=number).first() if number is not None else newest
    if wanted is None:
        raise UsageError(
            _("The site “{site}” has no receipt {number}.").format(site=site_slug, number=number),
            _("Those that stand: {numbers}").format(numbers=_numbers(standing)),
        )
    if later := [*standing.filter(pk__gt=wanted.pk), *later_elsewhere(wanted)]:
        raise UsageError(
            _("Later imports build on receipt {number}: {later}.").format(number=wanted.pk, later=_numbers(later)),
            _("Roll back the newest first: shangyi rollback {site} {newest}").format(
                site=later[0].site.slug, newest=later[0].pk
            ),
        )
    return wanted


def _numbers(receipts: Iterable[Receipt]) -> str:
    """Return receipts as people write them down."""
    return ", ".join(f"{receipt.pk} ({receipt})" for receipt in receipts)


def roll_back(receipt: Receipt, *, dry_run: bool = False) -> RolledBack:
    """Undo one receipt in one transaction; with `dry_run` nothing of it is kept. Returns what was (would be) done.

    The files of removed documents and images go when the transaction is committed. What can't be removed then, or is
    left behind by a process that is killed, was announced: the next import removes it.
    """
    if receipt.state == Receipt.State.ROLLED_BACK:
        raise ShangyiError(_("Receipt {number} is rolled back already.").format(number=receipt.pk))
    undo = _Undo(receipt)
    with _files_left_to_us(), transaction.atomic():
        undo.run()
        receipt.state = Receipt.State.ROLLED_BACK
        receipt.save()
        if dry_run:
            transaction.set_rollback(True)
        else:
            transaction.on_commit(undo.remove_files)
    return undo.result


@contextmanager
def _files_left_to_us() -> Iterator[None]:
    """Keep Wagtail from removing the files of removed rows: it would do so one by one and log what fails as a trace.

    Only for a process that does nothing beside: signals are everybody's.
    """
    image = get_image_model()
    theirs = (
        (image_signals.post_delete_file_cleanup, image),
        (image_signals.post_delete_file_cleanup, image.get_rendition_model()),
        (document_signals.post_delete_file_cleanup, get_document_model()),
    )
    for receiver, sender in theirs:
        post_delete.disconnect(receiver, sender=sender)
    try:
        yield
    finally:
        for receiver, sender in theirs:
            post_delete.connect(receiver, sender=sender)


class _Undo:
    """One rollback. First pages and their rows, then files: only then it shows which files are still in use."""

    def __init__(self, receipt: Receipt) -> None:
        self._receipt = receipt
        self._kept: set[tuple[str, int]] = set()
        self.result = RolledBack(str(receipt))

    def run(self) -> None:
        """Undo the lines, the newest first."""
        lines = self._receipt.lines.order_by("-pk")
        self._keep_touched_pages()
        later: list[ReceiptLine] = []
        for line in lines.iterator():
            obj = self._object(line)
            if obj is None:
                continue
            if self._thing(obj) is not None:
                later.append(line)
            elif not self._belongs_to_kept(obj) and not self._is_shared(line, obj):
                self._undo(line, obj)
        for line in later:
            if (obj := self._object(line)) is not None and not self._is_kept_file(line, obj):
                self._undo(line, obj)

    def remove_files(self) -> None:
        """Remove the files of what is gone; what can't be removed is listed and waits for the next import."""
        try:
            sweep()
        except OSError as error:
            message = _("files that nothing uses any more: {error}; the next import removes them")
            self.result.kept.append(message.format(error=f"{error.filename}: {error.strerror}"))

    def _object(self, line: ReceiptLine) -> models.Model | None:
        found: models.Model | None = _MODELS[line.model].objects.filter(pk=line.object_id).first()
        return found

    def _keep_touched_pages(self) -> None:
        created = self._receipt.lines.filter(model="page", action=ReceiptLine.Action.CREATED)
        to_remove = set(created.values_list("object_id", flat=True))
        for row in self._pages_of_receipt():
            # what is only changed back may stand wherever people have put it
            used = row.page_id in to_remove and (row.page.get_parent().pk != row.column_id or row.page.numchild)
            if row.touched or used:
                self._keep_page(row.page, _("page “{title}”: an editor changed it"))

    def _pages_of_receipt(self) -> Iterator[Imported]:
        numbers = self._receipt.lines.filter(model="imported").values("object_id")
        rows = Imported.objects.filter(pk__in=numbers, page__isnull=False, same_as=None)
        return rows.select_related("page").iterator()

    def _belongs_to_kept(self, obj: models.Model) -> bool:
        row = obj.imported if isinstance(obj, OldUrl) else obj
        page = row.page_id if isinstance(row, Imported) else row.pk if isinstance(row, Page) else None
        return ("page", page) in self._kept

    def _is_shared(self, line: ReceiptLine, obj: models.Model) -> bool:
        """Say whether a page stays because another import stands for it, or for it alone: what it shared is gone.

        The row that wrote a shared page hands it over.
        """
        created = line.action == ReceiptLine.Action.CREATED
        if isinstance(obj, Imported) and created:
            heir = heir_of(obj) if obj.page is not None else None
            if heir is not None:
                take_over(heir, obj, system_user())
        elif isinstance(obj, Imported):
            shared = line.before.get("same_as_id")
            if shared is not None and not Imported.objects.filter(pk=shared).exists():
                self._keep_page(obj.page, _("page “{title}”: what it shared a page with is gone"))
                return True
        elif isinstance(obj, Page) and created:
            other = Imported.objects.filter(page=obj, same_as=None).first()
            if other is not None:
                self._hand_over(line, other)
                message = _("page “{title}”: another import uses it")
                self.result.kept.append(message.format(title=obj.get_admin_display_title()))
                return True
        return False

    def _keep_page(self, page: Page | None, message: str) -> None:
        if page is not None and ("page", page.pk) not in self._kept:
            self._kept.add(("page", page.pk))
            self.result.kept.append(message.format(title=page.get_admin_display_title()))

    def _thing(self, obj: models.Model) -> models.Model | None:
        """Return the document or image that a row is or stands for; None for what belongs to pages."""
        row = obj.imported if isinstance(obj, OldUrl) else obj
        if isinstance(row, Imported):
            return row.document or row.image
        return row if row is not None and row._meta.model_name in _FILES else None

    def _is_kept_file(self, line: ReceiptLine, obj: models.Model) -> bool:
        """Say whether a file stays: with its rows where people use it, alone where another import or site does."""
        thing = self._thing(obj)
        if thing is None or line.action == ReceiptLine.Action.UPDATED:
            return False
        used = _("file “{title}”: something else uses it")
        if self._used_by_people(thing):
            self._keep_file(thing, used)
            return True
        if obj != thing:
            return False
        if (other := Imported.objects.filter(**{line.model: thing}).first()) is not None:
            self._hand_over(line, other)
            self._keep_file(thing, used)
        elif _references_to(thing).exists():
            self._keep_file(thing, used)
        elif registry.get_logs_for_instance(thing).exists():
            self._keep_file(thing, _("file “{title}”: an editor changed it"))
        return self._name(thing) in self._kept

    def _used_by_people(self, thing: models.Model) -> bool:
        """Say whether content refers to a file that no import answers for: an editor's own, or what they changed."""
        for reference in _references_to(thing).select_related("base_content_type"):
            if reference.base_content_type.model != "page" or ("page", int(reference.object_id)) in self._kept:
                return True
            if not Imported.objects.filter(page_id=reference.object_id).exists():
                return True
        return False

    def _name(self, thing: models.Model) -> tuple[str, int]:
        return thing._meta.model_name, thing.pk

    def _keep_file(self, thing: models.Model, message: str) -> None:
        if self._name(thing) not in self._kept:
            self._kept.add(self._name(thing))
            self.result.kept.append(message.format(title=thing.title))

    def _hand_over(self, line: ReceiptLine, other: Imported) -> None:
        """Give the line of a file to the import that uses it too: its rollback is to remove the file."""
        theirs = ReceiptLine.objects.filter(
            model="imported", object_id=other.pk, action=ReceiptLine.Action.CREATED
        ).exclude(receipt=self._receipt)
        if (found := theirs.first()) is not None:
            line.receipt_id = found.receipt_id
            line.save(update_fields=["receipt"])

    def _undo(self, line: ReceiptLine, obj: models.Model) -> None:
        if line.action == ReceiptLine.Action.UPDATED:
            restore(obj, dict(line.before))
            counts = self.result.restored
        else:
            _remove(obj)
            counts = self.result.removed
        counts[line.model] = counts.get(line.model, 0) + 1


def _references_to(thing: models.Model) -> models.QuerySet[ReferenceIndex]:
    """Return what refers to a document or image, but for an import's own rows."""
    return ReferenceIndex.get_references_to(thing).exclude(
        content_type__app_label="legacy", content_type__model="imported"
    )


def _remove(obj: models.Model) -> None:
    if isinstance(obj, Page):
        DeletePageAction(obj.specific, user=system_user()).execute(skip_permission_checks=True)
        return
    if obj._meta.model_name in _FILES:
        announce(_file_names(obj))
    obj.delete()


def _file_names(thing: models.Model) -> list[str]:
    """Return the files of a document or image, those of its renditions, too."""
    small = thing.renditions.all() if isinstance(thing, get_image_model()) else ()
    return [thing.file.name, *(rendition.file.name for rendition in small)]


def restore(obj: models.Model, before: dict[str, Any]) -> None:
    """Put a row's earlier values back, and with a page's row the page."""
    page, parent = before.pop("page", None), before.pop("parent", None)
    put_there = obj.column_id if isinstance(obj, Imported) else None
    if page is None and _has_page_as(obj, before):
        del before["revision_id"]  # that of its content by now: undoing what came later made it the latest once more
    _set_values(obj, before)
    if isinstance(obj, Imported) and obj.same_as is not None and obj.same_as.same_as_id is not None:
        obj.same_as_id = obj.same_as.same_as_id  # it has handed its page over since
    obj.save()
    if isinstance(obj, Imported) and page is not None and obj.page is not None:
        if obj.page.get_parent().pk == put_there != parent:
            _move_back(obj, parent, page["slug"])
        _restore_page(obj, page)


def _has_page_as(obj: models.Model, before: dict[str, Any]) -> bool:
    """Say whether a row has written its page, then as now."""
    if not isinstance(obj, Imported) or obj.page_id is None:
        return False
    return obj.page_id == before["page_id"] and obj.same_as_id is None and before["same_as_id"] is None


def _set_values(obj: models.Model, before: dict[str, Any]) -> None:
    """Set columns from JSON-able values; what a foreign key pointed to may be gone by now."""
    fields = {field.attname: field for field in obj._meta.concrete_fields}
    for name, value in before.items():
        column = fields[name]
        gone = column.is_relation and not column.related_model._base_manager.filter(pk=value).exists()
        is_time = isinstance(column, models.DateField) and value
        setattr(obj, name, None if gone else column.to_python(value) if is_time else value)


def _move_back(row: Imported, parent: int, slug: str) -> None:
    column = Page.objects.filter(pk=parent).first()
    if column is None:
        return
    move_page(row.page, column, row.source_key)
    if row.page.slug != slug and not row.page.get_siblings(inclusive=False).filter(slug=slug).exists():
        row.page.slug = slug
        row.page.save(clean=False)


def _restore_page(row: Imported, before: dict[str, Any]) -> None:
    """Bring back what the page's revision said before the import, what visitors saw, and since when."""
    wanted, visible = row.revision_id, before["live_revision_id"] if before["live"] else None
    page = row.page.specific
    if visible is None and page.live:
        UnpublishPageAction(page, user=system_user()).execute(skip_permission_checks=True)
    elif visible not in (None, wanted, page.live_revision_id):
        _again(page, visible, publish=True)
    page = type(page).objects.get(pk=page.pk)
    if page.latest_revision_id != wanted or (visible == wanted and page.live_revision_id != wanted):
        _again(page, wanted, publish=visible == wanted)
    times = {name: before[name] for name in ("first_published_at", "last_published_at")}
    times = {name: Page._meta.get_field(name).to_python(value) for name, value in times.items()}
    Page.objects.filter(pk=page.pk).update(**times)
    row.revision_id = Page.objects.values_list("latest_revision_id", flat=True).get(pk=page.pk)
    row.save()


def _again(page: Page, number: int | None, *, publish: bool) -> None:
    """Make an earlier revision the latest once more (published: the visible one), as a new entry of the history."""
    revision = page.revisions.filter(pk=number).first()
    if revision is None:
        return
    again = revision.as_object().save_revision(user=system_user(), log_action=True, clean=False)
    if publish:
        again.publish(user=system_user(), skip_permission_checks=True)
