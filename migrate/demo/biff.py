"""A real .xls in few bytes: BIFF8 records ([MS-XLS]) in a compound file ([MS-CFB]) with one stream."""

import struct
from collections.abc import Sequence

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_STREAM_MINIMUM = 4096
"""Shorter streams would have to live in the mini stream; padding is cheaper ([MS-CFB] 2.6.1)."""


def workbook(rows: Sequence[Sequence[str]], sheet: str = "Sheet1") -> bytes:
    """Return a workbook with one sheet; cells that read as numbers are numbers."""
    bound_length = 4 + 8 + len(sheet) * 2
    before = [
        _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6)),
        _record(0x0042, struct.pack("<H", 1200)),
        _record(0x003D, struct.pack("<9H", 0, 0, 0x4000, 0x2000, 0x38, 0, 0, 1, 0x258)),
        *[_font() for _place in range(5)],
        *[_format(0xFFF5) for _place in range(15)],
        _format(0x0001),
        _record(0x0293, struct.pack("<HBB", 0x8000, 0, 0xFF)),
    ]
    start = sum(map(len, before)) + bound_length + 4
    bound = _record(0x0085, struct.pack("<IBB", start, 0, 0) + struct.pack("<BB", len(sheet), 1) + _utf16(sheet))
    stream = b"".join([*before, bound, _record(0x000A, b""), *_sheet(rows)])
    return _compound("Workbook", stream)


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-le")


def _font() -> bytes:
    name = "宋体"
    return _record(0x0031, struct.pack("<5H6B", 240, 0, 0x7FFF, 400, 0, 0, 0, 134, 0, len(name), 1) + _utf16(name))


def _format(kind: int) -> bytes:
    return _record(0x00E0, struct.pack("<3H4BIIH", 0, 0, kind, 0x20, 0, 0, 0, 0, 0, 0x20C0))


def _sheet(rows: Sequence[Sequence[str]]) -> list[bytes]:
    width = max(map(len, rows), default=0)
    records = [
        _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 6)),
        _record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0)),
    ]
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            try:
                records.append(_record(0x0203, struct.pack("<HHHd", r, c, 15, float(text))))
            except ValueError:
                records.append(_record(0x0204, struct.pack("<4HB", r, c, 15, len(text), 1) + _utf16(text)))
    records.append(_record(0x023E, struct.pack("<HHHIHHI", 0x06B6, 0, 0, 0x40, 0, 0, 0)))
    return [*records, _record(0x000A, b"")]


def _compound(name: str, stream: bytes) -> bytes:
    """Return a version 3 compound file: header, table of sectors, directory, the stream."""
    size = max(_STREAM_MINIMUM, -(-len(stream) // _SECTOR) * _SECTOR)
    sectors = size // _SECTOR
    tables = -(-(sectors + 2) // (_SECTOR // 4 - 1))
    first = tables + 1
    chain = [_FAT] * tables + [_END] + [first + place + 1 for place in range(sectors - 1)] + [_END]
    chain += [_FREE] * (tables * _SECTOR // 4 - len(chain))
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII", bytes.fromhex("D0CF11E0A1B11AE1"), 0x3E, 3, 0xFFFE, 9, 6,
        0, tables, tables, 0, _STREAM_MINIMUM, _END, 0, _END, 0,
    )  # fmt: skip
    places = [*range(tables), *[_FREE] * (109 - tables)]
    directory = _entry("Root Entry", 5, 1, _END, 0) + _entry(name, 2, _FREE, first, size)
    directory += _entry("", 0, _FREE, 0, 0) * 2
    return (
        header
        + struct.pack("<109I", *places)
        + struct.pack(f"<{len(chain)}I", *chain)
        + directory
        + stream.ljust(size, b"\0")
    )


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    length = len(name) * 2 + 2 if name else 0
    return struct.pack("<64sHBBIII16xI16xIQ", _utf16(name), length, kind, 1, _FREE, _FREE, child, 0, start, size)
