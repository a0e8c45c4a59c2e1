"""Asking sources, politely: allowed hosts only, each redirect looked at again, robots.txt obeyed, all archived."""

import asyncio
import json
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urljoin

from migrate.archive.warc import NOT_MODIFIED
from migrate.http import MAX_PAGE, Client, Response, decoded_body
from migrate.http.conditional import holds
from migrate.http.robots import MAX_ROBOTS, Robots
from migrate.policy.store import PolicyStore, redirect_of
from migrate.records import Resource, to_json
from migrate.urls import ascii_url, host_of

MAX_HOPS = 5
"""Redirects that are followed."""

_ROBOTS = "policy.robots"
_FRESH = timedelta(hours=24)
"""How long a copy of robots.txt is gone by (RFC 9309 §2.4)."""
_PATIENCE = 8
"""An exchange with all its retries may take this many times the timeout."""
_GIVEN_UP = 3
"""Times in a row that a host gives no answer at all before it is left alone for the rest of the round: each takes
minutes, and other sources wait."""
GONE = (404, 410)
PERMANENT = (301, 308)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of asking for an address."""

    url: str
    """Where the last answer came from."""
    status: int
    """Of the last answer; 0 where none came. A 304 counts as the 200 that it confirms."""
    error: str = ""
    """Why there is nothing to read: an error of `http.Response`, `HTTP 503`, `robots`, `robots-unreachable`,
    `host-not-allowed`, `host-silent`, `too-many-redirects`; empty where there is."""
    resource: Resource | None = None
    """What is to be read."""
    hops: tuple[int, ...] = ()
    """Statuses of the redirects on the way."""
    seconds: float = 0.0
    """How long the last answer took."""
    fresh: bool = True
    """It is not what was there before."""

    @property
    def ok(self) -> bool:
        """Whether there is something to read."""
        return self.resource is not None and not self.error

    @property
    def passing(self) -> bool:
        """Whether another time may be better."""
        lasting = ("too-large", "robots", "host-not-allowed", "too-many-redirects", "bad-url", "private-address")
        return not self.ok and self.error not in lasting and not 400 <= self.status < 429


class Asker:
    """Asks for addresses in one round."""

    def __init__(self, client: Client, store: PolicyStore, now: datetime, waived: Collection[str] = ()) -> None:
        """`waived` are the hosts whose owner allowed what robots.txt does not."""
        self._client = client
        self._store = store
        self._now = now
        self._waived = frozenset(waived)
        self._robots: dict[str, Robots | None] = {}
        self._asking: dict[str, asyncio.Lock] = {}
        self._silent: Counter[str] = Counter()
        """Host → times in a row that it gave no answer."""
        self.answering: set[str] = set()
        """Hosts that gave something good in this round."""

    async def ask(self, url: str, *, conditional: bool = True) -> Answer:
        """Return what an address gives, through redirects; never raises for what servers do.

        Raises ShangyiError where the disk is full.
        """
        hops: list[int] = []
        try:
            url = ascii_url(url)
            self._store.key(url)
        except ValueError:
            return Answer(url, 0, "bad-url")
        while True:
            if refusal := await self._refusal(url):
                return Answer(url, 0, refusal, hops=tuple(hops))
            answer, further = await self._once(url, conditional=conditional)
            if not further:
                return Answer(
                    answer.url, answer.status, answer.error, answer.resource, tuple(hops), answer.seconds, answer.fresh
                )
            hops.append(answer.status)
            if len(hops) > MAX_HOPS:
                return Answer(url, answer.status, "too-many-redirects", hops=tuple(hops))
            url = further

    async def _once(self, url: str, *, conditional: bool) -> tuple[Answer, str]:
        """Return one answer, and where it redirects to."""
        before = self._store.ledger.resource(self._store.key(url)) if conditional else None
        headers = _conditions(before) if before is not None and before.ok and before.digest else {}
        began = asyncio.get_running_loop().time()
        response = await self._fetch(url, headers)
        if response.status == NOT_MODIFIED and not (headers and holds(headers, response)):
            response.discard()
            response = await self._fetch(url, {})
        seconds = asyncio.get_running_loop().time() - began
        self._silent[host_of(url)] = 0 if response.status else self._silent[host_of(url)] + 1
        status, error = response.status, response.error
        row = self._store.keep(response)
        if not error and (further := redirect_of(response)):
            return Answer(url, status), further
        if not error and status == NOT_MODIFIED and row is not None:
            status = 200
        error = error or ("" if status == 200 else f"HTTP {status}")
        if not error:
            self.answering.add(host_of(url))
        fresh = before is None or row is None or row.digest != before.digest
        return Answer(url, status, error, row if not error else None, seconds=seconds, fresh=fresh), ""

    async def _fetch(self, url: str, headers: dict[str, str]) -> Response:
        try:
            async with asyncio.timeout(self._client.options.timeout * _PATIENCE):
                return await self._client.fetch(url, headers=headers)
        except TimeoutError:
            return Response(url, 0, started_at=self._now, error="timeout")

    async def _refusal(self, url: str) -> str:
        """Return why an address is not asked for; empty if it may be."""
        host = host_of(url)
        if not self._client.options.allowed(host):
            return "host-not-allowed"
        if self._silent[host] >= _GIVEN_UP:
            return "host-silent"
        if host in self._waived:
            return ""
        async with self._asking.setdefault(host, asyncio.Lock()):
            if host not in self._robots:
                self._robots[host] = await self._robots_of(url)
        rules = self._robots[host]
        if rules is None:
            return "robots-unreachable"
        return "" if rules.allowed(url) else "robots"

    async def _robots_of(self, url: str) -> Robots | None:
        """Return what robots.txt of a host allows; None where it can't be had and there is no copy of it."""
        host = host_of(url)
        copies: dict[str, dict[str, str]] = json.loads(self._store.ledger.get(_ROBOTS) or "{}")
        copy = copies.get(host)
        if copy is not None and self._now - datetime.fromisoformat(copy["at"]) < _FRESH:
            return self._paced(Robots.of(copy["text"]))
        response = await self._robots_answer(urljoin(url, "/robots.txt"))
        if response is None or not response.status or response.status >= 500:
            return Robots.of(copy["text"]) if copy is not None else None
        rules = Robots(response, decoded_body(response.raw_headers, response.beginning(MAX_ROBOTS), MAX_PAGE))
        copies[host] = {"at": self._now.isoformat(), "text": rules.text}
        with self._store.ledger.transaction():
            self._store.ledger.set(_ROBOTS, to_json(copies))
        return self._paced(rules)

    def _paced(self, rules: Robots) -> Robots:
        if rules.rate:
            self._client.limit_rate(rules.rate)
        return rules

    async def _robots_answer(self, url: str) -> Response | None:
        """Return the answer at the end of redirects; None where they lead off the allowed hosts or in circles."""
        for _hop in range(MAX_HOPS + 1):
            response = await self._fetch(url, {})
            if response.spool is None:  # a robots.txt that must lie on disk is none
                self._store.keep(response)
            further = redirect_of(response) if not response.error else ""
            if not further:
                return response
            if not self._client.options.allowed(host_of(further)):
                break
            url = further
        return Response(url, 404)


def _conditions(before: Resource) -> dict[str, str]:
    given = {"If-None-Match": before.etag, "If-Modified-Since": before.modified}
    return {name: value for name, value in given.items() if value}
