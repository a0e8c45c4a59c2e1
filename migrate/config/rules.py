"""The rules of a site file: what each takes, what becomes of it, and what is put right on the way (design §6)."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from migrate.config import strict
from migrate.config.portal import RECORD_FIELDS, Column
from migrate.errors import ConfigError
from migrate.i18n import _

REDIRECT_TO_COLUMN = "column"
"""`redirect: column`: each list goes to the column that its articles went to, the home page to the channel."""

SETTABLE = tuple(name for name in RECORD_FIELDS if name not in ("body", "breadcrumb"))
"""Fields that a rule may `set`."""
ORIGINS_OF_SET = (*SETTABLE, "breadcrumb", "path")
"""Where a value of `set` may come from, besides `meta:Name`."""
META = "meta:"
BARE_TRANSFORMS = ("strip", "date")
"""Transforms that need no more than their name."""

_DAY = re.compile(r"(?P<year>(?:19|20)\d{2})(?:-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2}))?)?")
_QUERY = re.compile(r"\?\w+=")


@dataclass(frozen=True, slots=True)
class Dates:
    """A range of days, both ends included; `2015` and `2015-06` mean the whole year or month."""

    since: str = field(default="", metadata={"key": "from"})
    until: str = field(default="", metadata={"key": "to"})
    of: Literal["published", "written_on", "effective_on", "repeal_on"] = "published"
    line: int = field(default=0, metadata={"hidden": True})


@dataclass(frozen=True, slots=True)
class Match:
    """A condition; all that is given must fit, of each list one."""

    path: tuple[str, ...] = field(default=(), metadata=strict.FILLED)
    """Path globs: * within a folder, ** across."""
    kind: tuple[Literal["home", "list", "article", "attachment", "image", "other"], ...] = field(
        default=(), metadata=strict.FILLED
    )
    breadcrumb: tuple[str, ...] = field(default=(), metadata=strict.FILLED)
    """A column name anywhere in the breadcrumb."""
    listed: tuple[str, ...] = field(default=(), metadata=strict.FILLED)
    """Globs on path and query of lists, one of which names the article: where nothing else tells its column."""
    meta: Mapping[str, tuple[str, ...]] = field(default_factory=dict, metadata=strict.FILLED)
    """META name, in any case → globs on its text."""
    document_number: tuple[str, ...] = field(default=(), metadata=strict.FILLED)
    """Globs on the document number; the shape of its brackets doesn't matter."""
    date: Dates | None = None
    family: tuple[str, ...] = field(default=(), metadata=strict.FILLED)
    """Ids of legacy systems."""
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict, metadata=strict.FILLED)
    """Field of the record → globs on its text."""
    all: tuple["Match", ...] = field(default=(), metadata=strict.FILLED)
    any: tuple["Match", ...] = field(default=(), metadata=strict.FILLED)
    negated: "Match | None" = field(default=None, metadata={"key": "not"})
    line: int = field(default=0, metadata={"hidden": True})

    @property
    def inner(self) -> "tuple[Match, ...]":
        """Return the conditions that this one is made of."""
        return (*self.all, *self.any, *((self.negated,) if self.negated is not None else ()))

    def walk(self) -> "Iterator[Match]":
        """Yield this condition and all inside it."""
        yield self
        for inner in self.inner:
            yield from inner.walk()

    @property
    def kinds(self) -> frozenset[str]:
        """Return the kinds that it asks for by name, here or inside `all` and `any`."""
        return frozenset(self.kind).union(*(inner.kinds for inner in (*self.all, *self.any)))


@dataclass(frozen=True, slots=True)
class Transform:
    """What is done to a value on its way; exactly one."""

    strip: str | None = None
    """These characters go from both ends; without any: blanks."""
    replace: Mapping[str, str] | None = None
    """Text → what stands there instead, in the order written."""
    table: Mapping[str, str] | None = None
    """Whole value → value; what is not in the table gives none."""
    date: tuple[str, ...] | None = None
    """How the day is written (`%d.%m.%Y`); without: the usual ways."""
    split: str | None = None
    """Cut into parts at this text."""
    part: int | None = None
    """One of several parts, from 1; from the end with a minus."""
    join: str | None = None
    """Several parts become one text again, with this between them."""
    default: str | None = None
    """The value where there is none."""
    line: int = field(default=0, metadata={"hidden": True})


TRANSFORMS = tuple(name for name in Transform.__slots__ if name != "line")
"""Names of all transforms."""


@dataclass(frozen=True, slots=True)
class Step:
    """One way to a value: where from, and what is done to it."""

    source: str = field(default="", metadata={"key": "from"})
    apply: tuple[str | Transform, ...] = ()
    line: int = field(default=0, metadata={"hidden": True})


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the mapping. Exactly one of column, redirect, archive, gone, undecided."""

    name: str = field(metadata=strict.FILLED)
    match: Match = Match()
    when: Match | None = None
    """A second condition, on what `match` fits: told apart in what is said of rules that take nothing."""
    column: str | None = None
    redirect: str | None = None
    archive: str | None = field(default=None, metadata=strict.FILLED)
    gone: str | None = field(default=None, metadata=strict.FILLED)
    undecided: str | None = field(default=None, metadata=strict.FILLED)
    require: tuple[str, ...] = ()
    set: Mapping[str, tuple[str | Step, ...]] = field(default_factory=dict)
    """Field → ways to its value; the first that gives one counts, and where none does it stays as it was read."""
    line: int = field(default=0, metadata={"hidden": True})

    @property
    def conditions(self) -> Iterator[Match]:
        """Yield all conditions, the inner ones too."""
        yield from self.match.walk()
        if self.when is not None:
            yield from self.when.walk()


def check_rules(path: Path, rules: Collection[Rule], columns: Mapping[str, Column]) -> None:
    """Check rules against the channel's columns. Raises ConfigError with file, line and nearest word."""
    seen: dict[str, int] = {}
    for rule in rules:
        if rule.name in seen:
            reason = _("The rule “{rule}” stands here a second time.").format(rule=rule.name)
            hint = _("The first is on line {line}. Give each a name of its own.").format(line=seen[rule.name])
            raise ConfigError(path, rule.line, reason, hint)
        seen[rule.name] = rule.line
        _check_outcome(path, rule, columns)
        for condition in rule.conditions:
            _check_condition(path, rule, condition)
        for name in rule.require:
            check_field(path, rule.line, name)
        _check_set(path, rule)


def _check_outcome(path: Path, rule: Rule, columns: Mapping[str, Column]) -> None:
    given = [rule.column, rule.redirect, rule.archive, rule.gone, rule.undecided]
    if sum(value is not None for value in given) != 1:
        raise ConfigError(
            path,
            rule.line,
            _("The rule “{rule}” needs exactly one of column, redirect, archive, gone, undecided.").format(
                rule=rule.name
            ),
            strict.keys_hint(),
        )
    target = rule.column if rule.column is not None else rule.redirect
    if target is not None and not (rule.redirect == REDIRECT_TO_COLUMN) and target not in columns:
        raise ConfigError(
            path,
            rule.line,
            _("The channel has no column “{column}”.").format(column=target),
            strict.did_you_mean(target, [*columns, *([REDIRECT_TO_COLUMN] if rule.redirect else [])]),
        )


def _check_condition(path: Path, rule: Rule, condition: Match) -> None:
    line = rule.line if condition is rule.match else condition.line
    if condition is not rule.match and condition == Match(line=condition.line):
        reason = _("A condition of the rule “{rule}” says nothing.").format(rule=rule.name)
        raise ConfigError(path, line, reason, strict.keys_hint())
    for glob in condition.path:
        check_glob(path, line, glob)
        if _QUERY.search(glob):
            reason = _("“{glob}” is no path glob.").format(glob=glob)
            raise ConfigError(path, line, reason, _("A path ends before the question mark; ? means one character."))
    for glob in condition.listed:
        check_glob(path, line, glob)
    texts = (*condition.meta.values(), *condition.fields.values(), condition.document_number)
    for glob in (glob for globs in texts for glob in globs):
        if not glob.strip():
            raise ConfigError(path, line, _("An empty glob fits nothing."), _("“*” fits every value that is there."))
    for name in condition.fields:
        check_field(path, line, name)
    if condition.date is not None:
        _check_dates(path, condition.date)


def _check_dates(path: Path, dates: Dates) -> None:
    for text in filter(None, (dates.since, dates.until)):
        if first_day(text) is None:
            reason = _("“{date}” is no day.").format(date=text)
            raise ConfigError(path, dates.line, reason, _("Write 2015-06-30, 2015-06 or 2015."))
    if not (dates.since or dates.until):
        raise ConfigError(path, dates.line, _("“{key}” is missing.").format(key="from"), "{from: 2015, to: 2016-06}")
    if dates.since and dates.until and str(first_day(dates.since)) > last_day(dates.until):
        reason = _("The range of days ends before it begins.")
        raise ConfigError(path, dates.line, reason, "{from: 2015, to: 2016-06}")


def first_day(text: str) -> date | None:
    """Return the first day that `2015`, `2015-06` or `2015-06-30` means; None where it is none of these."""
    found = _DAY.fullmatch(text)
    if found is None:
        return None
    try:
        return date(int(found["year"]), int(found["month"] or 1), int(found["day"] or 1))
    except ValueError:
        return None


def last_day(text: str) -> str:
    """Return an ISO text that no day of `2015`, `2015-06` or `2015-06-30` is behind, as texts are ordered."""
    begin = first_day(text)
    return "-".join([*str(begin).split("-")[: text.count("-") + 1], *["99"] * (2 - text.count("-"))])


def check_glob(path: Path, line: int, glob: str) -> None:
    """Check one path glob. Raises ConfigError."""
    reason = _("“{glob}” is no path glob.").format(glob=glob)
    if not glob.startswith("/"):
        raise ConfigError(path, line, reason, _("Begin with a slash, for example /zwgk/tzgg/**"))
    if "***" in glob or "\\" in glob:
        raise ConfigError(path, line, reason, _("* within a folder, ** across folders, / between them."))


def check_field(path: Path, line: int, name: str, known: tuple[str, ...] = RECORD_FIELDS) -> None:
    """Check the name of a field. Raises ConfigError with the nearest right word."""
    if name not in known:
        reason = _("“{name}” is no field of a record.").format(name=name)
        raise ConfigError(path, line, reason, strict.did_you_mean(name, known))


def _check_set(path: Path, rule: Rule) -> None:
    if rule.set and (rule.redirect is not None or rule.gone is not None):
        reason = _("The rule “{rule}” keeps no content: “set” would do nothing.").format(rule=rule.name)
        raise ConfigError(path, rule.line, reason, strict.keys_hint())
    for name, steps in rule.set.items():
        check_field(path, rule.line, name, SETTABLE)
        if not steps:
            raise ConfigError(path, rule.line, _("“{key}” is empty.").format(key=name), strict.keys_hint())
        for step in steps:
            _check_step(path, rule, Step(step, line=rule.line) if isinstance(step, str) else step)


def _check_step(path: Path, rule: Rule, step: Step) -> None:
    if not step.source and not any(isinstance(item, Transform) and item.default for item in step.apply):
        raise ConfigError(path, step.line, _("“{key}” is missing.").format(key="from"), strict.keys_hint())
    named_meta = step.source.startswith(META) and step.source != META
    if step.source and not named_meta and step.source not in ORIGINS_OF_SET:
        reason = _("“{origin}” does not say where “{name}” stands.").format(origin=step.source, name="set")
        raise ConfigError(path, step.line, reason, strict.did_you_mean(step.source, (*ORIGINS_OF_SET, "meta:Name")))
    for item in step.apply:
        _check_transform(path, step, item)


def _check_transform(path: Path, step: Step, item: str | Transform) -> None:
    if isinstance(item, str):
        if item not in BARE_TRANSFORMS:
            reason = _("“{word}” is no transform that stands by itself.").format(word=item)
            near = strict.did_you_mean(item, (*BARE_TRANSFORMS, *(f"{{{name}: …}}" for name in TRANSFORMS)))
            raise ConfigError(path, step.line, reason, near)
        return
    given = [name for name in TRANSFORMS if getattr(item, name) is not None]
    if len(given) != 1:
        reason = _("One transform a line: {names}").format(names=", ".join(given) or "—")
        raise ConfigError(path, item.line, reason, "[strip, {replace: {旧: 新}}]")
    if _says_nothing(item):
        reason = _("The transform “{name}” says nothing.").format(name=given[0])
        raise ConfigError(path, item.line, reason, strict.keys_hint())
    for form in item.date or ():
        if not _is_date_format(form):
            reason = _("“{format}” is no form of a day.").format(format=form)
            raise ConfigError(path, item.line, reason, _("For example %Y年%m月%d日: %Y year, %m month, %d day."))


def _says_nothing(item: Transform) -> bool:
    """Say whether a transform is written so that it could never do anything."""
    empty = "" in (item.strip, item.split, item.default) or item.part == 0
    return empty or {} in (item.replace, item.table) or "" in (item.replace or ())


def _is_date_format(form: str) -> bool:
    day = datetime(2016, 5, 3)
    try:
        return datetime.strptime(day.strftime(form), form) == day
    except ValueError:
        return False
