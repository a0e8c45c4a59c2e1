"""Views that are no pages of the tree: search and the map of the site."""

import re
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django import forms
from django.contrib.contenttypes.models import ContentType
from django.core.paginator import EmptyPage, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import capfirst
from django.views.decorators.http import require_safe

from cms_site.portal.directory import HOME_DEPTH, Directory, directory_of
from cms_site.portal.kept import kept, stamp_of
from cms_site.portal.models import ListLine
from cms_site.portal.models.lines import NO_YEAR
from cms_site.portal.search import results

RESULTS_PER_PAGE = 10


class Choices(NamedTuple):
    """By what search can be narrowed: what is asked for → what visitors read."""

    column: dict[str, str]
    """By slug: a column that every channel has is one choice. Sections stand for all their columns."""
    unit: dict[int, str]
    year: dict[int, str]
    type: dict[int, str]
    """By content type; only those of which there is a page."""


def _choices(places: Directory) -> Choices:
    shown = [place for place in places.places if place.shown and place.lists]
    first = {place.slug: place for place in reversed(shown)}  # the portal's own before the channels' of the same slug
    units = [place for place in places.places if place.kind == "channelpage" and place.shown]
    held = set(ListLine.objects.order_by().values_list("year", "kind").distinct())  # read once: it is every line
    years = sorted({year for year, _kind in held} - {NO_YEAR}, reverse=True)
    kinds = [ContentType.objects.get_for_id(pk) for pk in sorted({kind for _year, kind in held})]
    return Choices(
        {place.slug: place.title for place in shown if first[place.slug] is place},
        {results.OWN: "门户本级", **{unit.pk: unit.title for unit in units}} if units else {},
        {year: f"{year}年" for year in years},
        {kind.pk: capfirst(kind.model_class()._meta.verbose_name) for kind in kinds},
    )


class SearchForm(forms.Form):
    """What a visitor may ask for. What is odd is left aside, field by field: the words still find something."""

    q = forms.CharField(required=False)
    column = forms.ChoiceField(required=False, label="栏目")
    unit = forms.TypedChoiceField(required=False, label="单位", coerce=int, empty_value=None)
    year = forms.TypedChoiceField(required=False, label="年份", coerce=int, empty_value=None)
    type = forms.TypedChoiceField(required=False, label="类型", coerce=int, empty_value=None)

    def __init__(self, asked: Any, choices: "Choices") -> None:
        super().__init__(asked, auto_id="by-%s")
        for name, known in choices._asdict().items():
            self.fields[name].choices = [("", "全部"), *known.items()]
        self.full_clean()

    def asked(self) -> results.Asked:
        """Return what is to be found."""
        query = " ".join(self.cleaned_data.get("q", "").split())[: results.MAX_QUERY]
        return results.Asked(
            query,
            self.cleaned_data.get("column") or None,
            self.cleaned_data.get("unit"),
            self.cleaned_data.get("year"),
            self.cleaned_data.get("type"),
        )

    def address(self) -> str:
        """Return the query string that asks for the same, with `&` at its end; empty without words."""
        given = {name: self.cleaned_data.get(name) for name in self.fields}
        return urlencode({name: value for name, value in given.items() if value not in (None, "")}) + "&"

    def narrowed(self) -> bool:
        """Say whether anything but words is asked for."""
        return any(self.cleaned_data.get(name) not in (None, "") for name in self.fields if name != "q")


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Answer /search/?q=words&column=…&unit=…&year=…&type=…&page=N; a page beyond the last is a real 404."""
    stamp, places = stamp_of(request), directory_of(request)
    words = request.GET.copy()
    words["q"] = words.get("q", "").replace("\x00", " ")
    form = SearchForm(words, kept(stamp, "choices", lambda: _choices(places)))
    asked = form.asked()
    context: dict[str, object] = {"query": asked.query, "form": form}
    if asked.query:
        number = _page_number(request)
        start = (number - 1) * RESULTS_PER_PAGE
        total, entries = results.Hits(asked, places).read(start, start + RESULTS_PER_PAGE)
        paginator = Paginator(range(total), RESULTS_PER_PAGE)
        try:
            found = paginator.page(number)
        except EmptyPage as error:
            raise Http404 from error
        pages = paginator.get_elided_page_range(found.number, on_each_side=2, on_ends=1)
        context |= {"lines": found, "entries": results.shown(entries, asked.query), "pages": pages}
        context |= {"total": paginator.count, "capped": total == results.MOST_HITS, "asked_url": form.address()}
    return render(request, "portal/search.html", context)


def _page_number(request: HttpRequest) -> int:
    asked = request.GET.get("page", "1")
    if not re.fullmatch(r"[1-9]\d{0,8}", asked, re.ASCII):
        raise Http404
    return int(asked)


@require_safe
def site_map(request: HttpRequest) -> HttpResponse:
    """Answer /sitemap/: every place where a visitor finds something, in tree order, without what is hidden."""
    # the portal's own columns gather from the channels, and may be empty themselves
    places = [
        place for place in directory_of(request).places
        if place.shown and place.depth > HOME_DEPTH
        and (place.kind != "grouppage" or place.numchild)
        and (not place.lists or place.filled or place.gathers or place.depth == HOME_DEPTH + 1)
    ]  # fmt: skip
    return render(request, "portal/site_map.html", {"places": places})
