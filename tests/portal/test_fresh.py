"""What is kept is true: pages, lists and search change with what is published, by whatever way; few queries; 304."""

import datetime

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from selectolax.lexbor import LexborHTMLParser
from wagtail.models import Page

from cms_site.portal import kept
from cms_site.portal.models import ArticlePage, ChannelPage, ColumnPage, HomePage, ListLine, PortalIdentity, Stamp
from cms_site.portal.models.lines import UNDATED
from migrate.config.portal import load_portal

from .conftest import FIRST_DAY, PORTAL, article, column, picture


@pytest.fixture
def notices(portal):
    article(column("/notices/"), "第一件")
    return column("/notices/")


def shown(client, url="/notices/"):
    return [node.text() for node in LexborHTMLParser(client.get(url).content).css(".list .lines a")]


def menu(client):
    return [node.text() for node in LexborHTMLParser(client.get("/").content).css(".menu a")]


def test_what_is_published_moved_and_removed_shows_at_once(client, notices):
    assert shown(client) == ["第一件"]
    page = article(notices, "第二件", published_at=FIRST_DAY + datetime.timedelta(days=1))
    assert shown(client) == ["第二件", "第一件"]
    page.title = "改过的"
    page.save_revision()
    assert shown(client) == ["第二件", "第一件"], "a draft is not seen"
    page.get_latest_revision().publish()
    assert shown(client) == ["改过的", "第一件"]
    ArticlePage.objects.get(pk=page.pk).unpublish()
    assert shown(client) == ["第一件"]
    page = ArticlePage.objects.get(pk=page.pk)
    page.get_latest_revision().publish()
    news = column("/news/")
    Page.objects.get(pk=page.pk).move(news, pos="last-child")
    assert shown(client) == ["第一件"]
    assert shown(client, "/news/") == ["改过的"]
    Page.objects.get(pk=page.pk).delete()
    assert shown(client, "/news/") == []


def test_menus_follow_the_tree_and_the_marks(client, notices):
    before = menu(client)
    place = ColumnPage.objects.get(pk=notices.pk)
    place.title = "公告栏"
    place.save_revision().publish()
    assert menu(client) == [name if name != "通知公告" else "公告栏" for name in before]
    place.refresh_from_db()
    place.hidden = True
    place.save()
    assert "公告栏" not in menu(client)
    marks = PortalIdentity.objects.get()
    marks.contact = "0377-99999999"
    marks.save()
    assert b"0377-99999999" in client.get("/").content
    channel = ChannelPage.objects.get()
    channel.slug = "dahe2"
    channel.save()
    assert client.get("/towns/dahe2/").status_code == 200
    assert client.get("/towns/dahe2/notices/").status_code == 200
    assert client.get("/towns/dahe/notices/").status_code == 404


def test_a_hidden_column_closes_all_that_is_in_it(client, notices):
    page = ArticlePage.objects.get()
    assert client.get(page.get_url()).status_code == 200
    notices.hidden = True
    notices.save()
    assert client.get(page.get_url()).status_code == 404
    assert client.get("/search/?q=第一件").content.count(b"<mark>") == 0


def test_lines_are_those_of_live_pages(notices):
    article(notices, "无日期", published_at=None)
    article(notices, "草稿", live=False)
    kept_lines = {line.page.title: (line.year, line.order) for line in ListLine.objects.select_related("page")}
    assert kept_lines == {
        "第一件": (2024, int(FIRST_DAY.timestamp() * 1_000_000)), "无日期": (0, UNDATED),
    }  # fmt: skip
    assert {line.column_id for line in ListLine.objects.all()} == {notices.pk}


def test_lines_can_be_written_anew(notices):
    from django.core.management import call_command

    before = list(ListLine.objects.values("page", "column", "kind", "year", "order"))
    ListLine.objects.all().delete()
    call_command("update_index", verbosity=0)
    assert list(ListLine.objects.values("page", "column", "kind", "year", "order")) == before


def test_the_migration_writes_the_lines_of_a_portal_that_is_there(notices):
    from importlib import import_module

    from django.apps import apps

    article(notices, "无日期", published_at=None)
    article(notices, "草稿", live=False)
    before = list(ListLine.objects.order_by("pk").values())
    ListLine.objects.all().delete()
    import_module("cms_site.portal.migrations.0006_lines_of_live_pages").write_lines(apps, None)
    assert list(ListLine.objects.order_by("pk").values()) == before


def test_a_column_page_costs_at_most_twelve_queries(client, filled):
    place = column("/towns/dahe/notices/")
    counts = []
    for more in (0, 40):
        for number in range(more):
            article(place, f"另有{number}件", published_at=FIRST_DAY + datetime.timedelta(hours=number))
        for url in ("/towns/dahe/notices/", "/towns/dahe/notices/?page=2", "/notices/", "/policies/"):
            client.get(url)
            Stamp.renew()  # nothing is kept any more
            for _time in range(2):
                with CaptureQueriesContext(connection) as queries:
                    assert client.get(url).status_code == 200
                counts.append(len(queries))
                assert len(queries) <= 12, [query["sql"][:120] for query in queries.captured_queries]
    assert counts[: len(counts) // 2] == counts[len(counts) // 2 :], "the length of the list makes no difference"
    assert max(counts[1::2]) < max(counts[::2]), "what is kept is not asked again"


def test_no_column_of_any_template_costs_more_than_twelve_queries(client, portal):
    """The dearest are those that show two types, and those with photos: right after a publication, too."""
    home, photo = HomePage.objects.get(), picture()
    for template, described in load_portal(PORTAL).templates.items():
        place = ColumnPage.objects.filter(template=template, hidden=False).order_by("depth").first()
        if place is None:  # a county has no such column until it wants one
            place = ColumnPage(title=described.title, slug=template, template=template, holds=described.page)
            home.add_child(instance=place)
        more = {"photo": photo} if described.page == "leader" else {}
        for number in range(2):
            article(place, f"{template}{number}", **more)
        if ArticlePage in place.listed_models and place.content_model is not ArticlePage:
            waiting = article(column("/towns/dahe/undecided/"), f"{template}，暂放")
            waiting.move(place, "last-child")
        url = place.get_url()
        assert client.get(url).status_code == 200
        Stamp.renew()  # nothing is kept any more
        for _time in range(2):
            with CaptureQueriesContext(connection) as queries:
                assert f"{template}1" in client.get(url).content.decode()
            assert len(queries) <= 12, (template, [query["sql"][:120] for query in queries.captured_queries])


def test_what_is_pinned_stands_first_in_its_own_column_alone(client, portal):
    own, county = column("/towns/dahe/notices/"), column("/notices/")
    first = article(own, "要看的", published_at=FIRST_DAY - datetime.timedelta(days=400), pinned=True)
    for number in range(9):
        article(own, f"镇里{number}", published_at=FIRST_DAY - datetime.timedelta(days=number))
    article(county, "县里", published_at=FIRST_DAY - datetime.timedelta(days=200), pinned=True)
    assert shown(client, "/towns/dahe/notices/")[:2] == ["置顶要看的", "镇里0"]
    blocks = LexborHTMLParser(client.get("/towns/dahe/").content).css(".block .lines a")
    assert [node.text() for node in blocks] == ["置顶要看的", *(f"镇里{number}" for number in range(6))]
    gathered = shown(client, "/notices/")
    assert (gathered[0], gathered[-1]) == ("置顶县里", "大河镇要看的"), "a township's is not the county's"
    assert len(gathered) == column("/notices/").lines().count() == 11
    block = LexborHTMLParser(client.get("/").content).css_first(".block .lines")
    assert [node.text() for node in block.css("a")] == ["置顶县里", *(f"大河镇镇里{number}" for number in range(6))]
    first.pinned = False
    first.save_revision().publish()
    assert shown(client, "/towns/dahe/notices/")[0] == "镇里0"


def known(answer, **more):
    return {"HTTP_IF_NONE_MATCH": answer["ETag"], **more}


def test_a_browser_is_told_that_its_copy_holds(client, filled):
    machines = ("/sitemap.xml", "/sitemap-1.xml", "/rss/notices.xml")
    for url in ("/", "/notices/", filled["notice"].get_url(), "/search/?q=防汛", "/sitemap/", *machines):
        client.get(url)  # the first answer notes the sizes of files, which pages show
        first = client.get(url)
        assert first["Cache-Control"] == "no-cache", url
        assert "Cookie" in first["Vary"]
        again = client.get(url, **known(first))
        assert (again.status_code, again.content) == (304, b""), url
        assert again["ETag"] == first["ETag"]
        since = client.get(url, HTTP_IF_MODIFIED_SINCE=first["Last-Modified"])
        assert since.status_code == 304, url
        assert client.head(url, **known(first)).status_code == 304
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/notices/", **known(client.get("/notices/"))).status_code == 304
    assert sum("portal_stamp" in query["sql"] for query in queries.captured_queries) == 2
    first = client.get("/notices/")
    article(column("/notices/"), "新发布的")
    second = client.get("/notices/", **known(first))
    assert second.status_code == 200
    assert "新发布的" in second.content.decode()
    assert second["ETag"] != first["ETag"]


def test_a_copy_does_not_hold_for_another_mode_day_address_or_release(client, notices, monkeypatch):
    from cms_site.portal import middleware

    first = client.get("/notices/")
    assert client.get("/news/", **known(first)).status_code == 200
    assert client.get("/notices/?page=1", **known(first)).status_code == 200
    client.post("/display/", {"mode": "large"})
    large = client.get("/notices/", **known(first))
    assert (large.status_code, b'class="large"' in large.content) == (200, True)
    client.cookies.clear()
    assert client.get("/notices/", **known(first)).status_code == 304
    tomorrow = first.headers["ETag"], middleware.timezone.localdate() + datetime.timedelta(days=1)
    monkeypatch.setattr(middleware.timezone, "localdate", lambda: tomorrow[1])
    assert client.get("/notices/", **known(first)).status_code == 200
    monkeypatch.undo()
    monkeypatch.setattr(middleware, "_released", middleware.timezone.now)
    assert client.get("/notices/", **known(first)).status_code == 200


def test_who_is_logged_in_and_what_is_no_page_is_not_kept(client, notices):
    first = client.get("/notices/")
    for url in ("/nowhere/", "/archived/", "/old-address/", "/admin/login/"):
        assert "ETag" not in client.get(url), url
    client.force_login(get_user_model().objects.create_user("editor"))
    inside = client.get("/notices/", **known(first))
    assert inside.status_code == 200
    assert "ETag" not in inside


def test_nothing_is_kept_before_anything_was_published(client, db):
    Stamp.objects.all().delete()
    assert kept.kept(None, "x", lambda: 1) == 1
    assert kept.kept(None, "x", lambda: 2) == 2
    assert "ETag" not in client.get("/search/")


def test_what_is_kept_under_one_stamp_is_not_seen_under_another(db):
    Stamp.renew()
    first = Stamp.now()
    assert [kept.kept(first, "x", lambda: 1), kept.kept(first, "x", lambda: 2)] == [1, 1]
    Stamp.renew()
    assert kept.kept(Stamp.now(), "x", lambda: 3) == 3
    assert kept.kept(first, "x", lambda: 4) == 4
    assert first.name != Stamp.now().name
