"""Every outcome with every state of its target, and what a lookup costs."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.documents.models import AbstractDocument
from wagtail.models import Collection, CollectionViewRestriction

from cms_site.legacy import serving
from cms_site.legacy.lookup import drafts
from cms_site.legacy.models import OldHost, OldSite, OldUrl, UnknownHit
from cms_site.portal.models import ArticlePage
from tests.legacy.conftest import HOST, PORTAL

ROAD = f"{PORTAL}/towns/dahe/notices/road/"


def body(response) -> str:
    return b"".join(response).decode()


# outcomes × state of the target


def test_moved_page_is_301_to_where_it_is_today(add, ask, portal):
    add("/a.html", page=portal.live)
    response = ask("/a.html")
    assert (response.status_code, response["Location"]) == (301, ROAD)
    assert response["Cache-Control"] == "public, max-age=3600"


def test_301_follows_a_later_move(add, ask, portal):
    add("/a.html", page=portal.live)
    portal.live.move(portal.home.get_children().first(), pos="last-child")
    portal.live.refresh_from_db()
    assert ask("/a.html")["Location"] == f"{PORTAL}{portal.live.url}"
    assert ask("/a.html")["Location"] != ROAD


def test_target_is_on_the_portals_own_port(add, ask, portal):
    add("/a.html", page=portal.live)
    from wagtail.models import Site

    site = Site.objects.get()
    site.port = 8000
    site.save()
    assert ask("/a.html")["Location"] == f"{PORTAL}:8000/towns/dahe/notices/road/"


@pytest.mark.parametrize("name", ["draft", "in_hidden"])
def test_moved_page_that_nobody_can_see_is_404_with_search_and_a_hit(add, ask, portal, name):
    old = add("/a.html", page=getattr(portal, name), title="关于修桥的通知")
    response = ask("/a.html")
    assert response.status_code == 404
    assert response["Cache-Control"] == "no-cache"
    assert 'value="关于修桥的通知"' in body(response)
    assert f'action="{PORTAL}/search/"' in body(response)
    ask("/a.html")
    old.refresh_from_db()
    assert old.hits == 2


@pytest.fixture(params=["image", "document"])
def file(request):
    return request.getfixturevalue(request.param)


def show(page, file) -> None:
    """Have a page show a picture, or list a document."""
    if isinstance(file, AbstractDocument):
        page.attachments = [("document", {"document": file, "title": "申请表"})]
    else:
        page.body = [("image", {"image": file, "caption": "", "alt": ""})]
    page.save_revision().publish()


def test_a_file_goes_with_the_page_that_shows_it(add, ask, portal, file):
    is_document = isinstance(file, AbstractDocument)
    things = {"document" if is_document else "image": file, "kind": "attachment" if is_document else "image"}
    old = add("/a.png", **things)
    add("/b.png", follows=old, kind=things["kind"])
    add("/only-archived.png", **things, warc_file="x.warc.gz", warc_offset=0)
    show(portal.live, file)
    address = file.url if is_document else file.file.url
    assert ask("/a.png")["Location"] == ask("/b.png")["Location"] == f"{PORTAL}{address}"
    portal.live.unpublish()
    for number, path in enumerate(("/a.png", "/b.png"), 1):
        response = ask(path)
        assert (response.status_code, "Location" in response) == (404, False)
        old.refresh_from_db()
        assert old.hits == number
    assert drafts("dahe") == {f"http://{HOST}/a.png", f"http://{HOST}/only-archived.png"}  # checks don't ask for a 301
    copy = ask("/only-archived.png")
    assert copy.status_code == 302 and copy["Location"].startswith(f"{PORTAL}/archived/")
    assert "<loc>" not in body(ask("/sitemap.xml"))
    show(portal.notices.get_children().get(slug="road").specific, file)
    assert ask("/a.png").status_code == 301 and body(ask("/sitemap.xml")).count("<loc>") == 3


def test_a_document_that_another_live_page_lists_stays(add, ask, portal, document):
    add("/form.pdf", document=document, kind="attachment")
    show(portal.live, document)
    show(portal.notices.add_child(instance=ArticlePage(title="办事指南", slug="guide")), document)
    portal.live.unpublish()
    assert ask("/form.pdf").status_code == 301


def test_a_document_behind_the_login_is_not_led_to(add, ask, portal, document, client):
    old = add("/form.pdf", document=document, kind="attachment")
    assert ask("/form.pdf").status_code == 301
    shelf = Collection.get_first_root_node().add_child(name="内部")
    CollectionViewRestriction.objects.create(collection=shelf, restriction_type="login")
    document.collection = shelf.add_child(name="附件")
    document.save()
    assert client.get(document.url).status_code == 302  # to the login
    assert ask("/form.pdf").status_code == 404
    old.refresh_from_db()
    assert old.hits == 1 and "<loc>" not in body(ask("/sitemap.xml"))


def test_moved_draft_is_302_to_its_archived_copy_where_there_is_one(add, ask, portal):
    old = add("/a.html", page=portal.draft, warc_file="x.warc.gz", warc_offset=0)
    response = ask("/a.html")
    assert (response.status_code, response["Location"]) == (302, f"{PORTAL}/archived/{old.pk}/")
    assert response["Cache-Control"] == "no-cache"
    old.refresh_from_db()
    assert old.hits == 0  # it was an answer


def test_moved_page_deleted_since_is_404(add, ask, portal):
    add("/a.html", page=portal.live)
    portal.live.delete()
    assert ask("/a.html").status_code == 404


def test_moved_document_and_image(add, ask, document, image):
    add("/uploadfile/x.pdf", kind="attachment", document=document)
    add("/images/p.png", kind="image", image=image)
    first, second = ask("/uploadfile/x.pdf"), ask("/images/p.png")
    assert (first.status_code, first["Location"]) == (301, PORTAL + document.url)
    assert (second.status_code, second["Location"]) == (301, PORTAL + image.file.url)


def test_held_document_is_not_given_out(add, ask, document):
    add("/uploadfile/x.pdf", kind="attachment", document=document, held=["identity-number"])
    assert ask("/uploadfile/x.pdf").status_code == 404


def test_deleted_document_is_404(add, ask, document):
    add("/uploadfile/x.pdf", kind="attachment", document=document)
    document.delete()
    assert ask("/uploadfile/x.pdf").status_code == 404


def test_redirect_to_live_and_to_unpublished_page(add, ask, portal):
    add("/list.html", "redirect", kind="list", target=portal.notices)
    assert ask("/list.html").status_code == 301
    assert ask("/list.html")["Location"] == f"{PORTAL}/towns/dahe/notices/"
    portal.notices.unpublish()
    assert ask("/list.html").status_code == 404


def test_redirect_whose_target_was_deleted_is_404(add, ask, portal):
    add("/list.html", "redirect", kind="list", target=portal.notices)
    portal.notices.delete()
    assert ask("/list.html").status_code == 404


def test_archive_is_301_to_page_or_file(add, ask):
    stored = {"warc_file": "x.warc.gz", "warc_offset": 0}
    page = add("/zt/1.html", "archive", **stored)
    file = add("/zt/1.doc", "archive", kind="attachment", **stored)
    assert (ask("/zt/1.html").status_code, ask("/zt/1.html")["Location"]) == (301, f"{PORTAL}/archived/{page.pk}/")
    assert ask("/zt/1.doc")["Location"] == f"{PORTAL}/archived/{file.pk}/file"


def test_archive_that_may_not_be_shown_is_404_without_its_title(add, ask):
    old = add("/zt/1.html", "archive", warc_file="x", warc_offset=0, held=["identity-number"], title="张三 身份信息")
    response = ask("/zt/1.html")
    assert response.status_code == 404
    assert "张三" not in body(response)
    old.refresh_from_db()
    assert old.hits == 1


def test_archive_without_a_capture_is_404(add, ask):
    add("/zt/1.html", "archive")
    assert ask("/zt/1.html").status_code == 404


def test_withdrawn_copy_is_410_with_reason(add, ask, superuser):
    from cms_site.legacy.withdrawal import withdraw

    old = add("/zt/1.html", "archive", warc_file="x", warc_offset=0, title="不该再出现的标题")
    withdraw(old, "含有个人信息", superuser)
    response = ask("/zt/1.html")
    assert response.status_code == 410
    assert "含有个人信息" in body(response)
    assert "不该再出现的标题" not in body(response)


def test_gone_says_what_why_and_where_to_go(add, ask, portal):
    add("/vote.asp", "gone", title="网上投票", reason="功能已停用")
    response = ask("/vote.asp")
    text = body(response)
    assert response.status_code == 410
    assert response["Cache-Control"] == "public, max-age=3600"
    for part in ("网上投票", "功能已停用", f'href="{PORTAL}/towns/dahe/"', f'action="{PORTAL}/search/"', "大河镇"):
        assert part in text
    assert "/archived/" + "1/" not in text


def test_gone_with_a_capture_links_the_copy(add, ask):
    old = add("/vote.asp", "gone", warc_file="x", warc_offset=0)
    assert f'href="{PORTAL}/archived/{old.pk}/"' in body(ask("/vote.asp"))


@pytest.mark.parametrize("outcome", ["undecided", "failed"])
def test_unsettled_is_never_a_301(add, ask, outcome):
    add("/a.html", outcome, title="旧标题")
    with_copy = add("/b.html", outcome, warc_file="x", warc_offset=0)
    assert ask("/a.html").status_code == 404
    assert ask("/b.html").status_code == 302
    assert ask("/b.html")["Location"] == f"{PORTAL}/archived/{with_copy.pk}/"


def test_undecided_leads_to_its_page_once_an_editor_has_published_it_in_a_column(add, ask, portal):
    add("/a.html", "undecided", page=portal.live)
    add("/b.html", "undecided", page=portal.in_hidden)
    add("/c.html", "failed", page=portal.live)
    assert (ask("/a.html").status_code, ask("/a.html")["Location"]) == (301, portal.live.full_url)
    assert [ask(path).status_code for path in ("/b.html", "/c.html")] == [404, 404]


def test_unknown_is_404_and_counted(site, ask):
    assert ask("/nobody/knows.html?id=7").status_code == 404
    ask("/nobody/knows.html?id=7")
    hit = UnknownHit.objects.get()
    assert (hit.canonical, hit.hits, hit.site) == (f"http://{HOST}/nobody/knows.html?id=7", 2, site)


def test_unknown_addresses_are_bounded(site, ask, monkeypatch):
    monkeypatch.setattr(serving, "UNKNOWN_LIMIT", 2)
    for number in range(4):
        assert ask(f"/{number}").status_code == 404
    ask("/0")
    assert dict(UnknownHit.objects.values_list("canonical", "hits")) == {
        f"http://{HOST}/0": 2,
        f"http://{HOST}/1": 1,
    }


def test_old_home_page(add, ask, portal):
    add("/", "redirect", kind="home", target=portal.channel)
    for path in ("/", "/index.html", "/INDEX.HTML", "/?from=qr"):
        response = ask(path)
        assert (response.status_code, response["Location"]) == (301, f"{PORTAL}/towns/dahe/"), path


# methods


def test_head_has_no_body(add, ask, portal):
    add("/a.html", page=portal.live)
    add("/gone.html", "gone", reason="x")
    assert ask("/a.html", "head").status_code == 301
    response = ask("/gone.html", "head")
    assert (response.status_code, response.content) == (410, b"")
    assert int(response["Content-Length"]) == len(ask("/gone.html").content)


def test_head_is_not_a_hit(add, ask):
    old = add("/a.html", "undecided")
    ask("/a.html", "head")
    ask("/unknown.html", "head")
    old.refresh_from_db()
    assert (old.hits, UnknownHit.objects.count()) == (0, 0)


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch", "options"])
def test_other_methods_are_405(add, ask, portal, method):
    add("/a.html", page=portal.live)
    response = ask("/a.html", method)
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


# robots.txt, sitemap.xml


def test_robots_points_to_the_sitemap(site, ask):
    response = ask("/robots.txt", host=HOST + ":8080")
    assert response.status_code == 200
    assert f"Sitemap: http://{HOST}:8080/sitemap.xml" in body(response)
    assert "Disallow" not in body(response)


def test_sitemap_lists_what_moved_and_nothing_else(add, ask, portal, document):
    add("/moved.html?a=1&b=<2>", page=portal.live)
    add("/draft.html", page=portal.draft)
    add("/list.html", "redirect", target=portal.notices)
    add("/file.pdf", kind="attachment", document=document)
    add("/held.pdf", kind="attachment", document=document, held=["bank-card"])
    add("/gone.html", "gone")
    add("/archived.html", "archive", warc_file="x", warc_offset=0)
    add("/undecided.html", "undecided")
    from xml.etree import ElementTree

    response = ask("/sitemap.xml")
    assert response["Content-Type"].startswith("application/xml")
    found = [loc.text for loc in ElementTree.fromstring(body(response)).iter() if loc.tag.endswith("loc")]
    assert found == [f"http://{HOST}{path}" for path in ("/moved.html?a=1&b=<2>", "/list.html", "/file.pdf")]
    assert body(ask("/sitemap.xml", "head")) == ""


def test_a_large_sitemap_comes_in_parts(add, ask, portal, monkeypatch):
    monkeypatch.setattr(serving, "SITEMAP_LIMIT", 2)
    for number in range(3):
        add(f"/{number}.html", page=portal.live)
    index = body(ask("/sitemap.xml", host=HOST + ":8080"))
    assert index.count("<sitemap>") == 2
    assert f"<loc>http://{HOST}:8080/sitemap-2.xml</loc>" in index
    assert [body(ask(f"/sitemap-{part}.xml")).count("<loc>") for part in (1, 2)] == [2, 1]
    assert ask("/sitemap-3.xml").status_code == 404


# cost, and the portal itself


def test_a_lookup_costs_at_most_three_queries(add, ask, portal):
    add("/a.html", page=portal.live)
    add("/gone.html", "gone", reason="x")
    ask("/a.html")  # Wagtail remembers the portal's root
    for path in ("/a.html", "/gone.html"):
        with CaptureQueriesContext(connection) as queries:
            ask(path)
        assert len(queries) <= 3, [query["sql"] for query in queries]


def test_other_hosts_pass_for_one_query(add, portal, rf):
    from cms_site.legacy.middleware import OldHostMiddleware

    add("/a.html", page=portal.live)
    passed = OldHostMiddleware(lambda request: "passed")
    with CaptureQueriesContext(connection) as queries:
        assert passed(rf.get("/a.html", headers={"host": "www.yunxi.example.gov.cn"})) == "passed"
        assert passed(rf.post("/admin/", headers={"host": "localhost:8000"})) == "passed"
    assert len(queries) == 2


def test_a_host_added_by_another_process_counts_at_once(add, ask, portal):
    add("/a.html", page=portal.live)
    assert ask("/a.html", host="dh.example.gov.cn").status_code != 301
    OldHost.objects.bulk_create([OldHost(name="dh.example.gov.cn", site=OldSite.objects.get())])  # no signal
    assert ask("/a.html", host="dh.example.gov.cn").status_code == 301


def test_a_portal_without_tables_is_left_alone(db, rf):
    from cms_site.legacy.middleware import OldHostMiddleware

    if connection.vendor != "sqlite":
        pytest.skip("a failed query ends the test's transaction on this database")
    connection.cursor().execute("ALTER TABLE legacy_oldhost RENAME TO legacy_oldhost_away")  # rolled back
    assert OldHostMiddleware(lambda request: "passed")(rf.get("/", headers={"host": HOST})) == "passed"


def test_without_a_portal_nothing_is_redirected(add, ask, portal):
    from wagtail.models import Site

    add("/a.html", page=portal.live, title="修路")
    Site.objects.all().delete()
    response = ask("/a.html")
    assert response.status_code == 404
    assert "<form" not in body(response)


def test_a_busy_database_does_not_cost_the_answer(add, ask, monkeypatch, caplog):
    from django.db import OperationalError

    def locked(*args, **kwargs):
        raise OperationalError("database is locked")

    add("/a.html", "undecided", title="旧标题")
    monkeypatch.setattr(OldUrl.objects.none().__class__, "update", locked)
    assert ask("/a.html").status_code == 404
    assert "not counted" in caplog.text


def test_head_of_the_sitemap_claims_no_length(add, ask, portal):
    add("/a.html", page=portal.live)
    assert "Content-Length" not in ask("/sitemap.xml", "head")


@pytest.mark.parametrize("spelled", ["%E5%85%B3%E4%BA%8E%E4%BF%AE%E8%B7%AF", "%B9%D8%D3%DA%D0%DE%C2%B7"])
def test_404_offers_to_search_by_what_the_address_itself_says(ask, site, spelled):
    said = ask(f"/tzgg/{spelled}.html").content.decode()
    assert 'value="关于修路"' in said and "没有找到" in said
    assert 'value=""' in ask("/tzgg/4711.html").content.decode()
