"""Who writes to an archive, one at a time."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from migrate.errors import ShangyiError


@contextmanager
def archive_lock(folder: Path, busy: ShangyiError, *, patience: float = 0) -> Iterator[None]:
    """Hold the lock of an archive folder. Raises `busy` where another process holds it for `patience` seconds more.

    The lock is SQLite's on a file of its own: it works on every system and is gone with the process, however it ends.
    """
    folder.mkdir(parents=True, exist_ok=True)
    holder = sqlite3.connect(folder / "harvest.lock", isolation_level=None, timeout=patience)
    try:
        try:
            holder.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise busy from error
        yield
    finally:
        holder.close()
