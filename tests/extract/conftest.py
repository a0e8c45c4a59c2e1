"""What the tests of extraction share."""

from pathlib import Path

import pytest

from migrate.config import SiteConfig, SiteIdentity
from migrate.families import Families, load_families

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def families() -> Families:
    return load_families(ROOT / "mappings" / "families.yaml")


@pytest.fixture(scope="session")
def site() -> SiteConfig:
    return SiteConfig(
        SiteIdentity(
            id="dahe",
            name="大河镇人民政府",
            url="http://www.dahe.example.gov.cn/",
            aliases=("dahe.example.gov.cn",),
            channel="/towns/dahe/",
        )
    )
