"""Where a body begins and ends: shapes of pages that general rules must read, whatever system made them."""

import base64

import pytest

from migrate.config import SiteConfig
from migrate.extract import Extraction, Page, extract
from migrate.families import Families

URL = "http://www.dahe.example.gov.cn/x/show.asp?id=3"
HEAD = (
    "<html><head><title>大河镇开展环境整治</title></head><body><div>首页 &gt; 工作动态</div><h1>大河镇开展环境整治</h1>"
)
INFO = "<div>时间：2020-07-01 来源：大河镇</div>"
TEXT = "<p>近日，大河镇组织干部群众清理河道，修整村道，受到群众的欢迎，下一步将继续抓好落实。</p>"
NEXT = '<div>上一篇：<a href="show.asp?id=2">关于修路的通知</a></div><div>下一篇：没有了</div>'
FOOT = (
    '<div><a href="/1">联系我们</a> | <a href="/2">网站地图</a></div>'
    "<div>版权所有：大河镇人民政府 豫ICP备00000000号</div></body></html>"
)


def read(body: str, site: SiteConfig, families: Families, *, info: str = INFO, url: str = URL) -> Extraction:
    html = HEAD + info + body + FOOT
    return extract(Page(url, url, html.encode(), "text/html; charset=utf-8"), site, families)


def test_a_title_that_the_editor_typed_stays(site: SiteConfig, families: Families) -> None:
    typed = (
        "<h1>\n\t大河镇开展环境整治</h1>\n<div>\n\t2020-07-01　来源：大河发布</div>\n"
        "<p>\n\t　　近日，大河镇组织干部群众清理河道，修整村道，受到群众的欢迎，下一步将继续抓好落实。</p>\n"
    )
    frame = "<html><head><title>大河镇开展环境整治_大河镇</title></head><body><div>\n        {}</div>" + FOOT
    html = frame.format(typed)
    extraction = extract(Page(URL, URL, html.encode(), "text/html; charset=utf-8"), site, families)
    assert extraction.record.body.startswith("<h1>大河镇开展环境整治</h1>\n<div>2020-07-01　来源：大河发布</div>")
    assert extraction.record.published and extraction.record.published.value == "2020-07-01"
    html = frame.format(typed.replace("\n\t", ""))
    extraction = extract(Page(URL, URL, html.encode(), "text/html; charset=utf-8"), site, families)
    assert "大河发布" not in extraction.record.body


def test_an_article_of_files_only(site: SiteConfig, families: Families) -> None:
    extraction = read(f'<p><a href="javascript:;">实施方案.pdf</a></p>{NEXT}', site, families)
    assert [link.name for link in extraction.record.attachments] == ["实施方案.pdf"]
    assert extraction.record.body.endswith("实施方案.pdf</a></p>")
    assert "上一篇" not in extraction.record.body and "联系我们" not in extraction.record.body


@pytest.mark.parametrize("tools", ["", '<p><a href="javascript:print()">【打印正文】</a></p>'])
def test_an_article_of_pictures_in_links_only(tools: str, site: SiteConfig, families: Families) -> None:
    body = f'<div class="pic"><a href="/big.jpg"><img src="/small.jpg" alt="现场"></a></div>{tools}{NEXT}'
    extraction = read(body, site, families)
    assert [image.url for image in extraction.record.images] == ["http://www.dahe.example.gov.cn/small.jpg"]
    assert "上一篇" not in extraction.record.body and "打印" not in extraction.record.body


def test_an_article_without_anything_has_no_body(site: SiteConfig, families: Families) -> None:
    extraction = read(f"<div><br><br></div>{NEXT}<div>网友评论</div><p>{TEXT}</p>", site, families)
    assert extraction.record.body == ""
    assert "extract.empty-body" in {finding.check for finding in extraction.findings}


def test_bars_of_tools_above_the_text_go(site: SiteConfig, families: Families) -> None:
    bar = '<div>【打印】</div><div><a href="#">我的收藏</a> <a href="#">收藏</a></div>'
    bar += '<div onclick="size()">【字体:大 中 小】</div>'
    extraction = read(f"<div>{bar}{TEXT}</div>{NEXT}", site, families)
    assert extraction.record.body.removeprefix("<p>").startswith("近日")


def test_the_buttons_of_a_gallery_go_and_its_pictures_stay(site: SiteConfig, families: Families) -> None:
    call = '<a href="javascript:turn({0})">{1}</a>'
    bar = f"<center>{call.format(-1, '上一张')} {call.format(0, '自动 / 暂停播放')} {call.format(1, '下一张')}</center>"
    arrow = '<a href="#p"><img src="/left.jpg" alt="上一张" onclick="turn(-1)"></a>'
    extraction = read(f'<div>{bar}{arrow}<p><img src="/1.jpg"></p>{TEXT}</div>{NEXT}', site, families)
    assert [image.url for image in extraction.record.images] == ["http://www.dahe.example.gov.cn/1.jpg"]
    assert "一张" not in extraction.record.body and "近日" in extraction.record.body


def test_hosts_of_an_event_are_no_foot(site: SiteConfig, families: Families) -> None:
    hosts = "<p>主办单位：大河镇文化站</p><p>承办单位：大河小学</p><p>活动安排：上午九时开幕，下午三时颁奖。</p>"
    more = "<p>请各村组织群众观看。</p>" * 3 + "<p>联系人：张三</p>"
    extraction = read(f"<div>{TEXT}{hosts}{more}</div>{NEXT}", site, families)
    assert "承办单位" in extraction.record.body and extraction.record.body.endswith("联系人：张三</p>")


def test_a_sentence_about_related_news_is_no_end(site: SiteConfig, families: Families) -> None:
    said = "<p>相关新闻报道后，大河镇立即组织人员到现场核实情况，并于当日向社会公布了处理结果。</p>"
    extraction = read(f"<div>{TEXT}{said}{TEXT}</div>{NEXT}", site, families)
    assert extraction.record.body.count("近日") == 2 and "核实情况" in extraction.record.body


def test_a_container_closed_too_late_gives_the_foot_back(site: SiteConfig, families: Families) -> None:
    foot = '<p class="copyright">版权所有：大河镇人民政府</p><p>地址：大河镇一号 邮编：000000</p>'
    swallowed = f'<div id="zoom">{TEXT}{NEXT}{foot}'
    extraction = read(swallowed, site, families)
    assert extraction.record.body == TEXT


def test_a_cell_called_like_a_container_is_no_body(site: SiteConfig, families: Families) -> None:
    table = "<table><tr><td id='fontzoom'>时间</td><td>姓名</td></tr><tr><td>周一</td><td>张三</td></tr></table>"
    extraction = read(f"<div>{TEXT * 3}{table}</div>{NEXT}", site, families)
    assert "近日" in extraction.record.body and extraction.record.body.endswith("张三</td></tr></tbody></table>")


@pytest.mark.parametrize(
    ("source", "check"),
    [
        ("file:///C:/Users/a/1.png", "extract.local-source"),
        ("C:\\1.png", "extract.local-source"),
        ("data:image/png;base64,AAAA", "extract.data-image"),
        ("blob:http://x/1", "extract.dead-source"),
        ("webkit-fake-url://1/image.tiff", "extract.dead-source"),
    ],
)
def test_pictures_that_nobody_can_have_are_said(source: str, check: str, site: SiteConfig, families: Families) -> None:
    extraction = read(f'<div id="zoom">{TEXT}<img src="{source}"></div>{NEXT}', site, families)
    assert [finding.check for finding in extraction.findings] == [check]
    assert "<img" not in extraction.record.body


@pytest.mark.parametrize("container", ["zoom", "c1"])
def test_what_base64_happens_to_spell_is_no_name(container: str, site: SiteConfig, families: Families) -> None:
    letters = base64.b64encode(b"\x89PNG\r\n\x1a\n\0" + base64.b64decode("/qr/") + b"IEND\xaeB`\x82").decode()
    assert "/qr/" in letters
    last = f'<div><img src="data:image/png;base64,{letters}"></div><p>扫一扫在手机打开当前页</p>'
    extraction = read(f'<div id="{container}">{TEXT}{last}</div>{NEXT}', site, families)
    assert [image.media_type for image in extraction.record.images] == ["image/png"]
    assert not extraction.findings


@pytest.mark.parametrize("container", ["zoom", "c1"])
@pytest.mark.parametrize(
    "tail",
    [
        '<div><img src="/images/ewm.png"><p>扫一扫在手机打开当前页</p></div>',
        '<p>扫一扫在手机打开当前页</p><img src="/qrcode?url=1">',
        '<p>您访问的链接即将离开“大河镇人民政府”门户网站，是否继续？</p><a href="#">继续访问</a><a href="#">放弃</a>',
        "<p>（阅读 123 次）</p>",
        "<p>本文地址：http://www.dahe.example.gov.cn/1.html 转载请注明出处</p>",
        '<p><b>上一篇</b><a href="1">关于修路的通知</a> <b>下一篇</b><a href="2">关于修桥的通知</a></p>',
        '<p>标签：<a href="1">环境</a> <a href="2">河道</a></p>',
        '<p>相关解读：<a href="1">一图读懂修路</a></p>',
        "<p>【打印本页】 【关闭窗口】</p>",
        '<p>分享到：<a href="#">微信</a></p>',
        "<div>相关解读</div><div>扫一扫在手机打开当前页</div><div>分享到：</div>",
    ],
)
def test_what_templates_print_below_is_cut(container: str, tail: str, site: SiteConfig, families: Families) -> None:
    extraction = read(f'<div id="{container}">{TEXT}<p>2020年6月30日</p>{tail}</div>{NEXT}', site, families)
    assert extraction.record.body.endswith("2020年6月30日</p>")
    assert not extraction.record.images
    assert "extract.leftover" not in {finding.check for finding in extraction.findings}


@pytest.mark.parametrize("container", ["zoom", "c1"])
@pytest.mark.parametrize(
    "line",
    [
        '<p><img src="/images/ewm.png"></p><p>关注“大河发布”，了解更多。</p>',
        "<p>下一条河也将开工整治，请各村做好准备。</p>",
        "<p>上一篇报道说的是去年的事。</p>",
        "<p>阅读123次的读者都有奖品。</p>",
        "<p>标签：红色的是危险品。</p>",
        "<p>相关政策由镇农业服务中心负责解释，咨询电话见公示栏，欢迎来电。</p>",
    ],
)
def test_what_editors_write_like_it_stays(container: str, line: str, site: SiteConfig, families: Families) -> None:
    extraction = read(f'<div id="{container}">{TEXT}{line}<p>2020年6月30日</p></div>{NEXT}', site, families)
    assert line.split(">")[-2].split("<", maxsplit=1)[0] in extraction.record.body
    assert extraction.record.body.endswith("2020年6月30日</p>")
