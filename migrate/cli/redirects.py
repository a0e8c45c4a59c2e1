"""Redirect maps: lists of old addresses and where they lead, into the portal and out of it for web servers."""

import shlex
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from migrate import console
from migrate.cli.app import DryRun, Json, Result, for_each, keep_run, plain, project_of, sites_of
from migrate.cli.shown import level_names
from migrate.config import Project
from migrate.errors import ExitCode, UsageError
from migrate.i18n import _
from migrate.pipeline.redirects import MapLoaded, export_map, load_maps
from migrate.redirects import Server

_SHOWN = 20
"""Findings that are shown; --json has them all."""


class Action(StrEnum):
    """What is done with redirect maps."""

    EXPORT = "export"
    LOAD = "load"


def register(app: typer.Typer) -> None:
    """Add this group's command."""
    app.command(help=_("Load redirect maps, or export where the old addresses of a site lead."))(redirects)


def redirects(
    context: typer.Context,
    site: Annotated[str, typer.Argument(metavar="SITE", help=_("Id of a site, or “all”."))],
    action: Annotated[
        Action,
        typer.Argument(
            metavar="load|export",
            help=_("Take redirect maps (CSV) into the portal; write where old addresses lead, for a web server."),
        ),
    ],
    files: Annotated[list[Path] | None, typer.Argument(metavar="[FILE]...", help=_("For load: the maps."))] = None,
    *,
    to: Annotated[
        Server | None,
        typer.Option(
            "--to", metavar="SERVER", help=_("For export: nginx, apache, iis, caddy, or csv, which load takes.")
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help=_("For export: where to; without it beside the report."))
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help=_("For load: addresses that are settled otherwise follow the map, too."))
    ] = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Do one thing with redirect maps."""
    project = project_of(context)
    if action is Action.LOAD:
        if not files or to is not None or output is not None:
            raise UsageError(
                _("load needs maps, and neither --to nor --output."), "shangyi redirects dahe load map.csv"
            )
        _load(project, site, files, overwrite=overwrite, dry_run=dry_run, as_json=as_json)
        return
    if files or overwrite or to is None:
        raise UsageError(
            _("export needs --to, and neither maps nor --overwrite."), "shangyi redirects dahe export --to nginx"
        )
    for_each(project, site, lambda one: _export(project, one, to, output, dry_run=dry_run), as_json=as_json)


def _export(project: Project, site: str, to: Server, output: Path | None, *, dry_run: bool) -> Result:
    done = export_map(project, site, to, output, dry_run=dry_run)
    if not dry_run:
        keep_run(project.archive_of(site), "redirects-export", done)
    rows = (*((_("file"), file) for file in done.files), (_("addresses"), done.addresses))
    title = _("Old addresses of {site} for {server}").format(site=site, server=to.value)
    step = _("put it on the web server (docs/operator.md), then: {command}").format(
        command="shangyi check {site} --redirects"
    )
    return Result(done, lambda: console.show_table(title, (_("what"), _("value")), rows), step)


def _load(project: Project, site: str, files: list[Path], *, overwrite: bool, dry_run: bool, as_json: bool) -> None:
    sites = sites_of(project, site)
    done = load_maps(project, sites, files, overwrite=overwrite, dry_run=dry_run)
    if not dry_run:
        for site_id in sites:
            keep_run(project.archive_of(site_id), "redirects-load", done)
    if as_json:
        console.show_json(plain(done))
    else:
        _show_loaded(done, dry_run=dry_run)
    again = shlex.join(["shangyi", "redirects", site, "load", *map(str, files)])
    step = f"shangyi check {site} --redirects"
    if dry_run:
        step = again
    elif done.findings:
        step = _("look at the findings, correct the map, then: {command}").format(command=f"{again} --overwrite")
    console.next_step(step)
    if done.findings:
        raise typer.Exit(ExitCode.FINDINGS)


def _show_loaded(done: MapLoaded, *, dry_run: bool) -> None:
    rows = (
        (_("lines"), done.lines),
        (_("lines on an address that another line rules on"), done.duplicates),
        (_("of these in conflict"), done.conflicts),
        (_("refused"), done.refused),
        (_("addresses that follow another old address"), done.chains),
        (_("new addresses"), done.created),
        (_("changed"), done.changed),
        (_("as they were"), done.unchanged),
        (_("settled otherwise before, and kept"), done.kept),
    )
    title = _("What the redirect maps would do") if dry_run else _("Redirect maps, loaded")
    console.show_table(title, (_("what"), _("number")), rows)
    if done.findings:
        words = level_names()
        found = [(words[f.level], f.url, f.message) for f in done.findings[:_SHOWN]]
        console.show_table("", (_("level"), _("URL"), _("message")), found)
    if len(done.findings) > _SHOWN:
        console.say(_("… and {n} more; --json lists them all.").format(n=len(done.findings) - _SHOWN))
