"""Breadcrumb: the columns above an article, without the home page and without the article itself."""

import re
from functools import lru_cache

from migrate.extract.dom import attribute, one_line, squeeze
from migrate.extract.outline import Line
from migrate.extract.page import Parsed
from migrate.records import Provenance

_MARKER = re.compile(
    r"(?:您?(?:现在|当前|目前)?(?:所在|的|所处)?的?位置|当前(?:位置|栏目|频道)|所在位置|您的位置|导航位置)(?:是|为)?\s*[:：]?"
)
_IN_MARKER = ("位置", "当前")
"""One of them is in each marker: a cheap look, most lines have none."""
_SPLIT = re.compile(r"\s*(?:>+|»+|›+|→+|＞+|﹥+|》+|/+|\\+|→|::+|-{1,2}>|\s-\s|\|)\s*")
_HOME = re.compile(r"^(?:网站|本站|门户)?(?:首\s*页|主\s*页)$|^home$", re.IGNORECASE)
_SELF = re.compile(
    r"^(?:正文|内容|(?:详细|正文|具体|信息|新闻|文章)(?:内容|页|信息|正文|详情|浏览|查看|显示)|"
    r"(?:浏览|查看|阅读|显示)(?:文章|详情|信息|内容|新闻|正文)|(?:内容)?详情页?|详细|列表|(?:新闻|文章|信息|内容)?列表页?)$"
)
_TRAIL = re.compile(r"\s*(?:>+|»+|›+|→+|＞+|﹥+|》+)\s*")
_DEEPEST = 9
_ROOT = re.compile(r"https?://[^/?]*/?", re.IGNORECASE)
_ARROWS = re.compile(r"[>»›→＞﹥》/\\]")


def is_breadcrumb(line: Line) -> bool:
    """Say whether a line is a breadcrumb: `当前位置：首页 > 政务公开 > 通知公告`."""
    return len(line.text) <= 200 and _leads_here(line.text, linked=bool(line.anchors))


@lru_cache(maxsize=4096)  # menus are the same on every page of a site
def _leads_here(text: str, *, linked: bool) -> bool:
    head = text[:30]
    found = _MARKER.search(head) if any(word in head for word in _IN_MARKER) else None
    if found and not text.endswith("。"):
        behind = text[found.end() :]
        if linked or _ARROWS.search(behind) or "首页" in behind:  # else a text says where something stands
            return True
    if not _ARROWS.search(text):
        return False
    if not linked:  # written out, without links: nothing but a breadcrumb begins with `首页 >`
        pieces = _TRAIL.split(text.strip())
        return 2 <= len(pieces) <= _DEEPEST and _HOME.match(pieces[0]) is not None and all(map(_is_name, pieces[1:]))
    return _HOME.match(_SPLIT.split(text, maxsplit=1)[0].strip()) is not None


def _is_name(piece: str) -> bool:
    return len(squeeze(piece)) <= 60 and not piece.endswith("。")


def find_breadcrumb(parsed: Parsed, title: str) -> tuple[tuple[str, ...], dict[str, Provenance]]:
    """Return the column names from the top and where they stood; from META ColumnName where the page shows none."""
    names = parsed.site_names()
    for selector in parsed.possible(parsed.family.breadcrumb):
        for node in parsed.select(selector)[:1]:
            crumbs = _clean(_SPLIT.split(one_line(node.text())), title, names)
            if crumbs:
                return crumbs, _from(f"selector:{selector}", 0.95)
    for number, line in enumerate(parsed.outline.lines):
        if is_breadcrumb(line):
            crumbs = _clean(_pieces(parsed, number), title, names | _root_names(parsed, line))
            if crumbs:
                return crumbs, _from("line", 0.9 if _MARKER.search(line.text[:30]) else 0.7)
    column = parsed.meta("ColumnName")
    return ((column,), _from("meta:ColumnName", 0.8)) if column else ((), {})


def _from(origin: str, confidence: float) -> dict[str, Provenance]:
    return {"breadcrumb": Provenance(origin, confidence)}


def _pieces(parsed: Parsed, number: int) -> list[str]:
    """Return the parts of a breadcrumb; templates that give each part its own block spread it over several lines."""
    lines = parsed.outline.lines
    text = lines[number].text
    if _MARKER.sub("", text).strip(" >»/") == "" or (text.rstrip().endswith((">", "»", "＞"))):
        for line in lines[number + 1 : number + 8]:
            if not line.anchors and not _SPLIT.fullmatch(line.text):
                break
            text += " > " + line.text
    return _SPLIT.split(_MARKER.sub("", text, count=1))


def _root_names(parsed: Parsed, line: Line) -> set[str]:
    """Return the text of links to the site's root: sites write their name there instead of 首页."""
    found = set()
    for anchor in line.anchors:
        url = parsed.absolute(attribute(anchor, "href"))
        if url and _ROOT.fullmatch(url):
            found.add(squeeze(anchor.text()))
    return found


def _clean(pieces: list[str], title: str, names: set[str]) -> tuple[str, ...]:
    own = squeeze(title)
    kept: list[str] = []
    for piece in pieces:
        name = one_line(piece).strip(" :：[]【】·•|")
        bare = squeeze(name)
        if not bare or len(bare) > 30 or _HOME.match(bare) or _SELF.match(bare) or bare in names:
            continue
        if own and (bare == own or (len(bare) > 8 and own.startswith(bare.rstrip("….")))):
            continue
        kept.append(name)
    return tuple(kept)
