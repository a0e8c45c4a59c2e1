"""Columns and their clocks."""

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter, ModelChoiceFilter
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn

from cms_site.editors.freshness import Freshness, freshness, own_columns
from cms_site.editors.reports.base import Report, in_channel, own_channels
from cms_site.portal.models import ColumnPage
from migrate.clocks import ColumnState

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
    channel = ModelChoiceFilter(label=_("channel"), queryset=own_channels, method="by_channel")
    by_channel = in_channel("")

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
