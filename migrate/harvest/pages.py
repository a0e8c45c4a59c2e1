"""One answer of the old site → rows: what it is, where it leads, what is odd about it."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import urlsplit

from migrate.archive.warc import NOT_MODIFIED, RENDERED, Written, iso
from migrate.encoding import decode
from migrate.harvest.conditions import validators
from migrate.harvest.lists import REPEATS, Lists, goes_on, is_alike
from migrate.harvest.reading import Named, Reading, Unread, has_links
from migrate.harvest.scope import Scope
from migrate.harvest.store import Job, Store
from migrate.harvest.targets import Page, Target, Targets
from migrate.http import MAX_PAGE, Response
from migrate.i18n import _
from migrate.records import Finding, Level, Resource
from migrate.urls import UrlRules

MAX_FORM = 200_000
"""Characters of a form that is sent: it carries the state of a whole page."""

MAX_WAITING = 50_000_000
"""Characters of all forms that wait in memory to be sent; the next run sends what is over it."""

MAX_HOPS = 5
"""Redirects from one spelling of a URL to another (http to https, with and without www) that are followed."""

MAX_CHAIN = 20
"""Redirects in a row, each to another URL, that are followed; as many as in browsers (Fetch standard, §4.4)."""

_TEMPORARY = frozenset({NOT_MODIFIED, 408, 429})
"""Answers that come to nothing. A 304 is one where nothing is known that was not modified."""
_FILES = (".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".pdf", ".wps", ".zip", ".rar", ".7z",
          ".jpg", ".jpeg", ".png", ".gif", ".bmp")  # fmt: skip


class Verdict(NamedTuple):
    """What an answer means for the frontier."""

    state: str
    reason: str


def judge(response: Response) -> Verdict:
    """Return the frontier state that an answer leads to. 404 and the like are answers too: fetched."""
    if response.error == "too-large":
        return Verdict("skipped", "too-large")
    if response.error:
        return Verdict("failed", response.error)
    if response.status >= 500 or response.status in _TEMPORARY:
        return Verdict("failed", f"HTTP {response.status}")
    return Verdict("fetched", "")


def to_read(job: Job, response: Response, *, browsed: bool = False) -> Unread | None:
    """Return what there is to read of an answer, or None: no page, no style sheet, no script, no data."""
    if response.status != 200 or response.error == "too-large":
        return None
    content_type, codings = response.header("Content-Type"), response.header("Content-Encoding")
    if not has_links(content_type, codings, response.body):
        return None
    path, body = urlsplit(job.key).path.lower(), response.beginning(MAX_PAGE)
    return Unread(job.url, path, content_type, codings, body, job.referrer, browsed, job.form)


def as_seen(job: Job, page: bytes) -> Unread:
    """Return what there is to read of a page as a browser saw it."""
    return Unread(job.url, urlsplit(job.key).path.lower(), RENDERED, "", page, form=job.form)


def unchanged(resource: Resource, latest: Resource | None) -> bool:
    """Say whether an answer says the same as the newest one in the captures before. What failed never does."""
    if latest is None or resource.reason or latest.reason:
        return False
    if resource.status == NOT_MODIFIED:
        return latest.ok
    if resource.status != latest.status or resource.status >= 500 or resource.status in _TEMPORARY:
        return False
    if resource.status < 300:
        return (resource.digest, resource.media_type) == (latest.digest, latest.media_type)
    return resource.location == latest.location  # error pages may tell the time: that is no change


class PageReader:
    """Takes answers, fresh or read back after a crash, into the store."""

    def __init__(self, store: Store, scope: Scope, rules: UrlRules, *, browsed: bool = False) -> None:
        """`browsed`: a browser is at hand for pages that need one."""
        self.browsed = browsed
        self._store = store
        self._scope = scope
        self._hops: dict[str, int] = {}
        self.targets = Targets(rules)
        self._lists = Lists()
        self._waiting = sum(len(job.form) for job in store.queue.values())

    def take(self, job: Job, response: Response, written: Written, reading: Reading | str | None) -> None:
        """Settle a URL by its answer and queue what the answer names.

        `reading` is of what `to_read` gave, or what went wrong there; None where it gave nothing.
        """
        state, reason = judge(response)
        target = self._redirect(job, response)
        if target is not None and target.key == job.key:
            if target.url != job.url and job.tries <= MAX_HOPS:
                self._store.again(job._replace(url=target.url))
                return
            self._find(job.key, Level.WARNING, "redirect-loop", _("The page redirects to itself."))
        media_type = response.header("Content-Type").partition(";")[0].strip().lower()
        etag, modified = validators(response)
        resource = Resource(
            key=job.key,
            url=job.url,
            status=response.status,
            media_type=media_type,
            digest=written.digest,
            length=response.length,
            warc_file=written.warc_file,
            warc_offset=written.warc_offset,
            fetched_at=iso(response.started_at),
            location=target.key if target else "",
            reason=response.error,
            capture=self._store.capture.stamp,
            encoding=reading.encoding if isinstance(reading, Reading) else "",
            etag=etag,
            modified=modified,
        )
        self._waiting -= len(job.form)
        if unchanged(resource, self._store.latest(job.key)):
            self._store.as_before(job)
            return
        self._store.add_resource(resource)
        self._store.settle(job, state, reason)
        hops = self._hops.pop(job.key, 0) + 1
        if target is not None:
            if target.key not in self._store.known:
                self._hops[target.key] = hops
            self._follow(job, [Named(*target, "redirect", "", "")])
        elif response.status == 200 and response.error != "too-large":
            self._store.reread(job.key)
            if isinstance(reading, str):
                self._unreadable(job, reading)
            elif reading is not None:
                self._read(job, reading)

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

    def _read(self, job: Job, reading: Reading) -> None:
        if not reading.size:
            self._find(job.key, Level.WARNING, "empty", _("The old site answers with an empty page."))
        elif reading.kind == "html" and urlsplit(job.key).path.lower().endswith(_FILES):
            self._find(
                job.key,
                Level.WARNING,
                "html-instead-of-file",
                _("The old site answers with a page where a file should be."),
                _("Does the file open in a browser that comes from the article? Then fetch it by hand."),
            )
        if reading.kind and reading.size > MAX_PAGE:
            self._find(
                job.key,
                Level.WARNING,
                "too-large-page",
                _("Larger than {n} MB once unpacked: links were looked for in the first {n} MB only.").format(
                    n=MAX_PAGE // 1_000_000
                ),
                _("It is archived whole. Look at it by hand."),
            )
        if reading.damaged:
            self._find(
                job.key,
                Level.WARNING if reading.damaged >= 10 else Level.NOTE,
                "mojibake",
                _("{n} characters can't be read as {encoding}.").format(
                    n=reading.damaged, encoding=reading.encoding.partition(" ")[0]
                ),
                _("Look at the page in a browser; if it is unreadable there too, nothing more can be saved."),
            )
        if reading.garbled:
            self._find(
                job.key,
                Level.WARNING,
                "mojibake",
                _("The page's text is itself garbled, for example “{sample}”: it was stored so.").format(
                    sample=reading.garbled
                ),
                _("Look for the text elsewhere: in the paper that it was taken from, in a backup of the database."),
            )
        ended = bool(reading.outline) and self._lists.has_ended(job.key, job.referrer, reading.outline)
        named = self._further(job, reading.named, ended) if reading.outline else reading.named
        self._follow(job, named, reading.again)

    def _further(self, job: Job, named: Iterable[Named], ended: bool) -> Iterator[Named]:
        """Yield what a list page names; what its list goes on with is not fetched where it has ended."""
        too_large = 0
        for link in named:
            if goes_on(link) and link.key not in self._store.known:
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
        refusal = "trap" if endless else self._scope.refusal(link.key, link.url)
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


def _job(page: Job, link: Named) -> Job:
    return Job(link.key, link.url, page.key, page.depth + 1, 0, link.form)
