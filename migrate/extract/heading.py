"""Where an article begins: its title line and the label lines under it. Everything else is found from there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from selectolax.lexbor import LexborNode

from migrate.extract.breadcrumb import is_breadcrumb
from migrate.extract.dates import find_date, is_only_date
from migrate.extract.dom import ancestors, attribute, class_and_id, squeeze
from migrate.extract.labels import is_label_line, label_of, parse_labels
from migrate.extract.outline import Line
from migrate.extract.page import Parsed
from migrate.extract.policy import is_head_label

_TITLE_CLASS = re.compile(r"title|biaoti|headline|\bbt\b|subject|_tit\b|\btit\b|arti_|\btt\b")
_NO_TITLE = re.compile(
    r"^(?:当前位置|您?的?位置|首页|正文|内容|详细内容|相关(?:文章|新闻|信息|链接)|推荐|热门|最新|其[他它]|上一篇|下一篇)"
)
_TRUNCATED = re.compile(r"(?:\.{2,}|…+)$")
_FURNITURE = re.compile(
    r"(?:打印(?:本页|此页|正文|文章)?|关闭(?:本页|窗口)?|我的收藏|收藏(?:本页)?|加入收藏|分享(?:到|至)?|字体|字号|微信|微博|QQ空间|更多|复制链接|"
    r"默认|超大|点击|我要(?:纠错|打印|评论)|手机(?:浏览|阅读|查看|版)|扫一扫.{0,20}|[小中大次T01]|[|\[\]【】()（）:：\-+,，.])++"
)
_PLAIN_TOOLS = re.compile(
    r"打印(?:本页|此页|正文|本文|文章|该页|页面|预览)|关闭(?:本页|窗口|此页|页面|本窗口|当前窗口)|返回(?:顶部|列表|上一?页|首页|上级|目录)|"
    r"收藏(?:本页|此页|本文)|加入收藏|我要(?:纠错|打印|推荐|评论|收藏)|网站纠错|推荐给好友|告诉好友|发送给好友|回到顶部|"
    r"复制(?:链接|网址)|下载(?:word|pdf)版|(?:字体|字号)[^大中小默]{0,4}[大中小默]|QQ空间",
    re.IGNORECASE,
)
_ACTIONS = re.compile(r"打印|关闭|返回|收藏|分享|更多|纠错|推荐|保存|复制|TOP|微信|微博", re.IGNORECASE)
_CHROME_CLASS = re.compile(
    r"[\s_-](?:share|bdshare\w*|jiathis\w*|bshare\w*|pager?|pages|pagelink|pagination|prev\w*|next\w*|prenext|toolbar|tools|print\w*|"
    r"xgxx|related\w*|copyright|footer|breadcrumb|ewm|qrcode|comment\w*)[\s_-]"
)
_BARS = re.compile(r"\s*[|｜]\s*")
_LONGEST_NAMES = 40
_LONGEST_HEAD = 40
"""Lines of a policy head: labels and values."""
_COLUMN_NAME = 0.5
"""What a line is worth that is one part of <title>: the heading of a page that has no other, such as 单位职能."""
_ENOUGH = 100
"""Characters of text that make the heading above them a title."""
_REACH = 8
"""Lines under a title that may still belong to its label line."""


@dataclass(frozen=True, slots=True)
class Heading:
    """Line numbers in the outline; `end` is the first line after title and label lines."""

    title: int | None
    info: tuple[int, ...]
    end: int
    sure: bool
    """Whether META or <title> confirms the title line."""


def find_heading(parsed: Parsed) -> Heading:
    """Return where title and label lines stand. Without any of them: title None, no info, end 0."""
    title = _confirmed_title(parsed)
    sure = title is not None
    lines = parsed.outline.lines
    if title is None:
        first = _first_info(lines)
        title = _line_above(parsed, first) if first is not None else None
        if title is None:
            title = _lone_heading(parsed)
        if title is None and first is None:
            title = _heading_over_text(parsed)
        if title is None and first is not None:
            return Heading(None, (first,), first + 1, False)
    if title is None:
        return Heading(None, (), 0, False)
    info, end = _info_below(lines, title)
    if not info and title > 0 and is_info(lines[title - 1].spaced):
        info = (title - 1,)
    if title > 0 and is_head_label(lines[title - 1].text):
        end = max(end, _end_of_head(parsed, title))
    return Heading(title, info, end, sure)


def _end_of_head(parsed: Parsed, title: int) -> int:
    """Return the line after the head table that names the title; 0 where it is too long to be one."""
    for node in ancestors(parsed.outline.lines[title].node):
        if node.tag in ("table", "ul", "dl"):
            start, end = parsed.outline.span(node)
            return end if end - start <= _LONGEST_HEAD else 0
    return 0


@lru_cache(maxsize=4096)  # the lines of a page are asked by several readers
def is_info(text: str) -> bool:
    """Say whether a line is an article's label line: a publication date, a source or a counter under its label."""
    if is_only_date(text):
        return True
    if not is_label_line(text):
        return False
    labels = parse_labels(text)
    if "source" in labels or "counter" in labels or "updated" in labels or find_date(labels.get("written_on", "")):
        return True
    published = labels.get("published")
    return published is not None and (not published or find_date(published) is not None) and len(squeeze(text)) < 120


def _confirmed_title(parsed: Parsed) -> int | None:
    """Return the line that META ArticleTitle or <title> repeats: the longest, headings before plain lines."""
    wanted = [squeeze(parsed.meta("ArticleTitle"))] if parsed.meta("ArticleTitle") else []
    wanted.append(squeeze(parsed.html_title))
    wanted = [title for title in wanted if title]
    if not wanted:
        return None
    parts = {squeeze(part) for part in parsed.title_parts()}
    stem = _TRUNCATED.sub("", max(parts, key=len, default=""))
    names = parsed.site_names()
    all_titles = "\n".join(wanted)
    best: tuple[float, int] | None = None
    for number, line in enumerate(parsed.outline.lines):
        text = line.squeezed
        if text not in all_titles and not (stem and text.startswith(stem)):
            continue  # most lines: none of the title is in them
        if not 2 <= len(text) <= 200 or line.linked > len(text) // 2 or text in names:
            continue
        worth = max(_likeness(text, title, parts, stem) for title in wanted)
        if worth <= 0 or _NO_TITLE.match(text):
            continue
        if worth > _COLUMN_NAME:
            worth += 12 * line.heading + (6 if _TITLE_CLASS.search(class_and_id(line.node)) else 0)
        if best is None or worth > best[0]:
            best = (worth, number)
    return best[1] if best else None


def _likeness(text: str, title: str, parts: set[str], stem: str) -> float:
    """Return how much of a title a line is: its length, or 0 where it is none of it. `stem` is the longest part."""
    if text == title:
        return len(text) + 30.0
    if title.startswith(text) and (len(text) >= 6 or text in parts):
        return float(len(text))
    if len(stem) >= 8 and text.startswith(stem):
        return len(stem) + 5.0
    if len(text) >= 8 and text in title:
        return len(text) - 4.0
    return _COLUMN_NAME if text in parts else 0.0


def _first_info(lines: list[Line]) -> int | None:
    for number, line in enumerate(lines):
        if line.linked <= len(line.squeezed) // 2 and is_info(line.spaced):
            # A lone date is no label line here: without a title above it, it is the signature of some text.
            labels = parse_labels(line.spaced)
            if find_date(labels.get("published", "")) or "source" in labels:
                return number
    return None


def _line_above(parsed: Parsed, info: int) -> int | None:
    """Return the line over the label line, if it can be a title: no link, no breadcrumb, not too short."""
    for number in range(info - 1, max(info - 4, -1), -1):
        line = parsed.outline.lines[number]
        usable = 4 <= len(line.squeezed) <= 200 and not line.linked and not _NO_TITLE.match(line.squeezed)
        if usable and not is_breadcrumb(line) and line.squeezed not in parsed.site_names():
            return number
    return None


def _lone_heading(parsed: Parsed) -> int | None:
    """Return the page's only h1 that is no site name, for pages whose <title> says nothing."""
    names = parsed.site_names()
    found = [
        number
        for number, line in enumerate(parsed.outline.lines)
        if line.node.tag == "h1" and _can_be_title(line, names)
    ]
    return found[0] if len(found) == 1 else None


def _heading_over_text(parsed: Parsed) -> int | None:
    """Return the heading that most of the page's text stands under: of pages in other languages, whose labels nobody
    knows, and of templates that give each box its h1.
    """
    outline, names = parsed.outline, parsed.site_names()
    heads = [number for number, line in enumerate(outline.lines) if line.node.tag in ("h1", "h2")]
    total = outline.weight(0, len(outline.lines))
    for place, number in enumerate(heads):
        line = outline.lines[number]
        following = heads[place + 1] if place + 1 < len(heads) else len(outline.lines)
        if 2 * outline.weight(number + 1, following) > max(total, 2 * _ENOUGH):
            return number if _can_be_title(line, names) else None
    return None


def _can_be_title(line: Line, names: set[str]) -> bool:
    """Say whether a heading that <title> does not confirm may be a title: no box's name, no form of address."""
    text = line.squeezed
    known = text in names or _NO_TITLE.match(text) is not None or text.endswith(("：", ":"))
    return len(text) >= 4 and not line.linked and not known


def _info_below(lines: list[Line], title: int) -> tuple[tuple[int, ...], int]:
    """Return the label lines under a title and the first line after them; a gap of two plain lines ends them."""
    info: list[int] = []
    end, missed = title + 1, 0
    for number in range(title + 1, min(title + 1 + _REACH, len(lines))):
        line = lines[number]
        if is_only_date(line.spaced) and any(find_date(lines[n].text) for n in info):
            break  # a second date is the text's own: the first cell of a table of days
        if not info and "。" in line.text and not line.linked:
            return _info_under_text(lines, number), end
        if is_info(line.spaced) or _is_name_line(line) or (info and _is_label_value(line, lines[number - 1])):
            info.append(number)
            end, missed = number + 1, 0
        elif is_furniture(line) or (info and _is_toolbar(line)):
            end = number + 1 if info or end == number else end
        else:
            missed += 1
            if info or missed > 2 or len(line.squeezed) > 80:
                break
    return tuple(info), end


def _info_under_text(lines: list[Line], start: int) -> tuple[int, ...]:
    """Return the label line of a template that prints it under a text that begins at `start`: it shows a date."""
    for number in range(start + 1, len(lines)):
        labels = parse_labels(lines[number].spaced) if is_info(lines[number].spaced) else {}
        if find_date(labels.get("published", "")) and len(labels) > 1:
            return (number,)
    return ()


def _is_name_line(line: Line) -> bool:
    """Say whether a line has a date and names between bars, and no label: `文化站 | 2018年11月11日 | 阅读 321`."""
    parts = _BARS.split(line.spaced) if len(line.squeezed) <= _LONGEST_NAMES and not line.media else []
    return len(parts) > 1 and any(map(is_only_date, parts))


def _is_label_value(line: Line, previous: Line) -> bool:
    """Say whether a short line continues a label line (`来源：` and its value in two elements, or a label alone)."""
    if len(line.squeezed) > 30 or line.media:
        return False
    if is_label_line(line.spaced) or _in_one_row(line, previous):
        return True
    return previous.squeezed.endswith(("：", ":")) and _alike(line, previous)


def _in_one_row(line: Line, previous: Line) -> bool:
    """Say whether a cell is a label without a colon, or its value, in the row of a table that holds others."""
    row, before = line.node.parent, previous.node.parent
    if row is None or before is None or row.tag != "tr" or row.mem_id != before.mem_id:
        return False
    return label_of(line.text) is not None or label_of(previous.text) is not None


def _alike(line: Line, previous: Line) -> bool:
    """Say whether two lines are parts of one row: in the same element, or in two of the same kind side by side."""
    if line.node.mem_id == previous.node.mem_id:
        return True
    first, second = line.node.parent, previous.node.parent
    same_parent = first is not None and second is not None and first.mem_id == second.mem_id
    return same_parent and line.node.tag == previous.node.tag


@lru_cache(maxsize=4096)  # menus and tools are the same on every page of a site
def _is_of_tools(text: str) -> bool:
    return _FURNITURE.fullmatch(text) is not None


def is_furniture(line: Line) -> bool:
    """Say whether a line is only tools (font sizes, print, close, share) and shows that it is: `0` or `大` alone
    is as often what an editor entered.
    """
    text = line.squeezed
    return not line.media and len(text) <= 40 and _is_of_tools(text) and is_tool(line)


def _is_toolbar(line: Line) -> bool:
    """Say whether a line right under the label line is of tool words alone, an action among them: 【打印】."""
    text = line.squeezed
    only = not line.media and len(text) <= 40 and _is_of_tools(text)
    return only and line.node.tag not in ("td", "th") and _ACTIONS.search(text) is not None


def is_tool(line: Line) -> bool:
    """Say whether a line of tool words is one: its words name nothing else, it has a handler, or a template's class."""
    if _PLAIN_TOOLS.search(line.squeezed) or has_chrome_class(line):
        return True
    if line.anchors and _ACTIONS.search(line.squeezed):
        return True
    return any(map(_does_something, line.anchors)) or any(map(_does_something, _elements(line)))


def has_chrome_class(line: Line) -> bool:
    """Say whether the element of a line, or the list of which it is an item, has a class that templates use."""
    parent = line.node.parent if line.node.tag == "li" else None
    return _is_of_chrome(class_and_id(line.node)) or (parent is not None and _is_of_chrome(class_and_id(parent)))


@lru_cache(maxsize=4096)  # names of classes are the same on every page of a site
def _is_of_chrome(names: str) -> bool:
    return _CHROME_CLASS.search(names) is not None


def _elements(line: Line) -> Iterator[LexborNode]:
    """Yield the elements from a line's first text up to its block."""
    for node in ancestors(line.first):
        yield node
        if node.mem_id == line.node.mem_id:
            return


def _does_something(node: LexborNode) -> bool:
    href = attribute(node, "href").strip().lower()
    return href.startswith("javascript:") or "onclick" in node.attrs
