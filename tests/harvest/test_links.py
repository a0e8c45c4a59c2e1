import pytest

from migrate.harvest.links import RawLink, code_links, css_links, html_links, library_links, link_text
from migrate.harvest.scope import is_trap
from migrate.harvest.targets import Page, Targets
from migrate.urls import UrlRules

HOST = "www.dahe.example.gov.cn"
BASE = f"http://{HOST}/zwgk/tzgg/"


def found(html: str) -> list[tuple[str, str]]:
    _base, links = html_links(html)
    return [(link.href, link.context) for link in links]


@pytest.mark.parametrize(
    ("html", "links"),
    [
        ('<a href="a.html">x</a>', [("a.html", "a")]),
        ("<A HREF=a.html>x</A>", [("a.html", "a")]),
        ('<map><area href="m.html"></map>', [("m.html", "area")]),
        ('<iframe src="f.html"></iframe>', [("f.html", "iframe")]),
        ('<img src="a.gif">', [("a.gif", "img")]),
        ('<img data-src="b.gif"><img data-original="c.gif">', [("b.gif", "img"), ("c.gif", "img")]),
        ('<a href="javascript:;" oldsrc="P01.doc">x</a>', [("P01.doc", "a")]),
        ('<img srcset="s.png 1x, l.png 2x,">', [("s.png", "img"), ("l.png", "img")]),
        ('<td background="td.gif">', []),  # no table around it: the parser drops the cell
        ('<table background="t.gif"><tr><td background="td.gif">', [("t.gif", "table"), ("td.gif", "td")]),
        ('<link rel="stylesheet" href="s.css">', [("s.css", "css")]),
        ('<link rel="shortcut icon" href="i.ico">', [("i.ico", "link")]),
        ('<link rel="dns-prefetch" href="//cdn.example">', []),
        ('<script src="m.js"></script>', [("m.js", "script")]),
        ('<embed src="v.swf"><object data="o.pdf"><param name="movie" value="p.swf"></object>',
         [("v.swf", "embed"), ("o.pdf", "object"), ("p.swf", "object")]),
        ('<video poster="p.jpg"><source src="v.mp4"></video>', [("v.mp4", "source"), ("p.jpg", "video")]),
        ('<input type="image" src="go.gif">', [("go.gif", "input")]),
        ('<p style="background:url(\'bg.gif\')">', [("bg.gif", "css")]),
        ("<style>@import 'i.css'; b{background:url(b.gif)}</style>", [("i.css", "css"), ("b.gif", "css")]),
        ("<td onclick=\"window.open('w.html')\">", []),
        ("<p onclick=\"window.open('w.html')\">", [("w.html", "code")]),
        ("<p onclick=\"location.href='/l.asp?id=1'\">", [("/l.asp?id=1", "code")]),
        ("<a href=\"javascript:window.open('/j.html')\">", [("/j.html", "code")]),
        ('<a href="javascript:void(0)">', []),
        ('<meta http-equiv="refresh" content="0; URL=\'r.html\'">', [("r.html", "meta-refresh")]),
        ('<meta http-equiv="Refresh" content="0;url=index/">', [("index/", "meta-refresh")]),
        ('<meta http-equiv="refresh" content="30">', []),
        ('<select><option value="/o.html">o</option><option value="3">3</option></select>', [("/o.html", "option")]),
        ("<script>document.write('<a href=\"d.html\">d</a>')</script>", [("d.html", "code")]),
        ('<script>document.write("<a href=\\"e.html\\">e</a>")</script>', [("e.html", "code")]),
        ('<script>var list=["/x/1.shtml", "2.htm"]</script>', [("/x/1.shtml", "code"), ("2.htm", "code")]),
        ("<script>location='/n.jsp'</script>", [("/n.jsp", "code")]),
        ('<script>u = "/search.html?k=" + k; v = "/a/" + id + ".html"; w = x + "/y.html"</script>', []),
        ("<script>var s = 'no link. at all'; t = 'a.b'</script>", []),
        ('<script type="text/xml"><record><![CDATA[<a href=\'/art/1.html\'>]]></record></script>',
         [("/art/1.html", "code")]),
        ('<!-- <a href="comment.html"> -->', []),
    ],
)  # fmt: skip
def test_html(html: str, links: list[tuple[str, str]]) -> None:
    assert sorted(set(found(html))) == sorted(links)


def test_framesets() -> None:
    assert found('<frameset><frame src="top.asp"><frame src="main.asp"></frameset>') == [
        ("top.asp", "frame"),
        ("main.asp", "frame"),
    ]


def test_base_and_text() -> None:
    base, links = html_links(
        '<base href="/b/"><a href="c.html"> 关于 \n 通知 <b>的</b></a><a href=d><img alt="图"></a>'
    )
    assert base == "/b/"
    assert [link_text(link.node) for link in links] == ["关于 通知 的", "图"]
    assert link_text(None) == ""


def test_style_sheets_and_libraries() -> None:
    assert [link.href for link in css_links('@import "a.css"; i{background:URL( b.png )}')] == ["a.css", "b.png"]
    code = "menu('/zwgk/index.html'); x('rel.html'); y('http://www.dahe.example.gov.cn/z.asp')"
    assert [link.href for link in library_links(code)] == ["/zwgk/index.html", "http://www.dahe.example.gov.cn/z.asp"]
    assert RawLink("rel.html", "code") in list(code_links(code))


def resolved(href: str, url: str = BASE + "1.html", base: str = "") -> tuple[str, bool] | None:
    rules = UrlRules(HOST, frozenset({"dahe.example.gov.cn"}))
    targets = Targets(rules)
    page = Page.at(url, base, "gb18030")
    first, second = targets.get(page, href), targets.get(page, href)
    assert first == second
    return (first.url, first.own) if first else None


@pytest.mark.parametrize(
    ("href", "target"),
    [
        ("2.html", (BASE + "2.html", True)),
        ("../x.html", (f"http://{HOST}/zwgk/x.html", True)),
        ("\\img\\a.gif", (f"http://{HOST}/img/a.gif", True)),
        (" /a b.doc ", (f"http://{HOST}/a%20b.doc", True)),
        ("?page=2", (BASE + "1.html?page=2", True)),
        ("//dahe.example.gov.cn/z", ("http://dahe.example.gov.cn/z", True)),
        ("/公告.asp?k=公", (f"http://{HOST}/%E5%85%AC%E5%91%8A.asp?k=%B9%AB", True)),
        ("http://other.example/x", ("http://other.example/x", False)),
        ("mailto:x@y", None),
        ("#", None),
    ],
)
def test_targets(href: str, target: tuple[str, bool] | None) -> None:
    assert resolved(href) == target


def test_one_spelling_on_two_pages_is_two_targets() -> None:
    targets = Targets(UrlRules(HOST))
    keys = {targets.get(Page.at(f"http://{HOST}/{folder}/i.asp{query}"), href)
            for folder in "ab" for query in ("", "?p=1") for href in ("x.html", "?q=2", "/y.html")}  # fmt: skip
    assert {target.key for target in keys if target} == {
        f"http://{HOST}/a/x.html", f"http://{HOST}/b/x.html", f"http://{HOST}/y.html",
        f"http://{HOST}/a/i.asp?q=2", f"http://{HOST}/b/i.asp?q=2",
    }  # fmt: skip
    assert resolved("x.html", base="http://other.example/d/") == ("http://other.example/d/x.html", False)


def test_traps() -> None:
    assert is_trap("/a/b/a/b/a/b/a/b/a/b/x.html")
    assert is_trap("/" + "/".join(map(str, range(40))) + "/x")
    assert not is_trap("/2016/05/05/05/t20160505_1.html")
