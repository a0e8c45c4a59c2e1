"""The column of what is reposted from the State Council: narrowed by year and subject, each document with what explains
it (domain rules §1.8, §3.4)."""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django import forms
from django.db.models import Prefetch, Q, prefetch_related_objects
from django.http import QueryDict

from cms_site.portal.kept import kept
from cms_site.portal.models.content import ContentPage, PolicyPage
from cms_site.portal.models.kinds import InterpretationPage
from cms_site.portal.models.lines import NO_YEAR, Lines
from cms_site.portal.models.stamp import Stamp

_BELOW = re.compile(r"[\\/＼／]")
"""Between the levels of a subject class: 农业、林业、水利\\农业."""
_SUBJECT = "page__policypage__subject_class"


class Choices(NamedTuple):
    """By what a column can be narrowed."""

    years: list[int]
    subjects: list[str]
    """The upper level of the subject classes."""


def choices_of(lines: Lines) -> Choices:
    """Return the years and subjects of a column's list, the newest year first."""
    years = set(lines.values("year")) - {NO_YEAR}
    subjects = {_BELOW.split(name, maxsplit=1)[0].strip() for name in lines.values(_SUBJECT) if name}
    return Choices(sorted(years, reverse=True), sorted(subjects - {""}))


class NarrowForm(forms.Form):
    """What a visitor may ask for; what is odd is left aside, field by field."""

    year = forms.TypedChoiceField(required=False, label="年份", coerce=int, empty_value=None)
    subject = forms.ChoiceField(required=False, label="主题分类")

    def __init__(self, asked: QueryDict, choices: Choices) -> None:
        super().__init__(asked, auto_id="by-%s")
        self.fields["year"].choices = [("", "全部"), *((year, f"{year}年") for year in choices.years)]
        self.fields["subject"].choices = [("", "全部"), *((name, name) for name in choices.subjects)]
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
            for mark in ("\\", "/", "＼", "／"):
                below |= Q(**{f"{_SUBJECT}__startswith": f"{subject}{mark}"})
            found &= below
        return found

    @property
    def address(self) -> str:
        """Return the query string that asks for the same, with `&` at its end; empty for the whole list."""
        return f"{urlencode(self.narrowed)}&" if self.narrowed else ""


def narrowing(column: int, lines: Lines, asked: QueryDict, stamp: Stamp | None) -> NarrowForm:
    """Return the form by which a column is narrowed, as a visitor filled it in."""
    return NarrowForm(asked, kept(stamp, f"choices:{column}", lambda: choices_of(lines)))


def with_interpretations(pages: Iterable[ContentPage]) -> None:
    """Give each policy document `.explained_by`: the interpretations that visitors may see. One query for all."""
    documents = [page for page in pages if isinstance(page, PolicyPage)]
    shown = InterpretationPage.objects.live().defer_streamfields().newest()
    prefetch_related_objects(documents, Prefetch("interpretations", shown, to_attr="explained_by"))
