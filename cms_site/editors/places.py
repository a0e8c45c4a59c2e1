"""Columns, channels and the pages above them are the administrator's: who may not publish them may not change them.

Wagtail's page permissions hold for a page and all below it, so whoever writes in a channel could also change its
columns' clocks and templates. What stands in columns is not concerned.
"""

from django.contrib.auth.base_user import AbstractBaseUser
from wagtail.models import Page, PagePermissionTester, get_page_models

from cms_site.portal.models import ContentPage


class PlacePermissions(PagePermissionTester):
    """Permissions on a page that holds others: adding what belongs there stays, all else needs `publish`."""

    def __init__(self, user: AbstractBaseUser, page: Page) -> None:
        super().__init__(user, page)
        self.keeps = user.is_superuser or "publish" in getattr(self, "permissions", ())

    def can_edit(self) -> bool:
        """Say whether the user may change the place itself."""
        return bool(self.keeps and super().can_edit())

    def can_delete(self, ignore_bulk: bool = False) -> bool:
        """Say whether the user may delete the place; moving asks the same."""
        return bool(self.keeps and super().can_delete(ignore_bulk))

    def can_add_subpage(self) -> bool:
        """Say whether the user may add below: content to those who write there, places to those who keep it."""
        if not super().can_add_subpage():
            return False
        below = self.page.specific_class.creatable_subpage_models()
        return bool(self.keeps or any(issubclass(model, ContentPage) for model in below))


def guard() -> None:
    """Have the page types that hold others ask `PlacePermissions`."""
    for model in get_page_models():
        if model is not Page and not issubclass(model, ContentPage):
            model.permissions_for_user = _permissions


def _permissions(page: Page, user: AbstractBaseUser) -> PlacePermissions:
    return PlacePermissions(user, page)
