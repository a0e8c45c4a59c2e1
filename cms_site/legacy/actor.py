"""Under whose name import writes."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser

SYSTEM_USER = "shangyi"
"""The named user under which import writes, in page history and audit log. It can't log in."""


def system_user() -> AbstractBaseUser:
    """Return the user under whose name import writes."""
    user, created = get_user_model().objects.get_or_create(username=SYSTEM_USER)
    if created:
        user.set_unusable_password()
        user.is_active = False
        user.save()
    return user
