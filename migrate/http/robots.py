"""robots.txt, read as RFC 9309 has it."""

from protego import Protego  # type: ignore[import-untyped, unused-ignore]

from migrate.encoding import decode
from migrate.http.types import AGENT, Response

MAX_ROBOTS = 512_000
"""Bytes of robots.txt that are read (RFC 9309 §2.5 asks for at least 500 KiB)."""

_LONGEST = 86_400
"""Seconds between two requests, beyond which they make no difference; keeps senseless numbers from overflowing."""


class Robots:
    """What one robots.txt allows us. A 4xx answer, or HTML in its place, allows everything (RFC 9309 §2.3.1.3)."""

    def __init__(self, response: Response, body: bytes) -> None:
        """Read the answer; `body` is without content codings."""
        usable = response.status == 200 and body.lstrip()[:1] != b"<"
        self.text = decode(body[:MAX_ROBOTS], response.header("Content-Type")).text if usable else ""
        """What was read; with it the same can be allowed again."""
        self._rules = Protego.parse(self.text)

    @classmethod
    def of(cls, text: str) -> "Robots":
        """Return what a robots.txt with this text allows."""
        return cls(Response("", 200), text.encode())

    @property
    def rate(self) -> float:
        """Return how many requests a second Crawl-delay and Request-rate allow; 0 where they say nothing.

        RFC 9309 has neither, but owners of old servers write them. The times that a Request-rate may be limited to
        are not looked at: it holds all day.
        """
        delay = self._rules.crawl_delay(AGENT) or 0.0
        asked = self._rules.request_rate(AGENT)
        if asked is not None:
            delay = max(delay, min(asked.seconds, _LONGEST) / min(asked.requests, _LONGEST))
        return 1 / min(delay, _LONGEST) if delay > 0 else 0.0

    def allowed(self, url: str) -> bool:
        """Say whether a URL may be fetched."""
        return bool(self._rules.can_fetch(url, AGENT))
