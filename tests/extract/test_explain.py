"""`shangyi extract --explain`: each step told, with what lost and why, and a saved file read without any project."""

import json
from pathlib import Path

import pytest

from migrate.config import SiteConfig
from migrate.extract import Page, extract
from migrate.extract.explain import Candidate, Explained, explain
from migrate.families import Families
from tests.commands import shangyi

URL = "http://www.dahe.example.gov.cn/zwdt/202007/t20200701_55.html"
PAGE = """<!DOCTYPE html><html><head><title>大河镇开展环境整治-大河镇人民政府</title>
<meta name="SiteName" content="大河镇人民政府"><meta name="ArticleTitle" content="大河镇人民政府">
<meta name="PubDate" content="近日"></head><body>
<div>当前位置：<a href="/">首页</a> &gt; <a href="/zwdt/">镇村动态</a></div>
<h1>大河镇开展环境整治</h1><div>发布时间：2020-07-02 来源：大河镇党政办</div>
<div id="zoom"><p>依据云政发〔2020〕9号文件，大河镇开展环境整治。</p><object>这些字谁也看不到</object>
<div class="bdsharebuttonbox">分享到微信</div><p>【<a href="javascript:window.close()">关闭</a>】</p></div>
<div class="article-content"></div></body></html>"""


@pytest.fixture
def told(site: SiteConfig, families: Families) -> Explained:
    return explain(page(), site, families)


def page() -> Page:
    return Page(URL, URL, PAGE.encode(), "text/html; charset=utf-8")


def of(told: Explained, field: str) -> list[Candidate]:
    return [one for one in told.steps.candidates if one.field == field]


def test_what_is_explained_is_what_is_extracted(site: SiteConfig, families: Families, told: Explained) -> None:
    assert told.extraction == extract(page(), site, families)


def test_page_and_kind(told: Explained) -> None:
    steps = told.steps
    assert steps.family == "trs" and "detail" in steps.evidence and steps.score == 0.6
    assert steps.encoding.startswith("utf-8") and steps.kind == "article"
    assert {point.why for point in steps.points} >= {"address-of-article:trs", "meta:ArticleTitle"}
    assert sum(point.worth for point in steps.points) > 0
    assert steps.title_line == "大河镇开展环境整治" and steps.label_lines == (
        "发布时间：2020-07-02 来源：大河镇党政办",
    )


def test_winners_and_losers(told: Explained) -> None:
    titles = of(told, "title")
    assert [(one.origin, one.taken) for one in titles] == [
        ("meta:ArticleTitle", False), ("selector:h1", True), ("meta:title", False)
    ]  # fmt: skip
    assert "site's own name" in titles[0].why and not titles[1].why
    dates = {one.origin: one for one in of(told, "published")}
    assert dates["label:published"].taken and dates["label:published"].value == "2020-07-02"
    assert "no date" in dates["meta:PubDate"].why and "another came first" in dates["url"].why
    (number,) = of(told, "document_number")
    assert (number.value, number.taken) == ("依据云政发〔2020〕9号", False) and "cited" in number.why


def test_body_and_what_is_not_in_it(told: Explained) -> None:
    steps = told.steps
    assert steps.body == "selector:#zoom"
    assert [(one.selector, one.chosen) for one in steps.selectors] == [("#zoom", True), (".article-content", False)]
    removed = {(cut.rule, cut.text) for cut in steps.removed}
    assert ("remove:.bdsharebuttonbox", "分享到微信") in removed and ("tools", "【关闭】") in removed
    assert steps.left == ("这些字谁也看不到",)


def test_a_page_that_is_no_article(site: SiteConfig, families: Families) -> None:
    told = explain(Page(URL, URL, b"<title>404 Not Found</title><h1>404 Not Found</h1>", ""), site, families)
    assert (told.steps.kind, told.steps.reason, told.steps.points) == ("other", "error-page", ())


def test_a_file_alone(tmp_path: Path) -> None:
    """No project above, no ledger: the families that come with the program do."""
    (tmp_path / "a.html").write_text(PAGE, encoding="utf-8")
    done = shangyi(Path(), "extract", str(tmp_path / "a.html"), "--url", URL, "--explain", "--json", cwd=tmp_path)
    assert done.code == 1, "there are leftovers"
    assert done.json.keys() == {"record", "findings", "steps"}
    assert done.json["steps"]["family"] == "trs" and done.json["record"]["title"]["value"] == "大河镇开展环境整治"
    shown = shangyi(Path(), "extract", "a.html", "--explain", cwd=tmp_path)
    for word in ("大河镇党政办", "label:source", "这些字谁也看不到", "says the same", "#zoom", "tools"):
        assert word in shown.out, word
    for words in ((), ("--explain",)):
        shown = shangyi(Path(), "extract", "a.html", *words, cwd=tmp_path)
        rows = [[cell.strip() for cell in line.split("│")] for line in shown.out.splitlines()]
        (crumbs,) = (row for row in rows if "镇村动态" in row)
        assert crumbs[-4:-2] == ["line", "0.90"] if words else crumbs[-3:-1] == ["line", "0.90"]
        (body,) = (row for row in rows if "body" in row)
        assert "selector:#zoom" in body and "0.95" in body
    labels = {"path": "a.html", "url": URL, "source": "大河镇党政办"}
    (tmp_path / "truth.jsonl").write_text(json.dumps(labels), encoding="utf-8")
    assert shangyi(Path(), "evaluate", "truth.jsonl", cwd=tmp_path).code == 0


def test_an_old_url_without_a_project(tmp_path: Path) -> None:
    done = shangyi(Path(), "extract", URL, cwd=tmp_path)
    assert done.code == 2 and "no project" in done.said and "Save the page" in done.said
    named = shangyi(tmp_path, "extract", "a.html")
    assert named.code == 3 and "No project here" in named.said, "-C must name one"
