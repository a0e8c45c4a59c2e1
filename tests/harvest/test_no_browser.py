"""`--browser` where Playwright is not installed: said before anything is asked or begun, and nothing is lost."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from migrate.config import find_project
from migrate.harvest import HarvestRun, Progress, run_harvest
from tests.commands import ROOT, Done, digests, environment, new_project, shangyi, words_of
from tests.harvest.oldsite import FAMILIES, HOST, OldSite, config
from tests.harvest.test_harvest import rows

WITHOUT = """import sys
class Without:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "playwright":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Without())
"""


@pytest.fixture
def without(tmp_path: Path) -> Callable[..., Done]:
    """The command line in a Python that has no Playwright."""
    (tmp_path / "without").mkdir()
    (tmp_path / "without" / "sitecustomize.py").write_text(WITHOUT, encoding="utf-8")
    env = environment(PYTHONPATH=os.pathsep.join([str(tmp_path / "without"), str(ROOT)]))

    def run(project: Path, *words: str) -> Done:
        asked = words_of(project, *words)
        done = subprocess.run(asked, cwd=ROOT, env=env, capture_output=True, encoding="utf-8", timeout=240, check=False)
        return Done(done.returncode, done.stdout, done.stderr)

    return run


def stop(_progress: Progress) -> None:
    raise KeyboardInterrupt


def test_a_harvest_that_wants_a_browser_says_what_is_missing(tmp_path: Path, without: Callable[..., Done]) -> None:
    project = new_project(tmp_path / "project")
    folder = find_project(project).archive_of("dahe")
    site = OldSite()
    site.html("/", '<a href="/list.html">通知公告</a>')
    site.html("/list.html", "<script>load()</script><ul id=list></ul>")
    with site.served():
        words = ("harvest", "dahe", "--rate", "0", "--resolve", f"{HOST}={site.address}")
        new = without(project, *words, "--browser", "empty")
        assert new.code == 3
        assert "Playwright is not installed" in new.said and "pip install playwright" in new.said
        assert not site.counts and not (folder / "ledger.sqlite").exists()

        with pytest.raises(KeyboardInterrupt):
            run_harvest(config(site), FAMILIES, folder, HarvestRun(), stop)
        assert rows(folder, "SELECT state FROM captures") == [("running",)]
        before, asked = digests(folder), site.counts.total()
        again = without(project, *words, "--browser", "all", "--fresh")
        assert (again.code, again.said) == (3, new.said)
        assert digests(folder) == before and site.counts.total() == asked

        done = without(project, *words, "--json")
        assert done.code in (0, 1) and done.json["resumed"], done.err
    assert rows(folder, "SELECT state FROM captures") == [("finished",)]


def test_doctor_says_what_keeps_a_browser_away(tmp_path: Path, without: Callable[..., Done]) -> None:
    project = new_project(tmp_path / "project")

    def browser(run: Callable[..., Done] = shangyi, **env: str) -> str:
        found = {point["name"]: point for point in run(project, "doctor", "--json", **env).json}["browser"]
        assert found["good"]  # it is optional
        return str(found["found"])

    assert browser(without).startswith("none (only pages that scripts make need one): Playwright is not installed")
    pytest.importorskip("playwright")
    nowhere = {"PATH": str(tmp_path / "empty"), "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path / "empty")}
    assert browser(**nowhere) == "none (only pages that scripts make need one): there is no Chromium, Chrome or Edge."
    own = tmp_path / "bin" / "chromium"
    own.parent.mkdir()
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    assert browser(**nowhere | {"PATH": str(own.parent)}) == str(own)
