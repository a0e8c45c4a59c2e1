"""The application object and what all commands share: the project folder, `--json`, the record of each run."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from migrate import __version__, console
from migrate.config import Project, find_project
from migrate.config.sites import POLICY_SITE
from migrate.errors import ExitCode, ShangyiError, UsageError, database_error, file_hint
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

Site = Annotated[str, typer.Argument(metavar="SITE", help=_("Id of a site (its file in mappings/sites/), or “all”."))]
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
    folder: Path = context.obj or Path()
    if not folder.is_dir():  # looking above a folder that is not there would find another project
        raise UsageError(_("There is no folder “{folder}”.").format(folder=folder), _("Look at the path after -C."))
    return find_project(folder.resolve())


def project_if_any(context: typer.Context) -> Project | None:
    """Return the project of -C, or the one above the working directory, or None where neither is there.

    For commands that can do without one. Raises ShangyiError where -C names a folder without a project.
    """
    if context.obj and context.obj != Path():
        return project_of(context)
    try:
        return find_project(Path.cwd())
    except ShangyiError:
        return None


def sites_of(project: Project, site: str, *, notices: bool = False) -> list[str]:
    """Return the ids that a SITE argument means; `policy` only where `notices` may be meant.

    Raises UsageError for an unknown one, or for none at all.
    """
    if site == POLICY_SITE and site not in project.site_ids():
        if notices:
            return [site]
        hint = _("Reposted notices have commands of their own: shangyi policy sync")
        raise UsageError(_("“policy” is no old site."), hint)
    if site == ALL:
        found = project.site_ids()
        if not found:
            hint = _("Write one: docs/mapping.md says how.")
            raise UsageError(_("There is no site yet in {folder}.").format(folder=project.mappings / "sites"), hint)
        return found
    if site not in project.site_ids():
        project.site(site)  # raises, and names the nearest right word
    return [site]


@dataclass(frozen=True, slots=True)
class Result:
    """What a command did for one site, and how to show it."""

    document: Any
    """What --json prints and runs/ keeps."""
    table: Callable[[], None]
    step: str
    """What to do next; `{site}` stands for the site."""
    findings: int = 0


def for_each(
    project: Project,
    site: str,
    work: Callable[[str], Result],
    *,
    as_json: bool,
    summary: Callable[[], None] | None = None,
    notices: bool = False,
) -> None:
    """Run `work` for a site, or for all: there one failing site stops no other, and the document is site → document.

    With a `summary` (one table of all sites) the document has that shape for one site, too. `notices`: as `sites_of`.
    """
    documents: dict[str, Any] = {}
    results: list[tuple[str, Result]] = []
    failures: dict[str, ShangyiError] = {}
    for site_id in sites_of(project, site, notices=notices):
        try:
            result = work(site_id)
        except Exception as error:
            told = as_told(error)
            if site != ALL or told is None:
                raise
            failures[site_id] = told
            documents[site_id] = {"error": told.reason, "hint": told.hint}
            console.show_error(ShangyiError(f"{site_id}: {told.reason}", told.hint))
            continue
        results.append((site_id, result))
        documents[site_id] = plain(result.document)
        if not as_json:
            result.table()
    if as_json:
        console.show_json(documents if site == ALL or summary else documents[site])
    elif summary:
        summary()
    _end(site, results, failures)


def _end(site: str, results: list[tuple[str, Result]], failures: dict[str, ShangyiError]) -> None:
    if failures:
        said = _("Failed with {n} of {all} sites: {sites}")
        console.say(said.format(n=len(failures), all=len(results) + len(failures), sites=", ".join(failures)))
        for site_id, failure in failures.items():
            console.say_error(site_id, failure)
        console.next_step(_("mend what is said above, then give the same command again"))
        raise typer.Exit(max(failure.exit_code for failure in failures.values()))
    first, result = results[0]
    together = len(results) > 1 and all(other.step == result.step for _id, other in results)
    console.next_step(result.step.replace("{site}", site if together else first))
    leave(sum(result.findings for _id, result in results))


def as_told(error: Exception) -> ShangyiError | None:
    """Return what a clerk is told of an error; None for a fault of this program."""
    if isinstance(error, ShangyiError):
        return error
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        hint = _("Is the disk full, or the folder read-only? What was done so far is kept.")
        return ShangyiError(f"{where}{error.strerror}", file_hint(error) or hint)
    module = type(error).__module__.partition(".")[0]
    if module in ("sqlite3", "psycopg") or type(error).__module__ == "django.db.utils":
        return database_error(error)
    return None


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
    (runs / f"{stamp}-{command}.json").write_text(console.as_json(plain(document)), encoding="utf-8", newline="\n")
