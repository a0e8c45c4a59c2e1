from dataclasses import replace
from pathlib import Path

import pytest
from wagtail.models import Page, Site

from cms_site.portal.build import build_portal
from cms_site.portal.models import ArticlePage, ChannelPage, ColumnPage, HomePage, PortalIdentity
from migrate.config.portal import load_portal
from migrate.errors import ShangyiError

PORTAL = Path(__file__).resolve().parents[2] / "mappings" / "portal.yaml"


@pytest.fixture
def config():
    return load_portal(PORTAL)


pytestmark = pytest.mark.django_db


def test_the_portal_can_be_asked_before_it_is_built(client):
    assert client.get("/nowhere/").status_code == 404
    assert client.get("/search/?q=公开").status_code == 200


def test_a_fresh_database_gets_the_whole_tree_and_loses_the_welcome_page(config):
    assert Page.objects.filter(depth=2).count() == 1
    result = build_portal(config)
    assert not result.updated
    assert not result.unchanged
    assert {"/", "/notices/", "/towns/", "/towns/dahe/", "/towns/dahe/notices/"} <= set(result.created)
    assert [page.specific_class for page in Page.objects.filter(depth=2)] == [HomePage]
    site = Site.objects.get()
    assert (site.hostname, site.root_page.slug) == ("www.yunxi.example.gov.cn", "portal")
    channel = ChannelPage.objects.get()
    assert channel.unit == "大河镇人民政府"
    slugs = set(ColumnPage.objects.child_of(channel).values_list("slug", flat=True))
    assert "undecided" in slugs
    assert not {"personnel", "plans"} & slugs
    assert list(ColumnPage.objects.filter(hidden=True).values_list("slug", flat=True)) == ["undecided"]
    policies = ColumnPage.objects.child_of(channel).get(slug="policies")
    assert (policies.template, policies.holds, policies.column_type, policies.clock_days) == (
        "policy_file", "policy", "政策文件", 183,
    )  # fmt: skip
    assert Page.find_problems() == ([], [], [], [], [])


def test_building_twice_changes_nothing(config):
    first = build_portal(config)
    before = list(Page.objects.order_by("pk").values())
    second = build_portal(config)
    assert not second.created
    assert not second.updated
    assert sorted(second.unchanged) == sorted(first.created)
    assert list(Page.objects.order_by("pk").values()) == before


def test_a_changed_line_updates_its_column_and_no_content(config):
    build_portal(config)
    column = ColumnPage.objects.get(url_path="/portal/notices/")
    article = column.add_child(instance=ArticlePage(title="关于停水的通知"))
    column.title = "公告"
    column.save_revision().publish()
    extra = ColumnPage(title="编辑自建", slug="own", template="notice")
    column.get_parent().add_child(instance=extra)
    result = build_portal(config)
    assert result.updated == ["/notices/"]
    column.refresh_from_db()
    assert (column.title, column.get_latest_revision_as_object().title) == ("通知公告", "通知公告")
    assert ArticlePage.objects.filter(pk=article.pk, live=True).exists()
    assert ColumnPage.objects.filter(slug="own").exists()


def test_marks_that_an_editor_filled_in_stay(config):
    build_portal(config)
    marks = PortalIdentity.objects.get()
    assert marks.site_code == "4113250001"
    marks.contact = "0377-11111111"
    marks.save()
    build_portal(config)
    assert PortalIdentity.objects.get().contact == "0377-11111111"


def test_a_page_of_another_type_in_the_way_is_an_error_and_nothing_is_built(config):
    build_portal(config)
    home = HomePage.objects.get()
    Page.objects.filter(url_path="/portal/towns/dahe/notices/").delete()
    ChannelPage.objects.get().add_child(instance=Page(title="挡路", slug="notices"))
    home.title = "旧名"
    home.save()
    with pytest.raises(ShangyiError, match="挡路"):
        build_portal(config)
    assert HomePage.objects.get().title == "旧名"


def test_a_required_column_is_a_finding_once_it_was_left_empty(config):
    assert build_portal(config).empty == []
    column = ColumnPage.objects.get(url_path="/portal/overview/")
    assert "/overview/" in build_portal(config).empty
    column.add_child(instance=ArticlePage(title="县情"))
    empty = build_portal(config).empty
    assert "/disclosure/guide/" in empty
    assert not {"/overview/", "/specials/", "/towns/dahe/overview/"} & set(empty)


def test_a_column_goes_on_listing_the_pages_that_it_has(config):
    build_portal(config)
    policies = ColumnPage.objects.get(url_path="/portal/policies/")
    policies.add_child(instance=policies.content_model(title="办法"))
    notices = ColumnPage.objects.get(url_path="/portal/notices/")
    notices.add_child(instance=ArticlePage(title="通知"))
    changed = {name: replace(config.templates[name], page="report") for name in ("policy_file", "notice")}
    result = build_portal(replace(config, templates={**config.templates, **changed}))
    assert result.kept == ["/policies/"]
    policies.refresh_from_db()
    notices.refresh_from_db()
    assert [page.title for column in (policies, notices) for page in column.lines()] == ["办法", "通知"]
