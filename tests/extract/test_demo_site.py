"""Extraction against the demo's manifest of truth: every article, every field, every trap."""

import functools
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from migrate.config import find_project
from migrate.demo import TrueArticle, dahe
from migrate.extract import Page, extract
from migrate.families import load_families
from migrate.records import Field, Kind, Record

PROJECT = find_project(Path(__file__))
SITE = dahe()
HELD = {
    "identity-number": ("identity-number",),
    "mobile-numbers": ("mobile-numbers",),
    "injected-link": ("injected-link",),
}


@functools.cache
def record_of(url: str) -> Record:
    parts = urlsplit(url)
    answer = SITE.answer(parts.path + (f"?{parts.query}" if parts.query else ""))
    assert answer.status == 200, url
    content_type = dict(answer.headers).get("Content-Type", "")
    families = load_families(PROJECT.mappings / "families.yaml")
    return extract(Page(url, url, answer.body, content_type), PROJECT.site("dahe"), families).record


def value(field: Field | None) -> str:
    return field.value if field else ""


def squeeze(text: str) -> str:
    return "".join(text.split()).replace("\xa0", "").replace("\u3000", "")


@pytest.mark.parametrize("article", SITE.truth.articles, ids=lambda article: urlsplit(article.url).path)
def test_article_is_read_as_its_editor_would(article: TrueArticle) -> None:
    record = record_of(article.url)
    assert record.kind == Kind.ARTICLE
    assert squeeze(value(record.title)) == squeeze(article.title)
    shown = "date-only-in-list" not in article.traps and not article.url.endswith("/zjdh/zqgk.html")  # shows no date
    assert value(record.published) == (article.published if shown else "")
    assert value(record.source) == article.source
    assert value(record.author) == article.author
    assert value(record.document_number) == article.document_number
    assert len(record.attachments) == len(article.attachments)
    assert len(record.images) == len(article.images)
    expected = tuple(reason for trap in article.traps for reason in HELD.get(trap, ()))
    assert record.held == expected


@pytest.mark.parametrize("page", SITE.truth.lists, ids=lambda page: urlsplit(page.url).path)
def test_list_is_a_list(page: object) -> None:
    assert record_of(page.url).kind == Kind.LIST  # type: ignore[attr-defined]
