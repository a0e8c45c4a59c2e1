"""One harvest from start to end: lock, resume or begin, crawl, finish."""

import asyncio
import shutil
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import urljoin

from migrate.archive.ledger import Ledger
from migrate.archive.reading import read_response
from migrate.archive.warc import WarcWriter, warc_files
from migrate.config import SiteConfig
from migrate.errors import ShangyiError
from migrate.harvest import captures
from migrate.harvest.aside import aside
from migrate.harvest.captures import Capture
from migrate.harvest.crawl import Crawl, Means
from migrate.harvest.ending import Landmarks, finish
from migrate.harvest.intake import take_in
from migrate.harvest.lock import harvest_lock
from migrate.harvest.notes import warc_info
from migrate.harvest.pages import PageReader
from migrate.harvest.reader import Reader
from migrate.harvest.rendering import Rendering
from migrate.harvest.replay import Replay, read_back
from migrate.harvest.scope import Scope
from migrate.harvest.store import Job, Store
from migrate.harvest.summary import Done, summary
from migrate.harvest.types import HarvestRun, HarvestSummary, Progress
from migrate.http import MAX_PAGE, Client, ClientOptions, Response, decoded_body
from migrate.http.robots import Robots
from migrate.i18n import _
from migrate.urls import canonical


def run_harvest(
    site: SiteConfig, folder: Path, options: HarvestRun, progress: Callable[[Progress], None]
) -> HarvestSummary:
    """As `harvest`, for callers without an event loop. Ctrl-C commits what is complete and raises KeyboardInterrupt."""
    return asyncio.run(harvest(site, folder, options, progress))


async def harvest(
    site: SiteConfig, folder: Path, options: HarvestRun, progress: Callable[[Progress], None]
) -> HarvestSummary:
    """Fetch a site into its archive folder: resume, begin, or open a delta (design §4). Return what was done.

    Raises ShangyiError where the site doesn't answer or answers only errors, the disk is full, or another harvest of
    the site is running. Whatever ends it, the same call goes on where it stopped.
    """
    _refuse_without_ledger(site, folder)
    with harvest_lock(folder), await aside(partial(Ledger, folder / "ledger.sqlite", create=True)) as ledger:
        spool = folder / "spool"
        shutil.rmtree(spool, ignore_errors=True)  # what a crash left: it was never told of
        if options.source is not None:
            return await take_in(site, folder, options, ledger, progress)
        async with Client(replace(client_options(site, options), spool=spool)) as client:
            return await _Harvest(site, folder, options, ledger).run(client, progress)


def _refuse_without_ledger(site: SiteConfig, folder: Path) -> None:
    """A new ledger would know nothing of what is archived already."""
    if warc_files(folder) and not (folder / "ledger.sqlite").exists():
        raise ShangyiError(
            _("There are WARC files in {folder}, but no ledger that knows them.").format(folder=folder),
            _("Restore it from them: shangyi archive {site} rebuild").format(site=site.site.id),
        )


def _from_elsewhere(site: SiteConfig, source: str) -> ShangyiError:
    return ShangyiError(
        _("Taking in {path} is unfinished.").format(path=source),
        _("Finish it: shangyi harvest {site} --from {path}; or abandon it: add --fresh").format(
            site=site.site.id, path=source
        ),
    )


def client_options(site: SiteConfig, options: HarvestRun) -> ClientOptions:
    """Return how the site may be fetched: the site file, with the run's words over it."""
    return ClientOptions(
        allowed=site.url_rules.owns,
        rate=site.harvest.rate if options.rate is None else options.rate,
        concurrency=site.harvest.concurrency,
        timeout=site.harvest.timeout,
        max_bytes=site.harvest.max_bytes,
        resolve={**site.harvest.resolve, **options.resolve},
        contact=options.contact,
    )


class _Harvest:
    """What the steps of one run share."""

    def __init__(self, site: SiteConfig, folder: Path, options: HarvestRun, ledger: Ledger) -> None:
        self._site = site
        self._folder = folder
        self._options = options
        self._ledger = ledger
        self._rules = site.url_rules.cautious()
        self._browser = options.browser or site.harvest.browser
        self._home = site.site.url
        self._home_key = canonical(self._home, self._rules)
        self._robots_url = urljoin(self._home, "/robots.txt")
        self._robots_key = canonical(self._robots_url, self._rules)

    async def run(self, client: Client, progress: Callable[[Progress], None]) -> HarvestSummary:
        started = time.monotonic()
        capture = None if self._options.fresh else captures.running(self._ledger)
        if capture and (source := captures.source_of(self._ledger, capture)):
            raise _from_elsewhere(self._site, source)
        stored = self._stored_robots(capture) if capture else None
        answer = stored or await self._ask_robots(client)
        scope = Scope(self._site, Robots(*answer))
        capture = capture or await aside(partial(self._begin, scope, client.options))
        if capture is None:
            return self._summary(captures.last_finished(self._ledger), "unchanged", 0, started)
        with closing(await aside(partial(Store, self._ledger, capture))) as store:
            pages = PageReader(store, scope, self._rules, browsed=self._browser != "off")
            reader = Reader(self._rules, client.options.rate)
            rendering = self._rendering(store, pages, reader)
            replay = Replay(store, reader, pages, self._rules, self._folder)
            async for answered in read_back(store, replay, self._folder):
                if rendering is not None and rendering.wants(*answered):
                    store.again(answered[0])  # whether all of it was seen is not known
            with closing(await aside(partial(self._writer, capture, scope))) as store.writer:
                await store.commit_aside()  # what was read back, and how far: it must not be read back twice
                crawl = Crawl(Means(client, reader, rendering), store, pages, progress)
                try:
                    if not stored:
                        await self._keep_robots(crawl, store, answer[0])
                    await crawl.run((self._home_key, self._home), self._limit(capture))
                    await store.commit_aside()
                    self._check_answers(capture)
                except BaseException:
                    # Also on Ctrl-C: what is complete is kept. A disk that is full was already told of.
                    with suppress(ShangyiError):
                        store.commit()
                    raise
                landmarks = Landmarks(self._home_key, self._robots_key)
                await aside(partial(finish, store, self._folder, landmarks, "limit"))
        return self._summary(capture, "finished", crawl.fetched, started)

    # beginning

    def _rendering(self, store: Store, pages: PageReader, reader: Reader) -> Rendering | None:
        return Rendering(store, pages, reader, everything=self._browser == "all") if pages.browsed else None

    async def _ask_robots(self, client: Client) -> tuple[Response, bytes]:
        response = await client.fetch(self._robots_url)
        if not response.status:
            raise ShangyiError(
                _("The old site {url} does not answer: {reason}").format(url=self._home, reason=response.error),
                _("Is the address right, is the server on? Without DNS, name its address: --resolve HOST=ADDRESS"),
            )
        if response.status >= 500 and self._site.harvest.robots == "obey":
            raise ShangyiError(
                _("The old site answers HTTP {status} for {url}.").format(status=response.status, url=self._robots_url),
                _("Try again later. If the owner allows fetching, write “robots: waived” under harvest."),
            )
        return response, decoded_body(response.raw_headers, response.body, MAX_PAGE)

    def _stored_robots(self, capture: Capture) -> tuple[Response, bytes] | None:
        row = self._ledger.db.execute(
            """SELECT warc_file, warc_offset FROM resources JOIN frontier USING (key)
               WHERE frontier.capture = ? AND key = ? AND state = 'fetched' AND warc_file <> ''
               ORDER BY resources.capture DESC LIMIT 1""",
            (capture.stamp, self._robots_key),
        ).fetchone()
        if row is None:
            return None
        stored = read_response(self._folder, row["warc_file"], row["warc_offset"], limit=MAX_PAGE)
        return Response(stored.url, stored.status, raw_headers=stored.headers.pairs), stored.body

    def _begin(self, scope: Scope, options: ClientOptions) -> Capture | None:
        settings = {
            "rate": options.rate,
            "concurrency": options.concurrency,
            "resolve": dict(options.resolve),
            "robots": self._site.harvest.robots,
            "agent": options.user_agent,
            "contact": options.contact,
            "limit": self._options.limit or self._site.harvest.limit,
            "delta": self._options.delta,
        }
        if self._options.fresh or captures.last_finished(self._ledger) is None:
            if refusal := scope.refusal(self._home_key, self._home):
                raise ShangyiError(
                    _("The home page {url} may not be fetched: {reason}.").format(url=self._home, reason=refusal),
                    _("If the owner allows it, write “robots: waived” under harvest in the site file."),
                )
            opened = captures.new_opening(self._ledger, "full", settings)
            return captures.begin_full(self._ledger, (self._home_key, self._home), opened)
        opened = captures.new_opening(self._ledger, "delta", settings)
        return captures.begin_delta(self._ledger, scope, opened, everything=self._options.delta)

    async def _keep_robots(self, crawl: Crawl, store: Store, response: Response) -> None:
        job = store.queue.get(self._robots_key) or Job(self._robots_key, self._robots_url, "", 0, 0)
        store.known.add(job.key)
        await crawl.keep(job._replace(tries=job.tries + 1), response)

    def _writer(self, capture: Capture, scope: Scope) -> WarcWriter:
        info = warc_info(self._site, captures.opening(self._ledger, capture), scope.allowed)
        return WarcWriter(self._folder / "warc", capture.stamp, info=info)

    def _limit(self, capture: Capture) -> int:
        limit = self._options.limit or self._site.harvest.limit
        done = self._ledger.db.execute(
            "SELECT count(*) FROM frontier WHERE capture = ? AND state = 'fetched' AND key <> ?",
            (capture.stamp, self._robots_key),
        ).fetchone()[0]
        return max(0, limit - int(done))

    # the end

    def _check_answers(self, capture: Capture) -> None:
        row = self._ledger.db.execute(
            """SELECT max(status BETWEEN 200 AND 399) AS good, max(status) AS worst, max(reason) AS reason
               FROM resources WHERE capture = ? AND key <> ?""",
            (capture.stamp, self._robots_key),
        ).fetchone()
        if capture.kind == "full" and not row["good"]:
            reason = f"HTTP {row['worst']}" if row["worst"] else row["reason"]
            raise ShangyiError(
                _("The old site {url} answers only errors: {reason}").format(url=self._home, reason=reason),
                _("Look at it in a browser. Run the same command again once it works: it goes on from here."),
            )

    def _summary(self, capture: Capture | None, state: str, fetched_now: int, started: float) -> HarvestSummary:
        assert capture is not None
        return summary(self._ledger, capture, Done(self._site.site.id, state, fetched_now, started))
