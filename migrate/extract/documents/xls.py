"""Excel before 2007: BIFF records ([MS-XLS]) in a compound file. Reads what cells say, and nothing else."""

import struct
from collections.abc import Iterator

from migrate.extract.documents.compound import stream_of
from migrate.extract.documents.types import Piece, Unread

_BOF, _EOF, _CONTINUE = 0x0809, 0x000A, 0x003C
_FILEPASS, _BOUNDSHEET, _SST = 0x002F, 0x0085, 0x00FC
_LABELSST, _LABEL, _RSTRING, _NUMBER, _RK, _MULRK, _FORMULA, _STRING = (
    0x00FD, 0x0204, 0x00D6, 0x0203, 0x027E, 0x00BD, 0x0006, 0x0207,
)  # fmt: skip
_BIFF8 = 0x0600
_SHORT = 11


def cells(payload: bytes) -> Iterator[Piece]:
    """Yield the cells of a workbook. Raises Unread where it is locked or broken."""
    try:
        stream = stream_of(payload, "workbook", "book")
        yield from _Workbook(stream).cells()
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise Unread("broken") from error


class _Workbook:
    def __init__(self, stream: bytes) -> None:
        self.stream = stream
        self.biff8 = struct.unpack_from("<H", stream, 4)[0] >= _BIFF8
        self.sheets: dict[int, str] = {}
        self.shared: list[str] = []

    def cells(self) -> Iterator[Piece]:
        """Yield all cells, sheet by sheet."""
        sheet, place = "", ""
        for offset, kind, data in self._records():
            if kind == _BOF:
                sheet = self.sheets.get(offset, sheet)
            elif kind == _FILEPASS:
                raise Unread("locked")
            elif kind == _BOUNDSHEET:
                self.sheets[struct.unpack_from("<I", data)[0]] = self._short_text(data[6:])
            elif kind == _SST:
                self.shared = self._shared_strings(offset, data)
            elif kind == _FORMULA:
                place = _place(data)
            elif kind == _STRING:
                yield Piece(f"{sheet}!{place}", self._text(data))
            else:
                for where, text in self._values(kind, data):
                    yield Piece(f"{sheet}!{where}", text)

    def _records(self) -> Iterator[tuple[int, int, bytes]]:
        position, end = 0, len(self.stream) - 4
        while position <= end:
            kind, length = struct.unpack_from("<HH", self.stream, position)
            yield position, kind, self.stream[position + 4 : position + 4 + length]
            position += 4 + length

    def _values(self, kind: int, data: bytes) -> Iterator[tuple[str, str]]:
        if kind == _LABELSST:
            number = struct.unpack_from("<I", data, 6)[0]
            if number < len(self.shared) and self.shared[number]:
                yield _place(data), self.shared[number]
        elif kind in (_LABEL, _RSTRING):
            yield _place(data), self._text(data[6:])
        elif kind == _NUMBER:
            yield _place(data), _written(struct.unpack_from("<d", data, 6)[0])
        elif kind == _RK:
            yield _place(data), _written(_rk(struct.unpack_from("<I", data, 6)[0]))
        elif kind == _MULRK:
            row, first = struct.unpack_from("<HH", data)
            for step in range((len(data) - 6) // 6):
                value = _rk(struct.unpack_from("<I", data, 6 + 6 * step)[0])
                yield _name(row, first + step), _written(value)

    def _text(self, data: bytes) -> str:
        """Return a text that its length stands before, in two bytes."""
        length = struct.unpack_from("<H", data)[0]
        if not self.biff8:
            return data[2 : 2 + length].decode("gb18030", "replace")
        if data[2] & 1:
            return data[3 : 3 + 2 * length].decode("utf-16-le", "replace")
        return data[3 : 3 + length].decode("latin-1")

    def _short_text(self, data: bytes) -> str:
        """Return a text that its length stands before, in one byte."""
        length, rest = data[0], data[1:]
        if not self.biff8:
            return rest[:length].decode("gb18030", "replace")
        if rest[0] & 1:
            return rest[1 : 1 + 2 * length].decode("utf-16-le", "replace")
        return rest[1 : 1 + length].decode("latin-1")

    def _shared_strings(self, offset: int, data: bytes) -> list[str]:
        """Return the workbook's texts by number; those too short to hold anything are empty."""
        chunks = [data]
        position = offset + 4 + len(data)
        while position + 4 <= len(self.stream):
            kind, length = struct.unpack_from("<HH", self.stream, position)
            if kind != _CONTINUE:
                break
            chunks.append(self.stream[position + 4 : position + 4 + length])
            position += 4 + length
        reader = _Chunks(chunks)
        count = min(struct.unpack("<I", reader.take(8)[4:])[0], len(self.stream))
        texts = []
        for _number in range(count):
            if reader.done:
                break
            text = reader.text()
            texts.append(text if len(text) >= _SHORT else "")
        return texts


class _Chunks:
    """A record and its continuations, read as one; each says anew how wide the characters of a text are."""

    def __init__(self, chunks: list[bytes]) -> None:
        self.chunks = [chunk for chunk in chunks if chunk]
        self.number = self.position = 0

    @property
    def done(self) -> bool:
        """Whether all is read."""
        return self.number >= len(self.chunks)

    def take(self, count: int) -> bytes:
        """Return bytes, across chunks. Raises IndexError at the end."""
        found = b""
        while len(found) < count:
            chunk = self.chunks[self.number]
            piece = chunk[self.position : self.position + count - len(found)]
            found += piece
            self._forward(len(piece))
        return found

    def text(self) -> str:
        """Return the next text; what it says of fonts and pronunciation is passed over."""
        length, flags = struct.unpack("<HB", self.take(3))
        runs = struct.unpack("<H", self.take(2))[0] if flags & 8 else 0
        more = struct.unpack("<I", self.take(4))[0] if flags & 4 else 0
        pieces = []
        wide = flags & 1
        while length:
            chunk = self.chunks[self.number]
            if self.position == 0 and self.number:
                wide = chunk[0] & 1
                self.position = 1
            raw = chunk[self.position : self.position + length * (1 + wide)]
            pieces.append(raw.decode("utf-16-le" if wide else "latin-1", "replace"))
            length -= max(len(raw) // (1 + wide), 1)
            self._forward(len(raw))
        if runs or more:
            self.take(4 * runs + more)
        return "".join(pieces)

    def _forward(self, count: int) -> None:
        self.position += count
        if self.position >= len(self.chunks[self.number]):
            self.number, self.position = self.number + 1, 0


def _place(data: bytes) -> str:
    return _name(*struct.unpack_from("<HH", data))


def _name(row: int, column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, digit = divmod(column - 1, 26)
        letters = chr(65 + digit) + letters
    return f"{letters}{row + 1}"


def _rk(value: int) -> float:
    number: float
    if value & 2:
        number = float(value >> 2) - (1 << 30 if value >> 31 else 0)
    else:
        number = struct.unpack("<d", struct.pack("<Q", (value & 0xFFFFFFFC) << 32))[0]
    return number / 100 if value & 1 else number


def _written(number: float) -> str:
    return str(int(number)) if number.is_integer() and abs(number) < 1e19 else repr(number)
