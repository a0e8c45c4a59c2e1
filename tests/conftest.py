"""What all tests share."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Condition
from typing import Any

import pytest
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.db import connection

from migrate.demo import LegacyServer, dahe, serve
from tests.commands import Done, new_project, shangyi


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Return the folder of real pages; it lies beside the checkout, never in it."""
    folder = Path(os.environ.get("SHANGYI_CORPUS") or Path(__file__).resolve().parents[2] / "shared" / "corpus")
    if not folder.is_dir():
        pytest.skip("the corpus of real pages is not here (SHANGYI_CORPUS)")
    return folder


@pytest.fixture(scope="session")
def old_server() -> Iterator[LegacyServer]:
    """Serve the demo's old site for the whole session."""
    with serve([dahe()]) as server:
        yield server


def resolve(server: LegacyServer) -> tuple[str, ...]:
    """Return the words that lead the hosts of the demo's site to the server."""
    return tuple(word for host in server.hosts for word in ("--resolve", f"{host}={server.address}"))


@dataclass(frozen=True)
class Stages:
    """The demo's site, moved once by the command line: the project after each stage, and what each stage printed."""

    harvested: Path
    mapped: Path
    bare: Path
    """As mapped, in a project that has no portal: commands that need none are four times as quick there."""
    imported: Path
    printed: dict[str, Done]

    def copy(self, stage: str, to: Path) -> Path:
        """Return a project of one's own, as it was after a stage."""
        return Path(shutil.copytree(getattr(self, stage), to / "project"))


@pytest.fixture(scope="session")
def stages(old_server: LegacyServer, tmp_path_factory: pytest.TempPathFactory) -> Stages:
    """Move the demo's site with the real command line; keep the project after each stage. Tests work on copies."""
    folder = tmp_path_factory.mktemp("stages")
    project = new_project(folder / "working")
    printed = {}

    def stage(name: str, *words: str) -> Path:
        printed[name] = shangyi(project, *words, "--json")
        assert printed[name].code in (0, 1), printed[name].err
        return Path(shutil.copytree(project, folder / name))

    stage("built", "cms", "build")
    harvested = stage("harvested", "harvest", "dahe", *resolve(old_server))
    mapped = stage("mapped", "map", "dahe")
    bare = Path(shutil.copytree(project, folder / "bare"))
    (bare / "var" / "portal.sqlite3").unlink()
    return Stages(
        harvested=harvested,
        mapped=mapped,
        bare=bare,
        imported=stage("imported", "import", "dahe", "--publish"),
        printed=printed,
    )


class _Answering:
    """Counts what a live server is answering."""

    def __init__(self) -> None:
        self._number = 0
        self._changed = Condition()

    def started(self, **_said: Any) -> None:
        with self._changed:
            self._number += 1

    def finished(self, **_said: Any) -> None:
        with self._changed:
            self._number -= 1
            self._changed.notify_all()

    def wait(self) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self._number == 0, timeout=60), "a request never came to its end"


@pytest.fixture
def answered(transactional_db: None) -> Iterator[None]:
    """Wait, once the browser is closed, for what the server still answers: the database is emptied next."""
    answering = _Answering()
    request_started.connect(answering.started)
    request_finished.connect(answering.finished)
    yield
    answering.wait()
    request_started.disconnect(answering.started)
    request_finished.disconnect(answering.finished)


@pytest.fixture(scope="module")
def refilled(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Put back what migrations wrote: tests with a live server empty the database, and others of the process need it.

    For tests marked with `serialized_rollback=True`, which has Django keep a copy.
    """
    yield
    with django_db_blocker.unblock():
        connection.creation.deserialize_db_from_string(connection._test_serialized_contents)
    cache.clear()  # it speaks of pages that are gone
