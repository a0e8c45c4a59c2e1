"""How a capture ends: what was not asked for is skipped, what was found is counted. Nothing changes it any more."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from migrate.archive.seal import seal
from migrate.harvest import captures
from migrate.harvest.captures import COMMITTED, Ending
from migrate.harvest.changes import conclude
from migrate.harvest.findings import write_findings
from migrate.harvest.notes import finished_fields
from migrate.harvest.store import Store


class Landmarks(NamedTuple):
    """Keys of two URLs that are not like the others."""

    home: str
    robots: str


def finish(store: Store, folder: Path, landmarks: Landmarks, stopped_by: str) -> None:
    """Finish the capture of a store that was committed. WARC first, ledger second, here too."""
    assert store.writer is not None
    ending = Ending(datetime.now(UTC), stopped_by)
    store.writer.write_note(landmarks.home, ending.moment, finished_fields(ending))
    store.writer.sync()
    store.growing.reach(*store.writer.place)
    with ThreadPoolExecutor(1) as beside:  # files of earlier runs are read for it
        sealed = beside.submit(seal, folder, store.capture.stamp, store.growing.whole())
        end_capture(store, ending, store.writer.place, landmarks, sealed.result)


def end_capture(
    store: Store,
    ending: Ending,
    place: tuple[str, int],
    landmarks: Landmarks,
    sealed: Callable[[], None] = lambda: None,
) -> None:
    """Close the capture of a store that was committed; `place` is where its WARC files end. `sealed` is waited for
    before anybody is told.
    """
    file, offset = place
    ledger, capture = store.ledger, store.capture
    with ledger.transaction():
        captures.finish(ledger, capture, ending)
        ledger.set(COMMITTED, {"capture": capture.stamp, "file": file, "offset": offset})
        conclude(ledger, capture, landmarks.home)
        write_findings(ledger, capture, landmarks.robots)
        sealed()
