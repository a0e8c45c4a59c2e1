"""WARC 1.1 out (ISO 28500:2017): one gzip member a record, written whole, so a file can be cut after any record.

An exchange is a request record and its response (or revisit) record. The response is stored with its content coding
as sent and its transfer coding undone; the header that named the latter is kept as `X-Archive-Orig-Transfer-Encoding`.
What the ledger knows and no answer says is written down beside them, in warcinfo and metadata records of fields.
"""

import os
import struct
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from isal import igzip_lib, isal_zlib

from migrate.errors import disk_error
from migrate.http.types import HeaderPairs, Response, Spool

MAX_FILE = 1_000_000_000
"""A new WARC file is begun once one has this many bytes (the WARC guidelines' customary gigabyte)."""

LEVEL = 2
"""Of igzip: as small as zlib 6 at three times its speed (measured)."""

REVISIT_PROFILE = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED_PROFILE = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
"""WARC 1.1 §6.7.2 and §6.7.3: we compared the payloads, or we believe the server's 304."""

ORIGINAL_FILE = "WARC-Refers-To-Filename"
ORIGINAL_OFFSET = "WARC-Refers-To-File-Offset"
"""Extension fields (Heritrix writes them too): a revisit leads to its payload without an index."""

NOT_MODIFIED = 304

RENDERED = "text/html; charset=utf-8"
"""Media type of metadata records that hold a page as its scripts made it: they can stand for its answer."""

_WORTH_PACKING = 0.97
"""Of its length: what gets hardly smaller, as pictures do, is stored as it is, and is read four times as fast."""
_STORED = 0xFFFF
"""Bytes that one stored block holds at most."""
_GZIP_HEAD = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"

_PIECE = 1 << 20
_END = b"\r\n\r\n"
TRUNCATED = {"truncated": "disconnect", "too-large": "length", "too-slow": "time"}
"""Why an answer is not whole (http.Response.error) → WARC-Truncated (WARC 1.1 §5.13)."""

FIELDS = "application/warc-fields"
"""Media type of notes (WARC 1.1 §6.2)."""


@dataclass(frozen=True, slots=True)
class Original:
    """Where a payload is already stored."""

    url: str
    fetched_at: str
    warc_file: str
    warc_offset: int


@dataclass(frozen=True, slots=True)
class Written:
    """Where an exchange went."""

    warc_file: str
    warc_offset: int
    """Where the response or revisit record begins, in bytes of the file."""
    digest: str
    """`sha256:<hex>` of the stored body; empty without a body."""
    record_id: str = ""
    """Of the response or revisit record: other records can say that they belong to it."""


class Draft(NamedTuple):
    """An answer that is not spooled, without its body, and its request. Plain data: another process can make the
    records of it.
    """

    info_id: str
    """Of the warcinfo record of the file that they are for."""
    url: str
    date: str
    version: str
    status: int
    reason: str
    raw_headers: HeaderPairs
    request: bytes
    error: str


class Made(NamedTuple):
    """The records of an exchange as they will stand in the file, if it turns out that they are wanted there."""

    info_id: str
    """As in the draft."""
    record_id: str
    """Of the response record."""
    digest: str
    """As `digest_of` has it."""
    records: bytes
    begin: int
    """Where in them the response record begins: behind the request, if there is one."""


def make(draft: Draft, body: bytes, digest: str) -> Made:
    """Return the records of a draft and all of its body; `digest` is the body's."""
    ids = _Ids(_record_id(), _record_id())
    request = _request(draft, ids)
    fields = _answer_fields(draft, ids, digest)
    record = _record("response", fields, _stored_head(draft, len(body)) + body)
    return Made(draft.info_id, ids.answer, digest, request + record, len(request))


class _Ids(NamedTuple):
    request: str
    answer: str


def digest_of(body: bytes) -> str:
    """Return `sha256:<hex>` of a stored body; empty for an empty one."""
    return "sha256:" + sha256(body).hexdigest() if body else ""


def warc_files(folder: Path) -> list[Path]:
    """Return the WARC files of a site's archive folder, in the order in which they were written."""
    return sorted((folder / "warc").glob("*.warc.gz"))


def payload_digest(response: Response) -> str:
    """Return `sha256:<hex>` of an answer's stored body; empty for an empty one."""
    return f"sha256:{response.spool.sha256}" if response.spool else digest_of(response.body)


def iso(moment: datetime) -> str:
    """Return a moment as WARC-Date has it: UTC, with microseconds (WARC 1.1 §5.4)."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="microseconds")[: -len("+00:00")] + "Z"


class WarcWriter:
    """Appends exchanges to `<folder>/<stamp>-<serial>.warc.gz`; call `sync` before you tell anybody about them."""

    def __init__(self, folder: Path, stamp: str, *, info: Mapping[str, str], max_file: int = MAX_FILE) -> None:
        """Go on with the capture's last file, or begin its first. `info` goes into a warcinfo record of each file and
        of each run.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._stamp = stamp
        self._info = info
        self._max_file = max_file
        self._open_file = threading.Lock()
        self._size = 0
        files = sorted(folder.glob(f"{stamp}-*.warc.gz"))
        self._serial = int(files[-1].name.removesuffix(".warc.gz").rsplit("-", 1)[1]) if files else 0
        self._open()

    @property
    def place(self) -> tuple[str, int]:
        """Return (file name, size in bytes): everything before it is whole records."""
        return self._path.name, self._size

    def draft(self, response: Response) -> Draft:
        """Return what `make` needs besides the body of an answer."""
        return Draft(
            self._info_id, response.url, iso(response.started_at), response.version, response.status, response.reason,
            response.raw_headers, response.request, response.error,
        )  # fmt: skip

    def write(
        self, response: Response, digest: str, original: Original | None = None, made: Made | None = None
    ) -> Written:
        """Write one exchange; with `original`, a revisit record that leads there instead of the body.

        `digest` is `payload_digest(response)`, for a 304 that of the original. `made` are the answer's records, where
        somebody made them already. Raises ShangyiError where the disk is full.
        """
        if self._size >= self._max_file:
            self._next_file()
        if original is not None or response.spool is not None:
            return self._write_in_pieces(response, digest, original)
        if made is None or made.info_id != self._info_id:  # or of a file that was full before its turn came
            made = make(self.draft(response), response.body, digest)
        place = self._path.name, self._size + made.begin
        self._append([made.records])
        return Written(*place, digest, made.record_id)

    def _write_in_pieces(self, response: Response, digest: str, original: Original | None) -> Written:
        draft, ids = self.draft(response), _Ids(_record_id(), _record_id())
        request = _request(draft, ids)
        fields, head = _answer_fields(draft, ids, digest), _stored_head(draft, response.length)
        if original is not None:
            pieces = iter(self._revisit(fields, head, original, response.status))
        else:
            assert response.spool is not None
            pieces = _large_record("response", fields, head, response.spool)
        place = self._path.name, self._size + len(request)
        self._append(chain([request + next(pieces)], pieces))
        return Written(*place, digest, ids.answer)

    def write_metadata(
        self, url: str, date: datetime, content_type: str, block: bytes, *, concurrent_to: str = ""
    ) -> Written:
        """Write what is known of a URL besides its answer; `concurrent_to` is the record id of the answer, if there is.

        Raises ShangyiError where the disk is full.
        """
        record_id = _record_id()
        fields = {"WARC-Record-ID": record_id, "WARC-Date": iso(date), "WARC-Target-URI": url}
        if concurrent_to:
            fields["WARC-Concurrent-To"] = concurrent_to
        fields |= {"WARC-Warcinfo-ID": self._info_id, "Content-Type": content_type}
        place = self._path.name, self._size
        self._append([_record("metadata", fields, block)])
        return Written(*place, digest_of(block), record_id)

    def write_note(self, url: str, date: datetime, fields: Mapping[str, str]) -> None:
        """Write fields down about a URL. Raises ShangyiError where the disk is full."""
        self.write_metadata(url, date, FIELDS, _fields(fields))

    def _revisit(self, fields: dict[str, str], head: bytes, original: Original, status: int) -> Iterable[bytes]:
        fields |= {
            "WARC-Profile": REVISIT_PROFILE,
            "WARC-Refers-To-Target-URI": original.url,
            "WARC-Refers-To-Date": original.fetched_at,
            ORIGINAL_FILE: original.warc_file,
            ORIGINAL_OFFSET: str(original.warc_offset),
        }
        if status == NOT_MODIFIED:
            return self._not_modified(fields | {"WARC-Profile": NOT_MODIFIED_PROFILE}, head)
        return [_record("revisit", fields, head)]

    def _not_modified(self, fields: Mapping[str, str], head: bytes) -> Iterable[bytes]:
        """Return a revisit record without a block: replay shows the block's status, and nobody wants to see a 304.

        What the server sent lies beside it, as metadata.
        """
        beside = {
            "WARC-Record-ID": _record_id(),
            "WARC-Date": fields["WARC-Date"],
            "WARC-Target-URI": fields["WARC-Target-URI"],
            "WARC-Warcinfo-ID": fields["WARC-Warcinfo-ID"],
            "WARC-Concurrent-To": fields["WARC-Record-ID"],
            "Content-Type": fields["Content-Type"],
        }
        return [_record("revisit", fields, b""), _record("metadata", beside, head)]

    def sync(self) -> None:
        """Return once everything written so far is on the disk, or raise ShangyiError. May run beside `write`."""
        try:
            with self._open_file:
                os.fsync(self._file.fileno())
        except OSError as error:
            raise disk_error(error, self._path) from error

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _append(self, pieces: Iterable[bytes]) -> None:
        size = self._size
        try:
            for piece in pieces:
                written = 0
                while written < len(piece):
                    written += self._file.write(piece[written:])
                size += written
        except OSError as error:
            # Leave whole records behind; if even that fails, the next run cuts the torn tail.
            self._file.truncate(self._size)
            raise disk_error(error, self._path) from error
        self._size = size

    def _next_file(self) -> None:
        self.sync()
        with self._open_file:
            self.close()
            self._serial += 1
            self._open()

    def _open(self) -> None:
        self._path = self._folder / f"{self._stamp}-{self._serial:05d}.warc.gz"
        self._info_id = _record_id()
        try:
            self._file = self._path.open("ab", buffering=0)
            self._size = self._file.tell()
            fresh = not self._size
            self._append([self._warcinfo()])
            if fresh:
                _sync_folder(self._folder)
        except OSError as error:
            raise disk_error(error, self._path) from error

    def _warcinfo(self) -> bytes:
        fields = {
            "WARC-Record-ID": self._info_id,
            "WARC-Date": iso(datetime.now(UTC)),
            "WARC-Filename": self._path.name,
            "Content-Type": FIELDS,
        }
        return _record("warcinfo", fields, _fields(self._info))


def _record(kind: str, fields: Mapping[str, str], block: bytes) -> bytes:
    head = _head(kind, fields, sha256(block).hexdigest(), len(block))
    plain = b"".join((head, block, _END))
    packed: bytes = igzip_lib.compress(plain, LEVEL, igzip_lib.COMP_GZIP)
    return packed if len(packed) < _WORTH_PACKING * len(plain) else _unpacked(plain)


def _unpacked(plain: bytes) -> bytes:
    """Return a gzip member that holds bytes as they are (RFC 1951, 3.2.4: stored blocks)."""
    starts = range(0, len(plain), _STORED)
    view = memoryview(plain)
    pieces: list[bytes | memoryview] = [_GZIP_HEAD]
    for start in starts:
        piece = view[start : start + _STORED]
        pieces += [struct.pack("<BHH", start == starts[-1], len(piece), len(piece) ^ _STORED), piece]
    pieces.append(struct.pack("<II", isal_zlib.crc32(plain), len(plain) & 0xFFFFFFFF))
    return b"".join(pieces)


def _large_record(kind: str, fields: Mapping[str, str], http_head: bytes, body: Spool) -> Iterator[bytes]:
    """Yield the pieces of a record whose body lies on disk; it is read twice: for the digest of the block."""
    digest = sha256(http_head)
    for piece in _pieces(body.path):
        digest.update(piece)
    stream = isal_zlib.compressobj(LEVEL, wbits=16 + isal_zlib.MAX_WBITS)
    head = _head(kind, fields, digest.hexdigest(), len(http_head) + body.length)
    yield stream.compress(head + http_head)
    for piece in _pieces(body.path):
        yield stream.compress(piece)
    yield stream.compress(_END) + stream.flush()


def _head(kind: str, fields: Mapping[str, str], digest: str, length: int) -> bytes:
    lines = ["WARC/1.1", f"WARC-Type: {kind}", *(f"{name}: {value}" for name, value in fields.items())]
    lines += [f"WARC-Block-Digest: sha256:{digest}", f"Content-Length: {length}", "\r\n"]
    return "\r\n".join(lines).encode()


def _request(draft: Draft, ids: _Ids) -> bytes:
    """Return the request's record; empty where there is no request."""
    if not draft.request:
        return b""
    fields = {
        "WARC-Record-ID": ids.request,
        "WARC-Date": draft.date,
        "WARC-Target-URI": draft.url,
        "WARC-Warcinfo-ID": draft.info_id,
        "WARC-Concurrent-To": ids.answer,
        "Content-Type": "application/http; msgtype=request",
    }
    return _record("request", fields, draft.request)


def _answer_fields(draft: Draft, ids: _Ids, digest: str) -> dict[str, str]:
    fields = {
        "WARC-Record-ID": ids.answer,
        "WARC-Date": draft.date,
        "WARC-Target-URI": draft.url,
        "WARC-Warcinfo-ID": draft.info_id,
        "Content-Type": "application/http; msgtype=response",
    }
    if draft.request:
        fields["WARC-Concurrent-To"] = ids.request
    if draft.error in TRUNCATED:
        fields["WARC-Truncated"] = TRUNCATED[draft.error]
    if digest:
        fields["WARC-Payload-Digest"] = digest
    return fields


def _stored_head(draft: Draft, length: int) -> bytes:
    """Return status line and headers as they are stored: as sent, but for a transfer coding that was undone; `length`
    is the body's.
    """
    line = f"HTTP/{draft.version} {draft.status} {draft.reason}".rstrip()
    chunked = any(name.lower() == b"transfer-encoding" for name, _value in draft.raw_headers)
    pairs = _unchunked(draft.raw_headers, length) if chunked else draft.raw_headers
    return b"".join(
        [line.encode("utf-8", "surrogateescape"), b"\r\n", *(b"%s: %s\r\n" % pair for pair in pairs), b"\r\n"]
    )


def _unchunked(headers: HeaderPairs, length: int) -> HeaderPairs:
    kept = [
        (b"X-Archive-Orig-Transfer-Encoding" if name.lower() == b"transfer-encoding" else name, value)
        for name, value in headers
        if name.lower() != b"content-length"
    ]
    return (*kept, (b"Content-Length", str(length).encode()))


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def _fields(fields: Mapping[str, str]) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode()


def _record_id() -> str:
    """Return the URN of a random UUID (RFC 9562 §5.4). The library takes thrice as long, and each answer needs two."""
    raw = os.urandom(16)
    digits = raw.hex()
    variant = "89ab"[raw[8] & 3]
    return f"<urn:uuid:{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}>"


def _sync_folder(folder: Path) -> None:
    """Make a new file's name survive a power cut. Windows can't open folders and doesn't need it."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
