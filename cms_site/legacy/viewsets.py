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
from wagtail.admin.ui.menus import MenuItem
from wagtail.admin.views import generic
from wagtail.admin.views.generic.history import HistoryView
from wagtail.admin.viewsets.model import ModelViewSet, ModelViewSetGroup
from wagtail.admin.widgets.button import Button

from cms_site.legacy.addresses import copy_path
from cms_site.legacy.decisions import DecisionCreateView, DecisionEditView, DecisionForm
from cms_site.legacy.models import Decision, Imported, OldSite, OldUrl, Receipt, UnknownHit
from cms_site.legacy.policies import may_withdraw
from cms_site.legacy.withdrawal import RestoreView, WithdrawView


def decide_url(row: OldUrl | UnknownHit) -> str:
    """Return where a decision on this address is written."""
    return reverse("decision:add") + "?" + urlencode({"site": row.site_id, "canonical": row.canonical})


class ReadOnlyViewSet(ModelViewSet):
    """What import writes: listed and inspected."""

    inspect_view_enabled = True
    copy_view_enabled = False
    add_to_reference_index = False  # else every row that an import writes costs an index update
    form_fields: list[str] = []

    def get_permissions_to_register(self) -> QuerySet[Permission]:
        """Offer groups the permission to look, and no other."""
        codenames = [get_permission_codename(action, self.model_opts) for action in self.offered]
        kind = ContentType.objects.get_for_model(self.model)
        return Permission.objects.filter(content_type=kind, codename__in=codenames)

    offered = ("view",)


class WorklistView(generic.IndexView):
    """A list from which one goes on to decide."""

    def get_list_more_buttons(self, instance: OldUrl | UnknownHit) -> list[Any]:
        """Add the way to a decision."""
        buttons = super().get_list_more_buttons(instance)
        if self.request.user.has_perm("legacy.add_decision"):
            buttons.append(MenuItem(_now("Decide"), url=decide_url(instance), icon_name="check", priority=5))
        return buttons


class OldUrlInspectView(generic.InspectView):
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
    """Who withdrew and restored the copy, when and why."""

    any_permission_required = ["view"]


class OldUrlViewSet(ReadOnlyViewSet):
    """Old URLs; the undecided ones by hits are a worklist."""

    model = OldUrl
    icon = "link"
    menu_label = _("Old URLs")
    index_view_class = WorklistView
    inspect_view_class = OldUrlInspectView
    history_view_class = OldUrlHistoryView
    offered = ("view", "change")
    list_display = ["canonical", "outcome", "kind", "title", "hits"]
    list_filter = ["site", "outcome", "kind"]
    search_fields = ["canonical", "url", "title"]
    search_backend_name = None
    ordering = ["-hits", "pk"]
    inspect_view_fields = [
        "site", "canonical", "url", "kind", "outcome", "reason", "rule", "imported", "same_as", "target", "target_url",
        "follows", "title",
        "column", "year", "held", "hits", "warc_file", "warc_offset", "digest", "captured_at", "withdrawn_at",
        "withdrawn_reason", "withdrawn_by",
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


class ReceiptViewSet(ReadOnlyViewSet):
    """What each import did."""

    model = Receipt
    icon = "clipboard-list"
    menu_label = _("Receipts")
    list_display = ["__str__", "state", "actor", "opened_at", "closed_at"]
    list_filter = ["site", "state"]


class UnknownHitViewSet(ReadOnlyViewSet):
    """Addresses asked for that nobody knows, most wanted first."""

    model = UnknownHit
    icon = "help"
    menu_label = _("Unknown addresses")
    index_view_class = WorklistView
    list_display = ["canonical", "site", "hits", "last_at"]
    list_filter = ["site"]
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


class OldSitesGroup(ModelViewSetGroup):
    """The menu."""

    menu_label = _("Old sites")
    menu_icon = "folder-inverse"
    menu_order = 250
    items = (OldUrlViewSet, UnknownHitViewSet, DecisionViewSet, OldSiteViewSet, ImportedViewSet, ReceiptViewSet)
