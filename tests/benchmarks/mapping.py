"""Mapping alone, after extraction: sites of several sizes as harvest and extraction leave them, a process for each.

Each site has lists, articles with bodies of two thousand characters, pictures and attachments, a dozen rules with every
kind of condition, and values to put right. The time is that of `map_entries` and the look ahead, on one core; memory is
the process's peak. Both are told per entry, for memory must stay flat.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from tests.benchmarks.timing import show

ROOT = Path(__file__).parents[2]
WORK = ROOT / "var/bench/mapping"
HOST = "http://www.dahe.example.gov.cn"
STAMP = "20261121T093000Z"
COLUMNS = ("gzdt", "tzgg", "zcwj", "czxx", "bszn", "rsxx", "ghjh", "zjdh", "cwgk", "zt")
SENTENCE = "大河镇组织各村开展春季道路养护和安全生产检查，确保群众出行方便。"
SITE = """
site:
  id: dahe
  name: 大河镇人民政府
  url: http://www.dahe.example.gov.cn/
  channel: /towns/dahe/
  urls: {case_sensitive: false, keep_query: [id]}
rules:
  - {name: 列表, match: {kind: [home, list]}, redirect: column}
  - {name: 专题, match: {path: "/zt/**"}, archive: 专题已结束}
  - name: 政策
    match: {path: "/zcwj/**", kind: article}
    when: {document_number: "大政发〔*", date: {from: 2010}}
    column: policies
    require: [document_number]
    set: {issuer: [issuer, "meta:ContentSource", {apply: {default: 大河镇人民政府}}]}
  - {name: 无文号, match: {path: "/zcwj/**", kind: article}, column: notices}
  - {name: 财政, match: {any: [{breadcrumb: 财政信息}, {meta: {ColumnType: 财政*}}], kind: article}, column: budget}
  - name: 办事
    match: {all: [{path: "/bszn/**"}, {not: {fields: {title: "*公告*"}}}], kind: article}
    column: services
  - {name: 概况, match: {listed: "/zjdh/**", kind: article}, column: overview}
  - {name: 早年公告, match: {path: "/tzgg/**", date: {to: 2012}, kind: article}, archive: 早年公告}
  - {name: 公告, match: {path: ["/tzgg/**", "/rsxx/**", "/cwgk/**"], kind: article}, column: notices}
  - {name: 招标, match: {fields: {title: "*招标*"}, kind: article}, column: notices}
  - name: 动态
    match: {kind: article}
    column: news
    set:
      source: [{from: source, apply: [strip, {table: {党政办: 大河镇党政办公室}}]}, source]
      published: [published, path]
"""


def records(articles: int) -> Iterator[object]:
    """Yield the records of a site: a list page for each twenty articles, and the articles."""
    from migrate.records import Field, FileLink, Kind, Listing, Record

    body = "".join(f"<p>{SENTENCE * 4}</p>" for _paragraph in range(15))
    for number in range(articles):
        column = COLUMNS[number % len(COLUMNS)]
        day = (date(2008, 1, 1) + timedelta(days=number % 3000)).isoformat()
        url = f"{HOST}/{column}/{day[:7].replace('-', '')}/t{day.replace('-', '')}_{number}.html"
        files = (FileLink(f"{HOST}/{column}/files/P{number}.doc", f"附件{number}.doc"),) if number % 5 == 0 else ()
        yield Record(
            key=url,
            kind=Kind.ARTICLE,
            title=Field(f"关于做好第{number}号道路养护工作的通知", "selector:h1", 0.95),
            published=Field(day, "label:发布时间", 0.95),
            source=Field("党政办", "label:来源", 0.9),
            document_number=Field(f"大政发〔{day[:4]}〕{number}号", "label:文号", 0.9) if column == "zcwj" else None,
            breadcrumb=("政务公开", "财政信息" if column == "czxx" else column),
            meta={"ColumnType": "工作动态", "ContentSource": "大河镇人民政府", "SiteName": "大河镇人民政府"},
            body=f"{body}<p>{number}</p>",
            attachments=files,
            images=(FileLink(f"{HOST}/{column}/images/W{number}.jpg", ""),) if number % 3 == 0 else (),
            evidence="trs (/t), utf-8 (meta)",
        )
        if number % 20 == 0:
            lines = tuple(Listing(f"{url}?{line}", "题目") for line in range(20))
            yield Record(key=f"{HOST}/{column}/index_{number}.html", kind=Kind.LIST, reason="list", listings=lines)


def build(articles: int, folder: Path) -> int:
    """Write the ledger of a site of about so many articles; return how many old URLs it has."""
    from migrate.archive.ledger import Ledger

    with Ledger(folder / "ledger.sqlite", create=True) as ledger, ledger.transaction():
        ledger.db.execute("INSERT INTO captures VALUES (?, 'full', 'finished', '', '', '{}')", (STAMP,))
        found = 0
        for record in records(articles):
            files = [(link.url, "application/msword") for link in record.attachments]
            files += [(link.url, "image/jpeg") for link in record.images]
            for url, media_type in [(record.key, "text/html"), *files]:
                row = (STAMP, url, url, 200, media_type, f"sha256:{url}", 9, "a.warc.gz", found, "2026-11-21T09:31:00Z")
                ledger.db.execute(f"INSERT INTO resources VALUES ({'?, ' * 10}'', '', '', '', '', '')", row)
                found += 1
            ledger.write_record(record, f"sha256:{record.key}", "recipe")
    return found


def measure(folder: Path) -> dict[str, float]:
    """Map the site that lies in a folder; return seconds, seconds of CPU, peak memory in MB, and entries."""
    from migrate.archive.ledger import Ledger
    from migrate.check.balance import account
    from migrate.config import find_project
    from migrate.config.sites import load_site
    from migrate.mapping import map_entries
    from migrate.mapping.preflight import Ground, preflight

    project = find_project(ROOT)
    portal = project.portal()
    (folder / "dahe.yaml").write_text(SITE, encoding="utf-8")
    site = load_site(folder / "dahe.yaml", portal)
    with Ledger(folder / "ledger.sqlite") as ledger:
        wall, cpu = time.perf_counter(), time.process_time()
        summary = map_entries(ledger, site, portal)
        counted = account(ledger, site.url_rules)
        preflight(ledger.entries(), Ground(site, portal, project.inspection(), counted, date(2026, 11, 22)))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    assert counted.balanced
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"wall_s": wall, "cpu_s": cpu, "memory_mb": memory, "entries": summary.entries}


def main() -> None:
    """Measure each size in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="?", default="scale", choices=["scale"])
    parser.add_argument("--entries", type=int, nargs="+", default=[5_000, 50_000])
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        print(json.dumps(measure(asked.measure)))
        return
    rows = []
    for entries in asked.entries:
        folder = WORK / str(entries)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        build(round(entries / 1.583), folder)  # lists, attachments and pictures are entries, too
        command = [sys.executable, "-m", "tests.benchmarks.mapping", "--measure", str(folder)]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
        found = json.loads(done.stdout)
        rows.append({name: round(value, 2) for name, value in found.items()})
        rows[-1]["entries_per_cpu_s"] = round(found["entries"] / found["cpu_s"])
        print(f"  {found['entries']:.0f} entries: {found['cpu_s']:.1f} s", file=sys.stderr)
        shutil.rmtree(folder)
    show({"target": "50,000 entries in 60 s on one core", "sizes": rows})


if __name__ == "__main__":
    main()
