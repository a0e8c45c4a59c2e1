"""All checks over one ledger: results, findings and summaries are written together, or not at all."""

import gzip
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from migrate.archive.ledger import Ledger
from migrate.archive.warc import WarcWriter, digest_of
from migrate.check.links import LinkJob, PortalPage
from migrate.check.portal import PortalTarget
from migrate.check.runner import CHECKS, UNFINISHED, CheckJob, check_summaries
from migrate.check.runner import run_checks as run_all
from migrate.errors import ShangyiError
from migrate.http.types import Response
from migrate.pipeline.checking import links_of
from migrate.records import CheckSummary, Entry, FileLink, Kind, Outcome
from tests.check.building import (
    BODY,
    NEW,
    OLD,
    RULES,
    FakePortal,
    article_page,
    content,
    entry,
    fill,
    new_ledger,
    serving,
)


def run_checks(ledger: Ledger, job: CheckJob, *more: object, **options: object) -> tuple[CheckSummary, ...]:
    return tuple(checked.summary for checked in run_all(ledger, job, *more, **options))


AT = "2026-11-21T12:00:00+00:00"
FILES = (FileLink(f"http://{OLD}/a.doc", "登记表.doc"), FileLink(f"http://{OLD}/dead.doc", "已失效.doc"))
ENTRIES = [
    entry("/1.html", Outcome.MOVE, title="防汛", content=content("防汛", attachments=FILES)),
    entry("/2.html", Outcome.MOVE, title="防火"),
    entry("/3.html", Outcome.MOVE, title="草稿"),
    entry("/list/", Outcome.REDIRECT, Kind.LIST, target="/towns/dahe/notices/"),
    entry("/a.doc", Outcome.MOVE, Kind.ATTACHMENT),
    entry("/dead.doc", Outcome.GONE, Kind.ATTACHMENT),
]


def archived_file(folder: Path, body: bytes) -> dict[str, object]:
    """Store a file as an old server sent it, compressed; return what an entry knows of it."""
    packed = gzip.compress(body, mtime=0)
    headers = ((b"Content-Type", b"application/msword"), (b"Content-Encoding", b"gzip"))
    writer = WarcWriter(folder / "warc", "20261121T093000Z", info={"software": "test"})
    url, digest = f"http://{OLD}/a.doc", digest_of(packed)
    written = writer.write(Response(url, 200, raw_headers=headers, body=packed, started_at=datetime.now(UTC)), digest)
    writer.close()
    return {"warc_file": written.warc_file, "warc_offset": written.warc_offset, "digest": digest}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    stored = archived_file(tmp_path, b"doc")
    entries = [replace(item, **stored) if item.key.endswith("/a.doc") else item for item in ENTRIES]
    with new_ledger(tmp_path) as opened:
        fill(opened, entries, linked=(f"http://{OLD}/LIST/", f"http://{OLD}/2.html?from=x"))
        yield opened


@pytest.fixture
def portal() -> Iterator[FakePortal]:
    fake = FakePortal()
    for name, title in (("1", "防汛"), ("2", "防火")):
        fake.old(f"/{name}.html", 301, f"http://{NEW}/n/{name}/")
        fake.page(f"/n/{name}/", article_page(title, after='<a href="/documents/1/a.doc">登记表.doc</a>'))
    fake.old("/2.html?from=x", 301, f"http://{NEW}/n/2/")
    fake.old("/list/", 301, f"http://{NEW}/towns/dahe/notices/")
    fake.old("/LIST/", 301, f"http://{NEW}/towns/dahe/notices/")
    fake.page("/towns/dahe/notices/", '<a href="/n/1/">防汛</a><a href="/n/2/">防火</a>')
    fake.old("/a.doc", 301, f"http://{NEW}/documents/1/a.doc")
    fake.file("/documents/1/a.doc", b"doc", "application/msword")
    fake.old("/dead.doc", 410)
    with serving(fake):
        yield fake


@pytest.fixture
def job(tmp_path: Path, portal: FakePortal) -> CheckJob:
    return CheckJob(
        target=portal.target,
        links=LinkJob(portal.target, links_of, old_hosts={OLD}),
        folder=tmp_path,
        rules=RULES,
        pages=lambda: [PortalPage("/towns/dahe/notices/"), PortalPage("/n/1/", ENTRIES[0].key)],
        checked_at=AT,
        drafts={ENTRIES[2].key},
    )


def test_a_site_that_moved_well_passes_all_four(ledger: Ledger, portal: FakePortal, job: CheckJob) -> None:
    seen: list[tuple[str, int, int]] = []
    summaries = run_checks(ledger, job, progress=lambda *step: seen.append(step))
    assert [(s.name, s.asked, s.passed, s.failed, s.skipped) for s in summaries] == [
        ("balance", 6, 6, 0, 0),
        ("redirects", 6, 6, 0, 0),
        ("links", 2, 2, 0, 0),
        ("content", 2, 2, 0, 1),
    ]
    assert summaries[1].counts == {"addresses": 8, "captured": 6, "unasked": 0}
    assert list(ledger.findings()) == []
    assert ledger.checks(ENTRIES[0].key) == [
        ("content", True, "100.0 % of the text kept", AT),
        ("links", True, "1 links", AT),
        ("redirects", True, f"301 → http://{NEW}/n/1/", AT),
    ]
    assert check_summaries(ledger) == summaries
    assert [step for step in seen if step[0] == "redirects"][-1] == ("redirects", 8, 8)


def test_what_fails_is_a_finding_and_a_later_run_replaces_it(ledger: Ledger, portal: FakePortal, job: CheckJob) -> None:
    portal.old("/dead.doc", 404)
    portal.page("/n/2/", article_page("防火", "<p>正文遗失</p>"))
    with ledger.transaction() as db:
        db.execute("INSERT INTO links VALUES (?, 1, '', '', 'a', 1)", (f"http://{OLD}/forgotten.html",))
    summaries = run_checks(ledger, job)
    assert [(s.name, s.failed) for s in summaries] == [("balance", 1), ("redirects", 2), ("links", 0), ("content", 1)]
    found = {(stage, finding.check, finding.url) for stage, finding in ledger.findings()}
    assert found == {
        ("check.balance", "check.balance", f"http://{OLD}/forgotten.html"),
        ("check.redirects", "check.redirects", ENTRIES[5].key),
        ("check.redirects", "check.redirects", f"http://{OLD}/forgotten.html"),
        ("check.content", "check.content", ENTRIES[1].key),
    }
    portal.old("/dead.doc", 410)
    ledger.db.execute("DELETE FROM links WHERE target LIKE '%forgotten%'")
    run_checks(ledger, job, ("redirects",))
    assert {stage for stage, _finding in ledger.findings()} == {"check.balance", "check.content"}


def test_one_wrong_spelling_fails_the_old_url(ledger: Ledger, portal: FakePortal, job: CheckJob) -> None:
    portal.old("/LIST/", 404)
    (summary,) = run_checks(ledger, job, ("redirects",))
    assert (summary.asked, summary.failed) == (6, 1)
    ((_name, passed, message, _at),) = ledger.checks(ENTRIES[3].key)
    assert (passed, message) == (False, "answers 404 instead of 301 (404)")


def test_a_file_whose_capture_is_lost_or_that_changed_fails(ledger: Ledger, portal: FakePortal, job: CheckJob) -> None:
    portal.file("/documents/1/a.doc", b"another", "application/msword")
    run_checks(ledger, job, ("redirects",))
    assert "not the file that was captured" in ledger.checks(ENTRIES[4].key)[0][2]
    portal.file("/documents/1/a.doc", b"doc", "application/msword")
    for warc in (job.folder / "warc").iterdir():
        warc.unlink()
    (summary,) = run_checks(ledger, job, ("redirects",))
    assert summary.failed == 1
    assert "no readable answer" in ledger.checks(ENTRIES[4].key)[0][2]


def test_only_the_checks_asked_for_are_run(ledger: Ledger, portal: FakePortal, job: CheckJob) -> None:
    run_checks(ledger, job, ("content", "balance"))
    assert [summary.name for summary in check_summaries(ledger)] == ["balance", "content"]
    assert set(CHECKS) == {"balance", "redirects", "links", "content"}


def test_a_decision_is_what_the_portal_is_held_to(ledger: Ledger, portal: FakePortal, job: CheckJob) -> None:
    def withdrawn(item: Entry) -> Entry:
        return replace(item, outcome=Outcome.GONE) if item.key == ENTRIES[1].key else item

    portal.old("/2.html", 410)
    portal.old("/2.html?from=x", 410)
    summaries = run_checks(ledger, replace(job, decided=withdrawn), ("redirects", "content"))
    assert [(summary.asked, summary.failed) for summary in summaries] == [(6, 0), (1, 0)]


def test_a_portal_that_has_gone_leaves_the_earlier_results(ledger: Ledger, portal: FakePortal, job: CheckJob) -> None:
    run_checks(ledger, job, ("redirects",))
    before = ledger.checks(ENTRIES[0].key), check_summaries(ledger)
    gone = PortalTarget("http://127.0.0.1:1", NEW, backoff=0.01)
    with pytest.raises(ShangyiError):
        run_checks(ledger, replace(job, target=gone), ("redirects",))
    assert (ledger.checks(ENTRIES[0].key), check_summaries(ledger)) == before


def test_ctrl_c_midway_leaves_the_earlier_results_and_the_ledger_free(
    ledger: Ledger, portal: FakePortal, job: CheckJob
) -> None:
    run_checks(ledger, job, ("redirects",))
    before = check_summaries(ledger)
    later = replace(job, checked_at="2026-11-22T12:00:00+00:00")

    def interrupt(_name: str, done: int, _total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_checks(ledger, later, ("redirects",), interrupt)
    assert check_summaries(ledger) == before
    (summary,) = run_checks(ledger, later, ("redirects",))
    assert summary.checked_at == later.checked_at


@pytest.mark.parametrize(("shown", "passed"), [(2, True), (1, False)])
def test_pictures_that_a_page_carried_are_counted(
    shown: int, passed: bool, tmp_path: Path, portal: FakePortal, job: CheckJob
) -> None:
    names = ("0f343b0931126a20", "1f343b0931126a20")
    images = tuple(
        FileLink(f"http://{OLD}/1.html#embedded-{name}.png", "", "image/png", 9, f"sha256:{name}") for name in names
    )
    pictures = "".join(f'<img src="/media/{name}.width-1000.png" alt="">' for name in names[:shown])
    for name in names:
        portal.file(f"/media/{name}.width-1000.png", b"\x89PNG smaller", "image/png")
    portal.page("/n/1/", article_page("防汛", BODY + pictures))
    with new_ledger(tmp_path) as ledger:
        fill(ledger, [entry("/1.html", Outcome.MOVE, title="防汛", content=content("防汛", images=images))])
        (summary,) = run_checks(ledger, job, ("content",))
    assert (summary.asked, summary.passed) == (1, int(passed))


def test_what_was_captured_and_never_asked_for_fails(ledger: Ledger, portal: FakePortal, job: CheckJob) -> None:
    with ledger.transaction() as db:
        db.execute("DELETE FROM entries WHERE key = ?", (ENTRIES[1].key,))
    (checked,) = run_all(ledger, job, ("redirects",))
    assert checked.summary.counts == {"addresses": 6, "captured": 6, "unasked": 2}
    assert [(problem.url, problem.message) for problem in checked.problems] == [
        (ENTRIES[1].key, f"Never asked for: {ENTRIES[1].key}")
    ]


def test_the_same_link_on_many_pages_is_one_problem(ledger: Ledger, portal: FakePortal, job: CheckJob) -> None:
    for path in ("/n/1/", "/n/2/", "/towns/dahe/notices/"):
        portal.page(path, f'<a href="/lost/">失</a><a href="/lost{path}">另</a>')
    job = replace(job, pages=lambda: [PortalPage(path) for path in ("/n/1/", "/n/2/", "/towns/dahe/notices/")])
    (checked,) = run_all(ledger, job, ("links",))
    assert sorted((problem.text, problem.pages) for problem in checked.problems) == [
        ("另", 1),
        ("另", 1),
        ("另", 1),
        ("失", 3),
    ]
    assert (checked.summary.asked, checked.summary.failed) == (3, 3)
    assert len(list(ledger.findings("check.links"))) == 4


def test_an_interrupted_walk_over_links_is_gone_on_with(ledger: Ledger, portal: FakePortal, job: CheckJob) -> None:
    def interrupt(_name: str, done: int, _total: int) -> None:
        if done == 1:
            raise KeyboardInterrupt

    unfinished = job.folder / UNFINISHED
    with pytest.raises(KeyboardInterrupt):
        run_checks(ledger, job, ("links",), interrupt)
    assert unfinished.exists()
    assert check_summaries(ledger) == ()
    (summary,) = run_checks(ledger, job, ("links",))
    assert (summary.asked, summary.failed) == (2, 0)
    assert not unfinished.exists()
    with pytest.raises(KeyboardInterrupt):
        run_checks(ledger, replace(job, resumes=False), ("links",), interrupt)
    assert not unfinished.exists(), "a dry run leaves nothing"
