"""Places inside a page that links lead to (`#p3`): links keep them, and what they name stays in the body.

A place is named by an element's `id`, or by an anchor's `name` (HTML, "indicated part of the document"). In the body
each that is kept is an anchor with a name.
"""

import re
from collections.abc import Iterable
from urllib.parse import unquote

from selectolax.lexbor import LexborNode

from migrate.embedded import MARK
from migrate.extract.dom import attribute
from migrate.extract.page import Parsed
from migrate.urls import MAX_URL, fragment_of, host_of

_BY_MACHINE = re.compile(r"_|OLE_LINK\d|RANGE!|ctl\d|Label\d|HyperLink\d|TRS_|UCAP|isPasted|null$", re.IGNORECASE)
"""How names begin that programs give: bookmarks of Word, controls of ASP.NET, marks of editors' widgets."""
_IN_CELLS = {
    "table": "td, th",
    "tbody": "td, th",
    "thead": "td, th",
    "tr": "td, th",
    "ul": "li",
    "ol": "li",
    "dl": "dt",
}
"""Elements that hold no text themselves → what in them does."""
_HOLDS_NOTHING = frozenset("img br hr input video audio embed object iframe".split())


class Fragments:
    """The places of one body, and which of them its links lead to."""

    def __init__(self, parsed: Parsed, container: LexborNode) -> None:
        self._parsed = parsed
        self._container = container
        self._texts = parsed.families.body_selectors(parsed.detection.family)
        """What the site's template calls the text itself: the new page begins with it."""
        self._named: dict[str, LexborNode] | None = None
        self._wanted: dict[str, LexborNode] = {}

    def inside(self, href: str) -> str | None:
        """Return the name of the place in this body that a link leads to, as `#name`; None for any other link."""
        address, mark, fragment = href.strip().partition("#")
        if not fragment or (address and self._parsed.absolute(address) != self._parsed.page.url):
            return None
        if self._named is None:
            self._named = _named(self._container)
        for name in (fragment, unquote(fragment)):
            if (node := self._named.get(name)) is not None:
                self._wanted[name] = node
                return mark + name
        return None

    def behind(self, href: str, url: str) -> str:
        """Return what a link adds to the address that it leads to, `#` first; empty where that is not what it says."""
        fragment = fragment_of(href)
        if fragment.startswith(MARK) or len(url + fragment) > MAX_URL or self._parsed.absolute(href) != url:
            return ""
        own = self._parsed.rules.owns(host_of(url))
        return "" if own and fragment in self._texts else fragment

    def keep(self, anchors: Iterable[LexborNode]) -> None:
        """Leave names on anchors that a person named or a link of this body leads to; name what else these lead to."""
        kept = set()
        for anchor in anchors:
            name = _name_of(anchor)
            if not name or name in kept or not (name in self._wanted or _is_typed(anchor, name)):
                name = ""
            _call(anchor, name)
            kept.add(name)
        unnamed = {name: node for name, node in self._wanted.items() if name not in kept}
        links = _around(self._container) if unnamed else {}
        for name, node in unnamed.items():
            self._mark(node, links.get(node.mem_id), name)

    def _mark(self, node: LexborNode, link: LexborNode | None, name: str) -> None:
        """Put an anchor where an element with an id begins; where that is in a link, name it or put one before it.

        An anchor inside another would end that: what follows would lose its link.
        """
        if link is not None and "name" not in link.attrs:
            link.attrs["name"] = name
            return
        anchor = self._parsed.tree.create_node("a")
        anchor.attrs["name"] = name
        if link is not None:
            link.insert_before(anchor)
            return
        if node.tag in _IN_CELLS:
            node = node.css_first(_IN_CELLS[node.tag]) or node
        if node.tag in _IN_CELLS or node.tag in _HOLDS_NOTHING:
            node.insert_before(anchor)
        elif node.first_child is not None:
            node.first_child.insert_before(anchor)
        else:
            node.insert_child(anchor)


def _named(container: LexborNode) -> dict[str, LexborNode]:
    """Return name → element that it means: the first with such an id, else the first anchor so called."""
    nodes = container.css("[id], a[name]")
    by_id = {name: node for node in reversed(nodes) if (name := attribute(node, "id"))}
    return {name: node for node in reversed(nodes) if (name := attribute(node, "name"))} | by_id


def _around(container: LexborNode) -> dict[int, LexborNode]:
    """Return each anchor, and each element with an id inside one → that anchor."""
    return {node.mem_id: anchor for anchor in container.css("a") for node in (anchor, *anchor.css("[id]"))}


def _name_of(anchor: LexborNode) -> str:
    return attribute(anchor, "name") or attribute(anchor, "id")


def _is_typed(anchor: LexborNode, name: str) -> bool:
    """Say whether a person named an anchor. Links have ids for scripts, and names for nobody but readers."""
    return _BY_MACHINE.match(name) is None and ("href" not in anchor.attrs or bool(attribute(anchor, "name")))


def _call(anchor: LexborNode, name: str) -> None:
    """Give an anchor this name and no other; none at all where it is empty."""
    if "id" in anchor.attrs:
        del anchor.attrs["id"]
    if name:
        anchor.attrs["name"] = name
    elif "name" in anchor.attrs:
        del anchor.attrs["name"]
