"""What a page is: home, list, article, or none of them and why (error page, challenge, redirect, empty, login)."""

import re
from collections.abc import Iterator
from enum import Enum, auto
from functools import lru_cache

from migrate.answers import BARE, MISSING, PARKED, SHORT, Known, recognise
from migrate.extract.body import Container
from migrate.extract.dates import find_date
from migrate.extract.dom import attribute, squeeze
from migrate.extract.heading import Heading
from migrate.extract.labels import parse_labels
from migrate.extract.outline import Line
from migrate.extract.page import Parsed
from migrate.extract.trace import Point
from migrate.families import GENERIC
from migrate.filenames import is_file_address, names_file
from migrate.records import Kind
from migrate.urls import UrlRules, canonical

_REFRESH = re.compile(
    r"\s*\+?(\d{1,9})?(?:\.[\d.]{0,9})?(?:\s*[;,]|\s)\s*(?:url\s*=\s*)?(?:\"([^\"]+)|'([^']+)|(?!url\s*=)([^\s\"'][^\"']*))",
    re.IGNORECASE,
)
"""How browsers read it (HTML, "shared declarative refresh steps"): a number, a separator, perhaps `url=` and quotes."""
_SCRIPT_REFRESH = re.compile(
    r"http-equiv=\\?[\"']?refresh\\?[\"']?[^>]*?url=\\?[\"']?([^\"'\\>\s]+)|"
    r"(?:window\.|self\.|top\.|document\.)?location(?:\.href)?\s*(?:=|\.replace\()\s*[\"']([^\"']+)[\"']",
    re.IGNORECASE,
)
_LEADS_ON = re.compile(r"location(?:\.href)?\s*(?:=|\.replace\()\s*[\"']")
"""The least of it, in lower case: begins with letters, so that only where they are it is tried."""
_REFRESH_SOON = 10
_LED_ON = "meta-refresh:"
_LONG = 20_000
"""Characters of a page's source from which on it shows enough to be no obstacle."""
_TITLE_LIKE = 8
_NAME_LIKE = 4
_NO_COLUMN = 12
"""Characters from which a title is no column's name."""
_DATED_ENOUGH = 3
_LINKS_ENOUGH = 8
_SENTENCE = 20
_MOST_AGAINST = 4
"""The most that text and lines can say against an article: rows in the body, and rows with dates on the page."""


def emptiness(parsed: Parsed) -> str | None:
    """Return `meta-refresh:<url>` of a page that leads on, `empty` of one that shows nothing, or None.

    Looks before scripts are dropped, because redirects live in them.
    """
    target = _refresh_target(parsed)
    if target:
        return f"{_LED_ON}{target}"
    return None if parsed.elements.any_media() or _visible(parsed) else "empty"


def obstacle(parsed: Parsed, lacks: str | None) -> str | None:
    """Return why a page is nothing that can be read, or None: `challenge`, `error-page`, `server-error`, `login-form`,
    `parked`, or what it `lacks` (`emptiness`). The page must be prepared.
    """
    if parsed.families.is_error_page(parsed.detection.family, parsed.decoded.text):
        return "error-page"
    sign = recognise(parsed.decoded.text, _known(parsed.outline.lines))
    if sign and sign.kind != PARKED:
        return "error-page" if sign.kind in MISSING else sign.kind
    if sign and not (lacks or "").startswith(_LED_ON):
        return sign.kind
    return lacks


def _known(lines: list[Line]) -> Known:
    outside = "".join([line.squeezed for line in lines if not line.linked])
    return Known(outside, sum([len(line.anchors) for line in lines]), sum([line.linked for line in lines]))


def _visible(parsed: Parsed) -> int:
    """Return the characters of the page's text without scripts; long pages are not counted, they are no obstacle."""
    body = parsed.tree.body
    if body is None:
        return 0
    if len(parsed.decoded.text) > _LONG:
        return SHORT
    hidden = sum(len(squeeze(node.text())) for node in body.css("script, style, noscript"))
    return max(len(squeeze(body.text())) - hidden, 0)


def _refresh_target(parsed: Parsed) -> str | None:
    for content in parsed.refreshes:
        found = _REFRESH.match(content)
        if found and int(found[1] or 0) <= _REFRESH_SOON and _visible(parsed) < SHORT:
            target = parsed.absolute((found[2] or found[3] or found[4]).strip())
            if target and target.rstrip("/") != parsed.page.url.rstrip("/"):
                return target
    found = _SCRIPT_REFRESH.search(parsed.scripts) if _may_lead_on(parsed) else None
    if found and _visible(parsed) < BARE:
        target = parsed.absolute(found[1] or found[2])
        if target and target.rstrip("/") != parsed.page.url.rstrip("/"):
            return target
    return None


def _may_lead_on(parsed: Parsed) -> bool:
    """Say whether a page's scripts may lead to another page, and do little else."""
    if len(parsed.scripts) >= 3_000 or len(parsed.decoded.text) > _LONG:
        return False
    lower = parsed.scripts.lower()
    return "http-equiv" in lower or _LEADS_ON.search(lower) is not None


def is_home(parsed: Parsed) -> bool:
    """Say whether the address is the site's root (or its default document)."""
    rules = parsed.rules
    try:
        return canonical(parsed.page.url, rules) in (_home(parsed.site.site.url, rules), f"http://{rules.host}/")
    except ValueError:
        return False


@lru_cache(maxsize=64)
def _home(url: str, rules: UrlRules) -> str:
    return canonical(url, rules)


def decide(parsed: Parsed, heading: Heading, container: Container | None) -> Kind:
    """Return LIST or ARTICLE, weighing address, META tags, label line, text and list lines against each other."""
    points = [*_address_points(parsed), *_meta_points(parsed), *_title_points(parsed, heading)]
    if parsed.trace is None and sum(worth for worth, _why in points) > _MOST_AGAINST:
        return Kind.ARTICLE  # as nearly all are that are one
    points += _text_points(parsed, container)
    if parsed.trace is not None:
        parsed.trace.points += [Point(worth, why) for worth, why in points]
    return Kind.ARTICLE if sum(worth for worth, _why in points) > 0 else Kind.LIST


def _title_points(parsed: Parsed, heading: Heading) -> Iterator[tuple[int, str]]:
    if heading.info:
        yield _heading_points(parsed, heading)
        return
    line = parsed.outline.lines[heading.title] if heading.sure and heading.title is not None else None
    if line is not None and len(line.squeezed) >= _NO_COLUMN:
        yield 2, "confirmed-title"


def _text_points(parsed: Parsed, container: Container | None) -> Iterator[tuple[int, str]]:
    lines = parsed.outline.lines
    kinds = list(map(_kind_of_row, lines))
    if container is not None:
        yield from _body_points(parsed, container, kinds[container.start : container.end])
    rows, dated = _rows(lines, kinds)
    if container is not None and not rows and any(map(_is_prose, lines[container.start : container.end])):
        yield 1, "prose"
    if dated >= _DATED_ENOUGH:
        yield -2, f"dated-rows:{dated}"
    elif rows >= _LINKS_ENOUGH:
        yield -1, f"rows:{rows}"


def _heading_points(parsed: Parsed, heading: Heading) -> tuple[int, str]:
    """Return what title and label lines are worth: most, where <title> confirms the one and two labels say something.

    A column's page has a title, too, and its first row a date; nobody writes source or counter under a column's name.
    """
    if heading.title is None:
        return 1, "label-line"
    labels = parse_labels("  ".join(parsed.outline.lines[number].spaced for number in heading.info))
    told = {"published", "updated", "source", "author", "counter"} & labels.keys()
    dated = any(find_date(parsed.outline.lines[number].text) for number in heading.info)
    if heading.sure and len(told) + (dated and "published" not in told) > 1:
        return 5, "confirmed-title-and-label-line"
    return 2, "title-and-label-line"


def _body_points(parsed: Parsed, container: Container, kinds: list["_Row"]) -> Iterator[tuple[int, str]]:
    inside = parsed.outline.lines[container.start : container.end]
    text = sum(line.plain for line in inside)
    rows, _dated = _rows(inside, kinds)
    if container.trusted and (text >= BARE or _media(inside)):
        yield 3, f"editors-text:{container.origin}"
    elif text >= 100 and text > 3 * sum(line.linked for line in inside):
        yield (2 if rows or _dated_lines(inside) >= _DATED_ENOUGH else 3), f"text:{text}"
    if rows >= _DATED_ENOUGH and text < 40 * rows:
        yield -2, f"rows-in-body:{rows}"


def _dated_lines(lines: list[Line]) -> int:
    """Return how many short lines show a date: a list whose titles are no links on this page."""
    return sum(1 for line in lines if len(line.squeezed) < 60 and find_date(line.text))


def _is_prose(line: Line) -> bool:
    """Say whether a line is a sentence outside links: imprints have none."""
    return line.linked == 0 and len(line.squeezed) >= _SENTENCE and "。" in line.squeezed


def _media(lines: list[Line]) -> bool:
    return any(line.media for line in lines)


def _address_points(parsed: Parsed) -> Iterator[tuple[int, str]]:
    url = parsed.page.url
    families = parsed.families
    own = parsed.detection.family
    if families.is_detail(own, url):
        yield 4, f"address-of-article:{own}"
    elif own != GENERIC and families.is_listing(own, url):
        yield -2, f"address-of-list:{own}"
    elif families.is_detail(GENERIC, url):
        yield 3, f"address-of-article:{GENERIC}"
    elif families.is_listing(GENERIC, url):
        yield -2, f"address-of-list:{GENERIC}"


def _meta_points(parsed: Parsed) -> Iterator[tuple[int, str]]:
    named = next((name for name in ("ArticleTitle", "PubDate") if parsed.meta(name)), "")
    if named:
        yield 3, f"meta:{named}"
    elif parsed.meta("ColumnName"):
        yield -1, "meta:ColumnName"


class _Row(Enum):
    """What a line is as the row of a list, wherever it stands."""

    NONE = auto()
    LINK = auto()
    """A link long enough to be a title."""
    DATED = auto()
    """A link and its date."""


def _kind_of_row(line: Line) -> _Row:
    if line.linked < _NAME_LIKE:
        return _Row.NONE
    if _is_short_row(line):
        return _Row.DATED
    short = line.linked < _TITLE_LIKE or line.linked < 0.5 * len(line.squeezed)
    return _Row.NONE if short or _names_files(line) else _Row.LINK


def _rows(lines: list[Line], kinds: list[_Row]) -> tuple[int, int]:
    """Return how many lines are links long enough to be titles, and how many of those show a date beside them."""
    rows = dated = 0
    for number, (line, kind) in enumerate(zip(lines, kinds, strict=True)):
        if kind is _Row.NONE:
            continue
        rows += 1
        if kind is _Row.DATED:
            dated += 1
            continue
        beside = line.text if line.linked < len(line.squeezed) else ""
        following = lines[number + 1].text if number + 1 < len(lines) else ""
        previous = lines[number - 1].text if number else ""
        if any(_is_row_date(text) for text in (beside[-30:], following[:20], previous[:20])):
            dated += 1
    return rows, dated


def _is_short_row(line: Line) -> bool:
    """Say whether a line is a link and a date: then names of four characters are titles too."""
    if not line.anchors or line.linked < _NAME_LIKE or len(line.squeezed) > _TITLE_LIKE + 25:
        return False
    date = _row_date(line.text)
    return date is not None and line.linked >= 0.8 * len(squeeze(line.text[: date.start()]))


def _names_files(line: Line) -> bool:
    """Say whether a line's links lead to files, or would if they were whole: attachments are no rows of a list."""
    return names_file(line.text) or any(is_file_address(attribute(anchor, "href")) for anchor in line.anchors)


_ROW_DATE = re.compile(r"[\[(（]?\s*(?:(?:19|20)?\d{2}[-/.年])?\d{1,2}[-/.月]\d{1,2}日?\s*[\])）]?\s*$")


def _row_date(text: str) -> re.Match[str] | None:
    """Return the date that a row ends with. Its last character tells of most that they have none."""
    last = text[-1:]
    return _ROW_DATE.search(text) if last.isdecimal() or last in "日])）" or last.isspace() else None


def _is_row_date(text: str) -> bool:
    return _row_date(text) is not None or find_date(text) is not None
