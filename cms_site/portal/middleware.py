"""What every answer to visitors gets: a second wall behind the sanitiser, and what browsers may hold on to."""

import hashlib
from collections.abc import Callable
from datetime import datetime, time
from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.http import http_date

from cms_site.portal.display import modes_of
from cms_site.portal.kept import stamp_of
from cms_site.portal.models import Stamp

POLICY = (
    "default-src 'self'; img-src 'self' data:; media-src 'self'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'self'"
)


class ContentSecurityPolicyMiddleware:
    """Set the Content-Security-Policy of what visitors see; Wagtail's admin needs inline scripts and keeps none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.path_info.startswith("/admin/"):
            response.headers.setdefault("Content-Security-Policy", POLICY)
        return response


_KEPT = {"wagtail_serve", "search", "site_map", "sitemap", "sitemap_part", "column_feed"}
"""Views that say nothing but what the stamp stands for, the day and how the visitor wants to read."""


class FreshnessMiddleware:
    """Lets browsers keep pages and ask whether they still hold: 304, mostly before anything is rendered.

    A page is named by all that it is made of: the portal's stamp, the day, the release, the address and the display
    modes. Who is logged in, or got a cookie with the answer, is never told to keep anything.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return 304 where the browser's copy holds, else the page with its name and time."""
        anonymous = request.method in ("GET", "HEAD") and settings.SESSION_COOKIE_NAME not in request.COOKIES
        if anonymous and "If-None-Match" in request.headers and (stamp := stamp_of(request)):
            # only what this middleware named has such a name, so the address need not be looked at
            known = get_conditional_response(request, etag=_name(request, stamp))
            if known is not None:
                return _named(known, request, stamp)
        response = self.get_response(request)
        if request.path_info.startswith("/admin/"):
            return response
        patch_vary_headers(response, ["Cookie"])  # display modes
        found = request.resolver_match
        if not (anonymous and response.status_code == 200 and found and found.url_name in _KEPT) or response.cookies:
            return response
        if (stamp := stamp_of(request)) is None:
            return response
        _named(response, request, stamp)
        return get_conditional_response(request, response["ETag"], int(_changed(stamp).timestamp()), response)


def _named(response: HttpResponse, request: HttpRequest, stamp: Stamp) -> HttpResponse:
    response.headers["ETag"] = _name(request, stamp)
    response.headers["Last-Modified"] = http_date(_changed(stamp).timestamp())
    patch_cache_control(response, no_cache=True)  # kept, and asked about each time: what is published shows at once
    patch_vary_headers(response, ["Cookie"])
    return response


def _name(request: HttpRequest, stamp: Stamp) -> str:
    """Return the weak entity tag of a page: a proxy may still compress it."""
    parts = [stamp.name, _changed(stamp), request.build_absolute_uri(), *sorted(modes_of(request))]
    return f'W/"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'


def _changed(stamp: Stamp) -> datetime:
    """Return since when pages say what they say: the last publication, this morning, or the day of the release."""
    morning = timezone.make_aware(datetime.combine(timezone.localdate(), time()))
    return max(stamp.since, morning, _released())


@cache
def _released() -> datetime:
    """Return when the newest template, style or module of this installation was written."""
    files = (file for file in Path(__file__).parents[1].rglob("*") if file.suffix in (".html", ".css", ".js", ".py"))
    return datetime.fromtimestamp(max(file.stat().st_mtime for file in files), tz=timezone.get_default_timezone())
