"""Asking the old server, politely and within the budget. Every address is asked for once."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from migrate.encoding import decode
from migrate.errors import ShangyiError
from migrate.harvest.reading import Named
from migrate.harvest.scope import is_trap
from migrate.harvest.survey.addresses import own_key
from migrate.harvest.survey.reading import PageReader, unread
from migrate.harvest.survey.types import MAX_REQUESTS, Visit
from migrate.harvest.targets import Page, Targets
from migrate.http import Client, Response
from migrate.http.exchange import retry_after
from migrate.http.robots import Robots
from migrate.i18n import _
from migrate.urls import UrlRules, canonical

MAX_HOPS = 4
"""Redirects followed from one address."""

MAX_BODY = 5_000_000
"""Largest page that a survey takes, in bytes."""

SILENT = 12
"""Requests in a row without an answer after which the site is given up."""

_TOGETHER = 4
_BUSY = frozenset({429, 502, 503, 504})
_CHANCE = frozenset({"timeout", "reset", "truncated"})
_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
"""Seconds before an address is asked for a second time."""
_FILES = (
    ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".pdf", ".wps", ".et", ".zip", ".rar", ".7z", ".txt", ".xml",
    ".jpg", ".jpeg", ".png", ".gif", ".bmp", ".ico", ".swf", ".css", ".js", ".mp3", ".mp4", ".wmv", ".flv", ".avi",
    ".exe", ".apk", ".tif", ".json",
)  # fmt: skip


class Sampler:
    """The one way to the old server; counts what it asks."""

    def __init__(self, client: Client, rules: UrlRules, reader: PageReader, tell: Callable[[int], None]) -> None:
        self._client = client
        self._rules = rules
        self._reader = reader
        self._tell = tell
        self._targets = Targets(rules)
        self._robots: Robots | None = None
        self.visits: dict[str, Visit] = {}
        """Canonical URL → what it answered."""
        self.requests = 0
        self._silent = 0
        self._allowed: dict[str, bool] = {}
        self.refused: set[str] = set()
        """Addresses that robots.txt forbids."""

    @property
    def left(self) -> int:
        """Return how many requests may still be sent."""
        return MAX_REQUESTS - self.requests

    def obey(self, robots: Robots) -> None:
        """Ask for nothing from now on that robots.txt forbids, and no faster than it allows."""
        self._robots = robots
        if robots.rate:
            self._client.limit_rate(robots.rate)

    def may_ask(self, url: str) -> bool:
        """Say whether an address may be asked for: a page of the site, no trap, not forbidden."""
        if url not in self._allowed:
            path = urlsplit(url).path
            self._allowed[url] = not path.lower().endswith(_FILES) and not is_trap(path) and self._obeys(url)
        return self._allowed[url]

    def _obeys(self, url: str) -> bool:
        if self._robots is None or self._robots.allowed(url):
            return True
        self.refused.add(url)
        return False

    async def raw(self, url: str, form: str = "") -> Response:
        """Return one answer, asked for a second time where the first came to nothing by chance."""
        response = await self._once(url, form)
        if response.status in _BUSY or response.error in _CHANCE:
            await asyncio.sleep(min(retry_after(response) or _PAUSE, _LONGEST_PAUSE))
            response = await self._once(url, form)
        return response

    async def _once(self, url: str, form: str) -> Response:
        if not self.left:
            return Response(url, 0, started_at=datetime.now(UTC), error="over-budget")
        self.requests += 1
        self._tell(self.requests)
        response = await self._client.fetch(url, form=form)
        self._silent = 0 if response.status else self._silent + 1
        if self._silent >= SILENT:
            raise ShangyiError(
                _("The old site stopped answering: {reason}").format(reason=response.error),
                _("Try again later, more slowly: --rate 0.5"),
            )
        return response

    async def get(self, url: str) -> Visit:
        """Return what an address of the site says, redirects followed; from memory where it was asked before."""
        target = self._targets.resolve(Page.at(url), url)
        if target is None or not target.own or not target.key:
            return Visit(url, url, 0, error="bad-url")
        if target.key not in self.visits:
            self.visits[target.key] = await self._ask(target.url, target.key)
        return self.visits[target.key]

    async def answer(self, link: Named) -> Visit:
        """Return what a script's question to the server brings: its form posted, if it has one."""
        if link.key not in self.visits:
            response = await self.raw(link.url, link.form)
            self.visits[link.key] = self.read(link.url, response, link.key, link.form)
        return self.visits[link.key]

    async def _ask(self, url: str, key: str) -> Visit:
        for _hop in range(MAX_HOPS):
            response = await self.raw(url)
            visit = self.read(url, response, key)
            location = response.header("Location") if 300 <= response.status < 400 else ""
            target = self._targets.resolve(Page.at(url), decode(location.encode("latin-1")).text) if location else None
            if target is None or not target.own or not self.left:
                break
            url = target.url
        return visit

    def read(self, url: str, response: Response, key: str = "", form: str = "") -> Visit:
        """Return what an answer says; `key` is the address that was asked for first, `form` what was posted there."""
        seconds = (datetime.now(UTC) - response.started_at).total_seconds()
        visit = unread(url, key or canonical(url, self._rules), response, seconds)
        return self._reader.read(visit, response, form) if response.status == 200 and not response.error else visit

    async def get_all(self, urls: Iterable[str], most: int) -> list[Visit]:
        """Return what addresses say: at most `most` of them, and never more than the budget allows."""
        found: list[Visit] = []
        todo = list({own_key(url, self._rules): url for url in urls if self.may_ask(url)}.values())
        for start in range(0, len(todo), _TOGETHER):
            batch = todo[start : start + min(_TOGETHER, most - len(found), self.left)]
            if not batch:
                break
            found += await asyncio.gather(*(self.get(url) for url in batch))
        return found
