"""Undo an import by its receipt: what it created is removed, what it changed is put back. All or nothing.

What an editor has touched since, or what something else uses, stays and is listed.
"""

from dataclasses import dataclass, field

from django.db import models, transaction
from wagtail.actions.delete_page import DeletePageAction
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Page, ReferenceIndex

from cms_site.legacy.intake.sites import system_user
from cms_site.legacy.models import Imported, OldSite, OldUrl, Receipt, ReceiptLine
from migrate.errors import ShangyiError, UsageError
from migrate.i18n import _

_MODELS: dict[str, type[models.Model]] = {
    "imported": Imported,
    "oldurl": OldUrl,
    "document": get_document_model(),
    "image": get_image_model(),
    "page": Page,
}


@dataclass(slots=True)
class RolledBack:
    """What a rollback did: rows removed and restored by kind, and what it left standing, with the reason."""

    receipt: str
    removed: dict[str, int] = field(default_factory=dict)
    restored: dict[str, int] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)


def find_receipt(site_slug: str, number: int | None) -> Receipt:
    """Return the newest receipt of a site that still stands, which must be the one asked for. Raises UsageError."""
    site = OldSite.objects.filter(slug=site_slug).first()
    standing = Receipt.objects.filter(site=site).exclude(state=Receipt.State.ROLLED_BACK) if site else None
    newest = standing.first() if standing is not None else None
    if newest is None:
        raise UsageError(
            _("Nothing to roll back: {site} has no import that stands.").format(site=site_slug),
            _("See what was imported: shangyi status {site}").format(site=site_slug),
        )
    if number is not None and newest.pk != number:
        raise UsageError(
            _("Receipt {number} is not the newest that stands: {newest} is.").format(number=number, newest=newest.pk),
            _("Roll back the newest first: shangyi rollback {site} {newest}").format(site=site_slug, newest=newest.pk),
        )
    return newest


def roll_back(receipt: Receipt, *, dry_run: bool = False) -> RolledBack:
    """Undo one receipt in one transaction; with `dry_run` nothing of it is kept. Returns what was (would be) done."""
    if receipt.state == Receipt.State.ROLLED_BACK:
        raise ShangyiError(_("Receipt {number} is rolled back already.").format(number=receipt.pk))
    result = RolledBack(str(receipt))
    files: list[tuple[object, str]] = []
    with transaction.atomic():
        lines = list(receipt.lines.order_by("-pk"))
        edited = _edited_pages(lines, result)
        for line in lines:
            _undo(line, edited, result, files)
        receipt.state = Receipt.State.ROLLED_BACK
        receipt.save()
        if dry_run:
            transaction.set_rollback(True)
    if not dry_run:
        for storage, name in files:
            storage.delete(name)
    return result


def _edited_pages(lines: list[ReceiptLine], result: RolledBack) -> set[int]:
    """Return ids of pages that are no longer as import left them: they stay, and so do their rows."""
    ids = [line.object_id for line in lines if line.model == "page"]
    written = dict(Imported.objects.filter(page_id__in=ids).values_list("page_id", "revision_id"))
    edited = set()
    for page in Page.objects.filter(pk__in=ids):
        if page.latest_revision_id != written.get(page.pk) or page.numchild:
            edited.add(page.pk)
            result.kept.append(_("page “{title}”: an editor changed it").format(title=page.title))
    return edited


def _undo(line: ReceiptLine, edited: set[int], result: RolledBack, files: list[tuple[object, str]]) -> None:
    obj = _MODELS[line.model].objects.filter(pk=line.object_id).first()
    if obj is None or _belongs_to(obj, edited):
        return
    if line.action == ReceiptLine.Action.UPDATED:
        _restore(obj, line)
        result.restored[line.model] = result.restored.get(line.model, 0) + 1
        return
    if line.model in ("document", "image"):
        if _used(obj):
            result.kept.append(_("file “{title}”: something else uses it").format(title=obj.title))
            return
        files.append((obj.file.storage, obj.file.name))
    if isinstance(obj, Page):
        DeletePageAction(obj.specific, user=system_user()).execute(skip_permission_checks=True)
    else:
        obj.delete()
    result.removed[line.model] = result.removed.get(line.model, 0) + 1


def _belongs_to(obj: models.Model, edited: set[int]) -> bool:
    if isinstance(obj, Page):
        return obj.pk in edited
    if isinstance(obj, Imported):
        return obj.page_id in edited
    return isinstance(obj, OldUrl) and obj.imported is not None and obj.imported.page_id in edited


def _used(obj: models.Model) -> bool:
    """Say whether anything that stays uses a document or image: another import's row, or content."""
    return obj.imported.exists() or ReferenceIndex.get_references_to(obj).exclude(model_path="imported").exists()


def _restore(obj: models.Model, line: ReceiptLine) -> None:
    """Put a row's earlier values back; for a page's row the earlier revision becomes the page again."""
    before = dict(line.before)
    live = before.pop("live", None)
    for name, value in before.items():
        field = next(f for f in obj._meta.concrete_fields if f.attname == name)
        is_time = isinstance(field, models.DateTimeField | models.DateField)
        setattr(obj, name, field.to_python(value) if is_time and value else value)
    obj.save()
    if isinstance(obj, Imported) and obj.page is not None and obj.revision_id:
        revision = obj.page.revisions.filter(pk=obj.revision_id).first()
        if revision is not None and obj.page.latest_revision_id != revision.pk:
            again = revision.as_object().save_revision(user=system_user(), log_action=True, clean=False)
            Imported.objects.filter(pk=obj.pk).update(revision_id=again.pk)
            if live:
                again.publish(user=system_user(), skip_permission_checks=True)
