"""What a list page shows, apart from its number: two pages of the same outline are one page twice."""

import re
from hashlib import sha256

from migrate.harvest.links import link_text
from migrate.harvest.paging.types import ListPage
from migrate.harvest.paging.words import turn

_NUMBERS_AND_BLANKS = re.compile(r"[\d\s]+")


def outline(page: ListPage) -> str:
    """Return a mark of the page's text without numbers, and of where its links lead but those of its pager.

    Pages behind the end of a list, where the last page is shown again or nothing at all, have one outline.
    """
    body = page.tree.body
    shown = _NUMBERS_AND_BLANKS.sub("", body.text()) if body is not None else ""
    leads = (node.attributes.get("href") or "" for node in page.tree.css("a[href]") if not turn(link_text(node)))
    return sha256("\n".join((shown, *leads)).encode(errors="surrogatepass")).hexdigest()[:16]
