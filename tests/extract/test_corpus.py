"""Real pages: fields scored against what a person read; every other page is read without an exception."""

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from migrate.extract import Page, extract
from migrate.families import GENERIC, Families, without
from migrate.records import Kind
from tests.extract.truth import FIELDS, score, site_for

FLOORS = Path(__file__).parent / "floors.yaml"
POINTS = 0.05
"""How much a share may fall where a page's system is not known."""


def index(corpus: Path, kinds: tuple[str, ...], folder: str = "") -> Iterator[dict[str, str]]:
    with (corpus / "index.tsv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE):
            page = row["local_path"].endswith((".html", ".htm", ".shtml", ".aspx"))
            if page and row["kind"].startswith(kinds) and row["local_path"].startswith(folder):
                yield row


def page_of(corpus: Path, row: dict[str, str]) -> Page:
    url = row["original_url"]
    if not url.startswith("http"):
        url = "http://old.example.gov.cn/" + row["local_path"].split("/", 1)[1]
    return Page(url, url, (corpus / row["local_path"]).read_bytes(), "text/html")


def test_truth(corpus: Path) -> None:
    """The command as it is given, with the floors that are promised; a page that is missed is named."""
    done = shangyi(ROOT, "evaluate", str(corpus / "truth.jsonl"), "--floors", str(FLOORS), "--json")
    scores = {name: (s["right"], s["of"], s["right_present"], s["of_present"]) for name, s in done.json["scores"].items()}
    assert done.json["rows"] == 50 and scores["title"][1] == 48 and scores["non_article"][1] == 2
    missed = [f"{miss['field']}: {miss['path']}" for miss in done.json["misses"]]
    assert done.code == 0 and not done.json["below"], f"below the floors: {done.json['below']}, missed: {missed}"


def test_every_article_of_the_county_site(corpus: Path, families: Families) -> None:
    rows = list(index(corpus, ("article",), "gz_daozhen_rsj/"))
    assert len(rows) == 190
    blank = []
    for row in rows:
        page = page_of(corpus, row)
        extraction = extract(page, site_for(page.url), families)
        record = extraction.record
        assert record.kind is Kind.ARTICLE, row["local_path"]
        assert record.title and record.title.confidence >= 0.9, row["local_path"]
        assert record.published and record.published.confidence >= 0.9, row["local_path"]
        assert record.breadcrumb, row["local_path"]
        if not (record.body or record.attachments or record.images):
            # The editor left these bodies empty (blanks only): said so, not passed over.
            assert "extract.empty-body" in {finding.check for finding in extraction.findings}
            blank.append(row["local_path"])
    assert len(blank) <= 16


def test_lists_and_home_of_the_county_site(corpus: Path, families: Families) -> None:
    kinds: Counter[str] = Counter()
    for row in index(corpus, ("list",), "gz_daozhen_rsj/"):
        page = page_of(corpus, row)
        record = extract(page, site_for(page.url), families).record
        kinds[record.reason.split(":")[0] or record.kind.value] += 1
    assert kinds["list"] >= 34 and kinds["meta-refresh"] == 9 and kinds["article"] <= 3
    (row,) = index(corpus, ("home",), "gz_daozhen_rsj/")
    page = page_of(corpus, row)
    extraction = extract(page, site_for(page.url), families)
    assert extraction.record.kind is Kind.HOME
    messages = [finding.message for finding in extraction.findings if finding.check == "safety.injected-frame"]
    assert any("kb.js" in message for message in messages)
    assert any(message.startswith("40 ") for message in messages)
    assert len(extraction.record.listings) > 80


PLAIN = ("article", "list", "home", "other")


def look(job: tuple[Path, dict[str, str]]) -> tuple[str, str]:
    """Read one page in a process of the pool; return its path and in one word how that went."""
    corpus, row = job
    page = page_of(corpus, row)
    record = extract(page, site_for(page.url), load_families(FAMILIES)).record
    return row["local_path"], verdict(page, record)


def verdict(page: Page, record: Record) -> str:
    if record.kind is not Kind.ARTICLE:
        return f"taken as {record.reason.split(':')[0] or record.kind}"
    if not record.title:
        return "no title"
    if not record.published and any(find_date(text) for text in record.meta.values()):
        return "a date in META was overlooked"
    if not (record.body or record.attachments or record.images):
        return "empty body, text shown" if shows_text(page) else "empty body, nothing shown"
    return "whole" if record.published else "no date"


@pytest.mark.parametrize("folder", ["nfu/"])
def test_error_pages(corpus: Path, families: Families, folder: str) -> None:
    rows = list(index(corpus, ("other(404)",), folder))
    assert len(rows) == 23
    for row in rows:
        page = page_of(corpus, row)
        assert extract(page, site_for(page.url), families).record.reason == "error-page", row["local_path"]


def test_unknown_systems_are_read_nearly_as_well(corpus: Path, families: Families) -> None:
    """Pages of families that families.yaml does not know are found by structure: within five points on every field."""
    generic = families
    for name in families.families:
        if name != GENERIC:
            generic = without(generic, name)
    scores = score(corpus, generic)
    below = {name: scores[name].right for name in FIELDS if scores[name].right < FLOORS[name] - 2}
    assert not below
