"""One import after the other, as the old site and its rules change between them."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Page

from cms_site.legacy.intake.files import HELD_COLLECTION
from cms_site.legacy.models import Imported, OldUrl, Receipt
from cms_site.portal.models import ArticlePage, PolicyPage
from migrate.records import Field
from tests.importer.sites import DOC, SmallSite, edit, parent, payload, picture
from tests.mapping.building import RULES

Make = Callable[..., SmallSite]
CHINA = ZoneInfo("Asia/Shanghai")


def dump() -> dict[str, list[dict[str, object]]]:
    """Return all rows that an import could touch, times of looking included."""
    models = (Page, ArticlePage, PolicyPage, Imported, OldUrl, Receipt, get_document_model(), get_image_model())
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


class TestAgain:
    """The second import, after nothing or something has changed."""

    def test_nothing_changed(self, small: Make) -> None:
        site = small()
        site.article("/tzgg/1.html", attachments=["/a.doc"], held=("bank-card",))
        site.article("/tzgg/2.html", images=["/p.png"])
        site.doc("/a.doc")
        site.bytes("/p.png", picture(), "image/png")
        site.run()
        before = dump()
        assert site.rehearsal() == {"unchanged": 4}
        again = site.run()
        assert (dict(again.counts), again.old_urls, again.receipt) == ({"unchanged": 4, "held": 1}, 0, "")
        assert dump() == before

    def test_a_new_version_of_a_page(self, small: Make) -> None:
        site = small()
        site.article("/tzgg/1.html")
        site.run()
        site.article_again("/tzgg/1.html", body="<p>第二版</p>", published=Field("2017-01-02", "label:发布时间", 1.0))
        assert site.rehearsal() == {"updated": 1}
        assert site.counts() == {"updated": 1}
        page = site.became("/tzgg/1.html")
        assert (page.revisions.count(), page.live, page.has_unpublished_changes) == (2, True, False)
        assert "第二版" in str(page.body)
        assert page.first_published_at == page.last_published_at == datetime(2017, 1, 2, tzinfo=CHINA)
        assert site.counts() == {"unchanged": 1}

    def test_a_new_version_of_a_file_reaches_its_page(self, small: Make) -> None:
        site = small()
        site.article("/tzgg/1.html", attachments=["/a.doc"])
        site.doc("/a.doc")
        site.run()
        site.doc("/a.doc", DOC + b"2")
        assert site.counts() == {"updated": 2}
        document = site.row("/a.doc").document
        assert payload(document) == DOC + b"2"
        assert [block.value["document"] for block in site.became("/tzgg/1.html").attachments] == [document]

    def test_drafts_are_published_later_as_of_their_old_date(self, small: Make) -> None:
        site = small()
        site.article("/tzgg/1.html")
        assert site.counts(publish=False) == {"created": 1}
        assert not site.became("/tzgg/1.html").live
        assert site.counts(publish=False) == {"unchanged": 1}
        assert site.rehearsal() == {"updated": 1}
        assert site.counts() == {"updated": 1}
        page = site.became("/tzgg/1.html")
        day = datetime(2016, 5, 3, tzinfo=CHINA)
        assert (page.live, page.first_published_at, page.last_published_at) == (True, day, day)
        assert page.revisions.count() == 1
        assert site.counts() == {"unchanged": 1}
        assert site.counts(publish=False) == {"unchanged": 1}
        assert site.became("/tzgg/1.html").live

    def test_a_new_version_without_publish_waits_as_a_draft_of_the_live_page(self, small: Make) -> None:
        site = small()
        site.article("/tzgg/1.html")
        site.run()
        site.article_again("/tzgg/1.html", body="<p>第二版</p>")
        assert site.counts(publish=False) == {"updated": 1}
        page = site.became("/tzgg/1.html")
        assert (page.live, page.has_unpublished_changes, "第二版" in str(page.body)) == (True, True, False)
        assert site.counts(publish=False) == {"unchanged": 1}
        assert site.rehearsal() == {"updated": 1}
        assert site.counts() == {"updated": 1}
        assert "第二版" in str(site.became("/tzgg/1.html").body)
        assert site.counts() == {"unchanged": 1}

    def test_another_column(self, small: Make) -> None:
        site = small()
        site.article("/tzgg/1.html")
        site.article("/gzdt/1.html")  # has the slug there already
        site.run()
        number = site.became("/tzgg/1.html").pk
        site.use(RULES.replace("column: notices", "column: news"))
        assert site.counts() == {"updated": 1, "unchanged": 1}
        page = site.became("/tzgg/1.html")
        assert (page.pk, parent(page)) == (number, "/towns/dahe/news/")
        assert page.slug != site.became("/gzdt/1.html").slug
        assert page.url_path == f"{page.get_parent().url_path}{page.slug}/"
        assert Page.find_problems() == ([], [], [], [], [])
        assert site.counts() == {"unchanged": 2}

    def test_a_column_that_holds_pages_of_another_kind(self, small: Make) -> None:
        site = small()
        site.article("/tzgg/1.html")
        site.run()
        site.use(RULES.replace("column: notices", "column: policies"))
        assert site.counts() == {"failed": 1}
        assert parent(site.became("/tzgg/1.html")) == "/towns/dahe/notices/"

    def test_what_is_held_by_now_leaves_the_public(self, small: Make) -> None:
        site = small()
        site.article("/tzgg/1.html", attachments=["/a.doc"])
        site.doc("/a.doc")
        site.run()
        site.article_again("/tzgg/1.html", attachments=["/a.doc"], held=("identity-number",))
        assert site.counts() == {"updated": 2, "held": 1}
        assert not site.became("/tzgg/1.html").live
        assert site.row("/a.doc").document.collection.name == HELD_COLLECTION
        assert site.counts() == {"unchanged": 2, "held": 1}

    def test_what_is_undecided_by_now_waits_as_a_draft(self, small: Make) -> None:
        site = small()
        site.article("/tzgg/1.html")
        site.run()
        site.article_again("/tzgg/1.html", published=None)
        assert site.counts() == {"updated": 1}
        page = site.became("/tzgg/1.html")
        assert (page.live, parent(page)) == (False, "/towns/dahe/undecided/")
        assert site.counts() == {"unchanged": 1}

    def test_a_link_healed_without_publish_waits_for_the_next(self, small: Make) -> None:
        site = small()
        site.article("/tzgg/1.html", body=f'<p><a href="{site.host}/gzdt/2.html">动态</a></p>')
        site.run()
        site.article("/gzdt/2.html")
        assert site.counts(publish=False) == {"created": 1, "unchanged": 1, "updated": 1}
        row = site.row("/tzgg/1.html")
        assert (row.state, row.touched, row.page.live, row.page.has_unpublished_changes) == ("live", False, True, True)
        assert site.counts() == {"updated": 2}
        page = site.became("/tzgg/1.html")
        assert (page.has_unpublished_changes, "linktype" in str(page.body[0].value.source)) == (False, True)

    @pytest.mark.parametrize("rule", ["archive: 存档", "gone: 已作废", "redirect: news"])
    def test_what_no_longer_moves_goes_offline(self, small: Make, rule: str) -> None:
        site, other = small(), small("xiaohe")
        site.article("/tzgg/1.html", attachments=["/a.doc", "/b.doc"])
        site.article("/gzdt/2.html", attachments=["/b.doc"], body=f'<p><a href="{site.host}/tzgg/1.html">见</a></p>')
        other.article("/gzdt/3.html", body=f'<p><a href="{site.host}/tzgg/1.html">见</a></p>')
        site.doc("/a.doc")
        site.doc("/b.doc", DOC + b"2")
        site.run()
        other.run()
        assert "linktype" in str(other.became("/gzdt/3.html").body[0].value.source)
        site.use(RULES.replace("column: notices", rule))
        assert site.rehearsal()["unpublished"] == 1
        assert site.counts()["unpublished"] == 1
        page = site.became("/tzgg/1.html")
        assert (page.live, site.row("/tzgg/1.html").state, site.row("/tzgg/1.html").touched) == (False, "draft", False)
        assert (site.imports("unpublished"), site.imports("leftover")) == (["/tzgg/1.html"], [])
        shelves = [site.row(path).document.collection.name for path in ("/a.doc", "/b.doc")]
        # a list or page goes, its attachments must not
        assert shelves == ["Root" if rule.startswith("redirect") else HELD_COLLECTION, "Root"]
        other.run()
        link = {"archive": 'href="/', "gone": "<p", "redirect": 'linktype="page"'}[rule.partition(":")[0]]
        for source in (site.became("/gzdt/2.html"), other.became("/gzdt/3.html")):
            assert f'id="{page.pk}"' not in str(source.body[0].value.source)
            assert link in str(source.body[0].value.source)
        assert site.counts() == {"unchanged": 3 if rule.startswith("redirect") else 2}
        site.use(RULES)
        site.run()
        assert site.became("/tzgg/1.html").live
        assert site.row("/a.doc").document.collection.is_root()
        if rule.startswith("gone"):
            assert f'id="{page.pk}"' in str(site.became("/gzdt/2.html").body[0].value.source)

    def test_what_no_longer_moves_and_an_editor_touched_is_left_and_told(self, small: Make) -> None:
        site = small()
        site.article("/tzgg/1.html", attachments=["/a.doc"])
        site.doc("/a.doc")
        site.run()
        edit(site.became("/tzgg/1.html"), publish=True)
        site.use(RULES.replace("column: notices", "gone: 已作废"))
        site.run()
        assert (site.became("/tzgg/1.html").live, site.imports("leftover")) == (True, ["/tzgg/1.html"])
        assert site.row("/a.doc").document.collection.is_root()  # a live page shows it

    def test_what_the_old_site_never_had_is_left_and_told(self, small: Make) -> None:
        site = small()
        site.article("/tzgg/1.html")
        site.run()
        site.db.execute("DELETE FROM resources")
        site.run()
        assert [f.check for _stage, f in site.ledger.findings("import")] == ["import.leftover"]
        assert Page.objects.filter(slug="1", live=True).exists()

    def test_only_one_rule_then_the_rest_heals_the_links(self, small: Make) -> None:
        site = small()
        site.article("/tzgg/1.html", body=f'<p><a href="{site.host}/go.asp">动态</a></p>')
        site.answer("/go.asp", 302, location="/gzdt/2.html")
        site.article("/gzdt/2.html")
        site.article("/gzdt/3.html")
        assert site.counts(only="公告") == {"created": 1}
        assert site.row("/tzgg/1.html").unresolved == [f"{site.host}/go.asp"]
        assert site.counts(only="动态", limit=1) == {"created": 1, "updated": 1}
        page = site.became("/tzgg/1.html")
        assert f'linktype="page" id="{site.became("/gzdt/2.html").pk}"' in str(page.body[0].value.source)
        assert (page.revisions.count(), page.live, site.row("/tzgg/1.html").unresolved) == (2, True, [])
        assert site.counts() == {"created": 1, "unchanged": 2}

    def test_rehearsal_with_limits_says_what_happens(self, small: Make) -> None:
        site = small()
        site.article("/tzgg/1.html", body=f'<p><a href="{site.host}/gzdt/2.html">动态</a></p>')
        site.article("/gzdt/2.html")
        site.article("/gzdt/3.html")
        for options in ({"only": "公告"}, {"only": "动态", "limit": 1}, {}):
            told = site.rehearsal(**options)
            assert site.counts(**options) == told
        assert site.counts() == {"unchanged": 3}

    @pytest.mark.parametrize("first_comes", [True, False])
    def test_links_between_sites_heal_when_the_other_comes(self, small: Make, first_comes: bool) -> None:
        first, second = small(), small("xiaohe")
        url = "http://xiaohe.example.gov.cn/tzgg/9.html"
        first.article("/tzgg/1.html", body=f'<p><a href="{url}">邻镇</a></p>')
        second.article("/tzgg/9.html")
        if first_comes:
            first.run()
            assert first.row("/tzgg/1.html").unresolved == [url]
        second.run()
        first.run()
        assert f'id="{second.became("/tzgg/9.html").pk}"' in str(first.became("/tzgg/1.html").body[0].value.source)
        assert first.row("/tzgg/1.html").unresolved == []

    @pytest.mark.parametrize("kind", ["BMP", "TIFF"])
    def test_pictures_that_browsers_do_not_show_become_png(self, small: Make, kind: str) -> None:
        site = small()
        path = f"/p.{kind.lower()}"
        site.article("/tzgg/1.html", images=[path], body=f'<p><img src="{site.host}{path}"></p>')
        site.bytes(path, picture("blue", kind), f"image/{kind.lower()}")
        site.run()
        image = site.row(path).image
        assert (image.filename.endswith(".png"), image.width) == (True, 8)
        with image.open_file() as file:
            assert file.read(4) == b"\x89PNG"
        assert site.became("/tzgg/1.html").body[0].block_type == "image"

    def test_the_same_bytes_as_attachment_and_as_image(self, small: Make) -> None:
        site = small()
        body = f'<p><img src="{site.host}/p.png"></p><p><img src="{site.host}/a.doc" alt="表"></p>'
        site.article("/tzgg/1.html", attachments=["/a.doc"], images=["/p.png"], body=body)
        site.bytes("/a.doc", picture(), "application/msword")
        site.bytes("/p.png", picture(), "image/png")
        site.run()
        document = site.row("/a.doc").document
        assert (site.row("/a.doc").image, site.row("/p.png").document) == (None, None)
        blocks = site.became("/tzgg/1.html").body
        assert [block.block_type for block in blocks] == ["image", "paragraph"]
        assert f'<a linktype="document" id="{document.pk}">表</a>' in str(blocks[1].value.source)
        assert site.counts() == {"unchanged": 3}
