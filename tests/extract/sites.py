"""Sites of which nothing is known, for tests of real pages."""

from urllib.parse import urlsplit

from migrate.config import SiteConfig, SiteIdentity


def site_for(url: str, name: str = "") -> SiteConfig:
    """Return a site as survey would draft it, knowing nothing but its address."""
    parts = urlsplit(url)
    return SiteConfig(SiteIdentity(id="x", name=name, url=f"{parts.scheme}://{parts.netloc}/", channel="/towns/x/"))
