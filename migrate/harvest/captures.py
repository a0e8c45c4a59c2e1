"""Captures in the ledger: begin, resume, finish. A finished one is never written to again."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from migrate.archive.ledger import Ledger
from migrate.harvest.scope import Scope
from migrate.harvest.targets import NO_PROBES
from migrate.records import to_json

STAMP = "%Y%m%dT%H%M%SZ"
COMMITTED = "harvest.committed"
"""Small fact of the ledger: WARC file and offset up to which everything is in the rows."""


@dataclass(frozen=True, slots=True)
class Capture:
    """The capture that is being made."""

    stamp: str
    kind: str
    floor: str
    """Stamp of the full capture that it rests on (itself, if full): older ones don't count."""
    resumed: bool


def running(ledger: Ledger) -> Capture | None:
    """Return the unfinished capture, or None."""
    row = ledger.db.execute(
        "SELECT stamp, kind FROM captures WHERE state = 'running' ORDER BY stamp DESC LIMIT 1"
    ).fetchone()
    return Capture(row["stamp"], row["kind"], _floor(ledger, row["stamp"]), resumed=True) if row else None


def last_finished(ledger: Ledger) -> Capture | None:
    """Return the newest finished capture, or None."""
    row = ledger.db.execute(
        "SELECT stamp, kind FROM captures WHERE state = 'finished' ORDER BY stamp DESC LIMIT 1"
    ).fetchone()
    return Capture(row["stamp"], row["kind"], _floor(ledger, row["stamp"]), resumed=True) if row else None


def begin_full(ledger: Ledger, home: tuple[str, str], settings: dict[str, Any]) -> Capture:
    """Open a full capture whose frontier is the home page (key, url); an unfinished one is abandoned."""
    with ledger.transaction() as db:
        db.execute("UPDATE captures SET state = 'abandoned' WHERE state = 'running'")
        stamp = _open(ledger, "full", settings)
        db.execute("INSERT INTO frontier (capture, key, url, state) VALUES (?, ?, ?, 'queued')", (stamp, *home))
    return Capture(stamp, "full", stamp, resumed=False)


def begin_delta(ledger: Ledger, scope: Scope, settings: dict[str, Any], *, everything: bool = False) -> Capture | None:
    """Open a capture of what earlier ones left open (or of everything known); None where there is nothing to do."""
    finished = last_finished(ledger)
    if finished is None:
        return None
    with ledger.transaction() as db:
        stamp = _open(ledger, "delta", settings)
        rows = (row for row in _left_open(ledger, finished.floor, everything) if not scope.refusal(row[0], row[1]))
        before = db.total_changes
        # A list: SQLite must not be read from and written to at once in one table.
        db.executemany(
            """INSERT INTO frontier (capture, key, url, referrer, depth, form, state)
               VALUES (?, ?, ?, ?, ?, ?, 'queued')""",
            [(stamp, *row) for row in rows],
        )
        if db.total_changes == before:
            db.execute("DELETE FROM captures WHERE stamp = ?", (stamp,))
            return None
    return Capture(stamp, "delta", finished.floor, resumed=False)


def finish(ledger: Ledger, capture: Capture) -> None:
    """Close a capture: what is still queued was over the limit. Call inside a transaction."""
    ledger.db.execute(
        "UPDATE frontier SET state = 'skipped', reason = 'limit' WHERE capture = ? AND state = 'queued'",
        (capture.stamp,),
    )
    ledger.db.execute(
        "UPDATE captures SET state = 'finished', finished_at = ? WHERE stamp = ?",
        (datetime.now(UTC).isoformat(timespec="seconds"), capture.stamp),
    )


def _left_open(ledger: Ledger, floor: str, everything: bool) -> Iterator[tuple[str, str, str, int, str]]:
    rows = ledger.db.execute(
        f"""SELECT key, url, referrer, depth, form FROM (
             SELECT *, row_number() OVER (PARTITION BY key ORDER BY capture DESC) AS place
             FROM frontier WHERE capture >= ? AND {NO_PROBES})
           WHERE place = 1 AND (? OR (state <> 'fetched' AND reason <> 'too-large'))""",
        (floor, everything),
    )
    for row in rows:
        yield row["key"], row["url"], row["referrer"], row["depth"], row["form"]


def _open(ledger: Ledger, kind: str, settings: dict[str, Any]) -> str:
    """Insert a capture; return its stamp, which is later than every other's."""
    now = datetime.now(UTC)
    last = ledger.db.execute("SELECT max(stamp) FROM captures").fetchone()[0]
    stamp = now.strftime(STAMP)
    if last and stamp <= last:
        stamp = (datetime.strptime(last, STAMP) + timedelta(seconds=1)).strftime(STAMP)
    ledger.db.execute(
        "INSERT INTO captures (stamp, kind, state, started_at, settings) VALUES (?, ?, 'running', ?, ?)",
        (stamp, kind, now.isoformat(timespec="seconds"), to_json(settings)),
    )
    ledger.set(COMMITTED, {"capture": stamp, "file": "", "offset": 0})
    return stamp


def _floor(ledger: Ledger, stamp: str) -> str:
    row = ledger.db.execute(
        "SELECT max(stamp) FROM captures WHERE kind = 'full' AND state <> 'abandoned' AND stamp <= ?", (stamp,)
    ).fetchone()
    return row[0] or stamp
