"""Bodies: marks of a description → blocks → HTML as old editors' tools wrote it, and the plain text that is true."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from migrate.demo.description import Style

_MARK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text; a link, a picture or a place with a name where `target` is set."""

    text: str
    target: str = ""
    picture: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph."""

    spans: tuple[Span, ...]
    kind: str = "text"
    """`text`, `heading` (【…】) or `right` (signature, date)."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table, with what it spans."""

    text: str
    columns: int = 1
    rows: int = 1


@dataclass(frozen=True, slots=True)
class Table:
    """A data table; a row holds the cells that begin in it."""

    rows: tuple[tuple[Cell, ...], ...]


Block = Paragraph | Table
Address = Callable[[str], str]
"""Returns the `href` or `src` that stands in the page for a target of the description."""


def parse(body: str) -> tuple[Block, ...]:
    """Return the blocks of a body written in the description's marks."""
    blocks: list[Block] = []
    rows: list[list[str]] = []
    for line in [*(line.strip() for line in body.splitlines()), ""]:
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
            continue
        if rows:
            blocks.append(_table(rows))
            rows = []
        if line:
            blocks.append(_paragraph(line))
    return tuple(blocks)


def plain(blocks: tuple[Block, ...]) -> str:
    """Return the text that a reader sees: a line a paragraph, a line a table row, tabs between cells."""
    lines: list[str] = []
    for block in blocks:
        if isinstance(block, Table):
            lines += ["\t".join(cell.text for cell in row) for row in block.rows]
        else:
            lines.append("".join(span.text for span in block.spans if not span.picture))
    return "\n".join(line for line in lines if line)


def spans(blocks: tuple[Block, ...]) -> list[Span]:
    """Return the links and pictures of a body, in order."""
    paragraphs = [block for block in blocks if isinstance(block, Paragraph)]
    return [span for paragraph in paragraphs for span in paragraph.spans if span.target]


def html(blocks: tuple[Block, ...], style: Style, address: Address) -> str:
    """Return the body's HTML in one of the styles that old editors' tools left behind."""
    write = _WRITERS[style]
    parts = [_WORD_STYLE] if style == "word" else []
    for block in blocks:
        if isinstance(block, Table):
            parts.append(_table_html(block))
        else:
            inner = [_span_html(span, address) for span in block.spans]
            parts.append(write(inner, "picture" if block.spans[0].picture else block.kind))
    return "\n".join(parts)


def _paragraph(line: str) -> Paragraph:
    kind = "heading" if line.startswith("【") and line.endswith("】") else "text"
    if line.startswith(">"):
        kind, line = "right", line[1:].strip()
    found: list[Span] = []
    end = 0
    for mark in _MARK.finditer(line):
        if mark.start() > end:
            found.append(Span(line[end : mark.start()]))
        found.append(Span(mark[2], mark[3], bool(mark[1])))
        end = mark.end()
    if end < len(line):
        found.append(Span(line[end:]))
    return Paragraph(tuple(found), kind)


def _table(rows: list[list[str]]) -> Table:
    """Join `<` cells to the one on the left and `^` cells to the one above."""
    grown: dict[tuple[int, int], list[int]] = {}
    origin: dict[tuple[int, int], tuple[int, int]] = {}
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            if text == "<":
                origin[r, c] = origin[r, c - 1]
            elif text == "^":
                origin[r, c] = origin[r - 1, c]
            else:
                origin[r, c] = (r, c)
            top, left = origin[r, c]
            size = grown.setdefault((top, left), [1, 1])
            size[0], size[1] = max(size[0], c - left + 1), max(size[1], r - top + 1)
    return Table(
        tuple(
            tuple(Cell(text, *grown[r, c]) for c, text in enumerate(row) if origin[r, c] == (r, c))
            for r, row in enumerate(rows)
        )
    )


def _table_html(table: Table) -> str:
    lines = ['<table width="600" border="1" align="center" cellpadding="3" cellspacing="0" bordercolor="#000000">']
    for row in table.rows:
        cells = []
        for cell in row:
            across = f' colspan="{cell.columns}"' if cell.columns > 1 else ""
            down = f' rowspan="{cell.rows}"' if cell.rows > 1 else ""
            cells.append(f'<td align="center"{across}{down}>{escape(cell.text) or "&nbsp;"}</td>')
        lines.append(f"<tr>{''.join(cells)}</tr>")
    return "\n".join([*lines, "</table>"])


def _span_html(span: Span, address: Address) -> str:
    text = escape(span.text)
    if not span.target:
        return text
    if span.target.startswith("name:"):
        return f'<a name="{escape(span.target.removeprefix("name:"))}"></a>{text}'
    place = escape(address(span.target))
    if not span.picture:
        return f'<a href="{place}" target="_blank">{text}</a>'
    if span.target.startswith("lazy:"):
        return f'<img src="/images/loading.gif" data-src="{place}" alt="{text}" class="lazy" />'
    return f'<img src="{place}" alt="{text}" width="600" border="0" />'


_WORD_STYLE = """<style type="text/css">
<!-- p.MsoNormal {margin:0cm; text-align:justify; font-size:10.5pt; font-family:"Times New Roman"} -->
</style>"""


def _write_p(inner: list[str], kind: str) -> str:
    text = "".join(inner)
    if kind == "text":
        return f"<p>　　{text}</p>"
    return {
        "heading": f"<p><strong>{text}</strong></p>",
        "right": f'<p align="right">{text}</p>',
        "picture": f'<p align="center">{text}</p>',
    }[kind]


def _write_word(inner: list[str], kind: str) -> str:
    """Word cuts sentences into runs and sprinkles empty `o:p` elements."""
    runs = []
    for piece in inner:
        whole = "<" in piece or "&" in piece or len(piece) < 8
        cuts = [piece] if whole else [piece[: len(piece) // 2], piece[len(piece) // 2 :]]
        runs += [f'<span style="font-size:16pt;font-family:仿宋_GB2312" lang="ZH-CN">{cut}</span>' for cut in cuts]
    align = {"right": "text-align:right", "picture": "text-align:center"}.get(kind, "text-indent:32pt")
    text = "".join(runs)
    if kind == "heading":
        text = f"<b>{text}</b>"
    return f'<p class="MsoNormal" style="{align};line-height:28pt">{text}<o:p></o:p></p>'


def _write_br(inner: list[str], kind: str) -> str:
    text = "".join(inner)
    if kind == "heading":
        return f"<b>{text}</b><br />"
    return f"{'' if kind == 'picture' else '&nbsp;&nbsp;&nbsp; '}{text}<br />"


def _write_div(inner: list[str], kind: str) -> str:
    text = "".join(inner)
    if kind == "picture":
        return f'<div align="center">{text}</div>'
    if kind == "heading":
        text = f"<strong>{text}</strong>"
    align = ' align="right"' if kind == "right" else ""
    return f'<div{align}><font face="仿宋_GB2312" size="3">&nbsp;&nbsp;&nbsp;&nbsp;{text}</font></div>'


_WRITERS: dict[str, Callable[[list[str], str], str]] = {
    "p": _write_p, "word": _write_word, "br": _write_br, "div": _write_div,
}  # fmt: skip
