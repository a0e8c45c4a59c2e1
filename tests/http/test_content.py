import gzip
import tracemalloc
import zlib

import brotli
import pytest

from migrate.http import decoded_body

TEXT = "大河镇通知公告".encode() * 500


def _headers(coding: str) -> tuple[tuple[bytes, bytes], ...]:
    return ((b"content-encoding", coding.encode()),)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(TEXT)),
        ("X-GZIP", gzip.compress(TEXT)),
        ("gzip", gzip.compress(TEXT[:300]) + gzip.compress(TEXT[300:]) + b"\0\0\0"),
        ("gzip", TEXT),  # a lying header
        ("deflate", zlib.compress(TEXT)),
        ("deflate", zlib.compress(TEXT)[2:-4]),  # bare, as some servers send it
        ("identity", TEXT),
        ("deflate, gzip", gzip.compress(zlib.compress(TEXT))),
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
