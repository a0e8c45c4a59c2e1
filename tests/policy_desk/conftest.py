"""The importer's portal, a central portal beside its old sites, and people."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cms_site.editors.roles import build_roles
from tests.importer.conftest import empty_portal, small  # noqa: F401  the fixture for old sites
from tests.importer.sites import PORTAL

from .central import Central


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker) -> Iterator[None]:
    """The empty portal; its transaction ends with the module, for tests that need the database to themselves."""
    yield from empty_portal(django_db_blocker)


@pytest.fixture
def roles(built: None, db: None) -> None:
    """The groups of people."""
    build_roles(PORTAL)


@pytest.fixture
def central(built: None, db: None, tmp_path: Path) -> Iterator[Central]:
    """A central portal without notices yet."""
    folder = tmp_path / "central"
    folder.mkdir()
    site = Central(folder)
    yield site
    site.ledger.close()
