"""Sanitised HTML of an old page → the blocks of a page's body. Keeps every text; links and images become references.

Plain writing becomes rich text that an editor can go on with, a picture standing alone an image block; what rich text
can't hold (tables with spans, video) a sanitised legacy block, flagged for tidying.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Any

from lxml import html as lxml_html
from lxml.html import HtmlElement

from cms_site.portal.database_html import clean_database_html

Block = dict[str, Any]

_STRANGE = {"table", "video", "audio", "dl", "pre", "colgroup"}
_CONTAINERS = {"div", "center", "section", "article", "figure", "figcaption", "font", "span", "big", "small"}
_BLOCKS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "blockquote", "hr"}
_RENAMED = {"strong": "b", "em": "i", "strike": "s", "del": "s", "h1": "h2", "h5": "h4", "h6": "h4"}
_KEPT = {"p", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "hr", "b", "i", "s", "sub", "sup", "br", "a"}
_BLANK = re.compile(r"(?:\s|\xa0|&nbsp;|<br/?>)*")


@dataclass(frozen=True, slots=True)
class Reference:
    """Where an old link leads now: a page, document or image by id, or a portal address (archived copies)."""

    kind: str
    """page | document | image | url"""
    id: int = 0
    url: str = ""


Resolve = Callable[[str], Reference | None]
"""Old absolute URL → reference; None where nothing in the portal answers for it."""


@dataclass(slots=True)
class Body:
    """The blocks, the old addresses that led nowhere yet, and whether an editor should tidy."""

    blocks: list[Block] = field(default_factory=list)
    unresolved: list[str] = field(default_factory=list)
    needs_tidying: bool = False


def to_blocks(html: str, resolve: Resolve, is_old: Callable[[str], bool]) -> Body:
    """Return the body of a page. `is_old` says whether a URL is on a site that moves: only those must be resolved."""
    body = Body()
    root = lxml_html.fragment_fromstring(html or "", create_parent="div")
    _link(root, resolve, is_old, body)
    writing: list[str] = []
    for piece in _pieces(root):
        if isinstance(piece, str):
            writing.append(piece)
            continue
        _flush(writing, body)
        body.blocks.append(piece)
        body.needs_tidying = body.needs_tidying or piece["type"] == "legacy"
    _flush(writing, body)
    return body


def plain_text(html: str) -> str:
    """Return the text of HTML, one line a block, for the search of archived copies."""
    root = lxml_html.fragment_fromstring(html or "", create_parent="div")
    lines = (re.sub(r"\s+", " ", text).strip() for text in root.itertext())
    return "\n".join(line for line in lines if line)


def _link(root: HtmlElement, resolve: Resolve, is_old: Callable[[str], bool], body: Body) -> None:
    """Replace old addresses in the tree by references; note what can't be resolved."""
    for anchor in root.xpath(".//a[@href]"):
        url = anchor.get("href")
        if not is_old(url):
            continue
        reference = resolve(url)
        del anchor.attrib["href"]
        if reference is None:
            body.unresolved.append(url)
        elif reference.kind == "url":
            anchor.set("href", reference.url)
        else:
            anchor.set("linktype", "page" if reference.kind == "page" else "document")
            anchor.set("id", str(reference.id))
            if reference.kind == "image":
                del anchor.attrib["linktype"], anchor.attrib["id"]
                anchor.set("href", reference.url)
    for image in root.xpath(".//img"):
        url = image.get("src") or ""
        reference = resolve(url) if url else None
        if reference is not None and reference.kind == "image":
            image.set("data-id", str(reference.id))
            continue
        if url and is_old(url):
            body.unresolved.append(url)
        _replace_missing_image(image, url, is_old(url))


def _replace_missing_image(image: HtmlElement, url: str, old: bool) -> None:
    """Keep what can be kept of an image that the portal has not: its alternative text, a link to a foreign one."""
    text = (image.get("alt") or "").strip()
    if url and not old:
        link = lxml_html.Element("a", href=url)
        link.text = text or url
        link.tail = image.tail
        image.getparent().replace(image, link)
        return
    image.tail = text + (image.tail or "")
    image.drop_tree()


def _pieces(node: HtmlElement) -> Iterator[str | Block]:
    """Yield rich-text snippets and finished blocks in reading order."""
    inline = [escape(node.text or "")]
    for child in node:
        if _is_inline(child):
            inline.append(_rich(child) + escape(child.tail or ""))
            continue
        yield from _paragraph(inline)
        inline = [escape(child.tail or "")]
        yield from _block(child)
    yield from _paragraph(inline)


def _is_inline(node: HtmlElement) -> bool:
    if node.tag in _STRANGE or node.tag in _BLOCKS or node.tag == "img":
        return False
    return not any(child.tag in _STRANGE or child.tag in _BLOCKS or child.tag == "img" for child in node.iter())


def _paragraph(inline: list[str]) -> Iterator[str]:
    text = "".join(inline).strip()
    if text and not _BLANK.fullmatch(text):
        yield f"<p>{text}</p>"


def _block(node: HtmlElement) -> Iterator[str | Block]:
    if node.tag == "img":
        yield _image_block(node)
    elif node.tag in _STRANGE or (node.tag in ("ul", "ol", "blockquote") and _holds_strange(node)):
        yield {"type": "legacy", "value": _legacy(node)}
    elif node.tag in _CONTAINERS or (node.tag not in ("ul", "ol") and _holds_blocks(node)):
        yield from _pieces(node)
    else:
        yield _rich(node)


def _holds_strange(node: HtmlElement) -> bool:
    return any(child.tag in _STRANGE or child.tag == "img" for child in node.iterdescendants())


def _holds_blocks(node: HtmlElement) -> bool:
    return any(child.tag in _STRANGE or child.tag in _BLOCKS or child.tag == "img" for child in node.iterdescendants())


def _image_block(node: HtmlElement) -> Block:
    value = {"image": int(node.get("data-id")), "caption": "", "alt": (node.get("alt") or "")[:255]}
    return {"type": "image", "value": value}


def _rich(node: HtmlElement) -> str:
    """Return a node as rich text in Wagtail's database form: known tags kept, others unwrapped, text always kept."""
    if not isinstance(node.tag, str):
        return ""
    tag = _RENAMED.get(node.tag, node.tag)
    inner = escape(node.text or "") + "".join(_rich(child) + escape(child.tail or "") for child in node)
    if tag in ("br", "hr"):
        return f"<{tag}/>"
    if tag == "p" and _BLANK.fullmatch(inner):
        return ""
    if tag == "a":
        names = [name for name in ("linktype", "id", "href") if node.get(name)]
        if not ({"linktype", "href"} & set(names)):
            return inner
        attributes = "".join(f' {name}="{escape(node.get(name))}"' for name in names)
        return f"<a{attributes}>{inner}</a>"
    return f"<{tag}>{inner}</{tag}>" if tag in _KEPT else inner


def _legacy(node: HtmlElement) -> str:
    """Return a node as sanitised HTML in database form; images become embeds by id."""
    node.tail = None
    for image in node.xpath(".//img[@data-id]"):
        embed = lxml_html.Element("embed", embedtype="image", id=image.get("data-id"), format="fullwidth")
        embed.set("alt", image.get("alt") or "")
        embed.tail = image.tail
        image.getparent().replace(image, embed)
    return clean_database_html(lxml_html.tostring(node, encoding="unicode"))


def _flush(writing: list[str], body: Body) -> None:
    if writing:
        body.blocks.append({"type": "paragraph", "value": "".join(writing)})
        writing.clear()
