"""The page as lines of text: what a reader sees from top to bottom, each with the element that holds it.

Title, label line, breadcrumb, lists and body are all found on these lines, so the tree is walked only once.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from migrate.extract.dom import BLOCKS, HEADINGS, one_line, shown_and_squeezed, squeeze
from migrate.injection.elements import KNOWN, numbers

_BLOCKS = frozenset(numbers(BLOCKS))
_MEDIA = frozenset(numbers(("img", "video", "audio", "embed", "object", "iframe")))
(_A,), (_BR,) = numbers(["a"]), numbers(["br"])
_MATTERS = _MEDIA | {_A, _BR}
"""Elements that mean something to lines, besides blocks."""
_TEXT = 2
_LINK, _INLINE = -1, -2
"""What an element is that is no block."""
IMAGE_WORTH = 12
"""What a picture counts for when text is weighed, in characters."""


class Line(NamedTuple):
    """One line: text between two block boundaries."""

    node: LexborNode
    """The block element that holds it."""
    first: LexborNode
    """Its first text or media node."""
    text: str
    spaced: str
    """The text with blanks where inline elements meet: label lines are built of spans."""
    squeezed: str
    linked: int
    """Characters (without blanks) that are inside links."""
    anchors: list[LexborNode]
    """The `a` elements that begin on it."""
    media: int

    @property
    def plain(self) -> int:
        """Characters outside links, pictures counted."""
        return len(self.squeezed) - self.linked + self.media * IMAGE_WORTH

    @property
    def heading(self) -> bool:
        """Whether the line stands in a heading element."""
        return self.node.tag in HEADINGS


@dataclass(slots=True)
class Outline:
    """All lines and, for each block element, which lines lie in it."""

    lines: list[Line] = field(default_factory=list)
    spans: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Element (mem_id) → first line, line after the last."""
    weights: list[int] = field(default_factory=lambda: [0])
    """Running sum of `plain`: weights[b] - weights[a] is the weight of lines a to b."""

    @classmethod
    def read(cls, root: LexborNode) -> "Outline":
        """Return the outline of everything below `root`."""
        return _Reader(root).read()

    def weight(self, start: int, end: int) -> int:
        """Return the characters outside links in lines `start` to `end`."""
        return self.weights[end] - self.weights[start]

    def span(self, node: LexborNode) -> tuple[int, int]:
        """Return the lines in a block element; an empty range for one without text."""
        return self.spans.get(node.mem_id, (0, 0))

    def characters(self, start: int, end: int) -> int:
        """Return all characters in lines `start` to `end`, links included."""
        return sum(len(line.squeezed) for line in self.lines[start:end])


class _Reader:
    """Walks the tree without recursion: hostile pages nest ten thousand deep."""

    def __init__(self, root: LexborNode) -> None:
        self.root = root
        self.outline = Outline()
        self.open: list[LexborNode] = [root]
        """The blocks around what is read, innermost last."""
        self.first: LexborNode | None = None
        """The first text or media node, or link, of the line that is read; None between lines."""
        self.pieces: list[str] = []
        self.linked: list[str] = []
        """Those of them that stand in links."""
        self.anchors: list[LexborNode] = []
        self.media = 0
        self.link_depth = 0
        self.carried: list[LexborNode] = []

    def read(self) -> Outline:
        lines, spans, blocks, around = self.outline.lines, self.outline.spans, self.open, self.around
        above: list[tuple[LexborNode, int]] = []  # with each the first line of a block, or what else it is
        node = self.root.first_child
        while node is not None:
            tag = node.tag_id or 0
            if tag == _TEXT:
                text = node.text_content or ""
                if self.first is not None or not text.isspace():  # else between blocks, as most are
                    self.take(node, text)
            elif tag in _BLOCKS or (tag > KNOWN and node.tag in BLOCKS):
                if self.first is not None:
                    self.flush()
                child = node.first_child
                if child is not None:
                    blocks.append(node)
                    above.append((node, len(lines)))
                    node = child
                    continue
                spans[node.mem_id] = (len(lines), len(lines))
            else:
                kind = around(node, tag) if tag in _MATTERS else _INLINE
                child = node.first_child
                if child is not None:
                    above.append((node, kind))
                    node = child
                    continue
                self.link_depth -= kind == _LINK
            following = node.next
            while following is None and above:
                inner, start = above.pop()
                if start >= 0:
                    if self.first is not None:
                        self.flush()
                    blocks.pop()
                    spans[inner.mem_id] = (start, len(lines))
                elif start == _LINK:
                    self.link_depth -= 1
                following = inner.next
            node = following
        self.flush()
        spans[self.root.mem_id] = (0, len(lines))
        return self.outline

    def take(self, node: LexborNode, text: str) -> None:
        """Add a text node to the line."""
        self.pieces.append(text)
        if self.first is None:
            self.first = node
        if self.link_depth:
            self.linked.append(text)

    def around(self, node: LexborNode, tag: int) -> int:
        """Begin an element that means something to lines but is no block; return what it is."""
        if tag == _BR:
            if self.open[-1].tag in HEADINGS:
                self.pieces.append(" ")
            else:
                self.flush()
            return _INLINE
        if self.first is None:
            self.first = node
        if tag == _A:
            self.link_depth += 1
            self.anchors.append(node)
            return _LINK
        if not self.link_depth:
            self.media += 1
        return _INLINE

    def flush(self) -> None:
        first, pieces, anchors = self.first, self.pieces, self.anchors
        if first is None:
            return
        text = pieces[0] if len(pieces) == 1 else "".join(pieces)
        shown, squeezed = shown_and_squeezed(text)
        if self.carried:
            anchors = self.carried + anchors
        # A link around whole blocks opens on a line without text: it belongs to the first line inside it.
        self.carried = anchors if self.link_depth and not (squeezed or self.media) else []
        if squeezed or self.media:
            spaced = one_line(" ".join(pieces)) if len(pieces) > 1 and len(text) < 300 else shown
            linked = len(squeezed if self.linked == pieces else squeeze("".join(self.linked))) if self.linked else 0
            line = Line(self.open[-1], first, shown, spaced, squeezed, linked, anchors, self.media)
            self.outline.lines.append(line)
            plain = len(squeezed) - linked + self.media * IMAGE_WORTH
            self.outline.weights.append(self.outline.weights[-1] + plain)
        self.first, self.pieces, self.linked, self.anchors, self.media = None, [], [], [], 0
