"""When an article was published, and when it was written. Order (domain rules, harvest pitfalls and META annex):

the site's YAML, META tags, the policy head, the family's selectors, scripts, label lines, what stands near the title,
and the address last.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from migrate.extract.asked import assigned, configured, selected
from migrate.extract.dates import find_date, find_loose_date, is_only_date, iso_day
from migrate.extract.evidence import PROSE, Evidence, name_lines
from migrate.extract.page import Parsed
from migrate.families import GENERIC
from migrate.i18n import _
from migrate.records import Field, Level

_PUBLISHED_METAS = (
    "publishdate", "article:published_time", "publish_time", "publishtime", "publish-date", "pubtime",
    "og:release_date", "bytedance:published_time", "datepublished", "dc.date", "dcterms.created",
    "weibo:article:create_at",
)  # fmt: skip
_DATE_IN_TWO = re.compile(r"\d{1,2}日? (?:19|20)\d{2}[-/.年]\d{1,2}月?|(?:19|20)\d{2}年? \d{1,2}[-/.月]\d{1,2}日?|"
                          r"\d{1,2}[-/.月]\d{1,2}日? (?:19|20)\d{2}年?")  # fmt: skip
_LONGEST_PAIR = 13
_UNSURE = 0.2
"""Confidence of a date that can't be: one after the day on which the page was captured."""


def read_published(evidence: Evidence) -> Field | None:
    """Return the date (or time) shown as publication; the address speaks last and only for some families.

    A date after the day of the capture is nobody's publication: it is taken, with next to no confidence, only where
    nothing else is found, and reported.
    """
    latest = _latest(evidence.parsed)
    future: Field | None = None
    for field in evidence.parsed.tried("published", _published_candidates(evidence)):
        value = find_loose_date(field.value)
        if value and value[:10] <= latest:
            return Field(value, field.origin, field.confidence)
        if value and future is None:
            future = Field(value, field.origin, _UNSURE)
    if future:
        evidence.parsed.find(
            Level.WARNING,
            "extract.future-date",
            _("The page shows {date} as its publication date, which was still to come when it was captured.").format(
                date=future.value[:10]
            ),
            _("An editor must look: it may be the date of an event, or a slip of the pen."),
        )
    return future


def _latest(parsed: Parsed) -> str:
    """Return the last day on which a captured page can have been published; a day is left for clocks that are wrong."""
    try:
        captured = date.fromisoformat(parsed.page.fetched)
    except ValueError:
        captured = date.today()
    return (captured + timedelta(days=1)).isoformat()


def _published_candidates(evidence: Evidence) -> Iterator[Field]:
    parsed = evidence.parsed
    yield from configured(parsed, "published")
    if parsed.meta("PubDate"):
        yield Field(parsed.meta("PubDate"), "meta:PubDate", 0.98)
    yield from selected(parsed, "published", 0.95)
    own = {f"script:{variable}" for variable in parsed.family.scripts.get("published", ())}
    scripted = list(assigned(parsed, "published", 0.95))
    yield from (field for field in scripted if field.origin in own)
    if evidence.labels.get("published"):
        yield Field(evidence.labels["published"], "label:published", 0.95)
    if "published" in evidence.head:
        yield evidence.head["published"]
    yield from (replace(field, confidence=0.9) for field in scripted if field.origin not in own)
    for name in _PUBLISHED_METAS:
        if parsed.meta(name):
            yield Field(parsed.meta(name), f"meta:{name}", 0.9)
    yield from _dates_alone(evidence)
    if evidence.labels.get("updated"):
        yield Field(evidence.labels["updated"], "label:updated", 0.7)
    yield from _from_url(parsed)


def _dates_alone(evidence: Evidence) -> Iterator[Field]:
    """Yield dates without a label near the title: alone in their line, or day and year in two lines.

    Prose between the title and a date makes it a signature, which says when a document was written.
    """
    lines, title = evidence.parsed.outline.lines, evidence.heading.title
    for number in evidence.heading.info:
        if title is None:
            return
        between = lines[title + 1 : number] if number > title else lines[max(number - 4, 0) : number]
        if any(not line.linked and (PROSE.search(line.text) or line.text.endswith("号")) for line in between):
            return
        if is_only_date(lines[number].text) or find_date(lines[number].text.split("：")[0]):
            yield Field(lines[number].text, "line", 0.8)
    if title is None:
        return
    yield from _dates_with_names(evidence)
    for number in range(max(title - 3, 0), min(title + 4, len(lines) - 1)):
        first, second = lines[number].squeezed, lines[number + 1].squeezed
        pair = f"{first} {second}"
        for text in (pair, lines[number].spaced):
            if len(text) <= _LONGEST_PAIR and _DATE_IN_TWO.fullmatch(text):
                yield Field(text, "line", 0.6)


def _dates_with_names(evidence: Evidence) -> Iterator[Field]:
    """Yield dates in a short line right under the title that has a name beside the date and no label."""
    for text in name_lines(evidence):
        yield Field(text, "line", 0.6)


def _from_url(parsed: Parsed) -> Iterator[Field]:
    for family_id in dict.fromkeys((parsed.detection.family, GENERIC)):
        for pattern in parsed.families.patterns[family_id].url_date:
            found = pattern.search(parsed.page.url)
            day = iso_day(*found.groups()) if found else None
            if day:
                yield Field(day, "url", 0.3)


def read_written_on(evidence: Evidence) -> Field | None:
    """Return 成文日期 from the policy head or a label: never used as publication."""
    candidates = [*configured(evidence.parsed, "written_on")]
    if "written_on" in evidence.head:
        candidates.append(evidence.head["written_on"])
    if evidence.labels.get("written_on"):
        candidates.append(Field(evidence.labels["written_on"], "label:written_on", 0.9))
    for field in evidence.parsed.tried("written_on", candidates):
        value = find_date(field.value)
        if value:
            return Field(value[:10], field.origin, field.confidence)
    return None
