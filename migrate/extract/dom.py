"""Small helpers over the parsed tree: text without blanks, ancestors, hosts."""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborNode

_ZERO_WIDTH = re.compile("[\u200b-\u200f\u2060\ufeff]+")
_LINE_BREAKS = re.compile(r" *[\t\r\n\f][ \t\r\n\f]*")
_EDGES = " \t\r\n\f\xa0\u3000\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"

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
    text = text.strip(_EDGES)
    if text.isprintable():
        return text
    text = text.replace("\xa0", " ")
    if text.replace("\u3000", " ").isprintable():
        return text  # nothing but blanks: the patterns would look at each letter
    return _LINE_BREAKS.sub(" ", _ZERO_WIDTH.sub("", text))


def shown_and_squeezed(text: str) -> tuple[str, str]:
    """Return the text on one line, and without any white space; most lines have none, and are looked at once."""
    shown = one_line(text)
    return shown, shown if " " not in shown and shown.isprintable() else squeeze(text)


def attribute(node: LexborNode, name: str) -> str:
    """Return an attribute's value, empty where it is missing."""
    return node.attrs.sget(name, "") if node.is_element_node else ""  # `attributes` would make a dict of all


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
    return f" {attribute(node, 'class')} {attribute(node, 'id')} ".lower()


_PARTS = frozenset("ul ol dl pre blockquote h2 h3 h4 h5 h6".split())


def is_part(node: LexborNode) -> bool:
    """Say whether an element is something of the text itself, and no box around it: a list, a table that holds data.

    What is in it says less without it. Tables whose rows have one cell are layout.
    """
    return node.tag in _PARTS or (node.tag == "table" and any(cells(row) > 1 for row in node.css("tr")))


def cells(row: LexborNode) -> int:
    """Return how many cells of a row have text."""
    return sum(1 for cell in children(row) if cell.tag in ("td", "th") and squeeze(cell.text()))


_NO_TEXT = frozenset({"img", "script", "style", "-comment", "_comment"})


def text_before(node: LexborNode, limit: int) -> str:
    """Return the text that stands before a node on its line, the last `limit` characters of it or a few more.

    Looks no further than a line break or the edge of the block, and reads no more than it needs.
    """
    pieces: list[str] = []
    found = 0
    current: LexborNode | None = node
    while current is not None and found < limit:
        sibling = current.prev
        if sibling is None:
            current = current.parent
            if current is None or current.tag in BLOCKS:
                break
            continue
        current = sibling
        if sibling.tag == "br" or sibling.tag in BLOCKS:
            break
        if sibling.tag not in _NO_TEXT:
            piece = (sibling.text_content if sibling.tag == "-text" else sibling.text()) or ""
            pieces.append(piece)
            found += len(piece)
    return "".join(reversed(pieces))


def is_typed(node: LexborNode) -> bool:
    """Say whether a block and the one after it were written by an editor, not by a template.

    CKEditor 3 and 4 (DedeCMS, JEECMS and others) write every block alike: its text begins on a new line after one tab,
    the next block on a new line without any blank before it.
    """
    if not _begins_typed(node):
        return False
    following, between = node.next, ""
    while following is not None and following.tag in ("-text", "br"):
        between += following.text_content or "" if following.tag == "-text" else ""
        following = following.next
    return following is not None and not between.strip("\n") and "\n" in between and _begins_typed(following)


def _begins_typed(node: LexborNode) -> bool:
    first = node.first_child
    if first is None or first.tag != "-text":
        return False
    text = first.text_content or ""
    return text.startswith("\n\t") and not text[2:3].isspace()
