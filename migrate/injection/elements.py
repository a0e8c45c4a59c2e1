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
_MEDIA = ("img", "video", "embed", "object", "iframe")
_NAMES = numbers(("a", "area", "base", "marquee", "title", "meta", *_MEDIA, *_UNSEEN))


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
    strange: set[str] = field(default_factory=set)
    """Names of elements that HTML doesn't know: Office's, and those that systems made up."""
    scripts: list[Script] = field(default_factory=list)

    @classmethod
    def of(cls, tree: LexborHTMLParser) -> "Elements":
        """Return the elements of a page."""
        found = cls({name: [] for name in _NAMES.values()})
        for node in tree.root.traverse() if tree.root is not None else ():
            number = node.tag_id or 0
            name = _NAMES.get(number)
            if name is None:
                if number > KNOWN:
                    found.strange.add(node.tag or "")
                continue
            found.named[name].append(node)
            if name in _UNSEEN:
                found.unseen.append(node)
        found.scripts = [Script(node, node.text() or "") for node in found.named["script"]]
        return found

    def any_media(self) -> bool:
        """Say whether the page shows a picture, a film or a frame, whatever its text."""
        return any(self.named[name] for name in _MEDIA)

    def all(self, *names: str) -> list[LexborNode]:
        """Return the elements of some names, one name after the other."""
        return [node for name in names for node in self.named[name]]
