"""Old hosts are answered before anything asks for the host: their names come from `OldHost`, not ALLOWED_HOSTS."""

from collections.abc import Callable

from django.db import DatabaseError, connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from cms_site.legacy import serving
from cms_site.legacy.models import OldHost, OldSite
from cms_site.legacy.prepared import Prepared, Wanted

_LONGEST_HOST = 253
_BY_HOST = Prepared(lambda: OldSite.objects.filter(hosts__name=Wanted.TEXT).select_related("channel"))


class OldHostMiddleware:
    """Answers requests for old hosts; all others go on untouched, for the price of one indexed query."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the old host's answer, or what the portal says."""
        site = _old_site(_asked_host(request))
        return self.get_response(request) if site is None else serving.answer(site, request)


def _asked_host(request: HttpRequest) -> str:
    """Return the raw Host header without port, trailing dot and case. Not `get_host()`: that knows no old host."""
    host = request.META.get("HTTP_HOST", "").strip().lower()
    name, colon, port = host.rpartition(":")
    if colon and (port.isdigit() or not port):
        host = name
    return host.rstrip(".")


def _old_site(host: str) -> OldSite | None:
    """Return the old site with that host name. Not remembered: an import in another process counts at once."""
    if not host or len(host) > _LONGEST_HOST or "\0" in host:
        return None
    try:
        return _BY_HOST.first(text=host)
    except DatabaseError:
        if OldHost._meta.db_table in connection.introspection.table_names():
            raise
        return None  # a portal whose tables are not built yet has no old hosts, and says so itself
