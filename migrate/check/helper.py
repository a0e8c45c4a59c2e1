"""Another process of our own that reads pages while this one asks for them: a site of thousands is done sooner."""

import asyncio
import marshal
import signal
import sys
from collections import deque
from collections.abc import Callable, Sequence
from typing import BinaryIO

from migrate.check.gist import Gist, LinksOf, gist
from migrate.children import environment

MANY = 400
"""Pages from which on the helper is worth its start."""
_BUSY = 12
"""Pages that wait for it at most; what comes meanwhile is read here."""
_LENGTH = 4


class Helper:
    """Starts the process when it is made with a command; `read` says whether it takes a page."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._waiting: deque[asyncio.Future[Gist]] = deque()
        self._listener = asyncio.create_task(self._listen())

    @classmethod
    async def start(cls, command: Sequence[str]) -> "Helper":
        """Start the process."""
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, env=environment())
        return cls(process)

    @property
    def is_free(self) -> bool:
        """Say whether it can take one more page."""
        return len(self._waiting) < _BUSY and not self._listener.done()

    async def read(self, body: bytes, content_type: str, *, alike: bool) -> Gist:
        """Return what a page says. Raises OSError where the process has ended."""
        assert self._process.stdin is not None
        future: asyncio.Future[Gist] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        self._process.stdin.write(_framed(marshal.dumps((body, content_type, alike))))
        await self._process.stdin.drain()
        return await future

    async def _listen(self) -> None:
        assert self._process.stdout is not None
        try:
            while True:
                length = int.from_bytes(await self._process.stdout.readexactly(_LENGTH), "big")
                told = marshal.loads(await self._process.stdout.readexactly(length))  # noqa: S302 (our own child)
                future = self._waiting.popleft()
                if not future.done():
                    future.set_result(Gist(*told))
        except asyncio.IncompleteReadError:
            for future in self._waiting:
                if not future.done():
                    future.set_exception(OSError("the process that reads pages has ended"))

    async def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._listener.cancel()
        await asyncio.gather(self._listener, return_exceptions=True)
        await self._process.wait()


def serve(read: Callable[[str], LinksOf]) -> None:
    """Be the helper: read what comes in until there is no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who asks
    questions, told = sys.stdin.buffer, sys.stdout.buffer
    while question := _frame(questions):
        body, content_type, alike = marshal.loads(question)  # noqa: S302 (from who started us)
        told.write(_framed(marshal.dumps(tuple(gist(read, body, content_type, alike=alike)))))
        told.flush()


def _framed(data: bytes) -> bytes:
    return len(data).to_bytes(_LENGTH, "big") + data


def _frame(stream: BinaryIO) -> bytes:
    return stream.read(int.from_bytes(stream.read(_LENGTH), "big"))
