"""Forty old sites at once: does each get the requests a second that it was promised? Takes about a minute and a half.

The sites are on loopback, served by a process of its own; pages are of 35 KB and name 165 others, as real ones do.
"""

import argparse
import asyncio
import multiprocessing
import resource
import shutil
import statistics
import sys
import time
from contextlib import suppress
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path

from aiohttp import web

from migrate.archive.ledger import Ledger
from migrate.config import HarvestOptions, SiteConfig, SiteIdentity
from migrate.harvest import HarvestRun, Outcome, SiteJob, harvest_many
from tests.benchmarks.timing import show
from tests.harvest.oldsite import FAMILIES

WORK = Path(__file__).parents[2] / "var/bench/harvest-many"
SETTLED = 3.0
"""Seconds after which all sites have begun."""

_TEXT = "各村（居）委会、镇直各单位：现将有关事项通知如下，请认真贯彻执行。" * 400
_MENU = "".join(f'<li><a href="/lanmu{n}/index.html">栏目{n}</a></li>' for n in range(150))


def page(number: int) -> bytes:
    """Return one page of about 35 KB: a menu, a text, and links to the next fifteen pages. The site never ends."""
    links = "".join(f'<a href="/a/{n}.html">第{n}号</a>' for n in range(number + 1, number + 16))
    text = _TEXT[number % 30 :]
    return f"<html><head><meta charset=gbk></head><body>{_MENU}{links}<p>{number} {text}</p></body></html>".encode(
        "gbk"
    )


async def _serve(told: Connection) -> None:
    async def answer(request: web.BaseRequest) -> web.Response:
        name = request.path.removeprefix("/a/").removesuffix(".html")
        if request.path == "/robots.txt":
            return web.Response(status=404)
        return web.Response(body=page(int(name) if name.isdigit() else 0), content_type="text/html")

    runner = web.ServerRunner(web.Server(answer, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    told.send(runner.addresses[0][1])
    await asyncio.Event().wait()


def serve(told: Connection) -> None:
    """Serve all sites until the process is ended; send the port."""
    asyncio.run(_serve(told))


def site(number: int, port: int, rate: float) -> SiteConfig:
    """Return the file of one site."""
    host = f"www.town{number}.example.gov.cn"
    return SiteConfig(
        site=SiteIdentity(id=f"town{number}", name=f"第{number}镇", url=f"http://{host}/", channel="/"),
        harvest=HarvestOptions(rate=rate, resolve={host: f"127.0.0.1:{port}"}),
    )


def achieved(folder: Path) -> float:
    """Return the requests a second that one site got once it had begun, by the times in its ledger."""
    with Ledger(folder / "ledger.sqlite") as ledger:
        rows = ledger.db.execute("SELECT fetched_at FROM resources ORDER BY fetched_at").fetchall()
    times = [datetime.fromisoformat(row[0]).timestamp() for row in rows]
    times = [moment for moment in times if moment >= times[0] + SETTLED]
    return (len(times) - 1) / (times[-1] - times[0])


async def _harvest(jobs: list[SiteJob], seconds: float) -> tuple[list[float], dict[str, Outcome]]:
    """Harvest for a time; return how late the event loop was, sampled, in seconds, and what ended before its time."""
    late: list[float] = []
    failed: dict[str, Outcome] = {}

    async def watch() -> None:
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.01)
            late.append(time.monotonic() - began - 0.01)

    watching = asyncio.create_task(watch())
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await harvest_many(jobs, FAMILIES, HarvestRun(), lambda _name, _progress: None, failed.__setitem__)
    watching.cancel()
    return late, failed


def many_sites(sites: int = 40, rate: float = 5.0, seconds: float = 60.0) -> dict[str, object]:
    """Harvest `sites` sites for `seconds`, `rate` requests a second each; return the rates that they got."""
    shutil.rmtree(WORK, ignore_errors=True)
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    server = spawn.Process(target=serve, args=(there,), daemon=True)
    server.start()
    try:
        port = here.recv()
        jobs = [SiteJob(site(number, port, rate), WORK / f"town{number}") for number in range(sites)]
        began = time.process_time()
        late, failed = asyncio.run(_harvest(jobs, seconds))
        busy = time.process_time() - began
    finally:
        server.terminate()
        server.join()
    for name, outcome in failed.items():
        print(f"{name} ended: {outcome!r}", file=sys.stderr)
    rates = sorted(achieved(job.folder) for job in jobs)
    late.sort()
    return {
        "sites": sites,
        "rate_asked": rate,
        "seconds": seconds,
        "rate_min": round(rates[0], 3),
        "rate_median": round(statistics.median(rates), 3),
        "rate_max": round(rates[-1], 3),
        "share_min": round(rates[0] / rate, 3),
        "ended_early": len(failed),
        "cpu_share_of_one_core": round(busy / seconds, 2),
        "loop_late_ms_median": round(statistics.median(late) * 1000, 1),
        "loop_late_ms_99": round(late[len(late) * 99 // 100] * 1000, 1),
        "loop_late_ms_max": round(late[-1] * 1000, 1),
        "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> None:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, default=40)
    parser.add_argument("--rate", type=float, default=5.0)
    parser.add_argument("--seconds", type=float, default=60.0)
    asked = parser.parse_args()
    show(many_sites(asked.sites, asked.rate, asked.seconds))


if __name__ == "__main__":
    main()
