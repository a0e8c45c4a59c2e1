"""The frozen types that pass between rooms. Every one is plain data: it can be written as JSON and read back.

A `Resource` is one URL as captured, a `Record` the fields read from it, an `Entry` what becomes of it.
"""

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from migrate.changes import FieldChange

HTML_TYPES = ("text/html", "application/xhtml+xml")
"""Media types of pages."""

UNRELIABLE = "unreliable"
"""Reason of a 4xx answer from a capture in which the old site was not itself: nothing is gone because of it."""

BUILT_IN = "(built in)"
"""Stands where the rule's name would, when no line of the mapping took it."""
DECISION = "(decision)"
"""Stands where the rule's name would, when a person ruled."""
MAP_RULE = "(redirect map)"
"""Stands where the rule's name would, when a redirect map said it."""

UNSCREENED = "unscreened"
"""What holds a page that no machine could read: nobody has looked for personal data in it."""

LIST_DATA = "list-data"
"""Reason of a record that is no page but what a script of a list asked for, in XML or JSON."""
PERSONAL_FILE = "personal-data-in-file"
"""What holds a file with personal data in it, and the pages that offer it."""


class Kind(StrEnum):
    """What a resource of the old site is (design §2)."""

    HOME = "home"
    LIST = "list"
    ARTICLE = "article"
    ATTACHMENT = "attachment"
    IMAGE = "image"
    OTHER = "other"


class Outcome(StrEnum):
    """What becomes of an old URL (design §2)."""

    MOVE = "move"
    REDIRECT = "redirect"
    ARCHIVE = "archive"
    GONE = "gone"
    UNDECIDED = "undecided"
    FAILED = "failed"
    """Not a ruling but a state: fetching failed for now, the next harvest tries again."""


STRONGEST_FIRST = (Outcome.MOVE, Outcome.UNDECIDED, Outcome.ARCHIVE, Outcome.REDIRECT, Outcome.GONE)
"""A file that several pages use takes the outcome that loses least."""


class Level(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a person must look at."""

    level: Level
    check: str
    """Stable identifier of the check, e.g. `harvest.dead-link`: room, dot, what."""
    url: str
    """The old URL (canonical) or portal address that it is about; empty: the whole site."""
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What a check found wrong, in the parts that a person needs to mend it."""

    level: Level
    check: str
    """Stable identifier, e.g. `check.dead-link`."""
    url: str
    """Old URL (canonical), or the portal page on which a link stands."""
    message: str
    repair: str
    """What to do about it."""
    tag: str = ""
    """Of a link: its element."""
    text: str = ""
    """Of a link: what a reader sees of it."""
    target: str = ""
    """Of a link: where it leads; else where the old URL should lead or does."""
    pages: int = 1
    """How many pages have the same link; `url` is the first."""

    @property
    def finding(self) -> Finding:
        """Return it as the ledger keeps it."""
        link = f"{self.tag} “{self.text}” → {self.target}: " if self.tag else ""
        return Finding(self.level, self.check, self.url, link + self.message, self.repair)


@dataclass(frozen=True, slots=True)
class Resource:
    """One URL of the old site as captured: a row of the ledger that leads back to the bytes."""

    key: str
    """Canonical URL under the cautious rules."""
    url: str
    """The spelling that was requested."""
    status: int
    """HTTP status; 0 where no response came."""
    media_type: str
    """From the Content-Type header, lower case, without parameters; empty if none."""
    digest: str
    """`sha256:<hex>` of the stored body (content coding as sent); empty without a body."""
    length: int
    """Bytes of the stored body."""
    warc_file: str
    warc_offset: int
    """Where the response (or revisit) record begins, in bytes of the compressed file."""
    fetched_at: str
    """ISO 8601, UTC."""
    location: str = ""
    """Canonical URL of the redirect's target, for 3xx."""
    reason: str = ""
    """Why there are no bytes, or why they can't be trusted."""
    capture: str = ""
    """Stamp of the capture, e.g. 20261121T0930."""
    encoding: str = ""
    """For pages: the encoding that was decided and on what evidence, e.g. `gb18030 meta`."""
    filename: str = ""
    """What Content-Disposition calls the file."""
    etag: str = ""
    modified: str = ""
    """ETag and Last-Modified as sent, where they can be relied on: with them a delta asks whether anything changed."""

    @property
    def ok(self) -> bool:
        """Whether the old server gave this resource's bytes."""
        return self.status == 200 and not self.reason


@dataclass(frozen=True, slots=True)
class Field:
    """One extracted value with its evidence."""

    value: str
    origin: str
    """Where it came from: `meta:PubDate`, `label:发布时间`, `script:pubdata`, `selector:h1`, `list:<url>`, `url` …"""
    confidence: float
    """0 to 1; below 0.5 an editor should look."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where something came from that is no single value: the breadcrumb, the body, a file."""

    origin: str
    """`selector:#zoom`, `line`, `meta:ColumnName`, `link`, `img`, `img:data-src`, `frame`, `beside the body` …"""
    confidence: float
    """0 to 1; below 0.5 an editor should look."""


@dataclass(frozen=True, slots=True)
class FileLink:
    """An attachment or image that a record's body uses."""

    url: str
    """Absolute URL on the old site, as spelled (resolved against the page); of a file that the page itself carries,
    what `migrate.embedded` calls it."""
    name: str
    """What a reader calls it: real file name for attachments, alternative text for images."""
    media_type: str = ""
    """By the file's first bytes, else as its server said; empty where it was never captured."""
    length: int = 0
    """Bytes as captured."""
    digest: str = ""
    """`sha256:<hex>` of these bytes."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One line of a list page: evidence about the article that it links to."""

    url: str
    title: str
    published: str = ""
    """ISO date, or empty when the line shows none (or no year)."""


@dataclass(frozen=True, slots=True)
class Record:
    """The fields taken from one HTML resource. `kind` says whether it is an article at all."""

    key: str
    kind: Kind
    reason: str = ""
    """Why it is no article: `error-page`, `meta-refresh:<url>`, `empty`, `list` …"""
    title: Field | None = None
    published: Field | None = None
    """ISO 8601 date or local date-time (Asia/Shanghai) shown as publication. Never today, never 成文日期."""
    written_on: Field | None = None
    source: Field | None = None
    author: Field | None = None
    document_number: Field | None = None
    policy_head: Mapping[str, Field] = field(default_factory=dict)
    """index_no, subject_class, issuer, subject_words, validity … (domain.md §3.4)."""
    breadcrumb: tuple[str, ...] = ()
    """Column names from the top, without the home page and without the article's own title."""
    meta: Mapping[str, str] = field(default_factory=dict)
    """META name → content, as found."""
    body: str = ""
    """Sanitised HTML; links and images are absolute URLs on the old site."""
    attachments: tuple[FileLink, ...] = ()
    images: tuple[FileLink, ...] = ()
    held: tuple[str, ...] = ()
    """Why a person must look before it is shown (design §7): `identity-number`, `bank-card`, `mobile-numbers`,
    `injected-link`, `injected-script`, `personal-data-in-file`, `unscreened`."""
    listings: tuple[Listing, ...] = ()
    """For list and home pages: the lines."""
    evidence: str = ""
    """Family and encoding that were decided, for `shangyi show`."""
    origins: Mapping[str, Provenance] = field(default_factory=dict)
    """`breadcrumb`, `body`, and the address of each attachment and image → where it came from, for `shangyi show`."""


@dataclass(frozen=True, slots=True)
class OldColumn:
    """A column of an old site, as a sample of its pages shows it."""

    path: tuple[str, ...]
    """Its name, after the names of the columns above it."""
    url: str
    """Its list, or its only page."""
    articles: int
    """About how many it holds; 1 for a single page."""
    pages: int
    """Pages of its list."""
    newest: str = ""
    """ISO date of its newest item, where one is shown."""
    single: bool = False
    """The menu leads straight to its one page."""
    unread: bool = False
    """Known from the menus alone: its list was not read."""
    column_type: str = ""
    """META ColumnType."""
    rows: tuple[str, ...] = ()
    """Canonical URLs (cautious rules) of articles that belong to it."""
    titles: tuple[str, ...] = ()
    crumbs: tuple[tuple[str, ...], ...] = ()
    """Breadcrumbs of those articles that were read."""


@dataclass(frozen=True, slots=True)
class Content:
    """What an entry brings into the portal, if it is a page."""

    title: str
    published: str
    written_on: str
    source: str
    author: str
    document_number: str
    policy_head: Mapping[str, str]
    body: str
    attachments: tuple[FileLink, ...]
    images: tuple[FileLink, ...]
    evidence: Mapping[str, Field] = field(default_factory=dict)
    """Field name → where its value came from."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One old URL with its outcome and, if it moves, the content to import."""

    key: str
    """Canonical URL under the site's rules."""
    url: str
    """One original spelling."""
    kind: Kind
    outcome: Outcome
    rule: str
    """Name of the mapping rule that took it, or BUILT_IN."""
    reason: str = ""
    """Why, for people: shown on the 410 page and in reports."""
    template: str = ""
    """Template of the column, for pages that move."""
    target: str = ""
    """Portal path of the column (move, redirect), e.g. /towns/dahe/notices/."""
    follows: str = ""
    """Canonical URL of the old address that this one leads to (redirects of the old site)."""
    held: tuple[str, ...] = ()
    """By screening; for files also where only held pages use them."""
    used_by: tuple[str, ...] = ()
    """Canonical URLs of the pages that it follows: who decides on them decides on it."""
    title: str = ""
    column: str = ""
    """Old column name, for browsing archived copies."""
    published: str = ""
    name: str = ""
    """File name shown to visitors, for attachments and images."""
    media_type: str = ""
    digest: str = ""
    warc_file: str = ""
    warc_offset: int = -1
    content: Content | None = None
    content_hash: str = ""
    """Of everything that import writes for this entry."""


@dataclass(frozen=True, slots=True)
class FileItem:
    """An attachment or image on its way into the portal."""

    entry: Entry
    pieces: Callable[[], Iterable[bytes]]
    """Gives its bytes, content coding undone, from the first at each call. Raises ShangyiError where they are torn."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of an item: `created`, `merged`, `updated`, `unchanged`, `unpublished`, `leftover`, `refused`,
    `edited`, `partly` (edited, and of the new version some fields were written), `failed`; with a message."""

    key: str
    status: str
    message: str = ""


Reading = Callable[[], FileItem | Stored]
"""Looks up one file: gives it, or why there is none (`refused`, `failed`). Several are called at once."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the portal already has of an entry."""

    content_hash: str
    state: str
    """live (all of it), draft (the page, or its newest version), stored (a file), deleted."""
    touched: bool = False
    """An editor has changed, published, taken down or deleted it since."""
    unresolved: tuple[str, ...] = ()
    """Links in its body that led nowhere yet: canonical on the site's own hosts, absolute elsewhere."""
    public: bool = False
    """It is a page, and visitors see it."""
    parts: bool = False
    """It shared another's page, and is no longer the same or was ruled to stay apart: it gets a page of its own."""


class Judged(NamedTuple):
    """What would become of a page."""

    stored: Stored
    changes: tuple[FieldChange, ...] = ()
    """What differs."""
    waiting: tuple[str, ...] = ()
    """Of the fields that differ: those that would not be written, because an editor changed the page."""


class Coming(NamedTuple):
    """What an import brings before it writes pages, seen from the importer."""

    new: Mapping[str, Kind]
    """Keys that get a page or file only with this import."""
    read: Callable[[Iterable[str]], Iterable[Entry]]
    """Keys → entries."""
    file: Callable[[Entry], FileItem | Stored]
    """Gives one of these files, or why there is none."""


class Afterwards(NamedTuple):
    """What an import does once pages are placed, seen from the importer."""

    retired: list[Entry]
    """What is known and no longer moves."""
    parted: list[Entry]
    """What leaves a page that it shared."""
    coming: Coming
    look: Callable[[Mapping[str, Known]], tuple[Iterable[list[Entry]], Mapping[str, Entry]]]
    """Pages with open links, as they then are → those that are looked at, in batches, and what their links lead to."""


@dataclass(frozen=True, slots=True)
class Ruled:
    """A person's decision on one old URL, as the portal keeps it."""

    outcome: str
    column: str
    reason: str
    release: bool
    captured: bool = False
    """The portal has what was captured at it, whatever the ledger has now."""
    accepted: str = ""
    """What was looked at (`ruled.look_of`): for that alone the release holds; empty: for whatever comes."""
    masks: str = ""
    """Reasons whose numbers are masked, parted by blanks."""


@dataclass(frozen=True, slots=True)
class Account:
    """What became of every URL found (design §1): URLs, counted once each under the site's rules."""

    found: int
    """Distinct canonical URLs on own hosts that were fetched or linked; counted from captures and links."""
    moved: int
    redirected: int
    archived: int
    gone: int
    undecided: int
    failed: int
    balanced: bool
    """Every URL found has exactly one entry, and there is no entry that was never found."""
    missing: tuple[str, ...] = ()
    """Found, but without an entry: at most 20 examples."""
    extra: tuple[str, ...] = ()
    """Entries that were never found: at most 20 examples."""

    def summary(self) -> dict[str, int | bool]:
        """Return the eight stable keys of `shangyi status --json` (design §5)."""
        names = ("found", "moved", "redirected", "archived", "gone", "undecided", "failed", "balanced")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class CheckSummary:
    """What one check asked and what came of it; a check without a summary was never run."""

    name: str
    """balance, redirects, links or content."""
    asked: int
    """Old URLs (balance, redirects, content) or portal pages (links)."""
    passed: int
    failed: int
    skipped: int
    """Not asked, e.g. drafts, which no visitor sees."""
    checked_at: str
    """ISO 8601, UTC."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Further numbers worth showing, e.g. links seen."""


def to_json(value: Any) -> str:
    """Return a dataclass (or plain data) as canonical JSON: sorted keys, no blanks, Chinese kept."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_as_mapping)


def _as_mapping(value: Any) -> dict[str, Any]:
    """Return a dataclass as a mapping, its parts as they are: `asdict` would copy each of them."""
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def fingerprint(value: Any) -> str:
    """Return `sha256:<hex>` of the canonical JSON: equal data, equal fingerprint."""
    return "sha256:" + hashlib.sha256(to_json(value).encode()).hexdigest()


def _field(data: Mapping[str, Any] | None) -> Field | None:
    return Field(**data) if data else None


def _fields(data: Mapping[str, Mapping[str, Any]]) -> dict[str, Field]:
    return {name: Field(**value) for name, value in data.items()}


def _links(data: list[Mapping[str, Any]]) -> tuple[FileLink, ...]:
    return tuple(FileLink(**link) for link in data)


def record_from_json(text: str) -> Record:
    """Return the Record that `to_json` wrote."""
    data = json.loads(text)
    for name in ("title", "published", "written_on", "source", "author", "document_number"):
        data[name] = _field(data[name])
    return Record(
        **data
        | {
            "kind": Kind(data["kind"]),
            "policy_head": _fields(data["policy_head"]),
            "breadcrumb": tuple(data["breadcrumb"]),
            "attachments": _links(data["attachments"]),
            "images": _links(data["images"]),
            "held": tuple(data["held"]),
            "listings": tuple(Listing(**line) for line in data["listings"]),
            "origins": {name: Provenance(**value) for name, value in data.get("origins", {}).items()},
        }
    )


def content_from_json(data: Mapping[str, Any]) -> Content:
    """Return the Content that was written as part of an Entry."""
    return Content(
        **dict(data)
        | {
            "attachments": _links(data["attachments"]),
            "images": _links(data["images"]),
            "evidence": _fields(data["evidence"]),
        }
    )


def entry_from_json(text: str) -> Entry:
    """Return the Entry that `to_json` wrote."""
    data = json.loads(text)
    content = data["content"]
    return Entry(
        **data
        | {
            "kind": Kind(data["kind"]),
            "outcome": Outcome(data["outcome"]),
            "held": tuple(data["held"]),
            "used_by": tuple(data["used_by"]),
            "content": content_from_json(content) if content else None,
        }
    )
