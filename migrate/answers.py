"""What an answer is instead of the page that was asked for: challenge, error message, login form, parked domain.

Old servers say all of that with status 200. Harvest asks here before it believes a page, extraction before it reads
one, so they can't disagree. Precision comes first: an article about errors is an article, and a search that finds
nothing is a search. What is looked at is what a reader sees outside links and scripts: short in every such page.
"""

import re
from html import unescape
from typing import NamedTuple

CHALLENGE = "challenge"
"""A firewall wants a browser, a captcha or another visitor: the page itself was never seen."""
SOFT_404 = "soft-404"
"""The page is not there, said with status 200."""
ERROR_PAGE = "error-page"
"""What a script says that broke on this very address: it breaks again tomorrow."""
SERVER_ERROR = "server-error"
"""The server or its database is in trouble, said with status 200: tomorrow it may work."""
LOGIN_FORM = "login-form"
PARKED = "parked"
"""The host is there, the site is not: a domain for sale, a new server's first page, a site closed by its provider."""

MISSING = frozenset({SOFT_404, ERROR_PAGE})
"""What is as good as a 404: asking again brings nothing."""

MAX_SOURCE = 300_000
"""Characters of a page that are looked at; no such page is longer."""

BARE = 60
"""Characters below which a page shows nothing of its own."""

SHORT = 500
"""Characters outside links that a firewall's page shows at most."""

_MESSAGE = 160
"""The same for a message, the site's imprint below it not counted."""
_FRAMED = 250
"""Chinese characters outside links that a broken script's page shows at most, imprint and all."""
_TEXT = 800
"""Chinese characters in paragraphs from which on a page is a text: more than the longest message and its imprint."""
_DOOR = 30
"""Characters of the links on a page that is nothing but a log-in form: back, register, lost password."""
_FEW_LINKS = 15
_SMALL = 12_000

_UNSEEN = re.compile(
    r"<!--[^-]*+(?:-(?!->)[^-]*+)*+(?:-->|\Z)|"
    r"<(script|style|noscript|template|textarea|title)\b[^<]*+(?:<(?!/\1\s*>)[^<]*+)*+(?:</\1\s*>|\Z)",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[a-zA-Z!?/][^<>]*>?")
_ANCHOR = re.compile(r"<(/?)[aA](?![\w:])[^<>]*>?")
_SELECT = re.compile(r"<(/?)select(?![\w:])[^<>]*>?", re.IGNORECASE)
_TITLE = re.compile(r"<title\b[^<>]*>(.{0,300}?)</title", re.IGNORECASE | re.DOTALL)
_REGIONS = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_IMPRINT = re.compile(
    rf"[版主承网cC{_REGIONS}](?:(?<=版)权所有|(?<=[主承])办(?:单位)?[：:]|(?<=网)站标识码|(?<=[cC])(?i:opyright)|"
    rf"(?<=[{_REGIONS}])(?i:icp)).{{0,100}}"
)
"""Begins with a class of letters, as others here that whole pages are searched for: what has none is passed over."""
_NOSCRIPT = re.compile(r"<noscript\b[^<>]*>(.{0,500}?)</noscript", re.IGNORECASE | re.DOTALL)
_ZERO_WIDTH = dict.fromkeys([*range(0x200B, 0x2010), 0x2060, 0xFEFF])


class Sign(NamedTuple):
    """What gave an answer away."""

    kind: str
    what: str
    """The mark, as found: shown to people."""


class Shown(NamedTuple):
    """What a reader sees of a page, white space removed."""

    title: str
    """With its blanks."""
    plain: str
    """Text outside links."""
    message: str
    """The text outside links without the site's imprint: what a page in a frame of menus has to say."""
    inside: list[str]
    """The pieces of markup inside links."""

    @property
    def links(self) -> int:
        """How many links there are."""
        return len(self.inside)

    @property
    def linked(self) -> int:
        """Characters inside links."""
        return len(_squeezed(self.inside))


def shown(source: str) -> Shown:
    """Return what a page shows. Linear in its length, whatever it is made of."""
    title = _TITLE.search(source)
    seen = _UNSEEN.sub(" ", source)
    if _SELECT.search(seen):
        seen = _without_lists(seen)
    text, *rest = _ANCHOR.split(seen)
    closing, texts = rest[::2], rest[1::2]  # each piece of text after the <a> or </a> before it
    outside = [text, *(piece for slash, piece in zip(closing, texts, strict=True) if slash)]
    inside = [piece for slash, piece in zip(closing, texts, strict=True) if not slash]
    plain = _squeezed(outside)
    return Shown(" ".join(unescape(title[1]).split()) if title else "", plain, _IMPRINT.sub("", plain), inside)


def _without_lists(seen: str) -> str:
    """Return markup without the choices of its select elements."""
    text, *rest = _SELECT.split(seen)
    return "".join([text, *(piece for slash, piece in zip(rest[::2], rest[1::2], strict=True) if slash)])


def _squeezed(parts: list[str]) -> str:
    # Blanks go anyway; unescape would call a function for each of them.
    text = _TAG.sub("", " ".join(parts)).replace("&nbsp;", " ")
    text = "".join(unescape(text).split())
    return text if text.isprintable() else text.translate(_ZERO_WIDTH)


_FIREWALLS = {
    "加速乐": (
        "('_')+('_')+('j')+('s')+('l')",
        "__jsl_clearance",
        "__jsl_clft",
        "_jsl_",
        "static.jiasule",
        "notice-jiasule",
    ),
    "瑞数": ("$_ts=", "$_ts =", "window['$_ts']"),
    "创宇盾": ("365cyd.com",),
    "云锁": ("yunsuoautojump", "yunsuologo", "security_verify_", "security_session_"),
    "安全狗": ("safedog",),
    "D盾": ("d盾_拦截",),
    "WTS-WAF": ("wts-waf",),
    "网站卫士": ("wzws-waf", "wzws_", "360wzws", "zhuji.360.cn"),
    "宝塔": ("btwaf", "bt.cn/stop.png", "renji_296d626f", "huadong_296d626f"),
    "雷池": (".safeline/", "sl-challenge", "chaitin.cn/challenge"),
    "安全宝": ("/aqb_cc/",),
    "百度云加速": ("yunjiasu.baidu", "yunjiasu-nginx"),
    "阿里云": ("acw_sc__", "errors.aliyun.com", "aliyun_waf"),
    "腾讯云": ("waf.tencent-cloud.com",),
    "华为云": ("hwwafsesid",),
    "Cloudflare": ("jschl_", "jschl-", "cf-challenge", "cf_chl_"),
    "Incapsula": ("_incapsula_resource",),
    "guard": ("/_guard/",),
    "hmf": ("hmf_ci",),
}
"""Firewall → what stands in lower case in the source of its pages, and in nobody else's unless he shows something."""

_CHALLENGE = re.compile(
    r"请(?:您)?(?:先)?(?:开启|启用|打开)(?:浏览器的?)?javascript.{0,8}(?:刷新|重试|继续)|enablejavascriptandcookies|"
    r"正在(?:检查|验证|检测)您的浏览器|浏览器安全检查|checkingyourbrowser|^justamoment\.|安全检查中|"
    r"(?:请|需要?)(?:您)?(?:先)?(?:完成|进行|通过)?(?:下方的?)?(?:安全|人机|滑动|滑块|访问)验证|拖动(?:下方)?滑块|"
    r"请(?:您)?(?:先)?(?:输入|填写)(?:下图|图中|图片中|以下|正确的?)?的?验证码|访问(?:过于|太)频繁|"
    r"(?:您的|本次|当前|你的)(?:请求|访问|ip).{0,16}(?:拦截|阻断|屏蔽)|疑似(?:黑客)?攻击|"
    r"请求(?:中)?(?:带有|含有|包含)(?:不合法|危险|非法)的?参数|网站管理员设置拦截|web应用防火墙|网站防火墙",
    re.IGNORECASE,
)
_COOKIE = re.compile(r"document\.cookie\s*=|\bcookie\s*=\s*[\"']", re.IGNORECASE)
_RELOAD = re.compile(
    r"location\.reload\s*\(|location(?:\.href)?\s*=\s*(?:window\.|document\.|self\.)?location|"
    r"location\.replace\s*\(\s*(?:window\.|document\.)?location",
    re.IGNORECASE,
)
_STATUS_TITLE = re.compile(
    r"^(?:http\s?)?(?:status\s?)?(?:错误|error)?\s?(40[0-9]|410|50[0-9]|52[0-9])(?:$|\s*[-:：_|—–]|"
    r"\s*(?:not|forbidden|bad|error|service|internal|gateway|错误|页面|找不到|未找到|禁止|无法|服务))",
    re.IGNORECASE,
)
_ERROR_TITLE = re.compile(
    r"^(?:错误|出错|系统|信息|错误提示|消息)?(?:错误|出错|提示)(?:信息|页面)?$|页面不存在|找不到(?:页面|网页|文件|资源|该|您)|"
    r"无法(?:访问|找到)(?:该|此)?(?:页|网页|资源)|访问出错|page\s?not\s?found|^not found$|object not found",
    re.IGNORECASE,
)
_THING = "页面|网页|内容|信息|文章|资源|栏目|新闻|记录|链接|地址|数据|频道"
_NOT_THERE = re.compile(
    rf"(?:{_THING}|文件|文档)(?:id)?(?:已经?|暂时|可能|或)?(?:不存在|无法(?:访问|显示|找到|查看)|找不到|未找到|(?:已经?|可能)?被?(?:删除|移除))|"
    rf"(?:该|此|您?(?:访问|查看|浏览|请求)的)(?:{_THING})(?:已经?|可能)?(?:过期|失效|关闭|下线)|"
    r"[您你](?:所|要)?(?:访问|查找|浏览|请求|打开|找|查看)的.{0,14}(?:不存在|删除|更名|找不到|失效|无法)|"
    r"(?:找不到|没有找到|未找到)(?:该|此|您|相关(?:页|网页)|页面|网页|服务器|文件或目录)|(?:无法|不能)找到(?:该|此)?(?:页|网页|资源|文件)|"
    rf"不存在(?:的|此|该|这个)?(?:{_THING})|(?:参数|id)(?:传递)?(?:错误|不正确|有误|非法)|(?:非法|错误)的?(?:参数|请求)|该页无法显示|"
    r"(?<!\d)404(?!\d).{0,12}(?:notfound|错误|页面|找不到|未找到)|(?:page|file|url|resource|object).{0,9}notbefound|"
    r"(?:page|file|url|resource|object)(?:was|is)?notfound|notfoundonthisserver",
    re.IGNORECASE,
)
_TROUBLE = re.compile(
    r"(?:服务器?|系统|程序|数据库|网络)(?:出错|繁忙|正?忙|内部错误|异常|发生错误|(?:连接|链接)(?:失败|错误|出错|超时)|错误)|出错了|访问出错|"
    r"(?:连接|打开)数据库(?:失败|出错|错误|超时)|(?:操作|请求|连接)超时|稍[后候](?:再试|重试|再访问)|"
    r"(?<!\d)50[0-4](?!\d).{0,12}(?:错误|出错|error)|badgateway|gatewaytime-?out|service(?:temporarily)?unavailable|internalservererror|"
    r"toomanyconnections|serveristoobusy|can'?tconnectto",
    re.IGNORECASE,
)
_PARKED = re.compile(
    r"域名.{0,12}(?:出售|转让|过期|到期|未绑定|未备案)|(?:出售|转让)(?:此|该|本)?域名|domain.{0,20}(?:for\s?sale|expired|is\s?parked)|"
    r"buy\s?this\s?domain|sedoparking|(?:网站|站点|空间|主机)(?:已经?|暂时)?被?(?:关闭|停用|暂停|到期|过期|欠费)|"
    r"(?:站点|网站)(?:不存在|未找到|未绑定)|没有找到站点|未(?:取得|完成)?备案|welcome\s?to\s?nginx|^iis\s?(?:\d|windows|$)|"
    r"it\s?works!|apache2?.{0,20}default|^apache\s?tomcat/\d|(?:站点|网站)创建成功|phpstudy|under\s?construction|"
    r"网站(?:正在)?(?:建设|维护|升级|改造)+中",
    re.IGNORECASE,
)
_DUMP = re.compile(
    r"(?:错误|error)'(?:asp)?[0-9a-f]{4,8}'|应用程序中的服务器错误|servererrorin'|org\.apache\.jasper|javax\.servlet\.|"
    r"java\.\w+\.\w+(?:exception|error)|(?:fatalerror|parseerror|warning):.{0,300}?online|errorinyoursqlsyntax|"
    r"sqlstate\[|ora-\d{5}|dedecmserror|mysqlqueryerror|microsoftvbscript",
    re.IGNORECASE,
)
_PASSING = re.compile(
    r"80004005|80040e31|timeout|超时|连接失败|can'?tconnect|toomanyconnections|outofmemory|refused|拒绝|"
    r"communicationslink|accessdenied|登录失败",
    re.IGNORECASE,
)
"""What a script says that broke because its database was away."""
_ALERT = re.compile(r"\balert\s*\(\s*[\"']([^\"']{2,80})[\"']\s*\)", re.IGNORECASE)
_BACK = re.compile(r"history\s*\.\s*(?:back|go)\s*\(|window\.close\s*\(", re.IGNORECASE)
_SEARCH = re.compile(r"搜索|检索|查询|共找到|关键[字词]")
_ARTICLE = re.compile(
    r"[时日aApP](?:(?:(?<=时)间|(?<=日)期)[：:]?(?:19|20)\d\d[-/.年]\d|"
    r"(?:(?<=[aA])(?i:rticletitle)|(?<=[pP])(?i:ubdate))[\"'][^<>]{0,40}(?i:content)=[\"'][^\"'])"
)
"""A label with its date, or META tags that only articles have: whatever the text speaks of, it is content."""
_PASSWORD = re.compile(r"\btype\s*=\s*[\"']?password", re.IGNORECASE)
_PARAGRAPH = re.compile(r">[^<>;{}]{40,}(?=<)")
"""Text between two tags that is longer than links are, and no script."""
_HANZI = re.compile(r"[\u4e00-\u9fff]+")
_MEDIA = re.compile(r"<(?:img|embed|object|iframe|frame|video)\b", re.IGNORECASE)


class Known(NamedTuple):
    """What somebody knows of a page who has read it: no more than a reader sees of it, but perhaps less."""

    outside: str = ""
    """Text outside links, white space removed."""
    links: int = 0
    linked: int = 0
    """Characters inside links."""


def recognise(source: str, known: Known | None = None) -> Sign | None:
    """Return what a page (its decoded source) is instead of what was asked for; None for a page, good or bad.

    Who has read the page says what he knows of it: mostly enough to spare a look at all of its source.
    """
    if len(source) > MAX_SOURCE:
        return None
    if (known is not None and _says_more(known)) or _is_text(source):
        title = _TITLE.search(source)
        return _status(source, Shown(" ".join(unescape(title[1]).split()) if title else "", "", "", []))
    page = shown(source)
    looks = (_challenge, _status, _dump, _message, _login)
    return next((sign for look in looks if (sign := look(source, page))), None)


def _says_more(known: Known) -> bool:
    """Say whether what is known of a page keeps it from being any answer but one that its title tells."""
    text = known.outside[:SHORT]
    is_long = len(_IMPRINT.sub("", text)) >= _MESSAGE
    if len(text) < BARE or not (is_long or known.linked >= _DOOR):
        return False
    is_page = is_long and (len(text) >= SHORT or known.links > _FEW_LINKS)
    if not is_page and not _ARTICLE.search(known.outside):
        return False
    return _chinese(text) >= _FRAMED or _chinese(known.outside) >= _FRAMED or not _DUMP.search(known.outside)


def _is_text(source: str) -> bool:
    """Say whether a page has paragraphs enough to be no message, wherever they stand: cheap, most articles do."""
    letters = 0
    for run in _PARAGRAPH.finditer(source):
        letters += _chinese(run[0])
        if letters > _TEXT:
            return True
    return False


def _chinese(text: str) -> int:
    return sum(map(len, _HANZI.findall(text)))


def may_be_sign(source: str, links: int) -> bool:
    """Say whether a page with so many links is worth the full look: cheap, for who reads hundreds of pages a second."""
    return len(source) < _SMALL or links <= _FEW_LINKS


def _challenge(source: str, page: Shown) -> Sign | None:
    if len(page.plain) >= SHORT or page.links > _FEW_LINKS:
        return None
    lower = source.lower()
    for firewall, marks in _FIREWALLS.items():
        if any(mark in lower for mark in marks) and (len(page.plain) < BARE or not _is_article(source, page)):
            return Sign(CHALLENGE, firewall)
    if len(page.plain) < BARE and not _MEDIA.search(source) and _COOKIE.search(source) and _RELOAD.search(source):
        return Sign(CHALLENGE, "document.cookie")
    if len(page.message) >= _MESSAGE or "<textarea" in lower or _PASSWORD.search(source) or _is_article(source, page):
        return None
    said = _CHALLENGE.search(_squeezed([page.title, " ", page.plain, " ", *_NOSCRIPT.findall(source)]))
    return Sign(CHALLENGE, said[0]) if said else None


def _status(_source: str, page: Shown) -> Sign | None:
    """Recognise a page whose title is an HTTP status."""
    status = _STATUS_TITLE.search(page.title)
    return Sign(SERVER_ERROR if status[1].startswith("5") else SOFT_404, status[0]) if status else None


def _dump(_source: str, page: Shown) -> Sign | None:
    """Recognise what a script printed as it broke. Stack traces are long, but nobody writes them in Chinese."""
    if any(_chinese(page.plain[:end]) >= _FRAMED for end in (_TEXT, len(page.plain))) or not (
        said := _DUMP.search(page.plain)
    ):
        return None
    around = page.plain[max(said.start() - 100, 0) : said.end() + 300]
    return Sign(SERVER_ERROR if _PASSING.search(around) else ERROR_PAGE, said[0][:60])


def _message(source: str, page: Shown) -> Sign | None:
    text = page.message
    if len(text) >= _MESSAGE or _is_article(source, page):
        return None
    alert = "" if len(page.plain) >= BARE else " ".join(_ALERT.findall(source))
    if not _SEARCH.search(page.title + text) and (
        said := _NOT_THERE.search(text + "。" + alert) or _ERROR_TITLE.search(page.title)
    ):
        return Sign(SOFT_404, said[0])
    if said := _TROUBLE.search(text + "。" + alert):
        return Sign(SERVER_ERROR, said[0])
    if said := _PARKED.search(page.title) or _PARKED.search(text):
        return Sign(PARKED, said[0])
    if alert and ("登录" in alert or "登陆" in alert):
        return Sign(LOGIN_FORM, alert)
    return Sign(ERROR_PAGE, alert) if alert and _BACK.search(source) else None


def _login(source: str, page: Shown) -> Sign | None:
    # A list with a box to log in beside it shows more.
    bare = len(page.message) < _MESSAGE and page.linked < _DOOR
    found = _PASSWORD.search(source) if bare else None
    return Sign(LOGIN_FORM, found[0]) if found else None


def _is_article(source: str, page: Shown) -> bool:
    return bool(_ARTICLE.search(page.plain) or _ARTICLE.search(source[:10_000]))
