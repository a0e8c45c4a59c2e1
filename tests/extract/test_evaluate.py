"""`shangyi evaluate`: labelled pages scored field by field, misses with their evidence, floors, rows that are wrong."""

import json
from pathlib import Path
from typing import Any

import pytest

from migrate.errors import ConfigError, UsageError
from migrate.extract.evaluate import FIELDS, Evaluation, evaluate, read_floors
from migrate.extract.truth import read_labels
from migrate.families import Families
from tests.commands import Done, new_project, shangyi
from tests.extract.sites import site_for

URL = "http://www.dahe.example.gov.cn/zwdt/202007/t20200701_55.html"
PAGE = """<!DOCTYPE html><html><head><title>大河镇开展环境整治</title></head><body><h1>大河镇开展环境整治</h1>
<div>发布时间：2020-07-01 来源：大河镇党政办</div>
<div id="zoom"><p>七月一日，大河镇组织干部群众开展环境卫生集中整治行动。</p><p>镇村两级共有一百二十人参加。</p>
<p><img src="1.jpg"></p><p>附件：<a href="2.doc">整治方案.doc</a></p></div></body></html>"""
TRUE = {
    "path": "a.html",
    "url": URL,
    "title": "大河镇开展环境整治",
    "pub_date": "2020-07-01",
    "source": "大河镇党政办",
    "doc_number": None,
    "body_first_30_chars": "七月一日，大河镇组织干部群众开展环境卫生集中整治行动。镇村两",
    "body_last_30_chars": "干部群众开展环境卫生集中整治行动。镇村两级共有一百二十人参加。附件：整治方案.doc",
    "n_attachments": 1,
    "n_images_in_body": 1,
    "column": "镇村动态",
}
LOST = {"path": "lost.html", "title": None}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.html").write_text(PAGE, encoding="utf-8")
    (tmp_path / "lost.html").write_text("<title>404 Not Found</title><h1>404 Not Found</h1>", encoding="utf-8")
    return tmp_path


def labels(folder: Path, *rows: dict[str, Any] | str) -> Path:
    truth = folder / "truth.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    truth.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return truth


def scored(folder: Path, families: Families, *rows: dict[str, Any] | str) -> Evaluation:
    return evaluate(read_labels(labels(folder, *rows), folder), site_for, families)


def test_all_right(folder: Path, families: Families) -> None:
    done = scored(folder, families, TRUE, LOST)
    assert done.rows == 2 and not done.misses
    assert tuple(done.scores) == FIELDS
    for name, score in done.scores.items():
        present = 0 if name == "document_number" else 1
        assert (score.right, score.of, score.right_present, score.of_present) == (1, 1, present, present), name


@pytest.mark.parametrize(
    ("field", "change", "found", "origin"),
    [
        ("title", {"title": "大河镇开展环境大整治"}, "大河镇开展环境整治", "selector:h1"),
        ("date", {"pub_date": "2020-07-02"}, "2020-07-01", "label:published"),
        ("date", {"pub_date": None}, "2020-07-01", "label:published"),
        ("source", {"source": None}, "大河镇党政办", "label:source"),
        ("source", {"source": ""}, "大河镇党政办", "label:source"),
        ("document_number", {"doc_number": "大政发〔2020〕3号"}, None, ""),
        ("attachments", {"n_attachments": 2}, 1, "selector:#zoom"),
        ("images", {"n_images_in_body": None}, 1, "selector:#zoom"),
    ],
)
def test_a_miss_says_what_was_found_and_where(
    folder: Path, families: Families, field: str, change: dict[str, Any], found: object, origin: str
) -> None:
    (miss,) = scored(folder, families, "", TRUE | change).misses
    assert (miss.field, miss.line, miss.path, miss.url) == (field, 2, "a.html", URL)
    (value,) = change.values()
    wanted = value or (0 if field == "images" else None)
    assert (miss.found, miss.truth, miss.origin) == (found, wanted, origin)
    assert "article" in miss.evidence and "trs (detail" in miss.evidence


@pytest.mark.parametrize("end", ["body_first_30_chars", "body_last_30_chars"])
def test_both_ends_of_the_body_count(folder: Path, families: Families, end: str) -> None:
    (miss,) = scored(folder, families, TRUE | {end: "别的开头和结尾"}).misses
    assert miss.field == "body_ends" and miss.origin == "selector:#zoom"
    assert isinstance(miss.found, dict) and miss.found["begin"].startswith("七月一日，大河镇")
    beyond = TRUE[end][:15] + "不比" * 9 if "first" in end else "不比" * 9 + TRUE[end][-15:]
    assert not scored(folder, families, TRUE | {end: beyond}).misses, "only fifteen characters are compared"
    alone = {key: value for key, value in TRUE.items() if key in ("path", "url", end)}
    assert scored(folder, families, alone).scores["body_ends"].right == 1


def test_a_body_that_is_empty(folder: Path, families: Families) -> None:
    none = TRUE | {"body_first_30_chars": None, "body_last_30_chars": None}
    (miss,) = scored(folder, families, none).misses
    assert miss.field == "body_ends"
    score = scored(folder, families, none).scores["body_ends"]
    assert (score.of, score.of_present) == (1, 0)


def test_what_is_left_out_is_not_scored(folder: Path, families: Families) -> None:
    done = scored(folder, families, {"path": "a.html", "source": "大河镇党政办"})
    assert {name: score.of for name, score in done.scores.items() if score.of} == {"source": 1}


def test_a_page_that_is_no_article(folder: Path, families: Families) -> None:
    (miss,) = scored(folder, families, TRUE | {"title": None}).misses
    assert (miss.field, miss.found) == ("non_article", "article")
    missed = scored(folder, families, TRUE | {"path": "lost.html"})
    assert missed.scores["title"].right == missed.scores["date"].right == 0
    assert "error-page" in missed.misses[0].evidence


@pytest.mark.parametrize(
    ("row", "reason", "hint"),
    [
        ("{'path': 'a.html'}", "no JSON", "straight quotes"),
        ('["a.html"]', "no JSON object", "path"),
        ({"title": "x"}, "“path” is missing", "Add it"),
        ({"path": "b.html", "title": "x"}, "b.html", "--root"),
        ({"path": "a.html"}, "says nothing", "pub_date"),
        ({"path": "a.html", "titel": "x"}, "“titel”", "“title”"),
        ({"path": "a.html", "title": ""}, "title", "null"),
        ({"path": "a.html", "title": 3}, "title", "quotes"),
        ({"path": "a.html", "pub_date": "2020年7月1日"}, "pub_date", "2018-10-18"),
        ({"path": "a.html", "pub_date": "2020-02-30"}, "pub_date", "2018-10-18"),
        ({"path": "a.html", "n_attachments": "1"}, "n_attachments", "without quotes"),
        ({"path": "a.html", "n_attachments": -1}, "n_attachments", "0, 1, 2"),
        ({"path": "a.html", "url": "/a.html", "title": "x"}, "/a.html", "http://"),
    ],
)
def test_a_bad_row_names_its_line(folder: Path, row: dict[str, Any] | str, reason: str, hint: str) -> None:
    with pytest.raises(ConfigError) as error:
        read_labels(labels(folder, TRUE, row), folder)
    assert error.value.line == 2
    assert reason in error.value.reason and hint in error.value.hint


def test_all_bad_rows_are_named_at_once(folder: Path) -> None:
    with pytest.raises(ConfigError) as error:
        read_labels(labels(folder, TRUE, "x", TRUE, "{", {"path": "c"}), folder)
    assert error.value.line == 2 and "4, 5" in error.value.hint


def test_a_file_that_is_no_file_of_labels(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.jsonl"):
        read_labels(folder / "nowhere.jsonl", folder)
    with pytest.raises(ConfigError, match=r"truth\.jsonl:1"):
        read_labels(labels(folder, ""), folder)
    (folder / "truth.jsonl").write_bytes("大河".encode("gb18030"))
    with pytest.raises(ConfigError, match="UTF-8"):
        read_labels(folder / "truth.jsonl", folder)


@pytest.mark.parametrize(
    ("text", "words"), [("title: 98\ntitles: 3", "title"), ("title: 101", "100"), ("title: many", "title")]
)
def test_floors_are_strict(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "floors.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        read_floors(path)
    assert words in f"{error.value.reason} {error.value.hint}"


def test_floors_are_percentages_or_shares(tmp_path: Path) -> None:
    path = tmp_path / "floors.json"
    path.write_text('{"title": 98, "date": 0.98, "source": 1, "images": 100}', encoding="utf-8")
    assert read_floors(path) == {"title": 0.98, "date": 0.98, "source": 1, "images": 1}


def run(project: Path, folder: Path, *words: str) -> Done:
    return shangyi(project, "evaluate", str(folder / "truth.jsonl"), *words)


def test_the_command(folder: Path, tmp_path: Path) -> None:
    project = new_project(tmp_path / "project")
    labels(folder, TRUE | {"source": "大河镇党委"}, LOST)
    floors = folder / "floors.yaml"
    floors.write_text("title: 100\nsource: 50\n", encoding="utf-8")
    shown = run(project, folder)
    assert shown.code == 0 and "大河镇党委" in shown.out and "label:source" in shown.out
    assert shown.step.endswith(f"shangyi extract {folder / 'a.html'} --url {URL} --explain")
    done = run(project, folder, "--floors", str(floors), "--json")
    assert done.code == 1 and done.json["below"] == ["source"] and done.json["rows"] == 2
    assert set(done.json["scores"]) == set(FIELDS)
    assert done.json["scores"]["title"] == {"right": 1, "of": 1, "right_present": 1, "of_present": 1, "misses": []}
    assert done.json["misses"] == done.json["scores"]["source"]["misses"]
    floors.write_text("title: 100\n", encoding="utf-8")
    assert run(project, folder, "--floors", str(floors)).code == 0
    (folder / "pages").mkdir()
    (folder / "a.html").rename(folder / "pages" / "a.html")
    assert run(project, folder, "--root", str(folder / "pages")).code == 3, "lost.html is not there"


def test_the_site_file_is_what_is_tuned(folder: Path, tmp_path: Path) -> None:
    project = new_project(tmp_path / "project")
    labels(folder, TRUE | {"source": "党政办公室"})
    (folder / "a.html").write_text(PAGE.replace("</body>", "<i>供稿单位：党政办公室</i></body>"), encoding="utf-8")
    before = run(project, folder, "--json").json["scores"]["source"]
    site = project / "mappings" / "sites" / "dahe.yaml"
    text = site.read_text(encoding="utf-8")
    assert "\nfields:" not in text
    site.write_text(text.replace("\nrules:", "\nfields:\n  source: ['text:供稿单位']\nrules:", 1), encoding="utf-8")
    after = run(project, folder, "--json").json["scores"]["source"]
    assert (before["right"], after["right"]) == (0, 1)
