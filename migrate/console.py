"""The one rich Console: tables and documents on stdout; progress, panels and the next step on stderr."""

import json
import os
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TextIO

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.live import Live
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


def say_error(name: str, error: ShangyiError) -> None:
    """Say once more, at the end of a long run, what went wrong with one of several things and what to do."""
    say(f"{name}: {' '.join(error.reason.split())}")
    what_to_do = _("What to do:")
    if error.hint:
        say(f"  {what_to_do} {error.hint}")


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
        "verify": _("files verified"),
        "rebuild": _("files read"),
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


WINDOW = 10.0
"""Seconds over which a rate is measured."""

LINE_EVERY = 30.0
"""Seconds between two lines where there is no terminal to show a table on."""

_MB = 1_000_000


@dataclass(slots=True)
class _SiteRow:
    """One site of many: what it has, and when it had how much."""

    state: str
    rank: int
    fetched: int = 0
    queued: int = 0
    failed: int = 0
    bytes: int = 0
    samples: deque[tuple[float, int]] = field(default_factory=deque)

    def move(self, now: float, fetched: int, queued: int, failed: int, size: int) -> None:
        self.fetched, self.queued, self.failed, self.bytes = fetched, queued, failed, size
        self.samples.append((now, fetched + failed))
        while now - self.samples[0][0] > WINDOW:
            self.samples.popleft()

    def rate(self, now: float) -> float:
        """Return the URLs a second now."""
        samples = list(self.samples)  # the table is drawn in another thread
        if len(samples) < 2 or now - samples[-1][0] > WINDOW:
            return 0.0
        return (samples[-1][1] - samples[0][1]) / max(now - samples[0][0], 0.1)

    def left(self, now: float) -> float:
        """Return the seconds until the queue is empty, as it is and at the rate of now; 0 if nobody knows."""
        rate = self.rate(now)
        return self.queued / rate if rate else 0.0


def _cells(rows: list[_SiteRow], now: float) -> tuple[str, ...]:
    """Return the figures of one site, or of many together: these are done when the last of them is."""
    running = [row for row in rows if row.rank == _RUNNING]
    rate = sum(row.rate(now) for row in running)
    left = max((row.left(now) for row in running), default=0.0)
    return (
        str(sum(row.fetched for row in rows)),
        str(sum(row.queued for row in rows)),
        str(sum(row.failed for row in rows)),
        f"{sum(row.bytes for row in rows) / _MB:.1f}",
        f"{rate:.1f}" if rate else "",
        str(timedelta(seconds=round(left))) if left else "",
    )


_RUNNING, _WAITING, _FAILED, _DONE = range(4)


class SiteTable:
    """Many sites at once: on a terminal a table that moves, elsewhere a line now and then."""

    def __init__(self, sites: Iterable[str]) -> None:
        self._rows = {site: _SiteRow(_("waiting"), _WAITING) for site in sites}
        self._said = time.monotonic()

    def move(self, site: str, fetched: int, queued: int, failed: int, size: int) -> None:
        """Show how far a site is; `size` is in bytes."""
        row, now = self._rows[site], time.monotonic()
        row.state, row.rank = _("running"), _RUNNING
        row.move(now, fetched, queued, failed, size)
        if not err.is_terminal and now - self._said >= LINE_EVERY:
            self._said = now
            say(self._line(now))

    def wait(self, site: str, state: str) -> None:
        """Show that a site goes on later; its next move ends that."""
        row = self._rows[site]
        if not err.is_terminal and row.state != state:
            say(_("{site}: {state}; {n} fetched").format(site=site, state=state, n=row.fetched))
        row.state, row.rank = state, _WAITING

    def end(self, site: str, state: str, *, failed: bool = False) -> None:
        """Show that a site has ended, and how."""
        row = self._rows[site]
        row.state, row.rank = state, _FAILED if failed else _DONE
        if not err.is_terminal:
            say(_("{site}: {state}; {n} fetched").format(site=site, state=state, n=row.fetched))

    def _done(self) -> str:
        done = sum(row.rank in (_FAILED, _DONE) for row in self._rows.values())
        return _("{done} of {of} done").format(done=done, of=len(self._rows))

    def _line(self, now: float) -> str:
        fetched, queued, failed, size, rate, left = _cells(list(self._rows.values()), now)
        return _(
            "{done}: {n} fetched, {queued} queued, {failed} failed, {mb} MB, {rate} URLs/s, time left {left}"
        ).format(
            done=self._done(), n=fetched, queued=queued, failed=failed, mb=size, rate=rate or "0", left=left or "—"
        )

    def drawn(self) -> Table:
        """Return the table as it is now: what runs comes first, what does not fit on the screen is counted."""
        now = time.monotonic()
        table = Table(header_style="bold", box=box.SIMPLE_HEAD, padding=(0, 0), show_footer=True)
        table.add_column(_("site"), self._done())
        table.add_column(_("state"))
        heads = (_("fetched"), _("queued"), _("failed"), "MB", _("URLs/s"), _("time left"))
        for head, total in zip(heads, _cells(list(self._rows.values()), now), strict=True):
            table.add_column(head, total, justify="right")
        rows = sorted(self._rows.items(), key=lambda item: (item[1].rank, item[0]))
        room = max(1, err.size.height - 8)
        for site, row in rows[:room]:
            table.add_row(escape(site), escape(row.state), *_cells([row], now))
        if len(rows) > room:
            table.add_row(_("… and {n} more").format(n=len(rows) - room))
        return table


@contextmanager
def site_table(sites: Iterable[str]) -> Iterator[SiteTable]:
    """Show on stderr how many sites go on while the block runs."""
    table = SiteTable(sites)
    live = Live(get_renderable=table.drawn, console=err, refresh_per_second=2, transient=True)
    with live if err.is_terminal else nullcontext():
        yield table
