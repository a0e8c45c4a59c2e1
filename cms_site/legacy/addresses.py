"""Absolute addresses on the portal: where an old URL's page, document, image or archived copy is today."""

from collections.abc import Iterable
from urllib.parse import urljoin

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet
from django.db.models.functions import Left, Length
from django.urls import reverse
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Page, Site

from cms_site.legacy.models import Imported, OldSite, OldUrl
from cms_site.portal.models import ColumnPage
from cms_site.portal.pictures import in_shut_collection, of_unseen_pages
from migrate.redirects import web_host
from migrate.urls import host_of


def with_targets() -> QuerySet[OldUrl]:
    """Return old URLs with all that `current_address` and `copy_path` read: one query, nothing heavy."""
    return with_pages().annotate(file_shut=ExpressionWrapper(shut_file(), BooleanField()))


def with_pages() -> QuerySet[OldUrl]:
    """The same without what only files need: `current_address` asks for that by itself, of a file alone.

    PostgreSQL spends more time on planning that part than on all the rest.
    """
    return (
        OldUrl.objects.select_related("imported__page", "imported__document", "imported__image", "target")
        .defer("text", "imported__evidence", "imported__unresolved")
        .annotate(page_hidden=in_hidden_column("imported__page"), target_hidden=in_hidden_column("target"))
    )


def in_hidden_column(page: str) -> Exists:
    """Say of a page whether it stands in a hidden column: it may be live there, yet nobody is let in."""
    inside = Left(OuterRef(f"{page}__path"), Length("path"))
    return Exists(ColumnPage.objects.filter(hidden=True, path=inside))


def shut_file(imported: str = "imported__") -> Q:
    """Say of what was imported whether it is a file to which no visitor is led: an editor may have unpublished all
    pages that show it, or put it into a collection behind the login.
    """
    shut = Q()
    for kind, model in (("document", get_document_model()), ("image", get_image_model())):
        shut |= in_shut_collection(f"{imported}{kind}__collection") | of_unseen_pages(f"{imported}{kind}", model)
    return shut


def portal_root(site: OldSite) -> str:
    """Return scheme, host and port of the portal that took the site over; empty while there is no portal."""
    if site.channel is not None:
        for root in Site.get_site_root_paths():
            if site.channel.url_path.startswith(root.root_path):
                return root.root_url
    portal = Site.objects.order_by("-is_default_site", "pk").first()
    return portal.root_url if portal else ""


_CHUNK = 2000
"""Paths asked for in one query."""


def pages_at(paths: Iterable[str], portal: Site | None = None) -> dict[str, int]:
    """Return portal path (`/towns/dahe/notices/`, with or without its slashes) → id of the page there, where one is.

    `portal` is the default one if it is not said.
    """
    portal = portal or Site.objects.select_related("root_page").filter(is_default_site=True).first()
    if portal is None:
        return {}
    root = portal.root_page.url_path
    places = {path: root + (f"{path.strip('/')}/" if path.strip("/") else "") for path in paths if "\0" not in path}
    wanted = sorted(set(places.values()))
    found: dict[str, int] = {}
    for start in range(0, len(wanted), _CHUNK):
        some = wanted[start : start + _CHUNK]
        # Wagtail has an index on slugs alone, which the last part of a path is; the root's slug is not in its path
        slugs = {place.rstrip("/").rpartition("/")[2] for place in some} | {portal.root_page.slug}
        rows = Page.objects.filter(url_path__in=some, slug__in=slugs)
        found.update(rows.values_list("url_path", "pk"))
    return {path: found[place] for path, place in places.items() if place in found}


def page_at(path: str) -> Page | None:
    """Return the page at a portal path, or None."""
    number = pages_at([path]).get(path)
    return None if number is None else Page.objects.get(pk=number)


def page_address(page: Page | None) -> str:
    """Return a page's full URL as of now; empty where it is not live or has no place under a portal."""
    return (page.get_full_url() or "") if page is not None and page.live else ""


def current_address(old: OldUrl, root: str) -> str:
    """Return where a moved or redirected URL is today, absolute; empty where nobody can see its target.

    `old` comes from `with_targets`, or from `with_pages`.
    """
    if old.outcome == OldUrl.Outcome.REDIRECT:
        if old.target is None:
            return old.target_url if may_lead_to(old.target_url, old.site, root) else ""
        return "" if old.target_hidden else page_address(old.target)
    if old.imported is None or old.outcome not in (OldUrl.Outcome.MOVE, OldUrl.Outcome.UNDECIDED):
        return ""
    if old.imported.page is not None:  # an editor who publishes an undecided page in a column has decided
        return "" if old.page_hidden else page_address(old.imported.page)
    if old.outcome != OldUrl.Outcome.MOVE:
        return ""
    held = old.held or old.imported.held  # a file held with its page is no more public than the page
    return "" if held or not root or _is_shut(old) else _file_address(old.imported, root)


def _is_shut(old: OldUrl) -> bool:
    known: bool | None = getattr(old, "file_shut", None)
    return Imported.objects.filter(shut_file(""), pk=old.imported_id).exists() if known is None else known


def may_lead_to(url: str, site: OldSite, root: str) -> bool:
    """Say whether a site's addresses may lead to a URL: asked again when serving, whatever was written earlier."""
    host = web_host(url)
    return bool(host) and (host == host_of(root) or host in site.target_hosts)


def _file_address(thing: Imported, root: str) -> str:
    if thing.document is not None and thing.document.file:
        return urljoin(root, thing.document.url)
    if thing.image is not None and thing.image.file:
        return urljoin(root, thing.image.file.url)
    return ""


def copy_path(old: OldUrl) -> str:
    """Return the portal path of the archived copy; empty where none may be shown."""
    if not old.may_be_shown:
        return ""
    return reverse("legacy:copy" if old.is_page else "legacy:file", args=(old.pk,))


def copy_address(old: OldUrl, root: str) -> str:
    """Return the absolute address of the archived copy; empty where none may be shown."""
    path = copy_path(old)
    return urljoin(root, path) if path and root else ""
