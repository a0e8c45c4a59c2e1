"""Archived copies: what they show, what never gets through, and what keeps one away."""

import base64
import gzip
import re
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.test import Client
from wagtail.models import Page

from cms_site.legacy import lookup
from cms_site.legacy.models import OldUrl
from cms_site.legacy.withdrawal import restore, withdraw
from tests.legacy.conftest import HOST, PORTAL

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
ARTICLE = """<html><head><title>旧标题</title></head><body>
<div class="menu"><a href="/">网站导航</a></div>
<div id="zoom"><p>正文第一段。</p>
<img src="../images/p.png" alt="施工现场">
<img src="http://{host}/images/lost.png" alt="丢失的图">
<img src="http://elsewhere.example/pixel.gif" alt="站外图">
<a href="/uploadfile/form.doc">申请表</a>
<a href="other.html#p3">另一篇归档</a>
<a href="http://{host}/moved.html">已迁入的一篇</a>
<a href="/nowhere.html">没有下文的一篇</a>
<a href="https://elsewhere.example/a?b=1&amp;c=2#/d">站外链接</a>
<a href="#bottom">页内</a><a href="mailto:a@example.gov.cn">邮箱</a>
<video controls><source src="/v/1.mp4"></video>
<table><tr><td colspan="2">表格</td></tr></table></div></body></html>"""


@pytest.fixture
def client(portal) -> Client:
    cache.clear()
    return Client(headers={"host": "www.yunxi.example.gov.cn"})


@pytest.fixture
def article(add, archive, portal) -> OldUrl:
    """One archived page in GBK with pictures, files and links of every fate."""
    add("/images/p.png", "archive", kind="image", **archive("/images/p.png", PNG, "text/html"))
    add("/images/lost.png", "gone", kind="image")
    add("/uploadfile/form.doc", "archive", kind="attachment", **archive("/uploadfile/form.doc", b"\xd0\xcf\x11\xe0x"))
    add("/v/1.mp4", "archive", kind="attachment", **archive("/v/1.mp4", b"\0\0\0 ftypmp42", "video/mp4"))
    add("/zt/other.html", "archive", title="另一篇", **archive("/zt/other.html", b"<p>x</p>"))
    add("/moved.html", page=portal.live)
    body = ARTICLE.format(host=HOST).encode("gbk")
    values = {"title": "专题旧文", "column": "专题", "year": 2015, "text": "正文第一段"}
    return add("/zt/1.html", "archive", **values, **archive("/zt/1.html", body, "text/html; charset=gb2312"))


def embedded(payload: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(payload).decode()


def test_a_picture_inside_the_page_is_shown(client: Client, add, archive) -> None:
    torn = "data:image/png;base64,@@"
    html = (
        f'<div id="zoom"><p>正文第一段。</p><img src="{embedded(PNG)}" alt="现场"><img src="{torn}" alt="坏图"></div>'
    )
    old = add("/zt/1.html", "archive", **archive("/zt/1.html", html.encode("gbk"), "text/html; charset=gb2312"))
    body = shown(client, old)
    (address,) = re.findall(r'<img src="([^"]+)"', body)
    assert "data:" not in body and "〔图片：坏图〕" in body and 'alt="现场"' in body
    answer = client.get(address)
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, PNG, "image/png")
    assert "sandbox" in answer["Content-Security-Policy"] and answer["X-Robots-Tag"] == "noindex"
    assert client.get(address.replace("embedded-", "embedded-0")).status_code == 404


def test_a_picture_inside_a_page_goes_with_it(client: Client, add, archive, superuser) -> None:
    stored = archive("/zt/1.html", f'<div id="zoom">正文。<img src="{embedded(PNG)}"></div>'.encode())
    old = add("/zt/1.html", "archive", **stored)
    (address,) = re.findall(r'<img src="([^"]+)"', shown(client, old))
    withdraw(old, "当事人要求", superuser)
    assert client.get(address).status_code == 410
    old.withdrawn_at, old.held = None, ["identity-number"]
    old.save()
    assert client.get(address).status_code == 404


def page(client: Client, old: OldUrl) -> str:
    response = client.get(f"/archived/{old.pk}/")
    assert response.status_code == 200
    return response.content.decode()


def shown(client: Client, old: OldUrl) -> str:
    """Return the part of the page that came from the old site."""
    return page(client, old).split('class="body legacy-body">')[1].split('<p class="neighbours"')[0]


def tag(html: str, name: str, text: str) -> str:
    """Return the opening tag of the link with this text."""
    return re.search(rf"<{name}[^>]*>(?={text})", html)[0]


# what a copy shows


def test_banner_says_archived_when_from_where_and_whose(client, article):
    text = page(client, article)
    for part in (
        "<strong>已归档</strong>",
        "归档时间：2026-11-21 09:30",  # 01:30 UTC in Asia/Shanghai
        f"http://{HOST}/zt/1.html",
        "大河镇人民政府",
        "专题旧文",
        '<meta name="robots" content="noindex">',
    ):
        assert part in text
    assert client.get(f"/archived/{article.pk}/")["X-Robots-Tag"] == "noindex"


def test_body_is_the_articles_own_part_decoded(client, article):
    text = shown(client, article)
    assert "正文第一段。" in text
    assert '<td colspan="2">表格</td>' in text
    assert "网站导航" not in text


def test_pictures_come_from_the_archive_or_say_what_is_missing(client, article):
    text = shown(client, article)
    picture = OldUrl.objects.get(canonical__endswith="/p.png")
    assert f'src="/archived/{picture.pk}/file"' in text
    assert 'alt="施工现场"' in text
    assert "〔图片：丢失的图〕" in text
    assert "〔图片：站外图〕" in text
    assert text.count("<img") == 1


def test_links_lead_to_files_copies_and_todays_pages(client, article):
    text = shown(client, article)
    file = OldUrl.objects.get(canonical__endswith="/form.doc")
    video = OldUrl.objects.get(canonical__endswith="/1.mp4")
    other = OldUrl.objects.get(canonical__endswith="/other.html")
    assert f'href="/archived/{file.pk}/file"' in tag(text, "a", "申请表")
    assert f'href="/archived/{video.pk}/file"' in tag(text, "a", "〔视频〕")
    assert f'href="/archived/{other.pk}/#p3"' in tag(text, "a", "另一篇归档")
    assert f'href="{PORTAL}/towns/dahe/notices/road/"' in tag(text, "a", "已迁入的一篇")
    assert 'href="#bottom"' in tag(text, "a", "页内")
    assert 'href="mailto:a@example.gov.cn"' in tag(text, "a", "邮箱")


def test_foreign_links_are_marked_and_dead_ones_are_text(client, article):
    text = shown(client, article)
    foreign = tag(text, "a", "站外链接")
    assert 'href="https://elsewhere.example/a?b=1&amp;c=2#/d"' in foreign
    assert 'rel="nofollow noopener"' in foreign
    dead = tag(text, "a", "没有下文的一篇")
    assert "href" not in dead
    assert f"http://{HOST}/nowhere.html" in dead


def test_a_page_without_a_known_container_is_shown_whole(client, add, archive):
    old = add("/x.html", "archive", **archive("/x.html", "<body><div>导航</div><h1>概况</h1>".encode()))
    assert "导航" in shown(client, old)
    assert "<h1>概况</h1>" in shown(client, old)


def test_base_element_counts(client, add, archive, portal):
    add("/deep/a.html", page=portal.live)
    html = f'<base href="http://{HOST}/deep/"><body><a href="a.html">链接</a>'.encode()
    old = add("/x.html", "archive", **archive("/x.html", html))
    assert "/road/" in tag(shown(client, old), "a", "链接")


def test_content_coding_is_undone_and_the_digest_is_of_what_was_sent(client, add, archive, monkeypatch):
    body = gzip.compress("<p>压缩过的</p>".encode())
    old = add("/x.html", "archive", **archive("/x.html", body, "text/html\r\nContent-Encoding: gzip"))
    assert "压缩过的" in shown(client, old)


def test_a_page_that_lives_on_is_left_for_it(client, add, archive, portal):
    old = add("/x.html", page=portal.live, **archive("/x.html", b"<p>stale</p>"))
    response = client.get(f"/archived/{old.pk}/")
    assert (response.status_code, response["Location"]) == (302, f"{PORTAL}/towns/dahe/notices/road/")


# hostile pages


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)><script>alert(1)</script></svg>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href=' java\tscript:alert(1)'>x</a>",
        "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "<object data=evil.swf></object><embed src=evil.swf>",
        "<form action=http://evil.example><input name=a></form>",
        "<style>@import 'http://evil.example'</style><link rel=stylesheet href=http://evil.example/a.css>",
        "<p style='background:url(http://evil.example/a)'>x</p>",
        '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
        "<base href='http://evil.example/'><img src=pixel.gif>",
        "<img alt='\"><script>alert(1)</script>' src='/nowhere.png'>",
        "<a href='/nowhere\"><script>alert(1)</script>'>x</a>",
        "<video src='http://evil.example/v.mp4' poster='http://evil.example/p.gif' onplay=alert(1)></video>",
        "<meta http-equiv=refresh content='0;url=http://evil.example/'>",
        "<template><script>alert(1)</script></template>",
        "<textarea></textarea><!--<script>alert(1)</script>--><plaintext>",
    ],
)
def test_nothing_runs_and_nothing_loads_from_elsewhere(client, add, archive, html):
    old = add("/x.html", "archive", **archive("/x.html", f"<body><div id='zoom'>字{html}</div>".encode()))
    text = shown(client, old)
    # Read it as a browser does: text that looks like markup is text.
    from selectolax.lexbor import LexborHTMLParser

    found = LexborHTMLParser(f"<body>{text}").body
    names = {node.tag for node in found.css("*")}
    assert not names & {"script", "style", "iframe", "object", "embed", "form", "input", "svg", "math", "link", "meta"}
    assert not names & {"base", "template", "noscript", "video", "audio", "source"}
    for node in found.css("*"):
        for name, value in node.attributes.items():
            assert not name.startswith("on")
            assert name not in ("style", "srcdoc", "poster", "background")
            assert not (value or "").strip().lower().startswith(("javascript:", "data:", "vbscript:"))
            assert name != "src" or (value or "").startswith("/archived/")
    assert "字" in text


def test_the_page_has_a_policy_that_stops_what_the_sanitiser_missed(client, article):
    policy = client.get(f"/archived/{article.pk}/")["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


# files


def test_pictures_are_inline_by_their_bytes_not_by_their_header(client, article):
    picture = OldUrl.objects.get(canonical__endswith="/p.png")
    response = client.get(f"/archived/{picture.pk}/file")
    assert (response.status_code, response["Content-Type"], response.content) == (200, "image/png", PNG)
    assert response["Content-Disposition"].startswith("inline")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"<html><script>alert(1)</script>", "image/png"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml"),
        (b"%PDF-1.4", "text/html"),
        (b"RIFF....AVI ", "image/webp"),
        (b"", "image/png"),
    ],
)
def test_everything_else_is_a_download(client, add, archive, body, content_type):
    old = add("/f.png", "archive", kind="image", title="附件", **archive("/f.png", body, content_type))
    response = client.get(f"/archived/{old.pk}/file")
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("path", "title", "name"),
    [
        ("/f/1.doc", "申请表", "申请表.doc"),
        ("/f/1.doc", "申请表.doc", "申请表.doc"),
        ("/f/" + quote("表格.xls".encode("gbk")), "", "表格.xls"),
        ("/f/down.asp?id=1", "", "down.asp"),
        ("/f/", "", "f"),
        ("/f/1.doc", 'a"\r\nX: y', 'a"\r\nX: y.doc'),
    ],
)
def test_downloads_have_their_real_names(client, add, archive, path, title, name):
    old = add(path, "archive", kind="attachment", title=title, **archive(path, b"x"))
    response = client.get(f"/archived/{old.pk}/file")
    from email.message import Message

    message = Message()
    message["Content-Disposition"] = response["Content-Disposition"]
    assert "\n" not in response["Content-Disposition"]
    assert message.get_filename() == name or quote(name) in response["Content-Disposition"]


def test_pages_are_no_files_and_files_no_pages(client, article):
    picture = OldUrl.objects.get(canonical__endswith="/p.png")
    assert client.get(f"/archived/{article.pk}/file").status_code == 404
    assert client.get(f"/archived/{picture.pk}/").status_code == 404


# what keeps a copy away


def test_withdrawn_is_410_with_reason_and_date_and_comes_back(client, article, superuser):
    withdraw(article, "含有个人信息", superuser)
    response = client.get(f"/archived/{article.pk}/")
    text = response.content.decode()
    assert response.status_code == 410
    assert "含有个人信息" in text
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d", text)
    assert "正文第一段" not in text
    assert "专题旧文" not in text
    assert client.get("/archived/").content.decode().count(f"/archived/{article.pk}/") == 0
    restore(article, "已遮盖", superuser)
    assert "正文第一段" in page(client, article)


def test_withdrawn_file_is_410_and_gone_from_the_pages_that_used_it(client, article, superuser):
    picture = OldUrl.objects.get(canonical__endswith="/p.png")
    withdraw(picture, "肖像", superuser)
    assert client.get(f"/archived/{picture.pk}/file").status_code == 410
    assert "〔图片：施工现场〕" in shown(client, article)


def test_held_is_not_shown(client, article):
    OldUrl.objects.filter(pk=article.pk).update(held=["identity-number"])
    assert client.get(f"/archived/{article.pk}/").status_code == 404
    assert "专题旧文" not in client.get("/archived/").content.decode()


def test_another_digest_is_not_served(client, article, caplog):
    OldUrl.objects.filter(pk=article.pk).update(digest="sha256:" + "0" * 64)
    response = client.get(f"/archived/{article.pk}/")
    assert response.status_code == 404
    assert "正文第一段" not in response.content.decode()
    assert "is not served" in caplog.text


def test_another_place_in_the_file_is_not_served(client, article):
    other = OldUrl.objects.get(canonical__endswith="/other.html")
    OldUrl.objects.filter(pk=article.pk).update(warc_offset=other.warc_offset)
    assert client.get(f"/archived/{article.pk}/").status_code == 404


def test_an_error_page_is_no_copy(client, add, archive):
    old = add("/x.html", "archive", **archive("/x.html", b"<p>x</p>", status=500))
    assert client.get(f"/archived/{old.pk}/").status_code == 404


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "x/../y.warc.gz"])
def test_a_warc_name_can_not_leave_the_folder(client, article, name):
    OldUrl.objects.filter(pk=article.pk).update(warc_file=name)
    assert client.get(f"/archived/{article.pk}/").status_code == 404


def test_a_missing_warc_is_503_and_says_so(client, article, tmp_path, caplog):
    next((tmp_path / "dahe" / "warc").iterdir()).unlink()
    for address in (
        f"/archived/{article.pk}/",
        f"/archived/{OldUrl.objects.get(kind='image', outcome='archive').pk}/file",
    ):
        response = client.get(address)
        assert response.status_code == 503
        assert "暂时无法读取" in response.content.decode()
    assert "can't be read" in caplog.text


@pytest.mark.parametrize("damage", ["torn", "scrambled", "empty"])
def test_a_damaged_warc_is_an_answer_not_a_traceback(client, article, tmp_path, damage):
    path = next((tmp_path / "dahe" / "warc").iterdir())
    data = path.read_bytes()
    start = article.warc_offset
    path.write_bytes({"torn": data[: start + 40], "scrambled": data[:start] + b"\xff" * 400, "empty": b""}[damage])
    assert client.get(f"/archived/{article.pk}/").status_code == 503


@pytest.mark.parametrize("trap", ["<div>" * 50_000, "<ul><li>" * 50_000, "<div><ul></div>" * 50_000])
def test_a_page_built_to_choke_parsers_is_503(client, add, archive, trap):
    old = add("/x.html", "archive", **archive("/x.html", trap.encode()))
    assert client.get(f"/archived/{old.pk}/").status_code == 503


def test_a_long_page_is_no_trap(client, add, archive):
    html = "<div><ul><li>一<li>二</ul></div><p>三<br>" * 5_000
    old = add("/x.html", "archive", **archive("/x.html", html.encode()))
    assert shown(client, old).count("<li>") == 10_000


def test_without_families_a_copy_is_503(client, article, settings, tmp_path):
    from cms_site.legacy import copies

    copies._families.cache_clear()
    settings.PROJECT_ROOT = tmp_path
    assert client.get(f"/archived/{article.pk}/").status_code == 503
    copies._families.cache_clear()


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_copies_are_only_read(client, article, method):
    assert getattr(client, method)(f"/archived/{article.pk}/").status_code == 405


def test_unknown_copy_is_404(client):
    assert client.get("/archived/999999/").status_code == 404
    assert client.get("/archived/999999/file").status_code == 404


# the list


def titles(client: Client, query: str = "") -> list[str]:
    response = client.get(f"/archived/{query}")
    assert response.status_code == 200
    return re.findall(r'<a href="/archived/\d+/">([^<]+)</a>', response.content.decode())


def test_list_has_pages_only_newest_first(client, article):
    assert set(titles(client)) == {"专题旧文", "另一篇"}


def test_list_is_searched_and_filtered(client, article, add, archive):
    add("/zt/2.html", "archive", title="2016年总结", column="总结", year=2016, **archive("/zt/2.html", b"x"))
    assert titles(client, "?q=正文第一段") == ["专题旧文"]
    assert titles(client, "?q=专题+旧文") == ["专题旧文"]
    assert titles(client, "?q=没有的词") == []
    assert titles(client, "?year=2016") == ["2016年总结"]
    assert titles(client, "?column=专题") == ["专题旧文"]
    assert titles(client, "?site=dahe&year=2015") == ["专题旧文"]
    assert titles(client, "?site=elsewhere") == []
    assert titles(client, "?q=%25&site=dahe") == []


@pytest.mark.parametrize(
    "query", ["?year=x", "?year=-1", "?page=x", "?page=999", "?site=%00", "?q=%00", "?q=" + "a" * 999]
)
def test_odd_filters_are_ignored(client, article, query):
    assert client.get(f"/archived/{query}").status_code == 200


def test_paging_keeps_the_filters(client, add, archive):
    stored = archive("/x.html", b"x")
    for number in range(25):
        add(f"/{number}.html", "archive", title=f"第{number}篇", column="专题", **stored)
    add("/other.html", "archive", title="别的", column="别的", **stored)
    assert len(titles(client, "?column=专题")) == 20
    text = client.get("/archived/?column=专题").content.decode()
    following = re.search(r'rel="next" href="([^"]+)"', text)[1].replace("&amp;", "&")
    assert len(titles(client, following)) == 5


def test_list_escapes_what_came_from_old_sites(client, add, archive):
    add("/x.html", "archive", title="<script>x()</script>", column="<b>", **archive("/x.html", b"x"))
    assert "<script>x()" not in client.get("/archived/?q=<script>x()</script>").content.decode()


# what was injected into the old page

_HIDDEN_BLOCKS = [
    "<div style='display:none'>{}</div>",
    "<div style=display:none>{}</div>",
    '<div style="display&#58;none">{}</div>',
    "<div style='VISIBILITY: hidden'>{}</div>",
    "<div style='position:absolute;left:-9999px'>{}</div>",
    "<div style='position:fixed;right:-2000px'>{}</div>",
    "<span style='font-size:0!important'>{}</span>",
    "<div style='height:0;overflow:hidden'>{}</div>",
    "<div style='opacity:0.01'>{}</div>",
    "<div hidden>{}</div>",
    "<marquee height=0 width=8>{}</marquee>",
    "<marquee height='1px'>{}</marquee>",
]
_CASINO = "<a href='http://casino.example.net/'>最新优惠</a>"


@pytest.mark.parametrize("block", _HIDDEN_BLOCKS)
@pytest.mark.parametrize(
    ("kind", "outcome", "frame"),
    [
        ("list", "archive", "<ul><li><a href='/1.html'>字</a></ul>{}"),
        ("home", "archive", "<h1>字</h1>{}"),
        ("article", "undecided", "<h1>字</h1><p>没有容器</p>{}"),
        ("article", "archive", "<div id='zoom'><p>字</p>{}</div>"),
    ],
)
def test_what_was_hidden_on_the_old_page_is_not_shown(client, add, archive, kind, outcome, frame, block):
    html = f"<body>{frame.format(block.format(_CASINO))}</body>"
    old = add("/x.html", outcome, kind=kind, **archive("/x.html", html.encode()))
    text = shown(client, old)
    assert "字" in text
    assert "casino" not in text
    assert "最新优惠" not in text


def test_a_hidden_link_alone_is_cut_too(client, add, archive):
    html = "<body><div id='zoom'>字<a style='display:none' href='http://casino.example.net/'>最新优惠</a></div>"
    assert "最新优惠" not in shown(client, add("/x.html", "archive", **archive("/x.html", html.encode())))


@pytest.mark.parametrize("kind", ["list", "home", "other", "article"])
def test_links_to_strangers_are_text_where_no_article_vouches_for_them(client, add, archive, kind):
    html = (
        "<body><h1>栏目</h1><div class=x><a href='http://shop.example.net/'>优惠</a></div>"
        "<a href='http://www.other.gov.cn/'>上级部门</a><a href='http://evilgov.cn/'>冒名</a>"
    )
    text = shown(client, add("/x.html", "archive", kind=kind, **archive("/x.html", html.encode())))
    assert "shop" not in text
    assert "evilgov" not in text
    assert "优惠" in text
    assert 'href="http://www.other.gov.cn/"' in tag(text, "a", "上级部门")


def test_a_list_with_a_body_class_is_no_article(client, add, archive):
    html = "<body><div id='zoom'>字<a href='http://shop.example.net/'>最新优惠</a></div>"
    text = shown(client, add("/x.html", "archive", kind="list", **archive("/x.html", html.encode())))
    assert "最新优惠" in text
    assert "shop" not in text


def test_what_a_style_sheet_hid_is_not_shown(client, add, archive):
    html = f"<style>.x{{display:none}}</style><body><h1>栏目</h1><div class=x>{_CASINO}</div>"
    text = shown(client, add("/x.html", "archive", kind="list", **archive("/x.html", html.encode())))
    assert "栏目" in text
    assert "最新优惠" not in text


def test_a_bomb_is_503_as_page_and_as_file(client, add, archive):
    bomb = gzip.compress(b"<p>x</p>" + bytes(120_000_000), 1)
    stored = archive("/x.html", bomb, "text/html\r\nContent-Encoding: gzip")
    assert client.get(f"/archived/{add('/x.html', 'archive', **stored).pk}/").status_code == 503
    file = add("/x.doc", "archive", **{**stored, "kind": "attachment"})
    assert client.get(f"/archived/{file.pk}/file").status_code == 503


# what search engines are told


@pytest.mark.parametrize(("chosen", "told"), [(True, "noindex"), (False, None)])
def test_search_engines_are_told_what_the_county_chose(client, article, settings, chosen, told):
    settings.SHANGYI_ARCHIVED_NOINDEX = chosen
    picture = OldUrl.objects.get(canonical__endswith="/p.png")
    for address in (f"/archived/{article.pk}/", f"/archived/{picture.pk}/file", "/archived/"):
        assert client.get(address).get("X-Robots-Tag") == told, address
    assert ('content="noindex"' in page(client, article)) is chosen


def test_what_is_no_copy_is_never_indexed(client, article, settings, superuser, tmp_path):
    settings.SHANGYI_ARCHIVED_NOINDEX = False
    assert client.get("/archived/?q=x")["X-Robots-Tag"] == "noindex"
    withdraw(article, "当事人要求", superuser)
    assert client.get(f"/archived/{article.pk}/")["X-Robots-Tag"] == "noindex"
    restore(article, "误撤", superuser)
    settings.SHANGYI_ARCHIVES = tmp_path / "nowhere"
    answer = client.get(f"/archived/{article.pk}/")
    assert (answer.status_code, answer["X-Robots-Tag"]) == (503, "noindex")


def test_copies_are_no_pages_of_the_portal(client, article):
    """No update clock of a column, no search of the portal counts them."""
    assert not Page.objects.filter(title__contains="专题旧文").exists()
    answer = client.get("/search/", {"q": "专题旧文"})
    assert answer.status_code == 200 and f"/archived/{article.pk}/" not in answer.content.decode()


def test_copies_are_among_the_pages_whose_links_are_checked(article, add, archive):
    add("/file.doc", "archive", kind="attachment", **archive("/file.doc", b"x", "application/msword"))
    add("/held-one.html", "archive", held=["identity-number"], **archive("/held-one.html", b"<p>x</p>"))
    copies = [key for _path, key, is_copy in lookup.pages("dahe") if is_copy]
    assert copies == [f"http://{HOST}/zt/other.html", article.canonical]
    assert (f"/archived/{article.pk}/", article.canonical, True) in list(lookup.pages("dahe"))
