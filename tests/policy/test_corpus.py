"""Sixty documents with a head of nine fields, read by a second, independent reader: label cell, then the next cell."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from migrate.config import Project
from migrate.extract import Page, extract
from migrate.families import load_families

ROOT = Path(__file__).resolve().parents[2]
LABELS = {
    "索引号": "index_no", "主题分类": "subject_class", "发文机关": "issuer", "成文日期": "written_on", "标题": "title",
    "发文字号": "document_number", "发布日期": "published", "主题词": "subject_words", "有效性": "validity",
}  # fmt: skip


class Cells(HTMLParser):
    """The innermost table cells of a page, in order, as text."""

    def __init__(self) -> None:
        super().__init__()
        self.cells: list[str] = []
        self._open: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "td":
            self._open.append([])

    def handle_endtag(self, tag: str) -> None:
        if tag == "td" and self._open:
            self.cells.append("".join(self._open.pop()))

    def handle_data(self, data: str) -> None:
        if self._open:
            self._open[-1].append(data)


def head_of(text: str) -> dict[str, str]:
    """Return field → value: the cell after each label's."""
    reader = Cells()
    reader.feed(text)
    found: dict[str, str] = {}
    for cell, following in zip(reader.cells, reader.cells[1:], strict=False):
        label = re.sub(r"[\s\u3000\xa0:：]", "", cell)
        value = re.sub(r"[\s\u3000\xa0]+", " ", following).strip()
        if label in LABELS and re.sub(r"[\s:：]", "", value) not in LABELS and value:
            found.setdefault(LABELS[label], value)
    return found


def day(text: str) -> str:
    year, month, number = re.findall(r"\d+", text)[:3]
    return f"{year}-{int(month):02d}-{int(number):02d}"


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def documents(corpus: Path) -> list[Path]:
    found = sorted((corpus / "gov_cn_policy" / "derived_html").glob("*.html"))
    if not found:
        pytest.skip("the corpus has no documents of the central portal")
    return found


def test_every_labelled_cell_agrees(corpus: Path) -> None:
    site = Project(ROOT).site("policy")
    families = load_families(ROOT / "mappings" / "families.yaml")
    files, compared, wrong = documents(corpus), 0, []
    for path in files:
        body = path.read_bytes()
        url = f"http://www.gov.cn/zhengce/content/2018-11/09/{path.stem}.htm"
        record = extract(Page(url, url, body, "text/html; charset=utf-8", "2026-11-22"), site, families).record
        values = {name: field.value for name, field in record.policy_head.items()}
        for name in ("title", "document_number", "published", "written_on"):
            field = getattr(record, name)
            values[name] = field.value if field is not None else ""
        for name, cell in head_of(body.decode()).items():
            compared += 1
            told = day(cell) if name in ("published", "written_on") else cell
            if squeezed(values.get(name, "")) != squeezed(told):
                wrong.append((path.name, name, told, values.get(name, "")))
        assert record.body, path.name
    assert len(files) == 60
    assert compared > 400
    assert wrong == []
