"""Everything in an answer that names another address: attributes, styles, scripts, data.

What is found is raw: hrefs as written. Resolving costs ten times more than finding, so it is done once for each
distinct spelling (see targets.py), not here.
"""

from migrate.harvest.links.data import data_links, is_sitemap, robots_links
from migrate.harvest.links.markup import Words, code_links, fragment_links, html_links, library_links
from migrate.harvest.links.raw import RawLink, link_text
from migrate.harvest.links.style import css_links

__all__ = [
    "RawLink",
    "Words",
    "code_links",
    "css_links",
    "data_links",
    "fragment_links",
    "html_links",
    "is_sitemap",
    "library_links",
    "link_text",
    "robots_links",
]
