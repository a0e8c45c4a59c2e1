"""ASP.NET WebForms: lists that go on by sending the page's own form back, `__doPostBack('…Pager','2')`.

Only what turns pages is ever sent; a page of such a site may also have links that delete things.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import parse_qs

from selectolax.lexbor import LexborNode

from migrate.harvest.links import link_text
from migrate.harvest.paging.forms import encoded, fields, form_of
from migrate.harvest.paging.types import Further, ListPage
from migrate.harvest.paging.words import Turn, number, turn

LARGE_FORM = 20_000
"""Characters of a form of which only the one to the next page is sent: each carries the state of the whole page."""

_CALL = re.compile(
    r"(?:__doPostBack\(|WebForm_PostBackOptions\()\s*[\"']([^\"']{1,300})[\"']\s*,\s*[\"']([^\"']{0,100})[\"']"
)
_GRID_PAGE = re.compile(r"Page\$\d+")
_FIRST = ("1", "Page$1")
_PAGER = re.compile(r"pager|page|anp|fenye|list|grid|rep|view|dg|gv|dl|rp", re.IGNORECASE)


class _Step(NamedTuple):
    """One link that sends the form."""

    node: LexborNode
    target: str
    argument: str
    does: Turn

    @property
    def page(self) -> int | None:
        return number(_shown(self.node))


def webforms(page: ListPage) -> Iterator[Further]:
    """Yield the list pages that a page's pagers lead to.

    AspNetPager and GridView name each page by its number: all that stand there are asked for. DataGrid, DataPager
    and buttons called 下一页 mean something else on every page: of these only the next one, which leads on. A page
    that was got by one pager leads on by this one alone: what its others lead to is the first page's to say.
    """
    came_by = parse_qs(page.form)
    target = came_by.get("__EVENTTARGET", [""])[0]
    here = _number(came_by.get("__EVENTARGUMENT", [""])[0]) or 1
    steps = [step for step in _onward(list(_steps(page))) if not target or _pager(step) == _pager_of(step, target)]
    led_on: set[str] = set()
    for step in sorted(steps, key=lambda step: _distance(step, here)):
        form = form_of(step.node) or page.tree.css_first("form")
        if form is None:
            return
        data = encoded(_filled(page, form, step), page.encoding)
        if len(data) <= LARGE_FORM or _pager(step) not in led_on:
            yield Further(form.attributes.get("action") or page.url, data)
        led_on.add(_pager(step))


def _number(argument: str) -> int | None:
    """Return the page that an argument names, or None."""
    digits = argument.removeprefix("Page$")
    return int(digits) if digits.isdecimal() and len(digits) < 7 else None


def _distance(step: _Step, here: int) -> int:
    """Return how far ahead a page lies; pages behind lie beyond all others."""
    ahead = (_number(step.argument) or here + 1) - here
    return ahead if ahead > 0 else 10**7 - ahead


def _filled(page: ListPage, form: LexborNode, step: _Step) -> list[tuple[str, str]]:
    """Return what the browser would send, less what a pager has of its own: a box with the page's number."""
    own = tuple(step.target + mark for mark in "_$:")
    kept = [
        (name, value)
        for name, value in fields(page.tree, form)
        if name not in ("__EVENTTARGET", "__EVENTARGUMENT", step.target) and not name.startswith(own)
    ]
    return [("__EVENTTARGET", step.target), ("__EVENTARGUMENT", step.argument), *kept]


def _steps(page: ListPage) -> Iterator[_Step]:
    """Yield what turns pages, each once."""
    seen = set()
    for node in page.tree.css("a[href*='PostBack'], [onclick*='PostBack']"):
        call = _CALL.search(node.attributes.get("href") or "") or _CALL.search(node.attributes.get("onclick") or "")
        if call is None or (call[1], call[2]) in seen or call[2] in _FIRST:
            continue
        seen.add((call[1], call[2]))
        does = turn(_shown(node))
        if _GRID_PAGE.fullmatch(call[2]) or (does and _PAGER.search(call[1])) or (does == "next" and not call[2]):
            yield _Step(node, call[1], call[2], does)


def _onward(steps: list[_Step]) -> Iterator[_Step]:
    """Yield the steps to pages named by their numbers; of each other pager the one step to the next page."""
    relative: dict[str, list[_Step]] = {}
    for step in steps:
        if _number(step.argument) is not None:
            yield step
        elif step.argument in ("", "Page$Next"):
            relative.setdefault(_pager(step), []).append(step)
    for pager in relative.values():
        following = next((step for step in pager if step.does == "next"), None) or _next_number(pager)
        if following is not None:
            yield following


def _next_number(pager: list[_Step]) -> _Step | None:
    """Return the step to the number after the one that is no link; behind the last number … leads to more."""
    here = _current(pager[0].node)
    if here is None:
        return None
    following = next((step for step in pager if step.page == here + 1), None)
    if following is None and all((step.page or 0) < here for step in pager) and pager[-1].page is None:
        return pager[-1]
    return following


def _current(node: LexborNode) -> int | None:
    """Return the number in the pager around a link that is no link itself: the page that is shown."""
    around = node.parent
    for _level in range(3):
        if around is None:
            return None
        for mark in around.css("span, b, strong, font"):
            if mark.css_first("a") is None and not _in_link(mark) and (shown := number(mark.text())) is not None:
                return shown
        around = around.parent
    return None


def _in_link(node: LexborNode) -> bool:
    parent = node.parent
    return parent is not None and (parent.tag == "a" or _in_link(parent))


def _pager(step: _Step) -> str:
    """Return the control that turns: itself where it takes an argument, else what stands around its buttons.

    `Grid1:_ctl14:_ctl2` is a button of `Grid1:_ctl14`.
    """
    return _pager_of(step, step.target)


def _pager_of(step: _Step, target: str) -> str:
    """Return what turns where `target` is a target such as the step's."""
    return target if step.argument else re.split(r"[$:](?=[^$:]*$)", target)[0]


def _shown(node: LexborNode) -> str:
    return link_text(node) or node.attributes.get("value") or ""
