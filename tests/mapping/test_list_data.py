"""Answers to scripts of lists: gone themselves, and evidence of where their articles belong."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from migrate.records import LIST_DATA, Kind, Listing, Outcome
from tests.mapping.building import Site

RULES = """
rules:
  - {name: 列表, match: {kind: [home, list]}, redirect: column}
  - {name: 公告, match: {listed: "/tzgg/list.shtml", kind: [article]}, column: notices}
  - {name: 动态, match: {listed: "/common/search/7*", kind: [article]}, column: news}
  - {name: 全部, match: {path: "/common/**"}, archive: 不该轮到它}
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path, rules=RULES)
    yield site
    site.ledger.close()


def data(site: Site, path: str, referrer: str, *lines: str, **dates: str) -> None:
    listings = tuple(Listing(site.host + line, "题目", dates.get(line.rsplit("/", 1)[-1], "")) for line in lines)
    site.page(path, Kind.OTHER, reason=LIST_DATA, listings=listings)
    site.frontier(path, "fetched", referrer=referrer)


def test_what_a_script_got_counts_for_the_list_that_asked(site: Site) -> None:
    site.list_page("/tzgg/list.shtml")
    data(site, "/common/search/5?page=1", "/tzgg/list.shtml", "/a/1.shtml")
    data(site, "/common/search/5?page=2", "/common/search/5?page=1", "/a/2.shtml")
    data(site, "/common/search/7?page=1", "/", "/a/3.shtml")
    for number in (1, 2, 3):
        site.article(f"/a/{number}.shtml")
    site.map()
    assert [site.mapped(f"/a/{n}.shtml").target for n in (1, 2, 3)] == [
        "/towns/dahe/notices/", "/towns/dahe/notices/", "/towns/dahe/news/"
    ]  # fmt: skip
    assert site.mapped("/tzgg/list.shtml").target == "/towns/dahe/notices/"
    for path in ("/common/search/5?page=1", "/common/search/7?page=1"):
        assert (site.mapped(path).kind, site.mapped(path).outcome) == (Kind.OTHER, Outcome.GONE)


def test_the_date_that_it_shows_is_the_articles(site: Site) -> None:
    data(site, "/common/search/7?page=1", "/", "/a/3", **{"3": "2016-05-03"})
    site.article("/a/3", published=None)
    site.map()
    assert site.mapped("/a/3").content.published == "2016-05-03"


def test_data_that_an_article_offers_as_a_file_is_one(site: Site) -> None:
    data(site, "/data/2016.json", "/", "/a/9.shtml")
    site.db.execute("UPDATE resources SET media_type = 'application/json'")
    site.list_page("/tzgg/list.shtml", "/a/1.shtml")
    site.article("/a/1.shtml", attachments=("/data/2016.json",))
    site.map()
    entry = site.mapped("/data/2016.json")
    assert (entry.kind, entry.outcome) == (Kind.ATTACHMENT, Outcome.MOVE)


def test_a_circle_of_answers_ends(site: Site) -> None:
    data(site, "/common/search/5?page=1", "/common/search/5?page=2", "/a/1.shtml")
    data(site, "/common/search/5?page=2", "/common/search/5?page=1", "/a/1.shtml")
    site.map()
    assert site.mapped("/common/search/5?page=2").outcome == Outcome.GONE
