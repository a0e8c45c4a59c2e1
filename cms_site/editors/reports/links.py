"""Broken links."""

import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter, ModelChoiceFilter
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.models import Page

from cms_site.editors import waiting
from cms_site.editors.reports.base import PageColumn, Report, in_channel, own_channels, tell_places


class LinkFilterSet(WagtailFilterSet):
    """What pages with broken links are looked through by."""

    found_by = ChoiceFilter(
        label=_("found by"), choices=[("move", _("the move")), ("check", _("the last check"))], method="by_finder"
    )
    channel = ModelChoiceFilter(label=_("channel"), queryset=own_channels, method="by_channel")
    by_channel = in_channel("")

    class Meta:
        model = Page
        fields = ["live"]

    def by_finder(self, rows: QuerySet[Page], _name: str, value: str) -> QuerySet[Page]:
        """Keep what the move, or a check, found."""
        user = self.request.user
        found = waiting.with_open_links(user) if value == "move" else waiting.found_broken(user)
        return rows.filter(pk__in=found.order_by().values("page"))


class LinksReport(Report):
    """Pages with links that lead nowhere: old addresses that the move left open, and what the last checks found."""

    page_title = _("Broken links")
    header_icon = "link"
    model = Page
    filterset_class = LinkFilterSet
    index_url_name = "editors:links"
    index_results_url_name = "editors:links_results"
    export_filename = "links"
    verbose_name_plural = _("pages")
    columns = [
        PageColumn(),
        Column("unit", label=_("channel")),
        Column("place", label=_("column")),
        Column("number", label=_("links")),
        Column("told", label=_("leads nowhere"), classname="editors-address"),
        DateColumn("checked_at", label=_("checked at")),
    ]
    list_export = ["title", "unit", "place", "number", "links", "checked_at", "url"]
    export_headings = {
        "title": _("title"), "unit": _("channel"), "place": _("column"), "number": _("links"),
        "links": _("leads nowhere"), "checked_at": _("checked at"), "url": _("address"),
    }  # fmt: skip

    def get_base_queryset(self) -> QuerySet[Page]:
        """Return the pages in the order of the tree."""
        return waiting.with_broken_links(self.request.user).order_by("path")

    def decorate(self, rows: list[Page]) -> list[Page]:
        """Say of each where it stands, and some of its links."""
        tell_places(rows)
        links, checked = self._links(rows)
        for page in rows:
            found = links[page.pk]
            page.number, page.checked_at = len(found), checked.get(page.pk)
            page.links = "\n".join(found)
            page.told = "  ".join(found[:_LINKS]) + (" ……" if page.number > _LINKS else "")
        return rows

    def _links(self, pages: list[Page]) -> tuple[dict[int, list[str]], dict[int, datetime.datetime]]:
        """Return page → its broken links, and page → when a check found some."""
        links: dict[int, list[str]] = {page.pk: [] for page in pages}
        checked: dict[int, datetime.datetime] = {}
        rows = waiting.with_open_links(self.request.user).filter(page__in=list(links))
        for number, unresolved in rows.values_list("page", "unresolved"):
            links[number] += unresolved
        for problem in waiting.found_broken(self.request.user).filter(page__in=list(links)).select_related("run"):
            told = f"{problem.target or problem.url} ({problem.message})"
            if problem.pages > 1:
                told += _(", on %(n)d pages") % {"n": problem.pages}
            links[problem.page_id].append(told)
            checked[problem.page_id] = problem.run.checked_at
        return links, checked


_LINKS = 3
