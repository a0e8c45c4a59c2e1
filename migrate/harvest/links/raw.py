"""What all finders give."""

from typing import NamedTuple

from selectolax.lexbor import LexborNode

MAX_TEXT = 200
"""Characters of a link's text that are kept."""


class RawLink(NamedTuple):
    """One address as a page spells it."""

    href: str
    context: str
    """Element or place: a, img, script, css, meta-refresh, code, sitemap, pager …"""
    text: str = ""
    """What a reader sees of the link; of one with a `tag`, only where nothing stands behind that."""
    form: str = ""
    """Form to POST to the address, urlencoded; empty: GET."""
    tag: str = ""
    """The start tag of its element as written, without the angle brackets, where the text was not looked for yet."""


class Strings(NamedTuple):
    """What a script or a piece of data names."""

    addresses: tuple[str, ...]
    html: tuple[str, ...]
    """Pieces of HTML in it; shape.HOLE where a script puts in something unknown."""


def link_text(node: LexborNode) -> str:
    """Return what a reader sees of a link, in one line."""
    text = " ".join(node.text().split())
    if not text:
        image = node if node.tag == "img" else node.css_first("img[alt]")
        text = node.attributes.get("title") or (image.attributes.get("alt") if image else "") or ""
    return text[:MAX_TEXT]
