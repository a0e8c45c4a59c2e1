"""What opens a protected old site: from the environment alone, kept nowhere."""

import os
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from migrate.errors import ShangyiError
from migrate.i18n import _

REDACTED = "(not kept)"
"""Stands in the archive where a secret was sent or received."""

SECRET_HEADERS = frozenset({"authorization", "cookie"})
"""Headers of a request whose values never reach the archive."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Headers for one site's hosts, over the scheme and port of its home page only."""

    scheme: str
    port: int
    headers: Mapping[str, str] = field(repr=False)

    @classmethod
    def from_environment(cls, site_id: str, home: str) -> "Credentials | None":
        """Return what SHANGYI_AUTH_<SITE> (`user:password`) and SHANGYI_COOKIE_<SITE> hold; None for nothing.

        Raises ShangyiError where a value can't be sent.
        """
        login = os.environ.get(variable("AUTH", site_id), "")
        cookie = os.environ.get(variable("COOKIE", site_id), "")
        if login and ":" not in login:
            raise _refused(variable("AUTH", site_id), "user:password")
        if cookie and ("=" not in cookie or not (cookie.isascii() and cookie.isprintable())):
            raise _refused(variable("COOKIE", site_id), "name=value; name=value")
        headers = {"Authorization": "Basic " + b64encode(login.encode()).decode()} if login else {}
        if cookie:
            headers["Cookie"] = cookie
        parts = urlsplit(home)
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        return cls(parts.scheme, port, headers) if headers else None


def variable(kind: str, site_id: str) -> str:
    """Return the name of a site's variable: its id in capitals, with _ for -. `kind` is AUTH or COOKIE."""
    return f"SHANGYI_{kind}_{site_id.upper().replace('-', '_')}"


def _refused(name: str, shape: str) -> ShangyiError:
    return ShangyiError(
        _("{variable} does not hold what it should.").format(variable=name),
        _("Write it like {shape}").format(shape=shape),
    )
