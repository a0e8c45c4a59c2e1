"""Decisions, and the old addresses that wait for one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from migrate.errors import UsageError
from migrate.i18n import _
from migrate.portal.rows import site_row
from migrate.sheets import MAX_BYTES


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """A line of a file of decisions that somebody should look at: it changes something, or can't stand."""

    line: int
    url: str
    status: str
    """changed, conflicting or refused."""
    message: str


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch of decisions: its number, its lines by what they would do, and what was done with them."""

    batch: int
    """0 for a preview, which leaves none."""
    new: int
    changed: int
    same: int
    conflicting: int
    refused: int
    written: int
    outdated: int
    """Refused or ruled otherwise between the preview and the writing."""
    kept: int
    """Not undone: somebody ruled otherwise since."""
    lines: tuple[DecisionLine, ...]


@dataclass(frozen=True, slots=True)
class Open:
    """An old address that waits for a decision."""

    site: str
    url: str
    title: str
    outcome: str
    """undecided, failed, or unknown: no capture has it."""
    reason: str
    hits: int
    """Asked of the portal, without an answer."""
    log_hits: int
    """In access logs of the old server."""


def _user(name: str) -> Any:
    """Return the portal's user of that name, without one the user under whose name imports write."""
    from django.contrib.auth import get_user_model

    from cms_site.legacy.actor import system_user

    if not name:
        return system_user()
    user = get_user_model().objects.filter(username=name, is_active=True).first()
    if user is None:
        raise UsageError(
            _("The portal has no user “{name}”.").format(name=name), _("Name an editor, as in the portal's admin.")
        )
    return user


_DECISION_LINES = 100
"""Lines of a batch that are told one by one; the admin shows all."""


def decide(site_id: str, file: Path, actor: str, *, overwrite: bool, dry_run: bool) -> Batch:
    """Write the decisions of a CSV or XLSX file; a dry run says what each line would do and keeps nothing.

    Raises UsageError for a site or user that the portal does not know, ShangyiError for a file that is no such table,
    or where an import runs.
    """
    from django.db import transaction

    from cms_site.legacy.batches import apply, preview
    from cms_site.legacy.intake.lock import import_lock
    from cms_site.legacy.ruling_files import lines_of

    site, user = site_row(site_id), _user(actor)
    with file.open("rb") as opened:
        data = opened.read(MAX_BYTES + 1)
    with import_lock(), transaction.atomic():
        batch = preview(site, lines_of(data), file.name, user, overwrite=overwrite)
        if not dry_run:
            batch = apply(batch, user)
        told = _told(batch, dry_run=dry_run)
        if dry_run:
            transaction.set_rollback(True)
    return told


def undo_decisions(site_id: str, number: int | None, actor: str, *, dry_run: bool) -> Batch:
    """Take back a batch of decisions, without a number the newest that stands. Raises UsageError: there is none."""
    from django.db import transaction

    from cms_site.legacy.batches import undo
    from cms_site.legacy.intake.lock import import_lock
    from cms_site.legacy.models import DecisionBatch

    site, user = site_row(site_id), _user(actor)
    standing = DecisionBatch.objects.filter(site=site, state=DecisionBatch.State.APPLIED)
    batch = (standing.filter(pk=number) if number is not None else standing).first()
    if batch is None:
        raise UsageError(
            _("There is no such batch of decisions to undo."),
            _("The admin lists them: Old sites → Batches of decisions."),
        )
    with import_lock(), transaction.atomic():
        undo(batch, user)
        batch.refresh_from_db()
        told = _told(batch, dry_run=dry_run)
        if dry_run:
            transaction.set_rollback(True)
    return told


def _told(batch: Any, *, dry_run: bool) -> Batch:
    from cms_site.legacy.batches import counts_told

    shown = batch.lines.filter(status__in=("changed", "conflicting", "refused")).order_by("number")[:_DECISION_LINES]
    lines = tuple(DecisionLine(row.number, row.url, row.status, row.message) for row in shown)
    number = 0 if dry_run and batch.state != "undone" else batch.pk
    return Batch(batch=number, lines=lines, **counts_told(batch))


def logs_read(site_id: str) -> dict[int, str]:
    """Return size → digest of the access logs that were counted for a site."""
    from cms_site.legacy import worklist

    found: dict[int, str] = worklist.logs_read(site_row(site_id))
    return found


def add_log_hits(site_id: str, hits: Iterable[tuple[str, int]], logs: list[dict[str, Any]]) -> dict[str, int]:
    """Add what access logs said, (canonical URL, hits) with the most wanted first, and note the logs as read.

    Returns how many addresses were `known`, `unknown`, and `left_out` beyond the limit of unknown ones.
    """
    from cms_site.legacy import worklist

    found: dict[str, int] = worklist.add_log_hits(site_row(site_id), hits, logs)
    return found


def open_addresses(site_id: str, limit: int | None) -> tuple[int, Iterator[Open]]:
    """Return how many addresses of a site wait for a decision, and those most wanted."""
    from cms_site.legacy import worklist

    rows = worklist.open_rows(site_row(site_id))
    return rows.count(), (Open(**row) for row in worklist.told(rows[:limit]))
