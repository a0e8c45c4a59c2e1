"""Where the admin hears of those who keep the portal."""

from functools import partial
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import URLPattern, include, path, reverse
from django.utils.html import format_html
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.site_summary import PagesSummaryItem, SummaryItem
from wagtail.admin.ui.components import Component
from wagtail.admin.views.reports.page_types_usage import PageTypesUsageReportView
from wagtail.models import Page
from wagtail.permissions import policy_registry

from cms_site.editors.panels import ColumnsPanel, OwnPagesSummary, SitesPanel, WaitingPanel
from cms_site.editors.reports import REPORTS, urlpatterns
from cms_site.editors.reports.base import Report
from cms_site.editors.users import refuse_bulk

PageTypesUsageReportView.any_permission_required = ["publish"]
"""It counts the pages of the whole portal: for those who keep columns."""


@hooks.register("before_bulk_action")
def keep_accounts(request: HttpRequest, _type: str, objects: list[Any], _action: Any) -> HttpResponse | None:
    """Keep the accounts of superusers from those who are none."""
    return refuse_bulk(request, objects)


@hooks.register("construct_page_chooser_queryset")
def choose_what_is_public(pages: QuerySet[Page], request: HttpRequest) -> QuerySet[Page]:
    """Offer to link to what is public and to one's own: others' drafts have titles that say too much."""
    own = policy_registry.get_by_type(Page).explorable_instances(request.user)
    return pages.filter(Q(live=True) | Q(pk__in=own.values("pk")))


@hooks.register("construct_homepage_panels")
def panels(request: HttpRequest, found: list[Component]) -> None:
    """Add columns, what waits, and sites; reviews come first, and are Wagtail's own."""
    found += [ColumnsPanel(request), WaitingPanel(request), SitesPanel(request)]


@hooks.register("construct_homepage_summary_items")
def summary(request: HttpRequest, found: list[SummaryItem]) -> None:
    """Count a user's own pages."""
    found[:] = [OwnPagesSummary(request) if type(item) is PagesSummaryItem else item for item in found]


@hooks.register("register_admin_urls")
def addresses() -> list[URLPattern]:
    """Put the reports below /admin/portal-reports/."""
    return [path("portal-reports/", include((urlpatterns(), "editors"), namespace="editors"))]


class ReportMenuItem(MenuItem):
    """A report in the menu, for those who may see it."""

    def __init__(self, name: str, report: type[Report], order: int) -> None:
        super().__init__(
            report.page_title,
            reverse(f"editors:{name}"),
            name=f"portal-{name}",
            icon_name=report.header_icon,
            order=order,
        )
        self._report = report

    def is_shown(self, request: HttpRequest) -> bool:
        """Say whether the user may see it."""
        return self._report.allowed(request)


for _order, (_name, _report) in enumerate(REPORTS.items(), 100):
    hooks.register("register_reports_menu_item", partial(ReportMenuItem, _name, _report, _order))


@hooks.register("construct_main_menu")
def no_foreign_help(_request: HttpRequest, items: list[MenuItem]) -> None:
    """Take Wagtail's help away: it leads to English pages outside, and intranets have none."""
    items[:] = [item for item in items if item.name != "help"]


@hooks.register("insert_global_admin_css")
def styles() -> str:
    """Shape panels and reports."""
    return format_html('<link rel="stylesheet" href="{}">', static("editors/editors.css"))


@hooks.register("insert_editor_js")
def editor_script() -> str:
    """Keep a button apart from the draft that the editor saves by itself."""
    return format_html('<script src="{}"></script>', static("editors/editor.js"))


@hooks.register("insert_global_admin_js")
def picker_script() -> str:
    """Take away what the picker of dates says in English."""
    return format_html('<script src="{}"></script>', static("editors/picker.js"))
