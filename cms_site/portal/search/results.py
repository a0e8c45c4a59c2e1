"""A visitor's search: which pages, in which order, with which passage shown."""

import re
import unicodedata
from dataclasses import dataclass

from django.db import connection
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from cms_site.portal.directory import Directory, Place
from cms_site.portal.models import ContentPage
from cms_site.portal.models.lines import Found, in_full
from cms_site.portal.models.tree import with_units
from cms_site.portal.search.matching import match

MOST_HITS = 1000
"""Hits that can be paged through; how many more there are is not counted."""
MAX_QUERY = 100
"""Characters of a query that are looked at."""
PASSAGE = 120
"""Characters of the passage shown with a result."""
_BEFORE_HIT = 30


@dataclass(frozen=True, slots=True)
class Asked:
    """What a visitor is looking for. None: whichever."""

    query: str
    column: str | None = None
    """The slug of a column, which it has in every channel, or of a section: all columns in it."""
    unit: int | None = None
    year: int | None = None
    kind: int | None = None


class Hits:
    """The live content pages that hold every word, titles before bodies and the newest first. Not what is hidden."""

    def __init__(self, asked: Asked, places: Directory) -> None:
        self._match = match(asked.query)
        self._places = places
        self._where, self._params = _narrowed(asked, places)

    def read(self, start: int, stop: int) -> tuple[int, list[ContentPage]]:
        """Return how many there are, `MOST_HITS` at most, and these of them; nothing beyond the last."""
        found = self._match
        if found is None:
            return 0, []
        title, holds = found.in_title_params, found.holds_params
        if connection.vendor == "postgresql":
            sql, params = _HITS_BY_TIME, [*title, *self._params, *holds, *title, *self._params]
        else:
            sql, params = _HITS, [*title, *holds, *self._params]
        window = [max(0, min(stop, MOST_HITS) - start), start]
        with connection.cursor() as cursor:
            cursor.execute(sql.format(found=found, where=self._where, most=MOST_HITS), [*params, *window])
            rows = cursor.fetchall()
        pages = in_full([Found(*line) for _total, *line in rows], whole=True)
        return rows[0][0] if rows else 0, with_units(pages, self._places)


_HITS = """
WITH hit AS (
  SELECT {found.in_title} AS named, line.rank AS rank, line."order" AS place, line.page_id AS page, line.kind_id AS kind
  FROM {found.rows} JOIN portal_listline AS line ON line.entry = {found.key}
  WHERE {found.holds}{where}
)
SELECT MIN((SELECT COUNT(*) FROM hit), {most}), rank, place, page, kind FROM hit
ORDER BY named DESC, place DESC, page DESC LIMIT %s OFFSET %s
"""
"""For SQLite, which reads its index of words faster than any row."""

_LINE = 'line.rank AS rank, line."order" AS place, line.page_id AS page, line.kind_id AS kind'
_NEWEST_FIRST = 'ORDER BY line."order" DESC, line.page_id DESC'
_HITS_BY_TIME = f"""
WITH titled AS (
  SELECT TRUE AS named, {_LINE} FROM {{found.rows}} JOIN portal_listline AS line ON line.entry = {{found.key}}
  WHERE {{found.in_title}}{{where}} {_NEWEST_FIRST} LIMIT {{most}}
), other AS (
  SELECT FALSE AS named, {_LINE} FROM {{found.rows}} JOIN portal_listline AS line ON line.entry = {{found.key}}
  WHERE {{found.holds}} AND NOT ({{found.in_title}}){{where}}
  {_NEWEST_FIRST} LIMIT {{most}} - (SELECT COUNT(*) FROM titled)
), hit AS (SELECT * FROM titled UNION ALL SELECT * FROM other)
SELECT (SELECT COUNT(*) FROM hit), rank, place, page, kind FROM hit
ORDER BY named DESC, place DESC, page DESC LIMIT %s OFFSET %s
"""
"""For PostgreSQL, which unpacks the words of each row that it looks at: where many hold them, the newest are enough."""


OWN = 0
"""Stands for the portal itself, among the units."""


def _narrowed(asked: Asked, places: Directory) -> tuple[str, list[object]]:
    """Return the conditions on lines, as SQL after the match's own."""
    where, params = "", list[object]()
    if asked.column is None and asked.unit is None:
        chosen, sense = [column.pk for column in places.columns if column.hidden], "NOT IN"
    else:
        fits = [column for column in places.columns if not column.hidden and _is_in(asked.column, column, places)]
        chosen, sense = [column.pk for column in fits if asked.unit in (None, unit_number(places, column))], "IN"
    if chosen or sense == "IN":
        where += f" AND line.column_id {sense} ({', '.join(['%s'] * len(chosen)) or 'NULL'})"
        params += chosen
    for name, value in (("year", asked.year), ("kind_id", asked.kind)):
        if value is not None:
            where += f" AND line.{name} = %s"
            params.append(value)
    return where, params


def _is_in(slug: str | None, column: Place, places: Directory) -> bool:
    """Say whether a column, or a section or column that it stands in, has this slug."""
    return slug is None or any(place.slug == slug for place in (*places.above(column.path), column) if place.lists)


def unit_number(places: Directory, column: Place) -> int:
    """Return the number by which search knows the unit of a column."""
    unit = places.unit_of(column.path)
    return unit.pk if unit else OWN


def shown(pages: list[ContentPage], query: str) -> list[ContentPage]:
    """Return the pages, each with title, number and a passage in which the words are marked."""
    words = pattern(query)
    for page in pages:
        page.shown_title = highlight(page.title, words)
        page.shown_number = highlight(page.document_number, words)
        page.shown_passage = passage(page.text, words)
    return pages


def pattern(query: str) -> re.Pattern[str] | None:
    """Return what to highlight: each word with any punctuation between its characters; None for no word."""
    words = ("".join(re.findall(r"[^\W_]", unicodedata.normalize("NFKC", word))) for word in query.split())
    spelled = [r"[\W_]{0,2}".join(map(re.escape, word)) for word in words if word]
    return re.compile("|".join(sorted(spelled, key=len, reverse=True)), re.IGNORECASE) if spelled else None


def highlight(text: str, words: re.Pattern[str] | None) -> SafeString:
    """Return the text escaped, with each hit in <mark>."""
    if words is None:
        return escape(text)
    parts, end = [], 0
    for hit in words.finditer(text):
        parts += [escape(text[end : hit.start()]), "<mark>", escape(hit[0]), "</mark>"]
        end = hit.end()
    return mark_safe("".join([*parts, escape(text[end:])]))  # noqa: S308  each part is escaped


def passage(text: str, words: re.Pattern[str] | None) -> SafeString:
    """Return the part of a text around the first hit, highlighted."""
    hit = words.search(text) if words else None
    start = max(0, hit.start() - _BEFORE_HIT) if hit else 0
    shown = text[start : start + PASSAGE]
    before, after = "…" if start else "", "…" if start + PASSAGE < len(text) else ""
    return format_html("{}{}{}", before, highlight(shown, words), after)
