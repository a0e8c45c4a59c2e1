"""Sites whose lists come by script: what the scripts got is neither page nor document, and the account balances."""

import shutil
from pathlib import Path

import pytest

from migrate import pipeline
from migrate.archive.ledger import Ledger
from migrate.check.balance import account
from migrate.config import Project
from migrate.demo import serve
from migrate.demo.dialects import speak, town
from migrate.harvest import HarvestRun
from migrate.records import Kind, Outcome
from migrate.urls import canonical

ROOT = Path(__file__).resolve().parents[2]
MAPPING = """
site:
  id: liuhe
  name: 柳河镇人民政府
  url: http://www.liuhe.example.gov.cn/
  channel: /towns/dahe/
rules:
  - {name: 列表, match: {kind: [home, list]}, redirect: column}
  - {name: 全部, match: {path: "/**", kind: [article]}, column: news}
"""
ASKED = ("dataproxy.jsp", "/common/search/", "/gkmlpt/api/", "/page/build/unit")
SIZES, PER_PAGE = (3, 12, 25), 5


@pytest.mark.parametrize(
    ("dialect", "asked"),
    [
        ("hanweb", 3),
        ("hanweb-groups", 9),
        ("hanweb-old", 0),
        ("hanweb-jpaas", 10),
        ("ucap-search", 10),
        ("guangdong-gkmlpt", 10),
    ],
)
def test_lists_by_script(dialect: str, asked: int, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "mappings", tmp_path / "mappings")
    (tmp_path / "mappings" / "sites" / "liuhe.yaml").write_text(MAPPING, encoding="utf-8")
    where = pipeline.place(Project(tmp_path), "liuhe")
    site = speak(dialect, town(SIZES, PER_PAGE))
    with serve([site]) as server:
        pipeline.harvest_site(where, HarvestRun(resolve=server.resolve, rate=1000), lambda *_progress: None)
    pipeline.map_site(where, lambda *_progress: None)
    with Ledger(where.folder / "ledger.sqlite") as ledger:
        entries = {entry.key: entry for entry in ledger.entries()}
        dates = {line.url: line.published for record in ledger.records() for line in record.listings}
        assert account(ledger, where.site.url_rules).balanced
    data = [entry for entry in entries.values() if any(mark in entry.url for mark in ASKED)]
    assert len(data) == asked
    assert {(entry.kind, entry.outcome) for entry in data} <= {(Kind.OTHER, Outcome.GONE)}
    moved = {key for key, entry in entries.items() if entry.outcome == Outcome.MOVE and entry.kind is Kind.ARTICLE}
    rules = where.site.url_rules
    assert moved == {canonical(article.url, rules) for article in site.truth.articles}
    files = {f.url for article in site.truth.articles for f in article.attachments}
    documents = {entry.url for entry in entries.values() if entry.kind is Kind.ATTACHMENT and entry.digest}
    assert documents <= files
    lists = [entries[canonical(page.url, rules)] for page in site.truth.lists]
    assert {entry.target for entry in lists} == {"/towns/dahe/news/"}, "each list leads to where its articles went"
    assert all(dates[article.url] for article in site.truth.articles if article.url in dates)
    assert len(dates.keys() & {article.url for article in site.truth.articles}) >= 3 * PER_PAGE - 2
