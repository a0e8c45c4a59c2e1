"""Users as the county's administrator keeps them: nobody makes himself, or anybody, more than he is.

Wagtail lets whoever may add users make one with all rights, and change a superuser's password.
"""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.auth import LoginForm as WagtailLoginForm
from wagtail.users.views import users


def may_keep(actor: AbstractBaseUser, user: AbstractBaseUser) -> bool:
    """Say whether an account may be changed by somebody who may change accounts: superusers only by superusers."""
    return actor.is_superuser or not user.is_superuser


class CreateView(users.CreateView):
    """Makes an account; only a superuser makes another one."""

    def get_form(self, form_class: type[Form] | None = None) -> Form:
        """Return the form that this user may fill in."""
        return _within(super().get_form(form_class), self.request.user)


class EditView(users.EditView):
    """Changes an account, a superuser's only for superusers."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Find the account; refuse one above the user."""
        super().setup(request, *args, **kwargs)
        if request.user.is_authenticated and not may_keep(request.user, self.object):
            raise PermissionDenied

    def get_form(self, form_class: type[Form] | None = None) -> Form:
        """Return the form that this user may fill in."""
        return _within(super().get_form(form_class), self.request.user)


def _within(form: Form, user: AbstractBaseUser) -> Form:
    if not user.is_superuser:
        form.fields.pop("is_superuser", None)
    return form


class UserViewSet(users.UserViewSet):
    """Wagtail's screens for users, with these two views."""

    add_view_class = CreateView
    edit_view_class = EditView


class LoginForm(WagtailLoginForm):
    """Wagtail's, whose password has no label of its own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].label = _("Password")


def refuse_bulk(request: HttpRequest, objects: list[Any]) -> HttpResponse | None:
    """Refuse an action on several accounts if one of them is above the user."""
    for thing in objects:
        if isinstance(thing, AbstractBaseUser) and not may_keep(request.user, thing):
            raise PermissionDenied
    return None
