"""What a harvest is asked, what it tells while it runs, and what it did."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class HarvestRun:
    """What the command line asks of one run."""

    limit: int | None = None
    """Most URLs of the capture; None takes the site file's."""
    rate: float | None = None
    """Requests a second, instead of the site file's; 0 means as fast as the server answers."""
    resolve: Mapping[str, str] = field(default_factory=dict)
    """host → address[:port], laid over the site file's."""
    fresh: bool = False
    """Start a full capture anew, whatever there is."""
    delta: bool = False
    """After a finished capture, ask for everything known again."""
    browser: Literal["off", "empty", "all"] | None = None
    """Which pages a browser sees, instead of the site file's."""
    source: Path | None = None
    """WARC or WACZ files, or a folder, that are taken in instead of asking the old site."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a running harvest stands."""

    fetched: int
    queued: int
    failed: int
    bytes: int
    url: str
    """What was fetched last."""
    rate: float
    """Requests a second that are sent at most now; 0: no limit. Less than agreed while the server is in trouble."""
    closed_until: datetime | None
    """When fetching goes on, in Beijing time; None within the allowed hours."""


@dataclass(frozen=True, slots=True)
class HarvestSummary:
    """What one run did; plain data, so it can be printed as JSON."""

    site: str
    capture: str
    """Stamp of the capture; the last finished one where nothing was left to do."""
    kind: str
    """`full` or `delta`."""
    state: str
    """`finished`, or `unchanged` where nothing was left to do."""
    resumed: bool
    found: int
    """URLs that the capture knows: fetched, failed and skipped."""
    new: int
    """Addresses that gave something for the first time."""
    changed: int
    """Addresses that gave something else than before, or lead elsewhere now."""
    gone: int
    """Addresses that gave something before and are answered with 404, 410 and the like now."""
    unchanged: int
    """Addresses that answered as before. Nothing is stored of them but that they were asked."""
    unreliable: str
    """Why nothing is concluded to be gone: `replaced` (the home page or most pages have become one text), `home` (the
    home page failed), `answers` (fewer than 80 % of the known pages answered), `missing` (fewer than half of them are
    still there); empty where the capture can be relied on."""
    statuses: Mapping[str, int]
    """Answers by class: `2xx`, `3xx`, `4xx`, `5xx`, and `none` where no answer came; a 304 as what it confirms."""
    failed: int
    skipped: Mapping[str, int]
    """Reason (robots, excluded, limit, max-total, trap, endless, session, repeats, too-large) → URLs."""
    bytes: int
    """Bytes of stored bodies."""
    fetched_now: int
    """Answers archived by this run alone, redirects on the way included."""
    seconds: float
    findings: int
