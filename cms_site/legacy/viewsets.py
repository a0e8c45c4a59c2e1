"""The menu 旧站 of the admin: old URLs with their copies, sites, receipts, decisions, and the unknown as a worklist."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import get_permission_codename
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django_filters import BooleanFilter, ChoiceFilter
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.menu import MenuItem as AdminMenuItem
from wagtail.admin.ui.menus import MenuItem
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.views.generic.history import HistoryView
from wagtail.admin.viewsets.base import ViewSet
from wagtail.admin.viewsets.model import ModelViewSet, ModelViewSetGroup
from wagtail.admin.widgets.button import Button, HeaderButton

from cms_site.legacy.addresses import copy_path
from cms_site.legacy.decisions import DecisionCreateView, DecisionDeleteView, DecisionEditView, DecisionForm
from cms_site.legacy.finding import exactly
from cms_site.legacy.inspecting import KINDS, InspectView
from cms_site.legacy.models import BrokenOldUrl, Decision, DecisionBatch, Imported, OldSite, OldUrl, Receipt, UnknownHit
from cms_site.legacy.policies import may_decide, may_look, may_withdraw
from cms_site.legacy.protection import ProtectView
from cms_site.legacy.review import may_review
from cms_site.legacy.review_bulk import BulkView
from cms_site.legacy.review_frames import Embedded, NewFrame, OldFrame, Picture
from cms_site.legacy.review_views import EntryView, ReviewView
from cms_site.legacy.withdrawal import RestoreView, WithdrawView
from cms_site.legacy.work_views import BatchView, DecideView, UploadView, WorklistView
from migrate.config.sites import POLICY_SITE


def decide_url(row: OldUrl | UnknownHit) -> str:
    """Return where a decision on this address is written."""
    return reverse("decision:add") + "?" + urlencode({"site": row.site_id, "canonical": row.canonical})


class ReadOnlyViewSet(ModelViewSet):
    """What import writes: listed and inspected."""

    inspect_view_enabled = True
    inspect_view_class = InspectView
    copy_view_enabled = False
    add_to_reference_index = False  # else every row that an import writes costs an index update
    form_fields: list[str] = []

    def get_permissions_to_register(self) -> QuerySet[Permission]:
        """Offer groups the permission to look, and no other."""
        codenames = [get_permission_codename(action, self.model_opts) for action in self.offered]
        kind = ContentType.objects.get_for_model(self.model)
        return Permission.objects.filter(content_type=kind, codename__in=codenames)

    offered = ("view",)


class DecidingIndexView(generic.IndexView):
    """A list from which one goes on to decide."""

    template_name = "legacy/admin/listing.html"

    def get_list_more_buttons(self, instance: OldUrl | UnknownHit) -> list[Any]:
        """Add the way to a decision."""
        buttons = super().get_list_more_buttons(instance)
        if self.request.user.has_perm("legacy.add_decision"):
            buttons.append(MenuItem(_now("Decide"), url=decide_url(instance), icon_name="check", priority=5))
        return buttons


class BrokenIndexView(generic.IndexView):
    """Broken addresses, those broken longest first; one goes on to the address."""

    template_name = "legacy/admin/listing.html"

    def get_inspect_url(self, instance: BrokenOldUrl) -> str:
        """Lead to the old URL: there is what can be done."""
        return reverse("oldurl:inspect", args=(instance.old_url_id,))

    def get_list_more_buttons(self, instance: BrokenOldUrl) -> list[Any]:
        """Add the way to a decision."""
        buttons = super().get_list_more_buttons(instance)
        if may_decide(self.request.user):
            buttons.append(MenuItem(_now("Decide"), url=decide_url(instance.old_url), icon_name="check", priority=5))
        return buttons


class OldUrlFilterSet(WagtailFilterSet):
    """What old URLs are looked through by."""

    kind = ChoiceFilter(label=_("kind"), choices=KINDS)
    asked = BooleanFilter(label=_("Asked without an answer"), method="by_hits")
    captured = BooleanFilter(label=_("Captured"), method="by_capture")
    held = BooleanFilter(label=_("Held"), method="by_held")
    withdrawn = BooleanFilter(label=_("Copy withdrawn"), field_name="withdrawn_at", lookup_expr="isnull", exclude=True)
    broken = BooleanFilter(label=_("Broken"), field_name="broken", lookup_expr="isnull", exclude=True)

    class Meta:
        model = OldUrl
        fields = ["site", "outcome"]

    def by_hits(self, rows: QuerySet[OldUrl], _name: str, value: bool) -> QuerySet[OldUrl]:
        """Keep what visitors asked for in vain, or what none did."""
        return rows.filter(hits__gt=0) if value else rows.filter(hits=0)

    def by_capture(self, rows: QuerySet[OldUrl], _name: str, value: bool) -> QuerySet[OldUrl]:
        """Keep what has bytes in the archive, or what has none."""
        return rows.exclude(warc_file="") if value else rows.filter(warc_file="")

    def by_held(self, rows: QuerySet[OldUrl], _name: str, value: bool) -> QuerySet[OldUrl]:
        """Keep what screening holds, or the rest."""
        return rows.exclude(held=[]) if value else rows.filter(held=[])


class OldUrlIndexView(DecidingIndexView):
    """Old URLs; an address pasted into the search, in any spelling, finds its own row."""

    def search_queryset(self, queryset: QuerySet[OldUrl]) -> QuerySet[OldUrl]:
        """Find by address, else by words."""
        found = exactly(queryset, self.search_query) if self.is_searching else None
        return super().search_queryset(queryset) if found is None else found


class OldUrlInspectView(InspectView):
    """One old URL, with what can be done about it."""

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        """Offer its archived copy, its history, a decision, and taking the copy away or bringing it back."""
        old, user = self.object, self.request.user
        buttons = [Button(_now("History"), url=reverse("oldurl:history", args=(old.pk,)), icon_name="history")]
        if copy := copy_path(old):
            buttons.append(Button(_now("Archived copy"), url=copy, icon_name="view"))
        if user.has_perm("legacy.add_decision"):
            buttons.append(Button(_now("Decide"), url=decide_url(old), icon_name="check"))
        if may_withdraw(user) and old.warc_file:
            act, label = (
                ("withdraw", _now("Withdraw copy")) if old.withdrawn_at is None else ("restore", _now("Restore copy"))
            )
            buttons.append(Button(label, url=reverse(f"oldurl:{act}", args=(old.pk,)), icon_name="warning"))
        return buttons


class OldUrlHistoryView(HistoryView):
    """Who ruled on the address, who withdrew and restored the copy, when and why."""

    any_permission_required = ["view"]


class OldUrlViewSet(ReadOnlyViewSet):
    """Old URLs; the undecided ones by hits are a worklist."""

    model = OldUrl
    icon = "link"
    menu_label = _("Old URLs")
    index_view_class = OldUrlIndexView
    filterset_class = OldUrlFilterSet
    inspect_view_class = OldUrlInspectView
    history_view_class = OldUrlHistoryView
    offered = ("view", "change")
    list_display = [
        "canonical",
        "outcome",
        Column("kind", label=_("kind"), sort_key="kind", accessor=lambda old: dict(KINDS).get(old.kind, old.kind)),
        "title",
        "hits",
        "log_hits",
    ]
    search_fields = ["canonical", "url", "title"]
    search_backend_name = None
    ordering = ["-hits", "pk"]
    inspect_view_fields = [
        "site", "canonical", "url", "kind", "outcome", "reason", "rule", "imported", "same_as", "target", "target_url",
        "follows", "title", "column", "year", "held", "hits", "log_hits", "warc_file", "warc_offset", "digest",
        "captured_at", "withdrawn_at", "withdrawn_reason", "withdrawn_by",
    ]  # fmt: skip

    def get_urlpatterns(self) -> list[URLPattern]:
        """Add taking away and bringing back."""
        return [
            *super().get_urlpatterns(),
            path("withdraw/<int:pk>/", WithdrawView.as_view(), name="withdraw"),
            path("restore/<int:pk>/", RestoreView.as_view(), name="restore"),
        ]


class OldSiteViewSet(ReadOnlyViewSet):
    """Old sites, as import copied them from the YAML."""

    model = OldSite
    icon = "site"
    menu_label = _("Old sites")
    list_display = ["name", "slug", "unit", "channel"]
    search_fields = ["name", "slug", "url"]
    search_backend_name = None


def _of_old_sites(viewset: ModelViewSet, **more: Any) -> dict[str, Any]:
    """Return what a list gets that shows old sites' rows only: reposted notices belong to none."""
    rows = viewset.model.objects.exclude(site__slug=POLICY_SITE)
    found: dict[str, Any] = ModelViewSet.get_index_view_kwargs(viewset, queryset=rows, **more)
    return found


class ImportedViewSet(ReadOnlyViewSet):
    """What was imported, on which evidence."""

    model = Imported
    icon = "download"
    menu_label = _("Imported things")
    list_display = ["source_key", "site", "state", "same_as", "imported_at"]
    inspect_view_fields_exclude = ["title_key", "sketch"]
    list_filter = ["site", "state"]
    search_fields = ["source_key"]
    search_backend_name = None
    ordering = ["-pk"]
    get_index_view_kwargs = _of_old_sites


class ReceiptViewSet(ReadOnlyViewSet):
    """What each import did."""

    model = Receipt
    icon = "clipboard-list"
    menu_label = _("Receipts")
    list_display = ["__str__", "state", "actor", "opened_at", "closed_at"]
    list_filter = ["site", "state"]
    get_index_view_kwargs = _of_old_sites


class UnknownHitViewSet(ReadOnlyViewSet):
    """Addresses asked for that nobody knows, most wanted first."""

    model = UnknownHit
    icon = "help"
    menu_label = _("Unknown addresses")
    index_view_class = DecidingIndexView
    list_display = ["canonical", "site", "hits", "log_hits", "last_at"]
    list_filter = ["site", "noise"]
    search_fields = ["canonical"]
    search_backend_name = None
    ordering = ["-hits", "pk"]


class DecisionViewSet(ModelViewSet):
    """What people ruled."""

    model = Decision
    icon = "check"
    menu_label = _("Decisions")
    add_view_class = DecisionCreateView
    edit_view_class = DecisionEditView
    delete_view_class = DecisionDeleteView
    copy_view_enabled = False
    add_to_reference_index = False
    list_display = ["canonical", "site", "outcome", "actor", "decided_at"]
    list_filter = ["site", "outcome"]
    search_fields = ["canonical", "reason"]
    search_backend_name = None
    ordering = ["-decided_at"]

    def get_form_class(self, for_update: bool = False) -> type[DecisionForm]:
        """Return the form that folds addresses."""
        return DecisionForm


class BatchIndexView(generic.IndexView):
    """Batches; a file begins a new one."""

    template_name = "legacy/admin/listing.html"

    @cached_property
    def header_buttons(self) -> list[Button]:
        """Lead to the upload those who may decide."""
        if not may_decide(self.request.user):
            return []
        return [HeaderButton(_now("Decisions from a file"), url=reverse("worklist:upload"), icon_name="upload")]


class DecisionBatchViewSet(ReadOnlyViewSet):
    """Decisions that came together."""

    model = DecisionBatch
    icon = "table"
    menu_label = _("Batches of decisions")
    index_view_class = BatchIndexView
    inspect_view_class = BatchView
    offered = ()
    list_display = ["source", "site", "state", "actor", "created_at"]
    list_filter = ["site", "state"]
    search_fields = ["source"]
    search_backend_name = None


class BrokenOldUrlViewSet(ReadOnlyViewSet):
    """What the last look at all old URLs found broken."""

    model = BrokenOldUrl
    icon = "warning"
    menu_label = _("Broken old URLs")
    index_view_class = BrokenIndexView
    offered = ()
    list_display = ["old_url", "problem", "since"]
    list_filter = ["problem", "old_url__site"]
    search_fields = ["old_url__canonical", "old_url__title"]
    search_backend_name = None
    ordering = ["since", "pk"]


class WorklistViewSet(ViewSet):
    """The worklist, and what leads on from it."""

    name = "worklist"
    icon = "list-ul"
    menu_label = _("Worklist")

    @cached_property
    def menu_item_class(self) -> type[AdminMenuItem]:
        """Show the item to those who may look."""
        return type("WorklistMenuItem", (AdminMenuItem,), {"is_shown": lambda _self, request: may_look(request.user)})

    def get_urlpatterns(self) -> list[URLPattern]:
        """Return its screens."""
        return [
            path("", WorklistView.as_view(), name="index"),
            path("decide/", DecideView.as_view(), name="decide"),
            path("upload/", UploadView.as_view(), name="upload"),
            path("protect/", ProtectView.as_view(), name="protect"),
        ]


class ReviewViewSet(ViewSet):
    """The review queue of imported pages."""

    name = "review"
    icon = "check"
    menu_label = _("Review queue")

    @cached_property
    def menu_item_class(self) -> type[AdminMenuItem]:
        """Show the item to those who may write or publish pages."""
        return type("ReviewMenuItem", (AdminMenuItem,), {"is_shown": lambda _self, request: may_review(request.user)})

    def get_urlpatterns(self) -> list[URLPattern]:
        """Return its screens, and what their frames hold."""
        return [
            path("", ReviewView.as_view(), name="index"),
            path("bulk/", BulkView.as_view(), name="bulk"),
            path("<int:pk>/", EntryView.as_view(), name="entry"),
            path("<int:pk>/old/", OldFrame.as_view(), name="old"),
            path("<int:pk>/new/", NewFrame.as_view(), name="new"),
            path("<int:pk>/picture/<int:old>/", Picture.as_view(), name="picture"),
            path("<int:pk>/embedded/<str:name>", Embedded.as_view(), name="embedded"),
        ]


class OldSitesGroup(ModelViewSetGroup):
    """The menu."""

    menu_label = _("Old sites")
    menu_icon = "folder-inverse"
    menu_order = 250
    items = (
        ReviewViewSet, WorklistViewSet, OldUrlViewSet, BrokenOldUrlViewSet, UnknownHitViewSet, DecisionViewSet,
        DecisionBatchViewSet, OldSiteViewSet, ImportedViewSet, ReceiptViewSet,
    )  # fmt: skip
