"""A server that says what no decent library lets one say: resets, drips, lengths that lie, streams that are cut."""

import asyncio
import socket
import struct
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from migrate.demo.server import LegacyServer

_HEAD = 65_536
_NO_LINGER = struct.pack("ii", 1, 0)
"""SO_LINGER on, zero seconds: closing sends RST (Stevens, UNIX Network Programming, §7.5)."""
_REASONS = {200: "OK", 202: "Accepted", 301: "Moved Permanently", 302: "Found", 403: "Forbidden", 404: "Not Found",
            412: "Precondition Failed", 500: "Internal Server Error", 502: "Bad Gateway",
            503: "Service Unavailable", 521: "Web Server Is Down"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    target: str
    """Path and query as sent."""
    host: str
    referer: str
    times: int
    """How often this target was asked for, this time included."""


@dataclass(frozen=True, slots=True)
class Wire:
    """Bytes as they go out, and what comes after them."""

    parts: tuple[bytes, ...]
    pause: float = 0.0
    """Seconds after each part."""
    end: Literal["keep", "close", "reset", "hang"] = "keep"


Answering = Callable[[Asked], Wire]


def say(
    body: bytes,
    *headers: str,
    status: int = 200,
    kind: str = "text/html; charset=utf-8",
    length: int | None = None,
) -> Wire:
    """Return a whole answer; `headers` are lines in Latin-1, `length` a Content-Length that need not be true."""
    lines = [f"HTTP/1.1 {status} {_REASONS.get(status, '')}".rstrip(), "Server: Microsoft-IIS/6.0"]
    lines += [f"Content-Type: {kind}"] if kind else []
    lines += [f"Content-Length: {len(body) if length is None else length}", *headers]
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
    honest = length is None or length == len(body)
    return Wire((head + body,), end="keep" if honest else "close")


class TrapServer(LegacyServer):
    """Serves one trap site under several host names while the `with` block runs."""

    def __init__(self, hosts: Iterable[str], answer: Answering) -> None:
        super().__init__(dict.fromkeys(hosts, lambda _target: None))
        self._answering = answer
        self.targets: Counter[str] = Counter()
        """Requests by path and query, whatever the host."""
        self._open: dict[asyncio.StreamWriter, asyncio.Task[None] | None] = {}

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._accepted, "127.0.0.1", 0, limit=_HEAD)
        self.port = server.sockets[0].getsockname()[1]
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._ready.set()
        await self._stop.wait()
        server.close()
        left = [task for task in self._open.values() if task]
        for writer in self._open:
            writer.transport.abort()
        await asyncio.gather(*left)

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open[writer] = asyncio.current_task()
        try:
            # A client that goes away in the middle is no error of the server's.
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                while await self._exchange(reader, writer):
                    pass
        finally:
            del self._open[writer]
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; return whether the connection stays."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *lines = head.rstrip().split("\r\n")
        fields = {name.lower(): value.strip() for name, _colon, value in (line.partition(":") for line in lines)}
        target, host = line.split(" ")[1], fields.get("host", "").rsplit(":", 1)[0].lower()
        self.hits[f"http://{host}{target}"] += 1
        self.targets[target] += 1
        wire = self._answering(Asked(target, host, fields.get("referer", ""), self.targets[target]))
        for part in wire.parts:
            writer.write(part)
            await writer.drain()
            if wire.pause:
                await asyncio.sleep(wire.pause)
        if wire.end == "hang":
            await reader.read()
        if wire.end == "reset":
            _without_lingering(writer)
        return wire.end == "keep"


def _without_lingering(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
