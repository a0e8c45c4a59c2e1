"""What a notice says: its text and checksum, by which corrections are told; and what became of it at its source."""

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from html import unescape
from typing import Literal, NamedTuple

from migrate.notices import Change, ChangeKind, Followed, Read
from migrate.policy.asking import GONE, PERMANENT, Answer
from migrate.policy.store import Following
from migrate.records import Kind, Record

_BREAK = re.compile(
    r"<(?:br|hr)\b[^>]*>|</(?:p|div|tr|li|h[1-6]|table|blockquote|dd|dt|pre|section)\s*>", re.IGNORECASE
)
_CELL = re.compile(r"</t[dh]\s*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_SURE = 0.5
_NO_PAGE = ("error-page", "soft-404", "empty")
"""Reasons of records that say the page is not there, though the server says it is."""
_GAPS = (
    (timedelta(days=1), timedelta()),
    (timedelta(days=3), timedelta(hours=2)),
    (timedelta(days=7), timedelta(hours=6)),
)
"""Age of a notice → how often it is asked again: corrections come soon. Older ones once a day."""
WITHDRAWN = "withdrawn"


def text_of(title: str, body: str) -> str:
    """Return title and body as plain text, a line a block, white space folded."""
    plain = unescape(_TAG.sub("", _CELL.sub(" ", _BREAK.sub("\n", body.replace("\n", " ")))))
    lines = (" ".join(line.split()) for line in f"{title}\n{plain}".split("\n"))
    return "\n".join(filter(None, lines))


def checksum_of(text: str) -> str:
    """Return `sha256:<hex>` of a text."""
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def files_checksum(files: Iterable[tuple[str, str]]) -> str:
    """Return the checksum of a notice's files: (name, digest of the bytes; their address where nobody has them)."""
    return checksum_of("\n".join(sorted(f"{name}\t{what}" for name, what in files)))


def differs(notice: Followed, reading: Read) -> bool:
    """Say whether a notice says something else than it did last; of files that were never known nothing is said."""
    return reading.checksum != notice.checksum or bool(notice.files and reading.files != notice.files)


def fault_of(record: Record) -> str:
    """Return why a page is no notice that can be reposted; empty if it is one."""
    if record.kind is not Kind.ARTICLE:
        return record.reason.partition(":")[0] or record.kind.value
    if record.title is None:
        return "no-title"
    return "" if record.body.strip() or record.attachments or record.images else "no-body"


def is_due(first_seen: datetime, following: Following, now: datetime, longest: timedelta) -> bool:
    """Say whether a notice is to be asked again now: often while it is new, at once where it was missed."""
    age = now - first_seen
    if age > longest:
        return False
    if not following.asked_at or following.missing:
        return True
    gap = next((gap for limit, gap in _GAPS if age < limit), timedelta(days=1))
    return now - datetime.fromisoformat(following.asked_at) >= gap


class Judged(NamedTuple):
    """What asking a notice again comes to."""

    change: Change | None
    following: Following


class Sight(NamedTuple):
    """What asking a notice again gave."""

    answer: Answer
    record: Record | None
    """What its address gives now, if it was read."""
    reading: Read | None
    """The same as a notice, if it is one."""
    source: Literal["answers", "unsure", "down"]
    """What its host gave in this round: something good and no list that was not; else; lists that did not answer."""
    told: str
    """What is to be remembered of the answer, if it was read."""


def judge(notice: Followed, sight: Sight, before: Following, now: datetime) -> Judged:
    """Return what became of a notice, and what is to be remembered of it.

    Withdrawn is what is not there while its source answers otherwise, or twice in a row; never what only can't be
    reached.
    """
    answer, record, reading, source, told = sight
    stamp = now.isoformat()
    gone = _gone(answer, record)
    if gone and source == "down":
        return Judged(None, before._replace(asked_at=stamp))
    if gone:
        missing = before.missing + 1
        if before.told == WITHDRAWN or not (source == "answers" or missing > 1):
            return Judged(None, Following(stamp, missing, before.told))
        change = Change(notice.key, ChangeKind.WITHDRAWN, now, None, gone)
        return Judged(change, Following(stamp, missing, WITHDRAWN))
    if record is None or reading is None or answer.resource is None:
        return Judged(None, before._replace(asked_at=stamp))
    after = Following(stamp, 0, told)
    if differs(notice, reading):
        change = Change(
            notice.key, ChangeKind.CORRECTED, now, reading,
            title=reading.title, body=record.body, attachments=record.attachments,
        )  # fmt: skip
        return Judged(change, after)
    moved = any(hop in PERMANENT for hop in answer.hops) and reading.url != notice.url
    return Judged(Change(notice.key, ChangeKind.MOVED, now, reading) if moved else None, after)


def _gone(answer: Answer, record: Record | None) -> str:
    """Return how it is known that a notice is not at its address any more; empty if it is, or nobody knows."""
    if answer.status in GONE and not answer.ok:
        return str(answer.status)
    if not answer.ok or record is None:
        return ""
    reason = record.reason.partition(":")[0]
    if record.kind is Kind.OTHER and reason in _NO_PAGE:
        return reason
    if answer.hops and record.kind in (Kind.HOME, Kind.LIST):
        return "redirect"
    return ""


def told_of(answer: Answer) -> str:
    """Return what is remembered of an answer that was judged: its bytes, and where they were."""
    return f"{answer.resource.digest} {answer.url}" if answer.resource is not None else ""


def sure(confidence: float) -> bool:
    """Say whether a field's value may narrow what is known."""
    return confidence >= _SURE
