"""Sanitised HTML in the form in which Wagtail stores it: links by id, images as `<embed>`.

It allows what `migrate.sanitise` allows, and in addition Wagtail's own references. Documents and pages are
`<a linktype="page|document" id="1" fragment="a place in it">`, images
`<embed embedtype="image" id="1" format="fullwidth" alt=""/>`.
"""

import re

import nh3

from migrate import sanitise

_EMBED = re.compile(r"<embed( [^>]*)?>")
_NEEDED = re.compile(r'(?=.* embedtype="image")(?=.* id="\d+")')
_LINK_TYPES = {"page", "document"}
_CONTENT_GOES_TOO = {"script", "style", "title", "noscript", "iframe", "object", "form", "template"}


def clean_database_html(html: str) -> str:
    """Return the HTML with nothing but allowed tags, attributes, schemes and references. Idempotent."""
    attributes = {tag: set(names) for tag, names in sanitise.ATTRIBUTES.items()}
    attributes["a"] |= {"linktype", "id", "fragment"}
    attributes["embed"] = {"embedtype", "id", "format", "alt"}
    cleaned = nh3.clean(
        html,
        tags=set(sanitise.TAGS) | {"embed"},
        attributes=attributes,
        attribute_filter=_allowed,
        url_schemes=sanitise.SCHEMES,
        clean_content_tags=_CONTENT_GOES_TOO,
        link_rel=None,
        strip_comments=True,
    )
    return _EMBED.sub(_close_embed, cleaned)


def _allowed(tag: str, name: str, value: str) -> str | None:
    if name == "linktype" and value not in _LINK_TYPES:
        return None
    if tag == "embed" and name == "format" and value not in ("fullwidth", "left", "right"):
        return "fullwidth"
    return value


def _close_embed(found: re.Match[str]) -> str:
    """Return the embed as Wagtail's rewriter wants it, self-closed and with a format; nothing for another embed."""
    attributes = found[1] or ""
    if not _NEEDED.match(attributes):
        return ""
    if ' format="' not in attributes:
        attributes += ' format="fullwidth"'
    return f"<embed{attributes}/>"
