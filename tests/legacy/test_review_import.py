"""What a reviewer decides stays through the next imports, and new numbers of persons wait again."""

import pytest
from wagtail.log_actions import LogContext
from wagtail.models import PageLogEntry

from cms_site.legacy.models import OldUrl
from cms_site.legacy.rollback import find_receipt, roll_back
from cms_site.portal.models import ArticlePage
from migrate.records import Field
from tests.importer.sites import edit, text
from tests.legacy import reviewing
from tests.legacy.reviewing import (
    IDENTITY,
    MOBILES,
    OTHER_IDENTITY,
    ReviewSite,
    column,
    hold,
    keys,
    reviewer,
)

built, site = reviewing.built, reviewing.site

PAGE = "/tzgg/1.html"
MASKED = "110*************2X"


def settled(site: ReviewSite) -> None:
    """Two further imports: the first may note the decision on the address, the second finds nothing to do."""
    before = site.became(PAGE).latest_revision_id
    assert site.counts() == {"unchanged": 1}
    summary = site.run()
    assert (dict(summary.counts), summary.old_urls, summary.receipt) == ({"unchanged": 1}, 0, "")
    assert site.became(PAGE).latest_revision_id == before


def test_an_accepted_page_is_public_and_stays_so(site):
    hold(site)
    assert site.counts() == {"created": 1, "held": 1}
    assert keys() == [PAGE] and not site.became(PAGE).live
    told = site.review(PAGE, "accept", reason="本人同意")
    page = site.became(PAGE)
    assert page.live and IDENTITY in text(page) and told.endswith(page.title)
    assert str(page.published_at.date()) == "2016-05-02" and page.last_published_at == page.published_at
    ruled = site.decision(PAGE)
    assert (ruled.actor, ruled.outcome, ruled.release, ruled.reason) == (reviewer(), "move", True, "本人同意")
    assert PageLogEntry.objects.get(page=page, action="wagtail.publish").user == reviewer()
    assert keys() == []
    settled(site)
    assert site.became(PAGE).live


def test_a_changed_source_without_new_numbers_follows_an_accepted_page(site):
    hold(site)
    site.run()
    site.review(PAGE, "accept")
    hold(site, more="更正：津贴每月发放。")
    assert site.counts() == {"updated": 1}
    assert "更正" in text(site.became(PAGE)) and site.became(PAGE).live
    assert keys() == []
    settled(site)


def test_new_numbers_in_a_changed_source_are_held_again(site):
    hold(site)
    site.run()
    site.review(PAGE, "accept")
    hold(site, more=f"李四，{OTHER_IDENTITY}。")
    assert site.counts() == {"updated": 1, "held": 1}
    assert not site.became(PAGE).live and keys(reason="held") == [PAGE]
    assert site.old_url(PAGE).held == ["identity-number"]
    site.review(PAGE, "accept")
    assert site.became(PAGE).live and keys() == []
    settled(site)


def test_a_masked_page_is_public_without_its_numbers_and_follows_the_source(site):
    hold(site, title=Field(f"公示 {IDENTITY}", "selector:h1", 1.0))
    site.run()
    site.review(PAGE, "mask")
    page = site.became(PAGE)
    assert page.live and MASKED in text(page) and page.title == f"公示 {MASKED}"
    ruled = site.decision(PAGE)
    assert (ruled.masks, ruled.release, ruled.actor) == ("identity-number", False, reviewer())
    assert page.get_latest_revision().user == reviewer()
    assert IDENTITY not in str(site.row(PAGE).evidence)
    settled(site)
    assert site.old_url(PAGE).held == ["identity-number"], "the captured copy still shows the number"
    assert not site.old_url(PAGE).may_be_shown
    hold(site, more=f"李四，{OTHER_IDENTITY}。")
    assert site.counts() == {"updated": 1}
    page = site.became(PAGE)
    assert page.live and "李四" in text(page)
    assert IDENTITY not in text(page) and OTHER_IDENTITY not in text(page) and "1101051949" not in page.title
    assert keys() == []
    settled(site)


def test_a_mask_ends_only_what_it_masks(site):
    numbers = "、".join(MOBILES)
    site.captured(PAGE, f"{IDENTITY}\n{numbers}", held=("identity-number", "mobile-numbers"))
    site.run()
    told = site.review(PAGE, "mask", masks="identity-number")
    page = site.became(PAGE)
    assert "仍待审" in told and not page.live and keys(reason="held") == [PAGE]
    assert IDENTITY not in str(page.get_latest_revision().content) and site.row(PAGE).held == ["mobile-numbers"]
    settled_counts = site.counts()
    assert settled_counts == {"unchanged": 1, "held": 1}
    site.review(PAGE, "mask")
    page = site.became(PAGE)
    assert page.live and MOBILES[0] not in text(page) and site.decision(PAGE).masks == "identity-number mobile-numbers"
    settled(site)


def test_numbers_of_another_kind_hold_a_masked_page_again(site):
    hold(site)
    site.run()
    site.review(PAGE, "mask")
    site.captured(PAGE, f"{IDENTITY}\n" + "、".join(MOBILES), held=("identity-number", "mobile-numbers"))
    assert site.counts() == {"updated": 1, "held": 1}
    assert not site.became(PAGE).live and site.row(PAGE).held == ["mobile-numbers"]
    assert IDENTITY not in str(site.became(PAGE).get_latest_revision().content)


def test_a_column_is_changed_at_once_and_kept(site):
    hold(site)
    site.run()
    news = column("news")
    site.review(PAGE, "column", column=news.pk)
    page = site.became(PAGE)
    assert page.get_parent().pk == news.pk and not page.live and keys(column=news.pk) == [PAGE]
    assert site.counts() == {"unchanged": 1, "held": 1}
    site.review(PAGE, "accept")
    assert site.became(PAGE).live and site.became(PAGE).get_parent().pk == news.pk
    settled(site)
    assert site.decision(PAGE).column == "/towns/dahe/news/"


def test_an_undecided_page_is_accepted_into_a_column(site):
    site.captured("/later/1.html", "再议的事")
    site.run()
    assert keys(reason="undecided") == ["/later/1.html"]
    news = column("news")
    site.review("/later/1.html", "accept", column=news.pk)
    page = site.became("/later/1.html")
    assert page.live and page.get_parent().pk == news.pk and keys() == []
    before = page.latest_revision_id
    assert site.counts() == {"unchanged": 1} and site.run().receipt == ""
    assert site.became("/later/1.html").latest_revision_id == before
    assert site.old_url("/later/1.html").outcome == "move"


@pytest.mark.parametrize("outcome", ["archive", "gone", "undecided"])
def test_an_outcome_is_changed_at_once_and_kept(site, outcome):
    hold(site)
    site.run()
    site.review(PAGE, "outcome", outcome=outcome, reason="过期")
    assert site.old_url(PAGE).outcome == outcome and not site.became(PAGE).live
    assert keys(reason="held") == ([PAGE] if outcome == "undecided" else [])
    site.run()
    assert site.old_url(PAGE).outcome == outcome
    assert site.run().receipt == ""


def test_a_live_page_goes_offline_with_its_outcome(site):
    site.captured(PAGE, "正文", title=Field("题", "guess", 0.3))
    site.run()
    assert site.became(PAGE).live and keys(reason="doubtful") == [PAGE]
    site.review(PAGE, "outcome", outcome="gone", reason="重复")
    assert not site.became(PAGE).live and keys() == []
    site.run()
    assert site.run().receipt == "" and site.old_url(PAGE).outcome == "gone"


def test_a_field_in_doubt_is_looked_at_once_and_again_when_it_changes(site):
    site.captured(PAGE, "正文", source=Field("党政办", "text:来源", 0.4))
    site.run()
    revision = site.became(PAGE).latest_revision_id
    assert keys(reason="doubtful", below=0.5) == [PAGE] and keys(below=0.3) == []
    site.review(PAGE, "accept")
    assert keys() == [] and site.became(PAGE).latest_revision_id == revision
    settled(site)
    site.captured(PAGE, "正文，更正", source=Field("党政办", "text:来源", 0.4))
    site.run()
    assert keys() == [], "the field in doubt is the same"
    site.captured(PAGE, "正文，更正", source=Field("农业办", "text:来源", 0.4))
    site.run()
    assert keys(reason="doubtful") == [PAGE] and site.became(PAGE).live


def test_markup_to_tidy_waits_until_somebody_tidied_it_or_found_it_good(site):
    for number in (1, 2):
        body = "<table><tr><td>一</td></tr></table>"
        site.captured(f"/tzgg/{number}.html", "表")
        site.article_again(f"/tzgg/{number}.html", body=body)
    site.run()
    assert keys(reason="legacy") == ["/tzgg/1.html", "/tzgg/2.html"]
    site.review(PAGE, "accept")
    page = site.became("/tzgg/2.html")
    page.needs_tidying = False
    page.save_revision(user=reviewer()).publish()
    assert keys() == []


def test_an_editors_page_stays_the_editors(site):
    hold(site)
    site.run()
    edit(site.became(PAGE), publish=False)
    site.review(PAGE, "accept")
    page = site.became(PAGE)
    assert page.live and page.title == "编辑改过的标题"
    hold(site, more="更正。")
    assert site.counts() == {"edited": 1}
    assert site.became(PAGE).title == "编辑改过的标题"


def test_an_editor_who_publishes_rules_on_what_he_saw(site):
    hold(site)
    site.run()
    page = site.became(PAGE)
    with LogContext(user=reviewer("王编辑")):
        page.get_latest_revision().publish(user=reviewer("王编辑"))
    ruled = site.decision(PAGE)
    assert (ruled.actor.username, ruled.release, ruled.accepted) == ("王编辑", True, site.row(PAGE).look)
    assert keys() == []
    site.run()
    assert site.run().receipt == ""
    hold(site, more=f"李四，{OTHER_IDENTITY}。")
    site.run()
    assert OTHER_IDENTITY not in text(site.became(PAGE)), "an editor's page is not overwritten"
    assert site.old_url(PAGE).held == ["identity-number"], "but the copy is held again"


def test_a_release_without_a_digest_is_for_good(site):
    hold(site)
    site.run()
    site.decide(PAGE, "move", release=True)
    assert keys() == []
    hold(site, more=f"李四，{OTHER_IDENTITY}。")
    assert site.counts() == {"updated": 1} and site.became(PAGE).live


def test_rollback_and_import_again_lay_the_decision_over(site):
    hold(site)
    site.run()
    site.review(PAGE, "mask")
    roll_back(find_receipt("dahe", None))
    assert not ArticlePage.objects.filter(title__startswith="关于发放").exists()
    assert OldUrl.objects.count() == 0
    site.run()
    page = site.became(PAGE)
    assert page.live and MASKED in text(page)
