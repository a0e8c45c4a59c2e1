"""The bytes of one answer → what it is and what it names. A pure function, so that it can run in another process."""

import marshal
import re
from typing import NamedTuple

from migrate.encoding import decode
from migrate.harvest.links import MAX_SCRIPT, css_links, html_links, library_links, link_text
from migrate.http.content import MAX_PAGE, decoded_body
from migrate.http.types import HeaderPairs

_BINARY = (b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"GIF8", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf",
           b"BM", b"RIFF", b"\x00\x00\x01\x00")  # fmt: skip
_NO_PAGE = re.compile(r"(?:image|video|audio|font)/(?!svg)")

Link = tuple[str, str, str, str]
"""href as spelled, context (see links.RawLink), what a reader sees of it, form to POST."""


class Unread(NamedTuple):
    """One answer with status 200, as it came."""

    url: str
    path: str
    """Lower-case path of its canonical URL."""
    content_type: str
    """The header as sent."""
    codings: str
    """Content-Encoding as sent."""
    body: bytes
    """Content coding as sent."""


class Reading(NamedTuple):
    """What an answer is and what it names."""

    kind: str
    """`html`, `css`, `script`, or empty for everything that has no links."""
    size: int
    """Bytes, content coding undone; of what is larger than MAX_PAGE one byte more than that."""
    encoding: str = ""
    """Of pages: the encoding that was decided, and on what evidence."""
    damaged: int = 0
    """Characters that could not be read."""
    base: str = ""
    """href of `<base>`."""
    links: tuple[Link, ...] = ()
    """In the order of the page, each spelling once."""


def has_links(content_type: str, codings: str, body: bytes) -> bool:
    """Say whether an answer may name others, by its header and first bytes: most images and files need no reading."""
    if codings:
        return True
    return not body.startswith(_BINARY) and not _NO_PAGE.match(content_type)


def read(unread: Unread) -> Reading:
    """Return what an answer names; never raises for what servers send. Of what is too large, its beginning is read."""
    headers: HeaderPairs = ((b"Content-Encoding", unread.codings.encode("latin-1")),) if unread.codings else ()
    body = decoded_body(headers, unread.body, MAX_PAGE + 1)
    size, body = len(body), body[:MAX_PAGE]
    kind = sniff(unread.content_type.partition(";")[0].strip().lower(), unread.path, body)
    if not kind:
        return Reading("", size)
    decoded = decode(body, unread.content_type)
    if kind == "html":
        base, found = html_links(decoded.text, unread.url)
    else:
        base, found = "", list((css_links if kind == "css" else library_links)(decoded.text[:MAX_SCRIPT]))
    first = {(link.href, link.form): link for link in reversed(found)}
    links = tuple((href, link.context, link_text(link.node), form) for (href, form), link in reversed(first.items()))
    if kind != "html":
        return Reading(kind, size, links=links)
    return Reading(kind, size, f"{decoded.encoding} {decoded.evidence}", decoded.damaged, base, links)


def sniff(media_type: str, path: str, body: bytes) -> str:
    """Return `html`, `css`, `script` or an empty string, by header, name and first bytes."""
    head = body[:512].lstrip(b"\xef\xbb\xbf \t\r\n\x00").lower()
    if body.startswith(_BINARY):
        return ""
    if media_type == "text/css" or path.endswith(".css"):
        return "css"
    if media_type.endswith(("javascript", "ecmascript")) or path.endswith(".js"):
        return "script"
    if "html" in media_type or head.startswith((b"<!doctype html", b"<html", b"<head", b"<script", b"<meta")):
        return "html"
    return "html" if media_type in ("", "text/plain") and b"<html" in head else ""


def packed(reading: Reading) -> bytes:
    """Return a reading as bytes, for `unpacked` in another process of the same Python."""
    return marshal.dumps(tuple(reading))


def unpacked(data: bytes) -> Reading:
    """Return the reading that `packed` wrote."""
    return Reading(*marshal.loads(data))  # noqa: S302 (our own child process wrote it a moment ago)
