"""What the readers of single fields share: title, label lines and policy head, and what stands near them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from migrate.extract.breadcrumb import is_breadcrumb
from migrate.extract.dates import find_date, find_loose_date, is_only_date
from migrate.extract.dom import squeeze
from migrate.extract.heading import Heading
from migrate.extract.labels import find_labels, label_of, parse_bare_labels, parse_labels
from migrate.extract.page import Parsed
from migrate.extract.policy import is_head_label, value_beside
from migrate.records import Field

_TAIL = re.compile(
    r"\s+[\[(（]?(?:19|20)\d{2}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?(?=[\])）]?\s*(?:\d{1,2}:\d{2}|$|\s\S{2,6}[:：]))"
)
_DATE_BEHIND = re.compile(r"[\s\u3000|｜]+((?:19|20)\d{2}\s*[-/.年].{3,24})$")
_NEAR = 6
"""Lines under a title in which labels without colons, or in cells of their own, are looked for."""
_SHORT = 40
_WEAK = frozenset({"时间", "日期", "作者"})
"""Labels that tables in a body have as well."""
_LINE_PARTS = re.compile(r"\s*[|｜/]\s*|[\s\u3000]{1,}(?![\d:：]{2,})")
_PASSED = re.compile(r"通过|公布|修订|修正|施行|实施|印发|批准|会议|令|号|届|至|止|期间|发布会")
"""What makes a date beneath a title that of a law, of a deadline or of a number."""
_CELLS = frozenset({"td", "th", "dt"})
PROSE = re.compile(r"[。；！？]|.{41}")


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
        if tail and not PROSE.search(title):
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
        if usable and follows is not None and PROSE.search(follows.text):
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


def name_lines(evidence: Evidence) -> Iterator[str]:
    """Yield the lines right under the title that show a date, perhaps a name and an address, and nothing else."""
    lines, title = evidence.parsed.outline.lines, evidence.heading.title
    for line in lines[title + 1 : title + 4] if title is not None else []:
        if PROSE.search(line.squeezed) or line.media:
            return
        if line.linked or find_labels(line.text) or _PASSED.search(line.squeezed):
            continue
        if find_date(line.text):
            yield line.spaced
