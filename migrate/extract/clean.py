"""The body's HTML: links made absolute, viewers made links, Word paste undone, then sanitised. Nothing else leaves."""

from selectolax.lexbor import LexborNode

from migrate.extract.anchors import drop_bare_links, settle_links
from migrate.extract.cleaned import Cleaned
from migrate.extract.dom import is_part
from migrate.extract.markup import html_text, keep_structure, tidy, with_known_blocks, without_styling
from migrate.extract.office import undo_office
from migrate.extract.page import Parsed
from migrate.extract.pictures import settle_images
from migrate.extract.players import FRAMES, PLAYERS, settle_drawings, settle_frames, settle_handlers, settle_players
from migrate.sanitise import TAGS, clean_html

_BODY_TAGS = TAGS - {"span", "font", "big", "small", "bdo", "center"}
"""Spans and fonts carry nothing once their styles are gone; what they said of structure is kept as elements before."""
_ODD = f"{FRAMES}, {PLAYERS}, [onclick], [src]:not(img), [data-src]:not(img), [data-original]:not(img)"
"""What shows or opens a file and is neither a link nor a picture. Few elements have such attributes: they go first."""


def clean_body(parsed: Parsed, container: LexborNode) -> Cleaned:
    """Return the container's content as sanitised HTML. Changes the tree."""
    cleaned = Cleaned()
    cleaned.removed = undo_office(parsed, container)
    is_odd = container.css_first(_ODD) is not None  # few are
    if is_odd:
        settle_frames(parsed, container, cleaned)
        settle_handlers(parsed, container, cleaned)
    has_links = settle_links(parsed, container, cleaned)
    if is_odd:
        settle_drawings(parsed, container)
    settle_images(parsed, container, cleaned)
    if is_odd:
        settle_players(parsed, container, cleaned)
    if has_links:
        drop_bare_links(container)
    keep_structure(container)
    content = container.html if is_part(container) else container.inner_html
    cleaned.html = tidy(clean_html(with_known_blocks(without_styling(content or "")), tags=_BODY_TAGS))
    cleaned.text = html_text(cleaned.html)
    return cleaned
