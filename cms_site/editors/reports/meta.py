"""META lint: of each column the first page of its list, or the column itself where it is empty.

Pages are not drawn for it: their tags are made as their templates do, so that a whole county is told at once.
"""

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.models import Site

from cms_site.editors.freshness import own_columns
from cms_site.editors.reports.base import Report, channel_title, channel_titles
from cms_site.editors.reports.columns import ColumnFilterSet
from cms_site.portal.frame import Frame
from cms_site.portal.meta import meta_tags
from cms_site.portal.meta_lint import ARTICLE_PAGE, COLUMN_PAGE, UNDATED_PAGE, Registered, lint_meta
from cms_site.portal.models import ColumnPage, ContentPage
from cms_site.portal.models.lines import in_full, newest_in_each


class MetaFilterSet(ColumnFilterSet):
    """What columns are looked through by, here."""

    state = None


class MetaReport(Report):
    """Columns, each with what its newest page lacks of the national META tags."""

    page_title = _("META tags")
    header_icon = "tag"
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

    def decorate(self, rows: list[ColumnPage]) -> list[ColumnPage]:
        """Look at the first page in the list of each."""
        units = channel_titles(rows)
        first = newest_in_each([column.pk for column in rows], 1)
        pages = {page.pk: page for page in in_full([line for (line,) in first.values()], whole=True)}
        for column in rows:
            column.unit = channel_title(column, units)
            page = pages.get(first[column.pk][0].page) if column.pk in first else None
            column.looked_at, column.told = page or column, self._looker.look(column, page)
        return rows

    @cached_property
    def _looker(self) -> "_Looker":
        return _Looker(Site.objects.get(is_default_site=True))


class _Looker:
    """Looks at one page after another as a visitor of the portal would."""

    def __init__(self, site: Site) -> None:
        self._request = HttpRequest()
        self._request.META = {"SERVER_NAME": site.hostname, "SERVER_PORT": str(site.port)}
        self._frame = Frame(self._request)
        self._registered = Registered(site.hostname, self._frame.identity.site_code)

    def look(self, column: ColumnPage, first: ContentPage | None) -> str:
        """Return what is wrong with the META tags of a column's first page, or of the column itself without one."""
        page = first or column
        kind = COLUMN_PAGE if first is None else ARTICLE_PAGE if first.published_at else UNDATED_PAGE
        channel = self._frame.places.unit_of(page.path)
        tags = meta_tags(self._frame, self._request, {"page": page, "column": column, "channel": channel})
        head = format_html_join("", '<meta name="{}" content="{}">', tags)
        findings = lint_meta(head.encode(), page.full_url or "", kind, self._registered)
        return "；".join(finding.message for finding in findings) or "—"
