"""The title of an article. Order (domain rules, harvest pitfalls and META annex):

the site's YAML, META tags, the policy head, the family's selectors, the title's line, and <title> last.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

from migrate.extract.asked import configured, selected
from migrate.extract.dom import one_line, squeeze
from migrate.extract.evidence import Evidence
from migrate.extract.heading import Heading
from migrate.extract.page import Parsed
from migrate.records import Field

_ENTITY_LEFT = re.compile(r"&(?:nbsp|amp|quot|lt|gt|ldquo|rdquo|middot);?")
_TITLE_SUFFIX = re.compile(r"\s*(?:[_|＿｜·>«»－]|--+|\s[-–—]\s|::|(?<![-–—])[-–](?![-–—]))\s*")
"""What stands between a title and the site's name in <title>; a dash of two characters (——) is part of a title."""
_NO_TITLE = re.compile(r"^(?:相关|推荐|热门|最新|友情|网站|站内|栏目|导航|联系|版权|热点|专题|图片)")


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
    yield from configured(parsed, "title")
    line = parsed.outline.lines[heading.title] if heading.title is not None else None
    meta = parsed.meta("ArticleTitle")
    if meta and not (line and meta.endswith(("...", "…")) and line.squeezed.startswith(squeeze(meta).rstrip(".…"))):
        yield Field(meta, "meta:ArticleTitle", 0.98)
    if "title" in evidence.head:
        yield evidence.head["title"]
    yield from selected(parsed, "title", 0.9)
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
