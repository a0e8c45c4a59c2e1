"""Every page type: seen by visitors, listed in its column, written by editors."""

import datetime
from pathlib import Path

import pytest
from django.db import models
from django.urls import reverse
from selectolax.lexbor import LexborHTMLParser
from wagtail.fields import RichTextField
from wagtail.models import Page, PageViewRestriction
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text, streamfield

from cms_site.portal.models import (
    CONTENT_MODELS,
    ArticlePage,
    ChannelPage,
    ColumnPage,
    ContentPage,
    LeaderPage,
    LetterPage,
    SectionPage,
    ServicePage,
    Stamp,
)
from migrate.config.portal import COMMON_FIELDS, OWN_FIELDS, load_portal
from migrate.mapping.suggest import load_vocabulary

from .conftest import FIRST_DAY, PORTAL, article, column

TEXTS = (models.CharField, models.TextField)
BUILT = {"path", "url_path", "slug", "draft_title", "link_url", "online_url", "video_url", "source_url"}
"""What the tree is made of, which nobody writes; and addresses, which are none with script in them."""
COLUMNS = Path(PORTAL).with_name("columns.yaml")


def seen(client, url):
    response = client.get(url)
    assert response.status_code == 200, url
    return LexborHTMLParser(response.content)


def texts(tree, selector):
    return [" ".join(node.text().split()) for node in tree.css(selector)]


def test_there_is_one_of_every_type_and_all_its_fields_are_shown(client, typed):
    assert {type(page) for page in typed.values() if isinstance(page, ContentPage)} == set(CONTENT_MODELS.values())
    for page in typed.values():
        tree = seen(client, page.get_url())
        assert page.title in texts(tree, "h1")
        assert page.title in seen(client, page.get_parent().get_url()).body.text()
        if isinstance(page, ContentPage):
            shown = tree.css_first("article").text()
            for _label, value in page.head:
                assert value in shown
            for section in page.sections:
                assert section.heading in shown and section.text.splitlines()[-1] in shown


def test_what_portal_yaml_calls_fields_are_fields():
    names = {"published": "published_at"}
    for kind, model in CONTENT_MODELS.items():
        own = {field.name for field in model._meta.get_fields()}
        assert {names.get(name, name) for name in (*COMMON_FIELDS, *OWN_FIELDS[kind])} <= own
        mine = {field.name for field in model._meta.local_fields} - {f.name for f in ContentPage._meta.local_fields}
        assert mine - {"page_ptr"} == set(OWN_FIELDS[kind])


def test_every_template_that_old_columns_are_suggested_for_is_there():
    templates = load_portal(PORTAL).templates
    assert {words.template for words in load_vocabulary(COLUMNS).columns} <= set(templates)


def test_an_interpretation_and_its_document_show_each_other(client, typed):
    policy, interpretation = typed["policy"], typed["interpretation"]
    assert texts(seen(client, policy.get_url()), ".related a") == [interpretation.title]
    assert seen(client, interpretation.get_url()).css_first(".related a").attributes["href"] == policy.get_url()
    interpretation.unpublish()
    assert texts(seen(client, policy.get_url()), ".related a") == []
    interpretation.live = True
    interpretation.save()
    policy.unpublish()
    assert texts(seen(client, interpretation.get_url()), ".related a") == []


def test_leaders_stand_by_rank_wherever_they_are_listed(client, portal):
    place = column("/disclosure/leaders/")
    for name, rank, days in (("甲某", 2, 0), ("乙某", None, 1), ("丙某", 1, 2)):
        article(place, name, rank=rank, published_at=FIRST_DAY + datetime.timedelta(days=days))
    assert texts(seen(client, "/disclosure/leaders/"), ".leaders strong") == ["丙某", "甲某", "乙某"]
    assert texts(seen(client, "/disclosure/"), ".block .lines a") == ["丙某", "甲某", "乙某"]


def test_only_what_goes_on_is_gathered_from_the_channels(client, portal):
    article(column("/towns/dahe/leaders/"), "镇长")
    article(column("/towns/dahe/budget/"), "大河镇2024年预算")
    assert texts(seen(client, "/disclosure/leaders/"), ".leaders strong") == []
    assert texts(seen(client, "/disclosure/budget/"), ".list .lines a") == ["大河镇 大河镇2024年预算".replace(" ", "")]


def test_the_unit_of_a_report_is_no_mark_of_where_it_comes_from(client, portal):
    article(column("/towns/dahe/budget/"), "2024年预算", unit="大河镇人民政府")
    assert texts(seen(client, "/towns/dahe/budget/"), ".list .lines a") == ["2024年预算"]
    assert texts(seen(client, "/disclosure/budget/"), ".list .lines a") == ["大河镇2024年预算"]


def test_script_in_every_field_of_every_type_is_only_text(client, typed):
    evil = "</script><script>alert(1)</script>"
    for page in typed.values():
        fields = [field for field in page._meta.get_fields() if isinstance(field, TEXTS) and not field.choices]
        fields = [field for field in fields if field.name not in BUILT and not isinstance(field, RichTextField)]
        assert {"title"} < {field.name for field in fields}
        for field in fields:
            setattr(page, field.name, evil if field.max_length is None else evil[: field.max_length])
        page.save()
        place = page.get_parent()
        for url in (page.get_url(), place.get_url(), f"/rss{place.get_url().rstrip('/')}.xml", "/search/?q=alert"):
            answer = client.get(url)
            assert answer.status_code in (200, 404), url  # a topic's parent has a feed, a topic has none
            assert b"<script>alert" not in answer.content, (url, page)


def test_the_platform_shows_its_fixed_parts_and_what_has_content(client, typed):
    tree = seen(client, "/disclosure/")
    assert texts(tree, ".tiles a") == [
        "政府信息公开指南", "政府信息公开制度", "法定主动公开内容", "政府信息公开年报", "依申请公开",
    ]  # fmt: skip
    assert texts(tree, ".block h2") == ["政策解读", "领导信息", "机构职能", "财政预决算"]
    assert texts(seen(client, "/disclosure/guide/"), ".siblings p") == ["政府信息公开"]


def test_the_home_page_begins_with_the_state_council_and_notices(client, typed):
    assert texts(seen(client, "/"), ".block h2")[:2] == ["国务院重要政策信息", "通知公告"]
    assert "中国政府网" in texts(seen(client, typed["repost"].get_url()), ".repost")[0]


def test_a_topic_has_cover_columns_and_an_end(client, typed):
    tree = seen(client, typed["topic"].get_url())
    assert tree.css_first(".cover img") is not None
    assert texts(tree, ".block .lines a") == ["大河镇开展堤防抢险演练"]
    assert "结束" in texts(tree, ".notice-box")[0]
    assert texts(seen(client, "/specials/"), ".topics a") == ["防汛抗旱 已结束"]
    assert SectionPage.can_create_at(column("/specials/"))
    assert not SectionPage.can_create_at(column("/notices/"))


def test_an_entry_that_stands_for_another_address_leads_there(client, portal):
    page = article(column("/services/"), "在线申报", link_url="https://zwfw.yunxi.example.gov.cn/")
    line = seen(client, "/services/").css_first(".list .lines a")
    assert line.attributes["href"] == "https://zwfw.yunxi.example.gov.cn/"
    assert client.get(page.get_url())["Location"] == "https://zwfw.yunxi.example.gov.cn/"
    found = seen(client, "/search/?q=在线申报").css_first(".results h2 a")
    assert found.attributes["href"] == "https://zwfw.yunxi.example.gov.cn/"
    assert "<link>https://zwfw.yunxi.example.gov.cn/</link>" in client.get("/rss/services.xml").content.decode()


def test_lists_say_where_a_matter_stands(client, typed):
    assert texts(seen(client, "/interaction/mailbox/"), ".lines .note") == ["已回复"]
    assert texts(seen(client, "/interaction/"), ".block .note") == ["已回复", "已反馈"]
    letter = typed["letter"]
    letter.reply, letter.replied_on = "", None
    letter.save()
    assert texts(seen(client, "/interaction/mailbox/"), ".lines .note") == []


def test_sections_are_places_everywhere(client, typed):
    channel = ChannelPage.objects.get()
    section = channel.add_child(instance=SectionPage(title="镇务公开", slug="open"))
    inside = section.add_child(instance=ColumnPage(title="村级事务", slug="village", template="village"))
    assert "镇务公开" not in seen(client, "/towns/dahe/").body.text(), "there is nothing in it yet"
    assert "镇务公开" not in texts(seen(client, "/sitemap/"), ".site-map a")
    article(inside, "修渠决议")
    article(column("/towns/dahe/notices/"), "无关的决议")
    assert texts(seen(client, "/towns/dahe/"), ".banner a")[-1] == "镇务公开"
    assert {"镇务公开", "村级事务", "政府信息公开", "领导信息"} <= set(texts(seen(client, "/sitemap/"), ".site-map a"))
    tree = seen(client, "/towns/dahe/open/village/")
    assert texts(tree, ".breadcrumb a") == ["首页", "乡镇街道", "大河镇", "镇务公开"]
    assert texts(tree, ".siblings a") == ["镇务公开", "村级事务"]
    assert texts(seen(client, "/search/?q=决议&column=open"), ".results h2") == ["修渠决议"]
    assert len(texts(seen(client, "/search/?q=决议"), ".results h2")) == 2
    section.unpublish()
    assert "镇务公开" not in seen(client, "/towns/dahe/").body.text()


def test_a_body_that_was_copied_into_fields_is_shown_once(client, portal):
    place, lines = column("/services/"), ("申请条件", "年满六十周岁的本镇老人。", "办理材料", "身份证、一寸照片。")
    body = [("paragraph", "".join(f"<p>{line}</p>" for line in lines))]
    fields = {"conditions": lines[1], "materials": lines[3], "body": body}
    folded = seen(client, article(place, "优待证", **fields).get_url())
    assert len(folded.css("details.original .body")) == 1 and len(folded.css(".guide dt")) == 2
    more = [("paragraph", body[0][1] + "<p>申请人因故不能到场的，可以委托他人代办，须带委托书和双方身份证。</p>")]
    whole = seen(client, article(place, "代办", **(fields | {"body": more})).get_url())
    assert len(whole.css(".body")) == 1 and not whole.css("details") and not whole.css(".guide")
    other = seen(client, article(place, "另写", **(fields | {"conditions": "编辑另写的条件"})).get_url())
    assert len(other.css(".guide dt")) == 2 and len(other.css("article > .body")) == 1


def test_queries_of_a_column_do_not_depend_on_how_many_types_there_are(client, typed, django_assert_max_num_queries):
    place, photo = column("/disclosure/leaders/"), typed["leader"].photo
    for number in range(15):
        article(place, f"第{number}位", rank=2 + number, photo=photo)
        article(column("/services/"), f"第{number}项")
        article(column("/towns/dahe/undecided/"), f"暂放第{number}项").move(column("/services/"), "last-child")
    urls = [("/notices/", 12), ("/specials/", 12), ("/", 14), ("/disclosure/", 14), ("/towns/dahe/", 14)]
    urls += [("/disclosure/leaders/", 12), ("/services/", 12), ("/services/?page=2", 12)]  # photos; two types in a list
    urls += [(page.get_url(), 17) for page in typed.values()]
    for url, most in urls:
        client.get(url)
        Stamp.renew()  # nothing is kept any more
        for kept in (0, 3):
            with django_assert_max_num_queries(most - kept, info=url):
                client.get(url)


class TestEditors:
    @pytest.mark.parametrize("name", [*CONTENT_MODELS, "topic"])
    def test_open_and_preview(self, admin_client, typed, name):
        page = typed[name]
        form = admin_client.get(reverse("wagtailadmin_pages:edit", args=[page.pk]))
        assert form.status_code == 200
        assert admin_client.get(reverse("wagtailadmin_pages:view_draft", args=[page.pk])).status_code == 200

    def test_what_a_template_requires_is_asked_for_on_publication_only(self, admin_client, portal):
        place = column("/services/")
        add = reverse("wagtailadmin_pages:add", args=["portal", "servicepage", place.pk])
        empty = {"body": streamfield([]), "attachments": streamfield([]), "comments": inline_formset([])}
        data = nested_form_data({"title": "养犬登记", "slug": "dog", **empty})
        refused = admin_client.post(add, data | {"action-publish": "1"})
        wrong = refused.context["form"].errors
        assert {"basis", "conditions", "materials", "process", "place", "hours", "phone"} == set(wrong)
        assert not ServicePage.objects.exists()
        admin_client.post(add, data)
        assert not ServicePage.objects.get(title="养犬登记").live
        filled = dict.fromkeys(wrong, "见窗口公示")
        edit = reverse("wagtailadmin_pages:edit", args=[ServicePage.objects.get().pk])
        admin_client.post(edit, data | filled | {"action-publish": "1"})
        assert ServicePage.objects.get().live

    def test_a_hidden_column_asks_for_nothing(self, admin_client, portal):
        place = column("/towns/dahe/undecided/")
        add = reverse("wagtailadmin_pages:add", args=["portal", "leaderpage", place.pk])
        data = {"body": streamfield([]), "attachments": streamfield([]), "comments": inline_formset([])}
        admin_client.post(add, nested_form_data({"title": "某人", "slug": "x", **data}) | {"action-publish": "1"})
        assert LeaderPage.objects.get().live

    def test_an_interpretation_is_linked_by_the_page_chooser(self, admin_client, typed):
        page = typed["interpretation"]
        data = nested_form_data(
            {
                "title": page.title, "slug": page.slug, "published_at": "2024-06-01 08:00", "form": "text",
                "policy": str(typed["repost"].pk), "body": streamfield([("paragraph", rich_text("<p>解读</p>"))]),
                "attachments": streamfield([]), "comments": inline_formset([]),
            }
        )  # fmt: skip
        edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
        admin_client.post(edit, data | {"action-publish": "1"})
        assert [found.pk for found in typed["repost"].related()] == [page.pk]

    def test_each_column_takes_its_own_type(self, portal):
        place = column("/interaction/mailbox/")
        assert LetterPage.can_create_at(place)
        assert not ArticlePage.can_create_at(place)


def test_an_article_that_waited_can_be_moved_where_another_type_is_at_home(client, typed):
    services = column("/services/")
    waiting = article(column("/towns/dahe/undecided/"), "残疾人证办理", published_at=FIRST_DAY.replace(year=2025))
    assert waiting.can_move_to(services)
    assert not waiting.can_move_to(column("/interaction/mailbox/"))
    waiting.move(services, "last-child")
    article(services, "没有日期的办理", published_at=None)
    listed = ["残疾人证办理", "老年人优待证办理", "没有日期的办理"]
    assert texts(seen(client, "/services/"), ".list .lines a") == listed
    assert [line.title for line in services.lines()] == listed
    assert services.lines().count() == 3
    leaders = column("/disclosure/leaders/")
    article(column("/towns/dahe/undecided/"), "班子分工").move(leaders, "last-child")
    assert texts(seen(client, "/disclosure/leaders/"), ".leaders strong") == ["周明远", "班子分工"]
    assert texts(seen(client, "/disclosure/"), ".block:nth-child(2) .lines a") == ["周明远", "班子分工"]


def test_a_channel_home_with_all_types_in_its_standard_columns(client, portal):
    slugs = ("overview", "leaders", "duties", "news", "notices", "policies", "budget", "services")
    for slug in slugs:
        for number in range(2):
            known = {} if number else {"published_at": None}
            article(column(f"/towns/dahe/{slug}/"), f"{slug}{number}", **known)
    shown = texts(seen(client, "/towns/dahe/"), ".block .lines a")
    first = ("news", "notices", "policies", "budget")  # what goes on stands before what stays
    order = (*first, *(slug for slug in slugs if slug not in first))
    assert shown == [f"{slug}{number}" for slug in order for number in (1, 0)]


def test_found_by_the_words_of_its_own_fields(client, typed):
    for words, name in (
        ("近期一寸免冠", "service"),
        ("线路故障", "letter"),
        ("郑平", "interview"),
        ("采纳", "consultation"),
    ):
        assert typed[name].title in texts(seen(client, f"/search/?q={words}"), ".results h2"), words
    assert Page.objects.live().count() > ColumnPage.objects.count()


# columns that say one thing


def test_a_column_that_says_one_thing_shows_it_and_no_list_of_one(client, portal):
    place = column("/overview/")
    assert "本栏目暂无内容" in client.get("/overview/").content.decode()
    page = article(place, "云溪县情", body=[("paragraph", "<p>云溪县位于两省交界。</p>")])
    tree = seen(client, "/overview/")
    assert (tree.css_first("h1").text(), "位于两省交界" in tree.css_first(".body").text()) == ("云溪县情", True)
    assert tree.css_first("link[rel=canonical]").attributes["href"].endswith(page.get_url())
    tags = {node.attributes["name"]: node.attributes["content"] for node in tree.css("meta[name]")}
    assert tags["ColumnName"] == "县情概况"
    assert "ArticleTitle" not in tags, "this is the column's page"
    assert client.get("/overview/?page=2").status_code == 404
    article(place, "历史沿革")
    assert texts(seen(client, "/overview/"), ".lines a") == ["历史沿革", "云溪县情"]


def test_what_is_closed_leads_away_or_is_one_of_many_is_listed(client, portal):
    closed = article(column("/overview/"), "未公开的概况", body=[("paragraph", "<p>只给内部看</p>")])
    PageViewRestriction.objects.create(page=closed.page_ptr, restriction_type="login")
    article(column("/disclosure/guide/"), "指南", link_url="https://www.gov.cn/guide")
    article(column("/disclosure/leaders/"), "周明远")
    article(column("/notices/"), "唯一的公告")
    assert "只给内部看" not in client.get("/overview/").content.decode()
    for url, title in (("/disclosure/guide/", "指南"), ("/notices/", "唯一的公告")):
        assert texts(seen(client, url), ".lines a") == [title]
    assert texts(seen(client, "/disclosure/leaders/"), ".leaders strong") == ["周明远"]
