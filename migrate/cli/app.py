"""The application object and what all commands share: the project folder, `--json`, the record of each run."""

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from migrate import __version__, console
from migrate.config import Project, find_project
from migrate.errors import ExitCode, ShangyiError
from migrate.i18n import _

app = typer.Typer(
    name="shangyi",
    help=_("Closes small government websites without losing anything: harvest, map, import, check."),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    add_completion=True,
)

ALL = "all"

Site = Annotated[str, typer.Argument(help=_("Id of a site (its file in mappings/sites/), or “all”."))]
DryRun = Annotated[bool, typer.Option("--dry-run", help=_("Show what would be done; write nothing."))]
Json = Annotated[bool, typer.Option("--json", help=_("Print one JSON document on stdout and nothing else."))]


def _version(value: bool) -> None:
    if value:
        typer.echo(f"shangyi {__version__}")
        raise typer.Exit


@app.callback()
def main(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Option("-C", "--project", help=_("Project folder (holds mappings/portal.yaml)."))
    ] = Path(),
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help=_("Print the version."))
    ] = False,
) -> None:
    """Keep the project folder for the command."""
    context.obj = folder


def project_of(context: typer.Context) -> Project:
    """Return the project of -C, or the one above the working directory. Raises ShangyiError."""
    return find_project(context.obj or Path())


def sites_of(project: Project, site: str) -> list[str]:
    """Return the ids that a SITE argument means. Raises UsageError for an unknown one."""
    if site == ALL:
        return project.site_ids()
    project.site(site)
    return [site]


def for_each(project: Project, site: str, work: Callable[[str], int]) -> None:
    """Run `work` (it returns how many findings it left) for a site or for all. One failing site stops no other."""
    findings, failed = 0, 0
    for site_id in sites_of(project, site):
        try:
            findings += work(site_id)
        except ShangyiError as error:
            if site != ALL:
                raise
            failed += 1
            console.show_error(ShangyiError(f"{site_id}: {error.reason}", error.hint))
    if failed:
        raise typer.Exit(ExitCode.ENVIRONMENT)
    leave(findings)


def leave(findings: int) -> None:
    """End the command: exit code 1 where there are findings."""
    if findings:
        raise typer.Exit(ExitCode.FINDINGS)


def plain(value: Any) -> Any:
    """Return dataclasses, enums, paths and times as JSON-able data."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    if isinstance(value, Iterable):
        return [plain(item) for item in value]
    return str(value)


def keep_run(folder: Path, command: str, document: Any) -> None:
    """Write what a command did to archives/<site>/runs/: the same document that --json prints."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    runs = folder / "runs"
    runs.mkdir(parents=True, exist_ok=True)
    text = json.dumps(plain(document), ensure_ascii=False, indent=2, sort_keys=True)
    (runs / f"{stamp}-{command}.json").write_text(text + "\n", encoding="utf-8")
