"""西安博达 VSB."""

import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import urlsplit

from migrate.harvest.paging.types import MAX_CALLS, MAX_PAGES, Further, ListPage

_TOTAL = re.compile(r"_simple_list_gotopage_fun\(\s*(\d{1,7})\s*,")


def vsb(page: ListPage) -> Iterator[Further]:
    """Yield the pages of a list that is numbered from its end: page P of `tzgg.htm` is `tzgg/{total-P+1}.htm`.

    Of several lists in a page it is the longest: the boxes beside it have one page. Only the first page's address says
    what the folder is called; plain links lead to it from all others.
    """
    totals = [int(found[1]) for found in islice(_TOTAL.finditer(page.code), MAX_CALLS)]
    slug, _dot, ending = urlsplit(page.url).path.rpartition("/")[2].rpartition(".")
    if totals and ending == "htm" and not slug.isdigit():
        for number in range(min(max(totals), MAX_PAGES) - 1, 0, -1):
            yield Further(f"{slug}/{number}.htm")
