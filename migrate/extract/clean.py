"""The body's HTML: links made absolute, viewers made links, Word paste undone, then sanitised. Nothing else leaves."""

import re
from dataclasses import dataclass, field
from html import unescape

from selectolax.lexbor import LexborHTMLParser, LexborNode

from migrate.extract.dom import attribute, one_line, squeeze
from migrate.extract.files import (
    dead_file,
    display_name,
    image_source,
    is_emoji_sized,
    is_icon,
    link_target,
)
from migrate.extract.page import Parsed
from migrate.filenames import is_file_address
from migrate.i18n import _
from migrate.records import FileLink, Level
from migrate.sanitise import TAGS, clean_html

_BODY_TAGS = TAGS - {"span", "font", "big", "small", "bdo", "center"}
"""Spans and fonts carry nothing once their styles are gone; what they said of structure is kept as elements before."""
_ALIGN = re.compile(r"text-align\s*:\s*(center|right)", re.IGNORECASE)
_BOLD = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.IGNORECASE)
_EMPTY = re.compile(
    r"<(p|div|strong|b|em|i|u|s|sup|sub|h[1-6]|small|big|mark|section|blockquote|ul|ol|li|dl)(?: [^>]*)?>"
    r"(?:[\s\u200b\ufeff]|&nbsp;|<br ?/?>)*+</\1>"
)
_EMPTY_LINK = re.compile(r"<a(?: (?:name|id)=\"[^\"]*\")*>(.*?)</a>", re.DOTALL)
_INDENT = re.compile(r"(<(?:p|div|td|th|li)(?: [^>]*)?>)(?:[\s\u200b]|&nbsp;)++")
_BREAKS = re.compile(r"(?:<br ?/?>\s*){3,}")
_OFFICE = re.compile(r"<\?xml[^>]*>|<!\[if[^\]]*\]>|<!\[endif\]>", re.IGNORECASE)
_REST = r"(?:[^>\"]|\"[^\"]*\")*+>"
_BLOCK = re.compile(rf"</?(?:br|p|div|li|tr|h[1-6]|table|dd|dt|pre|blockquote)(?=[\s/>]){_REST}")
_CELL_END = re.compile(r"</t[dh]>")
_TAG = re.compile(rf"<{_REST}")
_FRAMES = "iframe, embed, object, [pdfsrc]"


@dataclass(slots=True)
class Cleaned:
    """A body ready to be stored, with the files and pictures that it uses."""

    html: str = ""
    attachments: dict[str, FileLink] = field(default_factory=dict)
    images: dict[str, FileLink] = field(default_factory=dict)
    text: str = ""
    """Its text with line breaks between blocks."""


def clean_body(parsed: Parsed, container: LexborNode) -> Cleaned:
    """Return the container's content as sanitised HTML. Changes the tree."""
    cleaned = Cleaned()
    _frames(parsed, container, cleaned)
    _links(parsed, container, cleaned)
    _images(parsed, container, cleaned)
    _structure(container)
    cleaned.html = tidy(clean_html(_OFFICE.sub("", container.inner_html or ""), tags=_BODY_TAGS))
    cleaned.text = html_text(cleaned.html)
    return cleaned


def tidy(html: str) -> str:
    """Return sanitised HTML without empty elements, hand-made indents and runs of breaks."""
    previous = None
    while previous != html:
        previous = html
        html = _EMPTY.sub("", html)
    html = _EMPTY_LINK.sub(r"\1", html)
    return _BREAKS.sub("<br><br>", _INDENT.sub(r"\1", html)).strip()


def html_text(html: str) -> str:
    """Return the text of sanitised HTML, one line a block; cells stand apart, or their numbers would run together."""
    if "<" in html:
        html = _TAG.sub("", _CELL_END.sub(" ", _BLOCK.sub("\n", html)))
    pieces = (unescape(html) if "&" in html else html).split("\n")
    return "\n".join(line for line in map(one_line, pieces) if line)


def _add_file(cleaned: Cleaned, url: str, name: str) -> None:
    if url not in cleaned.attachments:
        cleaned.attachments[url] = FileLink(url, name)


def _frames(parsed: Parsed, container: LexborNode, cleaned: Cleaned) -> None:
    """Turn viewers (iframe, embed, object, WebPlus player) that show a file into links to it."""
    for node in container.css(_FRAMES):
        attributes = node.attributes
        source = attributes.get("pdfsrc") or attributes.get("src") or attributes.get("data") or ""
        url = _framed_file(parsed, source)
        if url is not None:
            name = display_name(node, url)
            _add_file(cleaned, url, name)
            link = parsed.tree.create_node("a")
            link.attrs["href"] = url
            link.insert_child(name)
            node.replace_with(link)
        elif node.tag in ("iframe", "embed", "object") and source:
            parsed.find(
                Level.NOTE,
                "extract.frame-dropped",
                _("The body shows another page in a frame, which can't be moved: {url}").format(url=source[:200]),
            )


def _framed_file(parsed: Parsed, source: str) -> str | None:
    probe = LexborHTMLParser("<a></a>").css_first("a")
    if probe is None or not source:
        return None
    probe.attrs["href"] = source
    url = link_target(parsed, probe)
    return url if url and is_file_address(url) else None


def _links(parsed: Parsed, container: LexborNode, cleaned: Cleaned) -> None:
    follows = False
    previous_block = 0
    for anchor in container.css("a"):
        attributes = anchor.attributes
        if "href" not in attributes and "onclick" not in attributes and "oldsrc" not in attributes:
            continue
        url = link_target(parsed, anchor)
        if url is None:
            follows = _after_attachment_word(anchor) or (follows and _alone(anchor, previous_block))
            url = dead_file(parsed, anchor, follows)
            follows = url is not None
            if url is not None:
                name = display_name(anchor, url)
                parsed.find(
                    Level.WARNING,
                    "extract.dead-attachment",
                    _("The attachment “{name}” is named, but its link leads nowhere.").format(name=name),
                    _("Ask the old office for the file, or look for it in a backup."),
                )
        else:
            follows = False
        if url is None:
            _unlink(anchor)
            continue
        anchor.attrs["href"] = url
        if is_file_address(url) or follows:
            _add_file(cleaned, url, display_name(anchor, url))
        previous_block = anchor.parent.mem_id if anchor.parent is not None else 0


def _after_attachment_word(anchor: LexborNode) -> bool:
    """Say whether the text before a link on its line, or the line above, says 附件."""
    block = anchor.parent
    while block is not None and block.tag in ("span", "strong", "b", "font", "u", "em"):
        block = block.parent
    if block is None:
        return False
    before = squeeze(block.text()).split(squeeze(anchor.text()) or None, 1)[0] if squeeze(block.text()) else ""
    above = block.prev
    while above is not None and not squeeze(above.text()):
        above = above.prev
    text = before or (squeeze(above.text()) if above is not None else "")
    return text.startswith("附件") and len(text) <= 12


def _alone(anchor: LexborNode, previous_block: int) -> bool:
    """Say whether a link is all of its line, right under the line of the link before."""
    block = anchor.parent
    if block is None or len(squeeze(block.text())) > len(squeeze(anchor.text())) + 4:
        return block is not None and block.mem_id == previous_block
    above = block.prev
    while above is not None and not squeeze(above.text()):
        above = above.prev
    return above is not None and above.mem_id == previous_block


def _unlink(anchor: LexborNode) -> None:
    """Take the address off a dead link; its text stays."""
    for name in ("href", "onclick"):
        if name in anchor.attributes:
            del anchor.attrs[name]


def _images(parsed: Parsed, container: LexborNode, cleaned: Cleaned) -> None:
    for image in container.css("img"):
        attributes = image.attributes
        source = (attributes.get("src") or "").strip()
        url = image_source(parsed, image)
        if url is None:
            _lost_image(parsed, source)
            image.decompose()
        elif is_icon(url) or is_emoji_sized(image):
            image.decompose()
        else:
            image.attrs["src"] = url
            if url not in cleaned.images:
                cleaned.images[url] = FileLink(url, one_line(attributes.get("alt") or attributes.get("title")))
    for player in container.css("video, audio, source"):
        url = parsed.absolute(attribute(player, "src"))
        if url:
            player.attrs["src"] = url
            _add_file(cleaned, url, display_name(player, url))


def _lost_image(parsed: Parsed, source: str) -> None:
    lower = source.lower()
    if lower.startswith("data:"):
        parsed.find(
            Level.WARNING, "extract.data-image", _("A picture is written into the page itself and was left out.")
        )
    elif lower.startswith("file:") or re.match(r"[a-z]:\\", lower):
        parsed.find(
            Level.WARNING,
            "extract.local-source",
            _("A picture lies on the author's own computer: {source}").format(source=source[:200]),
            _("Visitors never saw it. Ask the author, or remove the reference."),
        )


def _structure(container: LexborNode) -> None:
    """Write what styles said of structure as elements and attributes, before styles are dropped; open forms."""
    for node in container.css("[style]"):
        style = attribute(node, "style")
        if "text-align" not in style and "font-weight" not in style:
            continue
        if node.tag in ("p", "div", "td", "th"):
            align = _ALIGN.search(style)
            if align and "align" not in node.attributes:
                node.attrs["align"] = align[1].lower()
        elif node.tag == "span" and _BOLD.search(style) and squeeze(node.text()):
            _embolden(node)
    for node in container.css("form"):
        node.unwrap()


def _embolden(node: LexborNode) -> None:
    inner = node.inner_html or ""
    if "<strong" not in inner and "<b>" not in inner:
        node.inner_html = f"<strong>{inner}</strong>"
