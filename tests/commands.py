"""Running the real command line in processes of its own, on projects in temporary folders."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
_LONGEST = 240
"""Seconds after which a command counts as hanging."""


@dataclass(frozen=True)
class Done:
    """What a command left: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def said(self) -> str:
        """Stderr in one line, without frames and line breaks, so that a sentence can be looked for."""
        return " ".join(self.err.replace("│", " ").split())

    @property
    def step(self) -> str:
        """What the last line says to do next."""
        last = self.err.strip().splitlines()[-1]
        assert last.startswith("Next step: "), self.err
        return last.removeprefix("Next step: ")


def environment(**more: str) -> dict[str, str]:
    """Return a clean environment: nothing of this machine's language, project, database or terminal."""
    dropped = ("SHANGYI_", "DATABASE_URL", "DJANGO_", "SECRET_KEY", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return {**kept, "SHANGYI_LANG": "en", **more}


def words_of(folder: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "migrate", "-C", str(folder), *words]


def shangyi(folder: Path, *words: str, cwd: Path = ROOT, **env: str) -> Done:
    """Run `shangyi -C folder words…` to its end. No command may ever show a traceback."""
    done = subprocess.run(
        words_of(folder, *words),
        cwd=cwd,
        env=environment(PYTHONPATH=str(ROOT), **env),
        capture_output=True,
        encoding="utf-8",
        timeout=_LONGEST,
        check=False,
    )
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return Done(done.returncode, done.stdout, done.stderr)


def together(*commands: tuple[Path, tuple[str, ...]]) -> list[Done]:
    """Run commands that do not get in each other's way, as many at once as there are processors."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda command: shangyi(command[0], *command[1]), commands))


@contextmanager
def interrupted(folder: Path, *words: str, once: Callable[[], bool]) -> Iterator[Done]:
    """Run a command and press Ctrl-C as soon as `once()` is true; yield what it left."""
    running = subprocess.Popen(
        words_of(folder, *words),
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        patience = time.monotonic() + _LONGEST
        while running.poll() is None and not once():
            assert time.monotonic() < patience, "the moment for Ctrl-C never came"
            time.sleep(0.005)
        assert running.poll() is None, f"ended before Ctrl-C could be pressed: {running.communicate()}"
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=_LONGEST)
    finally:
        running.kill()
        running.wait()
    assert "Traceback" not in out + err, err
    yield Done(running.returncode, out, err)


def new_project(folder: Path) -> Path:
    """Make a project with this repository's mappings: the demo's site, nothing harvested, no portal."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(ROOT / "mappings", folder / "mappings")
    return folder


def digests(folder: Path) -> dict[str, str]:
    """Return path → digest of every file below a folder, but SQLite's memory of who reads: it holds no data."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(".sqlite3-shm")
    }


def runs(folder: Path, command: str, site: str = "dahe") -> list[Path]:
    """Return the files that a command left in archives/<site>/runs/, oldest first."""
    return sorted((folder / "archives" / site / "runs").glob(f"*-{command}.json"))
