"""What is to be walked, and how."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from migrate.check import outside
from migrate.check.gist import LinksOf
from migrate.check.portal import PortalTarget
from migrate.urls import ascii_url

CONCURRENCY = 16
"""Questions to the portal under way at once: it has other visitors."""


@dataclass(frozen=True, slots=True)
class PortalPage:
    """One page of the portal whose links are to be checked."""

    url: str
    """Portal path or absolute URL on the portal host."""
    key: str = ""
    """Canonical old URL of the entry that it came from; empty for columns and other pages of the portal's own."""
    archived: bool = False
    """It is an archived copy: nobody edits it."""


@dataclass(frozen=True, slots=True)
class LinkJob:
    """Which links are checked, and how."""

    target: PortalTarget
    read: Callable[[str], LinksOf]
    """Text of a page → what it names."""
    helper: tuple[str, ...] = ()
    """Command of a process that asks and reads in the same way (check.helper); empty: there is none."""
    scope: str = ""
    """Portal path of the site: what is found below it is walked as well, e.g. the further pages of a list."""
    old_hosts: Collection[str] = ()
    """Host names of every site to be closed."""
    include: tuple[str, ...] = ()
    """Globs of portal paths, or of whole addresses if they have `://`: only links to these are checked."""
    exclude: tuple[str, ...] = ()
    concurrency: int = CONCURRENCY
    """Questions to the portal under way at once."""
    external: bool = False
    """Other sites are asked, too."""
    external_rate: float = outside.RATE
    """Requests a second to one of their hosts."""
    new_address: Callable[[str], str] = lambda _url: ""
    """Old address → where that content is in the portal now; empty where nobody knows."""


def address_of(target: PortalTarget, page: PortalPage) -> str:
    """Return a page's absolute address on the portal."""
    parts = urlsplit(page.url)
    query = f"?{parts.query}" if parts.query else ""
    return ascii_url(f"http://{target.portal_host}{parts.path or '/'}{query}")
