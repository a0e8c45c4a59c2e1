"""Session cookies, for sites that show nothing without one. Off until a page redirects to itself to set one."""

from yarl import URL

from migrate.http.types import Response
from migrate.urls import ascii_url, resolve

MAX_COOKIES = 20
"""Cookies kept of one origin."""

MAX_VALUE = 4096
"""Characters of the longest cookie kept (RFC 6265 §6.1 asks for as many)."""


class Cookies:
    """The cookies of one client, by origin: in memory alone, sent back to where they came from and nowhere else."""

    def __init__(self) -> None:
        self._kept: dict[URL, dict[str, str]] = {}

    def header(self, target: URL) -> str:
        """Return the Cookie header for a request; empty if there is none."""
        if not self._kept:
            return ""
        kept = self._kept.get(target.origin(), {})
        return "; ".join(f"{name}={value}" for name, value in kept.items())

    def let_in(self, target: URL, response: Response) -> bool:
        """Keep the cookies of a page that redirects to itself; say whether to ask again with what is new of them.

        Old ASP sites test so whether the visitor keeps cookies; who doesn't is sent round for ever.
        """
        if not 300 <= response.status < 400 or not _leads_to_itself(response):
            return False
        kept = self._kept.setdefault(target.origin(), {})
        before = dict(kept)
        for key, value in response.raw_headers:
            if key.lower() == b"set-cookie":
                name, mark, content = value.decode("latin-1").partition(";")[0].strip().partition("=")
                if mark and name and (name + content).isascii() and len(name + content) <= MAX_VALUE:
                    kept[name] = content
        while len(kept) > MAX_COOKIES:
            del kept[next(iter(kept))]
        return kept != before


def _leads_to_itself(response: Response) -> bool:
    location = resolve(response.url, response.header("Location"))
    try:
        return location is not None and ascii_url(location) == response.url
    except ValueError:
        return False
