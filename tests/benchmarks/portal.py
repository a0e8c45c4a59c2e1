"""How long the portal takes to answer at 100,000 pages: search, and each kind of page.

The portal is filled by an import, as it would be in a county: about five minutes on SQLite and six on PostgreSQL, on
two quiet cores; it is kept in var/bench/portal and filled again only with --fresh. Asking takes two minutes more. Where
PostgreSQL's programs are missing there are SQLite's figures alone.

Every figure is the median of so many requests, in milliseconds, without a web server: `cold` right after something was
published, when nothing of the portal is kept; `warm` when nothing was published since; `known` for a browser that has
the page and asks whether it still holds. The limits: search under 200 ms, every other page under 100 ms.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

from tests.benchmarks import imports
from tests.benchmarks.timing import show
from tests.importer.synthetic import Many
from tests.postgres import cluster, programs

WORK = Path(__file__).parents[2] / "var/bench/portal"
SEARCH, PAGE = 200.0, 100.0
"""Milliseconds."""


def filled(store: imports.Store, pages: int, *, fresh: bool) -> str:
    """Return the DATABASE_URL of a portal with so many pages."""
    done = WORK / f"{store.name}-{pages}.done"
    if isinstance(store, imports.Sqlite) and done.exists() and not fresh:
        return f"sqlite:///{WORK / 'portal.sqlite3'}"
    imports.built(store)
    many = Many("dahe", pages, pictures=200, documents=100)
    folder = imports.ledger(many, f"dahe-{pages}")
    url = store.copy("base", "portal")
    imports.work(url, imports.OURS, many, folder)
    shutil.rmtree(folder)
    done.touch()
    return url


def asked(url: str, rounds: int) -> dict[str, dict[str, float]]:
    """Return the figures of each kind of page, asked in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.portal_worker", url, str(WORK / "project"), str(rounds)]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, encoding="utf-8", check=True)
    found: dict[str, dict[str, float]] = json.loads(done.stdout.splitlines()[-1])
    return found


def measured(store: imports.Store, options: argparse.Namespace) -> dict[str, object]:
    """Return the figures on one database, and what was too slow."""
    found = asked(filled(store, options.pages, fresh=options.fresh), options.rounds)
    slow = [name for name, times in found.items() if times["cold"] > (SEARCH if name.startswith("search") else PAGE)]
    return {"milliseconds": found, "over the limit": slow}


def main() -> None:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--fresh", action="store_true", help="fill the portal anew")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], help="only this one")
    options = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    imports.WORK = WORK
    found: dict[str, object] = {"pages": options.pages, "rounds": options.rounds}
    if options.database != "postgresql":
        found["sqlite"] = measured(imports.Sqlite(), options)
    if options.database != "sqlite" and programs() is not None:
        with cluster(durable=True) as url:
            found["postgresql"] = measured(imports.Postgres(url), options)
    show(found)


if __name__ == "__main__":
    main()
