"""Pages of systems whose templates nobody described: title, date, source, number and column by general rules alone."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from migrate.config import SiteConfig, SiteIdentity
from migrate.extract import Page, extract
from migrate.families import Families
from migrate.records import Kind

PAGES = yaml.safe_load((Path(__file__).parent / "systems.yaml").read_text(encoding="utf-8"))
FIELDS = ("title", "published", "written_on", "source", "author", "document_number")
SITE = SiteConfig(
    SiteIdentity(id="yunxi", name="云溪县人民政府", url="http://www.yunxi.example.gov.cn/", channel="/towns/yunxi/")
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page["name"])
def test_fields(page: dict[str, Any], families: Families) -> None:
    url = SITE.site.url.rstrip("/") + page["url"]
    extraction = extract(Page(url, url, page["html"].encode(), "text/html; charset=utf-8"), SITE, families)
    record = extraction.record
    got = {name: field.value if (field := getattr(record, name)) else None for name in FIELDS}
    assert record.kind is Kind.ARTICLE
    assert got == {name: page.get(name) for name in FIELDS}
    assert list(record.breadcrumb) == page.get("breadcrumb", [])
    assert {name: field.value for name, field in record.policy_head.items()} == page.get("policy_head", {})
    dates = [finding.check for finding in extraction.findings if finding.check.endswith("-date")]
    assert dates == page.get("findings", [])
    for name in FIELDS:
        field = getattr(record, name)
        assert field is None or (field.origin and 0 < field.confidence <= 1)
