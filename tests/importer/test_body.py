"""Bodies of old pages as blocks: pairs of in and out, and the law that no text is lost."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html
from wagtail.admin.rich_text.converters.contentstate import ContentstateConverter

from cms_site.legacy.body import Body, plain_text, to_blocks
from cms_site.legacy.references import Reference
from cms_site.portal.blocks import RICH_TEXT_FEATURES
from migrate.sanitise import TAGS, clean_html

OLD = "http://www.dahe.example.gov.cn"
KNOWN = {
    "/page.html": Reference("page", 7),
    "/form.doc": Reference("document", 3, "/documents/3/form.doc"),
    "/photo.jpg": Reference("image", 5, "/media/photo.jpg"),
    "/small.jpg": Reference("image", 6, "/media/small.jpg"),
    "/scan.tif": Reference("document", 4, "/documents/4/scan.tif"),
    "/film.mp4": Reference("document", 9, "/documents/9/film.mp4"),
    "/copy.html": Reference("url", url="/archived/12/"),
}


def convert(html: str) -> Body:
    html = html.replace("OLD", OLD)
    return to_blocks(
        html,
        lambda url: KNOWN.get(url.removeprefix(OLD).partition("#")[0]),
        lambda url: url.startswith(OLD),
    )


def shown(body: Body) -> list[object]:
    """Return blocks in short: text for paragraphs, (image, alt), or ("legacy", html)."""
    short = {"paragraph": lambda v: v, "image": lambda v: (v["image"], v["alt"]), "legacy": lambda v: ("legacy", v)}
    return [short[block["type"]](block["value"]) for block in body.blocks]


PAIRS: dict[str, tuple[str, list[object]]] = {
    "empty": ("", []),
    "blank": (" \n<p>&nbsp;</p><p><br></p><div>　</div><p><b> </b></p>", []),
    "paragraphs": ("<p>一</p>\n<p>　　二<br>三</p>", ["<p>一</p><p>　　二<br/>三</p>"]),
    "stray text": ("一<p>二</p>三", ["<p>一</p><p>二</p><p>三</p>"]),
    "only br": ("一<br><br/>二<br>", ["<p>一<br/><br/>二</p>"]),
    "entities": ("<p>a&nbsp;&lt;b&gt; &amp; “c”&mdash;'d' &#19968;</p>", ["<p>a\xa0&lt;b&gt; &amp; “c”—'d' 一</p>"]),
    "marks": ("<p><strong>一</strong><em>二</em><u>三</u><del>四</del>m<sup>2</sup></p>",
              ["<p><b>一</b><i>二</i>三<s>四</s>m<sup>2</sup></p>"]),
    "each div is a paragraph": ("<div>一</div><div>二<center>三</center></div>", ["<p>一</p><p>二</p><p>三</p>"]),
    "fonts say nothing": ("<font><font><span>一</span></font></font><p><span>二</span></p>", ["<p>一</p><p>二</p>"]),
    "headings": ("<h1>一</h1><h2>二</h2><h5>三</h5><h6>四</h6>", ["<h2>一</h2><h2>二</h2><h4>三</h4><h4>四</h4>"]),
    "quotes": ("<blockquote><p>一</p><p>二</p></blockquote>",
               ["<blockquote>一</blockquote><blockquote>二</blockquote>"]),
    "rule": ("<p>一</p><hr><p>二</p>", ["<p>一</p><hr/><p>二</p>"]),
    "bold around paragraphs": ("<b><div>一</div><div>二</div></b>", ["<p><b>一</b></p><p><b>二</b></p>"]),
    "list": ("<ul>\n<li>一</li>\n<li><p>二</p><p>三</p></li></ul>", ["<ul><li>一</li><li>二<br/>三</li></ul>"]),
    "nested list": ("<ol><li>一<ul><li>二</li></ul>三</li></ol>",
                    ["<ol><li>一<ul><li>二</li></ul></li><li>三</li></ol>"]),
    "list in a list": ("<ul><ul><li>一</li></ul>散<b>字</b></ul>",
                       ["<ul><li><ul><li>一</li></ul></li><li>散</li><li><b>字</b></li></ul>"]),
    "item without a list": ("<li>一</li><li>二</li>", ["<p>一</p><p>二</p>"]),
    "image alone": ('<p><img src="OLD/photo.jpg" alt="大厅"></p>', [(5, "大厅")]),
    "image in text": ('<p>前<img src="OLD/photo.jpg">后</p>', ["<p>前</p>", (5, ""), "<p>后</p>"]),
    "image in a heading": ('<h2>前<img src="OLD/photo.jpg"></h2>', ["<h2>前</h2>", (5, "")]),
    "image missing": ('<p>前<img src="OLD/no.jpg" alt="图一">后</p>', ["<p>前图一后</p>"]),
    "image missing, no text": ('<p><img src="OLD/no.jpg"></p>', []),
    "image without address": ('<p>前<img alt="图">后</p>', ["<p>前图后</p>"]),
    "image on another site": ('<p>前<img src="http://x.cn/a/b.jpg">后</p>',
                              ['<p>前<a href="http://x.cn/a/b.jpg">b.jpg</a>后</p>']),
    "image that no browser shows": ('<p><img src="OLD/scan.tif" alt="扫描件"></p>',
                                    ['<p><a linktype="document" id="4">扫描件</a></p>']),
    "link to a page": ('<p>见<a href="OLD/page.html#c2" title="t">通知</a>。</p>',
                       ['<p>见<a linktype="page" id="7" fragment="c2" title="t">通知</a>。</p>']),
    "link to a place in a document": ('<a href="OLD/form.doc#page=3" title=" ">表</a>',
                                      ['<p><a linktype="document" id="3" fragment="page=3">表</a></p>']),
    "link to a place in a copy": ('<a href="OLD/copy.html#z">专题</a>', ['<p><a href="/archived/12/#z">专题</a></p>']),
    "link to a place elsewhere": ('<p><a href="http://x.cn/#/a?b=1&amp;c=2" '
                                  'title="a &quot;b&quot; &lt;c&gt; \'d\'">外</a></p>',
                                  ['<p><a href="http://x.cn/#/a?b=1&amp;c=2" '
                                   'title="a &quot;b&quot; &lt;c&gt; \'d\'">外</a></p>']),
    "link to a place here": ('<p><a href="#n1" name="r1"><sup>[1]</sup></a></p>',
                             ['<p><a href="#n1" name="r1"><sup>[1]</sup></a></p>']),
    "link to a document": ('<a href="OLD/form.doc"><b>表</b></a>',
                           ['<p><a linktype="document" id="3"><b>表</b></a></p>']),
    "link to an image": ('<p><a href="OLD/photo.jpg">看图</a></p>', ['<p><a href="/media/photo.jpg">看图</a></p>']),
    "link to a copy": ('<p><a href="OLD/copy.html">专题</a></p>', ['<p><a href="/archived/12/">专题</a></p>']),
    "link to nowhere": ('<p>见<a href="OLD/no.html">此</a>处</p>', ["<p>见此处</p>"]),
    "link elsewhere": ('<p><a href="http://x.cn/?a=1&amp;b=2">外</a><a href="mailto:a@x.cn">信</a></p>',
                       ['<p><a href="http://x.cn/?a=1&amp;b=2">外</a><a href="mailto:a@x.cn">信</a></p>']),
    "anchor": ('<p><a name="top"></a>一<b>二</b></p>', ['<p><a name="top">一</a><b>二</b></p>']),
    "anchor around text": ('<p><a name="c1" title="t"><b>一</b>二</a></p>', ['<p><a name="c1"><b>一</b>二</a></p>']),
    "anchor alone": ('<p><a name="c1"></a></p><p> <b>一</b></p>', ['<p><b><a name="c1">一</a></b></p>']),
    "anchors side by side": ('<p><a name="a"></a><a name="b"></a>一<b>二</b></p>',
                             ['<p><a name="a">一</a><b><a name="b">二</a></b></p>']),
    "anchors before one text": ('<p><a name="a"></a><a name="b"></a><a name="c"></a>一二 三<br></p>',
                                ['<p><a name="a">一</a><a name="b">二</a><a name="c"> 三</a></p>']),
    "anchors before the last text": ('<p>一</p><a name="a"></a><a name="b"></a><p>二三</p>',
                                     ['<p>一</p><p><a name="a">二</a><a name="b">三</a></p>']),
    "anchors before one link": ('<a name="a"></a><a name="b"></a><a href="/x">外部</a>',
                                ['<p><a href="/x" name="a">外部</a></p>']),
    "anchors of one name": ('<p><a name="a"></a><a name="a"></a>一二</p>', ['<p><a name="a">一二</a></p>']),
    "anchors before one character": ('<p><a name="a"></a><a name="b"></a>e\u0301。</p>',
                                     ['<p><a name="a">e\u0301。</a></p>']),
    "anchors before signs": ('<p><a name="a"></a><a name="b"></a>（一，e\u0301）</p>',
                             ['<p><a name="a">（一，</a><a name="b">e\u0301）</a></p>']),
    "anchors before far texts": (
        '<a name="x"></a>' + '<p><a name="s">字</a></p>' * 49 + '<p><a name="l">甲乙丙</a>后文</p><a name="y"></a>',
        ['<p><a name="s">字</a></p>' * 49 + '<p><a name="l">甲</a><a name="x">乙丙</a><a name="y">后文</a></p>']),
    "anchor at a link": ('<p><a name="c1"></a><a href="http://x.cn/">外</a></p>',
                         ['<p><a href="http://x.cn/" name="c1">外</a></p>']),
    "anchor at the end": ('<p>一</p><p>二</p><a name="end"></a>', ['<p>一</p><p><a name="end">二</a></p>']),
    "anchor around paragraphs": ('<a name="c1"><div>一</div><div>二</div></a>',
                                 ['<p><a name="c1">一</a></p><p>二</p>']),
    "anchor around a picture": ('<a name="c1"><img src="OLD/photo.jpg"></a><p>一</p>',
                                [(5, ""), '<p><a name="c1">一</a></p>']),
    "anchor before a table": ('<a name="t"></a><table><tr><td>一</td></tr></table>',
                              [("legacy", '<table><tbody><tr><td><a name="t">一</a></td></tr></tbody></table>')]),
    "anchor without any text": ('<a name="c1"></a><p><img src="OLD/photo.jpg"></p>', [(5, "")]),
    "anchor in a list": ('<ul><li><a name="c1"></a>一</li></ul>', ['<ul><li><a name="c1">一</a></li></ul>']),
    "icon and text in a link": ('<a href="OLD/form.doc"><img src="OLD/small.jpg">附件</a>',
                                [(6, ""), '<p><a linktype="document" id="3">附件</a></p>']),
    "picture that opens itself": ('<a href="OLD/photo.jpg"><img src="OLD/photo.jpg"></a>', [(5, "")]),
    "picture that leads on": ('<a href="OLD/page.html"><img src="OLD/small.jpg" alt="x"></a>',
                              [("legacy", '<p><a linktype="page" id="7"><embed embedtype="image" id="6" '
                                          'format="fullwidth" alt="x"/></a></p>')]),
    "table": ('<table><tr><td rowspan="2">一</td><td><a href="OLD/page.html">二</a></td></tr></table>尾',
              [("legacy", '<table><tbody><tr><td rowspan="2">一</td><td><a linktype="page" id="7">二</a></td></tr>'
                          "</tbody></table>"), "<p>尾</p>"]),
    "image in a table": ('<table><tr><td><img src="OLD/photo.jpg"></td></tr></table>',
                         [("legacy", '<table><tbody><tr><td><embed embedtype="image" id="5" format="fullwidth" '
                                     'alt=""/></td></tr></tbody></table>')]),
    "table without anything": ("<table><tr><td> </td></tr></table>", []),
    "list with a table": ("<ul><li>一<table><tr><td>二</td></tr></table></li></ul>",
                          [("legacy", "<ul><li>一<table><tbody><tr><td>二</td></tr></tbody></table></li></ul>")]),
    "film": ('<video src="OLD/film.mp4" poster="OLD/p.jpg" controls></video>',
             [("legacy", '<video src="/documents/9/film.mp4" controls=""></video>')]),
}  # fmt: skip


@pytest.mark.parametrize("name", PAIRS)
def test_pairs(name: str) -> None:
    html, wanted = PAIRS[name]
    assert shown(convert(html)) == wanted


@pytest.mark.parametrize(
    ("html", "open_links"),
    [
        ('<a href="OLD/no.html">x</a><a href="OLD/no.html#1">y</a>', ["/no.html"]),
        ('<img src="OLD/no.jpg"><img src="OLD/no.jpg"><a href="OLD/no.doc"><img src="OLD/photo.jpg"></a>',
         ["/no.doc", "/no.jpg"]),
        ('<video src="OLD/no.mp4"></video>', ["/no.mp4"]),
        ('<img src="OLD/page.html">', ["/page.html"]),
        ('<a href="http://x.cn/">x</a><img src="http://x.cn/a.jpg"><a href="OLD/page.html">x</a>', []),
    ],
)  # fmt: skip
def test_open_links(html: str, open_links: list[str]) -> None:
    assert convert(html).unresolved == [OLD + path for path in open_links]


def test_only_legacy_blocks_want_tidying() -> None:
    assert not convert("<p>一</p><ul><li>二</li></ul>").needs_tidying
    assert convert("<table><tr><td>一</td></tr></table>").needs_tidying


def test_the_old_host_is_never_asked_again() -> None:
    for html, _wanted in PAIRS.values():
        assert OLD not in str(convert(html).blocks)


@pytest.mark.parametrize("tag", ["div", "font", "b", "blockquote"])
@pytest.mark.parametrize("depth", [90, 300, 3000])
def test_deep_nesting_loses_no_text(tag: str, depth: int) -> None:
    html = f"<{tag}>" * depth + "深处" + f"</{tag}>" * depth + "<p>之后</p>"
    assert text_of(convert(html)) == "深处之后"
    assert plain_text(html).split() == ["深处", "之后"]


def test_plain_text() -> None:
    assert plain_text("<p>一 &amp;\n 二<br>三</p><table><tr><td>四</td></tr></table>") == "一 & 二\n三\n四"
    assert plain_text("") == ""


# The law: for any tree of allowed tags, all text comes out again, in its order.

TEXT = st.text(st.sampled_from("一二三ab<>&\"' \xa0　\n"), max_size=4)
VOID = {"br", "hr", "img", "col", "source"}


@st.composite
def trees(draw: Any, depth: int = 4) -> str:
    tag = draw(st.sampled_from(sorted(TAGS)))
    attributes = ""
    if tag == "a":
        attributes = draw(st.sampled_from(["", ' href="OLD/page.html"', ' href="OLD/no.html"', ' href="http://x.cn/"']))
    if tag == "img":
        attributes = draw(st.sampled_from(["", ' src="OLD/photo.jpg"', ' src="OLD/no.jpg" alt="图"']))
    if tag in VOID:
        return f"<{tag}{attributes}>"
    inside = draw(st.lists(trees(depth - 1), max_size=3)) if depth else []  # type: ignore[call-arg]
    texts = [escaped(draw(TEXT)) for _piece in range(len(inside) + 1)]
    body = texts[0] + "".join(piece + text for piece, text in zip(inside, texts[1:], strict=True))
    return f"<{tag}{attributes}>{body}</{tag}>"


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def text_of(body: Body) -> str:
    html = "".join(value if isinstance(value, str) else "" for block in body.blocks for value in [block["value"]])
    return squeezed(lxml_html.fragment_fromstring(html, create_parent="div").text_content()) if html else ""


def text_in(html: str) -> str:
    root = lxml_html.fragment_fromstring(html, create_parent="div")
    for image in root.xpath(".//img[@alt]"):
        image.tail = image.get("alt") + (image.tail or "")
    return squeezed(root.text_content())


@settings(max_examples=100, deadline=None)
@given(st.lists(trees(), max_size=3).map("".join))
def test_no_text_is_lost_and_the_editor_can_open_all_of_it(html: str) -> None:
    html = clean_html(html.replace("OLD", OLD))  # what extraction hands over
    body = convert(html)
    assert text_of(body) == text_in(html)
    converter = ContentstateConverter(features=RICH_TEXT_FEATURES)
    for block in body.blocks:
        if block["type"] == "paragraph":
            value = re.sub(r'linktype="\w+" id="\d+"', 'href="/"', block["value"])  # the portal is empty here
            again = converter.to_database_format(converter.from_database_format(value))
            assert squeezed(plain_text(again)) == squeezed(plain_text(value))
