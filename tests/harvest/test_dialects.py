"""Each system's way of paging, harvested over real HTTP with no browser: nothing missed, nothing made up."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from migrate.archive.ledger import Ledger
from migrate.config import HarvestOptions, SiteConfig, SiteIdentity
from migrate.demo import DemoSite, serve
from migrate.demo.dialects import DIALECTS, speak, town
from migrate.harvest import HarvestRun, run_harvest
from tests.harvest.oldsite import FAMILIES

PER_PAGE = 5
SIZES = (1, PER_PAGE, 2 * PER_PAGE, 12 * PER_PAGE + 3)
"""Articles of each column: less than a page, one and two pages exactly, thirteen pages."""


def wanted(site: DemoSite) -> Iterator[str]:
    for article in site.truth.articles:
        yield article.url
        yield from (file.url for file in (*article.attachments, *article.images) if file.sha256)
    yield from (page.url for page in site.truth.lists)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_site_of_each_family(dialect: str, tmp_path: Path) -> None:
    site = speak(dialect, town(SIZES, PER_PAGE))
    with serve([site]) as server:
        config = SiteConfig(
            SiteIdentity(id="liuhe", name="柳河镇人民政府", url=site.truth.url, channel="/towns/liuhe/"),
            harvest=HarvestOptions(rate=0.0, resolve=server.resolve),
        )
        summary = run_harvest(config, FAMILIES, tmp_path / "liuhe", HarvestRun(), lambda _progress: None)
    assert summary.failed == 0
    assert not {asked: times for asked, times in server.hits.items() if times > 1}, "nothing is asked twice"
    with Ledger(tmp_path / "liuhe" / "ledger.sqlite") as ledger:
        answers = {resource.key: resource for resource in ledger.newest_resources()}
        rows = ledger.db.execute("SELECT key FROM resources WHERE status = 404 AND key NOT LIKE '%/robots.txt'")
        missing = {row[0] for row in rows}
    assert {url for url in wanted(site) if url not in answers or not answers[url].ok} == set()
    assert missing == {link.url for link in site.truth.dead_links}, "no address is made up"
    files = {
        file.url: file.sha256 for article in site.truth.articles for file in (*article.attachments, *article.images)
    }
    assert {url: answers[url].digest for url, digest in files.items() if digest} == {
        url: digest for url, digest in files.items() if digest
    }
