"""Notices in several pages: the further ones are fetched, too, and their text follows the first page's."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from migrate.archive.reading import StoredResponse
from migrate.encoding import decode
from migrate.extract.parts import join, place_of
from migrate.harvest.links import html_links
from migrate.harvest.paging import ListPage, Pagers
from migrate.pipeline.policy.shared import Round
from migrate.policy.asking import Answer
from migrate.policy.reading import told_of
from migrate.records import Finding, Record
from migrate.urls import host_of, resolve

MOST = 50
"""Pages of one notice; what has more is none, or a trap."""


@dataclass(frozen=True, slots=True)
class PageRead:
    """One page of a notice, as it was captured."""

    answer: Answer
    stored: StoredResponse
    record: Record
    findings: tuple[Finding, ...] = ()
    """What extraction found odd about it."""


def further_of(this: Round, page: PageRead, first: str) -> Iterator[tuple[str, str]]:
    """Yield key and address of pages that a page leads to and that may belong to the notice beginning at `first`."""
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
        if _follows(key, first):
            yield key, url


def _follows(key: str, first: str) -> bool:
    """Say whether an address may be a later page of the one that begins at `first`, by its number."""
    start = place_of(first)
    return is_named_after(key, first) or (
        start is not None and (place := place_of(key)) is not None and place[0] == start[0] and start[1] <= 1 < place[1]
    )


def is_named_after(key: str, first: str) -> bool:
    """Say whether an address is that of `first` with a number to it: then it is hardly another article's."""
    place = place_of(key)
    return place is not None and key != first and place[0] == first


class Joined(NamedTuple):
    """A notice with the text and files of its further pages."""

    record: Record
    missing: int
    """Pages between these that nothing leads to."""
    told: str
    """What is remembered of its pages, a line each, the first one's first."""
    findings: tuple[Finding, ...]


def joined(first: PageRead, rest: Iterable[PageRead]) -> Joined:
    """Return a notice whole; pages of the same number's shape that are other articles are left out."""
    pages = {page.record.key: page for page in rest}
    records = sorted((page.record for page in pages.values()), key=lambda record: (place_of(record.key) or ("", 0))[1])
    whole, parts, missing = join(first.record, records)
    used = [first, *(pages[part.key] for part in parts)]
    findings = tuple(found for page in used for found in page.findings)
    return Joined(whole, missing, "\n".join(told_of(page.answer) for page in used), findings)
