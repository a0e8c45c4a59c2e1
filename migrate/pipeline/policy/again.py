"""What was reposted is asked for again: whether its source corrected it, took it back or moved it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from migrate.extract import recipe
from migrate.http.hours import BEIJING
from migrate.i18n import _
from migrate.notices import Change, ChangeKind, Followed, Moment, Read, Seen
from migrate.pipeline.policy.intake import import_entries
from migrate.pipeline.policy.reading import Unread, fetch_files, has_files, read_page, reading_of
from migrate.pipeline.policy.shared import Round
from migrate.policy.asking import Answer, Asker
from migrate.policy.reading import Sight, differs, fault_of, is_due, judge, told_of
from migrate.policy.store import Following
from migrate.portal import policy as door
from migrate.records import Finding, Record
from migrate.urls import host_of


class _Again(NamedTuple):
    """A notice that was asked for again, and may say something else."""

    notice: Followed
    seen: Seen
    answer: Answer
    before: Following
    record: Record | None
    ask_files: bool


def follow(this: Round) -> list[Change]:
    """Ask again for what was reposted; tell the portal what the sources made of it, and return that."""
    again = [
        one for notice, answer in _ask_pages(this, _due(this)) if (one := _again(this, notice, answer)) is not None
    ]
    unread = _ask_files(this, [one for one in again if one.ask_files])
    this.findings.extend(unread.values())  # nothing of these is noted: the next round asks again
    return [change for one in again if one.notice.key not in unread for change in _look(this, one)]


def _ask_pages(this: Round, due: list[Followed]) -> list[tuple[Followed, Answer]]:
    answers: list[tuple[Followed, Answer]] = []

    async def ask_all(asker: Asker) -> None:
        for number, notice in enumerate(due):
            this.progress(_("asked again"), number, len(due))
            answers.append((notice, await asker.ask(notice.url)))

    if due:
        this.asked(ask_all)
        this.progress(_("asked again"), len(due), len(due))
    return answers


def _ask_files(this: Round, again: list[_Again]) -> dict[str, Finding]:
    """Ask for the files and pictures of notices; return key → what to tell where one may be had another time."""
    unread: dict[str, Finding] = {}

    async def ask_all(asker: Asker) -> None:
        for one in again:
            assert one.record is not None
            try:
                await fetch_files(this, asker, one.seen, one.record)
            except Unread as error:
                unread[one.notice.key] = error.finding

    if again:
        this.asked(ask_all)
    return unread


def _due(this: Round) -> list[Followed]:
    """Return the notices that are to be asked again in this round."""
    new = {line.seen.title for line in this.store.waiting() if line.reading is None}
    due = []
    for notice in door.followed(this.now):
        line = this.store.line(notice.key)
        first = line.first_seen if line is not None else this.now
        named_again = line is not None and line.title in new
        following, longest = this.store.following(notice.key), this.config.followed_for
        host = host_of(notice.url)
        if _standing_of(this, host) == "down":
            continue  # a server in need is not asked for each of its notices
        if host in this.config.hosts and (named_again or is_due(first, following, this.now, longest)):
            due.append(notice)
    return due


def _again(this: Round, notice: Followed, answer: Answer) -> _Again | None:
    """Return what is to be looked at of a notice; None where it is as it was.

    Its files are asked for, too, where it says something else, and once a day: they may be others at their addresses.
    """
    before, seen = this.store.following(notice.key), _seen(this, notice)
    record, ask_files = None, False
    if answer.ok and answer.resource is not None:
        new_day = _is_new_day(before.asked_at or seen.first_seen.isoformat(), this.now)
        if told_of(answer) == before.told and not before.missing:
            record = this.ledger.record(answer.resource.key) if new_day else None
            if record is None or not has_files(record):
                this.store.write_following(notice.key, before._replace(asked_at=this.now.isoformat()))
                return None
        record = record or read_page(this, answer)
        if record is not None and not fault_of(record) and has_files(record):
            ask_files = new_day or differs(notice, reading_of(this, seen, answer, record))
    return _Again(notice, seen, answer, before, record, ask_files)


def _is_new_day(last: str, now: datetime) -> bool:
    """Say whether another day has begun in Beijing since a moment."""
    before, today = (at.astimezone(BEIJING).date() for at in (datetime.fromisoformat(last), now))
    return before < today


def _look(this: Round, one: _Again) -> list[Change]:
    """Tell the portal what became of a notice, and note that it was told."""
    record, reading = one.record, None
    if record is not None and not fault_of(record):
        reading = reading_of(this, one.seen, one.answer, record)
    sight = Sight(one.answer, record, reading, _standing_of(this, host_of(one.notice.url)))
    judged = judge(one.notice, sight, one.before, this.now)
    changes = [judged.change] if judged.change is not None else []
    if judged.change is not None and judged.change.kind is ChangeKind.CORRECTED:
        assert record is not None and reading is not None
        _import_files(this, one.seen, reading, record)
    door.note_changes(changes)
    if reading is not None and this.store.key(reading.url) != one.notice.key:
        _is_same(this, one, reading)
    this.store.write_following(one.notice.key, judged.following)
    return changes


def _import_files(this: Round, seen: Seen, reading: Read, record: Record) -> None:
    """Store what a correction brings along, so that whoever takes it links to nothing that lies at the source."""
    if not has_files(record):
        return
    with this.ledger.transaction():
        this.ledger.write_record(record, reading.digest, recipe(this.where.site, this.families))
    import_entries(this, {seen.key: seen}, {seen.key: reading}, files_only=True)


def _standing_of(this: Round, host: str) -> Literal["answers", "unsure", "down"]:
    wrong = {found.check for found in this.findings if host_of(found.url) == host}
    if "policy.source-down" in wrong:
        return "down"
    return "answers" if host in this.answering and "policy.list-changed" not in wrong else "unsure"


def _is_same(this: Round, one: _Again, reading: Read) -> None:
    """Note that a notice lies at another address now, which a list may name as if it were a new one."""
    if reading.checksum == one.notice.checksum or reading.title == one.seen.title:
        this.store.settle(replace(one.seen, key=this.store.key(reading.url)))


def _seen(this: Round, notice: Followed) -> Seen:
    """Return the line that named a notice; where a rebuilt ledger has none, one that says what is sure."""
    seen = this.store.line(notice.key)
    if seen is not None:
        return seen
    source = this.config.source_of(host_of(notice.url))
    now = Moment(this.now, this.now)
    name, within, column = (source.id, source.within, source.column) if source else ("", timedelta(), "")
    return Seen(notice.key, notice.url, name, "", now, this.now, within, column)
