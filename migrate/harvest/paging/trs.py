"""拓尔思 TRS WCM."""

import re
from collections.abc import Iterator

from migrate.harvest.paging.types import MAX_PAGES, Further, ListPage

_CALL = re.compile(
    r"createPage(?:HTML)?\s*\(\s*(\d{1,7})\s*,\s*\d{1,7}\s*,\s*[\"']([\w.-]{1,80})[\"']\s*,\s*[\"'](\w{1,10})[\"']"
)


def trs(page: ListPage) -> Iterator[Further]:
    """Yield the pages of `createPageHTML(count, current, "index", "html")`: page k (k ≥ 2) is `index_{k-1}.html`."""
    for call in _CALL.finditer(page.code):
        for number in range(1, min(int(call[1]), MAX_PAGES)):
            yield Further(f"{call[2]}_{number}.{call[3]}")
