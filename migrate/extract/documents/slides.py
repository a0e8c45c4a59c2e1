"""PowerPoint before 2007 ([MS-PPT]): the texts among the records of a presentation."""

import struct
from collections.abc import Iterator

from migrate.extract.documents.compound import stream_of
from migrate.extract.documents.plain import other_stretches
from migrate.extract.documents.types import Piece, Unread

_CONTAINER = 0xF
_SLIDE, _NOTES = 0x03EE, 0x03F0
_WIDE_TEXT, _NARROW_TEXT, _STRING = 0x0FA0, 0x0FA8, 0x0FBA
_LOCK = 0x2F14
_LOCKED_USER = 0xF3D1C4DF
"""What the stream of the current user begins with in a locked presentation."""


def texts(payload: bytes) -> Iterator[Piece]:
    """Yield the texts of the slides and notes; then what digits stand elsewhere.

    Raises Unread where it is locked; where it is broken, after the digits that it shows.
    """
    told: list[str] = []
    why = ""
    try:
        if struct.unpack_from("<I", stream_of(payload, "current user"), 12)[0] == _LOCKED_USER:
            raise Unread("locked")
        for piece in _texts(stream_of(payload, "powerpoint document")):
            told.append(piece.text)
            yield piece
    except Unread as error:
        if str(error) != "broken":
            raise
        why = "broken"
    except (struct.error, IndexError):
        why = "broken"
    yield from other_stretches(payload, "\n".join(told))
    if why:
        raise Unread(why)


def _texts(stream: bytes) -> Iterator[Piece]:
    place, slides, where = 0, 0, "presentation"
    while place + 8 <= len(stream):
        version, kind, length = struct.unpack_from("<HHI", stream, place)
        place += 8
        if kind == _LOCK:
            raise Unread("locked")
        if kind == _SLIDE:
            slides += 1
        if kind in (_SLIDE, _NOTES):
            where = f"slide {slides}" if kind == _SLIDE else "notes"
        if version & 0xF == _CONTAINER:
            continue  # what is in it comes next
        if kind in (_WIDE_TEXT, _STRING):
            yield Piece(where, stream[place : place + length].decode("utf-16-le", "replace").replace("\r", "\n"))
        elif kind == _NARROW_TEXT:
            yield Piece(where, stream[place : place + length].decode("latin-1").replace("\r", "\n"))
        place += length
