"""One import or rollback on a portal at a time: two would place pages into one column at once."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection, transaction

from migrate.errors import ShangyiError
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
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_POSTGRES_KEY])
        return
    path = Path(str(connection.settings_dict["NAME"]))
    if not path.is_absolute():
        yield
        return
    holder = sqlite3.connect(path.with_name(path.name + ".import-lock"), isolation_level=None, timeout=0)
    try:
        try:
            holder.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise _taken() from error
        yield
    finally:
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


def _taken() -> ShangyiError:
    return ShangyiError(
        _("Another import or rollback is running on this portal."),
        _("Wait until it is done; then run this command again."),
    )
