"""The client itself: one request in, one answer as sent out. No redirects, no cookies, no proxies, no surprises."""

import asyncio
import ipaddress
import random
import re
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType

import aiohttp
from yarl import URL

from migrate.http.body import Body
from migrate.http.pace import Pace
from migrate.http.resolver import PrivateAddress, Resolver, is_private
from migrate.http.types import ClientOptions, Response, Spool

MAX_RETRY_AFTER = 120.0
"""Longest Retry-After that is waited for, in seconds; a longer one ends the tries."""

_DIGITS = 15
"""Digits of a Retry-After that are read."""

_TOTAL = 20
"""A response may take this many times the timeout in all, as long as it is never silent that long."""
_RETRIED = frozenset({429, 500, 502, 503, 504})
_RETRIED_ERRORS = frozenset({"timeout", "reset", "refused", "truncated"})
_HEXADECIMAL = re.compile(r"(?:.*\.)?0x[0-9a-f]*", re.DOTALL)
_NO_SLEEP = 0.001
"""Waits shorter than this, in seconds, are not worth a trip through the event loop's timer."""


class Client:
    """Use it as an async context manager: `async with Client(options) as client: await client.fetch(url)`."""

    def __init__(self, options: ClientOptions) -> None:
        self.options = options
        self._resolver = Resolver(options.resolve)
        self._paces: dict[str, Pace] = {}
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "Client":
        options = self.options
        headers = {"User-Agent": options.user_agent, "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}
        if options.contact:
            headers["From"] = options.contact
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0, limit_per_host=options.concurrency, resolver=self._resolver, ttl_dns_cache=300
            ),
            headers=headers,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(
                total=options.timeout * _TOTAL, sock_connect=options.timeout, sock_read=options.timeout
            ),
            max_line_size=65536,
            max_field_size=65536,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def fetch(
        self, url: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, form: str = ""
    ) -> Response:
        """Return the answer to one request, after retries. Never raises for what servers do: see Response.error.

        The URL must be ASCII, escaped as it shall be sent; so must `form`, which is POSTed as it is.
        """
        now = datetime.now(UTC)
        try:
            target = URL(url, encoded=True)
            host = (target.host or "").lower().rstrip(".")
            port = target.port
            literal = bool(host) and _is_address(host)
        except ValueError:
            return Response(url, 0, started_at=now, error="bad-url")
        if not host or port is None or target.scheme not in ("http", "https") or not url.isascii():
            return Response(url, 0, started_at=now, error="bad-url")
        if not self.options.allowed(host):
            return Response(url, 0, started_at=now, error="host-not-allowed")
        given = dict(headers or {})
        if form:
            method = "POST"
            given["Content-Type"] = "application/x-www-form-urlencoded"
        if literal:
            # aiohttp asks no resolver for a literal address, so the rules are applied here.
            place = self._resolver.given(host)
            if place is None and is_private(host):
                return Response(url, 0, started_at=now, error="private-address")
            if place is not None:
                given["Host"] = target.raw_authority
                target = target.with_host(place[0]).with_port(place[1] or target.port)
        return await self._with_retries(url, host, (method, target, given, form.encode("ascii")))

    async def _with_retries(self, url: str, host: str, request: tuple[str, URL, dict[str, str], bytes]) -> Response:
        pace = self._paces.setdefault(host, Pace(self.options.rate))
        loop = asyncio.get_running_loop()
        for further in range(self.options.retries, -1, -1):
            wait = pace.reserve(loop.time())
            if wait > _NO_SLEEP:
                await asyncio.sleep(wait)
            response = await self._once(url, *request)
            if not further or not _worth_retrying(response):
                break
            asked = retry_after(response)
            if asked > MAX_RETRY_AFTER:
                break
            response.discard()
            if asked:
                pace.pause(loop.time() + asked)
            else:
                done = self.options.retries - further
                await asyncio.sleep(self.options.backoff * 2**done * random.uniform(0.75, 1.25))  # noqa: S311
        return response

    async def _once(self, url: str, method: str, target: URL, headers: dict[str, str], form: bytes) -> Response:
        if self._session is None:
            raise RuntimeError("Client is not open: use it in `async with`")
        started = datetime.now(UTC)
        try:
            async with self._session.request(
                method, target, headers=headers, data=form or None, allow_redirects=False
            ) as answer:
                body, spool, error = await self._body(answer)
                version = answer.version or aiohttp.HttpVersion11
                return Response(
                    url=url,
                    status=answer.status,
                    reason=answer.reason or "",
                    version=f"{version.major}.{version.minor}",
                    raw_headers=tuple(answer.raw_headers),
                    body=body,
                    request=_request_head(answer.request_info, method, target) + form,
                    started_at=started,
                    error=error,
                    spool=spool,
                )
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            return Response(url, 0, started_at=started, error=_reason(error))

    async def _body(self, answer: aiohttp.ClientResponse) -> tuple[bytes, Spool | None, str]:
        """Return (body or its beginning, where all of it is if it was spooled, why it is not all)."""
        if (answer.content_length or 0) > self.options.max_bytes and answer.method != "HEAD":
            answer.close()
            return b"", None, "too-large"
        body = Body(self.options.spool)
        try:
            async for part in answer.content.iter_any():
                body.add(part)
                if body.length > self.options.max_bytes:
                    answer.close()
                    body.discard()
                    return b"", None, "too-large"
        except (aiohttp.ClientError, TimeoutError, OSError):
            return (*body.finish(), "truncated")
        except BaseException:
            body.discard()
            raise
        return (*body.finish(), "")


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


def _worth_retrying(response: Response) -> bool:
    return response.status in _RETRIED or response.error in _RETRIED_ERRORS


def _request_head(info: aiohttp.RequestInfo, method: str, target: URL) -> bytes:
    lines = [f"{method} {target.raw_path_qs} HTTP/1.1", *(f"{name}: {value}" for name, value in info.headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")


def _is_address(host: str) -> bool:
    """Say whether a host is a literal address. Raises ValueError for one that only the C library takes: 2130706433."""
    if ":" not in host and not host.replace(".", "").isdigit() and not _HEXADECIMAL.fullmatch(host):
        return False
    ipaddress.ip_address(host.split("%", 1)[0])
    return True


def _reason(error: BaseException) -> str:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "private-address" if isinstance(error.os_error, PrivateAddress) else "dns"
    if isinstance(error, (aiohttp.ClientSSLError, ssl.SSLError)):
        return "tls"
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, (aiohttp.ClientConnectorError, ConnectionRefusedError)):
        return "refused"
    if isinstance(error, (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, OSError)):
        return "reset"
    return "bad-response" if not isinstance(error, aiohttp.InvalidURL) else "bad-url"
