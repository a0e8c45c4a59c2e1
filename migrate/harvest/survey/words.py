"""What the words on a page say: menus, pagers, numbers of items."""

import re

from migrate.harvest.reading import Named
from migrate.harvest.survey.addresses import number_in, same_list

MAX_PAGES = 5_000
"""No list is longer; one that says so is not believed."""

LONGEST_NAME = 14
"""Characters of a column's name; what is longer is a title."""

_CHINESE = re.compile(r"[\u4e00-\u9fa5]")
_NO_COLUMN = re.compile(
    r"^(?:网?站?首\s*页|主页|返回.*|回到.*|上一?[页条篇].*|下一?[页条篇].*|前一页|后一页|尾页|末页|跳转|go|登[录陆]|注册|退出|"
    r".*加入收藏|收藏本站|设为(?:首页|主页)|繁体(?:中文|版)?|简体(?:中文|版)?|english|手机版|无障碍.*|关闭.*|打印.*|rss.*|"
    r".*声明|隐私.*|免责.*|管理.*|后台.*|站长.*|网站(?:管理|地图|导航|帮助|声明)|站点地图|搜\s*索|查\s*询|提交|"
    r"详细.*|查看.*|阅读全文|全文|第?\d+页?|\W*)$",
    re.IGNORECASE,
)
_MORE = re.compile(r"[^\u4e00-\u9fa5a-z]*(?:查看)?(?:更多|more|全部)[^\u4e00-\u9fa5a-z]*", re.IGNORECASE)
_TOTAL = re.compile(
    r"(?:共有?|总共|总计|合计)\s*(\d{1,6})\s*(?:条|篇|则|项)(?:记录|信息|文章|数据|新闻)?"
    r"|(?:总记录数|总条数|记录总数|信息总数)\s*[:：]?\s*(\d{1,6})"
)
_TOTAL_SCRIPT = re.compile(
    r"\b(?:totalRecord|recordCount|total_?count|totalNum|post_count|total)\w{0,10}[\"']?\s*[:=>]\s*[\"']?(\d{1,6})\b",
    re.IGNORECASE,
)
_PAGES = re.compile(r"共\s*(\d{1,4})\s*页|\d{1,4}\s*/\s*(\d{1,4})\s*页|共\s*\d+\s*条\s*\d+/(\d{1,4})")
_PAGES_SCRIPT = re.compile(
    r"\b(?:pageCount|totalPages?|countPages?|contenpage|page_count|total_page)\s*[\"']?\s*[:=]\s*[\"']?(\d{1,4})\b",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"\W*(?:第\s*)?(\d{1,4})\s*(?:页)?\W*")
_LAST = ("尾页", "末页", "最后一页", "最后页", "»", ">>", "last")


def is_name(text: str, longest: int = LONGEST_NAME) -> bool:
    """Say whether a link's text can be a column's name."""
    bare = "".join(text.split())
    if not 2 <= len(bare) <= longest or not _CHINESE.search(bare):
        return False
    return not (_NO_COLUMN.match(bare) or _MORE.fullmatch(bare))


def is_more(text: str) -> bool:
    """Say whether a link's text leads from some lines to their whole list."""
    return _MORE.fullmatch(text) is not None


def total(text: str, scripts: str) -> int:
    """Return how many items a list claims to have; 0 where it claims nothing."""
    return _largest(_TOTAL, text) or _largest(_TOTAL_SCRIPT, scripts)


def pages(key: str, links: tuple[Named, ...], text: str, scripts: str) -> int:
    """Return how many pages a list has: by its pager's words, its script, or the further pages that it names."""
    named = sum(link.context == "pager" and link.key != key for link in links)
    numbers = [_page_number(key, link) for link in links if link.own]
    return min(max(1, named + 1, *numbers, _largest(_PAGES, text), _largest(_PAGES_SCRIPT, scripts)), MAX_PAGES)


def _page_number(key: str, link: Named) -> int:
    """Return the number of the list's page that a link leads to, 0 where it leads elsewhere."""
    found = _NUMBERED.fullmatch(link.text)
    if found is None and link.text not in _LAST:
        return 0
    if not same_list(key, link.key):
        return 0
    return int(found[1]) if found else number_in(link.key)


def _largest(pattern: re.Pattern[str], text: str) -> int:
    return max((int(next(filter(None, match.groups()))) for match in pattern.finditer(text)), default=0)
