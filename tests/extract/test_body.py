"""Where a body begins and ends: shapes of pages that general rules must read, whatever system made them."""

import base64

import pytest

from migrate.config import SiteConfig
from migrate.extract import Extraction, Page, extract
from migrate.extract.captured import captured_lines
from migrate.extract.markup import html_text
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


def test_who_can_be_written_to_is_kept(site: SiteConfig, families: Families) -> None:
    extraction = read(f'<p>来信：<a href=" MAILTO:dangban@dahe.example ">党政办</a></p>{NEXT}', site, families)
    assert '<a href="mailto:dangban@dahe.example">党政办</a>' in extraction.record.body
    assert "mailto" not in read(f'<p><a href="mailto:">党政办</a></p>{NEXT}', site, families).record.body


LINKS = {
    "to a place elsewhere": ('<a href="/a.html#p3" title="第三条">甲</a>',
                             '<a href="http://www.dahe.example.gov.cn/a.html#p3" title="第三条">甲</a>'),
    "to the text itself": ('<a href="/a.html#zoom">甲</a>', '<a href="http://www.dahe.example.gov.cn/a.html">甲</a>'),
    "to a view": ('<a href="https://bm.example.gov.cn/index.html#/detail?id=7">甲</a>',
                  '<a href="https://bm.example.gov.cn/index.html#/detail?id=7">甲</a>'),
    "to nothing but a mark": ('<a href="https://bm.example.gov.cn/#">甲</a>', '<a href="https://bm.example.gov.cn/">甲</a>'),
    "as a file in the page is called": ('<a href="/a.html#embedded-0123456789abcdef.png">甲</a>',
                                        '<a href="http://www.dahe.example.gov.cn/a.html">甲</a>'),
    "behind a viewer": ('<a href="/v.html?file=/f/1.pdf#page=2">甲</a>',
                        '<a href="http://www.dahe.example.gov.cn/f/1.pdf">甲</a>'),
    "to an anchor": ('<a href="#c1">甲</a><a name="c1"></a>乙', '<a href="#c1">甲</a><a name="c1"></a>乙'),
    "to an anchor by the page's address": ('<a href="?id=3#c1">甲</a><a id="c1">乙</a>',
                                           '<a href="#c1">甲</a><a name="c1">乙</a>'),
    "to a name in Chinese": ('<a href="#%E7%AC%AC%E4%B8%80">甲</a><a name="第一">乙</a>',
                             '<a href="#第一">甲</a><a name="第一">乙</a>'),
    "to an element": ('<a href="#c1">甲</a><p id="c1">乙</p>', '<a href="#c1">甲</a><p><a name="c1"></a>乙</p>'),
    "to a row": ('<a href="#r">甲</a><table><tr id="r"><td>乙</td></tr></table>',
                 '<a href="#r">甲</a><table><tbody><tr><td><a name="r"></a>乙</td></tr></tbody></table>'),
    "to a picture": ('<a href="#i">甲</a><img id="i" src="/i.jpg">',
                     '<a href="#i">甲</a><a name="i"></a><img src="http://www.dahe.example.gov.cn/i.jpg">'),
    "to what stands in a link": ('<a href="#c1">甲</a><a href="/b.html"><span id="c1">乙</span></a>',
                                 '<a href="#c1">甲</a><a href="http://www.dahe.example.gov.cn/b.html" '
                                 'name="c1">乙</a>'),
    "to a second name of a link": ('<a href="#c1">甲</a><a href="/b.html" id="c1" name="c2">乙</a>',
                                   '<a href="#c1">甲</a><a name="c1"></a>'
                                   '<a href="http://www.dahe.example.gov.cn/b.html" name="c2">乙</a>'),
    "notes as Word writes them": ('<a href="#_ftn1" name="_ftnref1">[1]</a><a href="#_ftnref1" name="_ftn1">[1]</a>',
                                  '<a href="#_ftn1" name="_ftnref1">[1]</a><a href="#_ftnref1" name="_ftn1">[1]</a>'),
    "to no place": ('<a href="#top">甲</a>', "甲"),
    "anchors that nothing here leads to": ('<a name="c1"></a><a name="_GoBack"></a><a name="OLE_LINK1">甲</a>',
                                           '<a name="c1"></a>甲'),
    "names of links": ('<a id="ctl00_a" href="/1.html">甲</a><a id="b" href="/2.html">乙</a>',
                       '<a href="http://www.dahe.example.gov.cn/1.html">甲</a>'
                       '<a href="http://www.dahe.example.gov.cn/2.html">乙</a>'),
    "one name twice": ('<a name="c1">甲</a><a name="c1">乙</a>', '<a name="c1">甲</a>乙'),
}  # fmt: skip


@pytest.mark.parametrize("name", LINKS)
def test_places_that_links_lead_to(name: str, site: SiteConfig, families: Families) -> None:
    written, wanted = LINKS[name]
    body = read(f"<div id='zoom'>{TEXT}<div>{written}</div>{TEXT}</div>", site, families).record.body
    assert body.split("<div>")[1].split("</div>")[0].strip() == wanted


def test_the_name_of_a_place_is_searched_for_persons(site: SiteConfig, families: Families) -> None:
    line = '<p><a name="11010519491231002X">张某</a></p>'
    assert read(f"<div id='zoom'>{TEXT}{line}{TEXT}</div>", site, families).record.held == ("identity-number",)


def test_what_is_written_after_a_word_for_attachments_and_leads_to_a_place(
    site: SiteConfig, families: Families
) -> None:
    chapters = '<p>附件：<a href="#f1">1.任务表</a></p>' + TEXT + '<p id="f1">附件1 任务表</p>' + TEXT
    record = read(f"<div id='zoom'>{TEXT}{chapters}</div>", site, families).record
    assert '<a href="#f1">1.任务表</a>' in record.body
    assert record.attachments == ()


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


SAID = (
    "版权所有归原作者的作品，未经许可不得转载，依照著作权法的规定承担责任。",
    "版权所有者可以许可他人行使权利，并依照约定获得报酬。",
    "©符号表示著作权保留，应当与年份和权利人姓名一起标注。",
    "网站标识码是政府网站的身份证，由十位数字组成，须在首页底部标明。",
    "ICP备案是网站开办者应当履行的手续，未备案的不得从事互联网信息服务。",
    "相关链接是指与主文有关的背景资料，供读者参考。",
    "责任编辑：图书出版实行三审制，责任编辑负责初审，编辑室主任负责复审。",
    "扫一扫门前雪，既方便自己，也方便他人，是文明的表现。",
    "网友评论要及时回复，做到件件有着落，事事有回音。",
    "使用微信办理业务的群众日益增多，大大减少了排队。",
)
"""Sentences that begin with the words of a template."""
IN_THE_MIDDLE = (
    *SAID,
    "版权所有归原作者。",
    "版权所有：著作权人享有的各项权利，包括发表权、署名权、修改权等。",
    "相关链接",
    "相关链接：著作权法施行以来的重要修改",
    "上一篇：我镇的做法",
    "分享：各村代表介绍了经验",
    "阅读量：1000",
    "免责声明：本站不承担责任",
    "字体要求：正文用仿宋三号",
    "共3页：第一页为申报表",
    "下篇 分则",
    "打印本页",
    "主办单位：大河镇人民政府",
)
SECOND = "<p>会议强调，各村要压实责任，做好登记，按时报送，确保各项工作落到实处。</p>"
LAST = "<p>全镇上下要统一思想，提高认识，把这项工作抓紧抓好。</p>"
BOXES = ('<div id="zoom">{}</div>', '<div class="c1">{}</div>', "{}", "<table><tr><td>{}</td></tr></table>",
         "<div><div><section>{}</section></div></div>")  # fmt: skip


@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize("line", IN_THE_MIDDLE)
def test_a_text_that_goes_on_has_not_ended(line: str, box: str, site: SiteConfig, families: Families) -> None:
    for mark in ("<p>{}</p>", "{}<br>", "<div>{}</div>"):
        body = box.format(TEXT + SECOND + mark.format(line) + SECOND + LAST)
        extraction = read(body, site, families)
        text = html_text(extraction.record.body)
        assert text.startswith("近日") and text.endswith("抓紧抓好。") and line in text
        assert "版权所有：大河镇" not in text and "关于修路" not in text
        assert not extraction.findings


@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize("line", SAID)
def test_a_sentence_ends_no_text_and_begins_one(line: str, box: str, site: SiteConfig, families: Families) -> None:
    for body in (TEXT + SECOND + f"<p>{line}</p>", f"<p>{line}</p>" + TEXT + SECOND):
        extraction = read(box.format(body), site, families)
        assert html_text(extraction.record.body).split("\n") == html_text(body).split("\n")
        assert not extraction.findings


@pytest.mark.parametrize("box", BOXES[1:])
@pytest.mark.parametrize(
    "foot",
    [
        "<p>版权所有：大河镇人民政府</p><p>主办：大河镇党政办，联系电话：0000-0000000。</p><p>豫ICP备00000000号</p>",
        "<p>Copyright © 2019 大河镇人民政府，保留所有权利。</p><p>建议使用IE9以上浏览器，分辨率1024*768浏览本站。</p>",
        "<p>主办单位：大河镇人民政府</p><p>网站标识码：0000000000</p><p>公安备案 00000000000000号</p>",
        "<p>相关文章</p><p><a href='3'>关于修桥的通知</a></p><p>各村要组织力量抢修，确保十月底前建成通车。</p>",
    ],
)
def test_a_foot_in_the_box_of_the_text_goes(foot: str, box: str, site: SiteConfig, families: Families) -> None:
    extraction = read(box.format(TEXT + SECOND + LAST + foot), site, families)
    assert html_text(extraction.record.body).endswith("抓紧抓好。")


def test_what_the_container_said_is_known_before_anything_is_cleaned(site: SiteConfig, families: Families) -> None:
    body = (
        "<p>第一段。</p><div style='display:none'><a href='http://bet.example/'>真人娱乐</a></div>"
        "<table><tr><td>户主</td><td>金额</td></tr></table>"
        "<p>分享到：<a href='#'>微信</a></p><p><a href='#'>打印本页</a></p>"
    )
    html = f"<html><body><h1>关于修路的通知</h1><div id='zoom'>{body}</div></body></html>".encode()
    lines = captured_lines(Page(URL, URL, html, "text/html; charset=utf-8"), site, families)
    assert lines == ("第一段。", "户主", "金额")


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ('<a href="/x.doc">附件【某某表.doc】已下载3次</a>', "某某表.doc"),
        ('<a href="/x.doc">附件 2【<span>某某表.doc</span>】已下载<span>12</span>次</a>', "某某表.doc"),
        ('1.<a href="/x.doc">附件三</a>', "附件三"),
        ('2、某某表 <a href="/x.doc">下载</a>', "2、某某表"),
        ('<a href="/x.doc">附件三</a>', "附件三"),
        ('<span onclick="down(\'/x.doc\')" title="某某表.doc">附件三</span>', "某某表.doc"),
    ],
)
def test_what_a_file_is_called_in_the_list(line: str, name: str, site: SiteConfig, families: Families) -> None:
    extraction = read(f'<div id="zoom">{TEXT}<p>{line}</p></div>{NEXT}', site, families)
    assert [file.name for file in extraction.record.attachments] == [name]
