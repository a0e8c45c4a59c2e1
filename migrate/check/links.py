"""Do the links of the site's part of the portal lead anywhere? What a walk has seen, judged page by page."""

import asyncio
import difflib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from migrate.check.job import LinkJob, PortalPage, address_of
from migrate.check.memory import Memory, Ref, Seen
from migrate.check.portal import said
from migrate.check.verdicts import CLICKED, Judge, Verdict, opens
from migrate.check.walk import Walk
from migrate.i18n import _
from migrate.records import Level, Problem
from migrate.urls import host_of

__all__ = ["LinkJob", "PageLinks", "PortalPage", "check_links"]

_WARNINGS = frozenset({"no-anchor", "no-prompt", "inside-only", "strange-home"})
_AGED = frozenset({"dead-link", "server-error", "unreachable", "unknown-host", "loop", "strange-home", "soft-404"})
"""What becomes of other sites in time: of an archived page, that is no fault."""
_TEXT_SHOWN = 40
_NEAR = 0.75


@dataclass(frozen=True, slots=True)
class PageLinks:
    """What became of one page's links."""

    page: PortalPage
    address: str
    problems: tuple[Problem, ...]
    links: int
    """Links of the page, each distinct target once."""
    external: int
    """Of these, links to other sites."""

    @property
    def passed(self) -> bool:
        """Whether nothing on the page is broken."""
        return not any(problem.level is Level.ERROR for problem in self.problems)


def check_links(
    job: LinkJob,
    pages: Iterable[PortalPage],
    memory: Memory,
    tell: Callable[[int, int], None] = lambda _done, _total: None,
) -> Iterator[PageLinks]:
    """Yield one result for each page: first the listed ones in their order, then those found below the site's path.

    `memory` may hold what an interrupted walk has seen; when all is told, it is done with. Raises ShangyiError where
    the portal does not answer at all.
    """
    listed = list(pages)
    walk = Walk(job, memory, tell)
    asyncio.run(walk.run(listed))
    clerk = _Clerk(job, memory)
    for page in listed:
        yield clerk.page(page, address_of(job.target, page))
    for address, read in memory.pages.items():
        if read.walked and address not in walk.listed:
            yield clerk.page(PortalPage(address), address)
    yield from clerk.whole_walk(walk.nonsense)
    memory.finish()


class _Clerk:
    """Writes down what is wrong, page after page, and how it can be mended."""

    def __init__(self, job: LinkJob, memory: Memory) -> None:
        self._job = job
        self._memory = memory
        self._host = job.target.portal_host.lower()
        self._judge = Judge(memory, job.target.portal_host, job.old_hosts)
        self._titles: dict[str, str] | None = None

    def page(self, page: PortalPage, address: str) -> PageLinks:
        """Return what is wrong with the links of one page, or with the page itself."""
        seen = self._memory.seen[address]
        read = self._memory.pages.get(address)
        if not opens(seen):
            return PageLinks(page, address, (self._dead_page(address, seen),), 0, 0)
        if read is None:  # a document's page may be the document itself
            return PageLinks(page, address, (), 0, 0)
        verdicts = [(ref, self._judge.verdict(read, ref)) for ref in read.refs or ()]
        problems = tuple(self._problem(page, address, ref, verdict) for ref, verdict in verdicts if verdict.code)
        return PageLinks(page, address, problems, read.links, read.external)

    def whole_walk(self, nonsense: str) -> Iterator[PageLinks]:
        """Yield what is wrong with the portal, or with this machine, rather than with any link."""
        home = f"http://{self._host}/"
        if nonsense:
            message = _("The portal answers 200 to an address that nobody ever made.")
            repair = _("Let the web server answer 404 where nothing is: search engines and checks rely on it.")
            problem = Problem(Level.ERROR, "check.soft-404", home, message, repair)
            yield PageLinks(PortalPage("/"), home, (problem,), 0, 0)
        if self._judge.offline:
            message = _("No other site could be reached from this machine: links to them were not judged.")
            repair = _("Check again with --external where the internet can be reached; HTTPS_PROXY is heeded.")
            problem = Problem(Level.WARNING, "check.offline", home, message, repair)
            yield PageLinks(PortalPage("/"), home, (problem,), 0, 0)

    @staticmethod
    def _dead_page(address: str, seen: Seen) -> Problem:
        answer = said(seen.error) if seen.error else f"{seen.status} {seen.location}".strip()
        if seen.sign and seen.status == 200:
            answer = f"200 “{seen.what}”"
        message = _("The page does not open: {answer}").format(answer=answer)
        return Problem(Level.ERROR, "check.dead-page", address, message, _("Publish the page, or import it again."))

    def _problem(self, page: PortalPage, address: str, ref: Ref, verdict: Verdict) -> Problem:
        code, detail = verdict
        level = Level.NOTE if code == "unsure" else Level.WARNING if code in _WARNINGS else Level.ERROR
        target = f"{ref.address}#{ref.fragment}" if ref.fragment else ref.address
        message, repair = _words(code, detail)
        repair = self._better(address, ref, code) or repair
        if page.archived:
            repair = _("An archived page stays as it was. If it does harm, withdraw the copy.")
            level = Level.NOTE if code in _AGED and host_of(ref.address) != self._host else level
        return Problem(
            level,
            f"check.{code}",
            address,
            message,
            repair,
            ref.context,
            ref.text[:_TEXT_SHOWN],
            target,
        )

    def _better(self, page: str, ref: Ref, code: str) -> str:
        """Return where the link should lead, if that can be told; else nothing."""
        if code == "old-host" and (new := self._job.new_address(ref.address)):
            return _("Let it lead to {url}").format(url=new)
        if code == "no-anchor":
            read = self._memory.pages.get(ref.address)
            near = difflib.get_close_matches(unquote(ref.fragment), read.anchors if read else (), 1, _NEAR)
            return _("Let it lead to #{name}").format(name=near[0]) if near else ""
        if code not in ("dead-link", "soft-404", "leads-home", "loop") or host_of(ref.address) != self._host:
            return ""
        found = self._alike(ref)
        return _("Let it lead to {url}").format(url=found) if found and found != page else ""

    def _alike(self, ref: Ref) -> str:
        """Return the page that a dead link may have meant: the one of that title, else one of nearly that address."""
        if self._titles is None:
            walked = [(address, read.title) for address, read in self._memory.pages.items() if read.walked]
            self._titles = {title.partition(" - ")[0].strip(): address for address, title in walked}
        if ref.context in CLICKED and (same := self._titles.get(ref.text.strip())):
            return same
        path = ref.address.rstrip("/").lower()
        for address in (f"{ref.address}/", ref.address.rstrip("/")):
            if (seen := self._memory.seen.get(address)) and seen.status == 200:
                return address
        return next((address for address in self._titles.values() if address.rstrip("/").lower() == path), "")


def _words(code: str, detail: str) -> tuple[str, str]:
    """Return (what is wrong, what to do about it) in words."""
    mend = _("Edit the page in the portal and mend or remove the link.")
    upload = _("Upload the file again, or import it again, and link it anew.")
    domain = _("Remove the link at once: whoever has that domain now speaks in your name.")
    told = {
        "dead-link": (_("answers {status}"), mend),
        "server-error": (_("the server fails: {status}"), _("Look into the server's log; then check again.")),
        "unreachable": (_("does not answer: {status}"), mend),
        "unknown-host": (_("there is no such host name any more"), mend),
        "loop": (_("is redirected in circles"), mend),
        "leads-home": (_("leads to the home page instead"), mend),
        "strange-home": (_("leads to that site's front page instead: {status}"), mend),
        "soft-404": (_("says “{status}”, with status 200"), mend),
        "no-image": (_("is no image but {status}"), upload),
        "no-file": (_("is no file but a page"), upload),
        "old-host": (_("still points to the old site"), mend),
        "own-disk": (_("points into somebody's own disk"), upload),
        "no-address": (_("is no web address"), mend),
        "bare-address": (_("is loaded from a bare network address"), upload),
        "inside-only": (_("opens inside one network only"), mend),
        "no-anchor": (_("the page has no place named #{status}"), mend),
        "no-prompt": (
            _("leaves for {status}, no government site, without asking first"),
            _("Let the page ask before it leaves (PG-11), or remove the link."),
        ),
        "parked": (_("the domain is parked or for sale: “{status}”"), domain),
        "hijacked": (_("the domain has been taken over: “{status}”"), domain),
        "unsure": (_("could not be judged from here: {status}"), _("Open it in a browser.")),
    }
    message, repair = told[code]
    return message.format(status=detail), repair
