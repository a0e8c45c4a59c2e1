"""HTTP answers as other programs stored them, as the client would have given them: transfer coding undone."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from migrate.archive.reading import status_of
from migrate.http import Response
from migrate.http.body import Body
from migrate.http.types import HeaderPairs
from migrate.urls import ascii_url, resolve

_MAX_HEAD = 1 << 18
_LINE_END = re.compile(rb"\r*\n(?![ \t])")
_FOLD = re.compile(rb"\r*\n[ \t]+")
_HEAD_END = re.compile(rb"\r*\n\r*\n")
_CHUNK = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")


class NoHttp(ValueError):
    """What is stored is no HTTP answer."""


def read_answer(url: str, moment: datetime, pieces: Iterator[bytes], spool: Path, limit: int) -> Response:
    """Return the HTTP answer that the pieces are; a large body lies in `spool`.

    Of one larger than `limit` bytes nothing is kept (error `too-large`); chunks that end too soon: `truncated`.
    Raises NoHttp.
    """
    head = b""
    while not (end := _HEAD_END.search(head)) and len(head) < _MAX_HEAD and (piece := next(pieces, b"")):
        head += piece
    line, headers = head_of(head[: end.start()] if end else head)
    status = status_of(line)
    if not line.startswith("HTTP/") or not 200 <= status < 600:
        raise NoHttp(line[:80])
    version, _blank, rest = line.partition(" ")
    answer = Response(url, status, rest.partition(" ")[2], version.removeprefix("HTTP/"), headers, started_at=moment)
    return with_body(answer, _chained(head[end.end() :] if end else b"", pieces), spool, limit)


def with_body(answer: Response, pieces: Iterator[bytes], spool: Path, limit: int) -> Response:
    """Return an answer with the body that the pieces are."""
    body, error = Body(spool), ""
    chunked = "chunked" in answer.header("Transfer-Encoding").lower()
    try:
        for piece in _unchunked(pieces) if chunked else pieces:
            body.add(piece)
            if body.length > limit:
                body.discard()
                return replace(answer, error="too-large")
    except EOFError:
        error = "truncated"
    except BaseException:
        body.discard()
        raise
    kept, spooled = body.finish()
    return replace(answer, body=kept, spool=spooled, error=error)


def sendable(url: str) -> str:
    """Return an absolute http(s) URL as it is sent; empty for anything else."""
    try:
        return ascii_url(resolve("http://none.invalid/", url.strip().strip("<>")) or "")
    except ValueError:
        return ""


def moment_of(text: str) -> datetime:
    """Return a WARC-Date; one that can't be read is older than any other."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def head_of(head: bytes) -> tuple[str, HeaderPairs]:
    """Return (first line, headers) of an HTTP message's head."""
    first, *lines = _LINE_END.split(head)
    pairs = (line.partition(b":") for line in lines)
    headers = tuple(
        (name.strip(), _FOLD.sub(b" ", value).strip()) for name, colon, value in pairs if colon and name.strip()
    )
    return " ".join(first.decode("utf-8", "replace").split(maxsplit=2)), headers


def _chained(first: bytes, pieces: Iterable[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from pieces


def _unchunked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield a body without its chunks; one that has none, whatever its header says, as it is. Raises EOFError."""
    ahead = next(pieces, b"")
    if not _CHUNK.match(ahead):
        yield from _chained(ahead, pieces)
        return
    while True:
        while not (found := _CHUNK.match(ahead)):
            if len(ahead) > _MAX_HEAD or not (piece := next(pieces, b"")):
                raise EOFError
            ahead += piece
        left, ahead = int(found[1], 16), ahead[found.end() :]
        if not left:
            return
        while left:
            if not ahead and not (ahead := next(pieces, b"")):
                raise EOFError
            yield ahead[:left]
            taken = min(left, len(ahead))
            left, ahead = left - taken, ahead[taken:]
        while len(ahead) < 2 and (piece := next(pieces, b"")):
            ahead += piece
        ahead = ahead.removeprefix(b"\r").removeprefix(b"\n")
