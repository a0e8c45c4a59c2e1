"""The stage: every page of the ledger → its record. Only what changed is read again."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from migrate.archive.ledger import Ledger
from migrate.archive.reading import StoredResponse, TooLarge, read_response
from migrate.config import SiteConfig
from migrate.errors import ShangyiError
from migrate.extract import Extraction, Page, extract, read_data, recipe
from migrate.extract.attached import screen_files
from migrate.extract.data import may_be_data
from migrate.extract.linked import describe_files
from migrate.extract.parts import groups, join, place_of
from migrate.families import Families
from migrate.filenames import is_file_address
from migrate.http import MAX_PAGE
from migrate.i18n import _
from migrate.records import HTML_TYPES, LIST_DATA, Finding, Kind, Level, Resource, to_json

_UNSURE = ("", "text/plain", "application/octet-stream", "application/xml", "text/xml")
_DATA_TYPE = re.compile(r"(?:application|text)/(?:[\w.-]+[+.-])?(?:json|xml)")
"""What scripts and feeds send; a page was sent so too."""
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
    series = groups(keys)
    stale = _with_their_series(ledger, pages, wanted, series)
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
        _join_pages(ledger, series, {page.key for page in stale})
    with ledger.transaction():
        describe_files(ledger, folder, site.url_rules.cautious())
    screen_files(ledger, folder, site)
    return len(stale), len(pages) - len(stale)


def _with_their_series(
    ledger: Ledger, pages: list[Resource], wanted: str, series: dict[str, list[str]]
) -> list[Resource]:
    """Return the pages to read: those that changed, and with them all pages of the same article."""
    present = {page.key for page in pages}
    stale = {page.key for page in pages if ledger.record_recipe(page.key) != (page.digest, wanted)}
    lost = {key for (key,) in ledger.db.execute("SELECT key FROM records")} - present
    stale |= {place[0] for place in map(place_of, lost) if place} & present  # a page of these articles is gone
    for first, rest in series.items():
        if not stale.isdisjoint((first, *rest)):
            stale.update((first, *rest))
    return [page for page in pages if page.key in stale]


def _join_pages(ledger: Ledger, series: dict[str, list[str]], read: set[str]) -> None:
    """Put the text of further pages after the first page's; only where they were just read, for then all are whole."""
    for first, rest in series.items():
        record = ledger.record(first) if first in read else None
        if record is None:
            continue
        whole, parts, missing = join(record, filter(None, map(ledger.record, rest)))
        for changed in (whole, *parts) if parts else ():
            ledger.db.execute("UPDATE records SET data = ? WHERE key = ?", (to_json(changed), changed.key))
        if missing > 0:
            ledger.add_findings(
                "extract",
                [
                    Finding(
                        Level.WARNING,
                        "extract.part-missing",
                        first,
                        _("{n} pages of this article were not captured.").format(n=missing),
                        _("Look at the old page, and harvest again."),
                    )
                ],
            )


def _may_be_page(resource: Resource) -> bool:
    media_type = resource.media_type
    return media_type in HTML_TYPES or media_type in _UNSURE or _DATA_TYPE.fullmatch(media_type) is not None


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
    if isinstance(found, Extraction) and found.record.kind is Kind.OTHER and found.record.reason != LIST_DATA:
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
    is_page = resource.media_type in HTML_TYPES or _looks_like_html(stored)
    if not is_page and not may_be_data(stored.body):
        return None
    page = Page(resource.url, resource.key, stored.body, stored.headers.get("Content-Type"), resource.fetched_at[:10])
    try:
        return extract(page, site, families) if is_page else read_data(page, site, families)
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
