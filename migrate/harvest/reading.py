"""The bytes of one answer → what it is and what it names. A pure function, so that it can run in another process."""

import marshal
import re
from collections.abc import Container, Iterable
from typing import NamedTuple

from migrate.encoding import decode
from migrate.harvest.content import OFFICE, Content, of_page
from migrate.harvest.hollow import is_hollow
from migrate.harvest.links import MAX_SCRIPT, RawLink, css_links, html_links, library_links, link_text
from migrate.harvest.targets import Page, Targets, form_key
from migrate.http.content import MAX_PAGE, opened
from migrate.http.types import HeaderPairs

_BINARY = (b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"GIF8", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf",
           b"BM", b"RIFF", b"\x00\x00\x01\x00")  # fmt: skip
_NO_PAGE = re.compile(r"(?:image|video|audio|font)/(?!svg)")


class Named(NamedTuple):
    """A target that a page names, once for each target."""

    key: str
    """As targets.Target has it, with the form's mark if one is posted."""
    url: str
    """Spelling to request."""
    own: bool
    context: str
    """See links.RawLink."""
    text: str
    """What a reader sees of the link."""
    form: str
    """Form to POST; empty: GET."""


class Unread(NamedTuple):
    """One answer, as it came."""

    url: str
    path: str
    """Lower-case path of its canonical URL."""
    content_type: str
    """The header as sent."""
    codings: str
    """Content-Encoding as sent."""
    body: bytes
    """Content coding as sent; of a large one, the beginning."""
    browsed: bool = False
    """A browser is at hand: look whether the page needs one."""
    links: bool = True
    """Whether what it names is wanted: of an error, or where a file should be, only what it is."""
    nonsense: tuple[str, ...] = ()
    """Likenesses of the site's answers to addresses that were made up (content.likeness)."""


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
    hollow: bool = False
    """A page that shows nothing, or an empty list, until its scripts have run. Looked for only where that matters."""
    named: tuple[Named, ...] = ()
    """In the order of the page."""
    again: tuple[str, ...] = ()
    """Keys of further targets, which an earlier page named already."""
    content: Content = Content()
    sessions: tuple[str, ...] = ()
    """Query parameters that turned out to be session ids."""


def has_links(content_type: str, codings: str, body: bytes) -> bool:
    """Say whether an answer may name others, by its header and first bytes: most images and files need no reading."""
    if codings:
        return True
    return not body.startswith(_BINARY) and (not _NO_PAGE.match(content_type) or body.lstrip()[:1] == b"<")


def attempt(unread: Unread, targets: Targets, told: Container[str] = ()) -> Reading | str:
    """As `read`; where a page makes that fail against all care, what went wrong: one page must not end a harvest."""
    try:
        return read(unread, targets, told)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def read(unread: Unread, targets: Targets, told: Container[str] = ()) -> Reading:
    """Return what an answer names; never raises for what servers send. Of what is too large, its beginning is read.

    Of targets whose keys are in `told`, nothing but the key is told again.
    """
    headers: HeaderPairs = ((b"Content-Type", unread.content_type.encode("latin-1", "replace")),)
    if unread.codings:
        headers += ((b"Content-Encoding", unread.codings.encode("latin-1", "replace")),)
    body, fault = opened(headers, unread.body, MAX_PAGE + 1)
    size, body = len(body), body[:MAX_PAGE]
    kind = sniff(unread.content_type.partition(";")[0].strip().lower(), unread.path, body)
    if not kind:
        return Reading("", size, content=Content(fault))
    decoded = decode(body, unread.content_type)
    if kind != "html":
        finder = css_links if kind == "css" else library_links
        named, again = _named(Page.at(unread.url), finder(decoded.text[:MAX_SCRIPT]), targets, told)
        return Reading(kind, size, named=named, again=again, content=Content(fault))
    content = of_page(body, decoded.text, unread.nonsense)._replace(fault=fault)
    reading = Reading(kind, size, f"{decoded.encoding} {decoded.evidence}", decoded.damaged, content=content)
    if not content.followed or (not unread.links and OFFICE not in content.marks):
        return reading
    base, links = html_links(decoded.text, unread.url)
    named, again = _named(Page.at(unread.url, base, decoded.encoding), links, targets, told)
    hollow = unread.browsed and is_hollow(decoded.text)
    learned = targets.learn_sessions(unread.url, [*again, *(one.key for one in named)])
    return reading._replace(hollow=hollow, named=named, again=again, sessions=learned)


def _named(
    page: Page, links: Iterable[RawLink], targets: Targets, told: Container[str]
) -> tuple[tuple[Named, ...], tuple[str, ...]]:
    """The hot loop: a page has hundreds of links, and most lead where other pages' lead."""
    named: dict[str, Named] = {}
    again: dict[str, None] = {}
    get = targets.get
    for href, context, node, form in links:
        target = get(page, href)
        if target is None:
            continue
        key, url, own = target
        if form and own and key:
            key = form_key(key, form)
        if key in again or key in named:
            continue
        if key in told:
            again[key] = None
        else:
            named[key] = Named(key, url, own, context, link_text(node), form)
    return tuple(named.values()), tuple(again)


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


class Packer:
    """Readings as bytes, for another process: each key is spelled out once, then goes by its number."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def pack(self, reading: Reading | str) -> bytes:
        """Return a reading, or what went wrong, as bytes, for the next call of `unpack`."""
        if isinstance(reading, str):
            return marshal.dumps(reading)
        again = [self.numbers[key] for key in reading.again]
        for named in reading.named:
            if named.key:
                self.numbers[named.key] = len(self.numbers)
        told = [tuple(one) for one in reading.named]
        return marshal.dumps((reading[:5], told, again, tuple(reading.content), reading.sessions))


class Unpacker:
    """What a Packer packed, in the same order."""

    def __init__(self) -> None:
        self._keys: list[str] = []

    def unpack(self, data: bytes) -> Reading | str:
        """Return the reading, or what went wrong."""
        told = marshal.loads(data)  # noqa: S302 (our own child wrote it)
        if isinstance(told, str):
            return told
        known = self._keys
        (kind, size, encoding, damaged, hollow), named, again, content, sessions = told
        new = tuple(Named(*one) for one in named)
        keys = tuple([known[number] for number in again])
        reading = Reading(kind, size, encoding, damaged, hollow, new, keys, Content(*content), sessions)
        known.extend(one.key for one in reading.named if one.key)
        return reading
