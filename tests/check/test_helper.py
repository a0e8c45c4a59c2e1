"""The process that asks and reads, too: it says what would be said here, and its end is no end of the check."""

import asyncio
from collections import Counter
from contextlib import nullcontext
from dataclasses import replace

import pytest

from migrate import children
from migrate.check.asking import Asker, Found
from migrate.check.gist import anchors_of, asks_first
from migrate.check.helper import MANY, Helper
from migrate.check.links import LinkJob, PortalPage, check_links
from migrate.check.memory import Memory
from migrate.check.portal import Connected
from migrate.pipeline.checking import links_of
from tests.check.building import NEW, FakePortal, Reply, serving

COMMAND = tuple(children.command("migrate.pipeline.link_process"))
PAGES = (
    '<title>通知 公告</title><base href="/a/"><a href="b.html#c" id="x">甲</a><img src="c.png">'.encode(),
    b'<script src="d.js"></script><a href="http://tea.example.com/">tea</a>',
    "<meta charset=gb2312><title>大河镇</title><a href=/1.html>春耕</a>".encode("gb18030"),
    b"\xff\xfe\x00<<<a href",
    b"",
)


def test_it_says_what_would_be_said_here() -> None:
    portal = FakePortal(refuses_head=True)
    for number, body in enumerate(PAGES):
        portal.replies[NEW, f"/{number}/"] = Reply(200, body, "", "text/html")
    portal.replies[NEW, "/moved/"] = Reply(302, b"", "/0/")
    portal.replies[NEW, "/silent/"] = None
    portal.file("/leave.js", "var words = '您要离开本网站吗'".encode(), "text/javascript")
    portal.file("/map.png", b"\x89PNG", "image/png")
    paths = ["/", "/lost/", "/moved/", "/silent/", "/leave.js", "/map.png", *(f"/{n}/" for n in range(len(PAGES)))]
    addresses = [f"http://{NEW}{path}" for path in paths]

    async def told(alike: bool) -> tuple[list[Found], list[Found]]:
        async with Connected(portal.target, 4) as here:
            asker = Asker(here, links_of, alike)
            helper = await Helper.start(COMMAND)
            try:
                helper.set_to_work(portal.target, 4, alike=alike)
                there = await asyncio.gather(*(helper.ask(address, listed=False) for address in addresses))
            finally:
                await helper.close()
            return there, [await asker.ask(address, listed=False) for address in addresses]

    with serving(portal):
        for alike in (True, False):
            there, here = asyncio.run(told(alike))
            assert list(map(sorted_hrefs, there)) == list(map(sorted_hrefs, here))
            assert [found.prompts for found in here] == [address.endswith(".js") for address in addresses]
            assert {found.error for found in here} == {"", "reset"}


def sorted_hrefs(found: Found) -> Found:
    """Return it with its sets in one order: which they have is different in each process."""
    if found.gist is None:
        return found
    said = found.gist
    return found._replace(gist=said._replace(hrefs=tuple(sorted(said.hrefs)), pictures=tuple(sorted(said.pictures))))


def test_where_a_rate_is_wished_for_one_process_asks_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two would keep the pace twice; a command that leaves a mark would show that it was started."""
    portal = FakePortal()
    portal.page("/p/", '<a href="/p/">本页</a>')
    pages = [PortalPage(f"/p/?{number}") for number in range(3)]
    for page in pages:
        portal.replies[NEW, page.url] = portal.replies[NEW, "/p/"]
    monkeypatch.setattr("migrate.check.walk.MANY", 1)
    with serving(portal):
        for rate, fails in ((0.0, True), (1000.0, False)):
            job = LinkJob(replace(portal.target, rate=rate), links_of, helper=("/no/such/command",))
            with pytest.raises(FileNotFoundError) if fails else nullcontext():
                assert all(page.passed for page in check_links(job, pages, Memory()))


@pytest.mark.parametrize("command", [COMMAND, ("true",)], ids=["helped", "its helper ends at once"])
def test_many_pages_are_all_read(command: tuple[str, ...]) -> None:
    portal = FakePortal()
    for number in range(MANY + 20):
        portal.page(f"/p{number}/", f'<a href="/p{number + 1}/">下一页</a>')
    with serving(portal):
        job = LinkJob(portal.target, links_of, helper=command)
        results = list(check_links(job, [PortalPage(f"/p{number}/") for number in range(MANY + 20)], Memory()))
    assert [page.links for page in results] == [1] * (MANY + 20)
    asked = Counter(path for _method, _host, path in portal.asked)
    if command is COMMAND:
        assert {asked[f"/p{number}/"] for number in range(MANY + 20)} == {1}
    broken = [problem.target for page in results for problem in page.problems]
    assert broken == [f"http://{NEW}/p{MANY + 20}/"]


@pytest.mark.parametrize(
    ("html", "names"),
    [
        ('<a name="x y"><div id=main ID=\'b\' data-id="no">', ("main", "x y")),
        ('<A class=q NAME=z><abbr name=n><p id = "&#20013;"><input name=k>', ("z", "中")),
        ("<p>id=prose</p><a\nname=line>", ("line",)),
    ],
)
def test_anchors_are_what_fragments_point_to(html: str, names: tuple[str, ...]) -> None:
    for body in (html.encode(), html.encode("utf-16"), html.encode("gb18030")):
        assert set(names) <= set(anchors_of(html, body))
        assert not {"no", "n", "k", ""} & set(anchors_of(html, body))


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("您访问的链接即将离开“云溪县人民政府”门户网站，是否继续？", True),
        ("您要离开本网站吗", True),
        ("该链接为非政府网站链接，是否访问", True),
        ("他离开家乡已经三十年", False),
        ("旅客离开后请清理房间，页面将自动跳转", False),
    ],
)
def test_a_prompt_is_known_by_its_words(text: str, asks: bool) -> None:
    assert asks_first(text) is asks
