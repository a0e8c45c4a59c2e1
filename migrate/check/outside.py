"""Asks other sites: politely, each at its own pace, and looks at what they have become.

A link that answers is not yet a sound one: domains that were given up are parked, sold, or show gambling.
"""

import re
from urllib.parse import urljoin, urlsplit

from migrate import answers
from migrate.check.memory import Seen
from migrate.check.portal import PURPOSE, TIMEOUT
from migrate.encoding import decode
from migrate.http import Client, ClientOptions, Response, decoded_body
from migrate.injection.words import advertised, is_bad_link
from migrate.records import HTML_TYPES
from migrate.urls import ascii_url, host_of

HIJACKED = "hijacked"
"""Sign of a page that sells what no government links to."""
RATE = 1.0
"""Requests a second to another site's host: it owes us nothing."""
MOST_HOPS = 5

_LARGEST = 3_000_000
_HEAD_IS_WRONG = frozenset({400, 403, 404, 405, 406, 500, 501, 502, 503})
"""What servers that don't know HEAD say to it (RFC 9110 has 405 and 501 for that; the others are met)."""
_TITLE = re.compile(r"<title\b[^<>]*>(.{0,300}?)</title", re.IGNORECASE | re.DOTALL)
_META = re.compile(
    r"<meta\b(?=[^<>]*\bname\s*=\s*[\"']?(?:keywords|description)\b)[^<>]*\bcontent\s*=\s*[\"']([^\"']{0,500})",
    re.IGNORECASE,
)


def options(rate: float, resolve: dict[str, str], backoff: float) -> ClientOptions:
    """Return how other sites are asked."""
    return ClientOptions(
        allowed=lambda _host: True,
        rate=rate,
        concurrency=2,
        timeout=TIMEOUT,
        max_bytes=_LARGEST,
        resolve=resolve,
        purpose=PURPOSE,
        backoff=backoff,
    )


async def look(client: Client, address: str, *, page: bool) -> Seen:
    """Return what an address of another site is. Files and images are asked by HEAD, then by GET if that fails.

    Redirects are followed; certificates that nobody vouches for count as no answer.
    """
    url = address
    for _hop in range(MOST_HOPS + 1):
        response = await _ask(client, url, page=page)
        location = _location(url, response)
        if not location:
            return _seen(response, url if url != address else "")
        url = location
    return Seen(0, error="endless", location=url)


async def _ask(client: Client, url: str, *, page: bool) -> Response:
    if not page:
        response = await client.fetch(url, method="HEAD")
        if not response.error and response.status not in _HEAD_IS_WRONG:
            return response
    return await client.fetch(url)


def _location(url: str, response: Response) -> str:
    if response.error or not 300 <= response.status < 400:
        return ""
    location = response.header("Location").encode("latin-1").decode("utf-8", "replace")
    try:
        return ascii_url(urljoin(url, location).partition("#")[0]) if location else ""
    except ValueError:
        return ""


def _seen(response: Response, location: str) -> Seen:
    error = "" if response.error == "too-large" else response.error  # it is there
    media_type = response.header("Content-Type").partition(";")[0].strip().lower()
    seen = Seen(0 if error else response.status, error, location, media_type)
    if error or media_type not in HTML_TYPES or not response.body:
        return seen
    text = decode(decoded_body(response.raw_headers, response.body), response.header("Content-Type")).text
    if words := _taken_over(text, host_of(location or response.url)):
        return seen._replace(sign=HIJACKED, what=words)
    sign = answers.recognise(text)
    return seen._replace(sign=sign.kind, what=sign.what) if sign else seen


def _taken_over(text: str, host: str) -> str:
    """Return the words by which a page advertises the trade; by its host's name, that."""
    title = _TITLE.search(text)
    told = " ".join([title[1] if title else "", *_META.findall(text[:20_000])])
    if words := advertised(told):
        return " ".join(sorted(words))
    return host if is_bad_link("", host) else ""


def is_home(address: str) -> bool:
    """Say whether an address is a host's front page."""
    parts = urlsplit(address)
    return parts.path in ("", "/") and not parts.query
