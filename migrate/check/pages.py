"""What a served portal page says: titles, date, body. Reads what visitors and search engines read."""

import unicodedata

from selectolax.lexbor import LexborHTMLParser, LexborNode

BODY = "article.article .body"
"""Where the portal's article template sets the article's own body, and nothing else."""
ARCHIVED = "已归档"
"""What an archived copy must show, and when it was archived (《政府网站发展指引》, 网页归档)."""


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

    def is_masked(self) -> bool:
        """Say whether it is a letter, in which names and numbers are masked."""
        return self._tree.css_first("article[data-masked]") is not None

    def text(self) -> str:
        """Return all text of the page."""
        return self._tree.body.text(separator="\n") if self._tree.body else ""

    def body_html(self) -> str | None:
        """Return the HTML of the article's body, or None where the page marks none."""
        nodes = self._tree.css(BODY)
        return "\n".join(node.html or "" for node in nodes) if nodes else None

    def main_html(self) -> str:
        """Return the HTML of the page's own part; of all of it where it marks none."""
        node = self._tree.css_first("main") or self._tree.body
        return (node.html or "") if node is not None else ""

    def values(self, selector: str, attribute: str) -> list[str]:
        """Return an attribute of the elements that fit a CSS selector, where it says something."""
        return [value for node in self._tree.css(selector) if (value := node.attributes.get(attribute))]

    def texts(self, selector: str) -> list[str]:
        """Return the texts of the elements that fit a CSS selector."""
        return [_text(node) for node in self._tree.css(selector)]


def squeeze(text: str) -> str:
    """Return text as compared: compatibility forms folded (full-width letters), no white space, no soft marks."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(char for char in folded if not char.isspace() and unicodedata.category(char) != "Cf")


def _text(node: LexborNode) -> str:
    return " ".join((node.text() or "").split())
