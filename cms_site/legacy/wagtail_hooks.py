"""Where the admin hears of old sites: policies, menu, log actions, and the guard before a deletion."""

from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.documents.models import AbstractDocument
from wagtail.images.models import AbstractImage
from wagtail.log_actions import LogFormatter
from wagtail.models import Page

from cms_site.legacy import policies
from cms_site.legacy.protection import DocumentDeleteAskingView, ImageDeleteAskingView, ask_first
from cms_site.legacy.rulings import told_ruling
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


@hooks.register("register_permissions")
def permissions() -> QuerySet[Permission]:
    """Offer in the form for groups what makes a reviewer of imported pages."""
    return Permission.objects.filter(content_type__app_label="legacy", codename="review_imported")


@hooks.register("register_log_actions")
def log_actions(actions: Any) -> None:
    """Name what happens to old addresses and archived copies, with the reason given."""

    class Withdrawn(LogFormatter):
        label = _("Withdraw archived copy")

        def format_message(self, log_entry: Any) -> str:
            return _("Archived copy withdrawn: %(reason)s") % log_entry.data

    class Restored(LogFormatter):
        label = _("Restore archived copy")

        def format_message(self, log_entry: Any) -> str:
            return _("Archived copy restored: %(reason)s") % log_entry.data

    class Decided(LogFormatter):
        label = _("Decide")

        def format_message(self, log_entry: Any) -> str:
            return told_ruling(log_entry.data)

    class Revealed(LogFormatter):
        label = _("Show numbers of persons")
        message = _("Looked at numbers of persons in the review queue")

    actions.register_action("legacy.decide")(Decided)
    actions.register_action("legacy.reveal")(Revealed)
    actions.register_action("legacy.withdraw")(Withdrawn)
    actions.register_action("legacy.restore")(Restored)


@hooks.register("before_delete_page")
def ask_before_deleting(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Ask what the old addresses of a page and of all below it shall do."""
    return ask_first(request, "delete", [page])


@hooks.register("before_unpublish_page")
def ask_before_unpublishing(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Ask the same; what stands below goes only if somebody said so."""
    return ask_first(request, "unpublish", [page], below=bool(request.POST.get("include_descendants")))


@hooks.register("before_move_page")
def ask_before_moving(request: HttpRequest, page: Page, _destination: Page) -> HttpResponse | None:
    """Ask whether old addresses shall follow."""
    return ask_first(request, "move", [page])


@hooks.register("before_bulk_action")
def ask_before_bulk(request: HttpRequest, action_type: str, objects: list[Any], _action: Any) -> HttpResponse | None:
    """Ask the same in bulk."""
    if action_type not in ("delete", "unpublish", "move"):
        return None
    things = [thing for thing in objects if isinstance(thing, Page | AbstractDocument | AbstractImage)]
    below = action_type != "unpublish" or bool(request.POST.get("include_descendants"))
    return ask_first(request, action_type, things, below=below)


@hooks.register("register_admin_urls", order=-1)
def ask_before_deleting_files() -> list[URLPattern]:
    """Ask the same before a document or image is deleted: before Wagtail's own addresses of these views."""
    return [
        path("documents/delete/<int:document_id>/", DocumentDeleteAskingView.as_view()),
        path("images/<int:image_id>/delete/", ImageDeleteAskingView.as_view()),
    ]
