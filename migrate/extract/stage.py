"""The stage: every page of the ledger → its record. Only what changed is read again."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from migrate.archive.ledger import Ledger
from migrate.archive.reading import StoredResponse, TooLarge, read_response
from migrate.config import SiteConfig
from migrate.errors import ShangyiError
from migrate.extract import Extraction, Page, extract, recipe
from migrate.families import Families
from migrate.http import MAX_PAGE
from migrate.i18n import _
from migrate.records import HTML_TYPES, Finding, Level, Resource

_UNSURE = ("", "text/plain", "application/octet-stream", "application/xml", "text/xml")
_BATCH = 100


def extract_all(
    ledger: Ledger,
    folder: Path,
    site: SiteConfig,
    families: Families,
    progress: Callable[[str, int, int], None],
) -> tuple[int, int]:
    """Bring the records up to date, a hundred a transaction; return (pages read, pages whose record still holds)."""
    wanted = recipe(site, families)
    pages = [r for r in ledger.newest_resources() if r.ok and (r.media_type in HTML_TYPES or r.media_type in _UNSURE)]
    stale = [page for page in pages if ledger.record_recipe(page.key) != (page.digest, wanted)]
    for start in range(0, len(stale), _BATCH):
        batch = stale[start : start + _BATCH]
        found = [(page, _read(folder, page, site, families)) for page in batch]
        with ledger.transaction():
            for page, extraction in found:
                _write(ledger, page, wanted, extraction)
        progress(_("read"), start + len(batch), len(stale))
    with ledger.transaction():
        _forget_lost(ledger, {page.key for page in pages})
    return len(stale), len(pages) - len(stale)


def _read(folder: Path, resource: Resource, site: SiteConfig, families: Families) -> Extraction | Finding | None:
    """Return what a page says, a finding where its bytes can't be read, None where it is no page after all."""
    try:
        stored = read_response(folder, resource.warc_file, resource.warc_offset, limit=MAX_PAGE)
    except TooLarge as error:
        if resource.media_type not in HTML_TYPES:
            return None  # a large file without a type of its own
        return Finding(Level.ERROR, "extract.too-large", resource.key, error.reason, error.hint)
    except ShangyiError as error:
        return Finding(Level.ERROR, "extract.unreadable", resource.key, error.reason, error.hint)
    if resource.media_type not in HTML_TYPES and not _looks_like_html(stored):
        return None
    page = Page(resource.url, resource.key, stored.body, stored.headers.get("Content-Type"))
    try:
        return extract(page, site, families)
    except Exception as error:  # a page that breaks the reader must cost this page only, and be seen
        return Finding(
            Level.ERROR,
            "extract.crashed",
            resource.key,
            _("The page could not be read: {error}").format(error=f"{type(error).__name__}: {error}"),
            _("Report it with the page: shangyi extract {url} --explain").format(url=resource.url),
        )


def _looks_like_html(stored: StoredResponse) -> bool:
    head = stored.body[:1024].lower()
    return any(mark in head for mark in (b"<!doctype html", b"<html", b"<head", b"<body"))


def _write(ledger: Ledger, resource: Resource, wanted: str, found: Extraction | Finding | None) -> None:
    ledger.db.execute("DELETE FROM findings WHERE stage = 'extract' AND url = ?", (resource.key,))
    ledger.db.execute("DELETE FROM records WHERE key = ?", (resource.key,))
    if found is None:
        return
    if isinstance(found, Finding):
        ledger.add_findings("extract", [found])
        return
    ledger.write_record(found.record, resource.digest, wanted)
    ledger.add_findings("extract", (replace(finding, url=resource.key) for finding in found.findings))


def _forget_lost(ledger: Ledger, keys: set[str]) -> None:
    """Drop records of URLs that the newest captures no longer answer as pages."""
    lost = [(key,) for (key,) in ledger.db.execute("SELECT key FROM records").fetchall() if key not in keys]
    ledger.db.executemany("DELETE FROM records WHERE key = ?", lost)
    ledger.db.executemany("DELETE FROM findings WHERE stage = 'extract' AND url = ?", lost)
