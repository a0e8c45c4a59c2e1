"""What one run did, counted from the ledger's rows."""

import time
from typing import NamedTuple

from migrate.archive.ledger import Ledger
from migrate.harvest.captures import Capture
from migrate.harvest.changes import answers_by_class, compare, doubt_of
from migrate.harvest.targets import NO_PROBES
from migrate.harvest.types import HarvestSummary


class Done(NamedTuple):
    """What the rows don't say."""

    site: str
    state: str
    """`finished` or `unchanged`."""
    fetched_now: int
    started: float
    """By the monotonic clock, in seconds."""


def summary(ledger: Ledger, capture: Capture, done: Done) -> HarvestSummary:
    """Return what a run did, of which this is the capture."""
    db = ledger.db
    stamp = (capture.stamp,)
    stored = db.execute("SELECT total(length) FROM resources WHERE capture = ?", stamp).fetchone()[0]
    states = db.execute(
        f"SELECT state, reason, count(*) FROM frontier WHERE capture = ? AND {NO_PROBES} GROUP BY 1, 2", stamp
    ).fetchall()
    changes, doubt = compare(ledger, capture), doubt_of(ledger, capture.stamp)
    return HarvestSummary(
        site=done.site,
        capture=capture.stamp,
        kind=capture.kind,
        state=done.state,
        resumed=capture.resumed and done.state == "finished",
        found=sum(row[2] for row in states),
        new=changes.new,
        changed=changes.changed,
        gone=changes.gone,
        unchanged=changes.unchanged,
        unreliable=doubt.reason if doubt else "",
        statuses=answers_by_class(ledger, capture),
        failed=sum(row[2] for row in states if row[0] == "failed"),
        skipped={row[1]: row[2] for row in states if row[0] == "skipped"},
        bytes=int(stored),
        fetched_now=done.fetched_now,
        seconds=round(time.monotonic() - done.started, 3),
        findings=db.execute("SELECT count(*) FROM findings WHERE stage IN ('harvest', 'source')").fetchone()[0],
    )
