"""Ruling on one old URL in the admin: the form, and views that write down who ruled."""

from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.admin.views import generic
from wagtail.log_actions import log

from cms_site.legacy.intake.lock import one_at_a_time
from cms_site.legacy.models import Decision, OldSite, OldUrl
from cms_site.legacy.rulings import OUTCOMES, Judge, Refused, Ruling, known, take_away, write
from migrate.errors import ShangyiError

RULINGS = [choice for choice in OldUrl.Outcome.choices if choice[0] in OUTCOMES]


class DecisionForm(forms.ModelForm):
    """Takes any spelling of an old URL; keeps the canonical one."""

    canonical = forms.CharField(
        label=_("Old URL"), max_length=2048, help_text=_("Paste the old address as it was, any spelling.")
    )
    outcome = forms.ChoiceField(label=_("Outcome"), choices=RULINGS)

    class Meta:
        model = Decision
        fields = ("site", "canonical", "outcome", "column", "reason", "release", "apart")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """A decision stays with its address: another address gets one of its own."""
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            self.fields["site"].disabled = self.fields["canonical"].disabled = True

    def clean(self) -> dict[str, Any]:
        """Fold the address under the site's rules; require what the outcome needs."""
        data = super().clean() or self.cleaned_data
        site, url = data.get("site"), data.get("canonical")
        if site and url and data.get("outcome"):
            self._judge(site, url, data)
        return data

    def _judge(self, site: OldSite, url: str, data: dict[str, Any]) -> None:
        judge = Judge(site)
        kept = {"accepted": self.instance.accepted, "masks": self.instance.masks}
        given = Ruling(data["outcome"], data["column"], data["reason"], data["release"], data["apart"], **kept)
        try:
            key = data["canonical"] = judge.fold(url)
            self.ruling = judge.accept(given, known(site, [key]).get(key))
            data["column"] = self.ruling.column
        except Refused as error:
            self.add_error(error.field, error.message)


class _Signed:
    """Writes down who ruled, whoever ruled before; the ruling takes effect, and history tells of it."""

    def form_valid(self, form: DecisionForm) -> HttpResponse:
        """Write beside no import: it would lay earlier decisions over what this one says."""
        try:
            with one_at_a_time():
                form.full_clean()  # an import that has just ended may have changed what can be decided
                return super().form_valid(form) if self.is_valid(form) else self.form_invalid(form)
        except ShangyiError as error:
            self.produced_error_message = error.reason
            return self.form_invalid(form)

    def save_instance(self) -> Decision:
        form = self.form
        site, key = form.cleaned_data["site"], form.cleaned_data["canonical"]
        write(Judge(site), {key: form.ruling}, self.request.user)
        return Decision.objects.get(site=site, canonical=key)


class DecisionCreateView(_Signed, generic.CreateView):
    """A new decision; the worklists lead here with site and address filled in."""

    def get_initial(self) -> dict[str, Any]:
        """Return what the link says."""
        return {name: self.request.GET[name] for name in ("site", "canonical") if name in self.request.GET}


class DecisionEditView(_Signed, generic.EditView):
    """Another ruling on the same old URL."""


class DecisionDeleteView(generic.DeleteView):
    """Nobody's ruling any more: visitors are answered as before it, at once."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take it back beside no import."""
        try:
            with one_at_a_time():
                return super().post(request, *args, **kwargs)
        except ShangyiError as error:
            messages.error(request, error.reason)
            return redirect(request.path)

    def get_usage_url(self) -> None:
        """Leave the references out: nothing refers to decisions."""

    @property
    def confirmation_message(self) -> str:
        """Say what happens to the address."""
        return _now("Delete this decision? Its address then answers as it did before the decision, at once.")

    def delete_action(self) -> None:
        """Delete it, and take back what it did."""
        with transaction.atomic():
            log(instance=self.object, action="wagtail.delete", user=self.request.user, deleted=True)
            take_away(self.object, self.request.user)
