"""Where the admin hears of old sites: policies, menu, log actions, and the guard before a deletion."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.log_actions import LogFormatter
from wagtail.models import Page

from cms_site.legacy import policies
from cms_site.legacy.protection import refuse_deletion
from cms_site.legacy.viewsets import OldSitesGroup

policies.register()


@hooks.register("insert_global_admin_css")
def styles() -> str:
    """Let long addresses break."""
    return format_html('<link rel="stylesheet" href="{}">', static("legacy/admin.css"))


@hooks.register("register_admin_viewset")
def old_sites() -> OldSitesGroup:
    """Put 旧站 into the menu."""
    return OldSitesGroup()


@hooks.register("register_log_actions")
def log_actions(actions: Any) -> None:
    """Name what happens to archived copies, with the reason given."""

    class Withdrawn(LogFormatter):
        label = _("Withdraw archived copy")

        def format_message(self, log_entry: Any) -> str:
            return _("Archived copy withdrawn: %(reason)s") % log_entry.data

    class Restored(LogFormatter):
        label = _("Restore archived copy")

        def format_message(self, log_entry: Any) -> str:
            return _("Archived copy restored: %(reason)s") % log_entry.data

    actions.register_action("legacy.withdraw")(Withdrawn)
    actions.register_action("legacy.restore")(Restored)


@hooks.register("before_delete_page")
def guard_page(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Refuse to delete a page that old URLs lead to."""
    return refuse_deletion(request, [page])


@hooks.register("before_bulk_action")
def guard_pages(request: HttpRequest, action_type: str, objects: list[Any], _action: Any) -> HttpResponse | None:
    """Refuse the same in bulk."""
    if action_type != "delete":
        return None
    return refuse_deletion(request, [thing for thing in objects if isinstance(thing, Page)])
