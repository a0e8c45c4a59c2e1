"""Lengths that are too small: what browsers show of such answers is got, and the next answer is not spoilt."""

import asyncio

import pytest

from migrate.demo.traps import TrapServer, Wire
from migrate.demo.traps.wire import Asked
from migrate.http import Client, ClientOptions, Response

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\n"
ANSWERS = {
    "/at-once": Wire((HEAD + b"hello, there is more",)),
    "/in-pieces": Wire((HEAD[:20], HEAD[20:-1], HEAD[-1:] + b"hel", b"lo, there is more", HEAD), pause=0.02),
    "/honest": Wire((HEAD + b"hello",)),
    "/chunks": Wire((b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",)),
    "/told-twice": Wire((HEAD[:-2] + b"Content-Length: 5\r\n\r\nhello",)),
    "/told-in-one": Wire((HEAD.replace(b": 5", b": 5, 5") + b"hello",)),
    "/no-field": Wire((HEAD[:-2] + b"Warning in line 3\r\n\r\nhello",)),
    "/controls": Wire((HEAD[:-2] + b"X-By: a\0b\rWARC-Type: x\r\n\r\nhello",)),
    "/two-lengths": Wire((HEAD[:-2] + b"Content-Length: 7\r\n\r\nhello",)),
    "/bad-chunk": Wire((b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n",)),
    "/nonsense": Wire((b"no HTTP at all\r\n\r\n",), end="close"),
}


def answer(asked: Asked) -> Wire:
    return ANSWERS[asked.target]


async def fetch(server: TrapServer, *targets: str, timeout: float = 15) -> list[Response]:
    options = ClientOptions(allowed=lambda _host: True, resolve=server.resolve, rate=0, backoff=0, timeout=timeout)
    async with Client(options) as client:
        return [await client.fetch(f"http://old.example.gov.cn{target}") for target in targets]


@pytest.mark.parametrize("target", ["/at-once", "/in-pieces"])
def test_a_length_that_is_too_small(target: str) -> None:
    with TrapServer(["old.example.gov.cn"], answer) as server:
        answers = asyncio.run(fetch(server, target, "/honest", "/chunks", target, "/honest"))
    assert [(one.status, one.body, one.error) for one in answers] == [(200, b"hello", "")] * 5


@pytest.mark.parametrize("target", ["/told-twice", "/told-in-one", "/no-field", "/controls"])
def test_of_a_head_that_is_no_proper_one_what_makes_sense(target: str) -> None:
    with TrapServer(["old.example.gov.cn"], answer) as server:
        got, _honest = asyncio.run(fetch(server, target, "/honest"))
    assert (got.status, got.body, got.error) == (200, b"hello", "")
    assert got.header("Content-Type") == "text/html" and got.header("Content-Length") == "5"
    assert not any(byte < 32 for _name, value in got.raw_headers for byte in value)


def test_chunks_that_make_no_sense_are_not_waited_for() -> None:
    with TrapServer(["old.example.gov.cn"], answer) as server:
        got, honest = asyncio.run(fetch(server, "/bad-chunk", "/honest", timeout=0.5))
    assert (got.status, got.error) == (200, "truncated") and b"hello".startswith(got.body)
    assert (honest.body, honest.error) == (b"hello", "")


@pytest.mark.parametrize("target", ["/nonsense", "/two-lengths"])
def test_what_is_no_answer_stays_none(target: str) -> None:
    with TrapServer(["old.example.gov.cn"], answer) as server:
        (got,) = asyncio.run(fetch(server, target))
        assert (got.status, got.error) == (0, "bad-response")
        assert server.targets[target] == 2
