"""What passes between the watch over State Council notices and the portal: plain data, times aware and in UTC."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from migrate.records import FileLink


class NoticeState(StrEnum):
    """Where the repost of a notice stands."""

    NEW = "new"
    """Seen at its source; there is no page yet."""
    DRAFTED = "drafted"
    IN_REVIEW = "in-review"
    IN_TIME = "in-time"
    """Published before its deadline."""
    LATE = "late"
    """Published, but after its deadline."""
    MISSED = "missed"
    """Its deadline is over and it is not published."""
    WAIVED = "waived"
    """A person ruled, with a reason, that it is not reposted."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When a source published something. Where it shows only a day, the bounds are that day's, in Beijing time.

    Polls sharpen them: not before the last one that did not show it, not after the first that did.
    """

    earliest: datetime
    latest: datetime

    @property
    def exact(self) -> bool:
        """Say whether the source told the time."""
        return self.earliest == self.latest


@dataclass(frozen=True, slots=True)
class Seen:
    """A line of a source's list or feed: a notice that is to be reposted."""

    key: str
    """Canonical address of the original: what the notice is known by."""
    url: str
    """As it was spelled, absolute."""
    source: str
    """Id of the source in policy.yaml."""
    title: str
    """As the list has it."""
    published: Moment
    first_seen: datetime
    within: timedelta
    """How soon it must be reposted."""
    column: str
    """Portal path of the column that receives it."""


@dataclass(frozen=True, slots=True)
class Read:
    """What was read at a notice's address, once its page is in the portal."""

    key: str
    url: str
    """Where it was read: redirects followed."""
    publisher: str
    """Name of the source, as visitors are told."""
    published: Moment
    """As sharp as the page itself says."""
    checksum: str
    """`sha256:<hex>` of `text`."""
    text: str
    """Title and body as plain text, white space folded: what corrections are told by."""
    warc_file: str
    warc_offset: int
    digest: str
    fetched_at: str
    """ISO 8601, UTC. With the three above: the capture in archives/policy/."""
    title: str = ""
    """As the page has it."""
    document_number: str = ""
    """As the page has it; empty where it has none. What the same document is told by first."""
    files: str = ""
    """`sha256:<hex>` of its files' and pictures' names and bytes; empty: not known. With it, too, corrections are
    told."""


class ChangeKind(StrEnum):
    """What became of a notice at its source."""

    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Change:
    """What the source has made of a notice since it was reposted."""

    key: str
    kind: ChangeKind
    found_at: datetime
    reading: Read | None
    """What it says now; None where it was withdrawn."""
    reason: str = ""
    """Of a withdrawal: `404`, `410` …"""
    title: str = ""
    body: str = ""
    """Of a correction: the new title, and the new body as sanitised HTML with absolute links, ready to be taken."""
    attachments: tuple[FileLink, ...] | None = None
    """Of a correction: all files that belong to the notice by now, under their addresses at the source. None: not
    told."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A notice whose source is to be asked again."""

    key: str
    url: str
    checksum: str
    files: str = ""
    """As `Read.files` was last; empty: not known, so nothing is told of them."""


@dataclass(frozen=True, slots=True)
class KnownNotice:
    """What the portal has of a notice."""

    key: str
    has_page: bool
    """Whether it was read and imported; without a page it is to be read again."""
    checksum: str
    """Of what was read last; empty where nothing was."""
    state: NoticeState


@dataclass(frozen=True, slots=True)
class Standing:
    """A notice whose clock runs, or has run out: a line of `policy status`."""

    key: str
    title: str
    source: str
    """Id of the source in policy.yaml."""
    state: NoticeState
    published: Moment
    due: datetime
    """By the earlier bound of its publication: what reminders go by."""
    due_latest: datetime
    """By the later bound: past it, it is surely late."""

    def overdue(self, now: datetime) -> bool:
        """Say whether it must be shown red: not published, and its deadline is over by the earlier bound."""
        return now > self.due and self.state not in (NoticeState.IN_TIME, NoticeState.LATE, NoticeState.WAIVED)


@dataclass(frozen=True, slots=True)
class ReportPaths:
    """Where a month's report was written."""

    html: Path
    xlsx: Path


class Reminding(Protocol):
    """Who is told of deadlines, and when: what reminders read of policy.yaml."""

    @property
    def mail(self) -> tuple[str, ...]:
        """Return addresses beside those of the policy editors."""

    @property
    def remind(self) -> tuple[timedelta, ...]:
        """Return how long before a deadline to remind."""

    @property
    def webhook(self) -> str:
        """Return the address that is told too; empty: none."""
