"""What is true of a demo site: its answers and the manifest against which every later stage can be measured."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from migrate.urls import DEFAULT_DOCUMENTS, UrlRules, canonical


@dataclass(frozen=True, slots=True)
class Answer:
    """What the old server says to one request."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


Script = Callable[[Mapping[str, str], Mapping[str, str]], Answer | None]
"""What an old server computes from the fields of the query and of the posted form; None: it has no such thing."""


@dataclass(frozen=True, slots=True)
class TrueFile:
    """An attachment or image that an article's body uses."""

    url: str
    """Absolute, as a browser would resolve the link."""
    name: str
    """Link text of an attachment, alternative text of an image."""
    media_type: str
    """What the bytes are, whatever the server says."""
    sha256: str
    """`sha256:<hex>` of the body; empty where the server has no such file (a dead link)."""


@dataclass(frozen=True, slots=True)
class TrueArticle:
    """One article as its editor meant it."""

    url: str
    """Absolute, in the spelling that lists use."""
    spellings: tuple[str, ...]
    """Other absolute addresses of the same article that pages of the site link to, sorted."""
    title: str
    published: str
    """ISO date `2016-05-03`, or local date-time `2016-05-03T09:12` where the page shows the time; empty if nowhere."""
    source: str
    author: str
    document_number: str
    policy_head: Mapping[str, str]
    """Label → value of the head table of a policy document, in order; empty for others."""
    column: tuple[str, ...]
    """Column names from the top, without the home page."""
    text: str
    """Plain text of the body: a line a paragraph, a line a table row, tabs between cells. Compare without blanks."""
    attachments: tuple[TrueFile, ...]
    images: tuple[TrueFile, ...]
    traps: tuple[str, ...]
    """What is the matter with it: `identity-number`, `mobile-numbers`, `injected-link`, `date-only-in-list` …"""


@dataclass(frozen=True, slots=True)
class TrueList:
    """One page of a list."""

    url: str
    column: tuple[str, ...]
    page: int
    """From 1; 0 for a landing page that shows several columns."""
    articles: tuple[str, ...]
    """Absolute URLs of the articles it lists, in order, as linked."""


@dataclass(frozen=True, slots=True)
class TrueLink:
    """A link that something is to be said about, with one page that has it."""

    url: str
    referrer: str


@dataclass(frozen=True, slots=True)
class Forward:
    """An address that sends its visitor on."""

    url: str
    target: str
    how: str
    """`http` (302) or `meta` (refresh)."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """All that is true of one demo site. Every URL is absolute; `records.to_json` writes it as manifest.json."""

    site: str
    name: str
    url: str
    aliases: tuple[str, ...]
    site_code: str
    articles: tuple[TrueArticle, ...]
    lists: tuple[TrueList, ...]
    dead_links: tuple[TrueLink, ...]
    """Addresses on the site's own hosts that pages link to and that answer 404."""
    soft_errors: tuple[TrueLink, ...]
    """Error pages with status 200."""
    forwards: tuple[Forward, ...]
    injected_links: tuple[TrueLink, ...]
    foreign_links: tuple[TrueLink, ...]
    """Links to other hosts that an editor meant to set."""
    disallowed: tuple[TrueLink, ...]
    """Linked addresses that robots.txt forbids."""
    counts: Mapping[str, int]
    """`articles`, `lists`, `images`, `attachments` (distinct files that bodies use), `dead_links`, `soft_errors`,
    `addresses` (distinct addresses on own hosts that pages name, spellings folded), `column:<name>` (articles)."""


@dataclass(frozen=True, slots=True)
class DemoSite:
    """A whole old site: what it answers, and what is true of it."""

    host: str
    aliases: tuple[str, ...]
    answers: Mapping[str, Answer]
    """By path and query, in the spelling that the site's own lists use."""
    folded: Mapping[str, str]
    """Address without case and noise → key of `answers`: to IIS, `Show.asp?ID=1` and `show.asp?id=1&t=2` are one."""
    not_found: Answer
    truth: Manifest
    scripts: Mapping[str, Script] = field(default_factory=dict)
    """Path → what the server computes there; only these take forms."""

    def answer(self, target: str) -> Answer | None:
        """Return what the server says to a request as `OldServer` has it; its 404 page for the unknown."""
        target, posted, form = target.partition(" ")
        path, _mark, query = target.partition("?")
        if script := self.scripts.get(path):
            return script(_fields(query), _fields(form)) or self.not_found
        if posted:
            return None
        key = target if target in self.answers else self.folded.get(fold(self.host, target), "")
        return self.answers.get(key, self.not_found)


def _fields(encoded: str) -> dict[str, str]:
    return dict(parse_qsl(encoded, keep_blank_values=True))


def fold(host: str, target: str) -> str:
    """Return the one address behind all spellings of a target that the old server treats alike; empty for no target."""
    rules = UrlRules(host, frozenset(), False, ("id", "cid", "page"), DEFAULT_DOCUMENTS)
    try:
        return canonical(f"http://{host}{target}", rules)
    except ValueError:
        return ""
