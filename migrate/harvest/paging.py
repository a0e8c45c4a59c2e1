"""List pages that only a script knows: each pager turns what it finds in a page into the addresses of further pages.

A pager is a named function of the page; PAGERS lists them all.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser

MAX_PAGES = 5_000
"""No list is longer; a script that says so is broken or hostile."""


class ListPage(NamedTuple):
    """What a pager looks at."""

    url: str
    text: str
    tree: LexborHTMLParser


class Further(NamedTuple):
    """One more page of a list."""

    href: str
    """Relative to the page."""
    form: str = ""
    """Form to POST, urlencoded in ASCII; empty: GET."""


Pager = Callable[[ListPage], Iterator[Further]]

_TRS = re.compile(
    r"createPage(?:HTML)?\s*\(\s*(\d{1,7})\s*,\s*\d{1,7}\s*,\s*[\"']([\w.-]{1,80})[\"']\s*,\s*[\"'](\w{1,10})[\"']"
)


def trs(page: ListPage) -> Iterator[Further]:
    """TRS WCM: `createPageHTML(count, current, "index", "html")`; page k (k ≥ 2) is `index_{k-1}.html`."""
    for call in _TRS.finditer(page.text):
        for number in range(1, min(int(call[1]), MAX_PAGES)):
            yield Further(f"{call[2]}_{number}.{call[3]}")


PAGERS: dict[str, Pager] = {"trs": trs}
"""Name of the pager (the family it was seen in) → function."""


def further_pages(page: ListPage) -> Iterator[Further]:
    """Yield all further list pages that a page implies."""
    for pager in PAGERS.values():
        yield from pager(page)
