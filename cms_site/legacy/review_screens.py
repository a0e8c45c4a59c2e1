"""What the screens of the review queue share: who may be here, the filters kept from one to the next, one entry."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from cms_site.legacy import review, review_text
from cms_site.legacy.copies import Pictures, Unreadable, Untrue, stored_response
from cms_site.legacy.inspecting import held_names
from cms_site.legacy.models import Imported, OldSite, OldUrl
from cms_site.legacy.review import Asked, Item, Reason
from cms_site.legacy.work_views import Screen
from migrate.archive.reading import StoredResponse
from migrate.errors import ShangyiError

KEPT = ("site", "column", "reason", "below", "q")
"""Names of the filters."""


class FilterForm(forms.Form):
    """What the queue may be asked for; anything odd is ignored, field by field."""

    q = forms.CharField(label=_("Title or old address"), required=False, max_length=200)
    site = forms.ModelChoiceField(
        label=_("Old site"), required=False, queryset=OldSite.objects.all(), empty_label=_("All")
    )
    column = forms.TypedChoiceField(label=_("column"), required=False, coerce=int, empty_value=None)
    reason = forms.ChoiceField(label=_("Reason"), required=False)
    below = forms.TypedChoiceField(
        label=_("Confidence"),
        required=False,
        coerce=float,
        empty_value=None,
        choices=[("", _("All")), ("0.3", _("below 30%")), ("0.5", _("below 50%")), ("0.8", _("below 80%"))],
    )

    def __init__(self, *args: Any, columns: list[tuple[int, str]], **kwargs: Any) -> None:
        """Offer the columns in which something waits."""
        super().__init__(*args, **kwargs)
        self.fields["column"].choices = [("", _("All")), *columns]
        self.fields["reason"].choices = [("", _("All")), *Reason.choices, *held_names().items()]

    @property
    def asked(self) -> Asked:
        """Return what was asked for."""
        self.full_clean()
        said = self.cleaned_data
        return Asked(said.get("site"), said.get("column"), said.get("reason", ""), said.get("below"), said.get("q", ""))


class ReviewScreen(Screen):
    """What all screens of the queue share: who may be here, and the filters that are kept from one to the next."""

    page_title = _("Review queue")
    header_icon = "check"

    def allowed(self, user: AbstractBaseUser) -> bool:
        """Whoever may write or publish pages sees what waits among them."""
        return review.may_review(user)

    @property
    def _said(self) -> QueryDict:
        query: QueryDict = self.request.GET
        return query

    @cached_property
    def filters(self) -> FilterForm:
        """The filters, as the address says."""
        site = self._said.get("site", "")
        of_site = {"site": OldSite(pk=int(site))} if site.isdecimal() and len(site) < 19 else {}
        everything = review.within_reach(review.waiting(Asked(**of_site)), self.request.user)
        return FilterForm(self._said, columns=review.columns_of(everything))

    @cached_property
    def rows(self) -> QuerySet[Imported]:
        """What waits under these filters, of what this user may see."""
        return review.within_reach(review.waiting(self.filters.asked), self.request.user)

    @property
    def kept(self) -> str:
        """The filters as the end of an address, with its question mark; empty without any."""
        given = {name: self._said[name] for name in KEPT if self._said.get(name)}
        return "?" + urlencode(given) if given else ""

    def back_to_list(self) -> HttpResponse:
        """Go to the list."""
        return redirect(reverse("review:index") + self.kept)


class EntryScreen(ReviewScreen):
    """One imported page, which need not wait any more."""

    @cached_property
    def row(self) -> Imported:
        """The row that was asked for; nobody is told of others' rows."""
        rows = Imported.objects.filter(pk=self.kwargs["pk"], page__isnull=False, same_as=None)
        row = review.within_reach(rows, self.request.user).select_related("page", "site__channel").first()
        if row is None:
            raise Http404
        return row

    @cached_property
    def item(self) -> Item:
        """The row with all that belongs to it."""
        return review.item(self.row)

    @cached_property
    def may_publish(self) -> bool:
        """Whether this user decides here, and may see numbers of persons."""
        return review.may_publish(self.request.user, self.item)

    @property
    def revealed(self) -> bool:
        """Whether numbers are shown."""
        return self.may_publish and self.request.GET.get("reveal") == "1"

    @cached_property
    def stored(self) -> StoredResponse | None:
        """What the old server sent; None where it can't be had."""
        old = self.item.old
        if old is None or not old.warc_file:
            return None
        try:
            return stored_response(old)
        except (Unreadable, Untrue):
            return None

    def captured(self, *, whole: bool = False) -> str:
        """Return the old page as HTML, its own part or the `whole`; empty where it can't be had."""
        old, stored = self.item.old, self.stored
        if old is None or stored is None:
            return ""
        try:
            return review_text.old_html(old, stored, pictures_of(self.row), whole=whole)
        except (Unreadable, ShangyiError):
            return ""


def pictures_of(row: Imported) -> Pictures:
    """Return where the reviewers of a page have the pictures of its captured page, held ones as well."""

    def stored(old: OldUrl) -> str:
        return reverse("review:picture", args=(row.pk, old.pk)) if old.warc_file and old.withdrawn_at is None else ""

    return Pictures(stored, lambda _old, name: reverse("review:embedded", args=(row.pk, name)))
