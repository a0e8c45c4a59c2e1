"""Where the repost of a notice stands, from times and the state of its page alone; its deadline (domain rule RP-01).

Deadlines are wall-clock time: a night or a weekend stops nothing. Where a source shows only a day, a notice was
published between two bounds. Reminders go by the earlier one; what is late must be late by the later one, too.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from migrate.notices import Moment, NoticeState


class PageState(StrEnum):
    """What there is of a notice's page while it has never been public."""

    NONE = "none"
    DRAFT = "draft"
    REVIEW = "review"
    """It is in a running workflow."""


@dataclass(frozen=True, slots=True)
class Times:
    """What the clock of one notice reads."""

    published: Moment
    within: timedelta
    reposted_at: datetime | None = None
    """When visitors could see it for the first time."""
    waived_at: datetime | None = None

    @property
    def due(self) -> datetime:
        """Return the deadline if it was published as early as can be: what people are reminded of."""
        return self.published.earliest + self.within

    @property
    def due_latest(self) -> datetime:
        """Return the deadline if it was published as late as can be: past it, it is surely late."""
        return self.published.latest + self.within

    @property
    def surely_in_time(self) -> bool:
        """Say whether it was in time by both bounds."""
        return self.reposted_at is not None and self.reposted_at <= self.due

    def hours(self) -> tuple[float, float] | None:
        """Return how many hours the repost took, at least and at most; None while there is none."""
        if self.reposted_at is None:
            return None
        least, most = self.reposted_at - self.published.latest, self.reposted_at - self.published.earliest
        return max(least.total_seconds() / 3600, 0.0), max(most.total_seconds() / 3600, 0.0)


def state_of(times: Times, page: PageState, now: datetime) -> NoticeState:
    """Return the state of a notice. `standing.with_states` says the same in SQL; a test compares them."""
    if times.reposted_at is not None:
        return NoticeState.LATE if times.reposted_at > times.due_latest else NoticeState.IN_TIME
    if times.waived_at is not None:
        return NoticeState.WAIVED
    if now > times.due_latest:
        return NoticeState.MISSED
    if page is PageState.NONE:
        return NoticeState.NEW
    return NoticeState.IN_REVIEW if page is PageState.REVIEW else NoticeState.DRAFTED


def sharpened(known: Moment, told: Moment) -> Moment:
    """Return what two accounts of one publication leave possible.

    Where they contradict each other, an exact time counts more than a day; else the first account stays.
    """
    earliest, latest = max(known.earliest, told.earliest), min(known.latest, told.latest)
    if earliest <= latest:
        return Moment(earliest, latest)
    return told if told.exact and not known.exact else known
