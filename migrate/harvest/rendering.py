"""Which pages a browser is to see, and what becomes of what it saw: the page as its scripts made it goes into the WARC
beside the answer, and stands for the URL from then on; what its scripts asked for was harvested like anything else.
"""

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from datetime import UTC, datetime

from migrate.archive.reading import read_response
from migrate.archive.warc import RENDERED, Written, digest_of
from migrate.harvest.browser import Answer, Asked, Browser
from migrate.harvest.notes import asked_fields
from migrate.harvest.pages import PageReader, as_seen
from migrate.harvest.reader import Reader
from migrate.harvest.reading import Reading
from migrate.harvest.store import Job, Store
from migrate.harvest.targets import PROBE, Page, form_key
from migrate.http import MAX_PAGE, Response, decoded_body

_OWN_CONNECTION = frozenset({"content-encoding", "content-length", "transfer-encoding", "connection", "keep-alive"})
"""Headers that say how an answer came, not what it is."""

Fetch = Callable[[Job], Awaitable[Response]]
"""Fetches a URL, archives and settles it."""


class Rendering:
    """The browser of one crawl."""

    def __init__(self, store: Store, pages: PageReader, reader: Reader, *, everything: bool) -> None:
        """`everything`: all pages are seen, not just those that are empty without their scripts."""
        self._store = store
        self._pages = pages
        self._reader = reader
        self._everything = everything
        self._browser = Browser()

    def wants(self, job: Job, reading: Reading | str | None) -> bool:
        """Say whether a page that was fetched is to be seen."""
        if not isinstance(reading, Reading) or reading.kind != "html" or job.form or job.key.endswith(PROBE):
            return False
        return (self._everything or reading.hollow) and self._store.answered(job.key) is not None

    async def see(self, job: Job, response: Response, written: Written, fetch: Fetch) -> None:
        """See a page that was just fetched: archive it as it looks, follow what it names."""

        async def answer(asked: Asked) -> Answer | None:
            return await self._answer(asked, job, response, fetch)

        body = b""
        self._store.hold(job)
        try:
            async with aclosing(self._browser.states(job.url, answer)) as states:
                async for html in states:
                    first, body = not body, html.encode("utf-8", "replace")
                    if first and digest_of(body) == written.digest:
                        continue  # its scripts change nothing
                    async with self._store.writing:
                        assert self._store.writer is not None
                        seen = self._store.writer.write_metadata(
                            job.url, datetime.now(UTC), RENDERED, body, concurrent_to=written.record_id
                        )
                        if first:
                            self._pages.seen(job, seen, len(body))
                    self._pages.follow(job, await self._reader.read(as_seen(job, body)))
        except (TimeoutError, ConnectionError) as error:
            self._pages.not_seen(job, str(error) or type(error).__name__)
        self._store.settle(job, "fetched")

    async def _answer(self, asked: Asked, job: Job, response: Response, fetch: Fetch) -> Answer | None:
        """Return what the old site says to a request of the page; None where the harvest would not ask for that."""
        if asked.method not in ("GET", "POST"):
            return None
        target = self._pages.targets.resolve(Page.at(job.url), asked.url)
        if target is None or not target.own or not target.key:
            return None
        form = asked.form if asked.method == "POST" else ""
        key = form_key(target.key, form)
        target = target._replace(key=key)
        if key == job.key:
            return _told(response, decoded_body(response.raw_headers, response.beginning(MAX_PAGE), MAX_PAGE))
        if stored := self._store.answered(key):
            found = read_response(self._store.ledger.path.parent, stored.warc_file, stored.warc_offset)
            return Answer(stored.status, _headers(found.headers.pairs), found.body)
        if key not in self._store.known:
            assert self._store.writer is not None
            self._store.writer.write_note(job.url, datetime.now(UTC), asked_fields(target.url, form))
            self._pages.ask_for(job, target, form)
        wanted = self._store.queue.pop(key, None)
        if wanted is None:
            return None  # refused; or failed, or on its way: the next harvest, which asks for what failed, sees it
        fetched = await fetch(wanted)
        try:
            limit = fetched.length if fetched.spool else MAX_PAGE
            return _told(fetched, decoded_body(fetched.raw_headers, fetched.beginning(limit), MAX_PAGE))
        finally:
            fetched.discard()

    async def close(self) -> None:
        """End the browser."""
        await self._browser.close()


def _told(response: Response, body: bytes) -> Answer | None:
    return Answer(response.status, _headers(response.raw_headers), body) if response.status else None


def _headers(pairs: tuple[tuple[bytes, bytes], ...]) -> dict[str, str]:
    plain = ((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in pairs)
    return {name: value for name, value in plain if name not in _OWN_CONNECTION}
