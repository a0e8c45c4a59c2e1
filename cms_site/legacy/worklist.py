"""What waits for a decision, most wanted first: undecided old URLs and addresses that nobody knows, in one list.

Hits come from two sides: the old server's access logs, and what visitors asked of the portal without an answer.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.fields import CharField

from cms_site.legacy.intake.bulk import update_rows
from cms_site.legacy.models import Decision, LogFile, OldSite, OldUrl, UnknownHit
from cms_site.legacy.rulings import CHUNK
from cms_site.legacy.serving import UNKNOWN_LIMIT
from migrate.noise import is_noise

OPEN = (OldUrl.Outcome.UNDECIDED, OldUrl.Outcome.FAILED)
UNKNOWN = "unknown"
"""Stands for the outcome of addresses that no capture has."""

_COLUMNS = ("key", "site_id", "canonical", "title", "kind", "outcome", "reason", "hits", "log_hits", "total")


def open_rows(site: OldSite | None = None, *, outcome: str = "", words: str = "", wanted: bool = False) -> QuerySet:
    """Return the open addresses as dicts of `_COLUMNS`, by hits. `key` is `old-<id>` or `unknown-<id>`.

    `outcome`: undecided, failed or unknown alone, or what is settled in one way; `words` stand in address or title;
    `wanted`: asked for at all. Left out of what waits is what follows something else (pictures, old redirects), what
    somebody decided and noise.
    """
    parts = []
    if outcome in ("", *OPEN):
        parts.append(_waiting(_old_urls(site, [outcome] if outcome else list(OPEN), words)))
    elif outcome != UNKNOWN:
        parts.append(_old_urls(site, [outcome], words))
    if outcome in ("", UNKNOWN):
        parts.append(_unknown(site, words))
    if wanted:
        parts = [part.filter(total__gt=0) for part in parts]
    parts = [part.values(*_COLUMNS) for part in parts]
    together = parts[0].union(parts[1], all=True) if len(parts) == 2 else parts[0]
    return together.order_by("-total", "canonical")


def _decided() -> Exists:
    """Say of an address whether somebody ruled, and more than that it is undecided."""
    here = Decision.objects.filter(site=OuterRef("site"), canonical=OuterRef("canonical"))
    return Exists(here.exclude(outcome=OldUrl.Outcome.UNDECIDED))


def _waiting(rows: QuerySet) -> QuerySet:
    return rows.filter(follows=None).exclude(kind="image").exclude(_decided())


def _old_urls(site: OldSite | None, outcomes: list[str], words: str) -> QuerySet:
    rows = OldUrl.objects.filter(outcome__in=outcomes)
    rows = rows.filter(site=site) if site is not None else rows
    for word in words.split():
        rows = rows.filter(Q(canonical__icontains=word) | Q(url__icontains=word) | Q(title__icontains=word))
    return rows.annotate(total=F("hits") + F("log_hits"), key=_key("old"))


def _unknown(site: OldSite | None, words: str) -> QuerySet:
    known = OldUrl.objects.filter(site=OuterRef("site"), canonical=OuterRef("canonical"))
    rows = UnknownHit.objects.filter(noise=False).exclude(Exists(known)).exclude(_decided())
    rows = rows.filter(site=site) if site is not None else rows
    for word in words.split():
        rows = rows.filter(canonical__icontains=word)
    nothing = {name: Value("", output_field=CharField()) for name in ("title", "kind", "reason")}
    told = Value(UNKNOWN, output_field=CharField())
    return rows.annotate(**nothing, outcome=told, total=F("hits") + F("log_hits"), key=_key(UNKNOWN))


def _key(name: str) -> Any:
    from django.db.models.functions import Cast, Concat

    return Concat(Value(f"{name}-"), Cast("pk", CharField()), output_field=CharField())


def addresses(keys: Iterable[str]) -> dict[int, list[str]]:
    """Return site → the canonical URLs that keys of open rows stand for; odd keys are left out."""
    numbers: dict[str, list[int]] = {"old": [], UNKNOWN: []}
    for key in keys:
        name, _dash, number = key.partition("-")
        if name in numbers and number.isdecimal() and len(number) < 19:
            numbers[name].append(int(number))
    found: dict[int, list[str]] = {}
    for model, name in ((OldUrl, "old"), (UnknownHit, UNKNOWN)):
        for start in range(0, len(numbers[name]), CHUNK):
            rows = model.objects.filter(pk__in=numbers[name][start : start + CHUNK])
            for site, canonical in rows.values_list("site_id", "canonical"):
                found.setdefault(site, []).append(canonical)
    return found


def logs_read(site: OldSite) -> dict[int, str]:
    """Return size → digest of the access logs that were counted for a site."""
    return dict(LogFile.objects.filter(site=site).order_by("pk").values_list("size", "digest"))


@transaction.atomic
def add_log_hits(site: OldSite, hits: Iterable[tuple[str, int]], logs: Iterable[dict[str, Any]]) -> dict[str, int]:
    """Add what logs said, canonical URL → hits, the most wanted first; note the logs as read. All or nothing.

    `logs` have name, digest, size, counts and the digest of the earlier log that each continues. Returns how many
    addresses were `known`, `unknown`, and `left_out` beyond the limit of unknown ones.
    """
    room = UNKNOWN_LIMIT - UnknownHit.objects.filter(site=site).count()
    done = {"known": 0, "unknown": 0, "left_out": 0}
    left = iter(hits)
    while chunk := dict(islice(left, CHUNK)):
        known = _add_known(site, chunk)
        unknown = {key: number for key, number in chunk.items() if key not in known and not is_noise(key)}
        added, room = _add_unknown(site, unknown, room)
        done["known"] += len(known)
        done["unknown"] += added
        done["left_out"] += len(unknown) - added
    for log in logs:
        _note_log(site, log)
    return done


def _add_known(site: OldSite, hits: dict[str, int]) -> set[str]:
    rows = list(OldUrl.objects.filter(site=site, canonical__in=hits).only("canonical", "log_hits"))
    for row in rows:
        row.log_hits += hits[row.canonical]
    update_rows(OldUrl, rows, ["log_hits"])
    return {row.canonical for row in rows}


def _add_unknown(site: OldSite, hits: dict[str, int], room: int) -> tuple[int, int]:
    """Return how many addresses were written, and how much room is left."""
    rows = list(UnknownHit.objects.filter(site=site, canonical__in=hits))
    for row in rows:
        row.log_hits += hits[row.canonical]
        UnknownHit.objects.filter(pk=row.pk).update(log_hits=row.log_hits)  # when it was asked for stays as it is
    there = {row.canonical for row in rows}
    new = [(key, number) for key, number in hits.items() if key not in there][: max(0, room)]
    UnknownHit.objects.bulk_create([UnknownHit(site=site, canonical=key, log_hits=number) for key, number in new])
    return len(rows) + len(new), room - len(new)


def _note_log(site: OldSite, log: dict[str, Any]) -> None:
    if log["follows"]:
        LogFile.objects.filter(site=site, digest=log["follows"]).exclude(digest=log["digest"]).delete()
    values = {"name": log["name"][:300], "size": log["size"], "counts": log["counts"]}
    LogFile.objects.update_or_create(site=site, digest=log["digest"], defaults=values)


def told(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield open rows as plain data: with what the portal's visitors and the logs asked, and the site's id."""
    sites = dict(OldSite.objects.values_list("pk", "slug"))
    for row in rows:
        yield {
            "site": sites[row["site_id"]],
            "url": row["canonical"],
            "title": row["title"],
            "outcome": row["outcome"],
            "reason": row["reason"],
            "hits": row["hits"],
            "log_hits": row["log_hits"],
        }
