"""The history of an address: who ruled what, and what stood before."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import ModelLogEntry

from cms_site.legacy.models import OldUrl
from cms_site.legacy.rulings.saying import CHUNK, SAID

_ACTION = "legacy.decide"


def before_it(earlier: dict[str, Any] | None, undo: dict[str, Any]) -> dict[str, Any]:
    """Return what stood before, for the history: the earlier decision, else what the mapping had made of it."""
    if earlier is not None:
        return {name: earlier[name] for name in SAID if name in earlier}
    before = {} if undo["created"] else undo["before"]
    return {"outcome": before["outcome"], "reason": before["reason"]} if before else {}


def note_history(subjects: Iterable[tuple[models.Model, dict[str, Any]]], actor: AbstractBaseUser) -> None:
    """Note rulings in the history of their addresses: (old URL or decision, before and after)."""
    now = timezone.now()
    entries = [
        ModelLogEntry(
            content_type=ContentType.objects.get_for_model(subject),
            object_id=str(subject.pk),
            label=str(subject)[:200],
            action=_ACTION,
            timestamp=now,
            user=actor,
            data=data,
            content_changed=True,
        )
        for subject, data in subjects
    ]
    ModelLogEntry.objects.bulk_create(entries, batch_size=CHUNK)


def told_ruling(data: Mapping[str, Any]) -> str:
    """Return what the history says of a ruling: before → after, and why."""
    before, after = (_words(data.get(name) or {}) for name in ("before", "after"))
    undone = _("Undone: ") if data.get("undone") else ""
    return f"{undone}{before} → {after}" if before else f"{undone}{after}"


def _words(ruling: Mapping[str, Any]) -> str:
    outcome = dict(OldUrl.Outcome.choices).get(ruling.get("outcome", ""), "")
    marks = [_("release")] if ruling.get("release") else []
    marks += [_("apart")] if ruling.get("apart") else []
    marks += [_("masked")] if ruling.get("masks") else []
    parts = [str(outcome), ruling.get("column", ""), *marks]
    reason = f"（{ruling['reason']}）" if ruling.get("reason") else ""
    return " ".join(part for part in parts if part) + reason
