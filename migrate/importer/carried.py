"""Files that pages carry inside themselves (`data:` URLs): found beside their pages, read from the pages' captures.

They have no entry of their own, for they are nobody's old address: the account must not count them, and nobody is sent
to them. They go where their page goes, held with it.
"""

import functools
from collections.abc import Iterator
from pathlib import Path

from migrate.archive.ledger import Ledger
from migrate.archive.reading import read_response
from migrate.embedded import carried, is_embedded, name_of, page_of
from migrate.http import MAX_PAGE
from migrate.records import Entry, FileLink, Kind, fingerprint


def carried_by(page: Entry, ledger: Ledger) -> Iterator[Entry]:
    """Yield, for each file that a page carries, the entry that import works with; the page is its only user.

    One that it shows and links to as well is a picture, and comes once.
    """
    if page.content is None:
        return
    seen: set[str] = set()
    for links, kind in ((page.content.images, Kind.IMAGE), (page.content.attachments, Kind.ATTACHMENT)):
        for link in links:
            if is_embedded(link.url) and link.url not in seen:
                seen.add(link.url)
                yield _entry(link, kind, page, ledger)


def carried_keys(page: Entry) -> set[str]:
    """Return the keys of the files that a page carries."""
    if page.content is None:
        return set()
    return {link.url for link in (*page.content.images, *page.content.attachments) if is_embedded(link.url)}


def _entry(link: FileLink, kind: Kind, page: Entry, ledger: Ledger) -> Entry:
    # not the page's own capture: it may have come in with a further page of the article
    capture = ledger.resource(page_of(link.url))
    if link.media_type.startswith("image/"):
        kind = Kind.IMAGE
    name = _name(link)
    return Entry(
        key=link.url,
        url=link.url,
        kind=kind,
        outcome=page.outcome,
        rule=page.rule,
        held=page.held,
        used_by=(page.key,),
        name=name,
        media_type=link.media_type,
        digest=link.digest,
        warc_file=capture.warc_file if capture else "",
        warc_offset=capture.warc_offset if capture else -1,
        content_hash=fingerprint([name, kind, link.digest, page.outcome, list(page.held)]),
    )


def _name(link: FileLink) -> str:
    """Return a file's name, by its alternative text or link; its ending says what the bytes are."""
    own = name_of(link.url)
    ending = own.rpartition(".")[2]
    if not link.name:
        return own
    return link.name if link.name.lower().endswith(f".{ending}") else f"{link.name}.{ending}"


@functools.lru_cache(maxsize=1)
def read_carried(folder: Path, warc_file: str, warc_offset: int) -> dict[str, bytes]:
    """Return name → bytes of all files that a captured page carries. Raises ShangyiError, OSError as `read_response`.

    The last page is remembered: its files come one after another.
    """
    answer = read_response(folder, warc_file, warc_offset, limit=MAX_PAGE)
    return carried(answer.body, answer.headers.get("Content-Type"))
