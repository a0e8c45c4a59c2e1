"""What the checks found, for people (HTML), spreadsheets (CSV), programs (JSON) and build servers (JUnit)."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from migrate.records import CheckSummary, Level, Problem
from migrate.report import words
from migrate.report.cells import plain, replacing, write_csv, write_text
from migrate.report.html import document, link, paragraph, table, text

HEAD = ("检查", "级别", "检查项", "页面或旧网址", "元素", "文字", "目标", "问题", "建议", "页数")
_MOST_SHOWN = 2_000
"""Rows of one check in the HTML file; a browser is no spreadsheet."""

Found = Sequence[tuple[Problem, ...]]


@dataclass(frozen=True, slots=True)
class ProblemFiles:
    """Where the problems stand."""

    problems_csv: Path
    problems_json: Path
    problems_junit: Path
    problems_html: Path


def write_problems(folder: Path, title: str, summaries: Sequence[CheckSummary], found: Found) -> ProblemFiles:
    """Write what the checks found into a folder; the files of an earlier check are replaced, each as a whole.

    `found` are the problems of each summary. Raises ShangyiError where one can't be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = ProblemFiles(*(folder / f"problems.{ending}" for ending in ("csv", "json", "xml", "html")))
    write_csv(files.problems_csv, HEAD, _rows(summaries, found))
    write_text(files.problems_json, json.dumps(as_document(summaries, found), ensure_ascii=False, indent=1) + "\n")
    with replacing(files.problems_junit) as part, part.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(_junit(title, summaries, found))
    write_text(files.problems_html, _html(title, summaries, found))
    return files


def as_document(summaries: Sequence[CheckSummary], found: Found) -> list[dict[str, object]]:
    """Return the summaries with their problems, as `check --json` prints them."""
    return [
        {**_fields(summary), "problems": [_fields(problem) for problem in problems]}
        for summary, problems in zip(summaries, found, strict=True)
    ]


def _fields(value: CheckSummary | Problem) -> dict[str, object]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def _rows(summaries: Sequence[CheckSummary], found: Found) -> Iterator[tuple[object, ...]]:
    for summary, problems in zip(summaries, found, strict=True):
        for problem in problems:
            yield words.CHECKS[summary.name], *_cells(problem)


def _cells(problem: Problem) -> tuple[object, ...]:
    where = problem.url, problem.tag, problem.text, problem.target
    return words.LEVELS[problem.level], problem.check, *where, problem.message, problem.repair, problem.pages


def _junit(title: str, summaries: Sequence[CheckSummary], found: Found) -> Iterator[str]:
    """Yield the lines of a JUnit file: a suite a check, a case an old URL or page that failed, one for all others."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    suites = [_suite(summary, problems) for summary, problems in zip(summaries, found, strict=True)]
    tests, failures = sum(suite[0] for suite in suites), sum(suite[1] for suite in suites)
    yield f'<testsuites name={_attribute(title)} tests="{tests}" failures="{failures}">\n'
    for _tests, _failures, lines in suites:
        yield from lines
    yield "</testsuites>\n"


def _suite(summary: CheckSummary, problems: Sequence[Problem]) -> tuple[int, int, list[str]]:
    wrong = sorted((problem for problem in problems if problem.level is not Level.NOTE), key=lambda one: one.url)
    cases = [list(group) for _url, group in groupby(wrong, key=lambda one: one.url)]
    sound = max(summary.asked - len(cases), 0)
    lines = [
        f'<testsuite name={_attribute(words.CHECKS[summary.name])} tests="{len(cases) + (1 if sound else 0)}" '
        f'failures="{len(cases)}" errors="0" skipped="0" timestamp={_attribute(summary.checked_at[:19])}>\n'
    ]
    name = f"shangyi.{summary.name}"
    if sound:
        lines.append(f'<testcase classname="{name}" name={_attribute(f"其余 {sound} 项合格")}/>\n')
    for case in cases:
        lines.append(f'<testcase classname="{name}" name={_attribute(case[0].url)}>\n')
        lines.append(f"<failure type={_attribute(case[0].check)} message={_attribute(_told(case[0]))}>")
        lines.append(escape(plain("\n".join(f"{_told(problem)}\n→ {problem.repair}" for problem in case))))
        lines.append("</failure>\n</testcase>\n")
    lines.append("</testsuite>\n")
    return len(cases) + (1 if sound else 0), len(cases), lines


def _attribute(value: str) -> str:
    return quoteattr(plain(value).replace("\n", " "))


def _told(problem: Problem) -> str:
    link_ = f"{problem.tag} “{problem.text}” → {problem.target}: " if problem.tag else ""
    return link_ + problem.message


def _html(title: str, summaries: Sequence[CheckSummary], found: Found) -> str:
    name = f"{title}检查问题清单"
    counts = [(words.CHECKS[one.name], one.asked, one.passed, one.failed, one.skipped) for one in summaries]
    body = f"<h1>{text(name)}</h1>\n" + table(("检查", "已查", "合格", "不合格", "跳过"), counts)
    for summary, problems in zip(summaries, found, strict=True):
        body += f"<section>\n<h2>{text(words.CHECKS[summary.name])}</h2>\n{_problems(problems)}</section>\n"
    return document(name, body)


def _problems(problems: Sequence[Problem]) -> str:
    if not problems:
        return paragraph("没有发现问题。")
    head = "".join(f'<th scope="col">{text(name)}</th>' for name in ("级别", "页面或旧网址", "链接", "问题", "建议"))
    rows = "".join(map(_row, problems[:_MOST_SHOWN]))
    body = f'<div class="scroll"><table class="findings">\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n'
    body += "</table></div>\n"
    if len(problems) > _MOST_SHOWN:
        body += paragraph(f"此处只列前 {_MOST_SHOWN:,} 条，共 {len(problems):,} 条，全部见 problems.csv。")
    return body


def _row(problem: Problem) -> str:
    more = f"<br>{text(f'另有 {problem.pages - 1:,} 页')}" if problem.pages > 1 else ""
    target = f"{text(problem.tag)} “{text(problem.text)}”<br>" if problem.tag else ""
    target += link(problem.target)
    cells = (text(words.LEVELS[problem.level]), link(problem.url) + more, target, text(problem.message))
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + f"<td>{text(problem.repair)}</td></tr>\n"
