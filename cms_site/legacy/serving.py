"""What an old host answers: canonical URL → `OldUrl` → 301, 410, or 302 and 404 while nothing is settled (design §7).

Targets are pages, documents and images of the portal by id, archived copies, and addresses on hosts that the site may
lead to: no address in a request can make a redirect lead to another host.
"""

import logging
import re
import string
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import quote, unquote, unquote_to_bytes, urlsplit
from xml.sax.saxutils import escape

from django.db import DatabaseError, connection
from django.db.models import F, Q, QuerySet
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
from django.urls import reverse
from django.utils import timezone

from cms_site.legacy.addresses import (
    copy_address,
    current_address,
    in_hidden_column,
    may_lead_to,
    page_address,
    portal_root,
    shut_file,
    with_pages,
    with_targets,
)
from cms_site.legacy.models import OldSite, OldUrl, UnknownHit
from cms_site.legacy.prepared import Prepared, Wanted
from migrate.noise import is_robot
from migrate.urls import UrlRules, canonical, host_of

logger = logging.getLogger(__name__)

SITEMAP_LIMIT = 50_000
"""Most addresses in one sitemap (sitemaps.org protocol, "Sitemap file limits")."""

UNKNOWN_LIMIT = 20_000
"""Most unknown addresses kept for one site: scanners invent new ones without end."""

_SETTLED = "public, max-age=3600"
_UNSETTLED = "no-cache"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"


_BREAKS = frozenset(b"\0\r\n")
_SITEMAP = re.compile(r"/sitemap(?:-([1-9][0-9]{0,3}))?\.xml", re.IGNORECASE)


_HIT = f"UPDATE {UnknownHit._meta.db_table} SET hits = hits + 1, last_at = %s WHERE site_id = %s AND canonical = %s"
"""Written out: asked for at nearly every 404, and Django would make its SQL anew each time, at a higher cost."""
_BY_ADDRESS = Prepared(lambda: with_pages().filter(site=Wanted.NUMBER, canonical=Wanted.TEXT))
_BY_NUMBER = Prepared(lambda: with_targets().select_related("site__channel").filter(pk=Wanted.NUMBER))


class Ruling(NamedTuple):
    """What one old URL does by its own row."""

    status: int
    """301, 302, 410; 404 where it has no answer."""
    location: str = ""
    """Absolute; empty unless it leads somewhere."""


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


def asked_for(site: OldSite, request: HttpRequest, rules: UrlRules | None = None) -> str:
    """Return the URL that a request means, canonical under the site's rules, or others.

    Raises BadAddress: line breaks, or too long.
    """
    path, mark, query = _request_target(request).partition("?")
    if _BREAKS & set(unquote_to_bytes(path) + unquote_to_bytes(query)):
        raise BadAddress("line breaks")
    try:
        return canonical(f"http://{host_of(site.url)}{path}{mark}{query}", rules or site.own_rules)
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
    if found := _SITEMAP.fullmatch(path):
        return _sitemap(site, request, int(found[1] or 0))
    old = old_url(site, key)
    root = portal_root(site)
    return _unknown(site, key, request, root) if old is None else _known(old, request, root)


def rule(old: OldUrl, root: str) -> Ruling:
    """Return what an old URL from `with_targets` does; `old` is the one that answers, where one follows another."""
    if here := current_address(old, root):
        return Ruling(301, here)
    if old.withdrawn_at is not None or old.outcome == OldUrl.Outcome.GONE:
        return Ruling(410)
    if copy := copy_address(old, root):
        return Ruling(301 if old.outcome == OldUrl.Outcome.ARCHIVE else 302, copy)
    return Ruling(404)


def elsewhere(site: OldSite, root: str, asked: str = "") -> str:
    """Return where the addresses of a site go that have no answer of their own, absolute; empty: nowhere.

    `asked` is the URL asked for, canonical but for what a site's rules fold: its path is appended where the site says
    so.
    """
    if not site.otherwise:
        return ""
    base = site.otherwise_base
    if base and not may_lead_to(base, site, root):
        return ""
    if not base and site.otherwise == "archive":
        return f"{root}{reverse('legacy:index')}?site={site.slug}" if root else ""
    base = base or page_address(site.channel)
    path = asked.removeprefix(f"http://{host_of(site.url)}/") if site.append_path else ""
    return f"{base.rstrip('/')}/{path}" if base and path else base


def _known(old: OldUrl, request: HttpRequest, root: str) -> HttpResponse:
    ruled = rule(old, root)
    if ruled.status == 301:
        return _settled(HttpResponsePermanentRedirect(ruled.location))
    if ruled.status == 302:
        return HttpResponseRedirect(ruled.location)
    if ruled.status == 410 and old.withdrawn_at is not None:
        return _settled(_page("withdrawn", old.site, 410, {"old": old, "root": root}))
    if ruled.status == 410:
        copy = copy_address(old, root)
        return _settled(_page("gone", old.site, 410, {"old": old, "root": root, "copy": copy}))
    return _unsettled(old, request, root)


def old_url(site: OldSite, key: str) -> OldUrl | None:
    """Return the row that answers for a canonical URL: the one it follows, if it follows one."""
    old = _BY_ADDRESS.first(number=site.pk, text=key)
    if old is None:
        return None
    old.site = site  # known already; saves a query
    if old.follows_id is not None:  # of another site perhaps, which has hosts of its own that it may lead to
        return _BY_NUMBER.first(number=old.follows_id) or old
    return old


def _settled(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = _SETTLED
    return response


def _unsettled(old: OldUrl, request: HttpRequest, root: str) -> HttpResponse:
    """Nothing was decided, or its target is not live: never a 301, and a hit without an answer counts."""
    if there := elsewhere(old.site, root, _asked(old.site, request)):
        return HttpResponseRedirect(there)
    if is_visit(request):
        count_open(old)
    title = "" if old.held else old.title
    return _page("missing", old.site, 404, {"title": title, "words": last_word(old.canonical), "root": root})


def _unknown(site: OldSite, key: str, request: HttpRequest, root: str) -> HttpResponse:
    try:
        text = unquote(key, errors="strict")
    except UnicodeDecodeError as error:  # bytes that the canonicaliser could not read in any encoding
        raise BadAddress("neither UTF-8 nor GB 18030") from error
    if any(char < " " or char == "\x7f" for char in text):  # old sites have tabs in addresses: those that are known
        raise BadAddress("control characters")
    if there := elsewhere(site, root, _asked(site, request)):
        return _settled(HttpResponsePermanentRedirect(there))
    if is_visit(request):
        count_unknown(site, key)
    return _page("missing", site, 404, {"title": "", "words": last_word(key), "root": root})


def last_word(key: str) -> str:
    """Return the last name in a path as words to search for, if people wrote it; numbers say nothing."""
    name = unquote(urlsplit(key).path).rstrip("/").rpartition("/")[2]
    name = name.rpartition(".")[0] or name
    return name if any(ord(char) > 0x2E80 for char in name) else ""


def _asked(site: OldSite, request: HttpRequest) -> str:
    return asked_for(site, request, site.own_rules.cautious())


def count_open(old: OldUrl) -> None:
    """Count a hit on an address that has no answer yet."""
    _count(lambda: OldUrl.objects.filter(pk=old.pk).update(hits=F("hits") + 1))


def count_unknown(site: OldSite, key: str) -> None:
    """Count a hit on an address that nobody knows."""
    _count(lambda: _count_unknown(site, key))


def is_visit(request: HttpRequest) -> bool:
    """Say whether a person asked: checkers ask with HEAD, and robots say who they are or nothing at all."""
    agent = request.META.get("HTTP_USER_AGENT")
    return request.method == "GET" and (agent is None or not is_robot(agent))


def _count_unknown(site: OldSite, key: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_HIT, [connection.ops.adapt_datetimefield_value(timezone.now()), site.pk, key])
        if cursor.rowcount:
            return
    if UnknownHit.objects.filter(site=site).count() < UNKNOWN_LIMIT:
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


def _sitemap(site: OldSite, request: HttpRequest, part: int) -> HttpResponseBase:
    """List the old addresses that have moved, so that search engines ask for them again and learn it.

    Those of a large site stand in parts, /sitemap-1.xml and on; /sitemap.xml then lists the parts.
    """
    kind = "application/xml; charset=utf-8"
    parts = -(-_moved(site).count() // SITEMAP_LIMIT)
    if part > parts:
        return _unknown(site, asked_for(site, request), request, portal_root(site))
    if request.method == "HEAD":
        return _settled(StreamingHttpResponse((), content_type=kind))  # its length is not known beforehand
    if not part and parts > 1:
        here = f"{request.scheme}://{request.META['HTTP_HOST'].strip()}"
        lines = _index_lines([f"{here}/sitemap-{number}.xml" for number in range(1, parts + 1)])
    else:
        start = (max(part, 1) - 1) * SITEMAP_LIMIT
        lines = _sitemap_lines(_moved(site).values_list("url", flat=True)[start : start + SITEMAP_LIMIT])
    response = StreamingHttpResponse(lines, content_type=kind)
    response.headers["Cache-Control"] = _SETTLED
    return response


def _moved(site: OldSite) -> QuerySet[OldUrl]:
    """Return the old URLs of a site that lead to a page or file of today."""
    seen = ~in_hidden_column("imported__page"), ~in_hidden_column("target"), ~shut_file()
    own = OldUrl.objects.filter(_leads_on(""), *seen, site=site, follows=None)
    hidden = in_hidden_column("follows__imported__page"), in_hidden_column("follows__target")
    seen = *(~one for one in hidden), ~shut_file("follows__imported__")
    led = OldUrl.objects.filter(_leads_on("follows__"), *seen, site=site, follows__isnull=False)
    return OldUrl.objects.filter(Q(pk__in=own.values("pk")) | Q(pk__in=led.values("pk"))).order_by("pk")


def _leads_on(row: str) -> Q:
    def where(**conditions: object) -> Q:
        return Q(**{row + name: value for name, value in conditions.items()})

    stored = where(imported__document__isnull=False) | where(imported__image__isnull=False)
    moved = where(outcome=OldUrl.Outcome.MOVE) & (
        where(imported__page__live=True) | where(held=[], imported__held=[]) & stored
    )
    redirected = where(target__live=True) | where(target__isnull=True) & ~where(target_url="")
    return moved | where(outcome=OldUrl.Outcome.REDIRECT) & redirected


def _index_lines(parts: list[str]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    for url in parts:
        yield f"<sitemap><loc>{escape(url)}</loc></sitemap>\n"
    yield "</sitemapindex>\n"


def _sitemap_lines(urls: QuerySet[OldUrl]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    for url in urls.iterator(chunk_size=2000):
        yield f"<url><loc>{escape(quote(url, safe=string.printable))}</loc></url>\n"
    yield "</urlset>\n"
