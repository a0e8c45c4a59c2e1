"""Filters for the screens about old addresses."""

import re
from urllib.parse import unquote

from django import template

register = template.Library()

_BEYOND_ASCII = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f])+")


@register.filter
def readable(url: str) -> str:
    """Return an address as people read it: Chinese instead of its escapes; what is no text stays escaped."""
    return _BEYOND_ASCII.sub(_text, url)


def _text(escapes: re.Match[str]) -> str:
    try:
        text = unquote(escapes[0], errors="strict")
    except UnicodeDecodeError:
        return escapes[0]
    return text if text.isprintable() else escapes[0]
