"""Captures in the ledger: begin, resume, finish. A finished one is never written to again."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from migrate.archive.ledger import Ledger
from migrate.harvest.scope import Scope
from migrate.harvest.targets import NO_PROBES
from migrate.records import to_json

STAMP = "%Y%m%dT%H%M%SZ"
COMMITTED = "harvest.committed"
"""Small fact of the ledger: WARC file and offset up to which everything is in the rows."""


def moment_of(stamp: str) -> datetime:
    """Return when the capture of this stamp was begun."""
    return datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Capture:
    """The capture that is being made."""

    stamp: str
    kind: str
    floor: str
    """Stamp of the full capture that it rests on (itself, if full): older ones don't count."""
    resumed: bool


class Opening(NamedTuple):
    """How a capture was begun."""

    stamp: str
    kind: str
    started_at: str
    settings: str
    """JSON."""


class Ending(NamedTuple):
    """When and why a capture ends."""

    moment: datetime
    stopped_by: str
    """Name of the limit that keeps what is still queued from being asked for; `not-in-source` where a source ends."""


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


def opening(ledger: Ledger, capture: Capture) -> Opening:
    """Return how a capture was begun."""
    row = ledger.db.execute("SELECT started_at, settings FROM captures WHERE stamp = ?", (capture.stamp,)).fetchone()
    return Opening(capture.stamp, capture.kind, row["started_at"], row["settings"])


def new_opening(ledger: Ledger, kind: str, settings: dict[str, Any]) -> Opening:
    """Return the opening of a capture that begins now; its stamp is later than every other's."""
    now = datetime.now(UTC)
    last = ledger.db.execute("SELECT max(stamp) FROM captures").fetchone()[0]
    stamp = now.strftime(STAMP)
    if last and stamp <= last:
        stamp = (datetime.strptime(last, STAMP) + timedelta(seconds=1)).strftime(STAMP)
    return Opening(stamp, kind, now.isoformat(timespec="seconds"), to_json(settings))


def begin_full(ledger: Ledger, home: tuple[str, str], opened: Opening) -> Capture:
    """Open a full capture whose frontier is the home page (key, url); an unfinished one is abandoned."""
    stamp = opened.stamp
    with ledger.transaction() as db:
        db.execute("UPDATE captures SET state = 'abandoned' WHERE state = 'running'")
        db.execute("DELETE FROM findings WHERE name = 'harvest.tls'")  # what it rests on is fetched anew
        _open(ledger, opened)
        db.execute("INSERT INTO frontier (capture, key, url, state) VALUES (?, ?, ?, 'queued')", (stamp, *home))
    return Capture(stamp, "full", stamp, resumed=False)


def begin_delta(ledger: Ledger, scope: Scope, opened: Opening, *, everything: bool = False) -> Capture | None:
    """Open a capture of what earlier ones left open (or of everything known); None where there is nothing to do."""
    finished = last_finished(ledger)
    if finished is None:
        return None
    stamp = opened.stamp
    with ledger.transaction() as db:
        _open(ledger, opened)
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


def begin_source(ledger: Ledger, home: tuple[str, str], opened: Opening) -> Capture:
    """Open a capture of what a source holds: on its frontier comes what is found there, no more."""
    if opened.kind == "full":
        return begin_full(ledger, home, opened)
    with ledger.transaction():
        _open(ledger, opened)
    return Capture(opened.stamp, "delta", _floor(ledger, opened.stamp), resumed=False)


def source_of(ledger: Ledger, capture: Capture) -> str:
    """Return the path of the source that a capture is taken from; empty where it is the old site itself."""
    return str(json.loads(opening(ledger, capture).settings).get("source", ""))


def finish(ledger: Ledger, capture: Capture, ending: Ending) -> None:
    """Close a capture. Call inside a transaction."""
    ledger.db.execute(
        "UPDATE frontier SET state = 'skipped', reason = ? WHERE capture = ? AND state = 'queued'",
        (ending.stopped_by, capture.stamp),
    )
    ledger.db.execute(
        "UPDATE captures SET state = 'finished', finished_at = ? WHERE stamp = ?",
        (ending.moment.isoformat(timespec="seconds"), capture.stamp),
    )


def _left_open(ledger: Ledger, floor: str, everything: bool) -> Iterator[tuple[str, str, str, int, str]]:
    rows = ledger.db.execute(
        f"""SELECT key, url, referrer, depth, form FROM (
             SELECT *, row_number() OVER (PARTITION BY key ORDER BY capture DESC) AS place
             FROM frontier WHERE capture >= ? AND {NO_PROBES})
           WHERE place = 1
             AND (? OR (state <> 'fetched' AND reason NOT IN ('too-large', 'session', 'endless', 'repeats')))""",
        (floor, everything),
    )
    for row in rows:
        yield row["key"], row["url"], row["referrer"], row["depth"], row["form"]


def _open(ledger: Ledger, opened: Opening) -> None:
    ledger.db.execute(
        "INSERT INTO captures (stamp, kind, state, started_at, settings) VALUES (?, ?, 'running', ?, ?)", opened
    )
    ledger.set(COMMITTED, {"capture": opened.stamp, "file": "", "offset": 0})


def _floor(ledger: Ledger, stamp: str) -> str:
    row = ledger.db.execute(
        "SELECT max(stamp) FROM captures WHERE kind = 'full' AND state <> 'abandoned' AND stamp <= ?", (stamp,)
    ).fetchone()
    return row[0] or stamp
