"""The records of a WARC or ARC file as a stream: gzipped or not, however large, and as far as they can be read.

Where a file is damaged, reading goes on at the next place where a record begins; what was passed over is reported.
Also read are files that other programs write a little wrong: many records in one gzip member, one record in several.
"""

import re
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import BinaryIO, NamedTuple, Protocol

_STEP = 1 << 16
_MAX_HEAD = 1 << 18
"""Longest head of a record that is read, in bytes."""
_GZIP = 16 + zlib.MAX_WBITS
_TEXT = re.compile(rb"[\r\n -~]+")
_MAGIC = b"\x1f\x8b\x08"
_WARC = b"WARC/"
_LINE_END = re.compile(rb"\r*\n")
_HEAD_END = re.compile(rb"\r*\n\r*\n")
_BEGIN = re.compile(rb"\n(?:WARC/[01]\.\d|https?://[^\r\n]+ [\d.]+ \d{14} [^\r\n]+ \d+\r*\n)")
_ARC = re.compile(r"(\S.*) ([\d.:a-fA-F]+) (\d{14}) (\S+)(?: .*)? (\d+)")
"""URL, address, date, media type, what version 2 adds, length (Arc File Format, Internet Archive 1996)."""


class Damage(NamedTuple):
    """A place where a file can't be read."""

    offset: int
    """In bytes of the file: where the record begins, or the gzip member that holds it."""
    reason: str
    """`data` (gzip's checksum or code is wrong), `torn` (the file ends within a record), `head` (no record begins where
    one should)."""


class Broken(Exception):
    """Reading can't go on here."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Record:
    """One record, whose block is read as a stream before the next record is asked for."""

    def __init__(self, source: "_Source", offset: int, fields: dict[str, str]) -> None:
        self.offset = offset
        """Where it begins, in bytes of the file; of several in one gzip member, where that begins."""
        self.fields = fields
        """Header fields, names in lower case; of an ARC record those that a WARC record would have."""
        self.length = int(fields["content-length"])
        """Bytes of its block."""
        self._source = source
        self._left = self.length
        self.damage = ""
        """Why it can't be read to its end; known once that was tried."""
        self.end = 0
        """Where it ends, in bytes of the file; known once it was read to its end. 0: within a gzip member."""

    @property
    def kind(self) -> str:
        """Return `response`, `request`, `revisit`, `resource`, `warcinfo`, `metadata` …"""
        return self.fields.get("warc-type", "")

    def read(self, size: int = _STEP) -> bytes:
        """Return the next bytes of the block, at most `size`; empty at its end, and where it can't be read."""
        if not self._left or self.damage:
            return b""
        try:
            data = self._source.read(min(size, self._left))
            if not data:
                raise Broken("torn")
        except Broken as error:
            self.damage = error.reason
            return b""
        self._left -= len(data)
        return data

    def whole(self) -> bool:
        """Read to the record's end; return whether all of it is there and, of a gzipped one, its checksum right."""
        while self.read():
            pass
        if not self.end and not self.damage:
            try:
                self.end = self._source.end_record()
            except Broken as error:
                self.damage = error.reason
        return not self.damage


class _Source(Protocol):
    """A file without its gzip."""

    place: int
    """Where the newest record begins, in bytes of the file, or what stands there instead."""

    def begin(self) -> bool:
        """Go past line breaks to the next record; return whether there is one."""

    def peek(self, size: int) -> bytes:
        """Return the next bytes without going past them; of a gzip member no more than it has."""

    def read(self, size: int) -> bytes:
        """Return the next bytes, at most `size`; empty at the file's end."""

    def end_record(self) -> int:
        """Go past the line breaks that end a record; return where it ends in the file, 0 within a gzip member."""

    def resume(self) -> bool:
        """After damage, go to the next place where a record begins; return whether there is one."""


def records(file: BinaryIO, damaged: Callable[[Damage], None], start: int = 0) -> Iterator[Record]:
    """Yield the records of a seekable WARC or ARC file from byte `start` on; report where they can't be read.

    A record's damage is known, and reported, once the record after it is asked for.
    """
    file.seek(start)
    source: _Source = _Plain(file, start) if _TEXT.fullmatch(file.read(8)) else _Gzip(file, start)
    while True:
        try:
            if not source.begin():
                return
            record = Record(source, source.place, _head(source))
            yield record
            if not record.whole():
                raise Broken(record.damage)
        except Broken as error:
            damaged(Damage(source.place, error.reason))
            if not source.resume():
                return


def _head(source: _Source) -> dict[str, str]:
    size = 1 << 12
    while True:
        ahead = source.peek(size)
        if ahead[: len(_WARC)] != _WARC:
            end = ahead.find(b"\n") + 1
            if end or len(ahead) < size:
                return _arc_fields(_text(source.read(end).strip()), torn=_WARC.startswith(ahead))
        elif found := _HEAD_END.search(ahead):
            return _warc_fields(source.read(found.end()))
        elif len(ahead) < size:
            raise Broken("torn")
        if size >= _MAX_HEAD:
            raise Broken("head")
        size *= 4


def _arc_fields(line: str, *, torn: bool) -> dict[str, str]:
    found = _ARC.fullmatch(line)
    if found is None:
        raise Broken("torn" if torn else "head")
    url, address, stamp, media_type, length = found.groups()
    try:
        date = datetime.strptime(stamp, "%Y%m%d%H%M%S").isoformat() + "Z"
    except ValueError:
        raise Broken("head") from None
    info = url.startswith("filedesc:")
    return {
        "warc-type": "warcinfo" if info else "response",
        "warc-target-uri": url,
        "warc-date": date,
        "warc-ip-address": address,
        "content-type": media_type if info else "application/http; msgtype=response",
        "content-length": length,
    }


def _warc_fields(head: bytes) -> dict[str, str]:
    fields: dict[str, str] = {}
    last = ""
    for line in _LINE_END.split(head.rstrip())[1:]:
        text = _text(line)
        if text[:1] in (" ", "\t"):  # folded lines (WARC 1.1 §4) go on with the field above
            fields[last] = f"{fields.get(last, '')} {text.strip()}"
            continue
        name, _colon, value = text.partition(":")
        last = name.strip().lower()
        fields[last] = value.strip()
    length = fields.get("content-length", "")
    if not (length.isascii() and length.isdecimal() and len(length) < 19):
        raise Broken("head")
    return fields


def _text(line: bytes) -> str:
    """Return a line as text. Fields are UTF-8; addresses as some servers spell them are GBK."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("gb18030", "replace")


class _Plain:
    """A file that is not compressed."""

    def __init__(self, file: BinaryIO, start: int) -> None:
        self._file = file
        self.place = start
        file.seek(start)

    def begin(self) -> bool:
        ahead = self._pass_breaks()
        self.place = self._file.tell()
        return bool(ahead)

    def peek(self, size: int) -> bytes:
        here = self._file.tell()
        data = self._file.read(size)
        self._file.seek(here)
        return data

    def read(self, size: int) -> bytes:
        return self._file.read(size)

    def end_record(self) -> int:
        if self.peek(1) not in (b"\r", b"\n", b""):
            raise Broken("head")
        self._pass_breaks()
        return self._file.tell()

    def _pass_breaks(self) -> bytes:
        while (ahead := self.peek(1)) in (b"\r", b"\n"):
            self._file.read(1)
        return ahead

    def resume(self) -> bool:
        self._file.seek(self.place)
        while len(ahead := self.peek(_STEP)) > len(_WARC):
            if found := _BEGIN.search(ahead):
                self._file.seek(found.start() + 1, 1)
                return True
            self._file.seek(max(1, len(ahead) - 16), 1)
        return False


class _Gzip:
    """A file of gzip members, one after the other; zlib compares the checksum at the end of each."""

    def __init__(self, file: BinaryIO, start: int) -> None:
        self._file = file
        self._open(start)

    def _open(self, start: int) -> None:
        self.place = start
        self._file.seek(start)
        self._packed = b""
        self._read_to = start
        self._stream: zlib._Decompress | None = None
        self._ready = b""
        """Unpacked bytes of one member, never of two."""

    def _next(self) -> bool:
        """Enter the next member; return whether there is one."""
        rest = self._stream.unused_data if self._stream else b""
        self.place = self._read_to - len(rest)
        while len(rest) < len(_MAGIC) and (more := self._file.read(_STEP)):
            rest += more
            self._read_to += len(more)
        if not rest:
            return False
        if not rest.startswith(_MAGIC):
            raise Broken("torn" if _MAGIC.startswith(rest) else "head")
        self._packed = rest
        self._stream = zlib.decompressobj(_GZIP)
        return True

    def _unpack(self) -> bool:
        """Unpack more of the member; return whether there is more."""
        while self._stream is not None and not self._stream.eof:
            if not self._packed:
                self._packed = self._file.read(_STEP)
                self._read_to += len(self._packed)
                if not self._packed:
                    raise Broken("torn")
            try:
                data = self._stream.decompress(self._packed, _STEP)
            except zlib.error:
                raise Broken("data") from None
            self._packed = self._stream.unconsumed_tail
            if data:
                self._ready += data
                return True
        return False

    def _fill(self) -> bool:
        """Have bytes ready, of the next member if this one has no more; return whether there are any."""
        while not self._ready:
            if not self._unpack() and not self._next():
                return False
        return True

    def begin(self) -> bool:
        while self._fill():
            self._ready = self._ready.lstrip(b"\r\n")
            if self._ready:
                return True
        return False

    def peek(self, size: int) -> bytes:
        while len(self._ready) < size and self._unpack():
            pass
        return self._ready[:size]

    def read(self, size: int) -> bytes:
        place = self.place
        self._fill()
        self.place = place  # of the record that is read, though it may go on in the next member
        data, self._ready = self._ready[:size], self._ready[size:]
        return data

    def end_record(self) -> int:
        while True:
            self._ready = self._ready.lstrip(b"\r\n")
            if self._ready:
                return 0
            if not self._unpack():
                return self._read_to - len(self._stream.unused_data if self._stream else b"")

    def resume(self) -> bool:
        """Only trying tells members from what looks like one."""
        place = self.place + 1
        while True:
            self._file.seek(place)
            ahead = self._file.read(_STEP)
            found = ahead.find(_MAGIC)
            if found >= 0:
                place += found
                if self._begins_record(place):
                    self._open(place)
                    return True
                place += 1
            elif len(ahead) <= len(_MAGIC):
                return False
            else:
                place += len(ahead) - len(_MAGIC) + 1

    def _begins_record(self, place: int) -> bool:
        self._file.seek(place)
        try:
            beginning = zlib.decompressobj(_GZIP).decompress(self._file.read(_STEP), 1 << 10)
        except zlib.error:
            return False
        return beginning.startswith(_WARC) or _ARC.match(_text(beginning.partition(b"\n")[0].strip())) is not None
