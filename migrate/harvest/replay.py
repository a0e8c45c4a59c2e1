"""What the archive holds → rows, as if it came from the old site just now: after a crash, and to rebuild a ledger."""

import json
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

from migrate.archive.exchanges import Exchange, Note, Sight, with_payload
from migrate.archive.recovery import recover
from migrate.archive.warc import NOT_MODIFIED
from migrate.errors import ShangyiError
from migrate.harvest.aside import aside
from migrate.harvest.captures import COMMITTED
from migrate.harvest.findings import tls_finding
from migrate.harvest.notes import asked_of, fault_of, lost_of
from migrate.harvest.pages import PageReader, as_seen
from migrate.harvest.reader import Reader
from migrate.harvest.reading import Reading
from migrate.harvest.store import Job, Store
from migrate.harvest.targets import Page, form_key
from migrate.i18n import _
from migrate.urls import UrlRules, canonical


class Replay:
    """Takes what WARC files hold, in the order in which it was written, into a store."""

    def __init__(self, store: Store, reader: Reader, pages: PageReader, rules: UrlRules, folder: Path) -> None:
        """`rules` are the cautious ones, `folder` is the site's archive."""
        self._store = store
        self._reader = reader
        self._pages = pages
        self._rules = rules
        self._folder = folder
        self._seen = ""
        """Record id of the answer whose page was seen last."""

    async def take(self, what: Exchange | Note | Sight) -> tuple[Job, Reading | str] | None:
        """Settle a URL by what came of it; of an answer that can be trusted, return what it was to and what it names.

        Raises ShangyiError where a revisit leads to nothing.
        """
        if isinstance(what, Exchange):
            try:
                return await self._exchange(what)
            finally:
                what.response.discard()
        if isinstance(what, Sight):
            await self._sight(what)
        elif lost := lost_of(what):
            response, form = lost
            self._pages.lost(self._job(response.url, form), response)
        elif fault := fault_of(what):
            self._store.add_finding(tls_finding(fault))
        elif asked := asked_of(what):
            self._asked(what.url, *asked)
        return None

    def _asked(self, page_url: str, url: str, form: str) -> None:
        page = self._job(page_url, "")
        target = self._pages.targets.resolve(Page.at(page_url), url)
        if target is not None:
            self._pages.ask_for(page, target._replace(key=form_key(target.key, form)), form)

    async def _sight(self, sight: Sight) -> None:
        job = self._job(sight.url, "")
        if self._seen != sight.answer_id and self._store.answered(job.key) is not None:
            self._pages.seen(job, sight.written, len(sight.page))
        self._seen = sight.answer_id
        self._pages.follow(job, await self._reader.read(as_seen(job, sight.page)))

    async def _exchange(self, exchange: Exchange) -> tuple[Job, Reading | str] | None:
        if exchange.request_missing and self._may_be_form(exchange.response.url):
            return None  # whose answer it is can't be known; what is damaged is told of by `archive verify`
        job = self._job(exchange.response.url, exchange.form)
        response = exchange.response
        if response.status != NOT_MODIFIED:
            response = await aside(partial(with_payload, self._folder, exchange, self._folder / "spool"))
        try:
            unread = self._pages.to_read(job, response)
            reading = await self._reader.read(unread) if unread else None
            verdict = self._pages.take(job, response, exchange.written, reading)
            return None if reading is None or verdict.reason else (job, reading)
        finally:
            response.discard()

    def _job(self, url: str, form: str) -> Job:
        """Return the job that got this answer, as the frontier knows it; a try is counted."""
        key = form_key(canonical(url, self._rules), form)
        job = self._store.job(key) or Job(key, url, "", 0, 0, form)
        self._store.known.add(key)
        return job._replace(url=url, form=form, tries=job.tries + 1)

    def _may_be_form(self, url: str) -> bool:
        begin = f"{canonical(url, self._rules)}#"
        return any(key.startswith(begin) for key in self._store.known)


async def read_back(store: Store, replay: Replay, folder: Path) -> AsyncIterator[tuple[Job, Reading | str]]:
    """Take what is whole beyond the last commit into the ledger, and cut the torn tail (design §4).

    Yield of each answer what it was to and what it names. Raises ShangyiError where the archive is not what the ledger
    says.
    """
    committed = json.loads(store.ledger.get(COMMITTED) or "{}")
    last, offset = committed.get("file", ""), int(committed.get("offset", 0))
    files = sorted((folder / "warc").glob(f"{store.capture.stamp}-*.warc.gz"))
    if last and not any(path.name == last and path.stat().st_size >= offset for path in files):
        raise ShangyiError(
            _("The archive is damaged: {file} is shorter than the ledger says, or missing.").format(file=last),
            _("Put it back from a backup, or harvest anew with --fresh."),
        )
    for path in files:
        if path.name >= last:
            found = recover(path, offset if path.name == last else 0, folder / "spool")
            while what := await aside(partial(next, found, None)):
                if answered := await replay.take(what):
                    yield answered
