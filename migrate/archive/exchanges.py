"""What a WARC file of ours holds, read back: exchanges as the client gave them, and notes of what gave no answer."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from migrate.archive.reading import split_http, status_of, unreadable
from migrate.archive.stream import Damage, Record, records
from migrate.archive.warc import (
    FIELDS,
    NOT_MODIFIED,
    NOT_MODIFIED_PROFILE,
    ORIGINAL_FILE,
    ORIGINAL_OFFSET,
    RENDERED,
    TRUNCATED,
    Written,
    digest_of,
)
from migrate.http.body import Body
from migrate.http.types import Response

_ERRORS = {value: name for name, value in TRUNCATED.items()}
_MAX_HEAD = 1 << 18
_MAX_BLOCK = 1 << 24
_HEAD_END = b"\r\n\r\n"
_HOPS = 4


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer."""

    response: Response
    """Of a revisit without its body. Who takes it discards it."""
    form: str
    """Form that was posted; empty: GET."""
    written: Written
    original: tuple[str, int] | None
    """Of a revisit, file and offset of the record that it refers to for its body."""
    request_missing: bool
    """The archive should have the request and can't give it: whether a form was posted isn't known."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was written down beside the exchanges: a warcinfo or metadata record of fields."""

    kind: str
    url: str
    date: datetime
    fields: dict[str, str]
    """Names as written."""


@dataclass(frozen=True, slots=True)
class Sight:
    """A page as a browser saw it after its answer had come."""

    url: str
    page: bytes
    """HTML in UTF-8."""
    written: Written
    answer_id: str
    """Record id of the answer."""


class Stored(NamedTuple):
    """One thing that is whole, and where it ends, in bytes of the file."""

    what: Exchange | Note | Sight | None
    """None: something that is neither."""
    end: int


def stored(path: Path, start: int, spool: Path, damaged: Callable[[Damage], None]) -> Iterator[Stored]:
    """Yield what one of our WARC files holds from byte `start` on, as far as it is whole; large bodies lie in `spool`.

    What was taken from an archive that has no requests has none here.
    """
    request = _NO_REQUEST
    with path.open("rb") as file:
        for record in records(file, damaged, start):
            what: Exchange | Note | Sight | None = None
            if record.kind == "request":
                request = _Request(record.fields.get("warc-record-id", ""), _block(record))
                continue
            if record.kind in ("response", "revisit"):
                what = _exchange(path.name, record, request, spool)
                request = _NO_REQUEST
            elif record.fields.get("content-type") == FIELDS:
                what = _note(record)
            elif record.kind == "metadata" and record.fields.get("content-type") == RENDERED:
                what = _sight(path.name, record)
            if record.whole():
                yield Stored(what, record.end)
            elif isinstance(what, Exchange):
                what.response.discard()


def with_payload(folder: Path, exchange: Exchange, spool: Path) -> Response:
    """Return the answer of an exchange, of a revisit with the body that it refers to.

    Raises ShangyiError where that can't be read.
    """
    place = exchange.original
    for _hop in range(_HOPS):
        if place is None:
            break
        path = folder / "warc" / Path(place[0]).name
        found = next((item.what for item in stored(path, place[1], spool, _nobody)), None) if path.is_file() else None
        if not isinstance(found, Exchange) or found.written.warc_offset != place[1]:
            raise unreadable(folder, *place)
        if found.original is None:
            return replace(exchange.response, body=found.response.body, spool=found.response.spool)
        place = found.original
    return exchange.response


def _nobody(_damage: Damage) -> None:
    """Nothing is done about damage here: what is missing is told of by who needs it."""


class _Request(NamedTuple):
    record_id: str
    block: bytes


_NO_REQUEST = _Request("", b"")


def _exchange(name: str, record: Record, request: _Request, spool: Path) -> Exchange:
    head = b""
    while _HEAD_END not in head and len(head) < _MAX_HEAD and (more := record.read()):
        head += more
    head, _mark, beginning = head.partition(_HEAD_END)
    body = Body(spool)
    body.add(beginning)
    while more := record.read():
        body.add(more)
    line, headers, _empty = split_http(head)
    version, _blank, rest = line.partition(" ")
    fields = record.fields
    kept, spooled = body.finish()
    response = Response(
        url=fields.get("warc-target-uri", ""),
        status=NOT_MODIFIED if fields.get("warc-profile") == NOT_MODIFIED_PROFILE else status_of(line),
        reason=rest.partition(" ")[2],
        version=version.removeprefix("HTTP/"),
        raw_headers=headers,
        body=kept,
        request=request.block,
        started_at=datetime.fromisoformat(fields["warc-date"]),
        error=_ERRORS.get(fields.get("warc-truncated", ""), ""),
        spool=spooled,
    )
    offset = fields.get(ORIGINAL_OFFSET.lower(), "")
    return Exchange(
        response=response,
        form=request.block.partition(_HEAD_END)[2].decode("ascii", "replace"),
        written=Written(name, record.offset, fields.get("warc-payload-digest", ""), fields.get("warc-record-id", "")),
        original=(fields.get(ORIGINAL_FILE.lower(), ""), int(offset)) if offset.isdecimal() else None,
        request_missing=fields.get("warc-concurrent-to", "") not in ("", request.record_id),
    )


def _note(record: Record) -> Note:
    lines = (line.partition(": ") for line in _block(record).decode("utf-8", "replace").split("\r\n"))
    fields = {name: value for name, _colon, value in lines if name}
    date = datetime.fromisoformat(record.fields["warc-date"])
    return Note(record.kind, record.fields.get("warc-target-uri", ""), date, fields)


def _sight(name: str, record: Record) -> Sight:
    fields, page = record.fields, _block(record)
    written = Written(name, record.offset, digest_of(page), fields.get("warc-record-id", ""))
    return Sight(fields.get("warc-target-uri", ""), page, written, fields.get("warc-concurrent-to", ""))


def _block(record: Record) -> bytes:
    """Return the block of a request, note or sight, which are small."""
    block = b""
    while len(block) < _MAX_BLOCK and (more := record.read()):
        block += more
    return block
