"""旧网址查询: whoever has an old address, and no old host left to ask, pastes it here and gets its new place."""

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cms_site.legacy.addresses import copy_address, page_address, portal_root
from cms_site.legacy.finding import ENDS, pasted
from cms_site.legacy.models import OldHost, OldSite, OldUrl
from cms_site.legacy.serving import Ruling, count_open, count_unknown, elsewhere, is_visit, last_word, old_url, rule
from migrate.urls import MAX_URL, canonical, host_of

_SCHEMES = ("http", "https", "")


@require_safe
def old_address(request: HttpRequest) -> HttpResponse:
    """Answer /old-address/?url=…: where an old address leads today. Always 200; what can't be read is said."""
    given = request.GET.get("url", "")
    asked = given.strip(ENDS)
    context: dict[str, object] = {"asked": asked[:MAX_URL], "sites": OldSite.objects.order_by("name")}
    if asked:
        context |= _found(asked, request)
    response = render(request, "legacy/old_address.html", context)
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Cache-Control"] = "no-cache"
    return response


def _found(asked: str, request: HttpRequest) -> dict[str, object]:
    """Return what the page says: `state` is unreadable, foreign, moved, archived, gone, withdrawn, open or unknown."""
    found = pasted(asked)
    url = found.url if found is not None else asked if "://" in asked else f"http://{asked.removeprefix('//')}"
    if not _is_address(url):
        return {"state": "unreadable"}
    if found is None:
        owned = OldHost.objects.filter(name=host_of(url)).exists()  # then it is too long once it is canonical
        return {"state": "unreadable"} if owned else {"state": "foreign", "host": host_of(url)}
    site = found.site
    try:
        cautious = canonical(url, site.url_rules.cautious())
    except ValueError:  # too long with all that the site's rules drop
        return {"state": "unreadable"}
    return {"site": site, "channel": page_address(site.channel), **_answer(site, found.canonical, cautious, request)}


def _answer(site: OldSite, key: str, cautious: str, request: HttpRequest) -> dict[str, object]:
    root = portal_root(site)
    old = old_url(site, key)
    ruled = rule(old, root) if old is not None else Ruling(404)
    if old is None or ruled.status == 404:
        if there := elsewhere(site, root, cautious):
            return {"state": "moved", "location": there}
        return _open(site, key, old, count=is_visit(request))
    copy = copy_address(old, root)
    if ruled.location:
        return {"state": "archived" if ruled.location == copy else "moved", "location": ruled.location, "old": old}
    return {"state": "gone" if old.withdrawn_at is None else "withdrawn", "old": old, "location": copy}


def _open(site: OldSite, key: str, old: OldUrl | None, *, count: bool) -> dict[str, object]:
    if count and old is not None:
        count_open(old)
    elif count:
        count_unknown(site, key)
    title = "" if old is None or old.held else old.title
    return {"state": "unknown" if old is None else "open", "title": title or last_word(key)}


def _is_address(url: str) -> bool:
    if len(url) > MAX_URL or not url.isprintable():
        return False
    try:
        scheme = urlsplit(url).scheme.lower()
    except ValueError:
        return False
    return scheme in _SCHEMES and "." in host_of(url)
