"""The client itself: one request in, one answer as sent out. No redirects, no surprises; cookies only in need."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import repeat
from types import TracebackType

import aiohttp
from yarl import URL

from migrate.http.body import Body, parts_of
from migrate.http.cookies import Cookies
from migrate.http.exchange import Request, is_address, reason_of, recorded, retry_after, without_cookies, worth_retrying
from migrate.http.pace import Pace, too_slow
from migrate.http.proxy import Proxies
from migrate.http.pulse import Pulse
from migrate.http.resolver import Resolver, is_private
from migrate.http.tls import Demands, Tls, context_for
from migrate.http.trimming import trimming
from migrate.http.types import ClientOptions, Fault, Response, Spool

MAX_RETRY_AFTER = 120.0
"""Longest Retry-After that is waited for, in seconds; a longer one ends the tries."""

MAX_HEADERS = 128
"""Headers of one answer; more end it."""

MAX_HEADER = 65536
"""Characters of the longest header, and of the status line."""

_PATIENCE = 20
"""An answer's head may take this many times the timeout, as long as it is never silent that long."""
_REFUSALS = frozenset({429, 503})
_NO_SLEEP = 0.001
"""Waits shorter than this, in seconds, are not worth a trip through the event loop's timer."""
_LOOK_AT_THE_CLOCK = 1.0
"""Seconds between two looks outside the allowed hours: machines sleep, clocks are set. And of who waits for its turn:
the host may be quick again."""


class Client:
    """Use it as an async context manager: `async with Client(options) as client: await client.fetch(url)`.

    Proxies are those of the environment. A host with an address in `resolve` is asked directly, without them. Through
    a proxy only names in `allowed` are asked for, and no literal private address; which address such a name has is
    the proxy's to know, so it can't be checked here.
    """

    def __init__(self, options: ClientOptions) -> None:
        """Raises ShangyiError where the environment names a proxy that can't be used."""
        self.options = options
        self._proxies = Proxies()
        self._resolver = Resolver(options.resolve, self._proxies.hosts())
        self._tls = Tls(lenient=options.old_tls)
        self._cookies = Cookies()
        self._rate = options.rate
        self._paces: dict[str, Pace] = {}
        self._session: aiohttp.ClientSession | None = None
        self._trimming: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "Client":
        self._session = self._open(self._connector())
        self._pulse = Pulse()
        return self

    def _connector(self) -> aiohttp.TCPConnector:
        concurrency = self.options.concurrency
        return aiohttp.TCPConnector(limit=0, limit_per_host=concurrency, resolver=self._resolver, ttl_dns_cache=300)

    def _open(self, connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
        options = self.options
        headers = {"User-Agent": options.user_agent, "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}
        if options.mailbox:
            headers["From"] = options.mailbox
        return aiohttp.ClientSession(
            connector=connector,
            headers=headers,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(sock_connect=options.timeout, sock_read=options.timeout),
            max_line_size=MAX_HEADER,
            max_field_size=MAX_HEADER,
            max_headers=MAX_HEADERS,
        )

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pulse.stop()
        for session in (self._session, self._trimming):
            if session is not None:
                await session.close()

    @property
    def agreed_rate(self) -> float:
        """Return how many requests a second one host may get at most; 0: no limit."""
        return self._rate

    @property
    def rate(self) -> float:
        """Return how many requests a second are sent at most now, to the host that gets the fewest; 0: no limit."""
        gap = max((pace.gap for pace in self._paces.values()), default=1 / self._rate if self._rate else 0.0)
        return 1 / gap if gap else 0.0

    @property
    def closed_until(self) -> datetime | None:
        """Return when asking goes on, in Beijing time; None within the allowed hours."""
        return self.options.hours.opens(self.options.now()) if self.options.hours else None

    @property
    def tls_faults(self) -> list[Fault]:
        """Return what was put up with, in the order in which it was met."""
        return self._tls.faults

    def limit_rate(self, rate: float) -> None:
        """Ask no host more often than this many times a second."""
        self._rate = min(self._rate, rate) if self._rate else rate
        for pace in self._paces.values():
            pace.limit(rate)

    async def fetch(
        self, url: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, form: str = ""
    ) -> Response:
        """Return the answer to one request, after retries. Never raises for what servers do: see Response.error.

        The URL must be ASCII, escaped as it shall be sent; so must `form`, which is POSTed as it is. Outside the
        allowed hours it waits.
        """
        request = self._request(url, "POST" if form else method, dict(headers or {}), form)
        if isinstance(request, str):
            return Response(url, 0, started_at=datetime.now(UTC), error=request)
        response = await self._with_retries(request)
        if request.method == "GET" and self._cookies.let_in(request.target, response):
            response.discard()
            response = await self._with_retries(request)
        if self.options.credentials:
            # Who is let in gets a session; it opens the site like the password itself.
            response = replace(response, raw_headers=without_cookies(response.raw_headers))
        return response

    def _request(self, url: str, method: str, headers: dict[str, str], form: str) -> Request | str:
        """Return the request to send, or the error for which there is none."""
        try:
            target = URL(url, encoded=True)
            host = (target.raw_host or "").lower().rstrip(".")
            port = target.port
            literal = bool(host) and is_address(host)
        except ValueError:
            return "bad-url"
        if not host or port is None or target.scheme not in ("http", "https") or not url.isascii():
            return "bad-url"
        if not self.options.allowed(host):
            return "host-not-allowed"
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        credentials = self.options.credentials
        if credentials and (credentials.scheme, credentials.port) == (target.scheme, port):
            headers |= credentials.headers
        if literal:
            # aiohttp asks no resolver for a literal address, so the rules are applied here.
            place = self._resolver.given(host)
            if place is None and is_private(host):
                return "private-address"
            if place is not None:
                headers.setdefault("Host", target.raw_authority)
                target = target.with_host(place[0]).with_port(place[1] or target.port)
        return Request(url, host, method, target, headers, form.encode("ascii"))

    async def _with_retries(self, request: Request) -> Response:
        pace = self._paces.get(request.host) or self._paces.setdefault(
            request.host, Pace(self._rate, adapts=self.options.adapts)
        )
        loop = asyncio.get_running_loop()
        for further in range(self.options.retries, -1, -1):
            await self._turn(pace)
            response = await self._once(request, pace)
            if not further or not worth_retrying(response):
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

    async def _turn(self, pace: Pace) -> None:
        """Wait until the host may be asked."""
        loop = asyncio.get_running_loop()
        while True:
            if self.closed_until:
                await asyncio.sleep(_LOOK_AT_THE_CLOCK)
                continue
            wait = pace.reserve(loop.time())
            if wait <= _NO_SLEEP or (await _waited(pace, wait) and not self.closed_until):
                return

    async def _once(self, request: Request, pace: Pace) -> Response:
        started = datetime.now(UTC)
        loop = asyncio.get_running_loop()
        session = self._session
        if session is None:
            raise RuntimeError("Client is not open: use it in `async with`")
        while True:
            asked = loop.time()
            demands = self._tls.demands(request.host)
            try:
                async with await self._head(request, demands, session) as answer:
                    self._take_note(pace, asked, answer.status)
                    self._tls.spoke(request.host)
                    if answer.status == 407:
                        return Response(request.url, 0, started_at=started, error="proxy")
                    return await self._response(request, answer, started)
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                reason = reason_of(error)
                if reason == "timeout":
                    self._take_note(pace, asked, 0)
                if reason == "bad-response" and session is self._session:
                    session = self._trimming = self._trimming or self._open(trimming(self._connector()))
                    continue
                if request.target.scheme != "https" or not self._tls.put_up_with(request.host, demands, error):
                    return Response(request.url, 0, started_at=started, error=reason)

    async def _head(self, request: Request, demands: Demands, session: aiohttp.ClientSession) -> aiohttp.ClientResponse:
        """Send a request; return the answer once its head is there."""
        headers, target, for_proxy = dict(request.headers), request.target, {}
        if cookie := self._cookies.header(target):
            headers["Cookie"] = f"{headers['Cookie']}; {cookie}" if "Cookie" in headers else cookie
        proxy = None if self._resolver.given(request.host) else self._proxies.route(target)
        if proxy and target.scheme == "http":
            headers |= proxy.headers
        elif proxy:
            for_proxy = proxy.headers
        async with asyncio.timeout(self.options.timeout * _PATIENCE):
            return await session.request(
                request.method,
                target,
                headers=headers,
                data=request.form or None,
                allow_redirects=False,
                ssl=context_for(demands) if target.scheme == "https" else True,
                proxy=proxy.url if proxy else None,
                proxy_headers=for_proxy or None,
            )

    async def _response(self, request: Request, answer: aiohttp.ClientResponse, started: datetime) -> Response:
        body, spool, error = await self._body(answer)
        version = answer.version or aiohttp.HttpVersion11
        return Response(
            url=request.url,
            status=answer.status,
            reason=answer.reason or "",
            version=f"{version.major}.{version.minor}",
            raw_headers=tuple(answer.raw_headers),
            body=body,
            request=recorded(answer.request_info, request) + request.form,
            started_at=started,
            error=error,
            spool=spool,
        )

    async def _body(self, answer: aiohttp.ClientResponse) -> tuple[bytes, Spool | None, str]:
        """Return (body or its beginning, where all of it is if it was spooled, why it is not all)."""
        if (answer.content_length or 0) > self.options.max_bytes and answer.method != "HEAD":
            answer.close()
            return b"", None, "too-large"
        body = Body(self.options.spool)
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            async for part in parts_of(answer.content, 2 * self.options.timeout):
                body.add(part)
                if body.length > self.options.max_bytes:
                    answer.close()
                    body.discard()
                    return b"", None, "too-large"
                if too_slow(clock() - began, body.length, self.options.timeout * _PATIENCE):
                    answer.close()
                    return (*body.finish(), "too-slow")
        except (aiohttp.ClientError, TimeoutError, OSError):
            return (*body.finish(), "truncated")
        except BaseException:
            body.discard()
            raise
        return (*body.finish(), "")

    def _take_note(self, pace: Pace, asked: float, status: int) -> None:
        now = asyncio.get_running_loop().time()
        if self._pulse.steady_since(asked):  # else it was not the server that took so long
            pace.answered(asked, now)
        if status in _REFUSALS:
            pace.refused(asked, now)


async def _waited(pace: Pace, seconds: float) -> bool:
    """Wait for a moment that was reserved; return whether it still is when it comes."""
    plan = pace.plan
    looks, rest = divmod(seconds, _LOOK_AT_THE_CLOCK)
    for step in (*repeat(_LOOK_AT_THE_CLOCK, int(looks)), rest):
        await asyncio.sleep(step)
        if pace.plan != plan:
            return False
    return True
