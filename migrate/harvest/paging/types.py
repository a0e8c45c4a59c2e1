"""What a pager takes and gives."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser

MAX_PAGES = 5_000
"""No list is longer; a script that says so is broken or hostile."""


@dataclass(frozen=True)
class ListPage:
    """What a pager looks at."""

    url: str
    text: str
    """The whole page, or the whole answer in XML or JSON."""
    code: str
    """Its script elements, start tags too, as rules' marks are looked for here; of XML and JSON the whole answer."""
    encoding: str = "utf-8"
    """In which its forms are sent."""
    form: str = ""
    """What was sent to get it, urlencoded; empty: it was simply asked for."""

    @cached_property
    def tree(self) -> LexborHTMLParser:
        """The page parsed; costs a third of a millisecond, so only for a pager that found its mark."""
        return LexborHTMLParser(self.text)


class Further(NamedTuple):
    """One more page of a list."""

    href: str
    """Relative to the page."""
    form: str = ""
    """Form to POST, urlencoded in ASCII; empty: GET."""


Pager = Callable[[ListPage], Iterator[Further]]
