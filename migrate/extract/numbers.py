"""发文字号: the grammar of GB/T 9704-2012 and how old pages bend it (domain rules, document numbers).

Orders (`云溪县人民政府令第5号`) and announcements (`公告2015年第3号`) have numbers of their own kind; documents issued
jointly have several.
"""

import re
from dataclasses import replace

from migrate.extract.asked import configured, selected
from migrate.extract.dates import is_only_date
from migrate.extract.evidence import Evidence
from migrate.numbers import NUMBER, normalised
from migrate.records import Field

_STRICT = re.compile(r"[\u4e00-\u9fa5]{2,20}〔(?:19|20)\d{2}〕[1-9]\d{0,4}号")
_BODY_NUMBER = re.compile(rf"({NUMBER.pattern})(?=[：:》）)]|$|关于)")
_SEVERAL = re.compile(rf"{NUMBER.pattern}(?:[\s\u3000、，,；;/]+{NUMBER.pattern})+")
_DATED = re.compile(rf"({NUMBER.pattern})[\s\u3000，,]+(\S{{6,14}}?)[）)]?")
_CITING = "关于|发布|根据|依据|按照|遵照|依照|经|按"
_COUNT = r"第?\s*(?:[0-9０-９]{1,4}|[〇○零一二三四五六七八九十百]{1,6})\s*号"
_ORDER = re.compile(
    rf"(?!{_CITING})(?:[\u4e00-\u9fa5]{{2,24}}(?:政府|国务院|委员会|部|局|署|总署|主席|市长|省长|县长|州长)\s*)?令\s*[（(〔\[]?\s*"
    rf"(?:(?:19|20)\d{{2}}\s*年?\s*)?{_COUNT}\s*[）)〕\]]?"
)
_ANNOUNCED = re.compile(
    rf"(?!{_CITING})(?:[\u4e00-\u9fa5、]{{2,30}})?(?:公告|通告)\s*[（(〔\[]?\s*(?:19|20)\d{{2}}\s*年?\s*[）)〕\]]?\s*{_COUNT}\s*[）)〕\]]?"
    rf"|(?:19|20)\d{{2}}\s*年\s*{_COUNT}\s*(?:公告|通告)"
)
_ORDER_HEAD = re.compile(r"[\u4e00-\u9fa5\s\u3000]{2,40}(?:政府|国务院|委员会|部|局|署|主席)\s*令")
_BARE_COUNT = re.compile(rf"[（(〔\[]?\s*{_COUNT}\s*[）)〕\]]?")
_LONGEST_LINE = 80
_SEPARATORS = re.compile(r"[\s\u3000、，,；;/]+(?=[\u4e00-\u9fa5]{2})")
_LINES_FOR_NUMBER = 6
"""Lines of the body in which the document's own number may stand: later ones are citations."""


def read_number(evidence: Evidence, title: str, body_lines: list[str]) -> Field | None:
    """Return the document's own number as written: from the head, a line of its own at the body's start, the title."""
    for field in configured(evidence.parsed, "document_number"):
        return field
    if "document_number" in evidence.head:
        return evidence.head["document_number"]
    for field in selected(evidence.parsed, "document_number", 0.9):
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


def find_number(text: str) -> str | None:
    """Return the first document number in the text as written, or None."""
    found = NUMBER.search(text)
    return found[0].strip() if found else None


def number_of_line(text: str) -> str | None:
    """Return the number where it is all of a line, or what the line begins with before a colon: a number in the middle
    of a sentence is a citation. Several numbers are kept with a blank between them.
    """
    if "号" not in text:
        return None
    text = text.strip(" \u3000（(【[")
    bare = text.rstrip(" \u3000）)】]")
    if len(bare) <= _LONGEST_LINE:
        if _SEVERAL.fullmatch(bare):
            return _SEPARATORS.sub(" ", bare)
        for pattern in (_ORDER, _ANNOUNCED):
            found = pattern.fullmatch(bare)
            if found:
                return _closed("".join(found[0].split()))
        dated = _DATED.fullmatch(text)
        if dated and is_only_date(dated[2]):
            return dated[1].strip()
    found = _BODY_NUMBER.match(text)
    return found[1].strip() if found else None


def number_of_lines(lines: list[str]) -> str | None:
    """Return the document's own number among the first lines of a text: one line, two that belong together (an order
    and its count), or several lines of a joint document, put together with blanks.
    """
    for index, text in enumerate(lines):
        head = text.strip(" \u3000")
        following = lines[index + 1].strip(" \u3000") if index + 1 < len(lines) else ""
        if head.endswith("令") and _ORDER_HEAD.fullmatch(head) and _BARE_COUNT.fullmatch(following):
            return "".join((head + following.strip("（(〔[）)〕] ")).split())
        number = number_of_line(text)
        if number is None:
            continue
        more = [number]
        for line in lines[index + 1 :]:
            if not NUMBER.fullmatch(line.strip(" \u3000（(）)")):
                break
            more.append(line.strip(" \u3000（(）)"))
        return " ".join(more) if NUMBER.fullmatch(number) else number
    return None


def is_strict(number: str) -> bool:
    """Say whether the number, normalised, follows the standard."""
    return _STRICT.fullmatch(normalised(number)) is not None


def _closed(text: str) -> str:
    """Return a number whose closing bracket was taken for the line's own with its bracket again."""
    pairs = {"（": "）", "(": ")", "〔": "〕", "[": "]"}
    return next((text + closing for opening, closing in pairs.items() if opening in text and closing not in text), text)
