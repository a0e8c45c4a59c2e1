"""The process that reads pages: it says what would be said here, and its end is no end of the check."""

import asyncio

import pytest

from migrate import children
from migrate.check.gist import anchors_of, asks_first, gist
from migrate.check.helper import MANY, Helper
from migrate.check.links import LinkJob, PortalPage, check_links
from migrate.check.memory import Memory
from migrate.pipeline.checking import links_of
from tests.check.building import NEW, FakePortal, serving

COMMAND = tuple(children.command("migrate.pipeline.link_process"))
PAGES = (
    '<title>通知 公告</title><base href="/a/"><a href="b.html#c" id="x">甲</a><img src="c.png">'.encode(),
    b'<script src="d.js"></script><a href="http://tea.example.com/">tea</a>',
    "<meta charset=gb2312><title>大河镇</title><a href=/1.html>春耕</a>".encode("gb18030"),
    b"\xff\xfe\x00<<<a href",
    b"",
)


def test_it_says_what_would_be_said_here() -> None:
    async def told() -> list[object]:
        helper = await Helper.start(COMMAND)
        try:
            return [await helper.read(body, "text/html", alike=alike) for body in PAGES for alike in (True, False)]
        finally:
            await helper.close()

    said = asyncio.run(told())
    for number, (body, alike) in enumerate((body, alike) for body in PAGES for alike in (True, False)):
        here = gist(links_of, body, "text/html", alike=alike)
        assert said[number]._replace(hrefs=(), pictures=()) == here._replace(hrefs=(), pictures=())
        assert set(said[number].hrefs) == set(here.hrefs)


@pytest.mark.parametrize("command", [COMMAND, ("true",)], ids=["helped", "its helper ends at once"])
def test_many_pages_are_all_read(command: tuple[str, ...]) -> None:
    portal = FakePortal()
    for number in range(MANY + 20):
        portal.page(f"/p{number}/", f'<a href="/p{number + 1}/">下一页</a>')
    with serving(portal):
        job = LinkJob(portal.target, links_of, helper=command)
        results = list(check_links(job, [PortalPage(f"/p{number}/") for number in range(MANY + 20)], Memory()))
    assert [page.links for page in results] == [1] * (MANY + 20)
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
    assert set(names) <= set(anchors_of(html))
    assert not {"no", "n", "k", ""} & set(anchors_of(html))


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
