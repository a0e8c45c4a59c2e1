"""The words with which lists turn pages: 首页, 上一页, 3, 下一页, 尾页 (domain.md §5.13)."""

import re
from collections.abc import Iterator
from typing import Literal

from migrate.harvest.paging.types import MAX_PAGES

Turn = Literal["", "back", "number", "next", "last"]
"""What a link of a pager does; empty: it is no pager's link. `back` is the first page or the one before."""

NEXT = "下一页"
"""The mark of rules that name none."""

_BACK = ("首页", "第一页", "最前页", "上一页", "上页", "前一页", "前页", "first", "prev", "previous")
_WORDS: dict[str, Turn] = {
    **dict.fromkeys(_BACK, "back"),
    **dict.fromkeys(("下一页", "下页", "后一页", "后页", "next"), "next"),
    **dict.fromkeys(("尾页", "末页", "最后一页", "最后页", "最末页", "last"), "last"),
    "...": "number", "…": "number", "....": "number", "……": "number",
}  # fmt: skip
_ARROWS = "<>«»‹›←→《》|"
_FRAME = "[]()（）【】〔〕·:：" + _ARROWS
_ONLY_ARROWS: dict[str, Turn] = {
    "<": "back", "<<": "back", "«": "back", "‹": "back", "←": "back",
    ">": "next", "›": "next", "→": "next", ">>": "last", "»": "last",
}  # fmt: skip
_NUMBER = re.compile(r"第?(\d{1,5})页?")
_TOTAL = re.compile(r"共(?:有)?(\d{1,5})个?页|\d{1,5}/(?:共)?(\d{1,5})页?|总页数[:：]?(\d{1,5})|共分?(\d{1,5})页")

_TAGS = r"(?:\s|&nbsp;|<[^<>]{0,200}>){0,5}"
_STATED = re.compile(rf"共(?:有|分)?{_TAGS}(\d{{1,5}}){_TAGS}个?页")
_PAGER = re.compile(r"[下后]一?页|[尾末]页|转到|跳转|[第到]\s*(?:<[^<>]{0,200}>\s*)?\d{0,5}\s*(?:<[^<>]{0,200}>\s*)?页")
"""What stands beside the number of pages in a pager, and in no article that counts the pages of a paper."""


def claimed(source: str) -> int:
    """Return how many pages the pager in a page's source claims: 共7页 第1页; 0 where none does."""
    if "共" not in source:
        return 0
    found = [int(one[1]) for one in _STATED.finditer(source)]
    return max(found) if found and _PAGER.search(source) else 0


def turn(text: str) -> Turn:
    """Return what a link with this text does in a pager."""
    if len(text) > 20:
        return ""
    text = "".join(text.split()).lower()
    bare = text.strip(_FRAME)
    if not bare:
        return _ONLY_ARROWS.get(text.strip("[]()"), "")
    return _WORDS.get(bare) or ("number" if _NUMBER.fullmatch(bare) else "")


def number(text: str) -> int | None:
    """Return the page that a pager's link names by its number, or None."""
    found = _NUMBER.fullmatch("".join(text.split()).strip(_FRAME)) if len(text) <= 20 else None
    return int(found[1]) if found else None


def totals(text: str) -> set[int]:
    """Return what a page's text may mean by the number of pages: 共12页, 1/12, 总页数：12."""
    found = _TOTAL.finditer("".join(text.split()))
    return {int(next(group for group in match.groups() if group)) for match in found}


def between(first: str, last: str) -> tuple[list[str], int, int] | None:
    """Return (pieces around a number, lower, upper) of two addresses that differ in just this number, or None."""
    one, other = re.split(r"(\d+)", first), re.split(r"(\d+)", last)
    if len(one) != len(other):
        return None
    places = [place for place, (left, right) in enumerate(zip(one, other, strict=True)) if left != right]
    if len(places) != 1 or not places[0] % 2:
        return None
    digits = one[places[0]], other[places[0]]
    if any(len(each) > 6 or (len(each) > 1 and each.startswith("0")) for each in digits):
        return None
    low, high = sorted(map(int, digits))
    return ["".join(one[: places[0]]), "".join(one[places[0] + 1 :])], low, high


def filled(pieces: list[str], low: int, high: int, step: int = 1) -> Iterator[str]:
    """Yield the addresses from `low` to `high`, at most MAX_PAGES."""
    for value in range(low, min(high, low + step * MAX_PAGES) + 1, step):
        yield pieces[0] + str(value) + pieces[1]
