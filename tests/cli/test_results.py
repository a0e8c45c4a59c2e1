"""What commands print and keep: one JSON document, the same in runs/, a right next step; nothing in a dry run."""

import json
import re
import sqlite3
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from migrate.cli import doctor
from migrate.demo import LegacyServer
from tests.commands import ROOT, Done, digests, environment, new_project, runs, shangyi, together
from tests.conftest import Stages, resolve

HOME = "http://www.dahe.example.gov.cn/"
OUTCOMES = ("moved", "redirected", "archived", "gone", "undecided", "failed")


@pytest.fixture(scope="module")
def ran(stages: Stages, old_server: LegacyServer, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    """The site after `shangyi run`, which repeats all stages; and what that printed."""
    project = stages.copy("imported", tmp_path_factory.mktemp("ran"))
    return project, shangyi(project, "run", "dahe", "--publish", *resolve(old_server), "--json")


def newest(folder: Path, command: str) -> object:
    return json.loads(runs(folder, command)[-1].read_text(encoding="utf-8"))


def test_each_stage_keeps_what_it_printed(stages: Stages) -> None:
    for stage, command in (("harvested", "harvest"), ("mapped", "map"), ("imported", "import")):
        assert newest(getattr(stages, stage), command) == stages.printed[stage].json
        assert runs(getattr(stages, stage), command)[-1].read_text(encoding="utf-8") == stages.printed[stage].out


def test_run_keeps_one_file_a_stage_and_one_of_its_own(ran: tuple[Path, Done]) -> None:
    project, done = ran
    assert done.code == 0, done.err
    assert done.step == "shangyi report dahe"
    assert done.json.keys() == {"harvest", "map", "import", "check"}
    for stage, document in done.json.items():
        assert newest(project, stage) == document
    assert newest(project, "run") == done.json
    assert done.json["import"]["counts"].get("created", 0) == 0, "the same content again changes nothing"
    assert {check["name"]: check["failed"] for check in done.json["check"]} == {
        "balance": 0, "redirects": 0, "links": 0, "content": 0
    }  # fmt: skip


def test_status_has_the_eight_figures_of_each_site(ran: tuple[Path, Done]) -> None:
    done = shangyi(ran[0], "status", "--json")
    assert done.code == 0 and done.step == "shangyi report dahe"
    (row,) = done.json.values()
    assert row.keys() == {"name", "state", "findings", "found", *OUTCOMES, "balanced"}
    assert row["state"] == "checked" and row["balanced"] is True
    assert row["found"] == sum(row[name] for name in OUTCOMES) > 100


def test_an_entry_removed_by_hand_turns_the_balance_false(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("bare", tmp_path)
    with sqlite3.connect(project / "archives" / "dahe" / "ledger.sqlite") as ledger:
        ledger.execute("DELETE FROM entries WHERE key = (SELECT max(key) FROM entries)")
    ledger.close()
    done = shangyi(project, "status", "--json")
    assert done.code == 1
    assert done.json["dahe"]["balanced"] is False
    assert done.step == "shangyi map dahe"
    shangyi(project, "map", "dahe")
    assert shangyi(project, "status", "--json").json["dahe"]["balanced"] is True


def decide(project: Path, canonical: str, outcome: str, column: str = "") -> None:
    """Write what an editor would in the admin."""
    with sqlite3.connect(project / "var" / "portal.sqlite3") as portal:
        portal.execute(
            """INSERT INTO legacy_decision
               (site_id, canonical, outcome, "column", reason, release, actor_id, decided_at)
               SELECT site_id, canonical, ?, ?, '内容过期', 0, (SELECT min(id) FROM auth_user), '2026-01-01'
               FROM legacy_oldurl WHERE canonical = ?""",
            (outcome, column, canonical),
        )
    portal.close()


def test_decisions_settle_what_was_undecided(stages: Stages, tmp_path: Path) -> None:
    """In figures at once, in the portal with the next import: a draft goes live in the column that was ruled."""
    project = stages.copy("imported", tmp_path)
    with sqlite3.connect(project / "var" / "portal.sqlite3") as portal:
        undecided = portal.execute(
            "SELECT canonical, imported_id IS NOT NULL FROM legacy_oldurl WHERE outcome = 'undecided'"
        ).fetchall()
    portal.close()
    article = next(key for key, has_page in undecided if has_page)
    other = next(key for key, _has_page in undecided if key != article)
    decide(project, article, "move", "/towns/dahe/policies/")
    decide(project, other, "gone")
    before = stages.printed["mapped"].json["outcomes"]
    status, report = together((project, ("status", "--json")), (project, ("report", "dahe", "--dry-run", "--json")))
    after = status.json["dahe"]
    assert (after["undecided"], after["gone"]) == (before["undecided"] - 2, before["gone"] + 1)
    assert after["moved"] == before["move"] + 1 and after["balanced"] is True
    assert ("个旧网址去向待定" in "".join(report.json["reasons"])) == (len(undecided) > 2)

    assert shangyi(project, "import", "dahe", "--publish", "--json").json["counts"]["updated"] == 1
    with sqlite3.connect(project / "var" / "portal.sqlite3") as portal:
        (live, path) = portal.execute(
            """SELECT page.live, page.url_path FROM legacy_imported AS imported
               JOIN wagtailcore_page AS page ON page.id = imported.page_id WHERE source_key = ?""",
            (article,),
        ).fetchone()
    portal.close()
    assert live and "/towns/dahe/policies/" in path


def test_the_report_says_the_same_with_and_without_writing(ran: tuple[Path, Done]) -> None:
    project = ran[0]
    before = digests(project)
    told = shangyi(project, "report", "dahe", "--dry-run", "--json")
    assert digests(project) == before
    assert told.json["may_close"] is False and told.json["reasons"] and told.code == 1
    assert told.step == "shangyi report dahe"
    done = shangyi(project, "report", "dahe", "--json")
    assert done.code == 1
    assert {name: done.json[name] for name in told.json} == told.json
    assert newest(project, "report") == done.json
    assert Path(done.json["acceptance_html"]).is_file()
    assert done.step.endswith("acceptance.html")


def test_show_tells_one_life(ran: tuple[Path, Done], stages: Stages) -> None:
    known = shangyi(ran[0], "show", HOME.upper(), "--json")
    assert known.code == 0
    assert known.json["key"] == HOME and known.json["entry"]["outcome"] == "redirect"
    assert known.json["portal"]["new_url"] and known.json["captures"][0]["warc_file"]
    assert {check[0] for check in known.json["checks"]} == {"redirects"}
    unknown = shangyi(stages.bare, "show", HOME + "never.htm", "--json")
    assert unknown.json["captures"] == [] and "spelling" in unknown.step


def test_show_leads_from_the_undecided_to_a_decision(ran: tuple[Path, Done]) -> None:
    with sqlite3.connect(ran[0] / "archives" / "dahe" / "ledger.sqlite") as ledger:
        (key,) = ledger.execute("SELECT key FROM entries WHERE outcome = 'undecided' LIMIT 1").fetchone()
    ledger.close()
    done = shangyi(ran[0], "show", key)
    assert "decide it in the portal" in done.step and "shangyi import dahe" in done.step


def test_extract_reads_a_captured_page_and_a_saved_one(ran: tuple[Path, Done], tmp_path: Path) -> None:
    with sqlite3.connect(ran[0] / "archives" / "dahe" / "ledger.sqlite") as ledger:
        (url,) = ledger.execute(
            "SELECT key FROM entries WHERE kind = 'article' AND outcome = 'move' LIMIT 1"
        ).fetchone()
    ledger.close()
    captured = shangyi(ran[0], "extract", url, "--explain", "--json")
    assert captured.json["record"]["kind"] == "article" and captured.json["record"]["title"]["origin"]
    page = tmp_path / "page.html"
    page.write_bytes("<meta charset=gbk><title>关于放假的通知</title><h1>关于放假的通知</h1>".encode("gbk"))
    saved = shangyi(ran[0], "extract", str(page), "--url", HOME + "zwgk/1.htm", "--json")
    assert saved.json["record"]["key"].startswith(HOME)


def test_dry_runs_write_nothing(ran: tuple[Path, Done], tmp_path: Path) -> None:
    project = ran[0]
    before = digests(project)
    commands = (
        ("harvest", "dahe", "--delta"), ("map", "dahe"), ("import", "dahe", "--publish"), ("rollback", "dahe"),
        ("check", "dahe", "--links"), ("run", "dahe"), ("cms", "build"),
    )  # fmt: skip
    done = together(*((project, (*words, "--dry-run", "--json")) for words in commands))
    documents = dict(zip(commands, done, strict=True))
    assert digests(project) == before
    assert all(done.code in (0, 1) for done in documents.values())
    assert documents["harvest", "dahe", "--delta"].json["capture"] == "delta"
    assert documents["map", "dahe"].json["entries"] == 156
    plan = documents["import", "dahe", "--publish"].json
    assert (plan["create"], plan["update"]) == (0, 0) and plan["unchanged"] == len(plan["items"]) > 100
    assert documents["rollback", "dahe"].json["removed"]["page"] > 50
    assert [check["name"] for check in documents["check", "dahe", "--links"].json] == ["balance", "links"]
    assert documents["run", "dahe"].json.keys() == {"harvest", "map", "import"}
    assert documents["cms", "build"].json["created"] == []
    steps = {words[0]: done.step for words, done in documents.items()}
    assert steps == {
        "harvest": "shangyi harvest dahe", "map": "shangyi map dahe", "import": "shangyi check dahe",
        "rollback": "shangyi rollback dahe", "check": "shangyi report dahe", "run": "shangyi run dahe",
        "cms": "shangyi cms build",
    }  # fmt: skip


def test_looking_writes_nothing_into_a_new_project(stages: Stages, tmp_path: Path) -> None:
    project = new_project(tmp_path / "project")
    before = digests(project)
    planned, run, build, status, examined = together(
        (project, ("harvest", "dahe", "--dry-run", "--json")),
        (project, ("run", "dahe", "--dry-run", "--json")),
        (project, ("cms", "build", "--dry-run", "--json")),
        (project, ("status",)),
        (project, ("doctor",)),
    )
    plan, built = planned.json, build.json
    assert plan["url"] == HOME and plan["capture"] == "full" and plan["exclude"] == ["/search/**"]
    assert run.json == {"harvest": plan}
    assert "/towns/dahe/notices/" in built["created"] and built["updated"] == []
    assert (status.code, examined.code) == (0, 3)
    assert digests(project) == before
    assert not (project / "var").exists() and not (project / "archives").exists()
    assert sorted(built["created"]) == sorted(stages.printed["built"].json["created"])


def test_the_next_step_is_right_at_every_stage(stages: Stages, tmp_path: Path) -> None:
    printed = stages.printed
    assert "shangyi cms serve" in printed["built"].step and "shangyi status" in printed["built"].step
    assert printed["harvested"].step == "shangyi map dahe"
    assert printed["mapped"].step == "shangyi import dahe --dry-run"
    assert printed["imported"].step == "shangyi check dahe"
    harvested = stages.copy("harvested", tmp_path)
    (harvested / "var" / "portal.sqlite3").unlink()
    done = together(
        (new_project(tmp_path / "new"), ("status",)),
        (harvested, ("status",)),
        (harvested, ("map", "dahe", "--dry-run")),
        (stages.bare, ("status",)),
        (stages.mapped, ("import", "dahe", "--dry-run")),
        (stages.mapped, ("status",)),
        (stages.imported, ("status",)),
    )
    assert [one.step for one in done] == [
        "shangyi harvest dahe", "shangyi map dahe", "shangyi map dahe", "shangyi cms build",
        "shangyi import dahe --publish", "shangyi import dahe --dry-run", "shangyi check dahe",
    ]  # fmt: skip


def test_drafts_are_looked_at_before_they_are_published(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("mapped", tmp_path)
    done = shangyi(project, "import", "dahe", "--limit", "3", "--json")
    assert "drafts" in done.step and done.step.endswith("shangyi import dahe --publish")
    assert done.json["counts"]["created"] > 3, "three pages, and all files"


def test_a_rollback_leaves_what_another_import_brings_back(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("imported", tmp_path)
    undone = shangyi(project, "rollback", "dahe", "--json")
    assert undone.json["removed"]["page"] > 50 and newest(project, "rollback") == undone.json
    assert shangyi(project, "status", "--json").json["dahe"]["state"] == "mapped"


def test_doctor_in_a_good_and_in_a_bad_project(ran: tuple[Path, Done], tmp_path: Path) -> None:
    good = shangyi(ran[0], "doctor", "--json")
    assert good.code == 0 and all(point["good"] for point in good.json), good.out
    assert good.step == "shangyi status"
    project = new_project(tmp_path / "project")
    (project / "mappings" / "sites" / "dahe.yaml").write_text("site: {idd: dahe}\n", encoding="utf-8")
    (project / "archives").write_text("no folder", encoding="utf-8")
    bad = shangyi(project, "doctor", "--json")
    assert bad.code == 3
    wrong = {point["name"]: point for point in bad.json if not point["good"]}
    assert wrong.keys() == {"sites/dahe.yaml", "archives folder", "portal"}
    assert all(point["hint"] for point in wrong.values())
    nowhere = shangyi(tmp_path, "doctor")
    assert nowhere.code == 3 and "No project here" in nowhere.out.replace("\n", " ")


def test_doctor_knows_all_dependencies() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    assert {re.split(r"[<>=]", name)[0] for name in declared} == set(doctor._PACKAGES)


def test_the_module_and_the_command_are_the_same() -> None:
    def run(*words: str) -> str:
        return subprocess.run(
            [sys.executable, *words], cwd=ROOT, env=environment(), capture_output=True, encoding="utf-8", check=True
        ).stdout

    code = "import sys; sys.argv[0] = 'shangyi'; from migrate.__main__ import main; main()"
    assert 'shangyi = "migrate.__main__:main"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for words in (["--help"], ["map", "--help"], ["--version"]):
        assert run("-m", "migrate", *words) == run("-c", code, *words)
    assert re.fullmatch(r"shangyi \d+\.\d+\.\d+\n", run("-m", "migrate", "--version"))
