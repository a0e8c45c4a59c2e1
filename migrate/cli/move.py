"""The commands that move a site, in the order of use: harvest, map, import, rollback, check, report, run.

Each writes what it did to archives/<site>/runs/; with --dry-run it writes nothing, neither there nor elsewhere.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

import typer
from typer.core import TyperCommand

from migrate import console, pipeline, portal
from migrate.cli import shown
from migrate.cli.app import ALL, DryRun, Json, Result, Site, for_each, keep_run, project_of, sites_of
from migrate.cli.mapping import map_, map_one, require_rule
from migrate.config import Project
from migrate.errors import ConfigError, UsageError
from migrate.i18n import _
from migrate.pipeline import Place

if TYPE_CHECKING:
    from migrate.harvest import HarvestRun
    from migrate.harvest import Outcome as HarvestOutcome
    from migrate.importer import ImportOptions
    from migrate.pipeline.checking import CheckOptions

Resolve = Annotated[
    list[str] | None,
    typer.Option(metavar="HOST=ADDR[:PORT]", help=_("Where a host is reached, for hosts without DNS; may repeat.")),
]
Rate = Annotated[
    float | None, typer.Option(min=0, help=_("Requests a second to one host, instead of the site file's; 0: no limit."))
]
UrlLimit = Annotated[int | None, typer.Option(min=1, help=_("Fetch at most this many URLs."))]
From = Annotated[
    Path | None,
    typer.Option(
        "--from",
        metavar="PATH",
        help=_("Take in WARC or WACZ files, a mirror or a backup of the server instead of asking the old site."),
    ),
]
Seen = Literal["off", "empty", "all"]
Browse = Annotated[
    Seen | None,
    typer.Option("--browser", help=_("See pages with Chromium: those empty without their scripts, or all.")),
]
PageLimit = Annotated[int | None, typer.Option(min=1, help=_("Import at most this many pages."))]
Publish = Annotated[bool, typer.Option("--publish", help=_("Publish what is clean; without it all pages are drafts."))]
Only = Annotated[str, typer.Option(metavar="RULE", help=_("Only what this rule of the mapping took."))]
BaseUrl = Annotated[str, typer.Option(help=_("Ask a portal that runs here, e.g. http://127.0.0.1:8000."))]
Real = Annotated[bool, typer.Option("--real", help=_("Ask every address at its own host, as visitors do."))]
CheckRate = Annotated[
    float | None,
    typer.Option(min=0, help=_("Requests a second to one host; without it the portal as it answers, other sites one.")),
]
External = Annotated[
    bool, typer.Option("--external", help=_("Ask other sites, too: are they there, and what are they?"))
]
Include = Annotated[
    list[str] | None,
    typer.Option(metavar="GLOB", help=_("Check only links to these portal paths or addresses; may repeat.")),
]
Exclude = Annotated[list[str] | None, typer.Option(metavar="GLOB", help=_("Check no links to these; may repeat."))]


def register(app: typer.Typer) -> None:
    """Add this group's commands, in the order of use."""
    app.command(help=_("Fetch an old site into its archive; goes on with an interrupted run."), cls=_Harvest)(harvest)
    app.command("map", help=_("Decide for every old URL what becomes of it."))(map_)
    app.command("import", help=_("Bring the mapped content into the portal."))(import_)
    app.command(help=_("Undo the newest import of a site."))(rollback)
    app.command(help=_("Ask the portal for every old URL; check links and content."))(check)
    app.command(help=_("Write the acceptance report, worklists and the closing notice."))(report)
    app.command(help=_("harvest → map → import → check; stops at the first failure."))(run)


class _Harvest(TyperCommand):
    """`--browser` alone means `--browser empty`; Typer knows no option that may lack its value."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        for place, word in enumerate(args):
            if word == "--browser" and (place + 1 == len(args) or args[place + 1] not in get_args(Seen)):
                args = [*args[:place], "--browser=empty", *args[place + 1 :]]
        return super().parse_args(ctx, args)


def harvest(
    context: typer.Context,
    site: Site,
    *,
    delta: Annotated[bool, typer.Option("--delta", help=_("Ask again for everything known."))] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help=_("Start a full capture anew."))] = False,
    limit: UrlLimit = None,
    rate: Rate = None,
    resolve: Resolve = None,
    source: From = None,
    browser: Browse = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Fetch an old site."""
    from migrate.harvest import HarvestRun

    if delta and fresh:
        raise UsageError(_("--delta and --fresh exclude each other."), _("Give one of them."))
    if source is not None and (delta or resolve or browser or rate is not None):
        raise UsageError(
            _("--from asks nothing of the old site: --delta, --rate, --resolve and --browser do not go with it."),
            _("Leave them out."),
        )
    project = project_of(context)
    run = HarvestRun(
        limit=limit, rate=rate, resolve=pairs_of(resolve), fresh=fresh, delta=delta, browser=browser, source=source
    )
    if site == ALL and not dry_run:
        harvest_all(project, run, as_json=as_json)
        return

    def one(site_id: str) -> Result:
        where = pipeline.place(project, site_id)
        if dry_run and source is not None:
            return shown.source_plan(where, pipeline.plan_source(where, source))
        if dry_run:
            return shown.harvest_plan(where, run, pipeline.status(where, with_portal=False).state)
        return harvest_one(where, run)

    for_each(project, site, one, as_json=as_json)


def harvest_one(where: Place, run: "HarvestRun") -> Result:
    """Harvest one site."""
    with console.bars() as bars:
        summary = pipeline.harvest_site(where, run, shown.harvest_progress(bars))
    keep_run(where.folder, "harvest", summary)
    return shown.harvested(where, summary)


def harvest_all(project: Project, run: "HarvestRun", *, as_json: bool) -> None:
    """Harvest all sites at once; what went wrong with some is said when the others are done."""
    places: dict[str, Place] = {}
    outcomes: dict[str, HarvestOutcome] = {}
    for site_id in sites_of(project, ALL):
        try:
            places[site_id] = pipeline.place(project, site_id)
        except ConfigError as error:
            outcomes[site_id] = error

    with console.site_table(places) as table:

        def ended(site_id: str, outcome: "HarvestOutcome") -> None:
            if not isinstance(outcome, Exception):
                try:
                    keep_run(places[site_id].folder, "harvest", outcome)  # now: Ctrl-C may end the others
                except OSError as error:
                    outcome = error
            outcomes[site_id] = outcome
            word, failed = shown.harvest_ending(outcome)
            table.end(site_id, word, failed=failed)

        pipeline.harvest_all(project, places.values(), run, shown.harvest_table_row(table), ended)

    def one(site_id: str) -> Result:
        outcome = outcomes[site_id]
        if isinstance(outcome, Exception):
            raise outcome
        return shown.harvested_among_others(outcome)

    summaries = [outcome for outcome in outcomes.values() if not isinstance(outcome, Exception)]
    for_each(project, ALL, one, as_json=as_json, summary=lambda: shown.harvested_all(summaries))


def import_(
    context: typer.Context,
    site: Site,
    *,
    publish: Publish = False,
    only: Only = "",
    limit: PageLimit = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Import a site."""
    from migrate.importer import ImportOptions

    project = project_of(context)
    options = ImportOptions(publish=publish, only=only, limit=limit or 0)

    def one(site_id: str) -> Result:
        where = pipeline.place(project, site_id)
        if only:
            require_rule(where, only)
        return plan_import(where, options) if dry_run else import_one(where, options)

    for_each(project, site, one, as_json=as_json)


def plan_import(where: Place, options: "ImportOptions") -> Result:
    """Say what importing one site would do."""
    from migrate.pipeline.ahead import before_import

    ahead = before_import(where, dry_run=True)
    shown.say_ahead(ahead)
    return shown.import_plan(pipeline.plan_import(where, options), ahead)


def import_one(where: Place, options: "ImportOptions") -> Result:
    """Import one site, and say beforehand what is to be seen of that, and when the portal was last backed up."""
    from migrate.pipeline.ahead import before_import
    from migrate.pipeline.backup import last_backup

    ahead = before_import(where)
    shown.say_ahead(ahead)
    console.say(last_backup(where.project).said)
    with console.bars() as bars:
        summary = pipeline.import_site(where, options, bars)
    result = shown.imported(where, summary, ahead, publish=options.publish)
    keep_run(where.folder, "import", result.document)
    return result


def rollback(
    context: typer.Context,
    site: Site,
    receipt: Annotated[
        int | None, typer.Argument(metavar="[RECEIPT]", help=_("Number of the receipt; the newest without it."))
    ] = None,
    *,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Undo an import."""
    project = project_of(context)
    if site == ALL and receipt is not None:
        raise UsageError(_("A receipt belongs to one site."), _("Name the site instead of “all”."))

    def one(site_id: str) -> Result:
        where = pipeline.place(project, site_id)
        undone = pipeline.roll_back(where, receipt, dry_run=dry_run)
        if not dry_run:
            keep_run(where.folder, "rollback", undone)
        return shown.rolled_back(undone, receipt, dry_run=dry_run)

    for_each(project, site, one, as_json=as_json)


def check(
    context: typer.Context,
    site: Site,
    *,
    links: Annotated[bool, typer.Option("--links", help=_("Only the links in the site's pages."))] = False,
    redirects: Annotated[bool, typer.Option("--redirects", help=_("Only the old URLs."))] = False,
    content: Annotated[bool, typer.Option("--content", help=_("Only old text against new text."))] = False,
    base_url: BaseUrl = "",
    real: Real = False,
    resolve: Resolve = None,
    rate: CheckRate = None,
    external: External = False,
    include: Include = None,
    exclude: Exclude = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("Ask and show, but keep nothing."))] = False,
    as_json: Json = False,
) -> None:
    """Check a moved site; the account is always checked."""
    from migrate.pipeline.checking import CheckOptions

    if base_url and not base_url.startswith(("http://", "https://")):
        raise UsageError(_("“{url}” is no web address.").format(url=base_url), "--base-url http://127.0.0.1:8000")
    if base_url and real:
        raise UsageError(_("--base-url and --real exclude each other."), _("Give one of them."))
    project = project_of(context)
    chosen = [name for name, given in (("links", links), ("redirects", redirects), ("content", content)) if given]
    options = CheckOptions(
        which=["balance", *(chosen or ["redirects", "links", "content"])],
        base_url=base_url,
        real=real,
        resolve=pairs_of(resolve),
        rate=rate,
        include=tuple(include or ()),
        exclude=tuple(exclude or ()),
        external=external,
        dry_run=dry_run,
    )
    if site != ALL:  # with “all” each of them is told of in its turn
        for error in pipeline.readable(project)[1]:
            console.say(_("Links to this site's hosts are not recognised: {reason}").format(reason=error.reason))

    def one(site_id: str) -> Result:
        return check_one(pipeline.place(project, site_id), options)

    for_each(project, site, one, as_json=as_json)


def check_one(where: Place, options: "CheckOptions") -> Result:
    """Check one site."""
    with console.bars() as bars:
        run = pipeline.check_site(where, options, bars)
    result = shown.checked(where, run)
    if not options.dry_run:
        keep_run(where.folder, "check", result.document)
    return result


def report(context: typer.Context, site: Site, *, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Write the report; a dry run says what it would conclude."""
    project = project_of(context)

    def one(site_id: str) -> Result:
        where = pipeline.place(project, site_id)
        if dry_run:
            return shown.verdict(where, pipeline.verdict(where))
        files = pipeline.report_site(where)
        keep_run(where.folder, "report", files)
        return shown.reported(where, files)

    for_each(project, site, one, as_json=as_json)


def run(
    context: typer.Context,
    site: Site,
    *,
    publish: Publish = False,
    resolve: Resolve = None,
    rate: Rate = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Run all stages; a dry run says what each would do with what there is now."""
    from migrate.harvest import HarvestRun
    from migrate.importer import ImportOptions

    project = project_of(context)
    harvest_run, options = HarvestRun(resolve=pairs_of(resolve), rate=rate), ImportOptions(publish=publish)

    def one(site_id: str) -> Result:
        where = pipeline.place(project, site_id)
        work = plan_one if dry_run else run_one
        return work(where, harvest_run, options)

    for_each(project, site, one, as_json=as_json)


def run_one(where: Place, harvest_run: "HarvestRun", options: "ImportOptions") -> Result:
    """Run all stages for one site, each as its own command would; a failing stage raises."""
    from migrate.pipeline.checking import CheckOptions

    done = {
        "harvest": harvest_one(where, harvest_run),
        "map": map_one(where),
        "import": import_one(where, options),
        "check": check_one(where, CheckOptions()),
    }
    result = shown.ran(done)
    keep_run(where.folder, "run", result.document)
    return result


def plan_one(where: Place, harvest_run: "HarvestRun", options: "ImportOptions") -> Result:
    """Say what the stages would do; those that need what an earlier one has yet to bring are left out."""
    state = pipeline.status(where, with_portal=False).state
    done = {"harvest": shown.harvest_plan(where, harvest_run, state)}
    if state not in ("new", "interrupted"):
        done["map"] = map_one(where, dry_run=True)
    if state == "mapped" and portal.is_built(where.project):
        done["import"] = plan_import(where, options)
    return shown.run_plan(done)


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
