"""The old page as captured beside the new one: both as HTML that runs nothing, what holds it marked, what differs.

Numbers of persons are masked before they leave the portal, unless a reviewer who may publish asked to see them.
"""

import difflib
import re
from collections.abc import Iterator, Sequence
from html import escape, unescape
from typing import NamedTuple

from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe
from selectolax.lexbor import LexborHTMLParser

from cms_site.legacy.copies import Pictures, page_body
from cms_site.legacy.models import OldUrl
from cms_site.portal.models import ContentPage
from migrate.archive.reading import StoredResponse
from migrate.ruled import Found, find_in_html, find_in_text, hidden_places, mask_hints, mask_text, plain

_MOST_LINES = 3_000
_MOST_TOKENS = 2_000
"""Tokens on each side of one difference; a longer one is marked as a whole."""
_AROUND = 24
"""Characters of a passage on each side of a number."""
_TOKEN = re.compile(r"[A-Za-z0-9*]+|\s+|.", re.DOTALL)


# the two pages


def old_html(old: OldUrl, stored: StoredResponse, pictures: Pictures, *, whole: bool) -> str:
    """Return the old page's own part, or all of it, its links as text. Raises what `page_body` raises."""
    return _without_links(page_body(old, stored, pictures, whole=whole))


def new_html(page: ContentPage, request: HttpRequest) -> str:
    """Return the newest version of a page as its visitors would see it: what stands between head and foot."""
    response = page.make_preview_request(request, page.default_preview_mode)
    if hasattr(response, "render"):
        response.render()
    tree = LexborHTMLParser(response.content.decode())
    for node in tree.css("script, style, template, form, nav, input, button, label"):
        node.decompose()
    main = tree.css_first("main") or tree.body
    return _without_links((main.inner_html if main is not None else "") or "")


def _without_links(html: str) -> str:
    """Return HTML in which nothing can be followed: each link tells where it led."""
    tree = LexborHTMLParser(html)
    for node in tree.css("a[href]"):
        node.attrs["title"] = node.attributes.get("title") or node.attributes.get("href") or ""
        node.attrs["class"] = "was-link"
        del node.attrs["href"]
    return (tree.body.inner_html if tree.body is not None else "") or ""


def shown(html: str, *, revealed: bool) -> SafeString:
    """Return HTML with a mark around the numbers of persons, and these masked unless they were revealed."""
    edits: list[tuple[int, int, str]] = []
    for found in find_in_html(html):
        for start, end in _runs(found, html):
            edits += [(start, start, '<mark class="held">'), (end, end, "</mark>")]
        if not revealed:
            edits += [(start, end, "*") for start, end in hidden_places(found)]
    for start, end, text in sorted(edits, reverse=True):
        html = html[:start] + text + html[end:]
    # what is left to mask stands in hints
    return mark_safe(html if revealed else mask_hints(html))  # noqa: S308  sanitised copy or our own template


def _runs(found: Found, html: str) -> Iterator[tuple[int, int]]:
    """Yield the stretches of HTML without a tag in which a number stands."""
    start, end = found.places[0]
    for place in found.places[1:]:
        if "<" in html[end : place[0]]:
            yield start, end
            start = place[0]
        end = place[1]
    yield start, end


class Passage(NamedTuple):
    """Where a number stands, as somebody reads it."""

    kind: str
    before: str
    number: str
    after: str


def passages(html: str, *, revealed: bool) -> list[Passage]:
    """Return the numbers of persons in HTML with what stands around them, masked unless they were revealed."""
    text = plain(html)
    told = text if revealed else mask_text(text)
    found = []
    for one in find_in_text(text):
        start, end = one.places[0][0], one.places[-1][1]
        before = told[max(0, start - _AROUND) : start].rpartition("\n")[2]
        after = told[end : end + _AROUND].partition("\n")[0]
        found.append(Passage(one.hit.kind, before, told[start:end], after))
    return found


# differences


class Piece(NamedTuple):
    """A stretch of text: the same on both sides, gone from the old page, or new."""

    kind: str
    text: str


class Difference(NamedTuple):
    """One place where the two pages differ."""

    old: list[Piece]
    new: list[Piece]


def readable(html: str) -> list[str]:
    """Return what a reader reads, a line a block, by html2text: links and emphasis are no difference."""
    from html2text import HTML2Text

    reader = HTML2Text()
    reader.unicode_snob = True
    reader.body_width = 0
    reader.ignore_links = reader.ignore_emphasis = reader.ignore_images = True
    lines = (" ".join(line.split()) for line in unescape(reader.handle(html)).splitlines())
    return [line for line in lines if line.strip("-|— ")]


def body_of(page: ContentPage) -> str:
    """Return the body of a page as HTML."""
    return "".join(block.render_as_block() for block in page.body)


def differences(old: Sequence[str], new: Sequence[str]) -> list[Difference]:
    """Return where two texts differ, word by word, Chinese character by character."""
    old, new = old[:_MOST_LINES], new[:_MOST_LINES]
    lines = difflib.SequenceMatcher(None, old, new, autojunk=False)
    return [
        _compared("\n".join(old[a:b]), "\n".join(new[c:d])) for tag, a, b, c, d in lines.get_opcodes() if tag != "equal"
    ]


def _compared(old: str, new: str) -> Difference:
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    if not before or not after or max(len(before), len(after)) > _MOST_TOKENS:
        return Difference([Piece("gone", old)] if old else [], [Piece("new", new)] if new else [])
    found = Difference([], [])
    for tag, a, b, c, d in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        same = tag == "equal"
        if a < b:
            found.old.append(Piece("same" if same else "gone", "".join(before[a:b])))
        if c < d:
            found.new.append(Piece("same" if same else "new", "".join(after[c:d])))
    return found


def document(body: str, stylesheets: Sequence[str], title: str) -> str:
    """Return a document of its own around a page's part, for a frame."""
    links = "".join(f'<link rel="stylesheet" href="{escape(sheet)}">' for sheet in stylesheets)
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    return (
        f'<!DOCTYPE html><html lang="zh-CN"><head>{head}{links}</head><body class="review-frame">{body}</body></html>'
    )
