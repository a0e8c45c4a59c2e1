"""Ruling on one old URL in the admin: the form, and views that write down who ruled."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.views import generic
from wagtail.models import Page, Site

from cms_site.legacy.models import Decision, OldUrl
from cms_site.legacy.redirects import places
from cms_site.portal.models import ColumnPage
from migrate.redirects import SiteRules
from migrate.urls import canonical, host_of

_RULINGS = [choice for choice in OldUrl.Outcome.choices if choice[0] != OldUrl.Outcome.FAILED]
"""`failed` is a state, nothing that anybody decides."""


class DecisionForm(forms.ModelForm):
    """Takes any spelling of an old URL; keeps the canonical one."""

    canonical = forms.CharField(
        label=_("Old URL"), max_length=2048, help_text=_("Paste the old address as it was, any spelling.")
    )
    outcome = forms.ChoiceField(label=_("Outcome"), choices=_RULINGS)

    class Meta:
        model = Decision
        fields = ("site", "canonical", "outcome", "column", "reason", "release", "apart")

    def clean(self) -> dict[str, Any]:
        """Fold the address under the site's rules; require what the outcome needs."""
        data = super().clean() or self.cleaned_data
        site, url = data.get("site"), data.get("canonical")
        if site and url:
            rules = site.url_rules
            url = url if "://" in url else f"http://{url}"
            if not rules.owns(host_of(url)):
                self.add_error("canonical", _("This address is not on a host of the site."))
            else:
                self._fold(url, rules)
        self._clean_column(data)
        if data.get("outcome") == OldUrl.Outcome.GONE and not data.get("reason"):
            self.add_error("reason", _("Say why: visitors read it."))
        return data

    def _fold(self, url: str, rules: Any) -> None:
        try:
            self.cleaned_data["canonical"] = canonical(url, rules)
        except ValueError:
            self.add_error("canonical", _("This is no address."))

    def _clean_column(self, data: dict[str, Any]) -> None:
        column = data.get("column") or ""
        if not column:
            if data.get("outcome") == OldUrl.Outcome.REDIRECT or self._moves_page(data):
                self.add_error("column", _("Say where to: the path of a column, such as /towns/dahe/notices/."))
            return
        if "://" in column:
            self._clean_address(data, column)
            return
        path = "/" + column.strip("/") + "/" if column.strip("/") else "/"
        roots = [site.root_page.url_path for site in Site.objects.select_related("root_page")]
        page = Page.objects.filter(url_path__in=[root.rstrip("/") + path for root in roots]).first()
        if page is None:
            self.add_error("column", _("The portal has no page at this path."))
        elif self._moves_page(data) and not _is_visible_column(page):
            self.add_error("column", _("Pages move into columns that visitors see: this is none."))
        data["column"] = path

    def _clean_address(self, data: dict[str, Any], target: str) -> None:
        """Let a redirect lead to an address elsewhere, where the site may lead there."""
        site = data.get("site")
        if data.get("outcome") != OldUrl.Outcome.REDIRECT:
            self.add_error(
                "column", _("Only redirects lead to an address; everything else wants the path of a column.")
            )
        elif site and places().refusal(target, SiteRules(site.slug, site.url_rules, frozenset(site.target_hosts))):
            self.add_error("column", _("Addresses of this site may not lead to that host."))

    def _moves_page(self, data: dict[str, Any]) -> bool:
        """Say whether a page is to move: a file needs no column."""
        if data.get("outcome") != OldUrl.Outcome.MOVE:
            return False
        known = OldUrl.objects.filter(site=data.get("site"), canonical=self.cleaned_data.get("canonical", ""))
        return not known.filter(kind__in=("attachment", "image")).exists()


def _is_visible_column(page: Page) -> bool:
    hidden = ColumnPage.objects.ancestor_of(page, inclusive=True).filter(hidden=True)
    return isinstance(page.specific, ColumnPage) and not hidden.exists()


class _Signed:
    """Writes down who ruled, whoever ruled before."""

    def save_instance(self) -> Decision:
        self.form.instance.actor = self.request.user
        return super().save_instance()


class DecisionCreateView(_Signed, generic.CreateView):
    """A new decision; the worklists lead here with site and address filled in."""

    def get_initial(self) -> dict[str, Any]:
        """Return what the link says."""
        return {name: self.request.GET[name] for name in ("site", "canonical") if name in self.request.GET}


class DecisionEditView(_Signed, generic.EditView):
    """Another ruling on the same old URL."""
