"""The loop: workers take from the frontier, fetch, write, settle. Once a second, or sooner, all of it is committed."""

import asyncio
import time
from collections.abc import Callable

from migrate.archive.warc import payload_digest
from migrate.errors import ShangyiError
from migrate.harvest.firewall import Firewall
from migrate.harvest.pages import PageReader
from migrate.harvest.probes import made_up
from migrate.harvest.reader import Reader
from migrate.harvest.store import Job, Store
from migrate.harvest.targets import PROBE
from migrate.harvest.types import Progress
from migrate.http import Client, Response
from migrate.i18n import _

COMMIT_EVERY = 1.0
"""Seconds of fetching that a power cut may take (design §4)."""

SHOW_EVERY = 0.1
"""Seconds between two progress reports."""

FIRST = 5
"""Pages that a capture begins with, one after the other."""

SILENT = 25
"""Requests in a row without any answer after which the home page is asked whether the site is still there."""


class Crawl:
    """One run over one capture's frontier."""

    def __init__(
        self, client: Client, store: Store, pages: PageReader, reader: Reader, progress: Callable[[Progress], None]
    ) -> None:
        self._client = client
        self._store = store
        self._pages = pages
        self._reader = reader
        self._progress = progress
        self._busy = 0
        self._wake = asyncio.Event()
        self._committed = self._shown = time.monotonic()
        self._silent = 0
        self._answered = False
        self._firewall = Firewall()
        self.fetched = self.failed = self.bytes = 0

    async def run(self, home: str, limit: int) -> None:
        """Fetch until the frontier is empty or `limit` URLs were asked for. Raises ShangyiError when the site is gone.

        `home` is the URL that tells whether the site still answers.
        """
        self._home = home
        self._left = limit
        try:
            await self._look_around()
            async with asyncio.TaskGroup() as group:
                ticker = group.create_task(self._tick())
                workers = [group.create_task(self._work()) for _worker in range(self._client.options.concurrency)]
                await asyncio.wait(workers)
                ticker.cancel()
        except ExceptionGroup as group:
            raise group.exceptions[0] from group
        finally:
            await self._reader.close()
        if self._silent and not self._answered:
            await self._ask_home()

    async def _look_around(self) -> None:
        """Of a new capture, fetch the first pages one by one; then ask for what can't be there, in the shapes of
        address that they name, before anything else is believed.
        """
        queue = self._store.queue
        if any(key.endswith(PROBE) for key in self._store.known):
            return
        for _page in range(FIRST):
            if self._left > 0 and 0 < len(queue) < FIRST:
                self._left -= 1
                await self._visit(next(iter(queue.values())))
        for probe in made_up(self._home, queue.values()):
            if not self._pages.refusal(probe):
                await self._visit(probe)

    async def _work(self) -> None:
        while self._left > 0:
            job = self._store.next()
            if job is None:
                if not self._busy:
                    break
                self._wake.clear()
                await self._wake.wait()
                continue
            self._busy += 1
            self._left -= 1
            try:
                await self._visit(job)
            finally:
                self._busy -= 1
                self._wake.set()
        self._wake.set()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(COMMIT_EVERY / 4)
            self._commit_if_due()

    def _commit_if_due(self) -> None:
        if time.monotonic() - self._committed >= COMMIT_EVERY * 0.7:
            self._store.commit()
            self._committed = time.monotonic()

    async def _visit(self, job: Job) -> None:
        # Download handlers give their file only to who comes from the article (domain: they want a Referer).
        headers = {"Referer": job.referrer.partition("#")[0]} if job.referrer else {}
        response = await self._client.fetch(job.url, headers=headers, form=job.form)
        try:
            await self.keep(job._replace(tries=job.tries + 1), response)
        finally:
            response.discard()
        await self._still_there(response)
        await self._firewall.rest(self._client.options.backoff)

    async def keep(self, job: Job, response: Response) -> None:
        """Write an answer to the archive and settle its URL: at once, so that no commit falls between the two."""
        unread = self._pages.to_read(job, response)
        reading = await self._reader.read(unread) if unread else None
        if response.status and response.error != "too-large":
            digest = payload_digest(response)
            # Errors come and go; only answers that stay are referred to.
            original = self._store.original(digest) if digest and response.status < 400 and not response.error else None
            assert self._store.writer is not None
            written = self._store.writer.write(response, digest, original)
            self._firewall.take(self._pages.take(job, response, written, reading), reading)
            self.fetched += not job.key.endswith(PROBE)
            self.bytes += response.length
        else:
            self._pages.lost(job, response)
            self.failed += response.status == 0
        self._commit_if_due()
        self._show(job.url)

    async def _still_there(self, response: Response) -> None:
        self._silent = 0 if response.status else self._silent + 1
        self._answered = self._answered or bool(response.status)
        if self._silent >= SILENT:
            self._silent = 0
            await self._ask_home()

    async def _ask_home(self) -> None:
        """Raise ShangyiError where the home page gives no answer: the site is gone, not its URLs."""
        again = await self._client.fetch(self._home)
        again.discard()
        if not again.status:
            raise ShangyiError(
                _("The old site stopped answering: {reason}").format(reason=again.error),
                _("What was fetched is safe. Run the same command again later: it goes on where it stopped."),
            )

    def _show(self, url: str) -> None:
        now = time.monotonic()
        if now - self._shown >= SHOW_EVERY:
            self._shown = now
            self._progress(Progress(self.fetched, len(self._store.queue), self.failed, self.bytes, url))
