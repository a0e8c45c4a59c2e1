"""A file of decisions, as people fill it in with a spreadsheet → lines, each with what it says or why it says nothing.

The worklists that the toolkit writes can be filled in and brought back: their heads are known.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from cms_site.legacy.rulings import Ruling
from migrate.i18n import public as _  # editors read it in the portal
from migrate.sheets import Row, TableError, read_rows

_HEADS = {
    "url": "旧网址 旧地址 原网址 网址 canonical old_url oldurl old url source",
    "outcome": "去向 裁定 outcome type status decision",
    "column": "栏目 新网址 新地址 目标 门户栏目 column new_url newurl new target location",
    "reason": "原因 理由 说明 reason note",
    "release": "放行 release",
    "apart": "单独成页 apart",
}
_HEAD = {word: name for name, words in _HEADS.items() for word in words.split()}

_OUTCOMES = {
    "move": "迁入 已迁入 move moved",
    "redirect": "并入 已并入 转到 跳转 重定向 redirect redirected 301",
    "archive": "归档 已归档 archive archived",
    "gone": "下线 已下线 gone 410",
    "undecided": "待定 undecided unresolved 418",
}
_OUTCOME = {word: name for name, words in _OUTCOMES.items() for word in words.split()}
STRONGEST = tuple(_OUTCOMES)
"""What loses least comes first."""
_YES = frozenset("是 y yes 1 true √ ✓ ✔ x".split())
_NO = frozenset(("", "否", "n", "no", "0", "false"))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file: where, the address as written, and what it says; or why it says nothing that can be."""

    number: int
    url: str
    ruling: Ruling | None
    problem: str = ""
    chosen: bool = False
    """Somebody chose it; else “undecided” on an undecided address is what a list said that nobody filled in."""


def lines_of(data: bytes) -> Iterator[Line]:
    """Yield the lines of a CSV or XLSX that say something. Raises ShangyiError: no table, or no heads that are known.

    Columns are known by their heads, in Chinese or English; others are left alone.
    """
    rows = read_rows(data)
    head = next(rows, None)
    if head is None:
        raise TableError(lambda _: (_("The table is empty."), _heads(_)))
    places = _places(head)
    for row in rows:
        line = _line(row, places)
        if line is not None:
            yield line


def _places(head: Row) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, cell in enumerate(head.cells):
        name = _HEAD.get(cell.strip().lower().replace("\ufeff", "").replace(" ", "_")) or _HEAD.get(cell.lower())
        if name:
            places.setdefault(name, place)
    if "url" not in places or "outcome" not in places:
        raise TableError(lambda _: (_("The first line names no columns that are known."), _heads(_)))
    return places


def _heads(_: Callable[[str], str]) -> str:
    return _("The first line has to name the columns: 旧网址, 去向, 栏目, 原因 (the first two always).")


def _line(row: Row, places: Mapping[str, int]) -> Line | None:
    """Return what a row says; None for one without address or outcome: it decides nothing."""

    def cell(name: str) -> str:
        place = places.get(name)
        return row.cells[place] if place is not None and place < len(row.cells) else ""

    url, word = cell("url"), cell("outcome")
    if not url or not word:
        return None
    if row.formula:
        return Line(row.number, url, None, _("The line has a formula: write what it gives instead."))
    outcome = _OUTCOME.get(word.lower())
    if outcome is None:
        return Line(row.number, url, None, _("There is no such outcome: {outcome}").format(outcome=word[:50]))
    flags = {}
    for name in ("release", "apart"):
        said = cell(name).lower()
        if said not in _YES | _NO:
            return Line(row.number, url, None, _("Neither yes nor no: {word}").format(word=said[:50]))
        flags[name] = said in _YES
    return Line(row.number, url, Ruling(outcome, cell("column"), cell("reason"), **flags))
