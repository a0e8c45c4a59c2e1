"""Content codings undone: gzip, deflate and, where the library is there, br. Tolerant of what old servers send."""

import zlib

from migrate.http.types import HeaderPairs

MAX_DECODED = 512_000_000
"""Largest decoded body, in bytes: what goes beyond is cut (a compression bomb)."""

_GZIP = 16 + zlib.MAX_WBITS
_STEP = 1 << 20


def content_codings(raw_headers: HeaderPairs) -> list[str]:
    """Return the content codings in the order in which they were applied, lower case, `identity` left out."""
    values = [value.decode("latin-1") for name, value in raw_headers if name.lower() == b"content-encoding"]
    codings = [coding.strip().lower() for value in values for coding in value.split(",")]
    return [coding for coding in codings if coding and coding != "identity"]


def decoded_body(raw_headers: HeaderPairs, body: bytes, limit: int = MAX_DECODED) -> bytes:
    """Return the body without its content codings. Never raises.

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
    try:
        for start in range(0, len(body), 4096):
            part = stream.process(body[start : start + 4096])
            parts.append(part)
            size += len(part)
            if size >= limit:
                break
    except brotli.error:
        pass
    return b"".join(parts)[:limit] or body
