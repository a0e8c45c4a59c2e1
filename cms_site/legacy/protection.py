"""A page with old addresses can't be deleted in the admin before somebody says what they shall do (design §7)."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.admin import messages
from wagtail.models import Page

from cms_site.legacy.models import Decision, OldUrl

_AWAY = (OldUrl.Outcome.ARCHIVE, OldUrl.Outcome.GONE, OldUrl.Outcome.UNDECIDED)


def leading_here(page: Page) -> QuerySet[OldUrl]:
    """Return the old URLs that lead to a page or to anything below it, and of which nobody ruled otherwise."""
    inside = Page.objects.descendant_of(page, inclusive=True).values("pk")
    ruled_away = Decision.objects.filter(
        site=OuterRef("site"), canonical=OuterRef("canonical"), outcome__in=[outcome.value for outcome in _AWAY]
    )
    moved = Q(outcome=OldUrl.Outcome.MOVE, imported__page__in=inside)
    redirected = Q(outcome=OldUrl.Outcome.REDIRECT, target__in=inside)
    return OldUrl.objects.filter(moved | redirected).exclude(Exists(ruled_away))


def refuse_deletion(request: HttpRequest, pages: Iterable[Page]) -> HttpResponse | None:
    """Return the way back, with a message, if old URLs lead to one of the pages; None lets the deletion go on."""
    for page in pages:
        old_urls = leading_here(page)
        count = old_urls.count()
        if not count:
            continue
        example = old_urls.order_by("pk").values_list("canonical", flat=True)[0]
        text = ngettext(
            "“%(title)s” was not deleted: %(count)d old address leads here or below, %(example)s. "
            "Decide first what it shall do: archive, gone or undecided.",
            "“%(title)s” was not deleted: %(count)d old addresses lead here or below, %(example)s among them. "
            "Decide first what they shall do: archive, gone or undecided.",
            count,
        ) % {"title": page.get_admin_display_title(), "count": count, "example": example}
        messages.error(request, text, buttons=[messages.button(reverse("decision:add"), _("Decide"))])
        parent = page.get_parent()
        return redirect("wagtailadmin_explore", parent.pk) if parent else redirect("wagtailadmin_explore_root")
    return None
