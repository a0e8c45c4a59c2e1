"""A settled redirect map → `OldUrl` rows that answer at once, and decisions, which every later import obeys."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple, TypeVar
from urllib.parse import unquote, urljoin, urlsplit

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, transaction
from django.urls import Resolver404, resolve
from django.utils import timezone
from wagtail.models import Site

from cms_site.legacy.actor import system_user
from cms_site.legacy.addresses import pages_at
from cms_site.legacy.intake.lock import import_lock
from cms_site.legacy.intake.sites import sync_site
from cms_site.legacy.models import Decision, OldSite, OldUrl
from cms_site.legacy.rows import add_rows, put_rows, update_rows
from migrate.config import SiteConfig
from migrate.i18n import _
from migrate.records import MAP_RULE, Finding, Level
from migrate.redirects import Address, Answering, Line, Places, Settled, Settlement, SiteRules, settle
from migrate.urls import host_of

_T = TypeVar("_T")
_BATCH = 2000
"""Addresses asked for or written in one statement."""
_WRITTEN = ("outcome", "reason", "rule", "title", "target_id", "target_url")
_UNSETTLED = (OldUrl.Outcome.UNDECIDED, OldUrl.Outcome.FAILED)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading a map did to the portal: rows by what became of them."""

    created: int
    changed: int
    unchanged: int
    kept: int
    """Addresses that were settled otherwise, and left alone."""
    findings: tuple[Finding, ...]


class _Target(NamedTuple):
    page: int | None = None
    url: str = ""


def load_map(
    configs: Sequence[SiteConfig], lines: Iterable[Line], *, overwrite: bool, dry_run: bool
) -> tuple[Settlement, Loaded]:
    """Settle a map and write it: the sites' rows first, then what holds of the map. A dry run keeps nothing.

    Only addresses of these sites are ruled on. Raises ShangyiError where an import runs, or where a site's own row
    can't be written.
    """
    with import_lock(), transaction.atomic():
        for config in configs:
            sync_site(config)
        settlement = settle(lines, places(frozenset(config.site.id for config in configs)), known)
        loaded = load(settlement.rows, system_user(), overwrite=overwrite)
        if dry_run:
            transaction.set_rollback(True)
    if not dry_run and connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return settlement, loaded


def places(ruled: frozenset[str] | None = None) -> Places:
    """Return where old addresses belong and may lead, as the portal knows it; `ruled`: sites that a map rules on."""
    sites = [
        SiteRules(site.slug, site.url_rules, frozenset(site.target_hosts))
        for site in OldSite.objects.prefetch_related("hosts")
    ]
    return Places(sites, portal_hosts(), ruled)


def portal_hosts() -> frozenset[str]:
    """Return the host names of the portal itself."""
    return frozenset(host_of(root.root_url) for root in Site.get_site_root_paths())


def known(addresses: Iterable[Address]) -> dict[Address, Answering]:
    """Return what the portal has of old addresses; those it doesn't know are not in it."""
    found = {}
    for part in _parts(sorted(addresses)):
        rows = OldUrl.objects.filter(site__slug__in={one.site for one in part}, canonical__in={one.key for one in part})
        names = ("site__slug", "canonical", "outcome", "reason", "follows__site__slug", "follows__canonical")
        for site, key, outcome, reason, follows_site, follows_key in rows.values_list(*names):
            follows = Address(follows_site, follows_key) if follows_key else None
            found[Address(site, key)] = Answering(outcome, follows, reason)
    wanted = set(addresses)
    return {address: row for address, row in found.items() if address in wanted}


def lead(site: OldSite, target: str) -> tuple[int | None, str, int | None]:
    """Return (page, address that is no page, old URL to follow) of one redirect target; only one of them is there.

    `target` is a portal path or an absolute URL. A host that the site may not lead to gives none of them.
    """
    everywhere = places()
    own = SiteRules(site.slug, site.own_rules, frozenset(site.target_hosts))
    if everywhere.refusal(target, own):
        return None, "", None
    with suppress(ValueError):
        address = everywhere.address(target) if not target.startswith("/") else None
        row = OldUrl.objects.filter(site__slug=address.site, canonical=address.key).first() if address else None
        if row is not None:
            return None, "", row.follows_id or row.pk
    page, url = dict(_portal_targets({target})).get(target) or _Target(url=target)
    return page, url, None


@transaction.atomic
def load(rows: Sequence[Settled], actor: AbstractBaseUser, *, overwrite: bool = False) -> Loaded:
    """Write settled rows, all or none. What is undecided in the map never takes the place of a ruling.

    An address that is settled otherwise is left alone, unless `overwrite`. Call it with the import lock held.
    """
    loader = _Loader(rows, actor, overwrite=overwrite)
    loader.write()
    return Loaded(loader.created, loader.changed, loader.unchanged, loader.kept, tuple(loader.findings))


class _Loader:
    def __init__(self, rows: Sequence[Settled], actor: AbstractBaseUser, *, overwrite: bool) -> None:
        self.created = self.changed = self.unchanged = self.kept = 0
        self.findings: list[Finding] = []
        self._rows = rows
        self._actor = actor
        self._overwrite = overwrite
        self._sites = {site.slug: site for site in OldSite.objects.select_related("channel")}
        self._targets = dict(_portal_targets({row.target for row in rows if row.target}))
        self._portals = portal_hosts()
        self._told: set[str] = set()
        """Targets that nothing is at, of which that was said."""

    def write(self) -> None:
        by_site: dict[str, list[Settled]] = {}
        for row in self._rows:
            by_site.setdefault(row.address.site, []).append(row)
        written: list[Settled] = []
        for slug, rows in by_site.items():
            for part in _parts(list(rows)):
                written += self._write_part(self._sites[slug], part)
        self._link(row for row in written if row.follows is not None)

    def _write_part(self, site: OldSite, part: Sequence[Settled]) -> list[Settled]:
        """Write rows of one site, all but what they follow; return those that hold now."""
        there = {
            row.canonical: row for row in OldUrl.objects.filter(site=site, canonical__in=[r.address.key for r in part])
        }
        new: list[Settled] = []
        changed: list[OldUrl] = []
        ruled: list[Settled] = []
        for given in part:
            old = there.get(given.address.key)
            row = self._with_capture(given, old)
            if old is None:
                new.append(row)
            elif self._is_so(row, old):
                self.unchanged += 1
            elif not self._may_change(row, old):
                self.kept += 1
                continue
            else:
                changed.append(self._changed(row, old))
            self._look_there(row)
            ruled.append(row)
        rows = [
            {
                "canonical": row.address.key,
                "url": row.url,
                "outcome": str(row.outcome),
                "reason": row.reason[:500],
                "title": row.title[:500],
                "target_id": target.page,
                "target_url": target.url,
            }
            for row, target in ((row, self._target(row)) for row in new)
        ]
        add_rows(OldUrl, rows, {"site_id": site.pk, "kind": "other", "rule": MAP_RULE})
        update_rows(OldUrl, changed, (*_WRITTEN, "follows_id"))
        self.created += len(new)
        self.changed += len(changed)
        self._decide(site, ruled)
        return ruled

    def _is_so(self, row: Settled, old: OldUrl) -> bool:
        same = (old.outcome, old.reason, old.target_id, old.target_url) == (
            row.outcome, row.reason[:500], *self._target(row)
        )  # fmt: skip
        return same and (row.follows is None) == (old.follows_id is None) and row.title[:500] in ("", old.title)

    def _changed(self, row: Settled, old: OldUrl) -> OldUrl:
        old.outcome, old.reason, old.rule = str(row.outcome), row.reason[:500], MAP_RULE
        old.title = row.title[:500] or old.title
        old.target_id, old.target_url = self._target(row)
        old.follows_id = None
        return old

    def _may_change(self, row: Settled, old: OldUrl) -> bool:
        if old.outcome in _UNSETTLED:
            return True
        return self._overwrite and row.outcome != OldUrl.Outcome.UNDECIDED

    def _with_capture(self, row: Settled, old: OldUrl | None) -> Settled:
        """Return the row; undecided where it says archive of what was never captured."""
        if row.outcome != OldUrl.Outcome.ARCHIVE or (old is not None and old.warc_file):
            return row
        message = _("{place}: nothing was captured there, so there is no archived copy; it is undecided.")
        hint = _("Harvest the site, or say gone, or where it shall lead.")
        found = Finding(Level.ERROR, "redirects.no-capture", row.address.key, message.format(place=row.place), hint)
        self.findings.append(found)
        return row._replace(outcome=OldUrl.Outcome.UNDECIDED)

    def _look_there(self, row: Settled) -> None:
        """Say so, once of each target, where the portal has nothing at the place to which a row leads."""
        target = self._target(row)
        if target.page is not None or target.url in self._told or not _is_no_place(target.url, self._portals):
            return
        self._told.add(target.url)
        message = _("{place}: leads to {url}, where the portal has no page.")
        hint = _("Correct the target, or make the page; until then visitors get a 404 there.")
        told = message.format(place=row.place, url=target.url)
        self.findings.append(Finding(Level.WARNING, "redirects.no-page", row.address.key, told, hint))

    def _target(self, row: Settled) -> _Target:
        return self._targets.get(row.target) or _Target(url=row.target)

    def _decide(self, site: OldSite, rows: Iterable[Settled]) -> None:
        """Write down who ruled; what is undecided is no ruling."""
        decisions = [
            {
                "canonical": row.address.key,
                "outcome": str(OldUrl.Outcome.REDIRECT if row.ruled else row.outcome),
                "column": row.ruled,
                "reason": row.reason[:500],
            }
            for row in rows
            if row.ruled or row.outcome != OldUrl.Outcome.UNDECIDED
        ]
        alike = {"site_id": site.pk, "actor_id": self._actor.pk, "decided_at": timezone.now(), "apart": False}
        updated = ("outcome", "column", "reason", "actor_id", "decided_at")
        put_rows(Decision, decisions, alike, once=("site_id", "canonical"), updated=updated)

    def _link(self, rows: Iterable[Settled]) -> None:
        """Write what rows follow, once all of them stand; who followed them follows on."""
        for part in _parts(list(rows)):
            numbers = _numbers([*(row.address for row in part), *(row.follows for row in part if row.follows)])
            links = {numbers[row.address]: numbers[row.follows] for row in part if row.follows in numbers}
            followers = OldUrl.objects.filter(follows__in=links).values_list("pk", "follows_id")
            links |= {pk: links[follows] for pk, follows in followers if pk not in links}
            changed = [OldUrl(pk=pk, follows_id=follows) for pk, follows in links.items()]
            update_rows(OldUrl, changed, ("follows_id",))


def _is_no_place(url: str, portals: frozenset[str]) -> bool:
    """Say whether an address that is no page's is on the portal, and only a page could answer it."""
    parts = urlsplit(url)
    if not url or parts.query or (parts.netloc and host_of(url) not in portals):
        return False
    try:
        return resolve(unquote(parts.path) or "/").url_name == "wagtail_serve"
    except Resolver404:
        return True


def _parts(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), _BATCH):
        yield items[start : start + _BATCH]


def _numbers(addresses: Sequence[Address]) -> dict[Address, int]:
    rows = OldUrl.objects.filter(
        site__slug__in={one.site for one in addresses}, canonical__in={one.key for one in addresses}
    )
    return {Address(site, key): pk for pk, site, key in rows.values_list("pk", "site__slug", "canonical")}


def _portal_targets(targets: set[str]) -> Iterator[tuple[str, _Target]]:
    """Yield (target, its page or address) of those on the portal: where there is a page, the row points to the page."""
    portals = {host_of(site.root_url): site for site in Site.objects.select_related("root_page")}
    default = next((site for site in portals.values() if site.is_default_site), None)
    wanted: dict[Site | None, dict[str, str]] = {}
    for target in targets:
        parts = urlsplit(target)
        portal = portals.get(host_of(target)) if parts.netloc else default
        if portal is not None or not parts.netloc:
            plain = not parts.query and not parts.fragment
            wanted.setdefault(portal, {})[target] = parts.path if plain else ""
    for portal, paths in wanted.items():
        pages = pages_at({path for path in paths.values() if path}, portal)
        root_url = portal.root_url if portal is not None else ""
        for target, path in paths.items():
            yield target, _Target(page=pages[path]) if path in pages else _Target(url=urljoin(root_url, target))
