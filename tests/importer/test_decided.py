"""What people decided, as imports lay it over what the mapping said."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth import get_user_model
from wagtail.models import Page

from cms_site.legacy.intake.files import HELD_COLLECTION
from cms_site.legacy.intake.session import decisions as known_decisions
from cms_site.legacy.models import Decision, OldUrl
from migrate.importer.plan import ruled_outcomes
from tests.importer.sites import DOC, SmallSite, edit, parent, picture

Make = Callable[..., SmallSite]
CHINA = ZoneInfo("Asia/Shanghai")


class TestDecisions:
    """What people ruled is stronger than rules."""

    def test_releasing_a_held_page_releases_its_files(self, small: Make) -> None:
        site = small()
        site.article("/tzgg/1.html", held=("identity-number",), attachments=["/a.doc"])
        site.doc("/a.doc")
        site.run()
        site.decide("/tzgg/1.html", "move", release=True)
        assert site.rehearsal() == {"updated": 2}
        assert site.counts() == {"updated": 2}
        page, row = site.became("/tzgg/1.html"), site.row("/a.doc")
        assert (page.live, row.held, row.document.collection.is_root()) == (True, [], True)
        assert (site.old_url("/a.doc").held, site.old_url("/tzgg/1.html").held) == ([], [])
        assert site.old_url("/tzgg/1.html").rule == "(decision)"
        assert site.counts() == {"unchanged": 2}

    @pytest.mark.parametrize("path", ["/zt/1.html", "/old/1.html"])
    def test_moving_what_the_rules_let_go_brings_its_files(self, small: Make, path: str) -> None:
        site = small()
        body = f'<p><img src="{site.host}/p.png"></p>'
        site.article(path, images=["/p.png"], attachments=["/a.doc"], body=body)
        site.bytes("/p.png", picture(), "image/png")
        site.doc("/a.doc")
        assert site.counts() == {}
        site.decide(path, "move", column="/towns/dahe/news/")
        assert site.counts() == {"created": 3}
        page = site.became(path)
        assert [block.block_type for block in page.body] == ["image"]
        assert [block.value["document"] for block in page.attachments] == [site.row("/a.doc").document]
        assert {site.old_url(each).outcome for each in (path, "/p.png", "/a.doc")} == {"move"}

    def test_a_page_that_a_person_lets_go_takes_its_files_along(self, small: Make) -> None:
        site = small()
        site.article("/tzgg/1.html", attachments=["/a.doc", "/both.doc"])
        site.article("/tzgg/2.html", attachments=["/both.doc"])
        site.article("/zt/3.html", attachments=["/a.doc"], held=("bank-card",))
        site.doc("/a.doc")
        site.doc("/both.doc", DOC + b"2")
        site.run()
        site.decide("/tzgg/1.html", "gone", reason="冒名")
        site.run()
        assert not site.became("/tzgg/1.html").live
        assert [site.old_url(path).outcome for path in ("/a.doc", "/both.doc")] == ["archive", "move"]
        assert site.old_url("/a.doc").held == ["bank-card"]
        names = [site.row(path).document.collection.name for path in ("/a.doc", "/both.doc")]
        assert names == [HELD_COLLECTION, "Root"]

    def test_an_old_redirect_follows_what_was_decided_on_its_end(self, small: Make) -> None:
        site = small()
        site.article("/tzgg/1.html")
        site.answer("/go.asp", 302, location="/tzgg/1.html")
        site.run()
        site.decide("/tzgg/1.html", "gone", reason="冒名")
        site.run()
        assert [site.old_url(path).outcome for path in ("/go.asp", "/tzgg/1.html")] == ["gone", "gone"]

    def test_an_address_that_nobody_knew(self, small: Make) -> None:
        site = small()
        site.article("/tzgg/1.html")
        site.run()
        editor, _created = get_user_model().objects.get_or_create(username="王编辑")
        values = {"site": site.old_url("/tzgg/1.html").site, "actor": editor}
        Decision.objects.create(
            canonical=f"{site.host}/x.asp", outcome="redirect", column="/towns/dahe/news/", **values
        )
        Decision.objects.create(canonical=f"{site.host}/y.asp", outcome="gone", reason="从未有过", **values)
        site.run()
        found = {old.canonical.rpartition("/")[2]: old for old in OldUrl.objects.filter(rule="(decision)")}
        assert found["x.asp"].target.url_path == "/portal/towns/dahe/news/"
        assert (found["y.asp"].outcome, found["y.asp"].reason) == ("gone", "从未有过")
        assert site.run().receipt == ""

    def test_moving_an_undecided_page_brings_its_files_and_aliases(self, small: Make) -> None:
        site = small()
        site.article("/later/1.html", images=["/p.png"])
        site.bytes("/p.png", picture(), "image/png")
        site.answer("/go.asp", 302, location="/later/1.html")
        site.run()
        site.decide("/later/1.html", "move", column="/towns/dahe/news/")
        site.run()
        assert (site.became("/later/1.html").live, parent(site.became("/later/1.html"))) == (True, "/towns/dahe/news/")
        assert site.old_url("/p.png").outcome == "move"
        assert (site.old_url("/go.asp").outcome, site.old_url("/go.asp").follows) == (
            "redirect", site.old_url("/later/1.html"),
        )  # fmt: skip

    def test_moving_what_the_rule_found_incomplete_needs_no_column(self, small: Make) -> None:
        site = small()
        site.article("/zcwj/1.html")
        site.run()
        site.decide("/zcwj/1.html", "move")
        site.run()
        assert parent(site.became("/zcwj/1.html")) == "/towns/dahe/policies/"
        assert site.became("/zcwj/1.html").live

    def test_moving_without_any_column_stays_undecided(self, small: Make) -> None:
        site = small()
        site.article("/xw/1.html")
        site.run()
        site.decide("/xw/1.html", "move")
        site.run()
        assert (site.became("/xw/1.html").live, site.old_url("/xw/1.html").outcome) == (False, "undecided")

    def test_moving_what_is_no_article_is_told(self, small: Make) -> None:
        site = small()
        site.answer("/tzgg/dead.html", 404)
        site.run()
        site.decide("/tzgg/dead.html", "move", column="/towns/dahe/news/")
        site.run()
        assert site.imports("nothing-to-move") == ["/tzgg/dead.html"]

    def test_a_ruled_article_that_the_rules_let_go(self, small: Make) -> None:
        site = small()
        site.article("/old/1.html")
        site.run()
        assert OldUrl.objects.get(site__slug="dahe").outcome == "gone"
        site.decide("/old/1.html", "move", column="/towns/dahe/news/")
        site.run()
        assert site.became("/old/1.html").live

    def test_a_decision_is_stronger_than_an_old_redirect(self, small: Make) -> None:
        site = small()
        site.article("/tzgg/1.html")
        site.answer("/go.asp", 302, location="/tzgg/1.html")
        site.run()
        assert site.old_url("/go.asp").follows == site.old_url("/tzgg/1.html")
        site.decide("/go.asp", "gone", reason="冒名")
        site.run()
        row = site.old_url("/go.asp")
        assert (row.outcome, row.follows, row.reason) == ("gone", None, "冒名")

    def test_to_the_portals_home_page(self, small: Make) -> None:
        site = small()
        site.list_page("/list.html")
        site.run()
        site.decide("/list.html", "redirect", column="/")
        site.run()
        assert site.old_url("/list.html").target.url_path == "/portal/"

    def test_a_column_that_is_gone_by_now(self, small: Make) -> None:
        site = small()
        site.article("/later/1.html")
        site.run()
        site.decide("/later/1.html", "move", column="/towns/dahe/closed/")
        assert site.counts() == {"failed": 1}
        assert site.imports("failed") == ["/later/1.html"]


class TestAccepting:
    """An editor who moves a draft into a column and publishes it has decided."""

    def test_an_undecided_page(self, small: Make) -> None:
        site = small()
        site.article("/later/1.html", attachments=["/a.doc"])
        site.doc("/a.doc")
        site.run()
        news = Page.objects.get(url_path="/portal/towns/dahe/news/")
        site.became("/later/1.html").move(news, pos="last-child")
        edit(site.became("/later/1.html"), publish=True)
        decision = Decision.objects.get()
        assert (decision.outcome, decision.column, decision.release) == ("move", "/towns/dahe/news/", True)
        assert (decision.canonical, decision.actor.username) == (f"{site.host}/later/1.html", "王编辑")
        assert ruled_outcomes(site.ledger, known_decisions(decision.site))[decision.canonical] == "move"
        site.run()
        assert [site.old_url(path).outcome for path in ("/later/1.html", "/a.doc")] == ["move", "move"]
        assert (site.imports("edited"), site.became("/later/1.html").live) == ([], True)

    def test_a_held_page_in_its_column(self, small: Make) -> None:
        site = small()
        site.article("/tzgg/1.html", held=("identity-number",), attachments=["/a.doc"])
        site.doc("/a.doc")
        site.run()
        edit(site.became("/tzgg/1.html"), publish=True)
        assert Decision.objects.get().release
        site.run()
        assert (site.old_url("/a.doc").held, site.row("/a.doc").document.collection.is_root()) == ([], True)

    def test_nothing_is_decided_by_import_nor_in_a_hidden_column_nor_twice(self, small: Make) -> None:
        site = small()
        site.article("/tzgg/1.html")
        site.article("/later/1.html")
        site.run()
        for path in ("/tzgg/1.html", "/later/1.html"):
            edit(site.became(path), publish=True)
        assert not Decision.objects.exists()
