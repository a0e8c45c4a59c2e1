"""What goes wrong, said so that a clerk knows what to do next. Never a traceback."""

import errno
from enum import IntEnum
from pathlib import Path

from migrate.i18n import _

_DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


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
        return ShangyiError(
            _("The disk is full: {path}").format(path=path),
            _("Free some space and run the same command again: it goes on where it stopped."),
        )
    return ShangyiError(
        _("{path} can't be written: {error}").format(path=path, error=error.strerror or error),
        _("Check the disk and the folder's permissions, then run the same command again."),
    )
