"""Sanitised HTML of an old page → the blocks of a page's body. Keeps every text; links and images become references.

Plain writing becomes rich text that an editor can go on with, a picture an image block; what rich text can't hold
(tables, video, pictures that link elsewhere) a sanitised legacy block, flagged for tidying.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html import escape
from itertools import islice
from typing import Any

from lxml import etree
from lxml import html as lxml_html
from lxml.html import HtmlElement
from selectolax.lexbor import LexborHTMLParser

from cms_site.legacy.named import is_inline, name_texts
from cms_site.legacy.references import IsOld, Resolve, quoted, replace_links
from cms_site.portal.database_html import clean_database_html

Block = dict[str, Any]
Line = tuple[str, str]
"""A piece of rich text: its tag (p, h2 …, blockquote, ul, ol, hr) and what is inside."""

_STRANGE = {"table", "video", "audio", "dl", "pre"}
_LISTS = {"ul", "ol"}
_HEADINGS = {"h1": "h2", "h2": "h2", "h3": "h3", "h4": "h4", "h5": "h4", "h6": "h4", "blockquote": "blockquote"}
_MARKS = {
    "b": "b", "strong": "b", "i": "i", "em": "i", "s": "s", "strike": "s", "del": "s", "sub": "sub", "sup": "sup"
}  # fmt: skip
_OF_REFERENCES, _OF_LINKS, _OF_PLACES = (
    ("linktype", "id", "fragment", "name", "title"),
    ("href", "name", "title"),
    ("name",),
)
"""What rich text keeps of anchors that lead to something of the portal, elsewhere, and nowhere."""
_EMPTY_STYLE = ("font", "span", "big", "small")
"""Without its style, which sanitising took, such a tag says nothing; word processors nest them by the hundred."""
_BLANK = re.compile(r"(?:\s|<br/>|</?(?:b|i|s|sub|sup)>)*")
_EDGES = re.compile(r"^(?:[ \t\r\n]|<br/>)+|(?:[ \t\r\n]|<br/>)+$")
_AT_EDGES = " \t\r\n<>"
_KEPT = 10_000
"""Elements that are held on to: lxml would make each of them anew whenever it is looked at."""
_DEEPEST_PARSED = 1_500
"""The parser drops what lies deeper than 2,048 tags, without a word."""
_DEEPEST = 100
"""Most open tags that are turned into blocks; no editor can go on with more."""


@dataclass(slots=True)
class Body:
    """The blocks, the old addresses that led nowhere yet, and whether an editor should tidy."""

    blocks: list[Block] = field(default_factory=list)
    unresolved: list[str] = field(default_factory=list)
    needs_tidying: bool = False


def to_blocks(html: str, resolve: Resolve, is_old: IsOld) -> Body:
    """Return the body of a page. `is_old` says whether a URL is on a site that moves: only those must be resolved."""
    root = _parse(html)
    if root is None:
        return _as_text(html)
    body = Body(unresolved=replace_links(root, resolve, is_old))
    name_texts(root)
    _kept = list(islice(root.iter(), _KEPT))
    writing: list[str] = []
    for piece in _pieces(root, _Style()):
        if isinstance(piece, tuple):
            writing.append(_closed(piece))
            continue
        _flush(writing, body)
        body.blocks.append(piece)
        body.needs_tidying = body.needs_tidying or piece["type"] == "legacy"
    _flush(writing, body)
    return body


def plain_text(html: str) -> str:
    """Return the text of HTML, a line for each stretch of it, for the search of archived copies."""
    root = _parse(html)
    texts = root.itertext() if root is not None else _texts(html)
    lines = (re.sub(r"\s+", " ", text).strip() for text in texts)
    return "\n".join(line for line in lines if line)


def _parse(html: str) -> HtmlElement | None:
    """Return the tree under a div of ours; None for a page nested so deeply that it is a trap or broken."""
    parser = lxml_html.HTMLParser(huge_tree=True, remove_comments=True, remove_pis=True)
    root = lxml_html.fragment_fromstring(html or "", create_parent="div", parser=parser)
    tags = html.count("<")  # what has no more tags than this can't be deeper
    if tags > _DEEPEST_PARSED and _is_deeper(root, limit=_DEEPEST_PARSED):
        return None
    etree.strip_tags(root, *_EMPTY_STYLE)
    return None if tags > _DEEPEST and _is_deeper(root, limit=_DEEPEST) else root


_is_deeper = etree.XPath("boolean(.//*[count(ancestor::*) > $limit])")


def _as_text(html: str) -> Body:
    paragraphs = "".join(f"<p>{escape(text, quote=False)}</p>" for text in _texts(html))
    return Body([{"type": "paragraph", "value": paragraphs}] if paragraphs else [], needs_tidying=True)


def _texts(html: str) -> list[str]:
    tree = LexborHTMLParser(html).body
    return [line.strip() for line in tree.text(separator="\n").split("\n") if line.strip()] if tree else []


@dataclass(frozen=True, slots=True)
class _Style:
    """What lines are made of at some point of the tree: the tag, and the opening tags of inline markup around."""

    tag: str = "p"
    marks: tuple[str, ...] = ()

    def inside(self, node: HtmlElement) -> "_Style":
        """Return the style of what is inside a node."""
        if node.tag in _HEADINGS:
            return replace(self, tag=_HEADINGS[node.tag])
        opening = _opening(node)
        return replace(self, marks=(*self.marks, opening)) if opening else self

    def line(self, inline: list[str]) -> Iterator[Line]:
        """Yield the line that stretches of rich text make, if there is anything in it."""
        text = "".join(inline)
        if not text:  # most are: between two paragraphs stands nothing
            return
        if text[0] in _AT_EDGES or text[-1] in _AT_EDGES:
            text = _EDGES.sub("", text)
        if not _BLANK.fullmatch(text):
            closing = "".join(f"</{mark[1:].split(' ')[0].rstrip('>')}>" for mark in reversed(self.marks))
            yield self.tag, "".join(self.marks) + text + closing


def _pieces(node: HtmlElement, style: _Style) -> Iterator[Line | Block]:
    """Yield lines of rich text and finished blocks in reading order."""
    inline = [_text(node.text)]
    for child in node:
        if is_inline(child):
            inline.append(_rich(child))
        else:
            yield from style.line(inline)
            yield from _block(child, style)
            inline = []
        inline.append(_text(child.tail))
    yield from style.line(inline)


def _block(node: HtmlElement, style: _Style) -> Iterator[Line | Block]:
    if node.tag == "img":
        value = {"image": int(node.get("data-id")), "caption": "", "alt": (node.get("alt") or "")[:255]}
        yield {"type": "image", "value": value}
    elif node.tag == "hr":
        yield "hr", ""
    elif node.tag in _STRANGE or (node.tag in _LISTS and _holds_strange(node)) or _is_linked_picture(node):
        yield from _legacy(node)
    elif node.tag in _LISTS:
        items = "".join(_items(node, replace(style, tag="p")))
        yield from [(node.tag, items)] if items else []
    else:
        yield from _pieces(node, style.inside(node))


def _holds_strange(node: HtmlElement) -> bool:
    return any(child.tag in _STRANGE or child.tag == "img" for child in node.iterdescendants())


def _is_linked_picture(node: HtmlElement) -> bool:
    """Say whether a node is a link of pictures alone that leads elsewhere than to the picture itself."""
    if node.tag != "a" or not _opening(node) or node.text_content().strip():
        return False
    pictures = {image.get("src") for image in node.xpath(".//img")}
    return bool(pictures) and pictures != {node.get("href")}


def _items(node: HtmlElement, style: _Style) -> Iterator[str]:
    """Yield a list's items. Stray text between them is an item too: nothing but items may stand in a list."""
    yield from _item(style.line([_text(node.text)]))
    for child in node:
        pieces = _pieces(child, style) if child.tag == "li" else _alone(child, style)
        yield from _item(piece for piece in pieces if isinstance(piece, tuple))
        yield from _item(style.line([_text(child.tail)]))


def _alone(node: HtmlElement, style: _Style) -> Iterator[Line | Block]:
    yield from style.line([_rich(node)]) if is_inline(node) else _block(node, style)


def _item(lines: Iterator[Line]) -> Iterator[str]:
    """Yield one item of these lines; writing after an inner list begins another, or the editor would lose it."""
    texts: list[str] = []
    inner = ""
    for tag, html in lines:
        if tag in _LISTS:
            inner += f"<{tag}>{html}</{tag}>"
        elif tag != "hr":
            if inner:
                yield f"<li>{'<br/>'.join(texts)}{inner}</li>"
                texts, inner = [], ""
            texts.append(html)
    if texts or inner:
        yield f"<li>{'<br/>'.join(texts)}{inner}</li>"


def _text(text: str | None) -> str:
    return escape(text, quote=False) if text else ""


def _rich(node: HtmlElement) -> str:
    """Return an inline node as rich text in Wagtail's database form; markup it doesn't know goes, its text stays."""
    if node.tag == "br":
        return "<br/>"
    inner = _text(node.text) + "".join(_rich(child) + _text(child.tail) for child in node)
    opening = _opening(node)
    if not opening or not inner:
        return inner
    return f"{opening}{inner}</{_MARKS.get(node.tag, 'a')}>"


def _opening(node: HtmlElement) -> str:
    """Return the opening tag of an inline node that rich text knows; empty for others, and for links to nowhere."""
    if node.tag in _MARKS:
        return f"<{_MARKS[node.tag]}>"
    if node.tag != "a":
        return ""
    names = _OF_REFERENCES if node.get("linktype") else _OF_LINKS if node.get("href") else _OF_PLACES
    given = [(name, value) for name in names if (value := node.get(name, "").strip())]
    return "<a" + "".join(f' {name}="{quoted(value)}"' for name, value in given) + ">" if given else ""


def _legacy(node: HtmlElement) -> Iterator[Block]:
    """Yield a node as sanitised HTML in database form, unless it is empty; images become embeds by id."""
    for image in node.xpath(".//img"):
        embed = lxml_html.Element("embed", embedtype="image", id=image.get("data-id"), format="fullwidth")
        embed.set("alt", image.get("alt") or "")
        embed.tail = image.tail
        image.getparent().replace(image, embed)
    html = clean_database_html(lxml_html.tostring(node, encoding="unicode", with_tail=False))
    if node.text_content().strip() or re.search("<(?:embed|video|audio)", html):
        yield {"type": "legacy", "value": f"<p>{html}</p>" if node.tag == "a" else html}


def _closed(line: Line) -> str:
    tag, html = line
    return "<hr/>" if tag == "hr" else f"<{tag}>{html}</{tag}>"


def _flush(writing: list[str], body: Body) -> None:
    if writing:
        body.blocks.append({"type": "paragraph", "value": "".join(writing)})
        writing.clear()
