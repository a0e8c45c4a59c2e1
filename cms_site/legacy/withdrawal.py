"""Taking an archived copy away and bringing it back: with a reason, by somebody, at a time. The WARC is not touched."""

from typing import Any

from django import forms
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.log_actions import log

from cms_site.legacy.models import OldUrl
from cms_site.legacy.policies import may_withdraw


def withdraw(old: OldUrl, reason: str, actor: AbstractBaseUser) -> None:
    """Take the archived copy of an old URL away: it answers 410 with the reason from now on."""
    with transaction.atomic():
        OldUrl.objects.filter(pk=old.pk).update(
            withdrawn_at=timezone.now(), withdrawn_reason=reason, withdrawn_by=actor
        )
        log(old, "legacy.withdraw", user=actor, data={"reason": reason})


def restore(old: OldUrl, reason: str, actor: AbstractBaseUser) -> None:
    """Show the archived copy again; who withdrew it and why stays in the history."""
    with transaction.atomic():
        OldUrl.objects.filter(pk=old.pk).update(withdrawn_at=None, withdrawn_reason="", withdrawn_by=None)
        log(old, "legacy.restore", user=actor, data={"reason": reason})


class ReasonForm(forms.Form):
    """Why. An act without a reason is not recorded, so it is not done."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class _ReasonView(WagtailAdminTemplateMixin, FormView):
    form_class = ReasonForm
    template_name = "wagtailadmin/generic/form.html"
    header_icon = "history"
    page_title = ""
    success_message = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_withdraw(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def old(self) -> OldUrl:
        return get_object_or_404(OldUrl.objects.select_related("site"), pk=self.kwargs["pk"])

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [
            *self.breadcrumbs_items,
            {"url": reverse("oldurl:index"), "label": OldUrl._meta.verbose_name_plural},
            {"url": reverse("oldurl:inspect", args=(self.old.pk,)), "label": self.old.canonical},
            {"url": "", "label": self.page_title},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context | {
            "action_url": self.request.path,
            "submit_button_label": self.page_title,
            "submit_button_active_label": self.page_title,
        }

    def act(self, reason: str) -> None:
        raise NotImplementedError

    def form_valid(self, form: ReasonForm) -> HttpResponse:
        self.act(form.cleaned_data["reason"])
        messages.success(self.request, self.success_message % {"url": self.old.canonical})
        return redirect("oldurl:inspect", self.old.pk)


class WithdrawView(_ReasonView):
    """Asks for the reason, then takes the copy away."""

    page_title = _("Withdraw archived copy")
    success_message = _("The archived copy of %(url)s is withdrawn.")

    def act(self, reason: str) -> None:
        """Withdraw."""
        withdraw(self.old, reason, self.request.user)


class RestoreView(_ReasonView):
    """Asks for the reason, then shows the copy again."""

    page_title = _("Restore archived copy")
    success_message = _("The archived copy of %(url)s is shown again.")

    def act(self, reason: str) -> None:
        """Restore."""
        restore(self.old, reason, self.request.user)
