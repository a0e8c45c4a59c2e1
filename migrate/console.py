"""The one rich Console: tables and documents on stdout; progress, panels and the next step on stderr."""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from migrate.errors import ShangyiError
from migrate.i18n import _


def _utf8(stream: TextIO) -> TextIO:
    """Return the stream writing UTF-8, whatever it is given: GBK or ASCII can't hold ✔ or a broken file name."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8", errors="replace")
    return stream


def _width() -> int | None:
    """Return the width of tables where nobody looks at them: in a pipe or file a line stays a line."""
    return None if sys.stdout.isatty() or "COLUMNS" in os.environ else 200


out = Console(file=_utf8(sys.stdout), width=_width())
err = Console(file=_utf8(sys.stderr))


def show_error(error: ShangyiError) -> None:
    """Print a reason and what to do about it."""
    what_to_do = _("What to do:")
    text = escape(error.reason) + (f"\n\n[bold]{what_to_do}[/bold] {escape(error.hint)}" if error.hint else "")
    err.print(Panel(text, title=_("Error"), border_style="red", title_align="left"))


def show_table(title: str, heads: Iterable[str], rows: Iterable[Iterable[object]], *, narrow: bool = False) -> None:
    """Print a table; numbers stand on the right. `narrow` saves the frame, for tables of many columns."""
    table = Table(
        header_style="bold", box=box.SIMPLE_HEAD if narrow else box.HEAVY_HEAD, padding=(0, 0 if narrow else 1)
    )
    kept = [[("" if cell is None else cell) for cell in row] for row in rows]
    for number, head in enumerate(heads):
        numeric = bool(kept) and all(isinstance(row[number], int) for row in kept)
        longest = max(map(cell_len, head.split()), default=0)  # a head may wrap between words, never inside one
        table.add_column(head, justify="right" if numeric else "left", overflow="fold", min_width=longest)
    for row in kept:
        table.add_row(*(escape(str(cell)) for cell in row))
    if title:  # as the table's own it would wrap at the table's width
        out.print(f"[bold]{escape(title)}[/bold]", highlight=False, soft_wrap=True)
    if kept:
        out.print(table)


def show_json(document: Any) -> None:
    """Print one JSON document and nothing else on stdout."""
    out.file.write(as_json(document))


def as_json(document: Any) -> str:
    """Return plain data as JSON, as `--json` prints it and as the files in runs/ hold it."""
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def tell(text: str) -> None:
    """Print a line of a result, on stdout."""
    out.print(text, highlight=False, markup=False, soft_wrap=True)


def say(text: str) -> None:
    """Print a line for people, on stderr; a path in it is never broken in two."""
    err.print(text, highlight=False, markup=False, soft_wrap=True)


def next_step(text: str) -> None:
    """Print what to do next: the last line of every command."""
    label = _("Next step:")
    err.print(f"[bold]{label}[/bold] {escape(text)}", highlight=False, soft_wrap=True)


def _step_name(step: str) -> str:
    """Return a stage's step in the interface language; stages name them for all callers."""
    names = {
        "files": _("files"),
        "place": _("new pages"),
        "old urls": _("old URLs"),
        "fill": _("content"),
        "balance": _("account"),
        "redirects": _("old URLs asked"),
        "links": _("pages asked"),
        "content": _("texts compared"),
    }
    return names.get(step, step)


class Bars:
    """Progress bars by step name, for callbacks (step, done, of). A step ends where the next one begins."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, Any] = {}

    def __call__(self, step: str, done: int, of: int) -> None:
        """Move a step's bar, which is made at its first call; `of` 0 means that nobody knows."""
        if step not in self._tasks:
            if not self._tasks:
                self._progress.start()  # not before: without a bar it would print an empty line
            self.finish()
            self._tasks[step] = self._progress.add_task(_step_name(step), total=of or None)
        self._progress.update(self._tasks[step], completed=done, total=of or None)

    def finish(self) -> None:
        """End all bars as they stand: what was not counted beforehand, or was skipped, is done as well."""
        for task in self._progress.tasks:
            self._progress.update(task.id, total=task.completed)

    def close(self) -> None:
        """Leave the bars as they are."""
        if self._tasks:
            self._progress.stop()


@contextmanager
def bars() -> Iterator[Bars]:
    """Show progress bars on stderr while the block runs."""
    text = TextColumn("{task.description}")
    done = SpinnerColumn(finished_text="✔")
    progress = Progress(done, text, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=err)
    moving = Bars(progress)
    try:
        yield moving
        moving.finish()
    finally:
        moving.close()
