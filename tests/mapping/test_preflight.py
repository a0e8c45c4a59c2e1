"""What an import would make of the portal: counted before it happens, held against the thresholds of the inspection."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from migrate.check.balance import account
from migrate.clocks import ColumnState, Standing
from migrate.config.inspection import NEEDED, load_inspection
from migrate.errors import ConfigError
from migrate.mapping.preflight import Ground, Preflight, page_name, preflight
from migrate.records import Field, Level
from tests.commands import ROOT
from tests.mapping.building import HOST, Site

TODAY = date(2016, 6, 1)
SET = ROOT / "mappings" / "inspection" / "2019.yaml"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    yield site
    site.ledger.close()


def ahead(site: Site, elsewhere: tuple[Standing, ...] = (), **limits: float) -> Preflight:
    """Map, and look ahead on a day in June 2016; thresholds may be set."""
    site.map()
    inspection = load_inspection(SET)
    thresholds = tuple(
        replace(known, limit=limits.get(known.id.replace("-", "_"), known.limit)) for known in inspection.thresholds
    )
    counted = account(site.ledger, site.config.url_rules)
    inspection = replace(inspection, thresholds=thresholds)
    ground = Ground(site.config, site.portal, inspection, counted, TODAY, elsewhere)
    return preflight(site.ledger.entries(), ground)


def dated(day: str) -> Field:
    return Field(day, "label:发布时间", 1.0)


def findings(found: Preflight, check: str) -> list[tuple[Level, str]]:
    return [(finding.level, finding.url) for finding in found.findings if finding.check == f"preflight.{check}"]


def states(found: Preflight) -> dict[str, str]:
    return {column.path.rsplit("/", 2)[1]: column.state.value for column in found.columns}


def test_columns_by_their_clocks(site: Site) -> None:
    site.article("/gzdt/1.html", published=dated("2016-05-18"))
    site.article("/gzdt/2.html", title=Field("旧闻", "h1", 1.0), published=dated("2011-01-01"))
    site.article("/tzgg/1.html", published=dated("2015-11-30"))
    found = ahead(site)
    assert states(found) == {
        "overview": "empty", "leaders": "empty", "duties": "empty", "news": "current", "notices": "stale",
        "policies": "empty", "budget": "empty", "services": "empty",
    }  # fmt: skip
    news = next(column for column in found.columns if column.path.endswith("/news/"))
    assert (news.articles, news.newest, news.clock_days) == (2, "2016-05-18", 14)
    assert findings(found, "stale-column") == [(Level.WARNING, "/towns/dahe/notices/")]
    assert len(findings(found, "empty-column")) == 6
    assert findings(found, "empty-columns") == [(Level.ERROR, "")]


def test_one_day_decides(site: Site) -> None:
    site.article("/gzdt/1.html", published=dated("2016-05-17"))
    assert states(ahead(site))["news"] == "stale"


def test_a_day_that_has_not_come_keeps_nothing_fresh(site: Site) -> None:
    site.article("/gzdt/1.html", published=dated("2061-05-17"))
    found = ahead(site)
    assert states(found)["news"] == "stale"


def test_what_is_held_or_undecided_is_not_seen_by_visitors(site: Site) -> None:
    site.article("/gzdt/1.html", published=dated("2016-05-30"), held=("bank-card",))
    site.article("/later/1.html", published=dated("2016-05-30"))
    found = ahead(site)
    assert states(found)["news"] == "empty"
    assert next(column.held for column in found.columns if column.path.endswith("/news/")) == 1
    assert found.undecided == 1
    assert findings(found, "undecided") == [(Level.WARNING, "")]


@pytest.mark.parametrize(("limit", "level"), [(2, Level.ERROR), (1, Level.ERROR), (3, None)])
def test_stale_columns_against_the_threshold(site: Site, limit: int, level: Level | None) -> None:
    site.article("/gzdt/1.html", published=dated("2015-01-01"))
    site.article("/tzgg/1.html", published=dated("2015-01-01"))
    found = findings(ahead(site, stale_columns=limit), "stale-columns")
    assert found == ([(level, "")] if level else [])


@pytest.mark.parametrize(("limit", "level"), [(6, Level.ERROR), (7, Level.WARNING)])
def test_a_warning_before_the_threshold(site: Site, limit: int, level: Level) -> None:
    site.article("/gzdt/1.html", published=dated("2016-05-30"))
    site.article("/tzgg/1.html", published=dated("2016-05-30"))
    found = ahead(site, empty_columns=limit)
    assert findings(found, "empty-columns") == [(level, "")]
    [message] = [finding.message for finding in found.findings if finding.check == "preflight.empty-columns"]
    assert "国办秘函〔2019〕19号" in message
    assert "VETO-4c" in message


def test_what_other_sites_brought_counts_too(site: Site) -> None:
    site.article("/tzgg/1.html", published=dated("2015-11-30"))
    stale = Standing(183, ColumnState.STALE)
    others = (stale, stale, stale, Standing(14, ColumnState.CURRENT), Standing(None, ColumnState.STATIC))
    assert findings(ahead(site, others), "stale-columns") == []
    found = ahead(site, (*others, Standing(14, ColumnState.STALE)))
    assert findings(found, "stale-columns") == [(Level.ERROR, "")]
    [message] = [finding.message for finding in found.findings if finding.check == "preflight.stale-columns"]
    assert ": 5, from 5" in message and "4 of them stand in channels that other sites moved into" in message
    site.article("/tzgg/2.html", published=dated("2016-05-30"))
    assert findings(ahead(site, (stale,) * 9), "stale-columns") == [], "this site brings none of them"


def test_required_fields_that_are_missing(site: Site) -> None:
    site.article("/zcwj/1.html")
    site.article("/zcwj/2.html", published=None)
    found = ahead(site)
    assert found.missing == {"document_number": 2, "published": 1}
    assert len(findings(found, "required")) == 2


def test_titles_and_addresses_that_meet(site: Site) -> None:
    site.article("/tzgg/2015/1.html")
    site.article("/tzgg/2016/1.html")
    site.article("/tzgg/2016/2.html", published=dated("2016-05-04"))
    site.article("/gzdt/1.html")
    found = ahead(site)
    assert (found.same_title, found.same_address) == (1, 1)
    assert findings(found, "same-title") == [(Level.WARNING, f"{HOST}/tzgg/2016/1.html")]
    assert findings(found, "same-address") == [(Level.NOTE, "/towns/dahe/notices/")]


def test_an_account_that_does_not_balance(site: Site) -> None:
    site.article("/tzgg/1.html")
    found = ahead(site)
    assert (found.balanced, findings(found, "account")) == (True, [])
    site.db.execute("DELETE FROM entries")
    counted = account(site.ledger, site.config.url_rules)
    ground = Ground(site.config, site.portal, load_inspection(SET), counted, TODAY)
    lost = preflight(site.ledger.entries(), ground)
    assert findings(lost, "account") == [(Level.ERROR, "")]
    assert {column.state for column in lost.columns} == {ColumnState.EMPTY}


@pytest.mark.parametrize(
    "key",
    ["/", "/a/", "/a/t20180402_729635.html", "/show.asp?id=101", "/show.asp?cid=2&id=101", "/%E5%85%AC/%E5%91%8A.htm",
     "/a/b.c.html", "/A--b.html?x=%20y", "/" + "x" * 90 + ".html"],
)  # fmt: skip
def test_pages_are_called_what_the_portal_calls_them(key: str) -> None:
    from cms_site.legacy.intake.content import slug_of

    assert page_name(HOST + key) == slug_of(HOST + key)


def test_the_thresholds_that_come_with_the_program() -> None:
    found = load_inspection(SET)
    assert found.document == "国办秘函〔2019〕19号"
    assert {name: found.threshold(name).limit for name in NEEDED} == {
        "news-days": 14, "notice-days": 183, "other-days": 365,
        "stale-columns": 5, "neglected-columns": 10, "empty-columns": 5,
    }  # fmt: skip
    assert all(threshold.source and threshold.grade for threshold in found.thresholds)


@pytest.mark.parametrize(
    ("old", "new", "reason", "hint"),
    [
        ("limit: 20,", "limt: 20,", "“limt” is not known here", "“limit”"),
        ("grade: V,", "grade: X,", "“X”", "Possible here"),
        ("unit: visits", "unit: visit", "“visit”", "“visits”"),
        ("limit: 20,", "limit: -1,", "“limit” must be more than 0", "docs/mapping.md"),
        ("id: stale-columns", "id: stale-column", "“stale-columns” is missing", "“stale-column”"),
        ("id: visit-seconds", "id: visits", "second time", "The first is on line"),
        ("limit: 20,", "", "“limit” is missing", "docs/mapping.md"),
        ("limit: 20,", "limit: zwanzig,", "“zwanzig”", "0.5"),
    ],
)
def test_a_bad_set_is_told_with_its_line(tmp_path: Path, old: str, new: str, reason: str, hint: str) -> None:
    text = SET.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "2019.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_inspection(path)
    assert reason in str(caught.value)
    assert hint in caught.value.hint
    assert caught.value.line >= 1
