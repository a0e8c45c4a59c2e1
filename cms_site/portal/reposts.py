"""The column of what is reposted from the State Council: narrowed by year and subject, each document with what explains
it (domain rules §1.8, §3.4). All that is asked for it is one query, kept until something is published.
"""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django import forms
from django.db.models import BigIntegerField, CharField, Count, Q, Value
from django.db.models.functions import Cast, Coalesce
from django.http import HttpRequest, QueryDict

from cms_site.portal.kept import kept
from cms_site.portal.models.content import ContentPage
from cms_site.portal.models.kinds import InterpretationPage
from cms_site.portal.models.lines import NO_YEAR, Lines, ListLine
from cms_site.portal.models.stamp import Stamp

_MARKS = ("\\", "/", "＼", "／")
"""Between the levels of a subject class: 农业、林业、水利\\农业."""
_BELOW = re.compile("|".join(map(re.escape, _MARKS)))
_SUBJECT = "page__policypage__subject_class"


class Explained(NamedTuple):
    """An interpretation, as lists name it. Templates ask it for its address as they ask a page."""

    title: str
    url_path: str

    def get_url(self, _request: HttpRequest | None = None) -> str:
        """Return its address on the portal."""
        from cms_site.portal.directory import address_of

        return address_of(self.url_path)


class Reposts(NamedTuple):
    """What a column's list is narrowed by, and what explains its documents."""

    numbers: dict[tuple[int, str], int]
    """Year and upper level of the subject class → how many documents."""
    explained: dict[int, list[Explained]]
    """Document → interpretations that visitors may see, the latest first."""

    @property
    def years(self) -> list[int]:
        """Return the years, the newest first."""
        return sorted({year for year, _subject in self.numbers} - {NO_YEAR}, reverse=True)

    @property
    def subjects(self) -> list[str]:
        """Return the upper levels of the subject classes."""
        return sorted({subject for _year, subject in self.numbers} - {""})


def reposts_in(lines: Lines) -> Reposts:
    """Return what is known of a column's documents."""
    groups = ListLine.objects.filter(lines.inside()).order_by().annotate(
        first=Cast("year", BigIntegerField()), text=Coalesce(_SUBJECT, Value("")), number=Count("pk"),
        place=Value("", output_field=CharField()),
    )  # fmt: skip
    shown = InterpretationPage.objects.live().filter(lines.inside("policy__line")).order_by()
    pages = shown.annotate(first=Cast("policy_id", BigIntegerField()), text=Cast("title", CharField()))
    rows = groups.values_list("first", "text", "number", "place").union(
        pages.values_list("first", "text", "pk", "url_path"), all=True
    )
    numbers: dict[tuple[int, str], int] = {}
    explained: dict[int, list[tuple[int, Explained]]] = {}
    for first, text, number, place in rows:
        if place:
            explained.setdefault(first, []).append((-number, Explained(text, place)))
        else:
            key = first, _BELOW.split(text, maxsplit=1)[0]
            numbers[key] = numbers.get(key, 0) + number
    return Reposts(numbers, {page: [one for _order, one in sorted(found)] for page, found in explained.items()})


class NarrowForm(forms.Form):
    """What a visitor may ask for; what is odd is left aside, field by field."""

    year = forms.TypedChoiceField(required=False, label="年份", coerce=int, empty_value=None)
    subject = forms.ChoiceField(required=False, label="主题分类")

    def __init__(self, asked: QueryDict, known: Reposts) -> None:
        super().__init__(asked, auto_id="by-%s")
        self._known = known
        self.fields["year"].choices = [("", "全部"), *((year, f"{year}年") for year in known.years)]
        self.fields["subject"].choices = [("", "全部"), *((name, name) for name in known.subjects)]
        self.full_clean()

    @property
    def narrowed(self) -> dict[str, Any]:
        """Return what was asked for."""
        return {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def condition(self) -> Q:
        """Return the condition on the lines of the list."""
        found, subject = Q(), self.narrowed.get("subject")
        if year := self.narrowed.get("year"):
            found &= Q(year=year)
        if subject:
            below = Q(**{_SUBJECT: subject})
            for mark in _MARKS:
                below |= Q(**{f"{_SUBJECT}__startswith": f"{subject}{mark}"})
            found &= below
        return found

    @property
    def count(self) -> int:
        """Return how many documents there are of what was asked for."""
        year, subject = self.narrowed.get("year"), self.narrowed.get("subject")
        return sum(
            number for (its_year, its_subject), number in self._known.numbers.items()
            if year in (None, its_year) and subject in (None, its_subject)
        )  # fmt: skip

    @property
    def address(self) -> str:
        """Return the query string that asks for the same, with `&` at its end; empty for the whole list."""
        return f"{urlencode(self.narrowed)}&" if self.narrowed else ""

    def explain(self, pages: Iterable[ContentPage]) -> None:
        """Give each page `.explained_by`, its interpretations."""
        for page in pages:
            page.explained_by = self._known.explained.get(page.pk, [])


def narrowing(column: int, lines: Lines, asked: QueryDict, stamp: Stamp | None) -> NarrowForm:
    """Return the form by which a column is narrowed, as a visitor filled it in."""
    return NarrowForm(asked, kept(stamp, f"reposts:{column}", lambda: reposts_in(lines)))
