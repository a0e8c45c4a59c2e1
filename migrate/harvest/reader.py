"""Where pages are read: here, or where the machine is what limits a harvest, in a process of its own on another core.

A page that makes the parser stall, eat memory or die does it there, and becomes a finding. Where there is such a
process, it makes the records of answers, too, as far as it finds the time.
"""

import asyncio
import marshal
import math
import pickle
import sys
import time
from collections import deque
from collections.abc import Collection
from contextlib import suppress
from typing import NamedTuple

from migrate.archive.warc import Draft, Made
from migrate.harvest import beside
from migrate.harvest.paging import Pagers
from migrate.harvest.reading import Reading, Unpacker, Unread, attempt
from migrate.harvest.reading_process import LENGTH, READY, framed
from migrate.harvest.targets import Targets
from migrate.i18n import _
from migrate.urls import UrlRules

ENOUGH = 50
"""Targets that must have been named before another process is started: that takes as long as to read so many pages."""

LARGE = 1_000_000
"""Bytes of a body that is never read in this process: everything else would wait for it."""

PATIENCE = 300.0
"""Seconds without an answer; the largest page that is read takes a tenth of that."""

BEHIND = 4
LAG = 200_000
"""Pages, and bytes of them that it has yet to take, by which the process is behind. Then it is given nothing else: who
fetches can make records, too, and fetch what need not be read."""


LOOK_EVERY = 0.001
"""Seconds between two looks at how far it is: each answer asks twice, and the system takes its time to tell."""


class Read(NamedTuple):
    """What came of an answer."""

    reading: Reading | str | None
    """What it names, or what went wrong: the process that read it died of it, or got stuck. None: it was not read."""
    made: Made | None = None
    """Its records, if they were made."""


class Reader:
    """Reads answers in the order in which they are given to it. Close it when done."""

    def __init__(self, rules: UrlRules, pagers: Pagers, rate: float, sessions: Collection[str] = ()) -> None:
        """`rules` are the site's, for canonical URLs; `rate` is in requests a second, 0 for no limit; `sessions` are
        query parameters known to be session ids.
        """
        self._first = rules, frozenset(sessions), pagers
        self._pagers = pagers
        self._targets = Targets(rules, sessions)
        self._unnamed = ENOUGH if beside.is_wanted(rate) else sys.maxsize
        self._process: asyncio.subprocess.Process | None = None
        self._beginning: asyncio.Task[None] | None = None
        """The start of the first process; all pages are read here until it is done."""
        self._asked: deque[_Asked] = deque()
        self._clock: asyncio.Timeout | None = None
        """Of the answer that is waited for; it runs while there is a question."""
        self._waiting = 0
        """Of what the process was asked: pages."""
        self._looked = -math.inf
        self._held = 0
        """Bytes that it had yet to take when that was last looked at."""
        self._collecting: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._up = asyncio.Event()

    async def read(self, unread: Unread) -> Reading | str:
        """Return what an answer names, or what went wrong, as in Read.

        Raises ShangyiError where no process can be started.
        """
        reading = (await self.read_and_make(unread, None)).reading
        assert reading is not None
        return reading

    @property
    def is_behind(self) -> bool:
        """Whether pages wait to be read. Not all that were not answered yet do: answers wait to be taken as well."""
        if self._waiting <= BEHIND or self._process is None or self._process.stdin is None:
            return False
        if (now := time.monotonic()) - self._looked > LOOK_EVERY:
            self._looked = now
            self._held = beside.held_by(self._process.stdin.transport.get_extra_info("pipe"))
        return self._held > LAG

    @property
    def makes_records(self) -> bool:
        """Whether there is a process that may as well make the records of an answer, and finds the time."""
        return not self.is_behind and self._is_begun()

    async def read_and_make(self, unread: Unread | None, draft: Draft | None, body: bytes = b"") -> Read:
        """As `read`, if there is something to read; with a draft of the answer, make its records as well, of `body`,
        which is all of it.
        """
        if unread is None and draft is None:
            return Read(None)
        if unread is not None and draft is None and len(unread.body) < LARGE and not self._is_begun():
            reading = attempt(unread, self._targets, self._pagers)
            self._look_ahead(reading)
            return Read(reading)
        # A body that is in both is spelled out once.
        question = framed(marshal.dumps((unread and tuple(unread), draft and tuple(draft), body)))
        to_read = unread is not None
        self._waiting += to_read
        try:
            while True:
                with suppress(ConnectionResetError):  # it died of another page, which was told so: a question a death
                    return await self._ask(question, to_read=to_read)
        finally:
            self._waiting -= to_read

    def _is_begun(self) -> bool:
        if self._beginning is None or not self._beginning.done():
            return False
        self._beginning.result()  # raises what kept it from starting
        return True

    def _look_ahead(self, reading: Reading | str) -> None:
        """Start the other process once there is enough to read; it is waited for while pages are read here."""
        self._unnamed -= 0 if isinstance(reading, str) else len(reading.named)
        if self._unnamed <= 0 and self._beginning is None:
            self._beginning = asyncio.create_task(self._begin())

    async def _begin(self) -> None:
        async with self._starting:
            await self._have_process()
        await self._up.wait()

    async def _have_process(self) -> None:
        if self._collecting is None or self._collecting.done():
            self._process = await _start(pickle.dumps(self._first))
            self._collecting = asyncio.create_task(self._collect(self._process))

    async def _ask(self, question: bytes, *, to_read: bool) -> Read:
        async with self._starting:
            await self._have_process()
            assert self._process is not None and self._process.stdin is not None
            loop = asyncio.get_running_loop()
            if not self._asked and self._clock is not None:
                self._clock.reschedule(loop.time() + PATIENCE)  # it was idle, which took nobody's patience
            asked = _Asked(to_read, loop.create_future())
            self._asked.append(asked)
            self._process.stdin.write(question)
        return await asked.answer

    async def _collect(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        unpacker = Unpacker()
        try:
            async with asyncio.timeout(PATIENCE):
                await process.stdout.readexactly(len(READY))
            self._up.set()
            while True:
                async with asyncio.timeout(PATIENCE if self._asked else None) as self._clock:
                    head = await process.stdout.readexactly(LENGTH)
                    data = await process.stdout.readexactly(int.from_bytes(head, "big"))
                reading, made = marshal.loads(data)  # noqa: S302 (our own child wrote it)
                read = Read(unpacker.unpack(reading) if reading else None, Made(*made) if made else None)
                self._asked.popleft().answer.set_result(read)
        except (EOFError, OSError, TimeoutError):
            self._clock = None
            await beside.end(process)
            if self._asked:
                to_read, answer = self._asked.popleft()
                answer.set_result(Read(_("the program that read it ended, or found no end") if to_read else None))
            self._refuse(ConnectionResetError())
            self._up.set()  # or down: the next page starts another
        except Exception as error:  # a fault of ours: who waits must not wait for ever
            self._refuse(error)

    def _refuse(self, error: Exception) -> None:
        while self._asked:
            answer = self._asked.popleft().answer
            if not answer.done():
                answer.set_exception(error)

    async def close(self) -> None:
        """End the process, if there is one."""
        for task in filter(None, (self._beginning, self._collecting)):
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)  # one that could not start was not needed
        if self._process is not None:
            await beside.end(self._process)


class _Asked(NamedTuple):
    """A question that the process has to answer: in the order of the questions."""

    to_read: bool
    answer: asyncio.Future[Read]


async def _start(first: bytes) -> asyncio.subprocess.Process:
    process = await beside.start()
    assert process.stdin is not None
    process.stdin.write(framed(first))
    return process
