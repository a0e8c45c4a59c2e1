"""After a crash: what lies whole beyond what the ledger knows, and where the torn tail begins."""

from collections.abc import Iterator
from pathlib import Path

from migrate.archive.exchanges import Exchange, Note, Sight, stored
from migrate.archive.stream import Damage

FINISHED = "finished"
"""Field of the note that ends a capture: when it was finished."""


def recover(path: Path, start: int, spool: Path) -> Iterator[Exchange | Note | Sight]:
    """Yield what is whole from byte `start` on, then cut off what follows the last of it.

    `start` is where committed records end. A note that the capture is finished is cut off, too: the ledger, which says
    that it is not, would have said so next. The file is cut only when the iterator is used up.
    """
    keep = start
    damages: list[Damage] = []
    for what, end in stored(path, start, spool, damages.append):
        if damages or (isinstance(what, Note) and FINISHED in what.fields):
            if isinstance(what, Exchange):
                what.response.discard()
            break
        keep = end
        if what is not None:
            yield what
    if path.stat().st_size > keep:
        with path.open("r+b") as file:
            file.truncate(keep)
