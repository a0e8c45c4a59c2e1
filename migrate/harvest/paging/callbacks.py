"""Pagers of script libraries that draw themselves and call the page's own function: laypage, jqPaginator, pagination.

`laypage({pages: 7, jump: function(obj, first) { if (!first) location.href = "?page=" + obj.curr }})`. Such a page shows
no link that leads on. The library is not run: its callback is, with each page's number.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from migrate.harvest.paging.javascript import Machine
from migrate.harvest.paging.types import MAX_CALLS, MAX_PAGES, Further, ListPage

_OPTIONS = 4_000
"""Characters of a library's options that are looked at."""

_CALL = re.compile(r"(?:\blaypage(?:\.render)?|\bjqPaginator|\.pagination)\s*\((?=[^{}]{0,200}\{)")
_BACK = re.compile(
    r"\b(jump|callback|onPageChange|onPageClick|backFn)\s*:\s*"
    r"(?:function\s*\(\s*([\w$]+)\s*(?:,\s*([\w$]+))?[^)]*\)\s*\{|([\w$]{1,60})\s*[,}\n])"
)
_PAGES = re.compile(r"\b(?:pages|pageCount|totalPages?)\s*:\s*[\"']?([\w$]{1,60})")
_ITEMS = re.compile(
    r"\b(?:count|totalCounts?|totalData)\s*:\s*[\"']?([\w$]{1,60})|\.pagination\s*\(\s*([\w$]{1,60})\s*,"
)
_SIZE = re.compile(r"\b(?:limit|pageSize|showData|items_per_page)\s*:\s*[\"']?([\w$]{1,60})")
_LAYPAGE_LIMIT = 10
"""Items on a page where layui's laypage is told of none (its documentation)."""


class _Callback(NamedTuple):
    """What a library calls."""

    code: str
    """With `@` where the page's number is put in."""
    pages: int
    second: int
    """What it calls the second page: the first is the one it stands on, or the list's own address."""


def callbacks(page: ListPage) -> Iterator[Further]:
    """Yield the list pages that the callbacks of a page's pagers go to."""
    code = page.code
    found = [one for call in islice(_CALL.finditer(code), MAX_CALLS) if (one := _callback(code, call))]
    if not found:
        return
    machine = Machine(page.url, {})
    for script in page.tree.css("script:not([src])"):
        machine.load(script.text())
    for one in found:
        for number in range(one.second, one.second + one.pages - 1):
            for address in machine.click(one.code.replace("@", str(number))).went:
                yield Further(address)


def _callback(code: str, call: re.Match[str]) -> _Callback | None:
    options = code[call.start() : call.start() + _OPTIONS]
    found = _BACK.search(options)
    pages = _pages(code, options)
    if found is None or not 1 < pages <= MAX_PAGES:
        return None
    second_page = 1 if options.startswith(".pagination") and _ITEMS.match(options) else 2
    if found[4]:
        return _Callback(f"{found[4]}(@)", pages, second_page)
    body = block(options[found.end() :])
    number, second = re.escape(found[2]), found[3]
    body = re.sub(rf"(?<![\w$.]){number}\s*\.\s*(?:curr|current|page\w*)\b", "(@)", body)
    # What else it is told: laypage, that it is not the first time; jqPaginator, that it is no beginning.
    told = "false" if found[1] == "jump" else "'change'"
    begin = f"var {found[2]}=@;" + (f"var {second}={told};" if second else "")
    return _Callback(begin + body, pages, second_page)


def block(code: str) -> str:
    """Return what stands before the brace that closes a function's body."""
    depth = 1
    for sign in re.finditer(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|[{}]", code):
        depth += {"{": 1, "}": -1}.get(sign[0], 0)
        if not depth:
            return code[: sign.start()]
    return code


def _pages(code: str, options: str) -> int:
    if found := _PAGES.search(options):
        return _number(code, found[1])
    items, size = _ITEMS.search(options), _SIZE.search(options)
    if items is None:
        return 0
    each = _number(code, size[1]) if size else _LAYPAGE_LIMIT
    return -(-_number(code, items[1] or items[2]) // each) if each else 0


def _number(code: str, text: str) -> int:
    """Return a number that stands there, or that a variable of this name is given; 0 for none."""
    if text.isdecimal():
        return int(text[:9])
    found = re.search(rf"(?<![\w$.]){re.escape(text)}\s*=\s*[\"']?(\d{{1,9}})\b", code)
    return int(found[1]) if found else 0
