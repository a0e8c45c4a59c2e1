"""The bytes of one answer → what it is and what it names. A pure function, so that it can run in another process."""

import marshal
import re
from collections.abc import Container, Iterable
from typing import NamedTuple

from migrate.encoding import decode
from migrate.harvest.hollow import is_hollow
from migrate.harvest.links import MAX_SCRIPT, RawLink, css_links, data_links, html_links, library_links, link_text
from migrate.harvest.paging import Further, ListPage, Pagers, outline
from migrate.harvest.targets import Page, Targets, form_key
from migrate.http.content import MAX_PAGE, decoded_body
from migrate.http.types import HeaderPairs

_BINARY = (b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"GIF8", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf",
           b"BM", b"RIFF", b"\x00\x00\x01\x00")  # fmt: skip
_DATA = ("application/json", "application/xml", "text/xml", "text/json")
_DATA_BEGINS = (b"<?xml", b"<datastore", b'{"', b"[{")
_GUESSED = frozenset({"code", "data", "script"})
"""Contexts of links that a script asks for, or seems to."""
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
    form: str = ""
    """The form that it answers; empty: none."""
    browsed: bool = False
    """A browser is at hand: look whether the page needs one."""


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
    outline: str = ""
    """Of pages of lists: mark of what they show apart from their number."""


def has_links(content_type: str, codings: str, body: bytes) -> bool:
    """Say whether an answer may name others, by its header and first bytes: most images and files need no reading."""
    if codings:
        return True
    return not body.startswith(_BINARY) and not _NO_PAGE.match(content_type)


def attempt(unread: Unread, targets: Targets, pagers: Pagers, told: Container[str] = ()) -> Reading | str:
    """As `read`; where a page makes that fail against all care, what went wrong: one page must not end a harvest."""
    try:
        return read(unread, targets, pagers, told)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def read(unread: Unread, targets: Targets, pagers: Pagers, told: Container[str] = ()) -> Reading:
    """Return what an answer names; never raises for what servers send. Of what is too large, its beginning is read.

    Of targets whose keys are in `told`, nothing but the key is told again.
    """
    headers: HeaderPairs = ((b"Content-Encoding", unread.codings.encode("latin-1")),) if unread.codings else ()
    body = decoded_body(headers, unread.body, MAX_PAGE + 1)
    size, body = len(body), body[:MAX_PAGE]
    kind = sniff(unread.content_type.partition(";")[0].strip().lower(), unread.path, body)
    if not kind:
        return Reading("", size)
    decoded = decode(body, unread.content_type)
    encoding = f"{decoded.encoding} {decoded.evidence}"
    if kind == "html":
        base, links = html_links(decoded.text)
        page = ListPage(unread.url, decoded.text, unread.form, encoding=decoded.encoding)
        further = pagers.further(page)
        shown = outline(page, links) if further or page.turns else ""
        named = _named(Page.at(unread.url, base, decoded.encoding), _with_pages(links, further), targets, told)
        hollow = unread.browsed and is_hollow(decoded.text)
        return Reading(kind, size, encoding, decoded.damaged, hollow, *named, shown)
    if kind == "data":
        links = [link for link in data_links(decoded.text) if _script(link.href) != _script(unread.url)]
        links = _with_pages(links, pagers.further(ListPage(unread.url, decoded.text, unread.form, data=True)))
        named = _named(Page.at(unread.url, "", decoded.encoding), links, targets, told)
        return Reading(kind, size, encoding, decoded.damaged, False, *named)
    finder = css_links if kind == "css" else library_links
    named = _named(Page.at(unread.url), finder(decoded.text[:MAX_SCRIPT]), targets, told)
    return Reading(kind, size, "", 0, False, *named)


def _with_pages(links: list[RawLink], further: list[Further]) -> list[RawLink]:
    """Return the links with the pages that a list goes on with, instead of guesses at what asks for them."""
    if not further:
        return links
    scripts = {_script(page.href) for page in further if "?" in page.href}
    kept = [link for link in links if link.context not in _GUESSED or _script(link.href) not in scripts]
    return [*kept, *(RawLink(page.href, "pager", form=page.form) for page in further)]


def _script(href: str) -> str:
    """Return the file name in an address. What a script's answer says of the script itself is its pager's business."""
    return href.partition("?")[0].rpartition("/")[2]


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
    """Return `html`, `css`, `script`, `data` (XML, JSON) or an empty string, by header, name and first bytes."""
    head = body[:512].lstrip(b"\xef\xbb\xbf \t\r\n\x00").lower()
    if body.startswith(_BINARY):
        return ""
    if media_type == "text/css" or path.endswith(".css"):
        return "css"
    if media_type.endswith(("javascript", "ecmascript")) or path.endswith(".js"):
        return "script"
    if media_type in _DATA or head.startswith(_DATA_BEGINS):
        # Many old scripts call their XML and JSON text/html, and many old pages begin as XML.
        return "html" if b"<html" in head or b"<!doctype html" in head else "data"
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
        return marshal.dumps((*reading[:5], [tuple(named) for named in reading.named], again, reading.outline))


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
        kind, size, encoding, damaged, hollow, named, again, shown = told
        new = tuple(Named(*one) for one in named)
        old = tuple([known[number] for number in again])
        reading = Reading(kind, size, encoding, damaged, hollow, new, old, shown)
        known.extend(one.key for one in reading.named if one.key)
        return reading
