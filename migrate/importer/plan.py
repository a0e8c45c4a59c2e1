"""What an import will do with each entry: decisions laid over, compared with what the portal already has."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from migrate.archive.ledger import Ledger
from migrate.records import Entry, Kind, Known, Outcome, Ruled, fingerprint


class Action(StrEnum):
    """What import does with one entry."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    ADDRESS = "address"
    """Only its old URL is written: nothing to store."""


DECISION = "(decision)"
"""Stands where the rule's name would, when a person ruled."""


def overlay(entry: Entry, ruled: Ruled | None) -> Entry:
    """Return the entry with a person's decision laid over it; decisions are stronger than rules."""
    if ruled is None:
        return entry
    held = () if ruled.release else entry.held
    outcome = Outcome(ruled.outcome)
    target = ruled.column or entry.target
    decided = replace(entry, outcome=outcome, target=target, reason=ruled.reason or entry.reason, held=held)
    ruling = [entry.content_hash, decided.outcome, decided.target, decided.reason, list(decided.held)]
    return replace(decided, rule=DECISION, content_hash=fingerprint(ruling))


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
    """Return what to do with an entry. A clean draft is updated when it is to be published now."""
    if not is_page(entry) and not is_file(entry):
        return Action.ADDRESS
    have = known.get(entry.key)
    if have is None or not have.content_hash:
        return Action.CREATE
    if have.content_hash != entry.content_hash:
        return Action.UPDATE
    wants_live = is_page(entry) and publish and entry.outcome == Outcome.MOVE and not entry.held
    return Action.UPDATE if wants_live and have.state == "draft" else Action.UNCHANGED


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
    decisions: Mapping[str, Ruled]
    options: ImportOptions

    def entries(self) -> Iterator[Entry]:
        """Yield all entries, by canonical URL."""
        for entry in self.ledger.entries():
            yield overlay(entry, self.decisions.get(entry.key))

    def read(self, keys: list[str]) -> list[Entry]:
        """Return the entries of these canonical URLs."""
        found = (self.ledger.entry(key) for key in keys)
        return [overlay(entry, self.decisions.get(entry.key)) for entry in found if entry is not None]

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
