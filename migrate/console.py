"""The one rich Console: tables and documents on stdout; progress, panels and the next step on stderr."""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from migrate.errors import ShangyiError
from migrate.i18n import _


def _utf8(stream: TextIO) -> TextIO:
    """Return the stream writing UTF-8: a GBK console on Windows can't print ✔ and would raise."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None and (stream.encoding or "").lower() not in ("utf-8", "utf8"):
        reconfigure(encoding="utf-8", errors="replace")
    return stream


out = Console(file=_utf8(sys.stdout))
err = Console(file=_utf8(sys.stderr))


def show_error(error: ShangyiError) -> None:
    """Print a reason and what to do about it."""
    what_to_do = _("What to do:")
    text = escape(error.reason) + (f"\n\n[bold]{what_to_do}[/bold] {escape(error.hint)}" if error.hint else "")
    err.print(Panel(text, title=_("Error"), border_style="red", title_align="left"))


def show_table(title: str, heads: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Print a table; numbers stand on the right."""
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    kept = [[("" if cell is None else cell) for cell in row] for row in rows]
    for number, head in enumerate(heads):
        numeric = bool(kept) and all(isinstance(row[number], int) for row in kept)
        table.add_column(head, justify="right" if numeric else "left", overflow="fold")
    for row in kept:
        table.add_row(*(escape(str(cell)) for cell in row))
    out.print(table)


def show_json(document: Any) -> None:
    """Print one JSON document and nothing else on stdout."""
    out.file.write(json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n")


def say(text: str) -> None:
    """Print a line for people, on stderr."""
    err.print(text, highlight=False)


def next_step(text: str) -> None:
    """Print what to do next: the last line of every command."""
    label = _("Next step:")
    err.print(f"[bold]{label}[/bold] {escape(text)}", highlight=False, soft_wrap=True)


class Bars:
    """Progress bars by step name, for callbacks (step, done, of)."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, Any] = {}

    def __call__(self, step: str, done: int, of: int) -> None:
        """Move a step's bar, which is made at its first call; `of` 0 means that nobody knows."""
        if step not in self._tasks:
            self._tasks[step] = self._progress.add_task(step, total=of or None)
        self._progress.update(self._tasks[step], completed=done, total=of or None)


@contextmanager
def bars() -> Iterator[Bars]:
    """Show progress bars on stderr while the block runs."""
    text = TextColumn("{task.description}")
    with Progress(
        SpinnerColumn(), text, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=err
    ) as progress:
        yield Bars(progress)
