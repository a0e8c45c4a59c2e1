"""Content codings undone: gzip, deflate and, where the library is there, br. Tolerant of what old servers send."""

import zlib
from typing import NamedTuple

from migrate.http.types import HeaderPairs

MAX_PAGE = 20_000_000
"""Largest page that is read, in bytes, content coding undone. Real ones stay under 5 MB even with a register of a whole
county in one table; a tree of 20 MB takes about 1 GB of memory, and the portal parses pages while visitors wait."""

MAX_DECODED = 100_000_000
"""Largest decoded body of any other file, in bytes. Servers compress text on the way, hardly ever documents; 1 MB of
gzip can hold 1 GB of zeros."""

CUT = "cut"
"""The stream ends before its end: part of the body is missing, whatever Content-Length said."""
DAMAGED = "damaged"
"""Its bytes make no sense from somewhere on."""
CHECKSUM = "checksum"
"""It is whole, but its check value or length is wrong. Browsers show it all the same."""
UNPACKED = "unpacked"
"""The header names a coding that was never applied."""
UNLABELLED = "unlabelled"
"""Packed without the header saying so, or once more often than it says."""

LOST = frozenset({CUT, DAMAGED})
"""Faults that cost content."""

_GZIP = b"\x1f\x8b\x08"
_TEXTS = ("text/html", "text/css", "text/javascript", "application/javascript", "application/x-javascript")
_TRAILER = 8
_STEP = 1 << 20
_SLICE = 1 << 9
"""Bytes after which a damaged stream is looked at again: what came before the damage is not lost."""


class Opened(NamedTuple):
    """A body without its content codings, and what was wrong with them."""

    body: bytes
    fault: str = ""


def content_codings(raw_headers: HeaderPairs) -> list[str]:
    """Return the content codings in the order in which they were applied, lower case, `identity` left out."""
    values = [value.decode("latin-1") for name, value in raw_headers if name.lower() == b"content-encoding"]
    codings = [coding.strip().lower() for value in values for coding in value.split(",")]
    return [coding for coding in codings if coding and coding != "identity"]


def decoded_body(raw_headers: HeaderPairs, body: bytes, limit: int = MAX_DECODED) -> bytes:
    """Return the body without its content codings; of what they hold, `limit` bytes at most. Never raises.

    A cut gzip stream gives what could be decoded; a body that isn't what its header says is returned as it is.
    """
    return opened(raw_headers, body, limit).body


def opened(raw_headers: HeaderPairs, body: bytes, limit: int = MAX_DECODED) -> Opened:
    """As `decoded_body`, and say what was wrong: the first fault that was met."""
    fault = ""
    for coding in reversed(content_codings(raw_headers)):
        body, found = _decode(coding, body, limit)
        fault = fault or found
    if body.startswith(_GZIP) and _media_type(raw_headers).startswith(_TEXTS):
        inner, found = _gunzip(body, limit)
        if b"\0" not in inner[:512]:
            return Opened(inner, fault or found or UNLABELLED)
    return Opened(body, fault)


def _media_type(raw_headers: HeaderPairs) -> str:
    return next((v.decode("latin-1").strip().lower() for n, v in raw_headers if n.lower() == b"content-type"), "")


def _decode(coding: str, body: bytes, limit: int) -> Opened:
    if coding in ("gzip", "x-gzip"):
        # Servers that label plain text gzip exist; the magic number tells.
        return _gunzip(body, limit) if body[:2] == _GZIP[:2] else Opened(body, UNPACKED if body else "")
    if coding == "deflate":
        # RFC 9110 §8.4.1.2 means zlib's format, but some servers send bare deflate.
        for window in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
            found = _inflate(body, window, limit)
            if found.body:
                return Opened(found.body, found.fault)
        return Opened(body, UNPACKED if body else "")
    if coding == "br":
        return Opened(_brotli(body, limit))
    return Opened(body)


def _gunzip(body: bytes, limit: int) -> Opened:
    """Undo gzip (RFC 1952) by hand: zlib throws a whole page away where only its check value is wrong."""
    parts: list[bytes] = []
    size = 0
    fault = ""
    # gzip files may be several members one after the other; padding after the last is none of them.
    while body[:2] == _GZIP[:2] and size < limit:
        found = _inflate(body[_gzip_head(body) :], -zlib.MAX_WBITS, limit - size)
        parts.append(found.body)
        size += len(found.body)
        trailer, body = found.rest[:_TRAILER], found.rest[_TRAILER:]
        right = zlib.crc32(found.body).to_bytes(4, "little") + (len(found.body) % (1 << 32)).to_bytes(4, "little")
        if found.fault or (trailer != right and size < limit):
            fault = found.fault or CHECKSUM
            break
    return Opened(b"".join(parts), fault)


def _gzip_head(body: bytes) -> int:
    """Return the length of a gzip member's head; all of it where it is cut."""
    flags = body[3] if len(body) > 3 else 0
    at = 10
    if flags & 4:
        at += 2 + int.from_bytes(body[at : at + 2], "little")
    for flag in (8, 16):  # file name, comment
        if flags & flag:
            end = body.find(b"\0", at)
            at = end + 1 if end >= 0 else len(body)
    return min(at + 2 if flags & 2 else at, len(body))


class _Inflated(NamedTuple):
    body: bytes
    fault: str
    rest: bytes
    """What follows the stream."""


def _inflate(body: bytes, window: int, limit: int) -> _Inflated:
    found = _inflate_by(max(len(body), 1), body, window, limit)
    return _inflate_by(_SLICE, body, window, limit) if found.fault == DAMAGED else found


def _inflate_by(step: int, body: bytes, window: int, limit: int) -> _Inflated:
    """Inflate `step` bytes at a time; of a damaged stream, all but the last step before the damage."""
    stream = zlib.decompressobj(window)
    parts: list[bytes] = []
    size = 0
    for start in range(0, len(body), step):
        rest = body[start : start + step]
        while rest and not stream.eof and size < limit:
            try:
                part = stream.decompress(rest, min(_STEP, limit - size))
            except zlib.error:
                return _Inflated(b"".join(parts), DAMAGED, b"")
            parts.append(part)
            size += len(part)
            rest = stream.unconsumed_tail
        if stream.eof:
            return _Inflated(b"".join(parts), "", stream.unused_data + body[start + step :])
        if size >= limit:
            return _Inflated(b"".join(parts), "", b"")
    return _Inflated(b"".join(parts), CUT, b"")


def _brotli(body: bytes, limit: int) -> bytes:
    import brotli

    stream = brotli.Decompressor()
    parts: list[bytes] = []
    size = 0
    rest = body
    try:
        while size < limit and not stream.is_finished():
            # Without a buffer limit a few bytes may become gigabytes in one step.
            part = stream.process(rest, output_buffer_limit=min(_STEP, limit - size))
            rest = b""
            if not part and stream.can_accept_more_data():
                break
            parts.append(part)
            size += len(part)
    except brotli.error:
        pass
    return b"".join(parts)[:limit] or body
