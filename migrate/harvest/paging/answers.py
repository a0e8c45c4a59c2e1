"""What pagers of answers in JSON share."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from migrate.harvest.paging.types import MAX_PAGES, Further, ListPage


def read_json(text: str) -> dict[str, Any]:
    """Return the JSON object that an answer is; an empty one for anything else."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def whole(value: object) -> int:
    """Return a number, written as one or as a text; 0 for anything else and for negative ones."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0


def query_of(url: str) -> dict[str, str]:
    """Return the fields of an address's query."""
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def with_query(url: str, **fields: str) -> str:
    """Return the href of the same script with some fields of the query changed."""
    parts = urlsplit(url)
    return f"{parts.path}?{urlencode({**query_of(url), **fields})}"


def pages_after(number: int, items: int, size: int, total: int) -> range:
    """Return the numbers of the pages to ask for after page `number`, which held `items` of `total`, `size` a page.

    Page 1 names all others. A last page that is full is asked for what comes after it: the count may lie.
    """
    if size <= 0 or items <= 0:
        return range(0)
    last = min(-(-total // size), MAX_PAGES)
    if number == 1 < last:
        return range(2, last + 1)
    return range(number + 1, number + 2) if items >= size and last <= number < MAX_PAGES else range(0)


def numbered_answers(page: ListPage, parameter: str, numbers: range) -> Iterator[Further]:
    """Yield the same script's answers for other values of one parameter."""
    for number in numbers:
        yield Further(with_query(page.url, **{parameter: str(number)}))
