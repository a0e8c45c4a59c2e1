"""The commands that move a site: harvest, map, import, rollback, check, report, run."""

from typing import TYPE_CHECKING, Annotated

import typer

from migrate import console, pipeline
from migrate.cli import shown
from migrate.cli.app import DryRun, Json, Site, for_each, keep_run, plain, project_of
from migrate.errors import UsageError
from migrate.i18n import _
from migrate.pipeline import Place

if TYPE_CHECKING:
    from migrate.harvest import HarvestRun
    from migrate.importer import ImportOptions

Resolve = Annotated[
    list[str] | None,
    typer.Option(metavar="HOST=ADDR[:PORT]", help=_("Where a host is reached, for hosts without DNS; may repeat.")),
]
Rate = Annotated[float | None, typer.Option(help=_("Requests a second to one host, instead of the site file's."))]
Limit = Annotated[int | None, typer.Option(min=1, help=_("At most this many."))]
Publish = Annotated[bool, typer.Option("--publish", help=_("Publish what is clean; without it all pages are drafts."))]
Only = Annotated[str, typer.Option(metavar="RULE", help=_("Only what this rule of the mapping took."))]
BaseUrl = Annotated[str, typer.Option(help=_("Ask a portal that runs here, e.g. http://127.0.0.1:8000."))]


def register(app: typer.Typer) -> None:
    """Add this group's commands, in the order of use."""
    app.command(help=_("Fetch an old site into its archive; goes on with an interrupted run."))(harvest)
    app.command("map", help=_("Decide for every old URL what becomes of it."))(map_)
    app.command("import", help=_("Bring the mapped content into the portal."))(import_)
    app.command(help=_("Undo the newest import of a site."))(rollback)
    app.command(help=_("Ask the portal for every old URL; check links and content."))(check)
    app.command(help=_("Write the acceptance report, worklists and the closing notice."))(report)
    app.command(help=_("harvest → map → import → check; stops at the first failure."))(run)


def harvest(
    context: typer.Context,
    site: Site,
    *,
    delta: Annotated[bool, typer.Option("--delta", help=_("Ask again for everything known."))] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help=_("Start a full capture anew."))] = False,
    limit: Limit = None,
    rate: Rate = None,
    resolve: Resolve = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Fetch an old site."""
    from migrate.harvest import HarvestRun

    project = project_of(context)
    run = HarvestRun(limit=limit, rate=rate, resolve=pairs_of(resolve), fresh=fresh, delta=delta)

    def one(site_id: str) -> int:
        where = pipeline.place(project, site_id)
        if dry_run:
            shown.harvest_plan(where, run, as_json=as_json)
            return 0
        return harvest_one(where, run, as_json=as_json)

    for_each(project, site, one)


def harvest_one(where: Place, run: "HarvestRun", *, as_json: bool) -> int:
    """Harvest one site and show it; return the number of findings."""
    with console.bars() as bars:
        summary = pipeline.harvest_site(where, run, shown.harvest_progress(bars))
    keep_run(where.folder, "harvest", summary)
    shown.harvested(where, summary, as_json=as_json)
    return summary.findings


def map_(context: typer.Context, site: Site, *, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Map a site."""
    project = project_of(context)
    for_each(project, site, lambda site_id: map_one(pipeline.place(project, site_id), dry_run=dry_run, as_json=as_json))


def map_one(where: Place, *, dry_run: bool = False, as_json: bool = False) -> int:
    """Map one site and show it; return the number of findings."""
    with console.bars() as bars:
        mapped = pipeline.map_site(where, bars, dry_run=dry_run)
    if not dry_run:
        keep_run(where.folder, "map", mapped)
    shown.mapped(where, mapped, as_json=as_json)
    return sum(mapped.findings.values())


def import_(
    context: typer.Context,
    site: Site,
    *,
    publish: Publish = False,
    only: Only = "",
    limit: Limit = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Import a site."""
    from migrate.importer import ImportOptions

    project = project_of(context)
    options = ImportOptions(publish=publish, only=only, limit=limit or 0)

    def one(site_id: str) -> int:
        where = pipeline.place(project, site_id)
        if only and only not in {rule.name for rule in where.site.rules}:
            raise UsageError(_("The mapping has no rule “{rule}”.").format(rule=only))
        if dry_run:
            shown.import_plan(where, pipeline.plan_import(where, options), as_json=as_json)
            return 0
        return import_one(where, options, as_json=as_json)

    for_each(project, site, one)


def import_one(where: Place, options: "ImportOptions", *, as_json: bool = False) -> int:
    """Import one site and show it; return the number of findings."""
    with console.bars() as bars:
        summary = pipeline.import_site(where, options, bars)
    keep_run(where.folder, "import", summary)
    shown.imported(where, summary, as_json=as_json)
    return summary.findings


def rollback(
    context: typer.Context,
    site: Site,
    receipt: Annotated[int | None, typer.Argument(help=_("Number of the receipt; the newest without it."))] = None,
    *,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Undo an import."""
    project = project_of(context)

    def one(site_id: str) -> int:
        where = pipeline.place(project, site_id)
        undone = pipeline.roll_back(where, receipt, dry_run=dry_run)
        if not dry_run:
            keep_run(where.folder, "rollback", undone)
        shown.rolled_back(where, undone, dry_run=dry_run, as_json=as_json)
        return len(undone.kept)

    for_each(project, site, one)


def check(
    context: typer.Context,
    site: Site,
    *,
    links: Annotated[bool, typer.Option("--links", help=_("Only the links in the site's pages."))] = False,
    redirects: Annotated[bool, typer.Option("--redirects", help=_("Only the old URLs."))] = False,
    content: Annotated[bool, typer.Option("--content", help=_("Only old text against new text."))] = False,
    base_url: BaseUrl = "",
    as_json: Json = False,
) -> None:
    """Check a moved site."""
    project = project_of(context)
    chosen = [name for name, given in (("links", links), ("redirects", redirects), ("content", content)) if given]
    which = ["balance", *(chosen or ["redirects", "links", "content"])]
    for_each(
        project, site, lambda site_id: check_one(pipeline.place(project, site_id), which, base_url, as_json=as_json)
    )


def check_one(where: Place, which: list[str], base_url: str = "", *, as_json: bool = False) -> int:
    """Check one site and show it; return how many checks failed."""
    with console.bars() as bars:
        summaries = pipeline.check_site(where, which, base_url, bars)
    keep_run(where.folder, "check", summaries)
    shown.checked(where, summaries, as_json=as_json)
    return sum(summary.failed for summary in summaries)


def report(context: typer.Context, site: Site, *, as_json: Json = False) -> None:
    """Write the report."""
    project = project_of(context)

    def one(site_id: str) -> int:
        where = pipeline.place(project, site_id)
        files = pipeline.report_site(where)
        shown.reported(where, files, as_json=as_json)
        return 0 if files.may_close else len(files.reasons)

    for_each(project, site, one)


def run(
    context: typer.Context,
    site: Site,
    *,
    publish: Publish = False,
    resolve: Resolve = None,
    rate: Rate = None,
    as_json: Json = False,
) -> None:
    """Run all stages."""
    project = project_of(context)
    for_each(
        project,
        site,
        lambda site_id: run_one(
            pipeline.place(project, site_id), publish=publish, resolve=pairs_of(resolve), rate=rate, as_json=as_json
        ),
    )


def run_one(
    where: Place, *, publish: bool, resolve: dict[str, str], rate: float | None = None, as_json: bool = False
) -> int:
    """Run all stages for one site; return the number of findings of the last. A failing stage raises."""
    from migrate.harvest import HarvestRun
    from migrate.importer import ImportOptions

    done: dict[str, object] = {}
    with console.bars() as bars:
        done["harvest"] = pipeline.harvest_site(
            where, HarvestRun(resolve=resolve, rate=rate), shown.harvest_progress(bars)
        )
        done["map"] = pipeline.map_site(where, bars)
        done["import"] = pipeline.import_site(where, ImportOptions(publish=publish), bars)
        checks = done["check"] = pipeline.check_site(where, ["balance", "redirects", "links", "content"], "", bars)
    keep_run(where.folder, "run", done)
    shown.ran(where, plain(done), checks, as_json=as_json)
    return sum(summary.failed for summary in checks)


def pairs_of(resolve: list[str] | None) -> dict[str, str]:
    """Return HOST=ADDR[:PORT] options as a mapping. Raises UsageError for another shape."""
    pairs = {}
    for text in resolve or []:
        host, mark, address = text.partition("=")
        if not mark or not host or not address:
            raise UsageError(
                _("“{text}” is not HOST=ADDR[:PORT].").format(text=text),
                "--resolve www.dahe.example.gov.cn=127.0.0.1:8000",
            )
        pairs[host.lower()] = address
    return pairs
