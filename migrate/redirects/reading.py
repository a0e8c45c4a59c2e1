"""Redirect maps as people hand them over: CSV, plain or gzipped, with the columns that tools and offices write."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from migrate.errors import ShangyiError, UsageError
from migrate.i18n import _
from migrate.records import Finding, Level, Outcome
from migrate.redirects.settle import Line

_COLUMNS = {
    "url": ("old url", "old_url", "old", "from", "source", "url", "旧网址", "原网址"),
    "target": ("new url", "new_url", "new", "to", "target", "新网址", "目标网址"),
    "outcome": ("status", "outcome", "type", "去向", "状态"),
    "reason": ("reason", "原因"),
    "title": ("title", "标题"),
}
"""Field of a line → names of its column, in lower case."""
_WORDS = {
    Outcome.REDIRECT: ("301", "302", "307", "308", "redirect", "move", "并入", "迁入", "跳转"),
    Outcome.ARCHIVE: ("archive", "archived", "归档"),
    Outcome.GONE: ("410", "gone", "下线"),
    Outcome.UNDECIDED: ("418", "undecided", "unresolved", "待定"),
}
"""Outcome → what a map says for it. 418 is how alphagov/transition exports an address that nobody has decided on."""
_OUTCOMES = {word: outcome for outcome, words in _WORDS.items() for word in words}
_SEPARATORS = ",\t;"


def read_map(path: Path) -> Iterator[Line | Finding]:
    """Yield the lines of one file; a finding for each line that can't be understood.

    Raises UsageError where the file is no redirect map, ShangyiError where it can't be read.
    """
    text = _text(path)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text))
    names = _columns(path, next(reader, []))
    for row in reader:
        if any(row):
            yield _line(names, row, f"{path.name}:{reader.line_num}")


def _line(names: Mapping[str, int], row: list[str], place: str) -> Line | Finding:
    cells = {name: row[number].strip() for name, number in names.items() if number < len(row)}
    url, target, word = cells.get("url", ""), cells.get("target", ""), cells.get("outcome", "").lower()
    outcome = _OUTCOMES.get(word)
    if not word:
        outcome = Outcome.REDIRECT if target else Outcome.UNDECIDED
    if outcome is None:
        message = _("{place}: refused, “{word}” is no outcome").format(place=place, word=word)
        hint = _("Write one of: {words}").format(words=", ".join(_OUTCOMES))
        return Finding(Level.ERROR, "redirects.refused", url, message, hint)
    return Line(url, outcome, target, cells.get("reason", ""), cells.get("title", ""), place)


def _columns(path: Path, head: list[str]) -> dict[str, int]:
    names = [name.strip().lower() for name in head]
    found = {
        field: names.index(known)
        for field, spellings in _COLUMNS.items()
        for known in reversed(spellings)
        if known in names
    }
    if "url" not in found or not {"target", "outcome"} & found.keys():
        raise UsageError(
            _("{path} is no redirect map: its first line does not name the columns.").format(path=path),
            _("The first line names them: Old Url,New Url,Status or 旧网址,新网址,去向"),
        )
    return found


def _separator(text: str) -> str:
    first = text.partition("\n")[0]
    return max(_SEPARATORS, key=first.count)


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
        raw = gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw
    except (OSError, EOFError, zlib.error) as error:
        raise ShangyiError(
            _("{path} can't be read: {error}").format(path=path, error=error), _("Look at the path and at the file.")
        ) from error
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UsageError(
        _("{path} is neither UTF-8 nor GBK.").format(path=path), _("Save it as CSV UTF-8 in the spreadsheet program.")
    )
