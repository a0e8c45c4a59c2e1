"""The elements of a page that several readers ask for, found in one walk: each further one, and each look for a word in
the page's source, costs nearly as much as this one.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

_SEEN = ("a", "area", "base", "iframe", "marquee", "xml")
_UNSEEN = ("script", "style", "noscript", "template", "link", "select", "textarea")
_HEAD = ("title", "meta[content]")
_WANTED = ", ".join((*_SEEN, *_HEAD, *_UNSEEN))


class Script(NamedTuple):
    """A script and what it says; nothing where it stands in a file of its own."""

    node: LexborNode
    text: str


@dataclass(slots=True)
class Elements:
    """Elements in the order of the page. They are those of the tree as it was: look again after a cut."""

    named: dict[str, list[LexborNode]] = field(default_factory=dict)
    """Name of an element → those of the page."""
    unseen: list[LexborNode] = field(default_factory=list)
    """What nobody reads: scripts, styles and their like, what forms offer."""
    scripts: list[Script] = field(default_factory=list)

    @classmethod
    def of(cls, tree: LexborHTMLParser) -> "Elements":
        """Return the elements of a page."""
        found = cls()
        for node in tree.css(_WANTED):
            tag = node.tag or ""
            if tag in _UNSEEN:
                found.unseen.append(node)
            if tag == "script":
                found.scripts.append(Script(node, node.text() or ""))
            else:
                found.named.setdefault(tag, []).append(node)
        return found

    def all(self, *names: str) -> list[LexborNode]:
        """Return the elements of some names, one name after the other."""
        return [node for name in names for node in self.named.get(name, ())]
