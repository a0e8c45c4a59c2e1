"""What goes into the client and what comes out: plain frozen data, no aiohttp."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

from migrate import __version__
from migrate.http.credentials import Credentials
from migrate.http.hours import Hours

AGENT = "shangyi"
"""The product token of the User-Agent header, which robots.txt may name."""

_MAILBOX = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)

HeaderPairs = tuple[tuple[bytes, bytes], ...]
"""Header names and values as sent, in order."""


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """How to fetch. Nothing here is global: many clients can run in one process."""

    allowed: Callable[[str], bool]
    """Says of a lower-case host name whether it may be contacted at all."""
    rate: float = 2.0
    """Requests a second to one host; 0 means no limit."""
    adapts: bool = True
    """Ask a host less often while it takes longer to answer than it did: old servers are weak."""
    concurrency: int = 4
    """Open connections to one host."""
    timeout: float = 15.0
    """Seconds of silence after which a response is given up."""
    max_bytes: int = 200_000_000
    """Largest body taken, in bytes."""
    resolve: Mapping[str, str] = field(default_factory=dict)
    """host → address or address:port. Only these may be private addresses."""
    purpose: str = "archiving this site before it is closed"
    """What we ask for: told in the User-Agent header."""
    contact: str = ""
    """Whom to turn to about our requests: told in the User-Agent header, a mail address in From as well."""
    credentials: Credentials | None = None
    """What opens a protected site."""
    old_tls: bool = False
    """Put up with old TLS and with certificates that nobody vouches for; see Client.tls_faults."""
    hours: Hours | None = None
    """When the hosts may be asked; None: always."""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    """The clock that `hours` are read by."""
    retries: int = 2
    """Further tries after 429, 5xx, a reset or a timeout."""
    backoff: float = 0.5
    """Seconds before the first further try; doubled for each next one."""
    spool: Path | None = None
    """Folder for bodies larger than SPOOLED, as they arrive; without one they are kept in memory."""

    @property
    def user_agent(self) -> str:
        """Return the User-Agent header: who asks, what for, and whom to turn to (RFC 9110 §10.1.5)."""
        contact = "".join(letter for letter in self.contact if " " <= letter <= "~" and letter not in "()\\").strip()
        return f"{AGENT}/{__version__} ({self.purpose}{contact and f'; {contact}'})"

    @property
    def mailbox(self) -> str:
        """Return the mail address in `contact`, for the From header; empty if there is none."""
        found = _MAILBOX.search(self.contact)
        return found[0] if found else ""


SPOOLED = 2_000_000
"""Bytes of a body beyond which it goes to disk."""


@dataclass(frozen=True, slots=True)
class Spool:
    """A large body on disk. Who takes it removes it."""

    path: Path
    length: int
    """Bytes."""
    sha256: str
    """Hexadecimal."""


class Fault(NamedTuple):
    """What is wrong with the TLS of a host."""

    host: str
    code: str
    """`tls-expired`, `tls-not-yet-valid`, `tls-self-signed`, `tls-wrong-host`, `tls-untrusted` or `tls-old`."""
    detail: str
    """OpenSSL's words."""


@dataclass(frozen=True, slots=True)
class Response:
    """One answer, as sent. `error` says why there is none, or why its body can't be trusted.

    Errors: `timeout`, `reset`, `refused`, `dns`, `tls-…` (see Fault), `proxy`, `bad-response`, `bad-url`,
    `host-not-allowed`, `private-address` (no answer, status 0); `truncated`, `too-slow`, `too-large` (an answer with
    part of its body).
    """

    url: str
    """The URL that was asked for."""
    status: int
    reason: str = ""
    """Reason phrase."""
    version: str = "1.1"
    """HTTP version of the answer."""
    raw_headers: HeaderPairs = ()
    body: bytes = b""
    """Content coding as sent, transfer coding undone. Of a spooled one, the beginning."""
    request: bytes = b""
    """Request as sent: head, and the form if one was posted."""
    started_at: datetime = datetime.min
    """When the request went out, UTC."""
    error: str = ""
    spool: Spool | None = None
    """Where all of a large body is."""
    _first: dict[bytes, bytes] = field(default_factory=dict, init=False, repr=False, compare=False)
    """Lower-case name → first value, once somebody asked for a header: of each answer a dozen are asked for."""

    @property
    def length(self) -> int:
        """Return the bytes of the whole body."""
        return self.spool.length if self.spool else len(self.body)

    def beginning(self, limit: int) -> bytes:
        """Return the body's first `limit` bytes."""
        if self.spool is None or limit <= len(self.body):
            return self.body[:limit]
        with self.spool.path.open("rb") as file:
            return file.read(limit)

    def discard(self) -> None:
        """Remove a spooled body from disk."""
        if self.spool is not None:
            self.spool.path.unlink(missing_ok=True)

    def header(self, name: str) -> str:
        """Return the first value of a header, Latin-1 as HTTP has it; empty if there is none."""
        if not self._first:
            self._first.update((key.lower(), value) for key, value in reversed(self.raw_headers))
        value = self._first.get(_lower(name))
        return value.decode("latin-1").strip() if value else ""


@cache
def _lower(name: str) -> bytes:
    return name.lower().encode("latin-1")
