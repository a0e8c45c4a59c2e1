"""`shangyi worklist`, `shangyi decisions` and `shangyi cms recheck` as people type them."""

import csv
import gzip
import json
import shutil
from pathlib import Path

import pytest

from tests.commands import new_project, runs, shangyi
from tests.conftest import Stages

HOST = "http://www.dahe.example.gov.cn"
LINE = '10.0.0.1 - - [12/Mar/2015:08:30:00 +0800] "GET {} HTTP/1.1" 200 512 "-" "Mozilla/5.0 (Windows NT 10.0)"\n'


@pytest.fixture
def project(stages: Stages, tmp_path: Path) -> Path:
    return stages.copy("imported", tmp_path)


def test_logs_make_a_list_that_is_filled_in_and_undone(project: Path, tmp_path: Path) -> None:
    log = tmp_path / "access.log-20150312"
    log.write_bytes(gzip.compress((LINE.format("/old/%B4%F3%BA%D3.html") * 3 + LINE.format("/.env")).encode()))
    planned = shangyi(project, "worklist", "dahe", str(log), "--dry-run", "--json")
    assert planned.json["logs"][0]["counts"] == {"hits": 3, "noise": 1} and planned.json["counted"] == {}
    listed = tmp_path / "worklist.csv"
    done = shangyi(project, "worklist", "dahe", str(log), "--output", str(listed), "--json")
    assert done.code == 0 and done.json["counted"] == {"known": 0, "unknown": 1, "left_out": 0}
    first = done.json["rows"][0]
    assert (first["url"], first["log_hits"], first["outcome"]) == (f"{HOST}/old/%E5%A4%A7%E6%B2%B3.html", 3, "unknown")
    assert done.step == f"fill in 去向, then: shangyi decisions dahe import {listed}"
    assert len(runs(project, "worklist")) == 1
    again = shangyi(project, "worklist", "dahe", str(log), "--json")
    assert again.json["logs"][0]["counts"] == {"again": 4} and again.json["rows"][0]["log_hits"] == 3

    with listed.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == done.json["open"] == 15
    rows[0] |= {"去向": "并入", "栏目": "/towns/dahe/notices/"}
    rows[1] |= {"去向": "下线", "原因": "后台登录页"}
    with listed.open("w", encoding="gbk", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    dry = shangyi(project, "decisions", "dahe", "import", str(listed), "--dry-run", "--json")
    assert (dry.code, dry.json["new"], dry.json["written"], dry.json["batch"]) == (0, 2, 0, 0)
    written = shangyi(project, "decisions", "dahe", "import", str(listed), "--as", "nobody")
    assert written.code == 2 and "nobody" in written.err
    written = shangyi(project, "decisions", "dahe", "import", str(listed), "--json")
    assert (written.code, written.json["written"]) == (0, 2)
    assert shangyi(project, "worklist", "dahe", "--json").json["open"] == 13
    imported = shangyi(project, "import", "dahe", "--publish", "--json")  # says the same of these addresses
    assert imported.json["old_urls"] == 0, imported.err
    undone = shangyi(project, "decisions", "dahe", "undo", "--json")
    assert (undone.code, undone.json["batch"], undone.json["kept"]) == (0, written.json["batch"], 0)
    assert shangyi(project, "worklist", "dahe", "--json").json["open"] == 15
    assert shangyi(project, "decisions", "dahe", "undo").code == 2
    kept = json.loads(runs(project, "decisions-import")[0].read_text("utf-8"))
    assert kept["written"] == 2


def test_lines_that_can_not_be_are_findings(project: Path, tmp_path: Path) -> None:
    file = tmp_path / "去向.csv"
    file.write_text("旧网址,去向,原因\nhttp://elsewhere.example/,下线,x\n/a,下线,一\n/a,下线,二\n", encoding="utf-8")
    done = shangyi(project, "decisions", "dahe", "import", str(file), "--json")
    assert (done.code, done.json["written"]) == (1, 1)
    assert [(row["line"], row["status"]) for row in done.json["lines"]] == [(2, "refused"), (4, "conflicting")]
    shown = shangyi(project, "decisions", "dahe", "import", str(file), "--dry-run")
    assert "elsewhere.example" in shown.out
    file.write_bytes(b"PK\x03\x04")
    assert shangyi(project, "decisions", "dahe", "import", str(file)).code == 3


def test_all_old_addresses_are_looked_at_again(project: Path) -> None:
    done = shangyi(project, "cms", "recheck", "--json")
    assert done.code == 0 and done.json["dahe"]["asked"] == 156 and done.json["dahe"]["broken"] == {}
    shutil.rmtree(project / "var" / "media" / "documents")
    done = shangyi(project, "cms", "recheck", "dahe")
    assert done.code == 1 and "the file is missing from the media folder" in done.out
    again = shangyi(project, "cms", "recheck", "dahe", "--json")
    assert again.json["new"] == 0 and again.json["broken"]["no-file"] > 0


@pytest.mark.parametrize(
    "words",
    [
        ("decisions", "all", "import", "x.csv"), ("decisions", "dahe", "import"), ("decisions", "dahe", "undo", "x"),
        ("decisions", "dahe", "undo", "--overwrite"), ("worklist", "all", "x.log"),
        ("decisions", "dahe", "import", "none.csv"),
    ],
)  # fmt: skip
def test_wrong_words_are_told(project: Path, words: tuple[str, ...]) -> None:
    done = shangyi(project, *words)
    assert done.code == 2, done.err


def test_a_portal_that_does_not_know_the_site_says_what_to_do(stages: Stages, tmp_path: Path) -> None:
    assert "shangyi cms build" in shangyi(new_project(tmp_path / "new"), "worklist", "dahe").err
    project = stages.copy("built", tmp_path)
    for words in (("worklist", "dahe"), ("cms", "recheck"), ("decisions", "dahe", "undo")):
        done = shangyi(project, *words)
        assert done.code == 2 and "shangyi import dahe" in done.err
