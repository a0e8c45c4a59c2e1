"""Which columns are out of date, or will be, or are empty: as an inspection would say of the portal today.

What is newest of all columns is asked with a fixed number of queries, whatever the portal holds.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Count, Max, Q
from django.db.models.functions import Length, Substr
from django.utils import timezone
from wagtail.models import Page, get_page_models
from wagtail.query import PageQuerySet

from cms_site.editors.scope import own
from cms_site.portal.directory import CHANNEL_DEPTH, directory
from cms_site.portal.models import ChannelPage, ColumnPage, ContentPage, Stamp
from migrate.clocks import ColumnState, column_state, days_left

SOON = 7
"""Days before a column is out of date from which on its editors are told."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """One column today."""

    column: ColumnPage
    unit: str
    """Its channel's title; empty for the county's own."""
    articles: int
    newest: date | None
    left: int | None
    """Days until it is out of date, below 0 since when it is; None without a clock, or without a date."""
    state: ColumnState

    @property
    def soon(self) -> bool:
        """Whether it will be out of date within a week."""
        return self.state is ColumnState.CURRENT and self.left is not None and self.left <= SOON

    @property
    def overdue(self) -> int:
        """Return for how many days it has been out of date."""
        return -self.left if self.left is not None and self.left < 0 else 0


@dataclass(slots=True)
class _Tally:
    articles: int = 0
    newest: datetime | None = None

    def add(self, articles: int, newest: datetime | None) -> None:
        self.articles += articles
        if newest is not None and (self.newest is None or newest > self.newest):
            self.newest = newest


def own_columns(user: AbstractBaseUser) -> PageQuerySet:
    """Return the columns that visitors see and that are a user's own."""
    return ColumnPage.objects.visible().filter(own(user))


def freshness(columns: Iterable[ColumnPage]) -> list[Freshness]:
    """Return how each column stands today, those first that are longest out of date."""
    found = list(columns)
    units = _units(found)
    tallies = _tallies(found)
    rows = [_row(column, tallies, units) for column in found]
    return sorted(rows, key=lambda row: (row.left is None, row.left or 0, row.column.path))


def _row(column: ColumnPage, tallies: dict[str, _Tally], units: dict[str, str]) -> Freshness:
    tally = tallies[column.path]
    today = timezone.localdate()
    newest = timezone.localdate(tally.newest) if tally.newest else None
    told = newest.isoformat() if newest else ""
    state = column_state(tally.articles, told, column.clock_days, today)
    left = days_left(told, column.clock_days, today) if column.clock_days is not None else None
    unit = units.get(_channel(column), "")
    return Freshness(column, unit, tally.articles, newest, left, state)


def _tallies(columns: list[ColumnPage]) -> dict[str, _Tally]:
    """Return column path → what visitors find in its list, which may be what stands in several columns."""
    wanted = {column.path: _Tally() for column in columns}
    into: dict[str, list[str]] = {path: [path] for path in wanted}
    places = directory(Stamp.now())
    paths = {place.pk: place.path for place in places.columns}
    for column in columns:
        for member in places.gathered(column):
            if member != column.pk:
                into.setdefault(paths[member], []).append(column.path)
    for path, articles, newest in _counted(into):
        for target in into[path]:
            wanted[target].add(articles, newest)
    return wanted


def _counted(paths: Iterable[str]) -> Iterable[tuple[str, int, datetime | None]]:
    """Yield (column path, live pages, newest time that is not in the future) from two queries a page type."""
    wanted = set(paths)
    above = _common(wanted)
    counts = {
        "articles": Count("pk"),
        "newest": Max("published_at", filter=Q(published_at__lte=timezone.now())),  # 2106 is a slip of the keyboard
    }
    elsewhere = Q(imported__same_as__isnull=False, imported__state="live")
    for model in content_models():
        live = model.objects.live().order_by()
        inside = live.filter(path__startswith=above).annotate(column=Substr("path", 1, Length("path") - Page.steplen))
        placed = live.filter(elsewhere, imported__column__path__startswith=above)
        for rows, name in ((inside, "column"), (placed, "imported__column__path")):
            for row in rows.values(name).annotate(**counts):
                if row[name] in wanted:
                    yield row[name], row["articles"], row["newest"]


def content_models() -> list[type[ContentPage]]:
    """Return the page types that stand in columns."""
    return [model for model in get_page_models() if issubclass(model, ContentPage)]


def _common(paths: Iterable[str]) -> str:
    """Return the path of the page that all of these are below."""
    ordered = sorted(paths)
    if not ordered:
        return ""
    first, last = ordered[0], ordered[-1]
    length = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return first[: length - length % Page.steplen]


def _channel(column: ColumnPage) -> str:
    """Return the path at which a column's channel would be."""
    return column.path[: CHANNEL_DEPTH * Page.steplen]


def _units(columns: Iterable[ColumnPage]) -> dict[str, str]:
    """Return channel path → title, of the columns that stand in one."""
    paths = {_channel(column) for column in columns if column.depth > CHANNEL_DEPTH}
    return dict(ChannelPage.objects.filter(path__in=paths).values_list("path", "title")) if paths else {}
