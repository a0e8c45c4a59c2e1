"""Which reports there are, and their addresses."""

from django.urls import URLPattern, path

from cms_site.editors.reports.addresses import AddressesReport
from cms_site.editors.reports.base import Report
from cms_site.editors.reports.columns import ColumnsReport
from cms_site.editors.reports.imported import ImportedReport
from cms_site.editors.reports.links import LinksReport
from cms_site.editors.reports.meta import MetaReport

REPORTS: dict[str, type[Report]] = {
    "columns": ColumnsReport,
    "imported": ImportedReport,
    "links": LinksReport,
    "addresses": AddressesReport,
    "meta": MetaReport,
}
"""Name in the address → report, in the menu's order."""


def urlpatterns() -> list[URLPattern]:
    """Return the addresses of the reports, each with that of its results alone, which filters ask for."""
    found = []
    for name, view in REPORTS.items():
        found += [
            path(f"{name}/", view.as_view(), name=name),
            path(f"{name}/results/", view.as_view(results_only=True), name=f"{name}_results"),
        ]
    return found
