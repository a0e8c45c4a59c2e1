"""Links of portal pages: each kind of broken one is found, with page, text, target and repair; sound ones are quiet."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from migrate.check.job import CONCURRENCY
from migrate.check.kept import Kept
from migrate.check.links import LinkJob, PageLinks, PortalPage, check_links
from migrate.check.memory import Memory
from migrate.errors import ShangyiError
from migrate.pipeline.checking import links_of
from migrate.records import Level, Problem
from tests.check.building import NEW, OLD, FakePortal, Reply, serving

OLD_HOSTS = {OLD, "jiaoyu.old.example.gov.cn"}
NOTICES = f"http://{NEW}/towns/dahe/notices/"

SOUND = f"""
<head><link rel="stylesheet" href="/static/portal.css"><link rel="preconnect" href="http://nowhere.example.com">
<link rel="canonical" href="http://{NEW}/towns/dahe/"><script src="/static/portal.js"></script>
<meta property="og:image" content="/media/of-no-one.png"><script>var more = "/towns/dahe/guess.html";</script></head>
<body id="top"><a href="#main">到正文</a><a href="#">顶部</a><a href="#top">顶部</a><a href="">本页</a>
<a href="/towns/dahe/notices/#n%E4%B8%80">通知</a><a href="notices/?page=2">第二页</a><a href="/moved">改址</a>
<a href="/documents/3/form.pdf">表格.pdf</a><a href="/documents/3/form.pdf#page=2">表格第二页</a>
<img src="/media/map.png" alt="地图" srcset="/media/map.png 1x, /media/map2.png 2x">
<a href="https://www.gov.cn/x">国务院</a><a href="mailto:a@b.example.com">信箱</a><a href="tel:12345">电话</a>
<!-- <a href="/commented/out/">旧菜单</a> --><form action="/search/"><input name="q"></form>
<a href="javascript:void(0)">打印</a><img src="data:image/gif;base64,R0lGOD" alt=""><div id="main"></div></body>"""

BROKEN = {
    '<a href="/towns/dahe/lost/">迷路</a>': ("dead-link", f"a “迷路” → http://{NEW}/towns/dahe/lost/: answers 404"),
    '<img src="/media/lost.jpg" alt="无图">': (
        "dead-link",
        f"img “无图” → http://{NEW}/media/lost.jpg: answers 404",
    ),
    '<a href="/documents/9/lost.doc"><img src="/media/map.png" alt="附件图标"></a>': ("dead-link", "“附件图标” →"),
    f'<a href="http://{OLD}/news/1.html">旧闻</a>': ("old-host", "still points to the old site"),
    '<a href="//JIAOYU.old.example.gov.cn/">教育局</a>': ("old-host", "still points to the old site"),
    f'<img src="http://{OLD}/a.gif" alt="旧图">': ("old-host", "still points to the old site"),
    '<img src="http://10.1.2.3/a.gif" alt="内网图">': ("bare-address", "bare network address"),
    '<img src="file:///C:/1.files/image002.jpg">': ("own-disk", "somebody's own disk"),
    '<a href="#nowhere">目录</a>': ("no-anchor", "no place named #nowhere"),
    '<a href="/towns/dahe/notices/#gone">目录</a>': ("no-anchor", "no place named #gone"),
    '<a href="http://192.168.0.8/oa/">办公系统</a>': ("inside-only", "inside one network only"),
    '<a href="/round">绕</a>': ("loop", "redirected in circles"),
    '<a href="/broken">坏</a>': ("server-error", "the server fails: 500"),
    '<a href="/silent">哑</a>': ("unreachable", "connection lost"),
    '<a href="/fell-home">回家</a>': ("leads-home", "leads to the home page instead"),
    '<a href="/soft">软</a>': ("soft-404", "您访问的页面不存在"),
    '<img src="/towns/dahe/notices/" alt="页面">': ("no-image", "is no image but text/html"),
    '<a href="/documents/4/page.doc">表</a>': ("no-file", "is no file but a page"),
    '<script src="/static/lost.js"></script>': ("dead-link", "answers 404"),
    '<iframe src="/lost-frame"></iframe>': ("dead-link", "answers 404"),
    '<video poster="/media/lost.png"></video>': ("dead-link", "answers 404"),
    '<div style="background:url(/media/lost-ground.png)"></div>': ("dead-link", "answers 404"),
    '<a href="http://[bad/">坏址</a>': ("no-address", "no web address"),
    '<a href="http://tea.example.com/">茶</a>': ("no-prompt", "leaves for tea.example.com"),
}
SOFT = "<html><head><title>提示</title></head><body><p>您访问的页面不存在或已被删除</p></body></html>"


def portal_of(pages: dict[str, str]) -> FakePortal:
    portal = FakePortal()
    portal.page("/towns/dahe/notices/", '<title>通知公告 - 云溪</title><body id="n一"><h1>通知</h1></body>')
    portal.page("/towns/dahe/notices/?page=2", "<h1>通知</h1>")
    portal.page("/documents/4/page.doc", "<h1>请登录</h1>")
    portal.page("/soft", SOFT)
    portal.replies[NEW, "/moved"] = Reply(302, b"", "/towns/dahe/notices/")
    portal.replies[NEW, "/fell-home"] = Reply(302, b"", "/")
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


def job_of(portal: FakePortal, **more: object) -> LinkJob:
    return LinkJob(portal.target, links_of, **{"old_hosts": OLD_HOSTS, **more})


def pages_of(*paths: str) -> list[PortalPage]:
    return [PortalPage(path, f"http://{OLD}{path}") for path in paths]


def walk(portal: FakePortal, *paths: str, **more: object) -> list[PageLinks]:
    with serving(portal):
        return list(check_links(job_of(portal, **more), pages_of(*paths), Memory()))


def external(portal: FakePortal, *paths: str, hosts: tuple[str, ...], archived: bool = False) -> list[PageLinks]:
    """Walk with other sites asked; their hosts are answered by the same server."""
    with serving(portal):
        resolve = dict.fromkeys(hosts, f"127.0.0.1:{portal.port}")
        portal.target = replace(portal.target, resolve=resolve)
        job = job_of(portal, external=True, external_rate=0)
        pages = [replace(page, archived=archived) for page in pages_of(*paths)]
        return list(check_links(job, pages, Memory()))


def codes(results: list[PageLinks]) -> list[str]:
    return [problem.check.removeprefix("check.") for page in results for problem in page.problems]


def test_a_sound_page_raises_no_alarm_and_other_sites_are_left_alone() -> None:
    portal = portal_of({"/towns/dahe/": SOUND})
    (page,) = walk(portal, "/towns/dahe/")
    assert page.problems == ()
    assert page.passed
    assert page.external == 1
    assert {host for _method, host, _path in portal.asked} == {NEW}


def test_each_kind_of_broken_link_is_found_alone() -> None:
    pages = {f"/p{number}/": f"<h1>页</h1>{markup}" for number, markup in enumerate(BROKEN)}
    results = walk(portal_of(pages), *pages)
    for (markup, (code, told)), result in zip(BROKEN.items(), results, strict=True):
        assert len(result.problems) == 1, (markup, result.problems)
        (problem,) = result.problems
        assert problem.check == f"check.{code}", markup
        assert told in problem.finding.message, markup
        assert problem.url == f"http://{NEW}{result.page.url}"
        assert problem.repair


def test_a_missing_anchor_or_an_intranet_link_is_a_warning_and_the_page_passes() -> None:
    (page,) = walk(portal_of({"/x/": '<a href="#nowhere">目录</a><a href="http://192.168.0.8/">内网</a>'}), "/x/")
    assert [problem.level for problem in page.problems] == [Level.WARNING, Level.WARNING]
    assert page.passed


def test_a_page_that_does_not_open_is_a_problem() -> None:
    portal = portal_of({})
    (page,) = walk(portal, "/lost/")
    assert (page.links, page.external) == (0, 0)
    assert page.problems == (
        Problem(
            Level.ERROR,
            "check.dead-page",
            f"http://{NEW}/lost/",
            "The page does not open: 404",
            "Publish the page, or import it again.",
        ),
    )


def test_each_target_is_asked_for_once_however_many_pages_name_it() -> None:
    link = '<a href="/documents/3/form.pdf">表</a><a href="/lost">失</a><img src="/media/map.png" alt="图">'
    portal = portal_of({f"/p{number}/": link * 3 for number in range(30)})
    results = walk(portal, *(f"/p{number}/" for number in range(30)))
    assert all(len(result.problems) == 1 for result in results)
    targets = [(method, path) for method, _host, path in portal.asked if not path.startswith("/p")]
    assert sorted(targets) == [
        ("GET", "/"),
        ("GET", "/lost"),
        ("GET", "/shangyi-no-such-page/"),
        ("HEAD", "/documents/3/form.pdf"),
        ("HEAD", "/media/map.png"),
    ]


def test_a_server_that_refuses_head_is_asked_by_get() -> None:
    portal = portal_of({"/towns/dahe/": SOUND})
    portal.refuses_head = True
    (page,) = walk(portal, "/towns/dahe/")
    assert page.problems == ()


def test_a_server_that_is_busy_for_a_moment_is_asked_again() -> None:
    portal = portal_of({"/towns/dahe/": SOUND})
    portal.shaky = {"/towns/dahe/": 2, "/documents/3/form.pdf": 1}
    (page,) = walk(portal, "/towns/dahe/")
    assert page.problems == ()


def test_what_is_found_below_the_site_is_walked_as_well() -> None:
    portal = portal_of({"/towns/dahe/": '<a href="/towns/dahe/?page=2">下一页</a><a href="/towns/other/">他镇</a>'})
    portal.page("/towns/dahe/?page=2", '<a href="/towns/dahe/lost/">迷路</a>')
    portal.page("/towns/other/", '<a href="/towns/other/lost/">不归我管</a>')
    results = walk(portal, "/towns/dahe/", scope="/towns/dahe/")
    assert [(page.address, len(page.problems)) for page in results] == [
        (f"http://{NEW}/towns/dahe/", 0),
        (f"http://{NEW}/towns/dahe/?page=2", 1),
    ]


@pytest.mark.parametrize(
    ("globs", "found"),
    [
        ({"exclude": ("/towns/**",)}, ["/media/lost.jpg"]),
        ({"include": ("/towns/**",)}, ["/towns/dahe/lost/"]),
        ({"include": (f"http://{NEW}/**",), "exclude": ("/media/*",)}, ["/towns/dahe/lost/"]),
    ],
)
def test_globs_say_which_links_are_checked(globs: dict[str, tuple[str, ...]], found: list[str]) -> None:
    portal = portal_of({"/x/": '<a href="/towns/dahe/lost/">迷路</a><img src="/media/lost.jpg">'})
    (page,) = walk(portal, "/x/", **globs)
    assert [problem.target.removeprefix(f"http://{NEW}") for problem in page.problems] == found
    asked = {path for _method, _host, path in portal.asked}
    assert asked == {"/", "/x/", "/shangyi-no-such-page/", *found}


REPAIRS = {
    '<a href="/towns/dahe/notice/">通知公告</a>': f"Let it lead to {NOTICES}",
    '<a href="/TOWNS/dahe/Notices/">看这里</a>': f"Let it lead to {NOTICES}",
    f'<a href="http://{OLD}/news/1.html">旧闻</a>': f"Let it lead to http://{NEW}/towns/dahe/notices/1/",
    '<a href="/towns/dahe/notices/#n二">第二</a>': "",
    '<a href="#maim">正文</a>': "Let it lead to #main",
    '<a href="/nothing/like/it/">无</a>': "",
}


@pytest.mark.parametrize("markup", REPAIRS)
def test_a_repair_is_suggested_where_it_can_be_told(markup: str) -> None:
    portal = portal_of({"/x/": f'<div id="main"></div>{markup}'})
    known = {f"http://{OLD}/news/1.html": f"http://{NEW}/towns/dahe/notices/1/"}
    results = walk(portal, "/towns/dahe/notices/", "/x/", new_address=lambda url: known.get(url, ""))
    (problem,) = results[1].problems
    assert problem.repair == (REPAIRS[markup] or "Edit the page in the portal and mend or remove the link.")


@pytest.mark.parametrize(
    "page",
    [
        '<body data-leaving="您访问的链接即将离开“云溪县人民政府”门户网站，是否继续？">',
        "<script>function go() { return confirm('您即将离开本网站，是否继续？') }</script>",
        '<script src="/static/leave.js"></script>',
    ],
)
def test_a_page_that_asks_before_it_leaves_may_link_anywhere(page: str) -> None:
    portal = portal_of({"/x/": page + '<a href="http://tea.example.com/">茶</a>'})
    portal.file("/static/leave.js", "confirm('即将离开本站')".encode(), "text/javascript")
    assert codes(walk(portal, "/x/")) == []


def test_a_portal_that_answers_200_to_nonsense_is_found_out() -> None:
    portal = portal_of({"/towns/dahe/": '<a href="/towns/dahe/lost/">迷路</a><a href="/towns/dahe/notices/">通知</a>'})
    welcome = "<title>云溪县</title><p>欢迎来到云溪县人民政府门户网站，请从菜单中选择您要查看的栏目。{}</p>"
    portal.page("/towns/dahe/shangyi-no-such-page/", welcome.format("2026-11-22 09:30"))
    portal.page("/towns/dahe/lost/", welcome.format("2026-11-22 09:31"))
    found = codes(walk(portal, "/towns/dahe/", scope="/towns/dahe/"))
    assert "soft-404" in found
    assert found.count("soft-404") == 2  # the link, and the portal itself


HOSTS = {
    "tea.example.gov.cn": ("/a.html", Reply(200, "<title>茶叶局</title><p>茶</p>".encode()), ""),
    "gone.example.gov.cn": ("/a.html", Reply(404), "dead-link"),
    "sold.example.gov.cn": ("/", Reply(200, "<title>域名出售</title><p>此域名出售</p>".encode()), "parked"),
    "bet.example.gov.cn": ("/", Reply(200, "<title>澳门葡京娱乐城 官网</title><p>真人娱乐</p>".encode()), "hijacked"),
    "soft.example.gov.cn": ("/a.html", Reply(200, SOFT.encode()), "soft-404"),
    "wall.example.gov.cn": ("/a.html", Reply(403), "unsure"),
    "home.example.gov.cn": ("/a.html", Reply(302, b"", "/"), "strange-home"),
    "round.example.gov.cn": ("/a.html", Reply(302, b"", "/a.html"), "loop"),
    "file.example.gov.cn": ("/a.doc", Reply(200, b"\xd0\xcf", "", "application/msword"), ""),
}


@pytest.mark.parametrize("host", HOSTS)
def test_other_sites_are_judged_by_what_they_have_become(host: str) -> None:
    path, reply, code = HOSTS[host]
    portal = portal_of({"/x/": f'<a href="http://{host}{path}">友情链接</a>'})
    portal.replies[host, path] = reply
    portal.replies.setdefault((host, "/"), Reply(200, "<title>首页</title>".encode()))
    results = external(portal, "/x/", hosts=(host,))
    assert codes(results) == ([code] if code else [])
    methods = [method for method, asked, _path in portal.asked if asked == host]
    assert methods[0] == ("HEAD" if path.endswith(".doc") else "GET")


def test_a_machine_without_the_internet_says_so_and_blames_no_link() -> None:
    links = "".join(f'<a href="http://{name}.invalid/">站</a>' for name in ("a.gov.cn", "b.gov.cn", "c.gov.cn"))
    portal = portal_of({"/x/": '<body data-leaving="即将离开">' + links})
    found = external(portal, "/x/", hosts=())
    assert codes(found) == ["offline"]


def test_pages_with_a_broken_link_are_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = {f"/p{n}/": f'<a href="/lost/">菜单{n}</a><img src="/media/lost.png" alt="图{n}">' for n in range(30)}
    for room, times in ((10**6, {1}), (1000, {1, 2})):  # no room for all of them: those are asked for again
        portal = portal_of(pages)
        monkeypatch.setattr("migrate.check.walk.Kept", lambda folder, most=room: Kept(folder, most))
        results = walk(portal, *pages)
        told = [[problem.text for problem in page.problems] for page in results]
        assert sorted(told) == sorted([f"菜单{n}", f"图{n}"] for n in range(30))
        asked = Counter(path for _method, _host, path in portal.asked)
        assert {asked[path] for path in pages} == times


def test_an_interrupted_walk_goes_on_where_it_stopped(tmp_path: Path) -> None:
    portal = portal_of({f"/p{n}/": f'<a href="/p{n}/lost/">失</a><img src="/media/map.png">' for n in range(40)})
    pages = pages_of(*(f"/p{n}/" for n in range(40)))
    file = tmp_path / "unfinished.sqlite"

    def interrupt(done: int, _total: int) -> None:
        if done == 25:
            raise KeyboardInterrupt

    with serving(portal):
        job = job_of(portal)
        with pytest.raises(KeyboardInterrupt), Memory(file, "mark") as memory:
            list(check_links(job, pages, memory, interrupt))
        first = [path for _method, _host, path in portal.asked]
        assert file.exists()
        portal.asked.clear()
        with Memory(file, "mark") as memory:
            results = list(check_links(job, pages, memory))
    assert [len(page.problems) for page in results] == [1] * 40
    again = {path for _method, _host, path in portal.asked if path.endswith("/lost/")} & set(first)
    assert len(again) <= CONCURRENCY  # what was under way when it broke off
    times = Counter(path for _method, _host, path in portal.asked)
    assert sum(times[f"/p{n}/"] == 1 for n in range(40)) >= 24  # once more, for the texts of broken links
    assert not file.exists()


def test_what_was_seen_for_another_job_does_not_count(tmp_path: Path) -> None:
    file = tmp_path / "unfinished.sqlite"
    portal = portal_of({"/x/": '<a href="/lost/">失</a>'})
    with serving(portal):
        with Memory(file, "before the import") as memory:
            next(check_links(job_of(portal), pages_of("/x/"), memory))
        portal.page("/lost/", "<h1>找到了</h1>")
        with Memory(file, "after it") as memory:
            (page,) = check_links(job_of(portal), pages_of("/x/"), memory)
    assert page.problems == ()


def test_a_portal_that_is_not_running_is_said_once() -> None:
    with serving(portal_of({})) as portal:
        pass
    with pytest.raises(ShangyiError, match="does not answer"):
        list(check_links(job_of(portal), pages_of("/x/"), Memory()))


def test_of_an_archived_copy_what_time_did_is_no_fault_and_what_the_portal_owes_is() -> None:
    links = '<a href="http://gone.example.gov.cn/a.html">站</a><a href="http://bet.example.gov.cn/">站</a>'
    portal = portal_of({"/archived/7/": links + '<a href="/archived/8/">附表</a>'})
    for host in ("gone.example.gov.cn", "bet.example.gov.cn"):
        portal.replies[host, HOSTS[host][0]] = HOSTS[host][1]
    found = external(portal, "/archived/7/", hosts=("gone.example.gov.cn", "bet.example.gov.cn"), archived=True)
    levels = {problem.target: problem.level for result in found for problem in result.problems}
    assert levels == {
        "http://gone.example.gov.cn/a.html": Level.NOTE,
        "http://bet.example.gov.cn/": Level.ERROR,
        f"http://{NEW}/archived/8/": Level.ERROR,
    }
    assert all("withdraw" in problem.repair for result in found for problem in result.problems)
