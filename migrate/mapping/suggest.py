"""Which template a column of the old site asks for, by what it is called: `mappings/columns.yaml` is the vocabulary.

Pure words: nothing here knows the portal's tree or the old site's pages.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from migrate.config import strict
from migrate.errors import ConfigError
from migrate.i18n import _

SURE = 0.6
"""Confidence from which a suggestion may stand without a person's look."""

_EXACT, _IN_NAME, _BY_TYPE, _ABOVE, _BY_TITLES, _GUESS = 0.95, 0.8, 0.7, 0.6, 0.5, 0.2
_SHORT_WORD = 0.7
"""Confidence in a word that is less than half of the name."""
_MOST = 0.6
"""Share of a column's titles that must match for them to say anything."""
_FEW_TITLES = 3
_NOISE = re.compile(r"[\s\u3000·•“”\"'‘’《》【】\[\]()（）>»-]+")
_TYPE_OF_ALL = "工作动态"
"""META ColumnType that editors give to what has no type of its own: it says little (domain rules, META annex)."""


@dataclass(frozen=True, slots=True)
class ColumnWords:
    """What old sites call the columns of one template."""

    template: str
    names: tuple[str, ...]
    column_types: tuple[str, ...] = ()
    """Values of META ColumnType."""
    titles: tuple[str, ...] = ()
    """Regular expressions that titles of its articles match."""
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
class Vocabulary:
    """The words of all templates."""

    columns: tuple[ColumnWords, ...]
    names: Mapping[str, str]
    """Word → template."""
    types: Mapping[str, str]
    """META ColumnType → template."""
    titles: tuple[tuple[re.Pattern[str], str], ...]

    def suggest(self, path: Sequence[str], column_type: str = "", titles: Sequence[str] = ()) -> Suggestion:
        """Return the template of a column: by its name, its ColumnType, the columns above it, its titles.

        `path` are the column's names from the top, `titles` those of some of its articles. Always gives one; where
        nothing is known the confidence says so.
        """
        return (
            self._by_name(path[-1] if path else "")
            or self._by_type(column_type)
            or self._by_those_above(path[:-1])
            or self._by_titles(titles)
            or Suggestion(self.columns[0].template, _("nothing says what it is"), _GUESS)
        )

    def choices(self, template: str) -> tuple[str, ...]:
        """Return a template and, best first, those to take where the portal has no column of it."""
        return next(((template, *words.instead) for words in self.columns if words.template == template), (template,))

    def _by_name(self, name: str) -> Suggestion | None:
        bare = _NOISE.sub("", name)
        if bare in self.names:
            reason = _("its name is one of this template")
            return Suggestion(self.names[bare], reason, _EXACT)
        word = self._last_word(bare)
        if not word:
            return None
        reason = _("its name says “{word}”").format(word=word)
        return Suggestion(self.names[word], reason, _IN_NAME if 2 * len(word) >= len(bare) else _SHORT_WORD)

    def _last_word(self, name: str) -> str:
        """Return the word that ends last in a name, the longest of those: Chinese names end in what the thing is."""
        for end in range(len(name), 0, -1):
            for start in range(end):
                if name[start:end] in self.names:
                    return name[start:end]
        return ""

    def _by_type(self, column_type: str) -> Suggestion | None:
        template = self.types.get(column_type.strip())
        if template is None or column_type.strip() == _TYPE_OF_ALL:
            return None
        return Suggestion(template, _("META ColumnType says “{type}”").format(type=column_type.strip()), _BY_TYPE)

    def _by_those_above(self, above: Sequence[str]) -> Suggestion | None:
        for name in reversed(above):
            if found := self._by_name(name):
                return Suggestion(found.template, _("it is part of “{column}”").format(column=name), _ABOVE)
        return None

    def _by_titles(self, titles: Sequence[str]) -> Suggestion | None:
        if len(titles) < _FEW_TITLES:
            return None
        for pattern, template in self.titles:
            if sum(bool(pattern.search(title.strip())) for title in titles) >= _MOST * len(titles):
                return Suggestion(template, _("most of its titles look like it"), _BY_TITLES)
        return None


def load_vocabulary(path: Path) -> Vocabulary:
    """Return `columns.yaml`, checked. Raises ConfigError for unknown keys, repeated words and bad patterns."""
    file: _File = strict.load(path, _File)
    if not file.columns:
        raise ConfigError(path, 1, _("“{key}” is missing.").format(key="columns"), strict.keys_hint())
    names: dict[str, str] = {}
    for words in file.columns:
        for name in words.names:
            if name in names:
                reason = _("“{word}” stands for {one} and for {other}.").format(
                    word=name, one=names[name], other=words.template
                )
                raise ConfigError(path, words.line, reason, _("Keep one of them."))
            names[name] = words.template
    return Vocabulary(
        columns=file.columns,
        names=names,
        types={kind: words.template for words in file.columns for kind in words.column_types},
        titles=tuple((_compiled(path, words, text), words.template) for words in file.columns for text in words.titles),
    )


def _compiled(path: Path, words: ColumnWords, expression: str) -> re.Pattern[str]:
    try:
        return re.compile(expression)
    except re.error as error:
        reason = _("“{pattern}” is no regular expression: {error}").format(pattern=expression, error=error)
        raise ConfigError(path, words.line, reason) from error
