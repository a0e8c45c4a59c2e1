"""What a page is: home, list, article, or none of them and why (error page, challenge, redirect, empty, login)."""

import re

from migrate.extract.body import Container
from migrate.extract.dates import find_date
from migrate.extract.dom import attribute, squeeze
from migrate.extract.heading import Heading
from migrate.extract.outline import Line
from migrate.extract.page import Parsed
from migrate.families import GENERIC
from migrate.records import Kind
from migrate.urls import canonical

_REFRESH = re.compile(r"^\s*(\d+)(?:\.\d+)?\s*[;,]\s*(?:url\s*=\s*)?['\"]?\s*([^'\"]+)", re.IGNORECASE)
_SCRIPT_REFRESH = re.compile(
    r"http-equiv=\\?[\"']?refresh\\?[\"']?[^>]*?url=\\?[\"']?([^\"'\\>\s]+)|"
    r"(?:window\.|self\.|top\.|document\.)?location(?:\.href)?\s*(?:=|\.replace\()\s*[\"']([^\"']+)[\"']",
    re.IGNORECASE,
)
_REFRESH_SOON = 10
_BARE = 60
"""Characters below which a page shows nothing of its own."""
_SHORT = 500
_ERROR = re.compile(
    r"(?<!\d)404(?!\d)|not\s?found|(?<!\d)50[0234](?!\d)|403\s?forbidden|bad\s?gateway|service\s?unavailable|internal\s?server\s?error|runtime\s?error|"
    r"(?:页面|网页|文件|内容|信息|文章|资源|栏目|站点|网站)(?:已经?|暂时)?(?:不存在|无法(?:访问|显示|找到)|找不到|未找到|被删除|已?删除|已?关闭|出错|已过期)|"
    r"找不到(?:该|此|您|相关|文件|页面|网页|服务器)|(?:服务器|系统|程序|网站)(?:错误|出错|繁忙|内部错误|异常)|出错了|访问(?:出错|被拒绝|受限)|"
    r"您(?:访问|查找|浏览|请求|所访问)的.{0,12}(?:不存在|删除|出错|过期|更名|找不到)|参数(?:错误|不正确)|该页无法显示|无法找到该页|没有找到.{0,6}(?:文章|记录|内容)",
    re.IGNORECASE,
)
_ERROR_TITLE = re.compile(
    r"^(?:http\s?)?(?:error\s?)?(?:40[0-9]|50[0-9])\b|not\s?found|bad\s?gateway|^(?:错误|出错|提示)(?:信息|页面)?$|"
    r"页面不存在|找不到|无法访问|访问出错|系统提示|service unavailable|forbidden",
    re.IGNORECASE,
)
_STATUS_TITLE = re.compile(r"^(?:http\s?)?(?:error\s?)?(?:40[0-9]|50[0-9])\b.{0,30}$", re.IGNORECASE)
_CHALLENGE = (
    "__jsl_clft", "_jsl_", "jschl_", "jschl-", "cf-challenge", "/_guard/", "safedog", "yunsuo_session",
    "wzws_", "wzws-", "acw_sc__", "hmf_ci", "$_ts=", "$_ts =", "请开启javascript", "请开启 javascript",
    "enable javascript", "安全验证", "安全检查中", "正在验证您的浏览器", "正在检查您的浏览器", "人机验证",
    "滑动验证", "访问过于频繁", "访问被拦截", "访问被阻断", "web应用防火墙", "网站防火墙", "创宇盾",
    "360网站卫士", "云锁", "安全狗",
)  # fmt: skip
_TITLE_LIKE = 8
_DATED_ENOUGH = 3
_LINKS_ENOUGH = 8


def obstacle(parsed: Parsed) -> str | None:
    """Return why a page is nothing that can be read (`meta-refresh:<url>`, `challenge`, `empty`), or None.

    Looks before scripts are dropped, because redirects and challenges live in them.
    """
    body = parsed.tree.body
    shown = squeeze(_visible_text(parsed)) if body is not None else ""
    target = _refresh_target(parsed, len(shown))
    if target:
        return f"meta-refresh:{target}"
    if len(shown) < _SHORT and any(mark in parsed.lower for mark in _CHALLENGE):
        return "challenge"
    media = body is not None and body.css_first("img, video, embed, object, iframe") is not None
    if not shown and not media:
        return "empty"
    return None


def _visible_text(parsed: Parsed) -> str:
    """Return the page's text without scripts; long pages are not read to the end, they are no obstacle."""
    body = parsed.tree.body
    if body is None:
        return ""
    if len(parsed.decoded.text) > 20_000:
        return "x" * _SHORT
    hidden = sum(len(squeeze(node.text())) for node in body.css("script, style, noscript"))
    text = squeeze(body.text())
    return text[: max(len(text) - hidden, 0)]


def _refresh_target(parsed: Parsed, shown: int) -> str | None:
    for node in parsed.tree.css("meta[http-equiv]"):
        if attribute(node, "http-equiv").lower() != "refresh":
            continue
        found = _REFRESH.match(attribute(node, "content"))
        if found and int(found[1]) <= _REFRESH_SOON and (shown < _SHORT):
            target = parsed.absolute(found[2])
            if target and target.rstrip("/") != parsed.page.url.rstrip("/"):
                return target
    if shown < _BARE and len(parsed.scripts) < 3_000:
        found = _SCRIPT_REFRESH.search(parsed.scripts)
        target = parsed.absolute(found[1] or found[2]) if found else None
        if target and target.rstrip("/") != parsed.page.url.rstrip("/"):
            return target
    return None


def is_error_page(parsed: Parsed) -> bool:
    """Say whether the page is an error message saved with status 200: little text, and it speaks of an error."""
    outline = parsed.outline
    text = " ".join(line.text for line in outline.lines[:40])
    length = outline.characters(0, len(outline.lines))
    title = parsed.html_title
    if _STATUS_TITLE.search(title):
        return True
    if length >= _SHORT:
        return False
    if _ERROR_TITLE.search(title):
        return True
    return length < 250 and _ERROR.search(text) is not None and not parsed.meta("ArticleTitle")


def is_login(parsed: Parsed, container: Container | None) -> bool:
    """Say whether the page asks for a password and shows little else."""
    if (
        'type="password"' not in parsed.lower
        and "type='password'" not in parsed.lower
        and "type=password" not in parsed.lower
    ):
        return False
    outline = parsed.outline
    rows, dated = _rows(parsed, outline.lines)
    if dated >= _DATED_ENOUGH or rows >= _LINKS_ENOUGH:
        return False  # a list with a login box beside it
    weight = outline.weight(container.start, container.end) if container and container.trusted else 0
    return weight < _BARE and outline.weight(0, len(outline.lines)) < _SHORT


def is_home(parsed: Parsed) -> bool:
    """Say whether the address is the site's root (or its default document)."""
    rules = parsed.site.url_rules
    try:
        return canonical(parsed.page.url, rules) in (canonical(parsed.site.site.url, rules), f"http://{rules.host}/")
    except ValueError:
        return False


def decide(parsed: Parsed, heading: Heading, container: Container | None) -> Kind:
    """Return LIST or ARTICLE, weighing address, META tags, label line, text and list lines against each other."""
    score = _address_score(parsed) + _meta_score(parsed)
    lines = parsed.outline.lines
    if heading.info:
        score += 2 if heading.title is not None else 1
    if container is not None:
        inside = lines[container.start : container.end]
        text = sum(line.plain for line in inside)
        rows, dated = _rows(parsed, inside)
        if container.trusted and (text >= _BARE or _media(inside)):
            score += 3
        elif text >= 100 and text > 3 * sum(line.linked for line in inside):
            score += 2 if rows or _dated_lines(inside) >= _DATED_ENOUGH else 3
        if rows >= _DATED_ENOUGH and text < 40 * rows:
            score -= 2
    rows, dated = _rows(parsed, lines)
    if dated >= _DATED_ENOUGH:
        score -= 2
    elif rows >= _LINKS_ENOUGH:
        score -= 1
    return Kind.ARTICLE if score > 0 else Kind.LIST


def _dated_lines(lines: list[Line]) -> int:
    """Return how many short lines show a date: a list whose titles are no links on this page."""
    return sum(1 for line in lines if len(line.squeezed) < 60 and find_date(line.text))


def _media(lines: list[Line]) -> bool:
    return any(line.media for line in lines)


def _address_score(parsed: Parsed) -> int:
    url = parsed.page.url
    families = parsed.families
    own = parsed.detection.family
    if families.is_detail(own, url):
        return 4
    if own != GENERIC and families.is_listing(own, url):
        return -2
    if families.is_detail(GENERIC, url):
        return 3
    return -2 if families.is_listing(GENERIC, url) else 0


def _meta_score(parsed: Parsed) -> int:
    if parsed.meta("ArticleTitle") or parsed.meta("PubDate"):
        return 3
    return -1 if parsed.meta("ColumnName") else 0


def _rows(parsed: Parsed, lines: list[Line]) -> tuple[int, int]:
    """Return how many lines are links long enough to be titles, and how many of those show a date beside them."""
    rows = dated = 0
    for number, line in enumerate(lines):
        if line.linked < _TITLE_LIKE or line.linked < 0.5 * len(line.squeezed):
            continue
        rows += 1
        beside = line.text if line.linked < len(line.squeezed) else ""
        following = lines[number + 1].text if number + 1 < len(lines) else ""
        previous = lines[number - 1].text if number else ""
        if any(_is_row_date(text) for text in (beside[-30:], following[:20], previous[:20])):
            dated += 1
    return rows, dated


_ROW_DATE = re.compile(r"[\[(（]?\s*(?:(?:19|20)?\d{2}[-/.年])?\d{1,2}[-/.月]\d{1,2}日?\s*[\])）]?\s*$")


def _is_row_date(text: str) -> bool:
    return bool(text) and (_ROW_DATE.search(text) is not None or find_date(text) is not None)
