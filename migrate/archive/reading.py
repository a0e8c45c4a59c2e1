"""WARC in: one record by file and offset, or all records of a file as far as it can be read.

Also for the portal, which serves archived pages from the WARC files alone; needs no ledger.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from fastwarc.warc import ArchiveIterator
from isal import isal_zlib

from migrate.archive.warc import NOT_MODIFIED, ORIGINAL_FILE, ORIGINAL_OFFSET, RENDERED
from migrate.errors import ShangyiError
from migrate.http.content import MAX_DECODED, content_codings, decoded_body
from migrate.http.types import HeaderPairs
from migrate.i18n import _

PIECE = 1 << 20
"""Bytes of a body that are in memory at once where it is read in pieces."""
_HOPS = 4
_STEP = 1 << 18
_MAX_HEAD = 1 << 18
"""Longest head of a WARC record that is read, in bytes."""


class TooLarge(ShangyiError):
    """A stored body that is larger, content coding undone, than what its reader takes: a trap more often than not."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            _("The stored answer is larger than {n} MB once unpacked: it was not read.").format(n=limit // 1_000_000),
            _("Nothing is lost, its bytes are in the archive. Look at it by hand."),
        )


class Headers:
    """HTTP headers as sent; `get` doesn't mind the case."""

    def __init__(self, pairs: HeaderPairs) -> None:
        self.pairs = pairs

    def get(self, name: str, default: str = "") -> str:
        """Return the first value of a header (Latin-1), or the default."""
        wanted = name.lower().encode("latin-1")
        for key, value in self.pairs:
            if key.lower() == wanted:
                return value.decode("latin-1").strip()
        return default


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """One WARC record."""

    kind: str
    """`response`, `request`, `revisit`, `warcinfo` …"""
    offset: int
    """Where it begins, in bytes of the file."""
    fields: dict[str, str]
    """WARC header fields, names in lower case."""
    block: bytes
    """All of it; its beginning where no more was asked for."""
    length: int
    """Bytes of the whole block."""

    def http(self) -> tuple[str, HeaderPairs, bytes]:
        """Return (first line, headers, body) of an HTTP message."""
        return split_http(self.block)


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """One archived answer of the old site."""

    url: str
    status: int
    headers: Headers
    body: bytes
    """Without content coding: what a reader sees."""
    raw_body: bytes
    """As sent and stored: what the digest is of."""
    fetched_at: str
    """ISO 8601, UTC."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One archived answer with a body of any size."""

    headers: Headers
    head: bytes
    """The first bytes of the body, content coding undone: a piece at most, or all that had a content coding."""
    pieces: Callable[[], Iterator[bytes]]
    """Yields all of it, from the first byte at each call. Raises ShangyiError where it is torn."""


def split_http(block: bytes) -> tuple[str, HeaderPairs, bytes]:
    """Return (first line, headers, body) of a stored HTTP message."""
    head, _mark, body = block.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    pairs = tuple((name, value.strip()) for name, _colon, value in (line.partition(b":") for line in lines[1:]))
    return lines[0].decode("utf-8", "replace"), pairs, body


def status_of(line: str) -> int:
    """Return the status of an HTTP answer's first line; 0 where it has none."""
    parts = line.split(" ", 2)
    return int(parts[1]) if len(parts) > 1 and len(parts[1]) == 3 and parts[1].isdecimal() else 0


def read_response(folder: Path, warc_file: str, offset: int, *, limit: int | None = None) -> StoredResponse:
    """Return the answer stored in a site's archive folder at (file, offset); a revisit's payload is followed.

    `limit` is the most bytes of its body, for pages MAX_PAGE; without one, only what content codings hold is limited.
    Raises TooLarge beyond it, ShangyiError where there is no such record, or the file is missing or damaged there.
    """
    first, payload, _place = _stored_at(folder, warc_file, offset)
    return _response(first, payload, limit)


def read_in_pieces(folder: Path, warc_file: str, offset: int) -> StoredFile:
    """Return the answer stored at (file, offset), to be read in pieces of PIECE bytes; a revisit's payload is followed.

    What was sent with a content coding is one piece: it is undone in memory, up to MAX_DECODED. Raises as
    `read_response`; where a body longer than a piece is torn, its reader is told.
    """
    first, payload, place = _stored_at(folder, warc_file, offset, PIECE)
    _line, pairs, begun = payload.http()
    is_coded = bool(content_codings(pairs)) or decoded_body(pairs, begun) is not begun
    whole = len(payload.block) == payload.length
    if whole and first is payload and not is_coded:  # as most are: not taken apart and copied once more
        return StoredFile(Headers(pairs), begun, lambda: iter((begun,)))
    if payload.kind == "response" and not whole and not is_coded:
        head = len(payload.block) - len(begun)
        return StoredFile(Headers(_head(first, payload)[1]), begun, partial(_pieces, folder, *place, head))
    answer = _response(first, payload, None) if whole else read_response(folder, warc_file, offset)
    return StoredFile(answer.headers, answer.body, lambda: iter((answer.body,)))


def _pieces(folder: Path, warc_file: str, offset: int, head: int) -> Iterator[bytes]:
    """Yield a record's block but for its first bytes."""
    left = 1
    try:
        with _path(folder, warc_file).open("rb") as file:
            file.seek(offset)
            record = next(ArchiveIterator(file, parse_http=False))
            left = record.content_length - len(record.reader.read(head))
            while left and (piece := record.reader.read(PIECE)):
                left -= len(piece)
                yield piece
    except (OSError, ValueError, EOFError, StopIteration) as error:
        raise unreadable(folder, warc_file, offset) from error
    if left:
        raise unreadable(folder, warc_file, offset)


def _head(first: StoredRecord, payload: StoredRecord) -> tuple[str, HeaderPairs]:
    """Return (first line, headers) of an answer."""
    line, pairs, _body = first.http()
    # a 304 says nothing but that the first answer still holds
    return payload.http()[:2] if status_of(line) in (0, NOT_MODIFIED) else (line, pairs)


def _response(first: StoredRecord, payload: StoredRecord, limit: int | None) -> StoredResponse:
    line, pairs = _head(first, payload)
    raw_body = payload.http()[2]
    most = MAX_DECODED if limit is None else limit
    body = decoded_body(pairs, raw_body, most + 1)
    if len(body) > most and (limit is not None or body is not raw_body):
        raise TooLarge(most)
    return StoredResponse(
        url=first.fields.get("warc-target-uri", "").strip("<>"),
        status=status_of(line),
        headers=Headers(pairs),
        body=body,
        raw_body=raw_body,
        fetched_at=first.fields.get("warc-date", ""),
    )


def read_raw_body(folder: Path, warc_file: str, offset: int) -> bytes:
    """Return the stored body of an answer as it was sent. Raises ShangyiError as `read_response`."""
    return _stored_at(folder, warc_file, offset)[1].http()[2]


def _stored_at(
    folder: Path, warc_file: str, offset: int, most: int = -1
) -> tuple[StoredRecord, StoredRecord, tuple[str, int]]:
    """Return (record, the record that holds its payload, that one's file and offset); `most` as `iter_records`."""
    first = payload = _record_at(folder, warc_file, offset, most)
    found = warc_file, offset
    for _hop in range(_HOPS):
        if payload.kind != "revisit":
            break
        place = payload.fields.get(ORIGINAL_FILE.lower(), ""), payload.fields.get(ORIGINAL_OFFSET.lower(), "")
        if not place[0] or not (place[1].isascii() and place[1].isdecimal()):
            raise unreadable(folder, warc_file, offset)
        found = place[0], int(place[1])
        payload = _record_at(folder, *found, most)
    if payload.kind == "metadata" and payload.fields.get("content-type") == RENDERED:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: " + RENDERED.encode() + b"\r\n\r\n"
        page = replace(payload, block=head + payload.block, length=len(head) + payload.length)
        return page, page, found
    if payload.kind != "response":
        raise unreadable(folder, warc_file, offset)
    return first, payload, found


def iter_records(path: Path, start: int = 0, most: int = -1) -> Iterator[StoredRecord]:
    """Yield the records of a WARC file from byte `start` on, in order; stops at what is torn or damaged.

    `most` is how many bytes of each block are read, if not all.
    """
    with path.open("rb") as file:
        file.seek(start)
        yield from _records(file, most)


def _records(file: BinaryIO, most: int) -> Iterator[StoredRecord]:
    try:
        for record in ArchiveIterator(file, parse_http=False):
            block = record.reader.read(most)
            if len(block) < (record.content_length if most < 0 else min(most, record.content_length)):
                return
            yield _stored(record, block)
    except (OSError, ValueError, EOFError):
        return


def _stored(record: Any, block: bytes) -> StoredRecord:
    fields = {name.lower(): value for name, value in record.headers.items()}
    return StoredRecord(fields.get("warc-type", ""), record.stream_pos, fields, block, record.content_length)


def _path(folder: Path, warc_file: str) -> Path:
    return folder / "warc" / Path(warc_file).name


def _record_at(folder: Path, warc_file: str, offset: int, most: int) -> StoredRecord:
    path = _path(folder, warc_file)
    if offset < 0 or not path.is_file():
        raise unreadable(folder, warc_file, offset)
    record = _in_member(path, offset, most) or next(iter_records(path, offset, most), None)
    if record is None or record.offset != offset:
        raise unreadable(folder, warc_file, offset)
    return record


def _in_member(path: Path, offset: int, most: int) -> StoredRecord | None:
    """Return the record that the gzip member at `offset` holds; None where that is none, or does not hold all of it.

    FastWARC, which reads what is left, unpacks under Python's lock: several threads that read files would wait for
    each other.
    """
    stream = isal_zlib.decompressobj(wbits=16 + isal_zlib.MAX_WBITS)
    pieces: list[bytes] = []
    left = most + _MAX_HEAD
    with path.open("rb", buffering=0) as file:
        file.seek(offset)
        try:
            while not stream.eof and (most < 0 or left > 0) and (packed := stream.unconsumed_tail or file.read(_STEP)):
                pieces.append(stream.decompress(packed, PIECE))
                left -= len(pieces[-1])
        except isal_zlib.error:  # type: ignore[misc]  # its stub takes the class for an instance
            return None
    member = b"".join(pieces)
    record = _own(member, most) or next(_records(io.BytesIO(member), most), None)
    return replace(record, offset=offset) if record is not None else None


def _own(member: bytes, most: int) -> StoredRecord | None:
    """Return the record of a member; None where that is not as this program writes them, or not whole.

    FastWARC copies what it reads once more, and as long again under Python's lock.
    """
    end = member.find(b"\r\n\r\n")
    version, *lines = member[: max(end, 0)].decode("utf-8", "replace").split("\r\n")
    pairs = [line.partition(": ") for line in lines]
    if version != "WARC/1.1" or not all(colon and " " not in name for name, colon, _value in pairs):
        return None
    fields = {name.lower(): value for name, _colon, value in pairs}
    length = fields.get("content-length", "")
    if not (length.isascii() and length.isdecimal()):
        return None
    wanted = int(length) if most < 0 else min(most, int(length))
    block = member[end + 4 : end + 4 + wanted]
    return StoredRecord(fields.get("warc-type", ""), 0, fields, block, int(length)) if len(block) == wanted else None


class Unreadable(ShangyiError):
    """What stands at a place of the archive can't be read."""


def unreadable(folder: Path, warc_file: str, offset: int) -> Unreadable:
    """Return what to tell of an answer that can't be read."""
    return Unreadable(
        _("The archive has no readable answer at {file}, byte {offset}.").format(
            file=folder / "warc" / warc_file, offset=offset
        ),
        _("Is the archives folder complete? Compare it with its backup."),
    )
