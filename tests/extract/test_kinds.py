"""What is no article is said so, whatever its address looks like."""

import pytest

from migrate.answers import MISSING
from migrate.config import SiteConfig
from migrate.extract import Page, extract
from migrate.families import Families
from migrate.records import Kind
from tests.test_answers import MESSAGES

ROWS = "".join(
    f'<li><a href="/dh/{n}.html">{name}</a>   2016-04-{n:02d}</li>'
    f'<li>所属地区：[ 大河 ] 网址：[ <a href="http://x{n}.cn">访问</a> ]</li>'
    for n, name in enumerate("修路协会 茶叶商会 慈善总会 书画协会 养蜂协会 老年协会".split(), 1)
)
TEXT = "<p>为做好春季森林防火工作，经镇政府研究，决定在全镇范围内开展防火宣传，请各村高度重视并抓好落实。</p>"


@pytest.mark.parametrize(
    ("path", "body", "kind", "reason"),
    [
        ("/dh/?id=1", f"<ul>{ROWS}</ul>", Kind.LIST, ""),
        (
            "/tzgg/",
            '<div id="list"></div><script>load()</script><p>版权所有：大河镇人民政府 备案号：豫A备12345678号</p>',
            Kind.LIST,
            "",
        ),
        ("/a/1234.html", "<h1>404</h1><p>您访问的页面不存在</p>", Kind.OTHER, "error-page"),
        ("/a/1234.html", "<script>var x=1;</script>", Kind.OTHER, "empty"),
        ("/a/1234.html", '<form>用户名<input name=u>密码<input type="password"></form>', Kind.OTHER, "login-form"),
        (
            "/a/1234.html",
            '<script>document.cookie="__jsl_clearance=1";location.reload()</script>',
            Kind.OTHER,
            "challenge",
        ),
        ("/", f"<h1>大河镇</h1>{TEXT}", Kind.HOME, ""),
        ("/about", f"<h1>防火通知</h1>{TEXT * 2}", Kind.ARTICLE, ""),
    ],
)
def test_kind(path: str, body: str, kind: Kind, reason: str, site: SiteConfig, families: Families) -> None:
    url = "http://www.dahe.example.gov.cn" + path
    page = Page(url, url, f"<html><title>大河镇</title><body>{body}</body></html>".encode(), "text/html;charset=utf-8")
    record = extract(page, site, families).record
    assert (record.kind, record.reason) == (kind, reason)
    assert (record.body == "") == (kind is not Kind.ARTICLE)


@pytest.mark.parametrize(
    ("trail", "expected"),
    [
        ("首页 &gt; 政务公开 &gt; 通知公告", ["政务公开", "通知公告"]),
        ("您的位置 &gt; 首页 &gt; 政务公开 &gt; 通知公告 &gt; 正文", ["政务公开", "通知公告"]),
        ("当前位置：<a href='/'>首页</a> &raquo; <a href='/zw/'>政务公开</a> &raquo; 正文", ["政务公开"]),
        (
            "您现在的位置：<a href='/'>大河镇人民政府</a>&gt;&gt;<a href='/zw/'>政务公开</a>&gt;&gt;查看信息",
            ["政务公开"],
        ),
        ("<a href='/'>网站首页</a> / <a href='/zw/'>政务公开</a>", ["政务公开"]),
        ("首页好看", []),
    ],
)
def test_breadcrumb(trail: str, expected: list[str], site: SiteConfig, families: Families) -> None:
    url = "http://www.dahe.example.gov.cn/a/1234.html"
    html = (
        f"<title>防火通知</title><body><div>{trail}</div><h1>防火通知</h1><p>时间：2016-05-03</p><div>{TEXT * 3}</div>"
    )
    record = extract(Page(url, url, html.encode(), "text/html;charset=utf-8"), site, families).record
    assert list(record.breadcrumb) == expected


@pytest.mark.parametrize(("fetched", "confidence"), [("2016-05-02", 0.95), ("2016-05-01", 0.2), ("2021-01-01", 0.95)])
def test_nothing_is_published_after_its_capture(
    fetched: str, confidence: float, site: SiteConfig, families: Families
) -> None:
    url = "http://www.dahe.example.gov.cn/a/1234.html"
    html = f"<title>防火通知</title><h1>防火通知</h1><p>时间：2016-05-03</p><div>{TEXT * 3}</div>"
    found = extract(Page(url, url, html.encode(), "text/html;charset=utf-8", fetched), site, families)
    published = found.record.published
    assert published is not None and (published.value, published.confidence) == ("2016-05-03", confidence)
    assert ("extract.future-date" in [f.check for f in found.findings]) == (confidence < 0.5)


def test_a_head_in_one_line(site: SiteConfig, families: Families) -> None:
    url = "http://www.dahe.example.gov.cn/xxgk/1234.html"
    head = "索 引 号：014000335/2015-00018　发布机构：大河镇　名　称：防火通知　文 号：大政［2015］9号　有效性：有效"
    html = f"<title>防火通知</title><p>{head}</p><h1>防火通知</h1><div>{TEXT * 3}<p>文号：不是这个〔2001〕1号</p></div>"
    record = extract(Page(url, url, html.encode(), "text/html;charset=utf-8"), site, families).record
    assert record.document_number is not None and record.document_number.value == "大政［2015］9号"
    assert {name: field.value for name, field in record.policy_head.items()} == {
        "index_no": "014000335/2015-00018", "issuer": "大河镇", "validity": "有效"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("施行日期：2018年5月1日　废止日期：2023-05-01", {"effective_on": "2018-05-01", "repeal_on": "2023-05-01"}),
        ("生效时间：2018-05-01 00:00　失效日期：", {"effective_on": "2018-05-01"}),
        ("实施日期：自公布之日起施行　废止时间：长期有效", {}),
        ("实 施 日 期：二〇一八年五月一日　失效时间：2018年2月30日", {"effective_on": "2018-05-01"}),
        ("发布日期：2018-05-01", {}),
    ],
)
def test_days_from_and_to_which_a_document_holds(
    head: str, expected: dict[str, str], site: SiteConfig, families: Families
) -> None:
    url = "http://www.dahe.example.gov.cn/xxgk/1234.html"
    text = f"<div>{TEXT * 3}<p>本通知施行日期：2001年1月1日</p></div>"
    html = f"<title>防火通知</title><p>索引号：014000335/2018-00018　{head}</p><h1>防火通知</h1>{text}"
    record = extract(Page(url, url, html.encode(), "text/html;charset=utf-8"), site, families).record
    days = {name: field.value for name, field in record.policy_head.items() if name.endswith("_on")}
    assert days == expected


@pytest.mark.parametrize(
    "meta",
    [
        '<META HTTP-EQUIV=REFRESH CONTENT="0;URL=/index.html">',
        '<meta http-equiv="Refresh" content="0 ; URL = \'/index.html\'">',
        "<meta http-equiv=' refresh ' content='1;url=\"/index.html\"; '>",
        '<meta content="0, /index.html" http-equiv=refresh>',
        '<meta http-equiv="refresh" content=".5 url=/index.html">',
        '<meta http-equiv="ref&#114;esh" content="0;&#117;rl=/index.html ">',
        '<meta http-equiv="refresh" content="+0;\n url\n=\n/index.html\n">',
    ],
)
def test_every_spelling_of_a_refresh(meta: str, site: SiteConfig, families: Families) -> None:
    record = extract(Page(REFRESHED, REFRESHED, f"<head>{meta}</head>".encode(), ""), site, families).record
    assert (record.kind, record.reason) == (Kind.OTHER, "meta-refresh:http://www.dahe.example.gov.cn/index.html")


@pytest.mark.parametrize("content", ["0;", "30;url=/index.html", "x;url=/index.html", "0;url=''", "0;url=?id=3"])
def test_what_leads_nowhere(content: str, site: SiteConfig, families: Families) -> None:
    html = f'<head><meta http-equiv=refresh content="{content}"></head>'
    record = extract(Page(REFRESHED, REFRESHED, html.encode(), ""), site, families).record
    assert record.reason == "empty"


REFRESHED = "http://www.dahe.example.gov.cn/old.asp?id=3"
CODED = """<html><title>防汛会议</title><h1>防汛会议</h1><div>发布时间：2020-07-02 来源：大河镇</div>
<div id="&#122;oom"><p>大河镇召开防汛工作会议，部署汛期值守，要求各村落实责任。</p>
<div class="bdshare&#98;uttonbox">好</div></div>"""


def test_names_written_as_entities_are_names(site: SiteConfig, families: Families) -> None:
    record = extract(Page(REFRESHED, REFRESHED, CODED.encode(), "text/html; charset=utf-8"), site, families).record
    assert record.origins["body"].origin == "selector:#zoom" and "好" not in record.body


@pytest.mark.parametrize(("kind", "source"), [(kind, source) for kind, found in MESSAGES.items() for source in found])
def test_messages_are_told_from_pages_that_were_read(
    kind: str, source: str, site: SiteConfig, families: Families
) -> None:
    """What the outline says of a page spares a look at its source, and never hides what that says."""
    url = "http://www.dahe.example.gov.cn/a/1234.html"
    record = extract(Page(url, url, source.encode(), "text/html;charset=utf-8"), site, families).record
    assert (record.kind, record.reason) == (Kind.OTHER, "error-page" if kind in MISSING else kind)
