"""The page as lines of text: what a reader sees from top to bottom, each with the element that holds it.

Title, label line, breadcrumb, lists and body are all found on these lines, so the tree is walked only once.
"""

from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode

from migrate.extract.dom import BLOCKS, HEADINGS, one_line, squeeze

_MEDIA = frozenset({"img", "video", "audio", "embed", "object", "iframe"})
_MATTERS = BLOCKS | _MEDIA | {"a", "br"}
"""Elements that mean something to lines."""
_CLOSES = BLOCKS | {"a"}
"""And those whose end does."""
IMAGE_WORTH = 12
"""What a picture counts for when text is weighed, in characters."""


@dataclass(slots=True)
class Line:
    """One line: text between two block boundaries."""

    node: LexborNode
    """The block element that holds it."""
    first: LexborNode
    """Its first text or media node."""
    text: str = ""
    spaced: str = ""
    """The text with blanks where inline elements meet: label lines are built of spans."""
    squeezed: str = ""
    linked: int = 0
    """Characters (without blanks) that are inside links."""
    anchors: list[LexborNode] = field(default_factory=list)
    """The `a` elements that begin on it."""
    media: int = 0

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
        self.open: list[tuple[LexborNode, int]] = [(root, 0)]
        self.pieces: list[str] = []
        self.linked: list[str] = []
        """Those of them that stand in links."""
        self.line: Line | None = None
        self.link_depth = 0
        self.carried: list[LexborNode] = []

    def read(self) -> Outline:
        above: list[tuple[LexborNode, str]] = []
        texts = iter(self.root.text(separator="\0").split("\0"))  # of all text nodes: asked one by one, they cost more
        node = self.root.first_child
        while node is not None:
            tag = node.tag or ""
            if tag == "-text":
                text = next(texts)
                if self.line is not None or not text.isspace():  # else between blocks, as most are
                    self.take(node, text)
            else:
                if tag in _MATTERS:
                    self.enter(node, tag)
                child = node.first_child
                if child is not None:
                    above.append((node, tag))
                    node = child
                    continue
                if tag in _CLOSES:
                    self.leave(tag)
            following = node.next
            while following is None and above:
                inner, tag = above.pop()
                if tag in _CLOSES:
                    self.leave(tag)
                following = inner.next
            node = following
        self.flush()
        self.outline.spans[self.root.mem_id] = (0, len(self.outline.lines))
        return self.outline

    def take(self, node: LexborNode, text: str) -> None:
        """Add a text node to the line."""
        self.pieces.append(text)
        if self.line is None:
            self.line = Line(self.open[-1][0], node)
        if self.link_depth:
            self.linked.append(text)

    def enter(self, node: LexborNode, tag: str) -> None:
        if tag in BLOCKS:
            if self.line is not None:
                self.flush()
            self.open.append((node, len(self.outline.lines)))
        elif tag == "br":
            if self.open[-1][0].tag in HEADINGS:
                self.pieces.append(" ")
            elif self.line is not None:
                self.flush()
        elif tag == "a":
            self.link_depth += 1
            if self.line is None:
                self.line = Line(self.open[-1][0], node)
            self.line.anchors.append(node)
        elif tag in _MEDIA:
            if self.line is None:
                self.line = Line(self.open[-1][0], node)
            if not self.link_depth:
                self.line.media += 1

    def leave(self, tag: str) -> None:
        if tag == "a":
            self.link_depth -= 1
        else:
            if self.line is not None:
                self.flush()
            opened, start = self.open.pop()
            self.outline.spans[opened.mem_id] = (start, len(self.outline.lines))

    def flush(self) -> None:
        line, pieces = self.line, self.pieces
        if line is None:
            return
        text = pieces[0] if len(pieces) == 1 else "".join(pieces)
        squeezed = squeeze(text)
        if self.carried:
            line.anchors = self.carried + line.anchors
        # A link around whole blocks opens on a line without text: it belongs to the first line inside it.
        self.carried = line.anchors if self.link_depth and not (squeezed or line.media) else []
        if squeezed or line.media:
            line.squeezed = squeezed
            line.text = one_line(text)
            line.spaced = one_line(" ".join(pieces)) if len(pieces) > 1 and len(text) < 300 else line.text
            if self.linked:
                line.linked = len(squeezed if self.linked == pieces else squeeze("".join(self.linked)))
            self.outline.lines.append(line)
            self.outline.weights.append(self.outline.weights[-1] + line.plain)
        self.line, self.pieces, self.linked = None, [], []
