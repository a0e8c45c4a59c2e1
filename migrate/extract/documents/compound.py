"""Compound files ([MS-CFB]): the streams inside what Office wrote before 2007."""

import struct
from collections.abc import Iterator

from migrate.extract.documents.types import Unread

_END = 0xFFFFFFFA
"""From here on sector numbers mean something else: end of chain, free …"""


def stream_of(payload: bytes, *names: str) -> bytes:
    """Return the stream of a compound file that has one of the names (lower case). Raises Unread where there is none,
    struct.error or IndexError where the file is damaged.
    """
    size = 1 << min(struct.unpack_from("<H", payload, 30)[0], 12)
    first_directory, cutoff = struct.unpack_from("<I", payload, 48)[0], struct.unpack_from("<I", payload, 56)[0]
    first_mini, first_more = struct.unpack_from("<I", payload, 60)[0], struct.unpack_from("<I", payload, 68)[0]
    places = list(struct.unpack_from("<109I", payload, 76))
    for sector in _chain_of_tables(payload, first_more, size):
        places += sector
    table: list[int] = []
    for place in places:
        if place < _END and (place + 2) * size <= len(payload) + size:
            raw = payload[(place + 1) * size : (place + 2) * size]
            table += struct.unpack(f"<{len(raw) // 4}I", raw[: len(raw) // 4 * 4])
    directory = _chain(payload, first_directory, table, size)
    entries = [directory[start : start + 128] for start in range(0, len(directory) - 127, 128)]
    for entry in entries:
        length = struct.unpack_from("<H", entry, 64)[0]
        if entry[: max(length - 2, 0)].decode("utf-16-le", "replace").lower() not in names:
            continue
        start, long = struct.unpack_from("<II", entry, 116)
        if long >= cutoff:
            return _chain(payload, start, table, size)[:long]
        mini = struct.unpack_from("<I", entries[0], 116)[0]
        raw = _chain(payload, first_mini, table, size)
        small = list(struct.unpack(f"<{len(raw) // 4}I", raw))
        return _chain(b"\0" * 64 + _chain(payload, mini, table, size), start, small, 64)[:long]
    raise Unread("broken")


def _chain_of_tables(payload: bytes, sector: int, size: int) -> Iterator[tuple[int, ...]]:
    for _step in range(len(payload) // size + 1):
        if sector >= _END:
            return
        *places, sector = struct.unpack_from(f"<{size // 4}I", payload, (sector + 1) * size)
        yield tuple(places)


def _chain(payload: bytes, sector: int, table: list[int], size: int) -> bytes:
    """Return the sectors of a chain; one that runs in a circle ends where the file's sectors are used up."""
    pieces = []
    for _step in range(len(payload) // size + 1):
        if sector >= _END or sector >= len(table):
            break
        pieces.append(payload[(sector + 1) * size : (sector + 2) * size])
        sector = table[sector]
    return b"".join(pieces)
