"""One outcome for every URL found, for the right reason."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from migrate.check.balance import account
from migrate.records import Field, Kind, Outcome
from tests.mapping.building import HOST, RULES, Site

COLUMN = "/towns/dahe/notices/"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    yield site
    site.ledger.close()


def outcome(site: Site, path: str) -> Outcome:
    return site.mapped(path).outcome


@pytest.mark.parametrize(
    ("state", "reason", "wanted"),
    [
        ("skipped", "robots", Outcome.UNDECIDED),
        ("skipped", "limit", Outcome.UNDECIDED),
        ("skipped", "excluded", Outcome.UNDECIDED),
        ("failed", "timeout", Outcome.FAILED),
        ("queued", "", Outcome.FAILED),
    ],
)
def test_never_fetched(site: Site, state: str, reason: str, wanted: Outcome) -> None:
    site.frontier("/tzgg/1.html", state, reason)
    site.map()
    entry = site.mapped("/tzgg/1.html")
    assert (entry.outcome, reason in entry.reason) == (wanted, True)
    assert (entry.digest, entry.warc_file, entry.warc_offset) == ("", "", -1)


def test_only_linked(site: Site) -> None:
    site.link("/tzgg/1.html")
    site.map()
    assert outcome(site, "/tzgg/1.html") == Outcome.UNDECIDED


@pytest.mark.parametrize(
    ("status", "reason", "wanted"),
    [
        (404, "", Outcome.GONE),
        (410, "", Outcome.GONE),
        (403, "", Outcome.GONE),
        (500, "", Outcome.FAILED),
        (503, "", Outcome.FAILED),
        (429, "", Outcome.FAILED),
        (0, "timeout", Outcome.FAILED),
        (200, "truncated", Outcome.FAILED),
        (200, "too-large", Outcome.UNDECIDED),
    ],
)
def test_answers_without_good_bytes(site: Site, status: int, reason: str, wanted: Outcome) -> None:
    site.answer("/zt/1.html", status, reason=reason)  # even where a rule would archive it
    site.map()
    entry = site.mapped("/zt/1.html")
    assert entry.outcome == wanted
    assert (reason or str(status)) in entry.reason
    assert entry.warc_file == ""


def test_a_redirect_follows_the_end_of_its_chain(site: Site) -> None:
    for number in (1, 2, 3):
        site.answer(f"/go{number}.asp", 302, location=f"/go{number + 1}.asp")
    site.answer("/go4.asp", 301, location="/tzgg/1.html")
    site.article("/tzgg/1.html")
    site.map()
    for number in (1, 2, 3, 4):
        entry = site.mapped(f"/go{number}.asp")
        assert (entry.outcome, entry.follows) == (Outcome.REDIRECT, f"{HOST}/tzgg/1.html")


@pytest.mark.parametrize(
    ("path", "wanted", "follows", "target"),
    [
        ("/zt/1.html", Outcome.REDIRECT, "/zt/1.html", ""),
        ("/old/1.html", Outcome.GONE, "", ""),
        ("/later/1.html", Outcome.UNDECIDED, "/later/1.html", ""),
        ("/dead.html", Outcome.GONE, "", ""),
        ("/down.html", Outcome.FAILED, "", ""),
        ("/tzgg/", Outcome.REDIRECT, "", COLUMN),
    ],
)
def test_a_redirect_shares_the_fate_of_its_end(
    site: Site, path: str, wanted: Outcome, follows: str, target: str
) -> None:
    for article in ("/zt/1.html", "/old/1.html", "/later/1.html", "/tzgg/1.html"):
        site.article(article)
    site.answer("/dead.html", 404)
    site.answer("/down.html", 500)
    site.list_page("/tzgg/", "/tzgg/1.html")
    site.answer("/go.asp", 302, location=path)
    site.map()
    entry = site.mapped("/go.asp")
    assert (entry.outcome, entry.target) == (wanted, target)
    assert entry.follows == (HOST + follows if follows else "")
    assert entry.used_by == ((HOST + path,) if wanted == Outcome.UNDECIDED else ())
    assert entry.reason


def test_redirects_in_a_loop_abroad_and_nowhere(site: Site) -> None:
    site.answer("/a.asp", 302, location="/b.asp")
    site.answer("/b.asp", 302, location="/a.asp")
    site.answer("/self.asp", 302, location="/self.asp")
    site.answer("/out.asp", 302, location="http://www.other.example.com/x")
    site.answer("/nowhere.asp", 302)
    site.map()
    assert {path: outcome(site, path) for path in ("/a.asp", "/b.asp", "/self.asp", "/out.asp", "/nowhere.asp")} == {
        "/a.asp": Outcome.UNDECIDED,
        "/b.asp": Outcome.UNDECIDED,
        "/self.asp": Outcome.UNDECIDED,
        "/out.asp": Outcome.UNDECIDED,
        "/nowhere.asp": Outcome.GONE,
    }
    assert "http://www.other.example.com/x" in site.mapped("/out.asp").reason
    assert all(site.mapped(path).follows == "" for path in ("/a.asp", "/self.asp", "/out.asp"))


def test_a_meta_refresh_is_a_redirect_whatever_the_rules_say(site: Site) -> None:
    site.page("/zt/go.html", Kind.OTHER, reason=f"meta-refresh:{HOST}/TZGG/1.html")
    site.article("/tzgg/1.html")
    site.map()
    entry = site.mapped("/zt/go.html")
    assert (entry.outcome, entry.follows) == (Outcome.REDIRECT, f"{HOST}/tzgg/1.html")


def test_a_further_page_of_an_article_leads_to_its_first(site: Site) -> None:
    site.article("/tzgg/1.html")
    site.page("/tzgg/1_2.html", Kind.OTHER, reason=f"part-of:{HOST}/tzgg/1.html")
    site.map()
    entry = site.mapped("/tzgg/1_2.html")
    assert (entry.outcome, entry.follows) == (Outcome.REDIRECT, f"{HOST}/tzgg/1.html")


@pytest.mark.parametrize(
    ("reason", "wanted"),
    [("error-page", Outcome.GONE), ("challenge", Outcome.FAILED), ("empty", Outcome.ARCHIVE)],
)
@pytest.mark.parametrize("path", ["/zt/1.html", "/tzgg/1.html"])
def test_pages_that_are_none(site: Site, reason: str, wanted: Outcome, path: str) -> None:
    site.page(path, Kind.OTHER, reason=reason)
    site.map()
    kept = Outcome.UNDECIDED if wanted == Outcome.ARCHIVE and path.startswith("/tzgg") else wanted
    assert outcome(site, path) == kept


@pytest.mark.parametrize("media_type", ["text/html", "application/msword"])
def test_an_empty_answer_gave_no_bytes(site: Site, media_type: str) -> None:
    site.answer("/tzgg/1.doc", media_type=media_type, digest="")
    site.map()
    assert outcome(site, "/tzgg/1.doc") == Outcome.GONE


def test_an_unreadable_page_is_failed_never_gone(site: Site) -> None:
    site.answer("/zt/1.html")
    site.map()
    assert outcome(site, "/zt/1.html") == Outcome.FAILED


def test_rules_take_articles_in_their_order(site: Site) -> None:
    for path in ("/zt/1.html", "/old/1.html", "/later/1.html", "/tzgg/1.html", "/xw/1.html"):
        site.article(path)
    summary = site.map()
    found = {path: site.mapped(path) for path in ("/zt/1.html", "/old/1.html", "/later/1.html", "/tzgg/1.html")}
    assert [(e.outcome, e.rule, e.reason) for e in found.values()] == [
        (Outcome.ARCHIVE, "专题", "专题已结束"),
        (Outcome.GONE, "作废", "已作废"),
        (Outcome.UNDECIDED, "再议", "再议"),
        (Outcome.MOVE, "公告", ""),
    ]
    assert found["/tzgg/1.html"].target == COLUMN
    assert found["/tzgg/1.html"].template == "notice"
    assert all(entry.content for entry in found.values())  # a person may still decide to move any of them
    assert outcome(site, "/xw/1.html") == Outcome.UNDECIDED
    assert site.findings("map.undecided") == ["/later/1.html", "/xw/1.html"]
    assert summary.rules == {"专题": 1, "作废": 1, "再议": 1, "公告": 1}
    assert site.findings("map.rule-unused") == [""] * 3


def test_missing_required_fields_are_undecided(site: Site) -> None:
    site.article("/tzgg/1.html", published=None)
    site.article("/zcwj/1.html")
    site.article("/zcwj/2.html", document_number=Field("大政发〔2016〕3号", "label:文号", 1.0))
    site.map()
    notice, policy = site.mapped("/tzgg/1.html"), site.mapped("/zcwj/1.html")
    assert (notice.outcome, "published" in notice.reason) == (Outcome.UNDECIDED, True)
    assert (policy.outcome, "document_number" in policy.reason) == (Outcome.UNDECIDED, True)
    # where it would go is kept: a person who decides to move it need not say where
    assert (policy.target, policy.template) == ("/towns/dahe/policies/", "policy_file")
    assert outcome(site, "/zcwj/2.html") == Outcome.MOVE


def test_the_date_of_a_list_stands_in(site: Site) -> None:
    site.article("/tzgg/1.html", published=None)
    site.page("/tzgg/", Kind.LIST, reason="list")
    site.list_page("/tzgg/list.html", "/TZGG/1.html", **{"1.html": "2016-05-09"})
    site.map()
    entry = site.mapped("/tzgg/1.html")
    assert (entry.outcome, entry.published) == (Outcome.MOVE, "2016-05-09")
    assert entry.content.evidence["published"].origin == f"list:{HOST}/tzgg/list.html"
    assert entry.content.evidence["published"].confidence < 1


def test_a_list_goes_to_the_column_of_most_of_its_articles(site: Site) -> None:
    for number in (1, 2, 3):
        site.article(f"/tzgg/{number}.html")
    site.article("/gzdt/9.html")
    site.article("/zt/8.html")
    site.list_page("/list.html", "/gzdt/9.html", "/TZGG/1.html", "/tzgg/2.html", "/tzgg/missing.html")
    site.list_page("/tie.html", "/tzgg/1.html", "/gzdt/9.html")
    site.list_page("/kept.html", "/zt/8.html")
    site.page("/", Kind.HOME)
    site.map()
    assert site.mapped("/list.html").target == COLUMN
    assert site.mapped("/tie.html").target == "/towns/dahe/news/"  # as many: by the alphabet, always the same
    assert site.mapped("/kept.html").target == "/towns/dahe/"
    assert site.mapped("/").target == "/towns/dahe/"


def test_a_column_rule_takes_lists_as_redirects_and_never_moves_what_is_no_article(site: Site) -> None:
    rules = 'rules: [{name: 全部, match: {path: "/**"}, column: notices}]'
    site.list_page("/tzgg/", "/tzgg/1.html")
    site.page("/login.asp", Kind.OTHER, reason="login")
    site.map(rules)
    assert (outcome(site, "/tzgg/"), site.mapped("/tzgg/").target) == (Outcome.REDIRECT, COLUMN)
    assert (outcome(site, "/login.asp"), "login" in site.mapped("/login.asp").reason) == (Outcome.UNDECIDED, True)


def test_paths_are_matched_as_people_read_them(site: Site) -> None:
    site.article("/通知/1.html")
    site.map('rules: [{name: 中文, match: {path: "/通知/**"}, column: notices}]')
    assert outcome(site, "/通知/1.html") == Outcome.MOVE


def test_by_breadcrumb(site: Site) -> None:
    site.article("/a/1.html", breadcrumb=("政务公开", "通知公告"))
    site.article("/a/2.html", breadcrumb=("政务公开",))
    site.map("rules: [{name: 公告, match: {breadcrumb: 通知公告}, column: notices}]")
    assert (outcome(site, "/a/1.html"), site.mapped("/a/1.html").column) == (Outcome.MOVE, "通知公告")
    assert outcome(site, "/a/2.html") == Outcome.UNDECIDED


class TestFiles:
    """Images and attachments take the outcome of the pages that use them."""

    def test_strongest_wins(self, site: Site) -> None:
        site.article("/old/1.html", images=["/img/all.jpg", "/img/gone.jpg"])
        site.article("/zt/1.html", images=["/img/all.jpg", "/img/archive.jpg"])
        site.article("/later/1.html", images=["/img/all.jpg", "/img/undecided.jpg"])
        site.article("/tzgg/1.html", images=["/img/all.jpg"])
        for name in ("all", "gone", "archive", "undecided"):
            site.file(f"/img/{name}.jpg", "image/jpeg")
        site.map()
        found = {name: site.mapped(f"/img/{name}.jpg") for name in ("all", "gone", "archive", "undecided")}
        assert {name: entry.outcome.value for name, entry in found.items()} == {
            "all": "move", "gone": "gone", "archive": "archive", "undecided": "undecided",
        }  # fmt: skip
        assert f"{HOST}/tzgg/1.html" in found["all"].used_by
        assert found["undecided"].used_by == (f"{HOST}/later/1.html",)

    def test_attachments_outlive_lists_and_orphanhood(self, site: Site) -> None:
        site.list_page("/tzgg/")
        site.file("/file/listed.doc", "application/msword", referrer="/tzgg/")
        site.file("/file/orphan.pdf", "application/pdf", referrer="/css/x.css")
        site.map()
        for path in ("/file/listed.doc", "/file/orphan.pdf"):
            entry = site.mapped(path)
            assert (entry.outcome, entry.kind, entry.name) == (Outcome.MOVE, Kind.ATTACHMENT, path[6:])

    def test_attachment_of_a_redirected_page(self, site: Site) -> None:
        rules = RULES.replace("rules:\n", 'rules:\n  - {name: 并入, match: {path: "/bing/**"}, redirect: notices}\n')
        site.article("/bing/1.html", attachments=["/a.doc"], images=["/a.jpg"])
        site.file("/a.doc", "application/msword")
        site.file("/a.jpg", "image/jpeg")
        site.map(rules)
        assert outcome(site, "/a.doc") == Outcome.MOVE
        assert (outcome(site, "/a.jpg"), site.mapped("/a.jpg").target) == (Outcome.REDIRECT, COLUMN)

    def test_furniture(self, site: Site) -> None:
        site.page("/", Kind.HOME)
        site.article("/tzgg/1.html")
        site.article("/zt/1.html")
        site.answer("/go.html", 302, location="/tzgg/1.html")
        site.file("/css/a.css", "text/css")
        site.file("/images/home.gif", "image/gif", referrer="/")
        site.file("/images/page.gif", "image/gif", referrer="/tzgg/1.html")
        site.file("/images/zt.gif", "image/gif", referrer="/zt/1.html")
        site.file("/images/go.gif", "image/gif", referrer="/go.html")
        site.map()
        assert {path: outcome(site, path).value for path in (
            "/css/a.css", "/images/home.gif", "/images/page.gif", "/images/zt.gif", "/images/go.gif",
        )} == {
            "/css/a.css": "gone", "/images/home.gif": "redirect", "/images/page.gif": "gone",
            "/images/zt.gif": "archive", "/images/go.gif": "gone",
        }  # fmt: skip
        assert site.mapped("/images/home.gif").target == "/towns/dahe/"

    def test_a_file_behind_a_redirect_moves_with_its_page(self, site: Site) -> None:
        site.article("/tzgg/1.html", images=["/img.asp?id=3"])
        site.answer("/img.asp?id=3", 302, location="/upload/3.jpg")
        site.file("/upload/3.jpg", "image/jpeg", referrer="/img.asp?id=3")
        site.map()
        assert outcome(site, "/upload/3.jpg") == Outcome.MOVE
        assert site.mapped("/img.asp?id=3").follows == f"{HOST}/upload/3.jpg"
        assert site.findings("map.missing-file") == []

    def test_missing_and_foreign_files_are_findings(self, site: Site) -> None:
        abroad = "http://img.example.com/1.jpg"
        site.article("/tzgg/1.html", attachments=["/no.doc", "/unknown.doc"], images=[abroad])
        site.answer("/no.doc", 404)
        site.map()
        assert site.findings("map.missing-file") == ["/tzgg/1.html"] * 3
        messages = [f.message for _s, f in site.ledger.findings("map") if f.check == "map.missing-file"]
        assert [("another site" in m) for m in messages] == [False, False, True]
        assert outcome(site, "/no.doc") == Outcome.GONE

    def test_a_rule_may_name_files(self, site: Site) -> None:
        site.article("/tzgg/1.html", images=["/zt/logo.gif"])
        site.file("/zt/logo.gif", "image/gif")
        site.map()
        assert outcome(site, "/zt/logo.gif") == Outcome.MOVE  # 专题 names no kind: files follow their pages
        site.map('rules: [{name: 图, match: {path: "/zt/**", kind: [image]}, archive: 图片存档}]')
        assert (outcome(site, "/zt/logo.gif"), site.mapped("/zt/logo.gif").reason) == (Outcome.ARCHIVE, "图片存档")

    def test_what_the_portal_never_takes_is_archived(self, site: Site) -> None:
        site.article("/tzgg/1.html", attachments=["/flash/map.swf"])
        site.file("/flash/map.swf", "application/x-shockwave-flash")
        site.map()
        assert outcome(site, "/flash/map.swf") == Outcome.ARCHIVE

    def test_names(self, site: Site) -> None:
        names = {"/upload/2016.doc": "申请表.doc", "/down.asp?id=3": "花名册.xls", "/down.asp?id=4": "点击下载"}
        site.article("/tzgg/1.html", attachments=list(names))
        record = site.ledger.record(site.key("/tzgg/1.html"))
        links = tuple(type(link)(link.url, name) for link, name in zip(record.attachments, names.values(), strict=True))
        site.ledger.write_record(type(record)(key=record.key, kind=record.kind, attachments=links), "d", "r")
        for path in names:
            site.file(path, "application/octet-stream")
        site.file("/file/%C9%EA%C7%EB%B1%ED.doc", "application/msword")  # GBK
        site.map()
        assert site.mapped("/upload/2016.doc").name == "2016.doc"
        assert site.mapped("/down.asp?id=3").name == "花名册.xls"  # down.asp is no name of a file
        assert site.mapped("/down.asp?id=4").name == "down.asp"
        assert site.mapped("/file/申请表.doc").name == "申请表.doc"


class TestHeld:
    """What only held pages show is held with them."""

    def test_files_of_held_pages(self, site: Site) -> None:
        site.article("/tzgg/1.html", attachments=["/id.xls", "/form.doc"], held=("identity-number",))
        site.article("/gzdt/2.html", images=["/id.xls"], held=("bank-card",))
        site.article("/tzgg/3.html", attachments=["/form.doc"])
        site.file("/id.xls", "application/vnd.ms-excel")
        site.file("/form.doc", "application/msword")
        site.map()
        assert site.mapped("/tzgg/1.html").held == ("identity-number",)
        held = site.mapped("/id.xls")
        assert (held.outcome, set(held.held)) == (Outcome.MOVE, {"identity-number", "bank-card"})
        assert set(held.used_by) == {f"{HOST}/tzgg/1.html", f"{HOST}/gzdt/2.html"}
        form = site.mapped("/form.doc")
        assert (form.held, form.used_by) == ((), (f"{HOST}/tzgg/1.html", f"{HOST}/tzgg/3.html"))

    def test_an_archived_page_shows_it_a_gone_one_does_not(self, site: Site) -> None:
        for number, other in ((1, "/zt/1.html"), (2, "/old/1.html"), (3, "/later/1.html")):
            site.article(f"/tzgg/{number}.html", attachments=[f"/{number}.doc"], held=("identity-number",))
            site.article(other, attachments=[f"/{number}.doc"])
            site.file(f"/{number}.doc", "application/msword")
        site.map()
        assert [bool(site.mapped(f"/{number}.doc").held) for number in (1, 2, 3)] == [False, True, False]

    def test_behind_a_redirect(self, site: Site) -> None:
        site.article("/tzgg/1.html", attachments=["/down.asp?id=1"], held=("identity-number",))
        site.answer("/down.asp?id=1", 302, location="/file/1.doc")
        site.file("/file/1.doc", "application/msword")
        site.map()
        assert site.mapped("/file/1.doc").held == ("identity-number",)


def test_every_url_found_has_exactly_one_entry(site: Site) -> None:
    site.article("/tzgg/1.html", images=["/1.jpg"])
    site.article("/TZGG/1.HTML", images=["/1.jpg"])
    site.list_page("/tzgg/index.html", "/tzgg/1.html")
    site.answer("/tzgg/", 404)
    site.answer("/x.asp?id=1&from=home", 500)
    site.frontier("/search/", "skipped", "excluded")
    site.link("/never.html")
    site.link("http://www.other.example.com/")
    site.link("http://dahe.example.gov.cn/alias.html")
    site.file("/1.jpg", "image/jpeg")
    # found, but its canonical spelling is longer than an address may be
    long = f"{HOST}/{'%E5%A4%A7' * 300}.html"
    site.db.execute("INSERT INTO links VALUES (?, 1, '', '', 'a', 1)", (long,))
    site.map()
    found = account(site.ledger, site.config.url_rules)
    assert (found.balanced, found.found, found.missing, found.extra) == (True, 8, (), ())
    site.db.execute("DELETE FROM entries WHERE outcome = 'move' AND kind = 'image'")
    assert not account(site.ledger, site.config.url_rules).balanced


def test_mapping_twice_gives_the_same_bytes(site: Site) -> None:
    for number in range(20):
        site.article(f"/tzgg/{number}.html", images=[f"/{number % 3}.jpg"], held=("bank-card",) if number % 2 else ())
    for number in range(3):
        site.file(f"/{number}.jpg", "image/jpeg")
    site.list_page("/tzgg/", *(f"/tzgg/{number}.html" for number in range(20)))
    site.map()
    first, findings = site.entries(), list(site.ledger.findings("map"))
    site.map()
    assert (site.entries(), list(site.ledger.findings("map"))) == (first, findings)


class TestContentHash:
    """The hash tells import what is new; it must move with content, and with nothing else."""

    def hashes(self, site: Site) -> tuple[str, str]:
        site.map()
        return site.mapped("/tzgg/1.html").content_hash, site.mapped("/a.doc").content_hash

    @pytest.fixture
    def first(self, site: Site) -> tuple[str, str]:
        site.article("/tzgg/1.html", attachments=["/a.doc"])
        site.file("/a.doc", "application/msword")
        return self.hashes(site)

    def test_elsewhere_in_the_archive_is_the_same(self, site: Site, first: tuple[str, str]) -> None:
        site.db.execute("UPDATE resources SET warc_file = 'b.warc.gz', warc_offset = 77")
        site.db.execute("UPDATE resources SET digest = 'sha256:frame-changed' WHERE key LIKE '%html'")
        assert self.hashes(site) == first

    def test_renaming_a_rule_is_no_change(self, site: Site, first: tuple[str, str]) -> None:
        site.map(RULES.replace("name: 公告", "name: 公示公告"))
        assert site.mapped("/tzgg/1.html").rule == "公示公告"
        assert site.mapped("/tzgg/1.html").content_hash == first[0]

    def test_new_bytes_of_a_file_change_its_page_too(self, site: Site, first: tuple[str, str]) -> None:
        site.db.execute("UPDATE resources SET digest = 'sha256:new' WHERE key LIKE '%doc'")
        page, file = self.hashes(site)
        assert page != first[0]
        assert file != first[1]

    def test_another_column_is_a_change(self, site: Site, first: tuple[str, str]) -> None:
        site.map(RULES.replace("column: notices", "column: news"))
        assert site.mapped("/tzgg/1.html").content_hash != first[0]
