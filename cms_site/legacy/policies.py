"""Who may see and do what in the admin. What import writes is read there, never edited."""

from django.contrib.auth import get_permission_codename
from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Model
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.permissions import register_permission_policy

from cms_site.legacy.models import BrokenOldUrl, Decision, DecisionBatch, Imported, OldSite, OldUrl, Receipt, UnknownHit


class ReadOnlyPolicy(ModelPermissionPolicy):
    """Whoever may view (or change) may look; nobody edits, not even a superuser: the rows are evidence."""

    def user_has_permission(self, user: AbstractBaseUser, action: str) -> bool:
        """Say whether the user may do it; only `view` is ever true."""
        return action == "view" and any(super(ReadOnlyPolicy, self).user_has_permission(user, a) for a in _LOOKING)


class DecisionsPolicy(ModelPermissionPolicy):
    """Batches are read by whoever may see or write decisions; they are made and undone by screens of their own."""

    def user_has_permission(self, user: AbstractBaseUser, action: str) -> bool:
        """Say whether the user may do it; only `view` is ever true."""
        return action == "view" and any(_may(user, a, Decision) for a in ("view", "add", "change"))


class BrokenPolicy(ModelPermissionPolicy):
    """What is broken is read by whoever may see old URLs."""

    def user_has_permission(self, user: AbstractBaseUser, action: str) -> bool:
        """Say whether the user may do it; only `view` is ever true."""
        return action == "view" and may_look(user)


_LOOKING = ("view", "change")

READ_ONLY = (OldSite, OldUrl, Imported, Receipt, UnknownHit)


def register() -> None:
    """Register the policies. Must run before Wagtail asks for one of these models."""
    for model in READ_ONLY:
        register_permission_policy(model, ReadOnlyPolicy(model))
    register_permission_policy(DecisionBatch, DecisionsPolicy(DecisionBatch))
    register_permission_policy(BrokenOldUrl, BrokenPolicy(BrokenOldUrl))


def _may(user: AbstractBaseUser, action: str, model: type[Model]) -> bool:
    return bool(user.has_perm(f"legacy.{get_permission_codename(action, model._meta)}"))


def may_look(user: AbstractBaseUser) -> bool:
    """Say whether a user may see the old URLs, and what waits among them."""
    return any(_may(user, action, OldUrl) for action in _LOOKING)


def may_decide(user: AbstractBaseUser) -> bool:
    """Say whether a user may rule on addresses on which nobody has ruled."""
    return _may(user, "add", Decision)


def may_overrule(user: AbstractBaseUser) -> bool:
    """Say whether a user may replace decisions, his own or another's, and so also take back a batch."""
    return _may(user, "add", Decision) and _may(user, "change", Decision)


def may_withdraw(user: AbstractBaseUser) -> bool:
    """Say whether a user may take archived copies away and bring them back."""
    return user.has_perm(f"legacy.{get_permission_codename('change', OldUrl._meta)}")
