"""Small helpers over the parsed tree: text without blanks, ancestors, hosts."""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborNode

_ZERO_WIDTH = re.compile("[\u200b-\u200f\u2060\ufeff]+")
_LINE_BREAKS = re.compile(r"[ \t\r\n\f]*[\t\r\n\f][ \t\r\n\f]*")

BLOCKS = frozenset(
    "address article aside blockquote body center dd dir div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 "
    "h5 h6 header hr li main menu nav ol p pre section table tbody td tfoot th thead title tr ul ucapcontent "
    "ucaptitle publishtime".split()
)
"""Elements that begin a new line on the page."""

HEADINGS = frozenset({"h1", "h2", "h3", "h4"})


def squeeze(text: str | None) -> str:
    """Return the text without any white space, no-break and zero-width characters included."""
    if not text:
        return ""
    joined = "".join(text.split())
    return joined if joined.isprintable() else _ZERO_WIDTH.sub("", joined)


def one_line(text: str | None) -> str:
    """Return the text on one line: breaks become one blank, no-break spaces blanks; inner blanks stay as typed."""
    if not text:
        return ""
    if not text.isprintable():
        text = _LINE_BREAKS.sub(" ", _ZERO_WIDTH.sub("", text).replace("\xa0", " "))
    return text.strip(" \u3000")


def attribute(node: LexborNode, name: str) -> str:
    """Return an attribute's value, empty where it is missing."""
    return node.attributes.get(name) or ""


def ancestors(node: LexborNode) -> Iterator[LexborNode]:
    """Yield the parent of a node, its parent, and so on to the root element."""
    parent = node.parent
    while parent is not None and parent.is_element_node:
        yield parent
        parent = parent.parent


def within(node: LexborNode, container: LexborNode) -> bool:
    """Say whether a node is the container or lies inside it."""
    wanted = container.mem_id
    return node.mem_id == wanted or any(parent.mem_id == wanted for parent in ancestors(node))


def children(node: LexborNode) -> list[LexborNode]:
    """Return the child nodes, text nodes included, as a list that survives changes of the tree."""
    found = []
    child = node.first_child
    while child is not None:
        found.append(child)
        child = child.next
    return found


def class_and_id(node: LexborNode) -> str:
    """Return the node's class and id, lower case, with blanks between and around."""
    attributes = node.attributes
    return f" {attributes.get('class') or ''} {attributes.get('id') or ''} ".lower()
