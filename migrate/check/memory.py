"""What a walk over links has seen so far, in memory and, so that an interrupted check goes on, in a file of its own."""

import json
import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from migrate.errors import ShangyiError
from migrate.i18n import _

FRESH = 12 * 3600.0
"""Seconds for which what was seen before an interruption still counts."""

_SAVE_EVERY = 1.0
_SCHEMA = """
CREATE TABLE about (mark TEXT NOT NULL, began REAL NOT NULL);
CREATE TABLE seen (address TEXT PRIMARY KEY, data TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE pages (address TEXT PRIMARY KEY, data TEXT NOT NULL) WITHOUT ROWID;
"""


class Seen(NamedTuple):
    """What asking for an address brought."""

    status: int
    error: str = ""
    """Why no answer came (migrate.http)."""
    location: str = ""
    """Where it redirects to; of another site's, where that ended."""
    media_type: str = ""
    sign: str = ""
    """What it is instead of a page (migrate.answers), or `hijacked`."""
    what: str = ""
    """The words that say so."""


class Ref(NamedTuple):
    """One link of a page."""

    context: str
    """Its element."""
    address: str
    """Absolute, without fragment; as written where it is no web address."""
    fragment: str = ""
    text: str = ""
    code: str = ""
    """What is wrong with it whatever its address answers."""


class PageRead(NamedTuple):
    """What a page of the portal says."""

    walked: bool
    """It is one of the site's: its links are checked."""
    title: str
    anchors: tuple[str, ...]
    links: int = 0
    external: int = 0
    prompts: bool = True
    """Whoever leaves for a site that is not the government's is told so first; true where nobody can leave."""
    scripts: tuple[str, ...] = ()
    """Scripts of a page without a prompt of its own: it may be in one of them."""
    pending: tuple[str, ...] = ()
    """Links that were not yet known to be sound when the page was read: from the root on, or absolute."""
    pictures: tuple[str, ...] = ()
    """The same of pictures."""
    refs: tuple[Ref, ...] | None = None
    """These links in full, once one of them had turned out to be broken and the page was read again."""


class Memory:
    """Use it as a context manager. Without a file it ends with the process; with one, an unfinished walk goes on."""

    def __init__(self, path: Path | None = None, mark: str = "") -> None:
        """`mark` says what is checked and how: a file that was written for anything else is begun anew.

        Raises ShangyiError where the file can't be used.
        """
        self.seen: dict[str, Seen] = {}
        self.pages: dict[str, PageRead] = {}
        self._path = path
        mark = f"{mark} {Seen._fields} {PageRead._fields}"  # another version may keep other things
        self._new_seen: list[str] = []
        self._new_pages: list[str] = []
        self._saved = time.monotonic()
        self._db: sqlite3.Connection | None = None
        if path is not None:
            try:
                self._db = self._open(path, mark)
            except sqlite3.DatabaseError as error:
                raise ShangyiError(
                    _("{path} can't be used: {error}").format(path=path, error=error),
                    _("Delete that file and check again: it holds an unfinished check and nothing else."),
                ) from error

    def _open(self, path: Path, mark: str) -> sqlite3.Connection:
        db = _connected(path)
        known = db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'about'").fetchone()[0]
        row = db.execute("SELECT mark, began FROM about").fetchone() if known else None
        if row and row[0] == mark and 0 <= time.time() - row[1] < FRESH:
            for address, data in db.execute("SELECT * FROM seen"):
                self.seen[address] = Seen(*json.loads(data))
            for address, data in db.execute("SELECT * FROM pages"):
                self.pages[address] = _page(json.loads(data))
            return db
        db.close()
        _remove(path)
        db = _connected(path)
        db.executescript(_SCHEMA)
        db.execute("INSERT INTO about VALUES (?, ?)", (mark, time.time()))
        return db

    @property
    def folder(self) -> Path | None:
        """Where its file lies; None without one."""
        return self._path.parent if self._path is not None else None

    def __enter__(self) -> "Memory":
        return self

    def __exit__(self, *_error: object) -> None:
        """Keep what is there for the next try; `finish` comes first where there need be none."""
        if self._db is not None:
            self._save(self._db)
            self._db.close()

    def finish(self) -> None:
        """The walk is done and its results are told: nothing is left to go on with."""
        if self._db is not None and self._path is not None:
            self._db.close()
            self._db = None
            _remove(self._path)

    def add(self, address: str, seen: Seen, page: PageRead | None = None) -> None:
        """Take what an address brought; at least once a second it is on disk."""
        self.seen[address] = seen
        if page is not None:
            self.pages[address] = page
        if self._db is None:
            return
        self._new_seen.append(address)
        if page is not None:
            self._new_pages.append(address)
        if time.monotonic() - self._saved >= _SAVE_EVERY:
            self._save(self._db)

    def _save(self, db: sqlite3.Connection) -> None:
        db.execute("BEGIN")
        db.executemany("INSERT OR REPLACE INTO seen VALUES (?, ?)", _rows(self._new_seen, self.seen))
        db.executemany("INSERT OR REPLACE INTO pages VALUES (?, ?)", _rows(self._new_pages, self.pages))
        db.execute("COMMIT")
        self._new_seen.clear()
        self._new_pages.clear()
        self._saved = time.monotonic()


def _connected(path: Path) -> sqlite3.Connection:
    """Open the file. It survives an end of this process at any moment; after a power cut a check begins anew."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=OFF")
    return db


def _remove(path: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def _page(values: list[Any]) -> PageRead:
    page = PageRead._make(tuple(value) if isinstance(value, list) else value for value in values)
    return page if page.refs is None else page._replace(refs=tuple(Ref(*ref) for ref in page.refs))


def _rows(addresses: list[str], values: "dict[str, Seen] | dict[str, PageRead]") -> Iterable[tuple[str, str]]:
    return ((address, json.dumps(values[address], ensure_ascii=False)) for address in addresses)
