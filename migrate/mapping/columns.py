"""The columns of a harvested site, from all of its records: what `map --suggest` chooses templates for."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from migrate.archive.ledger import Ledger
from migrate.mapping.facts import Fact, gather, own_key
from migrate.mapping.suggest import Holdings, Vocabulary
from migrate.records import Kind, OldColumn, Record
from migrate.urls import UrlRules

_SAMPLE = 200
"""Addresses of a column from which a rule is made."""
_TITLES = 20
_ALL = 0.9
"""Share of all articles from which on a breadcrumb is the site's own, and no column's."""
_FEW_ARTICLES = 10
_SITE_NAME = re.compile(r"\s*[-_|—–]+\s*")


class HeldColumn(NamedTuple):
    """A column, and what its articles are like."""

    column: OldColumn
    held: Holdings


@dataclass(slots=True)
class _Growing:
    """A column while the records stream by."""

    held: Holdings = field(default_factory=Holdings)
    newest: str = ""
    rows: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    lists: Counter[str] = field(default_factory=Counter)
    types: Counter[str] = field(default_factory=Counter)
    crumbs: Counter[tuple[str, ...]] = field(default_factory=Counter)

    def take(self, record: Record, fact: Fact, words: Vocabulary) -> None:
        self.held.take(words.marks(record))
        self.newest = max(self.newest, fact.published[:10])
        if len(self.rows) < _SAMPLE:
            self.rows.append(fact.key)
        if len(self.titles) < _TITLES and record.title is not None:
            self.titles.append(record.title.value)
        self.lists.update(fact.lists)
        self.types.update(text for name, text in record.meta.items() if name.lower() == "columntype" and text)
        if record.breadcrumb:
            self.crumbs[record.breadcrumb] += 1

    def column(self, path: tuple[str, ...]) -> OldColumn:
        lists = sorted(self.lists, key=lambda key: (-self.lists[key], len(key), key))
        return OldColumn(
            path=path,
            url=lists[0] if lists else "",
            articles=self.held.articles,
            pages=len(lists),
            newest=self.newest,
            single=self.held.articles == 1 and not lists,
            column_type=next((name for name, _number in self.types.most_common(1)), ""),
            rows=tuple(self.rows),
            titles=tuple(self.titles),
            crumbs=tuple(crumbs for crumbs, _number in self.crumbs.most_common()),
        )


def old_columns(ledger: Ledger, rules: UrlRules, words: Vocabulary) -> list[HeldColumn]:
    """Return the columns that a site's articles say they are of, the fullest first.

    By the breadcrumb, else by the list that names the article, else by its folder.
    """
    facts = gather(ledger, rules).by_key
    names, crumbs = _names(ledger, rules)
    total = crumbs.total()
    useless = {crumb for crumb, number in crumbs.items() if total >= _FEW_ARTICLES and number >= _ALL * total}
    growing: dict[tuple[str, ...], _Growing] = {}
    for record, fact in _articles(ledger, facts, rules):
        path = record.breadcrumb if record.breadcrumb and record.breadcrumb not in useless else _by_list(fact, names)
        growing.setdefault(path or _folder(fact), _Growing()).take(record, fact, words)
    found = [HeldColumn(column.column(path), column.held) for path, column in growing.items()]
    return sorted(found, key=lambda known: (-known.column.articles, known.column.path))


def _names(ledger: Ledger, rules: UrlRules) -> tuple[dict[str, tuple[str, ...]], Counter[tuple[str, ...]]]:
    """Return list → its names from the top, and how many articles have which breadcrumb."""
    names: dict[str, tuple[str, ...]] = {}
    crumbs: Counter[tuple[str, ...]] = Counter()
    for record in ledger.records():
        if record.kind is Kind.LIST:
            title = _SITE_NAME.split(record.title.value)[0].strip() if record.title else ""
            names[own_key(record.key, rules) or record.key] = record.breadcrumb or ((title,) if title else ())
        elif record.kind is Kind.ARTICLE and record.breadcrumb:
            crumbs[record.breadcrumb] += 1
    return names, crumbs


def _articles(ledger: Ledger, facts: Mapping[str, Fact], rules: UrlRules) -> Iterator[tuple[Record, Fact]]:
    """Yield each article once, as the mapping would take it."""
    for record in ledger.records():
        fact = facts.get(own_key(record.key, rules) or record.key)
        taken = fact.resource.key if fact is not None and fact.resource is not None else ""
        if fact is not None and record.kind is Kind.ARTICLE and taken == record.key:
            yield record, fact


def _by_list(fact: Fact, names: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return next((names[key] for key in fact.lists if names.get(key)), ())


def _folder(fact: Fact) -> tuple[str, ...]:
    """Return the folders of an address as a name: better than none."""
    folders = [part for part in fact.key.split("/")[3:-1] if not part.isdigit()]
    return tuple(folders) or ("/",)
