"""大河镇, harvested and mapped once, and imported once undisturbed."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from wagtail.models import Site as PortalSite

from cms_site.editors.roles import build_roles
from cms_site.portal.build import build_portal
from migrate import pipeline, portal
from migrate.config import Project
from migrate.demo import dahe, serve
from migrate.harvest import HarvestRun
from migrate.importer import ImportOptions, ImportSummary
from migrate.pipeline import Place
from tests.pipeline.portrait import portrait

ROOT = Path(__file__).resolve().parents[2]


def quiet(*_progress: object) -> None:
    """Show nothing."""


@pytest.fixture(scope="session")
def harvested(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A project folder with the old site in its archive, mapped."""
    root = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / "mappings", root / "mappings")
    where = pipeline.place(Project(root), "dahe")
    with serve([dahe()]) as server:
        pipeline.harvest_site(where, HarvestRun(resolve=server.resolve, rate=1000), quiet)
    pipeline.map_site(where, quiet)
    return where


@dataclass(frozen=True)
class Undisturbed:
    """An import that nothing went wrong with: what it said, how many statements it took, what came of it."""

    where: Place
    summary: ImportSummary
    statements: int
    portrait: dict[str, Any]
    before: dict[str, Any]


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any) -> Path:
    """A database with all tables and nothing in them; copied from the tests' own, that saves half a minute."""
    path = tmp_path_factory.mktemp("tables") / "portal.sqlite3"
    if connection.vendor == "sqlite":
        with django_db_blocker.unblock():
            connection.ensure_connection()
            assert not connection.in_atomic_block  # SQLite would wait for the end of the transaction for ever
            copy = sqlite3.connect(path)
            connection.connection.backup(copy)
            copy.close()
    return path


@pytest.fixture(scope="package")
def undisturbed(harvested: Place, tables: Path, django_db_blocker: Any) -> Iterator[Undisturbed]:
    """The portal with the site in it, inside a transaction that is undone at the end."""
    statements = 0

    def count(execute: Any, *words: Any) -> Any:
        nonlocal statements
        statements += 1
        return execute(*words)

    with django_db_blocker.unblock():
        with transaction.atomic():
            build_portal(harvested.project.portal())
            build_roles(harvested.project.portal())
            before = portrait()
            with connection.execute_wrapper(count):
                summary = import_again(harvested)
            yield Undisturbed(harvested, summary, statements, portrait(), before)
            transaction.set_rollback(True)
        PortalSite.clear_site_root_paths_cache()


def import_again(where: Place, *, publish: bool = True) -> ImportSummary:
    """Import the site into the tests' own portal."""
    from migrate.importer import Plan, import_entries

    with (
        where.ledger() as ledger,
        portal.open_intake(where.site, where.project.portal(), publish=publish) as intake,
    ):
        plan = Plan(ledger, intake.known(), intake.decisions(), ImportOptions(publish=publish))
        return import_entries(plan, where.folder, intake, quiet)


@dataclass(frozen=True)
class Shell:
    """A project with a portal of its own on SQLite, and a way to run commands in it."""

    root: Path

    @property
    def database(self) -> Path:
        return self.root / "var" / "portal.sqlite3"

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SHANGYI", "DJANGO"))}
        return kept | {
            "SHANGYI_LANG": "en",
            "SHANGYI_PROJECT": str(self.root),
            "DATABASE_URL": f"sqlite:///{self.database}",
            "DJANGO_SETTINGS_MODULE": "cms_site.settings.dev",
        }

    def python(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    def run(self, *words: str, module: str = "migrate") -> subprocess.CompletedProcess[str]:
        return self.python("-m", *module.split(), "-C", str(self.root), *words, "--json")

    @contextmanager
    def stopped(self, *words: str, moment: int) -> Iterator[subprocess.Popen[bytes]]:
        """Start a command and stop it at its `moment`th statement to the portal; after the block it is killed."""
        command = [sys.executable, "-m", "tests.pipeline.dying", f"{moment}:STOP", "-C", str(self.root), *words]
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=quiet, stderr=quiet)
        try:
            _pid, status = os.waitpid(process.pid, os.WUNTRACED)
            assert os.WIFSTOPPED(status), f"it ended before its statement {moment}: {status}"
            yield process
        finally:
            process.kill()
            process.wait()

    def portrait(self) -> dict[str, Any]:
        start = "import django, json; django.setup(); from tests.pipeline.portrait import portrait; "
        done = self.python("-c", start + "print(json.dumps(portrait()))")
        assert done.stdout, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found


@pytest.fixture(scope="module")
def shell(harvested: Place, tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A project with the harvested site and a portal that is built and empty."""
    shell = Shell(tmp_path_factory.mktemp("shell") / "project")
    shutil.copytree(harvested.project.root, shell.root)
    shell.database.parent.mkdir()
    if tables.exists():
        shutil.copy(tables, shell.database)
    done = shell.run("cms", "build")
    assert done.returncode == 0, done.stderr
    return shell
