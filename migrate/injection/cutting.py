"""Cutting: what went, counted by host, and the marks left where it stood."""

from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode

MARK_LINKS = "data-cut-links"
MARK_SCRIPTS = "data-cut-scripts"
"""Attributes left where something was cut, so that the body knows whether it stood inside."""


@dataclass(slots=True)
class Injected:
    """What was cut out of the page: hosts of links, sources of scripts, words that overwrote its title."""

    hosts: dict[str, int] = field(default_factory=dict)
    """Host → number of links."""
    scripts: list[str] = field(default_factory=list)
    """Addresses of scripts and frames; what an inline one does, in words of the source."""
    head: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """`title` or name of a META tag → the words of the trade that stood in it."""
    marked: bool = False
    """Whether a mark was left anywhere: then the tree is not what it was."""

    def count(self, host: str) -> None:
        """Count one link that was cut."""
        self.hosts[host] = self.hosts.get(host, 0) + 1


def take_marks(container: LexborNode) -> tuple[bool, bool]:
    """Return whether links, and whether scripts, were cut inside the container (or right under it)."""
    links = container.css_first(f"[{MARK_LINKS}]") is not None or MARK_LINKS in container.attrs
    scripts = container.css_first(f"[{MARK_SCRIPTS}]") is not None or MARK_SCRIPTS in container.attrs
    return links, scripts


def attribute(node: LexborNode, name: str) -> str:
    """Return an attribute's value, empty where it is missing."""
    return node.attrs.sget(name, "")  # `attributes` would make a dict of all


def leave_mark(node: LexborNode, injected: Injected, mark: str = MARK_LINKS) -> None:
    """Cut an element out and mark its parent: the parent survives cleaning of the body."""
    injected.marked = True
    parent = node.parent
    if parent is not None and parent.tag not in ("html", "body", "head"):
        parent.attrs[mark] = "1"
    node.decompose()
