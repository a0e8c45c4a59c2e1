"""List pages that only a script knows: each pager turns what it finds in a page into the addresses of further pages.

A pager is a named function of the script text; PAGERS lists them all. It yields hrefs relative to the page.
"""

import re
from collections.abc import Callable, Iterator

MAX_PAGES = 5_000
"""No list is longer; a script that says so is broken or hostile."""

Pager = Callable[[str], Iterator[str]]

_TRS = re.compile(
    r"createPage(?:HTML)?\s*\(\s*(\d{1,7})\s*,\s*\d{1,7}\s*,\s*[\"']([\w.-]{1,80})[\"']\s*,\s*[\"'](\w{1,10})[\"']"
)


def trs(script: str) -> Iterator[str]:
    """TRS WCM: `createPageHTML(count, current, "index", "html")`; page k (k ≥ 2) is `index_{k-1}.html`."""
    for call in _TRS.finditer(script):
        for number in range(1, min(int(call[1]), MAX_PAGES)):
            yield f"{call[2]}_{number}.{call[3]}"


PAGERS: dict[str, Pager] = {"trs": trs}
"""Name of the pager (the family it was seen in) → function."""


def further_pages(script: str) -> Iterator[str]:
    """Yield the hrefs of all further list pages that a page's script text implies."""
    for pager in PAGERS.values():
        yield from pager(script)
