"""`mappings/families.yaml`: legacy systems as data. Which system made a page, and where it puts what.

A new dialect is added in YAML; no code changes. Patterns are compiled once, when the file is loaded.
"""

import dataclasses
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from migrate.config import strict
from migrate.errors import ConfigError
from migrate.i18n import _
from migrate.records import fingerprint

GENERIC = "generic"
"""Id of the fallback: selectors and patterns that hold for pages of any system."""

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_DETAIL_SCORE = 0.6
_LISTING_SCORE = 0.3
_MARK_SCORE = 0.4
_THRESHOLD = 0.4
_REMEMBERED = 2_000_000
"""Characters of pages that are remembered; then it begins anew."""


Grade = Literal["V", "P", "R", "A"]
"""How well something is known: V verified, P secondary source, R believed, A assumption."""

PagerName = Literal[
    "links", "numbered", "create_page", "written_pages", "jpage", "jpaas", "vsb", "ucap_search", "gkmlpt",
    "epoint", "gaps", "scripted", "callbacks", "webforms",
]  # fmt: skip
"""Functions of migrate/harvest/paging that a rule can name. `links`: plain links, nothing to do; `numbered`: data."""

WORDED: frozenset[PagerName] = frozenset({"epoint", "gaps", "scripted"})
"""Pagers that may go without marks: they are tried on pages that say 下一页."""


@dataclass(frozen=True, slots=True)
class Paging:
    """One way in which lists go on where no plain link leads on."""

    pager: PagerName
    grade: Grade
    source: str
    """Where the rule was seen."""
    marks: tuple[str, ...] = ()
    """Literal strings: the rule is tried on pages whose scripts or address have one of them."""
    count: str = ""
    """`numbered` only: regular expression on the page's scripts; its first group is the number of pages."""
    address: str = ""
    """`numbered` only: template of page `{n}`'s address, e.g. `?page={n}` or `{stem}_{n}.{ext}`."""
    line: int = field(default=0, metadata={"hidden": True})


@dataclass(frozen=True, slots=True)
class Family:
    """One legacy CMS: how its pages are known and where they keep their fields."""

    id: str
    name: str
    grade: Grade = "R"
    """Evidence grade of the entry."""
    verified: bool = False
    """Whether the selectors were tried on real pages."""
    detail: tuple[str, ...] = ()
    """Regular expressions on `path?query` of article pages."""
    listing: tuple[str, ...] = ()
    """Regular expressions on `path?query` of list pages."""
    marks: tuple[str, ...] = ()
    """Literal strings in the page's source: generator, comments, class and id names."""
    title: tuple[str, ...] = ()
    published: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    document_number: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    breadcrumb: tuple[str, ...] = ()
    """CSS selectors, best first."""
    attachments: tuple[str, ...] = ()
    """CSS selectors of what lists an article's files outside its body: each link in it to a file is an attachment."""
    error_pages: tuple[str, ...] = ()
    """Literal strings in the source of pages that say “not found” or break although they are sent with 200."""
    remove: tuple[str, ...] = ()
    """CSS selectors of what is no content although it stands inside the body."""
    scripts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Record field → names of script variables that the template writes it from."""
    url_date: tuple[str, ...] = ()
    """Regular expressions on the path with year, month, day as groups. Creation date: the weakest evidence."""
    paging: tuple[Paging, ...] = ()
    """How lists go on; of the generic family: what is tried where no system's own rule finds anything."""
    line: int = field(default=0, metadata={"hidden": True})


@dataclass(frozen=True, slots=True)
class Detection:
    """The family that a page (or site) belongs to; `generic` where none is sure enough."""

    family: str
    score: float
    """0 to 1."""
    evidence: str


@dataclass(frozen=True, slots=True)
class _File:
    generic: Family
    families: tuple[Family, ...]


@dataclass(frozen=True, slots=True)
class Patterns:
    """A family's regular expressions, compiled."""

    detail: tuple[re.Pattern[str], ...]
    listing: tuple[re.Pattern[str], ...]
    url_date: tuple[re.Pattern[str], ...]
    addresses: tuple[re.Pattern[str], ...]
    """The first two together."""
    script: re.Pattern[str] | None
    """Matches `var name = 'value'` for every script variable of the family: groups name, quote, value."""


class Marks:
    """Finds the marks of all families on a page. Most tags stand on the site's other pages, too: each is searched once,
    with the text behind it, as long as it is remembered.
    """

    def __init__(self, families: Iterable[Family]) -> None:
        """Prepare for the marks of some families."""
        marks = dict.fromkeys(mark for family in families for mark in family.marks)
        self._marks = [mark for mark in marks if "<" not in mark]
        self._across = [mark for mark in marks if "<" in mark]
        self._plain: set[str] = set()
        """Pieces of pages without a mark."""
        self._marked: dict[str, list[str]] = {}
        self._characters = 0
        """Of all these."""

    def on(self, html: str) -> set[str]:
        """Return the marks that stand in a page's source."""
        found = {mark for mark in self._across if mark in html}
        fresh = set(html.split("<")).difference(self._plain)
        for piece in fresh & self._marked.keys():
            found.update(self._marked[piece])
            fresh.remove(piece)
        return found | self._learn(fresh)

    def _learn(self, pieces: set[str]) -> set[str]:
        text = "<".join(pieces)
        found = [mark for mark in self._marks if mark in text]
        self._characters += len(text)
        if self._characters > _REMEMBERED:
            self._plain, self._marked, self._characters = set(), {}, len(text)
        marked: dict[str, list[str]] = {}
        for mark in found:
            for piece in [piece for piece in pieces if mark in piece]:
                marked.setdefault(piece, []).append(mark)
        self._plain.update(pieces.difference(marked))
        self._marked.update(marked)
        return set(found)


@dataclass(frozen=True, slots=True)
class Families:
    """All known families and the generic fallback."""

    families: Mapping[str, Family]
    patterns: Mapping[str, Patterns]
    digest: str
    """Fingerprint of the data: records are computed anew when it changes."""
    marks: Marks = field(repr=False, compare=False)

    def __getitem__(self, family_id: str) -> Family:
        """Return a family by id. Raises KeyError."""
        return self.families[family_id]

    def detect(self, url: str, html: str) -> Detection:
        """Return the family that the page's address and source speak for, with score and evidence."""
        best = next(iter(self.ranked(url, html)), Detection(GENERIC, 0.0, ""))
        return best if best.score >= _THRESHOLD else Detection(GENERIC, best.score, best.evidence)

    def ranked(self, url: str, html: str) -> tuple[Detection, ...]:
        """Return all families that anything speaks for, best first; of equal ones the first in the file."""
        target = path_and_query(url)
        marks = self.marks.on(html)
        found = []
        for family_id, family in self.families.items():
            if family_id == GENERIC:
                continue
            addresses = self.patterns[family_id].addresses
            if marks.isdisjoint(family.marks) and not [one for one in addresses if one.search(target)]:
                continue  # as of nearly all
            score, evidence = self._score(family, target, marks)
            found.append((score, Detection(family_id, min(score, 1.0), evidence)))
        return tuple(detection for _score, detection in sorted(found, key=lambda pair: -pair[0]))

    def _score(self, family: Family, target: str, marks: set[str]) -> tuple[float, str]:
        patterns = self.patterns[family.id]
        evidence: list[str] = []
        score = 0.0
        for worth, name, candidates in (
            (_DETAIL_SCORE, "detail", patterns.detail),
            (_LISTING_SCORE, "listing", patterns.listing),
        ):
            hit = next((pattern for pattern in candidates if pattern.search(target)), None)
            if hit:
                score += worth
                evidence.append(f"{name} {hit.pattern}")
        for mark in family.marks:
            if mark in marks:
                score += _MARK_SCORE
                evidence.append(f"mark {mark}")
        return score, "; ".join(evidence)

    def choose(self, pinned: str, url: str, html: str) -> Detection:
        """Return the family pinned in the site's YAML, or the detected one for `auto` and for an unknown name."""
        if pinned in self.families:
            return Detection(pinned, 1.0, "pinned")
        return self.detect(url, html)

    def body_selectors(self, family_id: str) -> tuple[str, ...]:
        """Return CSS selectors of the article body, best first: the family's own, then the generic ones."""
        own = self.families[family_id].body if family_id in self.families and family_id != GENERIC else ()
        return own + tuple(selector for selector in self.families[GENERIC].body if selector not in own)

    def attachment_selectors(self, family_id: str) -> tuple[str, ...]:
        """Return CSS selectors of attachment lists outside the body: the family's own, then the generic ones."""
        return tuple(dict.fromkeys(self.families[family_id].attachments + self.families[GENERIC].attachments))

    def is_error_page(self, family_id: str, html: str) -> bool:
        """Say whether a page's source has a mark of the family's, or of general, error pages."""
        marks = self.families[family_id].error_pages + self.families[GENERIC].error_pages
        return any(mark in html for mark in marks)

    def is_detail(self, family_id: str, url: str) -> bool:
        """Say whether the address is an article's in the family's dialect."""
        return _any_match(self.patterns[family_id].detail, url)

    def is_listing(self, family_id: str, url: str) -> bool:
        """Say whether the address is a list's in the family's dialect."""
        return _any_match(self.patterns[family_id].listing, url)


@lru_cache(maxsize=64)  # a page's address is matched against the patterns of several families
def path_and_query(url: str) -> str:
    """Return `path?query` of a URL: what the patterns are matched against."""
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def load_families(path: Path) -> Families:
    """Return the file's families. Raises ConfigError for unknown keys, bad patterns and bad selectors."""
    file: _File = strict.load(path, _File)
    everything = {GENERIC: file.generic}
    for family in file.families:
        if family.id in everything:
            raise ConfigError(path, family.line, _("The family “{id}” stands here twice.").format(id=family.id))
        everything[family.id] = family
    for family in everything.values():
        _check_family(path, family)
        for rule in family.paging:
            _check_paging(path, rule)
    return Families(
        families=everything,
        patterns={family_id: _compile(path, family) for family_id, family in everything.items()},
        digest=fingerprint([_without_line(family) for family in everything.values()]),
        marks=Marks(everything.values()),
    )


def without(families: Families, family_id: str) -> Families:
    """Return the families less one, to measure what an entry is worth on pages of unknown systems."""
    kept = {name: family for name, family in families.families.items() if name != family_id}
    return dataclasses.replace(families, families=kept, digest=f"{families.digest} without {family_id}")


def _without_line(family: Family) -> dict[str, object]:
    data = dataclasses.asdict(family)
    del data["line"], data["paging"]  # what was read from a page does not depend on how it was found
    return data


def _check_paging(path: Path, rule: Paging) -> None:
    if not all(rule.marks) or not (rule.marks or rule.pager == "links" or rule.pager in WORDED):
        raise ConfigError(path, rule.line, _("“{key}” is missing.").format(key="marks"))
    if (rule.pager == "numbered") != bool(rule.count and rule.address) or bool(rule.count) != bool(rule.address):
        reason = _("“count” and “address” belong to the pager “numbered”, both of them.")
        raise ConfigError(path, rule.line, reason)
    if not rule.count:
        return
    try:
        groups = re.compile(rule.count, re.IGNORECASE).groups
    except re.error as error:
        reason = _("“{pattern}” is no regular expression: {error}").format(pattern=rule.count, error=error)
        raise ConfigError(path, rule.line, reason) from error
    if groups < 1:
        raise ConfigError(path, rule.line, _("“{pattern}” has no group for the number.").format(pattern=rule.count))
    try:
        named = rule.address.format(n=2, stem="index", ext="html") != rule.address
    except (ValueError, LookupError):
        named = False
    if not named or (rule.address.startswith("?") and "=" not in rule.address):
        reason = _("“{address}” is no address of page {{n}}.").format(address=rule.address)
        raise ConfigError(path, rule.line, reason, _("For example ?page={n} or {stem}_{n}.{ext}"))


SELECTORS = ("title", "published", "source", "author", "document_number", "body", "breadcrumb", "attachments", "remove")
"""Keys of a family that take CSS selectors."""
_SCRIPTED = ("published", "source", "author")
"""Fields that templates write from script variables."""


def _check_family(path: Path, family: Family) -> None:
    if not _ID.fullmatch(family.id) or family.id == "auto":
        reason = _("“{id}” can't be an id.").format(id=family.id)
        hint = _("Small letters, digits, - and _; “auto” means that the system is found out.")
        raise ConfigError(path, family.line, reason, hint)
    probe = LexborHTMLParser("<p></p>")
    for key in SELECTORS:
        for selector in getattr(family, key):
            try:
                probe.css_first(selector)
            except SelectolaxError as error:
                reason = _("{key} of “{id}”: “{value}” is no CSS selector.")
                hint = _("For example #zoom, .article_content or div.info > span")
                raise _wrong(path, family, (key, selector), reason, hint) from error
    for key in ("marks", "error_pages"):
        if "" in getattr(family, key):
            reason = _("{key} of “{id}”: an empty text is on every page.")
            raise _wrong(path, family, (key, ""), reason, _("Write a text that only such pages have."))
    for name in family.scripts:
        if name not in _SCRIPTED:
            reason = _("{key} of “{id}”: “{value}” is not known here.")
            raise _wrong(path, family, ("scripts", name), reason, strict.did_you_mean(name, _SCRIPTED))
    for pattern in family.url_date:
        if _pattern(path, family, "url_date", pattern).groups != 3:
            reason = _("{key} of “{id}”: “{value}” must have three groups: year, month, day.")
            hint = _("For example {example}").format(example=r"/((?:19|20)\d{2})/(\d{2})(\d{2})/")
            raise _wrong(path, family, ("url_date", pattern), reason, hint)


def _wrong(path: Path, family: Family, what: tuple[str, str], reason: str, hint: str) -> ConfigError:
    """Return the error for one value of a family (key, value), with the value's own line."""
    key, value = what
    line = strict.line_of_value(path, family.line, value)
    return ConfigError(path, line, reason.format(key=key, id=family.id, value=value), hint)


def _compile(path: Path, family: Family) -> Patterns:
    names = [re.escape(name) for variables in family.scripts.values() for name in variables]
    script = re.compile(rf"\b({'|'.join(names)})\s*=\s*(['\"])(.*?)\2") if names else None
    detail = tuple(_pattern(path, family, "detail", pattern) for pattern in family.detail)
    listing = tuple(_pattern(path, family, "listing", pattern) for pattern in family.listing)
    return Patterns(
        detail=detail,
        listing=listing,
        addresses=detail + listing,
        url_date=tuple(_pattern(path, family, "url_date", pattern) for pattern in family.url_date),
        script=script,
    )


def _pattern(path: Path, family: Family, key: str, expression: str) -> re.Pattern[str]:
    try:
        return re.compile(expression, re.IGNORECASE)
    except re.error as error:
        reason = _("{key} of “{id}”: “{value}” is no regular expression.")
        hint = _("{error}. A dot is \\., a number \\d+; each bracket needs its partner.").format(error=error)
        raise _wrong(path, family, (key, expression), reason, hint) from error


def _any_match(patterns: tuple[re.Pattern[str], ...], url: str) -> bool:
    target = path_and_query(url)
    return any(pattern.search(target) for pattern in patterns)
