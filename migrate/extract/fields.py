"""The fields of an article, each with its evidence. Order (domain rules, harvest pitfalls and META annex):

the site's YAML, META tags, the policy head, the family's selectors, scripts, label lines, what stands near the title,
and the address last.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from html import unescape

from migrate.extract.breadcrumb import is_breadcrumb
from migrate.extract.dates import find_date, find_loose_date, is_only_date, iso_day
from migrate.extract.dom import attribute, one_line, squeeze
from migrate.extract.heading import Heading
from migrate.extract.labels import find_labels, label_of, parse_bare_labels, parse_labels, tidy_value
from migrate.extract.numbers import find_number, is_strict, number_of_lines
from migrate.extract.page import Parsed
from migrate.extract.policy import is_head_label, value_beside
from migrate.families import GENERIC, Family
from migrate.i18n import _
from migrate.records import Field, Level

_ENTITY_LEFT = re.compile(r"&(?:nbsp|amp|quot|lt|gt|ldquo|rdquo|middot);?")
_PUBLISHED_METAS = (
    "publishdate", "article:published_time", "publish_time", "publishtime", "publish-date", "pubtime",
    "og:release_date", "bytedance:published_time", "datepublished", "dc.date", "dcterms.created",
    "weibo:article:create_at",
)  # fmt: skip
_DATE_IN_TWO = re.compile(r"\d{1,2}日? (?:19|20)\d{2}[-/.年]\d{1,2}月?|(?:19|20)\d{2}年? \d{1,2}[-/.月]\d{1,2}日?|"
                          r"\d{1,2}[-/.月]\d{1,2}日? (?:19|20)\d{2}年?")  # fmt: skip
_LONGEST_PAIR = 13
_LINES_FOR_NUMBER = 6
"""Lines of the body in which the document's own number may stand: later ones are citations."""
_NO_SOURCE = re.compile(r"^(?:null|undefined|\d[\d\s:：./-]*|无|暂无|-+|[/|])$", re.IGNORECASE)
_SOURCE_TAIL = re.compile(r"(?:发布|日期|时间|点击|浏览|阅读|作者|编辑|字体|字号|【|\[|\(|（|<!--).*$")


_TITLE_SUFFIX = re.compile(r"\s*(?:[_|＿｜·>«»－]|--+|\s[-–—]\s|::|(?<![-–—])[-–](?![-–—]))\s*")
"""What stands between a title and the site's name in <title>; a dash of two characters (——) is part of a title."""
_TAIL = re.compile(
    r"\s+[\[(（]?(?:19|20)\d{2}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?(?=[\])）]?\s*(?:\d{1,2}:\d{2}|$|\s\S{2,6}[:：]))"
)
_DATE_BEHIND = re.compile(r"[\s\u3000|｜]+((?:19|20)\d{2}\s*[-/.年].{3,24})$")
_NEAR = 6
"""Lines under a title in which labels without colons, or in cells of their own, are looked for."""
_SHORT = 40
_SHORT_NAME = 3
_LABELLED = re.compile(r"^\S{1,6}\s*[:：]\s*")
_SAYS_WHO = re.compile("[\u4e00-\u9fa5]|\\.(?:cn|com|net|org)\\b")
"""What a name has that a script writes as source: variables have short names, and other things are called so too."""
_WEAK = frozenset({"时间", "日期", "作者"})
"""Labels that tables in a body have as well."""
_LINE_PARTS = re.compile(r"\s*[|｜/]\s*|[\s\u3000]{1,}(?![\d:：]{2,})")
_OFFICE = re.compile(
    r"[\u4e00-\u9fa5·]{1,18}(?:局|委|委员会|办|办公室|政府|网|报|日报|社|厅|部|院|站|中心|镇|乡|所|处|科|会|室|队|街道|电视台)"
)
_PASSED = re.compile(r"通过|公布|修订|修正|施行|实施|印发|批准|会议|令|号|届|至|止|期间|发布会")
"""What makes a date beneath a title that of a law, of a deadline or of a number."""
_CELLS = frozenset({"td", "th", "dt"})
_NO_TITLE = re.compile(r"^(?:相关|推荐|热门|最新|友情|网站|站内|栏目|导航|联系|版权|热点|专题|图片)")
_PROSE = re.compile(r"[。；！？]|.{41}")
_UNSURE = 0.2
"""Confidence of a date that can't be: one after the day on which the page was captured."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the readers of single fields share."""

    parsed: Parsed
    heading: Heading
    labels: dict[str, str]
    """Field → value of the label lines under the title."""
    head: dict[str, Field]
    """The policy head table."""
    title_line: str = ""
    """The title as its line shows it, without the label line that some templates put into the same element."""


def gather(parsed: Parsed, heading: Heading, head: dict[str, Field]) -> Evidence:
    """Return the evidence around the title."""
    lines = parsed.outline.lines
    if heading.title and _is_label(lines[heading.title - 1].text):
        heading = replace(heading, title=None)  # what stands behind a label is its value: the publisher's name
    text = "  ".join(lines[number].spaced for number in heading.info)
    labels = parse_labels(text)
    title, tail = _split_title(lines[heading.title].spaced) if heading.title is not None else ("", "")
    if heading.title is None:
        title, tail = _title_with_date(parsed)
    if heading.title is not None and not tail:
        title = lines[heading.title].text
    in_cells = _labels_in_cells(parsed, heading)
    labels |= {name: value for name, value in in_cells.items() if not labels.get(name)}
    for more in (parse_labels("  " + tail), parse_bare_labels(text), *_labels_near(parsed, heading)):
        labels |= {name: value for name, value in more.items() if value and name not in labels}
    if tail and not labels.get("published"):
        labels["published"] = tail
    _part_dates(labels)
    return Evidence(parsed, heading, labels, head, title)


def _part_dates(labels: dict[str, str]) -> None:
    """Put a date that stands without a label behind another label's value where it belongs."""
    for name in ("source", "author", "editor", "counter", "tool"):
        found = _DATE_BEHIND.search(labels.get(name, ""))
        if found and is_only_date(found[1]):
            labels[name] = labels[name][: found.start()].strip()
            labels.setdefault("published", found[1])


def _is_label(text: str) -> bool:
    """Say whether a line is a label and nothing else."""
    return label_of(text) is not None or is_head_label(text)


def _split_title(text: str) -> tuple[str, str]:
    """Return title and label line of an element that holds both; the line is empty where there is only a title."""
    cuts = [found.start() for found in [_TAIL.search(text)] if found]
    hits = find_labels(text)
    if hits and not hits[0].start:
        return text, ""  # a label line, and no title
    cuts += [hit.start for hit in hits if not text[hit.start - 1].strip()][:1]
    cut = min(cuts, default=0)
    title, tail = text[:cut].strip(), text[cut:].strip()
    return (title, tail) if len(squeeze(title)) >= 4 and _says_something(tail) else (text, "")


def _says_something(tail: str) -> bool:
    labels = parse_labels("  " + tail)
    return bool(labels.get("published") or labels.get("source") or "counter" in labels) or find_date(tail) is not None


def _title_with_date(parsed: Parsed) -> tuple[str, str]:
    """Return title and date of a page whose title nothing confirms: in one line, or the date alone under the title."""
    lines = parsed.outline.lines
    linked: list[tuple[str, str]] = []
    for number, line in enumerate(lines):
        if len(line.squeezed) > 100 or is_breadcrumb(line):
            continue
        title, tail = _split_title(line.spaced)
        if tail and not _PROSE.search(title):
            if not line.linked:
                return title, tail
            linked.append((title, tail))
        above = lines[number - 1] if number else None
        if above is None or not _begins_with_date(line.spaced) or above.linked or is_breadcrumb(above):
            continue
        if above.text.startswith(("—", "-")) and number > 1:
            above = lines[number - 2]  # a subtitle
        if find_labels(above.text) or _is_label(above.text):
            continue
        follows = lines[number + 1] if number + 1 < len(lines) else None
        usable = 4 <= len(above.squeezed) <= 60 and not above.text.endswith(("。", "：", ":", "；", "，"))
        if usable and follows is not None and _PROSE.search(follows.text):
            return above.text, line.text
    return linked[0] if len(linked) == 1 else ("", "")


def _begins_with_date(text: str) -> bool:
    """Say whether a line is a date, alone or with labels or bars behind it."""
    if is_only_date(text):
        return True
    head = _LINE_PARTS.split(text, maxsplit=1)[0]
    hits = find_labels(text)
    return is_only_date(text[: hits[0].start] if hits and hits[0].start else head)


def _labels_in_cells(parsed: Parsed, heading: Heading) -> dict[str, str]:
    """Return the labels of the label line whose values stand in the cell beside them."""
    found: dict[str, str] = {}
    for number in heading.info:
        line = parsed.outline.lines[number]
        name = label_of(line.text) if line.node.tag in _CELLS else None
        value = value_beside(parsed, number, ()) if name else ""
        if name and value and not label_of(value) and not parse_labels(value):
            found[name] = value
    return found


def _labels_near(parsed: Parsed, heading: Heading) -> Iterator[dict[str, str]]:
    """Yield labels under the title that have no colon, or whose values stand in cells of their own.

    They are one block: the second line that is none of them ends it. Where no title is known, cells anywhere count.
    """
    lines = parsed.outline.lines
    start = 0 if heading.title is None else heading.title + 1
    missed = 0
    for number in range(start, len(lines) if heading.title is None else min(start + _NEAR, len(lines))):
        line = lines[number]
        found: dict[str, str] = {}
        if len(line.squeezed) <= 2 * _SHORT and line.linked <= len(line.squeezed) // 2:
            name = label_of(line.text) if heading.title is not None or line.node.tag in _CELLS else None
            if heading.title is None and squeeze(line.text) in _WEAK:
                continue
            value = value_beside(parsed, number, ()) if name else ""
            if name and value and not label_of(value) and not parse_labels(value):
                found = {name: value}
            elif heading.title is not None:
                found = parse_bare_labels(line.spaced)
        if "published" in found and not find_loose_date(found["published"]):
            found = {}
        yield found
        is_value = number > start and label_of(lines[number - 1].text) is not None
        missed += not (found or is_value or number in heading.info)
        if missed > 1 and heading.title is not None:
            return


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
    """Yield what may be the title, best first; what was escaped twice reads as its editor wrote it."""
    for field in _written_titles(evidence):
        yield replace(field, value=one_line(unescape(field.value))) if _ENTITY_LEFT.search(field.value) else field


def _written_titles(evidence: Evidence) -> Iterator[Field]:
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
        yield Field(_with_line_above(parsed, heading, evidence.title_line), origin, 0.95 if heading.sure else 0.7)
    elif evidence.title_line:
        yield Field(evidence.title_line, "line", 0.5)
    elif evidence.labels:
        yield from _lone_heading(parsed)
    whole = _without_site(parsed)
    if whole:
        yield Field(whole, "meta:title", 0.6)


def _with_line_above(parsed: Parsed, heading: Heading, title: str) -> str:
    """Return a title whose second line (——记…) is the longer one with its first, where <title> has both."""
    if not heading.title or not title.startswith(("—", "-")):
        return title
    both = parsed.outline.lines[heading.title - 1].text + title
    return both if squeeze(both) in map(squeeze, _TITLE_SUFFIX.split(parsed.html_title)) else title


def _lone_heading(parsed: Parsed) -> Iterator[Field]:
    """Yield the only heading of the page, where no title was found otherwise."""
    names = parsed.site_names()
    found = [
        line
        for line in parsed.outline.lines
        if line.heading and not line.linked and 4 <= len(line.squeezed) <= 100 and line.squeezed not in names
        if not _NO_TITLE.match(line.squeezed)
    ]
    if len(found) == 1:
        yield Field(found[0].text, f"selector:{found[0].node.tag}", 0.6)


def _without_site(parsed: Parsed) -> str:
    """Return the <title> up to what separates it from the site's name; the whole where that leaves next to nothing."""
    names = parsed.site_names()
    parts = [part for part in _TITLE_SUFFIX.split(parsed.html_title) if part and squeeze(part) not in names]
    if not parts:
        return ""
    return parts[0] if len(squeeze(parts[0])) >= 4 else parsed.html_title


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
    yield from _configured(parsed, "published")
    if parsed.meta("PubDate"):
        yield Field(parsed.meta("PubDate"), "meta:PubDate", 0.98)
    yield from _selected(parsed, "published", 0.95)
    own = {f"script:{variable}" for variable in parsed.family.scripts.get("published", ())}
    scripted = list(_script(parsed, "published", 0.95))
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
        if any(not line.linked and (_PROSE.search(line.text) or line.text.endswith("号")) for line in between):
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
    for text in _name_lines(evidence):
        yield Field(text, "line", 0.6)


def _name_lines(evidence: Evidence) -> Iterator[str]:
    """Yield the lines right under the title that show a date, perhaps a name and an address, and nothing else."""
    lines, title = evidence.parsed.outline.lines, evidence.heading.title
    for line in lines[title + 1 : title + 4] if title is not None else []:
        if _PROSE.search(line.squeezed) or line.media:
            return
        if line.linked or find_labels(line.text) or _PASSED.search(line.squeezed):
            continue
        if find_date(line.text):
            yield line.spaced


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
    candidates += [field for field in _script(parsed, "source", 0.95) if _SAYS_WHO.search(field.value)]
    candidates += _names_beside_date(evidence)  # none where there is a label, be it empty
    if evidence.labels.get("source"):
        candidates.append(Field(tidy_value(evidence.labels["source"]), "label:source", 0.9))
    for field in parsed.tried("source", candidates):
        labelled = parse_labels(field.value) or parse_bare_labels(field.value)
        value = labelled.get("source", "" if labelled else field.value)
        value = tidy_value(_SOURCE_TAIL.sub("", value))
        if value and len(value) <= 60 and not _NO_SOURCE.match(value):
            return Field(value, field.origin, field.confidence)
    return None


def _names_beside_date(evidence: Evidence) -> Iterator[Field]:
    """Yield the name of an office or a paper that stands without a label beside the date under the title."""
    if "source" in evidence.labels:
        return
    for text in _name_lines(evidence):
        for part in re.split(r"[\s\u3000|｜/]+", text):
            if _OFFICE.fullmatch(part):
                yield Field(part, "line", 0.5)


def read_author(evidence: Evidence) -> Field | None:
    """Return the author that the label line, a script or META Author names."""
    parsed = evidence.parsed
    candidates = [*_configured(parsed, "author")]
    if parsed.metas.get("Author"):
        candidates.append(Field(parsed.metas["Author"], "meta:Author", 0.8))
    candidates += [replace(field, value=_unlabelled(field.value)) for field in _selected(parsed, "author", 0.9)]
    candidates += _script(parsed, "author", 0.9)
    if evidence.labels.get("author"):
        candidates.append(Field(tidy_value(evidence.labels["author"]), "label:author", 0.9))
    usable = (field for field in parsed.tried("author", candidates) if field.value and len(field.value) <= 40)
    return next((field for field in usable if not _NO_SOURCE.match(field.value)), None)


def _unlabelled(value: str) -> str:
    """Return an author without the label before the name, and without what a template writes behind it."""
    labelled = parse_labels(value) or parse_bare_labels(value)
    return tidy_value(labelled.get("author") or _LABELLED.sub("", value))


def read_number(evidence: Evidence, title: str, body_lines: list[str]) -> Field | None:
    """Return the document's own number as written: from the head, a line of its own at the body's start, the title."""
    for field in _configured(evidence.parsed, "document_number"):
        return field
    if "document_number" in evidence.head:
        return evidence.head["document_number"]
    for field in _selected(evidence.parsed, "document_number", 0.9):
        if number := find_number(field.value):
            return replace(field, value=number)
    heading, lines = evidence.heading, evidence.parsed.outline.lines
    near = [line.text for line in lines[heading.title + 1 : heading.end + 2]] if heading.title is not None else []
    for origin, texts in (("body", body_lines[:_LINES_FOR_NUMBER]), ("line", near)):
        number = number_of_lines(texts)
        if number:
            return Field(number, origin, 0.8 if is_strict(number) else 0.6)
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
    return {
        "title": family.title,
        "published": family.published,
        "source": family.source,
        "author": family.author,
        "document_number": family.document_number,
    }[name]


def _is_written(scripts: str, variable: str) -> bool:
    """Say whether scripts may give a variable a value. A short name is in every script, so its sign is looked for."""
    return any(variable + sign in scripts for sign in (("",) if len(variable) > _SHORT_NAME else ("=", " =")))


def _assignments(pattern: re.Pattern[str], scripts: str, variables: list[str]) -> Iterator[re.Match[str]]:
    """Yield where scripts give variables a value, in their order: only where a name stands is the pattern tried."""
    end = 0
    for place in sorted(place for variable in variables for place in _places(scripts, variable)):
        found = pattern.match(scripts, place) if place >= end else None
        if found:
            end = found.end()
            yield found


def _places(text: str, word: str) -> Iterator[int]:
    place = text.find(word)
    while place >= 0:
        yield place
        place = text.find(word, place + 1)


def _script(parsed: Parsed, name: str, confidence: float) -> Iterator[Field]:
    """Yield the values of script variables that the template writes a field from."""
    for family_id in dict.fromkeys((parsed.detection.family, GENERIC)):
        pattern = parsed.families.patterns[family_id].script
        variables = parsed.families[family_id].scripts.get(name, ())
        written = [variable for variable in variables if _is_written(parsed.scripts, variable)]
        for found in _assignments(pattern, parsed.scripts, written) if pattern and written else ():
            if found[1] in variables and found[3].strip():
                yield Field(one_line(found[3]), f"script:{found[1]}", confidence)
