"""Each system's way of paging, harvested over real HTTP with no browser: nothing missed, nothing made up."""

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from migrate.archive.ledger import Ledger
from migrate.config import HarvestOptions, SiteConfig, SiteIdentity
from migrate.demo import DemoSite, serve
from migrate.demo.dialects import DIALECTS, Column, Dialect, speak, town
from migrate.demo.dialects.hanweb import Jcms
from migrate.demo.truth import Answer
from migrate.families import Families
from migrate.harvest import HarvestRun, run_harvest
from migrate.harvest.targets import MADE_UP
from migrate.urls import canonical
from tests.harvest.oldsite import FAMILIES

PER_PAGE = 5
SIZES = (1, PER_PAGE, 2 * PER_PAGE, 11 * PER_PAGE + 3)
"""Articles of each column: less than a page, one and two pages exactly, twelve pages.


Few enough to be read without starting another process."""

PLAIN = {
    "vsb", "webplus", "webplus-psp", "guangdong", "powereasy", "powereasy-from-zero", "powereasy-static", "sitefactory",
    "dedecms", "dedecms-dynamic", "empire", "empire-dynamic", "phpcms", "phpcms-static", "siteserver",
    "siteserver-select", "epoint", "generic", "generic-offset", "generic-endless",
    "generic-endless-script", "jeecms",
}  # fmt: skip
"""Dialects whose pagers are plain links, or calls of a function that says itself where it leads."""

NO_PAGING = replace(FAMILIES, families={name: replace(f, paging=()) for name, f in FAMILIES.families.items()})


@dataclass(frozen=True)
class Harvested:
    digests: dict[str, str]
    """Of what was answered with 200, by canonical URL."""
    missing: set[str]
    """What was answered with 404, but for robots.txt."""
    hits: Counter[str]
    lost: set[str]
    """What the manifest has and the harvest has not."""


def harvest(site: DemoSite, folder: Path, families: Families = FAMILIES, failed: int = 0) -> Harvested:
    with serve([site]) as server:
        config = SiteConfig(
            SiteIdentity(id="liuhe", name="柳河镇人民政府", url=site.truth.url, channel="/towns/liuhe/"),
            harvest=HarvestOptions(rate=0.0, resolve=server.resolve),
        )
        assert run_harvest(config, families, folder / "liuhe", HarvestRun(), lambda _progress: None).failed == failed
    with Ledger(folder / "liuhe" / "ledger.sqlite") as ledger:
        answers = list(ledger.newest_resources())
    rules = config.url_rules.cautious()
    digests = {resource.key: resource.digest for resource in answers if resource.ok}
    files = {f.url: f.sha256 for article in site.truth.articles for f in (*article.attachments, *article.images)}
    wanted = {page.url for page in (*site.truth.articles, *site.truth.lists)}
    wanted |= {url for url, digest in files.items() if digest}
    for url, digest in files.items():
        assert not digest or digests.get(canonical(url, rules), digest) == digest
    return Harvested(
        digests=digests,
        missing={resource.key for resource in answers if resource.status == 404} - {f"{site.truth.url}robots.txt"},
        hits=Counter({asked: times for asked, times in server.hits.items() if MADE_UP not in asked}),
        lost={url for url in wanted if canonical(url, rules) not in digests},
    )


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_site_of_each_family(dialect: str, tmp_path: Path) -> None:
    site = speak(dialect, town(SIZES, PER_PAGE))
    got = harvest(site, tmp_path)
    assert got.lost == set()
    assert got.missing == {link.url for link in site.truth.dead_links}, "no address is made up"
    assert {asked: times for asked, times in got.hits.items() if times > 1} == {}, "nothing is asked twice"
    assert len(site.truth.articles) == sum(SIZES) and site.truth.counts["files"] > 10


@pytest.mark.parametrize("dialect", DIALECTS)
def test_without_pagers_only_plain_links_lead_on(dialect: str, tmp_path: Path) -> None:
    lost = harvest(speak(dialect, town((3 * PER_PAGE,), PER_PAGE)), tmp_path, NO_PAGING).lost
    assert bool(lost) == (dialect not in PLAIN)


class _Jcms(Jcms):
    said = 0

    def call(self, column: Column) -> str:
        return super().call(column).replace(f"totalRecord:{len(column.articles)}", f"totalRecord:{self.said}")


class _JcmsTooFew(_Jcms):
    said = 1


class _JcmsTooMany(_Jcms):
    said = 400


@pytest.mark.parametrize("dialect", [_JcmsTooFew, _JcmsTooMany])
def test_a_count_that_is_wrong_loses_nothing(dialect: type[Dialect], tmp_path: Path) -> None:
    site = dialect(town((12 * PER_PAGE + 3,), PER_PAGE)).site()
    got = harvest(site, tmp_path)
    assert got.lost == set()
    assert got.missing == {link.url for link in site.truth.dead_links}
    assert max(got.hits.values()) == 1


def test_a_list_that_a_script_never_ends_is_left_after_a_hundred_like_pages(tmp_path: Path) -> None:
    got = harvest(speak("generic-endless-script", town(SIZES, PER_PAGE)), tmp_path)
    lists = Counter(url.partition("&page=")[0] for url in got.hits if "/news.asp?" in url)
    assert all(pages <= 12 + 101 for pages in lists.values())


@pytest.mark.parametrize(("dialect", "behind"), [("generic-endless", 1)])
def test_a_list_that_never_ends(dialect: str, behind: int, tmp_path: Path) -> None:
    """Behind the last page: the same page again, or, once, an empty page before another empty one."""
    got = harvest(speak(dialect, town(SIZES, PER_PAGE)), tmp_path)
    lists = Counter(url.partition("&page=")[0] for url in got.hits if "/news.asp?" in url)
    assert sorted(lists.values()) == [1 + behind, 1 + behind, 2 + behind, 12 + behind]
    with Ledger(tmp_path / "liuhe" / "ledger.sqlite") as ledger:
        assert "harvest.repeats" in {finding.check for _stage, finding in ledger.findings("harvest")}
    again = harvest(speak(dialect, town(SIZES, PER_PAGE)), tmp_path)
    assert not [url for url in again.hits if "/news.asp?" in url], "the next run does not go further"


@pytest.mark.parametrize(
    "dialect", ["generic-aspnetpager", "generic-gridview", "generic-datagrid", "generic-aspnet-buttons"]
)
def test_forms_are_sent_once_for_each_page(dialect: str, tmp_path: Path) -> None:
    got = harvest(speak(dialect, town(SIZES, PER_PAGE)), tmp_path)
    lists = Counter(url.partition(" ")[0] for url in got.hits if "/NewsList.aspx?" in url)
    assert sorted(lists.values()) == [1, 1, 2, 12]


@pytest.mark.parametrize("dialect", ["powereasy-static", "sitefactory", "empire-dynamic", "epoint"])
def test_a_page_that_fails_cuts_nothing_off(dialect: str, tmp_path: Path) -> None:
    of = town((12 * PER_PAGE + 3,), PER_PAGE)
    site = speak(dialect, of)
    (column,) = of.columns
    bad = DIALECTS[dialect](of).list_target(column, 2)
    server_error = Answer(500, (("Content-Type", "text/html"),), b"")
    got = harvest(replace(site, answers={**site.answers, bad: server_error}), tmp_path, failed=1)
    lost = {page.url for page in site.truth.lists if page.page == 2}
    for article in of.pages(column)[1]:
        true = next(each for each in site.truth.articles if each.title == article.title)
        lost |= {true.url, *(file.url for file in (*true.attachments, *true.images) if file.sha256)}
    assert got.lost == lost
