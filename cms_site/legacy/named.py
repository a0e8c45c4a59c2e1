"""Anchors that give a place in a text its name: rich text keeps none that is empty, so each gets text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree
from lxml import html as lxml_html
from lxml.html import HtmlElement

INLINE = frozenset(
    "a abbr b bdo br cite code del dfn em i ins kbd mark q s samp strike strong sub sup tt u var".split()
)
"""What stands in a line of text."""
_FIRST = re.compile(r"\W*\w[^\w\s]*(?=.*\w)", re.DOTALL)
"""The first character of a text with what goes with it, where another one follows."""
_FAR = 50
"""Texts behind and before an anchor that are looked at for one that has no name yet: most take the first."""


def is_inline(node: HtmlElement) -> bool:
    """Say whether an element and all in it stand in a line of text."""
    return node.tag in INLINE and all(part.tag in INLINE for part in node.iterdescendants())


def name_texts(root: HtmlElement) -> None:
    """Give the names of anchors that are not around a text of one line to the next text, else to one before."""
    if not any("name" in anchor.attrib for anchor in root.iter("a")):
        return
    bare: list[tuple[HtmlElement, int]] = []
    texts = list(_texts(root, bare))
    for anchor, place in bare:
        name = anchor.attrib.pop("name")
        before, behind = texts[max(place - _FAR, 0) : place], texts[place : place + _FAR]
        text = _free(behind) or _free(before[::-1])
        if text is not None:
            text.name(name)
    for anchor, _place in bare:
        if not anchor.keys():
            anchor.drop_tag()


def _free(texts: "list[_Text]") -> "_Text | None":
    """Return the first text that has no name; where all have one, the first that can share itself between two."""
    return next((text for text in texts if text.has_no_name), None) or next(
        (text for text in texts if text.can_be_parted), None
    )


@dataclass(slots=True)
class _Text:
    """A stretch of text: that before an element's first child, or that behind the element."""

    node: HtmlElement
    is_tail: bool
    parts: int = 0
    """How often it was parted: each time costs as much as it is long."""

    @property
    def has_no_name(self) -> bool:
        """Say whether the text is in no anchor that has a name."""
        link = self._link
        return link is None or "name" not in link.attrib

    @property
    def can_be_parted(self) -> bool:
        """Say whether the text is all that an anchor holds, and more than one character. A link stays one link."""
        anchor = self._link
        is_alone = anchor is self.node and not self.is_tail and not len(anchor) and anchor.keys() == ["name"]
        return is_alone and self.parts < _FAR and _FIRST.match(anchor.text or "") is not None

    @property
    def _link(self) -> HtmlElement | None:
        """Return the link or named anchor that the text is in."""
        inner = self.node.getparent() if self.is_tail else self.node
        return next((node for node in (inner, *inner.iterancestors()) if node.tag == "a" and node.keys()), None)

    def name(self, name: str) -> None:
        """Name the link that the text is in; without one, make an anchor of the text. A second name parts it."""
        link = self._link
        if link is not None and "name" in link.attrib:
            if link.get("name") != name:
                self._part(link, name)
            return
        if link is not None:
            link.set("name", name)
            return
        anchor = lxml_html.Element("a", name=name)
        if self.is_tail:
            anchor.text, self.node.tail = self.node.tail, None
            self.node.addnext(anchor)
        else:
            anchor.text, self.node.text = self.node.text, None
            self.node.insert(0, anchor)
        self.node, self.is_tail = anchor, False

    def _part(self, anchor: HtmlElement, name: str) -> None:
        """Leave the name that an anchor has to the first character of its text, and give it another one."""
        found = _FIRST.match(anchor.text or "")
        if found is None:
            return
        first = lxml_html.Element("a", name=anchor.get("name"))
        first.text, anchor.text = found[0], anchor.text[found.end() :]
        anchor.set("name", name)
        anchor.addprevious(first)
        self.parts += 1


def _texts(root: HtmlElement, bare: list[tuple[HtmlElement, int]]) -> Iterator[_Text]:
    """Yield the texts of a tree that show something; note anchors in need of one, each with the number of the next."""
    number = 0
    for event, node in etree.iterwalk(root, events=("start", "end")):
        if event == "start" and node.tag == "a" and "name" in node.attrib and not _names_a_line(node):
            bare.append((node, number))
        text = node.text if event == "start" else None if node is root else node.tail
        if text and text.strip():
            number += 1
            yield _Text(node, event == "end")


def _names_a_line(anchor: HtmlElement) -> bool:
    return bool(anchor.text_content().strip()) and is_inline(anchor)
