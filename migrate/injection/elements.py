"""The elements of a page that several readers ask for, found in one walk: each further one costs as much as all."""

from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

_WANTED = "a, area, title, meta[content], script, style, noscript, template, link, select, textarea"


@dataclass(slots=True)
class Elements:
    """Elements in the order of the page. They are those of the tree as it was: look again after a cut."""

    anchors: list[LexborNode] = field(default_factory=list)
    areas: list[LexborNode] = field(default_factory=list)
    head: list[LexborNode] = field(default_factory=list)
    """Titles, and META tags that say something."""
    scripts: list[LexborNode] = field(default_factory=list)
    unseen: list[LexborNode] = field(default_factory=list)
    """What nobody reads: scripts again, styles and their like, what forms offer."""

    @classmethod
    def of(cls, tree: LexborHTMLParser) -> "Elements":
        """Return the elements of a page."""
        found = cls()
        lists = {
            "a": found.anchors,
            "area": found.areas,
            "title": found.head,
            "meta": found.head,
        }
        for node in tree.css(_WANTED):
            tag = node.tag or ""
            lists.get(tag, found.unseen).append(node)
            if tag == "script":
                found.scripts.append(node)
        return found
