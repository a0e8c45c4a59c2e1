"""Links of portal pages: each kind of broken one is found, with page, text, target and reason; sound ones are quiet."""

from migrate.check.links import PageLinks, PortalPage, check_links
from migrate.records import Finding, Level
from tests.check.building import NEW, OLD, FakePortal, Reply, serving

SOUND = f"""
<head><link rel="stylesheet" href="/static/portal.css"><link rel="preconnect" href="http://nowhere.example.com">
<link rel="canonical" href="http://{NEW}/towns/dahe/"><script src="/static/portal.js"></script></head>
<body id="top"><a href="#main">到正文</a><a href="#">顶部</a><a href="#top">顶部</a><a href="">本页</a>
<a href="/towns/dahe/notices/#n%E4%B8%80">通知</a><a href="notices/?page=2">第二页</a><a href="/moved">改址</a>
<a href="/documents/3/form.pdf">表格.pdf</a>
<img src="/media/map.png" alt="地图" srcset="/media/map.png 1x, /media/map2.png 2x">
<a href="https://www.gov.cn/x">国务院</a><a href="mailto:a@b.example.com">信箱</a><a href="tel:12345">电话</a>
<a href="javascript:void(0)">打印</a><img src="data:image/gif;base64,R0lGOD" alt=""><div id="main"></div></body>"""

BROKEN = {
    '<a href="/towns/dahe/lost/">迷路</a>': f"“迷路” to http://{NEW}/towns/dahe/lost/: answers 404",
    '<img src="/media/lost.jpg" alt="无图">': f"img “无图” to http://{NEW}/media/lost.jpg: answers 404",
    '<a href="/documents/9/lost.doc"><img src="/media/map.png" alt="附件图标"></a>': "“附件图标” to",
    f'<a href="http://{OLD}/news/1.html">旧闻</a>': "still points to the old site",
    '<a href="//JIAOYU.old.example.gov.cn/">教育局</a>': "still points to the old site",
    f'<img src="http://{OLD}/a.gif" alt="旧图">': "still points to the old site",
    '<img src="http://10.1.2.3/a.gif" alt="内网图">': "bare network address",
    '<img src="file:///C:/1.files/image002.jpg">': "somebody's own disk",
    '<a href="#nowhere">目录</a>': "no place named #nowhere",
    '<a href="/towns/dahe/notices/#gone">目录</a>': "no place named #gone",
    '<a href="http://192.168.0.8/oa/">办公系统</a>': "inside one network only",
    '<a href="/round">绕</a>': "redirected in circles",
    '<a href="/broken">坏</a>': "answers 500",
    '<a href="/silent">哑</a>': "connection lost",
    '<img src="/towns/dahe/notices/" alt="页面">': "is no image but text/html",
    '<script src="/static/lost.js"></script>': "answers 404",
    '<iframe src="/lost-frame"></iframe>': "answers 404",
    '<a href="http://[bad/">坏址</a>': "no web address",
}


def portal_of(pages: dict[str, str]) -> FakePortal:
    portal = FakePortal()
    portal.page("/towns/dahe/notices/", '<body id="n一"><h1>通知</h1></body>')
    portal.page("/towns/dahe/notices/?page=2", "<h1>通知</h1>")
    portal.replies[NEW, "/moved"] = Reply(302, b"", "/towns/dahe/notices/")
    portal.replies[NEW, "/round"] = Reply(302, b"", "/round")
    portal.replies[NEW, "/broken"] = Reply(500)
    portal.replies[NEW, "/silent"] = None
    for path, kind in (("/static/portal.css", "text/css"), ("/static/portal.js", "text/javascript")):
        portal.file(path, b"x", kind)
    portal.file("/documents/3/form.pdf", b"%PDF", "application/pdf")
    portal.file("/media/map.png", b"\x89PNG", "image/png")
    portal.file("/media/map2.png", b"\x89PNG", "image/png")
    for path, html in pages.items():
        portal.page(path, html)
    return portal


def walk(portal: FakePortal, *paths: str) -> list[PageLinks]:
    with serving(portal):
        pages = [PortalPage(path, f"http://{OLD}{path}") for path in paths]
        return list(check_links(portal.target, pages, {OLD, "jiaoyu.old.example.gov.cn"}))


def test_a_sound_page_raises_no_alarm_and_other_sites_are_left_alone() -> None:
    portal = portal_of({"/towns/dahe/": SOUND})
    (page,) = walk(portal, "/towns/dahe/")
    assert page.findings == ()
    assert page.passed
    assert page.external == 1
    assert {host for _method, host, _path in portal.asked} == {NEW}


def test_each_kind_of_broken_link_is_found_alone() -> None:
    pages = {f"/p{number}/": f"<h1>页</h1>{markup}" for number, markup in enumerate(BROKEN)}
    results = walk(portal_of(pages), *pages)
    for (markup, told), result in zip(BROKEN.items(), results, strict=True):
        assert len(result.findings) == 1, (markup, result.findings)
        (finding,) = result.findings
        assert told in finding.message, markup
        assert finding.check == "check.links"
        assert finding.url == f"http://{NEW}{result.page.url}"


def test_a_missing_anchor_or_an_intranet_link_is_a_warning_and_the_page_passes() -> None:
    (page,) = walk(portal_of({"/x/": '<a href="#nowhere">目录</a><a href="http://192.168.0.8/">内网</a>'}), "/x/")
    assert [finding.level for finding in page.findings] == [Level.WARNING, Level.WARNING]
    assert page.passed


def test_a_page_that_does_not_open_is_a_finding() -> None:
    portal = portal_of({})
    assert walk(portal, "/lost/") == [
        PageLinks(
            PortalPage("/lost/", f"http://{OLD}/lost/"),
            (Finding(Level.ERROR, "check.links", f"http://{NEW}/lost/", "The page does not open: 404"),),
            0,
            0,
        )
    ]


def test_each_target_is_asked_for_once_however_many_pages_name_it() -> None:
    link = '<a href="/documents/3/form.pdf">表</a><a href="/lost">失</a><img src="/media/map.png" alt="图">'
    portal = portal_of({f"/p{number}/": link * 3 for number in range(30)})
    results = walk(portal, *(f"/p{number}/" for number in range(30)))
    assert all(len(result.findings) == 1 for result in results)
    targets = [(method, path) for method, _host, path in portal.asked if not path.startswith("/p")]
    assert sorted(targets) == [
        ("GET", "/"),
        ("GET", "/lost"),  # HEAD failed: asked again by GET before it is called broken
        ("HEAD", "/documents/3/form.pdf"),
        ("HEAD", "/lost"),
        ("HEAD", "/media/map.png"),
    ]


def test_a_server_that_refuses_head_is_asked_by_get() -> None:
    portal = portal_of({"/towns/dahe/": SOUND})
    portal.refuses_head = True
    (page,) = walk(portal, "/towns/dahe/")
    assert page.findings == ()
