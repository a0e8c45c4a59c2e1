"""Do the links of the site's part of the portal lead anywhere? Each page is read once, each target asked for once."""

import asyncio
import ipaddress
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote, urldefrag, urljoin

from migrate.check.pages import Link, Page
from migrate.check.portal import Answer, Portal, PortalTarget, ask_each
from migrate.i18n import _
from migrate.records import Finding, Level
from migrate.urls import host_of, resolve

CHECK = "check.links"
MOST_HOPS = 5

_FILE = re.compile(r"\s*file\s*:", re.IGNORECASE)
_WEB = re.compile(r"(?:https?:|//)", re.IGNORECASE)
_LOADED = ("img", "script", "iframe", "frame", "embed", "video", "audio", "source", "track", "object", "link")


@dataclass(frozen=True, slots=True)
class PortalPage:
    """One page of the portal whose links are to be checked."""

    url: str
    """Portal path or absolute URL on the portal host."""
    key: str = ""
    """Canonical old URL of the entry that it came from; empty for columns and other pages of the portal's own."""


@dataclass(frozen=True, slots=True)
class PageLinks:
    """What became of one page's links."""

    page: PortalPage
    findings: tuple[Finding, ...]
    links: int
    """Links of the page, each distinct target once."""
    external: int
    """Of these, links to other sites: counted, never fetched."""

    @property
    def passed(self) -> bool:
        """Whether nothing on the page is broken."""
        return not any(finding.level is Level.ERROR for finding in self.findings)


def check_links(target: PortalTarget, pages: Iterable[PortalPage], old_hosts: Collection[str]) -> Iterator[PageLinks]:
    """Yield one result for each page, in their order. `old_hosts`: the hosts of every site to be closed.

    Broken is: a page that does not open, a target on the portal that does not answer 200, an image that is none, a
    link to an old host, a file on somebody's disk, an image loaded from a bare address. A missing anchor is a warning.
    Raises ShangyiError where the portal does not answer at all.
    """
    walk = _Walk(frozenset(host.lower() for host in old_hosts))
    return ask_each(target, pages, walk.page)


@dataclass(slots=True)
class _Walk:
    """What is already known about targets while pages pass by: an answer is kept as two words, not as a body."""

    old_hosts: frozenset[str]
    _answers: dict[str, asyncio.Future[tuple[str, str]]] = field(default_factory=dict)
    _anchors: dict[str, asyncio.Future[frozenset[str]]] = field(default_factory=dict)

    async def page(self, portal: Portal, page: PortalPage) -> PageLinks:
        address = urljoin(f"http://{portal.target.portal_host}/", page.url)
        answer = await portal.ask(address)
        if answer.status != 200:
            broken = _("The page does not open: {answer}").format(answer=answer)
            return PageLinks(page, (Finding(Level.ERROR, CHECK, address, broken),), 0, 0)
        parsed, findings, external = Page(answer.text), [], 0
        links = {(link.tag, link.href.strip()): link for link in parsed.links()}
        for link in links.values():
            target = resolve(address, link.href) or ""
            external += bool(target) and not portal.is_portal(target) and host_of(target) not in self.old_hosts
            level, problem = await self._problem(portal, parsed, address, link)
            if problem:
                findings.append(_finding(level, address, link, target, problem))
        return PageLinks(page, tuple(findings), len(links), external)

    async def _problem(self, portal: Portal, page: Page, address: str, link: Link) -> tuple[Level, str]:
        href, _mark, fragment = link.href.strip().partition("#")
        target = resolve(address, href) if href else address
        if target is None:
            return Level.ERROR, _no_address(href)
        if host_of(target) in self.old_hosts:
            return Level.ERROR, _("still points to the old site")
        if not portal.is_portal(target):
            return _elsewhere(link.tag, host_of(target))
        problem = await self._broken(portal, target, link.tag) if target != address else ""
        if problem or not fragment or fragment == "top":
            return Level.ERROR, problem
        anchors = page.anchors() if target == address else await self._anchors_of(portal, target)
        found = fragment in anchors or unquote(fragment) in anchors
        return Level.WARNING, "" if found else _("the page has no place named #{name}").format(name=fragment)

    async def _broken(self, portal: Portal, target: str, tag: str) -> str:
        if target not in self._answers:
            self._answers[target] = asyncio.ensure_future(_follow(portal, target))
        problem, media_type = await asyncio.shield(self._answers[target])
        if not problem and tag == "img" and not media_type.startswith("image/"):
            return _("is no image but {type}").format(type=media_type or "?")
        return problem

    async def _anchors_of(self, portal: Portal, target: str) -> frozenset[str]:
        if target not in self._anchors:
            self._anchors[target] = asyncio.ensure_future(_read_anchors(portal, target))
        return await asyncio.shield(self._anchors[target])


async def _follow(portal: Portal, target: str) -> tuple[str, str]:
    """Return (what is wrong, media type) of one target; redirects are followed while they stay on the portal."""
    url = target
    for _hop in range(MOST_HOPS):
        answer = await _head(portal, url)
        if answer.problem:
            return answer.problem, ""
        if answer.status == 200:
            return "", answer.media_type
        if not 300 <= answer.status < 400 or not answer.location:
            return _("answers {status}").format(status=answer.status), ""
        if not portal.is_portal(answer.location):
            return "", ""
        url = urldefrag(answer.location).url
    return _("is redirected in circles"), ""


async def _head(portal: Portal, url: str) -> Answer:
    """Ask by HEAD; where that is refused or fails, by GET: some servers answer HEAD wrongly."""
    answer = await portal.ask(url, "HEAD")
    return answer if 200 <= answer.status < 400 else await portal.ask(url)


async def _read_anchors(portal: Portal, target: str) -> frozenset[str]:
    return Page((await portal.ask(target)).text).anchors()


def _no_address(href: str) -> str:
    if _FILE.match(href):
        return _("points into somebody's own disk")
    return _("is no web address") if _WEB.match(href) else ""  # mailto:, tel: and the like lead to no page


def _elsewhere(tag: str, host: str) -> tuple[Level, str]:
    """Judge a link to another site by its host alone: other sites are not asked."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return Level.NOTE, ""
    if tag in _LOADED:
        return Level.ERROR, _("is loaded from a bare network address")
    return Level.WARNING, "" if address.is_global else _("opens inside one network only")


def _finding(level: Level, address: str, link: Link, target: str, problem: str) -> Finding:
    message = _("{tag} “{text}” to {target}: {problem}").format(
        tag=link.tag, text=link.text, target=target or link.href[:200], problem=problem
    )
    return Finding(level, CHECK, address, message, _("Edit the page in the portal and mend or remove the link."))
