"""The fields of an article, each with its evidence. Order (domain rules, harvest pitfalls and META annex):

the site's YAML, META tags, the policy head, the family's selectors, scripts, label lines, and the address last.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from migrate.extract.dates import find_date, find_loose_date, is_only_date, iso_day
from migrate.extract.dom import attribute, one_line, squeeze
from migrate.extract.heading import Heading
from migrate.extract.labels import parse_labels, tidy_value
from migrate.extract.numbers import find_number, is_strict, number_of_line
from migrate.extract.page import Parsed
from migrate.families import GENERIC, Family
from migrate.records import Field

_ENTITY_LEFT = re.compile(r"&(?:nbsp|amp|quot|lt|gt|ldquo|rdquo|middot);?")
_LINES_FOR_NUMBER = 6
"""Lines of the body in which the document's own number may stand: later ones are citations."""
_NO_SOURCE = re.compile(r"^(?:null|undefined|\d[\d\s:：./-]*|无|暂无|-+|[/|])$", re.IGNORECASE)
_SOURCE_TAIL = re.compile(r"(?:发布|日期|时间|点击|浏览|阅读|作者|编辑|字体|字号|【|\[|\(|（|<!--).*$")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the readers of single fields share."""

    parsed: Parsed
    heading: Heading
    labels: dict[str, str]
    """Field → value of the label lines under the title."""
    head: dict[str, Field]
    """The policy head table."""


def gather(parsed: Parsed, heading: Heading, head: dict[str, Field]) -> Evidence:
    """Return the evidence around the title."""
    lines = parsed.outline.lines
    text = "  ".join(lines[number].spaced for number in heading.info)
    return Evidence(parsed, heading, parse_labels(text), head)


def read_title(evidence: Evidence) -> Field | None:
    """Return the article's title."""
    parsed = evidence.parsed
    names = parsed.site_names()
    for field in parsed.tried("title", _title_candidates(evidence)):
        value = _ENTITY_LEFT.sub(" ", field.value).strip()
        if squeeze(value) and squeeze(value) not in names:
            return Field(value, field.origin, field.confidence)
    return None


def _title_candidates(evidence: Evidence) -> Iterator[Field]:
    parsed, heading = evidence.parsed, evidence.heading
    yield from _configured(parsed, "title")
    line = parsed.outline.lines[heading.title] if heading.title is not None else None
    meta = parsed.meta("ArticleTitle")
    if meta and not (line and meta.endswith(("...", "…")) and line.squeezed.startswith(squeeze(meta).rstrip(".…"))):
        yield Field(meta, "meta:ArticleTitle", 0.98)
    if "title" in evidence.head:
        yield evidence.head["title"]
    yield from _selected(parsed, "title", 0.9)
    if line is not None:
        origin = f"selector:{line.node.tag}" if line.heading else "line"
        yield Field(line.text, origin, 0.95 if heading.sure else 0.7)
    parts = parsed.title_parts()
    whole = parsed.html_title
    if parts:
        names = parsed.site_names()
        rest = [part for part in parts if squeeze(part) not in names]
        first = rest[0] if rest else ""
        yield Field(_without_suffix(whole, first), "meta:title", 0.6)


def _without_suffix(whole: str, first: str) -> str:
    """Return the <title> up to its first separator; the whole where that leaves next to nothing."""
    return first if len(squeeze(first)) >= 4 else whole


def read_published(evidence: Evidence) -> Field | None:
    """Return the date (or time) shown as publication; the address speaks last and only for some families."""
    for field in evidence.parsed.tried("published", _published_candidates(evidence)):
        value = find_loose_date(field.value)
        if value:
            return Field(value, field.origin, field.confidence)
    return None


def _published_candidates(evidence: Evidence) -> Iterator[Field]:
    parsed = evidence.parsed
    yield from _configured(parsed, "published")
    if parsed.meta("PubDate"):
        yield Field(parsed.meta("PubDate"), "meta:PubDate", 0.98)
    yield from _selected(parsed, "published", 0.95)
    yield from _script(parsed, "published", 0.95)
    if evidence.labels.get("published"):
        yield Field(evidence.labels["published"], "label:published", 0.95)
    if "published" in evidence.head:
        yield evidence.head["published"]
    for name in ("publishdate", "PublishDate", "article:published_time", "pubdate", "publish_time"):
        if parsed.meta(name):
            yield Field(parsed.meta(name), f"meta:{name}", 0.9)
    lines = parsed.outline.lines
    for number in evidence.heading.info:
        if is_only_date(lines[number].text) or find_date(lines[number].text.split("：")[0]):
            yield Field(lines[number].text, "line", 0.8)
    if evidence.labels.get("updated"):
        yield Field(evidence.labels["updated"], "label:updated", 0.7)
    yield from _from_url(parsed)


def _from_url(parsed: Parsed) -> Iterator[Field]:
    for family_id in dict.fromkeys((parsed.detection.family, GENERIC)):
        for pattern in parsed.families.patterns[family_id].url_date:
            found = pattern.search(parsed.page.url)
            day = iso_day(*found.groups()) if found else None
            if day:
                yield Field(day, "url", 0.3)


def read_written_on(evidence: Evidence) -> Field | None:
    """Return 成文日期 from the policy head or a label: never used as publication."""
    candidates = [*_configured(evidence.parsed, "written_on")]
    if "written_on" in evidence.head:
        candidates.append(evidence.head["written_on"])
    if evidence.labels.get("written_on"):
        candidates.append(Field(evidence.labels["written_on"], "label:written_on", 0.9))
    for field in evidence.parsed.tried("written_on", candidates):
        value = find_date(field.value)
        if value:
            return Field(value[:10], field.origin, field.confidence)
    return None


def read_source(evidence: Evidence) -> Field | None:
    """Return where the article says it comes from; None where the label is empty."""
    parsed = evidence.parsed
    candidates = [*_configured(parsed, "source")]
    if parsed.meta("ContentSource"):
        candidates.append(Field(parsed.meta("ContentSource"), "meta:ContentSource", 0.98))
    candidates += _selected(parsed, "source", 0.9)
    candidates += _script(parsed, "source", 0.95)
    if evidence.labels.get("source"):
        candidates.append(Field(tidy_value(evidence.labels["source"]), "label:source", 0.9))
    for field in parsed.tried("source", candidates):
        labelled = parse_labels(field.value)
        value = labelled.get("source", field.value)
        value = tidy_value(_SOURCE_TAIL.sub("", value))
        if value and len(value) <= 60 and not _NO_SOURCE.match(value):
            return Field(value, field.origin, field.confidence)
    return None


def read_author(evidence: Evidence) -> Field | None:
    """Return the author that the label line, a script or META Author names."""
    parsed = evidence.parsed
    candidates = [*_configured(parsed, "author")]
    if parsed.metas.get("Author"):
        candidates.append(Field(parsed.metas["Author"], "meta:Author", 0.8))
    candidates += _script(parsed, "author", 0.9)
    if evidence.labels.get("author"):
        candidates.append(Field(tidy_value(evidence.labels["author"]), "label:author", 0.9))
    usable = (field for field in parsed.tried("author", candidates) if field.value and len(field.value) <= 40)
    return next((field for field in usable if not _NO_SOURCE.match(field.value)), None)


def read_number(evidence: Evidence, title: str, body_lines: list[str]) -> Field | None:
    """Return the document's own number as written: from the head, a line of its own at the body's start, the title."""
    for field in _configured(evidence.parsed, "document_number"):
        return field
    if "document_number" in evidence.head:
        return evidence.head["document_number"]
    for text in body_lines[:_LINES_FOR_NUMBER]:
        number = number_of_line(text)
        if number:
            return Field(number, "body", 0.8 if is_strict(number) else 0.6)
    number = find_number(title)
    if number and title.strip().endswith(("）", ")", "】", "]", "号")):
        return Field(number, "title", 0.7)
    return None


def _configured(parsed: Parsed, name: str) -> Iterator[Field]:
    """Yield what the site's own rules find: `meta:Name`, `text:label`, `css:selector`, left to right."""
    for rule in parsed.site.fields.get(name, ()):
        kind, _mark, what = rule.partition(":")
        value = ""
        if kind == "meta":
            value = parsed.meta(what)
        elif kind == "css":
            node = parsed.tree.css_first(what)
            value = one_line(node.text()) if node is not None else ""
        elif kind == "text":
            value = _after_label(parsed, what)
        if value:
            yield Field(value, rule, 1.0)


def _after_label(parsed: Parsed, label: str) -> str:
    """Return what stands behind a label anywhere on the page, up to the next known label."""
    wanted = re.compile(r"[\s\u3000]*".join(map(re.escape, label)) + r"[\s\u3000]*[:：]")
    for line in parsed.outline.lines:
        found = wanted.search(line.text)
        if found:
            rest = line.text[found.end() :]
            others = parse_labels("　" + rest)
            first = min((rest.find(value) for value in others.values() if value), default=-1)
            head = rest[:first] if first > 0 else rest
            return tidy_value(re.split(r"[\s\u3000]{2,}|[｜|]|(?:\S{2,4}[:：])", head.strip(), maxsplit=1)[0])
    return ""


def _selected(parsed: Parsed, name: str, confidence: float) -> Iterator[Field]:
    """Yield what the family's selectors find, then the generic ones."""
    for family in dict.fromkeys((parsed.detection.family, GENERIC)):
        for selector in _selectors(parsed.families[family], name):
            for node in parsed.select(selector)[:1]:
                value = one_line(node.text()) or attribute(node, "content")
                if value and len(value) <= 300:
                    yield Field(value, f"selector:{selector}", confidence)


def _selectors(family: Family, name: str) -> tuple[str, ...]:
    return {"title": family.title, "published": family.published, "source": family.source}[name]


def _script(parsed: Parsed, name: str, confidence: float) -> Iterator[Field]:
    """Yield the values of script variables that the template writes a field from."""
    for family_id in dict.fromkeys((parsed.detection.family, GENERIC)):
        pattern = parsed.families.patterns[family_id].script
        variables = parsed.families[family_id].scripts.get(name, ())
        if pattern is None or not any(variable in parsed.scripts for variable in variables):
            continue
        for found in pattern.finditer(parsed.scripts):
            if found[1] in variables and found[3].strip():
                yield Field(one_line(found[3]), f"script:{found[1]}", confidence)
