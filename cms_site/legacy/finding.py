"""Any spelling of an old address, pasted by anybody → the site and the canonical URL that it means."""

from typing import NamedTuple

from django.db.models import QuerySet

from cms_site.legacy.models import OldHost, OldSite, OldUrl
from migrate.urls import canonical, host_of

ENDS = " \t\r\n\u3000\xa0<>\"'“”‘’「」《》（）【】，。；：、！？…"
"""What is copied along with an address."""


class Pasted(NamedTuple):
    """An old address that somebody pasted."""

    site: OldSite
    canonical: str


def pasted(text: str) -> Pasted | None:
    """Return what an address of an old host means, with or without scheme; None for all else."""
    text = text.strip(ENDS)
    url = text if "://" in text else f"http://{text.lstrip('/')}"
    host = host_of(url)
    if not host or "." not in host or len(host) > 253 or "\0" in host:
        return None
    found = OldHost.objects.filter(name=host).select_related("site").first()
    if found is None:
        return None
    try:
        return Pasted(found.site, canonical(url, found.site.url_rules))
    except ValueError:
        return None


def exactly(rows: QuerySet[OldUrl], text: str) -> QuerySet[OldUrl] | None:
    """Return the old URL that a text pasted is the address of; None where it is no address, or nobody knows it."""
    if (found := pasted(text)) is None:
        return None
    known = rows.filter(site=found.site, canonical=found.canonical)
    return known if known.exists() else None
