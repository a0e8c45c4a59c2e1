"""A notice's pages → its record: where it goes on, the further pages are fetched, too, and their text follows."""

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from migrate.archive.reading import StoredResponse, read_response
from migrate.encoding import decode
from migrate.errors import ShangyiError
from migrate.extract import Page, extract
from migrate.extract.parts import join, place_of
from migrate.harvest.links import html_links
from migrate.harvest.paging import ListPage, Pagers
from migrate.http import MAX_PAGE
from migrate.http.hours import BEIJING
from migrate.i18n import _
from migrate.notices import Seen
from migrate.pipeline.policy.shared import Round, Unread
from migrate.policy.asking import Answer, Asker
from migrate.policy.reading import fault_of, told_of
from migrate.records import Finding, Level, Record
from migrate.urls import host_of, resolve

MOST = 50
"""Pages of one notice; what has more is none, or a trap."""


@dataclass(frozen=True, slots=True)
class _PageRead:
    """One page of a notice, as it was captured."""

    answer: Answer
    stored: StoredResponse
    record: Record
    findings: tuple[Finding, ...] = ()
    """What extraction found odd about it."""


class Whole(NamedTuple):
    """All pages of a notice, read."""

    record: Record | None
    """None where its bytes can't be read."""
    told: str
    """What is remembered of its pages, a line each."""
    findings: tuple[Finding, ...] = ()
    """What extraction found odd about them."""


async def read_whole(this: Round, asker: Asker, seen: Seen, answer: Answer) -> Whole:
    """Return a notice with what its further pages say. Raises Unread where one of them can't be had."""
    first = _read_page(this, answer)
    if first is None or fault_of(first.record):
        return Whole(first.record if first is not None else None, told_of(answer))
    if (start := _first_of(this, first)) and await _is_part_of(this, asker, seen, first, start):
        raise Unread(seen, _("It is a further page of {url}; that is the notice's address.").format(url=start))
    found = _joined(first, [page async for page in _further(this, asker, seen, first)])
    if found.missing:
        raise Unread(seen, _("{n} of its further pages are missing.").format(n=found.missing))
    return Whole(found.record, found.told, found.findings)


async def _is_part_of(this: Round, asker: Asker, seen: Seen, page: _PageRead, start: str) -> bool:
    answer = await asker.ask(start)
    if answer.passing:
        raise Unread(seen, _("Its page {url} could not be fetched: {reason}").format(url=start, reason=answer.error))
    first = _read_page(this, answer) if answer.ok else None
    return first is not None and _joined(first, [page]).pages > 1


async def _further(this: Round, asker: Asker, seen: Seen, first: _PageRead) -> AsyncIterator[_PageRead]:
    """Yield the pages after the first one, those that only a later one leads to as well. Raises Unread."""
    start = first.record.key
    waiting = _further_of(this, first, start)
    asked: set[str] = set()
    while waiting:
        key = next(iter(waiting))
        url = waiting.pop(key)
        if key in asked:
            continue
        if len(asked) == MOST:
            raise Unread(seen, _("It has more than {n} pages.").format(n=MOST))
        asked.add(key)
        page = await _page_at(this, asker, seen, url, start)
        if page is not None:
            waiting |= _further_of(this, page, start)
            yield page


async def _page_at(this: Round, asker: Asker, seen: Seen, url: str, start: str) -> _PageRead | None:
    """Return a further page; None where it is none after all. Raises Unread where it can't be had."""
    answer = await asker.ask(url)
    page = _read_page(this, answer) if answer.ok else None
    if page is not None:
        return page if host_of(answer.url) == host_of(url) and page.record.key != start else None
    if answer.passing or answer.ok or _is_named_after(this.store.key(url), start):
        reason = answer.error or "unreadable"
        raise Unread(seen, _("Its page {url} could not be fetched: {reason}").format(url=url, reason=reason))
    return None


def _read_page(this: Round, answer: Answer) -> _PageRead | None:
    """Return what extraction reads from an answer; None, with a finding, where its bytes can't be read."""
    row = answer.resource
    assert row is not None
    try:
        stored = read_response(this.folder, row.warc_file, row.warc_offset, limit=MAX_PAGE)
    except ShangyiError as error:
        this.findings.append(Finding(Level.ERROR, "policy.unreadable", answer.url, error.reason, error.hint))
        return None
    day = max(row.fetched_at[:10], this.now.astimezone(BEIJING).date().isoformat())
    page = Page(answer.url, row.key, stored.body, stored.headers.get("Content-Type"), day)
    try:
        found = extract(page, this.where.site, this.families)
    except Exception as error:  # a page that breaks the reader must cost this page only, and be seen
        message = _("The page could not be read: {error}").format(error=f"{type(error).__name__}: {error}")
        hint = _("Report it with the page: shangyi extract {url} --explain").format(url=answer.url)
        this.findings.append(Finding(Level.ERROR, "policy.unreadable", answer.url, message, hint))
        return None
    return _PageRead(answer, stored, found.record, found.findings)


def _further_of(this: Round, page: _PageRead, first: str) -> dict[str, str]:
    """Return key → address of pages that a page leads to and that may belong to the notice beginning at `first`."""
    return {key: url for key, url in _leads_to(this, page) if _follows(key, first)}


def _first_of(this: Round, page: _PageRead) -> str:
    """Return the address, which a page leads to, of that whose further page it may be; empty where there is none."""
    place = place_of(page.record.key)
    return dict(_leads_to(this, page)).get(place[0], "") if place is not None else ""


def _leads_to(this: Round, page: _PageRead) -> Iterator[tuple[str, str]]:
    """Yield key and address of all that a page leads to on its own host, by links and by its pager's script."""
    text = decode(page.stored.body, page.stored.headers.get("Content-Type")).text
    base, links = html_links(text)
    root = (resolve(page.answer.url, base) if base else None) or page.answer.url
    turned = Pagers(this.families).further(ListPage(page.answer.url, text))
    for href in dict.fromkeys([*(link.href for link in links), *(more.href for more in turned if not more.form)]):
        url = resolve(root, href)
        if not url or host_of(url) != host_of(page.answer.url):
            continue
        try:
            key = this.store.key(url)
        except ValueError:
            continue
        yield key, url


def _follows(key: str, first: str) -> bool:
    """Say whether an address may be a later page of the one that begins at `first`, by its number."""
    start = place_of(first)
    return _is_named_after(key, first) or (
        start is not None and (place := place_of(key)) is not None and place[0] == start[0] and start[1] <= 1 < place[1]
    )


def _is_named_after(key: str, first: str) -> bool:
    """Say whether an address is that of `first` with a number to it: then it is hardly another article's."""
    place = place_of(key)
    return place is not None and key != first and place[0] == first


class _Joined(NamedTuple):
    """A notice with the text and files of its further pages."""

    record: Record
    missing: int
    """Pages between these that nothing leads to."""
    pages: int
    told: str
    """What is remembered of its pages, a line each, the first one's first."""
    findings: tuple[Finding, ...]


def _joined(first: _PageRead, rest: Iterable[_PageRead]) -> _Joined:
    """Return a notice whole; pages of the same number's shape that are other articles are left out."""
    pages = {page.record.key: page for page in rest}
    records = sorted((page.record for page in pages.values()), key=lambda record: (place_of(record.key) or ("", 0))[1])
    whole, parts, missing = join(first.record, records)
    used = [first, *(pages[part.key] for part in parts)]
    findings = tuple(found for page in used for found in page.findings)
    return _Joined(whole, missing, len(used), "\n".join(told_of(page.answer) for page in used), findings)
