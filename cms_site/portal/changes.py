"""What changes the portal renews its stamp: pages, files, and whatever the portal's own tables hold.

Import writes without signals. It says so itself, with its receipt (`legacy.intake.receipts`).
"""

from typing import Any

from django.db import models
from django.db.models.signals import post_delete, post_save
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Page, Site
from wagtail.signals import page_slug_changed, post_page_move

from cms_site.portal.models.lines import ListLine
from cms_site.portal.models.stamp import Stamp

_DRAFT = {
    "draft_title", "has_unpublished_changes", "latest_revision", "latest_revision_created_at", "locked", "locked_at",
    "locked_by",
}  # fmt: skip
"""What saving a draft writes of a page: nothing that visitors see."""


def connect() -> None:
    """Listen to everything that visitors may come to see."""
    for signal in (post_save, post_delete):
        signal.connect(_row_changed, dispatch_uid=f"portal-stamp-{id(signal)}")
    for signal in (post_page_move, page_slug_changed):
        signal.connect(_renew, dispatch_uid=f"portal-stamp-{id(signal)}")


def _row_changed(sender: type[models.Model], update_fields: frozenset[str] | None = None, **_said: Any) -> None:
    if update_fields is not None and update_fields <= _DRAFT:
        return
    if is_shown(sender):
        Stamp.renew()


def is_shown(model: type[models.Model]) -> bool:
    """Say whether rows of a model can be seen on the portal's pages."""
    if model in (Stamp, ListLine):
        return False
    shares = Page._meta.get_field("imported").related_model  # in whose columns a page has a place besides its own
    shown = (Page, Site, get_image_model(), get_document_model(), shares)
    return issubclass(model, shown) or model._meta.app_label == "portal"


def _renew(**_said: Any) -> None:
    Stamp.renew()
