"""Is the archive still what was fetched? Every record of every WARC file is read, and every row of the ledger followed.

Compared are gzip's checksums, the digests of blocks and payloads, what revisits refer to, what the ledger says stands
where, and the seals of finished captures. Memory doesn't grow with the archive.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from migrate.archive.ledger import Ledger
from migrate.archive.seal import seals, sha256_of
from migrate.archive.stream import Damage, Record, records
from migrate.archive.warc import ORIGINAL_FILE, ORIGINAL_OFFSET, RENDERED, warc_files
from migrate.i18n import _
from migrate.records import Finding, Level

STAGE = "archive"
"""Under which the ledger keeps these findings."""

_HEAD_END = b"\r\n\r\n"
_MAX_HTTP_HEAD = 1 << 18
_ANSWERS = ("response", "revisit")


@dataclass(frozen=True, slots=True)
class Verified:
    """What was read and compared."""

    files: int
    records: int
    bytes: int
    """Of the WARC files."""
    rows: int
    """Rows of the ledger that were followed to their bytes."""
    sealed: int
    """Files that are, byte for byte, as they were when their capture was finished."""
    findings: tuple[Finding, ...]


class _Stored(NamedTuple):
    """A record that could be read, as it is noted down."""

    file: str
    offset: int
    kind: str
    url: str
    digest: str
    """Of the payload."""
    original_file: str
    original_offset: int


def verify(folder: Path, ledger: Ledger | None, progress: Callable[[int, int], None]) -> Verified:
    """Return what was read of a site's archive, and what is wrong with it; `progress` is told (files, of)."""
    with closing(sqlite3.connect("")) as notes:  # an empty name: on the disk, and gone with the connection
        notes.execute(
            """CREATE TABLE stored (file, offset, kind, url, digest, original_file, original_offset,
               PRIMARY KEY (file, offset)) WITHOUT ROWID"""
        )
        verifying = _Verifying(folder, ledger, notes)
        verifying.read_files(progress)
        verifying.compare()
        return verifying.result()


class _Verifying:
    """One verification: what it read and found so far."""

    def __init__(self, folder: Path, ledger: Ledger | None, notes: sqlite3.Connection) -> None:
        self._files = warc_files(folder)
        self._seals = seals(folder)
        self._ledger = ledger
        self._notes = notes
        self._findings: list[Finding] = []
        self._damaged: set[tuple[str, int]] = set()
        self._records = self._rows = self._sealed = 0

    def read_files(self, progress: Callable[[int, int], None]) -> None:
        for number, path in enumerate(self._files):
            progress(number, len(self._files))
            known = len(self._findings)
            damages: list[Damage] = []
            with path.open("rb") as file:
                for record in records(file, damages.append):
                    self._read(path.name, record)
            for damage in damages:
                self._tell_damage(path.name, damage)
            self._compare_seal(path, told=len(self._findings) > known)
        progress(len(self._files), len(self._files))
        for name in sorted(self._seals.keys() - {path.name for path in self._files}):
            self._find("missing-file", "", _("The file {file} is missing.").format(file=name))

    def _read(self, name: str, record: Record) -> None:
        fields, block, payload = record.fields, sha256(), sha256()
        head: bytes | None = b"" if record.kind == "response" else None
        length = 0
        while piece := record.read():
            block.update(piece)
            if head is not None:
                head += piece
                before, mark, piece = head.partition(_HEAD_END)
                head = None if mark or len(before) > _MAX_HTTP_HEAD else head
            if head is None:
                payload.update(piece)
                length += len(piece)
        if not record.whole():
            return
        self._records += 1
        url = fields.get("warc-target-uri", "").strip("<>")
        if fields.get("warc-block-digest") != f"sha256:{block.hexdigest()}":
            self._find("digest", url, _("{place}: the digest of the record is wrong.").format(place=_at(name, record)))
        seen = record.kind == "metadata" and fields.get("content-type") == RENDERED
        digest = f"sha256:{block.hexdigest()}" if seen else fields.get("warc-payload-digest", "")
        if record.kind == "response" and digest != (f"sha256:{payload.hexdigest()}" if length else ""):
            self._find("digest", url, _("{place}: the digest of the answer is wrong.").format(place=_at(name, record)))
        offset = fields.get(ORIGINAL_OFFSET.lower(), "")
        original = fields.get(ORIGINAL_FILE.lower(), ""), int(offset) if offset.isdecimal() else -1
        self._notes.execute(
            "INSERT INTO stored VALUES (?, ?, ?, ?, ?, ?, ?)",
            _Stored(name, record.offset, record.kind, url, digest, *original),
        )

    def _tell_damage(self, name: str, damage: Damage) -> None:
        self._damaged.add((name, damage.offset))
        words = {
            "data": _("{file}, byte {n}: what is stored there was changed or is damaged."),
            "torn": _("{file}, byte {n}: the file ends in the middle of a record."),
            "head": _("{file}, byte {n}: no record begins where one should."),
        }
        place = words[damage.reason].format(file=name, n=damage.offset)
        interrupted = damage.reason == "torn" and name == self._files[-1].name and name not in self._seals
        if interrupted:
            self._find(
                "damaged",
                "",
                place,
                _("A run was interrupted there. Run the harvest again: it cuts the end off and goes on."),
                Level.NOTE,
            )
        else:
            self._find("damaged", self._affected(name, damage.offset), place)

    def _affected(self, name: str, offset: int) -> str:
        """Return the URL whose record is damaged: by the ledger, or by the answer that follows a request."""
        if self._ledger is not None:
            row = self._ledger.db.execute(
                "SELECT key FROM resources WHERE warc_file = ? AND warc_offset = ?", (name, offset)
            ).fetchone()
            if row is not None:
                return str(row[0])
        following = self._notes.execute(
            "SELECT kind, url FROM stored WHERE file = ? AND offset > ? ORDER BY offset LIMIT 1", (name, offset)
        ).fetchone()
        return following[1] if following and following[0] in _ANSWERS else ""

    def _compare_seal(self, path: Path, *, told: bool) -> None:
        expected = self._seals.get(path.name)
        if expected is None:
            return
        if expected == sha256_of(path):
            self._sealed += 1
        elif not told:
            self._find(
                "changed",
                "",
                _("{file} is not as it was when its capture was finished, though all its records are.").format(
                    file=path.name
                ),
            )

    def compare(self) -> None:
        """Follow revisits to what they refer to, and the ledger's rows to their bytes."""
        lost = self._notes.execute(
            """SELECT r.file, r.offset, r.url, r.original_file, r.original_offset FROM stored AS r
               LEFT JOIN stored AS o ON o.file = r.original_file AND o.offset = r.original_offset
               WHERE r.kind = 'revisit' AND (o.kind IS NULL OR o.kind NOT IN ('response', 'revisit')
                 OR (r.digest <> '' AND o.digest <> r.digest))"""
        )
        for file, offset, url, original_file, original_offset in lost:
            self._find(
                "revisit",
                url,
                _("{file}, byte {n}: its bytes should be at {other}, byte {m}, and are not.").format(
                    file=file, n=offset, other=original_file, m=original_offset
                ),
            )
        if self._ledger is not None:
            for finding in self._lost_rows(self._ledger):
                self._findings.append(finding)

    def _lost_rows(self, ledger: Ledger) -> Iterator[Finding]:
        rows = ledger.db.execute(
            "SELECT key, url, digest, warc_file, warc_offset FROM resources WHERE warc_file <> '' ORDER BY 4, 5"
        )
        for key, url, digest, file, offset in rows:
            self._rows += 1
            found = self._notes.execute(
                "SELECT url, digest FROM stored WHERE file = ? AND offset = ? AND kind NOT IN ('request', 'warcinfo')",
                (file, offset),
            ).fetchone()
            if found != (url, digest) and (file, offset) not in self._damaged:
                yield _finding(
                    "row",
                    key,
                    _("{file}, byte {n}: its answer should be there, and is not.").format(file=file, n=offset),
                )

    def _find(self, name: str, url: str, message: str, hint: str = "", level: Level = Level.ERROR) -> None:
        self._findings.append(_finding(name, url, message, hint, level))

    def result(self) -> Verified:
        size = sum(path.stat().st_size for path in self._files)
        return Verified(len(self._files), self._records, size, self._rows, self._sealed, tuple(self._findings))


def _finding(name: str, url: str, message: str, hint: str = "", level: Level = Level.ERROR) -> Finding:
    return Finding(level, f"{STAGE}.{name}", url, message, hint or _("Put the file back from a backup."))


def _at(name: str, record: Record) -> str:
    return _("{file}, byte {n}").format(file=name, n=record.offset)
