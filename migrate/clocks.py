"""Update clocks of columns: what an inspection would say of one, by its newest article (domain rules §2, VETO-4)."""

from datetime import date
from enum import StrEnum
from typing import NamedTuple


class ColumnState(StrEnum):
    """What an inspection would say of a column on a day."""

    CURRENT = "current"
    STALE = "stale"
    """Its newest article is older than its clock."""
    EMPTY = "empty"
    STATIC = "static"
    """It has no clock."""


class Standing(NamedTuple):
    """How a column stands on a day."""

    clock_days: int | None
    state: ColumnState


def column_state(articles: int, newest: str, clock_days: int | None, today: date) -> ColumnState:
    """Return the state of a column with so many articles that visitors see, the newest of an ISO date or none."""
    if not articles:
        return ColumnState.EMPTY
    if clock_days is None:
        return ColumnState.STATIC
    left = days_left(newest, clock_days, today)
    return ColumnState.STALE if left is None or left < 0 else ColumnState.CURRENT


def days_left(newest: str, clock_days: int, today: date) -> int | None:
    """Return the days until a column is out of date, below 0 since when it is; None where no article has a date."""
    return clock_days - (today - date.fromisoformat(newest)).days if newest else None
