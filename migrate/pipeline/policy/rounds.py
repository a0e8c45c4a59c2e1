"""One round, from the lists to the reminders; a rehearsal of it; and one notice that a person named."""

import asyncio
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, replace

from migrate.config.policy import Source
from migrate.errors import ShangyiError
from migrate.extract.dates import find_loose_date
from migrate.i18n import _
from migrate.notices import ChangeKind, Read, Seen
from migrate.pipeline.policy.again import follow
from migrate.pipeline.policy.intake import import_read
from migrate.pipeline.policy.reading import keep, read_notice, read_waiting
from migrate.pipeline.policy.shared import Round, Unread
from migrate.pipeline.policy.types import STAGE, Synced
from migrate.policy.asking import Asker
from migrate.policy.moments import place as placed
from migrate.policy.watch import Asked, Watch, due
from migrate.portal import policy as door
from migrate.records import Finding, Level, Record

BY_HAND = "(by hand)"
"""Stands for the source where a person named the address: it becomes a draft, whatever the source says."""


def sync(this: Round) -> Synced:
    """Do all of it; what is wrong stands in the ledger, however the round ends."""
    with closing(this.store):
        _keep_unasked(this)
        try:
            return _sync(this)
        finally:
            with this.ledger.transaction():
                this.ledger.replace_findings(STAGE, this.findings)


def _sync(this: Round) -> Synced:
    reposted = import_read(this)  # what an interrupted round had read
    asked = _ask_lists(this)
    this.findings.extend(asked.findings)
    changes = follow(this)  # first: what moved may come up in a list under its new address
    read_waiting(this)
    reposted += import_read(this)
    this.findings.extend(door.remind(this.config, this.now))
    door.note_round(this.findings, this.now)
    kinds = Counter(change.kind for change in changes)
    return Synced(
        "done", asked.lists, asked.unchanged, asked.lines, len({seen.key for seen in asked.new}), reposted,
        len({line.seen.key for line in this.store.waiting()}), kinds[ChangeKind.CORRECTED],
        kinds[ChangeKind.WITHDRAWN], kinds[ChangeKind.MOVED], tuple(this.findings),
    )  # fmt: skip


def look(this: Round) -> Synced:
    """Ask the lists only."""
    with closing(this.store):
        asked = _ask_lists(this)
    new = {seen.key for seen in asked.new}
    new -= {key for key, known in door.known(new).items() if known.has_page}
    return Synced("done", asked.lists, asked.unchanged, asked.lines, len(new), findings=asked.findings)


# the lists


@dataclass(frozen=True, slots=True)
class _AskedLists:
    """What asking the lists of all sources gave."""

    lists: int
    unchanged: int
    lines: int
    new: tuple[Seen, ...]
    findings: tuple[Finding, ...]


def _sources(this: Round) -> list[Source]:
    """Return the sources that this round asks."""
    if not this.run.due_only:
        return list(this.config.active)
    return [source for source in this.config.active if due(source, this.store.list_state, this.now)]


def _keep_unasked(this: Round) -> None:
    """Let what was wrong with lists that this round does not ask stand, until they are asked again."""
    asked = {spec.url for source in _sources(this) for spec in source.lists}
    lists = {spec.url for source in this.config.active for spec in source.lists}
    this.findings.extend(found for _stage, found in this.ledger.findings(STAGE) if found.url in lists - asked)


def _ask_lists(this: Round) -> _AskedLists:
    sources = _sources(this)
    told = [Asked() for _source in sources]

    async def ask(asker: Asker) -> None:
        watch = Watch(asker, this.store, find_loose_date, this.now, this.config.timeout / 2)
        await asyncio.gather(*(watch.source(source, asked) for source, asked in zip(sources, told, strict=True)))

    this.asked(ask)
    return _AskedLists(
        sum(asked.lists for asked in told),
        sum(asked.unchanged for asked in told),
        sum(asked.lines for asked in told),
        tuple(seen for asked in told for seen in asked.new),
        tuple(finding for asked in told for finding in asked.findings),
    )


# by hand


def repost(this: Round, source: Source, url: str, actor: str) -> tuple[str, list[Finding]]:
    """Read and import one notice as a draft. Raises ShangyiError where it can't be read."""
    with closing(this.store):
        return _repost(this, source, url, actor)


def _repost(this: Round, source: Source, url: str, actor: str) -> tuple[str, list[Finding]]:
    key = this.store.key(url)
    known = door.known([key]).get(key)
    if known is not None and known.has_page:
        message = _("This notice has its page already.")
        return key, [Finding(Level.NOTE, "policy.known", url, message, _("Look for it in the portal's list."))]
    moment = placed(None, None, this.now).moment
    fresh = Seen(key, url, source.id, url, moment, this.now, source.within, source.column)
    seen = this.store.line(key) or fresh

    async def read(asker: Asker) -> tuple[Read, Record]:
        return await read_notice(this, asker, seen)

    try:
        reading, record = this.asked(read)
    except Unread as unread:
        raise ShangyiError(unread.finding.message, unread.finding.hint) from unread
    seen = replace(seen, title=reading.title, published=reading.published)
    door.see([seen])
    keep(this, seen, BY_HAND, reading, record)
    import_read(this)
    door.note_by_hand(key, actor)
    return key, this.findings
