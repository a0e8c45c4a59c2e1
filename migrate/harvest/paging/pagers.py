"""Which pagers there are, and which of them a page is shown to."""

import re
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain, islice
from typing import NamedTuple

from migrate.families import GENERIC, Families, PagerName, Paging
from migrate.harvest.paging.callbacks import callbacks
from migrate.harvest.paging.epoint import epoint
from migrate.harvest.paging.gaps import gaps
from migrate.harvest.paging.guangdong import gkmlpt
from migrate.harvest.paging.jpaas import jpaas
from migrate.harvest.paging.jpage import jpage
from migrate.harvest.paging.numbered import numbered
from migrate.harvest.paging.scripted import scripted
from migrate.harvest.paging.trs import create_page, written_pages
from migrate.harvest.paging.types import MAX_PAGES, Further, ListPage, Pager
from migrate.harvest.paging.ucap import ucap_search
from migrate.harvest.paging.vsb import vsb
from migrate.harvest.paging.webforms import webforms
from migrate.harvest.paging.words import NEXT

PAGERS: dict[PagerName, Pager] = {
    "callbacks": callbacks,
    "create_page": create_page,
    "epoint": epoint,
    "gaps": gaps,
    "gkmlpt": gkmlpt,
    "jpaas": jpaas,
    "jpage": jpage,
    "scripted": scripted,
    "ucap_search": ucap_search,
    "vsb": vsb,
    "webforms": webforms,
    "written_pages": written_pages,
}
"""Name in families.yaml → function. Not here are `numbered`, where the rule itself says what to do, and `links`, which
says that there is nothing to do."""


MAX_FURTHER = 4 * MAX_PAGES
"""Addresses taken from one page: some pages hold several long lists."""


class _Rule(NamedTuple):
    marks: tuple[str, ...]
    pager: Pager


class Pagers:
    """The rules of families.yaml, ready for use."""

    def __init__(self, families: Families) -> None:
        own: list[_Rule] = []
        for family_id, family in families.families.items():
            if family_id != GENERIC:
                own += _ready(family.paging, families.patterns[family_id].listing)
        self._generic = tuple(_ready(families[GENERIC].paging, ()))
        # Systems share one another's scripts, and some have nothing but what is generic.
        self._rules = tuple(rule for rule in dict.fromkeys(own) if rule not in self._generic)
        self._marks = tuple(dict.fromkeys(mark for rule in (*self._rules, *self._generic) for mark in rule.marks))

    def further(self, page: ListPage) -> list[Further]:
        """Return all further list pages that a page implies, each once."""
        code = page.code
        # What nearly all pages have is no mark at all: this line is what paging costs.
        marks = {mark for mark in self._marks if mark in code}
        if page.turns:
            marks.add(NEXT)
        if not marks:
            return []
        for rules in (self._rules, self._generic):
            speaking = [rule for rule in rules if not marks.isdisjoint(rule.marks)]
            found = chain.from_iterable(rule.pager(page) for rule in speaking)
            if further := list(dict.fromkeys(islice(found, MAX_FURTHER))):
                return further
        return []


def _ready(rules: Iterable[Paging], listing: tuple[re.Pattern[str], ...]) -> Iterator[_Rule]:
    for rule in rules:
        if rule.pager == "numbered":
            yield _Rule(rule.marks, partial(numbered, rule, listing))
        elif rule.pager != "links":
            yield _Rule(rule.marks or (NEXT,), PAGERS[rule.pager])
