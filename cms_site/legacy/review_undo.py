"""What a reviewer does with many entries at once, as a batch: it can be taken back, decisions and pages alike."""

from dataclasses import asdict
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from wagtail.models import Page

from cms_site.legacy.intake.single import before_of
from cms_site.legacy.models import DecisionBatch, DecisionLine, Imported
from cms_site.legacy.rollback import restore
from cms_site.legacy.rulings import Done, Ruling


def before_act(row: Imported) -> dict[str, Any]:
    """Return what taking back an act on a page needs, as data; call it before the act."""
    assert row.page is not None
    return before_of(row) | {"latest": row.page.latest_revision_id}


def keep_line(batch: int, row: Imported, ruling: Ruling, done: Done, before: dict[str, Any]) -> None:
    """Note in a batch what was decided on a page, and what it takes to put the page back; call it after the act."""
    lines = DecisionLine.objects.filter(batch=batch)
    DecisionLine.objects.create(
        batch_id=batch,
        number=lines.count() + 1,
        url=row.source_key,
        canonical=row.source_key,
        ruling=asdict(ruling),
        status=DecisionLine.Status.CHANGED if done.earlier is not None else DecisionLine.Status.NEW,
        earlier=done.earlier,
        undo=done.undo | {"imported": row.pk, "page": before, "left": _state(row.page_id)},
        done=True,
    )


def count_lines(batch: DecisionBatch) -> None:
    """Write down how many decisions a batch holds; one without any goes."""
    statuses = list(batch.lines.values_list("status", flat=True))
    if not statuses:
        batch.delete()
        return
    batch.counts = {status: statuses.count(status) for status in set(statuses)} | {"written": len(statuses)}
    batch.save(update_fields=["counts"])


def may_put_back(line: DecisionLine, actor: AbstractBaseUser) -> bool:
    """Say whether a line concerns no page, or one that is still as the act left it and that the actor may publish."""
    if "page" not in (line.undo or {}):
        return True
    row = Imported.objects.select_related("page").filter(pk=line.undo["imported"]).first()
    if row is None or row.page is None or _state(row.page_id) != line.undo["left"]:
        return False
    return bool(row.page.permissions_for_user(actor).can_publish())


def put_back(line: DecisionLine) -> None:
    """Put the page of a line back as it was before the act: its place, what visitors saw, its text, import's notes."""
    if "page" not in (line.undo or {}):
        return
    row = Imported.objects.select_related("page").get(pk=line.undo["imported"])
    before = dict(line.undo["page"])
    latest, written = before.pop("latest"), before["revision_id"]
    restore(row, before | {"revision_id": latest})
    if latest != written:  # an editor's text was the newest: it is so again, and the page stays that editor's
        Imported.objects.filter(pk=row.pk).update(revision_id=written)


def _state(page: int | None) -> dict[str, Any] | None:
    found = Page.objects.filter(pk=page).first()
    if found is None:
        return None
    return {"latest": found.latest_revision_id, "live": found.live, "parent": found.get_parent().pk}
