"""Pages that are empty until a script fills them."""

from selectolax.lexbor import LexborHTMLParser, LexborNode

LITTLE = 200
"""Characters that a page without content shows: its title, a word of waiting."""

_FILLED = "ul, ol, tbody, dl, " + ", ".join(
    f"div[{name}*='{word}' i]" for name in ("id", "class") for word in ("list", "news", "data", "grid", "table", "app")
)
"""Where scripts put lists."""


def is_hollow(text: str) -> bool:
    """Say whether a page has scripts, and without them shows next to nothing or holds an empty list."""
    if "<script" not in text and "<SCRIPT" not in text:
        return False
    tree = LexborHTMLParser(text)
    tree.strip_tags(["script", "style", "noscript", "template"])
    if tree.body is None:
        return False
    return len("".join(tree.body.text().split())) < LITTLE or any(map(_is_empty, tree.css(_FILLED)))


def _is_empty(node: LexborNode) -> bool:
    return next(node.iter(), None) is None and not node.text().strip()
