"""What people decide about old addresses: files of decisions, access logs, the list of what waits."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from migrate import portal
from migrate.errors import UsageError
from migrate.i18n import _

if TYPE_CHECKING:
    from migrate.pipeline import Place
    from migrate.report.access_logs import LogCount

_HEAD = ("旧网址", "标题", "现状", "门户访问", "旧站访问", "去向", "栏目", "原因")
"""As a file of decisions has them: whoever fills in 去向 can bring the list back."""


def decide(where: "Place", file: Path, actor: str, *, overwrite: bool, dry_run: bool) -> portal.Batch:
    """Write the decisions of a file into the portal. Raises UsageError where there is no such file."""
    portal.require_built(where.project)
    if not file.is_file():
        raise UsageError(_("There is no file “{file}”.").format(file=file), _("Look at the path."))
    return portal.decide(where.id, file, actor, overwrite=overwrite, dry_run=dry_run)


def undo_decisions(where: "Place", number: int | None, actor: str, *, dry_run: bool) -> portal.Batch:
    """Take back a batch of decisions."""
    portal.require_built(where.project)
    return portal.undo_decisions(where.id, number, actor, dry_run=dry_run)


@dataclass(frozen=True, slots=True)
class Worklist:
    """The addresses that wait, and what the logs that were given said."""

    open: int
    rows: tuple[portal.Open, ...]
    """Those most wanted."""
    logs: "tuple[LogCount, ...]"
    counted: dict[str, int]
    """Addresses in these logs: known, unknown, left_out."""
    file: str = ""
    """Where the whole list was written."""


def worklist(where: "Place", logs: Iterable[Path], top: int, output: Path | None, *, dry_run: bool) -> Worklist:
    """Count access logs, then return what waits for a decision; write all of it to `output`, if given."""
    portal.require_built(where.project)
    read, counted = _count(where, list(logs), dry_run=dry_run)
    number, rows = portal.open_addresses(where.id, top)
    found = Worklist(number, tuple(rows), read, counted, "" if output is None or dry_run else str(output))
    if output is not None and not dry_run:
        _write(where, output)
    return found


def _count(where: "Place", paths: list[Path], *, dry_run: bool) -> "tuple[tuple[LogCount, ...], dict[str, int]]":
    from migrate.report.access_logs import Tally, count_logs

    if not paths:
        return (), {}
    tally = Tally()
    try:
        seen = portal.logs_read(where.id)
        read = tuple(count_logs(paths, where.site.url_rules, seen, tally))
        if dry_run:
            return read, {}
        new = [asdict(log) for log in read if log.digest != log.follows]
        return read, portal.add_log_hits(where.id, tally, new)
    finally:
        tally.close()


def _write(where: "Place", output: Path) -> None:
    from migrate.report.cells import write_csv
    from migrate.report.words import OUTCOMES

    names = OUTCOMES | {"unknown": "未知"}
    _number, rows = portal.open_addresses(where.id, None)
    output.parent.mkdir(parents=True, exist_ok=True)
    write_csv(
        output, _HEAD, ((row.url, row.title, names[row.outcome], row.hits, row.log_hits, "", "", "") for row in rows)
    )


def recheck(where: "Place") -> portal.Rechecked:
    """Look at all old addresses of a site from inside the portal."""
    portal.require_built(where.project)
    return portal.recheck(where.id)
