"""Any spelling of an old address, pasted by anybody → the site and the canonical URL that it means."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from django.db.models import QuerySet

from cms_site.legacy.models import OldHost, OldSite, OldUrl
from migrate.urls import canonical, host_of

ENDS = " \t\r\n\u3000\xa0<>\"'“”‘’「」《》（）【】，。；：、！？…"
"""What is copied along with an address."""

_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
"""Full-width letters and marks, as Chinese keyboards write them → ASCII (Unicode, halfwidth and fullwidth forms)."""


class Pasted(NamedTuple):
    """An old address that somebody pasted."""

    site: OldSite
    canonical: str
    url: str
    """As it was read: with a scheme, in ASCII letters."""


def pasted(text: str) -> Pasted | None:
    """Return what an address of an old host means, with or without scheme, words before it, or full-width letters;
    None for all else.
    """
    return next((found for url in dict.fromkeys(_readings(text)) if (found := _found(url)) is not None), None)


def _readings(text: str) -> Iterator[str]:
    """Yield the addresses that a text may be: as it stands, then as if it were written in ASCII."""
    for written in (text, text.translate(_NARROW)):
        way, mark, query = written.strip(ENDS).partition("?")
        said = way.replace("\\", "/") + mark + query
        scheme = _SCHEME.search(said)
        if scheme is None or scheme.start():
            yield f"http://{said.lstrip('/')}"
        if scheme is not None:
            yield said[scheme.start() :]


def _found(url: str) -> Pasted | None:
    host = host_of(url)
    if not host or "." not in host or len(host) > 253 or "\0" in host:
        return None
    found = OldHost.objects.filter(name=host).select_related("site__channel").first()
    if found is None:
        return None
    try:
        return Pasted(found.site, canonical(url, found.site.url_rules), url)
    except ValueError:
        return None


def exactly(rows: QuerySet[OldUrl], text: str) -> QuerySet[OldUrl] | None:
    """Return the old URL that a text pasted is the address of; None where it is no address, or nobody knows it."""
    if (found := pasted(text)) is None:
        return None
    known = rows.filter(site=found.site, canonical=found.canonical)
    return known if known.exists() else None
