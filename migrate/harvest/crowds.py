"""Pages that all look the same: a calendar of empty months, a list without an end, one page for all addresses."""

from collections import Counter
from collections.abc import Container

from migrate.filenames import is_file_address
from migrate.harvest.reading import Named, Reading

MAX_ALIKE = 100
"""Pages that show the same but for their numbers of which links to further pages are followed. Files and pictures are
taken from all of them: such are daily price lists, too."""

_PICTURES = frozenset({"img", "embed", "object", "video", "source", "css", "input"})
"""Contexts of links that never lead to a page."""


class Crowds:
    """Counts pages by their likeness, and keeps what was left out of too many of one kind."""

    def __init__(self) -> None:
        self._alike: Counter[str] = Counter()
        self._left_out: dict[str, Named] = {}
        self._told: set[str] = set()

    def thin(self, reading: Reading, known: Container[str]) -> tuple[list[Named], list[str], bool]:
        """Return what of a page's targets is taken, new and told of before, and whether something was left out of its
        kind of page for the first time. What was left out is taken as soon as a page of another kind names it.
        """
        back = [key for key in reading.again if key in self._left_out] if self._left_out else []
        named = [*reading.named, *map(self._left_out.pop, back)]
        again = [key for key in reading.again if key not in back] if back else list(reading.again)
        likeness = reading.content.likeness
        self._alike[likeness] += 1
        if not likeness or self._alike[likeness] <= MAX_ALIKE:
            return named, again, False
        pages = {link.key: link for link in named if link.own and link.key not in known and _may_be_page(link)}
        self._left_out |= pages
        first = bool(pages) and likeness not in self._told
        if first:
            self._told.add(likeness)
        return [link for link in named if link.key not in pages], again, first


def _may_be_page(link: Named) -> bool:
    return link.context not in _PICTURES and not is_file_address(link.key)
