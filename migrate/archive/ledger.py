"""The ledger: one SQLite file a site, the one place where stages meet (design §4).

Every row leads back to the capture, WARC file and offset that it came from. WAL and `synchronous=FULL`: a row that was
committed survives a power cut. All of it can be rebuilt from the WARC files and the YAML.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from types import TracebackType

from migrate.errors import ShangyiError, database_hint
from migrate.i18n import _
from migrate.records import (
    HTML_TYPES,
    UNRELIABLE,
    Entry,
    Finding,
    Level,
    Record,
    Resource,
    entry_from_json,
    record_from_json,
    to_json,
)

SCHEMA_VERSION = 3

_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE captures (
  stamp TEXT PRIMARY KEY,             -- 20261121T093000Z
  kind TEXT NOT NULL,                 -- full | delta
  state TEXT NOT NULL,                -- running | finished | abandoned (by --fresh)
  started_at TEXT NOT NULL,
  finished_at TEXT NOT NULL DEFAULT '',
  settings TEXT NOT NULL DEFAULT '{}' -- JSON: what was asked for, robots waived …
) WITHOUT ROWID;

CREATE TABLE frontier (               -- what a capture has to fetch, and what came of it
  capture TEXT NOT NULL REFERENCES captures,
  key TEXT NOT NULL,                  -- canonical URL, cautious rules
  url TEXT NOT NULL,                  -- spelling to request
  referrer TEXT NOT NULL DEFAULT '',  -- key of the page that named it first
  depth INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL,                -- queued | fetched | failed | skipped
  tries INTEGER NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '',    -- why failed or skipped: robots, excluded, limit, timeout …
  form TEXT NOT NULL DEFAULT '',      -- form to POST, urlencoded; empty: GET
  PRIMARY KEY (capture, key)
) WITHOUT ROWID;
CREATE INDEX frontier_state ON frontier (capture, state);

CREATE TABLE resources (
  capture TEXT NOT NULL REFERENCES captures,
  key TEXT NOT NULL,
  url TEXT NOT NULL,
  status INTEGER NOT NULL,
  media_type TEXT NOT NULL,
  digest TEXT NOT NULL,
  length INTEGER NOT NULL,
  warc_file TEXT NOT NULL,
  warc_offset INTEGER NOT NULL,
  fetched_at TEXT NOT NULL,
  location TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL DEFAULT '',
  encoding TEXT NOT NULL DEFAULT '',  -- of pages: what was decided, and on what evidence
  filename TEXT NOT NULL DEFAULT '',  -- from Content-Disposition
  etag TEXT NOT NULL DEFAULT '',
  modified TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (capture, key)
) WITHOUT ROWID;
CREATE INDEX resources_key ON resources (key, capture);
CREATE INDEX resources_digest ON resources (digest);

CREATE TABLE links (                  -- one row per distinct target
  target TEXT PRIMARY KEY,            -- canonical URL (cautious) on own hosts, absolute URL elsewhere
  own INTEGER NOT NULL,               -- 1: on the site's own hosts
  referrer TEXT NOT NULL,             -- key of the first page that named it
  text TEXT NOT NULL,
  context TEXT NOT NULL,              -- a, img, script, css, …
  count INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE records (
  key TEXT PRIMARY KEY,               -- canonical URL, cautious rules
  digest TEXT NOT NULL,               -- payload that was read
  recipe TEXT NOT NULL,               -- hash of families and fields, extractor version
  data TEXT NOT NULL                  -- Record as JSON
) WITHOUT ROWID;

CREATE TABLE passed_over (            -- successful answers that say less than an earlier one, which is used instead
  key TEXT NOT NULL,
  capture TEXT NOT NULL,
  answer TEXT NOT NULL,               -- what was answered: error-page, challenge …
  recipe TEXT NOT NULL,               -- with which that was read
  PRIMARY KEY (key, capture)
) WITHOUT ROWID;

CREATE TABLE entries (
  key TEXT PRIMARY KEY,               -- canonical URL under the site's rules
  kind TEXT NOT NULL,
  outcome TEXT NOT NULL,
  rule TEXT NOT NULL,
  data TEXT NOT NULL                  -- Entry as JSON
) WITHOUT ROWID;

CREATE TABLE findings (
  stage TEXT NOT NULL,                -- harvest, map, import, check.links …: replaced as a whole by each run
  level TEXT NOT NULL,
  name TEXT NOT NULL,                 -- Finding.check
  url TEXT NOT NULL,
  message TEXT NOT NULL,
  hint TEXT NOT NULL
);
CREATE INDEX findings_stage ON findings (stage);
CREATE INDEX findings_url ON findings (url);

CREATE TABLE checks (                 -- what the checks said of each old URL
  key TEXT NOT NULL,
  name TEXT NOT NULL,                 -- redirects, content …
  passed INTEGER NOT NULL,
  message TEXT NOT NULL,
  checked_at TEXT NOT NULL,
  PRIMARY KEY (key, name)
) WITHOUT ROWID;
"""

_RESOURCE_COLUMNS = (
    "key, url, status, media_type, digest, length, warc_file, warc_offset, fetched_at, location, reason, capture, "
    "encoding, filename, etag, modified"
)
_RESOURCE_FIELDS = len(_RESOURCE_COLUMNS.split(","))
_TOGETHER = 500
"""Entries that one statement asks for by their keys."""
_ADDRESSES = "instr(key, '#') = 0"
"""Answers to forms have keys of their own (`<key>#form:…`): they say where lists go on, but nobody can ask for them."""

_BEST_FIRST = f"""(status = 200 AND reason = '' AND length > 0
  AND NOT EXISTS (SELECT 1 FROM passed_over AS p WHERE p.key = resources.key AND p.capture = resources.capture)) DESC,
  (status = 200 AND reason = '') DESC, (reason = '{UNRELIABLE}'), capture DESC"""
"""Of all answers for one URL, the newest that says something stands for it (design §4, captures)."""


class Ledger:
    """An open ledger. Use it as a context manager; write inside `with ledger.transaction():`."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        """Open `ledger.sqlite`. Raises ShangyiError where it is missing (and `create` is false), torn or newer."""
        if not create and not path.exists():
            raise ShangyiError(
                _("Site has no ledger yet: {path}").format(path=path),
                _("Harvest it first: shangyi harvest {site}").format(site=path.parent.name),
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        # One thread at a time: whoever lends it to another waits for it.
        self.db = sqlite3.connect(path, isolation_level=None, timeout=30, check_same_thread=False)
        self.db.row_factory = sqlite3.Row
        try:
            self.db.execute("PRAGMA journal_mode=WAL")
            self.db.execute("PRAGMA synchronous=FULL")
            self._prepare()
        except sqlite3.DatabaseError as error:
            self.db.close()
            otherwise = _(
                "Is the disk full? Is it a ledger? The WARC files beside it hold everything that was fetched."
            )
            raise ShangyiError(
                _("The ledger {path} can't be read: {error}").format(path=path, error=error),
                database_hint(error) or otherwise,
            ) from error

    def _prepare(self) -> None:
        version = self.db.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            self.db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version={SCHEMA_VERSION}; COMMIT;")
        elif version != SCHEMA_VERSION:
            raise ShangyiError(
                _("The ledger {path} was written by another version of shangyi ({version}).").format(
                    path=self.path, version=version
                ),
                _("Use the version that wrote it, or harvest into an empty folder."),
            )

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database; what was not committed is lost."""
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Commit what the block wrote, or nothing of it."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield self.db
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    # what harvest left

    def newest_resources(self) -> Iterator[Resource]:
        """Yield each URL's newest successful resource across captures that was not passed over, else its newest answer,
        by key.
        """
        yield from map(
            _resource,
            self.db.execute(f"""
                SELECT {_RESOURCE_COLUMNS} FROM (
                  SELECT *, row_number() OVER (PARTITION BY key ORDER BY {_BEST_FIRST}) AS place FROM resources
                  WHERE {_ADDRESSES})
                WHERE place = 1 ORDER BY key"""),
        )

    def resource(self, key: str) -> Resource | None:
        """Return the resource that stands for one URL, as `newest_resources` chooses it, or None."""
        row = self.db.execute(
            f"SELECT {_RESOURCE_COLUMNS} FROM resources WHERE key = ? ORDER BY {_BEST_FIRST} LIMIT 1", (key,)
        ).fetchone()
        return _resource(row) if row else None

    def answer_before(self, key: str, floor: str, stamp: str) -> Resource | None:
        """Return a URL's newest answer in the captures from `floor` on and before `stamp`, or None."""
        row = self.db.execute(
            f"""SELECT {_RESOURCE_COLUMNS} FROM resources WHERE key = ? AND capture >= ? AND capture < ?
                ORDER BY capture DESC LIMIT 1""",
            (key, floor, stamp),
        ).fetchone()
        return _resource(row) if row else None

    def answer_of(self, stamp: str, key: str) -> Resource | None:
        """Return a URL's answer in one capture, if it may be relied on, or None."""
        row = self.db.execute(
            f"SELECT {_RESOURCE_COLUMNS} FROM resources WHERE capture = ? AND key = ? AND status = 200 AND reason = ''",
            (stamp, key),
        ).fetchone()
        return _resource(row) if row else None

    def pages_of(self, stamp: str, most: int) -> list[Resource]:
        """Return the first pages, `most` at most, that one capture holds and that may be relied on."""
        marks = ", ".join("?" * len(HTML_TYPES))
        rows = self.db.execute(
            f"""SELECT {_RESOURCE_COLUMNS} FROM resources WHERE capture = ? AND status = 200 AND reason = ''
                AND media_type IN ({marks}) AND {_ADDRESSES} ORDER BY warc_file, warc_offset LIMIT ?""",
            (stamp, *HTML_TYPES, most),
        )
        return [_resource(row) for row in rows]

    def earlier(self, resource: Resource) -> list[Resource]:
        """Return what else earlier captures got from a URL, successful and not empty, newest first."""
        rows = self.db.execute(
            f"""SELECT {_RESOURCE_COLUMNS}, max(capture) FROM resources
                WHERE key = ? AND capture < ? AND digest <> ? AND status = 200 AND reason = '' AND length > 0
                GROUP BY digest ORDER BY capture DESC""",
            (resource.key, resource.capture, resource.digest),
        )
        return [_resource(row) for row in rows]

    def sharing(self, resource: Resource) -> int:
        """Return how many URLs gave the same bytes in the same capture."""
        row = self.db.execute(
            f"SELECT count(*) FROM resources WHERE digest = ? AND capture = ? AND {_ADDRESSES}",
            (resource.digest, resource.capture),
        ).fetchone()
        return int(row[0])

    def pass_over(self, resource: Resource, answer: str, recipe: str) -> None:
        """Let an earlier resource stand for the URL of this one. Call inside a transaction."""
        self.db.execute(
            "INSERT OR REPLACE INTO passed_over VALUES (?, ?, ?, ?)", (resource.key, resource.capture, answer, recipe)
        )

    def reconsider(self, recipe: str) -> None:
        """Forget what other recipes passed over. Call inside a transaction."""
        self.db.execute("DELETE FROM passed_over WHERE recipe <> ?", (recipe,))

    def latest_answers(self) -> Iterator[tuple[Resource, str]]:
        """Yield each URL's newest answer, by key; with why it was passed over. Unreliable ones are left out, and an
        answer that was the same again stands for the later captures, too.
        """
        rows = self.db.execute(
            f"""SELECT {_RESOURCE_COLUMNS}, (SELECT answer FROM passed_over AS p
                  WHERE p.key = latest.key AND p.capture = latest.capture) AS answer
                FROM (SELECT *, max(capture) FROM resources WHERE {_ADDRESSES} AND reason <> '{UNRELIABLE}'
                      GROUP BY key) AS latest ORDER BY key"""
        )
        for row in rows:
            yield _resource(row), row["answer"] or ""

    def found(self) -> Iterator[tuple[str, str]]:
        """Yield (canonical URL, spelling) of all URLs on own hosts that were fetched or linked (cautious rules)."""
        rows = self.db.execute(
            f"""SELECT key, max(url) FROM (
                 SELECT key, url FROM frontier UNION SELECT key, url FROM resources
                 UNION SELECT target, '' FROM links WHERE own = 1) WHERE {_ADDRESSES} GROUP BY key ORDER BY key"""
        )
        for key, url in rows:
            yield key, url or key

    # records and entries

    def records(self) -> Iterator[Record]:
        """Yield all records, by key."""
        for (data,) in self.db.execute("SELECT data FROM records ORDER BY key"):
            yield record_from_json(data)

    def record(self, key: str) -> Record | None:
        """Return the record of one URL, or None."""
        row = self.db.execute("SELECT data FROM records WHERE key = ?", (key,)).fetchone()
        return record_from_json(row[0]) if row else None

    def record_recipe(self, key: str) -> tuple[str, str] | None:
        """Return (payload digest, recipe) with which a record was read, or None: tells `map` what to recompute."""
        row = self.db.execute("SELECT digest, recipe FROM records WHERE key = ?", (key,)).fetchone()
        return (row[0], row[1]) if row else None

    def write_record(self, record: Record, digest: str, recipe: str) -> None:
        """Store or replace one record. Call inside a transaction."""
        self.db.execute(
            "INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?)",
            (record.key, digest, recipe, to_json(record)),
        )

    def rewrite_record(self, record: Record) -> None:
        """Store one record again, read from the same bytes. Call inside a transaction."""
        self.db.execute("UPDATE records SET data = ? WHERE key = ?", (to_json(record), record.key))

    def any_record_says(self, word: str) -> bool:
        """Say whether a word stands in any record: cheaper than to read them."""
        return self.db.execute("SELECT 1 FROM records WHERE instr(data, ?) LIMIT 1", (word,)).fetchone() is not None

    def screened_files(self, version: int | None = None) -> dict[str, tuple[str, str]]:
        """Return file → (digest of the bytes, verdict), as the last screening saw it; nothing of another version's."""
        told = json.loads(self.get("extract.files") or "{}")
        if not told or version not in (None, told["version"]):
            return {}
        return {key: (digest, verdict) for key, (digest, verdict) in told["files"].items()}

    def write_screened(self, version: int, files: Mapping[str, tuple[str, str]]) -> None:
        """Store what a screening saw of every file. Call inside a transaction."""
        self.set("extract.files", {"version": version, "files": files})

    def write_entries(self, entries: Iterable[Entry]) -> int:
        """Replace all entries, streaming; return how many. Call inside a transaction."""
        self.db.execute("DELETE FROM entries")
        before = self.db.total_changes
        self.db.executemany(
            "INSERT INTO entries VALUES (?, ?, ?, ?, ?)",
            ((entry.key, entry.kind, entry.outcome, entry.rule, to_json(entry)) for entry in entries),
        )
        return self.db.total_changes - before

    def entries(self, where: str = "1", parameters: tuple[object, ...] = ()) -> Iterator[Entry]:
        """Yield entries by key; `where` is SQL over the columns key, kind, outcome, rule."""
        for (data,) in self.db.execute(f"SELECT data FROM entries WHERE {where} ORDER BY key", parameters):
            yield entry_from_json(data)

    def entry(self, key: str) -> Entry | None:
        """Return the entry of one canonical URL, or None."""
        return next(self.entries("key = ?", (key,)), None)

    def entries_of(self, keys: Iterable[str]) -> Iterator[tuple[str, Entry | None]]:
        """Yield each of these canonical URLs, in order, with its entry, or None. One entry is in memory at a time.

        Read it to its end before anything is written.
        """
        left = iter(keys)
        while some := list(islice(left, _TOGETHER)):
            rows = self.db.execute(
                "SELECT value, data FROM json_each(?) LEFT JOIN entries ON entries.key = value", (json.dumps(some),)
            )
            for key, data in rows:
                yield key, entry_from_json(data) if data is not None else None

    # findings and checks

    def replace_findings(self, stage: str, findings: Iterable[Finding]) -> int:
        """Replace what a stage found by what it finds now; return how many. Call inside a transaction."""
        self.db.execute("DELETE FROM findings WHERE stage = ?", (stage,))
        before = self.db.total_changes
        self.add_findings(stage, findings)
        return self.db.total_changes - before

    def add_findings(self, stage: str, findings: Iterable[Finding]) -> None:
        """Add findings to a stage's. Call inside a transaction."""
        self.db.executemany(
            "INSERT INTO findings VALUES (?, ?, ?, ?, ?, ?)",
            ((stage, f.level, f.check, f.url, f.message, f.hint) for f in findings),
        )

    def findings(self, stage: str = "", url: str = "") -> Iterator[tuple[str, Finding]]:
        """Yield (stage, finding), in the order found; of one stage or URL if named."""
        rows = self.db.execute(
            "SELECT * FROM findings WHERE (? = '' OR stage = ?) AND (? = '' OR url = ?) ORDER BY rowid",
            (stage, stage, url, url),
        )
        for row in rows:
            yield (
                row["stage"],
                Finding(Level(row["level"]), row["name"], row["url"], row["message"], row["hint"]),
            )

    def write_checks(self, name: str, results: Iterable[tuple[str, bool, str, str]]) -> None:
        """Replace one check's results: (canonical URL, passed, message, time). Call inside a transaction."""
        self.db.execute("DELETE FROM checks WHERE name = ?", (name,))
        self.db.executemany(
            "INSERT OR REPLACE INTO checks VALUES (?, ?, ?, ?, ?)",
            ((key, name, int(passed), message, at) for key, passed, message, at in results),
        )

    def checks(self, key: str) -> list[tuple[str, bool, str, str]]:
        """Return (check, passed, message, time) of one old URL."""
        rows = self.db.execute("SELECT * FROM checks WHERE key = ? ORDER BY name", (key,))
        return [(row["name"], bool(row["passed"]), row["message"], row["checked_at"]) for row in rows]

    # small facts

    def get(self, name: str) -> str:
        """Return a small fact about the site (e.g. `harvest.robots`), or an empty string."""
        row = self.db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return row[0] if row else ""

    def set(self, name: str, value: object) -> None:
        """Store a small fact; anything but text goes in as JSON. Call inside a transaction."""
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
        self.db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, text))


def _resource(row: sqlite3.Row) -> Resource:
    return Resource(*row[:_RESOURCE_FIELDS])
