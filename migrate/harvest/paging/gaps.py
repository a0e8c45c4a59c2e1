"""Pagers of plain links. They lead on by themselves; what is added is the gap between the next page and the last.

So a page that fails for a while does not cut off all behind it, and a list's pages are known at once.
"""

import re
from collections import defaultdict
from collections.abc import Iterator

from migrate.harvest.links import link_text
from migrate.harvest.paging.types import Further, ListPage
from migrate.harvest.paging.words import Turn, between, filled, number, totals, turn

UNPROVED = 100
"""Pages that are believed where the page does not say how many there are: some link `page=99999` for the last one."""

_OFFSET = re.compile(r"(?:offset|start|startrecord|begin|from|skip|rows?)=$", re.IGNORECASE)


def gaps(page: ListPage) -> Iterator[Further]:
    """Yield the list pages between the one that 下一页 and the one that 尾页 leads to.

    Both numbers stand in the page's own links: whether the first page is 0 or 1, and whether pages are counted
    backwards, makes no difference.
    """
    links = _links(page)
    for last in links["last"]:
        for following in links["next"]:
            found = between(following, last)
            if found and found[2] - found[1] > 1:
                pieces, low, high = found
                step = _step(pieces, links["number"], page)
                gap = (high - low) // step if step else 0
                if gap and (high - low) % step == 0 and (gap < UNPROVED or stated(page, gap)):
                    yield from map(Further, filled(pieces, low + step, high - step, step))
                break


def _links(page: ListPage) -> dict[Turn, list[str]]:
    """Return what the links of the page's pagers lead to, by what they do, each once."""
    found: dict[Turn, dict[str, None]] = defaultdict(dict)
    for node in page.tree.css("a[href]"):
        does = turn(link_text(node))
        if does:
            href = node.attributes.get("href") or ""
            if does == "number":
                # The text is kept: it tells by how much the address grows from page to page.
                found[does][f"{number(link_text(node)) or ''} {href}"] = None
            elif href and not href.startswith(("#", "javascript:")):
                found[does][href] = None
    return defaultdict(list, {does: list(hrefs) for does, hrefs in found.items()})


def _step(pieces: list[str], numbers: list[str], page: ListPage) -> int:
    """Return by how much the address grows from page to page; 0 where that can't be told."""
    known = {}
    for line in numbers:
        text, _blank, href = line.partition(" ")
        if text and href.startswith(pieces[0]) and href.endswith(pieces[1]):
            value = href[len(pieces[0]) : len(href) - len(pieces[1])]
            if value.isdecimal():
                known[int(text)] = int(value)
    if len(known) > 1:
        (one, first), *_between, (other, second) = sorted(known.items())
        step = abs(second - first) // (other - one)
        regular = all(abs(value - first) == step * (text - one) for text, value in known.items())
        return step if regular else 0
    return 0 if _OFFSET.search(pieces[0]) else 1


def stated(page: ListPage, gap: int) -> bool:
    """Say whether the page itself says that its list has more pages than `gap`."""
    body = page.tree.body
    return body is not None and any(total > gap for total in totals(body.text()))


def turned(page: ListPage) -> bool:
    """Say whether a plain link of the page leads to another page of its list."""
    return any(
        turn(link_text(node))
        for node in page.tree.css("a[href]")
        if not (node.attributes.get("href") or "#").strip().lower().startswith(("#", "javascript:"))
    )
