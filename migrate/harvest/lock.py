"""One harvest of a site at a time."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from migrate.errors import ShangyiError
from migrate.i18n import _


@contextmanager
def harvest_lock(folder: Path) -> Iterator[None]:
    """Hold the site's harvest lock. Raises ShangyiError where another process holds it.

    The lock is SQLite's on a file of its own: it works on every system and is gone with the process, however it ends.
    """
    folder.mkdir(parents=True, exist_ok=True)
    holder = sqlite3.connect(folder / "harvest.lock", isolation_level=None, timeout=0)
    try:
        try:
            holder.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise ShangyiError(
                _("Another harvest of this site is running ({folder}).").format(folder=folder),
                _("Wait until it is done, or stop it with Ctrl-C; then run this command again."),
            ) from error
        yield
    finally:
        holder.close()
