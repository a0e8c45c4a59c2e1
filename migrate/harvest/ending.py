"""How a capture ends: what was not asked for is skipped, what was found is counted. Nothing changes it any more."""

from datetime import datetime

from migrate.harvest import captures
from migrate.harvest.captures import COMMITTED
from migrate.harvest.findings import write_findings
from migrate.harvest.store import Store


def end_capture(store: Store, moment: datetime, place: tuple[str, int], robots_key: str) -> None:
    """Close the capture of a store that was committed; `place` is where its WARC files end."""
    file, offset = place
    with store.ledger.transaction():
        captures.finish(store.ledger, store.capture, moment)
        store.ledger.set(COMMITTED, {"capture": store.capture.stamp, "file": file, "offset": offset})
        write_findings(store.ledger, store.capture, robots_key)
