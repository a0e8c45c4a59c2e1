"""A whole site's archive as one file: WACZ 1.1.1 (Webrecorder), which browsers and pywb replay.

A zip file with the WARC files as they are (stored, so that records can be read in place), an index, a list of pages,
and `datapackage.json` with the SHA-256 of each part. Everything is streamed: memory doesn't grow with the archive.
"""

import gzip
import json
import os
import re
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from html import unescape
from itertools import islice
from pathlib import Path
from typing import IO, Any, NamedTuple

from migrate import __version__
from migrate.archive.cdxj import cdxj_lines
from migrate.archive.ledger import Ledger
from migrate.archive.reading import read_response
from migrate.archive.stream import Damage
from migrate.archive.warc import warc_files
from migrate.encoding import decode
from migrate.errors import ShangyiError, disk_error
from migrate.http import MAX_PAGE
from migrate.records import HTML_TYPES, Resource

WACZ_VERSION = "1.1.1"

_BLOCK = 1024
"""Lines of the index in one gzip member; the tools of Webrecorder write as many."""
_INDEX = "index.cdx.gz"
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{0,2000})", re.IGNORECASE)
_TITLE_WITHIN = 1 << 16
_MAX_TITLE = 300
_STEP = 1 << 20


class WaczPage(NamedTuple):
    """One page in the list of pages."""

    url: str
    fetched_at: str
    title: str


@dataclass(frozen=True, slots=True)
class Described:
    """What a WACZ says of itself."""

    title: str
    description: str
    main_page: str
    """URL of the home page."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    file: Path
    bytes: int
    records: int
    """Lines of the index."""
    pages: int
    damages: tuple[tuple[str, Damage], ...]
    """Places of WARC files (by name) that can't be read. The files are in the WACZ as they are."""


def site_pages(folder: Path, ledger: Ledger) -> Iterator[WaczPage]:
    """Yield a site's pages, each as it stands for its URL, with the title that was read from it."""
    for resource in ledger.newest_resources():
        if resource.ok and resource.media_type in HTML_TYPES:
            record = ledger.record(resource.key)
            title = record.title.value if record and record.title else _title(folder, resource)
            yield WaczPage(resource.url, resource.fetched_at, title)


def _title(folder: Path, resource: Resource) -> str:
    try:
        page = read_response(folder, resource.warc_file, resource.warc_offset, limit=MAX_PAGE)
    except ShangyiError:  # too large, or damaged: the index tells of damage
        return ""
    text = decode(page.body[:_TITLE_WITHIN], page.headers.get("Content-Type")).text
    found = _TITLE.search(text)
    return " ".join(unescape(found[1]).split())[:_MAX_TITLE] if found else ""


def write_wacz(folder: Path, target: Path, described: Described, pages: Iterable[WaczPage]) -> Exported:
    """Write the WACZ of a site's archive folder; a file that is there is replaced, as a whole.

    Raises ShangyiError where the disk is full or the file can't be written.
    """
    unfinished = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("w+b") as file:
            writing = _Writing(file)
            counts = writing.write(folder, described, pages)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(target)
    except OSError as error:
        raise disk_error(error, target) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return Exported(target, target.stat().st_size, *counts, tuple(writing.damages))


class _Writing:
    """One WACZ as it is written: remembers what is in it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", allowZip64=True)
        self._created = datetime.now(UTC)
        self._parts: list[dict[str, object]] = []
        self._pages = 0
        self.damages: list[tuple[str, Damage]] = []

    def write(self, folder: Path, described: Described, pages: Iterable[WaczPage]) -> tuple[int, int]:
        """Write all parts; return how many lines the index has, and how many pages there are."""
        with self._zip:
            files = warc_files(folder)
            for path in files:
                self._part(f"archive/{path.name}", _bytes(path), stored=True)
            lines = self._index(files)
            self._part("pages/pages.jsonl", self._page_lines(pages))
            self._package(described)
        return lines, self._pages

    def _part(self, name: str, data: Iterable[bytes], *, stored: bool = False) -> None:
        entry = zipfile.ZipInfo(name, self._created.timetuple()[:6])
        entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
        digest, size = sha256(), 0
        with self._zip.open(entry, "w", force_zip64=True) as part:
            for piece in data:
                part.write(piece)
                digest.update(piece)
                size += len(piece)
        hashed = f"sha256:{digest.hexdigest()}"
        self._parts.append({"name": name.rpartition("/")[2].lower(), "path": name, "hash": hashed, "bytes": size})

    def _index(self, files: list[Path]) -> int:
        with closing(sqlite3.connect("")) as sorter:  # an empty name: on the disk, and gone with the connection
            sorter.execute("CREATE TABLE lines (line TEXT)")
            for path in files:
                damages: list[Damage] = []
                sorter.executemany("INSERT INTO lines VALUES (?)", ((line,) for line in cdxj_lines(path, damages)))
                self.damages += [(path.name, damage) for damage in damages]
            number: int = sorter.execute("SELECT count(*) FROM lines").fetchone()[0]
            lines = (row[0] for row in sorter.execute("SELECT line FROM lines ORDER BY line"))
            listed = [f"!meta 0 {json.dumps({'format': 'cdxj-gzip-1.0', 'filename': _INDEX})}\n"]
            self._part(f"indexes/{_INDEX}", _blocks(lines, listed), stored=True)
        self._part("indexes/index.idx", (line.encode() for line in listed))
        return number

    def _page_lines(self, pages: Iterable[WaczPage]) -> Iterator[bytes]:
        yield _json({"format": "json-pages-1.0", "id": "pages", "title": "All Pages"}, None) + b"\n"
        for page in pages:
            self._pages += 1
            name = sha256(page.url.encode()).hexdigest()[:16]
            yield _json({"id": name, "url": page.url, "ts": page.fetched_at, "title": page.title}, None) + b"\n"

    def _package(self, described: Described) -> None:
        package = {
            "profile": "data-package",
            "wacz_version": WACZ_VERSION,
            "title": described.title,
            "description": described.description,
            "mainPageURL": described.main_page,
            "software": f"shangyi {__version__}",
            "created": self._created.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "resources": self._parts,
        }
        data = _json(package)
        self._part("datapackage.json", [data])
        digest = {"path": "datapackage.json", "hash": f"sha256:{sha256(data).hexdigest()}"}
        self._part("datapackage-digest.json", [_json(digest)])


def _bytes(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_STEP):
            yield piece


def _blocks(lines: Iterator[str], listed: list[str]) -> Iterator[bytes]:
    """Yield the lines in gzip members; append to `listed` where each of them begins."""
    offset = 0
    while block := list(islice(lines, _BLOCK)):
        data = gzip.compress("".join(block).encode(), mtime=0)
        place = {"offset": offset, "length": len(data), "digest": f"sha256:{sha256(data).hexdigest()}"}
        listed.append(f"{block[0].partition(' {')[0]} {json.dumps(place)}\n")
        offset += len(data)
        yield data


def _json(document: Any, indent: int | None = 2) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=indent).encode()
