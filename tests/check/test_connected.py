"""Connections to the portal: what they need on the disk is there while they are open, and not a moment longer."""

import asyncio
import tempfile
from pathlib import Path

import pytest

from migrate.check import portal as opened
from migrate.check.portal import Connected
from tests.check.building import FakePortal, serving


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where folders that last for a moment are made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_before_and_after_it_nothing_lies_there(folders: Path) -> None:
    portal = FakePortal()

    async def opening() -> None:
        connected = Connected(portal.target)
        assert list(folders.iterdir()) == []
        for _again in range(2):
            async with connected:
                assert len(list(folders.iterdir())) == 1
            assert list(folders.iterdir()) == []

    with serving(portal):
        asyncio.run(opening())


def test_nothing_is_left_where_it_can_not_be_opened(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_words: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(opened, "_places", fail)

    async def opening() -> None:
        async with Connected(FakePortal().target):
            pytest.fail("opened")

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(opening())
    assert list(folders.iterdir()) == []
