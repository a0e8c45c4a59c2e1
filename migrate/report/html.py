"""Small pieces of HTML. Every text goes through `text()`: titles of old sites are hostile input."""

import html
from collections.abc import Iterable, Sequence
from importlib import resources

from migrate.report.cells import plain


def text(value: object) -> str:
    """Return a value as HTML text, also safe inside a quoted attribute."""
    return html.escape(plain(value), quote=True)


def link(url: str) -> str:
    """Return a link that shows its own address; anything but http(s) stays plain text."""
    if url.startswith(("http://", "https://")):
        return f'<a href="{text(url)}">{text(url)}</a>'
    return text(url)


def paragraph(*lines: str) -> str:
    """Return plain texts as paragraphs."""
    return "".join(f"<p>{text(line)}</p>\n" for line in lines)


def listing(lines: Iterable[str]) -> str:
    """Return plain texts as a list."""
    return "<ul>\n" + "".join(f"<li>{text(line)}</li>\n" for line in lines) + "</ul>\n"


def table(head: Sequence[str], rows: Iterable[Sequence[object]], style: str = "") -> str:
    """Return plain values as a table; whole numbers are set to the right."""
    cells = "".join(f'<th scope="col">{text(name)}</th>' for name in head)
    body = "".join("<tr>" + "".join(_cell(value) for value in row) + "</tr>\n" for row in rows)
    content = f"<thead><tr>{cells}</tr></thead>\n<tbody>\n{body}</tbody>\n"
    return f'<div class="scroll"><table class="{text(style)}">\n{content}</table></div>\n'


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Return (name, value as HTML) pairs as a table with the names at the left."""
    rows = "".join(f'<tr><th scope="row">{text(name)}</th><td>{value}</td></tr>\n' for name, value in pairs)
    return f'<div class="scroll"><table class="facts">\n{rows}</table></div>\n'


def document(title: str, body: str) -> str:
    """Return one self-contained page for screen and A4 paper; it loads nothing."""
    css = resources.files("migrate.report").joinpath("document.css").read_text(encoding="utf-8")
    return (
        '<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text(title)}</title>\n<style>\n{css}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )


def _cell(value: object) -> str:
    if isinstance(value, int):
        return f'<td class="number">{value:,}</td>'
    return f"<td>{text(value)}</td>"
