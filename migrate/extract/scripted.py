"""What scripts write into a page as it loads, where it can be known without running them: a label, a date, a source.

`document.write("发布时间：" + pubDate.substring(0, 10))` is put in the script's place, so that labels are read as
visitors saw them. What a script computes (today's date, a counter) is never guessed.
"""

import re
from functools import lru_cache
from html import unescape

from migrate.extract.dates import find_date
from migrate.extract.labels import parse_labels

_WRITE = re.compile(r"\bdocument\s*\.\s*write(?:ln)?\s*\(([^\n]{1,500}?)\)\s*(?:;|$)", re.MULTILINE)
_PIECE = re.compile(
    r"\s*(?:'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"|([A-Za-z_$][\w$]*)(?:\.(?:substr|substring|slice)"
    r"\(\s*0\s*,\s*(\d{1,3})\s*\)|\.(?:replace|trim|toString)\([^()]{0,60}\))*)\s*(?:\+|$)"
)
_ASSIGNED = re.compile(r"=\s*(?:'([^'\\\n]{0,300})'|\"([^\"\\\n]{0,300})\")\s*(?:;|,|$)", re.MULTILINE)
_NAME = re.compile(r"\b[A-Za-z_$][\w$]*\s*\Z")
_LONGEST_NAME = 60
_GIVEN = re.compile(r"\s*=\s*[\"']")
_BRANCHES = re.compile(r"\b(?:else|switch|for|while|function)\b")
"""What makes it uncertain whether something is written."""
_TAG = re.compile(r"<[^>]{0,300}>")
_MOST = 200


def written_text(code: str, scripts: str, before: str = "") -> str:
    """Return what a script writes if that is a date, a label line or a label's value; empty otherwise.

    `scripts` are all of the page's scripts: variables may be given their values in another one. `before` is what stands
    before this one on its line.
    """
    if "document" not in code or "write" not in code or _BRANCHES.search(code):
        return ""
    written = "".join(_value(call[1], scripts) for call in _WRITE.finditer(code))
    text = " ".join(unescape(_TAG.sub(" ", written)).split())
    if not text or len(text) > _MOST:
        return ""
    return text if find_date(text) or parse_labels(before + text) != parse_labels(before) else ""


def _may_be_given(name: str, scripts: str) -> bool:
    """Say whether a variable is given a text anywhere: cheap, to read all of them takes long."""
    at = scripts.find(name)
    while at >= 0:
        if _GIVEN.match(scripts, at + len(name)):
            return True
        at = scripts.find(name, at + 1)
    return False


@lru_cache(maxsize=4)
def _variables(scripts: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for given in _ASSIGNED.finditer(scripts):
        name = _NAME.search(scripts, max(given.start() - _LONGEST_NAME, 0), given.start())
        if name:
            found[name[0].rstrip()] = given[1] or given[2] or ""
    return found


def _value(expression: str, scripts: str) -> str:
    """Return what literals and variables, put together, say; empty where anything else is among them."""
    text, at = "", 0
    while at < len(expression):
        piece = _PIECE.match(expression, at)
        if piece is None or (piece[3] and not (_may_be_given(piece[3], scripts) and piece[3] in _variables(scripts))):
            return ""
        value = _variables(scripts)[piece[3]] if piece[3] else (piece[1] or piece[2] or "")
        text += value[: int(piece[4])] if piece[4] else value
        at = piece.end()
    return text
