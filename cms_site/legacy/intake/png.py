"""Whether a PNG is whole, found without making its pixels.

Pillow inflates the rows one by one, undoes each one's filter and unpacks the samples. With the latter two nothing can
be wrong but the number of the filter; they and the small steps take most of the time, and all of the memory.
"""

import io
import struct
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO, NamedTuple

from isal import isal_zlib
from PIL import Image as PillowImage

_SIGNATURE = 8
_DEPTH = 24
"""Where a PNG says how many bits a sample has, and then which samples a pixel has (PNG specification, 11.2.1)."""
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_LAST_FILTER = 4
_PIECE = 1 << 20


class _Chunk(NamedTuple):
    kind: bytes
    start: int
    """Where its data begins."""
    length: int


def rows_are_read(picture: PillowImage.Image, file: BinaryIO) -> bool:
    """Inflate all rows of an opened PNG and look at their filters.

    False, nothing is proved: it is one that only Pillow reads, interlaced, moving, or with more behind the rows (EXIF).
    Raises ValueError, or as isal does, where rows are torn.
    """
    rows = list(_from_rows_on(file))
    simple = {chunk.kind for chunk in rows} <= {b"IDAT", b"IEND"}
    if not simple or picture.info.get("interlace") or getattr(picture, "is_animated", False):
        return False
    file.seek(_DEPTH)
    depth, colour = file.read(2)
    row = 1 + (picture.width * depth * _SAMPLES[colour] + 7) // 8
    _read_rows(_pieces(file, rows), row, row * picture.height)
    return True


def _read_rows(pieces: Iterator[bytes], row: int, size: int) -> None:
    stream = isal_zlib.decompressobj()
    found = 0
    for piece in chain(pieces, (b"",)):
        packed = piece
        while found < size and (data := stream.decompress(packed, min(_PIECE, size - found))):
            if max(data[-found % row :: row], default=0) > _LAST_FILTER:
                raise ValueError("a row has a filter that is none")
            found += len(data)
            packed = stream.unconsumed_tail
    if found < size:
        raise ValueError("rows are missing")


def _from_rows_on(file: BinaryIO) -> Iterator[_Chunk]:
    """Yield the chunks of a PNG from the first with rows on, as far as there are any."""
    file.seek(_SIGNATURE)
    begun = False
    while len(head := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        begun = begun or kind == b"IDAT"
        if begun:
            yield _Chunk(kind, file.tell(), length)
        file.seek(length + 4, io.SEEK_CUR)


def _pieces(file: BinaryIO, rows: list[_Chunk]) -> Iterator[bytes]:
    """Yield what the chunks hold, small ones together: each time that a piece is inflated costs Python's lock."""
    held = bytearray()
    for chunk in rows:
        for start in range(chunk.start, chunk.start + chunk.length, _PIECE):
            file.seek(start)
            held += file.read(min(_PIECE, chunk.start + chunk.length - start))
            if len(held) >= _PIECE:
                yield bytes(held)
                held.clear()
    yield bytes(held)
