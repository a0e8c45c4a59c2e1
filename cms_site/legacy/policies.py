"""Who may see and do what in the admin. What import writes is read there, never edited."""

from django.contrib.auth import get_permission_codename
from django.contrib.auth.base_user import AbstractBaseUser
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.permissions import register_permission_policy

from cms_site.legacy.models import Imported, OldSite, OldUrl, Receipt, UnknownHit


class ReadOnlyPolicy(ModelPermissionPolicy):
    """Whoever may view (or change) may look; nobody edits, not even a superuser: the rows are evidence."""

    def user_has_permission(self, user: AbstractBaseUser, action: str) -> bool:
        """Say whether the user may do it; only `view` is ever true."""
        return action == "view" and any(super(ReadOnlyPolicy, self).user_has_permission(user, a) for a in _LOOKING)


_LOOKING = ("view", "change")

READ_ONLY = (OldSite, OldUrl, Imported, Receipt, UnknownHit)


def register() -> None:
    """Register the policies. Must run before Wagtail asks for one of these models."""
    for model in READ_ONLY:
        register_permission_policy(model, ReadOnlyPolicy(model))


def may_withdraw(user: AbstractBaseUser) -> bool:
    """Say whether a user may take archived copies away and bring them back."""
    return user.has_perm(f"legacy.{get_permission_codename('change', OldUrl._meta)}")
