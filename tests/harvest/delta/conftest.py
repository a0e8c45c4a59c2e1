"""A small site that knows versions, harvested without waiting."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import migrate.harvest.run
from tests.harvest.delta.versioned import Versioned
from tests.harvest.oldsite import Answer


@pytest.fixture
def site() -> Iterator[Versioned]:
    with Versioned().served() as served:
        served.html("/", '<a href="/a.html">a</a><a href="/b.html">b</a><a href="/f.doc">f</a>')
        served.html("/a.html", "甲" * 50)
        served.html("/b.html", "乙" * 50)
        served.pages["/f.doc"] = Answer(b"\xd0\xcf\x11\xe0 word", type="application/msword")
        served.pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow:", type="text/plain")
        yield served  # type: ignore[misc]


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    options = migrate.harvest.run.client_options
    monkeypatch.setattr(migrate.harvest.run, "client_options", lambda *asked: replace(options(*asked), backoff=0.0))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "dahe"
