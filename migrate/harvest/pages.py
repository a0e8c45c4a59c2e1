"""One answer of the old site → rows: what it is, where it leads, what is odd about it."""

from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

from migrate.archive.warc import Written, iso
from migrate.encoding import decode
from migrate.harvest.reading import Named, Reading, Unread, has_links
from migrate.harvest.scope import Scope
from migrate.harvest.store import Job, Store
from migrate.harvest.targets import Page, Target, Targets
from migrate.http import MAX_PAGE, Response
from migrate.i18n import _
from migrate.records import Finding, Level, Resource
from migrate.urls import UrlRules

MAX_HOPS = 5
"""Redirects from one spelling of a URL to another (http to https, with and without www) that are followed."""

_TEMPORARY = frozenset({408, 429})
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


def to_read(job: Job, response: Response) -> Unread | None:
    """Return what there is to read of an answer, or None: no page, no style sheet, no script."""
    if response.status != 200 or response.error not in ("", "truncated"):
        return None
    content_type, codings = response.header("Content-Type"), response.header("Content-Encoding")
    if not has_links(content_type, codings, response.body):
        return None
    return Unread(job.url, urlsplit(job.key).path.lower(), content_type, codings, response.beginning(MAX_PAGE))


class PageReader:
    """Takes answers, fresh or read back after a crash, into the store."""

    def __init__(self, store: Store, scope: Scope, rules: UrlRules) -> None:
        self._store = store
        self._scope = scope
        self.targets = Targets(rules)

    def take(self, job: Job, response: Response, written: Written, reading: Reading | None) -> None:
        """Settle a URL by its answer and queue what the answer names; `reading` is of what `to_read` gave."""
        state, reason = judge(response)
        target = self._redirect(job, response)
        if target is not None and target.key == job.key:
            if target.url != job.url and job.tries <= MAX_HOPS:
                self._store.again(job._replace(url=target.url))
                return
            self._find(job.key, Level.WARNING, "redirect-loop", _("The page redirects to itself."))
        media_type = response.header("Content-Type").partition(";")[0].strip().lower()
        self._store.add_resource(
            Resource(
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
                encoding=reading.encoding if reading else "",
            )
        )
        self._store.settle(job, state, reason)
        if target is not None:
            self._follow(job, [Named(*target, "redirect", "", "")])
        elif response.status == 200 and response.error in ("", "truncated"):
            self._store.reread(job.key)
            if reading is not None:
                self._read(job, reading)
            elif to_read(job, response) is not None:
                self._unreadable(job)

    def lost(self, job: Job, response: Response) -> None:
        """Settle a URL that gave no answer at all, or one too large to keep."""
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
        self._follow(job, reading.named, reading.again)

    def _unreadable(self, job: Job) -> None:
        self._find(
            job.key,
            Level.ERROR,
            "unreadable",
            _("Reading this page takes too long or ends the program that reads it: its links were not followed."),
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
        if counted and not store.read_before(job.key):
            store.count_links(counted)

    def _queue(self, job: Job, link: Named) -> None:
        found = Job(link.key, link.url, job.key, job.depth + 1, 0, link.form)
        self._store.enqueue(found, self._scope.refusal(link.key, link.url))

    def _long_url(self, job: Job, link: Named) -> None:
        if link.own:
            shown = link.url[:80]
            message = _("A link on this page is too long to be an address: {url}…").format(url=shown)
            self._find(job.key, Level.WARNING, "long-url", message)

    def _find(self, key: str, level: Level, name: str, message: str, hint: str = "") -> None:
        self._store.add_finding(Finding(level, f"harvest.{name}", key, message, hint))
