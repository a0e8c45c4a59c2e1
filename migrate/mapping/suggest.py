"""Which template a column of the old site asks for: by what it is called, and by what it holds.

`mappings/columns.yaml` is the vocabulary: words, and marks of articles. Nothing here knows the portal's tree.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from migrate.config import strict
from migrate.errors import ConfigError
from migrate.i18n import _
from migrate.mapping.traits import Trait, plain_text, traits_of
from migrate.records import Record

SURE = 0.6
"""Confidence from which a suggestion may stand without a person's look."""

_EXACT, _IN_NAME, _TELLING, _BY_TYPE, _HELD, _ABOVE, _WEAK, _GUESS = 0.95, 0.8, 0.75, 0.7, 0.65, 0.6, 0.4, 0.2
_SHORT_WORD = 0.7
"""Confidence in a word that is less than half of the name."""
_MOST = 0.6
"""Share of a column's articles that must have a template's marks for them to say anything."""
_MANY = 0.4
"""The same, for what any column may hold, where nothing else is known."""
_NEARLY_ALL = 0.8
"""The same, for marks in the text to be stronger than a word in the name."""
_FEW_SPEAK = 0.2
"""The share of articles with the marks of what the name says, above which the name is believed."""
_FEW = 3
"""Articles below which their marks say nothing."""
_TELLING_TRAITS = frozenset[Trait](("question", "person"))
"""What is stronger than a word in the name: letters and persons are nowhere else; numbered documents are."""
_NOISE = re.compile(r"[\s\u3000·•“”\"'‘’《》【】\[\]()（）>»-]+")
_PERIOD = re.compile(
    r"(?:(?:19|20)?\d{2}年?(?:度)?(?:\d{1,2}月|第?[一二三四1-4]季度|[上下]半年)?|第?\d+[页期批]?|其他|其它|更多|列表|全部)"
)
"""Names of columns that only cut the one above them into pieces."""
_TYPE_OF_ALL = "工作动态"
"""META ColumnType that editors give to what has no type of its own: it says little (domain rules, META annex)."""


@dataclass(frozen=True, slots=True)
class ColumnWords:
    """What old sites call the columns of one template, and what their articles have."""

    template: str
    names: tuple[str, ...]
    weak: tuple[str, ...] = ()
    """Words that say something only where nothing else does."""
    column_types: tuple[str, ...] = ()
    """Values of META ColumnType."""
    titles: tuple[str, ...] = ()
    """Regular expressions that titles of its articles match."""
    texts: tuple[str, ...] = ()
    """Regular expressions that match in the texts of its articles."""
    holds: tuple[Trait, ...] = ()
    """What its articles are like."""
    common: bool = False
    """Any column may hold such articles: their titles are asked last."""
    undated: bool = False
    """What a column is taken for where nothing else is known and none of its articles bears a date."""
    instead: tuple[str, ...] = ()
    """Templates to take where the portal has no column of this one, best first."""
    line: int = field(default=0, metadata={"hidden": True})


@dataclass(frozen=True, slots=True)
class _File:
    columns: tuple[ColumnWords, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A template for a column of the old site."""

    template: str
    reason: str
    confidence: float
    """0 to 1."""


@dataclass(frozen=True, slots=True)
class Marks:
    """The templates that one article speaks for."""

    telling: frozenset[str]
    """By its text, as hardly anything else does."""
    titled: frozenset[str]
    """By its title, or by what it is like."""
    dated: bool
    read: bool = True
    """Its text was read; if not, only a list's line is known."""


@dataclass(slots=True)
class Holdings:
    """What a column holds: counts over its articles, so that no text stays in memory."""

    articles: int = 0
    read: int = 0
    """Those whose text is known."""
    dated: int = 0
    telling: Counter[str] = field(default_factory=Counter)
    titled: Counter[str] = field(default_factory=Counter)
    marked: Counter[str] = field(default_factory=Counter)
    """Either of them."""

    def take(self, marks: Marks) -> None:
        """Count one article."""
        self.articles += 1
        self.read += marks.read
        self.dated += marks.dated
        self.telling.update(marks.telling)
        self.titled.update(marks.titled)
        self.marked.update(marks.telling | marks.titled)

    def share(self, counts: Counter[str], template: str) -> float:
        """Return the share of the articles that a count is of; of marks in the text, of those that were read."""
        of = self.read if counts is self.telling else self.articles
        return counts[template] / of if of >= _FEW else 0.0


@dataclass(frozen=True, slots=True)
class Patterns:
    """The expressions of one template, compiled."""

    titles: tuple[re.Pattern[str], ...]
    texts: tuple[re.Pattern[str], ...]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of all templates."""

    columns: tuple[ColumnWords, ...]
    names: Mapping[str, str]
    """Word → template."""
    weak: Mapping[str, str]
    types: Mapping[str, str]
    """META ColumnType → template."""
    patterns: Mapping[str, Patterns]
    """Template → its expressions."""

    def suggest(
        self, path: Sequence[str], column_type: str = "", titles: Sequence[str] = (), held: Holdings | None = None
    ) -> Suggestion:
        """Return the template of a column: by its name, its articles, its ColumnType, the columns above it.

        `path` are the column's names from the top, `held` is what was counted of its articles, or `titles` are those
        of some of them. Always gives one; where nothing is known the confidence says so.
        """
        held = held if held is not None else held_by(self, titles)
        name, above = _NOISE.sub("", path[-1] if path else "").partition("_")[0].lower(), path[:-1]
        undated = held.articles > 0 and not held.dated
        held = held if held.articles >= _FEW else Holdings()
        if name in self.names:
            return Suggestion(self.names[name], _("its name is one of this template"), _EXACT)
        return (
            (self._by_those_above(above) if _PERIOD.fullmatch(name) else None)
            or self._by_telling_marks(name, held)
            or self._by_name(name)
            or self._by_type(column_type)
            or self._by_marks(held)
            or self._by_those_above(above)
            or self._by_weak_word(name, held)
            or (self._by_missing_dates() if undated else None)
            or self._by_guess(held)
        )

    def marks(self, record: Record) -> Marks:
        """Return what one article speaks for."""
        text, traits = plain_text(record), traits_of(record)
        telling = frozenset(
            words.template
            for words in self.columns
            if not (traits & _TELLING_TRAITS).isdisjoint(words.holds)
            or any(pattern.search(text) for pattern in self.patterns[words.template].texts)
        )
        alike = frozenset(words.template for words in self.columns if not traits.isdisjoint(words.holds))
        titled = self._titled(record.title.value if record.title else "")
        return Marks(telling, titled | alike, dated=record.published is not None)

    def marks_of_title(self, title: str) -> Marks:
        """Return what an article speaks for of which only a list's line is known."""
        return Marks(frozenset(), self._titled(title), dated=True, read=False)

    def _titled(self, title: str) -> frozenset[str]:
        bare = title.strip()
        return frozenset(
            template
            for template, patterns in self.patterns.items()
            if any(pattern.search(bare) for pattern in patterns.titles)
        )

    def choices(self, template: str) -> tuple[str, ...]:
        """Return a template and, best first, those to take where the portal has no column of it."""
        return next(((template, *words.instead) for words in self.columns if words.template == template), (template,))

    def _by_name(self, name: str) -> Suggestion | None:
        word = _last_word(name, self.names)
        if not word:
            return None
        reason = _("its name says “{word}”").format(word=word)
        return Suggestion(self.names[word], reason, _IN_NAME if 2 * len(word) >= len(name) else _SHORT_WORD)

    def _by_telling_marks(self, name: str, held: Holdings) -> Suggestion | None:
        """Return the template that nearly all articles speak for in their texts, where few speak for the name's."""
        found = self._strongest(held, held.telling, common=False)
        if found is None or found[1] < _NEARLY_ALL:
            return None
        named = self._by_name(name)
        if named is not None and held.share(held.marked, named.template) > _FEW_SPEAK:
            return None
        return Suggestion(found[0], _("{share} of its articles are like it").format(share=f"{found[1]:.0%}"), _TELLING)

    def _by_marks(self, held: Holdings) -> Suggestion | None:
        found = self._strongest(held, held.marked, common=False)
        if found is None or found[1] < _MOST:
            found = self._strongest(held, held.marked, common=True)
            if found is None or found[1] < _MANY:
                return None
        reason = _("titles and texts of {share} of its articles look like it").format(share=f"{found[1]:.0%}")
        return Suggestion(found[0], reason, _HELD)

    def _strongest(self, held: Holdings, counts: Counter[str], *, common: bool) -> tuple[str, float] | None:
        shares = [
            (words.template, held.share(counts, words.template)) for words in self.columns if words.common == common
        ]
        return max(shares, key=lambda item: item[1], default=None)

    def _by_type(self, column_type: str) -> Suggestion | None:
        template = self.types.get(column_type.strip())
        if template is None or column_type.strip() == _TYPE_OF_ALL:
            return None
        return Suggestion(template, _("META ColumnType says “{type}”").format(type=column_type.strip()), _BY_TYPE)

    def _by_those_above(self, above: Sequence[str]) -> Suggestion | None:
        for name in reversed(above):
            bare = _NOISE.sub("", name)
            if word := _last_word(bare, self.names):
                return Suggestion(self.names[word], _("it is part of “{column}”").format(column=name), _ABOVE)
        return None

    def _by_weak_word(self, name: str, held: Holdings) -> Suggestion | None:
        word = _last_word(name, self.weak)
        if not word:
            return None
        return Suggestion(self.weak[word], _("its name says “{word}”").format(word=word), _WEAK)

    def _by_missing_dates(self) -> Suggestion | None:
        template = next((words.template for words in self.columns if words.undated), None)
        return Suggestion(template, _("none of its articles bears a date"), _GUESS) if template else None

    def _by_guess(self, held: Holdings) -> Suggestion:
        if held.articles and held.dated >= _MOST * held.articles:
            return Suggestion(self.columns[0].template, _("its articles are dated, and nothing else is known"), _GUESS)
        return Suggestion(self.columns[0].template, _("nothing says what it is"), _GUESS)


def _last_word(name: str, words: Mapping[str, str]) -> str:
    """Return the word that ends last in a name, the longest of those: Chinese names end in what the thing is."""
    for end in range(len(name), 0, -1):
        for start in range(end):
            if name[start:end] in words:
                return name[start:end]
    return ""


def held_by(vocabulary: Vocabulary, titles: Iterable[str]) -> Holdings:
    """Return what a column holds of which only titles are known."""
    held = Holdings()
    for title in titles:
        held.take(vocabulary.marks_of_title(title))
    return held


def load_vocabulary(path: Path) -> Vocabulary:
    """Return `columns.yaml`, checked. Raises ConfigError for unknown keys, repeated words and bad patterns."""
    file: _File = strict.load(path, _File)
    if not file.columns:
        raise ConfigError(path, 1, _("“{key}” is missing.").format(key="columns"), strict.keys_hint())
    names: dict[str, str] = {}
    templates = [words.template for words in file.columns]
    for place, words in enumerate(file.columns):
        if words.template in templates[:place]:
            reason = _("“{name}” stands here a second time.").format(name=words.template)
            raise ConfigError(path, words.line, reason, _("Keep one of them."))
        for other in words.instead:
            if other not in templates:
                reason = _("The template “{template}” is not known.").format(template=other)
                raise ConfigError(path, words.line, reason, strict.did_you_mean(other, templates))
        for name in (*words.names, *words.weak):
            if name in names:
                reason = _("“{word}” stands for {one} and for {other}.").format(
                    word=name, one=names[name], other=words.template
                )
                raise ConfigError(path, words.line, reason, _("Keep one of them."))
            names[name] = words.template
    return Vocabulary(
        columns=file.columns,
        names={name: words.template for words in file.columns for name in words.names},
        weak={name: words.template for words in file.columns for name in words.weak},
        types={kind: words.template for words in file.columns for kind in words.column_types},
        patterns={words.template: _patterns(path, words) for words in file.columns},
    )


def _patterns(path: Path, words: ColumnWords) -> Patterns:
    return Patterns(
        titles=tuple(_compiled(path, words, text) for text in words.titles),
        texts=tuple(_compiled(path, words, text) for text in words.texts),
    )


def _compiled(path: Path, words: ColumnWords, expression: str) -> re.Pattern[str]:
    try:
        return re.compile(expression)
    except re.error as error:
        reason = _("“{pattern}” is no regular expression: {error}").format(pattern=expression, error=error)
        raise ConfigError(path, words.line, reason) from error
