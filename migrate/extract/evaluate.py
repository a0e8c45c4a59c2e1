"""Scores extraction against pages that a person labelled: each field, and of each miss what was found and from where.

Conventions: white space is removed from body strings; of each end of the body fifteen characters are compared. What a
row leaves out is not scored; null means that the page has none of it. `title: null`: the page is no article.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from migrate.config import SiteConfig, strict
from migrate.errors import ConfigError
from migrate.extract.dom import squeeze
from migrate.extract.markup import html_text
from migrate.extract.page import Extraction, Page
from migrate.extract.read import body_origin, extract
from migrate.extract.truth import Label
from migrate.families import Families
from migrate.i18n import _
from migrate.numbers import normalised
from migrate.records import Field, Kind, Record

FIELDS = ("title", "date", "source", "document_number", "body_ends", "attachments", "images", "non_article")
ENDS = 15
"""Characters compared at each end of the body, white space removed."""
_SHOWN = 30
"""Characters of each end of the body that a miss shows."""

Value = str | int | None | Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Miss:
    """One field of one page that was read otherwise than a person reads it."""

    field: str
    line: int
    """Of the file of labels."""
    path: str
    url: str
    found: Value
    truth: Value
    origin: str
    """Where the found value came from: `selector:h1`, `label:source` …; empty where nothing was found."""
    confidence: float
    evidence: str
    """Why: what the page was taken for, family and encoding, and what extraction itself reported."""


@dataclass(frozen=True, slots=True)
class Score:
    """How many pages of a field are right: of all, and of those where truth has a value."""

    right: int
    of: int
    right_present: int
    of_present: int
    misses: tuple[Miss, ...] = ()

    def below(self, floor: float) -> bool:
        """Say whether either share is below a floor (0 to 1); a share of no pages is below none."""
        return self.right < floor * self.of or self.right_present < floor * self.of_present


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What evaluating a set of labelled pages gave."""

    rows: int
    scores: Mapping[str, Score]

    @property
    def misses(self) -> tuple[Miss, ...]:
        """Return all misses, page after page."""
        return tuple(sorted((miss for score in self.scores.values() for miss in score.misses), key=lambda m: m.line))


def read_floors(path: Path) -> dict[str, float]:
    """Return field → share (0 to 1) that must be reached, of a YAML or JSON file of percentages or shares.

    98 and 0.98 say the same. Raises ConfigError for an unknown field and for a number that is neither.
    """
    node = strict.compose(path)
    floors: dict[str, float] = strict.build(path, node, Mapping[str, float])
    for key, key_node, _value in strict.pairs(path, node):
        if key not in FIELDS:
            reason = _("“{key}” is not known here.").format(key=key)
            raise ConfigError(path, strict.line_of(key_node), reason, strict.did_you_mean(key, FIELDS))
        if not 0 <= floors[key] <= 100:
            reason = _("“{value}” is no percentage.").format(value=floors[key])
            raise ConfigError(path, strict.line_of(key_node), reason, _("It takes {kind}.").format(kind="0 … 100"))
    return {name: floor / 100 if floor > 1 else floor for name, floor in floors.items()}


@dataclass(frozen=True, slots=True)
class _Judged:
    """One field of one page, compared."""

    field: str
    right: bool
    present: bool
    found: Value
    truth: Value
    origin: str = ""
    confidence: float = 0.0
    note: str = ""


def evaluate(labels: Iterable[Label], site_for: Callable[[str], SiteConfig], families: Families) -> Evaluation:
    """Return how well labelled pages are read. `site_for` gives the site file of an address. Raises OSError."""
    judged: dict[str, list[tuple[_Judged, Miss | None]]] = {name: [] for name in FIELDS}
    rows = 0
    for label in labels:
        rows += 1
        page = Page(label.url, label.url, label.file.read_bytes(), "text/html")
        extraction = extract(page, site_for(label.url), families)
        for one in _judge(label, extraction.record):
            judged[one.field].append((one, None if one.right else _miss(label, extraction, one)))
    return Evaluation(rows, {name: _score(found) for name, found in judged.items()})


def _score(found: list[tuple[_Judged, Miss | None]]) -> Score:
    return Score(
        right=sum(one.right for one, _miss in found),
        of=len(found),
        right_present=sum(one.right and one.present for one, _miss in found),
        of_present=sum(one.present for one, _miss in found),
        misses=tuple(miss for _one, miss in found if miss is not None),
    )


def _miss(label: Label, extraction: Extraction, one: _Judged) -> Miss:
    record = extraction.record
    kind = ", ".join(filter(None, (record.kind.value, record.reason)))
    reported = [f"{finding.check}: {finding.message}" for finding in extraction.findings]
    evidence = "; ".join(filter(None, (one.note, kind, record.evidence, *reported)))
    return Miss(
        one.field, label.line, label.path, label.url, one.found, one.truth, one.origin, one.confidence, evidence
    )


def _judge(label: Label, record: Record) -> Iterator[_Judged]:
    """Yield each labelled field with what was found; a page that is no article is judged for that alone."""
    if label.fields.get("title", "") is None:
        article = record.kind is Kind.ARTICLE
        yield _Judged("non_article", not article, True, record.kind.value, "not an article", record.reason)
        return
    if record.kind is not Kind.ARTICLE:
        # What a list or an error page says of itself is never moved: nothing of the article was found.
        record = Record(record.key, record.kind, record.reason, evidence=record.evidence)
    yield from _judge_texts(label, record)
    yield from _judge_body(label, record)
    yield from _judge_counts(label, record)


def _judge_texts(label: Label, record: Record) -> Iterator[_Judged]:
    readings: tuple[tuple[str, str, Field | None, Callable[[str], str]], ...] = (
        ("title", "title", record.title, squeeze),
        ("date", "pub_date", record.published, lambda text: text[:10]),
        ("source", "source", record.source, squeeze),
        ("document_number", "doc_number", record.document_number, normalised),
    )
    for name, key, field, plain in readings:
        if key not in label.fields:
            continue
        wanted = label.text(key)
        right = plain(field.value if field else "") == plain(wanted or "")
        found = (field.value, field.origin, field.confidence) if field else (None, "", 0.0)
        yield _Judged(name, right, bool(wanted), found[0], wanted, found[1], found[2])


def _judge_body(label: Label, record: Record) -> Iterator[_Judged]:
    keys = {"begin": "body_first_30_chars", "end": "body_last_30_chars"}
    ends = {name: label.text(key) for name, key in keys.items() if key in label.fields}
    if not ends:
        return
    text = squeeze(html_text(record.body))
    found = {"begin": text[:_SHOWN], "end": text[-_SHOWN:]}
    if not any(ends.values()):
        right = not text
    else:
        first, last = squeeze(ends.get("begin")), squeeze(ends.get("end"))
        right = text.startswith(first[:ENDS]) and text.endswith(last[-ENDS:])
    origin = body_origin(record)
    yield _Judged("body_ends", right, any(ends.values()), found if text else None, ends, origin)


def _judge_counts(label: Label, record: Record) -> Iterator[_Judged]:
    counted = (("attachments", "n_attachments", record.attachments), ("images", "n_images_in_body", record.images))
    for name, key, links in counted:
        if key not in label.fields:
            continue
        wanted = label.number(key)
        named = ", ".join(link.name or link.url for link in links)
        origin = body_origin(record)
        yield _Judged(name, len(links) == wanted, wanted > 0, len(links), wanted, origin, note=named)
