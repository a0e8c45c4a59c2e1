"""Scores extraction against labelled pages, field by field (conventions: README of the corpus)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from migrate.config import SiteConfig, SiteIdentity
from migrate.extract import Page, extract
from migrate.extract.clean import html_text
from migrate.extract.dom import squeeze
from migrate.extract.numbers import normalised
from migrate.families import Families
from migrate.records import Kind, Record

FIELDS = ("title", "date", "source", "document_number", "body_ends", "attachments", "images", "non_article")
ENDS = 15
"""Characters compared at each end of the body, white space removed."""


@dataclass
class Score:
    """How many rows of a field are right, over all rows and over those where truth has a value."""

    right: int = 0
    of: int = 0
    right_present: int = 0
    of_present: int = 0
    misses: list[str] = field(default_factory=list)

    def add(self, path: str, wanted: object, got: object, right: bool) -> None:
        present = wanted not in (None, 0)
        self.of += 1
        self.right += right
        self.of_present += present
        self.right_present += right and present
        if not right:
            self.misses.append(f"{path}: wanted {wanted!r}, got {got!r}")


def site_for(url: str, name: str = "") -> SiteConfig:
    """Return a site as survey would draft it, knowing nothing but its address."""
    parts = urlsplit(url)
    return SiteConfig(SiteIdentity(id="x", name=name, url=f"{parts.scheme}://{parts.netloc}/", channel="/towns/x/"))


def read_page(root: Path, row: dict[str, object], families: Families) -> Record:
    url = str(row.get("url") or f"http://old.example.gov.cn/{str(row['path']).split('/', 1)[1]}")
    page = Page(url, url, (root / str(row["path"])).read_bytes(), "text/html")
    return extract(page, site_for(url), families).record


def rows(root: Path) -> Iterator[dict[str, object]]:
    for line in (root / "truth.jsonl").read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def score(root: Path, families: Families) -> dict[str, Score]:
    scores = {name: Score() for name in FIELDS}
    for row in rows(root):
        record = read_page(root, row, families)
        _score_row(scores, row, record)
    return scores


def _score_row(scores: dict[str, Score], row: dict[str, object], record: Record) -> None:
    path = str(row["path"])
    if row["title"] is None:
        scores["non_article"].add(path, True, record.kind.value, record.kind is not Kind.ARTICLE)
        return
    title = record.title.value if record.title else None
    published = record.published.value[:10] if record.published else None
    source = record.source.value if record.source else None
    number = record.document_number.value if record.document_number else None
    text = squeeze(html_text(record.body))
    first, last = row["body_first_30_chars"], row["body_last_30_chars"]
    scores["title"].add(path, row["title"], title, squeeze(title) == squeeze(str(row["title"])))
    scores["date"].add(path, row["pub_date"], published, published == row["pub_date"])
    scores["source"].add(path, row["source"], source, squeeze(source) == squeeze(str(row["source"] or "")))
    same = normalised(number or "") == normalised(str(row["doc_number"] or ""))
    scores["document_number"].add(path, row["doc_number"], number, same)
    if first is None:
        scores["body_ends"].add(path, None, text[:30], not text)
    else:
        right = text.startswith(str(first)[:ENDS]) and text.endswith(str(last)[-ENDS:])
        scores["body_ends"].add(path, (first, last), (text[:30], text[-30:]), right)
    scores["attachments"].add(path, row["n_attachments"], [a.name for a in record.attachments],
                              len(record.attachments) == row["n_attachments"])  # fmt: skip
    scores["images"].add(path, row["n_images_in_body"], [i.url for i in record.images],
                         len(record.images) == row["n_images_in_body"])  # fmt: skip
