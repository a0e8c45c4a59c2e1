"""How whole sites look: the table of `status`, and the end of the demo."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from migrate import console
from migrate.cli import shown
from migrate.cli.app import Result, plain
from migrate.i18n import _
from migrate.records import Account

if TYPE_CHECKING:
    from migrate.pipeline import Status
    from migrate.pipeline.demo import Demo


def state_names() -> dict[str, str]:
    """Return a site's state → its word for people."""
    return {
        "new": _("new"),
        "interrupted": _("interrupted"),
        "harvested": _("harvested"),
        "mapped": _("mapped"),
        "imported": _("imported"),
        "checked": _("checked"),
    }


def status(row: "Status", *, with_portal: bool) -> Result:
    """Show where one site stands; the table of all is `status_table`."""
    document = {"name": row.name, "state": row.state, "findings": row.findings, **row.account.summary()}
    unsettled = row.state not in ("new", "interrupted", "harvested") and not row.account.balanced
    return Result(document, lambda: None, _status_step(row, with_portal=with_portal), int(unsettled))


def status_table(rows: Iterable["Status"]) -> None:
    """Print the table of sites: each row an equation, found = moved + … + failed. Fits 80 columns."""
    states, kept = state_names(), list(rows)
    heads = (_("site"), _("state"), _("found"), "", *shown.outcome_names().values())
    console.show_table(_("Sites"), heads, (_status_row(row, states) for row in kept), narrow=True)
    console.say(_("= the account balances   ≠ it does not: an old URL is lost, or the site is not mapped yet"))
    levels = Counter[str]()
    for row in kept:
        levels.update(row.findings)
    console.say(
        _("Findings: {errors} errors, {warnings} warnings, {notes} notes").format(
            errors=levels["error"], warnings=levels["warning"], notes=levels["note"]
        )
    )


def _status_row(row: "Status", states: Mapping[str, str]) -> tuple[object, ...]:
    found = row.account
    sign = ("=" if found.balanced else "≠") if row.state != "new" else ""
    return (row.site, states[row.state], found.found, sign, *_figures(found))


def _status_step(row: "Status", *, with_portal: bool) -> str:
    if row.state in ("new", "interrupted"):
        return "shangyi harvest {site}"
    if row.state == "harvested" or not row.account.balanced:
        return "shangyi map {site}"
    if not with_portal:
        return "shangyi cms build"
    steps = {"mapped": "shangyi import {site} --dry-run", "imported": "shangyi check {site}"}
    return steps.get(row.state, "shangyi report {site}")


def _figures(account: Account) -> tuple[int, ...]:
    """Return the outcomes' figures in the order of `outcome_names`."""
    return (
        account.moved, account.redirected, account.archived, account.gone, account.undecided, account.failed
    )  # fmt: skip


def account_rows(account: Account) -> list[tuple[str, int]]:
    """Return the balance of every URL found as rows: found, then one row an outcome."""
    return [(_("found"), account.found), *zip(shown.outcome_names().values(), _figures(account), strict=True)]


def demo_document(done: "Demo") -> Any:
    """Return what the demo did, without the editor's password."""
    return {key: value for key, value in plain(done).items() if key != "password"}


def demo(done: "Demo", *, as_json: bool) -> None:
    """Show what the demo did: one table, the balance, where to look."""
    if as_json:
        console.show_json(demo_document(done))
    else:
        _demo_tables(done)
    console.say(_("Report: {file}").format(file=done.report.acceptance_html))
    console.say(_("Closing notice: {file}").format(file=done.report.notice_txt))
    console.say(_("Editor's login at /admin/: {name} / {password}").format(name=done.editor, password=done.password))
    console.next_step(_("open the portal: make serve, or: {command}").format(command="shangyi -C var/demo cms serve"))


def _demo_tables(done: "Demo") -> None:
    counts = done.imported.counts
    rows: list[tuple[str, str]] = [
        (_("harvest"), _("{n} URLs, {bytes} bytes").format(n=done.harvest.found, bytes=done.harvest.bytes)),
        (_("map"), _("{n} pages read, {of} old URLs decided").format(n=done.map.read, of=done.map.entries)),
        (_("import"), _("{n} created, {held} held as drafts").format(n=counts["created"], held=counts["held"])),
    ]
    for name, asked, passed, failed, _skipped in shown.check_rows(done.checks):
        right = _("{passed} of {asked} right, {failed} wrong").format(passed=passed, asked=asked, failed=failed)
        rows.append((str(name), right))
    title = _("大河镇 moved in {seconds} s").format(seconds=done.seconds)
    console.show_table(title, (_("step"), _("result")), rows)
    word = _("it balances") if done.account.balanced else _("it does NOT balance")
    console.show_table(
        _("Every URL found: {word}").format(word=word), (_("outcome"), _("URLs")), account_rows(done.account)
    )
