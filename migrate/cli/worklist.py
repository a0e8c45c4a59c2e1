"""The commands around decisions: files of them, the worklist with access logs, the nightly look at old addresses."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from migrate import console, pipeline, portal
from migrate.cli.app import ALL, DryRun, Json, Result, Site, for_each, keep_run, project_of
from migrate.errors import UsageError
from migrate.i18n import _
from migrate.pipeline import worklist as work

Actor = Annotated[
    str, typer.Option("--as", metavar="USER", help=_("Under whose name, a user of the portal; else shangyi."))
]


class Action(StrEnum):
    """What is done with decisions."""

    IMPORT = "import"
    UNDO = "undo"


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command(help=_("What waits for a decision, by hits; counts access logs of the old server."))(worklist)
    app.command(help=_("Take in decisions from a CSV or XLSX file, or undo a batch of them."))(decisions)


def decisions(
    context: typer.Context,
    site: Site,
    action: Annotated[
        Action,
        typer.Argument(metavar="import|undo", help=_("Write the decisions of a file; take a batch of them back.")),
    ],
    source: Annotated[
        str,
        typer.Argument(metavar="[FILE|BATCH]", help=_("The file; the number of the batch, the newest without it.")),
    ] = "",
    *,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help=_("Replace earlier decisions; without it they are kept."))
    ] = False,
    actor: Actor = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Take in decisions, or take them back."""
    if site == ALL:
        raise UsageError(_("Decisions belong to one site."), _("Name the site instead of “all”."))
    if overwrite and action is Action.UNDO:
        raise UsageError(_("--overwrite belongs to “import”."), _("Leave it out."))
    if action is Action.IMPORT and not source:
        raise UsageError(_("Which file?"), "shangyi decisions dahe import FILE")
    if action is Action.UNDO and source and not source.isdecimal():
        raise UsageError(_("“{text}” is no number of a batch.").format(text=source), "shangyi decisions dahe undo")
    project = project_of(context)

    def one(site_id: str) -> Result:
        where = pipeline.place(project, site_id)
        if action is Action.UNDO:
            done = work.undo_decisions(where, int(source) if source else None, actor, dry_run=dry_run)
        else:
            done = work.decide(where, Path(source), actor, overwrite=overwrite, dry_run=dry_run)
        if not dry_run:
            keep_run(where.folder, f"decisions-{action}", done)
        return _undone(done) if action is Action.UNDO else _decided(done, dry_run=dry_run)

    for_each(project, site, one, as_json=as_json)


def _status_names() -> dict[str, str]:
    return {
        "new": _("new"),
        "changed": _("changed"),
        "same": _("as before"),
        "conflicting": _("conflicting"),
        "refused": _("refused"),
        "written": _("written"),
        "outdated": _("overtaken"),
        "kept": _("kept"),
    }


def _decided(done: portal.Batch, *, dry_run: bool) -> Result:
    names = _status_names()

    def table() -> None:
        figures = ("new", "changed", "same", "conflicting", "refused") if dry_run else tuple(names)[:-1]
        title = _("What the file would decide") if dry_run else _("Batch {n}").format(n=done.batch)
        console.show_table(title, (_("lines"), _("number")), [(names[name], getattr(done, name)) for name in figures])
        heads = (_("line"), _("old URL"), _("status"), _("message"))
        rows = [(row.line, row.url, names[row.status], row.message) for row in done.lines]
        console.show_table(_("Lines to look at") if rows else "", heads, rows)

    if dry_run:
        step = _("the same without --dry-run; with --overwrite the changed ones, too")
    else:
        step = "shangyi import {site} --publish"
    return Result(done, table, step, done.conflicting + done.refused + done.outdated)


def _undone(done: portal.Batch) -> Result:
    rows = [(_("undone"), done.written - done.kept), (_("kept: ruled otherwise since"), done.kept)]
    title = _("Batch {n}").format(n=done.batch)
    step = "shangyi import {site} --publish"
    return Result(done, lambda: console.show_table(title, (_("lines"), _("number")), rows), step)


def worklist(
    context: typer.Context,
    site: Site,
    logs: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[LOG]...", help=_("Access logs of the old server: nginx, Apache, IIS; also gzipped.")),
    ] = None,
    *,
    top: Annotated[int, typer.Option(min=1, help=_("Show at most this many addresses."))] = 20,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help=_("Write all of it as CSV, to fill in and bring back."))
    ] = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Show what waits for a decision."""
    if site == ALL and (logs or output):
        raise UsageError(_("Logs and --output belong to one site."), _("Name the site instead of “all”."))
    project = project_of(context)

    def one(site_id: str) -> Result:
        where = pipeline.place(project, site_id)
        found = work.worklist(where, logs or [], top, output, dry_run=dry_run)
        if logs and not dry_run:
            keep_run(where.folder, "worklist", found)
        return _listed(found)

    for_each(project, site, one, as_json=as_json)


def _listed(found: work.Worklist) -> Result:
    outcomes = {"undecided": _("undecided"), "failed": _("failed"), "unknown": _("unknown")}

    def table() -> None:
        for log in found.logs:
            console.show_table(log.name, (_("lines"), _("number")), [(_line_name(n), c) for n, c in log.counts.items()])
            if log.torn:
                console.say(_("{file} is torn: counted as far as it goes.").format(file=log.name))
        rows = [(row.log_hits, row.hits, outcomes[row.outcome], row.url, row.title) for row in found.rows]
        heads = (_("hits in old logs"), _("asked of the portal"), _("state"), _("old URL"), _("title"))
        console.show_table(_("{n} old addresses wait for a decision").format(n=found.open), heads, rows)

    if not found.open:
        step = "shangyi status {site}"
    elif found.file:
        step = _("fill in 去向, then: {command}").format(command=f"shangyi decisions {{site}} import {found.file}")
    else:
        step = _("decide them in the portal, under Old sites → Worklist, or: {command}").format(
            command="shangyi worklist {site} --output worklist.csv"
        )
    return Result(found, table, step)


def _line_name(name: str) -> str:
    names = {
        "hits": _("hits"),
        "robot": _("robots"),
        "noise": _("scanners, pictures, styles, scripts"),
        "failed": _("answered with an error"),
        "method": _("not asked with GET"),
        "foreign": _("of other hosts"),
        "malformed": _("unreadable"),
        "directive": _("no request"),
        "again": _("counted earlier"),
    }
    return names[name]


def recheck(context: typer.Context, site: Site = ALL, *, as_json: Json = False) -> None:
    """Look at all old addresses from inside the portal."""
    project = project_of(context)

    def one(site_id: str) -> Result:
        where = pipeline.place(project, site_id)
        found = work.recheck(where)
        keep_run(where.folder, "recheck", found)
        return _rechecked(site_id, found)

    for_each(project, site, one, as_json=as_json)


def _rechecked(site_id: str, found: portal.Rechecked) -> Result:
    names = {
        "deleted": _("what it should lead to is not there"),
        "offline": _("its page is not published"),
        "hidden": _("its page stands in a hidden column"),
        "no-file": _("the file is missing from the media folder"),
        "no-capture": _("archived without a capture"),
        "unreadable": _("its archived copy can't be read"),
        "untrue": _("the archive holds something else than what was imported"),
        "loop": _("it leads back to itself"),
        "unapplied": _("a decision on it has not taken effect"),
    }
    broken = sum(found.broken.values())

    def table() -> None:
        rows = [
            (_("looked at"), found.asked), (_("wait for people"), found.waiting), (_("broken"), broken),
            (_("of these new"), found.new), (_("mended"), found.mended),
        ]  # fmt: skip
        console.show_table(_("Old addresses of {site}").format(site=site_id), (_("what"), _("number")), rows)
        shown = [(url, names[problem]) for url, problem in found.examples]
        console.show_table(_("Broken") if shown else "", (_("old URL"), _("problem")), shown)

    step = _("mend them in the portal, under Old sites → Broken old URLs") if broken else "shangyi status {site}"
    return Result(found, table, step, broken)
