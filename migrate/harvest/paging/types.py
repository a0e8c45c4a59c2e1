"""What a pager takes and gives."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser

MAX_PAGES = 5_000
"""No list is longer; a script that says so is broken or hostile."""


MAX_CALLS = 50
"""Calls of one kind in one page that are looked at: a page has few lists."""

MAX_CODE = 1_000_000
"""Characters of a page's scripts that are looked at."""

# The fastest test there is: it begins with a rare letter.
_NEXT = re.compile("下一?页")

# Five times as quick as a pattern that ignores case, and nearly all pages are searched only to find no mark in them.
_SCRIPT = re.compile(r"<(?:script|SCRIPT|Script)\b[^<]*(?:<(?!/(?:script|SCRIPT|Script))[^<]*)*")


@dataclass(frozen=True)
class ListPage:
    """What a pager looks at: a page, or an answer in XML or JSON."""

    url: str
    text: str
    form: str = ""
    """The form whose answer it is, urlencoded."""
    data: bool = False
    """Whether it is XML or JSON."""
    encoding: str = "utf-8"
    """In which its forms are sent."""

    @cached_property
    def turns(self) -> bool:
        """Return whether the page says 下一页 or 下页."""
        return not self.data and _NEXT.search(self.text) is not None

    @cached_property
    def code(self) -> str:
        """Return where rules look for their marks: a page's scripts with their start tags; of data, address and all."""
        code = f"{self.url}\n{self.text}" if self.data else "\n".join(_SCRIPT.findall(self.text))
        return code[:MAX_CODE]

    @cached_property
    def tree(self) -> LexborHTMLParser:
        """Return the page parsed. Costs a third of a millisecond: only for a pager that found its mark."""
        return LexborHTMLParser(self.text)


class Further(NamedTuple):
    """One more page of a list."""

    href: str
    """Relative to the page."""
    form: str = ""
    """Form to POST, urlencoded in ASCII; empty: GET."""


Pager = Callable[[ListPage], Iterator[Further]]
