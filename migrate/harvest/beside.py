"""The process beside the harvest that reads its pages, as the harvest starts and ends it.

It needs a while to get ready, and so does what fetches: so this imports nothing that takes long.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from typing import BinaryIO

from migrate import children
from migrate.errors import ShangyiError
from migrate.i18n import _

SLOW = 50.0
"""Requests a second up to which all pages are read in one process: many slow sites must not start many others."""

_PIPE = 1 << 20

_ahead: ContextVar[list[asyncio.subprocess.Process]] = ContextVar("_ahead")


def is_wanted(rate: float) -> bool:
    """Say whether such a process is worth its start where so many requests a second may be sent (0: no limit)."""
    return rate == 0 or rate > SLOW


@asynccontextmanager
async def started_ahead(*, wanted: bool) -> AsyncIterator[None]:
    """Let a process get ready while the block runs; the first `start` within returns it. Raises as that does."""
    ready = [await start()] if wanted else []
    unused = _ahead.set(ready)
    process = ready[0] if ready else None
    try:
        yield
    finally:
        _ahead.reset(unused)
        if process is not None:
            await end(process)


async def start() -> asyncio.subprocess.Process:
    """Return the process; it waits for its first question. Raises ShangyiError where no more can be started."""
    if ready := _ahead.get([]):
        return ready.pop()
    try:
        process = await asyncio.create_subprocess_exec(
            *children.command("migrate.harvest.reading_process"),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=children.environment(), limit=1 << 20,
        )  # fmt: skip
    except OSError as error:
        raise ShangyiError(
            _("No further process can be started: {reason}").format(reason=error.strerror or error),
            _("Close other programs and run the same command again: it goes on where it stopped."),
        ) from error
    assert process.stdin is not None
    _widen(process.stdin.transport.get_extra_info("pipe"))
    return process


async def end(process: asyncio.subprocess.Process) -> None:
    """End the process, whatever it is at."""
    with suppress(ProcessLookupError):
        process.kill()
    await process.communicate()


def held_by(pipe: BinaryIO) -> int:
    """Return how many bytes wait in a pipe; more than any can hold where the system does not say."""
    if sys.platform == "win32":
        return sys.maxsize
    import fcntl
    import termios

    try:
        return int.from_bytes(fcntl.ioctl(pipe.fileno(), termios.FIONREAD, bytes(4)), sys.byteorder)
    except (OSError, ValueError):  # it is closed: the process has ended
        return sys.maxsize


def _widen(pipe: BinaryIO) -> None:
    """Let a pipe hold more than a page or two, where the system can (Linux): each time it is full costs a wait."""
    if sys.platform == "linux":
        import fcntl

        with suppress(OSError):  # a limit that the administrator set
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE)
