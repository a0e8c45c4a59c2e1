import gzip
import tracemalloc
import zlib

import brotli
import pytest

from migrate.http import decoded_body
from migrate.http.content import CHECKSUM, CUT, DAMAGED, UNLABELLED, UNPACKED, opened

TEXT = "大河镇通知公告".encode() * 500


def _headers(coding: str) -> tuple[tuple[bytes, bytes], ...]:
    return ((b"content-encoding", coding.encode()),)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(TEXT, mtime=0)),
        ("X-GZIP", gzip.compress(TEXT, mtime=0)),
        ("gzip", gzip.compress(TEXT[:300], mtime=0) + gzip.compress(TEXT[300:], mtime=0) + b"\0\0\0"),
        ("gzip", TEXT),  # a lying header
        ("deflate", zlib.compress(TEXT)),
        ("deflate", zlib.compress(TEXT)[2:-4]),  # bare, as some servers send it
        ("identity", TEXT),
        ("deflate, gzip", gzip.compress(zlib.compress(TEXT), mtime=0)),
        ("unheard-of", TEXT),
    ],
)
def test_codings(coding: str, body: bytes) -> None:
    assert decoded_body(_headers(coding), body) == TEXT


def test_cut_gzip_gives_what_decodes() -> None:
    packed = gzip.compress(bytes(range(256)) * 400, 0)
    cut = decoded_body(_headers("gzip"), packed[: len(packed) // 2])
    assert 0 < len(cut) < 256 * 400
    assert (bytes(range(256)) * 400).startswith(cut)


def test_a_bomb_is_cut() -> None:
    bomb = gzip.compress(bytes(5_000_000))
    assert len(decoded_body(_headers("gzip"), bomb, limit=100_000)) == 100_000


def test_a_brotli_bomb_is_cut() -> None:
    bomb = brotli.compress(bytes(50_000_000))
    tracemalloc.start()
    assert len(decoded_body(_headers("br"), bomb, limit=100_000)) == 100_000
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_brotli() -> None:
    assert decoded_body(_headers("br"), brotli.compress(TEXT)) == TEXT
    assert decoded_body(_headers("br"), brotli.compress(TEXT), limit=10) == TEXT[:10]
    assert decoded_body(_headers("br"), TEXT) == TEXT
    assert TEXT.startswith(decoded_body(_headers("br"), brotli.compress(TEXT)[:-3]))


PAGE = ("<html><body>" + "".join(f"第{n}号通知；" for n in range(9000)) + "</body></html>").encode()
PACKED = gzip.compress(PAGE, mtime=0)
HTML = (b"Content-Type", b"text/html; charset=utf-8")


def _flipped(body: bytes, at: int) -> bytes:
    return body[:at] + bytes([body[at] ^ 0xFF]) + body[at + 1 :]


@pytest.mark.parametrize(
    ("coding", "body", "fault"),
    [
        ("gzip", PACKED, ""),
        ("gzip", PAGE, UNPACKED),
        ("deflate", PAGE, UNPACKED),
        ("", PACKED, UNLABELLED),
        ("gzip", gzip.compress(PACKED, mtime=0), UNLABELLED),
        ("gzip", _flipped(PACKED, -5), CHECKSUM),
        ("gzip", _flipped(PACKED, -1), CHECKSUM),
        ("gzip", PACKED[:-8], CHECKSUM),
        ("gzip", PACKED[:3] + b"\x1c" + PACKED[4:10] + b"\3\0abc" + b"name\0" + b"why\0" + PACKED[10:], ""),
    ],
)  # fmt: skip
def test_lying_gzip_is_read_and_told(coding: str, body: bytes, fault: str) -> None:
    assert opened((HTML, *(_headers(coding) if coding else ())), body) == (PAGE, fault)


def test_what_is_lost_of_a_gzip_is_told() -> None:
    headers = (HTML, *_headers("gzip"))
    body, fault = opened(headers, PACKED[: len(PACKED) // 2])
    assert (fault, PAGE.startswith(body), len(body) > len(PAGE) // 4) == (CUT, True, True)
    body, fault = opened(headers, _flipped(PACKED, len(PACKED) // 2))
    assert fault in (DAMAGED, CHECKSUM) and body[: len(PAGE) // 4] == PAGE[: len(PAGE) // 4]
    assert opened(headers, PACKED[:5]) == (b"", CUT)


def test_packed_files_stay_packed() -> None:
    """What is a packed file may be called anything: only text is unpacked where no header says so."""
    archive = gzip.compress(b"ustar\0" * 500, mtime=0)
    for media_type in (b"text/html", b"text/plain", b"application/x-gzip"):
        assert opened(((b"Content-Type", media_type),), archive) == (archive, "")
    assert decoded_body(((b"Content-Type", b"text/plain"),), PACKED) == PACKED
