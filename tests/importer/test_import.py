"""One import after the other, as sites, rules and editors change between them."""

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Collection, Page, PageLogEntry
from wagtail.permission_policies.collections import CollectionOwnershipPermissionPolicy as Policy

from cms_site.editors.models import Role, Shelf
from cms_site.editors.roles import build_roles
from cms_site.legacy.intake.files import HELD_COLLECTION
from cms_site.legacy.models import Imported, OldSite, OldUrl, Receipt
from cms_site.portal.models import ArticlePage, PolicyPage
from migrate.records import Field
from tests.importer.sites import DOC, PORTAL, SmallSite, edit, parent, payload, picture, text
from tests.mapping.building import HEAD, RULES

Make = Callable[..., SmallSite]
CHINA = ZoneInfo("Asia/Shanghai")


class TestFirst:
    """What an import makes of a site that the portal has never seen."""

    def test_pages(self, small: Make) -> None:
        site = small()
        published = Field("2016-05-03T09:12", "label:发布时间", 1.0)
        site.article("/tzgg/1.html", published=published, source=Field("党政办", "label:来源", 0.9))
        site.article("/zcwj/2.html", document_number=Field("大政发〔2016〕3号", "label:文号", 1.0),
                     policy_head={"index_no": Field("004/2016-1", "label:索引号", 1.0),
                                  "repeal_on": Field("2021-05-03", "head:废止日期", 0.9)})  # fmt: skip
        assert site.counts() == {"created": 2}
        page, policy = site.became("/tzgg/1.html"), site.became("/zcwj/2.html")
        assert (type(page), type(policy)) == (ArticlePage, PolicyPage)
        assert (page.title, page.slug, page.source, parent(page)) == (
            "关于修路的通知",
            "1",
            "党政办",
            "/towns/dahe/notices/",
        )
        assert (policy.index_no, policy.document_number) == ("004/2016-1", "大政发〔2016〕3号")
        assert (policy.effective_on, policy.repeal_on) == (None, date(2021, 5, 3))
        moment = datetime(2016, 5, 3, 9, 12, tzinfo=CHINA)
        assert (page.published_at, page.published_has_time) == (moment, True)
        assert (page.first_published_at, page.last_published_at) == (moment, moment)
        assert (page.live, page.has_unpublished_changes, page.revisions.count()) == (True, False, 1)
        assert page.live_revision_id == page.latest_revision_id == site.row("/tzgg/1.html").revision_id
        logs = PageLogEntry.objects.filter(page=page.pk)
        assert {log.user.username for log in logs} == {"shangyi"}
        assert {log.action for log in logs} == {"wagtail.create", "wagtail.edit", "wagtail.publish"}
        evidence = site.row("/tzgg/1.html").evidence
        assert evidence["source"] == {"value": "党政办", "origin": "label:来源", "confidence": 0.9}
        assert not get_user_model().objects.get(username="shangyi").is_active

    def test_files_and_links(self, small: Make) -> None:
        site = small()
        host = site.host
        body = (
            f'<p>见<a href="{host}/TZGG/2.html">二号</a><img src="{host}/p.png" alt="图"></p>'
            f'<p><a href="{host}/old/9.html">旧</a></p>'
        )
        site.article("/tzgg/1.html", attachments=["/file/申请表.doc", "/scan.jpg"], images=["/p.png"], body=body)
        site.article("/tzgg/2.html")
        site.article("/old/9.html")
        site.doc("/file/申请表.doc")
        site.bytes("/p.png", picture(), "image/png")
        site.bytes("/scan.jpg", picture("blue", "JPEG"), "image/jpeg")
        assert site.counts() == {"created": 5}
        page, other = site.became("/tzgg/1.html"), site.became("/tzgg/2.html")
        image, document = site.row("/p.png").image, site.row("/file/申请表.doc").document
        scan = site.row("/scan.jpg").image
        blocks = [(block.block_type, block.value) for block in page.body]
        assert [kind for kind, _value in blocks] == ["paragraph", "image", "paragraph", "paragraph"]
        assert f'<a linktype="page" id="{other.pk}">二号</a>' in str(blocks[0][1].source)
        assert (blocks[1][1]["image"], blocks[1][1]["alt"]) == (image, "图")
        # an attachment that is a picture is no document: it is linked, not lost
        assert str(blocks[3][1].source) == f'<p><a href="{scan.file.url}">scan.jpg</a></p>'
        assert [(block.value["document"], block.value["title"]) for block in page.attachments] == [
            (document, "申请表.doc")
        ]
        assert (document.title, document.filename) == ("申请表.doc", "申请表.doc")
        assert payload(document) == DOC
        assert site.row("/tzgg/1.html").unresolved == [f"{host}/old/9.html"]
        assert [old.outcome for old in (site.old_url("/tzgg/1.html"), site.old_url("/old/9.html"))] == ["move", "gone"]

    def test_one_file_under_many_names_and_on_two_sites(self, small: Make) -> None:
        first, second = small(), small("xiaohe")
        for site in (first, second):
            site.article("/tzgg/1.html", attachments=["/a.doc", "/b.doc"])
            site.doc("/a.doc")
            site.doc("/b.doc")
            site.run()
        assert get_document_model().objects.count() == 1
        assert Imported.objects.filter(document__isnull=False).count() == 4

    def test_undecided_and_held_are_drafts(self, small: Make) -> None:
        site = small()
        site.article("/tzgg/1.html", held=("identity-number",), attachments=["/a.doc"])
        site.article("/later/2.html")
        site.article("/zcwj/3.html")
        site.doc("/a.doc")
        assert site.counts() == {"created": 4, "held": 1}
        held, undecided, incomplete = (site.became(path) for path in ("/tzgg/1.html", "/later/2.html", "/zcwj/3.html"))
        assert [page.live for page in (held, undecided, incomplete)] == [False] * 3
        assert [parent(page) for page in (held, undecided, incomplete)] == [
            "/towns/dahe/notices/", "/towns/dahe/undecided/", "/towns/dahe/undecided/",
        ]  # fmt: skip
        assert type(incomplete) is PolicyPage  # so that accepting it is an ordinary move
        assert site.imports("held") == ["/tzgg/1.html"]
        row = site.row("/a.doc")
        assert (row.held, row.document.collection.name) == (["identity-number"], HELD_COLLECTION)
        assert site.old_url("/a.doc").held == ["identity-number"]

    def test_a_page_without_a_date_or_title(self, small: Make) -> None:
        site = small()
        rules = RULES + '  - {name: 概况, match: {path: "/gk/**"}, column: overview}\n'
        site.use(rules)
        site.article("/gk/jianjie.html", title=None, published=None)
        site.article("/gk/", published=None)
        site.counts()
        assert (site.became("/gk/jianjie.html").title, site.became("/gk/").slug) == ("jianjie.html", "gk")
        assert site.became("/gk/jianjie.html").published_at is None

    def test_same_slug_twice(self, small: Make) -> None:
        site = small()
        site.article("/tzgg/a/1.html")
        site.article("/tzgg/b/1.html")
        site.run()
        slugs = {site.became(path).slug for path in ("/tzgg/a/1.html", "/tzgg/b/1.html")}
        assert len(slugs) == 2
        assert all(slug.startswith("1") for slug in slugs)

    def test_refused_and_lost_files(self, small: Make) -> None:
        site = small()
        site.article("/tzgg/1.html", attachments=["/setup.exe", "/html.doc", "/empty.doc", "/lost.doc"])
        site.bytes("/setup.exe", b"MZ\x90", "application/octet-stream")
        site.bytes("/html.doc", b"<html><body>404</body></html>", "application/msword")
        site.bytes("/empty.doc", b"", "application/msword")
        site.doc("/lost.doc")
        site.db.execute("UPDATE resources SET warc_offset = 999999 WHERE key LIKE '%lost.doc'")
        expected = {"created": 1, "refused": 2, "failed": 1}
        assert site.rehearsal() == expected
        assert site.counts() == expected
        assert site.imports("refused") == ["/html.doc", "/setup.exe"]
        assert site.imports("failed") == ["/lost.doc"]
        page = site.became("/tzgg/1.html")
        assert text(page).count("setup.exe") == 1  # its name stays in the text
        assert list(page.attachments) == []
        assert len(site.row("/tzgg/1.html").unresolved) == 4

    def test_downloads_by_a_handler(self, small: Make) -> None:
        site = small()
        site.article("/tzgg/1.html", attachments=["/down.asp?id=3", "/down.asp?id=4"])
        named = 'attachment; filename="申请表.pdf"'.encode("gbk")
        site.bytes("/down.asp?id=3", b"%PDF-1.4 x", "application/pdf", headers=((b"Content-Disposition", named),))
        site.bytes("/down.asp?id=4", b"%PDF-1.4 y", "application/octet-stream")
        assert site.counts() == {"created": 3}
        documents = [site.row(f"/down.asp?id={number}").document for number in (3, 4)]
        assert [document.filename for document in documents] == ["申请表.pdf", "down.pdf"]
        assert len(site.became("/tzgg/1.html").attachments) == 2

    def test_a_failed_file_is_retried_and_its_page_healed(self, small: Make) -> None:
        site = small()
        site.article("/tzgg/1.html", attachments=["/a.doc"])
        site.doc("/a.doc")
        site.db.execute("UPDATE resources SET warc_offset = warc_offset + 7 WHERE key LIKE '%a.doc'")
        assert site.counts() == {"created": 1, "failed": 1}
        site.db.execute("UPDATE resources SET warc_offset = warc_offset - 7 WHERE key LIKE '%a.doc'")
        assert site.rehearsal() == {"created": 1, "unchanged": 1, "updated": 1}
        assert site.counts() == {"created": 1, "unchanged": 1, "updated": 1}
        page = site.became("/tzgg/1.html")
        assert [block.value["title"] for block in page.attachments] == ["a.doc"]
        assert site.row("/tzgg/1.html").unresolved == []
        assert site.counts() == {"unchanged": 2}

    def test_a_page_that_cannot_be_written_stops_no_other(self, small: Make) -> None:
        site = small()
        site.article("/tzgg/1.html", written_on=Field("2016-02-31", "label:成文日期", 1.0))
        site.article("/tzgg/2.html")
        assert site.counts() == {"created": 1, "failed": 1}
        assert site.imports("failed") == ["/tzgg/1.html"]
        assert not site.became("/tzgg/1.html").live
        site.article_again("/tzgg/1.html", written_on=Field("2016-02-28", "label:成文日期", 1.0))
        assert site.counts() == {"created": 1, "unchanged": 1}
        assert site.became("/tzgg/1.html").live


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


class TestEditors:
    """What an editor has touched is theirs."""

    @pytest.fixture
    def site(self, small: Make) -> SmallSite:
        site = small()
        site.article("/tzgg/1.html", body=f'<p><a href="{site.host}/gzdt/2.html">动态</a></p>')
        return site

    def new_version(self, site: SmallSite) -> None:
        site.article_again("/tzgg/1.html", body="<p>第二版</p>")

    @pytest.mark.parametrize("publish", [False, True])
    def test_a_changed_page_is_never_overwritten(self, site: SmallSite, publish: bool) -> None:
        site.run()
        edit(site.became("/tzgg/1.html"), publish=publish)
        assert site.counts() == {"unchanged": 1}
        self.new_version(site)
        latest = site.became("/tzgg/1.html").latest_revision_id
        assert site.rehearsal() == {"edited": 1}
        assert site.counts() == {"edited": 1}
        assert site.imports("edited") == ["/tzgg/1.html"]
        assert site.became("/tzgg/1.html").latest_revision_id == latest
        assert site.counts() == {"edited": 1}  # until somebody looks

    def test_a_changed_page_is_not_healed_but_told(self, site: SmallSite) -> None:
        site.run()
        edit(site.became("/tzgg/1.html"), publish=True)
        latest = site.became("/tzgg/1.html").latest_revision_id
        site.article("/gzdt/2.html")
        site.run()
        assert site.became("/tzgg/1.html").latest_revision_id == latest

    def test_a_draft_that_an_editor_published_stays_published(self, small: Make) -> None:
        site = small()
        site.article("/tzgg/1.html", held=("identity-number",))
        site.run()
        assert site.imports("held") == ["/tzgg/1.html"]
        edit(site.became("/tzgg/1.html"), publish=True)
        assert site.counts() == {"unchanged": 1}  # nor is it counted as held any more
        assert site.became("/tzgg/1.html").live

    def test_a_draft_that_an_editor_touched_is_not_published(self, site: SmallSite) -> None:
        site.run(publish=False)
        edit(site.became("/tzgg/1.html"))
        assert site.counts() == {"unchanged": 1}
        assert not site.became("/tzgg/1.html").live

    def test_a_page_that_an_editor_took_down_stays_down(self, site: SmallSite) -> None:
        site.run()
        site.became("/tzgg/1.html").unpublish()
        assert site.counts() == {"unchanged": 1}
        self.new_version(site)
        assert site.counts() == {"edited": 1}
        assert not site.became("/tzgg/1.html").live

    def test_a_page_that_an_editor_deleted_stays_deleted(self, site: SmallSite) -> None:
        site.run()
        site.became("/tzgg/1.html").delete()
        assert site.counts() == {"unchanged": 1}
        self.new_version(site)
        assert site.rehearsal() == {"edited": 1}
        assert site.counts() == {"edited": 1}
        assert not ArticlePage.objects.exists()

    def test_a_page_that_an_editor_moved_stays_there_and_is_updated(self, site: SmallSite) -> None:
        site.run()
        news = Page.objects.get(url_path="/portal/towns/dahe/news/")
        site.became("/tzgg/1.html").move(news, pos="last-child")
        self.new_version(site)
        assert site.counts() == {"updated": 1}
        assert parent(site.became("/tzgg/1.html")) == "/towns/dahe/news/"
        assert site.counts() == {"unchanged": 1}


class TestRules:
    """New URL rules give everything new keys, in one transaction."""

    def test_rekey(self, small: Make) -> None:
        site = small()
        site.use(RULES, HEAD.replace("keep_query: [id]", "keep_query: [id, from]"))
        site.article("/tzgg/show.asp?id=1&from=home")
        site.article("/tzgg/show.asp?id=2&from=home")
        site.run()
        number = site.became("/tzgg/show.asp?id=1&from=home").pk
        site.decide("/tzgg/show.asp?id=2&from=home", "move", column="/towns/dahe/news/")
        site.use(RULES)
        assert site.rehearsal() == {"updated": 1, "unchanged": 1}  # the decision
        assert site.counts() == {"updated": 1, "unchanged": 1}
        assert site.became("/tzgg/show.asp?id=1").pk == number
        assert parent(site.became("/tzgg/show.asp?id=2")) == "/towns/dahe/news/"
        assert OldUrl.objects.count() == 2

    def test_rules_that_tell_more_apart_keep_what_was_imported(self, small: Make) -> None:
        site = small()
        site.use(RULES)
        site.article("/tzgg/show.asp?from=home&id=1")
        site.run()
        number = site.became("/tzgg/show.asp?id=1").pk
        site.use(RULES, HEAD.replace("keep_query: [id]", "keep_query: [id, from]"))
        assert site.counts() == {"unchanged": 1}
        assert site.became("/tzgg/show.asp?from=home&id=1").pk == number

    def test_a_portal_from_before_the_form_of_keys_changed_is_keyed_anew(self, small: Make) -> None:
        site = small()
        site.use(RULES)
        site.article("/tzgg/%E9%80%9A%E7%9F%A5.html")
        site.run()
        number = site.became("/tzgg/%E9%80%9A%E7%9F%A5.html").pk
        before, now = "/tzgg/%CD%A8%D6%AA.html", "/tzgg/%E9%80%9A%E7%9F%A5.html"  # 通知 in GBK is UTF-8 of two letters
        for rows, name in ((OldUrl.objects, "canonical"), (Imported.objects, "source_key")):
            rows.update(**{name: f"{site.host}{before}"})
        OldUrl.objects.update(url=f"{site.host}{before}")
        OldUrl.objects.create(
            site=OldSite.objects.get(),
            canonical=f"{site.host}{now}",
            url=f"{site.host}{now}",
            kind="other",
            outcome="undecided",
        )
        OldSite.objects.update(key_format=0)
        site.run()
        assert site.became(now).pk == number
        assert site.old_url(now).outcome == "move" and not OldUrl.objects.filter(canonical__contains=before).exists()
        assert len(site.imports("same-address")) == 1
        site.run()
        assert site.imports("same-address") == []

    def test_addresses_that_become_one(self, small: Make) -> None:
        site = small()
        site.use(RULES, HEAD.replace("keep_query: [id]", "keep_query: [id, from]"))
        site.article("/tzgg/show.asp?id=1&from=home")
        site.article("/tzgg/show.asp?id=1&from=list", digest="sha256:/tzgg/show.asp?id=1&from=home")
        site.run()
        OldUrl.objects.filter(canonical__contains="list").update(
            hits=3, withdrawn_reason="泄露", withdrawn_at=datetime(2026, 11, 22, tzinfo=CHINA)
        )
        OldUrl.objects.filter(canonical__contains="home").update(hits=4)
        site.use(RULES)
        site.run()
        row = site.old_url("/tzgg/show.asp?id=1")
        assert (OldUrl.objects.count(), row.hits, row.withdrawn_reason) == (1, 7, "泄露")
        assert len(site.imports("same-address")) == 2
        assert ArticlePage.objects.count() == 2  # nothing is removed silently


def dump() -> dict[str, list[dict[str, object]]]:
    """Return all rows that an import could touch, times of looking included."""
    models = (Page, ArticlePage, PolicyPage, Imported, OldUrl, Receipt, get_document_model(), get_image_model())
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


class TestCollections:
    """Where files lie: who works on a channel can choose the files that came with its old site."""

    def test_files_lie_with_the_channel(self, small: Make) -> None:
        site = small()
        site.article("/tzgg/1.html", attachments=["/a.doc"], images=["/a.png"])
        site.doc("/a.doc")
        site.bytes("/a.png", picture("red"), "image/png")
        site.run()
        before = [site.row("/a.doc").document, site.row("/a.png").image]
        assert all(file.collection.is_root() for file in before)  # nobody built the groups yet
        build_roles(PORTAL)
        site.article("/tzgg/2.html", attachments=["/b.doc"], images=["/b.png"])
        site.doc("/b.doc", DOC + b"2")
        site.bytes("/b.png", picture("blue"), "image/png")
        site.run()
        files = [site.row(path).document for path in ("/a.doc", "/b.doc")]
        files += [site.row(path).image for path in ("/a.png", "/b.png")]
        assert {file.collection for file in files} == {Shelf.objects.get(path="/towns/dahe/").collection}
        group = Role.objects.get(key="channel /towns/dahe/").group
        contributor = get_user_model().objects.create_user("contributor")
        contributor.groups.add(group)
        for model in (get_document_model(), get_image_model()):
            policy = Policy(model, auth_model=model, owner_field_name="uploaded_by_user")
            choosing = policy.instances_user_has_permission_for(contributor, "choose")
            assert set(choosing) == {file for file in files if isinstance(file, model)}
        assert site.counts() == {"unchanged": 6}

    def test_an_editors_own_collection_keeps_what_lies_in_it(self, small: Make) -> None:
        build_roles(PORTAL)
        site = small()
        site.article("/tzgg/1.html", images=["/a.png"])
        site.bytes("/a.png", picture("red"), "image/png")
        site.run()
        image = site.row("/a.png").image
        image.collection = Collection.get_first_root_node().add_child(name="我的")
        image.save()
        site.article("/tzgg/2.html")
        site.run()
        assert site.row("/a.png").image.collection.name == "我的"

    def test_pictures_of_held_articles_lie_behind_the_login(self, small: Make) -> None:
        site = small()
        site.article("/tzgg/1.html", held=("identity-number",), images=["/a.png"])
        site.bytes("/a.png", picture("red"), "image/png")
        site.run()
        image = site.row("/a.png").image
        assert image.collection.name == HELD_COLLECTION
        assert Client().get(image.file.url).status_code == 404
        site.decide("/tzgg/1.html", "move", release=True)
        site.run()
        assert site.row("/a.png").image.collection.is_root()
        answer = Client().get(image.file.url)
        assert (answer.status_code, b"".join(answer.streaming_content)) == (200, picture("red"))
