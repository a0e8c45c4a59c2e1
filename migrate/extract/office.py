"""What Word, WPS and LibreOffice leave in a body: their settings go, what they said of structure becomes elements.

Word writes lists as paragraphs with `mso-list` and their marks as text, headings as paragraphs with an outline level.
"""

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from migrate.extract.dom import ancestors, attribute, squeeze
from migrate.extract.page import Parsed

_LEVEL = re.compile(r"mso-list\s*:\s*\S+\s+level(\d)", re.IGNORECASE)
_MARK = re.compile(r"mso-list\s*:\s*ignore", re.IGNORECASE)
_OUTLINE = re.compile(r"mso-outline-level\s*:\s*([1-5])", re.IGNORECASE)
_TITLE_CLASS = re.compile(r"\bMso(?:Title|Subtitle|Heading([1-5]))\b")
_OF_HEADINGS = (b"mso-outline-level", b"msotitle", b"msosubtitle", b"msoheading")
_BULLETS = frozenset("·•●○◆◇■□▪▫►➢➤✓✔★☆※-–—*oØüvlnuq§Ÿð")
"""Marks of lists without order; the letters and signs are bullets in Symbol and Wingdings."""
_LETTERS = frozenset("oØüvlnuq§Ÿð")
_SYMBOLS = re.compile(r"wingdings|symbol|courier", re.IGNORECASE)
_LONGEST_HEADING = 80


def undo_office(parsed: Parsed, container: LexborNode) -> dict[str, int]:
    """Drop Office's settings and make its lists and headings elements; return what was cut → characters."""
    tree, source = parsed.tree, parsed.lower
    removed: dict[str, int] = {}
    if b"<xml" in parsed.names:
        removed["office"] = _drop_settings(container)
    if b"mso" in source:
        if any(mark in source for mark in _OF_HEADINGS):
            _headings(tree, container)
        removed["bullet"] = _lists(tree, container) if b"mso-list" in source else 0
    return {reason: characters for reason, characters in removed.items() if characters}


def _drop_settings(container: LexborNode) -> int:
    """Remove `<xml>` islands; one that was never closed has the article in it and stays."""
    characters = 0
    islands = [node for node in container.css("xml") if all(above.tag != "xml" for above in ancestors(node))]
    for island in islands:
        if island.css_first("p, div, table, br, img, a") is None:
            characters += len(squeeze(island.text()))
            island.decompose()
    return characters


def _headings(tree: LexborHTMLParser, container: LexborNode) -> None:
    for paragraph in container.css("p[style*=mso-outline-level], p[class^=Mso]"):
        outline = _OUTLINE.search(attribute(paragraph, "style"))
        named = _TITLE_CLASS.search(attribute(paragraph, "class"))
        if not (outline or named) or not 0 < len(squeeze(paragraph.text())) <= _LONGEST_HEADING:
            continue
        level = int(outline[1]) if outline else int((named and named[1]) or 1)
        heading = tree.create_node(f"h{level + 1}")
        heading.inner_html = paragraph.inner_html or ""
        paragraph.replace_with(heading)


def _lists(tree: LexborHTMLParser, container: LexborNode) -> int:
    """Turn runs of bulleted paragraphs into lists; numbers stay text, for they are 一、 and （二） as often as 1."""
    characters = 0
    run: list[tuple[LexborNode, int]] = []
    for paragraph in container.css("p[style*=mso-list]"):
        level = _LEVEL.search(attribute(paragraph, "style"))
        mark = _mark(paragraph)
        if level is None or mark is None or not _is_bullet(mark):
            continue
        characters += len(squeeze(mark.text()))
        mark.decompose()
        if run and not _follows(run[-1][0], paragraph):
            _build(tree, run)
            run = []
        run.append((paragraph, int(level[1])))
    _build(tree, run)
    return characters


def _mark(paragraph: LexborNode) -> LexborNode | None:
    return next((span for span in paragraph.css("span[style]") if _MARK.search(attribute(span, "style"))), None)


def _is_bullet(mark: LexborNode) -> bool:
    text = squeeze(mark.text())
    if len(text) != 1:
        return False
    if text in _LETTERS:
        parent = mark.parent
        around = attribute(mark, "style") + (attribute(parent, "style") if parent is not None else "")
        return _SYMBOLS.search(around) is not None
    return text in _BULLETS or "\ue000" <= text <= "\uf8ff"


def _follows(first: LexborNode, second: LexborNode) -> bool:
    """Say whether nothing but blanks stands between two paragraphs."""
    node = first.next
    while node is not None and node.mem_id != second.mem_id:
        if node.tag != "-text" or squeeze(node.text_content):
            return False
        node = node.next
    return node is not None


def _build(tree: LexborHTMLParser, run: list[tuple[LexborNode, int]]) -> None:
    """Put a list in place of a run of paragraphs, deeper levels inside the item above them."""
    if not run:
        return
    pieces: list[str] = []
    levels: list[int] = []
    for paragraph, level in run:
        while len(levels) > 1 and level < levels[-1]:
            pieces.append("</li></ul>")
            levels.pop()
        if not levels or level > levels[-1]:
            pieces.append("<ul>" if levels else "")
            levels.append(level)
        else:
            pieces.append("</li>")
        pieces.append(f"<li>{paragraph.inner_html or ''}")
    pieces.append("</li></ul>" * (len(levels) - 1) + "</li>")
    made = tree.create_node("ul")
    made.inner_html = "".join(pieces)
    for paragraph, _level in run[1:]:
        paragraph.decompose()
    run[0][0].replace_with(made)
