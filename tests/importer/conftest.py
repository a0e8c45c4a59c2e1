"""A portal with two channels, built once for all tests of this folder; every test leaves it as it found it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import transaction
from wagtail.models import Site as PortalSite

from cms_site.portal.build import build_portal
from tests.importer.sites import PORTAL, SmallSite


@pytest.fixture(scope="package")
def built(django_db_setup, django_db_blocker) -> Iterator[None]:
    """The empty portal."""
    yield from empty_portal(django_db_blocker)


def empty_portal(django_db_blocker) -> Iterator[None]:
    """Build the portal inside a transaction that is undone at the end."""
    with django_db_blocker.unblock():
        with transaction.atomic():
            build_portal(PORTAL)
            yield
            transaction.set_rollback(True)
        PortalSite.clear_site_root_paths_cache()


@pytest.fixture
def small(built: None, db: None, tmp_path: Path) -> Iterator[Callable[..., SmallSite]]:
    """Return a function that makes an old site of a few pages: `dahe`, or another of the portal's channels."""
    sites: list[SmallSite] = []

    def make(name: str = "dahe", **more: str) -> SmallSite:
        folder = tmp_path / name
        folder.mkdir()
        sites.append(SmallSite(folder, name, **more))
        return sites[-1]

    yield make
    for site in sites:
        site.ledger.close()
