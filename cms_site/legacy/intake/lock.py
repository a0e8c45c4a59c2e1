"""One import or rollback on a portal at a time: two would place pages into one column at once."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection, transaction

from migrate.errors import ShangyiError, database_hint
from migrate.i18n import _

_POSTGRES_KEY = 0x7368616E67  # "shang": any number that nothing else on the database uses
_TRIES = 6
_PAUSE = 0.5
"""Seconds between tries: another person is done by then, an import is not."""


@contextmanager
def import_lock() -> Iterator[None]:
    """Hold the portal's import lock. Raises ShangyiError where another process holds it.

    On PostgreSQL it is the session's, elsewhere SQLite's on a file beside the database: gone with the process, however
    that ends. A database in memory has nobody to share it with.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [_POSTGRES_KEY])
            if not cursor.fetchone()[0]:
                raise _taken()
            try:
                yield
            finally:
                if connection.is_usable():  # a session that was lost has no locks; what broke it is on its way
                    cursor.execute("SELECT pg_advisory_unlock(%s)", [_POSTGRES_KEY])
        return
    path = Path(str(connection.settings_dict["NAME"]))
    if not path.is_absolute():
        yield
        return
    with _held(path.with_name(path.name + ".import-lock")):
        yield


@contextmanager
def _held(file: Path) -> Iterator[None]:
    """Hold a file by an open transaction. Raises ShangyiError where somebody else does, or it can't be written."""
    holder: sqlite3.Connection | None = None
    try:
        try:
            holder = sqlite3.connect(file, isolation_level=None, timeout=0)
            holder.execute("PRAGMA journal_mode = MEMORY")
            holder.execute("BEGIN EXCLUSIVE")
            # a file that may only be read would be locked for readers only, and twice; this is never committed
            holder.execute("PRAGMA user_version = 1")
        except sqlite3.OperationalError as error:
            raise _taken() if error.sqlite_errorname.startswith("SQLITE_BUSY") else _unusable(file, error) from error
        yield
    finally:
        if holder is not None:
            holder.close()


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hold the import lock in a transaction; wait for another person. Raises ShangyiError where an import runs."""
    for tried in range(1, _TRIES + 1):
        lock = import_lock()
        try:
            lock.__enter__()
            break
        except ShangyiError:
            if tried == _TRIES:
                raise
            time.sleep(_PAUSE)
    try:
        with transaction.atomic():
            yield
    finally:
        lock.__exit__(None, None, None)


def _unusable(file: Path, error: sqlite3.OperationalError) -> ShangyiError:
    """Return what to tell of a disk that is full, or a file that another user left there."""
    return ShangyiError(_("{path} can't be written: {error}").format(path=file, error=error), database_hint(error))


def _taken() -> ShangyiError:
    return ShangyiError(
        _("Another import or rollback is running on this portal."),
        _("Wait until it is done; then run this command again."),
    )
