"""Addresses in style sheets, style elements and style attributes."""

import re
from collections.abc import Iterator

from migrate.harvest.links.raw import RawLink

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_ADDRESS = re.compile(
    r"\b(?:url|src)\(\s*(?:\"([^\"\n]{1,2000})\"|'([^'\n]{1,2000})'|([^\"'()\s]{1,2000}))\s*\)"
    r"|@import\s+(?:\"([^\"\n]{1,2000})\"|'([^'\n]{1,2000})')"
    # Internet Explorer 6 could show PNG through a filter only: AlphaImageLoader(src='a.png').
    r"|\(\s*(?:enabled\s*=\s*\w+\s*,\s*)?src\s*=\s*[\"']?([^\"'(),\s]{1,2000})",
    re.IGNORECASE,
)


def css_links(text: str) -> Iterator[RawLink]:
    """Yield what a style sheet names. What stands in comments is no longer used."""
    if "/*" in text:
        text = _COMMENT.sub(" ", text)
    for found in _ADDRESS.finditer(text):
        yield RawLink(found[found.lastindex or 0], "css")
