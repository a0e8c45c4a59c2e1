"""Pages that editors have changed, published, moved or taken away since they were imported."""

from collections.abc import Callable

import pytest
from wagtail.models import Page

from cms_site.portal.models import ArticlePage
from tests.importer.sites import SmallSite, edit, parent

Make = Callable[..., SmallSite]


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
