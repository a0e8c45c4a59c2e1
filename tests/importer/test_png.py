"""A PNG is whole where Pillow can decode all of it: judged by its rows, without making pixels, that comes out."""

import io
import struct
import zlib

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from cms_site.legacy.intake import png
from cms_site.legacy.intake.pictures import decode
from tests.importer.synthetic import picture

_MODES = ("1", "L", "LA", "I;16", "P", "RGB", "RGBA")


def _png(mode: str, size: tuple[int, int] = (37, 29), **more: object) -> bytes:
    data = io.BytesIO()
    with Image.open(io.BytesIO(picture(5, *size))) as noise:
        (noise.convert("L").convert(mode) if mode == "I;16" else noise.convert(mode)).save(data, "PNG", **more)
    return data.getvalue()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _of_rows(rows: bytes, *, depth: int = 8, interlaced: bool = False, size: tuple[int, int] = (4, 4)) -> bytes:
    head = struct.pack(">IIBBBBB", *size, depth, 0, 0, 0, interlaced)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def _pillow_can(data: bytes) -> bool:
    try:
        with Image.open(io.BytesIO(data)) as found:
            found.load()
    except Exception:
        return False
    return True


def _is_read(data: bytes) -> bool:
    with Image.open(io.BytesIO(data)) as found:
        return png.rows_are_read(found, io.BytesIO(data))


@pytest.mark.parametrize("mode", _MODES)
def test_a_whole_one_is_read_and_a_torn_one_is_none(mode: str) -> None:
    data = _png(mode)
    assert _is_read(data)
    found = decode(io.BytesIO(data))
    assert found is not None
    assert (found.extension, found.width, found.height) == ("png", 37, 29)
    for end in range(60, len(data), max(1, len(data) // 97)):
        assert (decode(io.BytesIO(data[:end])) is not None) == _pillow_can(data[:end]), end


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_rows_of_every_depth_are_as_long_as_they_should_be(depth: int) -> None:
    row = b"\x00" + bytes((5 * depth + 7) // 8)
    for rows, whole in ((row * 3, True), (row * 3 + b"more", True), ((row * 3)[:-1], False)):
        data = _of_rows(rows, depth=depth, size=(5, 3))
        assert (decode(io.BytesIO(data)) is not None) is whole is _pillow_can(data)


def test_a_filter_that_is_none() -> None:
    for place in range(4):
        rows = bytearray(20)
        rows[place * 5] = 5
        assert decode(io.BytesIO(_of_rows(bytes(rows)))) is None
        assert not _pillow_can(_of_rows(bytes(rows)))
        rows[place * 5] = 4
        assert decode(io.BytesIO(_of_rows(bytes(rows)))) is not None


def test_rows_longer_than_a_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(png, "_PIECE", 101)
    data = _png("RGB", (61, 40))
    assert _is_read(data)
    assert decode(io.BytesIO(data[: len(data) // 2])) is None


def test_what_only_pillow_reads() -> None:
    exif = Image.Exif()
    exif[0x010E] = "a picture"
    behind = _png("RGB")[:-12] + _chunk(b"tEXt", b"date:create\x002016") + _chunk(b"IEND", b"")
    moving = _png("RGB", save_all=True, append_images=[Image.new("RGB", (37, 29))])
    interlaced = _of_rows(bytes(4 * 4 + 8), interlaced=True)
    for data in (behind, moving, interlaced):
        assert not _is_read(data)
        assert decode(io.BytesIO(data)) is not None
    before = PngInfo()
    before.add_text("Author", "somebody")
    for data in (_png("RGB", exif=exif), _png("RGB", pnginfo=before)):
        assert _is_read(data)
