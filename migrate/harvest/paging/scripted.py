"""Pagers by script: `javascript:goPage(3)`, `onclick="location.href=…"`, lists to jump from, hidden fields and submit.

The page's own script says how the address is made; machine.py works it out.
"""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from migrate.harvest.links import link_text
from migrate.harvest.paging.forms import PAGE_FIELD, TYPED, form_of, sent
from migrate.harvest.paging.gaps import UNPROVED, stated
from migrate.harvest.paging.javascript import MAX_SOURCE, Machine, Outcome
from migrate.harvest.paging.types import MAX_PAGES, Further, ListPage
from migrate.harvest.paging.words import Turn, between, filled, turn

_MAX_SCRIPTS = 30
_SCRIPTED = re.compile(r"\s*javascript\s*:(.*)", re.IGNORECASE | re.DOTALL)
_TURNS = re.compile(r"page|location|submit|href", re.IGNORECASE)
"""What a script that turns pages has; others are not run."""
_WRITES = re.compile("[下后]一?页|[尾末]页|next|>>|»", re.IGNORECASE)
"""What a script has that writes a pager."""
_CALENDAR = re.compile(r"calendar|rili|riqi|[?&](?:date|day|month|year)=", re.IGNORECASE)


def scripted(page: ListPage) -> Iterator[Further]:
    """Yield the list pages that links, buttons and jump lists of the page's pagers lead to by script."""
    handlers, jumps = _Handlers(page.tree), list(_jumps(page.tree))
    codes = [node.text() for node in page.tree.css("script:not([src])")[:_MAX_SCRIPTS]]
    if not (handlers.codes or jumps or any(map(_WRITES.search, codes))):
        return
    scripts = _Scripts(page, codes)
    written = _Handlers(scripts.written)
    yield from map(Further, written.addresses)
    for handler in (*handlers.complete(page), *written.complete(page)):
        yield from scripts.further(handler)
    for select, value in (*jumps, *_jumps(scripts.written)):
        yield from scripts.further(select.attributes.get("onchange") or "this.form.submit()", value, select)


class _Scripts:
    """A page's scripts, run once, and what its handlers then do."""

    def __init__(self, page: ListPage, codes: list[str]) -> None:
        self._page = page
        self._machine = Machine(page.url, _inputs(page.tree))
        written: list[str] = []
        for code in codes:
            if len(code) <= MAX_SOURCE and _TURNS.search(code):
                written += self._machine.load(code).written
        self.written = LexborHTMLParser("".join(written))
        """What the scripts write into the page."""

    def further(self, handler: str, value: str = "", element: LexborNode | None = None) -> Iterator[Further]:
        """Yield where a handler leads; `value` is the value of its `element`."""
        outcome = self._machine.click(handler, value)
        for address in outcome.went:
            if not _CALENDAR.search(address):
                yield Further(address)
        if outcome.submitted is not None:
            changed = {name: set_to for name, set_to in outcome.fields.items() if PAGE_FIELD.search(name)}
            if not changed and element is not None and PAGE_FIELD.search(name := element.attributes.get("name") or ""):
                changed = {name: value}
            form = self._form(outcome, next(iter(changed), ""), element)
            if changed and form is not None:
                found = sent(self._page, form, {**outcome.fields, **changed}, outcome.action)
                if found is not None:
                    yield found

    def _form(self, outcome: Outcome, field: str, element: LexborNode | None) -> LexborNode | None:
        """Return the form that was sent: named by the script, around the field, or the only one."""
        forms = self._page.tree.css("form")
        name = outcome.submitted or ""
        for place, form in enumerate(forms):
            if name and name in (form.attributes.get("name"), form.attributes.get("id"), str(place)):
                return form
        for node in [element] if element is not None else self._page.tree.css("input"):
            around = form_of(node)
            if around and (node is element or field in (node.attributes.get("name"), node.attributes.get("id"))):
                return around
        return forms[0] if len(forms) == 1 else None


def _inputs(tree: LexborHTMLParser) -> dict[str, str]:
    """Return the values of a page's fields by name and by id."""
    found: dict[str, str] = {}
    for node in tree.css("input"):
        for key in ("name", "id"):
            if name := node.attributes.get(key):
                found.setdefault(name, node.attributes.get("value") or "")
    return found


class _Handlers:
    """What the links and buttons of a tree's pagers do."""

    def __init__(self, tree: LexborHTMLParser) -> None:
        self.addresses: dict[str, None] = {}
        self.codes: dict[str, Turn] = {}
        """Handler → what its link or button says."""
        for node in tree.css("a[href], [onclick]"):
            does = turn(link_text(node) or node.attributes.get("value") or "")
            if does:
                self._take(does, node)

    def _take(self, does: Turn, node: LexborNode) -> None:
        href, click = node.attributes.get("href") or "", node.attributes.get("onclick") or ""
        code = _SCRIPTED.match(href)
        if href and not code and not href.startswith("#"):
            self.addresses[href] = None
        for handler in (click, code[1] if code else ""):
            if handler.strip() and "PostBack" not in handler:
                self.codes.setdefault(handler, does)

    def complete(self, page: ListPage) -> Iterator[str]:
        """Yield the handlers, and those between 下一页 and 尾页 that are written alike."""
        yield from self.codes
        for last in [code for code, does in self.codes.items() if does == "last"]:
            for following in [code for code, does in self.codes.items() if does == "next"]:
                found = between(following, last)
                if found and (found[2] - found[1] < UNPROVED or stated(page, found[2] - found[1])):
                    yield from (code for code in filled(*found) if code not in self.codes)


def _asks_for_page(select: LexborNode) -> bool:
    """Say whether a list is sent with a button of its form's."""
    return TYPED.fullmatch(select.attributes.get("name") or "") is not None and form_of(select) is not None


def _jumps(tree: LexborHTMLParser) -> Iterator[tuple[LexborNode, str]]:
    """Yield (list, value) of lists from which one jumps to a page: their values are 1, 2, 3 …"""
    for select in tree.css("select"):
        if "onchange" not in select.attributes and not _asks_for_page(select):
            continue
        values = [option.attributes.get("value") or option.text().strip() for option in select.css("option")]
        if len(values) < 2 or not all(value.isdecimal() for value in values):
            continue
        numbers = [int(value) for value in values]
        if numbers[0] in (0, 1) and numbers == list(range(numbers[0], numbers[0] + len(numbers))):
            yield from ((select, value) for value in values[:MAX_PAGES])
