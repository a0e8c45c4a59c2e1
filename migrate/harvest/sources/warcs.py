"""WARC, ARC and WACZ files of other programs: wget, Heritrix, warcio, Browsertrix, ArchiveWeb.page …

A revisit record leads to the bytes it stands for by their digest, or by address and date (WARC 1.1 §6.7); where they
lie is looked up in all files, once there is a first such record.
"""

import base64
import hashlib
import sqlite3
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, NamedTuple

from migrate.archive.stream import Damage, Record, records
from migrate.archive.warc import NOT_MODIFIED
from migrate.harvest.sources.containers import Container, containers
from migrate.harvest.sources.http import NoHttp, moment_of, read_answer, sendable, with_body
from migrate.harvest.sources.types import Answer, Notes
from migrate.http import Response
from migrate.i18n import _
from migrate.records import Finding, Level
from migrate.urls import UrlRules, host_of

_MAX_REQUEST = 1 << 24
_FORM = "application/x-www-form-urlencoded"


class _Request(NamedTuple):
    record_id: str
    concurrent_to: str
    url: str
    block: bytes

    @property
    def method(self) -> str:
        return self.block[:16].partition(b" ")[0].decode("latin-1")

    @property
    def form(self) -> str | None:
        """Return the form that was posted, None where it was something else."""
        head, _mark, body = self.block.partition(b"\r\n\r\n")
        lines = [line.partition(b":") for line in head.lower().split(b"\r\n")]
        types = [value.strip().decode("latin-1") for name, _colon, value in lines if name == b"content-type"]
        return body.decode() if body.isascii() and types and types[0].startswith(_FORM) else None


class _Seen(NamedTuple):
    """An answer whose request may be still to come."""

    record: Record
    response: Response


class Warcs:
    """The answers in some WARC, ARC and WACZ files."""

    kind = "warc"

    def __init__(self, paths: list[Path], rules: UrlRules, spool: Path, limit: int) -> None:
        """`rules` say which hosts are the site's; `limit` is the largest body that is taken, in bytes."""
        self.notes = Notes()
        self._rules = rules
        self._spool = spool
        self._limit = limit
        self._containers: list[Container] = []
        self._payloads: _Payloads | None = None
        for path in paths:
            found, whole = containers(path, spool)
            self._containers += found
            if not whole:
                self._find("damaged", "", _("{file} is no whole zip file."), path.name)

    def leads_to(self, key: str) -> str:
        """Return nothing: links in WARC files are as they were."""
        return ""

    def answers(self) -> Generator[Answer, None, None]:
        """Yield the site's own answers, file by file."""
        try:
            for container in self._containers:
                with container.open() as file:
                    for seen, request in self._paired(container.name, file):
                        yield from self._told(container.name, seen, request)
        finally:
            if self._payloads is not None:
                self._payloads.close()

    def _paired(self, name: str, file: BinaryIO) -> Iterator[tuple[_Seen, _Request | None]]:
        """Yield answers with their requests, which stand before them or behind them."""
        request: _Request | None = None
        seen: _Seen | None = None
        for record in records(file, lambda damage: self._damaged(name, damage)):
            if record.kind == "request":
                asked = _request(record)
                if seen is not None and _together(asked, seen):
                    yield seen, asked
                    seen = None
                else:
                    request = asked
            elif record.kind in ("response", "revisit", "resource"):
                if seen is not None:
                    yield seen, None
                seen = self._seen(name, record)
                if seen is not None and request is not None and _together(request, seen):
                    yield seen, request
                    seen = None
                request = None
        if seen is not None:
            yield seen, None

    def _seen(self, name: str, record: Record) -> _Seen | None:
        """Read an answer of the site's own; None where it is none."""
        fields = record.fields
        url = sendable(fields.get("warc-target-uri", ""))
        host = host_of(url)
        if not self._rules.owns(host):
            if host:
                self.notes.foreign[host] += 1
            return None
        digest = _Digest(fields.get("warc-block-digest", ""))
        pieces = digest.over(iter(record.read, b""))
        try:
            response = self._read(record, url, pieces)
        except NoHttp:
            self.notes.leave_out("no-http", url)
            return None
        for _rest in pieces:
            pass
        if not record.whole() or (fields.get("warc-truncated") and record.kind != "revisit"):
            response = replace(response, error=response.error or "truncated")
        elif not digest.right:
            self._find("digest", url, _("{file}, byte {n}: its digest is wrong."), name, record.offset)
        return _Seen(record, response)

    def _read(self, record: Record, url: str, pieces: Iterator[bytes]) -> Response:
        """Return the answer that a record holds. Raises NoHttp."""
        moment = moment_of(record.fields.get("warc-date", ""))
        if record.kind == "resource":
            headers = ((b"Content-Type", record.fields.get("content-type", "").encode()),)
            bare = Response(url, 200, "OK", raw_headers=headers, started_at=moment)
            return with_body(bare, pieces, self._spool, self._limit)
        if record.kind == "revisit" and not record.length:
            return Response(url, NOT_MODIFIED, started_at=moment)
        return read_answer(url, moment, pieces, self._spool, self._limit)

    def _told(self, name: str, seen: _Seen, request: _Request | None) -> Iterator[Answer]:
        response, form = seen.response, ""
        if request is not None:
            posted = request.form if request.method == "POST" else ""
            if request.method not in ("GET", "POST") or posted is None:
                self.notes.leave_out("method", response.url)
                response.discard()
                return
            response, form = replace(response, request=request.block), posted
        if seen.record.kind == "revisit":
            original = self._original(seen.record)
            if original is None:
                self.notes.leave_out("revisit", response.url)
                message = _("{file}, byte {n}: it stands for another record, which is missing.")
                self._find("revisit", response.url, message, name, seen.record.offset)
                return
            response = _as_original(response, original)
        yield Answer(response, form)

    def _original(self, revisit: Record) -> Response | None:
        """Return the answer whose bytes a revisit record stands for, or None."""
        if self._payloads is None:
            self._payloads = _Payloads(self._containers)
        for number, offset, url, date in self._payloads.places(revisit):
            with self._containers[number].open() as file:
                for record in records(file, lambda _damage: None, offset):
                    if record.offset != offset:
                        break
                    if (record.fields.get("warc-target-uri"), record.fields.get("warc-date")) == (url, date):
                        return self._payload(record)
        return None

    def _payload(self, record: Record) -> Response | None:
        try:
            found = self._read(record, record.fields.get("warc-target-uri", ""), iter(record.read, b""))
        except NoHttp:
            return None
        if record.whole() and not found.error:
            return found
        found.discard()
        return None

    def _damaged(self, name: str, damage: Damage) -> None:
        words = {
            "data": _("{file}, byte {n}: what is stored there was changed or is damaged."),
            "torn": _("{file}, byte {n}: the file ends in the middle of a record."),
            "head": _("{file}, byte {n}: no record begins where one should."),
        }
        self._find("damaged", "", words[damage.reason], name, damage.offset)

    def _find(self, check: str, url: str, message: str, file: str, offset: int = 0) -> None:
        hint = _("What could be read was taken. Is there a better copy of the file?")
        text = message.format(file=file, n=offset)
        self.notes.findings.append(Finding(Level.WARNING, f"source.{check}", url, text, hint))


class _Payloads:
    """Where the bytes lie that revisit records stand for; on disk, gone when closed."""

    def __init__(self, held: list[Container]) -> None:
        # An empty name: on the disk, and gone with the connection. One thread at a time asks it, not always the same.
        self._db = sqlite3.connect("", check_same_thread=False)
        self._db.execute("CREATE TABLE payloads (digest, url, date, number, offset)")
        for number, container in enumerate(held):
            with container.open() as file:
                self._db.executemany("INSERT INTO payloads VALUES (?, ?, ?, ?, ?)", _payload_rows(number, file))
        self._db.execute("CREATE INDEX by_digest ON payloads (digest)")
        self._db.execute("CREATE INDEX by_url ON payloads (url, date)")

    def places(self, revisit: Record) -> Iterator[tuple[int, int, str, str]]:
        """Yield (container, offset, address, date) of records that a revisit may stand for, the likeliest first."""
        fields = revisit.fields
        url, date = fields.get("warc-target-uri", ""), fields.get("warc-date", "")
        digest = fields.get("warc-payload-digest", "").lower()
        wanted = "SELECT number, offset, url, date FROM payloads WHERE"
        first = fields.get("warc-refers-to-target-uri", url), fields.get("warc-refers-to-date", "")
        yield from self._db.execute(
            f"{wanted} digest = ? AND digest <> '' ORDER BY url = ? DESC LIMIT 3", (digest, url)
        )
        yield from self._db.execute(f"{wanted} url = ? AND date = ? AND digest IN ('', ?) LIMIT 1", (*first, digest))
        if fields.get("warc-profile", "").endswith("server-not-modified"):
            yield from self._db.execute(f"{wanted} url = ? AND date < ? ORDER BY date DESC LIMIT 1", (url, date))

    def close(self) -> None:
        self._db.close()


def _payload_rows(number: int, file: BinaryIO) -> Iterator[tuple[str, str, str, int, int]]:
    for record in records(file, lambda _damage: None):
        if record.kind in ("response", "resource"):
            fields = record.fields
            digest = fields.get("warc-payload-digest", "").lower()
            yield digest, fields.get("warc-target-uri", ""), fields.get("warc-date", ""), number, record.offset


class _Digest:
    """Compares what is read with the digest that a record names."""

    def __init__(self, told: str) -> None:
        name, _colon, self._value = told.partition(":")
        try:
            self._hash = hashlib.new(name.lower().replace("-", ""), usedforsecurity=False) if self._value else None
        except ValueError:
            self._hash = None

    def over(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            if self._hash is not None:
                self._hash.update(piece)
            yield piece

    @property
    def right(self) -> bool:
        """Say whether all that was read has the digest; of an unknown kind any has."""
        if self._hash is None:
            return True
        return self._value.lower() in (self._hash.hexdigest(), base64.b32encode(self._hash.digest()).decode().lower())


def _request(record: Record) -> _Request:
    block = b""
    while len(block) < _MAX_REQUEST and (piece := record.read()):
        block += piece
    fields = record.fields
    url = fields.get("warc-target-uri", "")
    return _Request(fields.get("warc-record-id", ""), fields.get("warc-concurrent-to", ""), url, block)


def _together(request: _Request, seen: _Seen) -> bool:
    """Say whether a request and an answer that stand side by side belong together."""
    fields = seen.record.fields
    other = fields.get("warc-concurrent-to", "")
    if request.concurrent_to or other:
        return request.concurrent_to == fields.get("warc-record-id") or other == request.record_id
    return request.url == fields.get("warc-target-uri")


def _as_original(response: Response, original: Response) -> Response:
    """Return a revisit's answer with the bytes it stands for. A 304 says nothing but that the first one still holds."""
    if response.status == NOT_MODIFIED:
        return replace(original, url=response.url, started_at=response.started_at, request=response.request)
    return replace(response, body=original.body, spool=original.spool, error="")
