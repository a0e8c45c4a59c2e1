"""Reposted notices: one round or a standing watch, where deadlines stand, one notice by hand, the report of a month."""

import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from migrate import console
from migrate.cli.app import DryRun, Json, as_told, keep_run, leave, plain, project_of
from migrate.cli.move import Rate, Resolve, pairs_of
from migrate.cli.shown import level_names
from migrate.config import Project
from migrate.config.sites import POLICY_SITE
from migrate.errors import UsageError
from migrate.i18n import _
from migrate.records import Finding

if TYPE_CHECKING:
    from migrate.notices import Standing
    from migrate.pipeline.policy import Synced, SyncRun

_SHOWN = 20
"""Findings that are shown; --json has them all."""
_LONGEST_REST = 3600.0
_SHORTEST_REST = 5.0
_MONTH = "%Y-%m"

policy = typer.Typer(help=_("Watch State Council notices and repost them in time."), no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.add_typer(policy, name="policy")


@policy.command(help=_("Ask the sources of notices, repost what is new, ask again for what was reposted."))
def sync(
    context: typer.Context,
    *,
    watch: Annotated[
        bool, typer.Option("--watch", help=_("Stay and ask each source by its interval, until Ctrl-C."))
    ] = False,
    resolve: Resolve = None,
    rate: Rate = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Make one round, or one after the other."""
    from migrate.pipeline.policy import SyncRun, rehearse
    from migrate.pipeline.policy import sync as one_round

    if watch and (dry_run or as_json):
        raise UsageError(_("--watch never ends: --dry-run and --json do not go with it."), _("Leave them out."))
    project = project_of(context)
    run = SyncRun(resolve=pairs_of(resolve), rate=rate)
    if watch:
        _watch(project, run)
        return
    with console.bars() as bars:
        done = (rehearse if dry_run else one_round)(project, run, bars)
    if done.eventful and not dry_run:
        keep_run(project.archive_of(POLICY_SITE), "policy-sync", done)
    if as_json:
        console.show_json(plain(done))
    else:
        _show_synced(done, dry_run=dry_run)
    if done.state == "busy":
        console.next_step(_("wait until the other sync is done: {command}").format(command="shangyi policy status"))
        return
    console.next_step("shangyi policy sync" if dry_run else "shangyi policy status")
    leave(len(done.findings))


def _show_synced(done: "Synced", *, dry_run: bool) -> None:
    if done.state == "busy":
        _show_findings(done.findings)
        return
    rows = (
        (_("lists asked"), done.lists),
        (_("of these as before"), done.unchanged),
        (_("lines"), done.lines),
        (_("new notices"), done.new),
        (_("reposted now"), done.reposted),
        (_("still without a page"), done.waiting),
        (_("corrected at the source"), done.corrected),
        (_("withdrawn at the source"), done.withdrawn),
        (_("moved at the source"), done.moved),
        (_("findings"), len(done.findings)),
    )
    title = _("What a sync would find") if dry_run else _("Notices")
    console.show_table(title, (_("what"), _("number")), rows[:4] if dry_run else rows)
    _show_findings(done.findings)


def _show_findings(findings: tuple[Finding, ...] | list[Finding]) -> None:
    if findings:
        words = level_names()
        found = [(words[f.level], f.url, f.message) for f in findings[:_SHOWN]]
        console.show_table("", (_("level"), _("URL"), _("message")), found)
    if len(findings) > _SHOWN:
        console.say(_("… and {n} more; --json lists them all.").format(n=len(findings) - _SHOWN))


def _watch(project: Project, run: "SyncRun") -> None:
    """Make rounds until Ctrl-C or SIGTERM; what goes wrong in one is said, and the next is made all the same."""
    from migrate.pipeline.policy import next_due

    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    console.say(_("Watching. Ctrl-C ends it after the round that runs."))
    try:
        while not stop.is_set():
            _one_of_many(project, replace(run, due_only=True))
            rest = _rest(lambda: next_due(project, datetime.now(UTC)))
            stop.wait(rest)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    console.next_step("shangyi policy status")


def _one_of_many(project: Project, run: "SyncRun") -> None:
    from migrate.pipeline.policy import sync as one_round

    moment = datetime.now().astimezone().strftime("%H:%M:%S")
    try:
        done = one_round(project, run, lambda _step, _done, _of: None)
    except Exception as error:
        told = as_told(error)
        if told is None:
            raise
        console.show_error(told)
        return
    if done.eventful:
        keep_run(project.archive_of(POLICY_SITE), "policy-sync", done)
    console.say(
        _("{time} lists {lists}, new {new}, reposted {reposted}, waiting {waiting}, findings {findings}").format(
            time=moment, lists=done.lists, new=done.new, reposted=done.reposted, waiting=done.waiting,
            findings=len(done.findings),
        )
    )  # fmt: skip
    for finding in done.findings[:_SHOWN]:
        console.say(f"  {finding.url} {finding.message}")


def _rest(due: Callable[[], datetime]) -> float:
    """Return the seconds until the next round; a configuration that just broke is looked at again soon."""
    try:
        seconds = (due() - datetime.now(UTC)).total_seconds()
    except Exception as error:
        if as_told(error) is None:
            raise
        return 60.0
    return min(max(seconds, _SHORTEST_REST), _LONGEST_REST)


@policy.command(help=_("Which notices are due soon or late, and what is wrong with the sources."))
def status(
    context: typer.Context,
    *,
    within: Annotated[float, typer.Option(min=0, metavar="HOURS", help=_("Due within so many hours."))] = 24.0,
    as_json: Json = False,
) -> None:
    """Show where deadlines stand."""
    from migrate.pipeline.policy import standing

    now = datetime.now(UTC)
    found, findings = standing(project_of(context), timedelta(hours=within), now=now)
    late = [one for one in found if one.overdue(now)]
    if as_json:
        rows = [plain(one) | {"overdue": one.overdue(now)} for one in found]
        console.show_json({"notices": rows, "findings": plain(findings)})
    else:
        _show_standing(found, now)
        _show_findings(findings)
    console.next_step(
        _("repost what is red in the portal's admin, then: {command}").format(command="shangyi policy report")
        if late
        else "shangyi policy sync"
    )
    leave(len(late) + len(findings))


def _show_standing(found: "list[Standing]", now: datetime) -> None:
    from migrate.policy.watch import beijing

    states = state_names()
    rows = [
        (
            one.title,
            one.source,
            states[one.state.value],
            beijing(one.published.latest),
            beijing(one.due),
            _("late") if one.overdue(now) else "",
        )
        for one in found
    ]
    heads = (_("notice"), _("source"), _("state"), _("published"), _("due"), "")
    console.show_table(_("Notices that are due"), heads, rows)


def state_names() -> dict[str, str]:
    """Return a notice's state → its word for people."""
    return {
        "new": _("new"),
        "drafted": _("drafted"),
        "in-review": _("in review"),
        "in-time": _("published in time"),
        "late": _("published late"),
        "missed": _("missed"),
        "waived": _("need not be reposted"),
    }


@policy.command(help=_("Make a draft of one notice: the address of its original."))
def repost(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help=_("Address of the original, on a source's host."))],
    *,
    resolve: Resolve = None,
    as_json: Json = False,
) -> None:
    """Repost one notice by hand."""
    from migrate.pipeline.policy import repost as by_hand

    project = project_of(context)
    key, findings = by_hand(project, url, resolve=pairs_of(resolve))
    document = {"key": key, "findings": plain(findings)}
    keep_run(project.archive_of(POLICY_SITE), "policy-repost", document)
    if as_json:
        console.show_json(document)
    else:
        console.tell(key)
        _show_findings(findings)
    console.next_step(_("look at the draft in the portal's admin and publish it there"))
    leave(len(findings))


@policy.command(help=_("Write the report of a month: what was reposted in time, late, or missed."))
def report(
    context: typer.Context,
    month: Annotated[str, typer.Argument(metavar="[MONTH]", help=_("YYYY-MM; without it the last month."))] = "",
    *,
    as_json: Json = False,
) -> None:
    """Write the proof of a month."""
    from migrate.pipeline.policy import month_report

    paths = month_report(project_of(context), month or _last_month())
    if as_json:
        console.show_json(plain(paths))
    else:
        console.show_table(_("Report on reposts"), (_("file"),), [(paths.html,), (paths.xlsx,)])
    console.next_step(_("hand it to who supervises the portal"))


def _last_month() -> str:
    from migrate.http.hours import BEIJING

    return (datetime.now(BEIJING).replace(day=1) - timedelta(days=1)).strftime(_MONTH)
