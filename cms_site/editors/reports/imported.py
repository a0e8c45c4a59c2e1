"""What is left of the move: imported pages that wait for somebody."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Q, QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter, ModelChoiceFilter
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.models import Page

from cms_site.editors import waiting
from cms_site.editors.reports.base import PageColumn, Report, in_channel, own_channels, tell_places
from cms_site.editors.scope import own
from cms_site.legacy.review import Reason

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
        choices=[*_WAITS.items()],
        method="by_waiting",
    )
    channel = ModelChoiceFilter(label=_("channel"), queryset=own_channels, method="by_channel")
    by_channel = in_channel("")

    class Meta:
        model = Page
        fields = ["live"]

    def by_waiting(self, rows: QuerySet[Page], _name: str, value: str) -> QuerySet[Page]:
        """Keep what waits for one reason."""
        return rows.filter(pk__in=_waiting_pages(self.request.user)[value])


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
        PageColumn(),
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

    def decorate(self, rows: list[Page]) -> list[Page]:
        """Say of each where it stands and what it waits for."""
        tell_places(rows)
        for page in rows:
            page.why = "、".join(reason for reason, found in self._reasons.items() if page.pk in found)
        return rows

    @cached_property
    def _reasons(self) -> dict[str, set[int]]:
        return {str(_WAITS[reason]): set(found) for reason, found in _waiting_pages(self.request.user).items()}
