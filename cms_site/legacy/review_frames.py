"""What the frames of the review screen hold: the captured page and the new one, for reviewers alone.

Held copies have no public address. Here they are shown to who may write or publish where their page stands: without
scripts, without links to follow, without a request to anybody else, and with numbers of persons masked.
"""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.views.generic import View

from cms_site.legacy import review_text
from cms_site.legacy.archived import file_response
from cms_site.legacy.copies import Unreadable, Untrue, stored_response
from cms_site.legacy.models import OldUrl
from cms_site.legacy.review_screens import EntryScreen
from migrate.embedded import carried

POLICY = "default-src 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'self'"


class OldFrame(EntryScreen, View):
    """The old page as captured."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return it, or why there is none."""
        html = self.captured(whole=request.GET.get("whole") == "1")
        if not html:
            note = _("The captured page can't be shown: the archive has no copy of it, or can't be read.")
            return framed(f'<p class="review-note">{note}</p>', note)
        return framed(
            f'<div class="legacy-body">{review_text.shown(html, revealed=self.revealed)}</div>', self.row.source_key
        )


class NewFrame(EntryScreen, View):
    """The newest version of the page."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return it."""
        html = review_text.new_html(self.item.page, request)
        return framed(f"<main>{review_text.shown(html, revealed=self.revealed)}</main>", self.row.source_key)


class Picture(EntryScreen, View):
    """A picture of the old site, also one that is held with its page."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return it: pictures only."""
        old = get_object_or_404(
            OldUrl.objects.select_related("site"), pk=kwargs["old"], site=self.row.site, kind="image"
        )
        if old.withdrawn_at is not None:
            raise Http404
        try:
            return closed(file_response(stored_response(old).body, "picture"))
        except (Unreadable, Untrue):
            raise Http404 from None


class Embedded(EntryScreen, View):
    """A picture that the captured page carries inside itself."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return it."""
        stored = self.stored
        body = carried(stored.body, stored.headers.get("Content-Type")).get(kwargs["name"]) if stored else None
        if body is None:
            raise Http404
        return closed(file_response(body, kwargs["name"]))


def framed(body: str, title: str) -> HttpResponse:
    """Return a part of a page as a document that runs nothing and asks nobody, kept by no cache."""
    sheets = [static("portal/portal.css"), static("legacy/archived.css"), static("legacy/review-frame.css")]
    return closed(HttpResponse(review_text.document(body, sheets, title)))


def closed(response: HttpResponse) -> HttpResponse:
    """Return a response with what keeps it to its reader."""
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
