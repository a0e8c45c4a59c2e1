"""Text → the tokens that the index holds, and a visitor's words → the phrases to look for.

A run of Chinese characters becomes overlapping pairs and its last character alone: 信息公开 → 信息 息公 公开 开.
A phrase of pairs then finds every substring of two characters and more, and the beginning of a token finds single
characters.
"""

import re
import unicodedata
from dataclasses import dataclass
from operator import add

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUNS = re.compile(rf"([{_HAN}]+)|([^\W_{_HAN}]+)")
_PLAIN = re.compile(
    r"[\x00-\xa0\u00b7\u2010-\u2027\u3000-\u3003\u3007-\u301b\u3400-\u4dbf\u4e00-\u9fff"
    r"\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]*"
)
"""Text of which folding (NFKC) would change nothing but what stands between tokens. Nearly all is; folding costs more
than all the rest."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Tokens that stand next to each other; of the last one, perhaps only the beginning is given."""

    tokens: tuple[str, ...]
    open_end: bool = False


def index_text(text: str) -> str:
    """Return the text as tokens with blanks between; punctuation and brackets are gone, full width is folded."""
    return " ".join([" ".join(_pairs(han)) if han else other for han, other in _runs(text)])


def phrases(query: str) -> list[Phrase]:
    """Return one phrase for each word of a query; empty where it holds no letter, digit or Chinese character."""
    return [phrase for word in query.split() if (phrase := _phrase(word))]


def _runs(text: str) -> list[tuple[str, str]]:
    """Return the runs of a text in order, as (Chinese characters, other letters and digits): one of them is empty."""
    normal = text if _PLAIN.fullmatch(text) else unicodedata.normalize("NFKC", text)
    return _RUNS.findall(normal)


def _pairs(run: str) -> list[str]:
    return [*map(add, run, run[1:]), run[-1]]


def _phrase(word: str) -> Phrase | None:
    runs = _runs(word)
    if not runs:
        return None
    tokens = [token for han, other in runs for token in (_pairs(han) if han else [other])]
    last, _other = runs[-1]
    if len(last) > 1:
        tokens.pop()  # the text may go on after the last pair, where the index holds another pair
    return Phrase(tuple(tokens), open_end=len(last) == 1)
