"""List pages and feeds of sources → lines. What can't be read is told, never guessed: a list changes without notice."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any

from lxml import etree
from selectolax.lexbor import LexborHTMLParser, LexborNode

from migrate.config.policy import ListSpec
from migrate.encoding import decode
from migrate.urls import resolve

MAX_LINES = 5_000
"""Lines of one list that are read; more are no list of notices."""
_MAX_TITLE = 500
_TAG = re.compile(r"<[^<>]*>")
_BLANK = re.compile(r"\s+")
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""Characters that no database or file takes; JSON may spell them."""
_CALL = re.compile(r"\s*[\w$.]+\s*\((.*)\)\s*;?\s*", re.DOTALL)
"""JSON in a call, as scripts of other hosts want it (JSONP)."""
_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")
_ATOM = "{http://www.w3.org/2005/Atom}"
_DATES = ("pubDate", "{http://purl.org/dc/elements/1.1/}date", f"{_ATOM}published", f"{_ATOM}updated")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list."""

    url: str
    """Absolute."""
    title: str
    date: str
    """As written; empty where none is."""


@dataclass(frozen=True, slots=True)
class ListRead:
    """What a list says."""

    lines: tuple[Line, ...]
    fault: str = ""
    """Why nothing can be read of it: `not-json`, `no-items`, `not-xml`, `entities`, `not-html`; empty if it can."""
    found: int = 0
    """Lines that were there, whether or not they could be read."""
    without: tuple[str, ...] = ()
    """What lines lack: `link`, `title`, once for each line."""


class _Fault(Exception):
    """Why a list can't be read."""


def read_list(spec: ListSpec, body: bytes, content_type: str, url: str) -> ListRead:
    """Return the lines of a list, as it was got from `url`. Never raises for what a server sends."""
    readers = {"json": _json_lines, "feed": _feed_lines, "html": _html_lines}
    try:
        raw = list(readers[spec.form](spec, body, content_type))
    except _Fault as fault:
        return ListRead((), str(fault))
    lines: dict[str, Line] = {}
    without: list[str] = []
    for title, link, date in raw[:MAX_LINES]:
        href = _UNWRITABLE.sub("", link)
        address, words = resolve(url, href) if href else None, _plain(title)
        if not address or not words:
            without.append("title" if address else "link")
            continue
        lines.setdefault(address, Line(address, words[:_MAX_TITLE], _plain(date)[:100]))
    return ListRead(tuple(lines.values()), "", len(raw), tuple(without))


def _plain(text: str) -> str:
    """Return a text without markup: search engines mark words in titles, and feeds escape twice."""
    return _BLANK.sub(" ", _UNWRITABLE.sub("", unescape(_TAG.sub("", text)))).strip()


# JSON


def _json_lines(spec: ListSpec, body: bytes, content_type: str) -> Iterator[tuple[str, str, str]]:
    try:
        text = decode(body, content_type).text.lstrip("\ufeff")
        call = _CALL.fullmatch(text)
        document = json.loads(call[1] if call else text)
    except (ValueError, RecursionError) as error:
        raise _Fault("not-json") from error
    items = _at(document, spec.items)
    if not isinstance(items, list):
        raise _Fault("no-items")
    for item in items:
        yield _text(_at(item, spec.title)), _text(_at(item, spec.link)), _text(_at(item, spec.published))


def _at(value: Any, path: str) -> Any:
    """Return what stands at a key path such as `data.list` or `pages.0.url`; None where there is nothing."""
    for step in filter(None, path.split(".")):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


# feeds


def _feed_lines(_spec: ListSpec, body: bytes, content_type: str) -> Iterator[tuple[str, str, str]]:
    try:
        root = _xml(body.strip())
    except (etree.XMLSyntaxError, ValueError):  # many say gb2312 where it is more, or utf-8 where it is not
        try:
            root = _xml(_DECLARATION.sub("", decode(body, content_type).text.lstrip("\ufeff")).encode())
        except (etree.XMLSyntaxError, ValueError) as error:
            raise _Fault("not-xml") from error
    if _declares(root.getroottree().docinfo):
        raise _Fault("entities")
    items = list(root.iter("item", f"{_ATOM}entry", "{http://purl.org/rss/1.0/}item"))
    if not items and etree.QName(root).localname not in ("rss", "feed", "RDF"):
        raise _Fault("no-items")
    for item in items:
        date = next((text for name in _DATES if (text := (item.findtext(name) or "").strip())), "")
        yield _child(item, "title"), _feed_link(item), date


def _xml(text: bytes) -> "etree._Element":
    """Return XML read so that it can do no harm. Raises XMLSyntaxError where it is none."""
    return etree.fromstring(
        text, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False)
    )


def _declares(docinfo: Any) -> bool:
    """Say whether XML declares entities or names a file with declarations; RSS 0.91 names a public one, unread."""
    declared = docinfo.internalDTD
    return declared is not None and (bool(docinfo.system_url and not docinfo.public_id) or bool(declared.entities()))


def _child(item: "etree._Element", name: str) -> str:
    found = (item.find(space + name) for space in ("", _ATOM, "{http://purl.org/rss/1.0/}"))
    node = next((one for one in found if one is not None), None)
    return "".join(map(str, node.itertext())) if node is not None else ""


def _feed_link(item: "etree._Element") -> str:
    for node in item.findall(f"{_ATOM}link"):
        if node.get("rel", "alternate") == "alternate" and node.get("href"):
            return str(node.get("href"))
    guid = item.find("guid")
    is_address = guid is not None and guid.get("isPermaLink", "true") != "false"
    return _child(item, "link").strip() or ((item.findtext("guid") or "").strip() if is_address else "")


# HTML


def _html_lines(spec: ListSpec, body: bytes, content_type: str) -> Iterator[tuple[str, str, str]]:
    tree = LexborHTMLParser(decode(body, content_type).text)
    if tree.body is None:
        raise _Fault("not-html")
    for item in tree.css(spec.items)[: MAX_LINES + 1]:
        link = _first(item, spec.link or "a[href]")
        yield _html_title(spec, item, link), _attribute(link, "href"), _html_date(spec, item, link)


def _first(item: LexborNode, selector: str) -> LexborNode | None:
    return item if item.css_matches(selector) and item.tag == "a" else item.css_first(selector)


def _attribute(node: LexborNode | None, name: str) -> str:
    return (node.attributes.get(name) or "") if node is not None else ""


def _html_title(spec: ListSpec, item: LexborNode, link: LexborNode | None) -> str:
    if spec.title:
        found = item.css_first(spec.title)
        return found.text() if found is not None else ""
    return _attribute(link, "title").strip() or (link.text() if link is not None else "")


def _html_date(spec: ListSpec, item: LexborNode, link: LexborNode | None) -> str:
    """Return the text of the date's element, or what the line says beside its link: titles have dates of their own."""
    if spec.published:
        found = item.css_first(spec.published)
        return found.text(separator=" ") if found is not None else ""
    said = link.text() if link is not None else ""
    return item.text(separator=" ").replace(said, " ", 1)


def readable(lines: Iterable[Line]) -> int:
    """Return how many lines have something where their date should be."""
    return sum(bool(line.date) for line in lines)
