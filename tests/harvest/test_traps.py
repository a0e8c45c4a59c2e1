"""The trap site harvested whole: every article is there, every trap is seen through, and the run ends."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import migrate.harvest.run
from migrate.archive.ledger import Ledger
from migrate.archive.reading import read_response
from migrate.config import HarvestOptions, SiteConfig, SiteIdentity
from migrate.demo.traps import ALIAS, HOST, TrapServer, TrapSite, page, say, trap_site
from migrate.errors import ShangyiError
from migrate.harvest import HarvestRun, HarvestSummary, run_harvest
from migrate.harvest.probes import MAX_PROBES
from migrate.harvest.targets import MADE_UP, NO_PROBES
from tests.harvest.oldsite import FAMILIES

HOME = f"http://{HOST}"


@pytest.fixture(scope="module", autouse=True)
def _no_waiting() -> Iterator[None]:
    """Retries at once: the servers here don't get better by waiting."""
    with pytest.MonkeyPatch.context() as patch:
        options = migrate.harvest.run.client_options
        patch.setattr(migrate.harvest.run, "client_options", lambda *asked: replace(options(*asked), backoff=0.0))
        yield


def harvest(server: TrapServer, folder: Path, asked: HarvestRun | None = None) -> HarvestSummary:
    site = SiteConfig(
        SiteIdentity(id="liulin", name="柳林镇人民政府", url=f"{HOME}/", channel="/towns/liulin/", aliases=(ALIAS,)),
        harvest=HarvestOptions(rate=0.0, timeout=1.5, resolve=server.resolve),
    )
    return run_harvest(site, FAMILIES, folder, asked or HarvestRun(), lambda _progress: None)


def rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with Ledger(folder / "ledger.sqlite") as ledger:
        return [tuple(row) for row in ledger.db.execute(sql)]


class Harvested:
    """One harvest of the whole site."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.site = trap_site()
        with self.site.serve() as server:
            self.summary = harvest(server, folder)
            self.targets = server.targets


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Harvested:
    return Harvested(tmp_path_factory.mktemp("traps") / "liulin")


def test_every_article_is_captured_whole(done: Harvested) -> None:
    cut = {"/length/small.html"}  # the server never sends the rest
    with Ledger(done.folder / "ledger.sqlite") as ledger:
        for target, title in done.site.truth.articles.items():
            resource = ledger.resource(HOME + target)
            assert resource is not None and resource.ok, target
            text = read_response(done.folder, resource.warc_file, resource.warc_offset).body.decode(errors="replace")
            assert title in text and ("柳林镇中心街" in text or target in cut), target


def test_every_trap_is_judged(done: Harvested) -> None:
    found = {key.removeprefix(HOME): (state, reason) for key, state, reason in
             rows(done.folder, "SELECT key, state, reason FROM frontier")}  # fmt: skip
    wanted = done.site.truth.verdicts
    assert {target: found.get(target) for target in wanted} == wanted
    useless = {target for target, (_state, reason) in wanted.items() if reason}
    with Ledger(done.folder / "ledger.sqlite") as ledger:
        resources = {resource.key.removeprefix(HOME): resource for resource in ledger.newest_resources()}
    assert not [target for target in useless if target in resources and resources[target].ok]


def test_every_kind_of_oddity_is_a_finding(done: Harvested) -> None:
    # Two pictures are mislabelled alike: the one that comes first is told of, and which one that is, chance decides.
    found = {(name.removeprefix("harvest."), url.removeprefix(HOME).replace("/pic.asp?n=2", "/pic/1.jpg")): hint
             for name, url, hint in rows(done.folder, "SELECT name, url, hint FROM findings")}  # fmt: skip
    assert done.site.truth.findings - set(found) == set()
    assert not [name for name, hint in found.items() if not hint and name[0] != "dead-link"]
    # What is not in the truth must not be told of: an alarm for nothing teaches people to look away.
    assert set(found) - done.site.truth.findings == {("dead-link", "/bbs/w.png")}


def test_files_have_their_names_and_types(done: Harvested) -> None:
    truth = done.site.truth
    with Ledger(done.folder / "ledger.sqlite") as ledger:
        got = {resource.key.removeprefix(HOME): resource for resource in ledger.newest_resources()}
    assert {target: got[target].filename for target in truth.filenames} == truth.filenames
    assert {target: got[target].media_type for target in truth.media_types} == truth.media_types


def test_the_run_ends_soon(done: Harvested) -> None:
    assert done.summary.state == "finished"
    spent = {target: times for target, times in done.targets.items() if MADE_UP not in target}
    assert sum(spent.values()) <= done.site.truth.requests, sorted(spent, key=spent.__getitem__)[-20:]
    assert len(done.targets) - len(spent) <= MAX_PROBES
    assert rows(done.folder, f"SELECT count(*) FROM frontier WHERE {NO_PROBES}")[0][0] == done.summary.found


def test_what_failed_is_retried_and_nothing_else(done: Harvested) -> None:
    failed = {key.removeprefix(HOME) for (key,) in rows(done.folder, "SELECT key FROM frontier WHERE state = 'failed'")}
    with done.site.serve() as server:
        again = harvest(server, done.folder)
        asked = set(server.targets)
    assert again.kind == "delta"
    skipped = {
        key.removeprefix(HOME) for (key,) in rows(done.folder, "SELECT key FROM frontier WHERE state = 'skipped'")
    }
    assert asked - {"/robots.txt"} <= failed | skipped | {f"/sid/show.asp?id={n}" for n in range(1, 7)}
    assert failed <= asked


def test_a_firewall_that_keeps_answering_ends_the_run(tmp_path: Path) -> None:
    site = TrapSite()
    for number in range(120):
        site.link(f"/a/{number}.html")
    site.answers["/"] = say(page("".join(f'<a href="{href}">{text}</a>' for href, text in site.links)))
    for number in range(120):
        site.answers[f"/a/{number}.html"] = say(site.article(f"/a/{number}.html"))
    site.firewall_after = 40
    folder = tmp_path / "liulin"
    with site.serve() as server:
        with pytest.raises(ShangyiError, match="firewall") as stopped:
            harvest(server, folder)
        assert "加速乐" in stopped.value.reason
        good = rows(folder, "SELECT count(*) FROM resources WHERE status = 200 AND reason = '' AND key LIKE '%/a/%'")[
            0
        ][0]
        assert 30 <= good <= 40
        assert rows(folder, "SELECT count(*) FROM resources WHERE reason = 'challenge'")[0][0] <= 30
        assert rows(folder, "SELECT state FROM captures") == [("running",)]
        site.firewall_after = 10_000
        summary = harvest(server, folder)
    assert (summary.resumed, summary.failed) == (True, 0)
    with Ledger(folder / "ledger.sqlite") as ledger:
        assert all(ledger.resource(HOME + target).ok for target in site.truth.articles)  # type: ignore[union-attr]
