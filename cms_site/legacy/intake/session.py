"""One import of one site, as `migrate.importer` sees it through `migrate.portal.Intake`."""

from collections.abc import Collection, Iterable, Iterator

from django.db import connection

from cms_site.legacy.actor import system_user
from cms_site.legacy.intake.edited import EditedPages
from cms_site.legacy.intake.files import shelve_files, write_files
from cms_site.legacy.intake.filling import PageFiller
from cms_site.legacy.intake.old_urls import OldUrlWriter
from cms_site.legacy.intake.older import sketch, unsketched
from cms_site.legacy.intake.once import Address, merged, parted, parting, ruled_apart
from cms_site.legacy.intake.placing import PagePlacer
from cms_site.legacy.intake.receipts import ReceiptBook
from cms_site.legacy.intake.retiring import PageRetirer
from cms_site.legacy.intake.sites import key_under, sync_site
from cms_site.legacy.intake.storing import sweep
from cms_site.legacy.models import Decision, Imported, OldSite, OldUrl
from migrate.config import PortalConfig, SiteConfig
from migrate.records import Entry, Finding, Known, Reading, Ruled, Stored
from migrate.urls import UrlRules, host_of


class IntakeSession:
    """Writes batches; each method is one transaction, receipt lines included."""

    def __init__(self, site: SiteConfig, portal: PortalConfig, *, publish: bool, hosts: Collection[str] = ()) -> None:
        sweep()
        row, self._findings = sync_site(site)
        self._site = row
        self._book = ReceiptBook(row, system_user())
        self._placer = PagePlacer(row, portal, self._book)
        self._filler = PageFiller(row, portal, self._book, publish=publish, hosts=hosts)
        self._retirer = PageRetirer(row, self._book)
        self._urls = OldUrlWriter(row, self._book)
        overwrite = site.intake.overwrite
        self._edited = EditedPages(row, self._book, overwrite=overwrite, publish=publish, hosts=set(hosts))

    def findings(self) -> list[Finding]:
        """Return what opening found: addresses that fell together under changed URL rules."""
        return self._findings

    def known(self) -> dict[str, Known]:
        """Return source key → what the portal has."""
        return known(self._site)

    def open_links(self) -> dict[str, Known]:
        """As `known`, of the pages with links that led nowhere when they were written."""
        return known(self._site, only_open=True)

    def decisions(self) -> dict[str, Ruled]:
        """Return canonical URL → what a person ruled."""
        return decisions(self._site)

    def write_files(self, readings: Iterable[Reading]) -> Iterator[list[Stored]]:
        """Store files, a batch at a time; yield what became of each batch's."""
        return write_files(self._site, readings, self._book)

    def place_pages(self, batch: list[Entry]) -> None:
        """Create the pages that don't exist yet, empty and unpublished."""
        self._placer.place(batch)

    def write_old_urls(self, batch: list[tuple[Entry, str]]) -> int:
        """Write the old URLs of a batch of (entry, time of capture); return how many differed."""
        return self._urls.write(batch)

    def fill_pages(self, batch: list[Entry], *, relink: bool = False) -> list[Stored]:
        """Write the content of a batch of pages, publish what may be live."""
        return self._filler.fill(batch, relink=relink)

    def follow(self, batch: list[Entry]) -> list[Stored]:
        """Bring pages that an editor changed what may follow the old site; say what waits for a person."""
        return self._edited.follow(batch)

    def healable(self, batch: list[Entry]) -> dict[str, list[str]]:
        """Return the keys of edited pages whose open links lead somewhere by now, and where."""
        return self._edited.healable(batch)

    def retire(self, batch: list[Entry]) -> list[Stored]:
        """Take offline what earlier imports published at these addresses, which no longer move."""
        return self._retirer.retire(batch)

    def merged(self) -> dict[str, str]:
        """Return source key → with what it shares its page, and why."""
        return merged(self._site)

    def parting(self) -> dict[str, str]:
        """Return source key → which other site's address no longer says what its page says, and what sees to it."""
        return parting(self._site)

    def unsketched(self) -> list[str]:
        """Return the source keys of pages that were imported before pages were compared."""
        return unsketched(self._site)

    def sketch(self, batch: list[Entry]) -> None:
        """Note what these pages say, so that others can be compared with them."""
        sketch(self._site, batch)

    def keys_of(self, urls: Iterable[str]) -> list[str]:
        """Return the canonical URLs of addresses under the site's rules."""
        rules = self._site.url_rules
        return [key_under(url, rules) for url in urls]

    def shelve(self) -> None:
        """Put each document and picture of the site where the pages that use it allow."""
        shelve_files(self._site, self._book)

    def close(self) -> str:
        """Close the receipt; return its number, or an empty string if nothing was written. Refresh SQLite's planner."""
        self._urls.fold()
        receipt = self._book.close()
        if receipt is not None and connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
        return str(receipt.pk) if receipt else ""


def known(site: OldSite, *, only_open: bool = False) -> dict[str, Known]:
    """Return source key → what the portal has, of all that was imported of a site; or of what has open links."""
    rules = site.url_rules
    rows = Imported.objects.filter(site=site).select_related("page", "same_as").defer("evidence", "same_as__evidence")
    rows = rows.exclude(unresolved=[]) if only_open else rows
    apart = ruled_apart()
    return {
        row.source_key: _known_twin(row, apart) if row.same_as_id is not None else _known(row, rules)
        for row in rows.iterator()
    }


def _known_twin(row: Imported, apart: frozenset[Address]) -> Known:
    """Return what is known of what shares another's page: that is not its own, so nobody has touched it."""
    if row.page is None:
        return Known(row.content_hash, "deleted", touched=True)
    public = row.page.live and row.state == "live"
    return Known(row.content_hash, row.state, public=public, parts=parted(row, apart))


def _known(row: Imported, rules: UrlRules) -> Known:
    touched, page = row.touched, row.page
    if page is not None:
        whole = page.live and (touched or not page.has_unpublished_changes)
        state = "live" if whole else "draft"
    else:
        state = "deleted" if touched else "stored"
    unresolved = tuple(key_under(url, rules) if rules.owns(host_of(url)) else url for url in row.unresolved)
    return Known(row.content_hash, state, touched, unresolved, public=page is not None and page.live)


def decisions(site: OldSite) -> dict[str, Ruled]:
    """Return canonical URL → decision of a site."""
    rows = Decision.objects.filter(site=site)
    captures = OldUrl.objects.filter(site=site, canonical__in=rows.values("canonical")).exclude(warc_file="")
    captured = set(captures.values_list("canonical", flat=True))
    names = ("outcome", "column", "reason", "release", "accepted", "masks")
    return {
        key: Ruled(captured=key in captured, **dict(zip(names, said, strict=True)))
        for key, *said in rows.values_list("canonical", *names)
    }
