"""What a pager's script would do at a click; and that no script, however hostile, does more."""

import pytest

from migrate.harvest.paging.javascript import MAX_SOURCE, Machine, Outcome

URL = "http://www.dahe.example.gov.cn/tzgg/List_8.shtml?id=5"
INPUTS = {"cpage": "3", "txtTotal": "12"}


def clicked(handler: str, script: str = "", this: str = "") -> Outcome:
    machine = Machine(URL, INPUTS)
    machine.load(script)
    return machine.click(handler, this)


def went(handler: str, script: str = "", this: str = "") -> list[str]:
    return clicked(handler, script, this).went


GO = "function go(n){ location.href = 'list.asp?id=5&page=' + n; }"
BACKWARDS = """
function gopage(page, totalpage){
  if (event.keyCode==13){
    if (Math.abs(page)>totalpage) page=totalpage;
    if (Math.abs(page)>1) window.location='/tzgg/List_'+(totalpage-Math.abs(page)+1)+'.shtml';
    else window.location='/tzgg/Index.shtml';
  }
}"""
JUMP = (
    "if(this.value==1){location.href=encodeURI('index.jhtml')}"
    "else{location.href=encodeURI('index_'+this.value+'.jhtml')}this.disabled='disabled'"
)


@pytest.mark.parametrize(
    ("handler", "script", "this", "address"),
    [
        ("go(3)", GO, "", "list.asp?id=5&page=3"),
        ("go('3');return false;", GO, "", "list.asp?id=5&page=3"),
        ("go(cur+1)", "var cur = 2;" + GO, "", "list.asp?id=5&page=3"),
        ("go(1 + 2 * 4 - 6 / 3 % 4)", GO, "", "list.asp?id=5&page=7"),
        ("gopage(this.value,9)", BACKWARDS, "3", "/tzgg/List_7.shtml"),
        ("gopage(this.value,9)", BACKWARDS, "99", "/tzgg/List_1.shtml"),
        ("gopage(this.value,9)", BACKWARDS, "1", "/tzgg/Index.shtml"),
        (JUMP, "", "1", "index.jhtml"),
        (JUMP, "", "4", "index_4.jhtml"),
        ("location.href=this.options[this.selectedIndex].value", "", "a_2.htm", "a_2.htm"),
        ("jump(this)", "function jump(o){self.location=o.options[o.selectedIndex].value}", "a_2.htm", "a_2.htm"),
        ("window.open('p_2.html')", "", "", "p_2.html"),
        ("document.location.replace('p_2.html')", "", "", "p_2.html"),
        ("location = location.pathname + '?page=2'", "", "", "/tzgg/List_8.shtml?page=2"),
        ("location.search = '?page=' + 2", "", "", "?page=2"),
        ("location.href = location.href.replace('List_8', 'List_9')", "", "",
         "http://www.dahe.example.gov.cn/tzgg/List_9.shtml?id=5"),
        ("go(document.getElementById('txtTotal').value)", GO, "", "list.asp?id=5&page=12"),
        ("go(parseInt($('#cpage').val()) + 1)", GO, "", "list.asp?id=5&page=4"),
        ("go(2)", "go = function(n){ var u = b + '_' + n; location.href = u + '.htm' }; var b = 'l';", "", "l_2.htm"),
        ("go(5)", "function go(n){ if(!/^[0-9]+$/.test(n)) { alert(''); return 0 } location = 'p' + n }", "", "p5"),
        ("go(5)", "function go(n){ if(!/^[0-9]+$/.test(n)) n = 1; location.href = 'p' + n }", "", "p5"),
        ("go(5)", "function go(n){ n > 3 ? u = 'a' : u = 'b'; switch(n){case 5: x();} location = u + n }", "", "a5"),
        ("go(5)", "function go(n){ try { location.href = 'p' + n } catch(e) { alert(e) } finally { x() } }", "", "p5"),
        ("go(2)", "function go(n){ location = 'list'.substring(0, 3) + 'ABC'.toLowerCase().substr(1, 1) + n }",
         "", "lisb2"),
        ("go(0)", "function go(n){ n++; n += 1; location = 'p' + n + ('a'.length == 1 && 'x' || 'y') }", "", "p2x"),
        ("n = 0; for (var i = 0; i < 4; i++) n = n + i; location = 'p' + n", "", "", "p6"),
        ("while (k < 3) { k++ } location = 'p' + k", "var k = 0", "", "p3"),
    ],
)  # fmt: skip
def test_addresses(handler: str, script: str, this: str, address: str) -> None:
    assert went(handler, script, this) == [address]


@pytest.mark.parametrize(
    "handler",
    [
        "location.href = 'list.asp?page=' + unknown",
        "location.href = someObject.url",
        "go(3)",
        "location.href = 'a' + new Date().getTime()",
        "alert('x')",
        "history.back()",
        "if (1 > 2) location = 'never'",
    ],
)
def test_what_is_not_known_leads_nowhere(handler: str) -> None:
    assert went(handler) == []


def test_a_doubtful_condition_is_taken_both_ways() -> None:
    assert went("if (isMobile()) location = 'm.html'; else location = 'pc.html'") == ["m.html", "pc.html"]


@pytest.mark.parametrize(
    ("script", "submitted", "action"),
    [
        ("function go(n){ document.form1.cpage.value = n; document.form1.submit(); }", "form1", ""),
        ("function go(n){ document.forms[0]['cpage'].value=n;document.forms[0].submit(); }", "0", ""),
        ("function go(n){ $('input[name=cpage]').val(n); var f = form(); f.action = 'l.do'; f.submit(); }"
         "function form() { return document.getElementById('tableForm'); }", "tableForm", "l.do"),
        ("function go(n){ $('#cpage').attr('value', n); $('#f').attr('action', 'x.jsp').val(); $('#f').submit(); }",
         "f", "x.jsp"),
    ],
)  # fmt: skip
def test_forms(script: str, submitted: str, action: str) -> None:
    outcome = clicked("go(7)", script)
    assert (outcome.fields, outcome.submitted, outcome.action) == ({"cpage": "7"}, submitted, action)


def test_what_is_written() -> None:
    script = """<!--
    var currentPage = 0; // from 0
    var countPage = 3
    var nextPage = currentPage + 1
    document.write("共" + countPage + "页");
    for (var i = 0; i < countPage; i++) {
      if (i == currentPage) document.write("<b>" + (i + 1) + "</b>");
      else document.write("<a href=\\"index" + "_" + i + "." + "htm\\">" + (i + 1) + "</a>");
    }
    if (currentPage != (countPage - 1)) document.write("<a href=\\"index" + "_" + nextPage + ".htm\\">下一页</a>");
    document.getElementById("pager").innerHTML = "<i>1</i>";
    //-->"""
    assert Machine(URL, {}).load(script).written == [
        "共3页", "<b>1</b>", '<a href="index_1.htm">2</a>', '<a href="index_2.htm">3</a>',
        '<a href="index_1.htm">下一页</a>', "<i>1</i>",
    ]  # fmt: skip


def test_clicks_do_not_change_the_page() -> None:
    machine = Machine(URL, {})
    machine.load("var n = 1; function next(){ n++; location = 'p' + n }")
    assert machine.click("next()").went == machine.click("next()").went == ["p2"]


@pytest.mark.parametrize(
    "hostile",
    [
        "while (true) a += 'x'",
        "for (;;) {}",
        "function f(n){ f(n + 1) } f(1)",
        "function f(){ " + "{" * 35 + " f() " + "}" * 35 + " } f()",
        "var s = 'x'; while (true) { s += s }",
        "((((" * 10_000,
        "!" * 50_000 + "a",
        "1+" * 20_000 + "1",
        "if(x){" * 9_000,
        "a=function(){" * 4_000,
        "x[" * 20_000,
        "/*" * 30_000,
        "/[;" * 10_000,
        '"' * 20_000,
        "x" + ".y" * 20_000,
        "}" * 1_000 + "\\ ` €",
        "1/0; 5%0; Math.floor(999999999999999*999999999999999*999999999999999); -'x'",
        "'" + "a" * 2 * MAX_SOURCE + "'",
    ],
)
def test_hostile_scripts_end(hostile: str) -> None:
    machine = Machine(URL, {})
    machine.load(hostile)
    assert machine.click(hostile).went == []


def test_all_clicks_of_a_page_are_bounded_together() -> None:
    machine = Machine(URL, {})
    machine.load("var n = 0; function go(){ for (var i = 0; i < 900; i++) n++; location = 'p' }")
    assert sum(len(machine.click("go()").went) for _click in range(1_000)) < 200
