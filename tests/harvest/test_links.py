import json
import random
from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.harvest.links import (
    RawLink,
    Words,
    code_links,
    css_links,
    data_links,
    html_links,
    library_links,
    robots_links,
)
from migrate.harvest.scope import is_trap
from migrate.harvest.targets import MAX_PLACES, Page, Targets
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
        ('<td background="td.gif">', [("td.gif", "td")]),  # parsers drop a cell without a table; its address counts
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
         [("/art/1.html", "a")]),
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
    html = '<base href="/b/"><a href="c.html"> 关于 \n 通知 <b>的</b></a><a href=d><img alt="图"></a>'
    base, links = html_links(html)
    assert base == "/b/"
    words = Words(html)
    assert [words.of(link) for link in links] == ["关于 通知 的", "图"]


def test_style_sheets_and_libraries() -> None:
    assert [link.href for link in css_links('@import "a.css"; i{background:URL( b.png )}')] == ["a.css", "b.png"]
    code = "menu('/zwgk/index.html'); x('rel.html'); y('http://www.dahe.example.gov.cn/z.asp')"
    fixed, relative = library_links(code)
    assert [link.href for link in fixed] == ["/zwgk/index.html", "http://www.dahe.example.gov.cn/z.asp"]
    assert relative == []  # may be meant for any page
    assert RawLink("rel.html", "code") in code_links(code)
    fixed, relative = library_links('document.write(\'<a href="xxgk/">公开</a><a href="/">首页</a>\')')
    assert ([link.href for link in fixed], [link.href for link in relative]) == (["/"], ["xxgk/"])
    assert [link.href for link in library_links("document.write('<script src=a.js>')")[1]] == ["a.js"]


MECHANISMS = [
    # lazy pictures and other places that a script reads
    ('<img src="/images/loading.gif" data-original="/upload/1.jpg">', {"/images/loading.gif", "/upload/1.jpg"}),
    ('<img src=blank.gif lazy-src=/p/2.jpg><img data-lazyload="//h.example/3.jpg">',
     {"blank.gif", "/p/2.jpg", "//h.example/3.jpg"}),
    ('<img original="4.png"><img _src="5.png"><li data-bg="/b/6.jpg"><i data-echo="7.jpg">',
     {"4.png", "5.png", "/b/6.jpg", "7.jpg"}),
    ('<img src="W01.jpg" oldsrc="U01.jpg" _src="../file/read.jsp?f=1"><a href="a.doc" oldsrc="/protect/a.doc">x</a>',
     {"W01.jpg", "a.doc"}),  # what an editor left behind
    ('<img src="data:image/gif;base64,R0lG" oldsrc="W02.jpg">', {"data:image/gif;base64,R0lG", "W02.jpg"}),
    ('<div class="wp_pdf_player" pdfsrc="/_upload/a/b.pdf" swsrc="/_upload/a/b.swf" '
     'sudyfile-attr="{\'title\':\'年报.pdf\'}"></div>', {"/_upload/a/b.pdf", "/_upload/a/b.swf"}),
    ('<script name="_videourl" vurl="/v/1.mp4?e=.mp4">showVsbVideo("/v/1.mp4?e=.mp4", "height=280")</script>',
     {"/v/1.mp4?e=.mp4"}),
    ('<script>showVsbpdfIframe("/virtual_attach_file.vsb?afc=p&e=.pdf", "100%", "600")</script>',
     {"/virtual_attach_file.vsb?afc=p&e=.pdf"}),
    ('<tr><td data-href="x">x</td></tr><table><tr data-href="list.asp?id=3" data-id="a/b" link="/v.html">'
     '<td url="/u/1">x</table>',
     {"list.asp?id=3", "/u/1", "/v.html"}),
    ('<iframe src="/pdfjs/web/viewer.html?file=%2Fupload%2Fa.pdf"></iframe>',
     {"/pdfjs/web/viewer.html?file=%2Fupload%2Fa.pdf", "/upload/a.pdf"}),
    ('<a href="web/viewer.html?file=../../b.pdf&x=1">x</a><a href="view.asp?file=c.pdf">y</a>'
     '<a href="down.asp?file=d.pdf">z</a>',
     {"web/viewer.html?file=../../b.pdf&x=1", "web/../../b.pdf", "view.asp?file=c.pdf", "c.pdf",
      "down.asp?file=d.pdf"}),
    ('<ul data-list="[{&quot;url&quot;:&quot;/art/1.html&quot;,&quot;title&quot;:&quot;2.html&quot;}]">',
     {"/art/1.html"}),
    ('<input type="hidden" id="pdf" value="/files/9.pdf"><input value="2016/05/03"><input value="a.pdf">',
     {"/files/9.pdf"}),
    # pictures and films
    ('<img srcset="a.png 1x, b.png 2x" src=c.png>', {"a.png", "b.png", "c.png"}),
    ('<picture><source srcset="d,1.webp 480w,e.webp"></picture>', {"d,1.webp", "e.webp"}),
    ('<video src="m.mp4"><track src="m.vtt"></video><audio src=n.mp3></audio><bgsound src="o.mid">',
     {"m.mp4", "m.vtt", "n.mp3", "o.mid"}),
    ('<img dynsrc="f.avi" lowsrc="l.gif" longdesc="d.html" src="s.gif">', {"f.avi", "l.gif", "d.html", "s.gif"}),
    ('<svg><image xlink:href="s.svg"/></svg>', {"s.svg"}),
    ('<object classid="clsid:D27CDB6E" codebase="http://download.example/x.cab"><param name="Movie" value="a.swf">'
     '<param name="FlashVars" value="pics=p1.jpg|p2.jpg&links=/1.html|/2.html&texts=一|二&w=300">'
     '<embed src="a.swf" flashvars="file=/v/1.flv&autostart=true"></object>',
     {"a.swf", "p1.jpg", "p2.jpg", "/1.html", "/2.html", "/v/1.flv"}),
    ("<script>var pics='images/1.jpg|images/2.jpg'; var links='/zwgk/1.html|%2Fzwgk%2F2.html'; var t='一|二'</script>",
     {"images/1.jpg", "images/2.jpg", "/zwgk/1.html", "/zwgk/2.html"}),
    ("<script>jwplayer('p').setup({file:'v/a b.mp4', image: \"v/a.jpg\", type:'video/mp4', title:'x.html'})</script>",
     {"v/a b.mp4", "v/a.jpg"}),
    # styles
    ("<p style=\"background:URL('a (1).png')\"><div style='filter:progid:DXImageTransform.Microsoft.AlphaImageLoader"
     "(enabled=true,src=\"b.png\")'>", {"a (1).png", "b.png"}),
    ("<style>/* url(old.gif) */ @import url(c.css); @import 'd.css'; i{background:url( \"e f.gif\" )}</style>",
     {"c.css", "d.css", "e f.gif"}),
    # written by scripts
    ("<script>document.write('<ul>');document.writeln(\"<li><a href='/a/1.html'>一</a>\");"
     "document.write('<a href=\"' );document.write('2.html');document.write('\">二</a>')</script>",
     {"/a/1.html", "2.html"}),
    ("<script>var s='';s+='<a href=\"3.html\">';\ns += '<img src=' + '\"4.jpg\">';\nbox.innerHTML=s</script>",
     {"3.html", "4.jpg"}),
    ("<script>document.write('<a href=\"/x/' + id + '.html\" onclick=\"open(\\'5.html\\')\">')</script>", {"5.html"}),
    ("<script>document.write(\"<scr\"+\"ipt src='6.js'></scr\"+\"ipt>\")</script>", {"6.js"}),
    ("<script>document.write(unescape('%3Ca href=%227.html%22%3E%u516C%3C/a%3E'))</script>", {"7.html"}),
    ("<script>document.write('<tr><td background=\"t.gif\"><a href=8.html>');</script>", {"t.gif", "8.html"}),
    ("<script>setTimeout(\"location.href='/9.html'\", 3000)</script>", {"/9.html"}),
    ("<script>$('#a').html(`<a href=\"10.html\">${title}</a><a href=\"/${id}.html\">`)</script>", {"10.html"}),
    ("<script>list.push({linkurl:'11.html',name:'12.html'},{\"post_url\":\"http:\\/\\/h.example\\/13\"})</script>",
     {"11.html", "http://h.example/13"}),
    ("<script>imgUrl[0]='a.jpg';imgLink[0]=\"\\u002fb.html\"; // c='d.html'\n/* e='f.html' */</script>",
     {"a.jpg", "/b.html"}),
    # handlers
    ("<a href=\"JavaScript:window.open(%27/j 1.html%27,'_blank','width=3')\">", {"/j 1.html"}),
    ("<a href='javascript:showPage(\"14.html\",3)'><b onclick=\"top.location='/15'\">"
     "<i ondblclick='go(\"16.asp?a=1\")'>",
     {"14.html", "/15", "16.asp?a=1"}),
    ("<select onchange=\"location=this.value\"><option value='17.shtml'>x<option value='/18/'>y<option value='5'>z",
     {"17.shtml", "/18/"}),
    ("<script>function show(id,c){ if(id>0){var url='Show.asp?c='+c+'&id='+id; window.open(url)} }\n"
     "function hit(n){ new Image().src='hit.asp?id='+n }</script>"
     "<a href=\"javascript:show(12,'zw')\">x</a><a href='#' onclick='show(13,\"gk\");return hit(13)'>y</a>",
     {"#", "Show.asp?c=zw&id=12", "Show.asp?c=gk&id=13"}),
    # data in the page
    ('<script type="text/xml"><datastore><nextgroup><![CDATA[<a href="/module/jpage/dataproxy.jsp?page=2"></a>]]>'
     "</nextgroup><recordset><record><![CDATA[<li><a href='/art/2016/5/3/art_1_2.html'>x</a>]]></record></recordset>"
     "</datastore></script>", {"/module/jpage/dataproxy.jsp?page=2", "/art/2016/5/3/art_1_2.html"}),
    ('<script type="text/template"><a href="19.html">{{x}}</a></script><textarea><a href="20.html"></textarea>',
     {"19.html", "20.html"}),
    ('<noscript><a href="21.html">x</a></noscript><xml><a href=22.html></xml>', {"21.html", "22.html"}),
    ('<xml id="news"><item><title>x.doc</title><url>34.html</url><link>/35.html</link></item></xml>',
     {"34.html", "/35.html"}),
    ('<frameset><frame src=23.html><noframes><a href=24.html></noframes></frameset>', {"23.html", "24.html"}),
    ('<!--[if lt IE 9]><script src="25.js"></script><![endif]--><!-- <a href="26.html"> -->', {"25.js"}),
    ('<script type="application/json">{"a":[{"href":"27.html","size":"1.5/2","html":"<a href=\\"28.html\\">"}]}'
     "</script>",
     {"27.html", "28.html"}),
    ('<iframe srcdoc="&lt;a href=29.html&gt;"></iframe>', {"29.html"}),
    ('<meta property="og:image" content="http://h.example/i.jpg"><meta name=Url content=/30.html>'
     '<meta name=keywords content="a.html b"><meta content="text/html; charset=gb2312">',
     {"http://h.example/i.jpg", "/30.html"}),
    # as old editors spell it
    ("<A HREF=31.HTML TARGET=_blank>x</A><a href=\n'32.html\n'>y</a><a href=\" 33.html \">z</a>",
     {"31.HTML", "32.html\n", " 33.html "}),
    ('<a href="a.asp?x=1&amp;y=2">x</a><a href="b.asp?x=1&y=2">y</a>', {"a.asp?x=1&y=2", "b.asp?x=1&y=2"}),
    ('<form action="search.asp"><input type=image src=go.gif></form><blockquote cite="/q.html">x</blockquote>',
     {"go.gif", "/q.html"}),
]  # fmt: skip
"""HTML → the exact set of hrefs in it."""


@pytest.mark.parametrize(("html", "hrefs"), MECHANISMS)
def test_every_mechanism(html: str, hrefs: set[str]) -> None:
    assert {href for href, _context in found(html)} == hrefs


NO_ADDRESSES = [
    "var d='2016/05/03', r=/^a.html$/, m='text/html', f='a/b', n=\"1/2\", p='image/jpeg'",
    "x.setRequestHeader('Content-Type','application/x-www-form-urlencoded'); x.open('GET', u)",
    "if (location.href.indexOf('/zwgk/x.html') > 0 || a == '/b.html') case '/c.html':",
    "var re=/[\"'](.*?)\\.html/; s.replace(/'/g, '&#39;'); t = 'a.html' + b",
    "document.form1.action='save.asp'; $.post('vote.asp', {}); $('.a.html').css('a.html')",
    "open('_blank'); window.open('about:blank'); location='javascript:void(0)'; f('www.example.gov.cn')",
    "var t={title:'附件.doc',name:'x.pdf', '/k.html': 1, path:'/images/', w:'100px'}",
    "alert('请下载/附件.doc。'); s='{{url}}/a.html'; e='a@b.html'; g='C:\\\\a\\\\b.html'; h='*.html'",
    "// don't '/a.html'\n/* '/b.html' */ \n<!-- it's '/c.html'",
]  # fmt: skip


@pytest.mark.parametrize("code", NO_ADDRESSES)
def test_what_is_plainly_no_address_is_not_asked_for(code: str) -> None:
    assert [link.href for link in code_links(code)] == []


DATA = [
    ('{"page":1,"articles":[{"url":"\\/art\\/1.html","title":"x.pdf","content":"<p><a href=\\"a.doc\\">附件</a>"},'
     '{"post_url":"\\u002fart/2.html","date":"2016/05/03"}]}',
     {("/art/1.html", "code"), ("/art/2.html", "code"), ("a.doc", "a")}),
    ('callback({"data":{"html":"<li><a href=\\"\\/3.html\\">x<\\/a>"}})', {("/3.html", "a")}),
    ("<?xml version='1.0'?><datastore><recordset><record><![CDATA[<a href='/4.html'>x</a><img src=5.jpg>]]></record>"
     "</recordset></datastore>", {("/4.html", "a"), ("5.jpg", "img")}),
    ('<rss xmlns:x="http://x.example/"><channel><link>http://h.example/</link><item><guid isPermaLink="false">tag:1'
     '</guid><link>/6.html</link><enclosure url="/6.mp3"/><description>&lt;img src="6.jpg"&gt;</description></item>'
     "</channel></rss>",
     {("http://h.example/", "code"), ("/6.html", "code"), ("/6.mp3", "code"), ("6.jpg", "img")}),
    ('<feed><entry><link href="/7.html"/></entry></feed>', {("/7.html", "code")}),
    ('\ufeff<?xml version="1.0"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>http://h.example/a?x=1'
     "&amp;y=2</loc><lastmod>2016-05-03</lastmod></url></urlset>", {("http://h.example/a?x=1&y=2", "sitemap")}),
    ("<sitemapindex><sitemap><loc>\n http://h.example/s1.xml </loc></sitemap></sitemapindex>",
     {("http://h.example/s1.xml", "sitemap")}),
    ("http://h.example/8\r\nhttp://h.example/9.html\n\nnonsense", {("http://h.example/8", "sitemap"),
                                                                 ("http://h.example/9.html", "sitemap")}),
    ("#EXTM3U\n#EXTINF:10,\nseg1.ts\nseg2.ts", {("seg1.ts", "video"), ("seg2.ts", "video")}),
    ('<data><image src="p1.jpg" link="/10.html" title="x.html"/></data>', {("p1.jpg", "code"), ("/10.html", "code")}),
    ("{", set()),
    ("", set()),
]  # fmt: skip


@pytest.mark.parametrize(("text", "links"), DATA)
def test_data(text: str, links: set[tuple[str, str]]) -> None:
    assert {(link.href, link.context) for link in data_links(text)} == links


def test_robots_names_sitemaps() -> None:
    text = "User-agent: *\nDisallow: /a\nsitemap : http://h.example/s.xml # x\n# Sitemap: /old.xml\nSitemap: /t.txt"
    assert [link.href for link in robots_links(text)] == ["http://h.example/s.xml", "/t.txt"]


PIECES = st.sampled_from(
    r"""< > </ <a href= <img src= <script> </script> <style> </style> <!--[if IE]> <![endif]--> <!-- --> <![CDATA[ ]]>
    <table><tr><td background= <param name=flashvars value= onclick= style= data-x= srcset= javascript: url( @import
    ' " ` \ \" \\ / // /* */ + += ( ) { } [ ] | & &amp; ? # = : ; , $ ${ %3C %u0 \u00 .html /a/b.html http://
    //h.example/ document.write( location= function f(a){open( function loc <loc> <?xml {"url": #EXTM3U 公告""".split()
) | st.text(max_size=8)
HOSTILE = st.lists(PIECES, max_size=40).map("".join)


@settings(deadline=None)
@given(HOSTILE)
def test_hostile_markup_never_raises_and_stays_bounded(text: str) -> None:
    fixed, relative = library_links(text)
    _base, links = html_links(text)
    for link in [
        *links,
        *fixed,
        *relative,
        *code_links(text),
        *css_links(text),
        *data_links(text),
        *robots_links(text),
    ]:
        assert link.href
        assert len(link.href) <= len(text) + len("/")
        assert len(Words(text).of(link)) <= 200
    assert len(links) <= 4 * len(text)


@pytest.mark.parametrize(
    "piece",
    ["<div>", "<a href=x>", "<b><a>", r"\"", r"'\\", r"`\`", "/*a", "=/[", "=/(", "url(", "@import 'a", "<![CDATA[]",
     "<!--[if x]>", "<a srcset='a,'", "f('a',", "'a'+b+", "[{'a':", "function f(a){open('b'+a", "<loc>", "%3C", "&amp;",
     "a|b,", "?file=%2Fa"],
)  # fmt: skip
@pytest.mark.parametrize("frame", ["{}", "<script>{}</script>", '<a onclick="{}">'])
def test_no_repetition_takes_more_than_linear_time(piece: str, frame: str) -> None:
    """What is quadratic here would take hours."""
    text = frame.format(piece * (60_000 // len(piece)))
    html_links(text)
    code_links(text)
    list(css_links(text))
    data_links(text)
    data_links("<" + text)


NAMES = st.text("abcxyz0189-_公告", min_size=1, max_size=8)
ADDRESSES = st.builds(
    lambda folders, name, kind, query: "/" + "".join(f"{folder}/" for folder in folders) + f"a{name}.{kind}{query}",
    st.lists(NAMES, max_size=3), NAMES, st.sampled_from("html shtml asp jsp pdf doc jpg mp4".split()),
    st.sampled_from(["", "?id=1", "?a=%B9%AB&b=公"]),
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.text(min_size=1).filter(lambda text: "\x00" not in text and "\r" not in text), max_size=5))
def test_no_href_is_lost(hrefs: list[str]) -> None:
    html = "".join(f'<p><A class=x HREF="{escape(href)}" onclick="f()">x</A></p>' for href in hrefs)
    seen = [href for href, context in found(html) if context == "a"]
    assert seen == [href for href in hrefs if not href.lstrip().lower().startswith(("javascript:", "vbscript:"))]


@settings(deadline=None)
@given(st.lists(ADDRESSES, min_size=1, max_size=4), st.sampled_from(["'", '"', "`"]), st.booleans())
def test_no_address_in_a_script_is_lost(addresses: list[str], quote: str, escaped: bool) -> None:
    written = [json.dumps(address)[1:-1].replace("/", "\\/") if escaped else address for address in addresses]
    code = "var list = [" + ", ".join(quote + address + quote for address in written) + "]; // 'x.html'"
    assert [link.href for link in code_links(code)] == addresses


@settings(deadline=None)
@given(st.lists(ADDRESSES, min_size=1, max_size=4))
def test_no_address_in_data_is_lost(addresses: list[str]) -> None:
    rows = [
        {"title": "附件.doc", "linkurl": address, "html": f"<li><a href='{address}#2'>x</a>"} for address in addresses
    ]
    for text in (json.dumps({"data": {"rows": rows}}), f"back({json.dumps(rows, ensure_ascii=False)});"):
        assert {link.href for link in data_links(text)} == {*addresses, *(address + "#2" for address in addresses)}


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
    hrefs = ("x.html", "?q=2", "/y.html", "https.html")
    keys = {targets.get(Page.at(f"http://{HOST}/{folder}/i.asp{query}"), href)
            for folder in "ab" for query in ("", "?p=1") for href in hrefs}  # fmt: skip
    assert {target.key for target in keys if target} == {
        f"http://{HOST}/a/x.html", f"http://{HOST}/b/x.html", f"http://{HOST}/y.html",
        f"http://{HOST}/a/i.asp?q=2", f"http://{HOST}/b/i.asp?q=2",
        f"http://{HOST}/a/https.html", f"http://{HOST}/b/https.html",
    }  # fmt: skip
    assert resolved("x.html", base="http://other.example/d/") == ("http://other.example/d/x.html", False)


def test_one_query_on_pages_in_two_encodings_is_two_requests() -> None:
    targets = Targets(UrlRules(HOST))
    urls = [targets.get(Page.at(BASE, encoding=name), "?k=公") for name in ("gb18030", "utf-8", "gb18030")]
    assert [url and url.url.rpartition("=")[2] for url in urls] == ["%B9%AB", "%E5%85%AC", "%B9%AB"]


def test_traps() -> None:
    assert is_trap("/a/b/a/b/a/b/a/b/a/b/x.html")
    assert is_trap("/" + "/".join(map(str, range(40))) + "/x")
    assert not is_trap("/2016/05/05/05/t20160505_1.html")


@pytest.mark.parametrize("rules", [UrlRules(HOST, frozenset({"old.example"})), UrlRules(HOST, case_sensitive=False)])
def test_what_is_only_put_together_is_the_same(rules: UrlRules, monkeypatch: pytest.MonkeyPatch) -> None:
    """Most links are no more than a path: what they lead to is found quickly, and is what everything else finds."""
    dice = random.Random(20261122)
    words = (
        "a",
        "B.html",
        "..",
        ".",
        "",
        "index.html",
        "x-1_2.jsp",
        "(S(a1))",
        "b;jsessionid=1",
        "%41",
        "c?id=1",
        "..a",
    )
    hrefs = {"/".join(dice.choices(words, k=dice.randint(1, 5))) for _href in range(3000)}
    hrefs |= {"/" + href for href in hrefs} | {"/" + "n/" * 600, "/" + "m" * 3000}
    pages = [
        Page.at(url)
        for url in (
            f"http://{HOST}", f"http://{HOST}/l/2.html?a=/b", f"https://{HOST}/x/", "http://old.example/d/e.asp",
            f"http://{HOST}:8080/l/", f"HTTP://{HOST}/", "http://elsewhere.example/q/", f"http://{HOST}/a b/%2e/c.html",
        )
    ]  # fmt: skip
    quick = {(page, href): Targets(rules).resolve(page, href) for page in pages for href in hrefs}
    assert any(Targets(rules)._plain(*asked) for asked in quick) is rules.case_sensitive
    monkeypatch.setattr(Targets, "_plain", lambda *_asked: None)
    slow = Targets(rules)
    assert quick == {(page, href): slow.resolve(page, href) for page, href in quick}


def test_what_is_remembered_of_links_is_bounded() -> None:
    """Whatever a page says that its links are relative to."""
    targets = Targets(UrlRules(HOST))
    for number in range(3 * MAX_PLACES):
        page = Page.at(BASE, f"http://{number}.example.gov.cn/")
        assert targets.get(page, "/a.html") == (f"http://{number}.example.gov.cn/a.html",) * 2 + (False,)
    assert len(targets._everywhere) <= MAX_PLACES and len(targets._roots) <= MAX_PLACES
