"""Text → the tokens that the index holds, and a visitor's words → the phrases to look for.

A run of Chinese characters becomes overlapping pairs and its last character alone: 信息公开 → 信息 息公 公开 开.
A phrase of pairs then finds every substring of two characters and more, and the beginning of a token finds single
characters.
"""

import re
import unicodedata
from dataclasses import dataclass

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUNS = re.compile(rf"(?P<han>[{_HAN}]+)|[^\W_{_HAN}]+")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Tokens that stand next to each other; of the last one, perhaps only the beginning is given."""

    tokens: tuple[str, ...]
    open_end: bool = False


def index_text(text: str) -> str:
    """Return the text as tokens with blanks between; punctuation and brackets are gone, full width is folded."""
    return " ".join(token for run, han in _runs(text) for token in (_pairs(run) if han else [run]))


def phrases(query: str) -> list[Phrase]:
    """Return one phrase for each word of a query; empty where it holds no letter, digit or Chinese character."""
    return [phrase for word in query.split() if (phrase := _phrase(word))]


def _runs(text: str) -> list[tuple[str, bool]]:
    normal = unicodedata.normalize("NFKC", text)
    return [(found[0], found["han"] is not None) for found in _RUNS.finditer(normal)]


def _pairs(run: str) -> list[str]:
    return [run[index : index + 2] for index in range(len(run))]


def _phrase(word: str) -> Phrase | None:
    runs = _runs(word)
    if not runs:
        return None
    tokens = [token for run, han in runs for token in (_pairs(run) if han else [run])]
    last, han = runs[-1]
    if han and len(last) > 1:
        tokens.pop()  # the text may go on after the last pair, where the index holds another pair
    return Phrase(tuple(tokens), open_end=han and len(last) == 1)
