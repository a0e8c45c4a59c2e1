"""Which pagers there are, and which of them a page is shown to."""

from collections.abc import Iterable
from functools import partial
from itertools import chain

from migrate.families import GENERIC, Families, PagerName, Paging
from migrate.harvest.paging.epoint import epoint
from migrate.harvest.paging.gaps import gaps
from migrate.harvest.paging.numbered import numbered
from migrate.harvest.paging.scripted import scripted
from migrate.harvest.paging.trs import trs
from migrate.harvest.paging.types import Further, ListPage, Pager
from migrate.harvest.paging.webforms import webforms

PAGERS: dict[PagerName, Pager] = {
    "epoint": epoint,
    "gaps": gaps,
    "scripted": scripted,
    "trs": trs,
    "webforms": webforms,
}
"""Name in families.yaml → function. `numbered` is not here: it is the rule itself that says what it does."""


class Pagers:
    """The rules of families.yaml, ready for use."""

    def __init__(self, families: Families) -> None:
        own = (rule for name, family in families.families.items() if name != GENERIC for rule in family.paging)
        self._rules = _ready(own)
        self._generic = _ready(families[GENERIC].paging)

    def further(self, page: ListPage) -> list[Further]:
        """Return all further list pages that a page implies, each once."""
        code = page.code
        for rules in (self._rules, self._generic):
            # Nearly all pages have no mark at all: this test is what paging costs.
            speaking = [pager for marks, pager in rules if any(mark in code for mark in marks)]
            if speaking and (found := list(dict.fromkeys(chain.from_iterable(pager(page) for pager in speaking)))):
                return found
        return []


def _ready(rules: Iterable[Paging]) -> list[tuple[tuple[str, ...], Pager]]:
    """Return (marks, pager) of each distinct rule: several systems share one another's scripts."""
    ready: dict[tuple[object, ...], tuple[tuple[str, ...], Pager]] = {}
    for rule in rules:
        pager = partial(numbered, rule) if rule.pager == "numbered" else PAGERS[rule.pager]
        ready[rule.pager, rule.marks, rule.count, rule.address] = (rule.marks, pager)
    return list(ready.values())
