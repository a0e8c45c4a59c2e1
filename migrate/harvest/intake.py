"""`harvest --from`: what an old site left elsewhere becomes WARC files and rows of our own, as if just harvested.

Nothing is asked of the old site. An answer is taken where there is none as good: a good one stands against any failure,
and of two the newer one. So the same source may be given twice, and an old backup after a fresh harvest.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin

from migrate.archive.ledger import Ledger
from migrate.archive.warc import WarcWriter, iso, payload_digest
from migrate.config import SiteConfig
from migrate.errors import ShangyiError
from migrate.families import Families
from migrate.harvest import captures
from migrate.harvest.aside import aside
from migrate.harvest.captures import Capture
from migrate.harvest.crawl import COMMIT_EVERY, SHOW_EVERY
from migrate.harvest.ending import Landmarks, finish
from migrate.harvest.keeping import write_answer
from migrate.harvest.notes import lost_fields, warc_info
from migrate.harvest.pages import PageReader
from migrate.harvest.paging import Pagers
from migrate.harvest.reader import Reader
from migrate.harvest.replay import Replay, read_back
from migrate.harvest.scope import Allowed, as_it_was
from migrate.harvest.sources import Answer, Source, open_source
from migrate.harvest.sources.findings import nothing_of, source_findings
from migrate.harvest.store import Job, Store
from migrate.harvest.summary import Done, summary
from migrate.harvest.targets import form_key
from migrate.harvest.types import HarvestRun, HarvestSummary, Progress
from migrate.http import Response
from migrate.i18n import _
from migrate.records import Resource
from migrate.urls import UrlRules, canonical, host_of, resolve

STAGE = "source"
"""Under which the ledger keeps what was found in a source."""

LEFT = "not-in-source"
"""Why a URL that a page names was not taken."""


@dataclass(frozen=True, slots=True)
class SourcePlan:
    """What a source holds of a site, and what of it would be taken."""

    site: str
    source: str
    kind: str
    """`warc`, `httrack` or `folder`."""
    answers: int
    """Of the site's own."""
    new: int
    """Of them those that are better than what there is."""
    foreign: int
    """Answers of other sites."""
    left_out: dict[str, int]
    """Why something is not taken → how often."""


class Place(NamedTuple):
    """Where a source is taken in."""

    site: SiteConfig
    families: Families
    folder: Path
    """The site's archive, which is locked."""
    ledger: Ledger


async def take_in(into: Place, options: HarvestRun, progress: Callable[[Progress], None]) -> HarvestSummary:
    """Take a source into a site's archive. Return what was done.

    Raises UsageError where there is no source, ShangyiError where it holds nothing of the site, another capture is
    unfinished, or the disk is full. Whatever ends it, the same call goes on where it stopped.
    """
    return await _Intake(into, options).run(progress)


def plan_source(site: SiteConfig, folder: Path, source: Path, ledger: Ledger | None) -> SourcePlan:
    """Return what taking in a source would do; it is read, nothing is written but large bodies, for a moment."""
    opened = open_source(source, site, folder / "spool")
    rules = site.url_rules.cautious()
    number = new = 0
    for answer in opened.answers():
        number += 1
        try:
            key = _key(answer, rules)
        except ValueError:
            continue
        new += better(answer.response, ledger.resource(key) if ledger else None)
        answer.response.discard()
    notes = opened.notes
    return SourcePlan(site.site.id, str(source), opened.kind, number, new, notes.foreign.total(), dict(notes.left_out))


def better(response: Response, known: Resource | None) -> bool:
    """Say whether an answer is to be taken in the place of what is known."""
    if known is None:
        return True
    if (response.status, payload_digest(response)) == (known.status, known.digest):
        return False  # first of all: what was taken once and found to be no page is not taken again
    good = response.status == 200 and not response.error
    if good != known.ok:
        return good
    return iso(response.started_at) > known.fetched_at


def _key(answer: Answer, rules: UrlRules) -> str:
    """Return the key of an answer. Raises ValueError where its URL is too long."""
    return form_key(canonical(answer.response.url, rules), answer.form)


class _Wanted(NamedTuple):
    """An answer that is to be taken."""

    key: str
    answer: Answer


class _Into(NamedTuple):
    """What an answer is taken into."""

    store: Store
    pages: PageReader
    reader: Reader


class _Intake:
    """One source that is taken in."""

    def __init__(self, into: Place, options: HarvestRun) -> None:
        assert options.source is not None
        site, families, self._folder, self._ledger = into
        self._pagers = Pagers(families)
        self._path = options.source
        self._fresh = options.fresh
        # Whoever made the source has answered to robots.txt for it.
        harvest = site.harvest
        allowed = Allowed("waived", "", harvest.exclude, site.site.aliases, site.site.urls.case_sensitive, 0)
        self._site, self._scope = as_it_was(site, allowed)
        self._rules = site.url_rules.cautious()
        self._home = site.site.url
        urls = self._home, urljoin(self._home, "/robots.txt")
        self._landmarks = Landmarks(*(canonical(url, self._rules) for url in urls))
        self._limit = options.limit or harvest.limit
        self._taken = self._bytes = self._seen = 0
        self._shown = time.monotonic()

    async def run(self, progress: Callable[[Progress], None]) -> HarvestSummary:
        started = time.monotonic()
        self._progress = progress
        source = await aside(partial(open_source, self._path, self._site, self._folder / "spool"))
        with closing(source.answers()) as answers:
            capture = None if self._fresh else captures.running(self._ledger)
            if capture is not None:
                self._refuse_another(capture)
            first = await self._next(answers, source, None)
            if capture is None and first is not None:
                capture = await aside(partial(self._begin, source))
            if capture is not None:
                await self._take(capture, source, answers, first)
        done = capture or self._nothing_new(source)
        with self._ledger.transaction():
            self._ledger.replace_findings(STAGE, source_findings(source.notes))
        state = "finished" if capture else "unchanged"
        return summary(self._ledger, done, Done(self._site.site.id, state, self._taken, started))

    # beginning

    def _refuse_another(self, capture: Capture) -> None:
        """A capture has one origin: what is unfinished is finished, or abandoned, first."""
        source = captures.source_of(self._ledger, capture)
        if source == str(self._path.resolve()):
            return
        if source:
            hint = _("Finish it: shangyi harvest {site} --from {path}; or abandon it: add --fresh").format(
                site=self._site.site.id, path=source
            )
        else:
            hint = _("Finish it: shangyi harvest {site}; or, if the old site is gone, abandon it: add --fresh").format(
                site=self._site.site.id
            )
        raise ShangyiError(_("An earlier harvest of this site is unfinished."), hint)

    def _begin(self, source: Source) -> Capture:
        settings = {
            "source": str(self._path.resolve()),
            "source_kind": source.kind,
            "robots": self._site.harvest.robots,
            "limit": self._limit,
        }
        kind = "full" if self._fresh or captures.last_finished(self._ledger) is None else "delta"
        opened = captures.new_opening(self._ledger, kind, settings)
        return captures.begin_source(self._ledger, (self._landmarks.home, self._home), opened)

    def _nothing_new(self, source: Source) -> Capture:
        """Return the newest capture, which has it all. Raises ShangyiError where the source has nothing of the site."""
        capture = captures.last_finished(self._ledger)
        if self._seen and capture is not None:
            return capture
        raise nothing_of(self._rules.host, self._path, source.notes)

    # taking

    async def _take(self, capture: Capture, source: Source, answers: Iterator[Answer], first: _Wanted | None) -> None:
        with closing(await aside(partial(Store, self._ledger, capture))) as store:
            into = _Into(store, PageReader(store, self._scope, self._rules), Reader(self._rules, self._pagers, rate=0))
            replay = Replay(store, into.reader, into.pages, self._rules, self._folder)
            try:
                async for _answered in read_back(store, replay, self._folder):
                    pass
                await aside(into.pages.refuse_queued)
                with closing(await aside(partial(self._writer, capture))) as store.writer:
                    await store.commit_aside()  # what was read back, and how far: it must not be read back twice
                    self._limit -= self._done(capture)
                    try:
                        await self._take_answers(into, source, answers, first)
                        await self._take_rewritten(into, source)
                        await store.commit_aside()
                    except BaseException:
                        # Also on Ctrl-C: what is complete is kept. A disk that is full was already told of.
                        with suppress(ShangyiError):
                            store.commit()
                        raise
                    left = "limit" if self._taken >= self._limit else LEFT
                    await aside(partial(finish, store, self._folder, self._landmarks, left))
            finally:
                await into.reader.close()

    def _done(self, capture: Capture) -> int:
        """Return how many URLs earlier runs of an interrupted capture took."""
        row = self._ledger.db.execute(
            "SELECT count(*) FROM frontier WHERE capture = ? AND state = 'fetched'", (capture.stamp,)
        ).fetchone()
        return int(row[0])

    def _writer(self, capture: Capture) -> WarcWriter:
        info = warc_info(self._site, captures.opening(self._ledger, capture), self._scope.allowed)
        return WarcWriter(self._folder / "warc", capture.stamp, info=info | {"source": self._path.name})

    async def _take_answers(
        self, into: _Into, source: Source, answers: Iterator[Answer], wanted: _Wanted | None
    ) -> None:
        committed = time.monotonic()
        if wanted is not None and not self._better(wanted, into.store):  # read back a moment ago
            wanted.answer.response.discard()
            wanted = None
        wanted = wanted or await self._next(answers, source, into.store)
        while wanted is not None and self._taken < self._limit:
            await self._keep(into, wanted)
            if time.monotonic() - committed > COMMIT_EVERY * 0.7:
                await into.store.commit_aside()
                committed = time.monotonic()
            wanted = await self._next(answers, source, into.store)
        if wanted is not None:
            wanted.answer.response.discard()

    async def _next(self, answers: Iterator[Answer], source: Source, store: Store | None) -> _Wanted | None:
        """Return the next answer that is to be taken, None where there is none; `store` knows what was taken so far."""
        while answer := await aside(partial(next, answers, None)):
            self._seen += 1
            response = answer.response
            try:
                wanted = _Wanted(_key(answer, self._rules), answer)
                why = self._scope.refusal(wanted.key, response.url) or self._only_spelling(wanted)
            except ValueError:
                why = "bad-url"
            if why:
                source.notes.leave_out(why, response.url)
            elif self._better(wanted, store):
                return wanted
            response.discard()
        return None

    def _better(self, wanted: _Wanted, store: Store | None) -> bool:
        known = store.stands(wanted.key) if store else self._ledger.resource(wanted.key)
        return better(wanted.answer.response, known)

    def _only_spelling(self, wanted: _Wanted) -> str:
        """Return `spelling` for a redirect to another spelling of the same URL: what it leads to is the answer."""
        response = wanted.answer.response
        location = response.header("Location") if 300 <= response.status < 400 else ""
        target = resolve(response.url, location) if location else None
        if target is None or target == response.url or not self._rules.owns(host_of(target)):
            return ""
        return "spelling" if canonical(target, self._rules) == wanted.key else ""

    async def _keep(self, into: _Into, wanted: _Wanted) -> None:
        store, response = into.store, wanted.answer.response
        try:
            job = store.job(wanted.key) or Job(wanted.key, response.url, "", 0, 0)
            job = job._replace(url=response.url, form=wanted.answer.form, tries=job.tries + 1)
            store.known.add(job.key)
            unread = into.pages.to_read(job, response)
            reading = await into.reader.read(unread) if unread else None
            async with store.writing:
                if response.error == "too-large":
                    assert store.writer is not None
                    store.writer.write_note(job.url, response.started_at, lost_fields(response, job.form))
                    into.pages.lost(job, response)
                else:
                    into.pages.take(
                        job, response, await write_answer(store, response, payload_digest(response)), reading
                    )
        finally:
            response.discard()
        self._taken += 1
        self._bytes += response.length
        self._show(response.url, len(store.queue))

    async def _take_rewritten(self, into: _Into, source: Source) -> None:
        """Let links that a mirroring program rewrote lead to the addresses they stand for."""
        for job in list(into.store.queue.values()):
            if target := source.leads_to(job.key):
                headers = (b"Location", target.encode()), (b"X-Archive-Source", b"link of a mirror")
                response = Response(job.url, 302, "Found", raw_headers=headers, started_at=datetime.now(UTC))
                await self._keep(into, _Wanted(job.key, Answer(response)))

    def _show(self, url: str, queued: int) -> None:
        now = time.monotonic()
        if now - self._shown >= SHOW_EVERY:
            self._shown = now
            self._progress(Progress(self._taken, queued, 0, self._bytes, url, 0, None))
