"""Asks the portal as a visitor's browser would: real HTTP, the host name that the visitor typed, no cookies."""

import asyncio
import hashlib
import socket
import tempfile
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urljoin, urlsplit

from migrate.encoding import decode
from migrate.errors import ShangyiError
from migrate.http import MAX_PAGE, Client, ClientOptions, Response, decoded_body
from migrate.i18n import _
from migrate.records import HTML_TYPES, Entry
from migrate.urls import host_of

CONCURRENCY = 8
"""Questions under way at once: the portal has other visitors."""
TIMEOUT = 15.0
"""Seconds; a page not opened within 15 s counts as not opened (国办秘函〔2019〕19号, 单项否决)."""
LARGEST = 2_000_000_000
"""Bytes of a file that are read to its end, for its digest."""
PURPOSE = "checking links and old addresses"

_AS_TYPED = "%/:?&=+$,;@!*'()~[]|\\"
"""Left as spelled; the rest (blanks, quotes, Chinese) is escaped as browsers do."""
_PORTS = (None, 80, 443)

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class PortalTarget:
    """Where the portal answers, and under which name."""

    base_url: str
    """Where to connect, e.g. http://127.0.0.1:8000; the Host header says whom the visitor asked for. Empty: every
    address is asked at its own host, as the visitors' name servers (or `resolve`) have it."""
    portal_host: str
    """The portal's own host name, e.g. www.yunxi.example.gov.cn."""
    hosts: Collection[str] = ()
    """Further hosts of our own, the old ones: like the portal's they may be inside this network."""
    resolve: Mapping[str, str] = field(default_factory=dict)
    """host → address[:port], where it is not to be looked up."""
    rate: float = 0.0
    """Requests a second at most; 0: as it answers."""
    backoff: float = 0.5
    """Seconds before a further try; doubled for each next one."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What the portal's database knows of the old URLs, handed in as plain data."""

    drafts: Collection[str] = frozenset()
    """Canonical old URLs whose page is a draft in the portal: no visitor may see it."""
    new_url: Callable[[str], str] = lambda _key: ""
    """Canonical old URL → portal path or URL of what it became; empty where the portal does not say."""
    file_digest: Callable[[Entry], str] = lambda entry: entry.digest
    """Entry of a file → `sha256:<hex>` of the captured payload, decoded."""
    target_hosts: Collection[str] = ()
    """Hosts beside the portal's to which the site's addresses may lead; nobody is asked there."""
    otherwise: str = ""
    """Where addresses go that have no answer of their own; empty: nowhere."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check says of one old URL."""

    key: str
    passed: bool
    message: str
    repair: str = ""
    """What to do about it, where it can be said."""
    target: str = ""
    """Where the old URL should lead, where that is known."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. Status 0: none came, and `problem` says why."""

    url: str
    """The absolute URL asked for, with the visitor's host name."""
    status: int
    location: str = ""
    """Absolute URL that the Location header means; empty without one."""
    content_type: str = ""
    """The header as sent."""
    body: bytes = b""
    """Content coding undone; of a large file, its beginning."""
    whole: str = ""
    """`sha256:<hex>` of a body of which only the beginning is here."""
    error: str = ""
    """Why there is no answer, in the words of `migrate.http`."""

    @property
    def problem(self) -> str:
        """Return why no answer came, for people."""
        return said(self.error) if self.error else ""

    @property
    def media_type(self) -> str:
        """Return the media type without parameters, lower case."""
        return self.content_type.partition(";")[0].strip().lower()

    @property
    def text(self) -> str:
        """Return the text of a page; empty for anything else."""
        return decode(self.body[:MAX_PAGE], self.content_type).text if self.media_type in HTML_TYPES else ""

    @property
    def digest(self) -> str:
        """Return `sha256:<hex>` of the whole body."""
        return self.whole or "sha256:" + hashlib.sha256(self.body).hexdigest()

    def __str__(self) -> str:
        return self.problem or str(self.status)


def said(error: str) -> str:
    """Return what an error of the HTTP client means, for people."""
    if error.startswith("tls"):
        return _("its certificate is not valid")
    words = {
        "timeout": _("no answer within {n} seconds").format(n=f"{TIMEOUT:g}"),
        "too-slow": _("it comes too slowly to be read to its end"),
        "reset": _("connection lost"),
        "refused": _("connection refused"),
        "truncated": _("the answer breaks off"),
        "dns": _("no such host name"),
        "private-address": _("opens inside one network only"),
        "proxy": _("the proxy does not let it through"),
        "bad-url": _("is no web address"),
        "too-large": _("it is larger than anything that is read"),
    }
    return words.get(error) or _("unreadable answer")


class Portal:
    """The portal, with connections open."""

    def __init__(self, target: PortalTarget, client: Client) -> None:
        self.target = target
        self._client = client
        self._base = target.base_url.rstrip("/")
        self._hosts = {target.portal_host.lower(), *map(str.lower, target.hosts)}
        self._host = target.portal_host.lower()

    def is_portal(self, url: str) -> bool:
        """Say whether an absolute URL is on the portal's own host."""
        return host_of(url) == self._host and urlsplit(url).port in _PORTS

    async def ask(self, url: str, method: str = "GET") -> Answer:
        """Return the answer to an absolute URL in its original spelling. Redirects are not followed.

        Never raises for what servers do: no answer, or a broken one, is an Answer with an error.
        """
        parts = urlsplit(url)
        path = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=_AS_TYPED)
        if self._base:
            response = await self._client.fetch(self._base + path, method=method, headers={"Host": parts.netloc})
        else:
            response = await self._client.fetch(f"{parts.scheme}://{parts.netloc}{path}", method=method)
        return answer_of(url, response)


def answer_of(url: str, response: Response) -> Answer:
    """Return a response as the checks see it; what of it lies on disk is removed."""
    location = response.header("Location").encode("latin-1").decode("utf-8", "replace")
    whole = ""
    if response.spool is not None:
        whole = f"sha256:{response.spool.sha256}"
        if response.header("Content-Encoding"):
            unpacked = decoded_body(response.raw_headers, response.spool.path.read_bytes())
            whole = "sha256:" + hashlib.sha256(unpacked).hexdigest()
        response.discard()
    return Answer(
        url=url,
        status=0 if response.error else response.status,
        location=_joined(url, location) if location else "",
        content_type=response.header("Content-Type"),
        body=decoded_body(response.raw_headers, response.body),
        whole=whole,
        error=response.error,
    )


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        return location


class Connected(AbstractAsyncContextManager["Portal"]):
    """Hold connections to the portal, whether or not it answers.

    No generator: where Ctrl-C ends the loop while one is being entered, asyncio tells of it as an error.
    """

    def __init__(self, target: PortalTarget, concurrency: int = CONCURRENCY) -> None:
        self._target = target
        self._concurrency = concurrency

    async def __aenter__(self) -> Portal:
        self._folder = tempfile.TemporaryDirectory()
        try:
            self._client = await Client(self._options()).__aenter__()
        except BaseException:
            self._folder.cleanup()
            raise
        return Portal(self._target, self._client)

    def _options(self) -> ClientOptions:
        target = self._target
        own = {target.portal_host.lower(), *target.hosts, urlsplit(target.base_url).hostname or ""} - {""}
        return ClientOptions(
            allowed=own.__contains__,
            rate=target.rate,
            adapts=False,
            concurrency=self._concurrency,
            timeout=TIMEOUT,
            max_bytes=LARGEST,
            resolve=_places(own, target.resolve),
            purpose=PURPOSE,
            backoff=target.backoff,
            old_tls=bool(target.base_url),
            spool=Path(self._folder.name),
        )

    async def __aexit__(self, *raised: Any) -> None:
        with self._folder:
            await self._client.__aexit__(*raised)


class OpenPortal(Connected):
    """Hold the portal open inside the block. Raises ShangyiError where it does not answer at all."""

    async def __aenter__(self) -> Portal:
        portal = await super().__aenter__()
        try:
            answer = await portal.ask(f"{_scheme(self._target)}://{self._target.portal_host}/")
            if answer.status == 0:
                raise ShangyiError(
                    _("The portal does not answer at {url}: {problem}").format(
                        url=self._target.base_url or self._target.portal_host, problem=answer.problem
                    ),
                    _("Start it with: shangyi cms serve, or say where it runs with --base-url."),
                )
        except BaseException as error:
            await self.__aexit__(type(error), error, error.__traceback__)
            raise
        return portal


def _scheme(target: PortalTarget) -> str:
    return urlsplit(target.base_url).scheme or "http"


def _places(hosts: Collection[str], given: Mapping[str, str]) -> dict[str, str]:
    """Return host → address of our own hosts: the client takes private addresses only where it is told so."""
    places = {host.lower(): place for host, place in given.items()}
    for host in hosts:
        if host not in places:
            try:
                places[host] = str(socket.getaddrinfo(host, None)[0][4][0]).partition("%")[0]
            except OSError:
                continue  # the answer will say so
    return places


def ask_each(target: PortalTarget, items: Iterable[T], ask: Callable[[Portal, T], Awaitable[R]]) -> Iterator[R]:
    """Yield `ask(portal, item)` of each item, in their order, at most CONCURRENCY under way at once.

    Raises ShangyiError where nothing answers at the target: that is no finding about any one page.
    """
    with asyncio.Runner() as runner:
        opening = OpenPortal(target)
        portal = runner.run(_run(opening.__aenter__()))
        waiting: deque[asyncio.Task[R]] = deque()
        try:
            for item in items:
                waiting.append(runner.get_loop().create_task(_run(ask(portal, item))))
                if len(waiting) >= CONCURRENCY:
                    yield runner.run(_run(waiting.popleft()))
            while waiting:
                yield runner.run(_run(waiting.popleft()))
        finally:
            runner.run(_stop(waiting))
            runner.run(_run(opening.__aexit__(None, None, None)))


async def _run(work: Awaitable[R]) -> R:
    return await work


async def _stop(unfinished: Collection["asyncio.Task[R]"]) -> None:
    for task in unfinished:
        task.cancel()
    await asyncio.gather(*unfinished, return_exceptions=True)
