"""What an old host answers: canonical URL → `OldUrl` → 301, 410, or 302 and 404 while nothing is settled (design §7).

Targets are pages, documents and images of the portal by id, and archived copies: no address in a request can make a
redirect lead anywhere else.
"""

import logging
import string
from collections.abc import Callable, Iterator
from urllib.parse import quote, unquote, unquote_to_bytes
from xml.sax.saxutils import escape

from django.db import DatabaseError
from django.db.models import F, Q
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils import timezone

from cms_site.legacy.addresses import copy_address, current_address, page_address, portal_root, with_targets
from cms_site.legacy.models import OldSite, OldUrl, UnknownHit
from migrate.noise import is_robot
from migrate.urls import canonical, host_of

logger = logging.getLogger(__name__)

SITEMAP_LIMIT = 50_000
"""Most addresses in one sitemap (sitemaps.org protocol, "Sitemap file limits")."""

UNKNOWN_LIMIT = 20_000
"""Most unknown addresses kept for one site: scanners invent new ones without end."""

_SETTLED = "public, max-age=3600"
_UNSETTLED = "no-cache"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"


class BadAddress(ValueError):
    """What was asked for can't be an address of any site."""


def answer(site: OldSite, request: HttpRequest) -> HttpResponseBase:
    """Return what the old host says to a request: 301, 302, 400, 404, 405, 410, or robots.txt and sitemap.xml (200)."""
    if request.method not in ("GET", "HEAD"):
        response: HttpResponseBase = HttpResponseNotAllowed(["GET", "HEAD"])
    else:
        try:
            response = _answer(site, asked_for(site, request), request)
        except BadAddress:
            response = _page("refused", site, 400, {"root": portal_root(site)})
    response.headers.setdefault("Cache-Control", _UNSETTLED)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = _POLICY
    if request.method == "HEAD" and not response.streaming:
        response.headers["Content-Length"] = str(len(response.content))
        response.content = b""
    return response


def asked_for(site: OldSite, request: HttpRequest) -> str:
    """Return the canonical URL that a request means. Raises BadAddress: control characters, or too long."""
    path, mark, query = _request_target(request).partition("?")
    if any(byte < 0x20 or byte == 0x7F for byte in unquote_to_bytes(path) + unquote_to_bytes(query)):
        raise BadAddress("control characters")
    try:
        return canonical(f"http://{host_of(site.url)}{path}{mark}{query}", site.url_rules)
    except ValueError as error:
        raise BadAddress(str(error)) from error


def _request_target(request: HttpRequest) -> str:
    """Return path and query as asked for, ASCII. Servers that keep the raw target are believed: `%2F` survives there.

    Elsewhere Django's path is written back: it is UTF-8, with the bytes that are none already escaped.
    """
    raw = request.META.get("RAW_URI") or request.META.get("REQUEST_URI") or ""
    if raw.startswith("/"):
        return _ascii(raw)
    return quote(request.path_info, safe="/%") + "?" + _ascii(request.META.get("QUERY_STRING", ""))


def _ascii(text: str) -> str:
    """Escape the bytes beyond ASCII of a WSGI string (PEP 3333: latin-1 stands for bytes)."""
    return quote(text.encode("latin-1", "replace"), safe=string.printable + "\0")


def _answer(site: OldSite, key: str, request: HttpRequest) -> HttpResponseBase:
    path = key.removeprefix(f"http://{host_of(site.url)}")
    if path.lower() == "/robots.txt":
        return _robots(request)
    if path.lower() == "/sitemap.xml":
        return _sitemap(site, request)
    old = _old_url(site, key)
    root = portal_root(site)
    return _unknown(site, key, request, root) if old is None else _known(old, request, root)


def _known(old: OldUrl, request: HttpRequest, root: str) -> HttpResponse:
    if here := current_address(old, root):
        return _settled(HttpResponsePermanentRedirect(here))
    if old.withdrawn_at is not None:
        return _settled(_page("withdrawn", old.site, 410, {"old": old, "root": root}))
    copy = copy_address(old, root)
    if old.outcome == OldUrl.Outcome.GONE:
        return _settled(_page("gone", old.site, 410, {"old": old, "root": root, "copy": copy}))
    if old.outcome == OldUrl.Outcome.ARCHIVE and copy:
        return _settled(HttpResponsePermanentRedirect(copy))
    return _unsettled(old, request, root, copy)


def _old_url(site: OldSite, key: str) -> OldUrl | None:
    old = with_targets().filter(site=site, canonical=key).first()
    if old is not None and old.follows_id is not None:
        old = with_targets().filter(pk=old.follows_id).first() or old
    if old is not None:
        old.site = site  # known already; saves a query
    return old


def _settled(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = _SETTLED
    return response


def _unsettled(old: OldUrl, request: HttpRequest, root: str, copy: str) -> HttpResponse:
    """Nothing was decided, or its target is not live: never a 301, and a hit without an answer counts."""
    if copy:
        return HttpResponseRedirect(copy)
    if _is_visit(request):
        _count(lambda: OldUrl.objects.filter(pk=old.pk).update(hits=F("hits") + 1))
    title = "" if old.held else old.title
    return _page("missing", old.site, 404, {"title": title, "root": root})


def _unknown(site: OldSite, key: str, request: HttpRequest, root: str) -> HttpResponse:
    try:
        unquote(key, errors="strict")
    except UnicodeDecodeError as error:  # bytes that the canonicaliser could not read in any encoding
        raise BadAddress("neither UTF-8 nor GB 18030") from error
    if _is_visit(request):
        _count(lambda: _count_unknown(site, key))
    return _page("missing", site, 404, {"title": "", "root": root})


def _is_visit(request: HttpRequest) -> bool:
    """Say whether a person asked: checkers ask with HEAD, and robots say who they are or nothing at all."""
    agent = request.META.get("HTTP_USER_AGENT")
    return request.method == "GET" and (agent is None or not is_robot(agent))


def _count_unknown(site: OldSite, key: str) -> None:
    hits = UnknownHit.objects.filter(site=site)
    if hits.filter(canonical=key).update(hits=F("hits") + 1, last_at=timezone.now()):
        return
    if hits.count() < UNKNOWN_LIMIT:
        UnknownHit.objects.get_or_create(site=site, canonical=key, defaults={"hits": 1})


def _count(write: Callable[[], object]) -> None:
    """Count a hit. A database that is busy with an import must not cost the visitor the answer."""
    try:
        write()
    except DatabaseError:
        logger.warning("A hit on an old address was not counted", exc_info=True)


def _page(name: str, site: OldSite, status: int, context: dict[str, object]) -> HttpResponse:
    context = {"site": site, "channel": page_address(site.channel), **context}
    return HttpResponse(render_to_string(f"legacy/{name}.html", context), status=status)


def _robots(request: HttpRequest) -> HttpResponse:
    host = request.META["HTTP_HOST"].strip()
    text = f"User-agent: *\nAllow: /\nSitemap: {request.scheme}://{host}/sitemap.xml\n"
    return _settled(HttpResponse(text, content_type="text/plain; charset=utf-8"))


def _sitemap(site: OldSite, request: HttpRequest) -> HttpResponseBase:
    """List the old addresses that have moved, so that search engines ask for them again and learn it."""
    kind = "application/xml; charset=utf-8"
    if request.method == "HEAD":
        return _settled(HttpResponse(content_type=kind))
    response = StreamingHttpResponse(_sitemap_lines(site), content_type=kind)
    response.headers["Cache-Control"] = _SETTLED
    return response


def _sitemap_lines(site: OldSite) -> Iterator[str]:
    moved = Q(outcome=OldUrl.Outcome.MOVE) & (
        Q(imported__page__live=True)
        | Q(held=[], imported__held=[]) & (Q(imported__document__isnull=False) | Q(imported__image__isnull=False))
    )
    redirected = Q(outcome=OldUrl.Outcome.REDIRECT, target__live=True)
    urls = OldUrl.objects.filter(moved | redirected, site=site).order_by("pk").values_list("url", flat=True)
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    for url in urls[:SITEMAP_LIMIT].iterator(chunk_size=2000):
        yield f"<url><loc>{escape(quote(url, safe=string.printable))}</loc></url>\n"
    yield "</urlset>\n"
