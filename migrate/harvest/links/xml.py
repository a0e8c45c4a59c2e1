"""Addresses and HTML in XML: lists that a script fetches or that lie in the page, feeds, sitemaps, play lists.

Read piece by piece, not as a tree: what old servers send as XML is often none.
"""

import re
from html import unescape

from migrate.harvest.links.raw import Strings
from migrate.harvest.links.shape import is_address, may_be_address, names_address

_PIECE = re.compile(
    r"<!\[CDATA\[(?P<data>(?:[^\]]|\](?!\]>))*+)(?:\]\]>)?"
    r"|<!--(?:[^-]|-(?!->))*+(?:-->)?"
    r"|<(?P<name>[?!]?[\w:.-]+)(?P<attributes>[^<>]*+)>?"
    r"|</[^<>]*+>?"
    r"|(?P<text>[^<]++)"
)
_ATTRIBUTE = re.compile(r"([\w:.-]{1,100})\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_HOLDS_ADDRESS = frozenset({"loc", "guid", "enclosure", "ref"})
_NAMESPACE = ("xmlns", "xsi:")
_MARKUP = re.compile(r"<[a-z!/]", re.IGNORECASE)


def read_xml(text: str) -> Strings:
    """Return what XML names. Never raises; takes time by its length."""
    addresses: list[str] = []
    html: list[str] = []
    name = ""
    for piece in _PIECE.finditer(text):
        if piece["name"]:
            name = piece["name"].rpartition(":")[2].lower()
            addresses.extend(_in_attributes(piece["attributes"]))
        elif value := (piece["data"] or unescape(piece["text"] or "")).strip():
            if _MARKUP.search(value):
                html.append(value)
            elif may_be_address(value) if _named(name) else is_address(value, alone=False):
                addresses.append(value)
    return Strings(tuple(addresses), tuple(html))


def _in_attributes(attributes: str) -> list[str]:
    found = []
    for name, double, single in _ATTRIBUTE.findall(attributes):
        value = unescape(double or single).strip()
        if name.startswith(_NAMESPACE):
            continue
        if may_be_address(value) if _named(name.lower()) else is_address(value, alone=False):
            found.append(value)
    return found


def _named(name: str) -> bool:
    return name in _HOLDS_ADDRESS or names_address(name)
