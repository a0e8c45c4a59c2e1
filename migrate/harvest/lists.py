"""Lists that go on and on: a further page that shows the same as the one before it ends its list."""

import re
from collections import Counter

from migrate.harvest.paging import MAX_PAGES
from migrate.harvest.paging.words import turn
from migrate.harvest.reading import Named

REPEATS = "repeats"
"""Why a further page is not fetched."""

MAX_REMEMBERED = 50_000
"""Outlines remembered; then forgotten all at once. A list whose outlines are forgotten goes on for a page or two."""

_NUMBER = re.compile(r"#.*|\d+")


def goes_on(link: Named) -> bool:
    """Say whether a link of a list page leads to a further page of the list."""
    return link.own and (link.context == "pager" or turn(link.text) in ("next", "number", "last"))


def is_alike(key: str, page: str) -> bool:
    """Say whether two further pages of a list differ by a number alone; what a script asks for is another thing."""
    return _NUMBER.sub("", key) == _NUMBER.sub("", page)


class Lists:
    """The further pages of a site's lists in one run."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}
        """Further page → the page that its list begins with."""
        self._sizes: Counter[str] = Counter()
        self._outlines: dict[str, str] = {}

    def has_ended(self, key: str, referrer: str, outline: str) -> bool:
        """Say whether the page at `key` is a further page of the list at `referrer` and shows nothing else."""
        if len(self._outlines) >= MAX_REMEMBERED:
            self._outlines.clear()
        self._outlines[key] = outline
        return key in self._first and self._outlines.get(referrer) == outline

    def take(self, key: str, page: str) -> bool:
        """Remember a further page that a page of its list names; False where the list has more than any list has."""
        first = self._first[key] = self._first.get(page, page)
        self._sizes[first] += 1
        return self._sizes[first] <= MAX_PAGES
