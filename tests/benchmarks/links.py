"""Links checked per second, against peers, on one static copy: takes about five minutes.

The server is nginx on loopback. shangyi and lychee get the list of all pages (lychee can't recurse) and check every
link on them; LinkChecker finds the pages itself. Both peers have their throttles lifted: LinkChecker by its settings
and the header with which a server allows it, lychee by its options. LinkChecker needs minutes, so it runs once.
"""

import argparse
import sys
from pathlib import Path

from tests.benchmarks.harvest import PEERS, ROOT
from tests.benchmarks.old_county import County, served
from tests.benchmarks.timing import Contender, Run, rounds, show, table

WORK = ROOT / "var/bench/links"
ALLOWED = "add_header LinkChecker allowed always;"
"""With this header a server tells LinkChecker that it may come as fast as its settings say."""
NOBODY = """
import os, sys
os.geteuid = lambda: 1
from linkcheck.command.linkchecker import linkchecker
sys.exit(linkchecker())
"""
"""Started by root, LinkChecker becomes nobody, who may not be able to read its own Python: then it finds one link."""


def listing(site: Path, port: int) -> Path:
    """Write the addresses of all pages, one a line; return the file."""
    pages = sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))
    file = WORK / "pages.txt"
    file.write_text("".join(f"http://127.0.0.1:{port}/{page}\n" for page in pages))
    return file


def empty() -> Path:
    """Return the working folder."""
    folder = WORK / "out"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def ours(port: int, pages: Path) -> Contender:
    """Return the check of the links, as `shangyi check --links` runs it once it knows the portal's pages."""
    command = [sys.executable, str(Path(__file__).with_name("links_worker.py")), f"http://127.0.0.1:{port}", str(pages)]
    return Contender("shangyi", ["env", f"PYTHONPATH={ROOT}", *command], empty)


def lychee(pages: Path) -> Contender:
    """Return lychee in list mode, without limits."""
    limits = ["--host-concurrency", "64", "--host-request-interval", "0ms"]
    command = [str(PEERS / "lychee"), "--no-progress", *limits, "--files-from", str(pages)]
    return Contender("lychee", command, empty)


def linkchecker(port: int) -> Contender:
    """Return LinkChecker, recursing from the home page, with its throttle lifted."""
    settings = empty() / "linkcheckerrc"
    settings.write_text("[checking]\nmaxrequestspersecond=100000\n")
    options = ["--no-status", "--no-warnings", "--config", str(settings)]
    command = [str(PEERS / "python"), "-c", NOBODY, *options, f"http://127.0.0.1:{port}/"]
    return Contender("linkchecker", command, empty, frozenset({0, 1}))


def main() -> None:
    """Print what each contender needs for the same site."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="?", default="ratio", choices=["ratio"])
    parser.add_argument("--pages", type=int, default=3_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    site = ROOT / f"var/bench/harvest/site-{asked.pages}"
    County(asked.pages).write(site)
    empty()
    with served(site, WORK / "nginx", ALLOWED) as port:
        pages = listing(site, port)
        quick = [ours(port, pages), *([lychee(pages)] if (PEERS / "lychee").exists() else [])]
        runs: dict[str, list[Run]] = dict(rounds(quick, asked.rounds, WORK / "logs"))
        if (PEERS / "linkchecker").exists():
            runs |= rounds([linkchecker(port)], 1, WORK / "logs")
    counted = (WORK / f"logs/shangyi-{asked.rounds - 1}.log").read_text().strip()
    contenders = table(runs, "shangyi", asked.pages)
    show({"pages": asked.pages, "rounds": asked.rounds, "counted": counted, "contenders": contenders})


if __name__ == "__main__":
    main()
