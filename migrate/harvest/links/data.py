"""Addresses in answers that are no pages: JSON, XML, feeds, sitemaps, play lists."""

import re
from collections.abc import Iterator

from migrate.harvest.links.markup import shown_links
from migrate.harvest.links.raw import RawLink
from migrate.harvest.links.script import read_code
from migrate.harvest.links.shape import is_address
from migrate.harvest.links.xml import read_xml

_SITEMAP = re.compile(r"<(?:\w+:)?(?:urlset|sitemapindex)\b", re.IGNORECASE)
_SITEMAP_LINE = re.compile(r"^[ \t]*sitemap[ \t]*:[ \t]*(\S{1,2000})", re.IGNORECASE | re.MULTILINE)


def data_links(text: str) -> list[RawLink]:
    """Return what an answer of data names. HTML in it is as good as a page's own: a script shows it as it is."""
    text = text.lstrip("\ufeff \t\r\n")
    if text.startswith("<"):
        found = read_xml(text)
        if is_sitemap(text):
            return [RawLink(address, "sitemap") for address in found.addresses]
        return shown_links(found)
    if text.startswith("#EXTM3U"):
        return [RawLink(line, "video") for line in _lines(text) if not line.startswith("#")]
    if text.startswith(("http://", "https://")):
        return [RawLink(line, "sitemap") for line in _lines(text) if is_address(line)]
    return shown_links(read_code(text))


def is_sitemap(text: str) -> bool:
    """Say whether an answer is a sitemap or an index of sitemaps (sitemaps.org)."""
    return _SITEMAP.search(text[:2000]) is not None


def robots_links(text: str) -> list[RawLink]:
    """Return the sitemaps that a robots.txt names (sitemaps.org)."""
    return [RawLink(found[1], "sitemap") for found in _SITEMAP_LINE.finditer(text)]


def _lines(text: str) -> Iterator[str]:
    return (line.strip() for line in text.splitlines() if line.strip())
