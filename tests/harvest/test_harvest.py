import asyncio
import gzip
import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from warcio.cli import main as warcio

import migrate.harvest.run
from migrate.archive.ledger import Ledger
from migrate.archive.reading import TooLarge, iter_records, read_response
from migrate.archive.warc import digest_of
from migrate.errors import ShangyiError
from migrate.harvest import HarvestRun, HarvestSummary, Progress, harvest, run_harvest
from migrate.harvest.lock import harvest_lock
from migrate.harvest.paging import PAGERS, Further, ListPage
from migrate.harvest.targets import NO_PROBES
from migrate.http import MAX_PAGE
from migrate.http.body import Body
from migrate.http.types import Spool
from migrate.records import Level, to_json
from tests.harvest.oldsite import FAMILIES, HOST, Answer, OldSite, config

HOME = f"http://{HOST}/"


@pytest.fixture
def site() -> Iterator[OldSite]:
    with OldSite().served() as served:
        yield served


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries at once: the servers here don't get better by waiting."""
    options = migrate.harvest.run.client_options
    monkeypatch.setattr(migrate.harvest.run, "client_options", lambda *asked: replace(options(*asked), backoff=0.0))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "dahe"


def run(site: OldSite, folder: Path, asked: HarvestRun | None = None, **settings: object) -> HarvestSummary:
    return run_harvest(config(site, **settings), FAMILIES, folder, asked or HarvestRun(), lambda _progress: None)


def rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with Ledger(folder / "ledger.sqlite") as ledger:
        return [tuple(row) for row in ledger.db.execute(sql)]


def states(folder: Path) -> dict[str, tuple[str, str]]:
    found = rows(folder, f"SELECT key, state, reason FROM frontier WHERE {NO_PROBES} ORDER BY capture")
    return {key.removeprefix(HOME): (state, reason) for key, state, reason in found}


def findings(folder: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, url in rows(folder, "SELECT name, url FROM findings WHERE stage = 'harvest' ORDER BY url"):
        found.setdefault(name.removeprefix("harvest."), []).append(url.removeprefix(HOME))
    return found


def check(folder: Path) -> None:
    """warcio is the judge, and every row leads to bytes with its digest."""
    with pytest.raises(SystemExit) as ended:
        warcio(["check", *(str(path) for path in sorted((folder / "warc").glob("*.warc.gz")))])
    assert not ended.value.code
    for url, status, digest, file, offset in rows(
        folder, "SELECT url, status, digest, warc_file, warc_offset FROM resources WHERE warc_file <> ''"
    ):
        stored = read_response(folder, file, offset)
        assert (stored.url, stored.status, digest_of(stored.raw_body)) == (url, status, digest)


def test_a_whole_site(site: OldSite, folder: Path) -> None:
    site.html(
        "/", '<a href="/tzgg/">通知公告</a><img src="logo.gif"><a href="http://other.example/">别处</a>', "gb18030"
    )
    site.html("/tzgg/", '<a href="1.html">一</a><script>createPageHTML(2, 0, "index", "html")</script>', "gb18030")
    site.html("/tzgg/index_1.html", '<a href="./2.html">二</a><a href="gone.html">没了</a>', "gb18030")
    site.html("/tzgg/1.html", '<a href="f.doc">附件</a><a href="/tzgg/">上级</a>', "gb18030")
    site.pages["/tzgg/2.html"] = Answer(gzip.compress(b'<a href="3.html">'), headers={"Content-Encoding": "gzip"})
    site.pages["/tzgg/3.html"] = Answer(b"<p>chunks</p>" * 50, chunked=True)
    site.pages["/tzgg/f.doc"] = Answer(b"\xd0\xcf\x11\xe0 word", type="application/msword")
    site.pages["/logo.gif"] = Answer(b"GIF89a", type="image/gif")
    seen: list[Progress] = []
    summary = run_harvest(config(site), FAMILIES, folder, HarvestRun(), seen.append)
    assert summary.state == "finished"
    assert summary.statuses == {"2xx": 8, "4xx": 2}
    assert (summary.failed, summary.skipped, summary.found, summary.fetched_now) == (0, {}, 10, 10)
    assert json.loads(to_json(summary))["capture"] == summary.capture
    assert all(asked == 1 for asked in site.counts.values())
    check(folder)
    assert findings(folder) == {"dead-link": ["tzgg/gone.html"]}
    links = {row[0].removeprefix(HOME): row[1:] for row in rows(folder, "SELECT * FROM links")}
    assert links["tzgg/"] == (1, HOME, "通知公告", "a", 2)
    assert links["http://other.example/"] == (0, HOME, "别处", "a", 1)
    assert links["tzgg/index_1.html"][3] == "pager"
    with Ledger(folder / "ledger.sqlite") as ledger:
        message = next(finding.message for _stage, finding in ledger.findings("harvest"))
        assert HOME + "tzgg/index_1.html" in message and "“没了”" in message
        page = ledger.resource(HOME + "tzgg/2.html")
        assert page is not None and page.ok and page.media_type == "text/html"
        assert read_response(folder, page.warc_file, page.warc_offset).body == b'<a href="3.html">'
        assert len(list(ledger.found())) == 10
    kinds = [record.kind for record in iter_records(next((folder / "warc").iterdir()))]
    # ten addresses of the site, two made up
    assert kinds == ["warcinfo", *["request", "response"] * 12, "metadata"]
    assert rows(folder, "SELECT settings FROM captures")[0][0].count('"robots":"obey"') == 1


def test_robots_excludes_traps_and_limits(site: OldSite, folder: Path) -> None:
    site.pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /admin/", type="text/plain")
    links = ["/admin/x.html", "/search/q.asp", "/a/a/a/a/a/a/x.html", "/" + "z" * 3000, "/1", "/2", "/3", "/4"]
    site.html("/", "".join(f'<a href="{link}">x</a>' for link in links))
    for number in "1234":
        site.html(f"/{number}", number)
    summary = run(site, folder, HarvestRun(limit=3), exclude=("/search/**",))
    assert summary.skipped == {"robots": 1, "excluded": 1, "trap": 1, "limit": 2}
    assert set(site.counts) <= {"/robots.txt", "/sitemap.xml", "/", "/1", "/2", "/3", "/4"}
    assert sum(site.counts.values()) == 5
    assert states(folder)["admin/x.html"] == ("skipped", "robots")
    assert set(findings(folder)) == {"robots", "excluded", "trap", "limit", "long-url"}
    # A higher limit lets the next run take what this one left; what stays forbidden stays out.
    summary = run(site, folder, exclude=("/search/**",))
    assert (summary.kind, summary.statuses, summary.skipped) == ("delta", {"2xx": 3}, {})
    assert {name for name, (state, _reason) in states(folder).items() if state == "fetched"} == {
        "", "robots.txt", "1", "2", "3", "4"}  # fmt: skip
    assert "limit" not in findings(folder)
    summary = run(site, folder, robots="waived")
    assert {row[0] for row in rows(folder, "SELECT key FROM frontier WHERE capture = '" + summary.capture + "'")} == {
        HOME + "admin/x.html", HOME + "search/q.asp", HOME + "robots.txt"}  # fmt: skip
    assert json.loads(rows(folder, "SELECT settings FROM captures ORDER BY stamp")[-1][0])["robots"] == "waived"


def test_a_home_page_that_robots_forbid(site: OldSite, folder: Path) -> None:
    site.pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /", type="text/plain")
    with pytest.raises(ShangyiError, match="may not be fetched: robots"):
        run(site, folder)
    assert set(site.counts) == {"/robots.txt"}
    site.html("/", "x")
    assert run(site, folder, robots="waived").statuses == {"2xx": 2}


def test_redirects(site: OldSite, folder: Path) -> None:
    def bounce(served: OldSite) -> Answer:
        # The bare host sends to www with the same key: only the spelling differs.
        if b"\nHost: dahe" in served.heads[-1]:
            return Answer(status=301, headers={"Location": HOME + "same.html"})
        return Answer(b"<p>here</p>")

    site.html("/", '<a href="/old">x</a><a href="/away">x</a><a href="/loop">x</a>'
                   '<a href="http://dahe.example.gov.cn/same.html">x</a>')  # fmt: skip
    site.pages["/old"] = Answer(status=302, headers={"Location": "new.html"})
    site.pages["/away"] = Answer(status=302, headers={"Location": "http://other.example/x"})
    site.pages["/loop"] = Answer(status=302, headers={"Location": "/loop"})
    site.pages["/same.html"] = bounce
    site.html("/new.html", "new")
    run(site, folder, resolve={HOST: site.address, "dahe.example.gov.cn": site.address})
    got = {key.removeprefix(HOME): (status, location) for key, status, location in
           rows(folder, "SELECT key, status, location FROM resources")}  # fmt: skip
    assert got["old"] == (302, HOME + "new.html")
    assert got["new.html"] == (200, "")
    assert got["away"] == (302, "http://other.example/x")
    assert got["loop"] == (302, HOME + "loop")
    assert got["same.html"] == (200, "")
    assert site.counts["/same.html"] == 2
    assert findings(folder)["redirect-loop"] == ["loop"]
    assert ("http://other.example/x", 0, "redirect") in rows(folder, "SELECT target, own, context FROM links")
    check(folder)


def test_what_is_odd_is_a_finding(site: OldSite, folder: Path) -> None:
    scripts = '<script src="https://evil.example/js/kb.js"></script><script src="/js/own.js"></script>'
    foreign = "".join(f'<a href="http://spam{n}.example/">x</a>' for n in range(12))
    official = "".join(f'<a href="http://www.{n}.gov.cn/">x</a>' for n in range(12))
    site.html("/", scripts + foreign + '<a href="f.pdf">x</a><a href="e.html">x</a><a href="m.html">x</a>')
    site.html("/f.pdf", "please log in" + official)
    site.pages["/e.html"] = Answer(b"")
    text = "大河镇人民政府关于做好今年工作的通知".encode("gb18030")
    site.pages["/m.html"] = Answer(b"<meta charset=gb2312><p>" + text * 30 + b"\xff\xff" * 20 + text)
    run(site, folder)
    found = findings(folder)
    assert found["foreign-script"] == [""] and found["foreign-links"] == [""]
    assert (found["html-instead-of-file"], found["empty"], found["mojibake"]) == (["f.pdf"], ["e.html"], ["m.html"])
    assert found["dead-link"] == ["js/own.js"]
    assert not any("evil" in path for path in site.counts)
    levels = dict(rows(folder, "SELECT name, level FROM findings"))
    assert levels["harvest.foreign-script"] == Level.WARNING


def test_identical_payloads_are_revisits(site: OldSite, folder: Path) -> None:
    site.html("/", "".join(f'<img src="{n}.gif">' for n in range(4)))
    for number in range(4):
        site.pages[f"/{number}.gif"] = Answer(b"GIF89a" + bytes(100), type="image/gif")
    run(site, folder)
    kinds = [record.kind for record in iter_records(next((folder / "warc").iterdir()))]
    assert kinds.count("revisit") == 3
    check(folder)


def test_failures_are_retried_by_the_next_run_and_captures_stay(site: OldSite, folder: Path) -> None:
    site.html("/", '<a href="/a">x</a><a href="/b">x</a><a href="/c">x</a>')
    site.html("/a", '<a href="/d">x</a>')
    site.pages["/b"] = Answer(b"oops", status=500)
    site.pages["/c"] = Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n<a href='/d'>")
    first = run(site, folder)
    assert first.failed == 2
    assert states(folder)["b"] == ("failed", "HTTP 500") and states(folder)["c"] == ("failed", "truncated")
    assert findings(folder)["failed"] == ["b", "c"]
    before = rows(folder, "SELECT * FROM resources"), rows(folder, "SELECT * FROM frontier"), rows(
        folder, "SELECT * FROM captures")  # fmt: skip
    bytes_before = {path: path.read_bytes() for path in (folder / "warc").iterdir()}
    site.html("/b", '<a href="/new">x</a><a href="/a">x</a>')
    site.html("/c", "whole")
    site.counts.clear()
    second = run(site, folder)
    assert (second.kind, second.failed, second.statuses) == ("delta", 0, {"2xx": 2, "4xx": 2})
    assert set(site.counts) == {"/robots.txt", "/b", "/c", "/new"}
    assert not findings(folder).get("failed")
    assert rows(folder, f"SELECT * FROM resources WHERE capture = '{first.capture}'") == before[0]
    assert rows(folder, f"SELECT * FROM frontier WHERE capture = '{first.capture}'") == before[1]
    assert rows(folder, f"SELECT * FROM captures WHERE stamp = '{first.capture}'") == before[2]
    assert all(path.read_bytes() == content for path, content in bytes_before.items())
    site.counts.clear()
    third = run(site, folder)
    assert (third.state, third.capture, third.fetched_now) == ("unchanged", second.capture, 0)
    assert set(site.counts) == {"/robots.txt"}
    check(folder)


def test_an_address_that_is_too_long_once_canonical_is_a_finding(site: OldSite, folder: Path) -> None:
    site.html("/", '<a href="/{}">x</a>'.format("%B9%AB" * 300))
    assert run(site, folder).statuses == {"2xx": 1, "4xx": 1}
    assert findings(folder) == {"long-url": [""]}
    check(folder)


def test_delta_asks_for_everything_and_stores_what_changed(site: OldSite, folder: Path) -> None:
    site.html("/", '<a href="/a">x</a><a href="/b">x</a>')
    site.html("/a", "same" * 50)
    site.html("/b", '<a href="/a">x</a>')
    run(site, folder)
    counts = rows(folder, "SELECT target, count FROM links")
    site.html("/b", '<a href="/a">x</a><a href="/news">new</a>')
    site.html("/news", "new")
    delta = run(site, folder, HarvestRun(delta=True))
    assert delta.statuses == {"2xx": 4, "4xx": 1}
    kinds = [record.kind for record in iter_records(sorted((folder / "warc").iterdir())[-1])]
    assert kinds.count("revisit") == 2  # home and /a; robots.txt is an error page here
    assert [row for row in rows(folder, "SELECT target, count FROM links") if row in counts] == counts
    check(folder)
    with Ledger(folder / "ledger.sqlite") as ledger:
        newest = {resource.key.removeprefix(HOME): resource for resource in ledger.newest_resources()}
    assert {key for key, resource in newest.items() if resource.capture == delta.capture} == {"b", "news"}


def test_fresh_abandons_and_starts_anew(site: OldSite, folder: Path) -> None:
    site.html("/", "x")
    run(site, folder)
    again = run(site, folder, HarvestRun(fresh=True))
    assert (again.kind, again.statuses) == ("full", {"2xx": 1, "4xx": 1})
    # Rests on nothing older: the payload is stored again.
    assert "revisit" not in [record.kind for record in iter_records(sorted((folder / "warc").iterdir())[-1])]


def test_a_host_that_does_not_answer(site: OldSite, folder: Path) -> None:
    dead = config(site, resolve={HOST: "127.0.0.1:9"}, timeout=0.2)
    with pytest.raises(ShangyiError, match="does not answer: refused"):
        run_harvest(dead, FAMILIES, folder, HarvestRun(), lambda _progress: None)
    assert rows(folder, "SELECT * FROM captures") == []
    site.html("/", "up again")
    assert run(site, folder).statuses == {"2xx": 1, "4xx": 1}


def test_a_site_that_answers_only_errors(site: OldSite, folder: Path) -> None:
    site.pages["/"] = Answer(b"down", status=503)
    site.pages["/robots.txt"] = Answer(b"", type="text/plain")
    with pytest.raises(ShangyiError, match="only errors: HTTP 503"):
        run(site, folder)
    site.html("/", '<a href="/a">x</a>')
    site.html("/a", "x")
    summary = run(site, folder)
    assert (summary.resumed, summary.statuses, summary.failed) == (True, {"2xx": 3}, 0)


def test_a_site_that_goes_away_stops_the_run_and_nothing_is_lost(site: OldSite, folder: Path) -> None:
    site.html("/", "".join(f'<a href="/{n}">x</a>' for n in range(60)))
    for number in range(60):
        site.pages[f"/{number}"] = lambda served: (
            Answer(raw=b"") if sum(served.counts.values()) > 23 else Answer(b"<p>ok</p>")
        )
    home = site.pages["/"]
    site.pages["/"] = lambda served: Answer(raw=b"") if served.counts["/"] > 1 else home  # type: ignore[return-value]
    with pytest.raises(ShangyiError, match="stopped answering: reset"):
        run(site, folder)
    before = rows(folder, "SELECT count(*) FROM resources WHERE status = 200")[0][0]
    assert before == 21
    for number in range(60):
        site.html(f"/{number}", "ok")
    summary = run(site, folder)
    assert (summary.resumed, summary.statuses, summary.failed) == (True, {"2xx": 61, "4xx": 1}, 0)
    assert summary.fetched_now == 40
    check(folder)


def test_too_large_is_skipped(site: OldSite, folder: Path) -> None:
    site.html("/", '<a href="/big.zip">x</a>')
    site.pages["/big.zip"] = Answer(bytes(10_000), type="application/zip")
    assert run(site, folder, max_bytes=5000).skipped == {"too-large": 1}
    assert findings(folder)["too-large"] == [""]
    assert run(site, folder, max_bytes=5000).state == "unchanged"


def test_two_at_once_are_refused(site: OldSite, folder: Path) -> None:
    site.html("/", "x")
    with harvest_lock(folder), pytest.raises(ShangyiError, match="Another harvest"):
        run(site, folder)
    assert run(site, folder).state == "finished"


def test_cancelled_and_resumed(site: OldSite, folder: Path) -> None:
    site.html("/", "".join(f'<a href="/{n}">x</a>' for n in range(100)))
    for number in range(100):
        site.html(f"/{number}", f"page {number}")

    async def cancelled() -> None:
        task = asyncio.ensure_future(harvest(config(site, rate=200), FAMILIES, folder, HarvestRun(), lambda _: None))
        while sum(site.counts.values()) < 20:
            await asyncio.sleep(0.005)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelled())
    assert rows(folder, "SELECT state FROM captures") == [("running",)]
    done = rows(folder, f"SELECT count(*) FROM resources WHERE {NO_PROBES}")[0][0]
    assert 10 < done < 60
    check(folder)
    summary = run(site, folder)
    assert (summary.resumed, summary.statuses) == (True, {"2xx": 101, "4xx": 1})
    assert summary.fetched_now == 102 - done
    assert sum(site.counts.values()) <= 102 + 1 + 4  # /sitemap.xml, and what was in flight
    check(folder)


_CHILD = """
import sys
from tests.harvest.oldsite import FAMILIES, OldSite, config
from migrate.harvest import HarvestRun, run_harvest
from pathlib import Path
site = config(OldSite(port=int(sys.argv[1])), rate=float(sys.argv[3]))
run_harvest(site, FAMILIES, Path(sys.argv[2]), HarvestRun(), print)
"""


def child(site: OldSite, folder: Path, rate: float = 0, limit: int = 0) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(site.port), str(folder), str(rate)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    if limit:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (limit, limit))
    return process


def test_ctrl_c_leaves_a_capture_to_go_on_with(site: OldSite, folder: Path) -> None:
    site.html("/", "".join(f'<a href="/{n}">x</a>' for n in range(60)))
    for number in range(60):
        site.html(f"/{number}", f"page {number}")
    with child(site, folder, rate=20) as process:
        while sum(site.counts.values()) < 15:
            assert process.poll() is None
            time.sleep(0.001)
        process.send_signal(signal.SIGINT)
        _out, told = process.communicate(timeout=120)
    assert b"KeyboardInterrupt" in told
    done = rows(folder, f"SELECT count(*) FROM resources WHERE {NO_PROBES}")[0][0]
    assert done >= 10
    summary = run(site, folder)
    assert (summary.resumed, summary.statuses["2xx"]) == (True, 61)
    assert summary.fetched_now == 62 - done


def test_a_full_disk(site: OldSite, folder: Path) -> None:
    site.html("/", "".join(f'<a href="/{n}">x</a>' for n in range(40)))
    for number in range(40):
        site.pages[f"/{number}"] = Answer(os.urandom(50_000), type="application/octet-stream")
    with child(site, folder, limit=1_000_000) as process:
        _out, told = process.communicate(timeout=120)
    assert b"ShangyiError: The disk is full" in told
    check(folder)
    assert 10 < rows(folder, "SELECT count(*) FROM resources")[0][0] < 25
    summary = run(site, folder)
    assert (summary.resumed, summary.statuses) == (True, {"2xx": 41, "4xx": 1})
    assert max(site.counts.values()) <= 2
    check(folder)


def test_an_archive_shorter_than_its_ledger_is_told(site: OldSite, folder: Path) -> None:
    site.html("/", "x")
    site.pages["/robots.txt"] = Answer(b"", type="text/plain")
    run(site, folder)
    with sqlite3.connect(folder / "ledger.sqlite") as db:
        db.execute("UPDATE captures SET state = 'running'")
    db.close()
    file = next((folder / "warc").iterdir())
    os.truncate(file, file.stat().st_size - 1)
    with pytest.raises(ShangyiError, match="shorter than the ledger says"):
        run(site, folder)


def test_a_page_that_unpacks_to_more_than_a_page_is_told(site: OldSite, folder: Path) -> None:
    site.html("/", '<a href="/bomb.html">x</a><a href="/big.zip">y</a>')
    bomb = b"<html><body><a href=/found.html>x</a>" + b" " * 30_000_000 + b"<a href=/lost.html>x</a>"
    site.pages["/bomb.html"] = Answer(gzip.compress(bomb, 1), headers={"Content-Encoding": "gzip"})
    site.pages["/found.html"] = Answer(b"<p>ok</p>")
    site.pages["/big.zip"] = Answer(b"PK\x03\x04" + bytes(21_000_000), type="application/zip")
    run(site, folder)
    assert findings(folder)["too-large-page"] == ["bomb.html"]
    assert states(folder)["found.html"] == ("fetched", "")
    assert "lost.html" not in states(folder)
    check_bomb = rows(folder, "SELECT warc_file, warc_offset FROM resources WHERE key LIKE '%bomb.html'")[0]
    with pytest.raises(TooLarge):
        read_response(folder, *check_bomb, limit=MAX_PAGE)


def test_a_resumed_run_notices_that_the_site_is_gone(site: OldSite, folder: Path) -> None:
    site.html("/", '<a href="/a">x</a><a href="/b">x</a>')
    site.pages["/robots.txt"] = Answer(b"", type="text/plain")
    site.html("/a", "ok")
    site.html("/b", "ok")
    assert run(site, folder, HarvestRun(limit=1)).state == "finished"
    with Ledger(folder / "ledger.sqlite") as ledger, ledger.transaction() as db:
        db.execute("UPDATE captures SET state = 'running'")
        db.execute("UPDATE frontier SET state = 'queued', reason = '' WHERE key LIKE '%/a' OR key LIKE '%/b'")
    dead = config(site, resolve={HOST: "127.0.0.1:9"}, timeout=0.2)
    with pytest.raises(ShangyiError, match="stopped answering: refused"):
        run_harvest(dead, FAMILIES, folder, HarvestRun(), lambda _progress: None)
    assert rows(folder, "SELECT state FROM captures") == [("running",)]
    summary = run(site, folder)
    assert (summary.resumed, summary.failed, summary.fetched_now) == (True, 0, 2)


def test_a_senseless_retry_after_costs_no_harvest(site: OldSite, folder: Path) -> None:
    site.html("/", '<a href="/busy">x</a>')
    site.pages["/busy"] = Answer(raw=b"HTTP/1.1 503 Busy\r\nRetry-After: \xb2\r\nContent-Length: 0\r\n\r\n")
    assert run(site, folder).failed == 1


def test_a_form_is_posted_and_archived(site: OldSite, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pager(page: ListPage) -> Iterator[Further]:
        if page.url == HOME:
            yield Further("/more.jsp?start=1", "col=1&__VIEWSTATE=abc")
            yield Further("/more.jsp?start=1", "col=1&__VIEWSTATE=def")
            yield Further("/more.jsp?start=1", "col=2")

    monkeypatch.setitem(PAGERS, "create_page", pager)
    site.html("/", "<script>createPage</script>")
    site.html("/more.jsp?start=1 col=1&__VIEWSTATE=abc", '<a href="/a.html">')
    site.html("/more.jsp?start=1 col=2", '<a href="/b.html">')
    site.html("/a.html", "a")
    site.html("/b.html", "b")
    summary = run(site, folder)
    assert (summary.found, summary.failed) == (6, 0)  # with robots.txt
    check(folder)
    with Ledger(folder / "ledger.sqlite") as ledger:
        assert [key.removeprefix(HOME) for key, _url in ledger.found()] == ["", "a.html", "b.html", "robots.txt"]
        assert len(list(ledger.newest_resources())) == len(list(ledger.latest_answers())) == 4
    records = list(iter_records(next((folder / "warc").glob("*.gz"))))
    assert sum(record.kind == "request" and record.http()[2] == b"col=2" for record in records) == 1


def test_large_bodies_lie_on_disk_while_they_arrive(
    site: OldSite, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film, page = bytes(range(256)) * 20_000, b"<a href=/late.html>" + b"<p>long</p>" * 300_000
    site.html(
        "/", '<a href="/film.mp4">a</a><a href="/again.mp4">b</a><a href="/long.html">c</a><a href="/cut.zip">d</a>'
    )
    site.pages["/film.mp4"] = site.pages["/again.mp4"] = Answer(film, type="video/mp4")
    site.pages["/long.html"] = Answer(gzip.compress(page, 0), headers={"Content-Encoding": "gzip"})
    site.pages["/cut.zip"] = Answer(film, headers={"Content-Length": str(len(film) + 9)}, type="application/zip")
    site.html("/late.html", "late")
    spooled: list[Spool] = []
    finish = Body.finish

    def watched(body: Body) -> tuple[bytes, Spool | None]:
        done = finish(body)
        spooled.extend(filter(None, done[1:]))
        return done

    monkeypatch.setattr(Body, "finish", watched)
    run(site, folder, timeout=2.0)  # as long as it waits for what is cut off
    assert sorted(spool.length for spool in spooled)[-2:] == [len(film)] * 2
    assert not list((folder / "spool").iterdir())
    check(folder)
    kinds = [record.kind for record in iter_records(next((folder / "warc").glob("*.gz")))]
    assert kinds.count("revisit") == 1
    assert states(folder)["cut.zip"] == ("failed", "truncated")
    assert states(folder)["late.html"] == ("fetched", "")


def test_a_list_whose_further_pages_nothing_leads_to_is_told_of(site: OldSite, folder: Path) -> None:
    button = (
        "<script>$('.next').click(function(){ load($(this).data('page')) })</script><a class=next href='#'>下一页</a>"
    )
    site.html("/", '<a href="/stuck.asp">通知</a><a href="/plain.asp">公告</a><a href="/one.asp">简报</a>')
    site.html("/stuck.asp", f"<ul><li>关于防汛的通知</li></ul>{button} 共7页 第1页")
    site.html("/plain.asp", '<a href="?page=2">下一页</a> 共2页 第1页')
    site.html("/plain.asp?page=2", '<a href="?page=1">上一页</a> 共2页 第2页')
    site.html("/one.asp", "首页 上一页 下一页 尾页 共1页 第1页")
    run(site, folder)
    assert findings(folder)["list-stuck"] == ["stuck.asp"]
    check(folder)
