"""What was reposted is asked for again: whether its source corrected it, took it back or moved it."""

from dataclasses import replace
from datetime import timedelta
from typing import Literal

from migrate.extract import recipe
from migrate.i18n import _
from migrate.notices import Change, ChangeKind, Followed, Moment, Read, Seen
from migrate.pipeline.policy.intake import import_entries
from migrate.pipeline.policy.reading import Unread, fetch_files, read_page, reading_of
from migrate.pipeline.policy.shared import Round
from migrate.policy.asking import Answer, Asker
from migrate.policy.reading import Sight, fault_of, is_due, judge, told_of
from migrate.portal import policy as door
from migrate.records import Record
from migrate.urls import host_of


def follow(this: Round) -> list[Change]:
    """Ask again for what was reposted; tell the portal what the sources made of it, and return that."""
    due = _due(this)
    if not due:
        return []
    answers: list[tuple[Followed, Answer]] = []

    async def ask_all(asker: Asker) -> None:
        for number, notice in enumerate(due):
            this.progress(_("asked again"), number, len(due))
            answers.append((notice, await asker.ask(notice.url)))

    this.asked(ask_all)
    this.progress(_("asked again"), len(due), len(due))
    return [change for notice, answer in answers for change in _look_again(this, notice, answer)]


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


def _look_again(this: Round, notice: Followed, answer: Answer) -> list[Change]:
    before = this.store.following(notice.key)
    row = answer.resource
    record: Record | None = None
    if answer.ok and row is not None:
        if told_of(answer) == before.told and not before.missing:
            this.store.write_following(notice.key, before._replace(asked_at=this.now.isoformat()))
            return []
        record = read_page(this, answer)
    reading = None
    if record is not None and not fault_of(record):
        reading = reading_of(this, _seen(this, notice), answer, record)
    sight = Sight(answer, record, reading, _standing_of(this, host_of(notice.url)))
    judged = judge(notice, sight, before, this.now)
    changes = [judged.change] if judged.change is not None else []
    if judged.change is not None and judged.change.kind is ChangeKind.CORRECTED:
        assert record is not None and reading is not None
        try:
            _bring_files(this, _seen(this, notice), reading, record)
        except Unread as unread:  # nothing of the answer is noted: the next round asks again
            this.findings.append(unread.finding)
            return []
    door.note_changes(changes)
    if reading is not None and this.store.key(reading.url) != notice.key:
        _is_same(this, notice, reading)
    this.store.write_following(notice.key, judged.following)
    return changes


def _bring_files(this: Round, seen: Seen, reading: Read, record: Record) -> None:
    """Store what a correction brings along, so that whoever takes it links to nothing that lies at the source.

    Raises Unread where something may be had another time.
    """
    if not (record.attachments or record.images):
        return

    async def fetch(asker: Asker) -> None:
        await fetch_files(this, asker, seen, record)

    this.asked(fetch)
    with this.ledger.transaction():
        this.ledger.write_record(record, reading.digest, recipe(this.where.site, this.families))
    import_entries(this, {seen.key: seen}, {seen.key: reading}, files_only=True)


def _standing_of(this: Round, host: str) -> Literal["answers", "unsure", "down"]:
    wrong = {found.check for found in this.findings if host_of(found.url) == host}
    if "policy.source-down" in wrong:
        return "down"
    return "answers" if host in this.answering and "policy.list-changed" not in wrong else "unsure"


def _is_same(this: Round, notice: Followed, reading: Read) -> None:
    """Note that a notice lies at another address now, which a list may name as if it were a new one."""
    seen = _seen(this, notice)
    if reading.checksum == notice.checksum or reading.title == seen.title:
        this.store.settle(replace(seen, key=this.store.key(reading.url)))


def _seen(this: Round, notice: Followed) -> Seen:
    """Return the line that named a notice; where a rebuilt ledger has none, one that says what is sure."""
    seen = this.store.line(notice.key)
    if seen is not None:
        return seen
    source = this.config.source_of(host_of(notice.url))
    now = Moment(this.now, this.now)
    name, within, column = (source.id, source.within, source.column) if source else ("", timedelta(), "")
    return Seen(notice.key, notice.url, name, "", now, this.now, within, column)
