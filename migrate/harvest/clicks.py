"""Where a click leads that a script reads out of the element: old lists have such lines instead of links.

`$(".item").click(function () { location.href = "show.asp?id=" + $(this).data("id") })`, `onclick="go(this)"`. Nothing
is run: machine.py works out where each element would go.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from migrate.harvest.links import RawLink, link_text
from migrate.harvest.links.own import READS, attribute_read
from migrate.harvest.links.shape import may_be_address
from migrate.harvest.paging.callbacks import block
from migrate.harvest.paging.javascript import MAX_SOURCE, Machine
from migrate.harvest.paging.types import MAX_CALLS, ListPage

MAX_ELEMENTS = 2_000
"""Elements of one page that are clicked on."""

_MARKS = (".attr(", ".data(", ".dataset", "getAttribute(")
"""What a script has that asks an element for something."""
_BODY = 4_000
"""Characters behind the beginning of a function that are looked at."""

_STRING = r"(?:\"[^\"\n]{1,200}\"|'[^'\n]{1,200}')"
_BINDS = re.compile(
    rf"(?:\$|jQuery)\s*\(\s*({_STRING}|[\w$.]{{1,60}})\s*\)\s*\.\s*"
    rf"(?:click|dblclick|mousedown|on|bind|live|delegate|one)\s*\(\s*((?:{_STRING}\s*,\s*){{0,2}})"
    r"(?:function\b[^(){}]{0,60}\([^(){}]{0,60}\)|\(?[\w$,\s]{0,60}\)?\s*=>)\s*\{"
    r"|(?:\.\s*on(?:dbl)?click\s*=\s*|\.\s*addEventListener\s*\(\s*[\"']click[\"']\s*,\s*)"
    r"(?:function\b[^(){}]{0,60}\([^(){}]{0,60}\)|\(?[\w$,\s]{0,60}\)?\s*=>)\s*\{"
)
_STRINGS = re.compile(_STRING)
_EVENTS = frozenset({"click", "dblclick", "mousedown", "touchstart", "tap", "mouseup"})
_GOES = re.compile(r"\blocation\b|\bopen\s*\(")
_ASKS = re.compile(r"\bthis\b|[tT]arget\b|\bsrcElement\b")
_FOUND = frozenset({"href", "src", "target", "title", "class", "style"})
"""Attributes that are addresses anyway, or never parts of one."""
_HANDED = re.compile(r"lick\s*=[^<>]{0,300}?\w\s*\(\s*(?:this\b|\$\(this)")
"""What a handler has that hands its element over to a function."""
_ONLY_JQUERY = re.compile(r":[a-z-]+(?:\([^()]*\))?", re.IGNORECASE)


class _Binding(NamedTuple):
    """What a click does on certain elements."""

    selector: str
    """Empty: all that have one of the attributes."""
    attributes: tuple[str, ...]
    """Those that it reads."""
    body: str


def clicks(page: ListPage) -> Iterator[RawLink]:
    """Yield what clicks on a page's elements lead to by what the elements themselves say."""
    code = page.code
    if not any(mark in code for mark in _MARKS) or not _GOES.search(code) or not READS.search(code):
        return
    bindings = list(islice(_bindings(code), MAX_CALLS))
    handed = _HANDED.search(page.text) is not None or "ONCLICK" in page.text
    if not bindings and not handed:
        return
    elements = [*_bound(page.tree, bindings), *(_with_handlers(page.tree) if handed else ())]
    if not elements:
        return
    machine = Machine(page.url, {})
    for script in page.tree.css("script:not([src])"):
        if len(source := script.text()) <= MAX_SOURCE and _GOES.search(source):
            machine.load(source)
    for node, body in elements[:MAX_ELEMENTS]:
        attributes = {name: value or "" for name, value in node.attributes.items()}
        for address in machine.click(body, attributes.get("value", ""), attributes).went:
            if may_be_address(address) or address in attributes.values():
                yield RawLink(address, "code", link_text(node))


def _bindings(code: str) -> Iterator[_Binding]:
    for bound in _BINDS.finditer(code):
        body = block(code[bound.end() : bound.end() + _BODY])
        if not _ASKS.search(body) or not _GOES.search(body):
            continue
        if reads := tuple({attribute_read(found) for found in READS.finditer(body)} - _FOUND):
            named = [bound[1] or "", *_STRINGS.findall(bound[2] or "")]
            selectors = [text.strip("'\"") for text in named if text[:1] in ("'", '"')]
            selectors = [text for text in selectors if text.partition(".")[0] not in _EVENTS]
            yield _Binding(selectors[-1] if selectors else "", reads, body)


def _bound(tree: LexborHTMLParser, bindings: list[_Binding]) -> Iterator[tuple[LexborNode, str]]:
    for binding in bindings:
        for node in _selected(tree, binding):
            if any(name in node.attributes for name in binding.attributes):
                yield node, binding.body


def _selected(tree: LexborHTMLParser, binding: _Binding) -> list[LexborNode]:
    having = ", ".join(f"[{name}]" for name in dict.fromkeys(binding.attributes))
    for selector in (binding.selector, _ONLY_JQUERY.sub("", binding.selector), having):
        if selector.strip():
            try:
                return tree.css(selector)
            except SelectolaxError:  # jQuery knows more selectors than CSS
                continue
    return []


def _with_handlers(tree: LexborHTMLParser) -> Iterator[tuple[LexborNode, str]]:
    """Yield (element, code) of those that say themselves what a click does, and hand themselves over to it."""
    for node in tree.css("[onclick]"):
        handler = node.attributes.get("onclick") or ""
        if _ASKS.search(handler):
            yield node, handler.removeprefix("javascript:")
