"""What was reposted is asked for again: whether its source corrected it, took it back or moved it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from migrate.extract import recipe
from migrate.http.hours import BEIJING
from migrate.i18n import _
from migrate.notices import Change, ChangeKind, Followed, Moment, Read, Seen
from migrate.pipeline.policy.intake import import_entries
from migrate.pipeline.policy.parts import Whole, read_whole
from migrate.pipeline.policy.reading import fetch_files, has_files, reading_of
from migrate.pipeline.policy.shared import Round, Unread
from migrate.policy.asking import Answer, Asker
from migrate.policy.reading import WITHDRAWN, Sight, differs, fault_of, is_due, judge, told_of
from migrate.policy.store import Following
from migrate.portal import policy as door
from migrate.records import Finding, Level, Record
from migrate.urls import host_of


class _Again(NamedTuple):
    """A notice that was asked for again, and may say something else."""

    notice: Followed
    seen: Seen
    answer: Answer
    before: Following
    new_day: bool
    """Once a day its files and further pages are asked for, too: they may be others at their addresses."""


def follow(this: Round) -> list[Change]:
    """Ask again for what was reposted; tell the portal what the sources made of it, and return that."""
    looks = (_again(this, notice, answer) for notice, answer in _ask_pages(this, _due(this)))
    again = [one for one in looks if one is not None]
    return [change for one, whole in _read_again(this, again) for change in _look(this, one, whole)]


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


def _again(this: Round, notice: Followed, answer: Answer) -> _Again | None:
    """Return what is to be looked at of a notice; None where it is as it was."""
    before, seen = this.store.following(notice.key), _seen(this, notice)
    one = _Again(notice, seen, answer, before, _is_new_day(before.asked_at or seen.first_seen.isoformat(), this.now))
    if not _is_as_before(one) or (one.new_day and _has_more(this, one)):
        return one
    this.store.write_following(notice.key, before._replace(asked_at=this.now.isoformat()))
    return None


def _is_as_before(one: _Again) -> bool:
    return one.answer.ok and told_of(one.answer) == one.before.told.partition("\n")[0] and not one.before.missing


def _has_more(this: Round, one: _Again) -> bool:
    """Say whether a notice has files, pictures or further pages beside the page that is as it was."""
    record = this.ledger.record(one.answer.resource.key) if one.answer.resource is not None else None
    return "\n" in one.before.told or (record is not None and has_files(record))


def _is_new_day(last: str, now: datetime) -> bool:
    """Say whether another day has begun in Beijing since a moment."""
    before, today = (at.astimezone(BEIJING).date() for at in (datetime.fromisoformat(last), now))
    return before < today


def _read_again(this: Round, again: list[_Again]) -> list[tuple[_Again, Whole]]:
    """Read notices anew, their further pages and files asked for; what can't be had for now is a finding."""
    found: list[tuple[_Again, Whole]] = []

    async def read_all(asker: Asker) -> None:
        for one in again:
            try:
                found.append((one, await _read_whole(this, asker, one)))
            except Unread as unread:  # nothing of the answer is noted: the next round asks again
                this.findings.append(unread.finding)

    if again:
        this.asked(read_all)
    return found


async def _read_whole(this: Round, asker: Asker, one: _Again) -> Whole:
    if not one.answer.ok:
        return Whole(None, one.before.told)
    whole = await read_whole(this, asker, one.seen, one.answer)
    record = whole.record
    if record is None or fault_of(record) or not has_files(record):
        return whole
    if one.new_day or differs(one.notice, reading_of(this, one.seen, one.answer, record)):
        await fetch_files(this, asker, one.seen, record)
    return whole


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


def _look(this: Round, one: _Again, whole: Whole) -> list[Change]:
    """Tell the portal what became of a notice, and note that it was told."""
    record, reading = whole.record, None
    if record is not None and not fault_of(record):
        reading = reading_of(this, one.seen, one.answer, record)
    sight = Sight(one.answer, record, reading, _standing_of(this, host_of(one.notice.url)), whole.told)
    judged = judge(one.notice, sight, one.before, this.now)
    changes = [judged.change] if judged.change is not None else []
    if judged.change is not None and judged.change.kind is ChangeKind.CORRECTED:
        assert record is not None and reading is not None
        _import_files(this, one.seen, reading, record)
    if one.before.told == WITHDRAWN and reading is not None:
        this.findings.append(_back(one))
        door.note_back(one.notice.key, this.now)
    door.note_changes(changes)
    if reading is not None and this.store.key(reading.url) != one.notice.key:
        _is_same(this, one, reading)
    this.store.write_following(one.notice.key, judged.following)
    return changes


def _back(one: _Again) -> Finding:
    message = _("It was withdrawn, and is at its source again.")
    hint = _("Nobody need take the withdrawal any more. If the page was taken offline for it, publish it again.")
    return Finding(Level.WARNING, "policy.back", one.notice.url, message, hint)


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
