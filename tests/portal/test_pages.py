import datetime
import re

from django.urls import reverse
from selectolax.lexbor import LexborHTMLParser
from wagtail.models import Page, ReferenceIndex
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text, streamfield

from cms_site.portal.models import ArticlePage, ColumnPage, GroupPage, PolicyPage, PortalIdentity

from .conftest import FIRST_DAY, article, column, picture

SITE = ["SiteName", "SiteDomain", "SiteIDCode"]
COLUMN = ["ColumnName", "ColumnDescription", "ColumnKeywords", "ColumnType"]
ARTICLE = ["ArticleTitle", "PubDate", "ContentSource"]
OPTIONAL = ["Keywords", "Author", "Description", "Image", "Url"]


def parsed(client, url, status=200):
    response = client.get(url)
    assert response.status_code == status, url
    return LexborHTMLParser(response.content)


def meta(tree):
    found = {}
    for node in tree.css("meta[name]"):
        assert node.attributes["name"].lower() not in {name.lower() for name in found}, "the same name twice"
        found[node.attributes["name"]] = node.attributes["content"]
    return found


def lint(tree, required):
    """Return the tags after checking that exactly the required ones, and no wrong ones, are there and filled."""
    tags = meta(tree)
    national = {name for name in tags if name in SITE + COLUMN + ARTICLE + OPTIONAL}
    assert set(required) <= national <= {*required, *(OPTIONAL if ARTICLE[0] in required else [])}
    assert all(tags[name].strip() for name in national)
    return tags


def test_meta_of_every_page_type(client, filled):
    notice, policy = filled["notice"], filled["policy"]
    for url in ("/", "/towns/", "/towns/dahe/", "/search/?q=防汛", "/sitemap/"):
        tags = lint(parsed(client, url), SITE)
        assert tags["SiteDomain"] == "www.yunxi.example.gov.cn"
        assert tags["SiteIDCode"] == "4113250001"
    lint(parsed(client, "/nowhere/", 404), SITE)
    for url, kind in (
        ("/notices/", "工作动态"),
        ("/policies/", "政策文件"),
        ("/towns/dahe/notices/?page=2", "工作动态"),
    ):
        assert lint(parsed(client, url), SITE + COLUMN)["ColumnType"] == kind
    tags = lint(parsed(client, notice.get_url()), SITE + COLUMN + ARTICLE)
    assert tags["PubDate"] == "2024-05-06 09:30"
    assert (tags["ContentSource"], tags["Author"], tags["ColumnName"]) == ("大河镇党政办", "王某", "通知公告")
    assert tags["Image"].startswith("http://testserver/media/")
    assert tags["Url"] == f"http://www.yunxi.example.gov.cn{notice.get_url()}"
    tags = lint(parsed(client, policy.get_url()), SITE + COLUMN + ARTICLE)
    assert (tags["Keywords"], tags["ContentSource"]) == ("信息公开 办法", "云溪县人民政府办公室")


def test_an_article_without_a_known_time_invents_none(client, portal):
    page = article(column("/notices/"), "没有时间的公告", published_at=None)
    tree = parsed(client, page.get_url())
    assert "PubDate" not in meta(tree)
    assert "发布时间" not in tree.body.text()


def test_a_date_without_time_is_shown_as_a_date(client, portal):
    day = FIRST_DAY.replace(hour=0, minute=0)
    page = article(column("/notices/"), "只有日期的公告", published_at=day)
    tree = parsed(client, page.get_url())
    assert tree.css_first(".facts time").text() == "2024-05-06"
    assert meta(tree)["PubDate"] == "2024-05-06 00:00"


def test_the_home_page_shows_columns_and_directory_and_no_hidden_thing(client, filled):
    tree = parsed(client, "/")
    assert [node.text() for node in tree.css(".block h2")] == ["国务院重要政策信息", "通知公告", "政务动态", "政策文件"]
    assert [node.text() for node in tree.css(".channels a")][:2] == ["政府信息公开指南", "政府信息公开制度"]
    assert tree.css(".channels a")[-1].text() == "大河镇"
    notices = tree.css(".block")[1]
    assert notices.css_first(".lines a").text() == "大河镇关于开展夏季防汛演练的通知"
    assert len(notices.css(".lines li")) == 7
    assert "待定" not in tree.body.text()
    menu = [node.text() for node in tree.css(".menu a")]
    assert menu == ["首页", "县情概况", "政务动态", "通知公告", "国务院重要政策信息", "政策文件", "办事服务",
                    "专题专栏", "政府信息公开", "互动交流", "乡镇街道"]  # fmt: skip


def test_a_channel_shows_only_columns_that_have_something(client, filled):
    article(column("/towns/dahe/leaders/"), "未发布的领导", live=False)
    tree = parsed(client, "/towns/dahe/")
    assert tree.css_first("h1").text() == "大河镇人民政府"
    assert [node.text() for node in tree.css(".block h2")] == ["通知公告"]


def test_lists_are_newest_first_with_undated_last_and_pages_end_in_404(client, portal):
    place = column("/towns/dahe/news/")
    for number in range(41):
        article(place, f"动态{number}", published_at=FIRST_DAY - datetime.timedelta(days=(number * 7) % 41))
    article(place, "未注明时间", published_at=None)
    dates, titles = [], []
    for page in (1, 2, 3):
        tree = parsed(client, f"/towns/dahe/news/?page={page}")
        dates += [node.text() for node in tree.css(".list .lines time")]
        titles += [node.text() for node in tree.css(".list .lines a")]
    assert len(titles) == 42
    assert len(set(titles)) == 42
    assert dates == sorted(dates, reverse=True)
    assert titles[-1] == "未注明时间"
    for wrong in ("4", "0", "-1", "x", "1e9"):
        assert client.get(f"/towns/dahe/news/?page={wrong}").status_code == 404


def test_article_page(client, filled):
    tree = parsed(client, filled["notice"].get_url())
    assert [node.text() for node in tree.css(".breadcrumb li")] == ["首页", "乡镇街道", "大河镇", "通知公告", "正文"]
    assert tree.css_first("h1").text() == "关于开展夏季防汛演练的通知"
    facts = tree.css_first(".facts").text()
    assert "发布时间：2024-05-06 09:30" in facts
    assert "来源：大河镇党政办" in facts
    attachment = tree.css_first(".attachments li")
    assert re.sub(r"\s+", " ", attachment.text().replace("\xa0", " ")) == "防汛演练方案.doc DOC，33.8 KB"
    file = client.get(attachment.css_first("a").attributes["href"])
    assert len(b"".join(file.streaming_content)) == 34567
    assert tree.css_first(".body .scroll table td[colspan='2']") is not None
    assert tree.css_first("figure img").attributes["alt"] == "大厅内景"
    neighbours = [node.text() for node in tree.css(".neighbours p")]
    assert neighbours == ["下一篇：关于集镇道路施工的通告（第1号）"]


def test_previous_and_next_follow_the_list(client, portal):
    place = column("/notices/")
    times = [FIRST_DAY, FIRST_DAY, FIRST_DAY - datetime.timedelta(days=1), None, None]
    pages = [article(place, f"第{number}篇", published_at=time) for number, time in enumerate(times)]
    order = list(ArticlePage.objects.live().in_columns([place.path]).newest())
    assert [page.title for page in order] == ["第1篇", "第0篇", "第2篇", "第4篇", "第3篇"]
    for index, page in enumerate(order):
        previous, following = page.neighbours()
        assert previous == (order[index - 1] if index else None)
        assert following == (order[index + 1] if index + 1 < len(pages) else None)


def test_policy_document_has_its_nine_fields(client, filled):
    tree = parsed(client, filled["policy"].get_url())
    labels = [node.text() for node in tree.css(".policy-head dt")]
    assert labels == ["索引号", "主题分类", "发文机关", "成文日期", "标题", "发文字号", "发布日期", "主题词", "有效性"]
    values = [node.text() for node in tree.css(".policy-head dd")]
    assert values[3:7] == ["2024-04-30", "云溪县政府信息公开实施办法", "云政发〔2024〕7号", "2024-05-06"]


def test_hidden_columns_and_all_in_them_are_not_there(client, portal):
    place = column("/towns/dahe/undecided/")
    page = article(place, "不该出现的文章")
    assert page.live
    for url in ("/towns/dahe/undecided/", page.get_url()):
        assert client.get(url).status_code == 404
    for url in ("/", "/towns/dahe/", "/notices/", "/sitemap/", "/search/?q=不该出现"):
        assert "不该出现的文章" not in client.get(url).content.decode()
        assert "待定" not in client.get(url).content.decode()


def test_queries_do_not_grow_with_the_list(client, filled, django_assert_max_num_queries):
    urls = [("/", 22), ("/towns/dahe/", 20), ("/towns/dahe/notices/", 20), ("/notices/", 20), ("/search/?q=通告", 15)]
    urls += [(filled["notice"].get_url(), 40), (filled["policy"].get_url(), 20)]
    for url, most in urls:
        client.get(url)  # the first answer also fills Wagtail's caches of sites and content types
        with django_assert_max_num_queries(most, info=url):
            client.get(url)


def test_editors_cannot_put_things_in_wrong_places(portal):
    notices, policies = column("/notices/"), column("/policies/")
    assert ArticlePage.can_create_at(notices)
    assert not PolicyPage.can_create_at(notices)
    assert PolicyPage.can_create_at(policies)
    assert not ArticlePage.can_create_at(policies)
    assert ArticlePage.can_create_at(column("/towns/dahe/undecided/"))
    assert PolicyPage.can_create_at(column("/towns/dahe/undecided/"))
    home = Page.objects.get(depth=2).specific
    assert not ArticlePage.can_create_at(home)
    assert not ColumnPage.can_create_at(GroupPage.objects.first())
    waiting = article(column("/towns/dahe/undecided/"), "待定的文章")
    assert waiting.can_move_to(notices)
    assert not waiting.can_move_to(policies)


def test_script_in_every_field_is_only_text(client, portal):
    evil = '"><script>alert(1)</script>'
    marks = PortalIdentity.objects.get()
    marks.contact = marks.unit = evil
    marks.save()
    place = column("/policies/")
    place.title = evil
    place.save()
    page = article(
        place, evil, source=evil, author=evil, document_number=evil, index_no=evil, issuer=evil,
        search_description=evil, body=[("image", {"image": picture(), "caption": evil, "alt": evil})],
    )  # fmt: skip
    for url in ("/", "/policies/", page.get_url(), "/sitemap/", "/search/?q=script", "/search/?q=" + evil):
        response = client.get(url)
        assert b"<script>alert" not in response.content
        assert "default-src 'self'" in response["Content-Security-Policy"]


def test_editors_can_open_preview_and_write_every_page_type(admin_client, filled):
    for page in Page.objects.filter(depth__gte=2).order_by("content_type", "path").distinct()[:20]:
        assert admin_client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).status_code == 200
    parent = column("/notices/")
    data = nested_form_data(
        {
            "title": "新写的公告",
            "slug": "new",
            "published_at": "2024-06-01 08:00",
            "published_has_time": "on",
            "body": streamfield([("paragraph", rich_text("<p>正文</p>")), ("legacy", "<p>旧<script>1</script></p>")]),
            "attachments": streamfield([]),
            "comments": inline_formset([]),
        }
    )
    preview = reverse("wagtailadmin_pages:preview_on_add", args=["portal", "articlepage", parent.pk])
    assert admin_client.post(preview, data).json()["is_valid"]
    shown = LexborHTMLParser(admin_client.get(preview).content)
    assert shown.css_first("h1").text() == "新写的公告"
    add = reverse("wagtailadmin_pages:add", args=["portal", "articlepage", parent.pk])
    assert "published_at" in admin_client.get(add).content.decode()
    admin_client.post(add, data | {"action-publish": "1"})
    page = ArticlePage.objects.get(title="新写的公告")
    assert (page.live, page.published) == (True, "2024-06-01 08:00")
    assert [block.value for block in page.body if block.block_type == "legacy"] == ["<p>旧</p>"]


def test_the_reference_index_sees_what_legacy_blocks_use(filled, portal):
    image, document, target = picture("旧图.png"), filled["document"], filled["policy"]
    html = (
        f'<p><embed embedtype="image" id="{image.pk}" format="fullwidth" alt="旧图"/></p>'
        f'<a linktype="document" id="{document.pk}">附件</a><a linktype="page" id="{target.pk}">办法</a>'
    )
    page = article(column("/notices/"), "引用", body=[("legacy", html)])
    used = {(ref.model_path, int(ref.to_object_id)) for ref in ReferenceIndex.get_references_for_object(page)}
    assert {key for _path, key in used} == {image.pk, document.pk, target.pk}
