"""The portal's side of the watch, as far as the watch can see it: kept in a file, so that it outlives a crash."""

import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from migrate import portal
from migrate.config.sites import POLICY_SITE
from migrate.notices import Change, ChangeKind, Followed, KnownNotice, Moment, NoticeState, Read, Seen, Standing
from migrate.portal import policy as desk
from migrate.records import Finding

_CALLS = (
    "see",
    "take",
    "note_changes",
    "note_back",
    "followed",
    "known",
    "standing",
    "note_round",
    "note_by_hand",
    "remind",
)


class FakeDoor:
    """Knows notices by key; that one has a page it learns from the import that really took place."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notices: dict[str, dict[str, Any]] = json.loads(path.read_text()) if path.exists() else {}
        self.seen: list[Seen] = []
        self.taken: list[Read] = []
        self.changes: list[Change] = []
        self.reminded = 0
        self.rounds: list[tuple[datetime, list[str]]] = []
        self.back: list[str] = []
        self.by_hand: list[tuple[str, str]] = []

    def stand_in(self, put: Callable[[Any, str, Any], None]) -> None:
        """Let the watch call this desk instead of the portal's."""
        for name in _CALLS:
            put(desk, name, lambda *given, _name=name, **more: getattr(self, _name)(*given, **more))

    def _keep(self) -> None:
        unfinished = self.path.with_suffix(".part")
        unfinished.write_text(json.dumps(self.notices))
        unfinished.replace(self.path)

    def see(self, lines: Iterable[Seen]) -> None:
        for line in lines:
            self.seen.append(line)
            if line.key not in self.notices:
                due = (line.published.latest + line.within).isoformat()
                row = {"page": False, "checksum": "", "url": line.url, "title": line.title, "source": line.source}
                self.notices[line.key] = row | {"due": due}
        self._keep()

    def take(self, readings: Iterable[Read]) -> list[Finding]:
        imported = portal.what_is_known(POLICY_SITE)[0]
        for read in readings:
            self.taken.append(read)
            self.notices[read.key] |= {"page": read.key in imported, "checksum": read.checksum, "url": read.url}
        self._keep()
        return []

    def note_changes(self, changes: Iterable[Change]) -> None:
        self.changes += changes

    def note_back(self, key: str, now: datetime) -> None:
        self.back.append(key)

    def accept(self, change: Change) -> None:
        """Do what the editor does with one click."""
        assert change.reading is not None
        self.notices[change.key] |= {"checksum": change.reading.checksum}
        if change.kind is ChangeKind.MOVED:
            self.notices[change.key] |= {"url": change.reading.url}
        self._keep()

    def followed(self, now: datetime) -> list[Followed]:
        return [Followed(key, have["url"], have["checksum"]) for key, have in self.notices.items() if have["page"]]

    def known(self, keys: Iterable[str]) -> dict[str, KnownNotice]:
        return {
            key: KnownNotice(
                key, have["page"], have["checksum"], NoticeState.DRAFTED if have["page"] else NoticeState.NEW
            )
            for key in keys
            if (have := self.notices.get(key))
        }

    def standing(self, now: datetime, within: timedelta) -> list[Standing]:
        found = []
        for key, have in self.notices.items():
            due = datetime.fromisoformat(have["due"])
            found.append(Standing(key, have["title"], have["source"], NoticeState.NEW, Moment(due, due), due, due))
        return [one for one in found if one.due - now <= within]

    def note_round(self, findings: Iterable[Finding], now: datetime) -> None:
        self.rounds.append((now, [found.check for found in findings]))

    def note_by_hand(self, key: str, actor: str) -> None:
        self.by_hand.append((key, actor))

    def remind(self, config: object, now: datetime) -> list[Finding]:
        self.reminded += 1
        return []
