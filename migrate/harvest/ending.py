"""How a capture ends: what was not asked for is skipped, what was found is counted. Nothing changes it any more."""

from datetime import datetime
from typing import NamedTuple

from migrate.harvest import captures
from migrate.harvest.captures import COMMITTED
from migrate.harvest.changes import conclude
from migrate.harvest.findings import write_findings
from migrate.harvest.store import Store


class Landmarks(NamedTuple):
    """Keys of two URLs that are not like the others."""

    home: str
    robots: str


class Ending(NamedTuple):
    """When and why a capture ends."""

    moment: datetime
    stopped_by: str
    """Name of the limit that keeps what is still queued from being asked for."""


def end_capture(store: Store, ending: Ending, place: tuple[str, int], landmarks: Landmarks) -> None:
    """Close the capture of a store that was committed; `place` is where its WARC files end."""
    file, offset = place
    ledger, capture = store.ledger, store.capture
    with ledger.transaction():
        captures.finish(ledger, capture, ending.moment, ending.stopped_by)
        ledger.set(COMMITTED, {"capture": capture.stamp, "file": file, "offset": offset})
        conclude(ledger, capture, landmarks.home)
        write_findings(ledger, capture, landmarks.robots)
