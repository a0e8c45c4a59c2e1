"""What machines read: the sitemap for search engines, a feed for each column, robots.txt."""

from collections.abc import Iterator
from math import ceil

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.feedgenerator import Rss201rev2Feed
from django.utils.html import escape
from django.utils.timezone import localtime
from django.views.decorators.http import require_safe

from cms_site.portal.directory import HOME_DEPTH, address_of, directory_of
from cms_site.portal.frame import Frame
from cms_site.portal.kept import kept, stamp_of
from cms_site.portal.models import CONTENT_MODELS, ColumnPage, ListLine

PER_SITEMAP = 10_000
"""Addresses in one file; the protocol's limit is 50,000."""
PER_FEED = 20
PLACES = "places"
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_ABSTRACT = 120
_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'


@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """Answer /sitemap.xml: the index of the files that list all places and pages."""
    root = _origin(request)
    files_of_pages = ceil(_public(request).count() / PER_SITEMAP)
    parts = [PLACES, *map(str, range(1, files_of_pages + 1))]
    files = "".join(f"<sitemap><loc>{escape(root)}/sitemap-{part}.xml</loc></sitemap>\n" for part in parts)
    return _xml(f'<sitemapindex xmlns="{_NAMESPACE}">\n{files}</sitemapindex>\n')


@require_safe
def sitemap_part(request: HttpRequest, part: str) -> StreamingHttpResponse:
    """Answer /sitemap-places.xml, or /sitemap-N.xml with the Nth ten thousand pages, read and sent piece by piece."""
    places, root = directory_of(request), _origin(request)
    if part == PLACES:
        shown = (place for place in places.places if place.shown)
        return _urls(f"<url><loc>{escape(root + place.get_url())}</loc></url>\n" for place in shown)
    start = (int(part) - 1) * PER_SITEMAP
    pages = _public(request).order_by("pk")[start : start + PER_SITEMAP]
    if start < 0 or not pages.exists():
        raise Http404
    rows = pages.values_list("page__url_path", "page__last_published_at")
    return _urls(
        f"<url><loc>{escape(root + address_of(path))}</loc>"
        + (f"<lastmod>{localtime(published).date().isoformat()}</lastmod>" if published else "")
        + "</url>\n"
        for path, published in rows.iterator(chunk_size=2000)
    )


@require_safe
def column_feed(request: HttpRequest, place: str) -> HttpResponse:
    """Answer /rss/notices.xml and the like: the newest of a column, the portal's own gathered from all channels."""
    places, root = directory_of(request), _origin(request)
    home = next((found for found in places.places if found.depth == HOME_DEPTH), None)
    column = places.find(f"{home.url_path}{place}/") if home else None
    if column is None or column.kind != "columnpage" or not column.shown:
        raise Http404
    page = ColumnPage.objects.get(pk=column.pk)
    owner = places.unit_of(column.path)
    name = owner.name if owner else Frame(request).name
    feed = Rss201rev2Feed(
        title=f"{column.title} - {name}",
        link=root + column.get_url(),
        description=page.search_description or f"{name}“{column.title}”栏目",
        language="zh-CN",
        feed_url=root + request.path,
    )
    for line in places.lines(page).whole(PER_FEED):
        address = root + address_of(line.url_path)
        feed.add_item(
            title=line.title,
            link=line.link_url or address,
            description=line.search_description or line.text[:_ABSTRACT],
            unique_id=address,
            pubdate=localtime(line.published_at) if line.published_at else None,
            categories=[column.title],
        )
    return _xml(feed.writeString("utf-8").partition("?>")[2].lstrip(), "application/rss+xml")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Answer /robots.txt: lists of results are endless, the admin is none of theirs, and where the sitemap lies."""
    lines = ["User-agent: *", "Disallow: /admin/", "Disallow: /search/", f"Sitemap: {_origin(request)}/sitemap.xml", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


def _public(request: HttpRequest) -> QuerySet:
    """Return the lines of the pages that have an address of their own: what only leads elsewhere has none."""
    hidden = [column.pk for column in directory_of(request).columns if column.hidden]
    leading = kept(stamp_of(request), "leading elsewhere", _leading_elsewhere)
    return ListLine.objects.exclude(column__in=hidden).exclude(pk__in=leading).order_by()


def _leading_elsewhere() -> list[int]:
    leading = [model.objects.exclude(link_url="").order_by().values_list("pk") for model in CONTENT_MODELS.values()]
    return [pk for (pk,) in leading[0].union(*leading[1:], all=True)]


def _origin(request: HttpRequest) -> str:
    """Return the portal's own scheme and host: what machines are told must not depend on how they asked."""
    site = Frame(request).site
    origin: str = site.root_url if site else request.build_absolute_uri("/").rstrip("/")
    return origin


def _urls(urls: Iterator[str]) -> StreamingHttpResponse:
    def pieces() -> Iterator[str]:
        yield f'{_HEAD}<urlset xmlns="{_NAMESPACE}">\n'
        yield from urls
        yield "</urlset>\n"

    return StreamingHttpResponse(pieces(), content_type="application/xml; charset=utf-8")


def _xml(body: str, kind: str = "application/xml") -> HttpResponse:
    return HttpResponse(_HEAD + body, content_type=f"{kind}; charset=utf-8")
