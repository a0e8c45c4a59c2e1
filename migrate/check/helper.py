"""Another process of our own that asks for most of the addresses and reads what comes, on a core of its own."""

import asyncio
import marshal
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO

from migrate.check.asking import Asker, Found
from migrate.check.gist import Gist, LinksOf
from migrate.check.portal import Connected, PortalTarget
from migrate.children import environment

MANY = 400
"""Pages from which on the helper is worth its start."""
_LENGTH = 4
_BUFFER = 1_000_000
"""Bytes of answers that wait to be taken before the helper has to wait."""
_AT_ONCE = 0.0001
"""Seconds after which a thread of the helper lets the other one do something: else each question would wait."""


class Helper:
    """Start it, say what it shall do, then `ask` for addresses, many at once; `close` it when done."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._waiting: dict[str, asyncio.Future[Found]] = {}
        self._unsent: list[tuple[str, bool]] = []
        self._listener = asyncio.create_task(self._listen())

    @classmethod
    async def start(cls, command: Sequence[str]) -> "Helper":
        """Start the process."""
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *command, stdin=pipe, stdout=pipe, env=environment(), limit=_BUFFER
        )
        return cls(process)

    def set_to_work(self, target: PortalTarget, concurrency: int, *, alike: bool) -> None:
        """Say whom to ask, how many questions at once, and whether the likeness of pages is wanted."""
        self._send(pickle.dumps((target, concurrency, alike)))

    async def ask(self, address: str, *, listed: bool) -> Found:
        """Return what is at an address (Asker.ask). Raises OSError where the process has ended."""
        if self._listener.done():
            raise OSError(_ENDED)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Found] = loop.create_future()
        self._waiting[address] = future
        if not self._unsent:
            loop.call_soon(self._flush)  # whatever else is asked for until then goes in the same question
        self._unsent.append((address, listed))
        return await future

    def _flush(self) -> None:
        self._send(marshal.dumps(self._unsent))
        self._unsent.clear()

    def _send(self, data: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(_framed(data))

    async def _listen(self) -> None:
        assert self._process.stdout is not None
        try:
            while True:
                length = int.from_bytes(await self._process.stdout.readexactly(_LENGTH), "big")
                told = marshal.loads(await self._process.stdout.readexactly(length))  # noqa: S302 (our own child)
                for address, found, page in told:
                    future = self._waiting.pop(address)
                    if not future.done():
                        future.set_result(Found(*found)._replace(gist=Gist(*page) if page else None))
        except (asyncio.IncompleteReadError, OSError):
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(OSError(_ENDED))

    async def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._listener.cancel()
        await asyncio.gather(self._listener, return_exceptions=True)
        await self._process.wait()


_ENDED = "the process that helps has ended"


def serve(read: Callable[[str], LinksOf]) -> None:
    """Be the helper: ask for what is wanted until there is no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who asks
    sys.setswitchinterval(_AT_ONCE)
    if first := _frame(sys.stdin.buffer):
        asyncio.run(_serve(read, *pickle.loads(first)))  # noqa: S301 (from who started us)


async def _serve(read: Callable[[str], LinksOf], target: PortalTarget, concurrency: int, alike: bool) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    async with Connected(target, concurrency) as portal:
        desk = _Desk(Asker(portal, read, alike))

        def listen() -> None:  # in a thread of its own: not every system can wait for a pipe and a socket at once
            while question := _frame(sys.stdin.buffer):
                loop.call_soon_threadsafe(desk.take, marshal.loads(question))  # noqa: S302 (from who started us)
            loop.call_soon_threadsafe(ended.set)

        threading.Thread(target=listen, daemon=True).start()
        await ended.wait()
        desk.close()


class _Desk:
    """Takes questions, and sends off what is answered: all that is ready at a moment in one go."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._tasks: set[asyncio.Task[None]] = set()
        self._answered: list[tuple[Any, ...]] = []

    def take(self, questions: list[tuple[str, bool]]) -> None:
        """Begin to ask."""
        for address, listed in questions:
            task = asyncio.create_task(self._ask(address, listed=listed))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        """Give up what is still asked for."""
        for task in self._tasks:
            task.cancel()

    async def _ask(self, address: str, *, listed: bool) -> None:
        found = await self._asker.ask(address, listed=listed)
        if not self._answered:
            asyncio.get_running_loop().call_soon(self._flush)
        self._answered.append((address, tuple(found._replace(gist=None)), found.gist and tuple(found.gist)))

    def _flush(self) -> None:
        sys.stdout.buffer.write(_framed(marshal.dumps(self._answered)))
        sys.stdout.buffer.flush()
        self._answered.clear()


def _framed(data: bytes) -> bytes:
    return len(data).to_bytes(_LENGTH, "big") + data


def _frame(stream: BinaryIO) -> bytes:
    return stream.read(int.from_bytes(stream.read(_LENGTH), "big"))
