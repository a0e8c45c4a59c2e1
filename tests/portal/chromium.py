"""Real Chromium for the tests of all rooms: the fixture, and the marks of tests that ask a live server."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

PATIENCE = 30_000
"""Milliseconds for whatever a test waits to see: a test machine is busy with others. Playwright's own for all it does,
but not for what it expects."""
expect.set_options(timeout=PATIENCE)
CHROMIUM = Path(shutil.which("chromium") or "/usr/bin/chromium")
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

needs_chromium = pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed")
pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), needs_chromium]
"""Of tests that write while the server runs: what is there is lost with each."""
only_looks = [pytest.mark.django_db(serialized_rollback=True), needs_chromium]
"""Of tests that look at what their module's fixture `served` wrote."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run the browser."""
    with pytest.MonkeyPatch.context() as environment:
        # Playwright keeps an event loop in this thread; Django would then refuse the database to the fixtures' clean-up
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        with sync_playwright() as playwright:
            running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            yield running
            running.close()


@pytest.fixture
def browser(refilled: None, answered: None) -> Iterator[Browser]:
    """A browser for one test; closed before the database is emptied: beside its loop Django has another connection."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def one_browser(served: object) -> Iterator[Browser]:
    """A browser for all tests of a module; closed before the server is."""
    with chromium() as running:
        yield running
