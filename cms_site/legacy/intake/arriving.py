"""Files on their way in: copied out of the archive into a folder beside the stored ones, hashed, and looked at.

Several at a time, ahead of what is written: reading, hashing and decoding leave Python's lock free, and each file is
read once, in pieces, however large it is. Nothing here asks the database.
"""

import hashlib
import io
import os
import uuid
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from cms_site.legacy.intake.pictures import Picture, decode
from migrate.errors import ShangyiError, disk_error
from migrate.records import Entry, Kind, Reading, Stored

_THREADS = min(4, os.cpu_count() or 1)
_AHEAD = 200
"""How many files are read ahead: while one batch is written, the next comes in."""
_TOGETHER = 5
"""Files that a thread is given at a time: each handing over costs Python's lock."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file that may be stored."""

    entry: Entry
    digest: str
    """`sha256:<hex>` of its bytes as they came."""
    path: Path
    """Where its bytes lie as the portal stores them."""
    size: int
    sha1: str
    """Of the bytes that are stored: Wagtail tells duplicates by it."""
    picture: Picture | None
    """None for what is, or becomes, a document."""


def arrivals(readings: Iterable[Reading], folder: Path) -> Iterator[Arrived | Stored]:
    """Yield each file, in order, its bytes in the folder; or why there is none. Raises ShangyiError on a full disk."""
    pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="arriving")
    waiting: deque[Future[list[Arrived | Stored]]] = deque()
    left = iter(readings)
    try:
        while some := list(islice(left, _TOGETHER)):
            waiting.append(pool.submit(_arrive_all, some, folder))
            if len(waiting) > _AHEAD // _TOGETHER:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _arrive_all(readings: list[Reading], folder: Path) -> list[Arrived | Stored]:
    return [_arrive(reading, folder) for reading in readings]


def _arrive(reading: Reading, folder: Path) -> Arrived | Stored:
    found = reading()
    if isinstance(found, Stored):
        return found
    path = folder / uuid.uuid4().hex
    try:
        copy = _copy(found.pieces(), path)
        digest = f"sha256:{copy.sha256}"
        picture = None
        if found.entry.kind == Kind.IMAGE:
            with path.open("rb") if copy.whole is None else io.BytesIO(copy.whole) as file:
                picture = decode(file)
        if picture is not None and picture.png is not None:
            path.unlink()
            copy = _copy((picture.png,), path)
    except ShangyiError as error:
        path.unlink()
        return Stored(found.entry.key, "failed", str(error))
    except OSError as error:
        raise disk_error(error, path) from error
    return Arrived(found.entry, digest, path, copy.size, copy.sha1, picture)


class _Copy(NamedTuple):
    sha256: str
    sha1: str
    size: int
    whole: bytes | None
    """All its bytes, where they came in one piece."""


def _copy(pieces: Iterable[bytes], path: Path) -> _Copy:
    sha256, sha1 = hashlib.sha256(), hashlib.sha1(usedforsecurity=False)
    whole, size = None, 0
    with path.open("xb") as file:
        for piece in pieces:
            whole = piece if size == 0 else None
            size += len(piece)
            sha256.update(piece)
            sha1.update(piece)
            file.write(piece)
    return _Copy(sha256.hexdigest(), sha1.hexdigest(), size, whole)
