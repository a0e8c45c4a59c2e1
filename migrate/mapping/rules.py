"""The rules of a mapping, top to bottom; the first that fits takes the URL. Each counts what it took, and what it would
have taken, had none above it been there.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from migrate.config import Rule, SiteConfig
from migrate.i18n import _
from migrate.mapping.conditions import Questions, RecordTest, Test, ready
from migrate.mapping.facts import Fact
from migrate.mapping.transforms import value_of
from migrate.records import Field, Finding, Kind, Level, Record

_FILES = (Kind.ATTACHMENT, Kind.IMAGE, Kind.OTHER)


class _Ready(NamedTuple):
    """A rule, ready to ask."""

    rule: Rule
    match: Test
    when: Test | None
    takes_files: bool
    """It names a kind of file; without that files follow the pages that use them."""
    gives: Mapping[str, Test]
    """Field → whether `set` has a value for it."""


class Rules:
    """A site's rules, ready to ask."""

    def __init__(self, site: SiteConfig) -> None:
        self._questions = Questions()
        self._rules = [self._ready(rule, case_sensitive=site.site.urls.case_sensitive) for rule in site.rules]
        self._by_name = {rule.name: rule for rule in site.rules}
        self.took: Counter[str] = Counter()
        self.lost: dict[str, Counter[str]] = {rule.name: Counter() for rule in site.rules}
        """Rule → the rules above it that took what it fits, too."""
        self.refused: Counter[str] = Counter()
        """Rule → what its `match` fits and its `when` doesn't."""

    def _ready(self, rule: Rule, *, case_sensitive: bool) -> _Ready:
        when = ready(rule.when, self._questions, case_sensitive=case_sensitive) if rule.when is not None else None
        kinds = rule.match.kinds | (rule.when.kinds if rule.when is not None else frozenset())
        gives = {name: self._questions.add(_gives(name, rule)) for name in rule.set}
        match = ready(rule.match, self._questions, case_sensitive=case_sensitive)
        return _Ready(rule, match, when, not kinds.isdisjoint(_FILES), gives)

    def ask(self, record: Record) -> int:
        """Return what the rules must know of a whole record, as bits for `PageFacts.says`."""
        return self._questions.answers(record)

    def first(self, fact: Fact) -> Rule | None:
        """Return the first rule that fits, and count it; None if none does."""
        path = unquote(urlsplit(fact.key).path)
        is_file = fact.page is None and fact.kind in _FILES
        taken: Rule | None = None
        for rule in self._rules:
            if (is_file and not rule.takes_files) or not rule.match(fact, path):
                continue
            if rule.when is not None and not rule.when(fact, path):
                self.refused[rule.rule.name] += 1
            elif taken is None:
                taken = rule.rule
                self.took[taken.name] += 1
            else:
                self.lost[rule.rule.name][taken.name] += 1
        return taken

    def gives(self, rule: Rule, name: str, fact: Fact) -> bool:
        """Say whether a rule's `set` has a value for a field that the page itself lacks."""
        test = next((known.gives.get(name) for known in self._rules if known.rule is rule), None)
        return test is not None and test(fact, "")

    def put_right(self, name: str, record: Record) -> Record:
        """Return a record with what the `set` of the rule of that name gives."""
        rule = self._by_name.get(name)
        if rule is None or not rule.set:
            return record
        found = ((field, value_of(field, steps, record)) for field, steps in rule.set.items())
        return _with_fields(record, {field: value for field, value in found if value is not None})

    def shadowed(self) -> dict[str, dict[str, int]]:
        """Return each rule that took nothing but fits something, with the rules above it that took that."""
        return {name: dict(_most_first(lost)) for name, lost in self.lost.items() if lost and not self.took[name]}

    def findings(self) -> Iterable[Finding]:
        """Yield a finding for each rule that took nothing, with what stands in its way."""
        for known in self._rules:
            rule = known.rule
            if not self.took[rule.name]:
                yield self._shadowed(rule) if self.lost[rule.name] else self._unused(rule)

    def _unused(self, rule: Rule) -> Finding:
        hint = _("Is its match right?")
        if refused := self.refused[rule.name]:
            hint = _("Its match fits {n} old URLs, but its “when” none of them.").format(n=refused)
        message = _("The rule “{rule}” (line {line}) took nothing.").format(rule=rule.name, line=rule.line)
        return Finding(Level.WARNING, "map.rule-unused", "", message, hint)

    def _shadowed(self, rule: Rule) -> Finding:
        lost = self.lost[rule.name]
        message = _("The rule “{rule}” (line {line}) took nothing: {n} old URLs that it fits went to {others}.").format(
            rule=rule.name,
            line=rule.line,
            n=lost.total(),
            others=", ".join(_("“{rule}” (line {line}): {n}").format(
                rule=name, line=self._by_name[name].line, n=number) for name, number in _most_first(lost)),
        )  # fmt: skip
        return Finding(
            Level.WARNING, "map.rule-shadowed", "", message, _("Move it above them, narrow their match, or delete it.")
        )


def _gives(name: str, rule: Rule) -> RecordTest:
    return lambda record: value_of(name, rule.set[name], record) is not None


def _most_first(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _with_fields(record: Record, values: Mapping[str, Field]) -> Record:
    own = {name: value for name, value in values.items() if name in Record.__slots__}
    head = {name: value for name, value in values.items() if name not in own}
    return replace(record, **own, policy_head={**record.policy_head, **head})  # type: ignore[arg-type]
