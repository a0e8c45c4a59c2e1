"""Reports: columns and their clocks, what is left of the move, open links, old addresses. Each as a list and as XLSX.

They are Wagtail's report views; each shows a user what is his own.
"""

import datetime
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter, ModelChoiceFilter
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views.reports import ReportView
from wagtail.admin.widgets.button import Button, HeaderButton
from wagtail.models import Page
from wagtail.permissions import policy_registry

from cms_site.editors import waiting
from cms_site.editors.freshness import Freshness, freshness, own_columns
from cms_site.editors.scope import own, writes
from cms_site.legacy.addresses import copy_address, current_address, portal_root, with_targets
from cms_site.legacy.inspecting import KINDS
from cms_site.legacy.models import OldSite, OldUrl
from cms_site.legacy.policies import may_look
from cms_site.legacy.review import Reason
from cms_site.legacy.viewsets import OldUrlFilterSet
from cms_site.portal.directory import CHANNEL_DEPTH
from cms_site.portal.models import ChannelPage, ColumnPage
from migrate.clocks import ColumnState


class Report(ReportView):
    """A report for those whom `allowed` lets in. Times in its file are local; no CSV, whose Chinese Excel garbles."""

    FORMATS = (ReportView.FORMAT_XLSX,)
    custom_value_preprocess = ReportView.custom_value_preprocess | {
        datetime.datetime: {ReportView.FORMAT_XLSX: lambda value: timezone.localtime(value).replace(tzinfo=None)}
    }
    header_icon = "table"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Let those in who may."""
        if not self.allowed(request):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @staticmethod
    def allowed(request: HttpRequest) -> bool:
        """Say whether a user may see the report."""
        return writes(request.user)

    @cached_property
    def permission_policy(self) -> Any:
        """Ask for pages: `allowed` has asked for the rest."""
        return policy_registry.get_by_type(Page)

    header_more_buttons: tuple[Button, ...] = ()

    @cached_property
    def header_buttons(self) -> list[Button]:
        """Offer the spreadsheet."""
        return [HeaderButton(_("Download XLSX"), url=self.xlsx_export_url, icon_name="download")]

    def get_filename(self) -> str:
        """Name the file after report and day."""
        return f"{self.export_filename}-{timezone.localdate():%Y%m%d}"


def channel_title(page: Page, titles: dict[str, str]) -> str:
    """Return the title of the channel that a page stands in, or nothing."""
    return titles.get(page.path[: CHANNEL_DEPTH * Page.steplen], "")


def channel_titles(pages: Iterable[Page]) -> dict[str, str]:
    """Return path → title of the channels that pages stand in, with one query."""
    paths = {page.path[: CHANNEL_DEPTH * Page.steplen] for page in pages}
    return dict(ChannelPage.objects.filter(path__in=paths).values_list("path", "title"))


def column_titles(pages: Iterable[Page]) -> dict[str, str]:
    """Return path → title of the pages right above."""
    paths = {page.path[: -Page.steplen] for page in pages}
    return dict(Page.objects.filter(path__in=paths).values_list("path", "title"))


def _edit_url(page: Page) -> str:
    return reverse("wagtailadmin_pages:edit", args=(page.pk,))


def _channels(request: HttpRequest) -> QuerySet[ChannelPage]:
    return ChannelPage.objects.filter(own(request.user)).order_by("title")


def _in_channel(prefix: str) -> Any:
    """Return the filter's method that keeps what is in a channel."""

    def keep(_filters: WagtailFilterSet, rows: QuerySet, _name: str, value: ChannelPage | None) -> QuerySet:
        return rows.filter(**{f"{prefix}path__startswith": value.path}) if value is not None else rows

    return keep


# columns

_STATES = [
    (ColumnState.STALE.value, _("out of date")),
    ("soon", _("due within a week")),
    (ColumnState.EMPTY.value, _("empty")),
    (ColumnState.CURRENT.value, _("up to date")),
    (ColumnState.STATIC.value, _("no clock")),
]


class ColumnFilterSet(WagtailFilterSet):
    """What columns are looked through by."""

    state = ChoiceFilter(label=_("State"), choices=_STATES, method="by_state")
    channel = ModelChoiceFilter(label=_("channel"), queryset=_channels, method="by_channel")
    by_channel = _in_channel("")

    class Meta:
        model = ColumnPage
        fields: list[str] = []

    def by_state(self, rows: QuerySet[ColumnPage], _name: str, _value: str) -> QuerySet[ColumnPage]:
        """Leave it to the report: a state is worked out, not stored."""
        return rows


class ColumnsReport(Report):
    """All columns that are a user's own, those longest out of date first."""

    page_title = _("Columns and their clocks")
    header_icon = "time"
    model = ColumnPage
    filterset_class = ColumnFilterSet
    index_url_name = "editors:columns"
    index_results_url_name = "editors:columns_results"
    export_filename = "columns"
    verbose_name_plural = _("columns")
    columns = [
        TitleColumn(
            "title", label=_("column"), accessor="column.title",
            get_url=lambda row: reverse("wagtailadmin_explore", args=(row.column.pk,)), get_title_id=None,
        ),
        Column("unit", label=_("channel")),
        Column("told", label=_("State")),
        Column("newest", label=_("newest")),
        Column("left", label=_("days left")),
        Column("column.clock_days", label=_("update clock")),
        Column("articles", label=_("articles")),
    ]  # fmt: skip
    list_export = ["unit", "column.title", "told", "newest", "left", "column.clock_days", "articles", "column.url"]
    export_headings = {
        "unit": _("channel"), "column.title": _("column"), "told": _("State"), "newest": _("newest"),
        "left": _("days left"), "column.clock_days": _("update clock"), "articles": _("articles"),
        "column.url": _("address"),
    }  # fmt: skip

    def get_filtered_queryset(self) -> list["ColumnRow"]:
        """Return the columns as they stand today."""
        rows = freshness(self.filter_queryset(own_columns(self.request.user)))
        state = self.filters.form.cleaned_data.get("state") if self.filters.is_valid() else ""
        return [ColumnRow(row) for row in rows if not state or _is(row, state)]


def _is(row: Freshness, state: str) -> bool:
    return row.soon if state == "soon" else row.state == state


class ColumnRow:
    """A column as the report shows it."""

    def __init__(self, row: Freshness) -> None:
        self.column, self.unit, self.articles = row.column, row.unit, row.articles
        self.newest, self.left, self.pk = row.newest, row.left, row.column.pk
        self.told = dict(_STATES)["soon" if row.soon else row.state.value]


# what is left of the move


_WAITS = {
    "held": _("held drafts"),
    "undecided": _("undecided drafts"),
    "doubtful": _("pages in doubt"),
    "tidy": _("pages to tidy"),
}


def _waiting_pages(user: AbstractBaseUser) -> dict[str, QuerySet]:
    """Return what a page waits for → the numbers of the pages that do."""
    queue = {reason: waiting.in_queue(user, Reason(reason)) for reason in ("held", "undecided", "doubtful")}
    found = {reason: rows.order_by().values_list("page", flat=True) for reason, rows in queue.items()}
    return found | {"tidy": waiting.to_tidy(user).order_by().values_list("pk", flat=True)}


class ImportedFilterSet(WagtailFilterSet):
    """What imported pages are looked through by."""

    waits = ChoiceFilter(
        label=_("Waits"),
        choices=_WAITS.items(),
        method="by_waiting",
    )
    channel = ModelChoiceFilter(label=_("channel"), queryset=_channels, method="by_channel")
    by_channel = _in_channel("")

    class Meta:
        model = Page
        fields = ["live"]

    def by_waiting(self, rows: QuerySet[Page], _name: str, value: str) -> QuerySet[Page]:
        """Keep what waits for one reason."""
        return rows.filter(pk__in=_waiting_pages(self.request.user)[value])


class PageColumn(TitleColumn):
    """A page's title, leading to its editor."""

    def __init__(self, accessor: str) -> None:
        get = (lambda row: row.page) if accessor.startswith("page") else (lambda row: row)
        super().__init__("title", label=_("title"), accessor=accessor, get_url=lambda row: _edit_url(get(row)))


class ImportedReport(Report):
    """Pages of the move that a person must look at: held, undecided, with old markup."""

    page_title = _("Imported pages to tidy")
    header_icon = "edit"
    model = Page
    filterset_class = ImportedFilterSet
    index_url_name = "editors:imported"
    index_results_url_name = "editors:imported_results"
    export_filename = "imported"
    verbose_name_plural = _("pages")
    columns = [
        PageColumn("title"),
        Column("unit", label=_("channel")),
        Column("place", label=_("column")),
        Column("why", label=_("Waits")),
        Column("status_string", label=_("State")),
        DateColumn("latest_revision_created_at", label=_("Updated")),
    ]
    list_export = ["title", "unit", "place", "why", "status_string", "latest_revision_created_at", "url"]
    export_headings = {
        "title": _("title"), "unit": _("channel"), "place": _("column"), "why": _("Waits"),
        "status_string": _("State"), "latest_revision_created_at": _("Updated"), "url": _("address"),
    }  # fmt: skip

    def get_base_queryset(self) -> QuerySet[Page]:
        """Return what waits, whatever for."""
        whatever = Q(pk__in=())
        for numbers in _waiting_pages(self.request.user).values():
            whatever |= Q(pk__in=numbers)
        pages = Page.objects.filter(whatever, own(self.request.user)).order_by("path")
        return pages.prefetch_workflow_states().annotate_approved_schedule()

    def decorate_paginated_queryset(self, object_list: Iterable[Page]) -> Iterable[Page]:
        """Say of each where it stands and what it waits for."""
        pages = list(object_list)
        reasons = {str(_WAITS[reason]): set(found) for reason, found in _waiting_pages(self.request.user).items()}
        units, places = channel_titles(pages), column_titles(pages)
        for page in pages:
            page.unit, page.place = channel_title(page, units), places.get(page.path[: -Page.steplen], "")
            page.why = "、".join(reason for reason, found in reasons.items() if page.pk in found)
        return pages


# links


class LinkFilterSet(WagtailFilterSet):
    """What pages with broken links are looked through by."""

    found_by = ChoiceFilter(
        label=_("found by"), choices=[("move", _("the move")), ("check", _("the last check"))], method="by_finder"
    )
    channel = ModelChoiceFilter(label=_("channel"), queryset=_channels, method="by_channel")
    by_channel = _in_channel("")

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
        PageColumn("title"),
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

    def decorate_paginated_queryset(self, object_list: Iterable[Page]) -> Iterable[Page]:
        """Say of each where it stands, and some of its links."""
        pages = list(object_list)
        units, places = channel_titles(pages), column_titles(pages)
        links, checked = self._links(pages)
        for page in pages:
            page.unit, page.place = channel_title(page, units), places.get(page.path[: -Page.steplen], "")
            found = links[page.pk]
            page.number, page.checked_at = len(found), checked.get(page.pk)
            page.links = "\n".join(found)
            page.told = "  ".join(found[:_LINKS]) + (" ……" if page.number > _LINKS else "")
        return pages

    def _links(self, pages: list[Page]) -> tuple[dict[int, list[str]], dict[int, datetime.datetime]]:
        """Return page → its broken links, and page → when a check found some."""
        links: dict[int, list[str]] = {page.pk: [] for page in pages}
        checked: dict[int, datetime.datetime] = {}
        rows = waiting.with_open_links(self.request.user).filter(page__in=list(links))
        for number, unresolved in rows.values_list("page", "unresolved"):
            links[number] += unresolved
        for problem in waiting.found_broken(self.request.user).filter(page__in=list(links)).select_related("run"):
            told = _("%(link)s (%(problem)s)") % {"link": problem.target or problem.url, "problem": problem.message}
            if problem.pages > 1:
                told += _(", on %(n)d pages") % {"n": problem.pages}
            links[problem.page_id].append(told)
            checked[problem.page_id] = problem.run.checked_at
        return links, checked


_LINKS = 3


# old addresses


class AddressesReport(Report):
    """Old addresses, with where each leads today."""

    page_title = _("Old addresses")
    header_icon = "redirect"
    model = OldUrl
    filterset_class = OldUrlFilterSet
    index_url_name = "editors:addresses"
    index_results_url_name = "editors:addresses_results"
    export_filename = "old-addresses"
    verbose_name_plural = _("old URLs")
    columns = [
        TitleColumn(
            "canonical", label=_("canonical URL"), get_url=lambda row: reverse("oldurl:inspect", args=(row.pk,))
        ),
        Column("site.name", label=_("old site")),
        Column("get_outcome_display", label=_("outcome")),
        Column("leads_to", label=_("leads to"), classname="editors-address"),
        Column("hits", label=_("hits")),
    ]
    list_export = [
        "site.name", "canonical", "title", "kind_told", "get_outcome_display", "reason", "leads_to", "hits", "log_hits",
    ]  # fmt: skip
    export_headings = {
        "site.name": _("old site"), "canonical": _("canonical URL"), "title": _("title"), "kind_told": _("kind"),
        "get_outcome_display": _("outcome"), "reason": _("reason"), "leads_to": _("leads to"), "hits": _("hits"),
        "log_hits": _("hits in old logs"),
    }  # fmt: skip

    @staticmethod
    def allowed(request: HttpRequest) -> bool:
        """Whoever may see old URLs."""
        return may_look(request.user)

    def get_base_queryset(self) -> QuerySet[OldUrl]:
        """Return them by site and address."""
        return with_targets().order_by("site__slug", "canonical")

    def decorate_paginated_queryset(self, object_list: Iterable[OldUrl]) -> Iterable[OldUrl]:
        """Say of each where it leads."""
        rows = list(object_list)
        sites = {site.pk: site for site in OldSite.objects.select_related("channel")}
        roots = {pk: portal_root(site) for pk, site in sites.items()}
        followed = {row.follows_id for row in rows if row.follows_id}
        leaders = {row.pk: row for row in with_targets().filter(pk__in=followed)} if followed else {}
        for row in rows:
            row.site = sites[row.site_id]
            leader = leaders.get(row.follows_id, row)
            leader.site = sites[leader.site_id]
            row.leads_to = _leads_to(leader, roots[leader.site_id])
            row.kind_told = dict(KINDS).get(row.kind, row.kind)
        return rows


def _leads_to(row: OldUrl, root: str) -> str:
    return current_address(row, root) or (copy_address(row, root) if row.outcome == OldUrl.Outcome.ARCHIVE else "")
