"""Fidelity: what is lost on the way is measured, shown and found; what was only set differently is not."""

from collections.abc import Callable
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate.check.content import (
    RUN,
    ExpectedFile,
    ExpectedFiles,
    Kept,
    check_content,
    compare,
    kept_share,
    lost_before,
    sentences,
)
from migrate.check.pages import Page
from migrate.records import Outcome
from tests.check.building import BODY, NEW, OLD, FakePortal, article_page, content, entry, serving

LONG = "".join(
    f"<p>第{number}条　各村应当于{number}日前报送第{number}号材料，逾期不予受理。</p>" for number in range(1, 41)
)
LOST = "第7条　各村应当于7日前报送第7号材料，逾期不予受理。"


def problems(html: str, *, body: str = LONG) -> str:
    return "; ".join(compare(content("防汛", body), Page(html))[1])


def test_the_same_text_set_otherwise_is_kept_whole() -> None:
    old = (
        "<div>一、总则<br>　为了“保障”安全——制定本办法。</div>"
        "<table><tr><td>村名</td><td>户数</td></tr></table><ol><li>甲</li></ol>"
    )
    new = (
        "<h2>一、总则</h2>\n<p>为了 “保障” 安全——</p><p>制定<b>本</b>办法。</p>\n<figure><table><tbody><tr><td>"
        '<p>村名</p></td><td> 户数</td></tr></tbody></table></figure><img src="x.png" alt="图"><ol><li>甲</li></ol>'
    )
    assert kept_share(sentences(old), sentences(new)) == Kept(100.0, ())
    assert "".join(sentences(old)) == "一、总则为了“保障”安全——制定本办法。村名户数1甲"


def test_a_lost_sentence_is_measured_and_shown_even_among_many_like_it() -> None:
    kept = kept_share(sentences(LONG), sentences(LONG.replace(LOST, "")))
    assert kept.missing == ("第7条各村应当于7日前报送第7号材料,逾期不予受理。",)
    assert kept.percent == pytest.approx(100 * (1 - len(kept.missing[0]) / len("".join(sentences(LONG)))))


def test_a_changed_figure_in_a_table_is_lost_text() -> None:
    rows = "".join(f"<tr><td>第{row}村</td><td>{row * 13}</td><td>120.5</td></tr>" for row in range(1, 60))
    kept = kept_share(
        sentences(f"<table>{rows}</table>"), sentences(f"<table>{rows.replace('>533<', '>553<')}</table>")
    )
    assert kept.missing == ("533",)


def test_moved_paragraphs_and_additions_are_no_loss() -> None:
    paragraphs = LONG.split("</p>")
    moved = "</p>".join([*paragraphs[20:-1], *paragraphs[:20]]) + "</p><p>网站编辑补充：本件已失效。</p>"
    assert kept_share(sentences(LONG), sentences(moved)).percent == 100


_TEXT = st.lists(st.text("大河镇通知一二三", min_size=RUN, max_size=20), min_size=1, max_size=8)


@given(_TEXT, st.text("甲乙丙", max_size=9), st.text("甲乙丙", max_size=9))
def test_what_is_whole_is_kept_and_what_was_never_seen_is_lost(old: list[str], before: str, after: str) -> None:
    assert kept_share(old, [before, *old, after]).percent == 100
    assert kept_share(old, [before + "".join(old) + after]).percent == 100
    assert kept_share(old, [before, after]).percent == 0


@given(st.lists(st.integers(0, 3000), min_size=30, max_size=60, unique=True), st.data())
def test_a_cut_costs_its_length(codes: list[int], data: st.DataObject) -> None:
    old = "".join(chr(0x4E00 + code) for code in codes)
    start = data.draw(st.integers(RUN, len(old) - 2 * RUN))
    length = data.draw(st.integers(1, len(old) - RUN - start))
    kept = kept_share([old], [old[:start] + old[start + length :]])
    assert kept.percent == pytest.approx(100 * (len(old) - length) / len(old))
    assert kept.missing == (old[start : start + length][:60],)


def test_what_is_shown_is_short() -> None:
    old = ["".join(chr(0x4E00 + code + 200 * piece) for code in range(200)) for piece in range(9)]
    assert [len(passage) for passage in kept_share(old, []).missing] == [60, 60, 60]


def test_a_true_page_has_no_problem() -> None:
    files = '<ul><li><a href="/documents/3/biao.doc">附件：登记表.doc</a></li></ul>'
    page = article_page("防汛", LONG + '<img src="/media/1.png">', after=files)
    assert problems(page, body=LONG + "<p>附件：登记表.doc</p>") == ""


def test_each_loss_is_named() -> None:
    assert "missing: “第7条" in problems(article_page("防汛", LONG.replace(LOST, "")))
    assert "the title has become “防 讯”" in problems(article_page("防 讯", LONG))
    assert "2026-11-22" in problems(article_page("防汛", LONG, date="2026-11-22 09:30"))
    assert "the page marks no body" in problems("<h1>防汛</h1>" + LONG)


def test_what_extraction_lost_is_seen_on_the_old_page_as_captured() -> None:
    captured = [
        "防汛",
        *(f"第{number}条　各村应当于{number}日前报送第{number}号材料，逾期不予受理。" for number in range(1, 41)),
    ]
    assert lost_before(captured, Page(article_page("防汛", LONG))) == []
    (told,) = lost_before([*captured, "附：联系人王建国，电话见公告栏。"], Page(article_page("防汛", LONG)))
    assert "98." in told and "联系人王建国" in told
    beside = article_page("防汛", LONG, after="<p>附：联系人王建国，电话见公告栏。</p>")
    assert lost_before([*captured, "附：联系人王建国，电话见公告栏。"], Page(beside)) == []
    cut = Page(article_page("防汛", LONG.replace(LOST, "")))
    assert lost_before(captured, cut, compare(content("防汛", LONG), cut)[1]) == []  # told already


def test_a_time_of_day_is_compared_where_the_old_page_gave_one() -> None:
    timed, undated = content("防汛", published="2019-03-05T08:15:00"), content("防汛", published="")
    assert compare(timed, Page(article_page("防汛", date="2019-03-05 08:15")))[1] == []
    assert "2019-03-05 08:15" in str(compare(timed, Page(article_page("防汛", date="2019-03-05 00:00")))[1])
    assert compare(undated, Page(article_page("防汛", date="")))[1] == []
    assert "2019-03-05" in str(compare(undated, Page(article_page("防汛")))[1])


def test_the_page_is_reached_by_way_of_its_old_address() -> None:
    portal = FakePortal()
    for name in ("whole", "cut"):
        portal.old(f"/{name}.html", 301, f"http://{NEW}/{name}/")
    portal.old("/loop.html", 200)
    portal.page("/whole/", article_page("防汛"))
    portal.page("/cut/", article_page("防汛", BODY[:40]))
    entries = [entry(f"/{name}.html", Outcome.MOVE, title="防汛") for name in ("whole", "cut", "loop", "lost")]
    with serving(portal):
        results = list(check_content(portal.target, entries, lambda _content: ExpectedFiles()))
    assert [(result.key, result.passed) for result in results] == [
        (f"http://{OLD}/whole.html", True),
        (f"http://{OLD}/cut.html", False),
        (f"http://{OLD}/loop.html", False),
        (f"http://{OLD}/lost.html", False),
    ]
    assert results[0].message == "100.0 % of the text kept"
    assert "全巩固提升工程" in results[1].message
    assert "no redirect" in results[2].message
    assert "404" in results[3].message


DOC, PICTURE = b"\xd0\xcf\x11\xe0 form", b"\x89PNG map"


def digest(body: bytes) -> str:
    return "sha256:" + sha256(body).hexdigest()


def expected(name: str, *digests: str) -> ExpectedFile:
    return ExpectedFile(name, lambda: digests)


FILES = ExpectedFiles(
    attachments=(expected("登记表.doc", "sha256:as-sent", digest(DOC)),), images=(expected("地图", digest(PICTURE)),)
)
SIZED = digest(PICTURE)[7:23] + ".width-1000.png"
SPOILT: dict[str, tuple[Callable[[FakePortal], None], str]] = {
    "nothing": (lambda _portal: None, ""),
    "another file under the same name": (
        lambda portal: portal.file("/documents/3/form.doc", DOC + b"!", "application/msword"),
        "0 of 1 attachments; missing: 登记表.doc",
    ),
    "a file that does not open": (
        lambda portal: portal.page("/documents/3/form.doc", "", 500),
        "0 of 1 attachments; missing: 登记表.doc",
    ),
    "a picture that does not open": (
        lambda portal: portal.page(f"/media/{SIZED}", "", 404),
        "0 of 1 images; missing: 地图",
    ),
    "another picture in its place": (
        lambda portal: portal.page(
            "/whole/",
            article_page("防汛", BODY + '<img src="/media/logo.png">', after='<a href="/documents/3/form.doc">表</a>'),
        ),
        "0 of 1 images; missing: 地图",
    ),
    "the picture itself": (
        lambda portal: portal.page(
            "/whole/",
            article_page("防汛", BODY + '<img src="/media/map.png">', after='<a href="/documents/3/form.doc">表</a>'),
        ),
        "",
    ),
}


@pytest.mark.parametrize("name", SPOILT)
def test_files_and_pictures_are_compared_by_their_bytes(name: str) -> None:
    spoil, told = SPOILT[name]
    portal = FakePortal()
    portal.old("/1.html", 301, f"http://{NEW}/whole/")
    page = article_page("防汛", BODY + f'<img src="/media/{SIZED}">', after='<a href="/documents/3/form.doc">表</a>')
    portal.page("/whole/", page)
    portal.file("/documents/3/form.doc", DOC, "application/msword")
    portal.file(f"/media/{SIZED}", b"\x89PNG smaller", "image/png")
    portal.file("/media/map.png", PICTURE, "image/png")
    portal.file("/media/logo.png", b"\x89PNG logo", "image/png")
    spoil(portal)
    with serving(portal):
        moved = [entry("/1.html", Outcome.MOVE, title="防汛")]
        (result,) = check_content(portal.target, moved, lambda _content: FILES)
    assert result.passed is not bool(told)
    assert result.message == "; ".join(filter(None, ["100.0 % of the text kept", told]))
