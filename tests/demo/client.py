"""A visitor who knows where the old host really is."""

import http.client
from collections.abc import Mapping
from urllib.parse import urlsplit

from migrate.demo import LegacyServer


def fetch(
    server: LegacyServer, url: str, method: str = "GET", headers: Mapping[str, str] | None = None, form: str = ""
) -> tuple[int, Mapping[str, str], bytes]:
    """Return (status, headers, body) of one URL, following nothing."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    target = url.split(parts.netloc, 1)[1] or "/"
    try:
        connection.request(method, target, form.encode() or None, headers={"Host": parts.netloc, **(headers or {})})
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()
