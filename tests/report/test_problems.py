"""The lists of problems: one row a problem in each format, hostile text made harmless, counts that add up."""

import csv
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from migrate.records import Level, Problem
from migrate.report.problems import HEAD, ProblemFiles, as_document, write_problems
from tests.report.building import FORMULA, HOSTILE, NEW, OLD, checked

DEAD = Problem(
    Level.ERROR,
    "check.dead-link",
    f"{NEW}/towns/dahe/",
    "answers 404",
    "Let it lead to /towns/dahe/notices/",
    "a",
    f"旧闻 {HOSTILE}",
    f"{NEW}/lost/",
    pages=12,
)
ANCHOR = Problem(Level.WARNING, "check.no-anchor", f"{NEW}/towns/dahe/", "no place", FORMULA, "a", "目录", f"{NEW}/#x")
NOTE = Problem(
    Level.NOTE, "check.unsure", f"{NEW}/towns/dahe/2/", "403", "Open it.", "a", "友情", "http://a.example.com/"
)
OLD_URL = Problem(Level.ERROR, "check.redirects", f"{OLD}/1.html", "answers 404 instead of 301", "Import again.")
SUMMARIES = (checked("redirects", 9, failed=1), checked("links", 40, failed=1), checked("content", 5))
FOUND = ((OLD_URL,), (DEAD, ANCHOR, NOTE), ())


@pytest.fixture
def files(tmp_path: Path) -> ProblemFiles:
    return write_problems(tmp_path / "report", f"大河镇{HOSTILE}", SUMMARIES, FOUND)


def test_the_csv_has_a_row_a_problem_and_opens_in_a_spreadsheet(files: ProblemFiles) -> None:
    assert files.problems_csv.read_bytes().startswith(b"\xef\xbb\xbf")
    with files.problems_csv.open(encoding="utf-8-sig", newline="") as file:
        head, *rows = csv.reader(file)
    assert tuple(head) == HEAD
    assert [(row[0], row[1], row[2], row[9]) for row in rows] == [
        ("旧网址跳转", "错误", "check.redirects", "1"),
        ("链接", "错误", "check.dead-link", "12"),
        ("链接", "警告", "check.no-anchor", "1"),
        ("链接", "提示", "check.unsure", "1"),
    ]
    assert rows[2][8] == "'" + FORMULA


def test_the_json_is_what_the_command_prints(files: ProblemFiles) -> None:
    told = json.loads(files.problems_json.read_text(encoding="utf-8"))
    assert told == json.loads(json.dumps(as_document(SUMMARIES, FOUND)))
    assert [(one["name"], one["asked"], len(one["problems"])) for one in told] == [
        ("redirects", 9, 1),
        ("links", 40, 3),
        ("content", 5, 0),
    ]
    assert told[1]["problems"][0]["target"] == f"{NEW}/lost/"


def test_junit_has_a_suite_a_check_and_a_failure_a_page(files: ProblemFiles) -> None:
    root = ElementTree.fromstring(files.problems_junit.read_text(encoding="utf-8"))
    suites = root.findall("testsuite")
    counted = [
        (suite.get("name"), suite.get("tests"), suite.get("failures"), len(suite.findall("testcase/failure")))
        for suite in suites
    ]
    assert counted == [("旧网址跳转", "2", "1", 1), ("链接", "2", "1", 1), ("内容一致性", "1", "0", 0)]
    assert (root.get("tests"), root.get("failures")) == ("5", "2")
    failure = suites[1].find("testcase/failure")
    assert failure is not None and "answers 404" in str(failure.text) and "no place" in str(failure.text)
    assert HOSTILE in str(failure.text), "text, not markup"


def test_the_html_shows_page_link_problem_and_repair_and_runs_nothing(files: ProblemFiles) -> None:
    html = files.problems_html.read_text(encoding="utf-8")
    assert HOSTILE not in html
    assert f'<a href="{NEW}/lost/">' in html
    assert "Let it lead to /towns/dahe/notices/" in html
    assert "另有 11 页" in html
    assert "没有发现问题" in html
