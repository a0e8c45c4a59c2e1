"""新点 Epoint."""

import re
from collections.abc import Iterator

from migrate.harvest.paging.gaps import UNPROVED, stated
from migrate.harvest.paging.types import MAX_PAGES, Further, ListPage

_CALL = re.compile(r"ShowAjaxNewPage\([^()]{0,200},\s*(\d{1,6})\s*\)")


def epoint(page: ListPage) -> Iterator[Further]:
    """Yield the pages of `ShowAjaxNewPage(window.location.pathname, 'categorypagingcontent', 12)`: `?pageing=12`.

    The call fills a part of the page by script; the same server gives the whole page for the parameter.
    """
    last = max((int(call[1]) for call in _CALL.finditer(page.text)), default=1)
    if last <= UNPROVED or stated(page, last - 1):
        for number in range(2, min(last, MAX_PAGES) + 1):
            yield Further(f"?pageing={number}")
