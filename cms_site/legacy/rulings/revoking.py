"""Decisions are taken back here: their addresses are again what they were, where nothing else came since."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models, transaction
from django.utils.dateparse import parse_datetime
from wagtail.models import Page

from cms_site.legacy.models import Decision, OldSite, OldUrl
from cms_site.legacy.rows import update_rows
from cms_site.legacy.rulings.history import before_it, note_history
from cms_site.legacy.rulings.saying import CHUNK, Ruling
from cms_site.legacy.rulings.writing import DECIDED, EFFECT, Done
from migrate.records import DECISION, MAP_RULE

_UNRULED: dict[str, Any] = {
    "outcome": OldUrl.Outcome.UNDECIDED.value,
    "reason": "",
    "rule": "",
    "target_id": None,
    "target_url": "",
    "follows_id": None,
}
"""What an address is on which nobody ruled, as far as the portal can tell."""


def revoke(site: OldSite, done: Iterable[Done], rulings: Mapping[str, Ruling], actor: AbstractBaseUser) -> list[str]:
    """Take back decisions that `write` wrote. Returns the addresses that somebody ruled otherwise since: these stay.

    What an import has made of an address since stays, too, until the next one lays the decisions over anew.
    """
    kept: list[str] = []
    with transaction.atomic():
        items = list(done)
        for start in range(0, len(items), CHUNK):
            kept += _revoke_chunk(site, items[start : start + CHUNK], rulings, actor)
    return kept


def _revoke_chunk(site: OldSite, done: list[Done], rulings: Mapping[str, Ruling], actor: AbstractBaseUser) -> list[str]:
    keys = [item.canonical for item in done]
    decisions = {row.canonical: row for row in Decision.objects.filter(site=site, canonical__in=keys)}
    olds = {row.canonical: row for row in OldUrl.objects.filter(site=site, canonical__in=keys)}
    kept: list[str] = []
    taken: list[Done] = []
    for item in done:
        decision = decisions.get(item.canonical)
        same = decision is not None and Ruling.of(decision) == rulings[item.canonical]
        (taken if same else kept).append(item if same else item.canonical)
    notes: list[tuple[models.Model, dict[str, Any]]] = []
    for item in taken:
        if (old := olds.get(item.canonical)) is not None:
            ruled, again = asdict(rulings[item.canonical]), before_it(item.earlier, item.undo)
            notes.append((old, {"before": ruled, "after": again, "undone": True}))
    note_history(notes, actor)
    _put_back_urls([(olds[item.canonical], item.undo) for item in taken if item.canonical in olds])
    _put_back_decisions([(decisions[item.canonical], item.earlier) for item in taken])
    return kept


def take_away(decision: Decision, actor: AbstractBaseUser) -> None:
    """Delete a decision. Where it answered visitors at once, its address is again what it was before, at once, too.

    Where nobody noted what that was (a redirect map ruled), the address is undecided until the next import.
    """
    with transaction.atomic():
        old = OldUrl.objects.filter(site=decision.site_id, canonical=decision.canonical).first()
        if old is not None and decision.outcome == old.outcome != OldUrl.Outcome.MOVE:
            undo = _undo_of(decision, old)
            note = {"before": asdict(Ruling.of(decision)), "after": before_it(None, undo), "undone": True}
            note_history([(old, note)], actor)
            _put_back_urls([(old, undo)])
        decision.delete()


def _undo_of(decision: Decision, old: OldUrl) -> dict[str, Any]:
    """Return what taking a decision away does to its address, whatever imports have written there since."""
    noted = decision.undo or {}
    if noted.get("created") and old.kind == "other" and not old.warc_file and old.imported_id is None:
        return noted | {"after": {}}
    before = {} if noted.get("created") else noted.get("before", {})
    if not before and old.rule in (DECISION, MAP_RULE):
        before = _UNRULED | {"held": old.held}
    return noted | {"before": before, "after": {}, "created": False}


def _put_back_urls(changes: list[tuple[OldUrl, dict[str, Any]]]) -> None:
    """Put old URLs back as they were; those that an import has written since stay as they are."""
    still = [(old, undo) for old, undo in changes if _stands(old, undo)]
    for old, undo in still:
        if undo.get("followers"):  # those that it took along follow it again
            OldUrl.objects.filter(pk__in=undo["followers"], follows=undo["last"]).update(follows=old.pk)
    OldUrl.objects.filter(pk__in=[old.pk for old, undo in still if undo["created"]]).delete()
    back = [(old, undo["before"]) for old, undo in still if undo["before"] and not undo["created"]]
    pages = _existing(Page, (before["target_id"] for _old, before in back))
    leaders = _existing(OldUrl, (before["follows_id"] for _old, before in back))
    for old, before in back:
        for name, value in before.items():
            setattr(old, name, value)
        old.target_id = old.target_id if old.target_id in pages else None  # what it led to may be gone by now
        old.follows_id = old.follows_id if old.follows_id in leaders else None
    update_rows(OldUrl, [old for old, _before in back], EFFECT)


def _stands(old: OldUrl, undo: dict[str, Any]) -> bool:
    after = undo["after"]
    if after and "last" in undo:
        after = after | {"follows_id": undo["last"]}
    return all(getattr(old, name) == value for name, value in after.items())


def _existing(model: type[models.Model], numbers: Iterable[int | None]) -> set[int]:
    wanted = {number for number in numbers if number is not None}
    return set(model._default_manager.filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()


def _put_back_decisions(changes: list[tuple[Decision, dict[str, Any] | None]]) -> None:
    Decision.objects.filter(pk__in=[row.pk for row, earlier in changes if earlier is None]).delete()
    back = []
    for row, earlier in changes:
        if earlier is not None:
            for name, value in earlier.items():
                setattr(row, "actor_id" if name == "actor" else name, value)
            row.decided_at = parse_datetime(earlier["decided_at"])
            back.append(row)
    for row in back:  # not `update_rows`: the time of the decision is its own, not now
        Decision.objects.filter(pk=row.pk).update(**{name: getattr(row, name) for name in DECIDED})
