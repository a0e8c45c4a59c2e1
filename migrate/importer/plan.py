"""What an import will do with each entry: decisions laid over, compared with what the portal already has."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from migrate.archive.ledger import Ledger
from migrate.embedded import MARK, is_embedded
from migrate.i18n import _
from migrate.importer.carried import carried_by
from migrate.records import DECISION, STRONGEST_FIRST, Entry, Kind, Known, Outcome, Ruled
from migrate.ruled import look_of, masked, ruled_hash, still_released, with_ruling


class Action(StrEnum):
    """What import does with a page or file."""

    CREATE = "create"
    MERGE = "merge"
    """The same as something earlier: it shares that one's page."""
    UPDATE = "update"
    UNCHANGED = "unchanged"
    EDITED = "edited"
    """There is a new version, but an editor has changed or deleted what the portal has: left alone."""
    PARTLY = "partly"
    """As edited, but some fields may follow the old site and are written; the others wait for a person."""
    UNPUBLISH = "unpublish"
    """By now it is gone, archived or redirected: the page that an earlier import published goes offline."""
    REFUSED = "refused"
    """A file that the portal takes from nobody."""
    FAILED = "failed"
    """A file that the archive can't give."""


_OF_FILES = (Kind.ATTACHMENT, Kind.IMAGE)
"""No page is of these kinds."""

Decisions = Mapping[str, Ruled]
"""Canonical URL → what a person ruled."""


@dataclass(frozen=True, slots=True)
class _User:
    """As much of a page as its files must know."""

    outcome: Outcome
    held: tuple[str, ...]
    target: str
    reason: str


class Overlay:
    """Lays people's decisions over entries: on an entry itself, else through the pages that use it or it leads to."""

    def __init__(self, ledger: Ledger, decisions: Decisions) -> None:
        self._ledger = ledger
        self._decisions = decisions
        self._users: dict[str, _User | None] = {}

    def __call__(self, entry: Entry) -> Entry:
        """Return the entry as people ruled; with another outcome, column, release or mask: another content hash."""
        ruled = self._decisions.get(entry.key)
        decided = _decided(entry, ruled) if ruled else self._as_its_pages(entry)
        masks = ruled.masks if ruled and decided.content != entry.content else ""
        written = (decided.outcome, decided.target, decided.held)
        if written == (entry.outcome, entry.target, entry.held) and not masks:
            return decided
        return replace(decided, content_hash=ruled_hash(entry.content_hash, *written, masks))

    def _as_its_pages(self, entry: Entry) -> Entry:
        users = entry.used_by or ((entry.follows,) if entry.follows else ())
        if not self._reaches(users):
            return entry
        found = [user for user in map(self._user, users) if user is not None and user.outcome in STRONGEST_FIRST]
        return _as_strongest(entry, found) if found else entry

    def _reaches(self, users: tuple[str, ...]) -> bool:
        """Say whether a decision was made on one of these, or, of an address that led to a file, on its pages."""
        if not self._decisions or not users:
            return False
        if any(key in self._decisions for key in users):
            return True
        end = self._ledger.entry(users[0]) if len(users) == 1 else None
        return end is not None and any(key in self._decisions for key in end.used_by)

    def _user(self, key: str) -> _User | None:
        if key not in self._users:
            entry = self._ledger.entry(key)
            decided = self(entry) if entry is not None else None
            self._users[key] = _User(decided.outcome, decided.held, decided.target, decided.reason) if decided else None
        return self._users[key]

    def changed(self) -> Iterator[Entry]:
        """Yield the entries of the ledger that decisions are on or reach, with them laid over."""
        if not self._decisions:
            return
        yield from map(self, filter(None, map(self._ledger.entry, self._decisions)))
        following = """(json_array_length(data, '$.used_by') > 0 OR json_extract(data, '$.follows') <> '')"""
        for entry in self._ledger.entries(following):
            if entry.key not in self._decisions:
                yield self(entry)


def _decided(entry: Entry, ruled: Ruled) -> Entry:
    """Return the entry as a person ruled on it: stronger than rules, and than where the old site redirected it."""
    outcome = Outcome(ruled.outcome)
    target = ruled.column or entry.target
    reason = ruled.reason or entry.reason
    if outcome == Outcome.MOVE and entry.content is not None and not target:
        outcome, reason = Outcome.UNDECIDED, _("It is to move, but nobody said into which column.")
    if outcome == Outcome.ARCHIVE and not (entry.warc_file or ruled.captured):
        outcome, reason = Outcome.UNDECIDED, _("It is to be archived, but nothing was captured at it.")
    look = look_of(entry)
    entry, ended = masked(entry, ruled.masks)
    held = () if ruled.release and still_released(ruled.accepted, look) else entry.held
    entry = replace(
        entry, outcome=outcome, target=target, reason=reason, held=held, follows="", used_by=(), rule=DECISION
    )
    return with_ruling(entry, ended, look)


_SHOWN = (Outcome.MOVE, Outcome.UNDECIDED, Outcome.ARCHIVE)


def _as_strongest(entry: Entry, users: list[_User]) -> Entry:
    """Return a file or an old redirect as the strongest of its pages is; held where no clean page shows it."""
    best = min(users, key=lambda user: STRONGEST_FIRST.index(user.outcome))
    outcome, target = best.outcome, entry.target
    if entry.follows:
        if outcome in (Outcome.MOVE, Outcome.ARCHIVE):
            outcome = Outcome.REDIRECT  # the portal answers with whatever the page became
    elif outcome == Outcome.REDIRECT:
        target = best.target
        if entry.kind == Kind.ATTACHMENT:
            outcome, target = Outcome.MOVE, ""  # a page goes, its files must not
    elif outcome == Outcome.MOVE and entry.kind == Kind.OTHER:
        outcome = Outcome.ARCHIVE
    if any(not user.held and user.outcome in _SHOWN for user in users):
        held: tuple[str, ...] = ()
    else:
        held = tuple(dict.fromkeys(reason for user in users for reason in user.held))
    reason = entry.reason if outcome == entry.outcome else best.reason
    return replace(entry, outcome=outcome, target=target, held=held, reason=reason)


def ruled_outcomes(ledger: Ledger, decisions: Decisions) -> dict[str, Outcome]:
    """Return canonical URL → outcome of all entries that decisions are on or reach."""
    return {entry.key: entry.outcome for entry in Overlay(ledger, decisions).changed()}


def is_page(entry: Entry) -> bool:
    """Say whether the entry becomes a page: moved, or undecided and waiting as a draft."""
    return entry.content is not None and entry.outcome in (Outcome.MOVE, Outcome.UNDECIDED)


def is_file(entry: Entry) -> bool:
    """Say whether the entry becomes a document or an image."""
    return entry.kind in _OF_FILES and entry.outcome in (Outcome.MOVE, Outcome.UNDECIDED) and bool(entry.digest)


def is_retired(entry: Entry) -> bool:
    """Say whether the entry has an outcome with which nothing of it stands in the portal any more."""
    ruled = entry.outcome in (Outcome.GONE, Outcome.ARCHIVE, Outcome.REDIRECT)
    return ruled and not is_page(entry) and not is_file(entry)


def waits(entry: Entry, have: Known | None) -> bool:
    """Say whether an entry's page waits as a draft because it is held: an editor may have published it since."""
    return bool(entry.held) and not (have is not None and have.touched and have.state == "live")


def action_for(entry: Entry, known: Mapping[str, Known], *, publish: bool) -> Action:
    """Return what to do with a page or file. A clean draft is updated when it is to be published now."""
    have = known.get(entry.key)
    if have is None:
        return Action.CREATE
    if have.parts:
        return Action.UPDATE
    if have.content_hash != entry.content_hash:
        if have.touched:
            # a decision alone brings nothing new: an editor who publishes a draft writes one
            same = have.content_hash.partition("+")[0] == entry.content_hash.partition("+")[0]
            return Action.UNCHANGED if same else Action.EDITED
        return Action.UPDATE if have.content_hash else Action.CREATE
    wants_live = is_page(entry) and publish and entry.outcome == Outcome.MOVE and not entry.held
    return Action.UPDATE if wants_live and have.state == "draft" and not have.touched else Action.UNCHANGED


def _only_decided(key: str) -> Entry:
    """Return the entry of an address that the old site never named."""
    return Entry(key, url=key, kind=Kind.OTHER, outcome=Outcome.UNDECIDED, rule=DECISION)


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

    @property
    def overlay(self) -> Overlay:
        """Return what lays decisions over entries."""
        return Overlay(self.ledger, self.decisions)

    def entries(self, where: str = "1", parameters: tuple[object, ...] = ()) -> Iterator[Entry]:
        """Yield all entries, by canonical URL; last the addresses that only a decision knows. `where` as the ledger."""
        overlay = self.overlay
        yield from map(overlay, self.ledger.entries(where, parameters))
        for key in sorted(self.decisions):
            if self.ledger.entry(key) is None:
                yield overlay(_only_decided(key))

    def read(self, keys: Iterable[str]) -> Iterator[Entry]:
        """Yield the entries of these canonical URLs, those that only a decision knows as well."""
        overlay = self.overlay
        for key, entry in self.ledger.entries_of(keys):
            if entry is not None or key in self.decisions:
                yield overlay(entry or _only_decided(key))

    def retired(self) -> Iterator[Entry]:
        """Yield what is known and no longer moves, what leads to another address last: as old URLs are written."""
        followers = []
        for entry in self.entries():
            have = self.known.get(entry.key)
            if have is None or have.state == "deleted" or not is_retired(entry):
                continue
            if entry.follows:
                followers.append(entry)
            else:
                yield entry
        yield from followers

    def files(self) -> Iterator[tuple[Entry, Action]]:
        """Yield each file with what is to be done; last those that pages carry inside themselves."""
        stored = map(self.overlay, self.ledger.entries("kind IN (?, ?)", _OF_FILES))
        for entry in itertools.chain(filter(is_file, stored), self._carried()):
            yield entry, action_for(entry, self.known, publish=self.options.publish)

    def _carried(self) -> Iterator[Entry]:
        for page in map(self.overlay, self.ledger.entries("instr(data, ?) > 0", (MARK,))):
            if is_page(page):
                yield from carried_by(page, self.ledger)

    def read_files(self, keys: list[str]) -> Iterator[Entry]:
        """Yield the files of these keys, each page's own together."""
        yield from self.read(keys)
        wanted = set(filter(is_embedded, keys))
        if wanted:
            yield from (entry for entry in self._carried() if entry.key in wanted)

    def pages(self) -> Iterator[tuple[Entry, Action]]:
        """Yield each page within `only` and `limit` with what is to be done."""
        left = self.options.limit or -1
        for entry in self.entries("kind NOT IN (?, ?)", _OF_FILES):
            if not is_page(entry) or (self.options.only and entry.rule != self.options.only):
                continue
            if left == 0:
                return
            left -= 1
            yield entry, action_for(entry, self.known, publish=self.options.publish)

    def open_pages(self, written: set[str], *, touched: bool = False) -> Iterator[Entry]:
        """Yield the pages with links that led nowhere, but for those written anyway and those with a newer version.

        Those that an editor changed are `touched`, and come by themselves.
        """
        for key, known in self.known.items():
            if not known.unresolved or known.touched is not touched or known.state == "deleted" or key in written:
                continue
            for entry in self.read([key]):
                if is_page(entry) and entry.content_hash == known.content_hash:
                    yield entry
