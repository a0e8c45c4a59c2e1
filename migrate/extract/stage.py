"""The stage: every page of the ledger → its record. Only what changed is read again."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from migrate.archive.ledger import Ledger
from migrate.archive.reading import StoredResponse, TooLarge, read_response
from migrate.config import SiteConfig
from migrate.errors import ShangyiError
from migrate.extract import Extraction, Page, extract, recipe
from migrate.extract.attached import screen_files
from migrate.families import Families
from migrate.filenames import is_file_address
from migrate.http import MAX_PAGE
from migrate.i18n import _
from migrate.records import HTML_TYPES, Finding, Kind, Level, Resource

_UNSURE = ("", "text/plain", "application/octet-stream", "application/xml", "text/xml")
_BATCH = 100
_MANY = 5
"""Addresses with the same bytes that make one page for all."""


def extract_all(
    ledger: Ledger,
    folder: Path,
    site: SiteConfig,
    families: Families,
    progress: Callable[[str, int, int], None],
) -> tuple[int, int]:
    """Bring the records up to date, a hundred a transaction; return (pages read, pages whose record still holds)."""
    wanted = recipe(site, families)
    with ledger.transaction():
        ledger.reconsider(wanted)
    pages = [resource for resource in ledger.newest_resources() if resource.ok and _may_be_page(resource)]
    keys = {page.key for page in pages}
    reader = _Reader(ledger, folder, site, families)
    stale = [page for page in pages if ledger.record_recipe(page.key) != (page.digest, wanted)]
    for start in range(0, len(stale), _BATCH):
        batch = stale[start : start + _BATCH]
        found = [reader.choose(page) for page in batch]
        with ledger.transaction():
            for choice in found:
                for resource, answer in choice.passed:
                    ledger.pass_over(resource, answer, wanted)
                _write(ledger, choice.resource, wanted, choice.found)
                if not _may_be_page(choice.resource):
                    keys.remove(choice.resource.key)
        progress(_("read"), start + len(batch), len(stale))
    with ledger.transaction():
        _forget_lost(ledger, keys)
    screen_files(ledger, folder, site)
    return len(stale), len(pages) - len(stale)


def _may_be_page(resource: Resource) -> bool:
    return resource.media_type in HTML_TYPES or resource.media_type in _UNSURE


@dataclass(frozen=True, slots=True)
class _Choice:
    """The resource that stands for a URL, what it says, and the newer ones that say less."""

    resource: Resource
    found: Extraction | Finding | None
    passed: tuple[tuple[Resource, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads pages, and what earlier captures got where the newest got an error page, a challenge or nothing."""

    ledger: Ledger
    folder: Path
    site: SiteConfig
    families: Families

    def choose(self, newest: Resource) -> _Choice:
        """Return the newest resource that says something; the newest of all where none does.

        An earlier one that can't be read is a finding: nobody knows then whether the page is gone.
        """
        found = self.read(newest)
        passed = [(newest, _nothing(found))]
        for older in self.ledger.earlier(newest):
            answer = passed[0][1] or self._stands_for_many(newest, older)
            if not _may_be_page(older):
                answer = answer or ("html-instead-of-file" if is_file_address(newest.key) else "")
            if not answer:
                break
            passed[0] = (newest, answer)
            said = self.read(older) if _may_be_page(older) else None
            if not isinstance(said, Finding) and not _nothing(said):
                return _Choice(older, said, tuple(passed))
            if isinstance(said, Finding):
                found = said
            passed.append((older, _nothing(said) or "unreadable"))
        return _Choice(newest, found)

    def _stands_for_many(self, newest: Resource, older: Resource) -> str:
        """Return `one-page-for-all` where many addresses answer alike that did not before: a site that was closed."""
        return "one-page-for-all" if self.ledger.sharing(newest) >= _MANY > self.ledger.sharing(older) else ""

    def read(self, resource: Resource) -> Extraction | Finding | None:
        """Return what a page says, a finding where it can't be read, None where it is no page after all."""
        return _read(self.folder, resource, self.site, self.families)


def _nothing(found: Extraction | Finding | None) -> str:
    """Return why a page says nothing of its own (`error-page`, `challenge`, `empty` …); empty where it does."""
    if isinstance(found, Extraction) and found.record.kind is Kind.OTHER:
        return found.record.reason
    return ""


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
