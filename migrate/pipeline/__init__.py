"""Composes the stages: each function runs one of them for one site and returns what a command shows.

The only place that knows all rooms. Slow rooms are imported inside the functions, so that `--help` stays quick.
"""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from migrate import portal
from migrate.archive.ledger import Ledger
from migrate.config import Project, SiteConfig
from migrate.errors import ConfigError, ShangyiError, UsageError
from migrate.garbage import seldom_collected
from migrate.i18n import _
from migrate.records import Account, Entry, Finding, Level, Record, Resource, Ruled
from migrate.urls import MAX_URL, canonical, host_of

if TYPE_CHECKING:
    from migrate.harvest import HarvestRun, HarvestSummary
    from migrate.harvest import Outcome as HarvestOutcome
    from migrate.harvest import Progress as HarvestProgress
    from migrate.harvest.intake import SourcePlan
    from migrate.importer import ImportOptions, ImportSummary, Planned
    from migrate.mapping.preflight import Preflight
    from migrate.pipeline.checking import CheckOptions, CheckRun
    from migrate.report import ReportContext, ReportFiles

Progress = Callable[[str, int, int], None]
"""(step, done, of): `of` is 0 where nobody knows."""


@dataclass(frozen=True, slots=True)
class Place:
    """One site of a project: its mapping and where its archive lies."""

    project: Project
    site: SiteConfig

    @property
    def id(self) -> str:
        """Return the site's id."""
        return self.site.site.id

    @property
    def folder(self) -> Path:
        """Return archives/<site>/."""
        return self.project.archive_of(self.id)

    @property
    def has_ledger(self) -> bool:
        """Say whether a harvest was ever begun."""
        return (self.folder / "ledger.sqlite").exists()

    def ledger(self) -> Ledger:
        """Open its ledger. Raises UsageError where the site was not harvested, ShangyiError where it can't be read."""
        if not self.has_ledger and any((self.folder / "warc").glob("*.warc.gz")):
            raise ShangyiError(
                _("The ledger of “{site}” is missing.").format(site=self.id),
                _("Restore it from the WARC files: shangyi archive {site} rebuild").format(site=self.id),
            )
        if self.has_ledger:
            ledger = Ledger(self.folder / "ledger.sqlite")
            if ledger.db.execute("SELECT 1 FROM captures LIMIT 1").fetchone() is not None:
                return ledger
            ledger.close()
        raise UsageError(
            _("The site “{site}” is not harvested yet.").format(site=self.id),
            _("Harvest it first: shangyi harvest {site}").format(site=self.id),
        )


def place(project: Project, site_id: str) -> Place:
    """Return one site of the project. Raises UsageError for an unknown id, ConfigError for bad YAML."""
    return Place(project, project.site(site_id))


def now() -> str:
    """Return the time, ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def harvest_site(where: Place, run: "HarvestRun", progress: "Callable[[HarvestProgress], None]") -> "HarvestSummary":
    """Fetch the old site into its archive, or go on with an interrupted capture."""
    from migrate.families import load_families
    from migrate.harvest import run_harvest

    families = load_families(where.project.mappings / "families.yaml")
    return run_harvest(where.site, families, where.folder, run, progress)


def plan_source(where: Place, source: Path) -> "SourcePlan":
    """Return what taking in a source (WARC or WACZ files, a folder) would do; nothing is taken."""
    from migrate.harvest.intake import plan_source as plan

    if not where.has_ledger:
        return plan(where.site, where.folder, source, None)
    with Ledger(where.folder / "ledger.sqlite") as ledger:
        return plan(where.site, where.folder, source, ledger)


def harvest_all(
    project: Project,
    places: Iterable[Place],
    run: "HarvestRun",
    progress: "Callable[[str, HarvestProgress], None]",
    ended: "Callable[[str, HarvestOutcome], None]",
) -> None:
    """Fetch many old sites at once, each at its own pace; tell by site id how each goes on and how it ended."""
    from migrate.families import load_families
    from migrate.harvest import SiteJob, run_many

    families = load_families(project.mappings / "families.yaml")
    run_many([SiteJob(where.site, where.folder) for where in places], families, run, progress, ended)


@dataclass(frozen=True, slots=True)
class Taken:
    """One old URL that a rule took."""

    url: str
    """Canonical."""
    outcome: str
    target: str
    title: str


@dataclass(frozen=True, slots=True)
class Mapped:
    """What `map` did: pages read anew and kept, entries by outcome and by rule, findings by level."""

    read: int
    kept: int
    entries: int
    outcomes: dict[str, int]
    rules: dict[str, int]
    shadowed: dict[str, dict[str, int]]
    """Rule that took nothing → the rules above it that took what it fits."""
    preflight: "Preflight"
    findings: dict[str, int]
    changed: dict[str, int] = field(default_factory=dict)
    """Entries `added`, `removed`, `changed` against the mapping before, where that was asked."""
    taken: tuple[Taken, ...] = ()
    """What one rule took, where that was asked."""


def map_site(where: Place, progress: Progress, *, dry_run: bool = False) -> Mapped:
    """Read what is new or changed, then decide for every URL found. A dry run works on a copy of the ledger."""
    from migrate.pipeline.mapping import run_map

    return run_map(where, progress, dry_run=dry_run)


@contextmanager
def ledger_or_copy(opened: Ledger, *, dry_run: bool) -> Iterator[Ledger]:
    """Yield the ledger; for a dry run a copy of it, which is thrown away."""
    with opened:
        if not dry_run:
            yield opened
            return
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / opened.path.parent.name / opened.path.name
            with Ledger(copy, create=True) as scratch:
                opened.db.backup(scratch.db)
                yield scratch


def levels(ledger: Ledger, *stages: str) -> dict[str, int]:
    """Return how many findings the stages left, by level."""
    counts = Counter(finding.level.value for stage in stages for _stage, finding in ledger.findings(stage))
    return {level.value: counts[level] for level in Level}


def import_site(where: Place, options: "ImportOptions", progress: Progress) -> "ImportSummary":
    """Bring the entries into the portal. Raises ShangyiError where the site is not mapped or the portal not built."""
    from migrate.importer import Plan, import_entries

    with mapped_ledger(where) as ledger, seldom_collected():
        portal.require_built(where.project)
        hosts = old_hosts(where.project)
        with portal.open_intake(where.site, where.project.portal(), publish=options.publish, hosts=hosts) as intake:
            plan = Plan(ledger, intake.known(), intake.decisions(), options)
            return import_entries(plan, where.folder, intake, progress)


def plan_import(where: Place, options: "ImportOptions") -> "list[Planned]":
    """Return each page and file with what an import would do now; nothing is written."""
    from migrate.importer import Plan, rehearse

    with mapped_ledger(where) as ledger, seldom_collected():
        portal.require_built(where.project)
        hosts = old_hosts(where.project)
        ahead = portal.rehearsal(where.site, where.project.portal(), hosts=hosts)
        return list(rehearse(Plan(ledger, ahead.known(), ahead.decisions(), options), where.folder, ahead))


def mapped_ledger(where: Place) -> Ledger:
    """Open the site's ledger. Raises UsageError where the site is not harvested or not mapped yet."""
    ledger = where.ledger()
    if not _is_mapped(ledger):
        ledger.close()
        raise UsageError(
            _("The site “{site}” is not mapped yet.").format(site=where.id),
            _("Map it first: shangyi map {site}").format(site=where.id),
        )
    return ledger


def _is_mapped(ledger: Ledger) -> bool:
    return ledger.db.execute("SELECT 1 FROM entries LIMIT 1").fetchone() is not None


def roll_back(where: Place, receipt: int | None, *, dry_run: bool) -> portal.RolledBack:
    """Undo the site's newest import that stands."""
    portal.require_built(where.project)
    return portal.roll_back(where.id, receipt, dry_run=dry_run)


def check_site(where: Place, options: "CheckOptions", progress: Progress) -> "CheckRun":
    """Ask the portal for every old URL and check what it answers."""
    from migrate.pipeline.checking import run_check

    return run_check(where, options, progress)


def old_hosts(project: Project) -> frozenset[str]:
    """Return the host names of all sites of the project whose file can be read."""
    hosts: set[str] = set()
    for where in readable(project)[0]:
        rules = where.site.url_rules
        hosts |= {rules.host, *rules.aliases}
    return frozenset(hosts)


def readable(project: Project) -> tuple[list[Place], list[ConfigError]]:
    """Return the sites of the project, and what is wrong with the files of the others: one must not stop the rest."""
    places, errors = [], []
    for site_id in project.site_ids():
        try:
            places.append(place(project, site_id))
        except ConfigError as error:
            errors.append(error)
    return places, errors


def report_site(where: Place) -> "ReportFiles":
    """Write acceptance report, worklists, redirect map and closing notice into archives/<site>/report/."""
    from migrate.report import write_report

    with mapped_ledger(where) as ledger:
        portal.require_built(where.project)
        return write_report(_report_context(where, ledger))


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a site may be closed, as a report would say it now. Reasons are in Chinese, as in the documents."""

    may_close: bool
    reasons: tuple[str, ...]
    earliest_closing: date


def verdict(where: Place) -> Verdict:
    """Return what a report would conclude; nothing is written."""
    from migrate.report.figures import figures, reasons_against

    with mapped_ledger(where) as ledger:
        portal.require_built(where.project)
        context = _report_context(where, ledger)
        reasons = reasons_against(context, figures(context))
        return Verdict(not reasons, reasons, context.earliest_closing)


def _report_context(where: Place, ledger: Ledger) -> "ReportContext":
    from migrate.check.runner import check_summaries
    from migrate.importer.plan import Overlay
    from migrate.report import ReportContext

    identity = where.project.portal().portal
    new_urls = portal.new_urls(where.id)
    _known, decisions = portal.what_is_known(where.id)
    return ReportContext(
        ledger=ledger,
        folder=where.folder / "report",
        site=where.site,
        portal=identity,
        channel_url=f"http://{identity.host}{where.site.site.channel}",
        account=account_of(where, ledger, decisions),
        checks=check_summaries(ledger),
        generated_at=datetime.now(UTC),
        drafts=portal.drafts(where.id),
        new_url=lambda key: new_urls.get(key, ""),
        decided=Overlay(ledger, decisions),
    )


def account_of(where: Place, ledger: Ledger, decisions: Mapping[str, Ruled]) -> Account:
    """Return the site's account, with what people ruled in the portal laid over the rules."""
    from migrate.check.balance import account
    from migrate.importer.plan import ruled_outcomes

    return account(ledger, where.site.url_rules, ruled_outcomes(ledger, decisions))


@dataclass(frozen=True, slots=True)
class Status:
    """Where a site stands: its state, its account and the findings of each level."""

    site: str
    name: str
    state: str
    """The last stage that is done: new, interrupted (a harvest), harvested, mapped, imported or checked."""
    account: Account
    findings: dict[str, int] = field(default_factory=dict)


NEVER_FOUND = Account(0, 0, 0, 0, 0, 0, 0, balanced=False)
"""The account of a site that was not harvested yet."""


def status(where: Place, *, with_portal: bool) -> Status:
    """Return where one site stands; works at any stage, and before there is a portal (`with_portal` false)."""
    name = where.site.site.name
    if not where.has_ledger:
        return Status(where.id, name, "new", NEVER_FOUND)
    known, decisions = portal.what_is_known(where.id) if with_portal else ({}, {})
    with Ledger(where.folder / "ledger.sqlite") as ledger:
        found = account_of(where, ledger, decisions)
        findings = Counter(finding.level.value for _stage, finding in ledger.findings())
        return Status(where.id, name, _state(ledger, imported=bool(known)), found, dict(findings))


def _state(ledger: Ledger, *, imported: bool) -> str:
    captures = {row[0] for row in ledger.db.execute("SELECT state FROM captures")}
    if "running" in captures or "finished" not in captures:
        return "interrupted" if captures else "new"
    if not _is_mapped(ledger):
        return "harvested"
    if not imported:
        return "mapped"
    from migrate.check.runner import CHECKS, check_summaries

    return "checked" if len(check_summaries(ledger)) == len(CHECKS) else "imported"


@dataclass(frozen=True, slots=True)
class Life:
    """One old URL's whole life, from bytes to the result of its checks."""

    site: str
    key: str
    captures: tuple[Resource, ...]
    record: Record | None
    entry: Entry | None
    portal: portal.OldUrlLife | None
    checks: tuple[tuple[str, bool, str, str], ...]
    findings: tuple[tuple[str, Finding], ...]


def show(project: Project, url: str) -> Life:
    """Return one old URL's life. Raises UsageError where no site of the project has its host."""
    where = site_of(project, url)
    rules = where.site.url_rules
    try:
        key = canonical(url, rules)
    except ValueError as error:
        raise UsageError(
            _("“{url}” is no web address.").format(url=url[:80]),
            _("It has more than {n} characters.").format(n=MAX_URL),
        ) from error
    with where.ledger() as ledger:
        spellings = [cautious for cautious, _url in ledger.found() if canonical(cautious, rules) == key]
        captures = [found for cautious in spellings if (found := ledger.resource(cautious))]
        captures.sort(key=lambda resource: (not resource.ok, resource.key))
        record = next(filter(None, (ledger.record(resource.key) for resource in captures)), None)
        entry = ledger.entry(key)
        findings = [item for name in dict.fromkeys([key, *spellings]) for item in ledger.findings(url=name)]
        checks = tuple(ledger.checks(key))
    return Life(where.id, key, tuple(captures), record, entry, _portal_life(where, key), checks, tuple(findings))


def site_of(project: Project, url: str) -> Place:
    """Return the site that an old URL belongs to. Raises UsageError where none has its host, ConfigError if unsure."""
    places, errors = readable(project)
    for where in places:
        if where.site.url_rules.owns(host_of(url)):
            return where
    if errors:
        raise errors[0]
    raise UsageError(
        _("No site of this project has the host of “{url}”.").format(url=url),
        _("Write the whole address, with http://. Sites: {sites}").format(sites=", ".join(project.site_ids()) or "—"),
    )


def _portal_life(where: Place, key: str) -> portal.OldUrlLife | None:
    if not portal.is_built(where.project):
        return None
    return portal.life(where.id, key)
