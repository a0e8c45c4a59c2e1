"""Good manners and limits of a whole harvest: robots.txt, hours, contact, secrets, old TLS, how much and how long."""

import asyncio
import gzip
import json
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import migrate.harvest.crawl
import migrate.harvest.run
import migrate.http.client
from migrate import __version__, pipeline
from migrate.archive.ledger import Ledger
from migrate.config import Project, SiteConfig
from migrate.errors import ShangyiError
from migrate.harvest import HarvestRun, HarvestSummary, Progress, harvest, run_harvest
from migrate.harvest.targets import NO_PROBES
from migrate.http.hours import BEIJING
from migrate.records import Finding
from tests.commands import ROOT
from tests.harvest.oldsite import FAMILIES, HOST, Answer, OldSite, config
from tests.harvest.test_harvest import check, child, findings, rows, run, states
from tests.harvest.test_rebuild import same_again
from tests.http.certificates import Office, only_tls_1_0
from tests.http.oldproxy import SECRET, proxy

HOME = f"http://{HOST}/"


@pytest.fixture
def site() -> Iterator[OldSite]:
    with OldSite().served() as served:
        served.html("/", '<a href="/a">x</a><a href="/private/b">x</a>')
        served.html("/a", "a")
        served.html("/private/b", "b")
        yield served


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    change_options(monkeypatch, backoff=0.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "dahe"


def change_options(monkeypatch: pytest.MonkeyPatch, **changes: object) -> None:
    options = migrate.harvest.run.client_options
    changed: Callable[..., object] = lambda *asked: replace(options(*asked), **changes)  # type: ignore[arg-type]  # noqa: E731
    monkeypatch.setattr(migrate.harvest.run, "client_options", changed)


def robots(text: str) -> Answer:
    return Answer(text.encode(), type="text/plain")


def told(folder: Path, check: str) -> list[Finding]:
    with Ledger(folder / "ledger.sqlite") as ledger:
        return [finding for _stage, finding in ledger.findings("harvest") if finding.check == check]


def settings(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(rows(folder, "SELECT settings FROM captures ORDER BY stamp")[-1][0])
    return found


# robots.txt


def test_the_rate_of_robots_txt_is_kept_and_told(site: OldSite, folder: Path) -> None:
    site.pages["/robots.txt"] = robots("User-agent: *\nCrawl-delay: 0.1\n")
    seen: list[Progress] = []
    run_harvest(config(site, rate=50), FAMILIES, folder, HarvestRun(), seen.append)
    assert (settings(folder)["rate"], settings(folder)["robots_gap"]) == (10, 0.1)
    assert "0.1 seconds" in told(folder, "harvest.robots-rate")[0].message
    assert {progress.rate for progress in seen} == {10.0}
    run(site, folder, HarvestRun(fresh=True), rate=5.0)
    assert settings(folder)["rate"] == 5  # slower than it need be
    run(site, folder, HarvestRun(fresh=True), rate=50.0, robots="waived")
    assert settings(folder)["rate"] == 50
    assert not told(folder, "harvest.robots-rate")


def test_robots_txt_behind_redirects(site: OldSite, folder: Path) -> None:
    for number in range(4):
        site.pages[f"/r{number}"] = Answer(status=302, headers={"Location": f"/r{number + 1}"})
    site.pages["/robots.txt"] = Answer(status=301, headers={"Location": "/r0"})
    site.pages["/r4"] = robots("User-agent: *\nDisallow: /private/")
    run(site, folder)
    assert states(folder)["private/b"] == ("skipped", "robots")
    assert all(count == 1 for count in site.counts.values())
    check(folder)
    same_again(config(site), folder)
    unfinished(folder)
    site.counts.clear()
    assert run(site, folder).resumed
    assert not {"/robots.txt", "/r4", "/private/b"} & set(site.counts)  # the copy counts


def test_redirects_of_robots_txt_that_are_not_followed(site: OldSite, folder: Path) -> None:
    site.pages["/robots.txt"] = Answer(status=301, headers={"Location": "http://portal.example/robots.txt"})
    assert run(site, folder).statuses == {"2xx": 3, "3xx": 1}
    site.pages["/robots.txt"] = lambda served: Answer(
        status=301, headers={"Location": f"/robots.txt?{served.counts['/robots.txt']}"}
    )
    for number in range(9):
        site.pages[f"/robots.txt?{number}"] = Answer(status=301, headers={"Location": f"/robots.txt?{number + 1}"})
    site.counts.clear()
    run(site, folder, HarvestRun(fresh=True, limit=1))
    assert sum(count for path, count in site.counts.items() if path.startswith("/robots.txt")) == 6


def test_robots_txt_that_can_not_be_reached(site: OldSite, folder: Path) -> None:
    site.pages["/robots.txt"] = Answer(b"oops", status=500)
    with pytest.raises(ShangyiError, match=r"HTTP 500 for .*/robots.txt") as caught:
        run(site, folder)
    assert "robots: waived" in caught.value.hint
    site.pages["/robots.txt"] = Answer(status=302, headers={"Location": "/broken"})
    site.pages["/broken"] = Answer(raw=b"")
    with pytest.raises(ShangyiError, match="does not answer: reset"):
        run(site, folder)
    assert set(site.counts) == {"/robots.txt", "/broken"}
    run(site, folder, robots="waived")
    assert states(folder)["private/b"] == ("fetched", "")


def test_an_earlier_copy_stands_in_for_a_robots_txt_out_of_reach(site: OldSite, folder: Path) -> None:
    site.pages["/robots.txt"] = robots("User-agent: *\nDisallow: /private/")
    run(site, folder)
    site.pages["/robots.txt"] = Answer(b"oops", status=503)
    site.html("/", '<a href="/a">x</a><a href="/private/b">x</a><a href="/private/c">x</a>')
    assert run(site, folder, HarvestRun(delta=True)).skipped == {"robots": 1}
    assert states(folder)["private/c"] == ("skipped", "robots")
    assert not site.counts["/private/b"] + site.counts["/private/c"]
    same_again(config(site), folder)


def unfinished(folder: Path, *queued: str) -> None:
    """Make the last capture one that was interrupted before it came to some URLs."""
    with sqlite3.connect(folder / "ledger.sqlite") as db:
        db.execute("UPDATE captures SET state = 'running', finished_at = ''")
        for path in queued:
            db.execute("UPDATE frontier SET state = 'queued' WHERE key = ?", (HOME + path,))
            db.execute("DELETE FROM resources WHERE key = ?", (HOME + path,))
    db.close()


def test_a_copy_older_than_a_day_is_asked_for_again_and_holds_for_what_was_queued(site: OldSite, folder: Path) -> None:
    run(site, folder)
    unfinished(folder, "a", "private/b")
    site.pages["/robots.txt"] = robots("User-agent: *\nDisallow: /private/")
    with sqlite3.connect(folder / "ledger.sqlite") as db:
        yesterday = (datetime.now(UTC) - timedelta(hours=25)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        db.execute("UPDATE resources SET fetched_at = ? WHERE key LIKE '%/robots.txt'", (yesterday,))
    db.close()
    site.counts.clear()
    assert run(site, folder).resumed
    assert site.counts == {"/robots.txt": 1, "/a": 1}
    assert states(folder)["private/b"] == ("skipped", "robots")


# hours


def test_a_harvest_waits_for_its_hours_and_says_so(
    site: OldSite, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [datetime(2026, 11, 21, 8, 0, tzinfo=BEIJING)]
    monkeypatch.setattr(migrate.http.client, "_LOOK_AT_THE_CLOCK", 0.001)
    monkeypatch.setattr(migrate.harvest.crawl, "SHOW_EVERY", 0)
    change_options(monkeypatch, now=lambda: clock[0])
    site.html("/", "".join(f'<a href="/{n}">x</a>' for n in range(20)))
    for number in range(20):
        site.html(f"/{number}", "x")
    seen: list[Progress] = []

    def watch(progress: Progress) -> None:
        seen.append(progress)
        if progress.closed_until:
            clock[0] = progress.closed_until  # the night has come
        elif sum(site.counts.values()) >= 8 and clock[0].day == 21:
            clock[0] = clock[0].replace(day=22, hour=8)  # and gone

    summary = run_harvest(config(site, hours="20:00-07:00"), FAMILIES, folder, HarvestRun(), watch)
    assert summary.statuses == {"2xx": 21, "4xx": 1}
    waits = [progress.closed_until for progress in seen if progress.closed_until]
    assert waits == [datetime(2026, 11, day, 20, 0, tzinfo=BEIJING) for day in (21, 22)]
    assert settings(folder)["hours"] == "20:00-07:00"


def test_who_does_not_want_to_wait_presses_ctrl_c(site: OldSite, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [datetime(2026, 11, 21, 21, 0, tzinfo=BEIJING)]
    change_options(monkeypatch, now=lambda: clock[0])

    def close(_served: OldSite) -> Answer:
        clock[0] = clock[0].replace(day=22, hour=9)
        return Answer(b'<a href="/a">x</a>')

    site.pages["/"] = close
    waiting = asyncio.Event()

    def watch(progress: Progress) -> None:
        if progress.closed_until:
            waiting.set()

    async def interrupted() -> None:
        running = asyncio.ensure_future(
            harvest(config(site, hours="20:00-07:00"), FAMILIES, folder, HarvestRun(), watch)
        )
        await waiting.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(interrupted())
    assert site.counts == {"/robots.txt": 1, "/sitemap.xml": 1, "/": 1}
    assert states(folder) == {"robots.txt": ("fetched", ""), "": ("fetched", ""), "a": ("queued", "")}
    summary = run(site, folder)
    assert (summary.resumed, summary.fetched_now) == (True, 1)


# who asks, and what opens the door


def project(tmp_path: Path, more: str = "") -> Project:
    """A project whose site file has further lines under harvest."""
    (tmp_path / "mappings" / "sites").mkdir(parents=True)
    for name in ("portal.yaml", "families.yaml"):
        (tmp_path / "mappings" / name).write_bytes((ROOT / "mappings" / name).read_bytes())
    text = (ROOT / "mappings" / "sites" / "dahe.yaml").read_text(encoding="utf-8")
    changed = text.replace("harvest:\n", f"harvest:\n{more}")
    (tmp_path / "mappings" / "sites" / "dahe.yaml").write_text(changed, encoding="utf-8")
    return Project(tmp_path)


def agents(site: OldSite) -> set[str]:
    lines = [line for head in site.heads for line in head.decode().splitlines()]
    return {line for line in lines if line.startswith(("User-Agent", "From"))}


@pytest.mark.parametrize(
    ("more", "contact"),
    [
        ("", "0377-00000000 www.yunxi.example.gov.cn"),
        ("  contact: web@yunxi.example.gov.cn\n", "web@yunxi.example.gov.cn"),
    ],
)
def test_the_contact_is_the_portals_or_the_site_files(site: OldSite, tmp_path: Path, more: str, contact: str) -> None:
    where = pipeline.place(project(tmp_path, more), "dahe")
    pipeline.harvest_site(where, HarvestRun(resolve={HOST: site.address}), lambda _progress: None)
    agent = f"shangyi/{__version__} (archiving this site before it is closed; {contact})"
    sender = {f"From: {contact}"} if "@" in contact else set()
    assert agents(site) == {f"User-Agent: {agent}"} | sender
    assert (settings(where.folder)["agent"], settings(where.folder)["contact"]) == (agent, contact)
    [path] = (where.folder / "warc").iterdir()
    archived = gzip.decompress(path.read_bytes()).decode("utf-8", "replace")
    assert f"\r\nhttp-header-user-agent: {agent}\r\n" in archived
    assert f"\r\nUser-Agent: {agent}\r\n" in archived


def test_no_secret_reaches_the_archive(
    site: OldSite, folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    login = "Basic Y2xlcms6czNjcmV0"

    def guarded(served: OldSite) -> Answer:
        inside = f"Authorization: {login}".encode() in served.heads[-1] and b"Cookie: t=t1cket" in served.heads[-1]
        return Answer(b"<p>inside</p><a href='/a'>x</a>" if inside else b"no", 200 if inside else 401,
                      headers={"Set-Cookie": "t=t1cket-renewed", "WWW-Authenticate": "Basic"})  # fmt: skip

    site.pages["/"] = guarded
    monkeypatch.setenv("SHANGYI_AUTH_DAHE", "clerk:s3cret")
    monkeypatch.setenv("SHANGYI_COOKIE_DAHE", "t=t1cket")
    with proxy({HOST: site.port}) as between:
        monkeypatch.setenv("http_proxy", between.url)
        summary = run(site, folder, resolve={})
        assert len(between.asked) == 6  # with /sitemap.xml and two addresses that were made up
    assert summary.statuses == {"2xx": 2, "4xx": 1}
    assert settings(folder)["credentials"] is True
    kept = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".gz")
    kept += b"".join(gzip.decompress(path.read_bytes()) for path in folder.rglob("*.gz"))
    kept += "".join(capfd.readouterr()).encode()
    assert b"inside" in kept and b"Authorization: (not kept)" in kept and b"Set-Cookie: (not kept)" in kept
    for secret in (SECRET, "s3cret", "t1cket", login.split()[1], between.authorization.split()[1]):
        assert secret.encode() not in kept
    check(folder)


def test_a_site_that_wants_a_password_says_where_to_put_it(site: OldSite, folder: Path) -> None:
    site.pages["/"] = Answer(b"who are you?", status=401)
    with pytest.raises(ShangyiError, match="only errors: HTTP 401") as caught:
        run(site, folder)
    assert "SHANGYI_AUTH_DAHE" in caught.value.hint


def test_a_home_page_that_wants_its_cookie_back(site: OldSite, folder: Path) -> None:
    def guarded(served: OldSite) -> Answer:
        if b"Cookie: ASPSESSIONIDQQ=x" in served.heads[-1]:
            return Answer(b"<a href='/a'>x</a>")
        return Answer(status=302, headers={"Location": HOME, "Set-Cookie": "ASPSESSIONIDQQ=x; path=/"})

    site.pages["/"] = guarded
    assert run(site, folder).statuses == {"2xx": 2, "4xx": 1}
    assert "redirect-loop" not in findings(folder)
    check(folder)


# old TLS


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    return Office(tmp_path, monkeypatch)


def secure(site: OldSite, **harvest: object) -> SiteConfig:
    made = config(site, **harvest)
    return replace(made, site=replace(made.site, url=f"https://{HOST}/"))


def fetched(site: OldSite, folder: Path, asked: HarvestRun | None = None, **harvest: object) -> HarvestSummary:
    return run_harvest(secure(site, **harvest), FAMILIES, folder, asked or HarvestRun(), lambda _progress: None)


def test_a_bad_certificate_needs_permission_and_is_always_told(office: Office, folder: Path) -> None:
    with OldSite().served(only_tls_1_0(office.expired())) as site:
        site.html("/", '<a href="/a">x</a>')
        with pytest.raises(ShangyiError, match="does not answer: tls-old") as caught:
            fetched(site, folder)
        assert "“tls: any” under harvest" in caught.value.hint and "too old" in caught.value.hint
        assert fetched(site, folder, tls="any").statuses == {"2xx": 1, "4xx": 2}
        found = told(folder, "harvest.tls")
        assert {finding.url for finding in found} == {f"https://{HOST}/"}
        assert [finding.message.partition(".")[0] for finding in found] == [
            "It knows only TLS or ciphers that are too old, or does not speak TLS there", "Its certificate has expired"
        ]  # fmt: skip
        site.html("/a", "here now")
        assert fetched(site, folder, HarvestRun(delta=True), tls="any").new == 1
        assert len(told(folder, "harvest.tls")) == 2
        assert settings(folder)["tls"] == "any"
        same_again(secure(site, tls="any"), folder)
    with OldSite().served(office.good()) as site:
        site.html("/", "x")
        fetched(site, folder, HarvestRun(fresh=True), tls="any")
        assert not told(folder, "harvest.tls")


def test_single_pages_behind_a_bad_certificate(office: Office, site: OldSite, folder: Path) -> None:
    """Only some pages of the site are linked over https: they fail, with what to do."""
    with OldSite().served(office.self_signed()) as behind:
        behind.html("/login", "x")
        address = f"https://dahe.example.gov.cn:{behind.port}/login"
        site.html("/", f'<a href="{address}">x</a>')
        reached = {HOST: site.address, "dahe.example.gov.cn": "127.0.0.1"}
        assert run(site, folder, resolve=reached).failed == 1
        assert states(folder)["login"] == ("failed", "tls-self-signed")
        assert "tls: any" in told(folder, "harvest.failed")[0].hint
        assert run(site, folder, resolve=reached, tls="any").failed == 0
    assert told(folder, "harvest.tls")[0].url == "https://dahe.example.gov.cn/"


# how much, and how long


def test_a_capture_has_a_size(site: OldSite, folder: Path) -> None:
    site.html("/", "".join(f'<a href="/{n}.zip">x</a>' for n in range(20)))
    for number in range(20):
        site.pages[f"/{number}.zip"] = Answer(b"PK" + bytes([number]) * 9998, type="application/zip")
    first = run(site, folder, max_total=60_000)
    assert (first.state, first.skipped["max-total"] > 10, first.bytes < 110_000) == ("finished", True, True)
    assert "max_total" in told(folder, "harvest.max-total")[0].hint
    same_again(config(site), folder)
    second = run(site, folder)
    assert (second.kind, second.skipped) == ("delta", {})
    assert first.statuses["2xx"] + second.statuses["2xx"] == 21
    assert not told(folder, "harvest.max-total")
    check(folder)


def test_an_interrupted_capture_goes_on_with_the_size_that_is_left(site: OldSite, folder: Path) -> None:
    site.html("/", "".join(f'<a href="/{n}.zip">x</a>' for n in range(40)))
    for number in range(40):
        site.pages[f"/{number}.zip"] = Answer(b"PK" + bytes([number]) * 9998, type="application/zip")
    with child(site, folder, rate=20) as process:
        while sum(site.counts.values()) < 12:
            assert process.poll() is None
            time.sleep(0.001)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=120)
    before = sum(site.counts.values())
    summary = run(site, folder, max_total=200_000)
    assert summary.resumed
    assert sum(site.counts.values()) - before <= 16  # 20 files make 200,000 bytes; four may be under way
    assert summary.bytes < 250_000


def test_a_site_that_refuses_everything_stops_the_run(
    site: OldSite, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_options(monkeypatch, retries=0)
    site.html("/", "".join(f'<a href="/{n}">x</a>' for n in range(60)))
    home = site.pages["/"]
    for number in range(60):
        site.html(f"/{number}", "x")
        page = site.pages[f"/{number}"]
        site.pages[f"/{number}"] = lambda served, page=page: (  # type: ignore[misc]
            Answer(status=503) if sum(served.counts.values()) > 20 else page
        )
    site.pages["/"] = lambda served: Answer(status=503) if served.counts["/"] > 1 else home  # type: ignore[return-value]
    with pytest.raises(ShangyiError, match="stopped answering: HTTP 503"):
        run(site, folder)
    assert rows(folder, "SELECT state FROM captures") == [("running",)]
    for number in range(60):
        site.html(f"/{number}", "x")
    summary = run(site, folder)
    assert (summary.resumed, summary.failed, summary.statuses) == (True, 0, {"2xx": 61, "4xx": 1})


def test_redirects_without_end(site: OldSite, folder: Path) -> None:
    site.html("/", '<a href="/r?0">x</a>')
    for number in range(50):
        site.pages[f"/r?{number}"] = Answer(status=302, headers={"Location": f"/r?{number + 1}"})
    assert run(site, folder).skipped == {"endless": 1}
    assert sum(count for path, count in site.counts.items() if path.startswith("/r")) == 1 + 21  # robots.txt
    assert states(folder)["r?21"] == ("skipped", "endless")
    assert "Redirects without an end" in told(folder, "harvest.endless")[0].hint
    same_again(config(site), folder)


def test_a_site_with_a_chinese_host(site: OldSite, folder: Path) -> None:
    written, sent = "大河.政务", "xn--pssu86b.xn--zfr164b"
    made = config(site, resolve={written: site.address, f"www.{written}": site.address})
    chinese = replace(made, site=replace(made.site, url=f"http://{written}/", aliases=(f"www.{written}",)))
    site.html("/", f'<a href="http://{sent}/a">x</a><a href="http://{written}/a">x</a>'
                   f'<a href="http://www.{written}/a">x</a><a href="http://www.{sent.upper()}/b">x</a>')  # fmt: skip
    site.html("/b", "".join(f'<a href="http://{n}.政务/">x</a>' for n in range(20)))
    summary = run_harvest(chinese, FAMILIES, folder, HarvestRun(), lambda _progress: None)
    assert summary.statuses == {"2xx": 3, "4xx": 1}
    assert {row[0] for row in rows(folder, f"SELECT key FROM frontier WHERE {NO_PROBES}")} == {
        f"http://{sent}/{path}" for path in ("", "a", "b", "robots.txt")
    }
    hosts = {head.decode().lower().partition("host: ")[2].splitlines()[0] for head in site.heads}
    assert hosts == {sent, f"www.{sent}"}
    assert not told(folder, "harvest.foreign-links")  # .政务 is official
    check(folder)
