"""What each pager makes of a page, and what it refuses to believe."""

import json
from typing import get_args

import pytest

from migrate.families import PagerName
from migrate.harvest.paging import MAX_PAGES, Further, ListPage, Pagers
from migrate.harvest.paging import PAGERS as FUNCTIONS
from tests.harvest.oldsite import FAMILIES, HOST

HOME = f"http://{HOST}"
BASE = f"{HOME}/zwgk/tzgg/"
PAGERS = Pagers(FAMILIES)


def test_every_pager_that_a_rule_can_name_is_there() -> None:
    assert set(get_args(PagerName)) == {*FUNCTIONS, "links", "numbered"}


def after(script: str, url: str = BASE) -> list[str]:
    further = PAGERS.further(ListPage(url, f"<html><body><p>x</p><script>{script}</script></body></html>"))
    assert not any(page.form for page in further)
    return [page.href for page in further]


def answered(url: str, text: str, form: str = "") -> list[Further]:
    return PAGERS.further(ListPage(HOME + url, text, form, data=True))


def static(name: str, first: int, last: int, ending: str = "html") -> list[str]:
    return [f"{name}_{number}.{ending}" for number in range(first, last + 1)]


@pytest.mark.parametrize(
    ("script", "page", "pages"),
    [
        ('createPageHTML(4, 0, "index", "html");', "", static("index", 1, 3)),
        ("createPageHTML(1, 0, 'index', 'html')", "", []),
        ('createPage(3,0,"list","shtml")', "list.shtml", static("list", 1, 2, "shtml")),
        # 2 and 3 arguments: the library knows the rest
        ("createPageHTML(3, 0)", "index.htm", static("index", 1, 2, "htm")),
        ("createPageHTML(3, 0)", "", static("index", 1, 2)),
        ('createPageHTML(3, 0, "index")', "index.shtml", static("index", 1, 2, "shtml")),
        # 5 and more: records before or after
        ('createPageHTML(3, 0, "index", "html", 40)', "", static("index", 1, 2)),
        ("createPageHTML(3, 0, 'index', 'html', 'black2', 40)", "", static("index", 1, 2)),
        ('createPageHTML(40, 3, 0, "index", "html")', "index.html", static("index", 1, 2)),
        ('createPageHTML(12, 1, 0, "index", "html")', "index.html", []),
        ('createPageHTML(3, 0, 40, "index", "html")', "index.html", static("index", 1, 2)),
        # on a further page; page 1 named index_1 before
        ('createPageHTML(5, 2, "index", "html")', "index_2.html", static("index", 2, 4)),
        ('createPageHTML(60, 5, 2, "index", "html")', "index_2.html", static("index", 2, 4)),
        # a column whose own name ends with a number
        ('createPageHTML(3, 0, "index_3553", "html")', "index_3553.html", static("index_3553", 1, 2)),
        # written by variables
        ('var countPage = 4; var now=0;createPageHTML(countPage, now, "index", "html")', "", static("index", 1, 3)),
        ("var n='index';\nvar e = 'htm', x=1;n='other';createPageHTML(3,0,n,e)", "", static("index", 1, 2, "htm")),
        # UCAP: into an element, from 1
        ("createPageHTML('page_div', 3, 1, 'list', 'shtml', 40)", "list.shtml", static("list", 2, 3, "shtml")),
        ("createPageHTML('page_div', 3, 2, 'list', 'shtml', 40)", "list_2.shtml", static("list", 2, 3, "shtml")),
        ("createPageHTML('p', 2, 1, '/c1/xlist', 'shtml', 20)", "xlist.shtml", static("xlist", 2, 2, "shtml")),
        ("createPageHTML(3, 1, 'index', 'html')", "index.html", static("index", 2, 3)),
        # not calls
        ("function createPageHTML(_nPageCount, _nCurrIndex, _sPageName, _sPageExt){}", "", []),
        ('//createPageHTML(9, 0, "index", "html");', "", []),
        ('if (a) {b()} // createPageHTML(9, 0, "index", "html")', "", []),
        ('write("//x.example"); createPageHTML(3, 0, "index", "html")', "", static("index", 1, 2)),
        ("createPageHTML(pages(), 0, 'index', 'html'); createPageHTML()", "", []),
    ],
)
def test_create_page(script: str, page: str, pages: list[str]) -> None:
    assert after(script, BASE + page) == pages


WRITTEN = """
//createPageHTML(9, 0, "index", "html");
var currentPage = 0;//所在页从0开始
var prevPage = currentPage-1//上一页
var countPage = 12//共多少页
if(countPage>1&&currentPage!=0)document.write("<a href=\\"index"+"_" + prevPage + "."+"shtml\\">上一页</a>");
"""


def test_written_pages() -> None:
    assert after(WRITTEN) == static("index", 1, 11, "shtml")
    assert after(WRITTEN.replace("index", "t20190628_1001")) == static("t20190628_1001", 1, 11, "shtml")
    assert after("var countPage = 12") == []
    short = 'var countPage = 3; document.write("<a href=\\"index_" + (countPage-1) + ".html\\">尾页</a>");'
    assert after(short) == static("index", 1, 2)


def test_no_list_is_endless() -> None:
    assert len(after('createPageHTML(9999999, 0, "index", "html")')) == MAX_PAGES - 1
    assert len(after(WRITTEN.replace("12//", "9999999//"))) == MAX_PAGES - 1
    assert len(after("_simple_list_gotopage_fun(9999999,'x',2)", BASE + "tzgg.htm")) == MAX_PAGES - 1
    assert len(after("pageCount:9999999,", f"{HOME}/content/column/12")) == MAX_PAGES - 1
    assert len(jpage("totalRecord:999999999,perPage:15")) == MAX_PAGES
    assert len(answered("/gkmlpt/api/all/1?page=1", articles(100, 99999999))) == MAX_PAGES - 1


def test_counts_of_five_thousand_digits_are_no_number() -> None:
    many = "9" * 5000
    assert after(f'createPageHTML({many}, 0, "index", "html")') == []
    assert after(f"pageCount:{many}", f"{HOME}/content/column/12") == []
    assert answered(f"/gkmlpt/api/all/1?page={many}", articles(9, 9)) == []


@pytest.mark.parametrize(
    "piece",
    [
        "createPageHTML(5000, 0, 'a', 'b');",
        "createPageHTML(a, b, c, d)",
        "var countPage = 5000; x",
        "'t' + countPage",
        ".jpage({",
        ".jpage({perPage:1,totalRecord:5000,ajaxParam:p})",
        ".jpage({perPage:1,totalRecord:5000,ajaxParam:{a:1}})",
        "_simple_list_gotopage_fun(",
        "<script querydata='page/build/unit",
        "<script url='page/build/unit' querydata='{}'>",
        "'/common/search/",
        "window._CONFIG TREE: [[",
        "pageCount:9",
        "<nextgroup>dataproxy.jsp",
    ],
)
def test_pages_made_to_exhaust_are_read_in_time_and_space(piece: str) -> None:
    many = piece * (1_200_000 // len(piece))
    data = ListPage(f"{HOME}/gkmlpt/api/dataproxy.jsp/page/build/unit", many, data=True)
    for page in (ListPage(f"{HOME}/gkmlpt/a.htm", f"<script>{many}"), data):
        assert len(PAGERS.further(page)) <= 4 * MAX_PAGES


def jpage(
    options: str, before: str = "", fields: str = "ajaxParam:{col:1,columnid:30067,webname:'柳河镇'}"
) -> list[Further]:
    script = f"{before}/* {PROXY} */$('#49468').jpage({{themeName:'default',{options},{fields}}});"
    return PAGERS.further(ListPage(BASE, f"<script>{script}</script>"))


FORM = "col=1&columnid=30067&webname=%E6%9F%B3%E6%B2%B3%E9%95%87"
PROXY = "/module/web/jpage/dataproxy.jsp"


def window(start: int, end: int, perpage: int = 15, form: str = FORM, proxy: str = PROXY) -> Further:
    return Further(f"{proxy}?startrecord={start}&endrecord={end}&perpage={perpage}", form)


def test_jpage_asks_by_windows() -> None:
    assert jpage("totalRecord:100,perPage:15,groupSize:3") == [window(1, 45), window(46, 90), window(91, 135)]
    assert jpage("totalRecord:45,perPage:15") == [window(1, 45)]
    old = "/module/jslib/jquery/jpage/dataproxy.jsp"
    assert jpage(f"totalRecord:7,perPage:25,groupSize:1,proxyUrl:'{old}'") == [window(1, 25, 25, proxy=old)]
    apart = jpage("totalRecord:9,perPage:15", "var p_1={columnid:5,unitid:'7'};", "ajaxParam:p_1")
    assert apart == [window(1, 45, form="columnid=5&unitid=7")]
    other = "$('#1').jpage({totalRecord:90,perPage:9,proxyUrl:'find.action',ajaxParam:{a:1}})"
    assert after(other) == [], "the pager is a library that others use too"
    assert jpage("totalRecord:0,perPage:15") == jpage("totalRecord:100,perPage:0") == []


def test_jpage_without_parameters_follows_the_next_group() -> None:
    page = (
        '<script type="text/xml"><datastore><nextgroup><![CDATA[<a href="/module/web/jpage/dataproxy.jsp?page=1&amp;'
        'columnid=aE9z&unitid=xYk2"></a>]]></nextgroup></datastore></script>'
        "<script>$('#6').jpage({totalRecord:90,perPage:15});</script>"
    )
    group = Further(f"{PROXY}?page=1&columnid=aE9z&unitid=xYk2")
    assert PAGERS.further(ListPage(BASE, page)) == [group]
    other = "<script>$('#7').jpage({totalRecord:9,perPage:15,ajaxParam:{columnid:5}});</script>"
    assert PAGERS.further(ListPage(BASE, page + other)) == [window(1, 45, form="columnid=5"), group]


def records(count: int, rest: str = "") -> str:
    record = "<record><![CDATA[<li><a href='/art/2019/6/28/art_30_1.html'>一</a></li>]]></record>"
    return f"<datastore>{rest}<recordset>{record * count}</recordset></datastore>"


def test_jpage_answers() -> None:
    here = f"{PROXY}?startrecord=46&endrecord=90&perpage=15"
    assert answered(here, records(45), "col=1") == [window(91, 135, form="col=1")]
    assert answered(here, records(44), "col=1") == answered(here, records(0), "col=1") == []
    group = '<nextgroup><![CDATA[<a href="./dataproxy.jsp?page=3&columnid=5"></a>]]></nextgroup>'
    asked = f"{PROXY}?page=2&columnid=5"
    assert answered(asked, records(9, group)) == [Further("./dataproxy.jsp?page=3&columnid=5")]
    assert answered(asked, records(9, "<totalpage>2</totalpage>" + group)) == answered(asked, records(0, group)) == []
    assert answered(here, records(45, group), "col=1") == [window(91, 135, form="col=1")]


UNIT = "/api-gateway/jpaas-publish-server/front/page/build/unit"


def test_jpaas() -> None:
    query = "{'parseType':'bulidstatic','webId':'52','tagId':'信息列表','pageId':'1638'}"
    tag = f'<script parseType="bulidstatic" url="{UNIT}" queryData="{query}"></script>'
    asked = f"{UNIT}?parseType=bulidstatic&webId=52&tagId=%E4%BF%A1%E6%81%AF%E5%88%97%E8%A1%A8&pageId=1638"
    assert PAGERS.further(ListPage(BASE, tag)) == [Further(asked)]
    assert PAGERS.further(ListPage(BASE, tag.replace("'", "&quot;"))) == [Further(asked)]
    html = '<ul><li><a href="/a.html">x</a></li></ul><div class="pagination" rows="24" count="60" pageNo="1"></div>'
    answer = json.dumps({"success": True, "data": {"html": html}})
    pages = [f"{asked}&paramJson=%7B%22pageNo%22%3A{n}%2C%22pageSize%22%3A24%7D" for n in (1, 2, 3, 4)]
    assert [page.href for page in answered(asked, answer)] == pages[1:3]
    assert answered(pages[1], answer) == []
    other = answer.replace('rows=\\"24\\" count=\\"60\\"', "queryData=\\\"{'rows':'24','count':'60'}\\\"")
    assert [page.href for page in answered(asked, other)] == pages[1:3]
    for broken in ("", "{", "[1]", '{"data": null}', '{"data": {"html": 3}}', '{"data": {"html": ""}}'):
        assert answered(asked, broken) == []


CHANNEL = "817052cbb3a94d0d8217824e7a3aca53"


@pytest.mark.parametrize(
    ("script", "asked"),
    [
        (f"getList('/common/search/{CHANNEL}?_isJson=true&_pageSize=10&page=1')", "_isJson=true&_pageSize=10&page=1"),
        (f"getList('/common/search/{CHANNEL}?_isJson=true&page=' + n)", "_isJson=true&page=1"),
        (f"var url = '/common/search/{CHANNEL}';", "_isAgg=true&_isJson=true&_pageSize=15&_template=index&page=1"),
        (
            f"var channelId='{CHANNEL}'; $.get('/common/search/' + channelId, show)",
            "_isAgg=true&_isJson=true&_pageSize=15&_template=index&page=1",
        ),
        ("location='/search/index.html'", ""),
    ],
)
def test_ucap_search(script: str, asked: str) -> None:
    assert after(script) == ([f"/common/search/{CHANNEL}?{asked}"] if asked else [])


def test_ucap_answers() -> None:
    def results(count: int, total: int) -> str:
        return json.dumps({"data": {"page": 1, "rows": 15, "total": total, "results": [{"url": "/1.shtml"}] * count}})

    here = f"/common/search/{CHANNEL}?_pageSize=15&page="
    assert [page.href for page in answered(f"{here}1", results(15, 32))] == [f"{here}2", f"{here}3"]
    assert answered(f"{here}3", results(2, 32)) == answered(f"{here}1", results(0, 0)) == []
    # The count says two pages, but the second one is full.
    assert [page.href for page in answered(f"{here}2", results(15, 30))] == [f"{here}3"]
    assert [page.href for page in answered(f"{here}9", results(15, 30))] == [f"{here}10"]


def articles(count: int, total: int) -> str:
    return json.dumps({"classify": {"post_count": total}, "articles": [{"url": f"{HOME}/post_1.html"}] * count})


def test_gkmlpt() -> None:
    tree = [
        {"id": 5, "name": "a", "children": [{"id": 6, "jump_url": "", "children": []}, {"id": "7"}]},
        {"id": 8, "jump_url": "http://other.example/", "children": [{"id": 9}]},
    ]
    config = f"window._CONFIG = {{ SITE_ID: 1, SID: '758019', TREE: {json.dumps(tree)}, SERVICE_AREA_ID: 3 }};"
    api = f"{HOME}/zwhj/gkmlpt/api/all"
    assert after(config, f"{HOME}/zwhj/gkmlpt/index") == [f"{api}/{n}?page=1&sid=758019" for n in (5, 6, 7)]
    assert after(config, f"{HOME}/zwhj/index.html") == []
    assert after(config.replace("[{", "[{{"), f"{HOME}/zwhj/gkmlpt/index") == []
    here = "/zwhj/gkmlpt/api/all/5?page={}&sid=7"
    assert [page.href for page in answered(here.format(1), articles(100, 203))] == [here.format(2), here.format(3)]
    assert answered(here.format(3), articles(3, 203)) == answered(here.format(1), articles(3, 3)) == []
    assert answered(here.format(2), articles(100, 203)) == [], "page 1 told of page 3"


def test_vsb() -> None:
    script = "function a203020_gopage_fun(){_simple_list_gotopage_fun(4,'a203020GOPAGE',2)}"
    assert after(script, f"{HOME}/xw/tzgg.htm") == ["tzgg/3.htm", "tzgg/2.htm", "tzgg/1.htm"]
    assert after(script, f"{HOME}/xw/tzgg/2.htm") == after(script, f"{HOME}/xw/") == []
    assert after(script.replace("4", "1"), f"{HOME}/xw/tzgg.htm") == []
    box = "function a1_gopage_fun(){_simple_list_gotopage_fun(1,'a1GOPAGE',2)}"
    assert after(box + script, f"{HOME}/xw/tzgg.htm") == ["tzgg/3.htm", "tzgg/2.htm", "tzgg/1.htm"]


def test_lonsun() -> None:
    script = 'Ls.pagination("#page", {currPage:1,pageCount:3,pageSize:15});'
    column = f"{HOME}/content/column/6795"
    assert after(script, column) == ["?pageIndex=2", "?pageIndex=3"]
    assert after(script, f"{column}?pageIndex=2") == ["?pageIndex=2", "?pageIndex=3"]
    public = f"{HOME}/public/column/12?type=4&catId=9&action=list"
    assert after(script, public) == [f"?type=4&catId=9&action=list&pageIndex={n}" for n in (2, 3)]
    assert after(script, f"{HOME}/zwgk/index.html") == [], "a pageCount is not Lonsun's on any page"


def test_several_dialects_in_one_page() -> None:
    both = 'createPageHTML(2, 0, "index", "html"); _simple_list_gotopage_fun(2,"x",2)'
    assert after(both, f"{HOME}/xw/tzgg.htm") == ["index_1.html", "tzgg/1.htm"]


def test_where_marks_are_looked_for() -> None:
    page = (
        "<script>a<b</script><p>createPage</p><SCRIPT LANGUAGE=x>c</SCRIPT><scripted>d</scripted>"
        "<Script>e</Script><script>f"
    )
    assert ListPage(BASE, page).code.split("\n") == [
        "<script>a<b", "<SCRIPT LANGUAGE=x>c", "<Script>e", "<script>f"
    ]  # fmt: skip
    assert ListPage(BASE, "<p>createPage, countPage</p>").code == ""
    assert ListPage(f"{BASE}?a=1", "{}", data=True).code == f"{BASE}?a=1\n{{}}"
