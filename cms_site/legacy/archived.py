"""Archived copies on the portal: a list to search, the copy under its banner, and raw files (domain rule ARC-02)."""

import logging
from collections.abc import Callable
from pathlib import PurePosixPath
from urllib.parse import unquote, urlencode, urlsplit

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from cms_site.legacy.addresses import current_address, portal_root, with_targets
from cms_site.legacy.copies import Unreadable, Untrue, page_body, stored_response
from cms_site.legacy.models import OldSite, OldUrl
from migrate.archive.reading import StoredResponse
from migrate.embedded import carried
from migrate.errors import ShangyiError
from migrate.urls import UrlRules, canonical, host_of

logger = logging.getLogger(__name__)

PER_PAGE = 20

_INLINE = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
)
_FILE_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"


class FilterForm(forms.Form):
    """What a visitor may ask the list for; anything odd is ignored, field by field."""

    q = forms.CharField(required=False, max_length=100)
    site = forms.SlugField(required=False, max_length=64)
    column = forms.CharField(required=False, max_length=200)
    year = forms.IntegerField(required=False, min_value=1990, max_value=2100)


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List archived pages: by words, site, column and year."""
    form = FilterForm(request.GET)
    form.full_clean()
    asked = {name: form.cleaned_data.get(name) or "" for name in form.fields}
    everything = archived_pages()
    of_site = everything.filter(site__slug=asked["site"]) if asked["site"] else everything
    context = {
        "asked": asked,
        "sites": OldSite.objects.filter(pk__in=everything.values("site")),
        "columns": of_site.exclude(column="").order_by("column").values_list("column", flat=True).distinct(),
        "years": of_site.exclude(year=None).order_by("-year").values_list("year", flat=True).distinct(),
        "asked_url": _asked_url(asked),
        "lines": Paginator(_matching(of_site, asked), PER_PAGE).get_page(request.GET.get("page")),
    }
    filtered = bool(context["asked_url"])  # endless combinations of the same lines are nothing for search engines
    return _robots(render(request, "legacy/archived_index.html", context | _choice(always=filtered)), always=filtered)


def _asked_url(asked: dict[str, str]) -> str:
    """Return the query string that keeps the filters while paging, with `&` at its end; empty without filters."""
    given = {name: value for name, value in asked.items() if value}
    return urlencode(given) + "&" if given else ""


def archived_pages() -> QuerySet[OldUrl]:
    """Return the old URLs whose archived copy is a page and may be shown, newest year first."""
    pages = OldUrl.objects.filter(outcome=OldUrl.Outcome.ARCHIVE, withdrawn_at=None, held=[]).exclude(warc_file="")
    pages = pages.exclude(kind__in=("attachment", "image"))
    pages = pages.exclude(~Q(media_type__in=("", "text/html", "application/xhtml+xml")), kind="other")
    return pages.select_related("site").defer("text").order_by("-year", "-pk")


def _matching(pages: QuerySet[OldUrl], asked: dict[str, str]) -> QuerySet[OldUrl]:
    for word in asked["q"].split():
        pages = pages.filter(Q(title__icontains=word) | Q(text__icontains=word))
    if asked["column"]:
        pages = pages.filter(column=asked["column"])
    if asked["year"]:
        pages = pages.filter(year=asked["year"])
    return pages


@require_safe
def copy(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one archived page: 200 under the banner, 302 if it lives on, 404, 410 if withdrawn, 503 if unreadable."""
    old = _find(pk)
    if not old.is_page:
        raise Http404
    if here := current_address(old, portal_root(old.site)):
        return HttpResponseRedirect(here)
    return _shown(request, old, lambda stored: _copy_page(request, old, stored))


def _copy_page(request: HttpRequest, old: OldUrl, stored: StoredResponse) -> HttpResponse:
    context = {"old": old, "body": page_body(old, stored)}
    return render(request, "legacy/archived_copy.html", context | _choice())


@require_safe
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out an archived file as it was: pictures inline, everything else as a download; never a page."""
    old = _find(pk)
    if old.is_page:
        raise Http404
    return _shown(request, old, lambda stored: file_response(stored.body, file_name(old)))


@require_safe
def embedded(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Hand out a file that an archived page carries inside itself: it may be shown where the page may."""
    old = _find(pk)
    if not old.is_page:
        raise Http404
    return _shown(request, old, lambda stored: _embedded_response(stored, name))


def _embedded_response(stored: StoredResponse, name: str) -> HttpResponse:
    body = carried(stored.body, stored.headers.get("Content-Type")).get(name)
    if body is None:
        raise Http404
    return file_response(body, name)


def file_response(body: bytes, name: str) -> HttpResponse:
    """Return a file as it was: a picture inline, all else as a download."""
    kind = sniff(body)
    response = HttpResponse(body, content_type=kind or "application/octet-stream")
    disposition = content_disposition_header(not kind, name)
    response.headers["Content-Disposition"] = disposition or "inline"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = _FILE_POLICY
    response.headers["Cache-Control"] = "public, max-age=300"  # short: a copy can be withdrawn
    return response


def sniff(body: bytes) -> str:
    """Return the media type of a picture that browsers show safely, by its first bytes; empty for all else."""
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in _INLINE if body.startswith(magic)), "")


def file_name(old: OldUrl) -> str:
    """Return the name a download gets: its title with the address's extension, else the address's last part."""
    readable = unquote(urlsplit(canonical(old.url, UrlRules(host_of(old.url)))).path)  # GBK escapes become UTF-8
    last = PurePosixPath(readable).name
    suffix = PurePosixPath(last).suffix
    title = old.title.strip()
    if not title:
        return last or "file"
    return title if not suffix or title.lower().endswith(suffix.lower()) else title + suffix


def _find(pk: int) -> OldUrl:
    return get_object_or_404(with_targets().select_related("site__channel"), pk=pk)


def _shown(request: HttpRequest, old: OldUrl, show: Callable[[StoredResponse], HttpResponse]) -> HttpResponse:
    """Answer with the copy if it may be shown and can be read; with what keeps it away otherwise."""
    if old.withdrawn_at is not None:
        return _robots(render(request, "legacy/archived_withdrawn.html", {"old": old}, status=410), always=True)
    if not old.may_be_shown:
        raise Http404
    try:
        response = show(stored_response(old))
    except Untrue:
        logger.exception("Archived copy %s is not served: %s", old.pk, old.canonical)
        raise Http404 from None
    except (Unreadable, ShangyiError):  # the latter: families.yaml is missing or wrong
        logger.exception("Archived copy %s can't be read: %s", old.pk, old.canonical)
        return _robots(render(request, "legacy/archived_unreadable.html", {"old": old}, status=503), always=True)
    return _robots(response)


def _choice(*, always: bool = False) -> dict[str, bool]:
    """Return what a template must know: whether search engines are asked to leave the page out."""
    return {"noindex": always or settings.SHANGYI_ARCHIVED_NOINDEX}


def _robots(response: HttpResponse, *, always: bool = False) -> HttpResponse:
    """Say to search engines what the county chose; `always` for what is no copy. Nobody keeps what may be withdrawn."""
    response.headers["Cache-Control"] = "no-cache"
    if _choice(always=always)["noindex"]:
        response.headers["X-Robots-Tag"] = "noindex"
    return response
