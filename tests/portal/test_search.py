import datetime

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser
from wagtail.images import get_image_model

from cms_site.portal.directory import directory
from cms_site.portal.models import ArticlePage
from cms_site.portal.search import results
from cms_site.portal.search.tokens import index_text, phrases

from .conftest import FIRST_DAY, article, column, picture

HAN = st.text(alphabet="政府信息公开工作乡镇〇一二三号县", min_size=1, max_size=6)


def found(query):
    total, pages = results.Hits(results.Asked(query), directory(None)).read(0, 100)
    assert total == len(pages)
    return [page.title for page in pages]


@given(HAN, HAN, HAN)
def test_every_substring_of_a_text_is_one_of_its_phrases(before, query, after):
    tokens = index_text(before + query + after).split()
    (phrase,) = phrases(query)
    wanted = list(phrase.tokens)
    windows = [tokens[start : start + len(wanted)] for start in range(len(tokens) - len(wanted) + 1)]
    if phrase.open_end:
        assert any(w[:-1] == wanted[:-1] and w[-1].startswith(wanted[-1]) for w in windows)
    else:
        assert wanted in windows


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("信息公开", "信息 息公 公开 开"),
        ("国办发〔2017〕47号", "国办 办发 发 2017 47 号"),
        ("ＡＢ１２，GB18030", "AB12 GB18030"),
        ("", ""),
        ("——“”", ""),
    ],
)
def test_index_text(text, tokens):
    assert index_text(text) == tokens


@pytest.mark.django_db
def test_words_of_one_to_six_characters(portal):
    article(column("/notices/"), "依法做好政府信息公开工作的办法")
    article(column("/notices/"), "无关的标题")
    for query in ("公", "公开", "息公开", "信息公开", "府信息公开", "政府信息公开", "开", "办", "法"):
        assert found(query) == ["依法做好政府信息公开工作的办法"], query
    body = [("paragraph", "<p>各村委会：</p><p>请于月底前完成秸秆禁烧巡查，并报镇党政办。</p>")]
    article(column("/notices/"), "另一件事", body=body)
    for query in ("秸", "禁烧", "秸秆禁", "秸秆禁烧", "完成秸秆禁烧巡查", "镇党政办", "村委会"):
        assert found(query) == ["另一件事"], query


@pytest.mark.django_db
def test_long_texts_are_searched(portal):
    """To their end on SQLite; on PostgreSQL as far as a tsvector goes, and whatever the number of blocks."""
    filling = "<p>" + "甲乙丙丁戊己庚辛壬癸，" * 12_000 + "</p>"
    body = [("paragraph", filling), ("paragraph", filling + "<p>终了之处</p>"), ("paragraph", filling)]
    article(column("/notices/"), "很长的一件", body=[("paragraph", "<p>开头的话</p>"), *body])
    assert found("开头的话") == ["很长的一件"]
    if connection.vendor == "sqlite":
        assert found("终了之处") == ["很长的一件"]


@pytest.mark.django_db
def test_nothing_is_found_that_does_not_hold_the_words(portal):
    article(column("/notices/"), "公示信息", body=[("paragraph", "<p>开会</p>")])
    for query in ("信息公开", "公开", "", "？", "“”", "zzz", "公示 公开"):
        assert found(query) == []
    assert found("公示 开会") == ["公示信息"]
    assert found("公示　信息") == ["公示信息"]


@pytest.mark.django_db
def test_document_numbers_with_any_brackets(portal):
    article(column("/policies/"), "政府网站发展指引", document_number="国办发〔2017〕47号")
    article(column("/policies/"), "另一件", document_number="国办发〔2018〕74号")
    spellings = "国办发〔2017〕47号|国办发[2017]47号|国办发(2017)47号|国办发（２０１７）47号|2017 47号|国办发 47".split(
        "|"
    )
    for query in spellings:
        assert found(query) == ["政府网站发展指引"], query


@pytest.mark.django_db
def test_titles_come_before_bodies(portal):
    article(column("/notices/"), "第一件", body=[("paragraph", "<p>" + "防汛" * 60 + "</p>")])
    article(
        column("/notices/"),
        "关于进一步做好全县各乡镇各部门今年夏季防汛工作的若干意见的通知",
        body=[("paragraph", "<p>长文。</p>" * 300)],
    )
    article(column("/notices/"), "第三件", body=[("paragraph", "<p>防汛</p>")])
    assert found("防汛")[0].startswith("关于进一步")
    assert len(found("防汛")) == 3


@pytest.mark.django_db
def test_drafts_and_removed_pages_are_not_found_and_edits_are(portal):
    page = article(column("/notices/"), "停水公告")
    article(column("/notices/"), "停水草稿", live=False)
    assert found("停水") == ["停水公告"]
    page.title = "供水公告"
    page.save()
    assert (found("停水"), found("供水")) == ([], ["供水公告"])
    page.delete()
    assert found("供水") == []


@pytest.mark.django_db
def test_the_admin_completes_chinese_titles(portal):
    article(column("/notices/"), "关于停水的公告2024")
    picture()
    for query in ("停水", "关于停", "停", "公告2024"):
        assert [page.title for page in ArticlePage.objects.autocomplete(query)] == ["关于停水的公告2024"]
    assert get_image_model().objects.autocomplete("大厅").count() == 1


@pytest.mark.django_db
def test_the_index_can_be_rebuilt(portal):
    from django.core.management import call_command

    article(column("/notices/"), "停水公告")
    call_command("update_index", verbosity=0)
    assert found("停水") == ["停水公告"]


@pytest.mark.django_db
def test_what_is_named_comes_before_what_cites_it(portal):
    cited = [("paragraph", "<p>根据国办发〔2017〕47号文件精神，现就有关事项通知如下。</p>")]
    for number in range(3):
        article(column("/notices/"), f"转载第{number}件", body=cited)
    article(
        column("/policies/"), "政府网站发展指引", document_number="国办发〔2017〕47号",
        published_at=FIRST_DAY - datetime.timedelta(days=900),
    )  # fmt: skip
    for query in ("国办发[2017]47号", "国办发（2017）47号", "47号"):
        assert found(query)[0] == "政府网站发展指引", query
        assert len(found(query)) == 4


@pytest.mark.django_db
def test_the_newest_comes_first(portal):
    for days in (3, 1, 2):
        article(column("/notices/"), f"停水{days}", published_at=FIRST_DAY - datetime.timedelta(days=days))
    article(column("/notices/"), "停水无期", published_at=None)
    article(column("/notices/"), "别的", body=[("paragraph", "<p>停水</p>")], published_at=FIRST_DAY)
    assert found("停水") == ["停水1", "停水2", "停水3", "停水无期", "别的"]


def titles(client, **asked):
    tree = LexborHTMLParser(client.get("/search/", asked).content)
    return [node.text() for node in tree.css(".results h2 a")]


@pytest.mark.django_db
def test_search_is_narrowed_by_column_unit_year_and_type(client, filled):
    notices, dahe = column("/notices/"), column("/towns/dahe/notices/").get_parent()
    article(notices, "县里的防汛通知", published_at=FIRST_DAY.replace(year=2021))
    article(column("/news/"), "防汛工作动态")
    article(column("/policies/"), "防汛预案", published_at=None)
    everything = {"县里的防汛通知", "防汛工作动态", "防汛预案", "关于开展夏季防汛演练的通知"}
    kinds = {kind.model: kind.pk for kind in ContentType.objects.filter(app_label="portal")}
    for asked, wanted in (
        ({}, everything),
        ({"column": "notices"}, {"县里的防汛通知", "关于开展夏季防汛演练的通知"}),
        ({"unit": dahe.pk}, {"关于开展夏季防汛演练的通知"}),
        ({"unit": 0}, everything - {"关于开展夏季防汛演练的通知"}),
        ({"unit": 0, "column": "notices"}, {"县里的防汛通知"}),
        ({"year": 2021}, {"县里的防汛通知"}),
        ({"type": kinds["policypage"]}, {"防汛预案"}),
        ({"unit": dahe.pk, "type": kinds["policypage"]}, set()),
        ({"unit": "x", "year": "1e9", "type": 999999, "column": "nowhere"}, everything),
    ):
        assert set(titles(client, q="防汛", **asked)) == wanted, asked


@pytest.mark.django_db
def test_narrowing_needs_no_script_and_is_kept_while_paging(client, filled):
    tree = LexborHTMLParser(client.get("/search/", {"q": "通告", "column": "notices", "year": 2024}).content)
    form = tree.css_first("form.narrow")
    assert form.attributes["method"] == "get"
    assert form.css_first("input[name=q]").attributes["value"] == "通告"
    chosen = {node.attributes["name"]: node.css_first("option[selected]") for node in form.css("select")}
    assert {name: node.text() for name, node in chosen.items() if node and node.attributes["value"]} == {
        "column": "通知公告", "year": "2024年",
    }  # fmt: skip
    assert len(form.css("label[for]")) == len(chosen)
    following = tree.css_first(".paging a[rel=next]").attributes["href"]
    second = LexborHTMLParser(client.get("/search/" + following).content)
    assert second.css_first(".paging [aria-current]").text() == "2"
    assert second.css_first("form.narrow option[selected][value='2024']") is not None
    archived = [node.attributes["href"] for node in tree.css(".apart a")]
    assert archived == ["/search/?q=%E9%80%9A%E5%91%8A", "/archived/?q=%E9%80%9A%E5%91%8A"]
    assert client.get(archived[1]).status_code == 200


@pytest.mark.django_db
def test_filters_stand_in_the_order_of_the_tree(client, filled):
    tree = LexborHTMLParser(client.get("/search/?q=通告").content)
    names = [node.text() for node in tree.css("select[name=column] option")]
    assert names[:5] == ["全部", "县情概况", "政务动态", "通知公告", "国务院重要政策信息"]
    assert len(names) == len(set(tree.css_first("select[name=column]").html.split("value="))) - 1


@pytest.mark.django_db
def test_search_page(client, filled):
    content = client.get("/search/", {"q": "防汛"}).content.decode()
    assert "关于开展夏季<mark>防汛</mark>演练的通知" in content
    assert "为做好<mark>防汛</mark>备汛工作" in content
    assert "<mark>云政发〔2024〕7号</mark>" in client.get("/search/", {"q": "云政发[2024]7号"}).content.decode()
    assert "没有找到" in client.get("/search/", {"q": "查无此词"}).content.decode()
    assert "请在上方输入" in client.get("/search/").content.decode()
    second = client.get("/search/", {"q": "通告", "page": 2})
    assert second.status_code == 200
    assert client.get("/search/", {"q": "通告", "page": 99}).status_code == 404


@pytest.mark.django_db
def test_odd_queries_are_answered(client, portal):
    for query in ['"', "'", "%", "_", "\\", "*", "a\x00b", "(" * 200, "NEAR(a b)", "a AND", "-x", "'); --", "公" * 500]:
        assert client.get("/search/", {"q": query}).status_code == 200, query


@pytest.mark.django_db
def test_the_full_text_table_is_read_once_whatever_is_found(portal):
    """A correlated score made one full-text search per hit: minutes at 20,000 pages."""
    if connection.vendor != "sqlite":
        pytest.skip("a plan of SQLite")
    article(column("/notices/"), "停水公告")
    ranked = ArticlePage.objects.search("停水")
    sql, params = ranked.get_queryset()[:10].query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + sql, params)
        plan = [row[3] for row in cursor.fetchall()]
    assert plan[0].startswith("SCAN wagtailsearch_indexentry_fts VIRTUAL TABLE")
    assert not any("SUBQUERY" in line for line in plan)
    assert [page.score < 0 for page in ranked.annotate_score("score")] == [True]
