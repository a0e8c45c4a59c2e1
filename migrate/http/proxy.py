"""Proxies as the environment names them: HTTP_PROXY, HTTPS_PROXY, NO_PROXY, upper or lower case."""

from typing import NamedTuple
from urllib.request import getproxies_environment, proxy_bypass

import aiohttp
from yarl import URL

from migrate.errors import ShangyiError
from migrate.i18n import _

AUTHORIZATION = "Proxy-Authorization"


class Proxy(NamedTuple):
    """Where requests of one scheme go."""

    url: URL
    """Without user and password."""
    headers: dict[str, str]
    """What lets us in."""


class Proxies:
    """The proxies of the environment."""

    def __init__(self) -> None:
        """Read the environment. Raises ShangyiError for a proxy that can't be used, without repeating its address."""
        named = getproxies_environment()
        self._proxies = {scheme: _parsed(scheme, named.get(scheme, "")) for scheme in ("http", "https")}

    def hosts(self) -> frozenset[str]:
        """Return the host names of all proxies: unlike the old site's they may have private addresses."""
        return frozenset(proxy.url.raw_host or "" for proxy in self._proxies.values() if proxy)

    def route(self, target: URL) -> Proxy | None:
        """Return the proxy for a URL, or None where it is asked directly."""
        proxy = self._proxies.get(target.scheme)
        return None if proxy is None or proxy_bypass(f"{target.raw_host}:{target.port}") else proxy


def _parsed(scheme: str, text: str) -> Proxy | None:
    if not text:
        return None
    try:
        url = URL(text if "://" in text else f"http://{text}")
        if url.scheme not in ("http", "https") or not url.host:
            raise ValueError(scheme)
    except ValueError:
        # Not “from error”: its text would show the password.
        raise ShangyiError(
            _("{variable} names no proxy that can be used.").format(variable=f"{scheme.upper()}_PROXY"),
            _("Write it like http://proxy.example.gov.cn:8080, or take the variable away."),
        ) from None
    if url.user is None:
        return Proxy(url, {})
    secret = aiohttp.encode_basic_auth(url.user, url.password or "")
    return Proxy(url.with_user(None), {AUTHORIZATION: secret})
