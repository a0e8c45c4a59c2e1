"""Lists without links: what a click leads to, by what a script reads out of the element; forms that ask for a page."""

import pytest

from migrate.harvest.paging import Pagers
from migrate.harvest.reading import Reading, Unread, attempt
from migrate.harvest.targets import Targets
from migrate.urls import UrlRules
from tests.harvest.oldsite import FAMILIES, HOST

PAGERS = Pagers(FAMILIES)
LIST = f"http://{HOST}/tz/list.asp?classid=3"


def read(html: str, url: str = LIST) -> Reading:
    targets = Targets(UrlRules(HOST).cautious())
    reading = attempt(Unread(url, "/tz/list.asp", "text/html", "", f"<html>{html}".encode()), targets, PAGERS)
    assert isinstance(reading, Reading), reading
    return reading


def named(html: str) -> list[tuple[str, str]]:
    return [(link.key.removeprefix(f"http://{HOST}"), link.text) for link in read(html).named]


BY_SCRIPT = [
    "$('.x').click(function () { location.href = 'v.asp?id=' + $(this).attr('data-id'); });",
    "$('.x').click(function () { var id = $(this).data('id'); if (id) { window.open('v.asp?id=' + id); } });",
    '$(function () { jQuery("li.x:visible").on("click", function (e) { e.preventDefault();'
    ' window.location = "v.asp?id=" + e.currentTarget.dataset.id }) })',
    "$(document).on('click', '.x', function () { location = 'v.asp?id=' + $(this).data('id') })",
    "$('#l').on('click', 'li', function () { top.location.href = 'v.asp?id=' + jQuery(this).attr('data-id') })",
    "$('#l').delegate('.x', 'click', function () { open('v.asp?id=' + this.getAttribute('data-id')) })",
    "for (var i = 0; i < all.length; i++) { all[i].onclick = function () {"
    " location.href = 'v.asp?id=' + this.dataset.id } }",
    "document.querySelectorAll('.x').forEach(e => e.addEventListener('click', () => {"
    " location.href = 'v.asp?id=' + event.target.dataset.id }))",
    "var base = 'v'; $('.x').click(function () {"
    " var me = $(this); location.href = base + '.asp?id=' + me.data('id') })",
]


@pytest.mark.parametrize("script", BY_SCRIPT)
def test_a_click_that_reads_the_element(script: str) -> None:
    html = f"<ul id=l><li class=x data-id=35>第<b>35</b>号</li><li class=y>无</li></ul><script>{script}</script>"
    assert named(html) == [("/tz/v.asp?id=35", "第35号")]


def test_an_attribute_that_is_an_address() -> None:
    html = "<p class=x data-to='detail?id=3'>甲</p><p class=x data-to=news_4>乙</p><p data-to=tab>丙</p>"
    script = "<script>$('.x').click(function(){ location.href = $(this).attr('data-to') })</script>"
    assert named(html) == []
    assert named(html + script) == [("/tz/detail?id=3", "甲"), ("/tz/news_4", "乙")]


def test_handlers_that_hand_over_their_element() -> None:
    html = "<li onclick='go(this)' data-id=35>甲</li><li onclick='go(this)'>无</li>"
    script = "<script>function go(o) { var id = o.getAttribute('data-id'); window.open('/x/' + id + '.html') }</script>"
    assert named(html + script) == [("/x/35.html", "甲")]
    assert named(html + script.replace("o.getAttribute('data-id')", "$(o).data('id')")) == [("/x/35.html", "甲")]
    assert named(html.replace("onclick", "ONCLICK") + script) == [("/x/35.html", "甲")]
    inline = "<li data-id=36 onclick=\"location.href='v.asp?id='+this.getAttribute('data-id')\">甲</li>"
    assert named(inline) == [("/tz/v.asp?id=36", "")]
    assert named(inline.replace("this.getAttribute('data-id')", "$(this).data('id')")) == [("/tz/v.asp?id=36", "")]


@pytest.mark.parametrize(
    "script",
    [
        "$('.x').click(function () { $('#' + $(this).attr('data-id')).show(); });",
        "$('.x').click(function () { $.post('del.asp', {id: $(this).data('id')}); });",
        "$('.x').hover(function () { location.href = 'v.asp?id=' + $(this).data('id'); });",
        "$('.x').click(function () { if (location.hash) { $(this).attr('data-id'); } });",
    ],
)
def test_what_leads_nowhere(script: str) -> None:
    assert named(f"<p class=x data-id=35>x</p><script>{script}</script>") == []


def test_a_pager_of_such_elements() -> None:
    html = (
        "共7页 <a class=pg data-page=2 href='javascript:;'>下一页</a>"
        "<a class=pg data-page=7 href='javascript:;'>尾页</a>"
        "<script>$('.pg').click(function () { var u = window.location.href; if (u.indexOf('?') > 0) {"
        " u = u.split('?')[0]; } window.location.href = u + '?page=' + $(this).attr('data-page'); })</script>"
    )
    assert named(html) == [("/tz/list.asp?page=2", "下一页"), ("/tz/list.asp?page=7", "尾页")]
    assert read(html).stuck == 0


def test_addresses_put_together_from_the_page_s_own() -> None:
    script = (
        "<script>function go(p) { location.href = location.href.split('?')[0] + '?page=' + p }"
        "function jump() { location.href = location.href.split('?')[0] + '?page=' + document.f.p.value }"
        "var first = location.href.split('?')[0] + '?page=1';</script>"
    )
    assert named(script) == []  # and never “?page=”
    html = "<a href='javascript:go(2)'>下一页</a><a href='javascript:go(3)'>尾页</a><a href='javascript:jump()'>go</a>"
    assert {key for key, _text in named(script + html)} == {"/tz/list.asp?page=2", "/tz/list.asp?page=3"}


ASKED = {f"/tz/list.asp?classid=3&page={number}" for number in range(2, 8)}


@pytest.mark.parametrize(
    ("form", "asked"),
    [
        ("<form method=get><input type=hidden name=classid value=3><input name=page><input type=submit></form>", ASKED),
        ("<form method=GET action='?x'><input type=hidden name=classid value=3>第<input type=number name=page>页"
         "<input type=button onclick='this.form.submit()' value=GO></form>", ASKED),
        ("<form><select name=classid><option value=3>x</select></form><form><input type=hidden name=classid value=3>"
         "<select name=page><option>1<option>2</select><button>GO</button></form>", ASKED),
        ("<form><input name=page><input name=keyword></form>", set()),  # a search
        ("<form><input name=pagesize></form>", set()),
        ("<form><input name=page><input type=password name=p></form>", set()),
        ("<form action=del.asp><input name=page></form>", set()),
        ("<input name=page>", set()),
    ],
)  # fmt: skip
def test_a_form_that_asks_for_a_page(form: str, asked: set[str]) -> None:
    found = read(f"共7页 第1页 转到 {form}")
    assert {link.key.removeprefix(f"http://{HOST}") for link in found.named} == asked
    assert found.stuck == (0 if asked else 7)
    assert not read(f"转到 {form}").named  # how many pages there are is not known


def test_a_list_of_pages_with_a_button() -> None:
    options = "".join(f"<option value={number}>{number}" for number in range(1, 4))
    html = f"<form action=list.asp><select name=page>{options}</select><input type=submit value=GO></form>"
    assert {key for key, _text in named(f"下一页 {html}")} == {f"/tz/list.asp?page={number}" for number in (1, 2, 3)}
    assert named(f"下一页 {html.replace('name=page', 'name=grade')}") == []
