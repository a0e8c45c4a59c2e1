"""What the watch keeps: every exchange in WARC files of the day, rows in the ledger, and tables of its own beside them.

WARC synced, then rows committed, after each exchange (design §4): polls are few, and nothing reported is ever lost.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from migrate import __version__
from migrate.archive.exchanges import Exchange, stored
from migrate.archive.ledger import Ledger
from migrate.archive.recovery import recover
from migrate.archive.seal import seal
from migrate.archive.stream import Damage
from migrate.archive.warc import NOT_MODIFIED, Original, WarcWriter, Written, iso, payload_digest, warc_files
from migrate.errors import ShangyiError
from migrate.filenames import sent_name
from migrate.http import Response
from migrate.http.conditional import validators
from migrate.i18n import _
from migrate.notices import Moment, Read, Seen
from migrate.records import Resource, to_json
from migrate.urls import UrlRules, ascii_url, canonical, resolve

_MAX_HOPS = 6
_NEWEST_FILE = """SELECT digest FROM resources WHERE key = ? AND status = 200 AND reason = '' AND length > 0
  AND media_type <> 'text/html' ORDER BY capture DESC LIMIT 1"""
STAMP = "%Y%m%dT%H%M%SZ"
_COMMITTED = "policy.committed"
_TABLES = """
CREATE TABLE IF NOT EXISTS policy_lines (   -- each line that a list ever had
  source TEXT NOT NULL,
  key TEXT NOT NULL,
  state TEXT NOT NULL,                      -- before (the watch) | open | read | done
  first_seen TEXT NOT NULL,
  data TEXT NOT NULL,                       -- Seen as JSON
  reading TEXT NOT NULL DEFAULT '',         -- Read as JSON, once its page was read
  PRIMARY KEY (key, source)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS policy_lines_state ON policy_lines (state);
CREATE TABLE IF NOT EXISTS policy_lists (   -- how each list stands
  url TEXT PRIMARY KEY,
  begun_at TEXT NOT NULL DEFAULT '',        -- when it was read first
  asked_at TEXT NOT NULL DEFAULT '',
  good_at TEXT NOT NULL DEFAULT '',         -- when it was read last
  failing_since TEXT NOT NULL DEFAULT '',
  fault TEXT NOT NULL DEFAULT '',
  lines INTEGER NOT NULL DEFAULT 0          -- when it was read last
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS policy_follow (  -- notices that are asked again
  key TEXT PRIMARY KEY,
  asked_at TEXT NOT NULL,
  missing INTEGER NOT NULL DEFAULT 0,       -- times in a row that it was not there
  told TEXT NOT NULL DEFAULT ''             -- what was told of it last
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class ListState:
    """How a list stands."""

    url: str
    begun_at: str = ""
    asked_at: str = ""
    good_at: str = ""
    failing_since: str = ""
    fault: str = ""
    lines: int = 0


class Waiting(NamedTuple):
    """A line that is not done."""

    seen: Seen
    reading: Read | None
    """Once its page was read: it is to be imported."""


class Following(NamedTuple):
    """When a notice was asked again last, and what was found."""

    asked_at: str = ""
    missing: int = 0
    told: str = ""


class PolicyStore:
    """The archive of the watch, open for one round. Use `close` when done."""

    def __init__(self, ledger: Ledger, rules: UrlRules, now: datetime) -> None:
        """Read back what a crash left, and go on with the capture of the day or open it.

        Raises ShangyiError where the WARC files are not what the ledger says.
        """
        self.ledger = ledger
        self.folder = ledger.path.parent
        self._rules = rules
        self._now = now
        self._writer: WarcWriter | None = None
        prepare(ledger)
        self._recover()
        self.capture = self._open_capture()

    def close(self) -> None:
        """Close the WARC file."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    # captures: one a day

    def _open_capture(self) -> str:
        row = self.ledger.db.execute("SELECT max(stamp) FROM captures WHERE state = 'running'").fetchone()
        today = self._now.strftime("%Y%m%dT000000Z")
        running = row[0] or ""
        if running and running[:8] >= today[:8]:
            return str(running)
        if running:
            self._finish(running)
        last = self.ledger.db.execute("SELECT max(stamp) FROM captures").fetchone()[0] or ""
        stamp = today
        if last >= today:  # the clock was set back
            stamp = (datetime.strptime(last, STAMP) + timedelta(seconds=1)).strftime(STAMP)
        with self.ledger.transaction() as db:
            db.execute(
                "INSERT INTO captures (stamp, kind, state, started_at, settings) VALUES (?, 'delta', 'running', ?, ?)",
                (stamp, self._now.isoformat(timespec="seconds"), to_json({"hosts": sorted(self._rules.others)})),
            )
            self.ledger.set(_COMMITTED, {"capture": stamp, "file": "", "offset": 0})
        return stamp

    def _finish(self, stamp: str) -> None:
        seal(self.folder, stamp, {})
        with self.ledger.transaction() as db:
            db.execute(
                "UPDATE captures SET state = 'finished', finished_at = ? WHERE stamp = ?",
                (self._now.isoformat(timespec="seconds"), stamp),
            )

    def _recover(self) -> None:
        """Take what is whole beyond the last commit into the ledger, and cut the torn tail (design §4)."""
        committed = json.loads(self.ledger.get(_COMMITTED) or "{}")
        stamp, last, offset = committed.get("capture", ""), committed.get("file", ""), int(committed.get("offset", 0))
        files = [path for path in warc_files(self.folder) if stamp and path.name.startswith(f"{stamp}-")]
        if last and not any(path.name == last and path.stat().st_size >= offset for path in files):
            raise ShangyiError(
                _("The archive is damaged: {file} is shorter than the ledger says, or missing.").format(file=last),
                _("Put it back from a backup; or restore the ledger: shangyi archive policy rebuild"),
            )
        for path in files:
            if path.name < last:
                continue
            found = list(_taken(recover(path, offset if path.name == last else 0, self.folder / "spool")))
            with self.ledger.transaction():
                for exchange in found:
                    self._write_row(stamp, exchange.response, exchange.written)
                self.ledger.set(_COMMITTED, {"capture": stamp, "file": path.name, "offset": path.stat().st_size})

    # exchanges

    def keep(self, response: Response) -> Resource | None:
        """Put an exchange into the archive; return its row, that of the version it confirms for a 304.

        None where there was no answer: then it is noted. Raises ShangyiError where the disk is full.
        """
        writer = self._open_writer()
        try:
            if not response.status or response.error == "too-large":
                fields = {"fetchError": response.error, "status": str(response.status)}
                writer.write_note(response.url, response.started_at, fields)
                self._commit(writer)
                return None
            before = self.ledger.resource(self.key(response.url))
            digest = payload_digest(response)
            same = response.status == 200 and before is not None and before.ok and before.digest == digest
            if before is not None and (same or response.status == NOT_MODIFIED):
                writer.write(response, before.digest, _original(before))
                self._commit(writer)
                return before
            written = writer.write(response, digest)
            self._commit(writer, response, written)
            return self._row(self.capture, response, written)
        finally:
            response.discard()

    def _open_writer(self) -> WarcWriter:
        if self._writer is None:
            info = {
                "software": f"shangyi {__version__}",
                "format": "WARC File Format 1.1",
                "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
                "isPartOf": "policy",
                "description": f"notices of the sources in policy.yaml, {self.capture[:8]}",
            }
            self._writer = WarcWriter(self.folder / "warc", self.capture, info=info)
        return self._writer

    def _commit(self, writer: WarcWriter, response: Response | None = None, written: Written | None = None) -> None:
        writer.sync()
        file, offset = writer.place
        with self.ledger.transaction():
            if response is not None and written is not None:
                self._write_row(self.capture, response, written)
            self.ledger.set(_COMMITTED, {"capture": self.capture, "file": file, "offset": offset})

    def _write_row(self, stamp: str, response: Response, written: Written) -> None:
        write_row(self.ledger, self._row(stamp, response, written))

    def _row(self, stamp: str, response: Response, written: Written) -> Resource:
        return row_of(stamp, self.key(response.url), response, written, self._rules)

    def key(self, url: str) -> str:
        """Return what an address is known by. Raises ValueError where it can't be one."""
        return canonical(url, self._rules)

    def digest_of(self, url: str) -> str:
        """Return the digest of a file's bytes as they came last, through redirects; empty where they never came."""
        try:
            key = self.key(url)
        except ValueError:
            return ""
        for _hop in range(_MAX_HOPS):
            row = self.ledger.resource(key)
            if row is None or not row.location:
                break
            key = row.location
        found = self.ledger.db.execute(_NEWEST_FILE, (key,)).fetchone()
        return str(found[0]) if found else ""

    # lists and their lines

    def list_state(self, url: str) -> ListState:
        """Return how a list stands."""
        row = self.ledger.db.execute("SELECT * FROM policy_lists WHERE url = ?", (url,)).fetchone()
        return ListState(*row) if row else ListState(url)

    def write_list(self, state: ListState, lines: Iterable[tuple[Seen, str]] = ()) -> None:
        """Store how a list stands, and its new lines with their states, together."""
        with self.ledger.transaction() as db:
            values = [getattr(state, name) for name in ListState.__slots__]
            db.execute("INSERT OR REPLACE INTO policy_lists VALUES (?, ?, ?, ?, ?, ?, ?)", values)
            for seen, what in lines:
                write_line(db, seen, what)

    def knows(self, source: str, key: str) -> bool:
        """Say whether a source ever named a notice."""
        sql = "SELECT 1 FROM policy_lines WHERE key = ? AND source = ?"
        return self.ledger.db.execute(sql, (key, source)).fetchone() is not None

    def waiting(self) -> list[Waiting]:
        """Return what is not done, one line a notice and source, the oldest first."""
        rows = self.ledger.db.execute(
            "SELECT data, reading FROM policy_lines WHERE state IN ('open', 'read') ORDER BY first_seen, key"
        )
        return [Waiting(_seen_of(data), _read_of(reading) if reading else None) for data, reading in rows]

    def line(self, key: str) -> Seen | None:
        """Return the line that named a notice first, or None."""
        sql = "SELECT data FROM policy_lines WHERE key = ? ORDER BY first_seen, source DESC LIMIT 1"
        row = self.ledger.db.execute(sql, (key,)).fetchone()
        return _seen_of(row[0]) if row else None

    def is_settled(self, key: str) -> bool:
        """Say whether a notice is done, whoever named it."""
        sql = "SELECT 1 FROM policy_lines WHERE key = ? AND state = 'done'"
        return self.ledger.db.execute(sql, (key,)).fetchone() is not None

    def settle(self, seen: Seen) -> None:
        """Note that an address needs no page of its own, whether or not a list names it yet."""
        with self.ledger.transaction() as db:
            write_line(db, seen, "done")
            db.execute("UPDATE policy_lines SET state = 'done', reading = '' WHERE key = ?", (seen.key,))

    def done(self, keys: Iterable[str]) -> None:
        """Settle notices whose page is in the portal, and those that nobody wants."""
        with self.ledger.transaction() as db:
            for key in keys:
                db.execute("UPDATE policy_lines SET state = 'done', reading = '' WHERE key = ?", (key,))

    # what was asked again

    def following(self, key: str) -> Following:
        """Return when a notice was asked again last."""
        sql = "SELECT asked_at, missing, told FROM policy_follow WHERE key = ?"
        row = self.ledger.db.execute(sql, (key,)).fetchone()
        return Following(*row) if row else Following()

    def write_following(self, key: str, what: Following) -> None:
        """Store that a notice was asked again."""
        with self.ledger.transaction() as db:
            db.execute("INSERT OR REPLACE INTO policy_follow VALUES (?, ?, ?, ?)", (key, *what))


def prepare(ledger: Ledger) -> None:
    """Make the tables of the watch in a ledger where they are not there yet."""
    ledger.db.executescript(_TABLES)


def write_line(db: sqlite3.Connection, seen: Seen, state: str, reading: Read | None = None) -> None:
    """Store a line. Call inside a transaction."""
    db.execute(
        "INSERT OR REPLACE INTO policy_lines VALUES (?, ?, ?, ?, ?, ?)",
        (
            seen.source,
            seen.key,
            state,
            seen.first_seen.astimezone(UTC).isoformat(),
            to_json(_plain(seen)),
            to_json(_plain(reading)) if reading is not None else "",
        ),
    )


def write_row(ledger: Ledger, row: Resource) -> None:
    """Store an answer; one that is good stays over a bad one of the same capture. Call inside a transaction."""
    if not row.ok:
        there = ledger.answer_of(row.capture, row.key)
        if there is not None:
            return
    values = (
        row.capture, row.key, row.url, row.status, row.media_type, row.digest, row.length, row.warc_file,
        row.warc_offset, row.fetched_at, row.location, row.reason, row.encoding, row.filename, row.etag, row.modified,
    )  # fmt: skip
    ledger.db.execute(f"INSERT OR REPLACE INTO resources VALUES ({', '.join('?' * len(values))})", values)


def row_of(stamp: str, key: str, response: Response, written: Written, rules: UrlRules) -> Resource:
    """Return the row of an answer."""
    etag, modified = validators(response)
    disposition = response.header("Content-Disposition")
    return Resource(
        key=key,
        url=response.url,
        status=response.status,
        media_type=response.header("Content-Type").partition(";")[0].strip().lower(),
        digest=written.digest,
        length=response.length,
        warc_file=written.warc_file,
        warc_offset=written.warc_offset,
        fetched_at=iso(response.started_at),
        location=leads_to(response, rules),
        reason=response.error,
        capture=stamp,
        filename=sent_name(disposition) if disposition else "",
        etag=etag,
        modified=modified,
    )


def leads_to(response: Response, rules: UrlRules) -> str:
    """Return the canonical address that an answer redirects to; empty where it does not."""
    url = redirect_of(response)
    try:
        return canonical(url, rules) if url else ""
    except ValueError:
        return ""


def redirect_of(response: Response) -> str:
    """Return the address, as it is asked for, that an answer redirects to; empty where it does not."""
    location = response.header("Location") if 300 <= response.status < 400 else ""
    try:
        return ascii_url(resolve(response.url, location) or "") if location else ""
    except ValueError:
        return ""


def rebuild(folder: Path, ledger: Ledger, rules: UrlRules) -> tuple[int, int]:
    """Write the rows that the WARC files give into a new ledger; return (answers, places that can't be read).

    Lines and what was asked again are not in them: the next round reads the lists anew, and the portal knows the rest.
    """
    prepare(ledger)
    damages: list[Damage] = []
    answers, stamps = 0, []
    for path in warc_files(folder):
        stamp = path.name.rpartition("-")[0]
        stamps += [stamp] if stamp not in stamps else []
        with ledger.transaction() as db:
            db.execute(
                """INSERT OR IGNORE INTO captures (stamp, kind, state, started_at, finished_at)
                   VALUES (?, 'delta', 'finished', ?, ?)""",
                (stamp, stamp, stamp),
            )
            kept = 0
            for what, end in stored(path, 0, folder / "spool", damages.append):
                kept = end
                for exchange in _taken([what] if what is not None else []):
                    write_row(ledger, row_of(stamp, canonical(exchange.response.url, rules), exchange.response,
                                             exchange.written, rules))  # fmt: skip
                    answers += 1
            ledger.set(_COMMITTED, {"capture": stamp, "file": path.name, "offset": kept})
    if stamps:
        with ledger.transaction() as db:
            db.execute("UPDATE captures SET state = 'running', finished_at = '' WHERE stamp = ?", (stamps[-1],))
    return answers, len(damages)


def _taken(found: "Iterable[object]") -> Iterator[Exchange]:
    """Yield the exchanges that have a row of their own, each discarded once it was used: revisits only confirm."""
    for what in found:
        if isinstance(what, Exchange):
            try:
                if what.response.status != NOT_MODIFIED and what.original is None:
                    yield what
            finally:
                what.response.discard()


def _original(row: Resource) -> Original:
    return Original(row.url, row.fetched_at, row.warc_file, row.warc_offset)


def _plain(value: Seen | Read) -> dict[str, object]:
    """Return what passes to the portal as data that JSON can hold."""
    data: dict[str, object] = {name: getattr(value, name) for name in value.__slots__}
    data["published"] = [value.published.earliest.isoformat(), value.published.latest.isoformat()]
    if isinstance(value, Seen):
        data |= {"first_seen": value.first_seen.isoformat(), "within": value.within.total_seconds()}
    return data


def _moment(data: list[str]) -> Moment:
    return Moment(datetime.fromisoformat(data[0]), datetime.fromisoformat(data[1]))


def _seen_of(text: str) -> Seen:
    data = json.loads(text)
    data["published"] = _moment(data["published"])
    data["first_seen"] = datetime.fromisoformat(data["first_seen"])
    return Seen(**data | {"within": timedelta(seconds=data["within"])})


def _read_of(text: str) -> Read:
    data = json.loads(text)
    return Read(**data | {"published": _moment(data["published"])})
