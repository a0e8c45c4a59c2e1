"""The elements of a page that several readers ask for, found in one walk: each further one, and each look for a word in
the page's source, costs nearly as much as this one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

KNOWN = 1000
"""Numbers that the parser gives to elements of HTML are smaller: those of others differ from page to page."""


def numbers(names: Iterable[str]) -> dict[int, str]:
    """Return the parser's numbers of elements and their names: numbers are had without a text made of each name."""
    probe = LexborHTMLParser("")
    return {number: name for name in names if (number := probe.create_node(name).tag_id or KNOWN) < KNOWN}


_UNSEEN = frozenset({"script", "style", "noscript", "template", "link", "select", "textarea"})
_NAMES = numbers(("a", "area", "base", "iframe", "marquee", "title", "meta", *_UNSEEN))


class Script(NamedTuple):
    """A script and what it says; nothing where it stands in a file of its own."""

    node: LexborNode
    text: str


@dataclass(slots=True)
class Elements:
    """Elements in the order of the page. They are those of the tree as it was: look again after a cut."""

    named: dict[str, list[LexborNode]]
    """Name of an element → those of the page."""
    unseen: list[LexborNode] = field(default_factory=list)
    """What nobody reads: scripts, styles and their like, what forms offer."""
    scripts: list[Script] = field(default_factory=list)

    @classmethod
    def of(cls, tree: LexborHTMLParser) -> "Elements":
        """Return the elements of a page."""
        found = cls({name: [] for name in _NAMES.values()})
        for node in tree.root.traverse() if tree.root is not None else ():
            name = _NAMES.get(node.tag_id or 0)
            if name is None:
                continue
            found.named[name].append(node)
            if name in _UNSEEN:
                found.unseen.append(node)
        found.scripts = [Script(node, node.text() or "") for node in found.named["script"]]
        return found

    def all(self, *names: str) -> list[LexborNode]:
        """Return the elements of some names, one name after the other."""
        return [node for name in names for node in self.named[name]]
