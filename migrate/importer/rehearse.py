"""The rehearsal of an import: what it would do with each file and page. Nothing is written."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from migrate.changes import FieldChange
from migrate.importer.files import read_file
from migrate.importer.plan import Action, Plan, waits
from migrate.importer.run import batches, page_batches
from migrate.portal import Rehearsal
from migrate.records import Afterwards, Coming, Entry, Judged, Kind, Known, Stored

_BATCH = 200
_ACTIONS = {
    "created": Action.CREATE,
    "merged": Action.MERGE,
    "updated": Action.UPDATE,
    "unchanged": Action.UNCHANGED,
    "unpublished": Action.UNPUBLISH,
    "edited": Action.EDITED,
    "partly": Action.PARTLY,
    "refused": Action.REFUSED,
    "failed": Action.FAILED,
}
"""What an import would have counted → what it is called beforehand."""
_LOOKED_AT = (Action.CREATE, Action.UPDATE, Action.EDITED)


@dataclass(frozen=True, slots=True)
class Planned:
    """One page or file, and what an import would do with it."""

    url: str
    """Canonical."""
    action: Action
    kind: str
    target: str
    title: str
    held: tuple[str, ...] = ()
    """Why its page would wait as a draft."""
    same_as: str = ""
    """What its page would be shared with."""
    changes: tuple[FieldChange, ...] = ()
    """Of pages that are changed, and of those that an editor changed: what is new on the old site."""
    reason: str = ""
    """Why it is refused, or can't be written."""
    waiting: tuple[str, ...] = ()
    """The last fields of `changes`: not written, for an editor changed the page, and a person has to look."""


def rehearse(plan: Plan, folder: Path, ahead: Rehearsal) -> Iterator[Planned]:
    """Yield each file and page with what an import would do now, files looked at as if they came in.

    A page whose links would be healed comes once more, as a change.
    """
    new: dict[str, Kind] = {}
    for entry, action in plan.files():
        reason = ""
        if action in (Action.CREATE, Action.UPDATE) and isinstance(found := read_file(entry, folder), Stored):
            action, reason = _ACTIONS[found.status], found.message  # noqa: PLW2901
        if action == Action.CREATE:
            new[entry.key] = entry.kind
        yield replace(_planned(entry, action), reason=reason)
    reading = partial(read_file, folder=folder)
    foreseen = _Foreseen(plan, ahead, Coming(new, plan.read, reading))
    written: set[str] = set()
    for entry, planned in plan.pages():
        action = foreseen.action(entry.key, planned)
        if entry.key in foreseen.placed and action in (Action.CREATE, Action.MERGE):
            new[entry.key] = entry.kind
        if planned in (Action.CREATE, Action.UPDATE):
            written.add(entry.key)
        held = entry.held if waits(entry, plan.known.get(entry.key)) else ()
        same_as = foreseen.placed.get(entry.key, "") if action == Action.MERGE else ""
        yield replace(foreseen.planned(entry, action), held=held, same_as=same_as)
    yield from _afterwards(plan, ahead, foreseen.placed, written, Coming(new, plan.read, reading))


class _Foreseen:
    """What the portal says of the pages that an import would look at."""

    def __init__(self, plan: Plan, ahead: Rehearsal, files: Coming) -> None:
        looked_at = [(entry.key, action) for entry, action in plan.pages() if action in _LOOKED_AT]
        to_place = [key for key, action in looked_at if action != Action.EDITED]
        self.placed = ahead.place(page_batches(plan, to_place))
        coming = files._replace(new={**files.new, **dict.fromkeys(self.placed, Kind.ARTICLE)})
        batches_of_pages = page_batches(plan, [key for key, _action in looked_at])
        self._judged: Mapping[str, Judged] = ahead.judge(batches_of_pages, self.placed, coming)

    def action(self, key: str, planned: Action) -> Action:
        """Return what would happen to a page of which `planned` was said."""
        if planned not in _LOOKED_AT:
            return planned
        if key in self._judged:
            return _ACTIONS[self._judged[key].stored.status]
        return Action.MERGE if self.placed.get(key) else Action.CREATE

    def planned(self, entry: Entry, action: Action) -> Planned:
        """Return a page with what would happen to it."""
        judged = self._judged.get(entry.key)
        if judged is None:
            return _planned(entry, action)
        reason = judged.stored.message if action == Action.FAILED else ""
        return replace(_planned(entry, action), reason=reason, changes=judged.changes, waiting=judged.waiting)


def _afterwards(
    plan: Plan, ahead: Rehearsal, placed: Collection[str], written: set[str], coming: Coming
) -> Iterator[Planned]:
    """Yield what goes offline, then the pages whose links are healed."""

    def look(known: Mapping[str, Known]) -> tuple[Iterable[list[Entry]], Mapping[str, Entry]]:
        then = replace(plan, known=known)
        targets: dict[str, Entry] = {}
        for entry in then.open_pages(written):
            for url in known[entry.key].unresolved:
                for target in () if url in targets else plan.read([url]):
                    targets[url] = target
                    targets.update({leader.key: leader for leader in plan.read([target.follows])})
        return batches(then.open_pages(written), _BATCH), targets

    retired = list(plan.retired())
    parted = list(plan.read(key for key in placed if key in plan.known))
    stored, healed = ahead.heal(Afterwards(retired, parted, coming, look))
    gone = {item.key for item in stored if item.status == "unpublished"}
    yield from (_planned(entry, Action.UNPUBLISH) for entry in retired if entry.key in gone)
    yield from (_planned(entry, Action.UPDATE) for entry in plan.read(healed))


def _planned(entry: Entry, action: Action) -> Planned:
    return Planned(entry.key, action, entry.kind.value, entry.target, entry.title or entry.name)
