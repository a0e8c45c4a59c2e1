"""robots.txt, read as RFC 9309 has it."""

from protego import Protego  # type: ignore[import-untyped, unused-ignore]

from migrate.encoding import decode
from migrate.http.types import Response

AGENT = "shangyi"
"""The product token that robots.txt may name."""

MAX_ROBOTS = 512_000
"""Bytes of robots.txt that are read (RFC 9309 §2.5 asks for at least 500 KiB)."""


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

    def allowed(self, url: str) -> bool:
        """Say whether a URL may be fetched."""
        return bool(self._rules.can_fetch(url, AGENT))
