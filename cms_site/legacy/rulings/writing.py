"""Decisions are written here, with what they change at once, all or nothing."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cms_site.legacy.models import Decision, OldSite, OldUrl
from cms_site.legacy.rows import update_rows
from cms_site.legacy.rulings.history import before_it, note_history
from cms_site.legacy.rulings.judge import Judge
from cms_site.legacy.rulings.saying import CHUNK, SAID, Ruling
from migrate.errors import ShangyiError

EFFECT = ("outcome", "reason", "rule", "target_id", "target_url", "follows_id", "held")
"""Columns of an old URL that a decision writes at once."""

DECIDED = (*SAID, "actor_id", "decided_at", "undo")


@dataclass(frozen=True, slots=True)
class Done:
    """What writing one decision changed, as data that `revoke` takes back."""

    canonical: str
    earlier: dict[str, Any] | None
    """The decision before, None where there was none."""
    undo: dict[str, Any]


def write(
    judge: Judge, rulings: Mapping[str, Ruling], actor: AbstractBaseUser, *, data: dict[str, Any] | None = None
) -> list[Done]:
    """Write accepted rulings, canonical URL → ruling, and let them take effect. Returns what changed, for undoing.

    All or nothing; each is noted in the history of its address, under the actor's name.
    """
    keys = list(rulings)
    found: list[Done] = []
    with transaction.atomic():
        for start in range(0, len(keys), CHUNK):
            chunk = {key: rulings[key] for key in keys[start : start + CHUNK]}
            found += _write_chunk(judge, chunk, actor, data or {})
    return found


def _write_chunk(judge: Judge, rulings: dict[str, Ruling], actor: AbstractBaseUser, data: dict[str, Any]) -> list[Done]:
    decisions = {row.canonical: row for row in Decision.objects.filter(site=judge.site, canonical__in=rulings)}
    olds = {row.canonical: row for row in OldUrl.objects.filter(site=judge.site, canonical__in=rulings)}
    earlier = {key: decision_data(row) for key, row in decisions.items()}
    undo = _take_effect(judge, rulings, olds)
    _write_decisions(judge.site, rulings, decisions, undo, actor)
    subjects: list[tuple[models.Model, dict[str, Any]]] = []
    for key, ruling in rulings.items():
        note = data | {"before": before_it(earlier.get(key), undo[key]), "after": asdict(ruling)}
        subjects.append((olds.get(key) or decisions[key], note))
    note_history(subjects, actor)
    return [Done(key, earlier.get(key), undo[key]) for key in rulings]


def _write_decisions(
    site: OldSite,
    rulings: dict[str, Ruling],
    decisions: dict[str, Decision],
    undo: dict[str, dict[str, Any]],
    actor: AbstractBaseUser,
) -> None:
    """Write the decisions; each keeps what its address was before the first that answered visitors at once."""
    now = timezone.now()
    new = [
        Decision(site=site, canonical=key, actor=actor, undo=undo[key], **asdict(ruling))
        for key, ruling in rulings.items()
        if key not in decisions
    ]
    for key, row in decisions.items():
        if row.outcome == OldUrl.Outcome.MOVE:
            row.undo = undo[key]
        for name, value in asdict(rulings[key]).items():
            setattr(row, name, value)
        row.actor, row.decided_at = actor, now
    update_rows(Decision, list(decisions.values()), DECIDED)
    decisions |= {row.canonical: row for row in Decision.objects.bulk_create(new)}


def _take_effect(judge: Judge, rulings: dict[str, Ruling], olds: dict[str, OldUrl]) -> dict[str, dict[str, Any]]:
    """Change the old URLs, or make them; return of each what undoing needs."""
    undo: dict[str, dict[str, Any]] = {}
    changed, new = [], []
    for key, ruling in rulings.items():
        old = olds.get(key)
        row = old or OldUrl(site=judge.site, canonical=key, url=key, kind="other", outcome=OldUrl.Outcome.UNDECIDED)
        wanted = judge.effect(ruling, row)
        before = {name: getattr(row, name) for name in wanted}
        undo[key] = {"before": before, "after": wanted, "created": old is None and bool(wanted)}
        if wanted == before and old is not None:
            continue
        for name, value in wanted.items():
            setattr(row, name, value)
        if old is not None:
            changed.append(row)
        elif wanted:
            new.append(row)
    update_rows(OldUrl, changed, EFFECT)
    olds |= {row.canonical: row for row in OldUrl.objects.bulk_create(new)}
    for row in (*changed, *new):
        if row.follows_id is not None:
            undo[row.canonical] |= _follow_on(row)
    return undo


def _follow_on(row: OldUrl) -> dict[str, Any]:
    """Have a row follow the last address of its chain, and its followers with it. Returns what undoing needs of that.

    Raises ShangyiError where the chain comes back to the row: others of the same batch may have led there.
    """
    passed = {row.pk}
    while (further := OldUrl.objects.filter(pk=row.follows_id).values_list("follows", flat=True).first()) is not None:
        if further in passed or row.follows_id in passed:
            raise ShangyiError(
                _("%(url)s would lead in a circle.") % {"url": row.canonical},
                _("Lead one of these addresses to the portal, or say what has become of it."),
            )
        passed.add(row.follows_id)
        row.follows_id = further
    followers = list(OldUrl.objects.filter(follows=row.pk).values_list("pk", flat=True))
    OldUrl.objects.filter(pk__in=[row.pk, *followers]).update(follows=row.follows_id)
    return {"last": row.follows_id, "followers": followers}


def decision_data(row: Decision) -> dict[str, Any]:
    """Return a decision as data, who made it and when included."""
    told = asdict(Ruling.of(row))
    return told | {"actor": row.actor_id, "decided_at": row.decided_at.isoformat()}
