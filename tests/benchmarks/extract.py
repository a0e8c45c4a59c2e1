"""Extraction against trafilatura, on one core, over real pages. Takes about two minutes; wants the corpus.

Both get a page's bytes and its URL, and start when all pages are in memory. Ours decodes, cuts what was injected, reads
all fields, screens for personal data and sanitises; trafilatura reads text and metadata with its default settings.
"""

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.timing import show

ROOT = Path(__file__).parents[2]
WORK = ROOT / "var/bench/extract"
PEER = ROOT / "var/bench/peers/bin/python"
CORPUS = Path(os.environ.get("SHANGYI_CORPUS") or ROOT.parent / "shared/corpus")

TRAFILATURA = """
import json, sys, time
from pathlib import Path
from trafilatura import bare_extraction

pages = [(Path(path).read_bytes(), url) for path, url in json.loads(Path(sys.argv[1]).read_text())]
for html, url in pages[:5]:
    bare_extraction(html, url=url, with_metadata=True)
wall, cpu, found = time.perf_counter(), time.process_time(), 0
for html, url in pages:
    found += bare_extraction(html, url=url, with_metadata=True) is not None
print(json.dumps([time.perf_counter() - wall, time.process_time() - cpu, found]))
"""


def chosen(every: int) -> Iterator[tuple[str, str]]:
    """Yield path and URL of one in `every` article pages of each folder."""
    seen: dict[str, int] = {}
    with (CORPUS / "index.tsv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["kind"] != "article" or not row["local_path"].endswith((".html", ".htm", ".shtml", ".aspx")):
                continue
            folder, _slash, rest = row["local_path"].partition("/")
            seen[folder] = seen.get(folder, 0) + 1
            url = row["original_url"]
            if seen[folder] % every == 1 or every == 1:
                address = url if url.startswith("http") else f"http://old.example.gov.cn/{rest}"
                yield str(CORPUS / row["local_path"]), address


def ours(listed: Path) -> tuple[float, float, int]:
    """Extract all pages; return seconds, seconds of CPU, and how many are articles."""
    from migrate.extract import Page, extract
    from migrate.families import load_families
    from migrate.garbage import seldom_collected
    from migrate.records import Kind
    from tests.extract.sites import site_for

    families = load_families(ROOT / "mappings/families.yaml")
    pages = [(Path(path).read_bytes(), url, site_for(url)) for path, url in json.loads(listed.read_text())]
    for html, url, site in pages[:5]:
        extract(Page(url, url, html, "text/html"), site, families)
    wall, cpu, found = time.perf_counter(), time.process_time(), 0
    with seldom_collected():  # as map does
        for html, url, site in pages:
            found += extract(Page(url, url, html, "text/html"), site, families).record.kind is Kind.ARTICLE
    return time.perf_counter() - wall, time.process_time() - cpu, found


def run(command: list[str]) -> tuple[float, float, int]:
    """Run one contender in a process of its own; return what it printed. Raises CalledProcessError where it failed."""
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
    wall, cpu, found = json.loads(done.stdout.splitlines()[-1])
    return wall, cpu, found


def row(name: str, runs: list[tuple[float, float, int]], pages: int, own: float) -> dict[str, object]:
    """Return one contender's medians, and how many times faster ours is."""
    cpu = statistics.median(run[1] for run in runs)
    return {
        "name": name,
        "wall_s": round(statistics.median(run[0] for run in runs), 2),
        "cpu_s": round(cpu, 2),
        "cpu_min_max_s": [round(min(run[1] for run in runs), 2), round(max(run[1] for run in runs), 2)],
        "pages_per_cpu_s": round(pages / cpu, 1),
        "found": runs[0][2],
        "ours_is_faster": round(cpu / own, 2),
    }


def ratio(every: int, times: int) -> None:
    """Print pages a second of both, in interleaved rounds."""
    WORK.mkdir(parents=True, exist_ok=True)
    listed, script = WORK / "pages.json", WORK / "peer.py"
    pages = list(chosen(every))
    listed.write_text(json.dumps(pages))
    script.write_text(TRAFILATURA)
    commands = {
        "shangyi": [sys.executable, "-m", "tests.benchmarks.extract", "--read", str(listed)],
        "trafilatura": [str(PEER), str(script), str(listed)],
    }
    runs: dict[str, list[tuple[float, float, int]]] = {name: [] for name in commands}
    for _round in range(times):
        for name, command in commands.items():
            found = run(command)
            print(f"  {name}: {found[1]:.2f} s", file=sys.stderr)
            runs[name].append(found)
    own = statistics.median(run[1] for run in runs["shangyi"])
    show({
        "pages": len(pages),
        "rounds": times,
        "contenders": [row(name, found, len(pages), own) for name, found in runs.items()],
    })  # fmt: skip


def main() -> None:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="?", default="ratio", choices=["ratio"])
    parser.add_argument("--every", type=int, default=6, help="one article page in so many, of each folder")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.read:
        print(json.dumps(ours(asked.read)))
    elif not (CORPUS / "index.tsv").exists():
        print(f"Skipped: there are no real pages in {CORPUS}. Set SHANGYI_CORPUS.", file=sys.stderr)
    elif not PEER.exists():
        print("Skipped: the peers are not installed. Run it with: make bench ROOM=extract", file=sys.stderr)
    else:
        ratio(asked.every, asked.rounds)


if __name__ == "__main__":
    main()
