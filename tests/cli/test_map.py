"""`shangyi map`: what it shows, what --diff and --suggest add, and that a dry run writes nothing."""

import json
from pathlib import Path

import pytest

from tests.commands import digests, runs, shangyi
from tests.conftest import Stages


@pytest.fixture
def project(stages: Stages, tmp_path: Path) -> Path:
    return stages.copy("bare", tmp_path)


def edit(project: Path, old: str, new: str) -> None:
    path = project / "mappings" / "sites" / "dahe.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_table_says_what_the_import_would_bring(project: Path) -> None:
    done = shangyi(project, "map", "dahe")
    assert done.code == 1, done.err
    for text in (
        "What each rule took",
        "The portal's columns after the import",
        "out of date",
        "are undecided",
        "/towns/dahe/news/",
    ):
        assert text in done.out, text
    document = json.loads(runs(project, "map")[-1].read_text(encoding="utf-8"))
    news = next(column for column in document["preflight"]["columns"] if column["path"] == "/towns/dahe/news/")
    assert (news["state"], news["articles"] > 0) == ("stale", True)
    assert document["preflight"]["balanced"] is True
    assert document["changed"] == {}


def test_diff_says_what_another_rule_changes_and_a_dry_run_writes_nothing(project: Path) -> None:
    assert shangyi(project, "map", "dahe", "--diff", "--json").json["changes"] == []
    edit(project, "column: budget", "column: notices")
    before = digests(project)
    found = shangyi(project, "map", "dahe", "--diff", "--dry-run", "--json").json
    assert digests(project) == before
    assert found["changed"]["added"] == found["changed"]["removed"] == 0
    assert found["changed"]["changed"] == len(found["changes"]) > 0
    moved = [change for change in found["changes"] if change["rule"] == "财政信息"]
    assert {field["field"] for change in moved for field in change["fields"]} >= {"target", "template"}
    done = shangyi(project, "map", "dahe", "--diff")
    assert f"0 new, {len(found['changes'])} changed, 0 no longer there" in done.out
    assert "target: /towns/dahe/budget/ → /towns/dahe/notices/" in done.out
    assert "  moved · 财政信息  " in done.out and "  move · " not in done.out
    kept = json.loads(runs(project, "map")[-1].read_text(encoding="utf-8"))
    assert kept["changes"] == found["changes"]


def test_suggest_gives_each_column_a_template_and_a_reason(project: Path) -> None:
    before = digests(project)
    found = shangyi(project, "map", "dahe", "--suggest", "--dry-run", "--json").json
    assert digests(project) == before
    chosen = {column["path"][-1]: (column["template"], column["goal"]) for column in found["columns"]}
    assert chosen["通知公告"] == ("notice", "notices")
    assert chosen["政策文件"] == ("policy_file", "policies")
    assert chosen["工作动态"] == ("dynamic_news", "news")
    assert all(column["reason"] and column["articles"] for column in found["columns"])
    assert found["covered"] >= 0.9 * found["of"]
    done = shangyi(project, "map", "dahe", "--suggest")
    assert done.code in (0, 1)
    assert "rules:" in done.out
    assert done.step.endswith("then: shangyi map dahe")
    rules = done.out[done.out.index("\nrules:") + 1 :]
    path = project / "mappings" / "sites" / "dahe.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("\nrules:") + 1] + rules, encoding="utf-8")
    mapped = shangyi(project, "map", "dahe", "--json")
    assert mapped.code in (0, 1), mapped.err
    assert mapped.json["outcomes"]["move"] > 40


def test_suggest_and_diff_exclude_each_other(project: Path) -> None:
    assert shangyi(project, "map", "dahe", "--suggest", "--diff").code == 2


def test_an_unknown_family_in_a_rule_and_a_bad_inspection_are_told(project: Path) -> None:
    edit(project, "match: {breadcrumb: 政策文件, kind: [article]}", "match: {family: trss, kind: [article]}")
    done = shangyi(project, "map", "dahe")
    assert done.code == 3
    assert "“trss” is not known" in done.said
    assert "“trs”" in done.said
    edit(project, "family: trss", "family: trs")
    path = project / "mappings" / "inspection" / "2019.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("limit: 20,", "limt: 20,"), encoding="utf-8")
    done = shangyi(project, "map", "dahe")
    assert done.code == 3
    assert "2019.yaml" in done.said
    assert "Did you mean “limit”?" in done.said
    path.unlink()
    assert shangyi(project, "map", "dahe").code == 1  # the program's own


def test_only_lists_what_one_rule_took_and_maps_all(project: Path) -> None:
    done = shangyi(project, "map", "dahe", "--only", "财政信息", "--json")
    (rule,) = {item["target"] for item in done.json["taken"]}
    assert rule == "/towns/dahe/budget/" and len(done.json["taken"]) == done.json["rules"]["财政信息"] > 1
    assert sum(done.json["outcomes"].values()) == done.json["entries"] > 100
    wrong = shangyi(project, "map", "dahe", "--only", "财政信")
    assert wrong.code == 2 and "财政信息" in wrong.err
