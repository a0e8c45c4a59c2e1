"""Old addresses, and where each leads today."""

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column, TitleColumn

from cms_site.editors.reports.base import Report
from cms_site.legacy.addresses import copy_address, current_address, portal_root, with_targets
from cms_site.legacy.inspecting import KINDS
from cms_site.legacy.models import OldSite, OldUrl
from cms_site.legacy.policies import may_look
from cms_site.legacy.viewsets import OldUrlFilterSet


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

    def decorate(self, rows: list[OldUrl]) -> list[OldUrl]:
        """Say of each where it leads."""
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
