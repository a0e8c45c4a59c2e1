"""What hides an element: its style, its attributes, a style sheet of the page, a script around it.

Two strengths. Nobody has an honest reason to draw links off the screen, at no size or in the colour of the ground.
`display:none` and its like also close menus, tabs and dialogs.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from migrate.injection.scripts import plain_script


class Hidden(IntEnum):
    """How sure it is that nobody shall see an element."""

    NO = 0
    CLOSED = 1
    """As menus and dialogs are before somebody opens them."""
    BURIED = 2


_TINY = r"(?:0+(?:\.0+)?(?:px|pt|r?em|%|v[wh])?|0*[01]?(?:\.\d+)?(?:px|pt))\s*(?:[;!]|$)"
_BURIED = re.compile(
    r"(?:left|top|right|bottom|margin(?:-[a-z]+)?|text-indent)\s*:[^;]{0,60}?-\s*"
    r"(?:\d{3,}(?:\.\d+)?\s*(?:px|pt|%|;|!|$|\s)|\d{2,}(?:\.\d+)?\s*r?em|\d{2,}\s*v[wh])|"
    r"(?:left|top|margin-left|text-indent)\s*:\s*\+?(?:[5-9]\d{3}|\d{5,})\s*(?:px|pt)|"
    r"translate[xy3d]*\([^)]*-\s*(?:\d{3,}|\d{2,}r?em)|scale[xy3d]*\(\s*0?\.?0*\s*[,)]|"
    r"clip\s*:\s*rect\(\s*(?:[01](?:px)?[\s,]*){4}\)|clip-path\s*:\s*(?:inset\(\s*(?:[5-9]\d|100)%|circle\(\s*0)"
)
_CENTRED = re.compile(r"(?:left|top)\s*:\s*50%")
_MARGINS = re.compile(r"margin(?:-[a-z]+)?\s*:[^;]*")
_NO_SIZE = re.compile(rf"(?<![-\w])(?:max-)?(?:height|width)\s*:\s*{_TINY}")
_CUT_OFF = re.compile(r"overflow(?:-[xy])?\s*:\s*(?:hidden|clip)")
_NO_LETTERS = re.compile(rf"font-size\s*:\s*{_TINY}|font\s*:[^;]*\b0(?:px|pt)\b")
_CLOSED = re.compile(
    rf"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|content-visibility\s*:\s*hidden|"
    rf"(?<![-\w])opacity\s*:\s*0*\.?0\d*\s*(?:[;!]|$)|alpha\(\s*opacity\s*=\s*0*[0-5]?\s*\)|z-index\s*:\s*-\d|"
    rf"line-height\s*:\s*{_TINY}"
)
_INLINE = frozenset("a font span u b i em strong small label s".split())
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_ESCAPE = re.compile(r"\\([0-9a-f]{1,6})\s?", re.IGNORECASE)
_COLOUR = re.compile(r"(?<![-\w])color\s*:\s*([^;!]+)")
_GROUND = re.compile(
    r"background(?:-color)?\s*:\s*[^;]*?(#[0-9a-f]{3,6}|rgb\([^)]*\)|\b(?:white|black|red|gray|blue)\b)"
)
_SHOWS = re.compile(r"display\s*:\s*(?!none)[a-z]|visibility\s*:\s*visible|opacity\s*:\s*[1-9]")
_SIMPLE = re.compile(r"[\w.#\-\s>*\[\]=\"',]+")
_LAST_NAME = re.compile(r"[\w-]+(?=[^\w-]*$)")
_BY_ID = re.compile(
    r"""getelementbyid\(\s*["']([\w-]+)["']\s*\)\s*\.\s*style\s*\.\s*(\w+)\s*=\s*["']([^"']{0,40})|"""
    r"""\$\(\s*["']#([\w-]+)["']\s*\)\s*\.\s*(?:(hide)\(|css\(\s*["']([\w-]+)["']\s*,\s*["']([^"']{0,40}))"""
)
_WRITES = re.compile(r"""document\s*\.\s*write(?:ln)?\s*\(\s*(["'])(.{0,2000}?)\1\s*\)""", re.DOTALL | re.IGNORECASE)
_OPENS = re.compile(r"<(div|span|p|font|marquee|table|ul|center|dl)\b([^<>]*)>")
_SHEET_WRITTEN = re.compile(r"<style[^<>]*>([^<]*)", re.IGNORECASE)
_LONGEST = 2_000
"""Characters of a style that are read."""
_FAST = 500
"""From this `scrollamount` on nobody can read a marquee."""
_DOT = 5
"""Pixels of a box that nobody can read in."""


@dataclass(slots=True)
class Hiding:
    """Says of the elements of one page how they are hidden. The page must not be changed meanwhile."""

    by_page: dict[int, Hidden] = field(default_factory=dict)
    """Elements (mem_id) that style sheets and scripts hide."""
    known: dict[int, Hidden] = field(default_factory=dict)

    @classmethod
    def of(cls, tree: LexborHTMLParser) -> "Hiding":
        """Return what hides elements of a page."""
        hiding = cls()
        for node in tree.css("style"):
            hiding._sheet(tree, node.text() or "")
        for node in tree.css("script:not([src])"):
            hiding._script(tree, node)
        return hiding

    def outermost(self, node: LexborNode) -> tuple[LexborNode | None, Hidden]:
        """Return the outermost element around a node (or itself) that is hidden as much as any, and how much."""
        found: LexborNode | None = None
        most = Hidden.NO
        current: LexborNode | None = node
        while current is not None and current.tag not in ("body", "html"):
            how = self.of_element(current)
            if how and how >= most:
                found, most = current, how
            current = current.parent
        return found, most

    def of_element(self, node: LexborNode) -> Hidden:
        """Return how an element itself is hidden."""
        known = self.known.get(node.mem_id)
        if known is None:
            known = max(_by_itself(node), self.by_page.get(node.mem_id, Hidden.NO))
            self.known[node.mem_id] = known
        return known

    def _sheet(self, tree: LexborHTMLParser, text: str) -> None:
        rules = list(_rules(_plain_sheet(text)))
        opened = {_last_name(selector) for selector, declarations in rules if _SHOWS.search(declarations)}
        for selector, declarations in rules:
            how = of_style(declarations)
            if not how or (how is Hidden.CLOSED and _last_name(selector) in opened):
                continue  # the sheet itself says when it is shown
            if _SIMPLE.fullmatch(selector) and not selector.startswith(("body", "html", "*")):
                self._select(tree, selector, how)

    def _select(self, tree: LexborHTMLParser, selector: str, how: Hidden) -> None:
        try:
            nodes = tree.css(selector)
        except SelectolaxError:
            return  # what the parser can't read, no browser of that time hid with
        for node in nodes:
            self.by_page[node.mem_id] = max(how, self.by_page.get(node.mem_id, Hidden.NO))

    def _script(self, tree: LexborHTMLParser, script: LexborNode) -> None:
        text = script.text() or ""
        if "write" not in text and "style" not in text and "$" not in text and "\\x" not in text:
            return
        text = plain_script(text)
        for found in _BY_ID.finditer(text.lower()):
            name, value = (found[2], found[3]) if found[1] else (found[6] or "display", found[7] or "none")
            how = of_style(f"{_hyphened(name)}:{value}")
            if how:
                self._select(tree, f'[id="{found[1] or found[4]}" i]', how)
        written = "".join(match[2] for match in _WRITES.finditer(text))
        for sheet in _SHEET_WRITTEN.finditer(written):
            self._sheet(tree, sheet[1])
        written = written.lower()
        opened = next(reversed(list(_OPENS.finditer(written))), None)
        if opened and f"</{opened[1]}" not in written[opened.end() :] and _of_attributes(opened[1], opened[2]):
            for node in _until_closed(script, opened[1]):
                self.by_page[node.mem_id] = Hidden.BURIED


def _plain_sheet(text: str) -> str:
    """Return a style sheet without comments, its names as they are: `.h\\69 de` is `.hide`."""
    text = _COMMENT.sub("", text)
    if "<!--" in text:
        text = text.replace("<!--", "").replace("-->", "")
    return _ESCAPE.sub(_letter, text) if "\\" in text else text


def _letter(escape: re.Match[str]) -> str:
    """Return a letter that was written by its number; what is none of a name stays as it was written."""
    letter = chr(min(int(escape[1], 16), 0x10FFFF))
    return letter if letter.isalnum() or letter in "-_" else escape[0]


def _rules(sheet: str) -> Iterator[tuple[str, str]]:
    """Yield (selector, declarations) of a style sheet for the screen."""
    printing = False
    for piece in sheet.split("}"):
        head, brace, declarations = piece.rpartition("{")
        around, nested, selector = head.rpartition("{")
        printing = ("print" in around.lower()) if nested else (printing and bool(brace))
        if brace and not printing:
            yield selector.strip(), declarations.lower()


def _last_name(selector: str) -> str:
    found = _LAST_NAME.search(selector[-60:].rstrip())
    return found[0] if found else ""


def of_style(style: str) -> Hidden:
    """Return how a style hides."""
    style = _plain_style(style)
    moved = _MARGINS.sub("", style) if _CENTRED.search(style) else style
    if _BURIED.search(moved) or (_NO_SIZE.search(style) and _CUT_OFF.search(style)) or _same_colour(style):
        return Hidden.BURIED
    hides = _CLOSED.search(style) or _NO_LETTERS.search(style) or _NO_SIZE.search(style)
    return Hidden.CLOSED if hides else Hidden.NO


def _plain_style(style: str) -> str:
    style = style[:_LONGEST].lower()
    if "\\" in style:
        style = _ESCAPE.sub(lambda escape: chr(min(int(escape[1], 16), 0x10FFFF)), style)
    return _COMMENT.sub("", style) if "/*" in style else style


def _by_itself(node: LexborNode) -> Hidden:
    attributes = node.attributes
    tag = node.tag or ""
    if tag == "noscript":
        return Hidden.BURIED
    if "hidden" in attributes:
        return Hidden.CLOSED
    style = attributes.get("style") or ""
    how = of_style(style) if style else Hidden.NO
    if how is Hidden.CLOSED and tag in _INLINE and _NO_LETTERS.search(_plain_style(style)):
        return Hidden.BURIED  # around a line of boxes it only closes the gaps between them
    return max(how, _by_attributes(tag, attributes), _by_colour(node))


def _by_attributes(tag: str, attributes: dict[str, str | None]) -> Hidden:
    if tag == "marquee":
        size = min(_pixels(attributes.get("height")), _pixels(attributes.get("width")))
        fast = (attributes.get("scrollamount") or "").strip()
        return Hidden.BURIED if size <= _DOT or (fast.isdigit() and int(fast) >= _FAST) else Hidden.NO
    if tag in ("table", "td", "tr", "div", "iframe", "center"):
        size = min(_pixels(attributes.get("height")), _pixels(attributes.get("width")))
        return Hidden.CLOSED if size <= 1 else Hidden.NO
    return Hidden.NO


def _pixels(value: str | None) -> float:
    found = re.match(r"\s*(\d+)\s*(?:px)?\s*$", value or "")
    return float(found[1]) if found else 1e9


def _of_attributes(tag: str, written: str) -> Hidden:
    """Return how an element hides that a script writes."""
    node = LexborHTMLParser(f"<{tag} {written.replace(chr(92), '')}>").css_first(f"body {tag}")
    return _by_itself(node) if node is not None else Hidden.NO


def _until_closed(script: LexborNode, tag: str) -> Iterator[LexborNode]:
    """Yield the elements between the script that opens a box and the one that closes it, or the end."""
    node = script.next
    while node is not None:
        if node.tag == "script" and f"</{tag}" in plain_script(node.text() or "").lower():
            return
        if node.is_element_node:
            yield node
        node = node.next


def _by_colour(node: LexborNode) -> Hidden:
    """Return whether an element writes in the colour of the ground that it or something around it has."""
    colour = _colour(node)
    current: LexborNode | None = node if colour else None
    while current is not None and current.is_element_node:
        ground = _ground(current)
        if ground:
            return Hidden.BURIED if ground == colour else Hidden.NO
        current = current.parent
    return Hidden.NO


def _same_colour(style: str) -> bool:
    colour, ground = _COLOUR.search(style), _GROUND.search(style)
    return bool(colour and ground) and _rgb(colour[1] if colour else "") == _rgb(ground[1] if ground else "")


def _colour(node: LexborNode) -> str:
    found = _COLOUR.search(node.attrs.sget("style", "").lower())
    value = found[1] if found else node.attrs.sget("color", "") if node.tag == "font" else ""
    return _rgb(value.lower()) if value else ""


def _ground(node: LexborNode) -> str:
    found = _GROUND.search(node.attrs.sget("style", "").lower())
    value = found[1] if found else node.attrs.sget("bgcolor", "")
    return _rgb(value.lower()) if value else ""


_NAMED = {"white": "ffffff", "black": "000000", "red": "ff0000", "blue": "0000ff", "gray": "808080"}


def _rgb(value: str) -> str:
    """Return a colour as six digits, as far as it can be read."""
    value = value.strip()
    if value in _NAMED:
        return _NAMED[value]
    parts = re.findall(r"\d+", value) if value.startswith("rgb") else []
    if len(parts) >= 3:
        return "".join(f"{min(int(part), 255):02x}" for part in parts[:3])
    value = value.lstrip("#")
    return "".join(2 * digit for digit in value) if len(value) == 3 else value


def _hyphened(name: str) -> str:
    """Return the property that a script calls `textIndent`, in lower case by now."""
    return {"textindent": "text-indent", "fontsize": "font-size", "marginleft": "margin-left"}.get(name, name)
