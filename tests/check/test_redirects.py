"""Old addresses asked of a portal that answers rightly, and of one that errs in one way at a time."""

from collections.abc import Callable
from hashlib import sha256

import pytest

from migrate.check.portal import Expected, PortalTarget
from migrate.check.redirects import check_redirects
from migrate.errors import ShangyiError
from migrate.records import Entry, Kind, Outcome
from tests.check.building import NEW, OLD, FakePortal, Reply, article_page, entry, serving

FILE = b"%PDF-1.4 form"
DIGEST = "sha256:" + sha256(FILE).hexdigest()
PORTAL = f"http://{NEW}"
COPY = "<title>旧专题</title><div>已归档 归档时间：2026-11-21 17:31</div><h1>旧专题</h1>"

ENTRIES = [
    entry("/news/1.html", Outcome.MOVE, title="关于防汛的通知"),
    entry("/show.asp?ID=7&t=%B4%F3%BA%D3", Outcome.MOVE, title="春季防火公告"),
    entry("/list.asp", Outcome.REDIRECT, Kind.LIST, target="/towns/dahe/notices/"),
    entry("/zt/2015/", Outcome.ARCHIVE, title="旧专题"),
    entry("/dead.html", Outcome.GONE),
    entry("/odd.html", Outcome.UNDECIDED, title="说不清"),
    entry("/robbed.html", Outcome.UNDECIDED, title="旧专题"),
    entry("/names.html", Outcome.MOVE, title="公示名单", held=("identity-number",)),
    entry("/new.html", Outcome.MOVE, title="未发布"),
    entry("/slow.html", Outcome.FAILED),
    entry("/files/form.pdf", Outcome.MOVE, Kind.ATTACHMENT, digest=DIGEST, media_type="application/pdf"),
    entry("/files/old.js", Outcome.ARCHIVE, Kind.OTHER, digest=DIGEST, media_type="text/javascript"),
    entry("/robots.txt", Outcome.GONE, Kind.OTHER),
]
EXPECTED = Expected(drafts={f"http://{OLD}/new.html"})


def right_portal() -> FakePortal:
    """A portal that answers every entry as it should."""
    portal = FakePortal()
    portal.old("/news/1.html", 301, f"{PORTAL}/towns/dahe/notices/1/")
    portal.page("/towns/dahe/notices/1/", article_page("关于防汛的通知"))
    portal.old("/show.asp?ID=7&t=%B4%F3%BA%D3", 301, f"https://{NEW}/towns/dahe/notices/7/")
    portal.page("/towns/dahe/notices/7/", article_page("春季防火公告"))
    portal.old("/list.asp", 301, f"{PORTAL}/towns/dahe/notices/")
    portal.page("/towns/dahe/notices/", "<title>通知公告</title>")
    portal.old("/zt/2015/", 301, f"{PORTAL}/archived/4/")
    portal.page("/archived/4/", COPY)
    portal.old("/dead.html", 410)
    portal.old("/odd.html", 404)
    portal.old("/robbed.html", 302, f"{PORTAL}/archived/4/")
    portal.old("/files/form.pdf", 301, f"{PORTAL}/documents/3/form.pdf")
    portal.file("/documents/3/form.pdf", FILE, "application/pdf")
    portal.old("/files/old.js", 301, f"{PORTAL}/archived/9/file/")
    portal.file("/archived/9/file/", FILE, "application/octet-stream")
    portal.old("/robots.txt", 200)
    return portal


def failures(portal: FakePortal, entries: list[Entry] = ENTRIES, expected: Expected = EXPECTED) -> dict[str, str]:
    with serving(portal):
        results = list(check_redirects(portal.target, entries, expected))
    assert [result.key for result in results] == [item.key for item in entries]
    return {result.key.removeprefix(f"http://{OLD}"): result.message for result in results if not result.passed}


def test_a_right_portal_raises_no_alarm() -> None:
    assert failures(right_portal()) == {}


def _twice(portal: FakePortal) -> None:
    portal.replies[NEW, "/towns/dahe/notices/1/"] = Reply(301, b"", f"{PORTAL}/towns/dahe/notices/one/")


WRONG: dict[str, tuple[str, Callable[[FakePortal], None], str]] = {
    "a temporary redirect": (
        "/news/1.html",
        lambda p: p.old("/news/1.html", 302, f"{PORTAL}/towns/dahe/notices/1/"),
        "302 instead of 301",
    ),
    "the home page": ("/news/1.html", lambda p: p.old("/news/1.html", 301, f"{PORTAL}/"), "home page"),
    "the home page with a query": ("/list.asp", lambda p: p.old("/list.asp", 301, f"{PORTAL}?x"), "home page"),
    "two hops": ("/news/1.html", _twice, "more than one hop"),
    "another article": (
        "/news/1.html",
        lambda p: p.old("/news/1.html", 301, f"{PORTAL}/towns/dahe/notices/7/"),
        "another title: “春季防火公告”",
    ),
    "the query swallowed": (
        "/show.asp?ID=7&t=%B4%F3%BA%D3",
        lambda p: p.old("/show.asp?ID=7&t=%B4%F3%BA%D3", 301, f"{PORTAL}/towns/dahe/notices/"),
        "another title",
    ),
    "a dead target": ("/news/1.html", lambda p: p.page("/towns/dahe/notices/1/", "", 500), "answers 500"),
    "another site": (
        "/news/1.html",
        lambda p: p.old("/news/1.html", 301, "http://evil.example.com/"),
        "away from the portal",
    ),
    "the old host again": (
        "/list.asp",
        lambda p: p.old("/list.asp", 301, "/towns/dahe/notices/"),
        "away from the portal",
    ),
    "another column": (
        "/list.asp",
        lambda p: p.old("/list.asp", 301, f"{PORTAL}/archived/4/"),
        "instead of /towns/dahe/notices/",
    ),
    "no answer": ("/news/1.html", lambda p: p.replies.update({(OLD, "/news/1.html"): None}), "connection lost"),
    "an unknown old URL": ("/news/1.html", lambda p: p.old("/news/1.html", 404), "404 instead of 301"),
    "a copy without its banner": (
        "/zt/2015/",
        lambda p: p.old("/zt/2015/", 301, f"{PORTAL}/towns/dahe/notices/"),
        "已归档",
    ),
    "another copy": ("/zt/2015/", lambda p: p.page("/archived/4/", "<title>别的</title>已归档"), "another title"),
    "gone as missing": ("/dead.html", lambda p: p.old("/dead.html", 404), "404 instead of 410"),
    "gone as a soft 404": ("/dead.html", lambda p: p.old("/dead.html", 200), "200 instead of 410"),
    "undecided for good": ("/odd.html", lambda p: p.old("/odd.html", 301, f"{PORTAL}/archived/4/"), "301 instead of"),
    "undecided to a page": (
        "/odd.html",
        lambda p: p.old("/odd.html", 302, f"{PORTAL}/towns/dahe/notices/"),
        "已归档",
    ),
    "undecided to another site": (
        "/odd.html",
        lambda p: p.old("/odd.html", 302, "http://evil.example.com/"),
        "away from the portal",
    ),
    "held, and shown": (
        "/names.html",
        lambda p: p.old("/names.html", 302, f"{PORTAL}/archived/4/"),
        "held, and yet",
    ),
    "a draft, and shown": ("/new.html", lambda p: p.old("/new.html", 301, f"{PORTAL}/towns/dahe/notices/1/"), "301"),
    "failed, and moved": ("/slow.html", lambda p: p.old("/slow.html", 301, f"{PORTAL}/archived/4/"), "301 instead of"),
    "another file": (
        "/files/form.pdf",
        lambda p: p.file("/documents/3/form.pdf", FILE + b"!", "application/pdf"),
        "not the file",
    ),
    "a missing file": ("/files/form.pdf", lambda p: p.page("/documents/3/form.pdf", "", 404), "answers 404"),
    "a damaged archived file": (
        "/files/old.js",
        lambda p: p.file("/archived/9/file/", b"", "text/plain"),
        "not the file",
    ),
    "no robots.txt of its own": ("/robots.txt", lambda p: p.old("/robots.txt", 404), "404 instead of 200"),
}


@pytest.mark.parametrize("name", WRONG)
def test_each_wrong_answer_is_found_and_nothing_else(name: str) -> None:
    path, spoil, told = WRONG[name]
    portal = right_portal()
    spoil(portal)
    found = failures(portal)
    also_hit = {"/robbed.html"} if name == "another copy" else set()  # its copy is the same page
    assert set(found) - also_hit == {path}
    assert told in found[path]


def test_the_old_address_is_asked_for_as_it_was_spelled() -> None:
    portal = right_portal()
    spelled = [
        entry("/%B9%AB%B8%E6.asp?ID=3&T=%C4%E3+a", Outcome.GONE),
        entry("/公告 1.doc", Outcome.GONE),
        entry("//double//./x", Outcome.GONE),
        entry("/a.asp?x='1'|2", Outcome.GONE),
    ]
    failures(portal, spelled)
    asked = {path for _method, host, path in portal.asked if host == OLD}
    assert asked == {
        "/%B9%AB%B8%E6.asp?ID=3&T=%C4%E3+a",
        "/%E5%85%AC%E5%91%8A%201.doc",
        "//double//./x",
        "/a.asp?x='1'|2",
    }


def test_what_the_portal_says_of_its_pages_is_held_against_it() -> None:
    moved_later = Expected(EXPECTED.drafts, new_url=lambda key: "/news/7/" if key.endswith("list.asp") else "")
    portal = right_portal()
    assert "instead of /news/7/" in failures(portal, expected=moved_later)["/list.asp"]
    portal.old("/list.asp", 301, f"{PORTAL}/news/7/")
    portal.page("/news/7/", "<title>通知公告</title>")
    assert failures(portal, expected=moved_later) == {}


def test_a_file_that_travelled_compressed_is_compared_by_what_a_reader_gets() -> None:
    packed = [entry("/files/form.pdf", Outcome.MOVE, Kind.ATTACHMENT, digest="sha256:of-the-gzip-stream")]
    assert "/files/form.pdf" in failures(right_portal(), packed)
    assert failures(right_portal(), packed, Expected(file_digest=lambda _entry: DIGEST)) == {}


def test_a_portal_that_is_not_running_is_said_once_and_not_for_every_page() -> None:
    with serving(FakePortal()) as portal:
        target = portal.target
    with pytest.raises(ShangyiError) as caught:
        list(check_redirects(PortalTarget(target.base_url, NEW, backoff=0.01), ENTRIES, EXPECTED))
    assert "does not answer" in caught.value.reason
    assert "shangyi cms serve" in caught.value.hint


def test_each_address_is_asked_at_its_own_host_where_that_is_wanted() -> None:
    portal = right_portal()
    portal.old("/show.asp?ID=7&t=%B4%F3%BA%D3", 301, f"{PORTAL}/towns/dahe/notices/7/")
    with serving(portal):
        at = dict.fromkeys((OLD, NEW), f"127.0.0.1:{portal.port}")
        real = PortalTarget("", NEW, hosts=(OLD,), resolve=at, backoff=0.01)
        assert [result.message for result in check_redirects(real, ENTRIES, EXPECTED) if not result.passed] == []
        elsewhere = PortalTarget("", NEW, hosts=(OLD,), resolve={**at, OLD: "127.0.0.1:1"}, backoff=0.01)
        told = list(check_redirects(elsewhere, ENTRIES[:1], EXPECTED))
    assert [(result.passed, result.message) for result in told] == [(False, "connection refused")]
    assert "leads to the portal" in told[0].repair


def test_a_repair_names_the_address_that_is_right() -> None:
    portal = right_portal()
    portal.old("/list.asp", 404)
    with serving(portal):
        results = {result.key: result for result in check_redirects(portal.target, ENTRIES, EXPECTED)}
    found = results[f"http://{OLD}/list.asp"]
    assert found.target == f"{PORTAL}/towns/dahe/notices/"
    assert found.repair == f"Let it lead to {PORTAL}/towns/dahe/notices/: import again, or decide it in the portal."


@pytest.mark.parametrize("location", ["/towns/dahe/notices/?page=2", "/towns/dahe/Notices/"])
def test_the_location_must_be_right_to_the_letter(location: str) -> None:
    portal = right_portal()
    portal.old("/list.asp", 301, PORTAL + location)
    portal.page(location, "<title>通知公告</title>")
    assert f"leads to {location} instead of /towns/dahe/notices/" in failures(portal)["/list.asp"]


ABROAD = "http://www.qingshui.example.gov.cn/ds/1.html"


def test_an_address_may_lead_to_a_host_that_the_site_allows_and_to_no_other() -> None:
    portal = FakePortal()
    portal.old("/ds.html", 301, ABROAD)
    item = entry("/ds.html", Outcome.REDIRECT, Kind.OTHER, target=ABROAD)
    assert not failures(portal, [item], Expected(target_hosts={"www.qingshui.example.gov.cn"}))
    assert "away from the portal" in failures(portal, [item], Expected())["/ds.html"]
    portal.old("/ds.html", 301, ABROAD + "?x=1")
    wrong = failures(portal, [item], Expected(target_hosts={"www.qingshui.example.gov.cn"}))["/ds.html"]
    assert "/ds/1.html?x=1 instead of /ds/1.html" in wrong


@pytest.mark.parametrize("end", ["", "/odd.html"])
def test_what_has_no_answer_of_its_own_may_go_where_the_site_sends_it(end: str) -> None:
    portal = FakePortal()
    items = [
        entry("/odd.html", Outcome.UNDECIDED, title="说不清"),
        entry("/names.html", Outcome.MOVE, title="公示名单", held=("identity-number",)),
    ]
    for item in items:
        portal.old(item.url.removeprefix(f"http://{OLD}"), 302, f"{PORTAL}/towns/dahe{end or '/'}")
    expected = Expected(otherwise=f"{PORTAL}/towns/dahe/")
    assert len(failures(portal, items, expected)) == 2  # nothing is there
    portal.page("/towns/dahe/", "<title>大河镇</title>")
    assert not failures(portal, items, expected)
    assert len(failures(portal, items)) == 2
