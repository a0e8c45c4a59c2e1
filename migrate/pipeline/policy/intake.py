"""What was read goes into the portal by the same import as a site's pages; then each notice points to its page."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from migrate import portal
from migrate.errors import ShangyiError
from migrate.extract.attached import screen_files
from migrate.extract.linked import describe_files
from migrate.garbage import seldom_collected
from migrate.importer import ImportOptions, Plan
from migrate.importer import import_entries as write_entries
from migrate.mapping.entries import make_entries
from migrate.mapping.facts import Fact, gather
from migrate.mapping.outcomes import Ruling
from migrate.mapping.rules import Rules
from migrate.notices import Read, Seen
from migrate.pipeline.policy.shared import Round
from migrate.portal import policy as door
from migrate.records import Entry, Finding, Kind, Level, Outcome


def import_read(this: Round) -> int:
    """Import what was read, point the notices to their pages; return how many got one."""
    ready = [line for line in this.store.waiting() if line.reading is not None]
    readings = {line.reading.key: line.reading for line in reversed(ready) if line.reading is not None}
    if not ready:
        return 0
    try:
        import_entries(this, {line.seen.key: line.seen for line in reversed(ready)}, readings)
    except ShangyiError as error:
        this.findings.append(Finding(Level.ERROR, "policy.not-imported", "", error.reason, error.hint))
        return 0
    this.findings.extend(door.take(readings.values()))
    done = [key for key, have in door.known(readings).items() if have.has_page]
    this.store.done(done)
    return len(done)


def import_entries(
    this: Round, lines: Mapping[str, Seen], readings: Mapping[str, Read], *, files_only: bool = False
) -> None:
    """Import notices and their files; `files_only`: the pages stay as they are."""
    ledger, site = this.ledger, this.where.site
    with ledger.transaction():
        describe_files(ledger, this.folder, this.rules)
    screen_files(ledger, this.folder, site)
    with ledger.transaction():
        entries = _entries(this, lines, readings)
        ledger.write_entries(entry for entry in entries if not (files_only and entry.key in lines))
    keys = {entry.key for entry in ledger.entries()}
    for rule in dict.fromkeys(seen.source for seen in lines.values()):
        _import_rule(this, rule, keys)


def _import_rule(this: Round, rule: str, keys: set[str]) -> None:
    """Import what one source named: each says whether its notices go live."""
    source = this.config.source(rule)
    publish = source is not None and source.publish
    config = this.where.project.portal()
    with seldom_collected(), portal.open_intake(this.where.site, config, publish=publish) as intake:
        known = {key: have for key, have in intake.known().items() if key in keys}
        plan = Plan(this.ledger, known, {}, ImportOptions(publish=publish, only=rule))
        write_entries(plan, this.folder, intake, this.progress)
    this.findings.extend(found for _stage, found in this.ledger.findings("import") if found.level != Level.NOTE)


def _entries(this: Round, lines: Mapping[str, Seen], readings: Mapping[str, Read]) -> Iterator[Entry]:
    """Yield the entries of notices that were read and of their files, under the addresses that name them."""
    templates = dict(this.where.project.portal().templates_by_path())
    facts = gather(this.ledger, this.rules)
    rulings: dict[str, Ruling] = {}
    named: dict[str, dict[str, str]] = {}
    for key, seen in lines.items():
        page = this.store.key(readings[key].url)
        fact = facts.by_key[page]
        assert fact.page is not None
        rulings[page] = Ruling(Outcome.MOVE, seen.source, template=templates[seen.column], target=seen.column)
        named.setdefault(page, {})[key] = seen.url
        for file in fact.page.files:
            end = _end_of(file, facts.by_key)
            if end is None or facts.by_key[end].kind not in (Kind.ATTACHMENT, Kind.IMAGE):
                continue
            rulings.setdefault(end, Ruling(Outcome.MOVE, seen.source, held=fact.page.held, used_by=(key,)))
            named.setdefault(end, {})[file] = facts.by_key[file].url
    made = {entry.key: entry for entry in make_entries(this.ledger, facts, rulings, Rules(this.where.site))}
    found = {key: replace(made[end], key=key, url=url) for end, keys in named.items() for key, url in keys.items()}
    yield from found.values()


def _end_of(key: str, facts: Mapping[str, Fact]) -> str | None:
    """Return the address at the end of a file's redirects, if its bytes are there."""
    for _hop in range(6):
        fact = facts.get(key)
        if fact is None or fact.resource is None:
            return None
        if fact.resource.ok:
            return key
        key = fact.resource.location
    return None
