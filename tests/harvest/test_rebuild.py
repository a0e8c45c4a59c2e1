"""The ledger is restored from the WARC files alone, row for row."""

import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import migrate.harvest.run
from migrate.archive.warc import WarcWriter, warc_files
from migrate.config import Project, SiteConfig
from migrate.demo import LegacyServer
from migrate.errors import ShangyiError
from migrate.harvest import HarvestRun, run_harvest
from migrate.harvest.lock import harvest_lock
from migrate.harvest.paging import PAGERS, Further, ListPage
from migrate.harvest.rebuild import Rebuilt, run_rebuild
from tests.commands import digests, new_project, shangyi
from tests.conftest import resolve
from tests.harvest.oldsite import FAMILIES, Answer, OldSite, config, generated
from tests.harvest.test_harvest import HOME, check, child, rows, run, states

TABLES = ("captures", "frontier", "resources", "links", "findings", "meta")


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    options = migrate.harvest.run.client_options
    monkeypatch.setattr(migrate.harvest.run, "client_options", lambda *asked: replace(options(*asked), backoff=0.0))


def pager(page: ListPage) -> Iterator[Further]:
    """A list whose further pages are asked for by forms, one of which fails at first."""
    if page.url == HOME:
        for number in range(1, 4):
            yield Further("/more.jsp?start=1", f"col=1&page={number}")


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[OldSite]:
    monkeypatch.setitem(PAGERS, "create_page", pager)
    site = generated(40)
    menu = "".join(f'<a href="{href}">某页</a>' for href in (
        "/l/0.html", "/busy.html", "/cut.html", "/gone/", "/secret/1.html", "/search/?q=1", "/moved.html", "/loop.html",
        "/large.zip", "/film.mp4", "/copy.mp4", "/a/a/a/a/a/a/a.html", "http://other.example/", "/late.html",
        f"http://dahe.example.gov.cn:{site.port}/a/1.html", "/same.html?b=1&a=2", "/same.html?a=2&b=1",
    ))  # fmt: skip
    site.html("/", "<script>createPage</script>" + menu, "gb18030")
    site.pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /secret/", type="text/plain")
    site.pages["/busy.html"] = Answer(b"busy", 503)
    site.pages["/cut.html"] = Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n<a href='/a/2.html'>")
    site.pages["/moved.html"] = Answer(b"", 302, headers={"Location": "/a/3.html"})
    site.pages["/loop.html"] = Answer(b"", 302, headers={"Location": "/loop.html"})
    site.pages["/large.zip"] = Answer(b"PK\x03\x04" + bytes(4_000_000), type="application/zip")
    site.pages["/film.mp4"] = site.pages["/copy.mp4"] = Answer(b"film" * 700_000, type="video/mp4")
    for number in range(1, 4):
        site.html(f"/more.jsp?start=1 col=1&page={number}", f'<a href="/m/{number}.html">x</a><a href="/l/1.html">')
    site.pages["/more.jsp?start=1 col=1&page=2"] = Answer(b"", 500)
    site.pages["/late.html"] = Answer(raw=b"")  # no answer at all
    with site.served() as served:
        yield served


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "dahe"


def tables(ledger: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of the tables that a harvest writes; what it saw in a source is not in the archive."""
    with closing(sqlite3.connect(ledger)) as db:
        db.execute("CREATE TEMP VIEW findings AS SELECT * FROM main.findings WHERE stage <> 'source'")
        return {table: sorted(db.execute(f"SELECT * FROM {table}").fetchall()) for table in TABLES}


def rebuilt(asked: SiteConfig, folder: Path) -> Rebuilt:
    return run_rebuild(asked, FAMILIES, folder, lambda _done, _of: None, dry_run=False)


def same_again(asked: SiteConfig, folder: Path) -> Rebuilt:
    """Rebuild; every row must be as the harvest wrote it, and the old ledger kept."""
    before = tables(folder / "ledger.sqlite")
    files = {path.name: path.read_bytes() for path in warc_files(folder)}
    told = rebuilt(asked, folder)
    after = tables(folder / "ledger.sqlite")
    for table in TABLES:
        assert after[table] == before[table], table
    assert tables(folder / told.kept) == before
    assert {path.name: path.read_bytes() for path in warc_files(folder)} == files
    assert told.damages == 0
    return told


def test_row_for_row(site: OldSite, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate.harvest.run, "WarcWriter", partial(WarcWriter, max_file=8_000))
    asked = config(site, exclude=("/search/**",), max_bytes=3_500_000)

    def harvested(more: HarvestRun | None = None) -> None:
        run_harvest(asked, FAMILIES, folder, more or HarvestRun(), lambda _progress: None)

    harvested(HarvestRun(limit=45))
    found = {(state, reason) for state, reason in states(folder).values()}
    assert found >= {
        ("fetched", ""), ("failed", "HTTP 503"), ("failed", "truncated"), ("failed", "reset"), ("failed", "HTTP 500"),
        ("skipped", "robots"), ("skipped", "excluded"), ("skipped", "trap"), ("skipped", "too-large"),
        ("skipped", "limit"),
    }  # fmt: skip
    assert len(warc_files(folder)) > 3
    told = same_again(asked, folder)
    assert told.captures == 1 and told.found == len(states(folder))
    # What failed is retried, with the rebuilt ledger; something comes to light, something fails again.
    site.html("/busy.html", '<a href="/new.html">x</a>')
    site.html("/new.html", "new")
    harvested()
    same_again(asked, folder)
    # All again: something is new, something has changed, something is gone; other words in the site file.
    site.html("/a/1.html", '<a href="/newer.html">x</a>')
    site.pages.pop("/a/2.html")
    site.pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /a/5.html", type="text/plain")
    asked = replace(asked, harvest=replace(asked.harvest, exclude=("/m/**",)))
    harvested(HarvestRun(delta=True))
    same_again(asked, folder)
    asked = replace(asked, harvest=replace(asked.harvest, exclude=()))
    told = same_again(asked, folder)
    assert told.captures == 3
    check(folder)


def test_an_unfinished_capture_and_one_that_was_abandoned(folder: Path) -> None:
    with generated(200).served() as served:
        asked = config(served)
        run_harvest(asked, FAMILIES, folder, HarvestRun(), lambda _progress: None)
        run_harvest(asked, FAMILIES, folder, HarvestRun(fresh=True, limit=40), lambda _progress: None)
        asked_before = sum(served.counts.values())
        with child(served, folder, rate=100) as process:  # a delta of what the limit left
            while sum(served.counts.values()) < asked_before + 60:
                assert process.poll() is None
                time.sleep(0.001)
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=120)
        told = same_again(asked, folder)
        assert told.captures == 3
        assert [row[2] for row in tables(folder / "ledger.sqlite")["captures"]] == ["finished", "finished", "running"]
        again = run_harvest(asked, FAMILIES, folder, HarvestRun(fresh=True, limit=5), lambda _progress: None)
        same_again(asked, folder)
        assert again.state == "finished"
        assert [row[2] for row in tables(folder / "ledger.sqlite")["captures"]][2] == "abandoned"


def test_after_kill_9_nothing_that_is_whole_is_lost(folder: Path) -> None:
    with generated(150).served() as served:
        with child(served, folder) as process:
            while sum(served.counts.values()) < 120:
                assert process.poll() is None
                time.sleep(0.001)
            process.kill()
        with closing(sqlite3.connect(folder / "ledger.sqlite")) as db:
            known = db.execute("SELECT count(*) FROM resources").fetchone()[0]
        told = rebuilt(config(served), folder)
        assert told.resources >= known
        again = run_harvest(config(served), FAMILIES, folder, HarvestRun(), lambda _progress: None)
        assert (again.resumed, again.failed) == (True, 0)
        check(folder)
        same_again(config(served), folder)


def test_without_a_ledger(site: OldSite, folder: Path) -> None:
    run(site, folder)
    before = tables(folder / "ledger.sqlite")
    moved = folder / "ledger.sqlite"
    moved.rename(folder / "elsewhere.sqlite")
    with pytest.raises(ShangyiError, match="ledger") as refused:
        run(site, folder)
    assert "shangyi archive dahe rebuild" in refused.value.hint
    told = rebuilt(config(site), folder)
    assert told.kept == "" and tables(moved) == before
    assert run(site, folder).state == "finished"  # what failed is tried again


def test_a_dry_run_changes_nothing(site: OldSite, folder: Path) -> None:
    run(site, folder)
    before = digests(folder)
    told = run_rebuild(config(site), FAMILIES, folder, lambda _done, _of: None, dry_run=True)
    assert told.resources == len(rows(folder, "SELECT * FROM resources")) and told.kept == ""
    assert digests(folder) == before


def test_not_while_a_harvest_runs_and_not_without_files(site: OldSite, folder: Path) -> None:
    with pytest.raises(ShangyiError, match="no WARC files"):
        rebuilt(config(site), folder)
    run(site, folder)
    before = digests(folder)
    with harvest_lock(folder), pytest.raises(ShangyiError, match="Another harvest"):
        rebuilt(config(site), folder)
    assert digests(folder) == before


def test_a_broken_ledger_is_replaced_and_kept(site: OldSite, folder: Path) -> None:
    run(site, folder)
    before = tables(folder / "ledger.sqlite")
    broken = b"no ledger at all" * 1000
    (folder / "ledger.sqlite").write_bytes(broken)
    told = rebuilt(config(site), folder)
    assert tables(folder / "ledger.sqlite") == before
    assert (folder / told.kept).read_bytes() == broken


def test_what_is_damaged_is_left_out_and_counted(site: OldSite, folder: Path) -> None:
    run(site, folder)
    before = tables(folder / "ledger.sqlite")
    pictures = sorted(
        (row for row in before["resources"] if row[1].endswith(".png") and row[5]), key=lambda row: row[7:9]
    )
    digests_seen = Counter(row[5] for row in pictures)
    original = next(row for row in pictures if digests_seen[row[5]] > 1)
    same = {row[1] for row in pictures if row[5] == original[5]}
    path = folder / "warc" / original[7]
    data = bytearray(path.read_bytes())
    for place in (30, original[8] + 200):  # the first is within the warcinfo record that says how it was begun
        data[place] ^= 1
    path.write_bytes(data)
    told = rebuilt(config(site), folder)
    after = tables(folder / "ledger.sqlite")
    assert told.damages == 2
    lost = {row[1] for row in before["resources"]} - {row[1] for row in after["resources"]}
    assert lost == same  # it, and what refers to it
    assert [row[:3] for row in after["captures"]] == [row[:3] for row in before["captures"]]


def test_the_demo(old_server: LegacyServer, tmp_path: Path) -> None:
    project = new_project(tmp_path)
    done = shangyi(project, "harvest", "dahe", *resolve(old_server))
    assert done.code in (0, 1), done.err
    same_again(Project(project).site("dahe"), project / "archives" / "dahe")
