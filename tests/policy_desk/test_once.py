"""One notice once: reposts of several sites become its page, whichever came first; what is not sure, people rule."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from wagtail.models import Page

from cms_site.legacy.joining import reposts_of
from cms_site.legacy.models import Imported, OldHost, OldSite, OldUrl
from cms_site.policy import acts
from cms_site.policy.models import Likeness
from cms_site.portal.models import ColumnPage, ContentPage, PolicyPage
from migrate import portal
from migrate.config.sites import POLICY_SITE
from migrate.records import Field
from tests.editors.conftest import client_of, person
from tests.importer.sites import SmallSite
from tests.mapping.building import HEAD

from .central import BODY, NUMBER, TITLE, Central, sync

Make = Callable[..., SmallSite]
pytestmark = pytest.mark.django_db
PATH = "/zhengce/content/202611/content_1.htm"


class Town(SmallSite):
    """One of many old sites that move into one channel."""

    def __init__(self, folder: Path, name: str) -> None:
        place = folder / name
        place.mkdir()
        super().__init__(place, name)

    def use(self, rules: str, head: str = HEAD) -> None:
        super().use(rules, head.replace("/towns/NAME/", "/towns/dahe/"))


def repost(site: SmallSite, path: str, **more: Any) -> None:
    fields = {"title": TITLE, "body": BODY, "document_number": NUMBER} | more
    site.article(path, published=Field("2026-11-20", "label:发布时间", 1.0), **fields)


def live_pages(title: str = TITLE.value) -> list[Page]:
    return list(Page.objects.live().filter(title=title))


def listed(path: str) -> list[int]:
    return [page.pk for page in ColumnPage.objects.get(url_path=f"/portal{path}").lines()]


@pytest.fixture
def editor(db):
    return get_user_model().objects.create_superuser("administrator")


@pytest.fixture
def old_sites(small: Make) -> list[SmallSite]:
    """Two sites with five reposts: as news, as notices, as policy documents."""
    dahe, xiaohe = small("dahe"), small("xiaohe")
    for path in ("/gzdt/1.html", "/tzgg/1.html", "/zcwj/1.html"):
        repost(dahe, path)
    for path in ("/gzdt/7.html", "/zcwj/7.html"):
        repost(xiaohe, path)
    return [dahe, xiaohe]


def addresses_lead_to(page: ContentPage, sites: list[SmallSite]) -> bool:
    found = {**portal.new_urls("dahe"), **portal.new_urls("xiaohe")}
    return len(found) == 5 and set(found.values()) == {page.get_full_url()} and bool(sites)


class TestSure:
    """The texts themselves say it."""

    def test_reposts_before_the_notice(self, central: Central, old_sites: list[SmallSite]) -> None:
        for site in old_sites:
            site.run()
        assert len(live_pages()) > 1
        repost(central, PATH)
        sync(central, PATH, publish=True)
        page = central.public(PATH)
        assert live_pages() == [page.page_ptr] and listed("/state-council/")[0] == page.pk
        assert addresses_lead_to(page, old_sites)
        assert not reposts_of(central.row(PATH))

    def test_reposts_after_the_notice(self, central: Central, old_sites: list[SmallSite]) -> None:
        repost(central, PATH)
        sync(central, PATH, publish=True)
        for site in old_sites:
            site.run()
        page = central.public(PATH)
        assert live_pages() == [page.page_ptr]
        assert addresses_lead_to(page, old_sites)

    def test_thirty_sites_half_of_them_before_the_notice(self, central: Central, tmp_path: Path) -> None:
        towns = [Town(tmp_path, f"town{number}") for number in range(30)]
        for town in towns:
            repost(town, "/gzdt/1.html")
        for town in towns[:15]:
            town.run()
        repost(central, PATH)
        sync(central, PATH, publish=True)
        for town in towns[15:]:
            town.run()
        page = central.public(PATH)
        assert live_pages() == [page.page_ptr]
        assert {url for town in towns for url in portal.new_urls(town.name).values()} == {page.get_full_url()}
        assert OldUrl.objects.filter(imported__page=page).values("site").distinct().count() == 30
        for town in towns:
            town.ledger.close()

    @pytest.mark.parametrize("after", [False, True])
    def test_importing_again_changes_nothing(self, central: Central, old_sites: list[SmallSite], after: bool) -> None:
        if after:
            for site in old_sites:
                site.run()
        repost(central, PATH)
        sync(central, PATH, publish=True)
        for site in old_sites:
            site.run()
        for site in old_sites:
            assert set(site.rehearsal()) <= {"unchanged"}
            assert not site.run().receipt
        assert live_pages() == [central.public(PATH).page_ptr]

    def test_a_draft_is_no_place_to_lead_to(self, central: Central, old_sites: list[SmallSite]) -> None:
        """As long as nobody published the notice, reposts keep their pages; publishing joins them."""
        repost(central, PATH)
        sync(central, PATH)
        for site in old_sites:
            site.run()
        page = central.public(PATH)
        assert not page.live and live_pages()
        page.get_latest_revision().publish()
        assert live_pages() == [page.page_ptr]
        assert addresses_lead_to(page, old_sites)

    def test_what_an_editor_changed_is_not_joined(
        self, central: Central, old_sites: list[SmallSite], editor: Any
    ) -> None:
        dahe = old_sites[0]
        dahe.run()
        changed = dahe.became("/tzgg/1.html")
        changed.author = "本地编辑"
        changed.save_revision(user=editor).publish()
        repost(central, PATH)
        sync(central, PATH, publish=True)
        changed.refresh_from_db()
        assert changed.live
        assert central.notice(PATH).likenesses.get(page=changed).verdict == Likeness.Verdict.OPEN

    def test_a_rollback_of_an_old_site_leaves_the_notice(self, central: Central, old_sites: list[SmallSite]) -> None:
        for site in old_sites:
            site.run()
        repost(central, PATH)
        sync(central, PATH, publish=True)
        for site in old_sites:
            portal.roll_back(site.name, None, dry_run=False)
        assert live_pages() == [central.public(PATH).page_ptr]
        assert not Imported.objects.exclude(site__slug=POLICY_SITE).filter(page__isnull=False).exists()

    def test_joined_pages_stay_as_drafts_and_the_ruling_is_kept(
        self, central: Central, old_sites: list[SmallSite]
    ) -> None:
        for site in old_sites:
            site.run()
        repost(central, PATH)
        sync(central, PATH, publish=True)
        kept = central.notice(PATH).likenesses.filter(verdict=Likeness.Verdict.SAME)
        assert kept and all(one.actor is not None and one.ruled_at is not None for one in kept)
        assert not any(one.page.live for one in kept)


class TestTheSite:
    """The site of notices is no old site."""

    def test_no_address_and_no_host(self, central: Central) -> None:
        repost(central, PATH)
        sync(central, PATH)
        assert Imported.objects.filter(site__slug=POLICY_SITE).exists()
        assert not OldUrl.objects.exists() and not OldHost.objects.exists()

    def test_in_no_list_of_old_sites(self, central: Central, client: Any) -> None:
        repost(central, PATH)
        sync(central, PATH)
        assert OldSite.every.get().is_policy
        assert not OldSite.objects.exists() and portal.known_sites() == []
        assert not portal.is_known(POLICY_SITE)
        assert client.get(PATH, headers={"host": "www.central.example.gov.cn"}).status_code == 404
        assert "中国政府网" not in client.get("/old-address/").content.decode()

    def test_no_site_file_may_have_its_id(self, tmp_path: Any) -> None:
        from migrate.config.sites import load_site
        from migrate.errors import ConfigError
        from tests.mapping.building import HEAD, PORTAL, RULES

        file = tmp_path / "policy.yaml"
        file.write_text(HEAD.replace("/towns/NAME/", "/towns/dahe/").replace("NAME", "policy") + RULES, "utf-8")
        with pytest.raises(ConfigError, match="policy"):
            load_site(file, PORTAL)

    def test_pictures_and_files_of_a_notice_are_the_portals_own(self, central: Central) -> None:
        central.doc("/f/1.doc")
        repost(
            central, PATH, attachments=["/f/1.doc"],
            body=BODY + f'<p><a href="{central.host}/f/1.doc">附件</a> <a href="{central.host}/else.htm">另见</a></p>',
        )  # fmt: skip
        sync(central, PATH)
        page = central.public(PATH)
        assert [block.block_type for block in page.attachments] == ["document"]
        written = page.body.get_prep_value()
        assert "linktype=" in str(written) and "/f/1.doc" not in str(written)
        assert f"{central.host}/else.htm" in str(written)


class TestNotSure:
    """People rule."""

    def prepare(self, central: Central, site: SmallSite, **differs: Any) -> Likeness:
        repost(site, "/zcwj/1.html", **differs)
        site.run()
        repost(central, PATH)
        sync(central, PATH, publish=True)
        return central.notice(PATH).likenesses.get()

    @pytest.mark.parametrize(
        ("differs", "why"),
        [
            ({"body": BODY.replace("四、", "五、另外，")}, "number"),
            ({"document_number": Field("", "", 0), "body": BODY.replace("稳定", "扩大")}, "title"),
            (
                {
                    "document_number": Field("", "", 0),
                    "title": Field("国务院：加强粮食生产", "selector:h1", 1.0),
                    "body": "<p>本网讯。</p>" + BODY,
                },
                "text",
            ),
        ],
    )
    def test_is_found(self, central: Central, small: Make, differs: dict[str, Any], why: str) -> None:
        site = small()
        rules = "require: [document_number]"
        site.use(_without(rules))
        likeness = self.prepare(central, site, **differs)
        assert (likeness.why, likeness.verdict) == (why, "open")
        assert site.became("/zcwj/1.html").live and central.public(PATH).live

    def test_the_same(self, central: Central, small: Make, editor: Any) -> None:
        site = small()
        likeness = self.prepare(central, site, body=BODY.replace("四、", "五、另外，"))
        acts.rule_same(likeness, editor)
        page = central.public(PATH)
        assert live_pages() == [page.page_ptr]
        assert set(portal.new_urls("dahe").values()) == {page.get_full_url()}
        likeness.refresh_from_db()
        assert (likeness.actor, likeness.verdict) == (editor, "same") and likeness.ruled_at
        assert set(site.rehearsal()) <= {"unchanged"} and not site.run().receipt  # what was ruled holds

    def test_not_by_whom_the_other_column_is_no_business_of(self, central: Central, small: Make, roles: None) -> None:
        site = small()
        likeness = self.prepare(central, site, body=BODY.replace("四、", "五、另外，"))
        who = person("policy editor")
        address = reverse("policy_desk:notice", args=(likeness.notice_id,))
        shown = client_of("policy editor").get(address).content.decode()
        assert "不归您维护" in shown
        assert 'value="same"' not in shown
        with pytest.raises(acts.Refused, match="not yours"):
            acts.rule_same(likeness, who)
        likeness.refresh_from_db()
        assert likeness.verdict == "open"
        assert site.became("/zcwj/1.html").live
        assert 'value="same"' in client_of("administrator").get(address).content.decode()
        acts.rule_same(likeness, person("administrator"))
        assert live_pages() == [central.public(PATH).page_ptr]

    def test_not_the_same(self, central: Central, small: Make, editor: Any) -> None:
        site = small()
        likeness = self.prepare(central, site, body=BODY.replace("四、", "五、另外，"))
        acts.rule_other(likeness, editor)
        sync(central, PATH, publish=True)
        assert central.notice(PATH).likenesses.get().verdict == "other"
        assert len(live_pages()) == 2

    def test_neither_is_public(self, central: Central, small: Make, editor: Any) -> None:
        site = small()
        repost(site, "/zcwj/1.html", body=BODY.replace("四、", "五、另外，"))
        site.run(publish=False)
        repost(central, PATH)
        sync(central, PATH)
        with pytest.raises(acts.Refused):
            acts.rule_same(central.notice(PATH).likenesses.get(), editor)

    def test_what_an_editor_reposted_by_hand_stays(self, central: Central, editor: Any) -> None:
        column = ColumnPage.objects.get(url_path="/portal/state-council/")
        own = column.add_child(instance=PolicyPage(title=TITLE.value, document_number=NUMBER.value, live=False))
        own.save_revision(user=editor).publish()
        own.refresh_from_db()
        repost(central, PATH)
        sync(central, PATH)
        draft = central.public(PATH)
        acts.rule_same(central.notice(PATH).likenesses.get(page=own), editor)
        notice = central.notice(PATH)
        assert notice.page_id == own.pk and notice.reposted_at is not None
        assert live_pages() == [own.page_ptr] and not Page.objects.get(pk=draft.pk).live
        central.run(publish=True)
        own.refresh_from_db()
        assert not own.text  # import does not write into the editor's page

    def test_two_forms_of_one_notice(self, central: Central, editor: Any) -> None:
        repost(central, PATH)
        repost(central, "/gongbao/1.htm", body="<p>公报。</p>" + BODY)
        sync(central, PATH, "/gongbao/1.htm", publish=True)
        (likeness,) = Likeness.objects.all()
        acts.rule_same(likeness, editor)
        first, second = central.notice(PATH), central.notice("/gongbao/1.htm")
        assert first.page_id == second.page_id
        assert {first.same_as, second.same_as} in ({None, first}, {None, second})

    def test_two_forms_that_say_the_same_word_for_word(self, central: Central) -> None:
        repost(central, PATH)
        repost(central, "/xinwen/1.htm")
        sync(central, PATH, "/xinwen/1.htm", publish=True)
        assert len(live_pages()) == 1
        leaders = [central.notice(path).same_as for path in (PATH, "/xinwen/1.htm")]
        assert sum(leader is None for leader in leaders) == 1


def _without(words: str) -> str:
    from tests.mapping.building import RULES

    return RULES.replace(words, "")
