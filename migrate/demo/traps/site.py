"""柳林镇: a fictional township's site whose articles are all there, behind everything a server can do wrong.

Each trap is a function that puts answers into the site and the truth about them beside it.
"""

import gzip
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from urllib.parse import parse_qs, quote, urlsplit

from migrate.demo.files import make_file
from migrate.demo.pictures import make_strip
from migrate.demo.traps.wire import Asked, TrapServer, Wire, say

HOST = "www.liulin.example.gov.cn"
ALIAS = "liulin.example.gov.cn"
NAME = "柳林镇人民政府"
_IMPRINT = "<p>主办：柳林镇人民政府 地址：柳林镇中心街1号</p>"
_WORDS = "春耕 防汛 禁烧 饮水 防火 医保 道路 环境 养老 教育 文化 水库 林果 养殖 电力 邮政 集市 档案".split()

Answering = Wire | Callable[[Asked], Wire]


@dataclass
class Truth:
    """What a harvest must find out. Targets are paths with queries, as canonical URLs spell them."""

    articles: dict[str, str] = field(default_factory=dict)
    """Target → title of an article that must be captured whole."""
    verdicts: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Target → frontier state and reason."""
    findings: set[tuple[str, str]] = field(default_factory=set)
    """(check, target), the target empty where the finding is about the whole site."""
    filenames: dict[str, str] = field(default_factory=dict)
    """Target → what its server calls the file."""
    media_types: dict[str, str] = field(default_factory=dict)
    """Target → what its bytes are."""
    requests: int = 0
    """Most requests that the site may cost; those that it answers with trouble, three times each."""


@dataclass
class TrapSite:
    """The answers by target, what the home page links to, and the truth."""

    answers: dict[str, Answering] = field(default_factory=dict)
    catch_all: dict[str, Callable[[Asked], Wire]] = field(default_factory=dict)
    """Beginning of a path → what answers for everything below it."""
    links: list[tuple[str, str]] = field(default_factory=list)
    """(href, text) of the home page."""
    truth: Truth = field(default_factory=Truth)
    firewall_after: int = 1_000_000
    """Requests after which a firewall answers in the site's place."""
    asked: int = 0

    def serve(self) -> TrapServer:
        """Return a server, not yet started, for the site under its host name and alias."""
        return TrapServer((HOST, ALIAS), self.answer)

    def answer(self, asked: Asked) -> Wire:
        """Return what the server says."""
        self.asked += 1
        if self.asked > self.firewall_after:
            return say(_JSL, "Set-Cookie: __jsluid=0123456789abcdef0123456789abcdef", status=521)
        found = self.answers.get(asked.target)
        if found is None:
            path = urlsplit(asked.target).path
            found = next((answer for start, answer in self.catch_all.items() if path.startswith(start)), None)
        if found is None:
            return say(page("<h1>HTTP 404 - 找不到文件</h1>"), status=404)
        return found(asked) if callable(found) else found

    def link(self, href: str, text: str = "", *, bound: int = 1) -> None:
        """Let the home page link to something that may cost `bound` requests."""
        self.links.append((href, text or href))
        self.truth.requests += bound

    def article(self, target: str, more: str = "") -> bytes:
        """Add an article to the truth; return its page, with `more` after its text."""
        number = len(self.truth.articles)
        title = f"关于做好{_WORDS[number % len(_WORDS)]}工作的第{number + 1}号通知"
        self.truth.articles[target] = title
        text = "".join(
            f"<p>{_WORDS[(number + n) % len(_WORDS)]}工作要抓紧抓实，责任到人，{title}。</p>" for n in range(6)
        )
        return page(f"<h1>{title}</h1><div>发布时间：2016-05-{number % 28 + 1:02}</div>{text}{more}", title)

    def verdict(self, target: str, state: str, reason: str = "", check: str = "") -> None:
        """Add to the truth what becomes of an address, and the finding that tells of it."""
        self.truth.verdicts[target] = state, reason
        if check:
            self.truth.findings.add((check, target))


def page(body: str, title: str = NAME) -> bytes:
    """Return a page of the site."""
    text = f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}</title></head><body>{body}{_IMPRINT}'
    return (text + "</body></html>").encode()


def trap_site() -> TrapSite:
    """Return the site with all traps. What it makes up by chance is the same each time."""
    site = TrapSite()
    for trap in (_troubled, _resets, _drips, _lengths, _gzip, _redirects, _sessions, _calendars, _growing, _cases,
                 _soft_errors, _firewalls, _doors, _downloads, _liars):  # fmt: skip
        trap(site)
    site.truth.requests += 10  # robots.txt, the home page, and what is asked for to learn what nonsense gets
    links = "".join(f'<li><a href="{escape(href)}">{text}</a></li>' for href, text in site.links)
    site.answers["/"] = say(page(f"<h1>{NAME}</h1><p>欢迎访问{NAME}门户网站。</p><ul>{links}</ul>"))
    site.answers["/robots.txt"] = say(b"User-agent: *\r\nDisallow:\r\n", kind="text/plain")
    return site


def _after(times: int, trouble: Wire, then: Wire) -> Callable[[Asked], Wire]:
    return lambda asked: trouble if asked.times <= times else then


def _troubled(site: TrapSite) -> None:
    """5xx now and then, and always."""
    for number, (times, status) in enumerate([(1, 500), (2, 502), (1, 503)]):
        target = f"/busy/{number}.html"
        site.answers[target] = _after(times, say(b"busy", status=status), say(site.article(target)))
        site.link(target, bound=3)
    site.answers["/busy/always.html"] = say(b"<h1>500</h1>", status=500)
    site.link("/busy/always.html", bound=3)
    site.verdict("/busy/always.html", "failed", "HTTP 500", "failed")


def _resets(site: TrapSite) -> None:
    """Connections reset before the head and in the middle of the body, once and always."""
    nothing = Wire((), end="reset")
    for name, times in (("head", 1), ("body", 1)):
        target = f"/reset/{name}.html"
        whole = say(site.article(target))
        half = Wire((whole.parts[0][:400],), pause=0.05, end="reset")
        site.answers[target] = _after(times, nothing if name == "head" else half, whole)
        site.link(target, bound=3)
    site.answers["/reset/always.html"] = nothing
    site.link("/reset/always.html", bound=3)
    site.verdict("/reset/always.html", "failed", "reset", "failed")


def _drips(site: TrapSite) -> None:
    """A page that comes a few bytes at a time, and one that stops coming."""
    whole = say(site.article("/drip/slow.html")).parts[0]
    site.answers["/drip/slow.html"] = Wire(tuple(whole[at : at + 50] for at in range(0, len(whole), 50)), pause=0.005)
    site.link("/drip/slow.html")
    stalled = say(page("<h1>不完整</h1>" + "<p>这一页只来了一半。</p>" * 40)).parts[0]
    site.answers["/drip/stalls.html"] = Wire((stalled[:900],), end="hang")
    site.link("/drip/stalls.html", bound=3)
    site.verdict("/drip/stalls.html", "failed", "truncated", "failed")


def _lengths(site: TrapSite) -> None:
    """Content-Length too large and too small, none at all, chunks that are cut."""
    whole = site.article("/length/large.html")
    site.answers["/length/large.html"] = say(whole, length=len(whole) + 500)
    site.link("/length/large.html", bound=3)
    site.verdict("/length/large.html", "fetched", "", "content-length")

    cut = page("<h1>半页</h1>" + "<p>正文在中间断了，</p>" * 60)
    site.answers["/length/cut.html"] = say(cut[: len(cut) // 2], length=len(cut))
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
    site.answers["/length/chunks.html"] = Wire((head + b"200\r\n" + cut[:300],), end="close")
    for name in ("cut", "chunks"):
        site.link(f"/length/{name}.html", bound=3)
        site.verdict(f"/length/{name}.html", "failed", "truncated", "failed")

    small = site.article("/length/small.html")
    at = small.index("责任到人".encode()) + 5  # in the middle of a letter
    site.answers["/length/small.html"] = say(small, length=at)
    site.link("/length/small.html")
    site.verdict("/length/small.html", "fetched", "", "broken-off")

    head = b"HTTP/1.0 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    site.answers["/length/none.html"] = Wire((head + site.article("/length/none.html"),), end="close")
    site.link("/length/none.html")


def _gzip(site: TrapSite) -> None:
    """gzip that is none, is not said to be any, is wrapped twice, is cut, has a wrong check value."""
    label = "Content-Encoding: gzip"
    for name in ("plain", "hidden", "twice", "crc"):
        target = f"/gzip/{name}.html"
        source = site.article(target)
        packed = gzip.compress(source, mtime=0)
        wrong = packed[:-8] + b"\0\1\2\3" + packed[-4:]
        site.answers[target] = {
            "plain": say(source, label),
            "hidden": say(packed),
            "twice": say(gzip.compress(packed, mtime=0), label),
            "crc": say(wrong, label),
        }[name]
        site.link(target)
        site.verdict(target, "fetched", "", "content-coding")
    noise = "".join(random.Random(1).choices("春夏秋冬风雨雷电山河湖海", k=4000))  # noqa: S311 (no secret)
    packed = gzip.compress(page(f"<p>{noise}</p>"), mtime=0)
    site.answers["/gzip/cut.html"] = say(packed[: len(packed) // 2], label)
    site.link("/gzip/cut.html")
    site.verdict("/gzip/cut.html", "failed", "truncated", "failed")


def _redirects(site: TrapSite) -> None:
    """Rings of two and three, one that turns on the spot, and a chain that never ends."""
    rings = [("/turn/a.html", "/turn/b.html"), ("/turn/c.html", "/turn/d.html", "/turn/e.html"), ("/turn/self.html",)]
    for ring in rings:
        for place, target in enumerate(ring):
            site.answers[target] = say(b"", f"Location: {ring[(place + 1) % len(ring)]}", status=302)
            site.verdict(target, "fetched")
        site.link(ring[0], bound=len(ring))
        site.truth.findings.add(("redirect-loop", ring[0]))

    def further(asked: Asked) -> Wire:
        number = int(parse_qs(urlsplit(asked.target).query)["n"][0])
        return say(b"", f"Location: /further.asp?n={number + 1}", status=302)

    site.catch_all["/further.asp"] = further
    site.link("/further.asp?n=1", bound=22)
    site.verdict("/further.asp?n=21", "fetched")
    site.verdict("/further.asp?n=22", "skipped", "endless")
    site.truth.findings.add(("endless", ""))


def _sessions(site: TrapSite) -> None:
    """Session ids in paths and queries, new with every request; six articles behind each."""
    chance = random.Random(2)  # noqa: S311 (no secret)
    shapes = {
        "jsp": ("/jsp/{n}.jsp;jsessionid={s}", "/jsp/{n}.jsp"),
        "php": ("/php/{n}.php?PHPSESSID={s}", "/php/{n}.php"),
        "asp": ("/asp/{n}.asp?ASPSESSIONIDQQBQTCCD={s}", "/asp/{n}.asp"),
        "net": ("/net/(S({s}))/{n}.aspx", "/net/{n}.aspx"),
        "sid": ("/sid/show.asp?id={n}&sid={s}", "/sid/show.asp?id={n}"),
    }
    for name, (spelling, clean) in shapes.items():
        pages = {n: site.article(clean.format(n=n)) for n in range(1, 7)}

        def answer(asked: Asked, pages: dict[int, bytes] = pages, spelling: str = spelling) -> Wire:
            session = "".join(chance.choices("0123456789abcdef", k=32))
            links = "".join(f'<a href="{spelling.format(n=n, s=session)}">{n}</a>' for n in pages)
            path, _mark, query = asked.target.partition("?")
            number = query.partition("id=")[2][:1] or path.partition(";")[0].rpartition("/")[2][:1]
            return say(pages[int(number)].replace(b"</body>", links.encode() + b"</body>"))

        site.catch_all[f"/{name}/"] = answer
        # Of ids that nobody knows by name, a few pages go by before they are seen through.
        site.link(clean.format(n=1), bound=30 if name == "sid" else 6)
    site.truth.findings.add(("session", ""))


def _calendars(site: TrapSite) -> None:
    """A calendar of months for ever, each with its own text, and a diary of empty days for ever."""

    def month(asked: Asked) -> Wire:
        fields = {name: int(value[0]) for name, value in parse_qs(urlsplit(asked.target).query).items()}
        y, m = fields["y"], fields["m"]
        words = "".join(_WORDS[(y * 12 + m + n) % len(_WORDS)] for n in range(8))
        after, before = (y + m // 12, m % 12 + 1), (y - (m == 1), (m - 2) % 12 + 1)
        links = "".join(f'<a href="calendar.asp?y={y}&m={m}">{y}年</a>' for y, m in (before, after))
        return say(page(f"<h1>{y}年{m}月</h1><p>{words}</p>{links}"))

    site.catch_all["/calendar.asp"] = month
    site.link("/calendar.asp?y=2026&m=11", bound=500)  # from 1990 to the end of next year

    def day(asked: Asked) -> Wire:
        number = int(parse_qs(urlsplit(asked.target).query)["offset"][0])
        return say(page(f'<h1>工作日志</h1><p>当天没有记录。</p><a href="diary.asp?offset={number + 1}">后一天</a>'))

    site.catch_all["/diary.asp"] = day
    site.link("/diary.asp?offset=1", bound=102)
    site.truth.findings.add(("endless", "/diary.asp?offset=101"))


def _growing(site: TrapSite) -> None:
    """A wrong relative link that makes the path longer on every page, and two that do so to the query."""
    site.catch_all["/grow/"] = lambda _asked: say(page('<p>专题目录</p><a href="sub/index.html">下一级</a>'))
    site.link("/grow/index.html", bound=6)

    def again(asked: Asked) -> Wire:
        return say(page(f'<p>专题筛选</p><a href="{escape(asked.target)}&kind=1">再选</a>'))

    def login(asked: Asked) -> Wire:
        return say(page(f'<p>办事指南</p><a href="/goto.asp?back={quote(asked.target, safe="")}">登录</a>'))

    site.catch_all["/filter.asp"] = again
    site.link("/filter.asp?kind=1", bound=5)
    site.catch_all["/goto.asp"] = login
    site.link("/goto.asp?back=1", bound=7)
    site.truth.findings.add(("trap", ""))


def _cases(site: TrapSite) -> None:
    """IIS does not mind upper and lower case: two addresses, one page."""
    same = say(site.article("/News/1.htm"))
    for target in ("/News/1.htm", "/news/1.HTM"):
        site.answers[target] = same
        site.link(target)
        site.verdict(target, "fetched")
    site.truth.findings.add(("case", ""))


def _soft_errors(site: TrapSite) -> None:
    """“Not there” with status 200: an empty frame, a message; scripts that break; a search that finds nothing."""
    frame = "<div>您的位置：首页 &gt; 信息浏览</div><h1></h1><div>来源： 点击：{}</div><p></p>"

    def show(asked: Asked) -> Wire:
        number = parse_qs(urlsplit(asked.target).query)["id"][0]
        # What it shows of an article that is gone: nothing but a counter. No word says so.
        return pages.get(number) or say(page(frame.format(random.Random(asked.target).random())))  # noqa: S311

    pages: dict[str, Wire] = {str(n): say(site.article(f"/show.asp?id={n}")) for n in range(1, 6)}
    site.catch_all["/show.asp"] = show
    for number in (1, 2, 3, 4, 5, 71, 72, 73):
        site.link(f"/show.asp?id={number}")
    for number in (71, 72, 73):
        site.verdict(f"/show.asp?id={number}", "fetched", "soft-404", "soft-404")

    messages = {
        "/soft/gone.html": ("<h1>对不起，您访问的页面不存在或已被删除！</h1>", "fetched", "soft-404"),
        "/soft/broken.asp": (
            "<font>ADODB.Field</font> <font>错误 '800a0bcd'</font><p>BOF 或 EOF 中有一个是“真”，/a.asp，行 31",
            "fetched", "error-page",
        ),
        "/soft/database.asp": (
            "<font>Microsoft OLE DB Provider for SQL Server</font> <font>错误 '80004005'</font><p>登录失败</p>",
            "failed", "server-error",
        ),
        "/soft/later.html": ("<p>系统繁忙，请稍后再试。</p>", "failed", "server-error"),
    }  # fmt: skip
    for target, (body, state, reason) in messages.items():
        site.answers[target] = say(page(body))
        site.link(target)
        site.verdict(target, state, reason, reason)
    about = site.article("/soft/about.html", "<p>有群众反映“页面不存在”“系统繁忙”，现已修复。</p>")
    site.answers["/soft/about.html"] = say(about)
    site.answers["/search.asp?q=1"] = say(page("<p>搜索结果：没有找到与“低保”相关的内容，请换关键词再试。</p>"))
    for target in ("/soft/about.html", "/search.asp?q=1"):
        site.link(target)
        site.verdict(target, "fetched")


_JSL = b"<script>document.cookie=('_')+('_')+('j')+('s')+('l');location.href=location.pathname+location.search</script>"


def _firewalls(site: TrapSite) -> None:
    """Challenges with the statuses that they come with, a captcha, a page of a firewall's that asks nothing."""
    river = (
        b"<html><head><meta id='x' content='a' r='m'><script r='m'>$_ts=window['$_ts'];if(!$_ts)$_ts={};$_ts.cd='q';"
        b"</script><script src='/q/x.js' r='m'></script></head><body></body></html>"
    )
    cloud = b"<script>function YunSuoAutoJump(){self.location='/?security_verify_data=1'}</script><body></body>"
    stop = "<title>网站防火墙</title><p>您的请求带有不合法参数，已被网站管理员设置拦截！</p>".encode()
    code = '<p>您的访问过于频繁，请输入验证码后继续访问</p><input name="code">'.encode()
    answers = {1: (_JSL, 521), 2: (river, 412), 3: (river, 200), 4: (cloud, 200), 5: (stop, 403), 6: (code, 200)}
    for number, (body, status) in answers.items():
        target = f"/wall/{number}.html"
        site.answers[target] = say(body, status=status)
        site.link(target)
        site.verdict(target, "failed", "challenge", "challenge")
    through = site.article("/wall/through.html").replace(b"</head>", b"<script>$_ts=window['$_ts'];</script></head>")
    site.answers["/wall/through.html"] = say(through)
    site.link("/wall/through.html")


def _doors(site: TrapSite) -> None:
    """A log-in form where a page should be, one where it should, and a server's first page."""
    form = '<form>用户名：<input name="u"> 密码：<input type="password" name="p"><input type="submit"></form>'
    for target, state, reason in (
        ("/inner/1.html", "failed", "login-form"),
        ("/user/login.asp", "fetched", ""),
    ):
        site.answers[target] = say(page(form))
        site.link(target)
        site.verdict(target, state, reason, reason)
    site.answers["/bbs/"] = say(b"<html><head><title>IIS7</title></head><body><img src='/bbs/w.png'></body></html>")
    site.link("/bbs/", bound=2)
    site.verdict("/bbs/", "failed", "parked", "parked")


def _downloads(site: TrapSite) -> None:
    """Handlers that want to be asked from a page of their own host, and names of files in every spelling."""
    refused = say(page("<p>请从文章页下载本附件。</p>"))
    form = make_file("doc", "申请表")

    def local(asked: Asked) -> Wire:
        return say(form, kind="application/octet-stream") if f"//{asked.host}/" in asked.referer else refused

    # The link names the alias, our Referer at first the main host.
    site.answers["/down.asp?id=1"] = local
    site.links.append((f"http://{ALIAS}/down.asp?id=1", "附件：申请表.doc"))
    site.answers["/down.asp?id=2"] = refused
    site.links.append(("/down.asp?id=2", "附件：名单.xls"))
    site.answers["/files/lost.doc"] = refused
    site.links.append(("/files/lost.doc", "旧表"))
    site.truth.requests += 6
    site.verdict("/down.asp?id=1", "fetched")
    for target in ("/down.asp?id=2", "/files/lost.doc"):
        site.verdict(target, "failed", "html-instead-of-file", "html-instead-of-file")
    site.answers["/download.asp?page=1"] = say(page("<h1>下载中心</h1><p>各类表格在此下载。</p>"))
    site.link("/download.asp?page=1", "资料下载")
    site.verdict("/download.asp?page=1", "fetched")

    name = "关于“三夏”工作的通知.doc"
    raw = {kind: name.encode(kind).decode("latin-1") for kind in ("gb18030", "utf-8")}
    spellings = {
        f"attachment; filename*=UTF-8''{quote(name)}": name,
        f'attachment; filename="{raw["gb18030"]}"': name,
        f"attachment; filename={raw['utf-8']}": name,
        f"attachment; filename={quote(name, encoding='gb18030')}": name,
        f'attachment; filename="{quote(name)}"': name,
        'attachment; filename="=?UTF-8?B?6KGoLmRvYw==?="': "表.doc",
        'attachment; filename="C:\\upload\\2016\\a.doc"': "a.doc",
        "attachment; filename=../../etc/passwd.doc": "passwd.doc",
        'attachment; filename="a;b.doc"; size=9': "a;b.doc",
        "attachment": "",
    }
    for number, (header, wanted) in enumerate(spellings.items()):
        target = f"/get/{number}"
        answer = say(form + b" " * number, f"Content-Disposition: {header}", kind="application/octet-stream")
        site.answers[target] = answer
        site.link(target, "下载")
        site.verdict(target, "fetched")
        site.truth.filenames[target] = wanted


def _liars(site: TrapSite) -> None:
    """Files and pictures that are not what their server says, and documents that look like pages."""
    picture = make_strip("jpg", 8, 8, ((9, 99, 9), (200, 220, 200)))
    office = (
        b'<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><meta name=Generator content="Microsoft Excel">'
        b"</head><body><table><tr><td>1</td></tr></table></body></html>"
    )
    lies = {
        "/pic/1.jpg": (picture, "text/html", "image/jpeg"),
        "/pic.asp?n=2": (picture + b" ", "text/html", "image/jpeg"),
        "/files/a.doc": (make_file("doc", "表"), "text/plain", "application/rtf"),
        "/files/b.doc": (make_file("doc", "单"), "application/msword", "application/msword"),
        "/files/c.xls": (office, "application/vnd.ms-excel", "application/vnd.ms-excel"),
        "/files/d.xls": (office + b" ", "text/html", "application/vnd.ms-excel"),
    }
    for target, (body, said, true) in lies.items():
        site.answers[target] = say(body, kind=said)
        site.link(target)
        site.verdict(target, "fetched")
        site.truth.media_types[target] = true
    site.truth.findings |= {("media-type", "/pic/1.jpg"), ("media-type", "/files/a.doc")}
