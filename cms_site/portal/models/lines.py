"""What lists and search ask of a live content page, in one narrow row a page, whatever its type.

A list of 75,000 pages is read from one index that way; joined from Wagtail's tables it takes ten times as long. The
rows are written with the search index (`cms_site.portal.search.batches`), which every change of a page reaches:
publishing, moving, import. Where a page stands is said by its place in the tree; this is a copy for reading.
"""

import datetime
from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import copy
from typing import NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from cms_site.portal.models.content import NO_PRECEDENCE, PINNED, ContentPage

UNDATED = -(2**62)
"""The order of a page without a publication time: after all others."""
NO_YEAR = 0


class ListLine(models.Model):
    """A live content page: its column, its type, its year, and its place in lists: by rank, then in order of time."""

    page = models.OneToOneField(Page, models.CASCADE, primary_key=True, related_name="line", verbose_name=_("page"))
    column = models.ForeignKey(
        Page, models.CASCADE, related_name="+", db_index=False, db_constraint=False, verbose_name=_("column")
    )
    kind = models.ForeignKey(ContentType, models.CASCADE, related_name="+", verbose_name=_("kind"))
    year = models.SmallIntegerField(_("year"))
    rank = models.IntegerField(_("place in the list"), default=NO_PRECEDENCE)
    order = models.BigIntegerField(_("publication time"))
    entry = models.BigIntegerField(_("id"), unique=True)
    """Its row in the search index."""

    class Meta:
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        default_permissions = ()
        indexes = [
            models.Index(fields=["column", "rank", "order", "page"], name="portal_line_in_order"),
            models.Index(fields=["order", "page"], name="portal_line_by_time"),
        ]

    def __str__(self) -> str:
        return str(self.page)


def order_of(published: datetime.datetime | None) -> int:
    """Return the place of a publication time in the order of lists: later is more."""
    return UNDATED if published is None else int(published.timestamp() * 1_000_000)


def write_lines(pages: Sequence[models.Model], entries: Mapping[str, int]) -> None:
    """Bring the lines of pages up to date, given the rows of the search index that were just written for them."""
    both = [(page, entries[str(page.pk)]) for page in pages if isinstance(page, ContentPage)]
    gone = [page.pk for page, _entry in both if not page.live]
    if gone:
        ListLine.objects.filter(pk__in=gone).delete()
    live = [(page, entry) for page, entry in both if page.live]
    if not live:
        return
    paths = {page.path[: -page.steplen] for page, _entry in live}
    columns = dict(Page.objects.filter(path__in=paths).values_list("path", "pk"))
    ListLine.objects.bulk_create(
        [
            ListLine(
                page_id=page.pk,
                column_id=columns[page.path[: -page.steplen]],
                kind_id=page.content_type_id,
                year=timezone.localtime(page.published_at).year if page.published_at else NO_YEAR,
                rank=page.precedence,
                order=order_of(page.published_at),
                entry=entry,
            )
            for page, entry in live
        ],
        batch_size=150,
        update_conflicts=True,
        unique_fields=["page"],
        update_fields=["column", "kind", "year", "rank", "order", "entry"],
    )


class Found(NamedTuple):
    """A line as lists are made of it; the greatest stands first."""

    rank: int
    order: int
    page: int
    kind: int

    def by_time(self) -> "Found":
        """Return it as it stands in the lists of other columns: what is pinned is so in its own alone."""
        return self._replace(rank=NO_PRECEDENCE)


_FIELDS = ("rank", "order", "page_id", "kind_id")
_IN_ORDER = ("-rank", "-order", "-page_id")
_MOST_MERGED = 200
"""Columns that one query merges; SQLite takes 500 parts at most."""


class Lines:
    """The pages in the lists of columns: by rank, then newest first and undated ones last.

    They are counted, and read a slice at a time.
    """

    def __init__(self, own: int, others: Collection[int] = (), placed: Collection[int] = ()) -> None:
        """Take the column, others that it gathers, and the pages that stand elsewhere and have a place in it too."""
        self._lines = ListLine.objects.order_by()
        self._own, self._others, self._placed = own, list(others), list(placed)

    def narrowed(self, only: models.Q) -> "Lines":
        """Return those of them that meet a condition."""
        found = copy(self)
        found._lines = self._lines.filter(only)
        return found

    def inside(self, line: str = "") -> models.Q:
        """Return the condition under which a line is one of them; `line` is the way to it, e.g. `policy__line`."""
        column, page = (f"{line}__column__in", f"{line}__in") if line else ("column__in", "pk__in")
        return models.Q(**{column: [self._own, *self._others]}) | models.Q(**{page: self._placed})

    def count(self) -> int:
        """Return how many there are."""
        return self._lines.filter(self.inside()).count()

    def __len__(self) -> int:
        return self.count()

    def __iter__(self) -> Iterator[ContentPage]:
        return iter(self[:])

    def __getitem__(self, wanted: slice) -> list[ContentPage]:
        return in_full(self._found(wanted))

    def whole(self, count: int) -> list[ContentPage]:
        """Return the newest with bodies and all."""
        return in_full(self._found(slice(count)), whole=True)

    def _found(self, wanted: slice) -> list[Found]:
        first, *more = self._parts()
        if more and connection.features.supports_slicing_ordering_in_compound:
            # PostgreSQL reads each in order from its index only where it is told to, and else sorts all of them
            first, *more = (part.order_by(*_IN_ORDER)[: wanted.stop] for part in (first, *more))
        rows = first.union(*more, all=True) if more else first
        return [Found(*line) for line in rows.order_by(*_IN_ORDER)[wanted]]

    def _parts(self) -> Iterator[models.QuerySet]:
        """Yield the lines in parts that have an index each; those of others lose what pins them there."""
        by_time = (models.Value(NO_PRECEDENCE), *_FIELDS[1:])
        others = self._lines.filter(column__in=self._others)
        yield self._lines.filter(column=self._own).values_list(*_FIELDS)
        if len(self._others) > _MOST_MERGED:
            yield others.values_list(*by_time)
        elif self._others:  # each read in order from its index and merged, not sorted whole
            plain = self._lines.filter(rank__lte=NO_PRECEDENCE).values_list(*_FIELDS)
            yield from (plain.filter(column=column) for column in self._others)
            pinned = others.filter(rank__gt=NO_PRECEDENCE).values_list(*by_time)
            if pinned.exists():
                yield pinned
        if self._placed:
            yield self._lines.filter(pk__in=self._placed).values_list(*by_time)


class Placed(NamedTuple):
    """A place that a page has in the list of another column than its own."""

    column: int
    own: int
    line: Found


def placed_lines() -> list[Placed]:
    """Return the places that pages have in the lists of other columns.

    Import gives them to a page that it merged from several addresses, in the column of each. What it knows of a page
    stands beside the page, in `imported`; there is no second account of places.
    """
    shared = ListLine.objects.filter(page__imported__same_as__gt=0, page__imported__state="live").order_by()
    rows = shared.values_list("page__imported__column", "column", *_FIELDS)
    return [Placed(column, own, Found(*line).by_time()) for column, own, *line in rows if column != own]


def in_full(lines: Sequence[Found], *, whole: bool = False) -> list[ContentPage]:
    """Return the pages of lines in their order: with all that lists show of them, or `whole`. A query for each type."""
    pages: dict[int, ContentPage] = {}
    for kind in {line.kind for line in lines}:
        model = ContentType.objects.get_for_id(kind).model_class()
        found = model.objects.all() if whole else model.objects.defer_streamfields()
        found = found.select_related(*model.listed_with) if model.listed_with else found
        pages |= found.in_bulk([line.page for line in lines if line.kind == kind])
    for line in lines:
        if line.page in pages:
            pages[line.page].on_top = line.rank == PINNED
    return [pages[line.page] for line in lines if line.page in pages]


def newest_in_each(columns: Collection[int], count: int) -> dict[int, list[Found]]:
    """Return the first lines of each column, in order, with one query: each column's are read from the index.

    They are the newest of those without a rank, as many, and as many of those with one.
    """
    if not columns:
        return {}
    found: dict[int, list[Found]] = {}
    places = ", ".join(["%s"] * len(columns))
    both = " UNION ALL ".join(_newest_in_each(places, sense) for sense in ("=", ">"))
    with connection.cursor() as cursor:
        cursor.execute(both, [NO_PRECEDENCE, count, *columns] * 2)
        for column, *line in cursor.fetchall():
            found.setdefault(column, []).append(Found(*line))
    return {column: sorted(lines, reverse=True) for column, lines in found.items()}


_NEWEST_IN_EACH = """
SELECT line.column_id, line.rank, line."order", line.page_id, line.kind_id
FROM wagtailcore_page AS place {join}
WHERE place.id IN ({places})
"""
_FIRST_OF_ONE = """
  SELECT inside.{what} FROM portal_listline AS inside
  WHERE inside.column_id = place.id AND inside.rank {sense} %s
  ORDER BY inside.rank DESC, inside."order" DESC, inside.page_id DESC LIMIT %s
"""


def _newest_in_each(places: str, sense: str) -> str:
    """Return the SQL for lines whose rank is none, or one. Only PostgreSQL has LATERAL, and only it needs it.

    Without, it asks for the first lines of each column once for each line of the portal: seconds at 100,000 pages.
    """
    if connection.vendor == "postgresql":
        join = f"CROSS JOIN LATERAL ({_FIRST_OF_ONE.format(what='*', sense=sense)}) AS line"
    else:
        join = f"JOIN portal_listline AS line ON line.page_id IN ({_FIRST_OF_ONE.format(what='page_id', sense=sense)})"
    return _NEWEST_IN_EACH.format(join=join, places=places)


def beside(page: ContentPage) -> tuple[Found | None, Found | None]:
    """Return the newer and the older line of a page's own column, of those without a rank; None at an end."""
    own = order_of(page.published_at), page.pk
    lines = ListLine.objects.filter(column=page.get_parent().pk, rank=NO_PRECEDENCE)
    # the first condition of each is what the index is entered by
    newer = lines.filter(models.Q(order__gt=own[0]) | models.Q(page_id__gt=own[1]), order__gte=own[0])
    older = lines.filter(models.Q(order__lt=own[0]) | models.Q(page_id__lt=own[1]), order__lte=own[0])
    first = newer.order_by("order", "page_id").values_list(*_FIELDS).first()
    second = older.order_by("-order", "-page_id").values_list(*_FIELDS).first()
    return (Found(*first) if first else None, Found(*second) if second else None)
