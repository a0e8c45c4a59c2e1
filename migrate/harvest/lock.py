"""One harvest of a site at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from migrate.archive.lock import archive_lock
from migrate.errors import ShangyiError
from migrate.i18n import _


@contextmanager
def harvest_lock(folder: Path) -> Iterator[None]:
    """Hold the site's harvest lock. Raises ShangyiError where another process holds it."""
    busy = ShangyiError(
        _("Another harvest of this site is running ({folder}).").format(folder=folder),
        _("Wait until it is done, or stop it with Ctrl-C; then run this command again."),
    )
    with archive_lock(folder, busy):
        yield
