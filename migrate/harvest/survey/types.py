"""What a survey is asked, what one page of the sample says, and what the survey found."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from migrate.families import Detection
from migrate.harvest.reading import Named
from migrate.records import OldColumn, Record

MAX_REQUESTS = 200
"""Requests that one survey may send, robots.txt and repeated ones included."""


@dataclass(frozen=True, slots=True)
class SurveyRun:
    """What the command line asks of a survey."""

    url: str
    """Any address of the site."""
    rate: float | None = None
    """Requests a second; None takes the customary two."""
    resolve: Mapping[str, str] = field(default_factory=dict)
    """host → address[:port]."""
    contact: str = ""
    """Whom the site's people can turn to."""


class Fetched(NamedTuple):
    """A page as it came, for whoever reads its fields."""

    url: str
    body: bytes
    """Content coding undone."""
    content_type: str


Reader = Callable[[Fetched], Record]
"""Reads a page's fields: title, kind, breadcrumb, lines."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One address that was asked for, and what its answer says. Bodies are not kept."""

    key: str
    url: str
    """The one that answered: redirects on the way followed."""
    status: int
    error: str = ""
    digest: str = ""
    """Of the body as sent."""
    seconds: float = 0.0
    software: str = ""
    """What the server calls itself."""
    record: Record | None = None
    said: str = ""
    """Fingerprint of title, text and lines: pages that differ in a counter only have the same."""
    links: tuple[Named, ...] = ()
    """Each target once, with the words that name it best."""
    detection: Detection | None = None
    encoding: str = ""
    """Encoding and evidence, e.g. `gb18030 meta`."""
    damaged: int = 0
    total: int = 0
    """Number of items that a list claims; 0: none."""
    pages: int = 1
    """Pages that a list claims or links to."""
    column: str = ""
    """Name of the column that an answer in JSON says it is of."""
    marks: Mapping[str, str] = field(default_factory=dict)
    injected_hosts: Mapping[str, int] = field(default_factory=dict)
    injected_scripts: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether it is a page that says something."""
        return self.status == 200 and not self.error and self.record is not None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter, and whether pages differ by it."""

    name: str
    matters: bool
    evidence: str


@dataclass(frozen=True, slots=True)
class Trap:
    """Something that a harvest must know of: `soft-404`, `calendar`, `growing-path`, `challenge`, `robots` …"""

    kind: str
    url: str
    """One example."""
    note: str
    exclude: str = ""
    """Path glob that keeps a harvest out of it; empty where none is needed."""


@dataclass(frozen=True, slots=True)
class HostUse:
    """A host that pages name."""

    host: str
    kind: str
    """`own` (an alias that answers alike), `same-domain`, `address` (a bare IP address) or `foreign`."""
    files: int
    """Pages' images, scripts and documents from there."""
    links: int


@dataclass(frozen=True, slots=True)
class Speed:
    """How quickly the old server answers, in seconds from the request to the whole body."""

    median: float
    slowest: float
    errors: int
    """Requests without an answer, or with 5xx."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What a sample of the site's pages shows."""

    url: str
    """The home page."""
    name: str
    unit: str
    aliases: tuple[str, ...]
    software: str
    family: str
    family_share: float
    """Share of the pages that speak for it."""
    family_evidence: tuple[str, ...]
    encodings: Mapping[str, int]
    """Encoding and evidence → pages."""
    columns: tuple[OldColumn, ...]
    unseen: tuple[str, ...]
    """Names of columns that the sample did not reach."""
    parameters: tuple[Parameter, ...]
    case_sensitive: bool | None
    """None where no address could tell."""
    case_evidence: str
    default_documents: tuple[str, ...]
    """File names that were seen to mean their folder."""
    traps: tuple[Trap, ...]
    marks: Mapping[str, str]
    """`site_code`, `icp`, `police`, `conac`, `unit` → what the pages say."""
    injected: Mapping[str, int]
    """Foreign host → links hidden in the pages, scripts counted too."""
    hosts: tuple[HostUse, ...]
    speed: Speed
    requests: int
    pages: int
    """Pages read."""
