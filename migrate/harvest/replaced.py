"""One notice in the place of many pages: 网站已关停, 系统维护中, with status 200 at every address.

Each of them has “changed”, and none of them is a page any more. What tells this from news: pages that were unlike each
other have become the same.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from migrate.archive.ledger import Ledger
from migrate.archive.reading import TooLarge, read_response
from migrate.errors import ShangyiError
from migrate.harvest.captures import Capture
from migrate.harvest.content import likeness
from migrate.http import MAX_PAGE
from migrate.records import HTML_TYPES

REPLACED = "replaced"
"""Why a URL counts as failed whose page has become the same as others'."""

MANY = 10
"""Pages that may not become the same; of a smaller site, half of it."""

FEW = 3
"""Fewer than this are never many."""

_SAMPLE = 100
"""Changed pages that are read; the others only where the sample shows that it matters."""

_HTML = ", ".join(f"'{name}'" for name in HTML_TYPES)


class Group(NamedTuple):
    """Pages that have become the same."""

    keys: tuple[str, ...]


class _Changed(NamedTuple):
    """A page with other bytes than before: where both lie in the WARC files."""

    key: str
    digest: str
    now: tuple[str, int]
    before: tuple[str, int]


def replaced(ledger: Ledger, capture: Capture, known: int) -> list[Group]:
    """Return the groups of pages that were unlike each other in the captures that this one rests on, and are the same
    in this one but for numbers and times; `known` is how many pages there were.
    """
    enough = min(MANY, max(FEW, (known + 1) // 2))
    changed = list(_changed(ledger, capture))
    if len(changed) < enough:
        return []
    folder = ledger.path.parent
    sample = changed[:: max(len(changed) // _SAMPLE, 1)]
    most = max(map(len, _alike(folder, sample).values()), default=0)
    if len(sample) < len(changed) and most < FEW:
        return []
    groups = _alike(folder, changed if len(sample) < len(changed) else sample)
    return [
        Group(tuple(page.key for page in pages))
        for pages in groups.values()
        if len(pages) >= enough and _were_unlike(folder, pages)
    ]


def _changed(ledger: Ledger, capture: Capture) -> Iterator[_Changed]:
    rows = ledger.db.execute(
        f"""SELECT now.key, now.digest, now.warc_file, now.warc_offset, old.warc_file, old.warc_offset
            FROM resources AS now JOIN (SELECT key, digest, warc_file, warc_offset, max(capture) FROM resources
                  WHERE capture >= :floor AND capture < :stamp AND status = 200 AND reason = '' GROUP BY key) AS old
            USING (key)
            WHERE now.capture = :stamp AND now.status = 200 AND now.reason = '' AND now.media_type IN ({_HTML})
              AND now.digest <> old.digest AND instr(now.key, '#') = 0 ORDER BY now.key""",
        {"floor": capture.floor, "stamp": capture.stamp},
    )
    for key, digest, *places in rows:
        yield _Changed(key, digest, (places[0], places[1]), (places[2], places[3]))


def _alike(folder: Path, pages: Iterable[_Changed]) -> dict[str, list[_Changed]]:
    """Return likeness → pages. The same bytes are read once."""
    said: dict[str, str] = {}
    found: dict[str, list[_Changed]] = {}
    for page in pages:
        if page.digest not in said:
            said[page.digest] = _likeness(folder, *page.now)
        if said[page.digest]:
            found.setdefault(said[page.digest], []).append(page)
    return found


def _were_unlike(folder: Path, pages: list[_Changed]) -> bool:
    """Say whether at least half of some pages, of a sample if they are many, were one of a kind before."""
    sample = pages[:: max(len(pages) // _SAMPLE, 1)]
    return len({_likeness(folder, *page.before) for page in sample} - {""}) > len(sample) // 2


def _likeness(folder: Path, warc_file: str, offset: int) -> str:
    """Return what a page says but for numbers; empty where it can't be read, which `archive verify` tells of."""
    with suppress(ShangyiError, TooLarge):
        return likeness(read_response(folder, warc_file, offset, limit=MAX_PAGE).body, 0)
    return ""
