"""Imports, as the importer sees them: small protocols that the portal fulfils."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from migrate.clocks import Standing
from migrate.config import PortalConfig, SiteConfig
from migrate.records import Afterwards, Coming, Entry, Finding, Judged, Known, Reading, Ruled, Stored


class Intake(Protocol):
    """One import of one site, seen from the importer. Each writing method is one transaction with its receipt lines."""

    def findings(self) -> list[Finding]:
        """Return what opening found."""

    def known(self) -> dict[str, Known]:
        """Return canonical URL → what the portal has."""

    def open_links(self) -> dict[str, Known]:
        """As `known`, of the pages with links that led nowhere when they were written."""

    def decisions(self) -> dict[str, Ruled]:
        """Return canonical URL → what a person ruled."""

    def write_files(self, readings: Iterable[Reading]) -> Iterator[list[Stored]]:
        """Store files, a batch at a time; yield what became of each batch's."""

    def place_pages(self, batch: list[Entry]) -> None:
        """Create the pages that don't exist yet, empty and unpublished."""

    def write_old_urls(self, batch: list[tuple[Entry, str]]) -> int:
        """Write the old URLs of (entry, time of capture); return how many differed."""

    def fill_pages(self, batch: list[Entry], *, relink: bool = False) -> list[Stored]:
        """Write the content of pages."""

    def follow(self, batch: list[Entry]) -> list[Stored]:
        """Bring pages that an editor changed what may follow the old site; say what waits for a person."""

    def healable(self, batch: list[Entry]) -> dict[str, list[str]]:
        """Return the keys of edited pages whose open links lead somewhere by now, and where."""

    def retire(self, batch: list[Entry]) -> list[Stored]:
        """Take offline what earlier imports published at these addresses, which no longer move."""

    def merged(self) -> dict[str, str]:
        """Return canonical URL → with what it shares its page, and why."""

    def parting(self) -> dict[str, str]:
        """Return canonical URL → whose page it is that no longer says what this one says, and what sees to it."""

    def unsketched(self) -> list[str]:
        """Return the canonical URLs of pages that were imported before pages were compared."""

    def sketch(self, batch: list[Entry]) -> None:
        """Note what these pages say, so that others can be compared with them."""

    def keys_of(self, urls: Iterable[str]) -> list[str]:
        """Return the canonical URLs of addresses under the site's rules."""

    def shelve(self) -> None:
        """Put each document of the site where the pages that use it allow."""

    def close(self) -> str:
        """Close the receipt; return its number, empty if nothing was written."""


class Rehearsal(Protocol):
    """An import of one site that does not take place: what it would find and do."""

    def known(self) -> dict[str, Known]:
        """Return canonical URL → what the portal has."""

    def decisions(self) -> dict[str, Ruled]:
        """Return canonical URL → what a person ruled."""

    def place(self, batches: Iterable[list[Entry]]) -> dict[str, str]:
        """Return the key of each entry that would get a page, and what it would share that with; empty: its own."""

    def judge(self, batches: Iterable[list[Entry]], placed: Mapping[str, str], coming: Coming) -> dict[str, Judged]:
        """Return what would become of pages that are written or were edited; new ones that can be are left out."""

    def heal(self, work: Afterwards) -> tuple[list[Stored], list[str]]:
        """Return what would become of entries that no longer move, and the keys of pages that would be healed."""


@dataclass(frozen=True, slots=True)
class RolledBack:
    """What a rollback did: rows removed and restored by kind, and what it left standing, with the reason."""

    receipt: str
    removed: dict[str, int]
    restored: dict[str, int]
    kept: tuple[str, ...]


@contextmanager
def open_intake(
    site: SiteConfig, portal: PortalConfig, *, publish: bool, hosts: Collection[str] = ()
) -> Iterator[Intake]:
    """Hold an import of one site open: its row, hosts and receipt are there inside the block.

    `hosts` are those of all sites that are to move: links to one that comes later stay open until then.
    Raises ShangyiError where another import or rollback runs on this portal.
    """
    from cms_site.legacy.intake.lock import import_lock
    from cms_site.legacy.intake.session import IntakeSession

    with import_lock():
        yield IntakeSession(site, portal, publish=publish, hosts=hosts)


def rehearsal(site: SiteConfig, portal: PortalConfig, *, hosts: Collection[str] = ()) -> Rehearsal:
    """Return what tells how an import of one site would go; nothing is kept of it, and no lock is taken.

    Its methods raise what opening an import would raise.
    """
    from cms_site.legacy.intake import rehearsal as intake

    found: Rehearsal = intake.Rehearsal(site, portal, hosts=hosts)
    return found


def what_is_known(site_id: str) -> tuple[dict[str, Known], dict[str, Ruled]]:
    """Return (what the portal has, decisions) of a site, without opening an import; empty for a new site."""
    from cms_site.legacy.intake import session
    from cms_site.legacy.models import OldSite

    site = OldSite.every.filter(slug=site_id).first()
    return (session.known(site), session.decisions(site)) if site else ({}, {})


def columns_elsewhere(site_id: str) -> tuple[Standing, ...]:
    """Return how the columns stand today, as visitors see them, of the channels that other sites moved into."""
    from cms_site.editors.freshness import freshness
    from cms_site.legacy.models import Imported, OldSite
    from cms_site.portal.models import ColumnPage

    sites = Imported.objects.filter(page__isnull=False).exclude(site__slug=site_id).values("site")
    own = OldSite.objects.filter(slug=site_id).values_list("channel__path", flat=True).first()
    found = OldSite.objects.filter(pk__in=sites, channel__isnull=False).values_list("channel__path", flat=True)
    channels = tuple(path for path in set(found) if path != own)
    if not channels:
        return ()
    columns = [column for column in ColumnPage.objects.visible() if column.path.startswith(channels)]
    return tuple(Standing(row.column.clock_days, row.state) for row in freshness(columns))


def is_known(site_id: str) -> bool:
    """Say whether the portal answers for any old URL of a site."""
    from cms_site.legacy.models import OldUrl

    return bool(OldUrl.objects.filter(site__slug=site_id).exists())


def roll_back(site_id: str, number: int | None, *, dry_run: bool) -> RolledBack:
    """Undo a site's newest import that stands; without its number only where that is the last of all.

    Raises UsageError where there is none, or another was named, ShangyiError where an import runs.
    """
    from cms_site.legacy.intake.lock import import_lock
    from cms_site.legacy.intake.storing import sweep
    from cms_site.legacy.rollback import find_receipt
    from cms_site.legacy.rollback import roll_back as undo

    with import_lock():
        if not dry_run:
            sweep()  # what a rollback left that was killed, even where there is nothing more to undo
        result = undo(find_receipt(site_id, number), dry_run=dry_run)
    return RolledBack(result.receipt, result.removed, result.restored, tuple(result.kept))
