"""`shangyi archive` and `shangyi harvest --from` as people type them."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.commands import Done, digests, new_project, runs, shangyi
from tests.conftest import Stages


@pytest.fixture(scope="module")
def project(stages: Stages, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's site, mapped, in a project without a portal."""
    return stages.copy("bare", tmp_path_factory.mktemp("archive"))


@pytest.fixture(scope="module")
def exported(project: Path) -> Done:
    return shangyi(project, "archive", "dahe", "export", "--json")


def entries(folder: Path) -> dict[str, dict[str, object]]:
    """Return key → entry, without where its bytes lie."""
    with closing(sqlite3.connect(folder / "archives" / "dahe" / "ledger.sqlite")) as db:
        found = {key: json.loads(data) for key, data in db.execute("SELECT key, data FROM entries")}
    return {key: {**entry, "warc_file": "", "warc_offset": 0} for key, entry in found.items()}


def test_what_is_exported_is_taken_in_and_mapped_the_same(project: Path, exported: Done, tmp_path: Path) -> None:
    assert exported.code == 0, exported.err
    wacz = Path(exported.json["file"])
    assert wacz.parent == project / "archives" / "dahe" and wacz.name.startswith("dahe-2")
    assert exported.json["damages"] == [] and exported.json["pages"] > 100
    other = new_project(tmp_path / "other")
    planned = shangyi(other, "harvest", "dahe", "--from", str(wacz), "--dry-run", "--json")
    assert planned.json["kind"] == "warc" and planned.json["answers"] == planned.json["new"] > 150
    assert planned.step == f"shangyi harvest dahe --from {wacz}"
    assert not list((other / "archives").rglob("*.sqlite"))
    taken = shangyi(other, "harvest", "dahe", "--from", str(wacz), "--json")
    assert taken.json["state"] == "finished" and taken.json["fetched_now"] == planned.json["new"]
    assert shangyi(other, "map", "dahe", "--json").code in (0, 1)
    mine, theirs = entries(project), entries(other)
    assert {key: entry["outcome"] for key, entry in mine.items()} == {
        key: entry["outcome"] for key, entry in theirs.items()
    }
    assert {key: entry for key, entry in mine.items() if entry["digest"]} == {
        key: entry for key, entry in theirs.items() if entry["digest"]
    }
    again = shangyi(other, "harvest", "dahe", "--from", str(wacz), "--dry-run", "--json")
    assert again.json["new"] == 0


def test_an_export_goes_where_it_is_told(project: Path, tmp_path: Path) -> None:
    before = digests(project)
    target = tmp_path / "for the archive" / "dahe.wacz"
    planned = shangyi(project, "archive", "dahe", "export", "--output", str(target), "--dry-run", "--json")
    assert planned.json["file"] == str(target) and planned.json["warc_files"] == 1 and planned.json["bytes"] > 100_000
    assert digests(project) == before and not target.parent.exists()
    assert shangyi(project, "archive", "dahe", "export", "--output", str(target)).code == 0
    assert target.is_file()


def test_verify_says_what_was_changed(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("bare", tmp_path)
    whole = shangyi(project, "archive", "dahe", "verify", "--json")
    assert (whole.code, whole.json["findings"], whole.json["sealed"]) == (0, [], 1)
    assert whole.step == "shangyi status dahe"
    assert json.loads(runs(project, "archive-verify")[-1].read_text(encoding="utf-8")) == whole.json
    folder = project / "archives" / "dahe"
    with closing(sqlite3.connect(folder / "ledger.sqlite")) as db:
        key, file, offset = db.execute(
            "SELECT key, warc_file, warc_offset FROM resources WHERE status = 200 ORDER BY length DESC LIMIT 1"
        ).fetchone()
    data = bytearray((folder / "warc" / file).read_bytes())
    data[offset + 300] ^= 8
    (folder / "warc" / file).write_bytes(data)
    before = digests(project)
    rehearsed = shangyi(project, "archive", "dahe", "verify", "--dry-run", "--json")
    assert digests(project) == before
    told = shangyi(project, "archive", "dahe", "verify", "--json")
    assert told.code == rehearsed.code == 1 and told.json == rehearsed.json
    assert ("archive.damaged", key) in {(finding["check"], finding["url"]) for finding in told.json["findings"]}
    assert "backup" in told.step
    shown = shangyi(project, "show", key, "--json")
    assert "archive.damaged" in {finding["check"] for _stage, finding in shown.json["findings"]}


def test_rebuild_and_what_is_said_without_a_ledger(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("bare", tmp_path)
    ledger = project / "archives" / "dahe" / "ledger.sqlite"
    before = entries(project)
    ledger.unlink()
    for words in (("map", "dahe"), ("archive", "dahe", "verify"), ("harvest", "dahe")):
        done = shangyi(project, *words)
        assert done.code == 3 and "shangyi archive dahe rebuild" in done.said, done.err
    rehearsed = shangyi(project, "archive", "dahe", "rebuild", "--dry-run", "--json")
    assert rehearsed.step == "shangyi archive dahe rebuild" and not ledger.exists()
    told = shangyi(project, "archive", "dahe", "rebuild", "--json")
    assert told.code == 0 and told.json == rehearsed.json and told.json["kept"] == ""
    assert told.step == "shangyi map dahe"
    assert shangyi(project, "map", "dahe").code in (0, 1)
    assert entries(project) == before
    again = shangyi(project, "archive", "dahe", "rebuild")
    assert "ledger.before-" in again.out and len(list(ledger.parent.glob("ledger.before-*.sqlite"))) == 1


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("archive", "dahe", "verify", "--output", "x"), "--output belongs to the export of one site"),
        (("archive", "all", "export", "--output", "x"), "--output belongs to the export of one site"),
        (("archive", "dahe", "burn"), "“burn” is none of"),
        (("harvest", "dahe", "--from", ".", "--delta"), "--from asks nothing of the old site"),
        (("harvest", "dahe", "--from", ".", "--rate", "0"), "--from asks nothing of the old site"),
        (("harvest", "dahe", "--from", "nowhere"), "“nowhere” is no WARC or WACZ file"),
        (("harvest", "dahe", "--from", "nowhere", "--dry-run"), "“nowhere” is no WARC or WACZ file"),
    ],
)
def test_wrong_words(tmp_path: Path, words: tuple[str, ...], reason: str) -> None:
    done = shangyi(new_project(tmp_path), *words)
    assert done.code == 2 and reason in done.said.replace("/", ""), done.err


def test_a_site_that_was_never_harvested(tmp_path: Path) -> None:
    project = new_project(tmp_path)
    for action in ("export", "verify"):
        done = shangyi(project, "archive", "dahe", action)
        assert done.code == 2 and "shangyi harvest dahe" in done.said
    assert "no WARC files" in shangyi(project, "archive", "dahe", "rebuild").said
