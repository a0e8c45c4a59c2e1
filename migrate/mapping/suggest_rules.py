"""Rules for the columns of an old site, from a sample of it: which addresses are a column's, and where they should go.

A rule names the addresses by a path glob where one fits them all and nothing else, else by the breadcrumb, else by the
list that shows them.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit

from migrate.config import Channel, PortalConfig
from migrate.mapping.suggest import Holdings, Suggestion, Vocabulary
from migrate.records import OldColumn, Outcome
from migrate.urls import DEFAULT_DOCUMENTS, PAGE_PARAMETERS, glob_pattern

_ENOUGH = 0.5
"""Share of a column's addresses that a glob must take where there is no breadcrumb to go by."""
_PIECES = re.compile(r"\d+|\D+")
_DATE = re.compile(r"(?:19|20)\d{2}(?:\d{2}){0,2}")
_OF_A_YEAR = re.compile(r"\d{1,2}|(?:0\d|1[0-2])\d{2}")
_SPECIAL = "special"
"""Template of topics: they end, and are kept as they were (domain rules, campaigns and topics)."""


@dataclass(frozen=True, slots=True)
class ProposedRule:
    """One column of the old site and the rule for it."""

    name: str
    column: OldColumn
    suggestion: Suggestion
    outcome: Outcome
    """MOVE, ARCHIVE, or UNDECIDED where the channel has no column for it."""
    target: str = ""
    """Slug of the portal's column, for MOVE."""
    paths: tuple[str, ...] = ()
    breadcrumbs: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()

    @property
    def match(self) -> tuple[str, tuple[str, ...]]:
        """Return the key of `match` by which its articles are told, and its values; an empty key for none."""
        found = {"path": self.paths, "breadcrumb": self.breadcrumbs, "listed": self.listed}
        return next(((key, values) for key, values in found.items() if values), ("", ()))

    @property
    def goal(self) -> tuple[Outcome, str]:
        """Return where it leads: rules with the same goal can't take each other's addresses wrongly."""
        return self.outcome, self.target

    def takes(self, path: str, column: OldColumn) -> bool:
        """Say whether it takes an article of a column, by its path."""
        if self.paths:
            return any(_fits(glob, path) for glob in self.paths)
        if self.breadcrumbs:
            return bool(set(self.breadcrumbs) & set(_crumbs(column)))
        return column.url == self.column.url


@dataclass(frozen=True, slots=True)
class Proposal:
    """All rules, in the order in which they are to be tried, and the columns that no rule can tell."""

    rules: tuple[ProposedRule, ...]
    without: tuple[ProposedRule, ...]
    covered: int
    """Addresses of the sample that reach the goal of their own column by these rules."""
    of: int


def propose(
    columns: Sequence[OldColumn],
    words: Vocabulary,
    portal: PortalConfig,
    channel: Channel,
    held: Callable[[OldColumn], Holdings] | None = None,
) -> Proposal:
    """Return a rule for each column that has articles, or that only a menu tells of; `held` tells what its articles
    are like, where more is known.
    """
    goals = [_goal(column, words, portal, channel, held) for column in columns]
    rules: list[ProposedRule] = []
    without: list[ProposedRule] = []
    for goal in goals:
        if not goal.column.rows:  # of an unread one, how many it has is not known
            continue
        rule = _with_match(goal, goals)
        if rule.match[0]:
            _insert(rules, rule)
        else:
            without.append(rule)
    inside = _lie_inside(rules)
    for goal in goals:
        if goal.column.unread and not goal.column.rows:
            _insert_unread(rules, _by_list(goal, goals, inside=inside))
    rules = _distinct(rules)
    rows = [(goal, row) for goal in goals for row in goal.column.rows]
    covered = sum(_reaches(goal, row, rules) for goal, row in rows)
    return Proposal(tuple(rules), tuple(without), covered, len(rows))


def _goal(
    column: OldColumn,
    words: Vocabulary,
    portal: PortalConfig,
    channel: Channel,
    held: Callable[[OldColumn], Holdings] | None,
) -> ProposedRule:
    told = held(column) if held is not None else None
    suggestion = words.suggest(column.path, column.column_type, column.titles, told)
    slugs = {c.template: c.slug for c in reversed(list(portal.channel_columns(channel))) if not c.hidden}
    target = next((slugs[template] for template in words.choices(suggestion.template) if template in slugs), "")
    outcome = Outcome.MOVE if target else Outcome.ARCHIVE if suggestion.template == _SPECIAL else Outcome.UNDECIDED
    return ProposedRule(column.path[-1], column, suggestion, outcome, target)


def _with_match(goal: ProposedRule, goals: Sequence[ProposedRule]) -> ProposedRule:
    """Return the rule with the first glob that takes all of its addresses and no other column's, or its breadcrumb."""
    paths = [_path(row) for row in goal.column.rows]
    others = [other for other in goals if other.goal != goal.goal and other.column.rows]
    partly: list[tuple[float, str]] = []
    for glob in _globs(goal.column):
        if _takes_others(glob, paths, others):
            continue
        share = sum(_fits(glob, path) for path in paths) / len(paths)
        if share == 1:
            return replace(goal, paths=(glob,))
        partly.append((share, glob))
    crumb = _crumb(goal.column)
    if crumb and not any(crumb in _crumbs(other.column)[-1:] for other in others):
        return replace(goal, breadcrumbs=(crumb,))
    if goal.column.url and not goal.column.single:
        return replace(goal, listed=_list_globs(goal.column.url))
    share, glob = max(partly, default=(0.0, ""))
    return replace(goal, paths=(glob,)) if share >= _ENOUGH else goal


def _lie_inside(rules: Sequence[ProposedRule]) -> bool:
    """Say whether, by most of the lists that were read, articles lie in the folder of their list."""
    found = [rule.paths == (f"{folder}**",) for rule in rules if (folder := _list_folder(rule.column)) != "/"]
    return sum(found) > len(found) / 2


def _by_list(goal: ProposedRule, goals: Sequence[ProposedRule], *, inside: bool) -> ProposedRule:
    """Return the rule for a column of which only its list's address is known: by the list's folder if articles lie
    `inside` and it is no other's, else by the list itself.
    """
    folder = _list_folder(goal.column)
    alone = sum(_list_folder(other.column) == folder for other in goals) == 1
    if inside and alone and folder != "/":
        return replace(goal, paths=(f"{folder}**",))
    return replace(goal, listed=_list_globs(goal.column.url, alone=alone))


def _insert_unread(rules: list[ProposedRule], rule: ProposedRule) -> None:
    """Put a rule before the first that would take its list's own address elsewhere, if it takes nothing of any rule
    behind it there; else behind all.
    """
    path = _path(rule.column.url)
    takes = (place for place, other in enumerate(rules) if other.goal != rule.goal and other.takes(path, rule.column))
    place = next(takes, len(rules))
    behind = (other for other in rules[place:] if other.goal != rule.goal)
    if any(rule.takes(_path(row), other.column) for other in behind for row in other.column.rows):
        place = len(rules)
    rules.insert(place, rule)


def _list_folder(column: OldColumn) -> str:
    return _folder(_path(column.url)) if column.url and not column.single else "/"


def _list_globs(url: str, *, alone: bool = True) -> tuple[str, ...]:
    """Return globs that take the pages of a list, by path and query as canonical URLs have them: names in order.

    `alone` says that no other list lies in its folder.
    """
    path = _path(url)
    query = [part for part in unquote(urlsplit(url).query).split("&") if part]
    query = [part for part in query if part.partition("=")[0].lower() not in PAGE_PARAMETERS]
    if query:
        orders = dict.fromkeys("&".join(sorted(query, key=key)) for key in (str, str.lower))
        return tuple(glob for text in orders for glob in (f"{path}?{text}", f"{path}?{text}&*", f"{path}?*&{text}"))
    if _folder(path) != "/" and alone:
        return (f"{_folder(path)}**",)
    stem, dot, ending = path.rpartition(".")
    return path, f"{stem if dot else path}_*{dot}{ending}", f"{stem if dot else path}/*"


def _takes_others(glob: str, paths: Sequence[str], others: Sequence[ProposedRule]) -> bool:
    """Say whether a glob takes addresses of columns with another goal that lie in no folder of their own."""
    for other in others:
        narrower = [
            candidate
            for candidate in _folders(other.column)
            if len(candidate) > len(glob) and not any(_fits(candidate, path) for path in paths)
        ]
        for row in other.column.rows:
            path = _path(row)
            if _fits(glob, path) and not any(_fits(candidate, path) for candidate in narrower):
                return True
    return False


def _globs(column: OldColumn) -> list[str]:
    """Return globs that may tell a column's articles, the widest first."""
    paths = [_path(row) for row in column.rows]
    if column.single:
        return [*_folders(column), paths[0]]
    return [*_folders(column), *dict.fromkeys(_pattern(paths, dates_vary=vary) for vary in (True, False))]


def _folders(column: OldColumn) -> list[str]:
    """Return globs of the folders that all of a column's articles lie in: the list's own, and the narrowest."""
    common = _common_folder([_path(row) for row in column.rows])
    own = _folder(_path(column.url)) if column.url and not column.single else common
    return _folder_globs(own if common.startswith(own) else common, common)


def _folder_globs(*folders: str) -> list[str]:
    """Return a glob for each folder but the root."""
    return [f"{folder}**" for folder in dict.fromkeys(folders) if folder != "/"]


def _pattern(paths: list[str], *, dates_vary: bool) -> str:
    """Return a glob of the shape that most paths share: what differs, the last number, and dates, are `*`."""
    depth = Counter(path.count("/") for path in paths).most_common(1)[0][0]
    split = [path.split("/") for path in paths if path.count("/") == depth]
    last = max((place for place, part in enumerate(split[0]) if re.search(r"\d", part)), default=-1)
    parts: list[str] = []
    dated = False
    for place, column in enumerate(zip(*split, strict=True)):
        values = list(dict.fromkeys(column))
        if dates_vary and dated and all(_OF_A_YEAR.fullmatch(value) for value in values):
            parts.append("*")
            continue
        dated = all(_DATE.fullmatch(value) for value in values)
        if len(values) == 1 and _is_shelf(values[0], paths):
            parts.append("*")
            continue
        parts.append(_part(values, last=place == last, dates_vary=dates_vary))
    return "/".join(parts)


def _part(values: list[str], *, last: bool, dates_vary: bool) -> str:
    """Return one folder or file name of the pattern."""
    pieces = [_PIECES.findall(value) for value in values]
    if len({len(piece) for piece in pieces}) != 1:
        return "*"
    varying = {place for place in range(len(pieces[0])) if len({piece[place] for piece in pieces}) > 1}
    numbers = [place for place, piece in enumerate(pieces[0]) if piece.isdigit()]
    if last and numbers:
        varying.add(numbers[-1])
    if dates_vary:
        varying |= {place for place in numbers if _DATE.fullmatch(pieces[0][place])}
    text = "".join("*" if place in varying else piece for place, piece in enumerate(pieces[0]))
    return re.sub(r"\*+", "*", text)


def _is_shelf(folder: str, paths: Sequence[str]) -> bool:
    """Say whether a folder holds what has numbers that begin alike, as 508 holds 508890: none of a column's own."""
    numbers = (re.findall(r"\d+", path) for path in paths)
    return folder.isdigit() and all(len(found[-1]) > len(folder) and found[-1].startswith(folder) for found in numbers)


def _crumb(column: OldColumn) -> str:
    """Return the name that the breadcrumbs of a column's articles show: its own, else the one they share."""
    shown = _crumbs(column)
    if column.path and column.path[-1] in shown:
        return column.path[-1]
    lasts = {crumbs[-1] for crumbs in column.crumbs}
    return lasts.pop() if len(lasts) == 1 else ""


def _crumbs(column: OldColumn) -> tuple[str, ...]:
    """Return the breadcrumb that a column's articles have, as far as they were read."""
    return next(iter(column.crumbs), ())


def _insert(rules: list[ProposedRule], rule: ProposedRule) -> None:
    """Put a rule behind the others, but before the first that would take its addresses elsewhere."""
    place = next(
        (
            place
            for place, other in enumerate(rules)
            if other.goal != rule.goal and any(other.takes(_path(row), rule.column) for row in rule.column.rows)
        ),
        len(rules),
    )
    rules.insert(place, rule)


def _distinct(rules: list[ProposedRule]) -> list[ProposedRule]:
    """Leave out rules that match what an earlier one does; of the others, those of one name get their whole path."""
    kept: list[ProposedRule] = []
    seen: set[object] = set()
    for rule in rules:
        if rule.match not in seen:
            seen.add(rule.match)
            kept.append(rule)
    names = Counter(rule.name for rule in kept)
    numbers: Counter[str] = Counter()
    for place, rule in enumerate(kept):
        name = " > ".join(rule.column.path) if names[rule.name] > 1 else rule.name
        numbers[name] += 1
        kept[place] = replace(rule, name=name if numbers[name] == 1 else f"{name} {numbers[name]}")
    return kept


def _reaches(goal: ProposedRule, row: str, rules: Sequence[ProposedRule]) -> bool:
    taken = next((rule for rule in rules if rule.takes(_path(row), goal.column)), None)
    return taken is not None and taken.goal == goal.goal


def _fits(glob: str, path: str) -> bool:
    return glob_pattern(glob, case_sensitive=False).fullmatch(path) is not None


def _path(url: str) -> str:
    """Return the path of a canonical URL as rules see it: unescaped, without default document."""
    folder, _slash, name = unquote(urlsplit(url).path).rpartition("/")
    return f"{folder}/{'' if name.lower() in DEFAULT_DOCUMENTS else name}"


def _folder(path: str) -> str:
    return path.rpartition("/")[0] + "/"


def _common_folder(paths: list[str]) -> str:
    """Return the folder above all paths, and above any folder of dates or numbers: what comes next lies beside it."""
    split = [_folder(path).split("/")[1:-1] for path in paths]
    shared: list[str] = []
    for parts in zip(*split, strict=False):
        if len(set(parts)) > 1 or _DATE.fullmatch(parts[0]) or _is_shelf(parts[0], paths):
            break
        shared.append(parts[0])
    return "/" + "".join(f"{part}/" for part in shared)
