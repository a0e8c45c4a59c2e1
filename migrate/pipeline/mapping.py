"""Map: extract what is new, decide for every old URL, look ahead to the import; or suggest what rules to write."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from migrate.config.strict import did_you_mean, line_of_value
from migrate.errors import ConfigError
from migrate.families import Families, load_families
from migrate.garbage import seldom_collected
from migrate.i18n import _
from migrate.pipeline import Mapped, Place, Progress, Taken, ledger_or_copy, levels
from migrate.pipeline.ahead import look_ahead

if TYPE_CHECKING:
    from migrate.mapping.diff import Change
    from migrate.mapping.suggest_rules import ProposedRule


def run_map(
    where: Place,
    progress: Progress,
    *,
    dry_run: bool = False,
    on_change: "Callable[[Change], None] | None" = None,
    only: str = "",
) -> Mapped:
    """Read what is new or changed, then decide for every URL found. A dry run works on a copy of the ledger.

    `only` is the rule of which all that it took is returned. `on_change` gets each entry that differs from the mapping
    before, one at a time. Raises ConfigError for bad YAML.
    """
    from migrate.extract.stage import extract_all
    from migrate.mapping import map_entries
    from migrate.mapping.diff import changes, remember

    families = load_families(where.project.mappings / "families.yaml")
    _check_families(where, families)
    where.project.inspection()  # what is wrong in it is said before the work, not after
    counts: dict[str, int] = {"added": 0, "removed": 0, "changed": 0} if on_change else {}
    with ledger_or_copy(where.ledger(), dry_run=dry_run) as ledger, seldom_collected():
        if on_change is not None:
            remember(ledger)
        read, kept = extract_all(ledger, where.folder, where.site, families, progress)
        summary = map_entries(ledger, where.site, where.project.portal())
        ahead = look_ahead(where, ledger)
        if on_change is not None:
            for change in changes(ledger):
                counts[change.change] += 1
                on_change(change)
        of_rule = ledger.entries("rule = ?", (only,)) if only else ()
        taken = tuple(Taken(entry.key, entry.outcome.value, entry.target, entry.title) for entry in of_rule)
        findings = levels(ledger, "extract", "files", "map", "preflight")
    return Mapped(
        read, kept, summary.entries, summary.outcomes, summary.rules, summary.shadowed, ahead, findings, counts, taken
    )


@dataclass(frozen=True, slots=True)
class SuggestedColumn:
    """One column of the old site, the template that fits, and why."""

    path: tuple[str, ...]
    articles: int
    newest: str
    template: str
    reason: str
    confidence: float
    """0 to 1."""
    goal: str
    """Slug of the channel's column; `archive`, or `undecided` where the channel has none for it."""
    match: dict[str, tuple[str, ...]]
    """By which its articles can be told; empty where nothing tells them."""


@dataclass(frozen=True, slots=True)
class Suggested:
    """What rules a harvested site asks for."""

    read: int
    kept: int
    columns: tuple[SuggestedColumn, ...]
    covered: int
    """Articles looked at that reach the goal of their own column by these rules."""
    of: int
    yaml: str
    """The rules, as they would stand in the site's file."""


def suggest_mapping(where: Place, progress: Progress, *, dry_run: bool = False) -> Suggested:
    """Read what is new or changed, then choose a template for each column of the old site. No entry is touched.

    A dry run works on a copy of the ledger. Raises ConfigError for bad YAML.
    """
    from migrate.extract.stage import extract_all
    from migrate.mapping.columns import old_columns
    from migrate.mapping.suggest import load_vocabulary
    from migrate.mapping.suggest_rules import propose
    from migrate.pipeline.draft import rules_lines

    families = load_families(where.project.mappings / "families.yaml")
    words = load_vocabulary(where.project.mappings / "columns.yaml")
    portal = where.project.portal()
    channel = portal.channel(where.site.site.channel)
    assert channel is not None  # a site file without a channel of the portal doesn't load
    with ledger_or_copy(where.ledger(), dry_run=dry_run) as ledger, seldom_collected():
        read, kept = extract_all(ledger, where.folder, where.site, families, progress)
        found = old_columns(ledger, where.site.url_rules, words)
    held = {known.column.path: known.held for known in found}
    proposal = propose([known.column for known in found], words, portal, channel, lambda column: held[column.path])
    rules = {rule.column.path: rule for rule in (*proposal.rules, *proposal.without)}
    columns = tuple(_suggested(rules[path]) for path in held if path in rules)
    yaml = "\n".join(rules_lines(proposal)) + "\n"
    return Suggested(read, kept, columns, proposal.covered, proposal.of, yaml)


def _suggested(rule: "ProposedRule") -> SuggestedColumn:
    column, chosen = rule.column, rule.suggestion
    key, values = rule.match
    goal = rule.target or rule.outcome.value
    match = {key: values} if key else {}
    return SuggestedColumn(
        column.path, column.articles, column.newest, chosen.template, chosen.reason, chosen.confidence, goal, match
    )


def _check_families(where: Place, families: Families) -> None:
    known = families.families
    path = where.project.mappings / "sites" / f"{where.id}.yaml"
    pinned = where.site.site.family
    if pinned != "auto" and pinned not in known:
        raise _unknown_family(path, where.site.site.line, pinned, ["auto", *known])
    for rule in where.site.rules:
        for name in (name for condition in rule.conditions for name in condition.family):
            if name not in known:
                raise _unknown_family(path, line_of_value(path, rule.line, name), name, known)


def _unknown_family(path: Path, line: int, name: str, known: Iterable[str]) -> ConfigError:
    reason = _("The family “{family}” is not known.").format(family=name)
    return ConfigError(path, line, reason, did_you_mean(name, known))
