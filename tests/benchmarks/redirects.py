"""Old addresses: loading the redirect maps of the UK's government, asking for all of them, a table of a million.

`load` makes a project with one site for each host of the maps, loads all 51 files with the product's own command, runs
the portal under gunicorn and asks it for every address; what is right is worked out here, from the files alone. The
allowed hosts are the files' own target hosts. `million` times the application's answer with a table of a thousand and
of a million old addresses, in turn, on SQLite and on PostgreSQL (where its programs are installed).
"""

import argparse
import asyncio
import csv
import gzip
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from migrate.urls import DEFAULT_DOCUMENTS, UrlRules, canonical, host_of
from tests.benchmarks.imports import Postgres, Sqlite
from tests.benchmarks.timing import show
from tests.postgres import cluster, programs

ROOT = Path(__file__).parents[2]
WORK = ROOT / "var/bench/redirects"
MAPS = Path(os.environ.get("SHANGYI_CORPUS", ROOT.parent / "shared/corpus")) / "redirects_govuk"
RANK = {"301": 0, "410": 1, "418": 2}
ROUNDS = 5


@dataclass(frozen=True)
class Wanted:
    """What an address must answer, by the files."""

    status: int
    location: str = ""


def lines() -> Iterator[tuple[str, str, str]]:
    """Yield (old address, target, status) of all maps, in the order in which they are loaded."""
    for file in sorted(MAPS.glob("*.csv.gz")):
        with gzip.open(file, "rt", encoding="utf-8", newline="") as text:
            for row in csv.DictReader(text):
                yield row["Old Url"], row["New Url"], row["Status"]


def key_of(url: str) -> str:
    """Return the key of an address: each host of the maps is a site, its rules are those of a new site file."""
    return canonical(url, UrlRules(host_of(url), case_sensitive=False, default_documents=DEFAULT_DOCUMENTS))


def expected() -> dict[str, Wanted]:
    """Return old address → what must be answered: the stated order, chains to their end."""
    best: dict[str, tuple[str, str]] = {}
    urls = {}
    for url, target, status in lines():
        key = urls[url] = key_of(url)
        if key not in best or RANK[status] < RANK[best[key][1]]:
            best[key] = target, status
    wanted = {}
    for url, key in urls.items():
        target, status = best[key]
        passed = {key}
        while status == "301" and (step := key_of(target)) in best and step not in passed:
            passed.add(step)
            target, status = best[step]
        circle = status == "301" and key_of(target) in passed
        wanted[url] = Wanted(404) if circle or status == "418" else Wanted(int(status), target)
    return wanted


def project() -> Path:
    """Write a project with one site for each host, and build its portal."""
    shutil.rmtree(WORK, ignore_errors=True)
    folder = WORK / "project"
    shutil.copytree(ROOT / "mappings", folder / "mappings")
    for file in (folder / "mappings/sites").iterdir():
        file.unlink()
    found = list(lines())
    targets = sorted({host_of(target) for _url, target, _status in found if target})
    for host in sorted({host_of(url) for url, _target, _status in found}):
        name = host.replace(".", "-")
        text = f"site: {{id: {name}, name: {host}, url: 'http://{host}/', channel: /towns/dahe/,\n"
        text += f"  redirects: {{hosts: {json.dumps(targets)}}}}}\n"
        (folder / f"mappings/sites/{name}.yaml").write_text(text, encoding="utf-8")
    shangyi(folder, "cms", "build")
    return folder


def environment(folder: Path, url: str = "") -> dict[str, str]:
    """Return the environment of a portal in production on SQLite."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("SHANGYI_")},
        "SHANGYI_PROJECT": str(folder),
        "SHANGYI_HTTPS": "0",
        "SECRET_KEY": "of a benchmark",
        "DJANGO_SETTINGS_MODULE": "cms_site.settings.production",
        "DATABASE_URL": url or f"sqlite:///{folder}/var/portal.sqlite3",
    }


def shangyi(folder: Path, *words: str, codes: tuple[int, ...] = (0,)) -> str:
    """Run a command; return its stdout."""
    command = [sys.executable, "-m", "migrate", "-C", str(folder), *words]
    done = subprocess.run(command, cwd=ROOT, env=environment(folder), capture_output=True, text=True, check=False)
    if done.returncode not in codes:
        raise RuntimeError(done.stderr[-3000:])
    return done.stdout


def load(folder: Path) -> dict[str, object]:
    """Load all maps; return how long the command took and what it says."""
    files = [str(file) for file in sorted(MAPS.glob("*.csv.gz"))]
    began = time.perf_counter()
    said = json.loads(shangyi(folder, "redirects", "all", "load", *files, "--json", codes=(0, 1)))
    wall = time.perf_counter() - began
    checks = Counter(finding["check"] for finding in said.pop("findings"))
    del said["files"]
    return {"wall_s": round(wall, 1), **said, "findings": checks}


@contextmanager
def gunicorn(folder: Path, port: int = 8765) -> Iterator[str]:
    """Run the portal under gunicorn."""
    words = ["-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "2", "--log-level", "error"]
    words += ["--timeout", "300"]  # on a machine with other work, a write may wait for the disk
    server = subprocess.Popen([sys.executable, *words, "cms_site.wsgi:application"], cwd=ROOT, env=environment(folder))
    try:
        for _ in range(240):
            with suppress(OSError):
                asyncio.run(_connect(port))
                break
            time.sleep(0.25)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


async def _connect(port: int) -> None:
    _reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()


async def ask_all(base: str, wanted: dict[str, Wanted]) -> dict[str, object]:
    """Ask for every address; return how many answers were right, by status, and the wrong ones."""
    right: Counter[int] = Counter()
    wrong: list[str] = []
    left = iter(wanted.items())
    began = time.perf_counter()

    async def worker(session: aiohttp.ClientSession) -> None:
        for url, want in left:
            parts = urlsplit(url)
            asked = URL(base + (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), encoded=True)
            async with session.get(asked, headers={"Host": parts.netloc}, allow_redirects=False) as answer:
                location = answer.headers.get("Location", "")
                if (answer.status, URL(location).human_repr()) == (want.status, URL(want.location).human_repr()):
                    right[answer.status] += 1
                else:
                    wrong.append(f"{url}: {answer.status} {location} instead of {want.status} {want.location}")

    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(worker(session) for _ in range(8)))
    seconds = time.perf_counter() - began
    return {
        "asked": len(wanted),
        "right": right,
        "wrong": len(wrong),
        "wrong_first": wrong[:10],
        "per_s": round(len(wanted) / seconds),
    }


def one_table(folder: Path, url: str, count: int) -> dict[str, float]:
    """Time the application on one table, in a process of its own; fills the table at first."""
    words = ["-m", "tests.benchmarks.redirects_worker", str(count)]
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environment(folder, url), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    said: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    print(f"  {url.split(':', maxsplit=1)[0]} {count}: {said}", file=sys.stderr)
    return said


def million(store: Sqlite | Postgres, folder: Path, counts: tuple[int, int]) -> list[dict[str, object]]:
    """Time lookups in a small and in a large table of one database, in turn."""
    urls = {count: store.empty(f"table{count}") for count in counts}
    runs: dict[int, list[dict[str, float]]] = {count: [] for count in counts}
    for _ in range(ROUNDS + 1):
        for count, url in urls.items():
            runs[count].append(one_table(folder, url, count))
    rows: list[dict[str, object]] = []
    for count, found in runs.items():
        timed = found[1:]  # the first filled the table
        rows.append(
            {
                "database": store.name,
                "addresses": count,
                "median_ms": {name: round(statistics.median(one[name] for one in timed), 3) for name in timed[0]},
            }
        )
    return rows


def main() -> None:
    """Do what is asked, both without a word."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="?", choices=("load", "million"))
    parser.add_argument("--count", type=int, default=1_000_000, help="addresses of the large table")
    chosen = parser.parse_args()
    if chosen.what != "million":
        folder = project()
        show(load(folder))
        wanted = expected()
        with gunicorn(folder) as base:
            show(asyncio.run(ask_all(base, wanted)))
    if chosen.what != "load":
        import tests.benchmarks.imports as stores

        folder = stores.WORK = WORK / "million"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(ROOT / "mappings", folder / "mappings")
        counts = (1000, chosen.count)
        show(million(Sqlite(), folder, counts))
        if programs() is None:
            print("no PostgreSQL here: its figures are missing", file=sys.stderr)
            return
        with cluster(durable=True) as url:
            show(million(Postgres(url), folder, counts))


if __name__ == "__main__":
    main()
