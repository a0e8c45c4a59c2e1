"""What a served portal page says: titles, date, body, links. Reads what visitors and search engines read."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

BODY = "article.article > .body"
"""Where the portal's article template sets the article's own body, and nothing else."""
ARCHIVED = "已归档"
"""What an archived copy must show, and when it was archived (《政府网站发展指引》, 网页归档)."""

_LINKS = (
    ("a", "href"), ("area", "href"), ("link", "href"), ("img", "src"), ("script", "src"), ("iframe", "src"),
    ("frame", "src"), ("embed", "src"), ("object", "data"), ("video", "src"), ("video", "poster"), ("audio", "src"),
    ("source", "src"), ("track", "src"),
)  # fmt: skip
_ATTRIBUTES: dict[str, tuple[str, ...]] = {}
for _tag, _attribute in _LINKS:
    _ATTRIBUTES[_tag] = (*_ATTRIBUTES.get(_tag, ()), _attribute)
_SELECTOR = ", ".join(f"{tag}[{attribute}]" for tag, attribute in _LINKS) + ", [srcset]"
_HINTS_ONLY = {"preconnect", "dns-prefetch"}
_TEXT_SHOWN = 40
_SRCSET = re.compile(r"\s*([^\s,]\S*[^\s,])(?:\s+[\d.]+[wx])?\s*(?:,|$)")


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a page, as it is written."""

    tag: str
    href: str
    text: str
    """What a reader sees: the link's text, else the image's alternative text; at most 40 characters."""


class Page:
    """A parsed portal page."""

    def __init__(self, html: str) -> None:
        self._tree = LexborHTMLParser(html)

    def meta(self, name: str) -> str:
        """Return the content of a META tag, or an empty string."""
        node = self._tree.css_first(f'meta[name="{name}"]')
        return (node.attributes.get("content") or "").strip() if node else ""

    def titles(self) -> list[str]:
        """Return what the page calls itself: META ArticleTitle, headings of the first level, the window title."""
        nodes = [*self._tree.css("h1"), *self._tree.css("title")]
        return [title for title in [self.meta("ArticleTitle"), *(_text(node) for node in nodes)] if title]

    def is_titled(self, title: str) -> bool:
        """Say whether the page bears this title; the window title may go on with the site's name."""
        wanted = squeeze(title)
        window = self._tree.css_first("title")
        found = [squeeze(text) for text in self.titles()]
        return wanted in found or (window is not None and squeeze(_text(window)).startswith(wanted))

    def text(self) -> str:
        """Return all text of the page."""
        return self._tree.body.text(separator="\n") if self._tree.body else ""

    def body_html(self) -> str | None:
        """Return the HTML of the article's body, or None where the page marks none."""
        nodes = self._tree.css(BODY)
        return "\n".join(node.html or "" for node in nodes) if nodes else None

    def count(self, selector: str) -> int:
        """Return how many elements fit a CSS selector."""
        return len(self._tree.css(selector))

    def texts(self, selector: str) -> list[str]:
        """Return the texts of the elements that fit a CSS selector."""
        return [_text(node) for node in self._tree.css(selector)]

    def anchors(self) -> frozenset[str]:
        """Return every name that a fragment can point to."""
        names = (node.attributes.get("id") for node in self._tree.css("[id]"))
        old_style = (node.attributes.get("name") for node in self._tree.css("a[name]"))
        return frozenset(name for name in (*names, *old_style) if name)

    def links(self) -> Iterator[Link]:
        """Yield every address that the page names in its markup, in document order."""
        for node in self._tree.css(_SELECTOR):
            tag, attributes = node.tag or "", node.attributes
            if tag == "link" and _HINTS_ONLY & set((attributes.get("rel") or "").lower().split()):
                continue
            hrefs = [attributes.get(name) for name in _ATTRIBUTES.get(tag, ())]
            hrefs += _SRCSET.findall(attributes.get("srcset") or "")
            for href in hrefs:
                if href:
                    yield Link(tag, href, _label(node))


def squeeze(text: str) -> str:
    """Return text as compared: compatibility forms folded (full-width letters), no white space, no soft marks."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(char for char in folded if not char.isspace() and unicodedata.category(char) != "Cf")


def _text(node: LexborNode) -> str:
    return " ".join((node.text() or "").split())


def _label(node: LexborNode) -> str:
    image = node.css_first("img")
    text = _text(node) or node.attributes.get("alt") or (image.attributes.get("alt") if image else "") or ""
    return text[:_TEXT_SHOWN]
