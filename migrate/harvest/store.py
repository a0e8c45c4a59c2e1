"""What a running harvest knows, and how it is kept: in memory for at most a second, then WARC first, ledger second."""

import asyncio
import json
import sqlite3
from collections import Counter, OrderedDict, deque
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from migrate.archive.ledger import Ledger
from migrate.archive.seal import Growing
from migrate.archive.warc import Original, WarcWriter
from migrate.errors import ShangyiError
from migrate.harvest.aside import aside
from migrate.harvest.captures import COMMITTED, Capture, source_of
from migrate.harvest.targets import without_parameters
from migrate.harvest.verdict import ends_as_file
from migrate.i18n import _
from migrate.records import Finding, Resource, to_json

PAGE_CHECKS = ("harvest.mojibake", "harvest.empty", "harvest.long-url", "harvest.redirect-loop",
               "harvest.too-large-page", "harvest.unreadable", "harvest.media-type", "harvest.content-coding",
               "harvest.content-length", "harvest.broken-off", "harvest.endless", "harvest.tls",
               "harvest.not-rendered", "harvest.large-form", "harvest.list-stuck")  # fmt: skip
"""Findings about single pages and hosts, written as they are met; the others are counted from the rows at the end."""


LEARNED = "harvest.learned"
"""Small fact of the ledger: what the full capture and those that rest on it learned of the old server."""


class Job(NamedTuple):
    """One URL to fetch."""

    key: str
    url: str
    referrer: str
    depth: int
    tries: int
    form: str = ""
    """Form to POST, urlencoded; empty: GET."""


class _Pending:
    """Rows that are not committed yet."""

    def __init__(self) -> None:
        self.frontier: dict[str, tuple[object, ...]] = {}
        self.resources: dict[str, Resource] = {}
        self.links: dict[str, tuple[object, ...]] = {}
        self.counts: Counter[str] = Counter()
        self.findings: list[Finding] = []
        self.reread: list[str] = []
        self.dropped: list[str] = []
        self.originals: dict[str, Original] = {}
        self.learned: dict[str, object] = {}
        self.place = "", 0
        """WARC file and offset up to which it tells of everything."""

    def __bool__(self) -> bool:
        return bool(self.frontier or self.resources or self.links or self.counts or self.findings)


class Store:
    """The frontier and all rows that are not committed yet. Belongs to one thread; only `commit_aside` waits."""

    def __init__(self, ledger: Ledger, capture: Capture) -> None:
        """Load the capture's frontier; what failed earlier in it is queued again. Close it when done."""
        self.ledger = ledger
        self._out = Ledger(ledger.path)
        """Written to in another thread, while `ledger` is read in this one."""
        self._failed = False
        self.writing = asyncio.Lock()
        """Held from the writing of an answer until its URL is settled: no commit may fall between the two."""
        self.capture = capture
        self.from_source = bool(source_of(ledger, capture))
        """The answers come from a backup or a mirror: none can be asked for again."""
        self.writer: WarcWriter | None = None
        self.growing = Growing(self.folder)
        """What is known of the files that it writes, for their seal."""
        self.queue: OrderedDict[str, Job] = OrderedDict()
        db = ledger.db
        rows = db.execute(
            """SELECT key, url, referrer, depth, tries, form FROM frontier
               WHERE capture = ? AND state IN ('queued', 'failed') ORDER BY depth, key""",
            (capture.stamp,),
        )
        for row in rows:
            self.queue[row["key"]] = Job(*row)
        self._waiting = self._held_back()
        self._files = deque(filter(ends_as_file, self.queue))
        """Of the queue, and of what was in it, what will not have to be read."""
        self.known = {row[0] for row in db.execute("SELECT key FROM frontier WHERE capture >= ?", (capture.floor,))}
        self._payloads = {
            hash(row[0]) for row in db.execute("SELECT digest FROM resources WHERE capture >= ?", (capture.floor,))
        }
        self.linked = {row[0] for row in db.execute("SELECT target FROM links")}
        learned = json.loads(ledger.get(LEARNED) or "{}")
        if learned.get("floor") != capture.floor:
            learned = {}
        self.nonsense: set[str] = set(learned.get("nonsense", ()))
        """Likenesses of the answers to addresses that were made up."""
        self.doubts: dict[str, str] = dict(learned.get("doubts", {}))
        """Shape of a script's addresses → likeness of its answer to nonsense, while it answers all numbers so."""
        self.sessions: set[str] = set(learned.get("sessions", ()))
        """Query parameters that are session ids."""
        self._pending = _Pending()
        self._committing = _Pending()

    @property
    def folder(self) -> Path:
        """Return the site's archive folder."""
        return self.ledger.path.parent

    def close(self) -> None:
        """Close what it opened."""
        self._out.close()

    def _held_back(self) -> dict[str, list[Job]]:
        """Take forms out of the queue whose page is still to be asked for: it may hold newer ones, and servers refuse
        stale ones. Return them by page.
        """
        waiting: dict[str, list[Job]] = {}
        for job in [job for job in self.queue.values() if job.form and job.referrer in self.queue]:
            waiting.setdefault(job.referrer, []).append(job)
        for jobs in waiting.values():
            for job in jobs:
                del self.queue[job.key]
        return waiting

    # the frontier

    def enqueue(self, job: Job, refusal: str = "") -> None:
        """Take a URL into the frontier unless it is known: to be fetched, or skipped for a reason."""
        if job.key in self.known:
            return
        self.known.add(job.key)
        if refusal:
            self.settle(job, "skipped", refusal)
        else:
            self._pending.frontier[job.key] = self._row(job, "queued", "")
            self.queue[job.key] = job
            if ends_as_file(job.key):
                self._files.append(job.key)

    def next(self, *, file: bool = False) -> Job | None:
        """Take the next URL from the queue, or None; with `file`, the next that is a picture's or a file's, if there is
        one. It stays queued in the ledger until it is settled.
        """
        while file and self._files:
            if job := self.queue.pop(self._files.popleft(), None):
                return job
        return self.queue.popitem(last=False)[1] if self.queue else None

    def job(self, key: str) -> Job | None:
        """Return what the capture's frontier has of a URL, whatever its state, or None."""
        if waiting := self.queue.get(key):
            return waiting
        row: Any = self._pending.frontier.get(key) or self._committing.frontier.get(key)
        row = (
            row
            or self.ledger.db.execute(
                "SELECT * FROM frontier WHERE capture = ? AND key = ?", (self.capture.stamp, key)
            ).fetchone()
        )
        if row is None:
            return None
        _capture, _key, url, referrer, depth, _state, tries, _reason, form = row
        return Job(key, url, referrer, depth, tries, form)

    def again(self, job: Job) -> None:
        """Put a job first in the queue (a redirect that only changes the spelling)."""
        self._pending.frontier[job.key] = self._row(job, "queued", "")
        self.queue[job.key] = job
        self.queue.move_to_end(job.key, last=False)

    def hold(self, job: Job) -> None:
        """Let a URL that was fetched be asked for again if the run ends before it is settled anew."""
        self._pending.frontier[job.key] = self._row(job, "queued", "")

    def renew(self, key: str, form: str) -> None:
        """Let a form that is still to be sent be as its page holds it now."""
        if key in self.queue and self.queue[key].form != form:
            job = self.queue[key] = self.queue[key]._replace(form=form)
            self._pending.frontier[key] = self._row(job, "queued", "")

    def settle(self, job: Job, state: str, reason: str = "") -> None:
        """Say what came of a URL."""
        self.queue.pop(job.key, None)
        self._pending.frontier[job.key] = self._row(job, state, reason)
        for waiting in self._waiting.pop(job.key, ()):
            self.queue[waiting.key] = waiting

    def _row(self, job: Job, state: str, reason: str) -> tuple[object, ...]:
        return (self.capture.stamp, job.key, job.url, job.referrer, job.depth, state, job.tries, reason, job.form)

    def add_sessions(self, names: Iterable[str]) -> None:
        """Leave newly found session ids out of the keys of what is queued: each address once, whatever its session."""
        self.sessions.update(names)
        for job in [job for job in self.queue.values() if "#" not in job.key]:
            key = without_parameters(job.key, self.sessions)
            if key != job.key:
                self.settle(job, "skipped", "session")
                self.enqueue(job._replace(key=key))

    # what was fetched

    def add_resource(self, resource: Resource) -> None:
        """Keep a resource's row. A later answer in the same capture takes its place."""
        self._pending.resources[resource.key] = resource
        if _trusted(resource):
            self._payloads.add(hash(resource.digest))
            self._pending.originals.setdefault(
                resource.digest,
                Original(resource.url, resource.fetched_at, resource.warc_file, resource.warc_offset),
            )

    def as_before(self, job: Job) -> None:
        """Settle a URL whose answer before stands, with all that was read from it: it gets no row of its own."""
        self._pending.resources.pop(job.key, None)
        self._pending.dropped.append(job.key)  # a failure of this capture, perhaps
        self.settle(job, "fetched", "unchanged")

    def original(self, digest: str) -> Original | None:
        """Return where a payload is stored already, or None."""
        if hash(digest) not in self._payloads:
            return None  # most payloads are new: no need to ask the ledger
        for pending in (self._pending, self._committing):
            if found := pending.originals.get(digest):
                return found
        row = self.ledger.db.execute(
            """SELECT url, fetched_at, warc_file, warc_offset FROM resources
               WHERE digest = ? AND capture >= ? AND reason = '' AND status < 400 AND warc_file <> ''
               ORDER BY warc_file, warc_offset LIMIT 1""",
            (digest, self.capture.floor),
        ).fetchone()
        return Original(*row) if row else None

    def answered(self, key: str) -> Resource | None:
        """Return what this capture has of a URL, if it may be relied on, or None."""
        for pending in (self._pending, self._committing):
            if found := pending.resources.get(key):
                return found if found.ok else None
        return self.ledger.answer_of(self.capture.stamp, key)

    def believed(self, most: int) -> list[Resource]:
        """Return the first pages that this capture has committed and relies on, `most` at most."""
        return self.ledger.pages_of(self.capture.stamp, most)

    def stands(self, key: str) -> Resource | None:
        """Return the best answer for a URL so far, of this capture or any before, or None."""
        found = [pending.resources.get(key) for pending in (self._pending, self._committing)]
        known = [resource for resource in (*found, self.ledger.resource(key)) if resource]
        return max(known, key=lambda resource: (resource.ok, resource.fetched_at), default=None)

    def latest(self, key: str) -> Resource | None:
        """Return a URL's newest answer in the captures that this one rests on, or None."""
        if self.capture.kind == "full":
            return None
        return self.ledger.answer_before(key, self.capture.floor, self.capture.stamp)

    def read_before(self, key: str) -> bool:
        """Say whether a capture that this one rests on already counted this page's links."""
        if self.capture.kind == "full":
            return False
        row = self.ledger.db.execute(
            "SELECT 1 FROM resources WHERE key = ? AND capture < ? AND status = 200 AND reason = ''",
            (key, self.capture.stamp),
        ).fetchone()
        return row is not None

    def add_link(self, target: str, own: bool, referrer: str, context: str, text: str) -> None:
        """Keep the first link to a target."""
        self.linked.add(target)
        self._pending.links[target] = (target, int(own), referrer, text, context, 1)

    def link_text(self, target: str) -> str:
        """Return what a reader sees of the first link to a target."""
        for pending in (self._pending, self._committing):
            if target in pending.links:
                return str(pending.links[target][3])
        row = self.ledger.db.execute("SELECT text FROM links WHERE target = ?", (target,)).fetchone()
        return row[0] if row else ""

    def count_links(self, targets: Iterable[str]) -> None:
        """Count one more page that names these targets."""
        self._pending.counts.update(targets)

    def reread(self, key: str) -> None:
        """Drop what was found about a page earlier: it was fetched anew."""
        self._pending.reread.append(key)

    def add_finding(self, finding: Finding) -> None:
        """Keep a finding about one page."""
        self._pending.findings.append(finding)

    # to the disk

    def commit(self) -> None:
        """WARC synced, then rows committed: a row never tells of bytes that a power cut can take away (design §4).

        Raises ShangyiError where the disk is full. Then nothing more is written: the next run reads back from the WARC
        files what the ledger does not know.
        """
        self._write(self._cut())

    async def commit_aside(self) -> None:
        """As `commit`, in a thread: a disk takes its time, and many sites share one event loop."""
        async with self.writing:
            self._committing = self._cut()
        await aside(partial(self._write, self._committing))
        self._committing = _Pending()

    def _cut(self) -> _Pending:
        pending, self._pending = self._pending, _Pending()
        floor, nonsense, sessions = self.capture.floor, sorted(self.nonsense), sorted(self.sessions)
        pending.learned = {"floor": floor, "nonsense": nonsense, "doubts": dict(self.doubts), "sessions": sessions}
        if self.writer is not None:
            pending.place = self.writer.place
        return pending

    def _write(self, pending: _Pending) -> None:
        if not pending or self._failed:
            return
        self._failed = True
        if self.writer is not None:
            self.writer.sync()
            self.growing.reach(*pending.place)
        try:
            with self._out.transaction() as db:
                self._write_rows(db, pending)
        except sqlite3.Error as error:
            raise ShangyiError(
                _("The ledger {path} can't be written: {error}").format(path=self.ledger.path, error=error),
                _("Free some space and run the same command again: it goes on where it stopped."),
            ) from error
        self._failed = False

    def _write_rows(self, db: sqlite3.Connection, pending: _Pending) -> None:
        stamp = self.capture.stamp
        # What is all ASCII goes in as one statement each: row by row, this thread and the event loop's would take the
        # interpreter from each other thousands of times a second.
        db.execute(
            """INSERT OR REPLACE INTO frontier
               SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
                 json_extract(value, '$[3]'), json_extract(value, '$[4]'), json_extract(value, '$[5]'),
                 json_extract(value, '$[6]'), json_extract(value, '$[7]'), json_extract(value, '$[8]')
               FROM json_each(?)""",
            (to_json(list(pending.frontier.values())),),
        )
        db.executemany("DELETE FROM resources WHERE capture = ? AND key = ?", ((stamp, key) for key in pending.dropped))
        db.executemany(
            """INSERT OR REPLACE INTO resources (capture, key, url, status, media_type, digest, length, warc_file,
               warc_offset, fetched_at, location, reason, encoding, filename, etag, modified)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (
                (r.capture, r.key, r.url, r.status, r.media_type, r.digest, r.length, r.warc_file,
                 r.warc_offset, r.fetched_at, r.location, r.reason, r.encoding, r.filename, r.etag, r.modified)
                for r in pending.resources.values()
            ),
        )  # fmt: skip
        db.executemany(
            "INSERT INTO links VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (target) DO UPDATE SET count = count + 1",
            pending.links.values(),
        )
        db.execute(
            "UPDATE links SET count = count + counted.value FROM json_each(?) AS counted WHERE target = counted.key",
            (to_json(pending.counts),),
        )
        marks = ", ".join("?" * len(PAGE_CHECKS))
        db.execute(
            f"""DELETE FROM findings WHERE +stage = 'harvest' AND name IN ({marks})
                AND url IN (SELECT value FROM json_each(?))""",
            (*PAGE_CHECKS, to_json(pending.reread)),
        )
        self._out.add_findings("harvest", pending.findings)
        self._out.set(LEARNED, pending.learned)
        file, size = pending.place
        if file:
            self._out.set(COMMITTED, {"capture": stamp, "file": file, "offset": size})


def _trusted(resource: Resource) -> bool:
    return bool(resource.digest) and not resource.reason and resource.status < 400
