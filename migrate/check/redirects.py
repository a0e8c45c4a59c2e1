"""Does every old address lead somewhere true? Asked of the running portal, one old URL after the other (design §7)."""

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from migrate.archive.reading import read_response
from migrate.check.pages import ARCHIVED, Page
from migrate.check.portal import Answer, CheckResult, Expected, Portal, PortalTarget, ask_each
from migrate.errors import ShangyiError
from migrate.i18n import _
from migrate.records import Entry, Kind, Outcome
from migrate.redirects import web_host

_PAGES = ("", "text/html", "application/xhtml+xml")
_OF_THE_HOST = ("/robots.txt", "/sitemap.xml")
"""Addresses that the portal answers for each old host itself: they tell search engines what has moved."""


def check_redirects(target: PortalTarget, entries: Iterable[Entry], expected: Expected) -> Iterator[CheckResult]:
    """Yield one result for each entry, in their order.

    Each old URL is asked for in its original spelling, under its old host name. Right is: moved and redirected → one
    301 to the portal host, then 200 with the same title (files: the captured bytes), never the home page; archived →
    one 301, then 200 under 已归档; gone → 410; held → 404; undecided, failed or a draft → 302 to a copy, or 404. Where
    the site sends what has no answer of its own somewhere, 302 to there stands for 404. Of an address on another host
    that the site may lead to, only the 301 is looked at.
    Raises ShangyiError where the portal does not answer at all.
    """

    async def judge(portal: Portal, entry: Entry) -> CheckResult:
        return await _Judge(portal, expected, entry).result()

    return ask_each(target, entries, judge)


def is_file(entry: Entry) -> bool:
    """Say whether an entry is bytes to be handed over rather than a page to be read."""
    if entry.kind is Kind.OTHER:
        return entry.media_type not in _PAGES
    return entry.kind in (Kind.ATTACHMENT, Kind.IMAGE)


def is_pending(entry: Entry, expected: Expected) -> bool:
    """Say whether no visitor may be led to this entry's page yet: undecided, failed, held, or a draft."""
    unsettled = entry.outcome in (Outcome.UNDECIDED, Outcome.FAILED)
    return unsettled or entry.key in expected.drafts or is_held(entry)


def is_held(entry: Entry) -> bool:
    """Say whether screening keeps the content of this entry from being shown."""
    return bool(entry.held) and entry.outcome not in (Outcome.GONE, Outcome.REDIRECT)


def captured_digest(folder: Path) -> Callable[[Entry], str]:
    """Return a function: entry of a file → `sha256:<hex>` of the captured bytes, content coding undone.

    `folder` is the site's archive. The function raises ShangyiError where the WARC file can't be read.
    """

    def digest(entry: Entry) -> str:
        return "sha256:" + sha256(read_response(folder, entry.warc_file, entry.warc_offset).body).hexdigest()

    return digest


class _Judge:
    """One old URL: what was answered, what should have been. A `problem` is a sentence; empty means right."""

    def __init__(self, portal: Portal, expected: Expected, entry: Entry) -> None:
        self.portal = portal
        self.expected = expected
        self.entry = entry

    async def result(self) -> CheckResult:
        answer = await self.portal.ask(self.entry.url)
        problem = answer.problem or await self._problem(answer)
        told = f"{answer.status} → {answer.location}" if answer.location else str(answer.status)
        if not problem:
            return CheckResult(self.entry.key, True, told)
        message = answer.problem or f"{problem} ({told})"
        return CheckResult(self.entry.key, False, message, self._repair(answer), self._wanted())

    def _wanted(self) -> str:
        """Return the portal's address that the old one should lead to; empty where none is known."""
        wanted = self.expected.new_url(self.entry.key)
        if not wanted and self.entry.outcome is Outcome.REDIRECT:
            wanted = self.entry.target
        return urljoin(f"http://{self.portal.target.portal_host}/", wanted) if wanted else ""

    def _repair(self, answer: Answer) -> str:
        """Return what to do, where that is more than to look."""
        if answer.problem:
            return _("See that this host leads to the portal, and that the portal answers for it.")
        if answer.status == 200:
            return _("Another server answers for this host, or another site of the portal: see where its name leads.")
        if (wanted := self._wanted()) and answer.status != 301:
            return _("Let it lead to {url}: import again, or decide it in the portal.").format(url=wanted)
        return ""

    async def _problem(self, answer: Answer) -> str:
        if urlsplit(self.entry.url).path.lower() in _OF_THE_HOST:
            return "" if answer.status == 200 else _expected("200", answer)
        if self.entry.outcome is Outcome.GONE:
            return "" if answer.status == 410 else _expected("410", answer)
        if is_pending(self.entry, self.expected):
            return await self._pending(answer)
        if answer.status != 301:
            return _expected("301", answer)
        problem = self._wrong_place(answer.location)
        return problem if problem or not self.portal.is_portal(answer.location) else await self._arrive(answer.location)

    async def _pending(self, answer: Answer) -> str:
        if answer.status == 404:
            return ""
        if answer.status != 302:
            return _expected(_("302 or 404"), answer)
        if self._is_otherwise(answer.location):
            return await self._open_otherwise(answer.location)
        if is_held(self.entry):
            return _("held, and yet visitors are sent to {url}").format(url=answer.location)
        if not self.portal.is_portal(answer.location):
            return _leaves(answer.location)
        return await self._arrive(answer.location, archived=True)

    def _is_otherwise(self, location: str) -> bool:
        base = self.expected.otherwise
        return bool(base) and (_place(location) == _place(base) or location.startswith(f"{base.rstrip('/')}/"))

    async def _open_otherwise(self, location: str) -> str:
        """Say whether the place for what has no answer of its own opens; the path appended may be unknown there."""
        if not self.portal.is_portal(location):
            return ""
        final = await self.portal.ask(self.expected.otherwise)
        if final.status == 200:
            return ""
        return final.problem or _("{url} answers {status}").format(url=location, status=final.status)

    def _wrong_place(self, location: str) -> str:
        """Return what is wrong with where one is led; nobody may be led to the portal's home page."""
        if not self.portal.is_portal(location):
            if web_host(location) not in self.expected.target_hosts:
                return _leaves(location)
        elif urlsplit(location).path in ("", "/"):
            return _("leads to the portal's home page")
        wanted = self._wanted()
        if wanted and _place(wanted) != _place(location):
            return _("leads to {url} instead of {wanted}").format(url=_path(location), wanted=_path(wanted))
        return ""

    async def _arrive(self, location: str, *, archived: bool = False) -> str:
        final = await self.portal.ask(location)
        if final.problem:
            return final.problem
        if 300 <= final.status < 400:
            return _("more than one hop: {url} leads on to {next}").format(url=location, next=final.location)
        if final.status != 200:
            return _("{url} answers {status}").format(url=location, status=final.status)
        if is_file(self.entry):
            return self._wrong_bytes(final)
        return self._wrong_page(final, archived or self.entry.outcome is Outcome.ARCHIVE)

    def _wrong_bytes(self, final: Answer) -> str:
        if self.entry.outcome is Outcome.REDIRECT or final.digest == self.entry.digest:
            return ""
        try:
            captured = self.expected.file_digest(self.entry)  # the old server may have compressed it on the way
        except ShangyiError as error:
            return error.reason
        return "" if final.digest == captured else _("{url} is not the file that was captured").format(url=final.url)

    def _wrong_page(self, final: Answer, archived: bool) -> str:
        page = Page(final.text)
        if archived and ARCHIVED not in page.text():
            return _("{url} does not show “{mark}”").format(url=final.url, mark=ARCHIVED)
        title = self.entry.content.title if self.entry.content else self.entry.title
        titled = self.entry.outcome in (Outcome.MOVE, Outcome.ARCHIVE) and title
        if titled and not page.is_titled(title):
            found = next(iter(page.titles()), "")
            return _("{url} bears another title: “{title}”").format(url=final.url, title=found)
        return ""


def _place(url: str) -> tuple[str, str]:
    """Return what of an address must be right to the letter; http or https is the web server's to say."""
    return urlsplit(url).netloc.lower(), _path(url)


def _path(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _expected(wanted: str, answer: Answer) -> str:
    return _("answers {status} instead of {wanted}").format(status=answer.status, wanted=wanted)


def _leaves(location: str) -> str:
    return _("leads away from the portal, to {url}").format(url=location or "—")
