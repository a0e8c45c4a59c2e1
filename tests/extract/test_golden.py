"""Golden pairs: pages/x.html ↔ pages/x.yaml. Each page is a shape that old sites have; the texts are our own."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from migrate.config import SiteConfig
from migrate.extract import Extraction, Page, extract
from migrate.extract.dom import squeeze
from migrate.extract.markup import html_text
from migrate.families import Families
from migrate.records import Field, record_from_json, to_json

PAGES = sorted((Path(__file__).parent / "pages").glob("*.html"))
VALUES = ("title", "published", "written_on", "source", "author", "document_number")


def read(path: Path, site: SiteConfig, families: Families) -> tuple[dict[str, Any], Extraction]:
    expected = yaml.safe_load(path.with_suffix(".yaml").read_text(encoding="utf-8"))
    encoding = expected.get("encoding", "utf-8")
    body = path.read_text(encoding="utf-8").encode(encoding)
    return expected, extract(Page(expected["url"], expected["url"], body, "text/html"), site, families)


def value(field: Field | None) -> str | None:
    return field.value if field else None


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_page(path: Path, site: SiteConfig, families: Families) -> None:
    expected, extraction = read(path, site, families)
    record = extraction.record
    assert record.kind == expected["kind"]
    assert record.reason == expected.get("reason", "")
    assert sorted(finding.check for finding in extraction.findings) == expected["findings"]
    assert list(record.held) == expected.get("held", [])
    for name in VALUES:
        if name in expected:
            assert value(getattr(record, name)) == expected[name], name
    for name in ("title", "published"):
        if f"{name}_origin" in expected:
            assert getattr(record, name).origin == expected[f"{name}_origin"]
    for name in ("breadcrumb", "images"):
        if name in expected:
            got = record.breadcrumb if name == "breadcrumb" else [image.url for image in record.images]
            assert list(got) == expected[name], name
    if "family" in expected:
        assert record.evidence.startswith(expected["family"] + " ")
    if "policy_head" in expected:
        assert {name: field.value for name, field in record.policy_head.items()} == expected["policy_head"]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_body(path: Path, site: SiteConfig, families: Families) -> None:
    expected, extraction = read(path, site, families)
    record = extraction.record
    text = squeeze(html_text(record.body))
    assert text.startswith(squeeze(expected.get("body_starts", ""))), text[:200]
    assert text.endswith(squeeze(expected.get("body_ends", ""))), text[-200:]
    for piece in expected.get("body_has", []):
        assert piece in record.body
    for piece in expected.get("body_lacks", []):
        assert piece not in record.body
    if "attachments" in expected:
        assert [[link.url, link.name] for link in record.attachments] == expected["attachments"]
    if "attachment_names" in expected:
        assert [link.name for link in record.attachments] == expected["attachment_names"]
    if "listings" in expected:
        assert [[line.url, line.title, line.published] for line in record.listings] == expected["listings"]
    if record.kind != "article":
        assert not record.body


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_all_that_was_found_says_where(path: Path, site: SiteConfig, families: Families) -> None:
    """Breadcrumb, body and files have no field of their own: each names its place all the same."""
    _expected, extraction = read(path, site, families)
    record = extraction.record
    composed = {"breadcrumb": record.breadcrumb, "body": record.body}
    named = {name for name, found in composed.items() if found}
    named |= {link.url for link in (*record.attachments, *record.images)}
    assert named <= record.origins.keys() <= named | {"body"}
    assert all(found.origin and 0 < found.confidence <= 1 for found in record.origins.values())
    assert record_from_json(to_json(record)) == record
