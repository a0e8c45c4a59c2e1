"""A rollback leaves the portal as it was before the import, but for what people have made of it since."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models.signals import post_delete
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.log_actions import log
from wagtail.models import Page, PageLogEntry, ReferenceIndex, Revision

from cms_site.legacy.intake.files import HELD_COLLECTION
from cms_site.legacy.intake.storing import sweep
from cms_site.legacy.models import Imported, OldUrl, PendingFile, Receipt, ReceiptLine
from cms_site.legacy.rollback import find_receipt, roll_back
from cms_site.portal.models import ArticlePage, PolicyPage
from migrate import portal
from migrate.errors import UsageError
from migrate.portal import RolledBack
from tests.importer.sites import DOC, SmallSite, edit, parent, picture
from tests.mapping.building import RULES

Make = Callable[..., SmallSite]
TABLES: tuple[type[models.Model], ...] = (
    Page, ArticlePage, PolicyPage, Revision, Imported, OldUrl, get_document_model(), get_image_model(), ReferenceIndex,
)  # fmt: skip
NEVER = {"latest_revision_created_at", "imported_at"}


def tables() -> dict[str, list[dict[str, object]]]:
    """Return all rows of the tables that an import writes."""
    return {
        model.__name__: [
            {name: value for name, value in row.items() if name not in NEVER}
            for row in model.objects.order_by("pk").values()
        ]
        for model in TABLES
    }


def seen() -> dict[str, object]:
    """Return what visitors and editors see of each page: where, title, body, live, since when; revisions left out."""
    pages = [page.specific for page in Page.objects.order_by("path")]
    return {
        page.url_path: (
            page.pk, page.live, page.has_unpublished_changes, page.first_published_at, page.last_published_at,
            content(page.get_latest_revision_as_object()), content(page) if page.live else (), page.numchild,
        )
        for page in pages
    }  # fmt: skip


def content(page: Page) -> tuple[object, ...]:
    attached = [(block.value["document"].pk, block.value["title"]) for block in getattr(page, "attachments", ())]
    return page.title, str(getattr(page, "body", "")), attached


def back(site: SmallSite, number: int | None = None, *, dry_run: bool = False) -> RolledBack:
    return portal.roll_back(site.name, number, dry_run=dry_run)


@pytest.fixture
def site(small: Make) -> SmallSite:
    site = small()
    body = f'<p>正文<img src="{site.host}/p.png"><a href="{site.host}/gzdt/2.html">动态</a></p>'
    site.article("/tzgg/1.html", attachments=["/a.doc"], images=["/p.png"], body=body)
    site.article("/gzdt/2.html", held=("identity-number",), attachments=["/held.doc"])
    site.answer("/go.asp", 302, location="/tzgg/1.html")
    site.list_page("/tzgg/", "/tzgg/1.html")
    site.doc("/a.doc")
    site.doc("/held.doc", DOC + b"held")
    site.bytes("/p.png", picture(), "image/png")
    return site


def test_of_the_first_import(site: SmallSite) -> None:
    before = tables()
    receipt = site.run().receipt
    assert tables() != before
    told = back(site, dry_run=True)
    assert Receipt.objects.get().state == "closed"
    done = back(site, int(receipt))
    assert tables() == before
    assert Page.find_problems() == ([], [], [], [], [])
    assert (done.removed, done.kept) == (told.removed, ())
    assert done.removed == {"page": 2, "imported": 5, "oldurl": 7, "document": 2, "image": 1}
    assert PageLogEntry.objects.filter(action="wagtail.delete", user__username="shangyi").count() == 2


def test_of_what_went_offline(site: SmallSite) -> None:
    site.run()
    before, shelf = seen(), site.row("/a.doc").document.collection.name
    site.use(RULES.replace("column: notices", "gone: 已作废"))
    assert site.counts()["unpublished"] == 1
    assert site.row("/a.doc").document.collection.name == HELD_COLLECTION
    back(site)
    assert seen() == before
    assert (site.row("/a.doc").document.collection.name, site.row("/tzgg/1.html").touched) == (shelf, False)


def test_again_and_again(site: SmallSite) -> None:
    receipt = int(site.run().receipt)
    back(site)
    with pytest.raises(UsageError, match="rolled back already"):
        back(site, receipt)
    with pytest.raises(UsageError, match="Nothing to roll back"):
        back(site)
    assert site.counts() == {"created": 5, "held": 1}
    back(site)
    assert Imported.objects.count() == 0


def test_only_the_newest(site: SmallSite) -> None:
    first = int(site.run().receipt)
    site.article_again("/tzgg/1.html", body="<p>第二版</p>")
    second = int(site.run().receipt)
    with pytest.raises(UsageError, match=rf"Later imports build on receipt {first}: {second} \(dahe-"):
        back(site, first)
    with pytest.raises(UsageError, match=rf"no receipt {second + 1}"):
        back(site, second + 1)
    back(site, second)
    back(site, first)
    assert ArticlePage.objects.count() == 0


class TestUpdates:
    """What the import changed is put back: content, place, visibility and times."""

    def check(self, site: SmallSite, change: Callable[[], object], *, publish: bool = True) -> RolledBack:
        rows = {row.canonical: row for row in OldUrl.objects.all()}
        before = seen()
        change()
        counts = site.counts(publish=publish)
        assert counts.get("updated", 0) + counts.get("created", 0) > 0
        assert seen() != before
        done = back(site)
        assert seen() == before
        assert done.kept == ()
        for row in OldUrl.objects.all():
            assert row.imported_id == rows[row.canonical].imported_id
            assert (row.outcome, row.held, row.target_id) == (
                rows[row.canonical].outcome, rows[row.canonical].held, rows[row.canonical].target_id,
            )  # fmt: skip
        assert Page.find_problems() == ([], [], [], [], [])
        assert not any(row.touched for row in Imported.objects.all())  # the next import goes on from there
        return done

    def second(self, site: SmallSite) -> Callable[[], object]:
        body = f'<p>第二版</p><img src="{site.host}/p.png">'
        return lambda: site.article_again("/tzgg/1.html", body=body, attachments=["/a.doc"], images=["/p.png"])

    def test_content(self, site: SmallSite) -> None:
        site.run()
        self.check(site, self.second(site))
        assert site.counts() == {"updated": 1, "unchanged": 4, "held": 1}
        assert "第二版" in str(site.became("/tzgg/1.html").body)

    def test_content_of_drafts(self, site: SmallSite) -> None:
        site.run(publish=False)
        self.check(site, self.second(site), publish=False)

    def test_publication(self, site: SmallSite) -> None:
        site.run(publish=False)
        self.check(site, lambda: None)
        assert not site.became("/tzgg/1.html").live

    def test_a_draft_on_a_live_page(self, site: SmallSite) -> None:
        site.run()
        self.check(site, self.second(site), publish=False)

    def test_publication_of_a_draft_on_a_live_page(self, site: SmallSite) -> None:
        site.run()
        self.second(site)()
        site.run(publish=False)
        self.check(site, lambda: None)
        page = site.became("/tzgg/1.html")
        assert ("第二版" in str(page.body), page.has_unpublished_changes) == (False, True)

    def test_another_column(self, site: SmallSite) -> None:
        site.run()
        self.check(site, lambda: site.use(RULES.replace("column: notices", "column: overview")))
        assert parent(site.became("/tzgg/1.html")) == "/towns/dahe/notices/"

    def test_content_of_a_page_that_an_editor_moved(self, site: SmallSite) -> None:
        site.run()
        news = site.became("/gzdt/2.html").get_parent()
        site.became("/tzgg/1.html").move(news, pos="last-child")
        self.check(site, self.second(site))
        assert parent(site.became("/tzgg/1.html")) == "/towns/dahe/news/"

    def test_unpublication(self, site: SmallSite) -> None:
        site.run()
        self.check(site, lambda: site.article_again("/tzgg/1.html", published=None))
        assert site.became("/tzgg/1.html").live

    def test_a_released_document_is_locked_away_again(self, site: SmallSite) -> None:
        site.run()
        self.check(site, lambda: site.decide("/gzdt/2.html", "move", release=True))
        assert site.row("/held.doc").document.collection.name == HELD_COLLECTION
        assert site.old_url("/held.doc").held == ["identity-number"]

    def test_a_new_version_of_a_file(self, site: SmallSite) -> None:
        site.run()
        first = site.row("/a.doc").document
        self.check(site, lambda: site.doc("/a.doc", DOC + b"2"))
        assert site.row("/a.doc").document == first
        assert get_document_model().objects.count() == 2

    def test_new_pages_beside_old_ones(self, site: SmallSite) -> None:
        site.run()
        self.check(site, lambda: site.article("/tzgg/9.html"))
        assert not Imported.objects.filter(source_key__contains="9.html").exists()


class TestWhatPeopleDid:
    """What people have made of it since stays, and is listed."""

    def test_an_edited_page_stays_with_its_files_and_addresses(self, site: SmallSite) -> None:
        site.run()
        page = site.became("/tzgg/1.html")
        edit(page)
        done = back(site)
        assert done.kept == ("page “编辑改过的标题”: an editor changed it", "file “p.png”: something else uses it",
                             "file “a.doc”: something else uses it")  # fmt: skip
        assert [found.pk for found in ArticlePage.objects.all()] == [page.pk]
        assert {old.canonical.removeprefix(site.host) for old in OldUrl.objects.all()} == {
            "/tzgg/1.html", "/a.doc", "/p.png",
        }  # fmt: skip
        assert (site.row("/tzgg/1.html").page_id, get_document_model().objects.count()) == (page.pk, 1)
        assert site.counts() == {"unchanged": 3, "created": 2, "held": 1}  # and the next import knows it

    @pytest.mark.parametrize("act", ["published", "unpublished", "moved"])
    def test_a_page_that_was(self, site: SmallSite, act: str) -> None:
        site.run(publish=act == "unpublished")
        page = site.became("/tzgg/1.html")
        if act == "published":
            page.get_latest_revision().publish()
        elif act == "unpublished":
            page.unpublish()
        else:
            page.move(Page.objects.get(url_path="/portal/towns/dahe/news/"), pos="last-child")
        assert "page “关于修路的通知”: an editor changed it" in back(site).kept
        assert ArticlePage.objects.count() == 1

    def test_an_updated_page_that_was_edited_since_is_not_put_back(self, site: SmallSite) -> None:
        site.run()
        site.article_again("/tzgg/1.html", body="<p>第二版</p>", attachments=["/a.doc"])
        site.run()
        edit(site.became("/tzgg/1.html"), publish=True)
        assert back(site).kept == ("page “编辑改过的标题”: an editor changed it",)
        page = site.became("/tzgg/1.html")
        assert (page.title, "第二版" in str(page.body)) == ("编辑改过的标题", True)

    def test_a_deleted_page(self, site: SmallSite) -> None:
        before = tables()
        site.run()
        site.became("/tzgg/1.html").delete()
        assert back(site).kept == ()
        assert tables() == before

    def test_a_file_that_an_editor_uses_elsewhere(self, site: SmallSite) -> None:
        site.run()
        document = site.row("/a.doc").document
        home = Page.objects.get(url_path="/portal/towns/dahe/news/")
        home.add_child(instance=ArticlePage(
            title="新文章", attachments=[("document", {"document": document, "title": "表"})],
        ))  # fmt: skip
        done = back(site)
        assert done.kept == ("file “a.doc”: something else uses it",)
        assert list(get_document_model().objects.all()) == [document]

    def test_a_file_that_an_editor_changed(self, site: SmallSite) -> None:
        site.run()
        document = site.row("/a.doc").document
        document.title = "改过"
        document.save()
        editor = get_user_model().objects.create(username="王编辑")
        log(document, "wagtail.edit", user=editor)
        assert back(site).kept == ("file “改过”: an editor changed it",)
        assert list(get_document_model().objects.all()) == [document]

    def test_withdrawals_and_hits_outlive_it(self, site: SmallSite) -> None:
        site.run()
        OldUrl.objects.update(hits=5, withdrawn_reason="泄露")
        site.use(RULES.replace("column: notices", "archive: 存档"))
        site.run()
        back(site)
        assert set(OldUrl.objects.values_list("hits", "withdrawn_reason")) == {(5, "泄露")}
        assert site.old_url("/tzgg/1.html").outcome == "move"


class TestTwoSites:
    """One file stored once, whoever brought it."""

    @pytest.fixture
    def second(self, small: Make, site: SmallSite) -> SmallSite:
        second = small("xiaohe")
        second.article("/tzgg/1.html", attachments=["/same.doc"])
        second.doc("/same.doc")
        return second

    def test_the_file_stays_until_the_last_one_goes(self, site: SmallSite, second: SmallSite) -> None:
        empty = tables()
        site.run()
        second.run()
        document = second.row("/same.doc").document
        assert document == site.row("/a.doc").document
        assert back(site).kept == ("file “a.doc”: something else uses it",)
        assert list(get_document_model().objects.all()) == [document]
        assert [block.value["document"] for block in second.became("/tzgg/1.html").attachments] == [document]
        assert Imported.objects.filter(site__slug="dahe").count() == 0
        assert back(second).kept == ()
        assert tables() == empty

    def test_not_before_what_changed_its_pages_later(self, small: Make) -> None:
        first, second = small("dahe"), small("xiaohe")
        second.article("/tzgg/9.html")
        second.run()
        first.article("/tzgg/1.html", body=f'<p><a href="{second.host}/tzgg/9.html">邻镇</a></p>')
        first.run()
        second.decide("/tzgg/9.html", "gone", reason="作废")
        later = second.run().receipt
        with pytest.raises(UsageError, match=rf"{later} \(xiaohe-") as refused:
            back(first)
        assert f"shangyi rollback xiaohe {later}" in refused.value.hint
        back(second)
        assert back(first).kept == ()

    def test_not_before_what_an_older_receipt_was_gone_on_with(
        self, small: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first, second = small("dahe"), small("xiaohe")
        second.article("/tzgg/9.html")
        second.run()
        second.article("/tzgg/8.html")
        broken_off(second, monkeypatch)
        first.article("/tzgg/1.html", body=f'<p><a href="{second.host}/tzgg/9.html">邻镇</a></p>')
        first.run()
        second.decide("/tzgg/9.html", "gone", reason="作废")
        later = int(second.run().receipt)
        assert later < Receipt.objects.get(site__slug="dahe").pk
        with pytest.raises(UsageError, match=rf"{later} \(xiaohe-"):
            back(first)
        back(second)
        assert back(first).kept == ()

    def test_what_others_built_on_is_not_gone_on_with(self, small: Make, monkeypatch: pytest.MonkeyPatch) -> None:
        first, second = small("dahe"), small("xiaohe")
        empty = tables()
        second.article("/tzgg/9.html")
        earliest = int(second.run().receipt)
        first.article("/tzgg/1.html", body=f'<p><a href="{second.host}/tzgg/9.html">邻镇</a></p>')
        broken_off(first, monkeypatch, "relink")
        begun = Receipt.objects.get(site__slug="dahe").pk
        second.decide("/tzgg/9.html", "gone", reason="作废")
        between = int(second.run().receipt)
        first.article("/tzgg/2.html")
        gone_on = int(first.run().receipt)
        assert begun < between < gone_on
        with pytest.raises(UsageError, match=rf"{gone_on} \(dahe-"):
            back(first, begun)
        back(first, gone_on)
        with pytest.raises(UsageError, match=rf"{between} \(xiaohe-"):
            back(first, begun)
        back(second, between)
        back(first, begun)
        back(second, earliest)
        assert tables() == empty

    def test_one_after_the_other_back_to_nothing(self, small: Make) -> None:
        """What a later import did to another site's page is undone, and then that page is still nobody else's."""
        first, second = small("dahe"), small("xiaohe")
        empty = tables()
        second.article("/tzgg/9.html")
        earliest = int(second.run().receipt)
        first.article("/tzgg/1.html", body=f'<p><a href="{second.host}/tzgg/9.html">邻镇</a></p>')
        receipts = [(second, earliest), (first, int(first.run().receipt))]
        second.decide("/tzgg/9.html", "gone", reason="作废")
        receipts.append((second, int(second.run().receipt)))
        receipts.append((first, int(first.run().receipt)))
        for site, receipt in reversed(receipts):
            assert back(site, receipt).kept == ()
        assert tables() == empty

    def test_in_the_order_of_the_imports(self, site: SmallSite, second: SmallSite) -> None:
        empty = tables()
        site.run()
        second.run()
        assert back(second).kept == ()
        assert site.row("/a.doc").document is not None
        back(site)
        assert tables() == empty


def broken_off(site: SmallSite, monkeypatch: pytest.MonkeyPatch, before: str = "fill") -> None:
    """Import a site as far as before a pass over its entries."""
    with monkeypatch.context() as patch:
        patch.setattr(f"migrate.importer.run._Run.{before}", lambda _self: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            site.run()


def test_an_interrupted_import_can_be_rolled_back(site: SmallSite, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tables()
    broken_off(site, monkeypatch)
    assert Receipt.objects.get().state == "open"
    back(site)
    assert tables() == before


def test_a_resumed_import_has_one_receipt(site: SmallSite, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tables()
    broken_off(site, monkeypatch)
    number = Receipt.objects.get().pk
    assert int(site.run().receipt) == number
    assert ReceiptLine.objects.filter(receipt=number, model="page").count() == 2
    back(site)
    assert tables() == before


class TestFilesOnTheDisk:
    """They go after the commit; whatever comes between, the next import removes what is left."""

    @pytest.fixture
    def site(self, small: Make, tmp_path: Path, settings: Any) -> SmallSite:
        settings.MEDIA_ROOT = tmp_path / "media"
        site = small()
        site.article("/tzgg/1.html", images=["/1.png"], attachments=["/a.doc"], body='<p><img src="/1.png"></p>')
        site.bytes("/1.png", picture(), "image/png")
        site.doc("/a.doc")
        site.run()
        get_image_model().objects.get().get_rendition("fill-10x10")
        assert len(self.files(tmp_path)) == 3
        return site

    def files(self, folder: Path) -> list[Path]:
        return [path for path in (folder / "media").rglob("*") if path.is_file()]

    def test_a_killed_rollback(self, site: SmallSite, tmp_path: Path) -> None:
        back(site)  # nothing of what was to be done after the commit is: the tests' own transaction goes on
        assert len(self.files(tmp_path)) == 3
        site.run()
        assert len(self.files(tmp_path)) == 2, "the smaller picture is gone, the others were stored again"

    def test_a_killed_rollback_is_repeated(self, site: SmallSite, tmp_path: Path) -> None:
        """It had come as far as its commit: the import before it is not undone by the same command."""
        first = Receipt.objects.get().pk
        site.article("/tzgg/2.html", images=["/2.png"], body='<p><img src="/2.png"></p>')
        site.bytes("/2.png", picture("blue"), "image/png")
        site.run()
        back(site)
        assert len(self.files(tmp_path)) == 4
        for dry_run in (True, False):
            with pytest.raises(UsageError, match="is rolled back already") as caught:
                back(site, dry_run=dry_run)
            assert f"shangyi rollback {site.name} {first}" in caught.value.hint
        assert len(self.files(tmp_path)) == 3, "what it had left to do is done"
        assert site.became("/tzgg/1.html").live
        back(site, first)
        assert not Imported.objects.exists()

    def test_a_folder_that_is_read_only(
        self, site: SmallSite, tmp_path: Path, django_capture_on_commit_callbacks: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        def refuse(_storage: object, name: str) -> None:
            raise PermissionError(13, "Permission denied", name)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("django.core.files.storage.FileSystemStorage.delete", refuse)
            with django_capture_on_commit_callbacks(execute=True):
                result = roll_back(find_receipt(site.name, None))
        assert [line for line in result.kept if "Permission denied; the next import removes them" in line]
        assert caplog.text == "", "Wagtail would log a trace for each file"
        assert len(self.files(tmp_path)) == 3
        assert not get_image_model().objects.exists() and not get_document_model().objects.exists()
        assert sweep() == 3
        assert self.files(tmp_path) == []
        assert post_delete.has_listeners(get_image_model())

    def test_a_dry_run_removes_none(
        self, site: SmallSite, tmp_path: Path, django_capture_on_commit_callbacks: Any
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            back(site, dry_run=True)
        assert len(self.files(tmp_path)) == 3
        assert not PendingFile.objects.exists()
