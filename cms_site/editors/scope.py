"""What in the portal is a user's own: the pages that he writes for, or keeps. Lists and figures show nothing else."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Q
from wagtail.models import Page
from wagtail.permissions import policy_registry

_WRITING = ("add_page", "change_page", "publish_page")


def own(user: AbstractBaseUser, page: str = "") -> Q:
    """Return the condition under which a page is a user's own; `page` is the way to it, e.g. `imported__page`."""
    if user.is_superuser:
        return Q()
    path = f"{page}__path" if page else "path"
    inside = Q(pk__in=())
    for held in policy_registry.get_by_type(Page).get_cached_permissions_for_user(user):
        if held.permission.codename in _WRITING:
            inside |= Q(**{f"{path}__startswith": held.page.path})
    return inside


def writes(user: AbstractBaseUser) -> bool:
    """Say whether anything is a user's own."""
    return bool(policy_registry.get_by_type(Page).user_has_any_permission(user, {"add", "change", "publish"}))


def keeps(user: AbstractBaseUser) -> bool:
    """Say whether a user keeps columns, not only what stands in them."""
    return bool(policy_registry.get_by_type(Page).user_has_permission(user, "publish"))
