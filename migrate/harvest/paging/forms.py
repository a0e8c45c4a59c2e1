"""Forms as a browser would send them, of which only a page's number is another."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

from selectolax.lexbor import LexborHTMLParser, LexborNode

from migrate.harvest.paging.types import MAX_PAGES, Further, ListPage

PAGE_FIELD = re.compile(r"page|^pn?$|current|offset|^start", re.IGNORECASE)
"""Names of fields that hold the number of a page (domain.md §5.13, and cpage)."""

TYPED = re.compile(
    r"(?:go|to|goto|jump|cur|current|now|the)?_?(?:page|pn|p)_?(?:no|num|number|index|id|now)?|(?:cur|current)",
    re.IGNORECASE,
)
"""Names of fields into which visitors type the number of a page; of none that says how many stand on one."""

_NEVER = 'input[type="password" i], input[type="file" i], textarea'
_NEVER_SENT = frozenset({"submit", "button", "image", "reset", "file", "password"})
_CHANGES = re.compile(
    r"(?:^|_)(?:log(?:in|out)|del|save|add|edit|update|modify|vote|submit|reg|send|upload)", re.IGNORECASE
)


def asked_for(page: ListPage, pages: int) -> Iterator[Further]:
    """Yield the other ones of a list's `pages` by a form in which visitors type a page's number, and nothing else."""
    for form in page.tree.css("form"):
        typed = [node for node in form.css("input, select") if _is_typed(node)]
        name = (typed[0].attributes.get("name") or "") if len(typed) == 1 else ""
        if TYPED.fullmatch(name):
            for number in range(2, min(pages, MAX_PAGES) + 1):
                if found := sent(page, form, {name: str(number)}):
                    yield found
            return


def _is_typed(node: LexborNode) -> bool:
    """Say whether visitors give a field its value."""
    return node.tag == "select" or (node.attributes.get("type") or "text").lower() in (
        "text",
        "number",
        "search",
        "tel",
    )


def fields(tree: LexborHTMLParser, form: LexborNode | None) -> list[tuple[str, str]]:
    """Return (name, value) of what a form sends besides its button; None: of what stands in no form.

    In pages that open a form inside a table, HTML closes it at once and its fields stand in none: a form without
    fields has these.
    """
    scope = list(_fields(form.css("input, select, textarea"))) if form is not None else []
    return scope or list(_fields(node for node in tree.css("input, select, textarea") if not _in_form(node)))


def _fields(nodes: Iterator[LexborNode] | list[LexborNode]) -> Iterator[tuple[str, str]]:
    for node in nodes:
        name = node.attributes.get("name")
        if not name or "disabled" in node.attributes:
            continue
        if node.tag == "select":
            chosen = node.css_first("option[selected]") or node.css_first("option")
            if chosen is not None:
                yield name, _option(chosen)
            continue
        kind = (node.attributes.get("type") or "text").lower()
        if kind in ("checkbox", "radio"):
            if "checked" in node.attributes:
                yield name, node.attributes.get("value") or "on"
        elif kind not in _NEVER_SENT:
            yield name, (node.attributes.get("value") or "") if node.tag == "input" else node.text()


def _option(node: LexborNode) -> str:
    value = node.attributes.get("value")
    return node.text().strip() if value is None else value


def _in_form(node: LexborNode) -> bool:
    parent = node.parent
    while parent is not None:
        if parent.tag == "form":
            return True
        parent = parent.parent
    return False


def form_of(node: LexborNode) -> LexborNode | None:
    """Return the form around an element."""
    parent = node.parent
    while parent is not None and parent.tag != "form":
        parent = parent.parent
    return parent


def asks_only(form: LexborNode, action: str) -> bool:
    """Say whether sending a form only asks for something: no password, no file, no text, no action that changes."""
    return form.css_first(_NEVER) is None and not _CHANGES.search(action.partition("?")[0].rpartition("/")[2])


def sent(page: ListPage, form: LexborNode, changed: Mapping[str, str], action: str = "") -> Further | None:
    """Return the page that a form leads to with some fields changed, or None for one that may do more than ask.

    `action` is the address that a script gave the form, if any.
    """
    action = action or form.attributes.get("action") or page.url
    if not asks_only(form, action):
        return None
    pairs = [(name, changed.get(name, value)) for name, value in fields(page.tree, form)]
    pairs += [(name, value) for name, value in changed.items() if name not in dict(pairs)]
    data = encoded(pairs, page.encoding)
    if (form.attributes.get("method") or "get").strip().lower() == "post":
        return Further(action, data)
    return Further(f"{action.partition('?')[0]}?{data}")


def encoded(pairs: list[tuple[str, str]], encoding: str) -> str:
    """Return fields as a form sends them: in the page's encoding, of UTF-16 in UTF-8 (WHATWG HTML, output encoding)."""
    encoding = "utf-8" if encoding.startswith("utf-16") else encoding
    return urlencode(pairs, encoding=encoding, errors="xmlcharrefreplace")
