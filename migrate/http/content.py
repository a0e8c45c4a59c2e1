"""Content codings undone: gzip, deflate and, where the library is there, br. Tolerant of what old servers send."""

import zlib

from migrate.http.types import HeaderPairs

MAX_PAGE = 20_000_000
"""Largest page that is read, in bytes, content coding undone. Real ones stay under 5 MB even with a register of a whole
county in one table; a tree of 20 MB takes about 1 GB of memory, and the portal parses pages while visitors wait."""

MAX_DECODED = 100_000_000
"""Largest decoded body of any other file, in bytes. Servers compress text on the way, hardly ever documents; 1 MB of
gzip can hold 1 GB of zeros."""

_GZIP = 16 + zlib.MAX_WBITS
_STEP = 1 << 20


def content_codings(raw_headers: HeaderPairs) -> list[str]:
    """Return the content codings in the order in which they were applied, lower case, `identity` left out."""
    values = [value.decode("latin-1") for name, value in raw_headers if name.lower() == b"content-encoding"]
    codings = [coding.strip().lower() for value in values for coding in value.split(",")]
    return [coding for coding in codings if coding and coding != "identity"]


def decoded_body(raw_headers: HeaderPairs, body: bytes, limit: int = MAX_DECODED) -> bytes:
    """Return the body without its content codings; of what they hold, `limit` bytes at most. Never raises.

    A cut gzip stream gives what could be decoded; a body that isn't what its header says is returned as it is.
    """
    for coding in reversed(content_codings(raw_headers)):
        body = _decode(coding, body, limit)
    return body


def _decode(coding: str, body: bytes, limit: int) -> bytes:
    if coding in ("gzip", "x-gzip"):
        # Servers that label plain text gzip exist; the magic number tells.
        return _inflate(body, _GZIP, limit) if body[:2] == b"\x1f\x8b" else body
    if coding == "deflate":
        # RFC 9110 §8.4.1.2 means zlib's format, but some servers send bare deflate.
        return _inflate(body, zlib.MAX_WBITS, limit) or _inflate(body, -zlib.MAX_WBITS, limit) or body
    if coding == "br":
        return _brotli(body, limit)
    return body


def _inflate(body: bytes, window: int, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while body and size < limit:
        stream = zlib.decompressobj(window)
        rest = body
        try:
            while rest and not stream.eof and size < limit:
                part = stream.decompress(rest, min(_STEP, limit - size))
                parts.append(part)
                size += len(part)
                rest = stream.unconsumed_tail
        except zlib.error:
            break
        # gzip files may be several members one after the other; padding after the last is none of them.
        body = stream.unused_data if window == _GZIP and stream.unused_data[:2] == b"\x1f\x8b" else b""
    return b"".join(parts)


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
