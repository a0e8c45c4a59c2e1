"""URL rules that change after an import: what was imported is found under its new addresses."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from cms_site.legacy.models import Imported, OldSite, OldUrl
from cms_site.portal.models import ArticlePage
from tests.importer.sites import SmallSite, parent
from tests.mapping.building import HEAD, RULES

Make = Callable[..., SmallSite]
CHINA = ZoneInfo("Asia/Shanghai")


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
