"""The bytes of one answer → what it is and what it names. A pure function, so that it can run in another process."""

import marshal
import re
from collections.abc import Container
from typing import NamedTuple

from migrate.encoding import Decoded, decode, garbled
from migrate.harvest.clicks import clicks
from migrate.harvest.content import OFFICE, Content, of_page
from migrate.harvest.hollow import is_hollow
from migrate.harvest.links import (
    RawLink,
    Words,
    css_links,
    data_links,
    html_links,
    library_links,
    robots_links,
)
from migrate.harvest.paging import Further, ListPage, Pagers, outline
from migrate.harvest.paging.forms import asked_for
from migrate.harvest.paging.gaps import turned
from migrate.harvest.paging.words import claimed, turn
from migrate.harvest.targets import Page, Targets, form_key
from migrate.http.content import MAX_PAGE, opened
from migrate.http.types import HeaderPairs

_BINARY = (b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"GIF8", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf",
           b"BM", b"RIFF", b"\x00\x00\x01\x00")  # fmt: skip
_GUESSED = frozenset({"code", "data", "script"})
"""Contexts of links that a script asks for, or seems to."""
_NO_PAGE = re.compile(r"(?:image|video|audio|font)/(?!svg)")
_HTML = (b"<!doctype html", b"<html", b"<wml", b"<frameset")
_HTML_BEGINS = (b"<head", b"<body", b"<script", b"<meta", b"<title", b"<style", b"<base")
_HTML_PIECE = (b"<iframe", b"<h1", b"<div", b"<font", b"<table", b"<a ", b"<b", b"<p", b"<ul", b"<li", b"<!--")
"""By these, browsers know HTML that nobody calls so (WHATWG MIME Sniffing, section 7.1; lists added)."""
_XML = (b"<?xml", b"<rss", b"<feed", b"<urlset", b"<sitemapindex", b"<datastore", b"<asx")
_JSON = re.compile(rb"(?:[\w$.]{1,60}\s*\(\s*)?[\[{]\s*[\"'\[{]")
"""JSON, or a call that gives it to a script."""

MAX_TARGETS = 100_000
"""Targets that are taken from one page; a sitemap names 50,000 at most, and each costs a kilobyte of memory here."""

Found = list[tuple[Page, list[RawLink]]]
"""Links, and what they are relative to."""


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
    referrer: str = ""
    """The page that named it: a script's relative links are that page's."""
    browsed: bool = False
    """A browser is at hand: look whether the page needs one."""
    form: str = ""
    """The form that it answers; empty: none."""
    links: bool = True
    """Whether what it names is wanted: of an error, or where a file should be, only what it is."""
    nonsense: tuple[str, ...] = ()
    """Likenesses of the site's answers to addresses that were made up (content.likeness)."""


class Reading(NamedTuple):
    """What an answer is and what it names."""

    kind: str
    """`html`, `css`, `script`, `data`, `robots`, or empty for everything that has no links."""
    size: int
    """Bytes, content coding undone; of what is larger than MAX_PAGE one byte more than that."""
    encoding: str = ""
    """Of pages: the encoding that was decided, and on what evidence."""
    damaged: int = 0
    """Characters that could not be read."""
    garbled: str = ""
    """A sample of mojibake that was saved with the text."""
    hollow: bool = False
    """A page that shows nothing, or an empty list, until its scripts have run. Looked for only where that matters."""
    outline: str = ""
    """Of pages of lists: mark of what they show apart from their number."""
    stuck: int = 0
    """Pages that a list claims to have, where nothing was found that leads to the others."""
    crowded: bool = False
    """It names more than MAX_TARGETS targets: those behind them were left out."""
    content: Content = Content()
    """What the content tells of it."""
    sessions: tuple[str, ...] = ()
    """Query parameters that turned out to be session ids."""
    named: tuple[Named, ...] = ()
    """In the order of the page."""
    again: tuple[str, ...] = ()
    """Keys of further targets, which an earlier page named already."""


def has_links(content_type: str, codings: str, body: bytes) -> bool:
    """Say whether an answer may name others, by its header and first bytes: most images and files need no reading."""
    if codings:
        return True
    return not body.startswith(_BINARY) and (not _NO_PAGE.match(content_type) or body.lstrip()[:1] == b"<")


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
    headers: HeaderPairs = ((b"Content-Type", unread.content_type.encode("latin-1", "replace")),)
    if unread.codings:
        headers += ((b"Content-Encoding", unread.codings.encode("latin-1", "replace")),)
    elif unread.path.endswith(".xml.gz") and unread.body.startswith(b"\x1f\x8b"):
        headers += ((b"Content-Encoding", b"gzip"),)  # a sitemap may be a packed file (sitemaps.org)
    body, fault = opened(headers, unread.body, MAX_PAGE + 1)
    size, body = len(body), body[:MAX_PAGE]
    kind = sniff(unread.content_type.partition(";")[0].strip().lower(), unread.path, body)
    if not kind:
        return Reading("", size, content=Content(fault))
    decoded = decode(body, unread.content_type)
    if kind != "html":
        named, again = _named(_find(kind, unread, decoded, pagers), targets, told)
        crowded = len(named) >= MAX_TARGETS
        return Reading(kind, size, crowded=crowded, content=Content(fault), named=named, again=again)
    base, links = html_links(decoded.text)
    reading = Reading(
        kind=kind,
        size=size,
        encoding=f"{decoded.encoding} {decoded.evidence}",
        damaged=decoded.damaged,
        garbled="" if decoded.damaged else garbled(decoded.text),
        hollow=unread.browsed and is_hollow(decoded.text),
        content=of_page(body, decoded.text, [link.context for link in links], unread.nonsense)._replace(fault=fault),
    )
    if not reading.content.followed or (not unread.links and OFFICE not in reading.content.marks):
        return reading
    page = ListPage(unread.url, decoded.text, unread.form, encoding=decoded.encoding)
    further = pagers.further(page)
    clicked = list(clicks(page))
    turning = any(turn(link.text) for link in clicked)
    if not further and not turning and (pages := claimed(decoded.text)) > 1 and not turned(page):
        further = list(asked_for(page, pages))
        reading = reading._replace(stuck=0 if further else pages)
    found = [(Page.at(unread.url, base, decoded.encoding), _with_pages([*links, *clicked], further))]
    named, again = _named(found, targets, told, decoded.text)
    mark = outline(page) if further or page.turns else ""
    learned = targets.learn_sessions(unread.url, [*again, *(one.key for one in named)])
    crowded = len(named) >= MAX_TARGETS
    return reading._replace(crowded=crowded, outline=mark, sessions=learned, named=named, again=again)


def _find(kind: str, unread: Unread, decoded: Decoded, pagers: Pagers) -> Found:
    page = Page.at(unread.url, encoding=decoded.encoding)
    if kind == "script":
        fixed, relative = library_links(decoded.text)
        return [(page, fixed), (Page.at(unread.referrer or unread.url, encoding=decoded.encoding), relative)]
    if kind == "css":
        return [(page, list(css_links(decoded.text)))]
    if kind == "robots":
        return [(page, robots_links(decoded.text))]
    return [(page, _of_data(unread, decoded.text, pagers))]


def _of_data(unread: Unread, text: str, pagers: Pagers) -> list[RawLink]:
    links = data_links(text)
    if "?" in unread.url or unread.form:
        # What a script's answer says of the script itself is its pager's business.
        links = [link for link in links if _script(link.href) != _script(unread.url)]
    return _with_pages(links, pagers.further(ListPage(unread.url, text, unread.form, data=True)))


def _with_pages(links: list[RawLink], further: list[Further]) -> list[RawLink]:
    """Return the links with the pages that a list goes on with, instead of guesses at what asks for them."""
    if not further:
        return links
    scripts = {_script(page.href) for page in further if "?" in page.href}
    kept = [link for link in links if link.context not in _GUESSED or _script(link.href) not in scripts]
    return [*kept, *(RawLink(page.href, "pager", form=page.form) for page in further)]


def _script(href: str) -> str:
    """Return the file name in an address."""
    return href.partition("?")[0].rpartition("/")[2]


def _named(
    found: Found, targets: Targets, told: Container[str], source: str = ""
) -> tuple[tuple[Named, ...], tuple[str, ...]]:
    """The hot loop: a page has hundreds of links, and most lead where other pages' lead. `source` is the page's."""
    named: dict[str, Named] = {}
    again: dict[str, None] = {}
    words = Words(source)
    for page, links in found:
        known = targets.everywhere(page)
        for link in links:
            href, context, _text, form, _tag = link
            target = known[href] if href in known else targets.get(page, href)
            if target is None:
                continue
            key, url, own = target
            if form and own and key:
                key = form_key(key, form)
            if key in again or key in named:
                continue
            if key in told:
                again[key] = None
            elif len(named) >= MAX_TARGETS:
                break
            else:
                named[key] = Named(key, url, own, context, words.of(link), form)
    return tuple(named.values()), tuple(again)


def sniff(media_type: str, path: str, body: bytes) -> str:
    """Return `html`, `css`, `script`, `data`, `robots` or an empty string, by header, name and first bytes."""
    if body.startswith(_BINARY):
        return ""
    head = body[:1024].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()  # UTF-16 has zeros
    name = path.rpartition("/")[2]
    signs = (
        ("html", head.startswith((*_HTML, *_HTML_BEGINS))),
        ("robots", path == "/robots.txt"),
        ("css", media_type == "text/css" or name.endswith(".css")),
        ("script", media_type.endswith(("javascript", "ecmascript")) or name.endswith(".js")),
        ("data", "json" in media_type or head.startswith(b"#extm3u") or _JSON.match(head)),
        ("html", "xhtml" in media_type or any(mark in head for mark in _HTML)),
        (
            "data",
            head.startswith(_XML) or ("xml" in media_type and "html" not in media_type and "wml" not in media_type),
        ),
        ("html", "html" in media_type or "wml" in media_type or (not media_type and head.startswith(_HTML_PIECE))),
        ("data", media_type == "text/plain" and "sitemap" in name),
    )
    return next((kind for kind, sure in signs if sure), "")


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
        *fields, content, sessions = reading[:-2]
        told = [tuple(one) for one in reading.named]
        return marshal.dumps((fields, tuple(content), sessions, told, again))


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
        fields, content, sessions, named, again = told
        new = tuple(Named(*one) for one in named)
        keys = tuple(map(known.__getitem__, again))
        reading = Reading(*fields)._replace(content=Content(*content), sessions=sessions, named=new, again=keys)
        known.extend(one.key for one in reading.named if one.key)
        return reading
