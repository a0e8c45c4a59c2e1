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
    "/nonsense": Wire((b"no HTTP at all\r\n\r\n",), end="close"),
}


def answer(asked: Asked) -> Wire:
    return ANSWERS[asked.target]


async def fetch(server: TrapServer, *targets: str) -> list[Response]:
    options = ClientOptions(allowed=lambda _host: True, resolve=server.resolve, rate=0, backoff=0)
    async with Client(options) as client:
        return [await client.fetch(f"http://old.example.gov.cn{target}") for target in targets]


@pytest.mark.parametrize("target", ["/at-once", "/in-pieces"])
def test_a_length_that_is_too_small(target: str) -> None:
    with TrapServer(["old.example.gov.cn"], answer) as server:
        answers = asyncio.run(fetch(server, target, "/honest", "/chunks", target, "/honest"))
    assert [(one.status, one.body, one.error) for one in answers] == [(200, b"hello", "")] * 5


def test_what_is_no_answer_stays_none() -> None:
    with TrapServer(["old.example.gov.cn"], answer) as server:
        (got,) = asyncio.run(fetch(server, "/nonsense"))
        assert (got.status, got.error) == (0, "bad-response")
        assert server.targets["/nonsense"] == 2
