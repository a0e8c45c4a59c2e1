"""A project that watches the demo's central portal over HTTP, with a real portal to import into and a fake desk."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from wagtail.models import Site as PortalSite

from cms_site.legacy.models import Imported
from cms_site.portal.build import build_portal
from migrate.archive.ledger import Ledger
from migrate.config import Project
from migrate.config.sites import POLICY_SITE
from migrate.demo import LegacyServer
from migrate.demo.central import HOST, CentralPortal
from migrate.http import ClientOptions
from migrate.pipeline.policy import Synced, SyncRun, sync
from tests.policy.door import FakeDoor

ROOT = Path(__file__).resolve().parents[2]
BEIJING = timezone(timedelta(hours=8))
NINE = datetime(2026, 11, 23, 9, 0, tzinfo=BEIJING).astimezone(UTC)
QUARTER = timedelta(minutes=15)
YAML = f"""
rate: 1000
timeout: 30
sources:
  - id: zhongyang
    name: 中央政府门户网站
    lists:
      - {{url: "http://{HOST}/zhengce/zuixin.json", form: json, title: TITLE, link: URL, published: DOCRELPUBTIME}}
"""


def quiet(*_progress: object) -> None:
    """Show nothing."""


@dataclass
class World:
    """A source, the watch over it, and a clock."""

    project: Project
    central: CentralPortal
    server: LegacyServer
    door: FakeDoor
    now: datetime = NINE

    def sync(self, minutes: int = 15, **more: Any) -> Synced:
        """Let time pass, then make a round."""
        self.now += timedelta(minutes=minutes)
        return sync(self.project, SyncRun(resolve=self.server.resolve, **more), quiet, now=self.now)

    @property
    def folder(self) -> Path:
        return self.project.archive_of(POLICY_SITE)

    def ledger(self) -> Ledger:
        return Ledger(self.folder / "ledger.sqlite")

    def pages(self) -> list[Any]:
        """Return the pages that notices got, in the order of their import."""
        rows = Imported.objects.filter(site__slug=POLICY_SITE).exclude(page=None).order_by("pk")
        return [row.page.specific for row in rows]

    def configure(self, text: str) -> None:
        (self.project.mappings / "policy.yaml").write_text(text, encoding="utf-8")

    def last(self, number: int) -> datetime:
        """Return the clock, so many minutes ago, as notices are published."""
        return self.now - timedelta(minutes=number)


def new_project(root: Path, text: str = YAML) -> Project:
    shutil.copytree(ROOT / "mappings", root / "mappings")
    (root / "mappings" / "policy.yaml").write_text(text, encoding="utf-8")
    return Project(root)


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The empty portal of the project, inside a transaction that is undone at the end."""
    with django_db_blocker.unblock():
        with transaction.atomic():
            build_portal(Project(ROOT).portal())
            yield
            transaction.set_rollback(True)
        PortalSite.clear_site_root_paths_cache()


def ask_with(monkeypatch: pytest.MonkeyPatch, **options: Any) -> None:
    """Have rounds in this process ask their sources with other options than the usual ones."""
    monkeypatch.setattr("migrate.pipeline.policy.shared.ClientOptions", partial(ClientOptions, **options))


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again at once: the sources here don't get better by waiting."""
    ask_with(monkeypatch, backoff=0.0)


@pytest.fixture
def whole(built: None, db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """As `world`, with the portal's own desk; the fake one is told nothing."""
    monkeypatch.setattr("migrate.portal.require_built", lambda _project: None)
    central = CentralPortal()
    with LegacyServer({HOST: central.answer}) as server:
        yield World(new_project(tmp_path / "project"), central, server, FakeDoor(tmp_path / "door.json"))


@pytest.fixture
def world(built: None, db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    project = new_project(tmp_path / "project")
    door = FakeDoor(tmp_path / "door.json")
    door.stand_in(monkeypatch.setattr)
    monkeypatch.setattr("migrate.portal.require_built", lambda _project: None)
    central = CentralPortal()
    with LegacyServer({HOST: central.answer}) as server:
        yield World(project, central, server, door)
