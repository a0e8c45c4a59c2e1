"""Import beside the naive way, which writes page by page with Wagtail's own methods; and its memory.

`ratio` takes about an hour a database, nearly all of it the naive way's; `scale` as long as the import of 100,000
pages. PostgreSQL is a server of the benchmark's own that syncs as any does; where its programs are missing there are
SQLite's figures alone. Every run is a process of its own on a copy of the same portal; its seconds are those of the
import, without the start of Python and Django. Files are in the portal before pages are timed.

Pictures are timed from the archive to their rows. Both ways read each from its WARC file and decode it in full: ours to
keep out what can't be shown, Wagtail's `Image` twice over, to learn its size. The naive way saves one after the other
with Wagtail's signals (search, references), as its upload form does. Ours also knows equal bytes by their digest,
writes receipts and old addresses, and syncs each file before the row that names it; the naive way does none of that.
"""

import argparse
import dataclasses
import json
import os
import shutil
import sqlite3
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.benchmarks.timing import Contender, run, show
from tests.importer.synthetic import Many, write_ledger
from tests.postgres import cluster, programs

WORK = Path(__file__).parents[2] / "var/bench/imports"
DAHE, XIAOHE = Many("dahe", 0, pictures=200, documents=100), Many("xiaohe", 0, pictures=200, documents=100)
OURS, NAIVE = "import", "naive"
NAIVE_FILES = "naive-files"
STOCK, STOCK_FILES = "naive-stock-search", "naive-files-stock-search"
"""The naive way as it is anywhere else: with Wagtail's own search index, whose upkeep grows with the site. `NAIVE` and
`NAIVE_FILES` are the same in this portal, whose index costs little."""


@dataclass(frozen=True)
class Timed:
    """One import."""

    seconds: float
    cpu: float
    """Seconds of user and system time, the start of the process included, the database server's not."""
    memory: float
    """Peak resident memory in MB."""


class Sqlite:
    """Databases as files."""

    name = "sqlite"

    def empty(self, name: str) -> str:
        """Return the DATABASE_URL of a new database."""
        for file in WORK.glob(f"{name}.sqlite3*"):
            file.unlink()
        return f"sqlite:///{WORK / name}.sqlite3"

    def copy(self, of: str, name: str) -> str:
        """Return the DATABASE_URL of a copy of another database."""
        url = self.empty(name)
        source, target = sqlite3.connect(WORK / f"{of}.sqlite3"), sqlite3.connect(WORK / f"{name}.sqlite3")
        source.backup(target)
        source.close()
        target.close()
        return url


class Postgres:
    """Databases of one server."""

    name = "postgresql"

    def __init__(self, url: str) -> None:
        self._url = url

    def empty(self, name: str) -> str:
        """Return the DATABASE_URL of a new database."""
        return self.copy("template0", name)

    def copy(self, of: str, name: str) -> str:
        """Return the DATABASE_URL of a copy of another database."""
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{of}"')
        return self._url.replace("/postgres?", f"/{name}?")


Store = Sqlite | Postgres


def work(url: str, job: str, many: Many, folder: Path) -> Timed:
    """Run one job of `import_worker` on a database, in a process of its own."""
    words = [url, job, many.name, str(folder), str(WORK / "project")]
    command = [sys.executable, "-m", "tests.benchmarks.import_worker", *words]
    log = WORK / "logs" / f"{job}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    os.sync()  # else a run that syncs waits for what the one before it left
    found = run(Contender(job, command, lambda: Path(__file__).parents[2]), log)
    said = json.loads(log.read_text(encoding="utf-8").splitlines()[-1])
    print(f"  {job} {said}", file=sys.stderr)
    return Timed(said["seconds"], round(found.cpu, 2), round(found.memory))


def ledger(many: Many, name: str, *, pages: bool = True) -> Path:
    """Return the folder with a site's ledger and files, written anew."""
    folder = WORK / "sites" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write_ledger(folder, many.files(), many.articles() if pages else ()).close()
    return folder


def built(store: Store) -> None:
    """Make the database `base`: the portal, and in it the files that the pages of both sites use."""
    shutil.rmtree(WORK / "project", ignore_errors=True)
    shutil.copytree(Path(__file__).parents[2] / "mappings", WORK / "project" / "mappings")
    url = store.empty("bare")
    work(url, "build", DAHE, WORK)
    url = store.copy("bare", "base")
    for many in (DAHE, XIAOHE):
        work(url, OURS, many, ledger(many, f"{many.name}-files", pages=False))


def compared(store: Store, of: str, many: Many, jobs: Sequence[str], rounds: int, count: int) -> dict[str, object]:
    """Return what each job took to bring a site into copies of a database, in turn, as medians.

    Where there is nothing but files, none is there yet.
    """
    folder = ledger(many, f"{many.name}-{count}", pages=many.pages > 0)
    times: dict[str, list[Timed]] = {job: [] for job in jobs}
    for _round in range(rounds):
        for job in jobs:
            if not many.pages:
                set_media_aside()
            times[job].append(work(store.copy(of, "round"), job, many, folder))
    own = statistics.median(time.seconds for time in times[OURS])
    return {
        job: {
            "seconds": round(statistics.median(time.seconds for time in found), 2),
            "seconds_min_max": [round(min(t.seconds for t in found), 2), round(max(t.seconds for t in found), 2)],
            "per_second": round(count / statistics.median(time.seconds for time in found), 1),
            "cpu_s": round(statistics.median(time.cpu for time in found), 2),
            "memory_mb": max(time.memory for time in found),
            "import_is_faster": round(statistics.median(time.seconds for time in found) / own, 1),
        }
        for job, found in times.items()
    }


def set_media_aside() -> None:
    """Begin without files. Those of earlier rounds stay: ext4 would search past what was just deleted, at each file."""
    media = WORK / "project" / "var" / "media"
    if media.exists():
        media.rename(media.with_name(f"media-{len(list(media.parent.iterdir()))}"))


def sized(many: Many, pages: int) -> Many:
    """Return the site with so many pages."""
    return Many(many.name, pages, many.pictures, many.documents)


def ratio(store: Store, asked: argparse.Namespace) -> dict[str, object]:
    """Return the figures beside the naive way's: an empty portal, a full one, pictures with their files."""
    built(store)
    empty = compared(store, "base", sized(DAHE, asked.pages), (OURS, NAIVE, STOCK), asked.rounds, asked.pages)
    full = sized(DAHE, asked.there)
    loaded = work(store.copy("base", "full"), OURS, full, ledger(full, "dahe-full"))
    more = compared(store, "full", sized(XIAOHE, asked.more), (OURS, NAIVE, STOCK), asked.rounds, asked.more)
    pictures = Many("dahe", 0, pictures=asked.pictures, documents=0, picture_size=(320, 240))
    images = compared(store, "bare", pictures, (OURS, NAIVE_FILES, STOCK_FILES), asked.rounds, asked.pictures)
    return {
        f"{asked.pages} pages into an empty portal": empty,
        f"{asked.there} pages": dataclasses.asdict(loaded),
        f"{asked.more} pages more when these are there": more,
        f"{asked.pictures} pictures": images,
    }


def scale(store: Store, asked: argparse.Namespace) -> dict[str, object]:
    """Return what one import of many pages costs, and the same once more, which changes nothing."""
    built(store)
    many = sized(DAHE, asked.there)
    folder = ledger(many, "dahe-scale")
    url = store.copy("base", "scale")
    first, again = work(url, OURS, many, folder), work(url, OURS, many, folder)
    return {f"{asked.there} pages": {"first": dataclasses.asdict(first), "unchanged": dataclasses.asdict(again)}}


def main() -> None:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="?", default="ratio", choices=["ratio", "scale"])
    parser.add_argument("--database", choices=["sqlite", "postgresql"], help="only this one")
    parser.add_argument("--pages", type=int, default=2_000)
    parser.add_argument("--there", type=int, help="pages that are there already (20,000), or of scale (100,000)")
    parser.add_argument("--more", type=int, default=500)
    parser.add_argument("--pictures", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    asked.there = asked.there or (20_000 if asked.what == "ratio" else 100_000)
    measure = ratio if asked.what == "ratio" else scale
    WORK.mkdir(parents=True, exist_ok=True)
    found: dict[str, object] = {"rounds": asked.rounds}
    if asked.database != "postgresql":
        found["sqlite"] = measure(Sqlite(), asked)
    if asked.database == "postgresql" or (asked.database is None and programs()):
        with cluster(durable=True) as url:
            found["postgresql"] = measure(Postgres(url), asked)
    show(found)


if __name__ == "__main__":
    main()
