"""One answer of the old site → rows: what it is, where it leads, what is odd about it."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from migrate.archive.warc import Written, iso
from migrate.encoding import decode
from migrate.harvest.links import MAX_SCRIPT, RawLink, css_links, data_links, html_links, library_links, link_text
from migrate.harvest.paging import ListPage, Pagers
from migrate.harvest.scope import Scope
from migrate.harvest.store import Job, Store
from migrate.harvest.targets import Page, Target, Targets, form_key
from migrate.http import MAX_PAGE, Response, decoded_body
from migrate.i18n import _
from migrate.records import Finding, Level, Resource
from migrate.urls import UrlRules

MAX_HOPS = 5
"""Redirects from one spelling of a URL to another (http to https, with and without www) that are followed."""

_TEMPORARY = frozenset({408, 429})
_BINARY = (b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"GIF8", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf",
           b"BM", b"RIFF", b"\x00\x00\x01\x00")  # fmt: skip
_DATA = ("application/json", "application/xml", "text/xml", "text/json")
_DATA_BEGINS = (b"<?xml", b"<datastore", b'{"', b"[{")
_GUESSED = frozenset({"code", "data"})
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


def sniff(media_type: str, path: str, body: bytes) -> str:
    """Return `html`, `css`, `script`, `data` (XML, JSON) or an empty string, by header, name and first bytes."""
    head = body[:512].lstrip(b"\xef\xbb\xbf \t\r\n\x00").lower()
    if body.startswith(_BINARY):
        return ""
    if media_type == "text/css" or path.endswith(".css"):
        return "css"
    if media_type.endswith(("javascript", "ecmascript")) or path.endswith(".js"):
        return "script"
    if (
        (media_type in _DATA or head.startswith(_DATA_BEGINS))
        and b"<html" not in head
        and b"<!doctype html" not in head
    ):
        return "data"  # many old scripts call their XML and JSON text/html
    if "html" in media_type or head.startswith((b"<!doctype html", b"<html", b"<head", b"<script", b"<meta")):
        return "html"
    return "html" if media_type in ("", "text/plain") and b"<html" in head else ""


class PageReader:
    """Takes answers, fresh or read back after a crash, into the store."""

    def __init__(self, store: Store, scope: Scope, rules: UrlRules, pagers: Pagers) -> None:
        self._store = store
        self._scope = scope
        self._targets = Targets(rules)
        self._pagers = pagers

    def take(self, job: Job, response: Response, written: Written) -> None:
        """Settle a URL by its answer and queue what the answer names."""
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
                length=len(response.body),
                warc_file=written.warc_file,
                warc_offset=written.warc_offset,
                fetched_at=iso(response.started_at),
                location=target.key if target else "",
                reason=response.error,
                capture=self._store.capture.stamp,
            )
        )
        self._store.settle(job, state, reason)
        if target is not None:
            self._follow(job, Page.at(job.url), [RawLink(target.url, "redirect")])
        elif response.status == 200 and response.error in ("", "truncated"):
            self._read(job, response, media_type)

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
        target = self._targets.resolve(Page.at(job.url), decode(value.encode("latin-1")).text)
        return target if target and target.key else None

    def _read(self, job: Job, response: Response, media_type: str) -> None:
        body = decoded_body(response.raw_headers, response.body, MAX_PAGE + 1)
        path = urlsplit(job.key).path.lower()
        kind = sniff(media_type, path, body)
        self._store.reread(job.key)
        if not body:
            self._find(job.key, Level.WARNING, "empty", _("The old site answers with an empty page."))
        elif kind == "html" and path.endswith(_FILES):
            self._find(
                job.key,
                Level.WARNING,
                "html-instead-of-file",
                _("The old site answers with a page where a file should be."),
                _("Does the file open in a browser that comes from the article? Then fetch it by hand."),
            )
        if kind and len(body) > MAX_PAGE:
            body = self._beginning(job, body)
        if kind == "html":
            self._read_html(job, body, response.header("Content-Type"))
        elif kind == "data":
            self._read_data(job, body, response.header("Content-Type"))
        elif kind:
            text = decode(body, response.header("Content-Type")).text
            finder = css_links if kind == "css" else library_links
            self._follow(job, Page.at(job.url), finder(text[:MAX_SCRIPT]))

    def _beginning(self, job: Job, body: bytes) -> bytes:
        """Return what is read of a page that is a trap, or a register that nobody can scroll through."""
        self._find(
            job.key,
            Level.WARNING,
            "too-large-page",
            _("Larger than {n} MB once unpacked: links were looked for in the first {n} MB only.").format(
                n=MAX_PAGE // 1_000_000
            ),
            _("It is archived whole. Look at it by hand."),
        )
        return body[:MAX_PAGE]

    def _read_html(self, job: Job, body: bytes, content_type: str) -> None:
        decoded = decode(body, content_type)
        if decoded.damaged:
            self._find(
                job.key,
                Level.WARNING if decoded.damaged >= 10 else Level.NOTE,
                "mojibake",
                _("{n} characters can't be read as {encoding}.").format(n=decoded.damaged, encoding=decoded.encoding),
                _("Look at the page in a browser; if it is unreadable there too, nothing more can be saved."),
            )
        base, links = html_links(decoded.text)
        page = ListPage(job.url, decoded.text, job.form, encoding=decoded.encoding)
        self._follow(job, Page.at(job.url, base, decoded.encoding), self._with_pages(page, links))

    def _read_data(self, job: Job, body: bytes, content_type: str) -> None:
        """Follow what a script's answer names, but its pager only as far as a pager of ours says."""
        decoded = decode(body, content_type)
        script = _script(job.url)
        links = [link for link in data_links(decoded.text) if _script(link.href) != script]
        page = ListPage(job.url, decoded.text, job.form, data=True)
        self._follow(job, Page.at(job.url, "", decoded.encoding), self._with_pages(page, links))

    def _with_pages(self, page: ListPage, links: list[RawLink]) -> Sequence[RawLink]:
        """Return the links with the pages that a list goes on with, instead of guesses at what asks for them."""
        further = self._pagers.further(page)
        if not further:
            return links
        scripts = {_script(more.href) for more in further if "?" in more.href}
        kept = [link for link in links if link.context not in _GUESSED or _script(link.href) not in scripts]
        return [*kept, *(RawLink(more.href, "pager", form=more.form) for more in further)]

    def _follow(self, job: Job, page: Page, links: Iterable[RawLink]) -> None:
        """Note where the links lead and queue what is new; each target counts once a page."""
        store = self._store
        again: set[str] = set()
        new: set[str] = set()
        for link in links:
            target = self._targets.get(page, link.href)
            if target is not None and link.form and target.own and target.key:
                target = target._replace(key=form_key(target.key, link.form))
            if target is None or target.key in again or target.key in new:
                continue
            if not target.key:
                self._long_url(job, target)
            elif target.key in store.linked:
                again.add(target.key)
            else:
                new.add(target.key)
                store.add_link(target.key, target.own, job.key, link.context, link_text(link.node))
            if target.own and target.key and target.key not in store.known:
                self._queue(job, target, link.form)
        if again and not store.read_before(job.key):
            store.count_links(again)

    def _queue(self, job: Job, target: Target, form: str) -> None:
        found = Job(target.key, target.url, job.key, job.depth + 1, 0, form)
        self._store.enqueue(found, self._scope.refusal(target.key, target.url))

    def _long_url(self, job: Job, target: Target) -> None:
        if target.own:
            shown = target.url[:80]
            message = _("A link on this page is too long to be an address: {url}…").format(url=shown)
            self._find(job.key, Level.WARNING, "long-url", message)

    def _find(self, key: str, level: Level, name: str, message: str, hint: str = "") -> None:
        self._store.add_finding(Finding(level, f"harvest.{name}", key, message, hint))


def _script(href: str) -> str:
    """Return the file name in an address: which script it asks."""
    return href.partition("?")[0].rpartition("/")[2]
