"""The same thing at several addresses: one page, in every column, whatever happens to it afterwards."""

import dataclasses
from collections import Counter
from collections.abc import Callable
from typing import Any, get_args, get_type_hints

import pytest
from django.urls import reverse
from wagtail.models import Page

from cms_site.legacy.intake.sameness import MAX_DAYS
from cms_site.legacy.models import Decision, Imported, OldUrl, Receipt, ReceiptLine
from cms_site.portal.directory import directory
from cms_site.portal.models import ArticlePage, ChannelPage, ColumnPage
from migrate import portal
from migrate.clocks import ColumnState, Standing
from migrate.config import PortalConfig
from migrate.records import Field
from tests.commands import ROOT
from tests.importer.sites import DOC, SmallSite, edit, parent
from tests.importer.test_rollback import tables
from tests.mapping.building import HEAD, RULES

Make = Callable[..., SmallSite]

TITLE = Field("云溪县人民政府关于开展森林防火工作的通告", "selector:h1", 1.0)
BODY = (
    "<p>为切实加强森林防火工作，保护森林资源和人民生命财产安全，现将有关事项通告如下。</p>"
    "<p>一、防火期为每年11月1日至次年4月30日，林区内严禁一切野外用火。</p>"
    "<p>二、进入林区的人员和车辆必须接受护林员的检查和登记，不得携带火种。</p>"
    "<p>三、各村民委员会要组织巡护队伍，每日巡查不少于三次，发现火情立即报告。</p>"
    "<p>四、违反本通告的，由林业主管部门依法处理；构成犯罪的，移送司法机关。</p><p>特此通告。</p>"
)
LATER = BODY.replace("三次", "五次")


@pytest.fixture
def dahe(small: Make) -> SmallSite:
    return _whole_portal(small("dahe"))


@pytest.fixture
def xiaohe(small: Make) -> SmallSite:
    return _whole_portal(small("xiaohe"))


def _whole_portal(site: SmallSite, scope: Any = "portal") -> SmallSite:
    site.portal = dataclasses.replace(site.portal, merge=scope)
    return site


def repost(site: SmallSite, path: str, *, again: bool = False, **more: Any) -> None:
    fields = {"title": TITLE, "body": BODY} | more
    (site.article_again if again else site.article)(path, **fields)


def column(path: str) -> ColumnPage:
    return ColumnPage.objects.get(url_path=f"/portal{path}")


def listed(path: str) -> list[int]:
    return [page.pk for page in column(path).lines()]


def steady(*sites: SmallSite) -> bool:
    """Say whether importing the sites once more changes nothing, and a rehearsal says so."""
    before = tables()
    return all(set(site.rehearsal()) <= {"unchanged"} and not site.run().receipt for site in sites) and (
        tables() == before
    )


def test_what_is_documented_is_so() -> None:
    text = " ".join((ROOT / "docs" / "mapping.md").read_text(encoding="utf-8").split())
    scopes = get_args(get_type_hints(PortalConfig)["merge"])
    assert all(f"`merge: {scope}`" in text for scope in scopes) and len(scopes) == 4
    assert PortalConfig.__dataclass_fields__["merge"].default == "channel"
    assert "`merge: channel` (so it is without the line" in text
    assert "within five days" in text and MAX_DAYS == 5


class TestMerging:
    """What becomes one page."""

    def test_several_columns_of_a_site(self, small: Make) -> None:
        site = small()
        for path in ("/gzdt/1.html", "/tzgg/1.html", "/tzgg/copy.html"):
            repost(site, path)
        site.article("/tzgg/2.html", title=TITLE)
        assert site.rehearsal() == {"created": 2, "merged": 2}
        assert site.counts() == {"created": 2, "merged": 2}
        page = site.became("/gzdt/1.html")
        assert page.live and parent(page) == "/towns/dahe/news/"
        assert site.became("/tzgg/1.html") == site.became("/tzgg/copy.html") == page
        assert listed("/towns/dahe/news/") == [page.pk]
        assert listed("/towns/dahe/notices/") == [site.became("/tzgg/2.html").pk, page.pk]
        assert steady(site)

    def test_several_sites(self, dahe: SmallSite, xiaohe: SmallSite) -> None:
        repost(dahe, "/tzgg/1.html")
        repost(xiaohe, "/gzdt/9.html")
        assert portal.columns_elsewhere("xiaohe") == ()
        dahe.run()
        elsewhere = Counter(portal.columns_elsewhere("xiaohe"))
        assert elsewhere[Standing(183, ColumnState.STALE)] == 1, "the notices of dahe"
        assert elsewhere[Standing(14, ColumnState.EMPTY)] == 1 and portal.columns_elsewhere("dahe") == ()
        assert xiaohe.rehearsal() == {"merged": 1}
        assert xiaohe.counts() == {"merged": 1}
        page = dahe.became("/tzgg/1.html")
        assert ArticlePage.objects.count() == 1 and xiaohe.became("/gzdt/9.html") == page
        assert portal.new_urls("xiaohe") == {xiaohe.mapped("/gzdt/9.html").key: page.get_full_url()}
        assert listed("/towns/xiaohe/news/") == [page.pk]
        assert steady(dahe, xiaohe)
        (finding,) = [f for _stage, f in xiaohe.ledger.findings("import") if f.check == "import.same"]
        assert finding.url == xiaohe.mapped("/gzdt/9.html").key
        for told in (dahe.mapped("/tzgg/1.html").key, TITLE.value, "100"):
            assert told in finding.message

    @pytest.mark.parametrize(("scope", "pages"), [("portal", 1), ("channel", 2), ("site", 2), ("off", 3)])
    def test_how_far(self, small: Make, scope: str, pages: int) -> None:
        first, second = _whole_portal(small("dahe"), scope), _whole_portal(small("xiaohe"), scope)
        repost(first, "/tzgg/1.html")
        repost(first, "/gzdt/1.html")
        repost(second, "/tzgg/1.html")
        first.run()
        second.run()
        assert ArticlePage.objects.count() == pages

    def test_in_lists_and_on_the_channel_home(self, small: Make, client: Any) -> None:
        site = small()
        repost(site, "/gzdt/1.html")
        repost(site, "/tzgg/1.html")
        site.run()
        assert [place.slug for place in directory(None).filled(ChannelPage.objects.get(slug="dahe").path)] == [
            "news",
            "notices",
        ]
        home = client.get("/towns/dahe/").content.decode()
        assert home.count(TITLE.value) >= 2
        assert TITLE.value in client.get("/towns/dahe/notices/").content.decode()
        assert listed("/notices/") == [site.became("/gzdt/1.html").pk]

    def test_only_clean_pages_of_one_kind(self, dahe: SmallSite, xiaohe: SmallSite) -> None:
        number = Field("云政〔2019〕3号", "label:文号", 1.0)
        repost(dahe, "/tzgg/1.html", document_number=number)
        repost(dahe, "/zcwj/1.html", document_number=number)
        repost(dahe, "/later/1.html")
        repost(xiaohe, "/tzgg/1.html", held=("identity-number",))
        assert dahe.counts() == {"created": 3}
        assert xiaohe.counts() == {"created": 1, "held": 1}

    @pytest.mark.parametrize(
        ("other", "expected"), [(DOC, {"created": 1, "merged": 1}), (DOC + b" of another kind", {"created": 2})]
    )
    def test_files_are_never_lost(
        self, dahe: SmallSite, xiaohe: SmallSite, other: bytes, expected: dict[str, int]
    ) -> None:
        for site, payload in ((dahe, DOC), (xiaohe, other)):
            site.doc("/f/1.doc", payload)
            repost(site, "/tzgg/1.html", attachments=["/f/1.doc"])
        dahe.run()
        assert xiaohe.counts() == expected

    def test_a_file_that_was_never_captured_keeps_pages_apart(self, dahe: SmallSite, xiaohe: SmallSite) -> None:
        for site in (dahe, xiaohe):
            repost(site, "/tzgg/1.html", attachments=["/f/1.doc"])
        dahe.run()
        assert xiaohe.counts() == {"created": 1}

    def test_links_to_any_of_the_addresses_lead_to_the_page(self, small: Make) -> None:
        site = small()
        repost(site, "/gzdt/1.html")
        repost(site, "/tzgg/1.html")
        site.article("/tzgg/2.html", body=f'<p><a href="{site.host}/tzgg/1.html">通告</a></p>')
        site.run()
        number = site.became("/gzdt/1.html").pk
        assert f'id="{number}"' in str(site.became("/tzgg/2.html").body.raw_data[0])

    def test_a_draft_goes_live_with_its_twin(self, dahe: SmallSite, xiaohe: SmallSite) -> None:
        repost(dahe, "/tzgg/1.html")
        repost(xiaohe, "/tzgg/1.html")
        dahe.run(publish=False)
        xiaohe.run(publish=False)
        assert not xiaohe.became("/tzgg/1.html").live and listed("/towns/xiaohe/notices/") == []
        before = tables()
        assert xiaohe.counts() == {"updated": 1}
        page = dahe.became("/tzgg/1.html")
        assert page.live and page.last_published_at == page.published_at
        assert listed("/towns/xiaohe/notices/") == [page.pk]
        assert steady(xiaohe, dahe)
        portal.roll_back("xiaohe", None, dry_run=False)
        assert not dahe.became("/tzgg/1.html").live
        assert [row["state"] for row in before["Imported"]] == list(
            Imported.objects.order_by("pk").values_list("state", flat=True)
        )


def test_the_admin_shows_it_and_takes_the_ruling(
    dahe: SmallSite, xiaohe: SmallSite, admin_client: Any, admin_user: Any
) -> None:
    repost(dahe, "/tzgg/1.html")
    repost(xiaohe, "/tzgg/1.html")
    dahe.run()
    xiaohe.run()
    first, twin = dahe.row("/tzgg/1.html"), xiaohe.old_url("/tzgg/1.html")
    assert first.source_key in admin_client.get(reverse("oldurl:inspect", args=(twin.pk,))).content.decode()
    own = dahe.old_url("/tzgg/1.html")
    assert own.same_as is None and admin_client.get(reverse("oldurl:inspect", args=(own.pk,))).status_code == 200
    page = admin_client.get(reverse("imported:inspect", args=(twin.imported.pk,))).content.decode()
    assert first.source_key in page and twin.imported.sketch not in page
    assert first.source_key in admin_client.get(reverse("imported:index")).content.decode()
    form = {"site": twin.site.pk, "canonical": twin.url, "outcome": "move", "column": "/towns/xiaohe/notices/",
            "apart": "on"}  # fmt: skip
    admin_client.post(reverse("decision:add"), form)
    assert Decision.objects.get().apart
    assert xiaohe.counts() == {"created": 1}


class TestParting:
    """What becomes of it when something changes."""

    def test_ruled_apart(self, dahe: SmallSite, xiaohe: SmallSite) -> None:
        repost(dahe, "/tzgg/1.html")
        repost(xiaohe, "/tzgg/1.html")
        dahe.run()
        xiaohe.run()
        xiaohe.decide("/tzgg/1.html", "move", column="/towns/xiaohe/notices/", apart=True)
        assert xiaohe.rehearsal() == {"created": 1}
        assert xiaohe.counts() == {"created": 1}
        own = xiaohe.became("/tzgg/1.html")
        assert own != dahe.became("/tzgg/1.html") and own.live and parent(own) == "/towns/xiaohe/notices/"
        assert xiaohe.imports("same") == [] and listed("/towns/xiaohe/notices/") == [own.pk]
        assert steady(dahe, xiaohe)
        portal.roll_back("xiaohe", None, dry_run=False)
        assert xiaohe.became("/tzgg/1.html") == dahe.became("/tzgg/1.html")
        assert not Page.objects.filter(pk=own.pk).exists()

    def test_ruled_apart_beforehand(self, dahe: SmallSite, xiaohe: SmallSite) -> None:
        repost(dahe, "/tzgg/1.html")
        repost(xiaohe, "/tzgg/1.html")
        dahe.run()
        dahe.decide("/tzgg/1.html", "move", column="/towns/dahe/notices/", apart=True)
        assert xiaohe.counts() == {"created": 1}

    def test_a_new_version_of_the_twin(self, dahe: SmallSite, xiaohe: SmallSite) -> None:
        repost(dahe, "/tzgg/1.html")
        repost(xiaohe, "/tzgg/1.html")
        dahe.run()
        xiaohe.run()
        repost(xiaohe, "/tzgg/1.html", again=True, body=LATER)
        assert xiaohe.rehearsal() == {"created": 1}
        assert xiaohe.counts() == {"created": 1}
        assert "五次" in xiaohe.became("/tzgg/1.html").text and "三次" in dahe.became("/tzgg/1.html").text
        assert steady(dahe, xiaohe)

    def test_a_new_version_of_the_page(self, dahe: SmallSite, xiaohe: SmallSite) -> None:
        repost(dahe, "/tzgg/1.html")
        repost(xiaohe, "/tzgg/1.html")
        dahe.run()
        xiaohe.run()
        repost(dahe, "/tzgg/1.html", again=True, body=LATER)
        assert dahe.counts() == {"updated": 1}
        assert xiaohe.counts() == {"created": 1}
        assert "三次" in xiaohe.became("/tzgg/1.html").text
        assert steady(dahe, xiaohe)

    def test_both_in_the_same_new_version(self, small: Make) -> None:
        site = small()
        for path in ("/gzdt/1.html", "/tzgg/1.html"):
            repost(site, path)
        site.run()
        for path in ("/gzdt/1.html", "/tzgg/1.html"):
            repost(site, path, again=True, body=LATER)
        site.run()
        site.run()
        assert steady(site)
        assert "五次" in site.became("/tzgg/1.html").text

    def test_another_column(self, small: Make) -> None:
        site = small()
        repost(site, "/gzdt/1.html")
        repost(site, "/tzgg/1.html")
        site.run()
        site.decide("/tzgg/1.html", "move", column="/towns/dahe/news/")
        assert site.counts() == {"unchanged": 1, "updated": 1}
        assert listed("/towns/dahe/notices/") == [] and len(listed("/towns/dahe/news/")) == 1

    def test_the_twin_is_gone(self, dahe: SmallSite, xiaohe: SmallSite) -> None:
        repost(dahe, "/tzgg/1.html")
        repost(xiaohe, "/tzgg/1.html")
        dahe.run()
        xiaohe.run()
        xiaohe.decide("/tzgg/1.html", "gone", reason="重复")
        assert xiaohe.rehearsal() == {"unpublished": 1}
        assert xiaohe.counts() == {"unpublished": 1}
        assert dahe.became("/tzgg/1.html").live and listed("/towns/xiaohe/notices/") == []
        assert xiaohe.imports("same") == [] and steady(dahe, xiaohe)

    def test_the_first_is_gone(self, dahe: SmallSite, xiaohe: SmallSite) -> None:
        repost(dahe, "/tzgg/1.html")
        repost(xiaohe, "/gzdt/1.html")
        dahe.run()
        xiaohe.run()
        page = dahe.became("/tzgg/1.html")
        dahe.decide("/tzgg/1.html", "gone", reason="重复")
        assert dahe.counts() == {"unpublished": 1}
        page = Page.objects.get(pk=page.pk)
        assert page.live and parent(page) == "/towns/xiaohe/news/" and listed("/towns/dahe/notices/") == []
        assert portal.new_urls("xiaohe") == {xiaohe.mapped("/gzdt/1.html").key: page.get_full_url()}
        assert portal.new_urls("dahe") == {}
        assert steady(dahe, xiaohe)
        portal.roll_back("dahe", None, dry_run=False)
        page = Page.objects.get(pk=page.pk)
        assert page.live and parent(page) == "/towns/dahe/notices/" and listed("/towns/xiaohe/news/") == [page.pk]
        assert Imported.objects.get(site__slug="xiaohe").same_as == dahe.row("/tzgg/1.html")


def test_addresses_that_become_one_leave_the_page_to_the_others(small: Make) -> None:
    site = small()
    repost(site, "/tzgg/1.html?id=1", body=LATER)
    repost(site, "/tzgg/1.html?id=2")
    repost(site, "/tzgg/9.html")
    assert site.counts() == {"created": 2, "merged": 1}
    shared = site.became("/tzgg/9.html")
    site.db.execute("DELETE FROM resources WHERE key = ?", (site.key("/tzgg/1.html?id=2"),))
    site.use(RULES, HEAD.replace("keep_query: [id]", "keep_query: []"))
    site.run()
    row = site.row("/tzgg/9.html")
    assert row.same_as is None and row.page_id == shared.pk and row.page.live
    assert site.became("/tzgg/1.html").pk != shared.pk and steady(site)


def test_what_was_interrupted_goes_on(dahe: SmallSite, xiaohe: SmallSite) -> None:
    repost(dahe, "/tzgg/1.html")
    repost(xiaohe, "/tzgg/1.html")
    dahe.run()
    xiaohe.map()
    with portal.open_intake(xiaohe.config, xiaohe.portal, publish=True) as intake:
        intake.place_pages([xiaohe.mapped("/tzgg/1.html")])
    assert xiaohe.counts() == {"merged": 1}
    assert steady(dahe, xiaohe)
    undone = portal.roll_back("xiaohe", None, dry_run=False)
    assert undone.removed == {"imported": 1, "oldurl": 1}


class TestEditors:
    """What editors do with a shared page."""

    def test_changed(self, dahe: SmallSite, xiaohe: SmallSite) -> None:
        repost(dahe, "/tzgg/1.html")
        repost(xiaohe, "/tzgg/1.html")
        dahe.run()
        edit(dahe.became("/tzgg/1.html"), publish=True)
        assert xiaohe.counts() == {"created": 1}, "nobody knows what an edited page says"

    def test_changed_afterwards(self, dahe: SmallSite, xiaohe: SmallSite) -> None:
        repost(dahe, "/tzgg/1.html")
        repost(xiaohe, "/tzgg/1.html")
        dahe.run()
        xiaohe.run()
        edit(dahe.became("/tzgg/1.html"), publish=True)
        assert steady(dahe, xiaohe)
        assert listed("/towns/xiaohe/notices/") == [dahe.became("/tzgg/1.html").pk]

    def test_deleted(self, dahe: SmallSite, xiaohe: SmallSite) -> None:
        repost(dahe, "/tzgg/1.html")
        repost(xiaohe, "/tzgg/1.html")
        dahe.run()
        xiaohe.run()
        dahe.became("/tzgg/1.html").delete()
        assert steady(dahe, xiaohe)
        assert ArticlePage.objects.count() == 0


class TestRollback:
    """A page stays while another import stands for it."""

    def test_of_the_second(self, dahe: SmallSite, xiaohe: SmallSite) -> None:
        repost(dahe, "/tzgg/1.html")
        repost(xiaohe, "/tzgg/1.html")
        dahe.run()
        before = tables()
        xiaohe.run()
        undone = portal.roll_back("xiaohe", None, dry_run=False)
        assert undone.removed == {"imported": 1, "oldurl": 1} and undone.kept == ()
        assert tables() == before

    def test_of_the_first_then_of_the_second(self, dahe: SmallSite, xiaohe: SmallSite) -> None:
        empty = tables()
        repost(dahe, "/tzgg/1.html")
        repost(xiaohe, "/gzdt/1.html")
        dahe.run()
        xiaohe.run()
        page = dahe.became("/tzgg/1.html")
        undone = portal.roll_back("dahe", None, dry_run=False)
        assert undone.removed == {"imported": 1, "oldurl": 1} and len(undone.kept) == 1
        page = Page.objects.get(pk=page.pk)
        assert page.live and parent(page) == "/towns/xiaohe/news/" and listed("/towns/dahe/notices/") == []
        assert portal.new_urls("xiaohe") == {xiaohe.mapped("/gzdt/1.html").key: page.get_full_url()}
        assert steady(xiaohe)
        assert dahe.counts() == {"merged": 1} and dahe.became("/tzgg/1.html").pk == page.pk
        portal.roll_back("dahe", None, dry_run=False)
        portal.roll_back("xiaohe", None, dry_run=False)
        assert {name: rows for name, rows in tables().items() if "log" not in name.lower()} == {
            name: rows for name, rows in empty.items() if "log" not in name.lower()
        }
        assert not Page.objects.filter(pk=page.pk).exists()

    def test_of_one_import_with_both(self, small: Make) -> None:
        site = small()
        repost(site, "/gzdt/1.html")
        repost(site, "/tzgg/1.html")
        site.run()
        undone = portal.roll_back("dahe", None, dry_run=False)
        assert undone.removed == {"page": 1, "imported": 2, "oldurl": 2} and undone.kept == ()
        assert not Imported.objects.exists() and not OldUrl.objects.exists()

    def test_of_a_page_that_three_share(self, small: Make, dahe: SmallSite, xiaohe: SmallSite) -> None:
        repost(dahe, "/tzgg/1.html")
        for path in ("/gzdt/1.html", "/tzgg/1.html"):
            repost(xiaohe, path)
        dahe.run()
        xiaohe.run()
        portal.roll_back("dahe", None, dry_run=False)
        first, second = xiaohe.row("/gzdt/1.html"), xiaohe.row("/tzgg/1.html")
        assert first.same_as is None and second.same_as == first and first.page == second.page
        assert steady(xiaohe)
        undone = portal.roll_back("xiaohe", None, dry_run=False)
        assert undone.removed == {"page": 1, "imported": 2, "oldurl": 2}

    def test_of_parting_when_what_it_shared_is_gone(self, dahe: SmallSite, xiaohe: SmallSite) -> None:
        repost(dahe, "/tzgg/1.html")
        repost(xiaohe, "/tzgg/1.html")
        dahe.run()
        xiaohe.run()
        xiaohe.decide("/tzgg/1.html", "move", column="/towns/xiaohe/notices/", apart=True)
        xiaohe.run()
        portal.roll_back("dahe", None, dry_run=False)
        undone = portal.roll_back("xiaohe", None, dry_run=False)
        assert len(undone.kept) == 1 and xiaohe.became("/tzgg/1.html").live

    def test_receipts_name_every_row(self, small: Make) -> None:
        site = small()
        repost(site, "/gzdt/1.html")
        repost(site, "/tzgg/1.html")
        site.run()
        lines = ReceiptLine.objects.filter(receipt=Receipt.objects.get(), model="imported", action="created")
        assert lines.count() == 2


def test_the_search_for_the_same_takes_few_queries(small: Make, django_assert_max_num_queries: Any) -> None:
    site = small()
    for number in range(60):
        repost(site, f"/gzdt/{number}.html", title=Field(f"通告第{number}号", "h1", 1.0))
        repost(site, f"/tzgg/{number}.html", title=Field(f"通告第{number}号", "h1", 1.0))
    site.map()
    entries = [entry for entry in site.ledger.entries() if entry.content is not None]
    with django_assert_max_num_queries(40):
        found = portal.rehearsal(site.config, site.portal).place([entries])
    assert sum(map(bool, found.values())) == 60
