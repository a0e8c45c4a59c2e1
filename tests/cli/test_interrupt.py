"""Ctrl-C: exit 130, one line that says how to go on, and the same command then completes."""

import shutil
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from migrate.demo import LegacyServer
from tests.commands import Done, interrupted, new_project, shangyi
from tests.conftest import Stages, resolve


def rows(database: Path, table: str) -> Callable[[], int]:
    """Return a question that another process's database may not yet be able to answer: how many rows?"""

    def count() -> int:
        if not database.exists():
            return 0
        with closing(sqlite3.connect(database, timeout=0)) as db:
            try:
                return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
            except sqlite3.OperationalError:
                return 0

    return count


def assert_told(done: Done, *words: str) -> None:
    assert done.code == 130, done.err
    assert done.out == ""
    lines = [line for line in done.err.splitlines() if "Interrupted" in line]
    assert len(lines) == 1 and "nothing is lost" in lines[0]
    assert lines[0].endswith(" ".join(words)), lines


def test_harvest(old_server: LegacyServer, tmp_path: Path, stages: Stages) -> None:
    project = new_project(tmp_path / "project")
    captured = rows(project / "archives" / "dahe" / "ledger.sqlite", "resources")
    words = ("harvest", "dahe", *resolve(old_server))
    with interrupted(project, *words, "--fresh", once=lambda: captured() > 5) as done:
        assert_told(done, *words)  # without --fresh, which would throw away what is there
    kept = captured()
    assert shangyi(project, "status").step == "shangyi harvest dahe"
    again = shangyi(project, *words, "--json").json
    assert again["resumed"] is True and again["state"] == "finished"
    assert again["found"] == stages.printed["harvested"].json["found"]
    assert (
        again["fetched_now"] <= stages.printed["harvested"].json["fetched_now"] - kept + 6
    )  # in flight, and /sitemap.xml


def test_map(tmp_path: Path, stages: Stages) -> None:
    project = stages.copy("harvested", tmp_path)
    read = rows(project / "archives" / "dahe" / "ledger.sqlite", "records")
    with interrupted(project, "map", "dahe", once=lambda: read() > 0) as done:
        assert_told(done, "map", "dahe")
    before = stages.printed["mapped"].json
    again = shangyi(project, "map", "dahe", "--json").json
    assert again["outcomes"] == before["outcomes"] and again["kept"] > 0


def test_import(tmp_path: Path, stages: Stages) -> None:
    project = stages.copy("mapped", tmp_path)
    imported = rows(project / "var" / "portal.sqlite3", "legacy_imported")
    words = ("import", "dahe", "--publish")
    with interrupted(project, *words, once=lambda: imported() > 30) as done:
        assert_told(done, *words)
    kept, before = imported(), stages.printed["imported"].json
    again = shangyi(project, *words, "--json").json
    assert again["receipt"] == before["receipt"], "the interrupted import's receipt is gone on with"
    whole = rows(stages.imported / "var" / "portal.sqlite3", "legacy_imported")()
    assert 30 < kept <= whole and imported() == whole


def test_check(tmp_path: Path, stages: Stages) -> None:
    """Against a portal that knows nothing: what an interrupted check would have kept is not kept."""
    project = tmp_path / "project"
    shutil.copytree(stages.imported, project)
    asked = threading.Semaphore(0)

    class Empty(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.release()
            self.send_error(404)

        do_HEAD = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

    results = rows(project / "archives" / "dahe" / "ledger.sqlite", "checks")
    with ThreadingHTTPServer(("127.0.0.1", 0), Empty) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        words = ("check", "dahe", "--redirects", "--base-url", f"http://127.0.0.1:{server.server_port}")
        with interrupted(project, *words, once=lambda: asked.acquire(blocking=False)) as done:
            assert_told(done, *words)
        assert results() == 0
        again = shangyi(project, *words, "--json")
        server.shutdown()
    assert again.code == 1 and results() > 100
    assert {check["name"]: check["failed"] > 0 for check in again.json} == {"balance": False, "redirects": True}
