"""What templates print around and under a body and nobody wrote: share bars, pagers, counters, previous and next.

`【…】` headings are content: only these known words are cut, and only at the head and the tail.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from migrate.embedded import is_data
from migrate.extract.dom import ancestors, attribute, within
from migrate.extract.heading import has_chrome_class, is_furniture, is_tool
from migrate.extract.outline import Line

_TOOL = (
    r"打印(?:本页|此页|正文|本文|文章|该页|页面|预览)?|关闭(?:本页|窗口|此页|页面|本窗口|当前窗口)?|返回(?:顶部|列表|上一?页|首页|上级|目录)?|"
    r"(?:我的)?收藏(?:本页|此页|本文)?|加入收藏|我要(?:纠错|打印|推荐|评论|收藏)|网站纠错|纠错|推荐给好友|告诉好友|发送给好友|回到顶部|TOP|复制(?:链接|网址)|"
    r"下载(?:word|pdf)版|保存|大|中|小|字体|默认|超大|繁体|简体|无|没有了|暂无|已是最[前后]一[篇条]|"
    r"[上下]一张|自动(?:播放)?|暂停(?:播放)?|播放|(?:查看)?原图|分享(?:到|至)?|微信|(?:新浪|腾讯)?微博|朋友圈|QQ(?:空间|好友)?|字号|正常|放大|缩小|"
    r"视力保护色|护眼|A[+-]?|T"
)
_TOOLS = re.compile(rf"(?:{_TOOL}|[|｜/【】\[\]()（）<>《》·:：,，、。;；\-—»])++", re.IGNORECASE)
_OPENING = r"^[\s【\[（(<《·■◆●]*"
_TAIL_LABELS = re.compile(
    rf"{_OPENING}(?:"
    r"分享(?:到|至)?\s*[:：]|(?:上|下|前|后)一?(?:篇|条|则|个|页)(?:文章|新闻|信息|公告)?\s*(?:[:：】\]]|没有|无)|[上下]篇\s*[:：]|"
    r"(?:文章|本文)?转载请?(?:注明|标明).{0,10}[:：]|文章转载请注明|"
    r"(?:责任编辑|责编|编辑|网站编辑|信息审核|审核|校对|文章录入|文章来源地址)\s*[:：]|"
    r"(?:本文|文章|信息)?(?:浏览|阅读|点击|访问)(?:次数|量|数|率)?\s*(?:[:：]|\d*次?[)）]?$)|本文(?:地址|链接|网址)[:：]|(?:相关附件|附件下载)[:：]无$|附件【.*】(?:已|共)?下载|"
    r"(?:字体|字号)\s*[:：]?[\[【(]?[大中小默]|共\d+页[:：]|(?:友情提示|免责声明|版权声明)[:：]本(?:站|网)"
    r")",
)
_TAIL_PHRASES = re.compile(
    rf"{_OPENING}(?:"
    r"分享(?:到|至|按钮|$)|一键分享|(?:上|下|前|后)一?(?:篇|条|则|个|页)(?:文章|新闻|信息|公告)?$|上篇|下篇|"
    r"扫一扫|手机扫|微信扫|用手机|打开微信|使用微信|"
    r"(?:您|你)(?:访问的链接)?即将离开|正在前往外部链接|继续访问|已下载|字体|.{0,60}版权归(?:原?作者|.{2,20})所有|文章(?:录入|来源地址)"
    r")",
)
_FIXED = re.compile(
    r"^(?:请?(?:用|使用)?(?:手机|微信)?扫一?扫.{0,8}(?:打开|浏览|阅读|分享|查看).{0,4}(?:当前|本|此)(?:页|网页|文)|"
    r"您(?:访问的链接)?即将离开.{0,40}(?:网站?|门户|”)|[\[【（(]?(?:浏览|阅读|点击)(?:次数)?\d+次[】\])）]?$)"
)
"""Sentences that templates print and no editor writes."""
_BESIDE_LINKS = re.compile(rf"{_OPENING}(?:[上下前后]一?[篇条则]|(?:标签|关键词|关键字|tags?)[:：])", re.IGNORECASE)
"""How lines with links begin that lead on to other articles."""
_CODE_IMAGE = re.compile(r"(?:^|[/_-])(?:qr|ewm|erweima)(?:code|[/_.?-])|qrcode|二维码", re.IGNORECASE)
_SECTION = re.compile(
    r"^[\s【\[（(<《·■◆●|]*(?:相关(?:文章|信息|新闻|阅读|链接|内容|资讯|推荐|附件下载|解读|政策|稿件|报道|专题)|顶一下|踩一下|"
    r"您(?:对|认为|觉得)本(?:页|文|网|栏|信息).{0,12}(?:满意|帮助|有用)|(?:推荐|热门|热点|最新|延伸|精彩)(?:阅读|文章|新闻|信息|资讯|图集|图片|推荐)|"
    r"网友评论|发表评论|我要评论|评论列表|用户评论|猜你喜欢|友情链接|版权所有|copyright|©|主办(?:单位)?[:：]|网站标识码|.{0,4}ICP备)",
    re.IGNORECASE,
)
_LEAST = 12
"""Characters of the shortest sentence that shows that a text goes on."""
_LONGEST_FOOT = 200
_OPENS_FOOT = re.compile(r"^[\s|]*(?:版权所有|copyright|©|主办|网站标识码|.{0,4}ICP备)", re.IGNORECASE)
_LONGEST_TAIL = 160
"""Characters of a line that may be a template's; what is longer was written for this page."""
_LONGEST_SECTION = 24
"""Characters of the heading of a section, such as 相关文章：; what is longer and no link is a sentence."""
_FOOT = re.compile(r"版权所有|copyright|ICP备|ICP证|网站标识码|公安备案|公网安备", re.IGNORECASE)
_SURE_FOOT = re.compile(
    r"ICP[备证].{0,4}\d{6}|公网安备.{0,4}\d{8}|网站标识码[:：]?[\da-z]{8}|浏览器|分辨率|技术支持[:：]", re.IGNORECASE
)
"""What no article says in passing: the registrations themselves, and what the page is best looked at with."""
_TEMPLATE = re.compile(
    r"(?:地址|电话|邮编|邮箱|传真|主办|承办|维护|主管)(?:单位)?[:：]|版权所有[:：©]|本(?:网?站|网页)|访客|转载请|请注明|"
    r"(?:©|copyright).{0,9}(?:19|20)\d\d|保留.{0,4}权利|(?:不得|禁止|谢绝|严禁|请勿)转载[。！]?$",
    re.IGNORECASE,
)
_FOOT_LINK = re.compile(
    r"联系(?:我们|方式)|关于我们|网站(?:地图|背景|声明|帮助|导航|概况|留言|说明)|交通指引|隐私(?:保护|声明|政策|条款)|版权(?:声明|保护)|免责声明|法律声明|设为首页|加入收藏|"
    r"RSS(?:订阅)?|邮件订阅|站点地图|返回(?:首页|顶部|主页)|使用帮助|管理登录|后台管理|无障碍(?:浏览|阅读)?|友情链接|本站声明"
)
_PAGER = re.compile(r"共\d+页|第?\d+/\d+页?|首页|尾页|末页|上一?页|下一?页|前一页|后一页|\d+|[.…«»<>|\[\]:：]")
_PAGER_WORD = re.compile(r"上一?页|下一?页|\[\d{1,3}\]|尾页|末页")
_BEFORE_WORDS = " 【[（(<《·■◆●|"
_WORDS_WITHIN = 70
_FIRST_LETTERS = frozenset(
    "一上下主你使信免共关分前友发后字审已延微您我手打扫推文最本标校正浏点热版猜用相精继编网访评请责踩转阅附顶©CcTt"
)
"""Letters with which such words begin: a line that begins with none, and says neither 备 nor 版权归, says nothing."""
ATTACHMENT_COUNT = re.compile(r"^附件【.*】(?:已|共)?下载.{0,8}次?$")


def foot_line(lines: list[Line]) -> int:
    """Return the first line of the page's foot (copyright, registration), or the number of lines."""
    half = len(lines) // 2
    marked = (n for n in range(half, len(lines)) if _FOOT.search(lines[n].squeezed) and not is_said(lines[n]))
    return next(marked, len(lines))


def may_end(line: Line) -> bool:
    """Say whether a line can be the foot or the end of a section: cheap, most say nothing of the kind."""
    return bool(line.anchors) or ((words := _words(line.squeezed)) is not _NO_WORDS and any(words))


def is_section_end(line: Line) -> bool:
    """Say whether a line opens a part of the page that comes after the article: related links, comments, the foot."""
    return _opens_section(line) or is_tail_marker(line, trusted=False)


def _opens_section(line: Line) -> bool:
    text = line.squeezed
    if not _words(text).section or text.startswith(("主办:", "主办：", "主办单位")) or is_said(line):
        return False
    return len(text) <= _LONGEST_SECTION or line.linked >= len(text) / 2 or _words(text).foot


def is_prose(line: Line) -> bool:
    """Say whether a line is a sentence of somebody's text, and none of the page's own about the page."""
    text = line.squeezed
    return not line.linked and len(text) >= _LEAST and text[-1] in "。；：！？" and not _TEMPLATE.search(text)


def is_said(line: Line) -> bool:
    """Say whether a line that begins like a template's is a sentence that an editor wrote: 相关链接是指……。"""
    text = line.squeezed
    if not is_prose(line) or text[-1] in "：？" or line.anchors or has_chrome_class(line):
        return False
    return _FIXED.match(text) is None and _SURE_FOOT.search(text) is None


def is_sure_foot(line: Line) -> bool:
    """Say whether a line is of the page's foot whatever stands around it."""
    return len(line.squeezed) <= _LONGEST_FOOT and (is_foot_menu(line) or bool(_SURE_FOOT.search(line.squeezed)))


def is_foot_menu(line: Line) -> bool:
    """Say whether a line is the menu of a page's foot: 联系我们 | 网站地图."""
    text = line.squeezed
    if not text or len(text) > 120 or line.linked < 0.6 * len(text) or len(line.anchors) < 2:
        return False
    return len(_FOOT_LINK.findall(text)) * 2 >= len(line.anchors)


def is_foot(lines: list[Line], number: int) -> bool:
    """Say whether the page's foot begins with a line: 主办单位 only where a registration or copyright stands near it,
    for notices of events name their hosts as well.
    """
    if is_foot_menu(lines[number]):
        return True
    if not _words(lines[number].squeezed).foot or is_said(lines[number]):
        return False
    box = _box(lines[number].node)
    return any(_FOOT.search(line.squeezed) and within(line.node, box) for line in lines[number : number + 6])


def _box(node: LexborNode) -> LexborNode:
    """Return the element in which a line stands beside others: the table of a cell, else the parent."""
    if node.tag in ("td", "th"):
        return next((above for above in ancestors(node) if above.tag == "table"), node)
    return node.parent or node


def has_only_tools(line: Line) -> bool:
    """Say whether a line has no word but those of tools: an editor's 无 or 大 among them."""
    return len(line.squeezed) <= 60 and not line.media and _is_of_tools(line.squeezed)


@lru_cache(maxsize=4096)  # menus, tools and lists are the same on every page of a site
def _is_of_tools(text: str) -> bool:
    return _TOOLS.fullmatch(text) is not None


def is_control(line: Line) -> bool:
    """Say whether a line is nothing but tools that do something: print, close, the buttons of a gallery."""
    return has_only_tools(line) and is_tool(line)


def is_tail_marker(line: Line, *, trusted: bool) -> bool:
    """Say whether a line is something that templates print under a body.

    In a trusted container it must show more than its words: a label with its colon, a link, a handler, a class. A cell
    that says 无, 0 or 大 is what the editor entered.
    """
    text = line.squeezed
    if not text:
        return False
    if is_control(line) or is_furniture(line) or is_pager(line):
        return True
    words = _words(text)
    marked = (
        words.tail
        or (words.leads_on and line.linked)
        or (words.phrase and (not trusted or line.anchors or has_chrome_class(line)))
        or (line.anchors and len(text) <= 60 and words.section)
    )
    return bool(marked) and not is_said(line)


class _Words(NamedTuple):
    """What the words of a line say."""

    section: bool
    """It opens a part of the page that comes after the article."""
    foot: bool
    """It opens the page's foot."""
    tail: bool = False
    leads_on: bool = False
    """It leads to other articles, where it has links."""
    phrase: bool = False
    """It belongs to the tail, unless an editor wrote it."""


_NO_WORDS = _Words(section=False, foot=False)


def _words(text: str) -> _Words:
    head = text.lstrip(_BEFORE_WORDS)[:_WORDS_WITHIN]
    if head[:1] not in _FIRST_LETTERS and "备" not in head and "版权归" not in head:
        return _NO_WORDS
    if len(text) <= _LONGEST_TAIL:
        return _read_words(text)
    return _Words(_SECTION.match(text) is not None, _OPENS_FOOT.match(text) is not None)


@lru_cache(maxsize=4096)  # as above; and each line of a page is asked for several times
def _read_words(text: str) -> _Words:
    return _Words(
        section=_SECTION.match(text) is not None,
        foot=_OPENS_FOOT.match(text) is not None,
        tail=_TAIL_LABELS.match(text) is not None or _FIXED.match(text) is not None,
        leads_on=_BESIDE_LINKS.match(text) is not None,
        phrase=_TAIL_PHRASES.match(text) is not None,
    )


def is_pager(line: Line) -> bool:
    """Say whether a line is the pager of an article in several pages."""
    text = line.squeezed
    if not line.anchors or len(text) > 200 or not _PAGER_WORD.search(text) or _PAGER.sub("", text):
        return False
    return any(not attribute(anchor, "href").startswith("#") for anchor in line.anchors)  # [1] may be a footnote


def is_code_image(line: Line) -> bool:
    """Say whether a line is nothing but a picture called a QR code: the page's own, where a tail is around it."""
    if line.squeezed or line.first.tag != "img":
        return False
    said = (attribute(line.first, name) for name in ("src", "alt", "class", "id"))
    return any(_CODE_IMAGE.search(value) for value in said if not is_data(value))  # base64 may spell anything


def is_empty_section(line: Line) -> bool:
    """Say whether a line is nothing but the heading of related links, of which a page may have none."""
    return _SECTION.fullmatch(line.squeezed.rstrip(":：")) is not None


def is_soft(line: Line) -> bool:
    """Say whether a line may be swallowed by the tail around it: most of it links, or chrome by its class."""
    text = line.squeezed
    if not text:
        return has_chrome_class(line) or line.first.tag == "iframe" or is_code_image(line)
    if is_empty_section(line):
        return True
    return line.linked >= len(text) * 0.6 or (len(text) <= 60 and has_chrome_class(line))


def explained(line: Line, *, trusted: bool) -> bool:
    """Say whether a line that was cut is known for what it is: then none of its characters count as lost."""
    return (
        is_tail_marker(line, trusted=trusted)
        or ATTACHMENT_COUNT.match(line.squeezed) is not None
        or _opens_section(line)
        or is_foot_menu(line)
        or (_FOOT.search(line.squeezed) is not None and not is_said(line))
        or is_soft(line)
        or (len(line.squeezed) <= 10 and line.squeezed.endswith(("：", ":")))  # labels of the comment form
    )
