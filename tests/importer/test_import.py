"""The first import of a site."""

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from wagtail.documents import get_document_model
from wagtail.models import PageLogEntry

from cms_site.legacy.intake.files import HELD_COLLECTION
from cms_site.legacy.models import Imported
from cms_site.portal.models import ArticlePage, PolicyPage
from migrate.records import Field
from tests.importer.sites import DOC, SmallSite, parent, payload, picture, text
from tests.mapping.building import RULES

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

    @pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite takes everything")
    def test_what_the_database_refuses_stops_no_other_page(self, small: Make, caplog: pytest.LogCaptureFixture) -> None:
        site = small()
        site.article("/tzgg/1.html", source=Field("党\x00办", "label:来源", 1.0))
        site.article("/tzgg/2.html")
        assert site.counts() == {"created": 1, "failed": 1}
        assert site.imports("failed") == ["/tzgg/1.html"]
        assert site.became("/tzgg/2.html").live
        assert not caplog.records

    def test_days_that_a_rule_gives(self, small: Make) -> None:
        site = small()
        days = "    set: {effective_on: 'meta:From', repeal_on: 'meta:To'}\n"
        site.use(RULES.replace("    require: [document_number]\n", days))
        site.article("/zcwj/2.html", meta={"From": "2016年6月1日", "To": "长期"})
        assert site.counts() == {"created": 1}
        policy = site.became("/zcwj/2.html")
        assert (policy.effective_on, policy.repeal_on) == (date(2016, 6, 1), None)

    def test_files_and_links(self, small: Make) -> None:
        site = small()
        host = site.host
        body = (
            f'<p>见<a href="{host}/TZGG/2.html#c2" title="第二条">二号</a><img src="{host}/p.png" alt="图"></p>'
            f'<p><a href="{host}/old/9.html#c1">旧</a></p>'
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
        assert f'<a linktype="page" id="{other.pk}" fragment="c2" title="第二条">二号</a>' in str(blocks[0][1].source)
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
