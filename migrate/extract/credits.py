"""Who wrote an article, and where it comes from: META tags, selectors and scripts speak before labels."""

import re
from collections.abc import Iterator
from dataclasses import replace

from migrate.extract.asked import assigned, configured, selected
from migrate.extract.evidence import Evidence, name_lines
from migrate.extract.labels import parse_bare_labels, parse_labels, tidy_value
from migrate.records import Field

_NO_SOURCE = re.compile(r"^(?:null|undefined|\d[\d\s:：./-]*|无|暂无|-+|[/|])$", re.IGNORECASE)
_SOURCE_TAIL = re.compile(r"(?:发布|日期|时间|点击|浏览|阅读|作者|编辑|字体|字号|【|\[|\(|（|<!--).*$")
_LABELLED = re.compile(r"^\S{1,6}\s*[:：]\s*")
_SAYS_WHO = re.compile("[\u4e00-\u9fa5]|\\.(?:cn|com|net|org)\\b")
"""What a name has that a script writes as source: variables have short names, and other things are called so too."""
_OFFICE = re.compile(
    r"[\u4e00-\u9fa5·]{1,18}(?:局|委|委员会|办|办公室|政府|网|报|日报|社|厅|部|院|站|中心|镇|乡|所|处|科|会|室|队|街道|电视台)"
)


def read_source(evidence: Evidence) -> Field | None:
    """Return where the article says it comes from; None where the label is empty."""
    parsed = evidence.parsed
    candidates = [*configured(parsed, "source")]
    if parsed.meta("ContentSource"):
        candidates.append(Field(parsed.meta("ContentSource"), "meta:ContentSource", 0.98))
    candidates += selected(parsed, "source", 0.9)
    candidates += [field for field in assigned(parsed, "source", 0.95) if _SAYS_WHO.search(field.value)]
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
    for text in name_lines(evidence):
        for part in re.split(r"[\s\u3000|｜/]+", text):
            if _OFFICE.fullmatch(part):
                yield Field(part, "line", 0.5)


def read_author(evidence: Evidence) -> Field | None:
    """Return the author that the label line, a script or META Author names."""
    parsed = evidence.parsed
    candidates = [*configured(parsed, "author")]
    if parsed.metas.get("Author"):
        candidates.append(Field(parsed.metas["Author"], "meta:Author", 0.8))
    candidates += [replace(field, value=_unlabelled(field.value)) for field in selected(parsed, "author", 0.9)]
    candidates += assigned(parsed, "author", 0.9)
    if evidence.labels.get("author"):
        candidates.append(Field(tidy_value(evidence.labels["author"]), "label:author", 0.9))
    usable = (field for field in parsed.tried("author", candidates) if field.value and len(field.value) <= 40)
    return next((field for field in usable if not _NO_SOURCE.match(field.value)), None)


def _unlabelled(value: str) -> str:
    """Return an author without the label before the name, and without what a template writes behind it."""
    labelled = parse_labels(value) or parse_bare_labels(value)
    return tidy_value(labelled.get("author") or _LABELLED.sub("", value))
