"""Pagers that no one system owns: plain links, scripts, forms of ASP.NET; and what is no pager."""

from urllib.parse import parse_qs

import pytest

from migrate.harvest.paging import MAX_PAGES, Further, ListPage, Pagers
from migrate.harvest.paging.epoint import epoint
from migrate.harvest.paging.gaps import gaps
from migrate.harvest.paging.scripted import scripted
from migrate.harvest.paging.webforms import LARGE_FORM, webforms
from migrate.harvest.paging.words import claimed, number, totals, turn
from migrate.harvest.targets import form_key
from tests.harvest.oldsite import FAMILIES, HOST

URL = f"http://{HOST}/tzgg/index.html"


def page(html: str, url: str = URL, form: str = "", encoding: str = "utf-8") -> ListPage:
    return ListPage(url, html, form, encoding=encoding)


def hrefs(found: object) -> list[str]:
    return [further.href for further in found]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "does"),
    [
        ("下一页", "next"), (" 下 页 ", "next"), ("[下一页]", "next"), ("下一页>>", "next"), (">", "next"),
        ("Next", "next"),
        ("尾页", "last"), ("末 页", "last"), (">>", "last"), ("最后一页", "last"),
        ("首页", "back"), ("«", "back"), ("上一页", "back"),
        ("3", "number"), ("[12]", "number"), ("第3页", "number"), ("...", "number"), ("…", "number"),
        ("下一篇", ""), ("设为首页", ""), ("网站首页", ""), ("2016年", ""), ("5月", ""), ("", ""), ("|", ""),
        ("关于召开2016年工作会议的通知（一）首页刊登的全文", ""),
    ],
)  # fmt: skip
def test_words(text: str, does: str) -> None:
    assert turn(text) == does


def test_numbers_and_totals() -> None:
    assert (number("[12]"), number("第3页"), number("..."), number("12345678")) == (12, 3, None, None)
    assert totals("共 57 条 页次：1/3页") == {3}
    assert totals("共167篇 第2页 共 9 页") == {9}
    assert totals("总页数：12") == {12} and totals("没有") == set()


# plain links


def links(*pairs: tuple[str, str]) -> str:
    return "".join(f"<a href='{href}'>{text}</a> " for text, href in pairs)


def test_the_gap_between_next_and_last() -> None:
    html = links(("首页", "index.html"), ("2", "index_2.html"), ("下一页", "index_2.html"), ("尾页", "index_6.html"))
    assert hrefs(gaps(page(html))) == ["index_3.html", "index_4.html", "index_5.html"]


def test_pages_counted_backwards() -> None:
    html = links(("1", "/tzgg/"), ("2", "List_5.shtml"), ("3", "List_4.shtml"), ("下一页", "List_5.shtml"),
                 ("尾页", "List_1.shtml"))  # fmt: skip
    assert hrefs(gaps(page(html))) == ["List_2.shtml", "List_3.shtml", "List_4.shtml"]


def test_the_base_is_what_the_links_say() -> None:
    html = links(("下一页", "?classid=3&page=1"), ("尾页", "?classid=3&page=4"))
    assert hrefs(gaps(page(html))) == ["?classid=3&page=2", "?classid=3&page=3"]


def test_offsets_grow_by_steps() -> None:
    pager = [("下一页", "l.do?offset=30"), ("尾页", "l.do?offset=120")]
    assert hrefs(gaps(page(links(*pager)))) == []
    html = links(("2", "l.do?offset=30"), ("3", "l.do?offset=60"), *pager)
    assert hrefs(gaps(page(html))) == ["l.do?offset=60", "l.do?offset=90"]
    html = links(("2", "l.do?offset=30"), ("3", "l.do?offset=61"), *pager)
    assert hrefs(gaps(page(html))) == []


def test_a_long_gap_needs_proof() -> None:
    html = links(("下一页", "l.asp?page=2"), ("尾页", "l.asp?page=99999"))
    assert hrefs(gaps(page(html))) == []
    html = links(("下一页", "l.asp?page=2"), ("尾页", "l.asp?page=300"))
    assert len(hrefs(gaps(page(html + "页次：1/300页")))) == 297
    html = links(("下一页", "l.asp?page=2"), ("尾页", "l.asp?page=999999"))
    assert len(hrefs(gaps(page(html + "共99999页")))) == 0


@pytest.mark.parametrize(
    "pairs",
    [
        [("下一页", "index_2.html"), ("尾页", "/other/index_9.html")],
        [("下一页", "l.asp?id=1&page=2"), ("尾页", "l.asp?id=2&page=9")],
        [("下一页", "a_01.html"), ("尾页", "a_09.html")],
        [("下一页", "javascript:go(2)"), ("尾页", "javascript:go(9)")],
        [("下一页", "#"), ("尾页", "#")],
        [("下一篇", "12.html"), ("尾页", "19.html")],
        [("下一页", "index_2.html"), ("尾页", "index_3.html")],
    ],
)
def test_no_gap(pairs: list[tuple[str, str]]) -> None:
    assert hrefs(gaps(page(links(*pairs)))) == []


# scripts


def test_a_function_that_makes_the_address() -> None:
    html = """<script>var cid = 35; function goPage(n) { location.href = 'list.asp?cid=' + cid + '&page=' + n }</script>
    <a href="javascript:goPage(1)">首页</a><a href="javascript:goPage(2)">下一页</a>
    <a href="#" onclick="goPage(5);return false">尾页</a>"""
    assert set(hrefs(scripted(page(html)))) == {f"list.asp?cid=35&page={n}" for n in (1, 2, 5)}


def test_the_gap_between_two_calls() -> None:
    html = """<script>function toPage(n) { window.location = 'l_' + n + '.htm'; }</script>
    <input type="button" value="下一页" onclick="toPage(2)"><input type="button" value="末页" onclick="toPage(6)">"""
    assert set(hrefs(scripted(page(html)))) == {f"l_{n}.htm" for n in range(2, 7)}


def test_addresses_in_handlers() -> None:
    html = """下一页 <a href="#" onclick="location.href=encodeURI('index_2.jhtml');">下一页</a>
    <a disabled="disabled">上一页</a>"""
    assert hrefs(scripted(page(html))) == ["index_2.jhtml"]


@pytest.mark.parametrize(
    "change",
    [
        "if(this.value==1){location.href='index.jhtml'}else{location.href='index_'+this.value+'.jhtml'}",
        "jump(this.options[this.selectedIndex].value)",
        "jump(this.value)",
    ],
)
def test_a_list_to_jump_from(change: str) -> None:
    script = "function jump(n){ if (n == 1) location='index.jhtml'; else location='index_' + n + '.jhtml' }"
    options = "".join(f"<option value='{n}'>{n}</option>" for n in (1, 2, 3))
    html = f'<script>{script}</script><select onchange="{change}">{options}</select>'
    assert hrefs(scripted(page(html))) == ["index.jhtml", "index_2.jhtml", "index_3.jhtml"]


def test_years_and_choices_are_no_pages() -> None:
    change = "onchange=\"location='l.asp?year='+this.value\""
    years = "".join(f"<option value='{n}'>{n}</option>" for n in range(2010, 2017))
    assert hrefs(scripted(page(f"<select {change}>{years}</select>"))) == []
    months = "".join(f"<option value='{n}'>{n}</option>" for n in range(1, 13))
    change = "onchange=\"location='rili.asp?y=2016&month='+this.value\""
    assert hrefs(scripted(page(f"<select {change}>{months}</select>"))) == []
    assert hrefs(scripted(page(f"<select>{months}</select>"))) == []


def test_links_that_a_script_writes() -> None:
    html = """<script>
    var totalPage = 4, cur = 1;
    document.write("共" + totalPage + "页");
    if (cur < totalPage) document.write("<a href='list.asp?page=" + (cur + 1) + "'>下一页</a>");
    document.write("<a href=\\"javascript:go(" + totalPage + ")\\">尾页</a><a href='x.html'>关于</a>");
    function go(n) { location.href = "list.asp?page=" + n; }
    </script>"""
    assert hrefs(scripted(page(html))) == ["list.asp?page=2", "list.asp?page=4"]
    assert hrefs(scripted(page(html.replace("cur = 1", "cur = 4")))) == ["list.asp?page=4"]


def test_what_does_not_turn_pages_is_not_clicked() -> None:
    script = "<script>function del(n){location='del.asp?id='+n} function day(d){location='l.asp?date='+d}</script>"
    html = script + "<a href='javascript:del(3)'>删除</a><a onclick='del(3)'>打印本页</a><a onclick='day(3)'>3</a>"
    assert hrefs(scripted(page(html))) == []


FORM = """<form name="form1" method="{method}" action="{action}">
<input type="hidden" name="cpage" value="1"><input type="hidden" name="lm" value="通知">
<input type="text" name="key"><input type="submit" value="go" name="b"><input type=checkbox name=c1>
<input type="checkbox" name="c2" checked><select name="s"><option>x<option value="2" selected>y</select>{more}</form>
<script>function go(n){{ document.form1.cpage.value = n; document.form1.submit(); }}</script>
<a href="javascript:go(2)">下一页</a>"""


def test_a_form_with_the_page_in_a_hidden_field() -> None:
    (found,) = scripted(page(FORM.format(method="post", action="list.jsp?x=1", more=""), encoding="gb18030"))
    assert found == Further("list.jsp?x=1", "cpage=2&lm=%CD%A8%D6%AA&key=&c2=on&s=2")
    (found,) = scripted(page(FORM.format(method="get", action="list.jsp?x=1", more="")))
    assert found == Further("list.jsp?cpage=2&lm=%E9%80%9A%E7%9F%A5&key=&c2=on&s=2")
    (found,) = scripted(page(FORM.format(method="POST", action="", more=""), url=URL + "?id=3"))
    assert found.href == URL + "?id=3" and parse_qs(found.form)["cpage"] == ["2"]


@pytest.mark.parametrize(
    ("action", "more"),
    [
        ("login.jsp", ""), ("/admin/del.asp", ""), ("save.do", ""), ("vote_add.asp", ""),
        ("list.jsp", "<input type=password name=p>"), ("list.jsp", "<textarea name=t></textarea>"),
        ("list.jsp", "<input type=file name=f>"),
    ],
)  # fmt: skip
def test_forms_that_may_do_more_than_ask_are_never_sent(action: str, more: str) -> None:
    assert list(scripted(page(FORM.format(method="post", action=action, more=more)))) == []


def test_a_form_whose_page_field_is_a_list() -> None:
    options = "".join(f"<option value='{n}'>{n}</option>" for n in (1, 2))
    select = f'<select name="page" onchange="this.form.submit()">{options}</select>'
    found_forms = scripted(page(f'<form method="post" action="l.asp">{select}</form>'))
    assert [found.form for found in found_forms] == ["page=1", "page=2"]


# ASP.NET

STATE = '<input type="hidden" name="__VIEWSTATE" value="/wEP+{state}=="><input type="hidden" name="__EVENTTARGET">'
POST = "<a href=\"javascript:__doPostBack('{target}','{argument}')\">{text}</a>"


def web_form(*steps: tuple[str, str, str], state: str = "a", more: str = "", here: str = "") -> str:
    shown = "".join(POST.format(text=text, target=target, argument=argument) for text, target, argument in steps)
    return (
        f'<form method="post" action="list.aspx?cid=3" id="form1">{STATE.format(state=state)}{more}'
        f"<div>{here}{shown}</div></form>"
    )


def asked(html: str, form: str = "") -> list[tuple[str, str]]:
    found = [parse_qs(further.form, keep_blank_values=True) for further in webforms(page(html, form=form))]
    return [(fields["__EVENTTARGET"][0], fields["__EVENTARGUMENT"][0]) for fields in found]


def test_asp_net_pager() -> None:
    html = web_form(("1", "Pager1", "1"), ("2", "Pager1", "2"), ("...", "Pager1", "11"), ("尾页", "Pager1", "38"),
                    more='<input name="Pager1_input" value="1"><input type="password" name="pw">')  # fmt: skip
    assert asked(html) == [("Pager1", "2"), ("Pager1", "11"), ("Pager1", "38")]
    further = next(webforms(page(html)))
    assert further == Further("list.aspx?cid=3", "__EVENTTARGET=Pager1&__EVENTARGUMENT=2&__VIEWSTATE=%2FwEP%2Ba%3D%3D")


def test_grid_view_and_two_pagers() -> None:
    html = web_form(
        ("2", "ctl00$GridView1", "Page$2"), ("...", "ctl00$GridView1", "Page$11"), ("2", "AspNetPager2", "2")
    )
    steps = [("ctl00$GridView1", "Page$2"), ("ctl00$GridView1", "Page$11"), ("AspNetPager2", "2")]
    assert sorted(asked(html)) == sorted(steps)
    # A page that one pager led to leads on by this one: else each pair of pages would be a page.
    assert sorted(asked(html, "__EVENTTARGET=ctl00%24GridView1&__EVENTARGUMENT=Page%243")) == sorted(steps[:2])
    assert asked(html, "__EVENTTARGET=AspNetPager2&__EVENTARGUMENT=3") == steps[2:]


def test_numbers_that_mean_another_page_on_every_page() -> None:
    grid = [(text, f"Grid1$_ctl14$_ctl{place}", "") for place, text in enumerate(("1", "2", "4", "..."))]
    assert asked(web_form(*grid, here="<span>3</span>")) == [("Grid1$_ctl14$_ctl2", "")]
    assert asked(web_form(*grid, here="<span>10</span>")) == [("Grid1$_ctl14$_ctl3", "")]
    assert asked(web_form(*grid[:2], here="<span>3</span>")) == []
    assert asked(web_form(("首页", "lbFirst", ""), ("下一页", "lbNext", ""), ("尾页", "lbLast", ""))) == [
        ("lbNext", "")
    ]
    assert asked(web_form(("Next", "GridView1", "Page$Next"))) == [("GridView1", "Page$Next")]


@pytest.mark.parametrize(
    "step",
    [
        ("删除", "btnDelete", ""), ("2", "btnDelete", "2"), ("登录", "lbLogin", ""),
        ("排序", "GridView1", "Sort$title"),
        ("编辑", "GridView1", "Edit$3"), ("删除", "GridView1", "Delete$3"), ("2016", "Calendar1", "5991"),
        ("12", "Calendar1", "5991"), ("确定", "Pager1", ""),
    ],
)  # fmt: skip
def test_nothing_else_is_ever_sent(step: tuple[str, str, str]) -> None:
    assert asked(web_form(step)) == []


def test_validated_and_clicked_buttons() -> None:
    html = web_form(
        more="""<a href='javascript:WebForm_DoPostBackWithOptions(new WebForm_PostBackOptions("c$AspNetPager1", "4",
    true, "", "", false, true))'>4</a><input type=button value=下一页 onclick="javascript:__doPostBack('lbNext','')">"""
    )
    assert sorted(asked(html)) == [("c$AspNetPager1", "4"), ("lbNext", "")]


def test_of_large_forms_only_the_next_is_sent() -> None:
    steps = [("1", "Pager1", "1"), ("2", "Pager1", "2"), ("4", "Pager1", "4"), ("5", "Pager1", "5")]
    html = web_form(*steps, state="a" * LARGE_FORM)
    assert asked(html) == [("Pager1", "2")]
    assert asked(html, "__EVENTTARGET=Pager1&__EVENTARGUMENT=3") == [("Pager1", "4")]
    two = web_form(*steps, ("2", "Pager2", "2"), ("3", "Pager2", "3"), state="a" * LARGE_FORM)
    assert asked(two) == [("Pager1", "2"), ("Pager2", "2")]
    assert asked(web_form(("下一页", "lbNext", ""), state="a" * LARGE_FORM)) == [("lbNext", "")]


def test_state_does_not_make_another_page() -> None:
    def key(target: str, argument: str, state: str, more: str = "") -> str:
        return form_key("http://x/", f"__EVENTTARGET={target}&__EVENTARGUMENT={argument}&__VIEWSTATE={state}{more}")

    assert key("Pager1", "2", "a") == key("Pager1", "2", "b", "&hidPage=7")
    assert key("Grid", "Page%242", "a") == key("Grid", "Page%242", "b")
    assert key("Pager1", "2", "a") != key("Pager1", "3", "a") and key("Pager1", "2", "a") != key("Pager2", "2", "a")
    # "Next" means another page on every page.
    assert key("lbNext", "", "a") != key("lbNext", "", "b") == key("lbNext", "", "b")
    assert key("Grid", "Page%24Next", "a") != key("Grid", "Page%24Next", "b")


# Epoint


def test_epoint() -> None:
    call = "ShowAjaxNewPage(window.location.pathname,'categorypagingcontent',{})"
    html = "".join(f'<li class="ewb-page-li"><a onclick="{call.format(n)}">{n}</a></li>' for n in (2, 3, 9))
    assert hrefs(epoint(page(html))) == [f"?pageing={n}" for n in range(2, 10)]
    assert hrefs(epoint(page(f'<a onclick="{call.format(99999)}">末页</a>'))) == []
    html = f'<a onclick="{call.format(99999)}">末页</a><span>1/99999</span>'
    assert len(hrefs(epoint(page(html)))) == MAX_PAGES - 1


# libraries that call back


@pytest.mark.parametrize(
    ("script", "addresses"),
    [
        (
            "laypage({cont: 'p', pages: 4, curr: 1, jump: function(o, first) { if (!first) location.href = "
            "'l.asp?pg=' + o.curr }})",
            ["l.asp?pg=2", "l.asp?pg=3", "l.asp?pg=4"],
        ),
        (
            "laypage.render({elem: 'p', count: 70, limit: 30, jump: function(obj, first){ if(!first){ var url = 1; "
            "location.href = '?pn=' + obj.curr } }})",
            ["?pn=2", "?pn=3"],
        ),
        (
            "function turn(i, jq) { location.href = 'list.asp?page=' + (i + 1); return false }\n"
            "$('#p').pagination(63, {items_per_page: 20, callback: turn, num_edge_entries: 2})",
            ["list.asp?page=2", "list.asp?page=3", "list.asp?page=4"],
        ),
        (
            "var all = '3'; $.jqPaginator('#p', {totalPages: all, currentPage: 1, onPageChange: function(num, type) { "
            "if (type == 'change') { window.location.href = 'index_' + num + '.html' } }})",
            ["index_2.html", "index_3.html"],
        ),
        ("laypage({pages: 7, jump: function(o) { $.ajax({url: 'x.asp?p=' + o.curr}) }})", []),
        ("laypage({pages: 1, jump: function(o) { location.href = '?p=' + o.curr }})", []),
        ("laypage({pages: 999999999, jump: function(o) { location.href = '?p=' + o.curr }})", []),
        ("laypage({pages: unknown, jump: function(o) { location.href = '?p=' + o.curr }})", []),
        ("laypage({pages: 7, jump: function(o) {" + "{" * 5000, []),
    ],
)
def test_a_library_calls_back(script: str, addresses: list[str]) -> None:
    assert hrefs(Pagers(FAMILIES).further(page(f"<ul></ul><script>{script}</script>"))) == addresses


@pytest.mark.parametrize(
    ("html", "pages"),
    [
        ("共7页 第1页", 7), ("共<b>12</b>页 <a>下一页</a>", 12), ("共有 <span>3</span> 页 转到<input>页", 3),
        ("第<b>1</b>页 共&nbsp;5&nbsp;页", 5), ("共1页 首页 尾页", 1),
        ("本图册共12页，彩色印刷。", 0), ("第3页", 0), ("共同进步 下一页", 0),
    ],
)  # fmt: skip
def test_how_many_pages_a_pager_claims(html: str, pages: int) -> None:
    assert claimed(html) == pages
