"""200 broken links of ten kinds, planted in a local copy of a site: all are found, and nothing else."""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from migrate import children
from migrate.check.links import LinkJob, PortalPage, check_links
from migrate.check.memory import Memory
from migrate.pipeline.checking import links_of
from tests.benchmarks.old_county import County
from tests.check.building import NEW, OLD, FakePortal, Reply, serving

PAGES = 300
EACH = 20
TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".gif": "image/gif",
    ".jpg": "image/jpeg",
    ".doc": "application/msword",
}
MESSAGE = "<html><head><title>提示</title></head><body><p>该文章已被删除</p><a href='/'>首页</a></body></html>"

KINDS: dict[str, Callable[[int], tuple[str, str]]] = {
    "dead-link": lambda n: (f'<a href="/a/lost-{n}.html">失{n}</a>', f"http://{NEW}/a/lost-{n}.html"),
    "dead image": lambda n: (f'<img src="/i/lost-{n}.jpg" alt="图{n}">', f"http://{NEW}/i/lost-{n}.jpg"),
    "dead file": lambda n: (f'<a href="../f/lost-{n}.doc">附件{n}.doc</a>', f"http://{NEW}/f/lost-{n}.doc"),
    "no-anchor": lambda n: (f'<a href="/a/{n}.html#part-{n}">第{n}部分</a>', f"http://{NEW}/a/{n}.html#part-{n}"),
    "soft-404": lambda n: (f'<a href="/show.html?id={n}">旧文{n}</a>', f"http://{NEW}/show.html?id={n}"),
    "leads-home": lambda n: (f'<a href="/old/{n}.html">专题{n}</a>', f"http://{NEW}/old/{n}.html"),
    "old-host": lambda n: (f'<a href="http://{OLD}/news/{n}.html">旧闻{n}</a>', f"http://{OLD}/news/{n}.html"),
    "no-prompt": lambda n: (f'<a href="http://tea.example.com/{n}">茶{n}</a>', f"http://tea.example.com/{n}"),
    "parked": lambda n: (f'<a href="http://sold.example.gov.cn/{n}">站{n}</a>', f"http://sold.example.gov.cn/{n}"),
    "hijacked": lambda n: (f'<a href="http://bet.example.gov.cn/{n}">局{n}</a>', f"http://bet.example.gov.cn/{n}"),
}
DECOYS = (
    '<!-- <a href="/a/commented-out.html">旧</a> --><script>var next = "/a/guess.html";</script><a name="mark"></a>'
    '<a href="#mark">到此</a><a href="/a/1.html#mark">到彼</a><a href="/moved.html">改址</a>'
    '<a href="http://tea.example.gov.cn/ok">茶叶局</a><a href="/a/2.html?from=list">二</a>'
    '<a href="javascript:;">无</a><a href="MAILTO:a@b.example.cn">信</a><a href=" /a/3.html ">空格</a>'
    '<meta name="description" content="/no/page.html"><a href="/a/4.html&amp;x">&amp;</a>'
    '<div data-page="/a/of-a-program.html"></div><a href="/a/5.html" data-url="/a/of-a-program.html">五</a>'
    '<a href="#top">顶部</a><a href="">本页</a><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">'
)


def copied(folder: Path) -> dict[str, bytes]:
    """Return path → bytes of a local copy of a whole site, with sound oddities on its pages."""
    County(PAGES).write(folder)
    files = [path for path in folder.rglob("*.*") if path.is_file()]
    copy = {"/" + path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
    for number in (1, 5, 9, 40):
        page = f"/a/{number}.html"
        copy[page] = copy[page].replace(b"</body>", DECOYS.encode("gb18030") + b"</body>")
    return copy


def planted(copy: dict[str, bytes]) -> set[tuple[str, str, str]]:
    """Plant the broken links; return (kind, page, target) of each."""
    dice = random.Random(20261122)
    pages = sorted(path for path in copy if path.endswith(".html"))
    expected = set()
    for kind, make in KINDS.items():
        for number in range(EACH):
            page = dice.choice(pages)
            markup, target = make(number)
            copy[page] = copy[page].replace(b'<div id="zoom">', b'<div id="zoom">' + markup.encode("gb18030"))
            expected.add((kind if "-" in kind or " " not in kind else "dead-link", f"http://{NEW}{page}", target))
    return expected


def portal_of(copy: dict[str, bytes]) -> FakePortal:
    portal = FakePortal()
    for path, body in copy.items():
        portal.replies[NEW, path] = Reply(200, body, "", TYPES[path[path.rindex(".") :]])
    portal.replies[NEW, "/moved.html"] = Reply(301, b"", "/a/1.html")
    portal.replies[NEW, "/a/2.html?from=list"] = portal.replies[NEW, "/a/2.html"]
    portal.replies[NEW, "/a/4.html&x"] = portal.replies[NEW, "/a/4.html"]
    portal.replies["tea.example.gov.cn", "/ok"] = Reply(200, "<title>茶叶局</title><p>茶</p>".encode())
    for number in range(EACH):
        portal.replies[NEW, f"/show.html?id={number}"] = Reply(200, MESSAGE.encode())
        portal.replies[NEW, f"/old/{number}.html"] = Reply(302, b"", "/")
        for host, title in (
            ("tea.example.com", "大河茶网"),
            ("sold.example.gov.cn", "该域名已过期"),
            ("bet.example.gov.cn", "葡京娱乐城官网"),
        ):
            portal.replies[host, f"/{number}"] = Reply(200, f"<title>{title}</title>".encode())
    return portal


@pytest.mark.parametrize("helped", [False, True], ids=["alone", "with a helper"])
def test_all_of_200_broken_links_are_found_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, helped: bool
) -> None:
    monkeypatch.setattr("migrate.check.walk.MANY", 1)
    copy = copied(tmp_path / "site")
    expected = planted(copy)
    assert len(expected) == len(KINDS) * EACH
    portal = portal_of(copy)
    pages = [PortalPage(path) for path in sorted(copy) if path.endswith(".html")]
    with serving(portal):
        portal.page("/", "<title>首页</title>")
        hosts = ("tea.example.com", "tea.example.gov.cn", "sold.example.gov.cn", "bet.example.gov.cn")
        portal.target = replace(portal.target, resolve=dict.fromkeys(hosts, f"127.0.0.1:{portal.port}"))
        helper = tuple(children.command("migrate.pipeline.link_process")) if helped else ()
        job = LinkJob(portal.target, links_of, helper, old_hosts={OLD}, external=True, external_rate=0)
        results = list(check_links(job, pages, Memory()))
    found = [
        (problem.check.removeprefix("check."), problem.url, problem.target)
        for page in results
        for problem in page.problems
    ]
    assert set(found) == expected
    assert len(found) == len(expected)
    assert len(results) == PAGES
