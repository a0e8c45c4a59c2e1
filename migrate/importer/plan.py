"""What an import will do with each entry: decisions laid over, compared with what the portal already has."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from migrate.archive.ledger import Ledger
from migrate.i18n import _
from migrate.records import STRONGEST_FIRST, Entry, Kind, Known, Outcome, Ruled, fingerprint


class Action(StrEnum):
    """What import does with a page or file."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    EDITED = "edited"
    """There is a new version, but an editor has changed or deleted what the portal has: left alone."""
    REFUSED = "refused"
    """A file that the portal takes from nobody."""
    FAILED = "failed"
    """A file that the archive can't give."""


DECISION = "(decision)"
"""Stands where the rule's name would, when a person ruled."""

Decisions = Mapping[str, Ruled]
"""Canonical URL → what a person ruled."""


def overlay(entry: Entry, decisions: Decisions) -> Entry:
    """Return the entry with people's decisions laid over it: on itself, else on the pages that it follows."""
    ruled = decisions.get(entry.key)
    decided = _decided(entry, ruled) if ruled else _as_its_pages(entry, decisions)
    written = (decided.outcome, decided.target, decided.held)
    if written == (entry.outcome, entry.target, entry.held):
        return decided
    return replace(decided, content_hash=fingerprint([entry.content_hash, *map(list, (written[:2], decided.held))]))


def _decided(entry: Entry, ruled: Ruled) -> Entry:
    """Return the entry as a person ruled on it: stronger than rules, and than where the old site redirected it."""
    outcome = Outcome(ruled.outcome)
    target = ruled.column or entry.target
    reason = ruled.reason or entry.reason
    if outcome == Outcome.MOVE and entry.content is not None and not target:
        outcome, reason = Outcome.UNDECIDED, _("It is to move, but nobody said into which column.")
    held = () if ruled.release else entry.held
    return replace(
        entry, outcome=outcome, target=target, reason=reason, held=held, follows="", used_by=(), rule=DECISION
    )


def _as_its_pages(entry: Entry, decisions: Decisions) -> Entry:
    """Return the entry with what was ruled on the pages that use it, or that the old site redirected it to."""
    ruled = [decisions[page] for page in entry.used_by if page in decisions]
    if not ruled:
        return entry
    outcomes = [Outcome(one.outcome) for one in ruled]
    if len(ruled) < len(entry.used_by):
        outcomes.append(entry.outcome)
    outcome = min(outcomes, key=STRONGEST_FIRST.index)
    target = entry.target
    if entry.follows and outcome in (Outcome.MOVE, Outcome.ARCHIVE, Outcome.REDIRECT):
        outcome = Outcome.REDIRECT  # the portal answers with whatever the page became
    elif outcome == Outcome.REDIRECT:
        target = next(one.column for one in ruled if one.outcome == outcome)
        if entry.kind == Kind.ATTACHMENT:
            outcome, target = Outcome.MOVE, ""  # a page goes, its files must not
    shown = any(one.release and one.outcome in (Outcome.MOVE, Outcome.UNDECIDED, Outcome.ARCHIVE) for one in ruled)
    return replace(entry, outcome=outcome, target=target, held=() if shown else entry.held)


def ruled_outcomes(ledger: Ledger, decisions: Decisions) -> dict[str, Outcome]:
    """Return canonical URL → outcome of all entries to which decisions gave another."""
    ruled: dict[str, Outcome] = {}
    if decisions:
        following = ledger.entries("instr(data, ?)", ('"used_by":["',))
        for entry in (*filter(None, map(ledger.entry, decisions)), *following):
            outcome = overlay(entry, decisions).outcome
            if outcome != entry.outcome:
                ruled[entry.key] = outcome
    return ruled


def is_page(entry: Entry) -> bool:
    """Say whether the entry becomes a page: moved, or undecided and waiting as a draft."""
    return entry.content is not None and entry.outcome in (Outcome.MOVE, Outcome.UNDECIDED)


def is_file(entry: Entry) -> bool:
    """Say whether the entry becomes a document or an image."""
    return (
        entry.kind in (Kind.ATTACHMENT, Kind.IMAGE)
        and entry.outcome in (Outcome.MOVE, Outcome.UNDECIDED)
        and bool(entry.digest)
    )


def action_for(entry: Entry, known: Mapping[str, Known], *, publish: bool) -> Action:
    """Return what to do with a page or file. A clean draft is updated when it is to be published now."""
    have = known.get(entry.key)
    if have is None:
        return Action.CREATE
    if have.content_hash != entry.content_hash:
        if have.touched:
            return Action.EDITED
        return Action.UPDATE if have.content_hash else Action.CREATE
    wants_live = is_page(entry) and publish and entry.outcome == Outcome.MOVE and not entry.held
    return Action.UPDATE if wants_live and have.state == "draft" and not have.touched else Action.UNCHANGED


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What to import, and whether clean pages go live."""

    publish: bool = False
    only: str = ""
    """Only pages of the rule of this name (with all files)."""
    limit: int = 0
    """At most this many pages; 0 is all."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Streams the ledger's entries with decisions laid over; keeps no entry, so it can be walked again and again."""

    ledger: Ledger
    known: Mapping[str, Known]
    decisions: Decisions
    options: ImportOptions

    def entries(self) -> Iterator[Entry]:
        """Yield all entries, by canonical URL."""
        for entry in self.ledger.entries():
            yield overlay(entry, self.decisions)

    def read(self, keys: list[str]) -> list[Entry]:
        """Return the entries of these canonical URLs."""
        found = (self.ledger.entry(key) for key in keys)
        return [overlay(entry, self.decisions) for entry in found if entry is not None]

    def files(self) -> Iterator[tuple[Entry, Action]]:
        """Yield each file with what is to be done."""
        for entry in self.entries():
            if is_file(entry):
                yield entry, action_for(entry, self.known, publish=self.options.publish)

    def pages(self) -> Iterator[tuple[Entry, Action]]:
        """Yield each page within `only` and `limit` with what is to be done."""
        left = self.options.limit or -1
        for entry in self.entries():
            if not is_page(entry) or (self.options.only and entry.rule != self.options.only):
                continue
            if left == 0:
                return
            left -= 1
            yield entry, action_for(entry, self.known, publish=self.options.publish)

    def open_pages(self, written: set[str]) -> Iterator[Entry]:
        """Yield the pages with links that led nowhere, but for those written anyway and those with a newer version."""
        for key, known in self.known.items():
            if not known.unresolved or known.touched or key in written:
                continue
            for entry in self.read([key]):
                if is_page(entry) and entry.content_hash == known.content_hash:
                    yield entry
