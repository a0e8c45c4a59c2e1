"""Everything in a page that names another address: attributes, styles, scripts, refreshes.

What is found is raw: hrefs as written. Resolving costs ten times more than finding, so it is done once for each
distinct spelling (see targets.py), not here.
"""

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

MAX_SCRIPT = 1_000_000
"""Characters of one script that are searched."""

MAX_TEXT = 200
"""Characters of a link's text that are kept."""


class RawLink(NamedTuple):
    """One address as a page spells it."""

    href: str
    context: str
    """Element or place: a, img, script, css, meta-refresh, code, pager …"""
    node: LexborNode | None = None
    """The element, where its text matters."""
    form: str = ""
    """Form to POST to the address, urlencoded; empty: GET."""


_ATTRIBUTES = ("href", "src", "data-src", "data-original", "oldsrc", "background", "poster", "pdfsrc")
_HANDLERS = ("onclick", "onchange", "onmouseup", "onload")
_NOT_FOLLOWED = frozenset({"dns-prefetch", "preconnect", "edituri", "pingback"})
_PARAMETERS = frozenset({"movie", "src", "url", "filename", "file"})

_SCRIPTED = re.compile(r"\s*javascript\s*:", re.IGNORECASE)
_LIKE_A_PATH = re.compile(r"(?:https?:)?//\S|\.{0,2}/[^\s/]|\S+\.(?:s?html?|aspx?|jsp|php)(?:\?|$)", re.IGNORECASE)
_CSS = re.compile(r"url\(\s*[\"']?([^\"'()\s]{1,2000})|@import\s+[\"']([^\"'\s]{1,2000})", re.IGNORECASE)
_REFRESH = re.compile(r"^\s*[\d.]*\s*[;,]?\s*(?:url\s*=)?\s*[\"']?([^\"'\s]+)", re.IGNORECASE)

_WORD = r"([^\"'<>\s\\]{1,2000})"
_END = r"\\?[\"'](?!\s*\+)"
# A string that the script goes on to build with + is no whole address.
_CODE = (
    re.compile(
        rf"(?:\.open|\bopen|\.replace|\.assign|showModalDialog|showVsbpdfIframe)\s*\(\s*\\?[\"']{_WORD}{_END}",
        re.IGNORECASE,
    ),
    re.compile(rf"\blocation(?:\.href)?\s*=\s*\\?[\"']{_WORD}{_END}", re.IGNORECASE),
    re.compile(rf"\b(?:href|src)\s*=\s*\\?[\"']{_WORD}{_END}", re.IGNORECASE),
    re.compile(
        r"\\?[\"']([^\"'<>\s\\]{0,1000}[\w%\-]\.(?:s?html?|aspx?|jsp|php|do|action|pdf|docx?|xlsx?|pptx?"
        rf"|wps|zip|rar)(?:\?[^\"'<>\s\\]{{0,1000}})?){_END}",
        re.IGNORECASE,
    ),
)


def html_links(text: str) -> tuple[str, list[RawLink]]:
    """Return (href of `<base>`, its raw links) of a page. What a script hides or writes is found too."""
    tree = LexborHTMLParser(text)
    base = tree.css_first("base[href]")
    return (base.attributes.get("href") or "" if base else ""), _links(tree)


def data_links(text: str) -> list[RawLink]:
    """Return what an answer in XML or JSON names: addresses that are a value of their own, and those in its HTML."""
    links: list[RawLink] = []
    try:
        values: list[object] = [json.loads(text)]
    except (ValueError, RecursionError):
        values = [unescape(text.replace("<![CDATA[", " ").replace("]]>", " "))]
    while values:
        value = values.pop()
        if isinstance(value, (list, dict)):
            values.extend(value.values() if isinstance(value, dict) else value)
        elif isinstance(value, str) and "<" in value:
            links.extend(_links(LexborHTMLParser(value)))
        elif isinstance(value, str) and len(value) <= 2000 and " " not in value and _LIKE_A_PATH.match(value):
            links.append(RawLink(value, "data"))
    return links


def css_links(text: str) -> Iterator[RawLink]:
    """Yield what a style sheet names."""
    for found in _CSS.finditer(text):
        yield RawLink(found[1] or found[2], "css")


def code_links(code: str) -> Iterator[RawLink]:
    """Yield what a piece of JavaScript seems to name. Guesses: a dead one means little."""
    code = code[:MAX_SCRIPT]
    for pattern in _CODE:
        for found in pattern.finditer(code):
            if _LIKE_A_PATH.match(found[1]) and not _built(code, found.start()):
                yield RawLink(found[1], "code")


def _built(code: str, start: int) -> bool:
    """Say whether what begins at `start` is put after something else by +: then it is no whole address either."""
    while start and code[start - 1] in " \t":
        start -= 1
    return start > 0 and code[start - 1] == "+"


def library_links(code: str) -> Iterator[RawLink]:
    """Yield what a separate script file names; only full addresses, since it may run on any page."""
    return (link for link in code_links(code) if link.href.startswith(("/", "http:", "https:")))


def link_text(node: LexborNode | None) -> str:
    """Return what a reader sees of a link, in one line."""
    if node is None:
        return ""
    text = " ".join(node.text().split())
    if not text:
        image = node if node.tag == "img" else node.css_first("img[alt]")
        text = node.attributes.get("title") or (image.attributes.get("alt") if image else "") or ""
    return text[:MAX_TEXT]


def _links(tree: LexborHTMLParser) -> list[RawLink]:
    # One search of the tree a selector: at 10 µs each cheaper than looking for the word in the text first.
    links: list[RawLink] = []
    for name in _ATTRIBUTES:
        _attributes(tree.css(f"[{name}]"), name, links)
    for name in _HANDLERS:
        for node in tree.css(f"[{name}]"):
            links.extend(code_links(node.attributes.get(name) or ""))
    for node in tree.css("[style*='url' i]"):
        links.extend(css_links(node.attributes.get("style") or ""))
    for node in tree.css("style"):
        links.extend(css_links(node.text()))
    for node in tree.css("script"):
        code = node.text()
        if code and not code.isspace():
            links.extend(code_links(code))
    links.extend(_rare(tree))
    return links


def _attributes(nodes: list[LexborNode], name: str, links: list[RawLink]) -> None:
    """The hot loop: a page has hundreds of these."""
    for node in nodes:
        href = node.attributes.get(name)
        tag = node.tag or ""
        if not href:
            continue
        if tag == "a":
            if href[:1] in "jJ \t\r\n" and _SCRIPTED.match(href):
                links.extend(code_links(href))
            else:
                links.append(RawLink(href, "a", node))
        elif tag == "link":
            relation = (node.attributes.get("rel") or "").lower()
            if relation not in _NOT_FOLLOWED:
                links.append(RawLink(href, "css" if "stylesheet" in relation else "link"))
        elif tag != "base":
            if _SCRIPTED.match(href):
                links.extend(code_links(href))
            else:
                links.append(RawLink(href, tag, node if tag in ("area", "img") else None))


def _rare(tree: LexborHTMLParser) -> Iterator[RawLink]:
    for node in tree.css("[srcset]"):
        for candidate in (node.attributes.get("srcset") or "").split(","):
            if candidate.strip():
                yield RawLink(candidate.split()[0], "img")
    for node in tree.css("object[data]"):
        yield RawLink(node.attributes.get("data") or "", "object")
    for node in tree.css("param[value]"):
        if (node.attributes.get("name") or "").lower() in _PARAMETERS:
            yield RawLink(node.attributes.get("value") or "", "object")
    for node in tree.css("option[value]"):
        value = (node.attributes.get("value") or "").strip()
        if _LIKE_A_PATH.match(value):
            yield RawLink(value, "option", node)
    for node in tree.css("meta[http-equiv]"):
        if (node.attributes.get("http-equiv") or "").strip().lower() == "refresh":
            found = _REFRESH.match(node.attributes.get("content") or "")
            if found and not found[1].replace(".", "").isdigit():
                yield RawLink(found[1], "meta-refresh")
