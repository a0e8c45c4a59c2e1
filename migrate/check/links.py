"""Do the links of the site's part of the portal lead anywhere? What a walk has seen, judged page by page."""

import asyncio
import difflib
import ipaddress
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from migrate import answers
from migrate.check import outside
from migrate.check.memory import Memory, PageRead, Ref, Seen
from migrate.check.outside import MOST_HOPS, is_home
from migrate.check.portal import said
from migrate.check.walk import LinkJob, LinksOf, PortalPage, Walk, address_of, is_official, wrong_kind
from migrate.i18n import _
from migrate.records import Level, Problem
from migrate.urls import host_of

__all__ = ["LinkJob", "LinksOf", "PageLinks", "PortalPage", "check_links"]

_LOADED = frozenset(
    "img script iframe frame embed video audio source track object link css input body td table".split()
)
"""Contexts that a browser fetches without being asked."""
_CLICKED = frozenset({"a", "area", "option"})
_WARNINGS = frozenset({"no-anchor", "no-prompt", "inside-only", "strange-home"})
_SHUT = frozenset({401, 403, 405, 406, 407, 412, 418, 429, 999})
"""What another site's firewall says to programs: a visitor may well get in."""
_UNSURE = frozenset({answers.CHALLENGE, answers.LOGIN_FORM})
_OFFLINE = frozenset({"dns", "timeout", "refused", "reset", "proxy", "private-address"})
_TEXT_SHOWN = 40
_NEAR = 0.75


class Verdict(NamedTuple):
    """What is wrong with a link; an empty code: nothing."""

    code: str = ""
    detail: str = ""


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
    judge = _Judge(job, memory)
    for page in listed:
        yield judge.page(page, address_of(job.target, page))
    for address, read in memory.pages.items():
        if read.walked and address not in walk.listed:
            yield judge.page(PortalPage(address), address)
    yield from judge.whole_walk(walk.nonsense)
    memory.finish()


class _Judge:
    """Judges each link by what its address brought."""

    def __init__(self, job: LinkJob, memory: Memory) -> None:
        self._job = job
        self._memory = memory
        self._host = job.target.portal_host.lower()
        self._old_hosts = frozenset(host.lower() for host in job.old_hosts)
        self._titles: dict[str, str] | None = None
        others = [(host_of(url), seen) for url, seen in memory.seen.items() if host_of(url) != self._host]
        hosts = {host for host, _seen in others}
        self.offline = len(hosts) > 1 and all(seen.error in _OFFLINE for _host, seen in others)

    def page(self, page: PortalPage, address: str) -> PageLinks:
        seen = self._memory.seen[address]
        read = self._memory.pages.get(address)
        if broken := self._does_not_open(address, seen):
            return PageLinks(page, address, (broken,), 0, 0)
        if read is None:  # a document's page may be the document itself
            return PageLinks(page, address, (), 0, 0)
        problems = tuple(
            self._problem(address, ref, verdict) for ref in read.refs if (verdict := self._verdict(read, ref)).code
        )
        return PageLinks(page, address, problems, read.links, read.external)

    def whole_walk(self, nonsense: str) -> Iterator[PageLinks]:
        """Yield what is wrong with the portal, or with this machine, rather than with any link."""
        home = f"http://{self._host}/"
        if nonsense:
            message = _("The portal answers 200 to an address that nobody ever made.")
            repair = _("Let the web server answer 404 where nothing is: search engines and checks rely on it.")
            problem = Problem(Level.ERROR, "check.soft-404", home, message, repair)
            yield PageLinks(PortalPage("/"), home, (problem,), 0, 0)
        if self.offline:
            message = _("No other site could be reached from this machine: links to them were not judged.")
            repair = _("Check again with --external where the internet can be reached; HTTPS_PROXY is heeded.")
            problem = Problem(Level.WARNING, "check.offline", home, message, repair)
            yield PageLinks(PortalPage("/"), home, (problem,), 0, 0)

    def _does_not_open(self, address: str, seen: Seen) -> Problem | None:
        if seen.status == 200 and seen.sign in ("", "prompt", answers.LOGIN_FORM):
            return None
        answer = said(seen.error) if seen.error else f"{seen.status} {seen.location}".strip()
        if seen.sign and seen.status == 200:
            answer = f"200 “{seen.what}”"
        message = _("The page does not open: {answer}").format(answer=answer)
        return Problem(Level.ERROR, "check.dead-page", address, message, _("Publish the page, or import it again."))

    def _verdict(self, read: PageRead, ref: Ref) -> Verdict:
        if ref.code:
            return Verdict(ref.code)
        host = host_of(ref.address)
        if host in self._old_hosts:
            return Verdict("old-host")
        if host != self._host or urlsplit(ref.address).port not in (None, 80, 443):
            return self._of_outside(read, ref, host)
        verdict = self._of_portal(ref)
        return verdict if verdict.code or not ref.fragment else self._anchor(ref)

    def _of_portal(self, ref: Ref) -> Verdict:
        address = ref.address
        for _hop in range(MOST_HOPS + 1):
            seen = self._memory.seen.get(address)
            if seen is None:
                return Verdict("old-host") if host_of(address) in self._old_hosts else Verdict()  # it left the portal
            if not seen.location:
                moved = address != ref.address
                return Verdict("leads-home") if moved and is_home(address) else _of_answer(ref, seen)
            address = seen.location
        return Verdict("loop")

    def _anchor(self, ref: Ref) -> Verdict:
        address = ref.address
        for _hop in range(MOST_HOPS):
            address = self._memory.seen[address].location or address
        read = self._memory.pages.get(address)
        if read is None or ref.fragment == "top":
            return Verdict()  # of a file, its reader knows what the fragment means
        names = (ref.fragment, unquote(ref.fragment), unquote(ref.fragment, "gb18030"))
        return Verdict() if any(name in read.anchors for name in names) else Verdict("no-anchor", ref.fragment)

    def _of_outside(self, read: PageRead, ref: Ref, host: str) -> Verdict:
        if bare := _bare(ref.context, host):
            return bare
        seen = self._memory.seen.get(ref.address)
        found = Verdict() if seen is None or self.offline else _of_other_site(ref, seen)
        if found.code or ref.context not in _CLICKED or is_official(host) or self._prompts(read):
            return found
        return Verdict("no-prompt", host)

    def _prompts(self, read: PageRead) -> bool:
        return read.prompts or any(
            seen.sign == "prompt" for name in read.scripts if (seen := self._memory.seen.get(name))
        )

    def _problem(self, address: str, ref: Ref, verdict: Verdict) -> Problem:
        code, detail = verdict
        level = Level.NOTE if code == "unsure" else Level.WARNING if code in _WARNINGS else Level.ERROR
        target = f"{ref.address}#{ref.fragment}" if ref.fragment else ref.address
        message, repair = _words(code, detail)
        return Problem(
            level,
            f"check.{code}",
            address,
            message,
            self._better(address, ref, code) or repair,
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
        if ref.context in _CLICKED and (same := self._titles.get(ref.text.strip())):
            return same
        path = ref.address.rstrip("/").lower()
        for address in (f"{ref.address}/", ref.address.rstrip("/")):
            if (seen := self._memory.seen.get(address)) and seen.status == 200:
                return address
        return next((address for address in self._titles.values() if address.rstrip("/").lower() == path), "")


def _of_answer(ref: Ref, seen: Seen) -> Verdict:
    if seen.error:
        return Verdict("unreachable", said(seen.error))
    if seen.status >= 500:
        return Verdict("server-error", str(seen.status))
    if seen.status != 200:
        return Verdict("dead-link", str(seen.status))
    if seen.sign and seen.sign not in ("prompt", answers.LOGIN_FORM):
        return Verdict("server-error" if seen.sign == answers.SERVER_ERROR else "soft-404", seen.what)
    return Verdict(code, seen.media_type or "?") if (code := wrong_kind(ref, seen)) else Verdict()


def _of_other_site(ref: Ref, seen: Seen) -> Verdict:
    plain = {"endless": "loop", "private-address": "inside-only", "dns": "unknown-host"}
    plain |= {outside.HIJACKED: "hijacked", answers.PARKED: "parked"}
    if code := plain.get(seen.error or seen.sign):
        return Verdict(code, seen.what)
    if seen.status in _SHUT or seen.sign in _UNSURE or seen.error == "proxy":
        return Verdict("unsure", said(seen.error) if seen.error else seen.what or str(seen.status))
    found = _of_answer(ref, seen)
    if not found.code and seen.location and is_home(seen.location) and not is_home(ref.address):
        return Verdict("strange-home", seen.location)
    return found


def _bare(context: str, host: str) -> Verdict | None:
    """Judge a link to a bare address, without asking there."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    if context in _LOADED:
        return Verdict("bare-address")
    return None if address.is_global else Verdict("inside-only")


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
