"""Real pages: fields scored against what a person read; every other page is read without an exception."""

import csv
import dataclasses
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from migrate.encoding import decode
from migrate.extract import Extraction, Page, extract
from migrate.extract.evaluate import FIELDS, evaluate
from migrate.extract.truth import read_labels
from migrate.families import GENERIC, Families, load_families
from migrate.records import Kind
from tests.benchmarks.extract_families import fallen, unknown
from tests.commands import ROOT, shangyi
from tests.extract.sites import site_for

FLOORS = Path(__file__).parent / "floors.yaml"


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
    scores = done.json["scores"]
    assert done.json["rows"] == 50 and scores["title"]["of"] == 48 and scores["non_article"]["of"] == 2
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


def test_every_article_is_read(corpus: Path) -> None:
    """All article pages: a title, a date or the finding that none is shown, a body wherever the page has text."""
    rows = list(index(corpus, ("article",)))
    assert len(rows) > 1500
    with ProcessPoolExecutor(2, mp_context=get_context("spawn"), initializer=_start, initargs=(corpus,)) as pool:
        verdicts = list(pool.map(look, rows, chunksize=50))
    print(Counter(word for _path, words in verdicts for word in words))  # noqa: T201
    bad = {path: words for path, words in verdicts if not words <= FINE}
    assert not bad
    read = [words for _path, words in verdicts if "article" in words]
    assert len(read) >= 0.98 * len(rows)
    assert sum("title likely" in words for words in read) <= 0.1 * len(read)


FINE = {"article", "list", "server-error", "title sure", "title likely", "dated", "date unsure", "no date shown",
        "body", "no text shown"}  # fmt: skip
"""What may be said of a page: the rest is a fault of extraction."""
_FOOT = re.compile("来源[:：]|版权所有|copyright|主办|承办|技术支持|备案|电话|地址|浏览器|位访客", re.IGNORECASE)
_DATED = re.compile(r"(?:发布|发表|公布|更新|添加)(?:时间|日期)\s*[:：]\s*\[?(?:19|20)\d\d\s*[-/年.]\s*[01]?\d")
_known: dict[str, Any] = {}


def _start(corpus: Path) -> None:
    """Load in each process of the pool what all pages share."""
    _known.update(corpus=corpus, families=load_families(ROOT / "mappings" / "families.yaml"))


def look(row: dict[str, str]) -> tuple[str, set[str]]:
    """Return a page's path and in a few words how its reading went."""
    page = page_of(_known["corpus"], row)
    try:
        extraction = extract(page, site_for(page.url), _known["families"])
    except Exception as error:
        return row["local_path"], {f"{type(error).__name__}: {error}"}
    return row["local_path"], set(_words(page, extraction))


def _words(page: Page, extraction: Extraction) -> Iterator[str]:
    record = extraction.record
    yield record.reason if record.kind is Kind.OTHER else record.kind.value
    if record.kind is not Kind.ARTICLE:
        return
    sure = record.title and record.title.confidence >= 0.9
    yield ("title sure" if sure else "title likely") if record.title else "no title"
    if record.published:
        yield "dated" if record.published.confidence >= 0.5 else "date unsure"
    else:
        told = "extract.no-date" in {finding.check for finding in extraction.findings}
        yield "no date shown" if told and not _DATED.search(_shown(page)) else "date overlooked"
    if record.body or record.attachments or record.images:
        yield "body"
    else:
        long = {line.strip() for line in _shown(page).split("\n") if len(line.strip()) > 30 and not _FOOT.search(line)}
        yield "text overlooked" if long - {record.title.value if record.title else ""} else "no text shown"


def _shown(page: Page) -> str:
    """Return the page's text outside links, as a reader without any of extraction's rules sees it."""
    tree = LexborHTMLParser(decode(page.body, page.content_type).text)
    for node in tree.css("script, style, a, option, noscript"):
        node.decompose()
    return tree.body.text(separator="\n") if tree.body else ""


@pytest.mark.parametrize("folder", ["nfu/"])
def test_error_pages(corpus: Path, families: Families, folder: str) -> None:
    rows = list(index(corpus, ("other(404)",), folder))
    assert len(rows) == 23
    for row in rows:
        page = page_of(corpus, row)
        assert extract(page, site_for(page.url), families).record.reason == "error-page", row["local_path"]


def test_unknown_systems_are_read_nearly_as_well(corpus: Path, families: Families) -> None:
    """Pages of families that families.yaml does not know are found by structure: within five points on every field."""
    labels = read_labels(corpus / "truth.jsonl", corpus)
    known = evaluate(labels, site_for, families).scores
    guessed = evaluate(labels, site_for, unknown(families)).scores
    assert not [name for name in FIELDS if fallen(known[name], guessed[name])]


def test_articles_are_known_without_their_address(corpus: Path, families: Families) -> None:
    """Of an unknown system neither selectors nor addresses are known: title, labels and text must do."""
    generic = unknown(families)
    fields = {"detail": (), "listing": (), "body": (), "title": (), "published": ()}
    bare = dataclasses.replace(
        generic,
        families={GENERIC: dataclasses.replace(generic[GENERIC], **fields)},
        patterns={GENERIC: dataclasses.replace(generic.patterns[GENERIC], detail=(), listing=())},
    )
    scores = evaluate(read_labels(corpus / "truth.jsonl", corpus), site_for, bare).scores
    assert scores["title"].right == 48 and scores["non_article"].right == 2
