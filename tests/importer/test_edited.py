"""Pages that an editor changed, and what people are told of links and pages that an import leaves as they are."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone
from wagtail.admin.rich_text.converters.contentstate import ContentstateConverter
from wagtail.rich_text import RichText

from cms_site.legacy.models import Imported
from cms_site.portal.blocks import RICH_TEXT_FEATURES
from migrate import portal
from migrate.errors import ConfigError
from migrate.records import Field, Finding, Level
from tests.importer.sites import SmallSite, edit, text
from tests.importer.test_once import BODY, LATER, dahe, repost, steady, xiaohe  # noqa: F401
from tests.importer.test_rollback import tables
from tests.mapping.building import HEAD, RULES, site_config

Make = Callable[..., SmallSite]


def found(site: SmallSite, name: str) -> list[Finding]:
    return [finding for _stage, finding in site.ledger.findings("import") if finding.check == f"import.{name}"]


def follow(site: SmallSite, *fields: str) -> None:
    """Let fields of edited pages follow the old site, in the site's YAML."""
    site.use(f"import: {{overwrite: [{', '.join(fields)}]}}\n{RULES}")


def rewrite(site: SmallSite, source: str, body: str, title: str = "关于修路的通知") -> None:
    """Put another version on the old site."""
    fields = {"source": Field(source, "label:来源", 1.0), "title": Field(title, "h1", 1.0), "body": body}
    site.article_again("/tzgg/1.html", **fields)


@pytest.fixture
def site(small: Make) -> SmallSite:
    """A page with an editor's title."""
    site = small()
    rewrite(site, "党政办", "<p>第一版</p>")
    site.run()
    edit(site.became("/tzgg/1.html"), publish=True)
    return site


class TestNewVersions:
    """What the old site has new for an edited page."""

    def test_the_finding_has_the_difference(self, site: SmallSite) -> None:
        rewrite(site, "农业办", "<p>第二版——“改”</p>", title="关于修桥的通知")
        (item,) = site.planned()
        assert item.action == "edited"
        assert {change.field for change in item.changes} == {"title", "source", "body"}
        assert site.counts() == {"edited": 1}
        (finding,) = found(site, "edited")
        for line in ("source: 党政办 → 农业办", "title: 编辑改过的标题 → 关于修桥的通知", "-第一版", "+第二版——“改”"):
            assert line in finding.message.splitlines()

    def test_fields_follow_that_the_yaml_names_and_no_editor_changed(self, site: SmallSite) -> None:
        follow(site, "source", "title")
        rewrite(site, "农业办", "<p>第二版</p>", title="关于修桥的通知")
        assert site.rehearsal() == {"partly": 1}
        assert site.counts() == {"partly": 1}
        page = site.became("/tzgg/1.html")
        assert (page.title, page.source, page.live) == ("编辑改过的标题", "农业办", True)
        assert "第一版" in text(page)
        assert found(site, "edited") == []
        before = page.latest_revision_id
        assert site.counts() == {"edited": 1} and site.became("/tzgg/1.html").latest_revision_id == before
        rewrite(site, "水利办", "<p>第二版</p>", title="关于修桥的通知")
        assert site.counts() == {"partly": 1} and site.became("/tzgg/1.html").source == "水利办"

    def test_nothing_waits_where_all_that_is_new_may_follow(self, site: SmallSite) -> None:
        follow(site, "source")
        rewrite(site, "农业办", "<p>第一版</p>")
        assert site.rehearsal() == {"updated": 1}
        assert site.counts() == {"updated": 1}
        assert site.became("/tzgg/1.html").title == "编辑改过的标题"
        assert site.counts() == {"unchanged": 1}

    def test_what_an_editor_changed_never_follows(self, site: SmallSite) -> None:
        follow(site, "body", "source")
        page = site.became("/tzgg/1.html")
        page.source = "编辑"
        page.save_revision(user=get_user_model().objects.get(username="王编辑"))
        rewrite(site, "农业办", "<p>第二版</p>")
        assert site.counts() == {"partly": 1}
        newest = site.became("/tzgg/1.html").get_latest_revision_as_object()
        assert newest.source == "编辑" and "第二版" in text(newest)
        assert "第一版" in str(site.became("/tzgg/1.html").body), "visitors see what the editor published"

    def test_the_yaml_is_strict(self, tmp_path: Path) -> None:
        assert site_config(tmp_path, "import: {overwrite: source}\n" + RULES).intake.overwrite == ("source",)
        with pytest.raises(ConfigError, match="sauce"):
            site_config(tmp_path, "import: {overwrite: [sauce]}\n" + RULES)


class TestLinks:
    """Links that lead nowhere."""

    def test_each_is_told_with_its_page_text_target_and_reason(self, small: Make) -> None:
        site = small()
        links = {"/old/2.html": "作废的<b>通知</b>", "/lost.html": "没采到的", "/gzdt/3.html": "在的"}
        body = "".join(f'<p><a href="{site.host}{path}">{label}</a></p>' for path, label in links.items())
        site.article("/tzgg/1.html", body=body)
        site.article("/old/2.html")
        site.article("/gzdt/3.html")
        site.run()
        told = found(site, "open-link")
        assert {finding.url for finding in told} == {site.mapped("/tzgg/1.html").key}
        gone, lost = sorted((finding.message for finding in told), key=lambda message: "lost" in message)
        assert len(told) == 2
        assert "作废的通知" in gone and f"{site.host}/old/2.html" in gone and "已作废" in gone
        assert "没采到的" in lost and f"{site.host}/lost.html" in lost and "never found" in lost

    def test_on_an_edited_page_a_healed_link_is_told_until_somebody_puts_it_in(self, small: Make) -> None:
        site = small()
        site.article("/tzgg/1.html", body=f'<p><a href="{site.host}/gzdt/2.html">动态</a></p>')
        site.run()
        edit(site.became("/tzgg/1.html"), publish=True)
        site.article("/gzdt/2.html")
        assert site.counts() == {"created": 1, "unchanged": 1}
        (finding,) = found(site, "unhealed")
        target = site.became("/gzdt/2.html")
        assert finding.level is Level.WARNING and f"{site.host}/gzdt/2.html → page {target.pk}" in finding.message
        page = site.became("/tzgg/1.html")
        page.body = [("paragraph", f'<p><a linktype="page" id="{target.pk}">动态</a></p>')]
        page.save_revision()
        site.run()
        assert found(site, "unhealed") == []


class TestVanished:
    """What the old site no longer has."""

    @pytest.mark.parametrize(("believed", "told"), [(True, ["/tzgg/1.html"]), (False, [])])
    def test_archiving_is_proposed_where_the_capture_is_believed(
        self, small: Make, believed: bool, told: list[str]
    ) -> None:
        site = small()
        site.article("/tzgg/1.html")
        site.run()
        gone = Finding(
            Level.WARNING, "harvest.gone" if believed else "harvest.unreliable", site.key("/tzgg/1.html"), ""
        )
        with site.ledger.transaction():
            site.ledger.replace_findings("harvest", [gone])
        assert site.counts() == {"unchanged": 1}
        assert site.imports("vanished") == told and site.became("/tzgg/1.html").live
        site.decide("/tzgg/1.html", "archive", reason="旧站已撤下")
        assert site.counts() == {"unpublished": 1}
        assert site.imports("vanished") == [] and site.old_url("/tzgg/1.html").may_be_shown

    def test_nobody_proposes_to_archive_what_could_not_be_read_this_time(self, small: Make) -> None:
        site = small()
        site.article("/tzgg/1.html")
        site.run()
        site.db.execute("DELETE FROM records")
        assert site.counts() == {}
        (finding,) = found(site, "leftover")
        assert "could not be read" in finding.message and "rchiv" not in finding.message + finding.hint
        assert site.became("/tzgg/1.html").live

    def test_an_entry_that_is_no_more_keeps_its_copy_when_it_is_archived(self, small: Make) -> None:
        site = small()
        site.article("/tzgg/1.html")
        site.article("/tzgg/2.html")
        site.run()
        copy = site.old_url("/tzgg/1.html")
        site.decide("/tzgg/1.html", "archive", reason="旧站已撤下")
        site.db.execute("DELETE FROM resources WHERE key = ?", (site.key("/tzgg/1.html"),))
        assert site.counts() == {"unchanged": 1, "unpublished": 1}
        copy.refresh_from_db()
        assert (copy.outcome, copy.may_be_shown, copy.title) == ("archive", True, "关于修路的通知")


class TestSame:
    """What shares a page."""

    def test_parting_is_told_where_the_page_changed(self, dahe: SmallSite, xiaohe: SmallSite) -> None:  # noqa: F811
        repost(dahe, "/tzgg/1.html")
        repost(xiaohe, "/tzgg/1.html")
        dahe.run()
        xiaohe.run()
        life = portal.life("xiaohe", xiaohe.mapped("/tzgg/1.html").key)
        assert life is not None and life.same_as == f"{dahe.mapped('/tzgg/1.html').key} (dahe)"
        assert portal.life("dahe", dahe.mapped("/tzgg/1.html").key).same_as == ""
        repost(dahe, "/tzgg/1.html", again=True, body=LATER)
        dahe.run()
        (finding,) = found(dahe, "parts")
        assert xiaohe.mapped("/tzgg/1.html").key in finding.message and "xiaohe" in finding.message
        xiaohe.run()
        dahe.run()
        assert found(dahe, "parts") == []

    def test_pages_from_before_are_compared_too(self, dahe: SmallSite, xiaohe: SmallSite) -> None:  # noqa: F811
        repost(dahe, "/tzgg/1.html")
        dahe.run()
        old = {"sketch": "", "title_key": "", "number_key": "", "day": None}
        Imported.objects.update(**old, imported_at=timezone.now() - timedelta(days=4000))
        before = [row for row in tables()["Imported"] if not row["sketch"]]
        assert before and dahe.counts() == {"unchanged": 1}
        assert dahe.row("/tzgg/1.html").sketch
        repost(xiaohe, "/tzgg/1.html", body=BODY)
        assert xiaohe.counts() == {"merged": 1} and steady(dahe, xiaohe)


def test_a_head_of_yaml_without_import_changes_nothing(tmp_path: Path) -> None:
    config: Any = site_config(tmp_path, RULES, HEAD)
    assert config.intake.overwrite == ()


def test_a_body_that_the_editor_only_wrote_anew_still_follows(site: SmallSite) -> None:
    page = site.became("/tzgg/1.html").get_latest_revision_as_object()
    editor = ContentstateConverter(RICH_TEXT_FEATURES)
    page.body = [
        (block.block_type, RichText(editor.to_database_format(editor.from_database_format(block.value.source))))
        for block in page.body
    ]
    assert "data-block-key" in page.body[0].value.source
    page.save_revision(user=get_user_model().objects.get(username="王编辑")).publish()
    follow(site, "body")
    rewrite(site, "党政办", "<p>第二版</p>")
    assert site.run().counts["updated"] == 1
    assert "第二版" in text(site.became("/tzgg/1.html"))
