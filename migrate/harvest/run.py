"""One harvest from start to end: lock, resume or begin, crawl, finish."""

import shutil
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import urljoin

from migrate.archive.ledger import Ledger
from migrate.archive.warc import WarcWriter, warc_files
from migrate.config import SiteConfig
from migrate.encoding import decode
from migrate.errors import ShangyiError
from migrate.families import Families
from migrate.harvest import captures
from migrate.harvest.aside import aside
from migrate.harvest.browser import require
from migrate.harvest.captures import Capture
from migrate.harvest.crawl import Crawl, Limits, Means
from migrate.harvest.ending import Landmarks, finish
from migrate.harvest.links import is_sitemap
from migrate.harvest.lock import harvest_lock
from migrate.harvest.notes import warc_info
from migrate.harvest.pages import PageReader
from migrate.harvest.paging import Pagers
from migrate.harvest.reader import Reader
from migrate.harvest.rendering import Rendering
from migrate.harvest.replay import Replay, read_back
from migrate.harvest.robots import RobotsFile
from migrate.harvest.scope import Scope
from migrate.harvest.store import Job, Store
from migrate.harvest.summary import Done, summary
from migrate.harvest.targets import NO_PROBES
from migrate.harvest.types import HarvestRun, HarvestSummary, Progress
from migrate.http import MAX_PAGE, Client, ClientOptions, Credentials, Response, decoded_body, parse_hours
from migrate.http.credentials import variable
from migrate.i18n import _
from migrate.urls import ascii_url, canonical


async def harvest(
    site: SiteConfig, families: Families, folder: Path, options: HarvestRun, progress: Callable[[Progress], None]
) -> HarvestSummary:
    """Fetch a site into its archive folder: resume, begin, or open a delta (design §4). Return what was done.

    `families` says how lists go on that only a script knows. Raises ShangyiError where the site doesn't answer or
    answers only errors, the disk is full, or another harvest of the site is running. Whatever ends it, the same call
    goes on where it stopped.
    """
    _refuse_without_ledger(site, folder)
    if options.source is None and (options.browser or site.harvest.browser) != "off":
        require()
    with harvest_lock(folder), await aside(partial(Ledger, folder / "ledger.sqlite", create=True)) as ledger:
        spool = folder / "spool"
        shutil.rmtree(spool, ignore_errors=True)  # what a crash left: it was never told of
        if options.source is not None:
            from migrate.harvest.intake import Place, take_in  # what reads mirrors and backups is seldom needed

            return await take_in(Place(site, families, folder, ledger), options, progress)
        async with Client(replace(client_options(site, options), spool=spool)) as client:
            return await _Harvest(site, Pagers(families), folder, options, ledger).run(client, progress)


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
    """Return how the site may be fetched: the site file, the run's words over it, secrets from the environment."""
    return ClientOptions(
        allowed=site.url_rules.owns,
        rate=site.harvest.rate if options.rate is None else options.rate,
        concurrency=site.harvest.concurrency,
        timeout=site.harvest.timeout,
        max_bytes=site.harvest.max_bytes,
        resolve={**site.harvest.resolve, **options.resolve},
        contact=site.harvest.contact,
        credentials=Credentials.from_environment(site.site.id, site.site.url),
        old_tls=site.harvest.tls == "any",
        hours=parse_hours(site.harvest.hours),
    )


class _Harvest:
    """What the steps of one run share."""

    def __init__(self, site: SiteConfig, pagers: Pagers, folder: Path, options: HarvestRun, ledger: Ledger) -> None:
        self._site = site
        self._pagers = pagers
        self._folder = folder
        self._options = options
        self._ledger = ledger
        self._rules = site.url_rules.cautious()
        self._home = ascii_url(site.site.url)
        self._browser = options.browser or site.harvest.browser
        self._home_key = canonical(self._home, self._rules)
        self._robots = RobotsFile(ledger, folder, self._home, self._rules)

    async def run(self, client: Client, progress: Callable[[Progress], None]) -> HarvestSummary:
        started = time.monotonic()
        capture = None if self._options.fresh else captures.running(self._ledger)
        if capture and (source := captures.source_of(self._ledger, capture)):
            raise _from_elsewhere(self._site, source)
        if opens := client.closed_until:
            progress(Progress(0, 0, 0, 0, self._home, client.rate, opens))
        obeyed = self._site.harvest.robots == "obey"
        answers, rules = await self._robots.ask(client, capture.stamp if capture else "", obeyed=obeyed)
        if obeyed and rules.rate:
            client.limit_rate(rules.rate)
        scope = Scope(self._site, rules)
        capture = capture or await aside(partial(self._begin, scope, client))
        if capture is None:
            return self._summary(captures.last_finished(self._ledger), "unchanged", 0, started)
        with closing(await aside(partial(Store, self._ledger, capture))) as store:
            pages = PageReader(store, scope, self._rules, browsed=self._browser != "off")
            reader = Reader(self._rules, self._pagers, client.options.rate, store.sessions)
            rendering = self._rendering(store, pages, reader)
            replay = Replay(store, reader, pages, self._rules, self._folder)
            async for answered in read_back(store, replay, self._folder):
                if rendering is not None and rendering.wants(*answered):
                    store.again(answered[0])  # whether all of it was seen is not known
            await aside(pages.refuse_queued)
            with closing(await aside(partial(self._writer, capture, scope, client.options.user_agent))) as store.writer:
                await store.commit_aside()  # what was read back, and how far: it must not be read back twice
                crawl = Crawl(Means(client, reader, rendering), store, pages, progress)
                try:
                    for answer in answers:
                        await self._keep_robots(crawl, store, answer)
                    await self._look_for_sitemap(client, crawl, store, scope)
                    await crawl.run((self._home_key, self._home), self._limits(capture))
                    await store.commit_aside()
                    self._check_answers(capture)
                except BaseException:
                    # Also on Ctrl-C: what is complete is kept. A disk that is full was already told of.
                    with suppress(ShangyiError):
                        store.commit()
                    raise
                landmarks = Landmarks(self._home_key, self._robots.key)
                await aside(partial(finish, store, self._folder, landmarks, crawl.stopped_by))
        return self._summary(capture, "finished", crawl.fetched, started)

    # beginning

    def _rendering(self, store: Store, pages: PageReader, reader: Reader) -> Rendering | None:
        return Rendering(store, pages, reader, everything=self._browser == "all") if pages.browsed else None

    def _begin(self, scope: Scope, client: Client) -> Capture | None:
        options = client.options
        settings = {
            "rate": client.agreed_rate,
            "robots_gap": round(1 / client.agreed_rate, 1) if client.agreed_rate != options.rate else 0,
            "concurrency": options.concurrency,
            "resolve": dict(options.resolve),
            "robots": self._site.harvest.robots,
            "agent": options.user_agent,
            "contact": options.contact,
            "hours": self._site.harvest.hours,
            "tls": self._site.harvest.tls,
            "credentials": options.credentials is not None,
            "limit": self._options.limit or self._site.harvest.limit,
            "max_total": self._site.harvest.max_total,
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
        key = canonical(response.url, self._rules)
        job = store.queue.get(key) or Job(key, response.url, "", 0, 0)
        store.known.add(key)
        try:
            await crawl.keep(job._replace(url=response.url, tries=job.tries + 1), response)
        finally:
            response.discard()

    async def _look_for_sitemap(self, client: Client, crawl: Crawl, store: Store, scope: Scope) -> None:
        """Ask for /sitemap.xml, which nobody has to name: where there is none, no link is dead."""
        url = urljoin(self._home, "/sitemap.xml")
        key = canonical(url, self._rules)
        capture = store.capture
        if capture.kind != "full" or capture.resumed or key in store.known or scope.refusal(key, url):
            return
        response = await client.fetch(url)
        try:
            body = decoded_body(response.raw_headers, response.beginning(MAX_PAGE), MAX_PAGE)
            if response.status == 200 and not response.error and is_sitemap(decode(body).text):
                store.known.add(key)
                await crawl.keep(Job(key, url, "", 0, 1), response)
        finally:
            response.discard()

    def _writer(self, capture: Capture, scope: Scope, agent: str) -> WarcWriter:
        info = warc_info(self._site, captures.opening(self._ledger, capture), scope.allowed)
        info["http-header-user-agent"] = agent
        return WarcWriter(self._folder / "warc", capture.stamp, info=info)

    def _limits(self, capture: Capture) -> Limits:
        """Return what of the capture's limits is left."""
        db = self._ledger.db
        done = db.execute(
            f"SELECT count(*) FROM frontier WHERE capture = ? AND state = 'fetched' AND key <> ? AND {NO_PROBES}",
            (capture.stamp, self._robots.key),
        ).fetchone()[0]
        size = db.execute("SELECT total(length) FROM resources WHERE capture = ?", (capture.stamp,)).fetchone()[0]
        limit = self._options.limit or self._site.harvest.limit
        return Limits(max(0, limit - int(done)), self._site.harvest.max_total - int(size))

    # the end

    def _check_answers(self, capture: Capture) -> None:
        row = self._ledger.db.execute(
            """SELECT max(status BETWEEN 200 AND 399 AND status <> 304 AND reason = '') AS good, max(status) AS worst,
               max(reason) AS reason
               FROM resources WHERE capture = ? AND key <> ? AND instr(key, '#') = 0""",
            (capture.stamp, self._robots.key),
        ).fetchone()
        if capture.kind == "full" and not row["good"]:
            reason = row["reason"] or f"HTTP {row['worst']}"
            hint = _("Look at it in a browser. Run the same command again once it works: it goes on from here.")
            if row["worst"] == 401:
                hint = _("Put user:password into the environment variable {name} and run the same command again.")
                hint = hint.format(name=variable("AUTH", self._site.site.id))
            raise ShangyiError(
                _("The old site {url} answers only errors: {reason}").format(url=self._home, reason=reason), hint
            )

    def _summary(self, capture: Capture | None, state: str, fetched_now: int, started: float) -> HarvestSummary:
        assert capture is not None
        return summary(self._ledger, capture, Done(self._site.site.id, state, fetched_now, started))
