"""Where the links of a page lead, by their spellings: each is resolved once, for most are on every page."""

import re
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from migrate.check.job import LinkJob
from migrate.check.memory import Ref, Seen
from migrate.check.portal import Portal
from migrate.check.verdicts import opens, wrong_kind
from migrate.urls import ascii_url, glob_pattern, host_of, resolve

_FIXED = ("/", "http://", "https://")
_DISK = re.compile(r"\s*file\s*:", re.IGNORECASE)
_WEB = re.compile(r"(?:https?:|//)", re.IGNORECASE)


class Aim(NamedTuple):
    """Where a link leads."""

    address: str
    """Absolute, without fragment; as written where it is no web address."""
    fragment: str
    where: str
    """`portal`, `old` (a site to be closed), `outside`; empty where it is no web address."""
    code: str = ""
    """What is wrong with it whatever its address answers."""


class Aims:
    """Resolves hrefs, and remembers those that say from the root on where they lead."""

    def __init__(self, job: LinkJob, portal: Portal) -> None:
        self._job = job
        self._portal = portal
        self._old_hosts = frozenset(host.lower() for host in job.old_hosts)
        self._known: dict[str, Aim | None] = {}

    def of(self, address: str, base: str, href: str) -> Aim | None:
        """Return where a link on a page leads; None where there is nothing to check."""
        if not is_fixed(href):
            return self._resolve(address, base, href)
        if href in self._known:
            return self._known[href]
        aim = self._resolve(address, base, href)
        if self._portal.is_portal(base):
            self._known[href] = aim
        return aim

    def _resolve(self, address: str, base: str, href: str) -> Aim | None:
        path, _mark, fragment = href.strip().partition("#")
        if not path and fragment in ("", "top"):
            return None
        target = _resolved(base, path) if path else address
        if target is None:
            code = "own-disk" if _DISK.match(path) else "no-address" if _WEB.match(path) else ""
            return Aim(href.strip()[:200], "", "", code) if code else None
        if not self._is_wanted(target):
            return None
        if self._portal.is_portal(target):
            return Aim(target, fragment, "portal")
        return Aim(target, fragment, "old" if host_of(target) in self._old_hosts else "outside")

    def _is_wanted(self, address: str) -> bool:
        job = self._job
        if job.exclude and any(_fits(glob, address, self._portal) for glob in job.exclude):
            return False
        return not job.include or any(_fits(glob, address, self._portal) for glob in job.include)


class Spellings:
    """Hrefs that say from the root on where in the portal they lead, the same on every page: most of a page's.

    Those in `waiting` have been met, those in `sound` lead to something sound.
    """

    def __init__(self, context: str) -> None:
        self.context = context
        self.sound: set[str] = set()
        self.waiting: set[str] = set()
        self._of: dict[str, list[str]] = {}

    def add(self, href: str, address: str, seen: Seen | None) -> None:
        """Take a new one."""
        self.waiting.add(href)
        if seen is None:
            self._of.setdefault(address, []).append(href)
        elif self.are_sound(address, seen):
            self.sound.add(href)

    def settle(self, address: str, seen: Seen) -> None:
        """Take note of what an address brought."""
        hrefs = self._of.pop(address, None)
        if hrefs and self.are_sound(address, seen):
            self.sound.update(hrefs)

    def are_sound(self, address: str, seen: Seen) -> bool:
        """Say whether those that lead to an address are."""
        return opens(seen) and not wrong_kind(Ref(self.context, address), seen)


def base_of(address: str, href: str) -> str:
    """Return what the links of a page are relative to whose `<base>` says `href`."""
    return (resolve(address, href) if href else None) or address


def is_fixed(href: str) -> bool:
    """Say whether an href says from the root on where it leads."""
    return href.startswith(_FIXED)


def _resolved(base: str, href: str) -> str | None:
    target = resolve(base, href)
    try:
        return ascii_url(target) if target else None
    except ValueError:
        return None


def _fits(glob: str, address: str, portal: Portal) -> bool:
    if "://" in glob:
        return glob_pattern(glob, case_sensitive=False).fullmatch(address) is not None
    return portal.is_portal(address) and (
        glob_pattern(glob, case_sensitive=False).fullmatch(unquote(urlsplit(address).path)) is not None
    )
