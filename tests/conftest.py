"""What all tests share."""

import gc
import os
import pickle
import shutil
import signal
import socket
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Condition
from typing import Any

import pytest
from django.core.cache import cache
from django.core.servers.basehttp import ThreadedWSGIServer
from django.db import connection
from hypothesis import HealthCheck, settings
from pytest_django.live_server_helper import LiveServer

from migrate.demo import LegacyServer, dahe, serve
from tests.commands import Done, new_project, shangyi

_PATIENCE = 60
"""Seconds."""

# A test machine is busy with others: how long an example takes says nothing.
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci" if os.environ.get("CI") else "tests")

# Who runs the tests in the background of a shell has Ctrl-C ignored, and so would have every command they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


# The hundreds of processes that tests start would each compile this project anew where Python may not keep bytecode.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Looking for cycles among all modules and six thousand tests takes a tenth of the suite's time: see also below.
gc.set_threshold(50_000, 20, 50)


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what stays to the end anyway."""
    gc.collect()
    gc.freeze()


_LONGEST = {
    "pipeline/test_survey.py",
    "policy/test_interrupted.py",
    "tests/test_postgres.py",
    "tests/test_real_site.py",
}
"""Of the files that are collected late: at the end one process would do them, and the other nothing."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest. It needs no database of the tests, which pytest-django has put in order."""
    items.sort(key=lambda item: "/".join(item.path.parts[-2:]) not in _LONGEST)


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

    built: Path
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
def stages(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Stages:
    """Move the demo's site with the real command line; keep the project after each stage. Tests work on copies.

    It is moved by whichever process of the run needs it first; each has copies of its own.
    """
    own = tmp_path_factory.getbasetemp()
    common = (own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own) / "moved"
    common.mkdir(exist_ok=True)
    with closing(sqlite3.connect(common / "turn", timeout=600, isolation_level=None)) as turn:
        turn.execute("BEGIN EXCLUSIVE")
        if not (common / "printed").exists():
            printed = _move(request.getfixturevalue("old_server"), common)
            (common / "printed").write_bytes(pickle.dumps(printed))
    folder = tmp_path_factory.mktemp("stages")
    names = ("built", "harvested", "mapped", "bare", "imported")
    copies = {name: Path(shutil.copytree(common / name, folder / name)) for name in names}
    return Stages(**copies, printed=pickle.loads((common / "printed").read_bytes()))


def _move(old_server: LegacyServer, folder: Path) -> dict[str, Done]:
    """Write the project after each stage into a folder; return what each stage printed."""
    project = new_project(folder / "working")
    printed = {}

    def stage(name: str, *words: str) -> None:
        printed[name] = shangyi(project, *words, "--json")
        assert printed[name].code in (0, 1), printed[name].err
        shutil.copytree(project, folder / name)

    stage("built", "cms", "build")
    stage("harvested", "harvest", "dahe", *resolve(old_server))
    stage("mapped", "map", "dahe")
    bare = Path(shutil.copytree(project, folder / "bare"))
    (bare / "var" / "portal.sqlite3").unlink()
    stage("imported", "import", "dahe", "--publish")
    return printed


class _Callers:
    """Counts who is connected with a live server."""

    def __init__(self) -> None:
        self._number = 0
        self._changed = Condition()

    def _add(self, number: int) -> None:
        with self._changed:
            self._number += number
            self._changed.notify_all()

    def watch(self, patch: pytest.MonkeyPatch) -> None:
        """Count from here on: from the moment at which the server takes a caller to the end of the caller's thread."""
        take, hear = ThreadedWSGIServer.process_request, ThreadedWSGIServer.process_request_thread

        def taken(server: ThreadedWSGIServer, *caller: Any) -> None:
            self._add(1)
            take(server, *caller)

        def heard(server: ThreadedWSGIServer, *caller: Any) -> None:
            try:
                hear(server, *caller)
            finally:
                self._add(-1)

        patch.setattr(ThreadedWSGIServer, "process_request", taken)
        patch.setattr(ThreadedWSGIServer, "process_request_thread", heard)

    def wait(self, server: LiveServer) -> None:
        """Wait until all are gone, those too that the server had not taken yet: they are taken in turn."""
        with socket.create_connection((server.thread.host, server.thread.port), timeout=_PATIENCE) as last:
            last.sendall(b"over\r\n\r\n")
            while last.recv(1024):
                pass
        with self._changed:
            assert self._changed.wait_for(lambda: self._number == 0, timeout=_PATIENCE), "somebody never hung up"


@contextmanager
def heard_out(server: LiveServer) -> Iterator[None]:
    """Wait, once the browser is closed, for what a live server still answers: the database is emptied next."""
    callers = _Callers()
    with pytest.MonkeyPatch.context() as patch:
        callers.watch(patch)
        yield
        callers.wait(server)


@pytest.fixture
def answered(transactional_db: None, live_server: LiveServer) -> Iterator[None]:
    """See `heard_out`."""
    with heard_out(live_server):
        yield


@pytest.fixture(scope="module")
def refilled(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Put back what migrations wrote: tests with a live server empty the database, and others of the process need it.

    For tests marked with `serialized_rollback=True`, which has Django keep a copy.
    """
    yield
    with django_db_blocker.unblock():
        connection.creation.deserialize_db_from_string(connection._test_serialized_contents)
    cache.clear()  # it speaks of pages that are gone
