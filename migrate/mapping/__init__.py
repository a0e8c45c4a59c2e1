"""Record + rules → entry. Pure: the same captures and the same YAML give the same entries."""

from collections.abc import Iterator
from dataclasses import dataclass

from migrate.archive.ledger import Ledger
from migrate.config import PortalConfig, SiteConfig
from migrate.i18n import _
from migrate.mapping.entries import make_entries
from migrate.mapping.facts import Facts, gather
from migrate.mapping.outcomes import Ruling, rule_all
from migrate.mapping.rules import Rules
from migrate.records import Finding, Kind, Level, Outcome
from migrate.urls import UrlRules, host_of

__all__ = ["MapSummary", "map_entries"]


@dataclass(frozen=True, slots=True)
class MapSummary:
    """What one mapping decided: counts by outcome, by rule, and how many findings it wrote."""

    entries: int
    outcomes: dict[str, int]
    rules: dict[str, int]
    shadowed: dict[str, dict[str, int]]
    """Rule that took nothing → the rules above it that took what it fits, too."""
    findings: int


def map_entries(ledger: Ledger, site: SiteConfig, portal: PortalConfig) -> MapSummary:
    """Decide for every URL found and replace the ledger's entries, in one transaction. Returns the counts."""
    rules = Rules(site)
    facts = gather(ledger, site.url_rules, rules.ask)
    rulings = rule_all(facts, site, portal, rules)
    outcomes: dict[str, int] = {outcome.value: 0 for outcome in Outcome}
    findings = [*facts.findings, *rules.findings(), *_missing_files(facts, rulings, site.url_rules)]
    with ledger.transaction():
        ledger.write_entries(make_entries(ledger, facts, rulings, rules))
        for row in ledger.db.execute("SELECT outcome, count(*) FROM entries GROUP BY outcome"):
            outcomes[row[0]] = row[1]
        findings += _undecided(ledger)
        ledger.replace_findings("map", findings)
    return MapSummary(len(rulings), outcomes, dict(rules.took), rules.shadowed(), len(findings))


def _missing_files(facts: Facts, rulings: dict[str, Ruling], urls: UrlRules) -> Iterator[Finding]:
    """Yield a finding for each image or attachment that an article uses and nobody has."""
    for key in sorted(facts.by_key):
        fact = facts.by_key[key]
        if fact.page is None or fact.page.kind != Kind.ARTICLE:
            continue
        for file in fact.page.files:
            ruling = rulings.get(file)
            target = facts.by_key.get(ruling.follows if ruling and ruling.follows else file)
            if target is not None and target.resource is not None and target.resource.ok:
                continue
            if urls.owns(host_of(file)):
                message = _("Uses a file that the old site does not have: {url}")
            else:
                message = _("Uses a file on another site, which is not harvested: {url}")
            yield Finding(
                Level.WARNING,
                "map.missing-file",
                key,
                message.format(url=file),
                _("Ask the unit for the file, or accept the gap."),
            )


def _undecided(ledger: Ledger) -> Iterator[Finding]:
    for entry in ledger.entries("outcome = ?", (Outcome.UNDECIDED,)):
        yield Finding(
            Level.WARNING,
            "map.undecided",
            entry.key,
            entry.reason,
            _("Add a rule to the site's YAML, or decide it in the portal's admin."),
        )
