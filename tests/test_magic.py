"""What files are by their bytes."""

import pytest

from migrate.demo.files import MEDIA_TYPES, make_file
from migrate.demo.pictures import make_strip
from migrate.magic import ending, media_type

COLOURS = ((1, 2, 3), (4, 5, 6))


@pytest.mark.parametrize(("kind", "wanted"), [("doc", "rtf"), *((k, k) for k in MEDIA_TYPES if k != "doc")])
def test_documents(kind: str, wanted: str) -> None:
    assert ending(make_file(kind, "甲|乙\n1|2")) == wanted


@pytest.mark.parametrize(("kind", "wanted"), [("jpg", "image/jpeg"), ("png", "image/png"), ("gif", "image/gif")])
def test_pictures(kind: str, wanted: str) -> None:
    picture = make_strip(kind, 8, 8, COLOURS)
    assert (ending(picture), media_type(picture[:16])) == (kind, wanted)


@pytest.mark.parametrize(
    ("head", "wanted"),
    [
        (b"\x00\x00\x00\x18ftypmp42", "video/mp4"),
        (b"BM\x36\x00\x0c\x00\x00\x00\x00\x00\x36", "image/bmp"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
        (b"BMW and other makes", ""),
        (b"<html>", ""),
        (b"", ""),
    ],
)
def test_first_bytes(head: bytes, wanted: str) -> None:
    assert media_type(head) == wanted
