"""How results look: a table on stdout, or one JSON document; the next step on stderr."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from migrate import console, portal
from migrate.cli.app import plain
from migrate.i18n import _
from migrate.records import Account, CheckSummary, Entry, Outcome

if TYPE_CHECKING:
    from migrate.harvest import HarvestRun, HarvestSummary
    from migrate.harvest import Progress as HarvestProgress
    from migrate.importer import ImportSummary
    from migrate.pipeline import Demo, Mapped, Place, Status
    from migrate.report import ReportFiles


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


def harvest_progress(bars: console.Bars) -> "Callable[[HarvestProgress], None]":
    """Return a callback that shows a running harvest as a bar: URLs done of URLs known."""

    def show(progress: "HarvestProgress") -> None:
        done = progress.fetched + progress.failed
        bars(_("harvest"), done, done + progress.queued)

    return show


def _finish(document: Any, *, as_json: bool, table: Callable[[], None], step: str) -> None:
    if as_json:
        console.show_json(plain(document))
    else:
        table()
    console.next_step(step)


def _pairs(title: str, values: Mapping[str, object]) -> None:
    console.show_table(title, (_("what"), _("number")), values.items())


def harvest_plan(where: "Place", run: "HarvestRun", *, as_json: bool) -> None:
    """Show what a harvest would ask for."""
    site = where.site
    document = {
        "site": where.id,
        "url": site.site.url,
        "hosts": sorted({site.url_rules.host, *site.url_rules.aliases}),
        "rate": run.rate if run.rate is not None else site.harvest.rate,
        "limit": run.limit or site.harvest.limit,
        "robots": site.harvest.robots,
        "exclude": list(site.harvest.exclude),
        "archive": str(where.folder),
    }
    _finish(
        document,
        as_json=as_json,
        table=lambda: _pairs(_("A harvest would ask"), {key: str(value) for key, value in document.items()}),
        step=f"shangyi harvest {where.id}",
    )


def harvested(where: "Place", summary: "HarvestSummary", *, as_json: bool) -> None:
    """Show what a harvest did."""
    rows = {
        _("URLs known"): summary.found,
        _("answers archived now"): summary.fetched_now,
        **{
            _("answers {status}").format(status=status): number for status, number in summary.statuses.items() if number
        },
        _("failed, to be tried again"): summary.failed,
        **{_("skipped: {reason}").format(reason=reason): number for reason, number in summary.skipped.items()},
        _("bytes"): summary.bytes,
        _("findings"): summary.findings,
    }
    title = _("Harvest of {site}, capture {capture}: {state}").format(
        site=where.id, capture=summary.capture, state=summary.state
    )
    _finish(summary, as_json=as_json, table=lambda: _pairs(title, rows), step=f"shangyi map {where.id}")


def mapped(where: "Place", summary: "Mapped", *, as_json: bool) -> None:
    """Show what a mapping decided."""

    def table() -> None:
        names = outcome_names()
        outcomes = {names[name]: number for name, number in summary.outcomes.items()}
        _pairs(_("Mapping of {site}: {n} old URLs").format(site=where.id, n=summary.entries), outcomes)
        rules = {rule.name: summary.rules.get(rule.name, 0) for rule in where.site.rules}
        console.show_table(_("What each rule took"), (_("rule"), _("old URLs")), rules.items())

    _finish(summary, as_json=as_json, table=table, step=f"shangyi import {where.id} --dry-run")


def import_plan(where: "Place", plan: list[tuple[Entry, str]], *, as_json: bool) -> None:
    """Show what an import would do, item by item."""
    words = {"create": _("new"), "update": _("changed"), "unchanged": _("unchanged")}
    items = [
        {"url": entry.key, "action": action, "target": entry.target, "title": entry.title or entry.name,
         "held": list(entry.held)}
        for entry, action in plan
    ]  # fmt: skip
    rows = [
        (words[action], entry.target or entry.kind.value, entry.title or entry.name, ", ".join(entry.held))
        for entry, action in plan
        if action != "unchanged"
    ]
    heads = (_("what"), _("column"), _("title"), _("held because"))
    title = _("An import would write {n} of {of} items").format(n=len(rows), of=len(plan))
    _finish(
        items,
        as_json=as_json,
        table=lambda: console.show_table(title, heads, rows),
        step=f"shangyi import {where.id} --publish",
    )


def imported(where: "Place", summary: "ImportSummary", *, as_json: bool) -> None:
    """Show what an import did."""
    words = {
        "created": _("created"),
        "updated": _("updated"),
        "unchanged": _("unchanged"),
        "held": _("held as drafts"),
        "refused": _("files refused"),
        "edited": _("left alone: an editor changed them"),
        "failed": _("failed"),
    }
    rows = {words[name]: summary.counts.get(name, 0) for name in words}
    rows[_("old URLs written")] = summary.old_urls
    title = _("Import of {site}, receipt {receipt}").format(site=where.id, receipt=summary.receipt or "—")
    _finish(summary, as_json=as_json, table=lambda: _pairs(title, rows), step=f"shangyi check {where.id}")


def rolled_back(where: "Place", undone: portal.RolledBack, *, dry_run: bool, as_json: bool) -> None:
    """Show what a rollback undid, or would undo."""
    title = _("Would undo {receipt}") if dry_run else _("Undone: {receipt}")

    def table() -> None:
        kinds = sorted({*undone.removed, *undone.restored})
        rows = [(kind, undone.removed.get(kind, 0), undone.restored.get(kind, 0)) for kind in kinds]
        heads = (_("what"), _("removed"), _("restored"))
        console.show_table(title.format(receipt=undone.receipt), heads, rows)
        for line in undone.kept:
            console.say(_("Left: {what}").format(what=line))

    _finish(undone, as_json=as_json, table=table, step=f"shangyi status {where.id}")


def check_rows(summaries: tuple[CheckSummary, ...]) -> list[tuple[object, ...]]:
    """Return table rows of check summaries: name, asked, passed, failed, skipped."""
    words = {
        "balance": _("the account balances"),
        "redirects": _("old URLs answer"),
        "links": _("links in the new pages"),
        "content": _("old text against new"),
    }
    return [(words[s.name], s.asked, s.passed, s.failed, s.skipped) for s in summaries]


def checked(where: "Place", summaries: tuple[CheckSummary, ...], *, as_json: bool) -> None:
    """Show what the checks found."""
    heads = (_("check"), _("asked"), _("passed"), _("failed"), _("not asked (drafts)"))
    title = _("Checks of {site}").format(site=where.id)
    _finish(
        summaries,
        as_json=as_json,
        table=lambda: console.show_table(title, heads, check_rows(summaries)),
        step=f"shangyi report {where.id}",
    )


def reported(where: "Place", files: "ReportFiles", *, as_json: bool) -> None:
    """Show where the report lies and whether the site may be closed."""

    def table() -> None:
        names = {
            _("acceptance report"): files.acceptance_html,
            _("the same as a workbook"): files.acceptance_xlsx,
            _("closing notice"): files.notice_html,
            _("redirect map"): files.redirects_csv,
            _("worklist: undecided"): files.undecided_csv,
            _("worklist: held"): files.held_csv,
            _("findings"): files.findings_csv,
        }
        verdict = _("The site may be closed.") if files.may_close else _("The site may not be closed yet.")
        console.show_table(f"{where.id}: {verdict}", (_("document"), _("file")), names.items())
        for reason in files.reasons:
            console.say(f"- {reason}")

    _finish(files, as_json=as_json, table=table, step=_("Open the report: {file}").format(file=files.acceptance_html))


def ran(where: "Place", document: Any, checks: tuple[CheckSummary, ...], *, as_json: bool) -> None:
    """Show a whole run."""
    heads = (_("check"), _("asked"), _("passed"), _("failed"), _("not asked (drafts)"))
    title = _("Run of {site}").format(site=where.id)
    _finish(
        document,
        as_json=as_json,
        table=lambda: console.show_table(title, heads, check_rows(checks)),
        step=f"shangyi report {where.id}",
    )


def status(rows: list["Status"], *, as_json: bool) -> None:
    """Show where sites stand."""
    if as_json:
        console.show_json({row.site: _status_document(row) for row in rows})
    else:
        names = outcome_names()
        heads = (_("site"), _("harvested"), _("found"), *names.values(), _("balances"), _("findings"))
        console.show_table(_("Sites"), heads, map(_status_row, rows))
    console.next_step(_status_step(rows))


def _status_document(row: "Status") -> dict[str, object]:
    account = row.account.summary() if row.account else {}
    return {"name": row.name, "harvested": row.harvested, "findings": row.findings, **account}


def _status_row(row: "Status") -> tuple[object, ...]:
    found = row.account
    numbers = (
        (found.found, found.moved, found.redirected, found.archived, found.gone, found.undecided, found.failed)
        if found
        else (0,) * 7
    )
    states = {"": _("no"), "running": _("interrupted"), "finished": _("yes")}
    balances = _("yes") if found and found.balanced else _("no")
    return (row.site, states[row.harvested], *numbers, balances, sum(row.findings.values()))


def _status_step(rows: list["Status"]) -> str:
    for row in rows:
        if row.harvested != "finished":
            return f"shangyi harvest {row.site}"
        if row.account and not row.account.balanced:
            return f"shangyi map {row.site}"
    return f"shangyi check {rows[0].site}" if rows else "shangyi demo"


def account_rows(account: Account) -> list[tuple[str, int]]:
    """Return the balance of every URL found as rows: found, then one row an outcome."""
    names = outcome_names()
    numbers = (
        account.moved, account.redirected, account.archived, account.gone, account.undecided, account.failed
    )  # fmt: skip
    return [(_("found"), account.found), *zip(names.values(), numbers, strict=True)]


def demo(done: "Demo", *, as_json: bool) -> None:
    """Show what the demo did: one table, the balance, where to look."""
    if as_json:
        console.show_json({key: value for key, value in plain(done).items() if key != "password"})
    else:
        _demo_tables(done)
    report = done.report.acceptance_html
    console.say(_("Report: {file}").format(file=report))
    console.say(_("Closing notice: {file}").format(file=done.report.notice_txt))
    login = _("Editor's login at /admin/: {name} / {password}").format(name=done.editor, password=done.password)
    console.say(login)
    console.next_step(_("open the portal: make serve"))


def _demo_tables(done: "Demo") -> None:
    counts = done.imported.counts
    rows: list[tuple[str, str]] = [
        (_("harvest"), _("{n} URLs, {bytes} bytes").format(n=done.harvest.found, bytes=done.harvest.bytes)),
        (_("map"), _("{n} pages read, {of} old URLs decided").format(n=done.map.read, of=done.map.entries)),
        (_("import"), _("{n} created, {held} held as drafts").format(n=counts["created"], held=counts["held"])),
    ]
    for name, asked, passed, failed, _skipped in check_rows(done.checks):
        rows.append(
            (
                str(name),
                _("{passed} of {asked} right, {failed} wrong").format(passed=passed, asked=asked, failed=failed),
            )
        )
    title = _("大河镇 moved in {seconds} s").format(seconds=done.seconds)
    console.show_table(title, (_("step"), _("result")), rows)
    word = _("it balances") if done.account.balanced else _("it does NOT balance")
    console.show_table(
        _("Every URL found: {word}").format(word=word), (_("outcome"), _("URLs")), account_rows(done.account)
    )
