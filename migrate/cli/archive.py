"""The archive itself: hand it on as WACZ, verify it, restore the ledger from it."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from migrate import console, pipeline
from migrate.cli.app import ALL, DryRun, Json, Result, Site, for_each, keep_run, project_of
from migrate.cli.shown import level_names
from migrate.config.sites import POLICY_SITE
from migrate.errors import UsageError
from migrate.i18n import _
from migrate.pipeline import Place
from migrate.pipeline.archive import export_archive, plan_export, rebuild_ledger, verify_archive

if TYPE_CHECKING:
    from migrate.archive.verify import Verified
    from migrate.archive.wacz import Exported
    from migrate.harvest.rebuild import Rebuilt

_SHOWN = 20
"""Findings that are shown; --json has them all."""


class Action(StrEnum):
    """What is done with an archive."""

    EXPORT = "export"
    VERIFY = "verify"
    REBUILD = "rebuild"


def register(app: typer.Typer) -> None:
    """Add this group's command."""
    app.command(help=_("Hand a site's archive on as WACZ, verify it, or restore its ledger."))(archive)


def archive(
    context: typer.Context,
    site: Site,
    action: Annotated[
        Action,
        typer.Argument(
            metavar="export|verify|rebuild",
            help=_("Write one WACZ file; read and compare every record; restore the ledger from the WARC files."),
        ),
    ],
    *,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help=_("Where the WACZ file goes; without it into the archive."))
    ] = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Do one thing with an archive, or with all."""
    if output is not None and (site == ALL or action is not Action.EXPORT):
        raise UsageError(_("--output belongs to the export of one site."), "shangyi archive dahe export --output FILE")
    project = project_of(context)

    def one(site_id: str) -> Result:
        where = pipeline.place(project, site_id)
        if action is Action.EXPORT:
            return _export(where, output, dry_run=dry_run)
        return (_verify if action is Action.VERIFY else _rebuild)(where, dry_run=dry_run)

    for_each(project, site, one, as_json=as_json, notices=True)


def _export(where: Place, output: Path | None, *, dry_run: bool) -> Result:
    if dry_run:
        plan = plan_export(where, output)
        rows = ((_("file"), plan.file), (_("WARC files"), plan.warc_files), (_("bytes"), plan.bytes))
        title = _("What an export of {site} would write").format(site=where.id)
        return Result(plan, _table(title, rows), "shangyi archive {site} export")
    done = export_archive(where, output)
    keep_run(where.folder, "archive-export", done)
    return _exported(where, done)


def _exported(where: Place, done: "Exported") -> Result:
    rows = (
        (_("file"), done.file),
        (_("bytes"), done.bytes),
        (_("records"), done.records),
        (_("pages"), done.pages),
        (_("places that can't be read"), len(done.damages)),
    )
    title = _("Archive of {site} as WACZ").format(site=where.id)
    step = "shangyi archive {site} verify" if done.damages else _("hand it on: pywb and every WACZ viewer open it")
    return Result(done, _table(title, rows), step, len(done.damages))


def _verify(where: Place, *, dry_run: bool) -> Result:
    with console.bars() as bars:
        done = verify_archive(where, bars, dry_run=dry_run)
    if not dry_run:
        keep_run(where.folder, "archive-verify", done)
    return _verified(where, done)


def _verified(where: Place, done: "Verified") -> Result:
    rows = (
        (_("WARC files"), done.files),
        (_("of these sealed and unchanged"), done.sealed),
        (_("bytes"), done.bytes),
        (_("records read"), done.records),
        (_("rows followed to their bytes"), done.rows),
        (_("findings"), len(done.findings)),
    )

    def table() -> None:
        console.show_table(_("Archive of {site}").format(site=where.id), (_("what"), _("number")), rows)
        if done.findings:
            words = level_names()
            found = [(words[f.level], f.url, f.message) for f in done.findings[:_SHOWN]]
            console.show_table("", (_("level"), _("URL"), _("message")), found)
        if len(done.findings) > _SHOWN:
            console.say(_("… and {n} more; --json lists them all.").format(n=len(done.findings) - _SHOWN))

    broken = _("put the files that are named back from a backup, then: {command}").format(
        command="shangyi archive {site} verify"
    )
    fine = "shangyi policy status" if where.id == POLICY_SITE else "shangyi status {site}"
    return Result(done, table, broken if done.findings else fine, len(done.findings))


def _rebuild(where: Place, *, dry_run: bool) -> Result:
    with console.bars() as bars:
        done = rebuild_ledger(where, bars, dry_run=dry_run)
    if not dry_run:
        keep_run(where.folder, "archive-rebuild", done)
    return _rebuilt(where, done, dry_run=dry_run)


def _rebuilt(where: Place, done: "Rebuilt", *, dry_run: bool) -> Result:
    rows = (
        (_("captures"), done.captures),
        (_("URLs known"), done.found),
        (_("answers"), done.resources),
        (_("links"), done.links),
        (_("places that can't be read"), done.damages),
        (_("the old ledger is now"), done.kept or "—"),
    )
    title = _("Ledger that the WARC files of {site} give") if dry_run else _("Ledger of {site}, restored")
    after = "shangyi policy sync" if where.id == POLICY_SITE else "shangyi map {site}"
    step = "shangyi archive {site} rebuild" if dry_run else after
    return Result(done, _table(title.format(site=where.id), rows), step, done.damages)


def _table(title: str, rows: tuple[tuple[str, object], ...]) -> Callable[[], None]:
    return lambda: console.show_table(title, (_("what"), _("value")), rows)
