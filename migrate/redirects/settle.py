"""Lines of a redirect map → one ruling for each old address: duplicates settled, chains folded, foreign hosts refused.

Stated order of lines that are the same address: redirect before archive before gone before undecided, then the earlier
line (alphagov/transition, `ImportBatchRow#<=>`). A chain of redirects leads to its last address, a chain into `gone` is
gone, and what leads in a circle is refused.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlsplit

from migrate.i18n import _
from migrate.records import Finding, Level, Outcome
from migrate.urls import MAX_URL, UrlRules, canonical, host_of

ORDER = (Outcome.REDIRECT, Outcome.ARCHIVE, Outcome.GONE, Outcome.UNDECIDED)
"""Outcomes that a line may rule, the one that wins first."""
_RANK = {outcome: rank for rank, outcome in enumerate(ORDER)}


class Address(NamedTuple):
    """An old address, as the portal keys it."""

    site: str
    key: str
    """Canonical URL under the site's rules."""


class Line(NamedTuple):
    """One line of a redirect map, as given."""

    url: str
    outcome: Outcome
    target: str = ""
    """For redirects: portal path, or absolute URL on the portal, on an old host or on an allowed one."""
    reason: str = ""
    title: str = ""
    place: str = ""
    """File and line, for findings."""


class SiteRules(NamedTuple):
    """What settling must know of one old site."""

    site: str
    rules: UrlRules
    target_hosts: frozenset[str] = frozenset()
    """Hosts beside the portal's own that its addresses may lead to."""


class Answering(NamedTuple):
    """What the portal has of an old address already."""

    outcome: Outcome
    follows: Address | None = None
    reason: str = ""


class Settled(NamedTuple):
    """What one old address shall do."""

    address: Address
    url: str
    outcome: Outcome
    target: str = ""
    """Portal path or absolute URL; empty where it follows another old address."""
    follows: Address | None = None
    """The last address of its chain, of which there is a row, or is one in the same settlement."""
    reason: str = ""
    title: str = ""
    ruled: str = ""
    """The target as the line gave it."""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Settlement:
    """All rulings of a map, and what somebody must look at. Lines with an error have no ruling."""

    rows: tuple[Settled, ...]
    findings: tuple[Finding, ...]
    lines: int
    duplicates: int
    """Lines dropped because another one rules on the same address, conflicting or not."""
    conflicts: int
    """Of these, lines that ruled otherwise."""
    chains: int
    """Addresses that follow another old address."""


@dataclass(frozen=True)
class Places:
    """Which site an address belongs to, and where addresses may lead."""

    sites: Iterable[SiteRules]
    portal_hosts: frozenset[str]
    ruled: frozenset[str] | None = None
    """Sites whose addresses a map may rule on; None: all."""
    _by_host: dict[str, SiteRules] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Look sites up by each of their hosts."""
        for site in self.sites:
            self._by_host.update(dict.fromkeys({site.rules.host, *site.rules.aliases}, site))

    def site_of(self, url: str) -> SiteRules | None:
        """Return the site that an absolute URL is an address of."""
        return self._by_host.get(host_of(url))

    def address(self, url: str) -> Address | None:
        """Return an absolute URL as an old address; None on other hosts. Raises ValueError where it can be none."""
        site = self.site_of(url)
        return Address(site.site, canonical(url, site.rules)) if site else None

    def refusal(self, target: str, site: SiteRules) -> str:
        """Return why addresses of a site may not lead to a target; empty where they may."""
        if len(target) > MAX_URL:
            return _("the target is no address")
        if target.startswith("/") and not target.startswith("//") and _is_plain(target):
            return ""
        host = web_host(target)
        if not host:
            return _("the target is no address")
        if host in self.portal_hosts or host in site.target_hosts or host in self._by_host:
            return ""
        return _("{host} is no host that this site's addresses may lead to").format(host=host)


def web_host(target: str) -> str:
    """Return the host of an absolute web address, as every browser reads it; empty where it is none, or they differ.

    Browsers end the host at a backslash, Python doesn't: `http://a\\@b/` is at `a` for them (WHATWG URL, host state).
    """
    if not _is_plain(target) or not target[:8].lower().startswith(("http://", "https://")):
        return ""
    try:
        return "" if "@" in urlsplit(target).netloc else host_of(target)
    except ValueError:
        return ""


def _is_plain(target: str) -> bool:
    return target.isprintable() and "\\" not in target


def settle(
    lines: Iterable[Line], places: Places, known: Callable[[frozenset[Address]], Mapping[Address, Answering]]
) -> Settlement:
    """Return one ruling for each address that the lines name. Nothing is written.

    `known` says what the portal has of addresses that redirects lead to and the lines don't name.
    """
    findings: list[Finding] = []
    named: dict[Address, Settled] = {}
    counts: Counter[str] = Counter()
    for line in lines:
        counts["lines"] += 1
        row = _row(line, places)
        if isinstance(row, Finding):
            findings.append(row)
            continue
        first = named.setdefault(row.address, row)
        if first is not row:
            counts["duplicates"] += 1
            kept, dropped = (row, first) if _RANK[row.outcome] < _RANK[first.outcome] else (first, row)
            named[row.address] = kept
            if (kept.outcome, kept.ruled) != (dropped.outcome, dropped.ruled):
                counts["conflicts"] += 1
                findings.append(_conflict(kept, dropped))
    chains = _Chains(named, places, known)
    rows = tuple(filter(None, (chains.folded(row) for row in named.values())))
    return Settlement(
        rows=rows,
        findings=(*findings, *chains.findings),
        lines=counts["lines"],
        duplicates=counts["duplicates"],
        conflicts=counts["conflicts"],
        chains=sum(row.follows is not None for row in rows),
    )


def _row(line: Line, places: Places) -> Settled | Finding:
    url = line.url if "://" in line.url else f"http://{line.url}"
    site = places.site_of(url)
    if site is None:
        hint = _("Name the host under url or aliases of its site file.")
        return _refused(line, _("it is on no host of an old site"), hint)
    try:
        key = canonical(url, site.rules)
    except ValueError:
        return _refused(line, _("it is no address"), _("Correct the line."))
    if refused := _wrong(line, site, places):
        return refused
    target = line.target if line.outcome is Outcome.REDIRECT else ""
    return Settled(
        Address(site.site, key), url, line.outcome, target, None, line.reason, line.title, target, line.place
    )


def _wrong(line: Line, site: SiteRules, places: Places) -> Finding | None:
    if places.ruled is not None and site.site not in places.ruled:
        reason = _("it is an address of the site “{site}”").format(site=site.site)
        return _refused(line, reason, _("Load the map for that site, or for all."))
    if line.outcome not in _RANK:
        return _refused(line, _("nobody rules “{outcome}” in a map").format(outcome=line.outcome), _which())
    if line.outcome is not Outcome.REDIRECT:
        return None
    if not line.target:
        return _refused(line, _("a redirect leads somewhere"), _("Give the line a target, or say gone."))
    if why := places.refusal(line.target, site):
        hint = _("If it is right, add the host to “hosts” under “redirects” in the site file.")
        if len(line.target) > MAX_URL or not web_host(line.target):
            hint = _("Write a portal path such as /towns/dahe/, or a whole address with http:// or https://.")
        return _refused(line, why, hint)
    return None


def _which() -> str:
    return _("A line says one of: {outcomes}").format(outcomes=", ".join(ORDER))


def _refused(line: Line, reason: str, hint: str) -> Finding:
    message = _("{place}: refused, {reason}").format(place=line.place, reason=reason)
    return Finding(Level.ERROR, "redirects.refused", line.url, message, hint)


def _conflict(kept: Settled, dropped: Settled) -> Finding:
    return Finding(
        Level.WARNING,
        "redirects.conflict",
        kept.address.key,
        _("The same address twice: {kept} says {one}, {dropped} says {other}; {kept} was kept.").format(
            kept=kept.place, one=_said(kept), dropped=dropped.place, other=_said(dropped)
        ),
        _("If the other one is right, take the line out that was kept."),
    )


def _said(row: Settled) -> str:
    return f"{row.outcome} {row.ruled}".strip()


class _Chains:
    """Follows redirects from old address to old address, through the lines first and the portal's rows next."""

    def __init__(
        self,
        named: Mapping[Address, Settled],
        places: Places,
        known: Callable[[frozenset[Address]], Mapping[Address, Answering]],
    ) -> None:
        self.findings: list[Finding] = []
        self._named = named
        self._places = places
        self._next = {address: next_ for address, row in named.items() if (next_ := self._leads_to(row))}
        self._known = _all_known(frozenset(self._next.values()) - named.keys(), named, known)

    def _leads_to(self, row: Settled) -> Address | None:
        if not row.target or row.target.startswith("/"):
            return None
        try:
            return self._places.address(row.target)
        except ValueError:
            return None

    def folded(self, row: Settled) -> Settled | None:
        """Return a row as it is to be written; None where it leads in a circle."""
        end = self._next.get(row.address)
        if end is None:
            return row
        passed = {row.address}
        while (next_ := self._after(end)) is not None:
            if end in passed:
                break
            passed.add(end)
            end = next_
        if end in passed:
            self.findings.append(_circle(row))
            return None
        return self._following(row, end)

    def _after(self, address: Address) -> Address | None:
        """Return the next address of a chain that anybody knows; None at its end."""
        if address in self._named:
            next_ = self._next.get(address)
        else:
            known = self._known.get(address)
            next_ = known.follows if known else None
        return next_ if next_ in self._named or next_ in self._known else None

    def _following(self, row: Settled, end: Address) -> Settled:
        last: Settled | Answering | None = self._named.get(end) or self._known.get(end)
        if last is None:
            return self._into_the_unknown(row, end)
        if last.outcome is Outcome.GONE:
            return row._replace(outcome=Outcome.GONE, target="", follows=end, reason=row.reason or last.reason)
        settled = last.outcome in (Outcome.MOVE, Outcome.REDIRECT, Outcome.ARCHIVE)
        if isinstance(last, Settled) and end in self._next:  # its own target is an old address that nobody knows
            settled = self._may_stay(last)
        return row._replace(outcome=Outcome.REDIRECT if settled else Outcome.UNDECIDED, target="", follows=end)

    def _into_the_unknown(self, row: Settled, end: Address) -> Settled:
        message = _("{place}: leads to {url}, an old address that nobody knows.").format(place=row.place, url=end.key)
        hint = _("Rule on that address, or lead this one to the portal.")
        self.findings.append(Finding(Level.WARNING, "redirects.unknown-target", row.address.key, message, hint))
        return row if self._may_stay(row) else row._replace(outcome=Outcome.UNDECIDED, target="")

    def _may_stay(self, row: Settled) -> bool:
        """Say whether a redirect to an old address that nobody knows holds: where that host is an allowed one."""
        site = self._places.site_of(row.url)
        return site is not None and host_of(row.target) in site.target_hosts


def _all_known(
    wanted: frozenset[Address],
    named: Mapping[Address, Settled],
    known: Callable[[frozenset[Address]], Mapping[Address, Answering]],
) -> dict[Address, Answering]:
    """Return what the portal has of the addresses wanted, and of those that they follow."""
    found: dict[Address, Answering] = {}
    while wanted:
        new = known(wanted)
        found.update(new)
        wanted = frozenset(row.follows for row in new.values() if row.follows is not None) - named.keys() - found.keys()
    return found


def _circle(row: Settled) -> Finding:
    message = _("{place}: refused, it leads in a circle by {url}").format(place=row.place, url=row.ruled)
    hint = _("Lead it to the portal, or say what has become of it: archive, gone or undecided.")
    return Finding(Level.ERROR, "redirects.circle", row.address.key, message, hint)
