"""The plug is pulled at random moments; the finished capture is as if nothing had happened."""

import random
import time
from pathlib import Path

from migrate.harvest import HarvestRun, run_harvest
from tests.harvest.oldsite import FAMILIES, OldSite, config, generated
from tests.harvest.test_harvest import check, child, rows

KILLS = 20
PAGES = 2_000


def payloads(folder: Path) -> dict[str, tuple[int, str]]:
    return {key: (status, digest) for key, status, digest in rows(folder, "SELECT key, status, digest FROM resources")}


def counted_links(folder: Path) -> list[tuple[str, int]]:
    return rows(folder, "SELECT target, count FROM links ORDER BY target")  # type: ignore[return-value]


def test_killed_and_resumed(tmp_path: Path) -> None:
    with generated(PAGES).served() as site:
        undisturbed = run_harvest(config(site), FAMILIES, tmp_path / "calm", HarvestRun(), lambda _progress: None)
    dice = random.Random(20261121)
    moments = sorted(dice.sample(range(5, undisturbed.found - 20), KILLS))
    folder = tmp_path / "dahe"
    with generated(PAGES).served() as site:
        for moment in moments:
            kill_at(site, folder, moment, dice)
        summary = run_harvest(config(site), FAMILIES, folder, HarvestRun(), lambda _progress: None)
        asked = {path: count for path, count in site.counts.items() if count > 1}
        in_flight = config(site).harvest.concurrency
    assert summary.resumed
    assert payloads(folder) == payloads(tmp_path / "calm")
    assert counted_links(folder) == counted_links(tmp_path / "calm")
    assert summary.statuses == undisturbed.statuses
    check(folder)
    # Nothing but what was in flight when the plug was pulled was asked for twice.
    assert sum(count - 1 for count in asked.values()) <= in_flight * KILLS


def kill_at(site: OldSite, folder: Path, moment: int, dice: random.Random) -> None:
    with child(site, folder, rate=250) as process:
        while sum(site.counts.values()) < moment:
            assert process.poll() is None, process.stderr and process.stderr.read()
            time.sleep(0.001)
        time.sleep(dice.random() / 50)
        process.kill()
