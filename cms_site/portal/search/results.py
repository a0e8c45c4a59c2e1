"""A visitor's search: which pages, in which order, with which passage shown."""

import re
import unicodedata

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from modelsearch.backends.base import BaseSearchResults
from wagtail.models import Page

from cms_site.portal.models import ColumnPage, ContentPage
from cms_site.portal.models.tree import with_units

MAX_QUERY = 100
"""Characters of a query that are looked at."""
PASSAGE = 120
"""Characters of the passage shown with a result."""
_BEFORE_HIT = 30


def find(query: str) -> BaseSearchResults:
    """Return the live content pages that hold every word of the query, titles before bodies. Not what is hidden."""
    pages = Page.objects.live().type(ContentPage)
    for path in ColumnPage.objects.filter(hidden=True).values_list("path", flat=True):
        pages = pages.exclude(path__startswith=path)
    return pages.search(query, operator="and")


def in_full(pages: list[Page]) -> list[ContentPage]:
    """Return these pages with all their fields and the unit that they come from, in the same order."""
    specific = {page.pk: page for page in Page.objects.filter(pk__in=[page.pk for page in pages]).specific()}
    return with_units(specific[page.pk] for page in pages if page.pk in specific)


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
