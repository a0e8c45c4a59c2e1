"""Lists whose pages are numbered in the address: a pattern finds how many there are, a template names each."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode, urlsplit

from migrate.families import Paging, path_and_query
from migrate.harvest.paging.answers import whole
from migrate.harvest.paging.types import MAX_PAGES, Further, ListPage

_NUMBER = re.compile(r"[_-]?\d+$")


def numbered(rule: Paging, listing: tuple[re.Pattern[str], ...], page: ListPage) -> Iterator[Further]:
    """Yield pages 2 to the last of the list that `page` is one page of.

    Only where the address is a list's in the family's dialect, if it has patterns for that: numbers that look like a
    count are many. The template's `{n}` is the page, `{stem}` and `{ext}` the page's own file name without its number;
    a template that begins with ? sets a parameter in the page's own query and leaves the others as they are.
    """
    if listing and not any(pattern.search(path_and_query(page.url)) for pattern in listing):
        return
    found = re.search(rule.count, page.code)
    count = whole(found[1]) if found else 0
    parts = urlsplit(page.url)
    for number in range(2, min(count, MAX_PAGES) + 1):
        if rule.address.startswith("?"):
            name, value = rule.address[1:].format(n=number).split("=", 1)
            others = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != name]
            yield Further("?" + urlencode([*others, (name, value)]))
        else:
            stem, _dot, ending = parts.path.rpartition("/")[2].rpartition(".")
            if stem:
                yield Further(rule.address.format(n=number, stem=_NUMBER.sub("", stem), ext=ending))
