"""What is wrong with a link, by what its address brought. Pure: nothing is asked here."""

import ipaddress
import re
from collections.abc import Collection
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from migrate import answers
from migrate.check import outside
from migrate.check.gist import PICTURES
from migrate.check.memory import Memory, PageRead, Ref, Seen
from migrate.check.outside import MOST_HOPS, is_home
from migrate.check.portal import said
from migrate.urls import host_of

PROMPTS = "prompt"
"""Sign of a script that asks before somebody leaves."""
CLICKED = frozenset({"a", "area", "option"})
"""Contexts that a visitor follows."""

_LOADED = frozenset(
    "img script iframe frame embed video audio source track object link input css body table tr th td".split()
)
"""Contexts that a browser fetches without being asked."""
_SHUT = frozenset({401, 403, 405, 406, 407, 412, 418, 429, 999})
"""What another site's firewall says to programs: a visitor may well get in."""
_UNSURE = frozenset({answers.CHALLENGE, answers.LOGIN_FORM})
_SOUND = frozenset({"", PROMPTS, answers.LOGIN_FORM})
_OFFLINE = frozenset({"dns", "timeout", "refused", "reset", "proxy", "private-address"})
_PLAIN = {
    "endless": "loop",
    "private-address": "inside-only",
    "dns": "unknown-host",
    outside.HIJACKED: "hijacked",
    answers.PARKED: "parked",
}
_OFFICIAL = re.compile(r"(?:\A|\.)(?:gov\.cn|mil\.cn|conac\.cn|xn--zfr164b|xn--55qw42g)\Z")
"""Hosts of government, forces, 政务 and 公益."""
_FILE = re.compile(r"\.(?:docx?|xlsx?|pptx?|pdf|wps|et|rar|zip|7z|ofd)\Z", re.IGNORECASE)
_PORTS = (None, 80, 443)


class Verdict(NamedTuple):
    """What is wrong with a link; an empty code: nothing."""

    code: str = ""
    detail: str = ""


GOOD = Verdict()


def is_official(host: str) -> bool:
    """Say whether a host is a government's: no prompt is asked for before one goes there (domain rule PG-11)."""
    return _OFFICIAL.search(host) is not None


def opens(seen: Seen) -> bool:
    """Say whether a page of the portal is there."""
    return seen.status == 200 and seen.sign in _SOUND


class Judge:
    """Judges links by what a walk has seen so far."""

    def __init__(self, memory: Memory, portal_host: str, old_hosts: Collection[str]) -> None:
        self._memory = memory
        self._host = portal_host.lower()
        self._old_hosts = frozenset(host.lower() for host in old_hosts)
        self._offline: bool | None = None

    @property
    def offline(self) -> bool:
        """Say, once the walk is over, whether no other site could be reached at all: that is this machine's fault."""
        if self._offline is None:
            others = [(host_of(url), seen) for url, seen in self._memory.seen.items() if host_of(url) != self._host]
            several = len({host for host, _seen in others}) > 1
            self._offline = several and all(seen.error in _OFFLINE for _host, seen in others)
        return self._offline

    def verdict(self, read: PageRead, ref: Ref) -> Verdict:
        """Return what is wrong with a link of a page. An address that was not asked for is given the benefit."""
        if ref.code:
            return Verdict(ref.code)
        host = host_of(ref.address)
        if host in self._old_hosts:
            return Verdict("old-host")
        if host != self._host or urlsplit(ref.address).port not in _PORTS:
            return self._of_outside(read, ref, host)
        found = self._of_portal(ref)
        return found if found.code or not ref.fragment else self._anchor(ref)

    def _of_portal(self, ref: Ref) -> Verdict:
        address = ref.address
        for _hop in range(MOST_HOPS + 1):
            seen = self._memory.seen.get(address)
            if seen is None:
                return Verdict("old-host") if host_of(address) in self._old_hosts else GOOD  # it left the portal
            if not seen.location:
                moved = address != ref.address
                return Verdict("leads-home") if moved and is_home(address) else _of_answer(ref, seen)
            address = seen.location
        return Verdict("loop")

    def _anchor(self, ref: Ref) -> Verdict:
        address = ref.address
        for _hop in range(MOST_HOPS):
            seen = self._memory.seen.get(address)
            address = (seen.location if seen else "") or address
        read = self._memory.pages.get(address)
        if read is None or ref.fragment == "top":
            return GOOD  # of a file, its reader knows what the fragment means
        names = (ref.fragment, unquote(ref.fragment), unquote(ref.fragment, "gb18030"))
        return GOOD if any(name in read.anchors for name in names) else Verdict("no-anchor", ref.fragment)

    def _of_outside(self, read: PageRead, ref: Ref, host: str) -> Verdict:
        if bare := _bare(ref.context, host):
            return bare
        seen = self._memory.seen.get(ref.address)
        found = GOOD if seen is None or self.offline else _of_other_site(ref, seen)
        if found.code or ref.context not in CLICKED or is_official(host) or self._prompts(read):
            return found
        return Verdict("no-prompt", host)

    def _prompts(self, read: PageRead) -> bool:
        found = map(self._memory.seen.get, read.scripts)
        return read.prompts or any(seen.sign == PROMPTS for seen in found if seen)


def wrong_kind(ref: Ref, seen: Seen) -> str:
    """Return what is wrong with what is there, for this link: a picture that is none, a page instead of a file."""
    if ref.context in PICTURES and not seen.media_type.startswith("image/"):
        return "no-image"
    if seen.media_type == "text/html" and ref.context in CLICKED and _FILE.search(urlsplit(ref.address).path):
        return "no-file"
    return ""


def _of_answer(ref: Ref, seen: Seen) -> Verdict:
    if seen.error:
        return Verdict("unreachable", said(seen.error))
    if seen.status >= 500:
        return Verdict("server-error", str(seen.status))
    if seen.status != 200:
        return Verdict("dead-link", str(seen.status))
    if seen.sign not in _SOUND:
        return Verdict("server-error" if seen.sign == answers.SERVER_ERROR else "soft-404", seen.what)
    return Verdict(code, seen.media_type or "?") if (code := wrong_kind(ref, seen)) else GOOD


def _of_other_site(ref: Ref, seen: Seen) -> Verdict:
    if code := _PLAIN.get(seen.error or seen.sign):
        return Verdict(code, seen.what)
    if seen.status in _SHUT or seen.sign in _UNSURE or seen.error == "proxy":
        return Verdict("unsure", said(seen.error) if seen.error else seen.what or str(seen.status))
    found = _of_answer(ref, seen)
    if not found.code and seen.location and is_home(seen.location) and not is_home(ref.address):
        return Verdict("strange-home", seen.location)
    return found


def is_bare(host: str) -> bool:
    """Say whether a host is a literal address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _bare(context: str, host: str) -> Verdict | None:
    """Judge a link to a bare address, without asking there."""
    if not is_bare(host):
        return None
    if context in _LOADED:
        return Verdict("bare-address")
    return None if ipaddress.ip_address(host).is_global else Verdict("inside-only")
