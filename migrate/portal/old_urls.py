"""What the portal knows and says of old addresses."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from migrate.config import SiteConfig
from migrate.errors import UsageError
from migrate.i18n import _
from migrate.portal.rows import site_row
from migrate.records import CheckSummary, Finding, Problem
from migrate.redirects import Answer, Exported, Line, Settlement


@dataclass(frozen=True, slots=True)
class OldUrlLife:
    """What the portal knows of one old URL, for `shangyi show`."""

    outcome: str
    reason: str
    new_url: str
    state: str
    page_id: int | None
    same_as: str
    """The address, and its site, whose page answers for this one, too; empty where it has its own."""
    imported_at: str
    held: tuple[str, ...]
    hits: int
    decision: str


@dataclass(frozen=True, slots=True)
class LoadedMap:
    """What loading redirect maps did: old addresses by what became of them, and what to look at."""

    created: int
    changed: int
    unchanged: int
    kept: int
    """Settled otherwise before, and left alone."""
    findings: tuple[Finding, ...]


def load_redirects(
    sites: Sequence[SiteConfig], lines: Iterable[Line], *, overwrite: bool = False, dry_run: bool = False
) -> tuple[Settlement, LoadedMap]:
    """Settle the lines of redirect maps and write what holds of them; a dry run keeps nothing.

    Raises ShangyiError where an import runs, or a site's channel or hosts can't be had.
    """
    from cms_site.legacy.redirects import load_map

    settlement, loaded = load_map(sites, lines, overwrite=overwrite, dry_run=dry_run)
    return settlement, LoadedMap(loaded.created, loaded.changed, loaded.unchanged, loaded.kept, loaded.findings)


def exported_redirects(site_id: str) -> tuple[Exported, Iterator[Answer]]:
    """Return a site for a web server that keeps its hosts, and what each of its old addresses answers there.

    Raises UsageError where the portal does not know the site.
    """
    from cms_site.legacy import lookup
    from cms_site.legacy.models import OldSite

    try:
        found: tuple[Exported, Iterator[Answer]] = lookup.exported(site_id)
    except OldSite.DoesNotExist as error:
        raise UsageError(
            _("The portal knows no old address of “{site}”.").format(site=site_id),
            f"shangyi import {site_id}",
        ) from error
    return found


def drafts(site_id: str) -> frozenset[str]:
    """Return the canonical old URLs whose page no visitor sees."""
    from cms_site.legacy import lookup

    found: frozenset[str] = lookup.drafts(site_id)
    return found


def pages(site_id: str) -> list[tuple[str, str, bool]]:
    """Return (portal path, canonical old URL or empty, is an archived copy) of the site's part of the portal."""
    from cms_site.legacy import lookup

    return list(lookup.pages(site_id))


def new_urls(site_id: str) -> dict[str, str]:
    """Return canonical old URL → absolute URL of what it became, where that is public."""
    from cms_site.legacy import lookup

    found: dict[str, str] = lookup.new_urls(site_id)
    return found


def life(site_id: str, canonical: str) -> OldUrlLife | None:
    """Return what the portal knows of one old URL, or None."""
    from cms_site.legacy import lookup

    found = lookup.life(site_id, canonical)
    return OldUrlLife(**found) if found else None


@dataclass(frozen=True, slots=True)
class Rechecked:
    """What a look at all old addresses found."""

    asked: int
    broken: dict[str, int]
    """By problem."""
    new: int
    mended: int
    waiting: int
    examples: tuple[tuple[str, str], ...]
    """(canonical URL, problem), those broken longest first."""


_BROKEN_EXAMPLES = 50


def recheck(site_id: str) -> Rechecked:
    """Look at all old addresses of a site from inside the portal; what is broken is kept for the admin."""
    from cms_site.legacy.models import BrokenOldUrl
    from cms_site.legacy.recheck import recheck as look

    site = site_row(site_id)
    found = look(site)
    rows = BrokenOldUrl.objects.filter(old_url__site=site).order_by("since", "pk").select_related("old_url")
    examples = tuple((row.old_url.canonical, row.problem) for row in rows.defer("old_url__text")[:_BROKEN_EXAMPLES])
    return Rechecked(found.asked, found.broken, found.new, found.mended, found.waiting, examples)


def keep_checks(site_id: str, found: Iterable[tuple[CheckSummary, Sequence[Problem]]]) -> None:
    """Hand over what checks said of a site, for the reports and panels of its editors."""
    from cms_site.legacy.checked import keep_check

    site = site_row(site_id)
    for summary, problems in found:
        keep_check(site, summary, problems)
