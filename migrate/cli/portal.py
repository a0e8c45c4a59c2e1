"""The portal's commands (`cms build`, `cms serve`) and the demo."""

from contextlib import suppress
from typing import Annotated

import typer

from migrate import console, portal
from migrate.cli import overview, shown
from migrate.cli.app import DryRun, Json, keep_run, leave, plain, project_of
from migrate.cli.worklist import recheck
from migrate.i18n import _

Port = Annotated[int, typer.Option(min=1, max=65535, help=_("Port to listen on."))]
Address = Annotated[str, typer.Option(help=_("Address to listen on."))]


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    group = typer.Typer(no_args_is_help=True)
    group.command(help=_("Create or update the portal's tables and columns from portal.yaml."))(build)
    group.command(help=_("Serve the portal for people at this machine; production: docs/operator.md."))(serve)
    group.command(help=_("Look at all old addresses again, from inside the portal; for every night."))(recheck)
    app.add_typer(group, name="cms", help=_("Build the portal's columns; serve it."))
    app.command(help=_("A whole legacy site, served locally, moved end to end."))(demo)


def build(context: typer.Context, *, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Build the portal."""
    project = project_of(context)
    built = portal.build(project, dry_run=dry_run)
    if as_json:
        console.show_json(plain(built))
    else:
        rows = [
            *((_("new"), path) for path in built.created),
            *((_("changed"), path) for path in built.updated),
            *((_("required and empty"), path) for path in built.empty),
            *((_("holds pages of its former type: move or retype them by hand"), path) for path in built.kept),
            *((_("role"), name) for name in built.roles),
        ]
        title = _("Portal: {n} columns unchanged").format(n=built.unchanged)
        console.show_table(title, (_("what"), _("column")), rows)
    console.next_step(
        "shangyi cms build" if dry_run else _("shangyi cms serve, or: {command}").format(command="shangyi status")
    )
    leave(len(built.empty) + len(built.kept))


def serve(context: typer.Context, *, address: Address = "127.0.0.1", port: Port = 8000) -> None:
    """Serve the portal until Ctrl-C."""
    project = project_of(context)
    portal.require_built(project)
    console.say(
        _("Portal: http://{address}:{port}/   admin: /admin/   stop: Ctrl-C").format(address=address, port=port)
    )
    with suppress(KeyboardInterrupt):  # the way to stop it, not an interruption
        portal.serve_forever(address, port)


def demo(context: typer.Context, *, as_json: Json = False) -> None:
    """Move the demo's site end to end."""
    from migrate.pipeline.demo import demo as move_demo

    with console.bars() as bars:
        done = move_demo(project_of(context), bars, shown.harvest_progress(bars))
    keep_run(done.report.acceptance_html.parents[1], "demo", overview.demo_document(done))
    overview.demo(done, as_json=as_json)
    leave(0 if done.account.balanced and not any(check.failed for check in done.checks) else 1)
