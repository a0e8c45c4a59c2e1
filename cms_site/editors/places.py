"""Pages whose permissions are not Wagtail's own: places, and what waits for a reviewer.

Columns, channels and the pages above them are the administrator's: who may not publish them may not change them.

Wagtail's page permissions hold for a page and all below it, so whoever writes in a channel could also change its
columns' clocks and templates. What stands in columns is not concerned, but for the imported pages of the review queue:
a reviewer edits and publishes them while they wait, and none before or after.
"""

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.functional import cached_property
from wagtail.models import Page, PagePermissionTester, get_page_models

from cms_site.legacy.review import reviews, waits
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


class ContentPermissions(PagePermissionTester):
    """Permissions on what stands in columns: Wagtail's, and a reviewer's while the page waits in the queue."""

    def can_edit(self) -> bool:
        """Say whether the user may change the page."""
        return bool(super().can_edit() or self._is_before_reviewer)

    def can_publish(self) -> bool:
        """Say whether the user may let visitors see the page."""
        return bool(super().can_publish() or self._is_before_reviewer)

    @cached_property
    def _is_before_reviewer(self) -> bool:
        return reviews(self.user) and waits(self.page)


def guard() -> None:
    """Have the page types ask `PlacePermissions` if they hold others, else `ContentPermissions`."""
    for model in get_page_models():
        if model is not Page:
            model.permissions_for_user = _of_content if issubclass(model, ContentPage) else _of_place


def _of_place(page: Page, user: AbstractBaseUser) -> PlacePermissions:
    return PlacePermissions(user, page)


def _of_content(page: Page, user: AbstractBaseUser) -> ContentPermissions:
    return ContentPermissions(user, page)
