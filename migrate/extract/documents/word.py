"""Word before 2007 ([MS-DOC]): the text by its piece table, which puts together what edits have scattered."""

import re
import struct
from collections.abc import Iterator

from migrate.extract.documents.compound import stream_of
from migrate.extract.documents.plain import other_stretches
from migrate.extract.documents.types import Piece, Unread

MAX_TEXT = 20_000_000
"""Characters that are read of one document: pieces of a hostile one may overlap."""
_MAGIC, _WORD97 = 0xA5EC, 0x00C1
_ENCRYPTED, _SECOND_TABLE = 0x0100, 0x0200
_PROPERTIES, _PIECES = 1, 2
_NARROW = 0x40000000
_BREAK = re.compile("[\r\x07\x0b\x0c\n]")
_PLAIN = str.maketrans({"\x1e": "-", "\x1f": None, "\x13": " ", "\x14": " ", "\x15": " ", "\x01": " ", "\x08": " "})
"""Hyphens that don't break and those that may, ends of fields, places of pictures."""


def paragraphs(payload: bytes) -> Iterator[Piece]:
    """Yield the paragraphs of a document, notes, heads and text boxes among them; then what digits stand elsewhere.

    Raises Unread where it is locked; where it is broken or of another program, after the digits that it shows.
    """
    text, why = "", ""
    try:
        text = _text(payload)
    except Unread as error:
        if str(error) != "broken":
            raise
        why = "broken"
    except (struct.error, IndexError):
        why = "broken"
    for number, line in enumerate(_BREAK.split(text), 1):
        if line:
            yield Piece(f"paragraph {number}", line.translate(_PLAIN))
    yield from other_stretches(payload, text)
    if why:
        raise Unread(why)


def _text(payload: bytes) -> str:
    document = stream_of(payload, "worddocument")
    magic, version = struct.unpack_from("<HH", document)
    flags = struct.unpack_from("<H", document, 10)[0]
    if magic != _MAGIC:
        raise Unread("broken")
    if flags & _ENCRYPTED:
        raise Unread("locked")
    if version < _WORD97:
        start, end = struct.unpack_from("<II", document, 24)
        return document[start:end].decode("gb18030", "replace")
    table = stream_of(payload, "1table" if flags & _SECOND_TABLE else "0table")
    start, length = struct.unpack_from("<II", document, 0x01A2)
    return "".join(_pieces(document, table[start : start + length]))


def _pieces(document: bytes, table: bytes) -> Iterator[str]:
    """Yield the text of the pieces in their order."""
    place = 0
    while table[place] == _PROPERTIES:
        place += 3 + struct.unpack_from("<H", table, place + 1)[0]
    if table[place] != _PIECES:
        raise Unread("broken")
    count = (struct.unpack_from("<I", table, place + 1)[0] - 4) // 12
    ends = struct.unpack_from(f"<{count + 1}I", table, place + 5)
    left = MAX_TEXT
    for number in range(count):
        start = struct.unpack_from("<I", table, place + 5 + 4 * (count + 1) + 8 * number + 2)[0]
        length = ends[number + 1] - ends[number]
        left -= length
        if length < 0 or left < 0:
            raise Unread("broken" if length < 0 else "too large")
        if start & _NARROW:
            start = (start & ~_NARROW) // 2
            yield document[start : start + length].decode("cp1252", "replace")
        else:
            yield document[start : start + 2 * length].decode("utf-16-le", "replace")
