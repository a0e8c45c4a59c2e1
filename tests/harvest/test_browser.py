"""Lists that scripts make, seen with a real Chromium against a real server."""

import json
import shutil
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import pytest

from migrate.archive.ledger import Ledger
from migrate.archive.reading import iter_records, read_response
from migrate.archive.verify import verify
from migrate.archive.warc import RENDERED
from migrate.harvest import HarvestRun, run_harvest
from migrate.harvest.browser import Answering, Browser
from migrate.harvest.hollow import is_hollow
from migrate.harvest.rebuild import run_rebuild
from tests.harvest.oldsite import FAMILIES, HOST, Answer, OldSite, config
from tests.harvest.test_harvest import HOME, check, findings, rows, states

pytestmark = pytest.mark.skipif(
    not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), reason="Chromium is not installed"
)

LIST = """<!DOCTYPE html><html><head><meta charset=utf-8><script src="/list.js"></script>
<script src="http://cdn.elsewhere.example.com/evil.js"></script></head>
<body><h1>通知公告</h1><p>这是一段足够长的栏目说明文字。</p><ul id="list"></ul>
<a href="javascript:void(0)" onclick="turn()" id="next">下一页</a></body></html>"""

SCRIPT = """var at = 1;
function show(items) {
  document.getElementById('list').innerHTML =
    items.map(function (i) { return '<li><a href="' + i.path + '">' + i.name + '</a></li>'; }).join('');
}
function turn() {
  if (at == 3) return;
  at += 1;
  var request = new XMLHttpRequest();
  request.open('POST', '/api/list');
  request.setRequestHeader('Content-Type', 'application/x-www-form-urlencoded');
  request.onload = function () { show(JSON.parse(request.responseText)); };
  request.send('page=' + at);
}
window.onload = function () {
  new WebSocket('ws://' + location.host + '/push');
  fetch('/private/count').catch(function () {});
  fetch('http://www.elsewhere.example.com/spy').catch(function () {});
  fetch('/api/list').then(function (r) { return r.json(); }).then(show);
};"""


def items(page: int) -> Answer:
    numbers = range((page - 1) * 3, page * 3)
    # Ids alone, as such services answer: nothing but the script knows what the addresses are.
    return Answer(
        json.dumps([{"path": f"detail/{n}", "name": f"第{n}号"} for n in numbers]).encode(), type="application/json"
    )


@pytest.fixture(autouse=True)
def _slow_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may need longer than usual between a script and its first question."""
    monkeypatch.setattr("migrate.harvest.browser.QUIET", 1.0)


@pytest.fixture
def site() -> Iterator[OldSite]:
    site = OldSite()
    site.pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /private/", type="text/plain")
    site.html("/", '<a href="/list.html">通知公告</a><a href="/plain.html">简介</a>')
    site.html("/plain.html", "<p>" + "这一页不需要脚本。" * 50)
    site.pages["/list.html"] = Answer(LIST.encode())
    site.pages["/list.js"] = Answer(SCRIPT.encode(), type="application/javascript")
    site.pages["/api/list"] = items(1)
    site.pages["/api/list page=2"], site.pages["/api/list page=3"] = items(2), items(3)
    for number in range(9):
        site.html(f"/detail/{number}", f"<h1>第{number}号</h1>" + "正文。" * 100)
    with site.served() as served:
        yield served


def test_a_list_that_a_script_makes(site: OldSite, tmp_path: Path) -> None:
    folder = tmp_path / "dahe"
    run_harvest(config(site, browser="empty", timeout=60.0), FAMILIES, folder, HarvestRun(), lambda _progress: None)
    found = states(folder)
    assert {f"detail/{n}" for n in range(9)} <= {key for key, (state, _reason) in found.items() if state == "fetched"}
    assert found["private/count"] == ("skipped", "robots")
    assert all(count == 1 for path, count in site.counts.items())  # what the browser wants is fetched once
    assert "/push" not in site.counts
    assert not findings(folder).get("not-rendered")
    check(folder)
    with Ledger(folder / "ledger.sqlite") as ledger:
        page = ledger.resource(HOME + "list.html")
        assert page is not None and page.ok and page.encoding == "utf-8 browser"
        assert "第0号" in read_response(folder, page.warc_file, page.warc_offset).body.decode()
        plain = ledger.resource(HOME + "plain.html")
        assert plain is not None and plain.encoding != "utf-8 browser"
    records = list(iter_records(next((folder / "warc").glob("*.gz"))))
    answer = next(r for r in records if r.kind == "response" and r.fields["warc-target-uri"] == HOME + "list.html")
    seen = [record for record in records if record.fields.get("content-type") == RENDERED]
    assert len(seen) == 3 and all(r.fields["warc-concurrent-to"] == answer.fields["warc-record-id"] for r in seen)
    assert ["第6号" in record.block.decode() for record in seen] == [False, False, True]


def test_all_pages(site: OldSite, tmp_path: Path) -> None:
    folder = tmp_path / "dahe"
    run_harvest(config(site), FAMILIES, folder, HarvestRun(browser="all", limit=6), lambda _progress: None)
    encodings = dict(
        rows(folder, "SELECT key, encoding FROM resources WHERE media_type = 'text/html' AND status = 200")
    )
    assert set(encodings.values()) == {"utf-8 browser"}


def test_a_page_that_never_rests(site: OldSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("migrate.harvest.browser.PATIENCE", 1.0)
    site.pages["/list.html"] = Answer(
        b"<html><body><ul id=list></ul><script>fetch('/x');for(;;);</script></body></html>"
    )
    folder = tmp_path / "dahe"
    run_harvest(config(site, browser="empty"), FAMILIES, folder, HarvestRun(), lambda _progress: None)
    assert findings(folder)["not-rendered"] == ["list.html"]
    assert states(folder)["list.html"] == ("fetched", "")
    assert states(folder)["plain.html"] == ("fetched", "")


def test_what_is_hollow() -> None:
    shell = '<html><body><div id="app"></div><script src="/js/app.js"></script></body></html>'
    words = "<p>" + "这里是正文内容。" * 60 + "</p>"
    assert is_hollow(shell)
    assert is_hollow(f"<body>{words}<ul class=list> </ul><script>$.ajax({{url: 'x'}})</script></body>")
    assert not is_hollow(f"<body>{words}<ul><li>一</li></ul><script>$.ajax({{url: 'x'}})</script></body>")
    assert not is_hollow("<body><p>短</p></body>")
    assert HOST


def test_what_was_seen_is_verified_and_rebuilt(site: OldSite, tmp_path: Path) -> None:
    folder = tmp_path / "dahe"
    old = config(site, browser="empty", timeout=60.0)
    run_harvest(old, FAMILIES, folder, HarvestRun(), lambda _progress: None)
    with Ledger(folder / "ledger.sqlite") as ledger:
        assert not verify(folder, ledger, lambda _done, _of: None).findings
    tables = ("resources", "links", "frontier")
    before = {table: rows(folder, f"SELECT * FROM {table}") for table in tables}
    run_rebuild(old, FAMILIES, folder, lambda _done, _of: None, dry_run=False)
    for table in tables:
        assert rows(folder, f"SELECT * FROM {table}") == before[table]


def test_killed_while_a_page_is_seen(site: OldSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "dahe"
    old = config(site, browser="empty", timeout=60.0)
    states_of = Browser.states

    async def broken(browser: Browser, url: str, answer: Answering) -> AsyncGenerator[str]:
        async for html in states_of(browser, url, answer):
            yield html
            raise KeyboardInterrupt

    monkeypatch.setattr(Browser, "states", broken)
    with pytest.raises(KeyboardInterrupt):
        run_harvest(old, FAMILIES, folder, HarvestRun(), lambda _progress: None)
    monkeypatch.setattr(Browser, "states", states_of)
    run_harvest(old, FAMILIES, folder, HarvestRun(), lambda _progress: None)
    assert {f"detail/{n}" for n in range(9)} <= set(states(folder))
    check(folder)
