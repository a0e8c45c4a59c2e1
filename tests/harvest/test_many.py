"""Many sites in one process: none waits for another, none stops another, Ctrl-C keeps what all of them have."""

import asyncio
import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from migrate import console, i18n
from migrate.config import SiteConfig
from migrate.errors import ShangyiError
from migrate.harvest import HarvestRun, HarvestSummary, Outcome, Progress, SiteJob, harvest_many, run_harvest, run_many
from migrate.harvest.lock import harvest_lock
from tests.commands import interrupted, new_project, runs, shangyi
from tests.harvest.oldsite import FAMILIES, HOST, Answer, OldSite, config
from tests.harvest.test_harvest import check, rows

PAGES = 30


def site_file(name: str, site: OldSite, **harvest: object) -> SiteConfig:
    """The file of a site under the test's one host name: hosts are told apart by their address."""
    found = config(site, **harvest)
    return replace(found, site=replace(found.site, id=name))


def town(pages: int = PAGES) -> OldSite:
    site = OldSite()
    site.html("/", "".join(f'<a href="/{n}.html">x</a>' for n in range(pages)))
    for number in range(pages):
        site.html(f"/{number}.html", f"page {number}")
    return site


@pytest.fixture
def towns() -> Iterator[list[OldSite]]:
    with ExitStack() as stack:
        yield [stack.enter_context(town().served()) for _number in range(5)]


def jobs_of(towns: list[OldSite], folder: Path, **harvest: object) -> list[SiteJob]:
    return [
        SiteJob(site_file(f"town{number}", town, **harvest), folder / f"town{number}")
        for number, town in enumerate(towns)
    ]


class Watch:
    """What a caller is told."""

    def __init__(self) -> None:
        self.outcomes: dict[str, Outcome] = {}
        self.seen: dict[str, list[Progress]] = {}

    def progress(self, name: str, progress: Progress) -> None:
        self.seen.setdefault(name, []).append(progress)

    def ended(self, name: str, outcome: Outcome) -> None:
        assert name not in self.outcomes
        self.outcomes[name] = outcome

    def good(self) -> dict[str, HarvestSummary]:
        return {name: outcome for name, outcome in self.outcomes.items() if isinstance(outcome, HarvestSummary)}


def run(jobs: list[SiteJob], asked: HarvestRun | None = None) -> Watch:
    watch = Watch()
    run_many(jobs, FAMILIES, asked or HarvestRun(), watch.progress, watch.ended)
    return watch


def test_all_are_harvested_as_each_would_be_alone(towns: list[OldSite], tmp_path: Path) -> None:
    alone = run_harvest(
        site_file("town0", towns[0]), FAMILIES, tmp_path / "alone", HarvestRun(), lambda _progress: None
    )
    watch = run(jobs_of(towns, tmp_path))
    assert set(watch.good()) == {f"town{number}" for number in range(5)}
    for name, summary in watch.good().items():
        assert (summary.site, summary.found, summary.new) == (name, alone.found, alone.new)
        check(tmp_path / name)
    resources = "SELECT key, status, digest FROM resources ORDER BY key"
    assert rows(tmp_path / "town3", resources) == rows(tmp_path / "alone", resources)
    assert run(jobs_of(towns, tmp_path), HarvestRun(delta=True)).good()["town4"].unchanged == alone.found


def test_none_waits_for_another(tmp_path: Path) -> None:
    """The one site answers only once all of the other is harvested."""
    done = threading.Event()
    slow, quick = town(8), town()
    home = slow.pages["/"]

    def patient(_served: OldSite) -> Answer:
        assert done.wait(60)
        return home  # type: ignore[return-value]

    slow.pages["/"] = patient
    with slow.served(), quick.served():
        jobs = jobs_of([slow, quick], tmp_path, timeout=60.0)
        watch = Watch()

        def ended(name: str, outcome: Outcome) -> None:
            watch.ended(name, outcome)
            done.set()

        run_many(jobs, FAMILIES, HarvestRun(), watch.progress, ended)
    assert list(watch.outcomes) == ["town1", "town0"] and len(watch.good()) == 2


def test_none_stops_another(towns: list[OldSite], tmp_path: Path) -> None:
    jobs = jobs_of(towns, tmp_path)
    dead = replace(towns[0], port=9)
    jobs[0] = SiteJob(site_file("town0", dead, timeout=0.2), tmp_path / "town0")
    towns[1].pages["/robots.txt"] = Answer(status=500)
    (tmp_path / "town2").write_text("no folder", encoding="utf-8")
    with harvest_lock(tmp_path / "town3"):
        watch = run(jobs)
    assert set(watch.good()) == {"town4"} and len(watch.outcomes) == 5
    told = {name: outcome for name, outcome in watch.outcomes.items() if isinstance(outcome, Exception)}
    assert "does not answer" in str(told["town0"]) and "HTTP 500" in str(told["town1"])
    assert isinstance(told["town2"], OSError) and "Another harvest" in str(told["town3"])
    # What was wrong is mended: those four begin, and the fifth has nothing left to do.
    (tmp_path / "town2").unlink()
    towns[1].pages["/robots.txt"] = Answer(status=404)
    states = {name: summary.state for name, summary in run(jobs_of(towns, tmp_path)).good().items()}
    assert states == {f"town{number}": "finished" for number in range(4)} | {"town4": "unchanged"}


def test_stopped_together_and_gone_on_with(towns: list[OldSite], tmp_path: Path) -> None:
    for site in towns:
        # Robots and home page, a few more, then it waits: all are stopped in their midst.
        held = threading.Event()
        for number in range(10, PAGES):
            page = site.pages[f"/{number}.html"]
            site.pages[f"/{number}.html"] = lambda _served, held=held, page=page: held.wait(60) and page  # type: ignore[misc]
        site.held = held  # type: ignore[attr-defined]

    async def stopped() -> None:
        harvest = asyncio.create_task(
            harvest_many(jobs_of(towns, tmp_path, timeout=60.0), FAMILIES, HarvestRun(), watch.progress, watch.ended)
        )
        while any(len(site.counts) < 10 for site in towns):
            await asyncio.sleep(0.01)
        harvest.cancel()
        await harvest

    watch = Watch()
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(stopped())
    assert watch.outcomes == {}
    for number, site in enumerate(towns):
        site.held.set()  # type: ignore[attr-defined]
        kept = rows(tmp_path / f"town{number}", "SELECT count(*) FROM resources")[0][0]
        assert kept >= 10 - config(site).harvest.concurrency
        assert rows(tmp_path / f"town{number}", "SELECT state FROM captures") == [("running",)]
    again = run(jobs_of(towns, tmp_path))
    for name, summary in again.good().items():
        assert (summary.resumed, summary.found, summary.failed) == (True, PAGES + 2, 0)
        check(tmp_path / name)
    assert len(again.good()) == 5


def test_a_disk_that_cannot_keep_up_holds_its_own_site_back_and_no_other(towns: list[OldSite], tmp_path: Path) -> None:
    pages = 2000
    with town(pages).served() as busy:
        jobs = jobs_of([busy, towns[0]], tmp_path)
        other = threading.Event()
        watch = Watch()

        def ended(name: str, outcome: Outcome) -> None:
            watch.ended(name, outcome)
            if name == "town1":
                other.set()

        harvest = threading.Thread(target=run_many, args=(jobs, FAMILIES, HarvestRun(), watch.progress, ended))
        ledger = tmp_path / "town0" / "ledger.sqlite"
        harvest.start()
        while sum(busy.counts.values()) < 5:
            time.sleep(0.001)
        with closing(sqlite3.connect(ledger, isolation_level=None, timeout=30)) as holder:
            holder.execute("BEGIN IMMEDIATE")  # nothing can be committed now
            asked = -1
            while asked != (asked := sum(busy.counts.values())):
                time.sleep(1.5)
            assert other.wait(60)
            assert asked < pages
            holder.execute("ROLLBACK")
        harvest.join()
    assert watch.good()["town0"].found == pages + 2


# the command


YAML = """site: {{id: {name}, name: 大河镇, url: "http://{host}/", channel: /towns/dahe/}}
harvest: {{rate: {rate}, resolve: {{{host}: "127.0.0.1:{port}"}}, timeout: 30}}
"""


def project_of(folder: Path, towns: list[OldSite], rate: int = 0) -> Path:
    project = new_project(folder / "project")
    sites = project / "mappings" / "sites"
    (sites / "dahe.yaml").unlink()
    for number, site in enumerate(towns):
        text = YAML.format(name=f"town{number}", host=HOST, port=site.port, rate=rate)
        (sites / f"town{number}.yaml").write_text(text, encoding="utf-8")
    return project


def test_harvest_all(towns: list[OldSite], tmp_path: Path) -> None:
    project = project_of(tmp_path, [*towns, OldSite(port=9)])
    (project / "mappings" / "sites" / "broken.yaml").write_text("site: {id: broken}\n", encoding="utf-8")
    done = shangyi(project, "harvest", "all", "--json")
    assert done.code == 3
    assert done.json.keys() == {f"town{number}" for number in range(6)} | {"broken"}
    assert "does not answer" in done.json["town5"]["error"] and "broken.yaml:1" in done.json["broken"]["error"]
    assert done.json["town2"]["found"] == PAGES + 2 and done.json["town2"]["state"] == "finished"
    assert f"town2: finished; {PAGES + 2} fetched" in done.err and "town5: stopped; 0 fetched" in done.err
    assert done.err.index("town2: finished") < done.err.index("town5: The old site")
    assert len(runs(project, "harvest", "town2")) == 1 and not runs(project, "harvest", "town5")
    for name in ("town5", "broken"):
        (project / "mappings" / "sites" / f"{name}.yaml").unlink()
    towns[1].html("/", '<a href="/0.html">x</a><a href="/new.html">x</a>')
    towns[1].html("/new.html", "new")
    del towns[1].pages["/3.html"]
    done = shangyi(project, "harvest", "all", "--delta")
    assert done.code == 1 and done.step == "shangyi map all"
    line = next(line for line in done.out.splitlines() if line.strip().startswith("town1"))
    # URLs, new, changed, gone, as before, failed, MB, findings
    assert re.findall(r"\d+", line.partition("town1")[2])[:6] == [str(PAGES + 3), "1", "1", "1", str(PAGES), "0"]


def test_interrupted_harvest_all(towns: list[OldSite], tmp_path: Path) -> None:
    project = project_of(tmp_path, towns, rate=20)
    with interrupted(project, "harvest", "all", once=lambda: all(len(site.counts) > 8 for site in towns)) as done:
        assert done.code == 130 and "nothing is lost" in done.err and done.out == ""
    for number in range(5):
        kept = rows(project / "archives" / f"town{number}", "SELECT count(*) FROM resources")[0][0]
        assert kept >= 8 - 4
    asked = [dict(site.counts) for site in towns]
    again = shangyi(project, "harvest", "all", "--rate", "0", "--json").json
    for number, site in enumerate(towns):
        assert again[f"town{number}"]["resumed"] is True and again[f"town{number}"]["found"] == PAGES + 2
        twice = [path for path, count in site.counts.items() if count > 1 and path in asked[number]]
        assert len(twice) <= 4 + 1  # in flight, and robots.txt where it was not settled yet


# what people see


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_table_of_sites_fits_the_terminal(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHANGYI_LANG", language)
    i18n.install()
    screen = Console(force_terminal=True, width=80, height=24, record=True)
    monkeypatch.setattr(console, "err", screen)
    table = console.SiteTable(f"renshehuibaozhangju{number:02}" for number in range(60))
    for number in range(30):
        for step in range(3):
            table.move(f"renshehuibaozhangju{number:02}", 100_000 + step, 30_000 - number, number, 10**9 * number)
    table.end("renshehuibaozhangju01", "stopped", failed=True)
    table.end("renshehuibaozhangju00", "finished")
    screen.print(table.drawn())
    lines = screen.export_text().splitlines()
    assert len(lines) <= 24 and all(cell_len(line) <= 80 for line in lines)
    text = "\n".join(lines)
    assert "renshehuibaozhangju02" in text and "renshehuibaozhangju00" not in text, "what runs comes first"
    assert "44" in text, "… and 44 more"
    assert "2 of 60 done" in text or language == "zh_CN"
    monkeypatch.setenv("SHANGYI_LANG", "en")
    i18n.install()


def test_rates_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    row = console._SiteRow("running", console._RUNNING)
    assert console._cells([row], 0.0)[-2:] == ("", "")
    for second in range(21):
        row.move(float(second), second * 2, 3600, 0, 0)
    assert row.rate(20.0) == 2.0 and console._cells([row], 20.0)[-2:] == ("2.0", "0:30:00")
    assert row.rate(35.0) == 0.0, "nothing has come for a while"
    assert len(row.samples) == 11


def test_errors_are_outcomes(tmp_path: Path) -> None:
    watch = run([SiteJob(site_file("town0", OldSite(port=9), timeout=0.2), tmp_path / "town0")])
    assert isinstance(watch.outcomes["town0"], ShangyiError)
    assert run([]).outcomes == {}


def test_nothing_is_asked_of_a_site_twice_at_once(towns: list[OldSite], tmp_path: Path) -> None:
    """Two files for one site: the second finds the lock."""
    jobs = jobs_of(towns[:1], tmp_path)
    again: list[Any] = [
        jobs[0],
        SiteJob(replace(jobs[0].site, site=replace(jobs[0].site.site, id="b")), jobs[0].folder),
    ]
    watch = run(again)
    assert len(watch.good()) == 1 and len(watch.outcomes) == 2
