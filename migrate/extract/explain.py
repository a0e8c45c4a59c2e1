"""One page explained step by step: what it was taken for and why, what each field won against, what was cut."""

from dataclasses import dataclass

from migrate.config import SiteConfig
from migrate.extract.dates import find_loose_date
from migrate.extract.dom import squeeze
from migrate.extract.numbers import find_number
from migrate.extract.page import Extraction, Page, Parsed, parse
from migrate.extract.read import body_origin, extract
from migrate.extract.trace import Cut, Point, Trace, Tried
from migrate.families import Detection, Families
from migrate.i18n import _
from migrate.numbers import normalised
from migrate.records import Field, Record

NAMES = ("title", "published", "written_on", "source", "author", "document_number")
_DATES = frozenset({"published", "written_on"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that could be a field's value."""

    field: str
    value: str
    origin: str
    confidence: float
    taken: bool
    why: str
    """Why it is not the value; empty where it is."""


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of one reading, in their order."""

    url: str
    encoding: str
    family: str
    score: float
    evidence: str
    """What the family was known by."""
    others: tuple[Detection, ...]
    """Further families that something speaks for, best first."""
    kind: str
    reason: str
    points: tuple[Point, ...]
    """For and against an article; above zero together it is one. Empty where an earlier step decided."""
    title_line: str
    label_lines: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    body: str
    """How the body was found: `selector:…`, `structure` (under the title) or `densest`."""
    selectors: tuple[Tried, ...]
    removed: tuple[Cut, ...]
    left: tuple[str, ...]
    """Lines of the body that nothing explains and that did not reach the record."""


@dataclass(frozen=True, slots=True)
class Explained:
    """A page's extraction and how it came about."""

    extraction: Extraction
    steps: Steps


def explain(page: Page, site: SiteConfig, families: Families) -> Explained:
    """Return what a page says, exactly as `extract` reads it, and how that came about."""
    trace = Trace()
    extraction = extract(page, site, families, trace)
    return Explained(extraction, _steps(parse(page, site, families), trace, extraction.record))


def _steps(parsed: Parsed, trace: Trace, record: Record) -> Steps:
    ranked = parsed.families.ranked(parsed.page.url, parsed.decoded.text)
    return Steps(
        url=parsed.page.url,
        encoding=f"{parsed.decoded.encoding} ({parsed.decoded.evidence})",
        family=parsed.detection.family,
        score=round(parsed.detection.score, 2),
        evidence=parsed.detection.evidence,
        others=tuple(one for one in ranked if one.family != parsed.detection.family),
        kind=record.kind.value,
        reason=record.reason,
        points=tuple(trace.points),
        title_line=trace.lines[trace.title].text if trace.title is not None else "",
        label_lines=tuple(trace.lines[number].text for number in trace.labels),
        candidates=tuple(one for name in NAMES for one in _candidates(parsed, trace, record, name)),
        body=body_origin(record),
        selectors=tuple(trace.selectors),
        removed=tuple(trace.removed),
        left=tuple(trace.left),
    )


def _candidates(parsed: Parsed, trace: Trace, record: Record, name: str) -> list[Candidate]:
    """Return all candidates of a field, the one that was taken marked; it alone where no others were asked."""
    taken: Field | None = getattr(record, name)
    asked = list(dict.fromkeys(trace.candidates.get(name, [])))
    if name == "document_number":
        asked = [*([taken] if taken else []), *_cited(parsed, trace, record)]
    place = next((n for n, one in enumerate(asked) if taken and one.origin == taken.origin), None)
    found = []
    for number, one in enumerate(asked):
        won = number == place
        why = "" if won else _why_not(parsed, name, one, taken, refused=place is None or number < place)
        value = taken.value if taken and won else one.value
        found.append(Candidate(name, value, one.origin, one.confidence, won, why))
    if taken and place is None:
        found.insert(0, Candidate(name, taken.value, taken.origin, taken.confidence, True, ""))
    return found


def _cited(parsed: Parsed, trace: Trace, record: Record) -> list[Field]:
    """Return the document numbers that stand elsewhere in the page's lines."""
    own = normalised(record.document_number.value) if record.document_number else ""
    found = {number: Field(number, "line", 0.0) for line in trace.lines if (number := find_number(line.text))}
    return [field for number, field in found.items() if normalised(number) != own]


def _why_not(parsed: Parsed, name: str, one: Field, taken: Field | None, *, refused: bool) -> str:
    if name == "document_number":
        return _("cited in the text: no line of its own at its start")
    if name in _DATES and find_loose_date(one.value) is None:
        return _("there is no date in it")
    if name == "title" and squeeze(one.value) in parsed.site_names():
        return _("is the site's own name")
    if refused:
        return _("is no value for this field")
    if taken and _same(name, one, taken):
        return _("says the same, but came later")
    return _("another came first")


def _same(name: str, one: Field, taken: Field) -> bool:
    if name in _DATES:
        return (find_loose_date(one.value) or "")[:10] == taken.value[:10]
    return squeeze(one.value) == squeeze(taken.value)
