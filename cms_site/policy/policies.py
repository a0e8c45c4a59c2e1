"""Who sits at the desk of reposted notices: policy editors and administrators, by permissions of their groups."""

from django.contrib.auth.base_user import AbstractBaseUser


def may_look(user: AbstractBaseUser) -> bool:
    """Say whether a user may see the notices and their clock."""
    return bool(user.has_perm("policy.view_notice") or user.has_perm("policy.change_notice"))


def may_act(user: AbstractBaseUser) -> bool:
    """Say whether a user may rule on notices: what is the same, what is waived, what is taken, what is reposted."""
    return bool(user.has_perm("policy.change_notice"))
