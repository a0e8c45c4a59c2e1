"""What the sequence promises: the site's own rules, leftovers, hostile markup, pages without anything."""

import dataclasses
import re

import pytest

from migrate.config import SiteConfig
from migrate.extract import Extraction, Page, extract
from migrate.families import Families
from migrate.records import Kind, record_from_json, to_json

URL = "http://www.dahe.example.gov.cn/zwdt/202007/t20200701_55.html"
FRAME = (
    "<html><head><title>大河镇开展环境整治</title></head><body><h1>大河镇开展环境整治</h1>"
    "<div>时间：2020-07-01 来源：大河镇 供稿单位：城建办</div>{body}</body></html>"
)


def run(html: str, site: SiteConfig, families: Families, url: str = URL) -> Extraction:
    return extract(Page(url, url, html.encode(), "text/html; charset=utf-8"), site, families)


def article(body: str, site: SiteConfig, families: Families) -> Extraction:
    return run(FRAME.format(body=f'<div id="zoom">{body}</div>'), site, families)


def test_site_rules_come_first(site: SiteConfig, families: Families) -> None:
    fields = {
        "source": ("meta:Nothing", "text:供稿单位"),
        "title": ("css:.real",),
        "published": ("css:#day",),
        "body": ("css:.text",),
    }
    own = dataclasses.replace(site, fields=fields)
    html = FRAME.format(
        body='<b class="real">真标题</b><i id="day">2020年6月30日</i><div class="text"><p>正文在这里。</p></div>'
    )
    record = run(html, own, families).record
    assert record.title and (record.title.value, record.title.origin) == ("真标题", "css:.real")
    assert record.source and (record.source.value, record.source.origin) == ("城建办", "text:供稿单位")
    assert record.published and record.published.value == "2020-06-30"
    assert record.body == "<p>正文在这里。</p>"


def test_written_on_is_never_publication(site: SiteConfig, families: Families) -> None:
    html = (
        "<h1>关于某事的决定</h1><p>成文日期：2019-02-20 来源：</p><div id=zoom><p>正文。</p><p>2019年2月20日</p></div>"
    )
    extraction = run(html, site, families, "http://www.dahe.example.gov.cn/x/show.asp?id=3")
    assert extraction.record.published is None
    assert "extract.no-date" in {finding.check for finding in extraction.findings}
    assert extraction.record.written_on and extraction.record.written_on.value == "2019-02-20"


def test_address_is_the_weakest_date(site: SiteConfig, families: Families) -> None:
    record = run("<h1>大河镇开展环境整治</h1><div id=zoom><p>正文。</p></div>", site, families).record
    assert record.published and (record.published.value, record.published.origin) == ("2020-07-01", "url")
    assert record.published.confidence < 0.5


def test_leftover_is_counted(site: SiteConfig, families: Families) -> None:
    extraction = article("<p>正文。</p><object>这些字谁也看不到</object>", site, families)
    (finding,) = [finding for finding in extraction.findings if finding.check == "extract.leftover"]
    assert finding.message.startswith("8 ")


TABLE = "<table><tr><td>项目</td><td>数</td></tr><tr><td>甲</td><td>5</td></tr><tr><td>乙</td><td>{}</td></tr></table>"


@pytest.mark.parametrize("cell", ["无", "0", "—", "/", "大", "小", "暂无", "打印", "；", "校对：丙", "上一页"])
@pytest.mark.parametrize("frame", ['<div id="zoom">{}</div>', "<div>{}</div>"], ids=["trusted", "structure"])
def test_short_cells_and_lines_at_the_end_stay(cell: str, frame: str, site: SiteConfig, families: Families) -> None:
    first = "<p>各村委会：现将今年上半年的情况公布如下，请互相转告，如有疑问，请向镇政府办公室反映。</p>"
    table = f"<table><tr><td>{cell}</td><td>{cell}</td></tr></table>{TABLE.format(cell)}"
    body = f"{first}{table}<p>丙的数目{cell}</p><p>以上。</p>{TABLE.format(cell)}"
    extraction = run(FRAME.format(body=frame.format(body)), site, families)
    assert re.sub("</?tbody>", "", extraction.record.body) == body
    assert not extraction.findings


@pytest.mark.parametrize("line", ["无", "0", "大", "小", "—", "5", "扫一扫二维码可看全文", "用手机扫码即可办理"])
def test_a_short_last_line_of_an_editor_stays(line: str, site: SiteConfig, families: Families) -> None:
    assert article(f"<p>正文。</p><p>{line}</p>", site, families).record.body == f"<p>正文。</p><p>{line}</p>"
    assert article(f"<p>{line}</p><p>正文。</p>", site, families).record.body == f"<p>{line}</p><p>正文。</p>"
    listed = f"<p>正文。</p><ul><li>甲</li><li>{line}</li></ul>"
    assert article(listed, site, families).record.body == listed


@pytest.mark.parametrize(
    "tail",
    [
        "<p>责任编辑：李四</p>",
        "<p>【打印本页】 【关闭窗口】</p>",
        "<p>【字体：大 中 小】</p>",
        '<p>【<a href="javascript:window.close()">关闭</a>】</p>',
        '<p><a onclick="size(16)">大</a> <a onclick="size(14)">小</a></p>',
        '<div onclick="window.print()">打印</div>',
        '<p>上一篇：<a href="1.html">关于修路的通知</a></p><p>下一篇：无</p>',
        '<ul class="share"><li>微信</li><li>微博</li></ul>',
        '<table><tr><td>上一篇：<a href="1.html">修路</a></td><td>下一篇：<a href="2.html">修桥</a></td></tr></table>',
    ],
    ids=range(9),
)
def test_what_the_template_put_below_is_cut(tail: str, site: SiteConfig, families: Families) -> None:
    extraction = article(f"<p>正文。</p>{tail}", site, families)
    assert extraction.record.body == "<p>正文。</p>"
    assert not extraction.findings


def test_what_a_cut_takes_along_is_counted(site: SiteConfig, families: Families) -> None:
    text = "<p>各村委会：现将今年上半年的情况公布如下，请互相转告，如有疑问，请向镇政府办公室反映。</p>"
    html = FRAME.format(body=f"<div>{text}<p>相关链接</p><p>这一段说的还是正事。</p></div>")
    extraction = run(html, site, families)
    assert extraction.record.body == text.removeprefix("<p>").removesuffix("</p>")
    (finding,) = [finding for finding in extraction.findings if finding.check == "extract.leftover"]
    assert finding.message.startswith("10 ")


@pytest.mark.parametrize(
    ("opened", "closed"),
    [
        ("<div>", "</div>"),
        ("<div>", ""),
        ("<blockquote class='a>b'>", ""),
        ("<table><tr><td>", ""),
        ("<div><object></div></object>", ""),
        ("<ul><li>", "</li></ul>"),
        ("<span>", "</span>"),
    ],
)
def test_pages_nested_without_end(opened: str, closed: str, site: SiteConfig, families: Families) -> None:
    extraction = article("<p>正文。</p>" + opened * 100_000 + "深处的字" + closed * 100_000, site, families)
    assert "正文。" in extraction.record.body and "深处的字" in extraction.record.body
    assert "extract.too-deep" in {finding.check for finding in extraction.findings}


def test_long_pages_are_not_deep(site: SiteConfig, families: Families) -> None:
    body = "<div><p>段落。<p>又一段。<font><b>完</b></div><ul><li>一<li>二</ul>" * 3000
    assert "extract.too-deep" not in {finding.check for finding in article(body, site, families).findings}


def test_forms_around_text_lose_nothing(site: SiteConfig, families: Families) -> None:
    extraction = article("<form><p>表格里的正文。</p><input value=x></form>", site, families)
    assert extraction.record.body == "<p>表格里的正文。</p>"
    assert not extraction.findings


def test_headings_in_brackets_stay(site: SiteConfig, families: Families) -> None:
    body = article("<p>【基本案情】</p><p>某人违规。</p><p>【处理结果】</p>", site, families).record.body
    assert "【基本案情】" in body and body.endswith("<p>【处理结果】</p>")


def test_foreign_script_in_the_body_is_held(site: SiteConfig, families: Families) -> None:
    extraction = article('<p>正文。<script src="http://x.example.net/a.js"></script></p>', site, families)
    assert extraction.record.held == ("injected-script",)
    assert "safety.injected-script" in {finding.check for finding in extraction.findings}


def test_lone_mobile_is_a_finding_only(site: SiteConfig, families: Families) -> None:
    extraction = article("<p>联系人电话13800000001，欢迎来电。</p>", site, families)
    assert extraction.record.held == ()
    (finding,) = extraction.findings
    assert finding.check == "safety.mobile" and "138******01" in finding.message
    assert "13800000001" not in finding.message


def test_personal_data_in_attachment_names(site: SiteConfig, families: Families) -> None:
    extraction = article('<p>见附件</p><a href="1.doc">李四11010519491231002X.doc</a>', site, families)
    assert extraction.record.held == ("identity-number",)


@pytest.mark.parametrize(
    "attack",
    [
        "<img src=x onerror=alert(1)>",
        "<a href='java\nscript:alert(1)'>x</a>",
        "<a href='&#106;avascript:alert(1)'>x</a>",
        "<svg><script>alert(1)</script></svg>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "<p style='background:url(javascript:alert(1))'>x</p>",
        "<embed src='data:text/html,<script>alert(1)</script>'>",
        "<object data='javascript:alert(1)'></object>",
        "<base href='javascript:alert(1)//'><a href='x'>y</a>",
        "<span style='font-weight:bold'>&lt;script&gt;alert(1)&lt;/script&gt;</span>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    ],
)
def test_only_sanitised_html_leaves(attack: str, site: SiteConfig, families: Families) -> None:
    body = article(f"<p>正文。</p>{attack}", site, families).record.body.lower()
    assert "<script" not in body and "javascript:" not in body and "onerror" not in body.replace("&lt;", "")
    assert "<iframe" not in body and "style=" not in body and "data:" not in body


@pytest.mark.parametrize(
    "html",
    [
        "",
        "\x00\x01",
        "<" * 5000,
        "<html><body><frameset></frameset></body></html>",
        "<div>" * 3000 + "深" + "</div>" * 3000,
        "<p>" + "第1页" * 4000,
        "<div id=zoom>" + " " * 50_000 + "x</div>",
        "<div id=zoom>" + "<br>&nbsp;\u3000" * 5000 + "字</div>",
        "<div id=zoom>" + "<p><a href='javascript:;'>" * 500,
        "<title>" + "404 " * 3000 + "</title><body>x",
        "<font id=zoom>" + "<p>字</p>" * 3000 + "</font>",
        "1-" * 20_000,
        "<meta http-equiv=refresh content='0;url=http://[bad'>",
        "<base href='http://[bad'><a href='//['>x</a><h1>标题在此</h1><p>2020-01-01</p>",
    ],
    ids=range(14),
)
def test_hostile_pages_never_raise(html: str, site: SiteConfig, families: Families) -> None:
    extraction = run(html, site, families)
    assert record_from_json(to_json(extraction.record)) == extraction.record


def test_same_bytes_same_record(site: SiteConfig, families: Families) -> None:
    html = FRAME.format(body="<div id=zoom><p>正文。</p></div>")
    assert run(html, site, families) == run(html, site, families)


def test_bad_bytes_are_a_finding(site: SiteConfig, families: Families) -> None:
    body = FRAME.format(body="<div id=zoom><p>正文很长很长。</p></div>").encode("gb18030") + b"\xff\xff"
    extraction = extract(Page(URL, URL, body, ""), site, families)
    assert "extract.damaged-text" in {finding.check for finding in extraction.findings}
    assert extraction.record.kind is Kind.ARTICLE
    assert "正文很长很长" in extraction.record.body


def test_the_first_line_of_a_list_keeps_its_date_and_a_login_box_beside_a_list_is_no_page(
    site: SiteConfig, families: Families
) -> None:
    row = '<tr><td><a href="2016/{n}.html">关于第{n}号事项的通知</a></td><td>[2016-01-0{n}]</td></tr>'
    rows = "".join(row.format(n=n) for n in range(1, 6))
    table = f"<table><tr><td><b>通知公告</b></td></tr><tr><td><table>{rows}</table></td></tr></table>"
    box = '<form>用户名<input name="u">密码<input type="password" name="p"></form>'
    for body in (table, box + table):
        record = run(f"<html><body>{body}</body></html>", site, families, "http://www.dahe.example.gov.cn/tzgg/").record
        assert record.kind is Kind.LIST
        assert [line.published for line in record.listings] == [f"2016-01-0{n}" for n in range(1, 6)]
    door = run(f"<html><body>{box}</body></html>", site, families, "http://www.dahe.example.gov.cn/login.asp")
    assert door.record.reason == "login-form"


def test_an_overwritten_title_is_nobodys(site: SiteConfig, families: Families) -> None:
    html = (
        "<html><head><title>澳门金沙官网_真人娱乐</title><meta name=keywords content='博彩,百家乐'></head><body>"
        "<h1>大河镇开展环境整治</h1><div>时间：2020-07-01 来源：大河镇</div><div id=zoom><p>清理垃圾二十吨。</p></div>"
    )
    url = "http://www.dahe.example.gov.cn/zwdt/202007/t20200701_55.html"
    extraction = extract(Page(url, url, html.encode(), "text/html; charset=utf-8"), site, families)
    assert extraction.record.title is not None and extraction.record.title.value == "大河镇开展环境整治"
    assert "keywords" not in extraction.record.meta and extraction.record.held == ()
    assert [finding.check for finding in extraction.findings] == ["safety.injected-frame"]
