"""The loop: workers take from the frontier, fetch, write, settle. Once a second, or sooner, all of it is committed."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple

from migrate.archive.reading import read_response
from migrate.archive.warc import NOT_MODIFIED, payload_digest
from migrate.errors import ShangyiError
from migrate.harvest.aside import aside
from migrate.harvest.conditions import Conditions
from migrate.harvest.findings import tls_finding
from migrate.harvest.firewall import Firewall
from migrate.harvest.keeping import write_answer
from migrate.harvest.notes import fault_fields, lost_fields
from migrate.harvest.pages import MAX_EARLY, PageReader
from migrate.harvest.probes import Shapes
from migrate.harvest.reader import Read, Reader
from migrate.harvest.reading import Unread
from migrate.harvest.rendering import Rendering
from migrate.harvest.store import Job, Store
from migrate.harvest.targets import PROBE
from migrate.harvest.types import Progress
from migrate.harvest.verdict import judge
from migrate.http import Client, Response
from migrate.http.conditional import confirms, holds
from migrate.i18n import _

COMMIT_EVERY = 1.0
"""Seconds of fetching that a power cut may take (design §4)."""

SHOW_EVERY = 0.1
"""Seconds between two progress reports."""

FIRST = 5
"""Pages that a capture begins with, one after the other."""

SILENT = 25
"""Requests in a row without any answer but “not now” after which the home page is asked whether the site is still
there."""

_NOT_NOW = frozenset({0, 429, 503})


class Limits(NamedTuple):
    """How much may be fetched."""

    urls: int
    bytes: int
    """Of bodies; what is under way when they are reached still ends."""


class Means(NamedTuple):
    """With what a crawl fetches and reads."""

    client: Client
    reader: Reader
    rendering: Rendering | None
    """The browser, where pages are to be seen with one."""


class Crawl:
    """One run over one capture's frontier."""

    def __init__(self, means: Means, store: Store, pages: PageReader, progress: Callable[[Progress], None]) -> None:
        self._client, self._reader, self._rendering = means
        self._store = store
        self._pages = pages
        self._progress = progress
        self._busy = 0
        self._wake = asyncio.Event()
        self._was_committed = asyncio.Event()
        self._committed = self._shown = time.monotonic()
        self._silent = 0
        self._answered = False
        self._firewall = Firewall()
        self._told_faults = 0
        self._learning: asyncio.Event | None = None
        """Set once an address of a new shape that can't be has been asked for."""
        self.fetched = self.failed = self.bytes = 0

    @property
    def stopped_by(self) -> str:
        """Return the name of the limit that ended the run."""
        return "max-total" if self.bytes >= self._limits.bytes else "limit"

    async def run(self, home: tuple[str, str], limits: Limits) -> None:
        """Fetch until the frontier is empty or a limit is reached. Raises ShangyiError when the site is gone.

        `home` (key, URL) is the page that tells whether the site still answers.
        """
        self._home = home[1]
        self._conditions = await aside(partial(Conditions, self._store, home[0]))
        self._shapes = Shapes(self._home, self._pages.targets.key, self._store.known)
        self._limits = limits
        self._left = limits.urls
        self._committed = time.monotonic()
        try:
            async with asyncio.TaskGroup() as group:
                ticker = group.create_task(self._tick())
                await self._look_around()
                workers = [group.create_task(self._work()) for _worker in range(self._client.options.concurrency)]
                await asyncio.wait(workers)
                ticker.cancel()
        except ExceptionGroup as group:
            raise group.exceptions[0] from group
        finally:
            await self._reader.close()
            if self._rendering is not None:
                await self._rendering.close()
        self._tell(self._home)
        if self._silent and not self._answered:
            await self._ask_home()

    async def _look_around(self) -> None:
        """Of a new capture, fetch the first pages one by one; then ask for what can't be there, in the shapes of
        address that they name, before anything else is believed.
        """
        queue = self._store.queue
        if self._store.capture.kind != "full" or any(key.endswith(PROBE) for key in self._store.known):
            return
        seen = await self._look_back() if self._store.capture.resumed else {}
        for _page in range(FIRST):
            if self._left > 0 and 0 < len(queue) < FIRST:
                self._left -= 1
                seen |= queue
                (await self._visit(next(iter(queue.values())))).discard()
        for probe in self._shapes.early((seen | queue).values()):
            await self._ask_nonsense(probe)

    async def _ask_nonsense(self, probe: Job) -> None:
        if not self._pages.refusal(probe):
            (await self._visit(probe)).discard()

    async def _look_through(self, job: Job) -> None:
        """Before the first address of a shape that was found deep in the site is asked for, ask for one that can't be.
        All others wait: theirs may be of that shape.
        """
        while self._learning is not None:
            await self._learning.wait()
        if self._store.capture.kind != "full" or not (probe := self._shapes.new(job)):
            return
        learning = self._learning = asyncio.Event()
        try:
            await self._ask_nonsense(probe)
        finally:
            self._learning = None
            learning.set()

    async def _look_back(self) -> dict[str, Job]:
        """Let pages be judged as well that an earlier run believed, which ended before it had asked; return them."""
        seen: dict[str, Job] = {}
        for resource in self._store.believed(MAX_EARLY):
            job = self._store.job(resource.key)
            assert job is not None
            seen[job.key] = job
            stored = await aside(partial(read_response, self._store.folder, resource.warc_file, resource.warc_offset))
            response = Response(resource.url, stored.status, raw_headers=stored.headers.pairs, body=stored.raw_body)
            if unread := self._pages.to_read(job, response):
                self._pages.believe(job, resource, await self._reader.read(unread))
        return seen

    async def _work(self) -> None:
        while self._left > 0 and self.bytes < self._limits.bytes:
            await self._not_too_far_ahead()
            job = self._store.next(file=self._reader.is_behind)
            if job is None:
                if not self._busy:
                    break
                self._wake.clear()
                await self._wake.wait()
                continue
            self._busy += 1
            self._left -= 1
            try:
                await self._look_through(job)
                (await self._visit(job)).discard()
            finally:
                self._busy -= 1
                self._wake.set()
        self._wake.set()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(max(0.0, self._committed + COMMIT_EVERY * 0.7 - time.monotonic()))
            began = time.monotonic()
            await self._store.commit_aside()
            self._committed = began
            self._was_committed.set()
            self._was_committed.clear()
            if self._client.closed_until:
                self._show(self._home)

    async def _not_too_far_ahead(self) -> None:
        """Wait where the disk can't keep up: more than a second's work is not put at risk."""
        while time.monotonic() - self._committed > COMMIT_EVERY:
            await self._was_committed.wait()

    async def _visit(self, job: Job) -> Response:
        """Fetch a URL, archive and settle it; return the answer, for the caller to discard."""
        # Download handlers give their file only to who comes from the article (domain: they want a Referer).
        headers = {"Referer": job.referrer.partition("#")[0]} if job.referrer else {}
        conditions = self._conditions.headers(job)
        response = await self._client.fetch(job.url, headers=headers | conditions, form=job.form)
        if response.status == NOT_MODIFIED and conditions and not holds(conditions, response):
            response = await self._client.fetch(job.url, headers=headers)
        try:
            await self.keep(job._replace(tries=job.tries + 1), response)
            await self._still_there(response)
            await self._firewall.rest(self._client.options.backoff)
        except BaseException:
            response.discard()
            raise
        return response

    async def keep(self, job: Job, response: Response) -> None:
        """Write an answer to the archive and settle its URL."""
        verdict = judge(response)
        unread = self._pages.to_read(job, response)
        reading, made = await self._read(unread, response)
        async with self._store.writing:
            self._note_faults()
            if response.status and response.error != "too-large":
                digest = made.digest if made else self._digest(job, response)
                written = await write_answer(self._store, response, digest, made)
                verdict = self._pages.take(job, response, written, reading)
                self._firewall.take(verdict, reading)
                self.fetched += not job.key.endswith(PROBE)
                self.bytes += response.length
            else:
                assert self._store.writer is not None
                self._store.writer.write_note(job.url, response.started_at, lost_fields(response, job.form))
                self._pages.lost(job, response)
                self.failed += response.status == 0
        if self._rendering is not None and not verdict.reason and self._rendering.wants(job, reading):
            await self._rendering.see(job, response, written, self._visit)
        self._show(job.url)

    async def _read(self, unread: Unread | None, response: Response) -> Read:
        assert self._store.writer is not None
        if not response.body or response.spool or confirms(response) or not self._reader.makes_records:
            return await self._reader.read_and_make(unread, None)
        return await self._reader.read_and_make(unread, self._store.writer.draft(response), response.body)

    def _note_faults(self) -> None:
        """Write down bad TLS as soon as it was put up with."""
        for fault in self._client.tls_faults[self._told_faults :]:
            self._told_faults += 1
            finding = tls_finding(fault)
            assert self._store.writer is not None
            self._store.writer.write_note(finding.url, datetime.now(UTC), fault_fields(fault))
            self._store.add_finding(finding)

    def _digest(self, job: Job, response: Response) -> str:
        """Return the digest of the payload that an answer holds or, if it is a 304, confirms."""
        latest = self._store.latest(job.key) if confirms(response) else None
        return latest.digest if latest and latest.ok else payload_digest(response)

    async def _still_there(self, response: Response) -> None:
        self._silent = self._silent + 1 if response.status in _NOT_NOW else 0
        self._answered = self._answered or bool(response.status)
        if self._silent >= SILENT:
            self._silent = 0
            await self._ask_home()

    async def _ask_home(self) -> None:
        """Raise ShangyiError where the home page gives no answer: the site is gone, not its URLs."""
        again = await self._client.fetch(self._home)
        again.discard()
        if again.status in _NOT_NOW:
            raise ShangyiError(
                _("The old site stopped answering: {reason}").format(reason=again.error or f"HTTP {again.status}"),
                _("What was fetched is safe. Run the same command again later: it goes on where it stopped."),
            )

    def _show(self, url: str) -> None:
        now = time.monotonic()
        if now - self._shown >= SHOW_EVERY:
            self._shown = now
            self._tell(url)

    def _tell(self, url: str) -> None:
        client = self._client
        queued = len(self._store.queue)
        self._progress(Progress(self.fetched, queued, self.failed, self.bytes, url, client.rate, client.closed_until))
