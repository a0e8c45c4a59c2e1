"""What a screen of the admin says that is not Chinese."""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

ATTRIBUTES = (
    "aria-label", "aria-description", "aria-roledescription", "title", "placeholder", "alt",
    "data-w-tooltip-content-value", "data-w-progress-active-value", "data-tippy-content",
)  # fmt: skip
NO_TEXT = ("script", "style", "noscript", "textarea", "code", "kbd")
"""What speaks to machines, or shows what somebody typed."""
NAMES = (
    "META", "JavaScript", "ColumnType", "Wagtail", "English", "URL", "URLs", "HTML", "HTTP", "HTTPS", "ICP", "ID", "IP",
    "CSV", "XLSX", "WARC", "RSS", "DOC", "GIF", "JPG", "JPEG", "PNG", "WEBP", "BMP", "KB", "MB", "px", "id", "shangyi",
    "check", "Email", "Unicode",
)  # fmt: skip
"""Proper nouns and formats, which Chinese writes in Latin letters."""
_PROPER = re.compile(
    r"<[^>…]*[>…]|https?://\S+|[\w.-]+@[\w.-]+|[^\s/]+\.(?:cn|com|html?|shtml|aspx?|jsp|php|png|doc|gz|yaml)\b|sha256:\w+|[a-z_]+/\w+\.\w+"
    rf"|/[a-z/…-]+/|portal\.\w+page|\b(?:{'|'.join(NAMES)})\b",
    re.ASCII,
)
"""Markup, addresses, files and digests that are shown as such, and those names."""
_ENGLISH = re.compile(r"[A-Za-z]{2}")


def english(html: str, *names: str) -> Iterator[tuple[str, str]]:
    """Yield each text of a page, shown or not, with words that are not Chinese, and where it stands."""
    opened = html.replace("<template", "<div").replace("</template", "</div")  # a parser keeps their content to itself
    for text, place in _texts(LexborHTMLParser(opened).root):
        bare = " ".join(text.split())
        rest = _PROPER.sub("", bare)
        for name in names:
            rest = rest.replace(name, "")
        if _ENGLISH.search(rest):
            yield bare, place


def _texts(root: LexborNode | None) -> Iterator[tuple[str, str]]:
    for node in root.traverse(include_text=True) if root is not None else ():
        if node.tag == "-text":
            holder = node.parent
            if holder is None or not _is_silent(holder):
                yield node.text_content or "", _place(holder) if holder is not None else ""
        elif node.tag and node.tag[0].isalpha():
            yield from ((node.attributes.get(name) or "", f"{_place(node)}@{name}") for name in ATTRIBUTES)
            if node.tag == "input" and node.attributes.get("type") in ("submit", "button"):
                yield node.attributes.get("value") or "", _place(node)


def _is_silent(node: LexborNode) -> bool:
    # the counter of a side panel is hidden while it counts nothing
    return node.tag in NO_TEXT or "data-side-panel-toggle-counter" in node.attributes


def _place(node: LexborNode) -> str:
    name, number = (node.attributes.get("class") or "").split(" ")[0], node.id or ""
    return f"{node.tag}{'#' + number if number else ''}{'.' + name if name else ''}"
