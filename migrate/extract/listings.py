"""The lines of list and home pages: evidence about the articles that they link to."""

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from migrate.extract.data import written_lists
from migrate.extract.dates import find_date, find_loose_date
from migrate.extract.dom import ancestors, attribute, one_line, squeeze
from migrate.extract.page import Parsed
from migrate.families import GENERIC
from migrate.records import Listing

_LABELLED_TITLE = re.compile(
    r"^\s*(?:文章|信息)?标\s*题\s*[:：]\s*(.+?)\s*(?:点击数|作\s*者|发表时间|更新时间|发布时间|来\s*源)\s*[:：]",
    re.DOTALL,
)
_CUT_SHORT = re.compile(r"(?:\.{2,}|…+)$")
_SHORTEST = 4
_CERTAIN = 8
"""Characters of link text from which a link is a title even without a date or an article's address."""
_ROW = frozenset({"li", "tr", "dd", "dl", "p", "div", "td"})


def read_listings(parsed: Parsed) -> tuple[Listing, ...]:
    """Return each line once, in order: absolute URL, full title, ISO date if a year is shown.

    Lines that a script holds count too, if a date stands beside them: menus and advertisements are written so as well.
    """
    found: dict[str, Listing] = {}
    shown = [anchor for line in parsed.outline.lines for anchor in line.anchors]
    written = LexborHTMLParser(written_lists(parsed.scripts)).css("a[href]") if "<a " in parsed.scripts else []
    for anchor, is_shown in (*((anchor, True) for anchor in shown), *((anchor, False) for anchor in written)):
        url = parsed.absolute(attribute(anchor, "href"))
        if url is None or url == parsed.page.url:
            continue
        listing = _listing(parsed, anchor, url)
        if listing is None or not (is_shown or listing.published):
            continue
        known = found.get(url)
        if known is None or (not known.published and listing.published):
            found[url] = listing
    return tuple(found.values())


def _listing(parsed: Parsed, anchor: LexborNode, url: str) -> Listing | None:
    text = one_line(anchor.text()).lstrip("·•◆■●>» ")
    label = attribute(anchor, "title")
    title, stated = _title(text, label)
    if len(squeeze(title)) < _SHORTEST:
        return None
    published = stated or _date_beside(anchor) or ""
    detail = any(parsed.families.is_detail(family, url) for family in {parsed.detection.family, GENERIC})
    if not published and not detail and len(squeeze(title)) < _CERTAIN:
        return None
    return Listing(url, title, published)


def _title(text: str, label: str) -> tuple[str, str | None]:
    """Return the full title of a link and the date that its title attribute states, if any."""
    labelled = _LABELLED_TITLE.match(label)
    if labelled:
        return one_line(labelled[1]), find_date(label)
    full = one_line(label)
    stem = squeeze(_CUT_SHORT.sub("", text))
    if full and (not stem or (len(squeeze(full)) > len(stem) and squeeze(full).startswith(stem[:6]))):
        return full, None
    return _without_date(text), find_date(text[-24:])


def _without_date(text: str) -> str:
    return re.sub(r"[\[(（\s]*(?:19|20)\d{2}[-/.年]\d{1,2}[-/.月]\d{1,2}日?[\])）\s]*$", "", text).strip() or text


def _date_beside(anchor: LexborNode) -> str | None:
    """Return the date in the row around a link: the nearest element that holds this link alone and a date."""
    for level, node in enumerate(ancestors(anchor)):
        if level > 4 or node.tag in ("body", "ul", "ol", "table", "tbody"):
            return None
        if node.tag not in _ROW:
            continue
        if len(node.css("a[href]")) > 2:
            return None
        rest = one_line(node.text(separator=" ")).replace(one_line(anchor.text()), " ", 1)
        found = find_loose_date(rest) if len(rest) < 120 else find_date(rest)
        if found:
            return found[:10]
    return None
