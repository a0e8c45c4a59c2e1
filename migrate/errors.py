"""What goes wrong, said so that a clerk knows what to do next. Never a traceback."""

import errno
from enum import IntEnum
from pathlib import Path

from migrate.i18n import _

_DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_SQLITE_FULL = "SQLITE_FULL"
_SQLITE_UNUSABLE = ("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_IOERR")
_SQLITE_BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED")
_POSTGRES_FULL = "53100"
_POSTGRES_BUSY = ("23505", "40001", "40P01", "55P03", "57014")
"""A place that was taken meanwhile, serialisation, deadlock, lock timeout, statement timeout: PostgreSQL's codes."""
_POSTGRES_GONE = ("08", "57P")


class ExitCode(IntEnum):
    """What a command tells the shell (README, docs/commands.md)."""

    DONE = 0
    FINDINGS = 1
    USAGE = 2
    ENVIRONMENT = 3
    INTERRUPTED = 130


class ShangyiError(Exception):
    """A reason and a hint. Raised by any room, shown by the command line as a panel with the exit code."""

    exit_code = ExitCode.ENVIRONMENT

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


class UsageError(ShangyiError):
    """The command's words are wrong: an unknown site, an option that can't be."""

    exit_code = ExitCode.USAGE


class ConfigError(ShangyiError):
    """A YAML file says something that can't be: names the file and the line."""

    def __init__(self, path: Path, line: int, reason: str, hint: str = "") -> None:
        super().__init__(f"{path}:{line}: {reason}", hint)
        self.path = path
        self.line = line


def disk_error(error: OSError, path: Path) -> ShangyiError:
    """Return what to tell about a file that can't be written, a full disk most of all."""
    if error.errno in _DISK_FULL:
        return ShangyiError(_("The disk is full: {path}").format(path=path), _make_room())
    return ShangyiError(
        _("{path} can't be written: {error}").format(path=path, error=error.strerror or error), _check_rights()
    )


def file_hint(error: OSError) -> str:
    """Return what ends the trouble with a file, empty where nobody can say."""
    if error.errno in _DISK_FULL:
        return _make_room()
    return _check_rights() if error.errno in _FORBIDDEN else ""


def database_error(error: Exception) -> ShangyiError:
    """Return what to tell of a database, the portal's or a ledger, that refuses or went away."""
    otherwise = _("Is another command at work, the disk full, the server on? What was done so far is kept.")
    return ShangyiError(_("The database refuses: {error}").format(error=error), database_hint(error) or otherwise)


def database_hint(error: BaseException) -> str:
    """Return what ends the trouble that a database reports, empty where nobody can say.

    `error` is SQLite's or PostgreSQL's, or Django's around one of them.
    """
    cause: BaseException = error.__cause__ or error
    name, code = getattr(cause, "sqlite_errorname", ""), getattr(cause, "sqlstate", "")
    if name == _SQLITE_FULL or code == _POSTGRES_FULL:
        return _make_room()
    if name.startswith(_SQLITE_UNUSABLE):
        return _check_rights()
    if name.startswith(_SQLITE_BUSY) or code in _POSTGRES_BUSY:
        return _("Something else writes to the database. Wait until it is done; then run the same command again.")
    # a connection that is lost, or was never had, has no code: psycopg tells of it itself
    never_answered = code is None and type(cause).__name__ == "OperationalError"
    if never_answered or (code and code.startswith(_POSTGRES_GONE)):
        return _("Check that the database server runs; then run the same command again: it goes on where it stopped.")
    return ""


def _make_room() -> str:
    return _("Free some space and run the same command again: it goes on where it stopped.")


def _check_rights() -> str:
    return _("Check the disk and the folder's permissions, then run the same command again.")
