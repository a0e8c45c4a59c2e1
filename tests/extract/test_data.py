"""What scripts of old lists ask for, and feeds: lines of a list, no page and no attachment."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate.config import SiteConfig
from migrate.extract import Page, extract, read_data
from migrate.extract.data import as_list, may_be_data, no_page
from migrate.families import Families
from migrate.pipeline.reading import read_one
from migrate.records import LIST_DATA, Kind

HOME = "http://www.dahe.example.gov.cn"
ROW = (f"{HOME}/art/2016/5/3/art_5_12.html", "关于春季植树造林工作的通知", "2016-05-03")
DATASTORE = (
    '<datastore><nextgroup><![CDATA[<a href="/module/web/jpage/dataproxy.jsp?page=2"></a>]]></nextgroup><recordset>'
    "<record><![CDATA[<li><a href='/art/2016/5/3/art_5_12.html' title='关于春季植树造林工作的通知'>关于春季植树…</a>"
    "<span>2016-05-03</span></li>]]></record></recordset></datastore>"
)
RSS = (
    '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>大河镇</title><link>http://a.cn</link><item>'
    "<title><![CDATA[关于春季植树造林工作的通知]]></title><link>/art/2016/5/3/art_5_12.html</link>"
    "<pubDate>Tue, 03 May 2016 01:12:00 GMT</pubDate></item></channel></rss>"
)
ATOM = (
    '<?xml version="1.0"?>\n<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>关于春季植树造林工作的通知</title>'
    '<link href="/art/2016/5/3/art_5_12.html"/><updated>2016-05-03T09:12:00+08:00</updated></entry></feed>'
)
FOUND = {
    "title": "关于春季植树造林工作的通知",
    "url": "/art/2016/5/3/art_5_12.html",
    "publishedTimeStr": "2016-05-03 09:00",
    "domainMetaList": [{"resultList": [{"key": "writedate", "value": "2016-04-01"}]}],
}
SEARCH = json.dumps({"status": 200, "data": {"total": 9, "results": [FOUND]}})
GKMLPT = json.dumps(
    {"classify": {"id": 5, "name": "通知公告", "post_count": 41}, "articles": [
        {"id": 12, "title": "关于春季植树造林工作的通知", "url": f"{HOME}/art/2016/5/3/art_5_12.html",
         "display_publish_time": 1462237920, "created_at": "2021-01-01 00:00:00"},
    ]}
)  # fmt: skip
JPAAS = json.dumps(
    {"code": "200", "data": {"html": '<ul><li><a href="/art/2016/5/3/art_5_12.html">关于春季植树造林工作的通知</a>'
                                     "<span>2016-05-03</span></li></ul>"}}
)  # fmt: skip


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (DATASTORE, "text/html;charset=UTF-8"),
        (DATASTORE, "text/xml"),
        ('<?xml version="1.0" encoding="UTF-8"?>\n' + DATASTORE, "text/html"),
        (RSS, "text/xml"),
        (ATOM, "application/atom+xml"),
        (SEARCH, "application/json"),
        ("\ufeff" + SEARCH, "text/html"),
        (f"jQuery123_456({SEARCH});", "text/html"),
        (GKMLPT, "application/json"),
        (JPAAS, "text/plain"),
    ],
)
def test_what_it_lists(body: str, media_type: str, site: SiteConfig, families: Families) -> None:
    url = f"{HOME}/module/web/jpage/dataproxy.jsp?page=1"
    record = extract(Page(url, url, body.encode(), media_type), site, families).record
    assert (record.kind, record.reason, record.body, record.attachments) == (Kind.OTHER, LIST_DATA, "", ())
    assert [(line.url, line.title, line.published[:10]) for line in record.listings] == [ROW]


def test_an_answer_in_gbk(site: SiteConfig, families: Families) -> None:
    body = ('<?xml version="1.0" encoding="GBK"?>' + DATASTORE).encode("gb18030")
    found = read_data(Page(f"{HOME}/x.jsp", f"{HOME}/x.jsp", body, "text/xml;charset=GBK"), site, families)
    assert found is not None and [line.title for line in found.record.listings] == [ROW[1]]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{不是数据}",
        "[公告]关于修路的通知",
        "<html><body>[2016-05-03]</body></html>",
        '<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0"><html></html>',
        '<?xml version="1.0"?><office:document/>',
        "function show(){}",
        "[" * 100_000,
    ],
)
def test_what_is_no_data(text: str) -> None:
    assert as_list(text) is None


def test_a_page_is_not_looked_at_twice() -> None:
    assert not may_be_data(b"\xef\xbb\xbf\r\n<!DOCTYPE html><html>")
    assert may_be_data(b' {"a": 1}')


@pytest.mark.parametrize(("path", "is_data"), [("/data/2016.json", False), ("/api/list?page=9", True)])
def test_a_data_file_that_lists_nothing_may_be_somebodys(
    path: str, is_data: bool, site: SiteConfig, families: Families
) -> None:
    body = json.dumps([{"年份": 2016, "人口": 31245}]).encode()
    assert bool(read_data(Page(HOME + path, HOME + path, body, "application/json"), site, families)) == is_data


def test_a_list_in_scripts(site: SiteConfig, families: Families) -> None:
    island = f'<div id="6"><script type="text/xml">{DATASTORE}</script></div>'
    array = (
        "<script>var InitData6=['<a href=\"/art/2016/5/3/art_5_12.html\">关于春季植树造林工作的通知</a>[2016-05-03]',"
        "'<a href=\"/zt/\">没有日期的专题不算一行</a>'];</script>"
    )
    for written in (island, array):
        page = f"<html><body><p>当前位置：首页 &gt; 通知公告</p>{written}</body></html>"
        url = f"{HOME}/col/col5/index.html"
        record = extract(Page(url, url, page.encode(), "text/html"), site, families).record
        assert record.kind is Kind.LIST
        assert [(line.url, line.title, line.published) for line in record.listings] == [ROW]


SHEET = "/* 大河镇 */\n@charset 'utf-8';\nbody, .a > b { color: red; margin: 0 }\n"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('{"name": "大河镇", "html": "<p>无</p>", "n": [1, 2]}', "json-data"),
        ("[1, 2, 3]", "json-data"),
        ("\ufeff  [{}]", "json-data"),
        ('<?xml version="1.0"?>\n<root><a>大河镇</a></root>', "xml-data"),
        (SHEET, "style-sheet"),
        (".a{}", "style-sheet"),
        ("/* x */\nvar pages = 3;\nfunction go(n) { return n < pages; }", "script"),
        ("(function(){ window.x = 1 })()", "script"),
        ("$(document).ready(go);", "script"),
        ("大河镇\n电话：0000-0000000\n{待续}", "plain-text"),
    ],
)
def test_what_is_no_page_is_called_what_it_is(
    body: str, reason: str, site: SiteConfig, families: Families, tmp_path: Path
) -> None:
    page = Page(f"{HOME}/data.json", f"{HOME}/data.json", body.encode(), "text/html")
    record = extract(page, site, families).record
    assert (record.kind, record.reason) == (Kind.OTHER, reason)
    (tmp_path / "saved.json").write_text(body, encoding="utf-8")
    assert read_one(None, str(tmp_path / "saved.json"), "").extraction.record.reason == reason


@pytest.mark.parametrize(
    "page",
    [
        "大河镇 <b>通知</b>：明日停水。",
        '<?xml version="1.0"?><!DOCTYPE html><html><head><title>大河镇</title></head><body><p>一</p></body></html>',
        "<h1>通知</h1> body { color: red; }",
        "{ 大河镇 } <p>通知</p>",
    ],
)
def test_a_page_with_some_markup_is_a_page(page: str) -> None:
    assert no_page(page) == ""


@given(st.text(alphabet="{}[]<>/*@;:=\"' \n大a1", max_size=80))
def test_whatever_it_is_has_a_name(text: str) -> None:
    assert no_page(text) in ("", "json-data", "xml-data", "style-sheet", "script", "plain-text")
