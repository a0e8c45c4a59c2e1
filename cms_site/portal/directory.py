"""The places of the portal: home page, groups, channels, sections and columns, read with one query and kept.

Menus, trails, routing and the choices of search ask here instead of the tree's tables. Content stands in it nowhere.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from operator import itemgetter
from typing import NamedTuple
from urllib.parse import quote

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from wagtail.models import Page, get_page_models

from cms_site.portal.kept import kept, stamp_of
from cms_site.portal.models.content import ContentPage
from cms_site.portal.models.kinds import CONTENT_MODELS, listed_models
from cms_site.portal.models.lines import Lines, ListLine, Placed, in_full, newest_in_each, placed_lines
from cms_site.portal.models.stamp import Stamp

HOME_DEPTH = 2
CHANNEL_DEPTH = 4
STATE_COUNCIL = "state_council"
"""Template of the column with what the State Council says (domain rules §1.8): current, though it has no clock."""


class Place(NamedTuple):
    """A page that holds others. Templates ask it for its address as they ask a page."""

    pk: int
    path: str
    slug: str
    url_path: str
    title: str
    live: bool
    numchild: int
    kind: str
    """The model's name: columnpage, channelpage …"""
    type_id: int
    """Its content type."""
    unit: str
    """Of a channel: the full name of its unit."""
    template: str
    """Of a column, as `holds`: what it is made for."""
    holds: str
    clock: int | None
    """Of a column: the days within which something new is due."""
    hidden: bool
    """Whether it, or what it stands in, is a column that is not shown."""
    lines: int
    """How many pages stand directly in it that visitors may see."""
    filled: bool
    """Whether something stands in it, or has a place in its list, that visitors may see."""

    @property
    def depth(self) -> int:
        """Return how deep it stands; the home page at 2."""
        return len(self.path) // Page.steplen

    @property
    def name(self) -> str:
        """Return its title; of a channel, the unit's own name."""
        return self.unit or self.title

    @property
    def shown(self) -> bool:
        """Say whether visitors may be sent there."""
        return self.live and not self.hidden

    @property
    def lists(self) -> bool:
        """Say whether content stands in it by its nature: a column, or a section of columns."""
        return self.kind in ("columnpage", "sectionpage")

    @property
    def is_current(self) -> bool:
        """Say whether something new is expected in it: it has a clock, or the State Council's."""
        return self.clock is not None or self.template == STATE_COUNCIL

    @property
    def gathers(self) -> bool:
        """Say whether its list also shows what stands in the channels' columns of the same template.

        Only the portal's own columns do, and only for what goes on: a county's 通知公告 shows what its townships
        announce, its 领导信息 not whom they have.
        """
        return self.clock is not None and self.depth <= HOME_DEPTH + 2

    def get_url(self, _request: HttpRequest | None = None) -> str:
        """Return its address on the portal."""
        return address_of(self.url_path)


def address_of(url_path: str) -> str:
    """Return the address of a page on the portal: what follows the home page's own place, escaped."""
    inside = url_path.strip("/").partition("/")[2]
    return f"/{quote(inside)}/" if inside else "/"


class Directory:
    """All places, in the order of the tree."""

    def __init__(self, places: Iterable[Place], placed: Iterable[Placed] = ()) -> None:
        self.places = list(places)
        self._placed = list(placed)
        self._by_path = {place.path: place for place in self.places}
        self._by_address = {place.url_path: place for place in self.places}

    def at(self, path: str) -> Place | None:
        """Return the place with this path in the tree."""
        return self._by_path.get(path)

    def find(self, url_path: str) -> Place | None:
        """Return the place with this address, the home page's slug included."""
        return self._by_address.get(url_path)

    def above(self, path: str) -> list[Place]:
        """Return the places from the home page down to the one that holds this path."""
        ends = range(HOME_DEPTH * Page.steplen, len(path), Page.steplen)
        return [place for end in ends if (place := self._by_path.get(path[:end]))]

    def inside(self, path: str, *kinds: str) -> list[Place]:
        """Return the places of these kinds that stand directly in another and are shown."""
        depth = len(path) + Page.steplen
        return [
            place for place in self.places
            if place.shown and place.kind in kinds and len(place.path) == depth and place.path.startswith(path)
        ]  # fmt: skip

    def filled(self, path: str) -> list[Place]:
        """Return the columns and sections in another place that have something to show."""
        return [place for place in self.inside(path, "columnpage", "sectionpage") if place.filled]

    def unit_of(self, path: str) -> Place | None:
        """Return the channel in which a path lies; None for what is the portal's own."""
        return next((place for place in reversed(self.above(path)) if place.kind == "channelpage"), None)

    def section_of(self, path: str) -> Place | None:
        """Return the section or topic that a column stands in, or None."""
        return next((place for place in self.above(path)[-1:] if place.kind == "sectionpage"), None)

    @cached_property
    def columns(self) -> list[Place]:
        """Return all columns."""
        return [place for place in self.places if place.kind == "columnpage"]

    def lines(self, column: Page | Place) -> Lines:
        """Return the pages in a column's list."""
        gathered = set(self.gathered(column))
        filled = {place.pk for place in self.columns if place.lines}
        placed = {placed.line.page for placed in self._elsewhere(gathered)}
        return Lines(column.pk, gathered & filled - {column.pk}, placed)

    def count(self, column: Page | Place) -> int:
        """Return how many pages are in a column's list; it is known, and costs no query."""
        gathered = set(self.gathered(column))
        inside = sum(place.lines for place in self.columns if place.pk in gathered)
        return inside + len({placed.line.page for placed in self._elsewhere(gathered)})

    def newest(self, columns: Sequence[Place], count: int) -> dict[int, list[ContentPage]]:
        """Return the first pages in the lists of columns by their ids, with one query and one for each page type."""
        members = {column.pk: set(self.gathered(column)) for column in columns}
        found = newest_in_each({member for gathered in members.values() for member in gathered}, count)
        lines = {
            pk: sorted({
                *(line if member == pk else line.by_time() for member in gathered for line in found.get(member, [])),
                *(placed.line for placed in self._elsewhere(gathered)),
            }, reverse=True)[:count]
            for pk, gathered in members.items()
        }  # fmt: skip
        pages = {page.pk: page for page in in_full([line for some in lines.values() for line in some])}
        return {pk: [pages[line.page] for line in some if line.page in pages] for pk, some in lines.items()}

    def _elsewhere(self, columns: Collection[int]) -> Iterator[Placed]:
        """Yield the places in these columns of pages that stand in none of them."""
        return (placed for placed in self._placed if placed.column in columns and placed.own not in columns)

    def gathered(self, column: Page | Place) -> list[int]:
        """Return the columns whose pages a column's list shows: its own only, unless it `gathers`."""
        known = self.at(column.path)
        if known is None or not known.gathers:
            return [column.pk]
        home = column.path[: HOME_DEPTH * Page.steplen]
        alike = [
            place.pk for place in self.columns
            if place.shown and (place.template, place.holds) == (known.template, known.holds)
            and place.path.startswith(home)
        ]  # fmt: skip
        return alike or [column.pk]


def directory(stamp: Stamp | None) -> Directory:
    """Return the directory as it stands under a stamp."""
    return kept(stamp, "directory", _read)


def directory_of(request: HttpRequest) -> Directory:
    """Return the directory under which a request is answered."""
    if not hasattr(request, "portal_directory"):
        request.portal_directory = directory(stamp_of(request))
    found: Directory = request.portal_directory
    return found


def _read() -> Directory:
    kinds = ContentType.objects.get_for_models(*(m for m in get_page_models() if not issubclass(m, ContentPage)))
    pages = Page.objects.filter(content_type__in=kinds.values(), depth__gte=HOME_DEPTH).order_by()
    lines = ListLine.objects.filter(column=OuterRef("pk")).order_by().values("column").annotate(all=Count("pk"))
    rows = pages.annotate(inside=Coalesce(Subquery(lines.values("all")), 0)).values_list(
        "pk", "path", "slug", "url_path", "title", "live", "numchild", "content_type__model", "content_type_id",
        "channelpage__unit", "columnpage__template", "columnpage__holds", "columnpage__clock_days",
        "columnpage__hidden", "inside",
    )  # fmt: skip
    places, closed, full = list[Place](), "", set[str]()
    placed = _fitting(placed_lines(), {row[0]: row[11] for row in rows})
    filled = {place.column for place in placed}
    # sorted here: asked for in order, SQLite walks all pages along the path's index
    for *known, unit, template, holds, clock, hidden, inside in sorted(rows, key=itemgetter(1)):
        pk, path = known[:2]
        if hidden and not (closed and path.startswith(closed)):
            closed = path
        within = bool(closed) and path.startswith(closed)
        place = Place(*known, unit or "", template or "", holds or "", clock, within, inside, filled=False)
        if place.shown and (inside or pk in filled):
            full |= {path[:end] for end in range(Page.steplen, len(path) + 1, Page.steplen)}
        places.append(place)
    return Directory((place._replace(filled=place.path in full) for place in places), placed)


def _fitting(placed: Iterable[Placed], holds: Mapping[int, str | None]) -> list[Placed]:
    """Return the places in columns whose lists show pages of that type: a letter's column shows no plain article."""
    kinds = {
        name: {kind.pk for kind in ContentType.objects.get_for_models(*listed_models(name)).values()}
        for name in CONTENT_MODELS
    }
    return [place for place in placed if place.line.kind in kinds.get(holds.get(place.column) or "", ())]
