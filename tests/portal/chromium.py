"""Real Chromium for the tests of all rooms: the fixture, and the marks of tests that ask a live server."""

import shutil
from pathlib import Path

import pytest

CHROMIUM = Path(shutil.which("chromium") or "/usr/bin/chromium")
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

needs_chromium = pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed")
pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.usefixtures("refilled", "closed"),
    needs_chromium,
]
"""Of tests that write while the server runs: what is there is lost with each."""
only_looks = [pytest.mark.django_db(serialized_rollback=True), needs_chromium]
"""Of tests that look at what their module's fixture `served` wrote."""


@pytest.fixture(scope="module")
def browser():
    with pytest.MonkeyPatch.context() as environment:
        # Playwright keeps an event loop in this thread; Django would then refuse the database to the fixtures' clean-up
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        from playwright.sync_api import sync_playwright

        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            yield chromium
            chromium.close()
