"""Articles whose address and breadcrumb say nothing are told by the list that shows them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from migrate.errors import ConfigError
from migrate.records import Outcome
from tests.mapping.building import Site, site_config

HEAD = """
site:
  id: NAME
  name: 大河镇人民政府
  url: http://www.NAME.example.gov.cn/
  channel: /towns/NAME/
  urls: {case_sensitive: false, keep_query: [id, lm, page]}
"""
RULES = """
rules:
  - {name: 列表, match: {kind: [home, list]}, redirect: column}
  - name: 公告
    match: {listed: ["/news.asp?lm=3", "/news.asp?lm=3&*"], kind: [article]}
    column: notices
  - name: 动态
    match: {listed: "/news.asp?lm=30", kind: [article]}
    column: news
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    site.use(RULES, HEAD)
    yield site
    site.ledger.close()


def test_each_list_takes_its_own(site: Site) -> None:
    site.list_page("/News.asp?lm=3", "/show.asp?id=1", "/show.asp?id=9")
    site.list_page("/news.asp?lm=3&page=2", "/show.asp?id=2", "/show.asp?id=9")
    site.list_page("/news.asp?lm=30&from=home", "/show.asp?id=3", "/show.asp?id=9")
    site.list_page("/news.asp?lm=31", "/show.asp?id=4", "/show.asp?id=9")
    for number in (1, 2, 3, 4, 5, 9):
        site.article(f"/show.asp?id={number}")
    site.map()
    columns = [site.mapped(f"/show.asp?id={number}").target for number in (1, 2, 3)]
    assert columns == ["/towns/dahe/notices/", "/towns/dahe/notices/", "/towns/dahe/news/"]
    for number in (4, 5, 9):  # in no list of a rule; in none at all; in every list's side bar
        assert site.mapped(f"/show.asp?id={number}").outcome == Outcome.UNDECIDED
    assert site.mapped("/news.asp?lm=3&page=2").target == "/towns/dahe/notices/"


def test_further_pages_that_are_the_answer_to_a_form(site: Site) -> None:
    site.list_page("/news.asp?lm=30", "/show.asp?id=1")
    site.article("/show.asp?id=2")
    site.frontier("/show.asp?id=2", "fetched", referrer="/news.asp?lm=30")
    site.map()
    assert site.mapped("/show.asp?id=2").target == "/towns/dahe/news/"


def test_a_glob_without_its_slash_is_refused(tmp_path: Path) -> None:
    rules = "rules:\n  - {name: 公告, match: {listed: 'news.asp?lm=3'}, column: notices}\n"
    with pytest.raises(ConfigError, match="no path glob"):
        site_config(tmp_path, rules)
