"""Articles in several pages: the further pages' text follows the first page's, and their addresses lead to it.

Systems name them alike (domain.md §5.9, §6): `12_2.html` for page 2 of `12.html` (DedeCMS, SiteServer, PHPCMS,
PowerEasy), `t20180301_12_1.html` for the second page (TRS counts from 0), `show.asp?id=12&page=2`.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from migrate.extract.dom import squeeze
from migrate.extract.markup import html_text
from migrate.records import Field, FileLink, Kind, Record

PART = "part-of"
"""Reason of a record whose text went to the first page of its article; after a colon that page's address."""
_NUMBERED = re.compile(r"^(.*[^/_-])[_-](\d{1,3})(\.\w{3,5})$")
_PAGE_NAMES = frozenset({"page", "pageno", "pagenum", "pageindex", "pageid", "currpage", "curpage", "pn"})
_TITLE_NUMBER = re.compile(r"[（(\[【]?第?\d{1,3}页?[)）\]】]?$")
_MOST = 200
"""Pages of one article that are joined; what has more is a list, or a trap."""


def place_of(key: str) -> tuple[str, int] | None:
    """Return (address of the first page, number) where an address may be a further page's; None where it can't be."""
    parts = urlsplit(key)
    found = _NUMBERED.match(parts.path)
    if found:
        return urlunsplit(parts._replace(path=found[1] + found[3])), int(found[2])
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    numbers = [value for name, value in pairs if name.lower() in _PAGE_NAMES]
    if len(numbers) != 1 or not numbers[0].isascii() or not numbers[0].isdigit() or len(numbers[0]) > 3:
        return None
    rest = urlencode([pair for pair in pairs if pair[0].lower() not in _PAGE_NAMES])
    return urlunsplit(parts._replace(query=rest)), int(numbers[0])


def groups(keys: Iterable[str]) -> dict[str, list[str]]:
    """Return first page → addresses that may be further pages of it, in order; only where the first page is there."""
    present = set(keys)
    found: dict[str, list[tuple[int, str]]] = {}
    for key in present:
        place = place_of(key)
        if place and place[0] != key and place[0] in present:
            found.setdefault(place[0], []).append((place[1], key))
    return {first: [key for _number, key in sorted(rest)] for first, rest in found.items()}


def join(first: Record, rest: Iterable[Record]) -> tuple[Record, list[Record], int]:
    """Return the first page with the text and files of its further pages, those as its parts, and how many are missing.

    A further page is an article with the same title, next in number; one with the same text only repeats the first.
    """
    if first.kind is not Kind.ARTICLE:
        return first, [], 0
    taken: list[Record] = []
    bodies = [first.body] if first.body else []
    texts = {squeeze(html_text(first.body))}
    numbers: list[int] = []
    for record in rest:
        place = place_of(record.key)
        if record.kind is not Kind.ARTICLE or place is None or not _same_title(first, record) or len(taken) >= _MOST:
            continue
        taken.append(record)
        numbers.append(place[1])
        text = squeeze(html_text(record.body))
        if text and text not in texts:
            bodies.append(record.body)
            texts.add(text)
    whole = replace(
        first,
        body="\n".join(bodies),
        attachments=_links(first.attachments, (record.attachments for record in taken)),
        images=_links(first.images, (record.images for record in taken)),
        held=tuple(dict.fromkeys(reason for record in (first, *taken) for reason in record.held)),
        origins={name: found for record in (*reversed(taken), first) for name, found in record.origins.items()},
    )
    missing = numbers[-1] - min(numbers[0], 2) + 1 - len(numbers) if numbers else 0
    return whole, [_as_part(record, first.key) for record in taken], missing


def _as_part(record: Record, first: str) -> Record:
    origins = {name: found for name, found in record.origins.items() if name == "breadcrumb"}
    reason = f"{PART}:{first}"
    return replace(record, kind=Kind.OTHER, reason=reason, body="", attachments=(), images=(), origins=origins)


def _same_title(first: Record, other: Record) -> bool:
    return bool(_title(first.title)) and _title(first.title) == _title(other.title)


def _title(field: Field | None) -> str:
    return _TITLE_NUMBER.sub("", squeeze(field.value)) if field else ""


def _links(own: tuple[FileLink, ...], more: Iterable[tuple[FileLink, ...]]) -> tuple[FileLink, ...]:
    found: dict[str, FileLink] = {}
    for link in (*own, *(link for links in more for link in links)):
        found.setdefault(link.url, link)
    return tuple(found.values())
