"""How each stage's result looks: tables for people, the document for --json and runs/, and what to do next."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from migrate import console, portal
from migrate.cli.app import Result, plain
from migrate.i18n import _
from migrate.records import CheckSummary, Level, Outcome, Problem

if TYPE_CHECKING:
    from migrate.harvest import HarvestRun, HarvestSummary
    from migrate.harvest import Outcome as HarvestOutcome
    from migrate.harvest import Progress as HarvestProgress
    from migrate.harvest.intake import SourcePlan
    from migrate.importer import ImportSummary, Planned
    from migrate.mapping.preflight import Preflight
    from migrate.pipeline import Place, Verdict
    from migrate.pipeline.checking import CheckRun
    from migrate.report import ReportFiles

_SAMPLE = 20
"""Rows of a plan that are shown; --json has them all."""


def outcome_names() -> dict[str, str]:
    """Return outcome → its word for people (design §2)."""
    return {
        Outcome.MOVE: _("moved"),
        Outcome.REDIRECT: _("redirected"),
        Outcome.ARCHIVE: _("archived"),
        Outcome.GONE: _("gone"),
        Outcome.UNDECIDED: _("undecided"),
        Outcome.FAILED: _("failed"),
    }


def level_names() -> dict[str, str]:
    """Return a finding's level → its word for people."""
    return {Level.ERROR: _("error"), Level.WARNING: _("warning"), Level.NOTE: _("note")}


def harvest_progress(bars: console.Bars) -> "Callable[[HarvestProgress], None]":
    """Return a callback that shows a running harvest as a bar: URLs done of URLs known."""
    told = None

    def show(progress: "HarvestProgress") -> None:
        nonlocal told
        if progress.closed_until and progress.closed_until != told:
            when = f"{progress.closed_until:%Y-%m-%d %H:%M}"
            text = _("Outside the allowed hours: goes on at {time}, Beijing time. Ctrl-C loses nothing.")
            console.say(text.format(time=when))
        told = progress.closed_until
        done = progress.fetched + progress.failed
        bars(_("harvest"), done, done + progress.queued)

    return show


def _pairs(title: str, values: Mapping[str, object]) -> None:
    console.show_table(title, (_("what"), _("number")), values.items())


def harvest_plan(where: "Place", run: "HarvestRun", state: str) -> Result:
    """Show what a harvest would ask for; `state` is where the site stands."""
    site = where.site
    hosts, capture = sorted({site.url_rules.host, *site.url_rules.aliases}), _next_capture(run, state)
    document = {
        "site": where.id,
        "url": site.site.url,
        "hosts": hosts,
        "capture": capture,
        "rate": run.rate if run.rate is not None else site.harvest.rate,
        "limit": run.limit or site.harvest.limit,
        "hours": site.harvest.hours,
        "robots": site.harvest.robots,
        "tls": site.harvest.tls,
        "browser": run.browser or site.harvest.browser,
        "exclude": list(site.harvest.exclude),
        "archive": str(where.folder),
    }
    captures = {
        "full": _("all pages, from the home page on"),
        "resume": _("go on with the one that was interrupted"),
        "delta": _("only what is known, asked again"),
        "retry": _("only what failed or was left out last time"),
    }
    browsed = {
        "off": _("no page"),
        "empty": _("pages that are empty without their scripts"),
        "all": _("all pages"),
    }
    rows = (
        (_("home page"), site.site.url),
        (_("hosts"), ", ".join(hosts)),
        (_("capture"), captures[capture]),
        (_("requests a second"), document["rate"]),
        (_("allowed hours"), site.harvest.hours or _("always")),
        (_("most URLs"), document["limit"]),
        (_("robots.txt"), _("waived") if site.harvest.robots == "waived" else _("obeyed")),
        (_("seen with Chromium"), browsed[run.browser or site.harvest.browser]),
        (_("never asked for"), ", ".join(site.harvest.exclude)),
        (_("archive"), document["archive"]),
    )
    title = _("What a harvest of {site} would do").format(site=where.id)
    return Result(document, lambda: console.show_table(title, (_("what"), _("value")), rows), "shangyi harvest {site}")


def source_plan(where: "Place", plan: "SourcePlan") -> Result:
    """Show what taking in a source would do."""
    kinds = {
        "warc": _("WARC or WACZ files"),
        "httrack": _("a mirror made by HTTrack"),
        "folder": _("a folder of the site's files"),
    }
    rows = (
        (_("source"), plan.source),
        (_("what it is"), kinds[plan.kind]),
        (_("answers of this site"), plan.answers),
        (_("of these better than what there is"), plan.new),
        (_("answers of other sites"), plan.foreign),
        *((_("left out: {reason}").format(reason=reason), number) for reason, number in plan.left_out.items()),
    )
    title = _("What {site} would take in").format(site=where.id)
    step = f"shangyi harvest {{site}} --from {plan.source}" if plan.new else "shangyi map {site}"
    return Result(plan, lambda: console.show_table(title, (_("what"), _("value")), rows), step)


def _next_capture(run: "HarvestRun", state: str) -> str:
    if run.fresh or state == "new":
        return "full"
    if state == "interrupted":
        return "resume"
    return "delta" if run.delta else "retry"


def harvested(where: "Place", summary: "HarvestSummary") -> Result:
    """Show what a harvest did; a delta against what was known before."""
    answers = {_("answers {status}").format(status=status): number for status, number in summary.statuses.items()}
    changes = {
        _("new"): summary.new,
        _("changed"): summary.changed,
        _("gone from the old site; kept here"): summary.gone,
        _("as before"): summary.unchanged,
    }
    rows = {
        _("URLs known") if summary.kind == "full" else _("URLs asked for"): summary.found,
        _("answers archived now"): summary.fetched_now,
        **(answers if summary.kind == "full" else changes),
        _("failed, to be tried again"): summary.failed,
        **{_("skipped: {reason}").format(reason=reason): number for reason, number in summary.skipped.items()},
        _("bytes"): summary.bytes,
        _("findings"): summary.findings,
    }
    states = {"finished": _("finished"), "unchanged": _("nothing was left to do")}
    title = _("Harvest of {site}, capture {capture}: {state}").format(
        site=where.id, capture=summary.capture, state=states.get(summary.state, summary.state)
    )

    def table() -> None:
        _pairs(title, rows)
        if summary.unreliable:
            reason = doubt_names()[summary.unreliable]
            console.tell(_("Nothing is concluded to be gone: {reason}.").format(reason=reason))

    return Result(summary, table, _after_harvest(summary), summary.findings)


def _after_harvest(summary: "HarvestSummary") -> str:
    return "shangyi harvest {site}" if summary.unreliable else "shangyi map {site}"


def harvest_table_row(table: console.SiteTable) -> "Callable[[str, HarvestProgress], None]":
    """Return a callback that shows one of many running harvests as a row."""

    def show(site: str, progress: "HarvestProgress") -> None:
        if progress.closed_until:
            table.wait(site, _("waits until {time}").format(time=f"{progress.closed_until:%H:%M}"))
        else:
            table.move(site, progress.fetched, progress.queued, progress.failed, progress.bytes)

    return show


def harvest_ending(outcome: "HarvestOutcome") -> tuple[str, bool]:
    """Return how one of many harvests ended, in a word, and whether that was a failure."""
    if isinstance(outcome, Exception):
        return _("stopped"), True
    return (_("finished") if outcome.state == "finished" else _("nothing was left to do")), False


def harvested_among_others(summary: "HarvestSummary") -> Result:
    """Show nothing of one of many harvests: the table of all is `harvested_all`."""
    return Result(summary, lambda: None, _after_harvest(summary), summary.findings)


def harvested_all(summaries: Iterable["HarvestSummary"]) -> None:
    """Print what harvests of many sites did, a row each. Fits 80 columns."""
    heads = (
        _("site"), _("URLs"), _("new"), _("changed"), _("gone"), _("as before"), _("failed"), "MB", _("findings"),
    )  # fmt: skip
    rows = [
        (s.site + (" *" if s.unreliable else ""), s.found, s.new, s.changed, s.gone, s.unchanged, s.failed,
         round(s.bytes / 1_000_000), s.findings)
        for s in sorted(summaries, key=lambda summary: summary.site)
    ]  # fmt: skip
    console.show_table(_("Harvest of {n} sites").format(n=len(rows)), heads, rows, narrow=True)
    if any("*" in row[0] for row in rows):
        console.say(_("* Nothing is concluded to be gone: harvest this site again, or look what is wrong with it."))


def doubt_names() -> dict[str, str]:
    """Return why a capture is not relied on → words for people."""
    return {
        "home": _("the home page failed"),
        "answers": _("fewer than four fifths of the known pages answered"),
        "replaced": _("one text stands in the place of the home page or of most pages"),
        "missing": _("fewer than half of the known pages are still there"),
    }


_ACTIONS = ("create", "merge", "update", "unchanged", "unpublish", "partly", "edited", "refused", "failed")
_WRITE = ("create", "merge", "update", "unpublish", "partly")
"""Those with which something is written."""


_MANY = ("preflight.empty-column", "preflight.stale-column", "preflight.same-title")
"""Findings of which the table says the same, or of which there may be many."""


def say_ahead(ahead: "Preflight", say: Callable[[str], None] = console.say) -> None:
    """Say what looking ahead found; without `say` on stderr."""
    counts = Counter(finding.check for finding in ahead.findings if finding.check in _MANY)
    for finding in ahead.findings:
        if finding.check not in _MANY:
            say(f"{level_names()[finding.level]}: {finding.message}")
    told = {
        "preflight.empty-column": _("{n} columns would be empty."),
        "preflight.stale-column": _("{n} columns would be out of date."),
        "preflight.same-title": _("{n} articles have the title and the day of another one in their column."),
    }
    for check, number in counts.items():
        say(told[check].format(n=number))


def import_plan(plan: "list[Planned]", ahead: "Preflight") -> Result:
    """Show what an import would do, item by item."""
    counts = Counter(item.action.value for item in plan)
    document = {
        **{action: counts[action] for action in _ACTIONS},
        "held": sum(bool(item.held) for item in plan),
        "items": plan,
        "preflight": ahead,
    }
    changes = [item for item in plan if item.action != "unchanged"]
    writes = any(item.action in _WRITE for item in changes)
    step = "shangyi import {site} --publish" if writes else "shangyi check {site}"
    return Result(document, lambda: _plan_table(changes, len(plan)), step)


def _plan_table(changes: "list[Planned]", of: int) -> None:
    words = {
        "create": _("new"),
        "merge": _("shares the page of the same thing"),
        "update": _("changed"),
        "unpublish": _("taken offline"),
        "partly": _("changed in part: an editor changed it, the rest waits"),
        "edited": _("left alone: an editor changed it"),
        "refused": _("refused"),
        "failed": _("failed"),
    }
    rows = [
        (words[item.action], item.target or item.kind, item.title, item.reason or ", ".join(item.held))
        for item in changes[:_SAMPLE]
    ]
    heads = (_("what"), _("column"), _("title"), _("held, refused or failed because"))
    written = sum(item.action in _WRITE for item in changes)
    console.show_table(_("An import would write {n} of {of} items").format(n=written, of=of), heads, rows)
    if len(changes) > _SAMPLE:
        console.say(_("… and {n} more; --json lists them all.").format(n=len(changes) - _SAMPLE))
    for item in [item for item in changes if item.changes][:_SAMPLE]:
        console.tell(f"~ {item.url}  {item.title}")
        for change in item.changes:  # those that are written come first
            if item.waiting and change.field == item.waiting[0]:
                console.tell("  " + _("This waits for a person:"))
            show_change(change.field, change.before, change.after, change.diff)


def show_change(field: str, before: str, after: str, diff: Iterable[str]) -> None:
    """Print what differs in one field of an entry or page."""
    if field != "body":
        console.tell(f"    {field}: {before or '—'} → {after or '—'}")
        return
    lines = list(diff)
    console.tell(f"    {field}:" + ("" if lines else " " + _("only the markup differs")))
    for line in lines:
        console.tell(f"      {line}")


def imported(where: "Place", summary: "ImportSummary", ahead: "Preflight", *, publish: bool) -> Result:
    """Show what an import did."""
    words = {
        "created": _("created"),
        "merged": _("on the page of the same thing"),
        "updated": _("updated"),
        "unchanged": _("unchanged"),
        "unpublished": _("taken offline"),
        "held": _("held as drafts"),
        "refused": _("files refused"),
        "partly": _("updated in part: an editor changed them, the rest waits"),
        "edited": _("left alone: an editor changed them"),
        "failed": _("failed"),
    }
    rows = {words[name]: summary.counts.get(name, 0) for name in words}
    rows[_("old URLs written")] = summary.old_urls
    title = _("Import of {site}, receipt {receipt}").format(site=where.id, receipt=summary.receipt or "—")
    drafts = _("look at the drafts in the portal, then: {command}").format(command="shangyi import {site} --publish")
    step = "shangyi check {site}" if publish else drafts
    document = {**plain(summary), "preflight": ahead}
    return Result(document, lambda: _pairs(title, rows), step, summary.findings)


def rolled_back(undone: portal.RolledBack, asked: int | None, *, dry_run: bool) -> Result:
    """Show what a rollback undid, or would undo; `asked` is the number of the receipt that was named."""
    title = _("Would undo {receipt}") if dry_run else _("Undone: {receipt}")

    def table() -> None:
        kinds = sorted({*undone.removed, *undone.restored})
        rows = [(kind, undone.removed.get(kind, 0), undone.restored.get(kind, 0)) for kind in kinds]
        heads = (_("what"), _("removed"), _("restored"))
        console.show_table(title.format(receipt=undone.receipt), heads, rows)
        for line in undone.kept:
            console.say(_("Left: {what}").format(what=line))

    again = "shangyi rollback {site}" if asked is None else f"shangyi rollback {{site}} {asked}"
    step = again if dry_run else "shangyi status {site}"
    return Result(undone, table, step, len(undone.kept))


def check_names() -> dict[str, str]:
    """Return a check's name → its word for people."""
    return {
        "balance": _("the account balances"),
        "redirects": _("old URLs answer"),
        "links": _("links in the new pages"),
        "content": _("old text against new"),
    }


def check_rows(summaries: Iterable[CheckSummary]) -> list[tuple[object, ...]]:
    """Return table rows of check summaries: name, asked, passed, failed, skipped."""
    words = check_names()
    return [(words[s.name], s.asked, s.passed, s.failed, s.skipped) for s in summaries]


_PROBLEMS_SHOWN = 20
"""Problems in the table; all of them are in the files."""


def checked(where: "Place", run: "CheckRun") -> Result:
    """Show what the checks found."""
    from migrate.report.problems import as_document

    heads = (_("check"), _("asked"), _("passed"), _("failed"), _("not asked (drafts)"))
    title = _("Checks of {site}").format(site=where.id)
    found = [problem for problems in run.problems for problem in problems if problem.level is not Level.NOTE]

    def table() -> None:
        console.show_table(title, heads, check_rows(run.summaries))
        _show_problems(found)
        if run.files is not None and found:
            console.say(_("All of it: {file}").format(file=run.files.problems_html))

    failed = sum(summary.failed for summary in run.summaries)
    return Result(as_document(run.summaries, run.problems), table, "shangyi report {site}", max(failed, len(found)))


def _show_problems(found: list[Problem]) -> None:
    if not found:
        return
    rows = [(problem.url, _link_words(problem), problem.message, problem.repair) for problem in found[:_PROBLEMS_SHOWN]]
    console.show_table("", (_("page or old URL"), _("link"), _("problem"), _("what to do")), rows)
    if len(found) > _PROBLEMS_SHOWN:
        console.say(_("{n} more.").format(n=len(found) - _PROBLEMS_SHOWN))


def _link_words(problem: Problem) -> str:
    link = f"{problem.tag} “{problem.text}” → {problem.target}" if problem.tag else problem.target
    return link + (" " + _("(on {n} pages)").format(n=problem.pages) if problem.pages > 1 else "")


def reported(where: "Place", files: "ReportFiles") -> Result:
    """Show where the report lies and whether the site may be closed."""
    names = {
        _("acceptance report"): files.acceptance_html,
        _("the same as a workbook"): files.acceptance_xlsx,
        _("closing notice"): files.notice_html,
        _("redirect map"): files.redirects_csv,
        _("worklist: undecided"): files.undecided_csv,
        _("worklist: held"): files.held_csv,
        _("findings"): files.findings_csv,
    }

    def table() -> None:
        _say_verdict(where.id, files.may_close, files.reasons)
        heads = (_("document"), _("file in {folder}").format(folder=files.acceptance_html.parent))
        console.show_table("", heads, ((name, path.name) for name, path in names.items()))

    step = _("open the report: {file}").format(file=files.acceptance_html)
    return Result(files, table, step, 0 if files.may_close else len(files.reasons))


def verdict(where: "Place", told: "Verdict") -> Result:
    """Show what a report would conclude."""
    return Result(
        told,
        lambda: _say_verdict(where.id, told.may_close, told.reasons),
        "shangyi report {site}",
        0 if told.may_close else len(told.reasons),
    )


def _say_verdict(site: str, may_close: bool, reasons: tuple[str, ...]) -> None:
    word = _("The site may be closed.") if may_close else _("The site may not be closed yet.")
    console.tell(f"{site}: {word}")
    for reason in reasons:
        console.tell(f"- {reason}")


def ran(done: Mapping[str, Result]) -> Result:
    """Show a whole run: what each stage shows."""
    last = list(done.values())[-1]

    def tables() -> None:
        for result in done.values():
            result.table()

    return Result({name: plain(result.document) for name, result in done.items()}, tables, last.step, last.findings)


def run_plan(done: Mapping[str, Result]) -> Result:
    """Show what a run would do, stage by stage, and which stages wait for what the earlier ones will bring."""
    planned = ran(done)

    def tables() -> None:
        planned.table()
        left = [stage for stage in ("map", "import", "check") if stage not in done]
        console.say(_("Then: {stages}, on what the stages before will have brought.").format(stages=", ".join(left)))

    return Result(planned.document, tables, "shangyi run {site}")
