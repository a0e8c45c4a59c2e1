"""The parts of one exchange: what is sent, what is recorded of it, why there is no answer, whether to ask again."""

import ipaddress
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import NamedTuple

import aiohttp
from yarl import URL

from migrate.http.credentials import REDACTED, SECRET_HEADERS
from migrate.http.proxy import AUTHORIZATION
from migrate.http.resolver import PrivateAddress
from migrate.http.tls import fault_of
from migrate.http.types import HeaderPairs, Response

_DIGITS = 15
"""Digits of a Retry-After that are read."""

_RETRIED = frozenset({429, 500, 502, 503, 504})
_RETRIED_ERRORS = frozenset({"timeout", "reset", "refused", "truncated"})
_REASONS: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
    ((aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError), "proxy"),
    (TimeoutError, "timeout"),
    (aiohttp.ClientConnectorError, "refused"),
    ((aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, OSError), "reset"),
    (aiohttp.InvalidURL, "bad-url"),
)
"""The first that fits counts."""
_HEXADECIMAL = re.compile(r"(?:.*\.)?0x[0-9a-f]*", re.DOTALL)


class Request(NamedTuple):
    """One request as it will be sent."""

    url: str
    host: str
    method: str
    target: URL
    headers: dict[str, str]
    form: bytes


def retry_after(response: Response) -> float:
    """Return the seconds that a Retry-After header asks for (RFC 9110 §10.2.3); 0 if it doesn't or makes no sense."""
    value = response.header("Retry-After")
    if value.isascii() and value.isdecimal():
        return float(value[:_DIGITS])  # a day or a thousand years: both are too long, and float must not overflow
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return 0.0
    if moment.tzinfo is None:
        return 0.0
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def worth_retrying(response: Response) -> bool:
    """Say whether another try may give a better answer."""
    return response.status in _RETRIED or response.error in _RETRIED_ERRORS


def recorded(info: aiohttp.RequestInfo, request: Request) -> bytes:
    """Return the request's head as it is archived: as the old site got it, but for secrets."""
    lines = [f"{request.method} {request.target.raw_path_qs} HTTP/1.1"]
    for name, value in info.headers.items():
        if name.lower() in SECRET_HEADERS:
            lines.append(f"{name}: {REDACTED}")
        elif name != AUTHORIZATION:
            lines.append(f"{name}: {value}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")


def without_cookies(headers: HeaderPairs) -> HeaderPairs:
    """Return an answer's headers as they are archived where a cookie opens the site."""
    hidden = REDACTED.encode()
    return tuple((name, hidden if name.lower() == b"set-cookie" else value) for name, value in headers)


@lru_cache(maxsize=256)
def is_address(host: str) -> bool:
    """Say whether a host is a literal address. Raises ValueError for one that only the C library takes: 2130706433."""
    if ":" not in host and not host.replace(".", "").isdigit() and not _HEXADECIMAL.fullmatch(host):
        return False
    ipaddress.ip_address(host.split("%", 1)[0])
    return True


def reason_of(error: BaseException) -> str:
    """Return why there is no answer, in the words of Response.error."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "private-address" if isinstance(error.os_error, PrivateAddress) else "dns"
    if fault := fault_of(error):
        return fault
    if type(error) is aiohttp.ClientConnectorError and isinstance(error.os_error, ConnectionResetError):
        error = error.os_error  # while TLS was being agreed on
    return next((reason for kinds, reason in _REASONS if isinstance(error, kinds)), "bad-response")
