"""A real county department's site (TRS WCM), served under its own host name and moved end to end.

Nothing of it is in this repository: the test reads the corpus of real pages and skips without it.
"""

import csv
import json
import os
import re
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from migrate.archive.ledger import Ledger
from migrate.demo import Answer, LegacyServer
from migrate.i18n import public
from migrate.records import Entry, Kind, Outcome
from tests.conftest import Stages

ROOT = Path(__file__).parents[1]
HOST = "rsj.gzdaozhen.gov.cn"
TYPES = {".html": "text/html", ".jpg": "image/jpeg", ".png": "image/png", ".gif": "image/gif"}

MAPPING = """
site:
  id: rsj
  name: 人力资源和社会保障局
  url: http://rsj.gzdaozhen.gov.cn/
  channel: /departments/rsj/
harvest: {rate: 0, concurrency: 8}
rules:
  - {name: 首页和列表, match: {kind: [home, list]}, redirect: column}
  - {name: 通知公告, match: {breadcrumb: [通知公告, 公告公示, 人事考试]}, column: notices}
  - {name: 政策文件, match: {breadcrumb: [部门文件, 政策法规, 上级文件]}, column: policies}
  - {name: 规划计划, match: {breadcrumb: [规划计划]}, column: plans}
  - {name: 办事指南, match: {breadcrumb: [办事指南, 业务工作]}, column: services}
  - {name: 概况, match: {path: ["/bmgk/**"]}, column: duties}
  - {name: 其余, match: {kind: [article]}, column: news}
"""


@dataclass(frozen=True)
class Moved:
    """The site after the move: the index that was served, its project, what `check` said."""

    index: dict[str, dict[str, str]]
    folder: Path
    checks: list[dict[str, Any]]
    harvest_hits: Counter[str]

    def ledger(self) -> Ledger:
        return Ledger(self.folder / "archives" / "rsj" / "ledger.sqlite")

    def portal(self) -> sqlite3.Connection:
        return sqlite3.connect(self.folder / "var" / "portal.sqlite3")

    def articles(self) -> list[str]:
        return [url for url, row in self.index.items() if row["kind"] == "article"]


def command(folder: Path, *words: str, codes: tuple[int, ...] = (0, 1)) -> Any:
    """Run shangyi for real and return its JSON document."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SHANGYI", "DJANGO"))}
    environment |= {"SHANGYI_LANG": "en"}
    environment.pop("DATABASE_URL", None)
    done = subprocess.run(
        [sys.executable, "-m", "migrate", "-C", str(folder), *words, "--json"],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode in codes, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def moved(corpus: Path, stages: Stages, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moved]:
    folder = stages.copy("built", tmp_path_factory.mktemp("real"))  # the tables are there; the channel is new
    (folder / "mappings" / "sites" / "rsj.yaml").write_text(MAPPING, encoding="utf-8")
    with (folder / "mappings" / "portal.yaml").open("a", encoding="utf-8") as portal:
        portal.write("  - {path: /departments/rsj/, title: 人社局, unit: 人力资源和社会保障局}\n")
    with (corpus / "index.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        index = {row["original_url"]: row for row in rows if row["local_path"].startswith("gz_daozhen_rsj/")}

    def answer(target: str) -> Answer | None:
        url = f"http://{HOST}{target}"
        row = index.get(url) or index.get(url + "index.html")
        if row is None:
            return None
        path = corpus / row["local_path"]
        return Answer(200, (("Content-Type", TYPES[path.suffix]),), path.read_bytes())

    command(folder, "cms", "build")
    with LegacyServer({HOST: answer}) as server:
        command(folder, "harvest", "rsj", "--resolve", f"{HOST}={server.address}")
        hits = Counter(server.hits)
    command(folder, "map", "rsj")
    command(folder, "import", "rsj", "--publish")
    yield Moved(index, folder, command(folder, "check", "rsj"), hits)


def entry_of(ledger: Ledger, url: str) -> Entry:
    entry = ledger.entry(url.lower().removesuffix("index.html"))
    assert entry is not None, url
    return entry


def blank_on_the_old_site(corpus: Path, row: dict[str, str]) -> bool:
    """Say whether the editor of the old site left the body empty: nothing between its container and the share bar."""
    page = (corpus / row["local_path"]).read_text(encoding="utf-8", errors="replace")
    body = page[page.index('id="Zoom">') + len('id="Zoom">') :].partition('<div class="KeysList"')[0]
    words = re.sub(r"<script.*?</script>|<style.*?</style>|<[^>]*>|&nbsp;|\s", "", body, flags=re.DOTALL)
    return words.replace("分享到：QQ空间新浪微博腾讯微博人人网更多0", "") == "" and "<img" not in body


def test_all_articles_reach_the_portal_with_title_date_and_body(moved: Moved, corpus: Path) -> None:
    articles = moved.articles()
    assert len(articles) == 190
    states = dict(
        moved.portal().execute(
            """SELECT i.source_key, p.live FROM legacy_imported i JOIN wagtailcore_page p ON p.id = i.page_id"""
        )
    )
    with moved.ledger() as ledger:
        for url in articles:
            entry = entry_of(ledger, url)
            assert entry.key in states, f"{url} became no page: {entry.outcome} {entry.reason}"
            assert entry.content is not None and entry.content.title and entry.content.published, url
            if not (entry.content.body or entry.content.attachments or entry.content.images):
                assert blank_on_the_old_site(corpus, moved.index[url]), url
                assert (entry.outcome, entry.reason) == (
                    Outcome.UNDECIDED,
                    public("Required and not found: {fields}").format(fields="body"),
                ), url
            live = bool(states[entry.key])
            assert live == (entry.outcome == Outcome.MOVE and not entry.held), f"{url}: a draft has a reason"
            assert live or entry.held or entry.reason, url


def test_lists_redirect_to_columns(moved: Moved) -> None:
    with moved.ledger() as ledger:
        lists = list(ledger.entries("kind = ?", (Kind.LIST,)))
        assert len(lists) >= 30
        assert {entry.outcome for entry in lists} == {Outcome.REDIRECT}
        assert all(entry.target.startswith("/departments/rsj/") for entry in lists)
        assert any(entry.target != "/departments/rsj/" for entry in lists)


def test_images_arrive_as_images(moved: Moved) -> None:
    with moved.ledger() as ledger:
        used = {
            link.url for entry in ledger.entries("kind = 'article'") if entry.content for link in entry.content.images
        }
    there = {url for url in used if url in moved.index}
    assert there
    stored = {
        key for (key,) in moved.portal().execute("SELECT source_key FROM legacy_imported WHERE image_id IS NOT NULL")
    }
    assert {url.lower() for url in there} <= stored


def test_what_is_missing_is_a_finding(moved: Moved) -> None:
    with moved.ledger() as ledger:
        found = Counter(finding.check for _stage, finding in ledger.findings())
        dead = {finding.url for _stage, finding in ledger.findings("harvest") if finding.check == "harvest.dead-link"}
        gone = {entry.key for entry in ledger.entries("outcome = 'gone'") if "404" in entry.reason}
    assert dead
    assert len(gone) >= len(dead) - 1
    assert found["map.missing-file"] > 0


def test_injections_are_reported_and_never_reach_the_portal(moved: Moved, corpus: Path) -> None:
    home = (corpus / "gz_daozhen_rsj" / "index.html").read_text(encoding="utf-8")
    hidden = home[home.index('<div style="display:none;">') :].partition("</div>")[0]
    planted = hidden.count('<a href="https://')
    assert planted >= 40
    with moved.ledger() as ledger:
        messages = [finding.message for _stage, finding in ledger.findings()]
    assert any("https://hnci.net.cn/js/kb.js" in message for message in messages)
    assert any(message.startswith(f"{planted} injected links") for message in messages)
    assert not any("hnci.net.cn" in url for url in moved.harvest_hits)
    for table in ("portal_articlepage", "portal_policypage", "wagtailcore_page", "wagtailcore_revision"):
        contents = "\n".join(str(row) for row in moved.portal().execute(f"SELECT * FROM {table}"))
        assert table == "wagtailcore_page" or len(contents) > 10_000 or "policy" in table
        for planted_word in ("kb.js", "hnci.net.cn", "chaoji007.com", "jcnkyy.com", "cptz.net"):
            assert planted_word not in contents, table
    assert not list(moved.portal().execute("SELECT 1 FROM legacy_oldurl WHERE text LIKE '%kb.js%'"))


def test_the_account_balances(moved: Moved) -> None:
    account = command(moved.folder, "status", "rsj")["rsj"]
    assert account["balanced"] is True
    parts = ("moved", "redirected", "archived", "gone", "undecided", "failed")
    assert account["found"] == sum(account[name] for name in parts)
    assert account["found"] > 260


def test_every_old_address_answers_truly(moved: Moved) -> None:
    by_name = {summary["name"]: summary for summary in moved.checks}
    assert by_name["redirects"]["failed"] == 0
    assert by_name["links"]["failed"] == 0
    assert by_name["content"]["failed"] == 0
    assert by_name["content"]["asked"] > 150
