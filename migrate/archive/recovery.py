"""After a crash: which exchanges lie whole beyond what the ledger knows, and where the torn tail begins."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from migrate.archive.reading import StoredRecord

_STEP = 1 << 16


@dataclass(frozen=True, slots=True)
class StoredExchange:
    """A request and its answer, both whole."""

    warc_file: str
    request: StoredRecord
    response: StoredRecord


def whole_members(path: Path, start: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield (begin, end, content) of each whole gzip member from byte `start` on; the checksums are right."""
    with path.open("rb") as file:
        file.seek(start)
        pending = b""
        while True:
            stream = zlib.decompressobj(16 + zlib.MAX_WBITS)
            parts: list[bytes] = []
            used = 0
            while not stream.eof:
                data = pending or file.read(_STEP)
                pending = b""
                if not data:
                    return
                try:
                    parts.append(stream.decompress(data))
                except zlib.error:
                    return
                used += len(data)
            pending = stream.unused_data
            end = start + used - len(pending)
            yield start, end, b"".join(parts)
            start = end


def recover(path: Path, start: int) -> Iterator[StoredExchange]:
    """Yield the whole exchanges from byte `start` on, then cut off what follows the last of them.

    `start` is where committed records end. The file is cut only when the iterator is used up.
    """
    keep = start
    request: StoredRecord | None = None
    for begin, end, content in whole_members(path, start):
        record = _parse(begin, content)
        if record is None:
            break
        if record.kind == "warcinfo" and request is None:
            keep = end
        elif record.kind == "request":
            request = record
        elif record.kind in ("response", "revisit") and _belongs(request, record):
            assert request is not None
            keep = end
            yield StoredExchange(path.name, request, record)
            request = None
    if path.stat().st_size > keep:
        with path.open("r+b") as file:
            file.truncate(keep)


def _belongs(request: StoredRecord | None, response: StoredRecord) -> bool:
    return request is not None and request.fields.get("warc-concurrent-to") == response.fields.get("warc-record-id")


def _parse(begin: int, content: bytes) -> StoredRecord | None:
    head, mark, rest = content.partition(b"\r\n\r\n")
    lines = head.decode("utf-8", "replace").split("\r\n")
    if not mark or not lines[0].startswith("WARC/"):
        return None
    fields = {name.lower(): value.strip() for name, _colon, value in (line.partition(":") for line in lines[1:])}
    length = fields.get("content-length", "")
    if not length.isdigit() or len(rest) < int(length):
        return None
    return StoredRecord(fields.get("warc-type", ""), begin, fields, rest[: int(length)])
