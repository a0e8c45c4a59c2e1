"""One answer of the old site → rows: what it is, where it leads, what is odd about it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

from migrate import magic
from migrate.answers import SOFT_404
from migrate.archive.warc import NOT_MODIFIED, RENDERED, Written, iso
from migrate.encoding import decode
from migrate.filenames import is_file_address, office_type, sent_name
from migrate.harvest.crowds import MAX_ALIKE, Crowds
from migrate.harvest.lists import REPEATS, Lists, goes_on, is_alike
from migrate.harvest.oddities import oddities
from migrate.harvest.probes import numbered_shape
from migrate.harvest.reading import Named, Reading, Unread, has_links
from migrate.harvest.scope import Scope
from migrate.harvest.store import Job, Store
from migrate.harvest.targets import PROBE, Page, Target, Targets
from migrate.harvest.verdict import (
    HTML_INSTEAD,
    TEMPORARY,
    Verdict,
    by_content,
    is_file,
    is_page,
    judge,
    may_be_challenge,
)
from migrate.http import MAX_PAGE, Response
from migrate.http.conditional import confirms, validators
from migrate.i18n import _
from migrate.records import Finding, Level, Resource
from migrate.urls import UrlRules

MAX_FORM = 200_000
"""Characters of a form that is sent: it carries the state of a whole page."""

MAX_WAITING = 50_000_000
"""Characters of all forms that wait in memory to be sent; the next run sends what is over it."""

MAX_EARLY = 20
"""Pages that are judged once more when it is known what the old server answers to nonsense: few come before."""

MAX_HELD = 200
"""Pages of one script that are judged once more when it is known what its answer to nonsense means."""

MAX_HOPS = 5
"""Redirects from one spelling of a URL to another (http to https, with and without www) that are followed."""

MAX_CHAIN = 20
"""Redirects in a row, each to another URL, that are followed; as many as in browsers (Fetch standard, §4.4)."""

_HOME = re.compile(r"/(?:(?:index|default|home|main)\.\w+)?", re.IGNORECASE)
_LYING = ("", "text/html", "application/xhtml+xml", "text/plain")


def as_seen(job: Job, page: bytes) -> Unread:
    """Return what there is to read of a page as a browser saw it."""
    return Unread(job.url, urlsplit(job.key).path.lower(), RENDERED, "", page, form=job.form)


def unchanged(resource: Resource, latest: Resource | None) -> bool:
    """Say whether an answer says the same as the newest one in the captures before. What failed never does."""
    if latest is None or resource.reason or latest.reason:
        return False
    if resource.status == NOT_MODIFIED:
        return latest.ok
    if resource.status != latest.status or resource.status >= 500 or resource.status in TEMPORARY:
        return False
    if resource.status < 300:
        return (resource.digest, resource.media_type) == (latest.digest, latest.media_type)
    return resource.location == latest.location  # error pages may tell the time: that is no change


class _Early(NamedTuple):
    """A page that was believed before the old server was asked for anything made up."""

    job: Job
    resource: Resource
    likeness: str


class PageReader:
    """Takes answers, fresh or read back after a crash, into the store."""

    def __init__(self, store: Store, scope: Scope, rules: UrlRules, *, browsed: bool = False) -> None:
        """`browsed`: a browser is at hand for pages that need one."""
        self.browsed = browsed
        self._store = store
        self._scope = scope
        self._rules = rules
        self._hops: dict[str, int] = {}
        self._crowds = Crowds()
        self._lists = Lists()
        self._waiting = sum(len(job.form) for job in store.queue.values())
        self._told: set[tuple[str, str]] = set()
        self._early: list[_Early] | None = None if any(key.endswith(PROBE) for key in store.known) else []
        """Pages that the answers to made-up addresses may show to be none; None where those were known before."""
        self._held: dict[str, list[_Early]] = {}
        """Pages of a script of which it is not known yet whether its answer to nonsense means anything, by shape."""
        self.targets = Targets(rules, store.sessions)

    def to_read(self, job: Job, response: Response) -> Unread | None:
        """Return what there is to read of an answer, or None: no page, no style sheet, no script, and no challenge."""
        page = response.status == 200 and response.error != "too-large"
        if not page and not may_be_challenge(response):
            return None
        content_type, codings = response.header("Content-Type"), response.header("Content-Encoding")
        if not has_links(content_type, codings, response.body):
            return None
        path = urlsplit(job.key).path.lower()
        nonsense = tuple(self._store.nonsense) if _may_be_nonsense(job) else ()
        links = page and not self._is_file(job) and not job.key.endswith(PROBE)
        body = response.beginning(MAX_PAGE)
        return Unread(job.url, path, content_type, codings, body, job.referrer, self.browsed, job.form, links, nonsense)

    def take(self, job: Job, response: Response, written: Written, reading: Reading | str | None) -> Verdict:
        """Settle a URL by its answer and queue what the answer names; return what it means.

        `reading` is of what `to_read` gave, or what went wrong there; None where it gave nothing.
        """
        verdict = judge(response)
        if isinstance(reading, Reading):
            reading = self._looked_through(job, reading)
            verdict = by_content(job.key, response, reading, file=self._is_file(job))
        target = self._redirect(job, response)
        if again := self._otherwise(job, verdict, target):
            self._store.again(again)
            return verdict
        if target is not None and target.key == job.key:
            hint = _("Nothing can be had there. Does a browser with cookies get further?")
            self._find(job.key, Level.WARNING, "redirect-loop", _("The page redirects to itself."), hint)
        etag, modified = validators(response)
        disposition = response.header("Content-Disposition")
        filename = sent_name(disposition) if disposition else ""
        resource = Resource(
            key=job.key,
            url=job.url,
            status=response.status,
            media_type=_document_type(filename or urlsplit(job.key).path, response, reading)
            or self._media_type(job, response),
            digest=written.digest,
            length=response.length,
            warc_file=written.warc_file,
            warc_offset=written.warc_offset,
            fetched_at=iso(response.started_at),
            location=target.key if target else "",
            reason="" if verdict.reason.startswith("HTTP ") else verdict.reason,
            capture=self._store.capture.stamp,
            encoding=reading.encoding if isinstance(reading, Reading) else "",
            filename=filename,
            etag=etag,
            modified=modified,
        )
        self._waiting -= len(job.form)
        if job.key.endswith(PROBE):
            self._store.add_resource(resource)
            self._learn(job, resource, reading)
            return verdict
        said = response.status != NOT_MODIFIED or confirms(response)
        if said and unchanged(resource, self._store.latest(job.key)):
            self._store.as_before(job)
            return verdict
        self._store.add_resource(resource)
        self._store.settle(job, *verdict)
        hops = self._hops.pop(job.key, 0) + 1
        if target is not None:
            if target.key not in self._store.known:
                self._hops[target.key] = hops
            self._follow(job, [Named(*target, "redirect", "", "")])
        elif response.status == 200 and response.error != "too-large":
            self._store.reread(job.key)
            self.believe(job, resource, reading)
            if isinstance(reading, str):
                self._unreadable(job, reading)
            elif reading is not None:
                self._read(job, response, reading)
        return verdict

    def _looked_through(self, job: Job, reading: Reading) -> Reading:
        """Return a reading as it would be now: what is nonsense may have been learned since it was read."""
        content = reading.content
        if content.kind or content.likeness not in self._store.nonsense or not _may_be_nonsense(job):
            return reading
        return reading._replace(content=content._replace(kind=SOFT_404), outline="", stuck=0, named=(), again=())

    def _otherwise(self, job: Job, verdict: Verdict, target: Target | None) -> Job | None:
        """Return the job to try at once instead: another spelling, or with a Referer that a handler may want."""
        if target is not None and target.key == job.key and target.url != job.url and job.tries <= MAX_HOPS:
            return job._replace(url=target.url)
        if verdict.reason == HTML_INSTEAD and not self._store.from_source:
            page = urlsplit(job.referrer.partition("#")[0] or "/")
            referrer = urlunsplit((*urlsplit(job.url)[:2], page.path or "/", page.query, ""))
            if referrer != job.referrer:
                return job._replace(referrer=referrer)
        return None

    def _is_file(self, job: Job) -> bool:
        return is_file(job.key, "") or (is_file_address(job.key) and is_file(job.key, self._store.link_text(job.key)))

    def _media_type(self, job: Job, response: Response) -> str:
        """Return the media type: as the server says, but never a page or text where the bytes are something else."""
        declared = response.header("Content-Type").partition(";")[0].strip().lower()
        coded = response.header("Content-Encoding")
        actual = magic.media_type(response.body[:16]) if declared in _LYING and not coded else ""
        if not actual or not declared:
            return actual or declared
        if (declared, actual) not in self._told:
            self._told.add((declared, actual))
            self._find(
                job.key,
                Level.NOTE,
                "media-type",
                _("The server calls this {declared}, but it is {actual}. There may be more of that kind.").format(
                    declared=declared, actual=actual
                ),
                _("It is kept as what it is."),
            )
        return actual

    def believe(self, job: Job, resource: Resource, reading: Reading | str | None) -> None:
        """Remember a page that may turn out to be none; learn from one of a script that it answers numbers each in its
        way.
        """
        if not resource.ok or not isinstance(reading, Reading) or not reading.content.likeness:
            return
        if not _may_be_nonsense(job):
            return
        page = _Early(job, resource, reading.content.likeness)
        if self._early is not None and len(self._early) < MAX_EARLY:
            self._early.append(page)
        if self._store.doubts and (shape := numbered_shape(job.url)) in self._store.doubts:
            self._held.setdefault(shape, []).append(page)
            self._decide(shape)

    def _learn(self, job: Job, resource: Resource, reading: Reading | str | None) -> None:
        """Keep what the server answers to an address that was made up.

        A script may show the same whatever number it is asked for: a calendar, a choice of what is listed. What it
        answers to one that can't be is nonsense once another of its pages says something else.
        """
        self._store.settle(job, "fetched")
        if resource.status != 200 or not isinstance(reading, Reading) or not reading.content.likeness:
            return
        if shape := numbered_shape(job.url):
            self._store.doubts[shape] = reading.content.likeness
            self._held[shape] = [page for page in self._early or () if numbered_shape(page.job.url) == shape]
            self._decide(shape)
        else:
            self._see_through(reading.content.likeness, self._early or ())

    def _decide(self, shape: str) -> None:
        likeness, held = self._store.doubts[shape], self._held[shape]
        if any(page.likeness != likeness for page in held):
            del self._store.doubts[shape], self._held[shape]
            self._see_through(likeness, held)
        elif len(held) > MAX_HELD:
            held.pop()

    def _see_through(self, likeness: str, believed: Iterable[_Early]) -> None:
        self._store.nonsense.add(likeness)
        for page in believed:
            if page.likeness == likeness:
                self._store.add_resource(replace(page.resource, reason=SOFT_404))
                self._store.settle(page.job, "fetched", SOFT_404)

    def refusal(self, job: Job) -> str:
        """Return why a URL is not fetched, as Scope has it; empty if it is."""
        return self._scope.refusal(job.key, job.url)

    def refuse_queued(self) -> None:
        """Take out of the queue what may not be fetched: robots.txt or the site file changed since it was found."""
        for job in list(self._store.queue.values()):
            if reason := self._scope.refusal(job.key, job.url):
                self._store.settle(job, "skipped", reason)

    def seen(self, job: Job, written: Written, length: int) -> None:
        """Let a page as a browser saw it stand for its URL."""
        plain = self._store.answered(job.key)
        assert plain is not None
        self._store.add_resource(
            replace(
                plain,
                media_type="text/html",
                digest=written.digest,
                length=length,
                warc_file=written.warc_file,
                warc_offset=written.warc_offset,
                encoding="utf-8 browser",
            )
        )

    def not_seen(self, job: Job, reason: str) -> None:
        """Note that a browser could not see a page."""
        self._find(
            job.key,
            Level.WARNING,
            "not-rendered",
            _("A browser could not show this page: {reason}").format(reason=reason),
            _("It is archived as the server sent it. Look at it by hand."),
        )

    def follow(self, job: Job, reading: Reading | str) -> None:
        """Follow what one state of a page names as a browser saw it."""
        if isinstance(reading, str):
            self._unreadable(job, reading)
        else:
            self._follow(job, reading.named, reading.again)

    def ask_for(self, page: Job, target: Target, form: str) -> None:
        """Take into the frontier what a page in the browser asks for."""
        if target.key not in self._store.linked:
            self._store.add_link(target.key, target.own, page.key, "browser", "")
        self._queue(page, Named(*target, "browser", "", form))

    def lost(self, job: Job, response: Response) -> None:
        """Settle a URL that gave no answer at all, or one too large to keep."""
        self._waiting -= len(job.form)
        state, reason = judge(response)
        if job.key.endswith(PROBE):
            state = "fetched"  # nobody misses it
        self._store.add_resource(
            Resource(
                key=job.key,
                url=job.url,
                status=response.status,
                media_type="",
                digest="",
                length=0,
                warc_file="",
                warc_offset=-1,
                fetched_at=iso(response.started_at),
                reason=reason,
                capture=self._store.capture.stamp,
            )
        )
        self._store.settle(job, state, reason)

    def _redirect(self, job: Job, response: Response) -> Target | None:
        value = response.header("Location") if 300 <= response.status < 400 else ""
        if not value:
            return None
        target = self.targets.resolve(Page.at(job.url), decode(value.encode("latin-1")).text)
        return target if target and target.key else None

    def _read(self, job: Job, response: Response, reading: Reading) -> None:
        for odd in oddities(response, reading):
            self._find(job.key, odd.level, odd.name, odd.message, odd.hint)
        if reading.sessions:
            self._store.add_sessions(reading.sessions)
            self.targets = Targets(self._rules, self._store.sessions)
        named, again, crowded = self._crowds.thin(reading, self._store.known)
        if crowded:
            self._find(
                job.key,
                Level.WARNING,
                "endless",
                _("{n} pages show the same as this one but for numbers: further pages that only such pages name were "
                  "left out.").format(n=MAX_ALIKE),
                _("A calendar, or a list without an end? Look at it; if it is none, fetch what is missing by hand."),
            )  # fmt: skip
        ended = bool(reading.outline) and self._lists.has_ended(job.key, job.referrer, reading.outline)
        self._follow(job, self._further(job, named, ended) if reading.outline else named, again)

    def _further(self, job: Job, named: Iterable[Named], ended: bool) -> Iterator[Named]:
        """Yield what a list page names; what its list goes on with is not fetched where it has ended."""
        too_large = 0
        for link in named:
            # What a script's function leads to shows no words; behind the end of a list it is a further page as well.
            further = goes_on(link) or (ended and link.own and link.context == "code" and is_alike(link.key, job.key))
            if further and link.key not in self._store.known:
                if len(link.form) > MAX_FORM:
                    too_large = len(link.form)
                    continue
                if (ended and is_alike(link.key, job.key)) or not self._lists.take(link.key, job.key):
                    self._store.enqueue(_job(job, link), REPEATS)
            yield link
        if too_large:
            self._find(
                job.key,
                Level.WARNING,
                "large-form",
                _("The list goes on by a form of {n} KB, which was not sent.").format(n=too_large // 1000),
                _("Look at the list in a browser: what is on its further pages has to be fetched in another way."),
            )

    def _unreadable(self, job: Job, reason: str) -> None:
        self._find(
            job.key,
            Level.ERROR,
            "unreadable",
            _("This page could not be read, its links were not followed: {reason}").format(reason=reason),
            _("It is archived whole. Look at it by hand."),
        )

    def _follow(self, job: Job, named: Iterable[Named], again: Iterable[str] = ()) -> None:
        """Note where the links lead and queue what is new; each target counts once a page."""
        store = self._store
        counted = list(again)
        for link in named:
            if not link.key:
                self._long_url(job, link)
                continue
            if link.key in store.linked:
                counted.append(link.key)
            else:
                store.add_link(link.key, link.own, job.key, link.context, link.text)
            if link.own and link.key not in store.known:
                self._queue(job, link)
            elif link.form:
                store.renew(link.key, link.form)
        if counted and not store.read_before(job.key):
            store.count_links(counted)

    def _queue(self, job: Job, link: Named) -> None:
        endless = self._hops.get(link.key, 0) > MAX_CHAIN
        refusal = "endless" if endless else self._scope.refusal(link.key, link.url)
        if link.form and not refusal:
            if self._waiting + len(link.form) > MAX_WAITING:
                refusal = "limit"
            else:
                self._waiting += len(link.form)
        self._store.enqueue(_job(job, link), refusal)

    def _long_url(self, job: Job, link: Named) -> None:
        if link.own:
            shown = link.url[:80]
            message = _("A link on this page is too long to be an address: {url}…").format(url=shown)
            self._find(job.key, Level.WARNING, "long-url", message)

    def _find(self, key: str, level: Level, name: str, message: str, hint: str = "") -> None:
        self._store.add_finding(Finding(level, f"harvest.{name}", key, message, hint))


def _may_be_nonsense(job: Job) -> bool:
    """Say whether the same answer as to a made-up address means that there is nothing: not of the home page."""
    return not job.form and _HOME.fullmatch(urlsplit(job.key).path.lower()) is None


def _job(page: Job, link: Named) -> Job:
    return Job(link.key, link.url, page.key, page.depth + 1, 0, link.form)


def _document_type(name: str, response: Response, reading: Reading | str | None) -> str:
    """Return the media type of an office document of this name or path that is written in HTML; empty for all else.

    Servers call it a page, or nothing in particular: it would be read as an article.
    """
    if not isinstance(reading, Reading) or reading.kind != "html" or is_page(response, reading):
        return ""
    return office_type(name)
