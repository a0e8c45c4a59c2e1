"""META lint: of each column its newest page, or the column itself where it is empty, as visitors get it."""

from collections.abc import Iterable

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.models import Page, Site

from cms_site.editors.freshness import own_columns
from cms_site.editors.reports import ColumnFilterSet, Report, channel_title, channel_titles
from cms_site.portal.meta_lint import ARTICLE_PAGE, COLUMN_PAGE, UNDATED_PAGE, Registered, lint_meta
from cms_site.portal.models import ColumnPage, PortalIdentity


class MetaFilterSet(ColumnFilterSet):
    """What columns are looked through by, here."""

    state = None


class MetaReport(Report):
    """Columns, each with what its newest page lacks of the national META tags. Pages are drawn, so few at a time."""

    page_title = _("META tags")
    header_icon = "tag"
    paginate_by = 20
    model = ColumnPage
    filterset_class = MetaFilterSet
    index_url_name = "editors:meta"
    index_results_url_name = "editors:meta_results"
    export_filename = "meta"
    verbose_name_plural = _("columns")
    columns = [
        TitleColumn(
            "title", label=_("column"), get_url=lambda row: reverse("wagtailadmin_explore", args=(row.pk,))
        ),
        Column("unit", label=_("channel")),
        Column("looked_at.title", label=_("page looked at")),
        Column("told", label=_("finding")),
    ]  # fmt: skip
    list_export = ["unit", "title", "looked_at.title", "told", "looked_at.full_url"]
    export_headings = {
        "unit": _("channel"), "title": _("column"), "looked_at.title": _("page looked at"), "told": _("finding"),
        "looked_at.full_url": _("address"),
    }  # fmt: skip

    def get_base_queryset(self) -> QuerySet[ColumnPage]:
        """Return the columns in the order of the tree."""
        return own_columns(self.request.user)

    def decorate_paginated_queryset(self, object_list: Iterable[ColumnPage]) -> list[ColumnPage]:
        """Look at the newest page of each."""
        columns = list(object_list)
        units = channel_titles(columns)
        registered = _registered()
        for column in columns:
            column.unit = channel_title(column, units)
            column.looked_at, column.told = _looked_at(column, registered, self.request)
        return columns


def _registered() -> Registered:
    site = Site.objects.get(is_default_site=True)
    identity = PortalIdentity.objects.filter(site=site).first()
    return Registered(site.hostname, identity.site_code if identity else "")


def _looked_at(column: ColumnPage, registered: Registered, request: HttpRequest) -> tuple[Page, str]:
    """Return the page that was drawn, and what is wrong with its META tags."""
    newest = column.content_model.objects.live().child_of(column).newest().first()
    page = newest or column
    kind = COLUMN_PAGE if newest is None else ARTICLE_PAGE if newest.published_at else UNDATED_PAGE
    drawn = page.make_preview_request(original_request=request)
    findings = lint_meta(drawn.content, page.full_url or "", kind, registered)
    return page, "；".join(finding.message for finding in findings) or "—"
