"""The command that decides: an outcome for every old URL, what an import would bring, what changed, what to write.

With --dry-run nothing is written, neither into the ledger nor into runs/.
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Any

import typer

from migrate import console, pipeline, portal
from migrate.cli import shown
from migrate.cli.app import DryRun, Json, Result, Site, for_each, keep_run, plain, project_of
from migrate.config.strict import did_you_mean
from migrate.errors import UsageError
from migrate.i18n import _

if TYPE_CHECKING:
    from migrate.mapping.diff import Change
    from migrate.mapping.preflight import Preflight
    from migrate.pipeline import Mapped, Place, Taken

_SAMPLE = 20
"""Old URLs of a rule that are shown; --json has them all."""
Suggest = Annotated[
    bool, typer.Option("--suggest", help=_("Say which rules its columns ask for, and why; decide nothing."))
]
Diff = Annotated[bool, typer.Option("--diff", help=_("Show what changed since the last mapping, entry by entry."))]

OnlyRule = Annotated[
    str, typer.Option("--only", metavar="RULE", help=_("List what this rule of the mapping took; all is mapped."))
]


def map_(
    context: typer.Context,
    site: Site,
    *,
    suggest: Suggest = False,
    diff: Diff = False,
    only: OnlyRule = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Map a site."""
    if suggest and diff:
        raise UsageError(_("--suggest and --diff exclude each other."), _("Give one of them."))
    if suggest and only:
        raise UsageError(_("--suggest and --only exclude each other."), _("Give one of them."))
    project = project_of(context)

    def one(site_id: str) -> Result:
        where = pipeline.place(project, site_id)
        if suggest:
            return _suggest(where, dry_run=dry_run)
        if only:
            require_rule(where, only)
        if not diff:
            return map_one(where, only, dry_run=dry_run)
        return _compared(where, kept.enter_context(_Changes(only)), dry_run=dry_run)

    with ExitStack() as kept:
        for_each(project, site, one, as_json=as_json)


def require_rule(where: "Place", name: str) -> None:
    """Raise UsageError where the mapping has no rule of this name."""
    rules = [rule.name for rule in where.site.rules]
    if name not in rules:
        raise UsageError(_("The mapping has no rule “{rule}”.").format(rule=name), did_you_mean(name, rules))


def map_one(where: "Place", only: str = "", *, dry_run: bool = False) -> Result:
    """Map one site; list what the rule `only` took."""
    from migrate.pipeline.mapping import run_map

    with console.bars() as bars:
        mapped = run_map(where, bars, dry_run=dry_run, only=only)
    if not dry_run:
        keep_run(where.folder, "map", mapped)
    return _result(where, mapped, mapped, lambda: _show_taken(only, mapped.taken), dry_run=dry_run)


def _show_taken(rule: str, taken: "tuple[Taken, ...]") -> None:
    if not rule:
        return
    names = shown.outcome_names()
    rows = ((item.url, names[item.outcome], item.target or "—", item.title or "—") for item in taken[:_SAMPLE])
    title = _("What the rule “{rule}” took: {n} old URLs").format(rule=rule, n=len(taken))
    console.show_table(title, (_("old URL"), _("outcome"), _("column"), _("title")), rows)
    if len(taken) > _SAMPLE:
        console.say(_("… and {n} more; --json lists them all.").format(n=len(taken) - _SAMPLE))


def _suggest(where: "Place", *, dry_run: bool) -> Result:
    from migrate.mapping.suggest import SURE
    from migrate.pipeline.mapping import suggest_mapping

    with console.bars() as bars:
        found = suggest_mapping(where, bars, dry_run=dry_run)
    if not dry_run:
        keep_run(where.folder, "suggest", found)

    def table() -> None:
        unsure = _("unsure, please look")
        rows = [
            (" > ".join(column.path), column.articles, column.newest or "—", column.template, column.goal,
             column.reason if column.confidence >= SURE else f"{column.reason} ({unsure})")
            for column in found.columns
        ]  # fmt: skip
        heads = (_("column"), _("articles"), _("newest"), _("template"), _("goes to"), _("because"))
        console.show_table(_("Columns of {site}").format(site=where.id), heads, rows)
        console.tell(found.yaml)

    step = _("compare these rules with {file}, then: {command}").format(
        file=f"mappings/sites/{where.id}.yaml", command="shangyi map {site}"
    )
    return Result(found, table, step, sum(column.confidence < SURE for column in found.columns))


class _Changes:
    """What changed, of one rule or of all, kept in a file until it is shown: a rule may change everything."""

    def __init__(self, only: str = "") -> None:
        self._only = only

    def __enter__(self) -> "_Changes":
        self._file = tempfile.TemporaryFile("w+", encoding="utf-8")
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def take(self, change: "Change") -> None:
        """Keep one."""
        if self._only in ("", change.rule):
            self._file.write(json.dumps(plain(change), ensure_ascii=False) + "\n")

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield all, in the order taken."""
        self._file.seek(0)
        for line in self._file:
            yield json.loads(line)


def _compared(where: "Place", changes: _Changes, *, dry_run: bool) -> Result:
    from migrate.pipeline.mapping import run_map

    with console.bars() as bars:
        mapped = run_map(where, bars, dry_run=dry_run, on_change=changes.take)
    document = {**plain(mapped), "changes": changes}
    if not dry_run:
        keep_run(where.folder, "map", document)
    return _result(where, mapped, document, lambda: _show_changes(changes, mapped.changed), dry_run=dry_run)


def _result(where: "Place", mapped: "Mapped", document: object, more: Callable[[], None], *, dry_run: bool) -> Result:
    def table() -> None:
        _show_outcomes(where, mapped)
        _show_ahead(mapped.preflight)
        more()

    following = "shangyi import {site} --dry-run" if portal.has_database(where.project) else "shangyi cms build"
    return Result(document, table, "shangyi map {site}" if dry_run else following, sum(mapped.findings.values()))


def _show_outcomes(where: "Place", mapped: "Mapped") -> None:
    names = shown.outcome_names()
    outcomes = ((names[name], number) for name, number in mapped.outcomes.items())
    title = _("Mapping of {site}: {n} old URLs").format(site=where.id, n=mapped.entries)
    console.show_table(title, (_("what"), _("number")), outcomes)
    rules = [(rule.name, mapped.rules.get(rule.name, 0), _above(rule.name, mapped)) for rule in where.site.rules]
    console.show_table(_("What each rule took"), (_("rule"), _("old URLs"), _("taken before it by")), rules)


def _above(rule: str, mapped: "Mapped") -> str:
    """Return the rules that took all that a rule fits, with how much."""
    return ", ".join(f"{name} × {number}" for name, number in mapped.shadowed.get(rule, {}).items())


def _show_ahead(ahead: "Preflight") -> None:
    """Print what the import would make of the columns, and how that stands against the inspection."""
    from migrate.clocks import ColumnState

    states = {
        ColumnState.CURRENT: _("up to date"),
        ColumnState.STALE: _("out of date"),
        ColumnState.EMPTY: _("empty"),
        ColumnState.STATIC: _("no clock"),
    }
    rows = [
        (column.title, column.path, column.articles, column.held, column.newest or "—",
         column.clock_days or "—", states[column.state])
        for column in ahead.columns
    ]  # fmt: skip
    heads = (_("column"), _("path"), _("articles"), _("held"), _("newest"), _("clock (days)"), _("state"))
    console.show_table(_("The portal's columns after the import"), heads, rows)
    shown.say_ahead(ahead, console.tell)


def _show_changes(changes: _Changes, counts: Mapping[str, int]) -> None:
    title = _("Since the last mapping: {added} new, {changed} changed, {removed} no longer there").format(**counts)
    console.tell(title)
    signs = {"added": "+", "removed": "-", "changed": "~"}
    outcomes = shown.outcome_names()
    for change in changes:
        decided = f"{outcomes[change['outcome']]} · {change['rule']}"
        console.tell(f"{signs[change['change']]} {change['url']}  {decided}  {change['title']}")
        for field in change["fields"]:
            before, after = field["before"], field["after"]
            if field["field"] == "outcome":
                before, after = outcomes.get(before, before), outcomes.get(after, after)
            shown.show_change(field["field"], before, after, field["diff"])
