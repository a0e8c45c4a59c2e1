"""Where the admin hears of reposted notices: addresses, menu, panel, permissions, what their history says."""

from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import URLPattern, include, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import Menu, MenuItem, SubmenuMenuItem
from wagtail.admin.ui.components import Component
from wagtail.log_actions import LogFormatter

from cms_site.policy.panels import DuePanel
from cms_site.policy.policies import may_act, may_look
from cms_site.policy.views import ListView, NoticeView, ReportView, RepostView


@hooks.register("register_admin_urls")
def addresses() -> list[URLPattern]:
    """Put the desk below /admin/policy/."""
    screens = [
        path("", ListView.as_view(), name="index"),
        path("<int:pk>/", NoticeView.as_view(), name="notice"),
        path("repost/", RepostView.as_view(), name="repost"),
        path("report/", ReportView.as_view(), name="report"),
    ]
    return [path("policy/", include((screens, "policy_desk"), namespace="policy_desk"))]


class DeskMenuItem(MenuItem):
    """An item for those who sit at the desk."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Say whether the user may see it."""
        return may_look(request.user)


class ActingMenuItem(MenuItem):
    """An item for those who may do more than look."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Say whether the user may see it."""
        return may_act(request.user)


@hooks.register("register_admin_menu_item")
def menu() -> MenuItem:
    """Put 政策转载 into the menu."""
    items = [
        DeskMenuItem(_("Notices"), reverse("policy_desk:index"), name="policy-notices", icon_name="time", order=1),
        ActingMenuItem(
            _("Repost an address"), reverse("policy_desk:repost"), name="policy-repost", icon_name="link", order=2
        ),
        DeskMenuItem(
            _("Report on reposts"), reverse("policy_desk:report"), name="policy-report", icon_name="table", order=3
        ),
    ]
    return SubmenuMenuItem(
        _("Reposted notices"), Menu(items=items), name="policy", icon_name="time", order=240
    )  # fmt: skip


@hooks.register("construct_homepage_panels")
def panels(request: HttpRequest, found: list[Component]) -> None:
    """Show what is due."""
    found.append(DuePanel(request))


@hooks.register("register_permissions")
def permissions() -> QuerySet[Permission]:
    """Offer groups to look at the desk and to work at it."""
    return Permission.objects.filter(content_type__app_label="policy", content_type__model="notice")


@hooks.register("insert_global_admin_css")
def styles() -> str:
    """Shape the desk."""
    return format_html('<link rel="stylesheet" href="{}">', static("policy/admin.css"))


@hooks.register("register_log_actions")
def log_actions(actions: Any) -> None:
    """Name what is done with notices."""
    for name, label, message in _ACTIONS:
        formatter = type("_Act", (_Act,), {"label": label, "text": message})
        actions.register_action(f"policy.{name}")(formatter)


class _Act(LogFormatter):
    """What a line of a notice's history says."""

    text: Any = ""

    def format_message(self, log_entry: Any) -> str:
        """Return the line, with what the entry says."""
        said = log_entry.data or {}
        return str(self.text) % {"page": said.get("page", ""), "reason": said.get("reason", "")}


_ACTIONS = (
    ("same", _("The same"), _("The same as “%(page)s”")),
    ("other", _("Not the same"), _("Not the same as “%(page)s”")),
    ("taken", _("Take a correction"), _("Correction taken")),
    ("dismissed", _("Dismiss a correction"), _("Correction dismissed")),
    ("waive", _("Waive"), _("Waived: %(reason)s")),
    ("unwaive", _("Let the clock run"), _("The clock runs again")),
    ("repost", _("Repost by hand"), _("Reposted by hand")),
    ("explain", _("Explain"), _("Reason: %(reason)s")),
)
