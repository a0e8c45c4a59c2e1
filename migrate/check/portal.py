"""Asks the running portal as a visitor's browser would: real HTTP, the host name that the visitor typed, no cookies."""

import asyncio
import hashlib
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote, urljoin, urlsplit

import aiohttp
from yarl import URL

from migrate.errors import ShangyiError
from migrate.i18n import _
from migrate.records import Entry
from migrate.urls import host_of

CONCURRENCY = 8
"""Questions under way at once: the portal has other visitors."""
TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=15, sock_read=15)
"""Seconds; a page not opened within 15 s counts as not opened (国办秘函〔2019〕19号, 单项否决)."""
LARGEST_PAGE = 8_000_000
"""Bytes of a page that are read as text; files are read to their end, for their digest."""

_AS_TYPED = "%/:?&=+$,;@!*'()~[]|\\"
"""Left as spelled; the rest (blanks, quotes, Chinese) is escaped as browsers do."""
_CHUNK = 65536

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class PortalTarget:
    """Where the portal answers, and under which name."""

    base_url: str
    """Where to connect, e.g. http://127.0.0.1:8000; the Host header says whom the visitor asked for."""
    portal_host: str
    """The portal's own host name, e.g. www.yunxi.example.gov.cn."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What the portal's database knows of the old URLs, handed in as plain data."""

    drafts: Collection[str] = frozenset()
    """Canonical old URLs whose page is a draft in the portal: no visitor may see it."""
    new_url: Callable[[str], str] = lambda _key: ""
    """Canonical old URL → portal path or URL of what it became; empty where the portal does not say."""
    file_digest: Callable[[Entry], str] = lambda entry: entry.digest
    """Entry of a file → `sha256:<hex>` of the captured payload, decoded."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check says of one old URL."""

    key: str
    passed: bool
    message: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the portal. Status 0: none came, and `problem` says why."""

    url: str
    """The absolute URL asked for, with the visitor's host name."""
    status: int
    location: str = ""
    """Absolute URL that the Location header means; empty without one."""
    media_type: str = ""
    text: str = ""
    digest: str = ""
    """`sha256:<hex>` of the whole body."""
    problem: str = ""

    def __str__(self) -> str:
        return self.problem or str(self.status)


class Portal:
    """One open connection pool to the portal."""

    def __init__(self, target: PortalTarget) -> None:
        self.target = target
        self._base = target.base_url.rstrip("/")
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONCURRENCY),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "shangyi-check"},
            timeout=TIMEOUT,
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

    def is_portal(self, url: str) -> bool:
        """Say whether an absolute URL is on the portal's own host."""
        return host_of(url) == self.target.portal_host.lower()

    async def ask(self, url: str, method: str = "GET") -> Answer:
        """Return the portal's answer to an absolute URL in its original spelling. Redirects are not followed.

        Never raises for what the portal does: no answer, or a broken one, is an Answer with status 0.
        """
        for _try in (1, 2):
            try:
                return await self._ask(url, method)
            except TimeoutError:
                return Answer(url, 0, problem=_("no answer within 15 seconds"))
            except aiohttp.ClientConnectionError as error:
                problem = _("connection lost: {error}").format(error=error)
            except (aiohttp.ClientError, ValueError) as error:
                return Answer(url, 0, problem=_("unreadable answer: {error}").format(error=error))
        return Answer(url, 0, problem=problem)

    async def _ask(self, url: str, method: str) -> Answer:
        parts = urlsplit(url)
        path = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=_AS_TYPED)
        async with self._session.request(
            method, URL(self._base + path, encoded=True), headers={"Host": parts.netloc}, allow_redirects=False
        ) as response:
            location = response.headers.get("Location", "")
            digest, kept = hashlib.sha256(), bytearray()
            async for chunk in response.content.iter_chunked(_CHUNK):
                digest.update(chunk)
                if len(kept) < LARGEST_PAGE:
                    kept += chunk
            is_text = response.content_type == "text/html"
            return Answer(
                url=url,
                status=response.status,
                location=urljoin(url, location) if location else "",
                media_type=response.content_type,
                text=kept.decode("utf-8", "replace") if is_text else "",
                digest="sha256:" + digest.hexdigest(),
            )


def ask_each(target: PortalTarget, items: Iterable[T], ask: Callable[[Portal, T], Awaitable[R]]) -> Iterator[R]:
    """Yield `ask(portal, item)` of each item, in their order, at most CONCURRENCY under way at once.

    Raises ShangyiError where nothing answers at the target: that is no finding about any one page.
    """
    with asyncio.Runner() as runner:
        portal = runner.run(_open(target))
        waiting: deque[asyncio.Task[R]] = deque()
        try:
            for item in items:
                waiting.append(runner.get_loop().create_task(_run(ask(portal, item))))
                if len(waiting) >= CONCURRENCY:
                    yield runner.run(_run(waiting.popleft()))
            while waiting:
                yield runner.run(_run(waiting.popleft()))
        finally:
            runner.run(_stop(portal))


async def _open(target: PortalTarget) -> Portal:
    portal = Portal(target)
    answer = await portal.ask(f"http://{target.portal_host}/")
    if answer.status == 0:
        await portal.close()
        raise ShangyiError(
            _("The portal does not answer at {url}: {problem}").format(url=target.base_url, problem=answer.problem),
            _("Start it with: shangyi cms serve, or say where it runs with --base-url."),
        )
    return portal


async def _run(work: Awaitable[R]) -> R:
    return await work


async def _stop(portal: Portal) -> None:
    unfinished = asyncio.all_tasks() - {asyncio.current_task()}
    for task in unfinished:
        task.cancel()
    await asyncio.gather(*unfinished, return_exceptions=True)
    await portal.close()
