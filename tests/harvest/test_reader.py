"""The process that reads pages beside the harvest: it may be slow, and it may die."""

import asyncio
import os
import random
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

import migrate.harvest.reader
import migrate.harvest.reading
from migrate.archive.ledger import Ledger
from migrate.archive.warc import Draft, digest_of
from migrate.harvest import beside, captures
from migrate.harvest.links import RawLink
from migrate.harvest.paging import Pagers
from migrate.harvest.reader import LARGE, Read, Reader
from migrate.harvest.reading import Reading, Unpacker, Unread
from migrate.harvest.store import Job, Store
from migrate.urls import UrlRules
from tests.harvest.oldsite import FAMILIES, Answer, OldSite, config
from tests.harvest.test_harvest import HOME, check, findings, rows, run, states


@pytest.fixture
def site() -> Iterator[OldSite]:
    with OldSite().served() as served:
        yield served


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "dahe"


def test_a_site_too_large_to_read_here(site: OldSite, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that reads is killed with a page in its hands: that page is a finding, the others are read."""
    monkeypatch.setattr(migrate.harvest.reader, "ENOUGH", 2)
    site.html("/", "".join(f'<a href="/{n}.html">{n}</a>' for n in range(60)), "gb18030")
    for number in range(60):
        site.html(f"/{number}.html", f'<a href="/">首页</a><a href="/x/{number}.html">下一级</a>', "gb18030")
        site.html(f"/x/{number}.html", "完", "gb18030")
    started: list[asyncio.subprocess.Process] = []
    start, read, ask = migrate.harvest.reader._start, Reader.read_and_make, Reader._ask

    async def patient(reader: Reader, unread: Unread | None, draft: Draft | None, body: bytes = b"") -> Read:
        answer = await read(reader, unread, draft, body)
        if reader._beginning is not None:
            await reader._beginning  # so small a site would be read here before the process is up
        return answer

    async def watched(first: bytes) -> asyncio.subprocess.Process:
        started.append(await start(first))
        return started[-1]

    async def fragile(reader: Reader, question: bytes, *, to_read: bool) -> Read:
        if to_read and len(started) == 1 and started[0].returncode is None:
            started[0].kill()
        return await ask(reader, question, to_read=to_read)

    monkeypatch.setattr(Reader, "read_and_make", patient)
    calm = run(site, folder.with_name("calm"))
    monkeypatch.setattr(migrate.harvest.reader, "_start", watched)
    monkeypatch.setattr(Reader, "_ask", fragile)
    summary = run(site, folder)
    assert len(started) == 2 and len(findings(folder)["unreadable"]) == 1
    assert 0 <= calm.found - summary.found <= 1
    lost = findings(folder)["unreadable"][0]
    inline = rows(folder, f"SELECT target, text, count FROM links WHERE referrer <> '{HOME + lost}' AND text <> '首页'")
    assert set(inline) <= set(rows(folder.with_name("calm"), "SELECT target, text, count FROM links"))


def test_a_reader_that_dies_before_it_reads(site: OldSite, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was in its hands: another is started for the next page, and nothing is lost."""
    monkeypatch.setattr(migrate.harvest.reader, "ENOUGH", 2)
    site.html("/", "".join(f'<a href="/{n}.html">{n}</a>' for n in range(60)))
    for number in range(60):
        site.html(f"/{number}.html", f'<a href="/x/{number}.html">下一级</a>')
        site.html(f"/x/{number}.html", "完")
    start = migrate.harvest.reader._start

    async def stillborn(first: bytes) -> asyncio.subprocess.Process:
        monkeypatch.setattr(migrate.harvest.reader, "_start", start)
        process = await start(first)
        process.kill()
        return process

    monkeypatch.setattr(migrate.harvest.reader, "_start", stillborn)
    assert run(site, folder).found == 122  # with robots.txt
    assert "unreadable" not in findings(folder)


def test_records_of_pictures_are_made_beside_the_harvest(
    site: OldSite, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are the same, and the process that makes them may die of one: nothing is lost."""
    monkeypatch.setattr(migrate.harvest.reader, "ENOUGH", 2)
    site.html("/", "".join(f'<img src="/{n}.jpg">' for n in range(40)))
    pictures = {f"/{n}.jpg": b"\xff\xd8\xff" + random.Random(n % 30).randbytes(3000 + n % 30) for n in range(40)}
    for path, picture in pictures.items():
        site.pages[path] = Answer(picture, type="image/jpeg")
    processes: list[asyncio.subprocess.Process] = []
    made: list[Read] = []
    start, read, ask = migrate.harvest.reader._start, Reader.read_and_make, Reader._ask

    async def watched(first: bytes) -> asyncio.subprocess.Process:
        processes.append(await start(first))
        return processes[-1]

    async def patient(reader: Reader, unread: Unread | None, draft: Draft | None, body: bytes = b"") -> Read:
        answer = await read(reader, unread, draft, body)
        if unread is None and answer.made is not None:
            made.append(answer)
        if reader._beginning is not None:
            await reader._beginning
        return answer

    async def fragile(reader: Reader, question: bytes, *, to_read: bool) -> Read:
        if len(made) >= 5 and len(processes) == 1 and not to_read and processes[0].returncode is None:
            processes[0].kill()
        return await ask(reader, question, to_read=to_read)

    monkeypatch.setattr(migrate.harvest.reader, "_start", watched)
    monkeypatch.setattr(Reader, "read_and_make", patient)
    monkeypatch.setattr(Reader, "_ask", fragile)
    run(site, folder)
    assert len(processes) == 2 and len(made) >= 5
    assert "unreadable" not in findings(folder)
    check(folder)
    kept = dict(rows(folder, "SELECT key, digest FROM resources WHERE media_type = 'image/jpeg'"))
    assert kept == {HOME + path[1:]: digest_of(picture) for path, picture in pictures.items()}


def test_a_page_that_breaks_the_reader(site: OldSite, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    links = migrate.harvest.reading.html_links

    def fragile(text: str) -> tuple[str, list[RawLink]]:
        if "marrow" in text:
            raise RecursionError("too deep")
        return links(text)

    monkeypatch.setattr(migrate.harvest.reading, "html_links", fragile)
    site.html("/", '<a href="/evil.html">a</a><a href="/good.html">b</a>')
    site.html("/evil.html", "marrow")
    site.html("/good.html", "good")
    run(site, folder)
    assert findings(folder) == {"unreadable": ["evil.html"]}
    assert states(folder)["evil.html"] == states(folder)["good.html"] == ("fetched", "")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not say what waits in a pipe")
def test_what_waits_in_a_pipe_is_known() -> None:
    out, into = os.pipe()
    with open(out, "rb") as reading, open(into, "wb", buffering=0) as writing:
        assert beside.held_by(writing) == 0
        writing.write(bytes(3000))
        assert beside.held_by(writing) == 3000
        reading.read(1000)
    assert beside.held_by(writing) == sys.maxsize  # who is not there takes nothing more


def test_files_are_fetched_while_pages_wait_to_be_read(tmp_path: Path) -> None:
    """Each once, in the order in which they were named; otherwise all is taken in that order."""
    names = ["l/1.html", "i/1.JPG", "a.asp?f=x.doc", "f/2.doc", "show.asp?id=3", "f/4.pdf", "l/5.html"]

    def store() -> Store:
        return Store(ledger, capture)

    with Ledger(tmp_path / "ledger.sqlite", create=True) as ledger:
        opened = captures.new_opening(ledger, "full", {})
        capture = captures.begin_full(ledger, (HOME, HOME), opened)
        with closing(store()) as first:
            for name in names:
                first.enqueue(Job(HOME + name, HOME + name, HOME, 1, 0))
            first.commit()
            taken = [first.next(file=file) for file in (False, True, False, True, False, False, True, True, True)]
        assert [job and job.key.removeprefix(HOME) for job in taken] == [
            "", "i/1.JPG", "l/1.html", "a.asp?f=x.doc", "f/2.doc", "show.asp?id=3", "f/4.pdf", "l/5.html", None,
        ]  # fmt: skip
        with closing(store()) as resumed:
            job = resumed.next(file=True)
        assert job is not None and job.key.endswith(("doc", "pdf", "JPG"))


async def _frozen(rules: UrlRules, idle: float, lose_patience: Callable[[], None]) -> Reading | str:
    """Return what comes of a page that is given to a process after it was idle for a while, then stopped."""
    reader = Reader(rules, Pagers(FAMILIES), rate=0)
    page = Unread(HOME, "/", "text/html", "", b'<html><a href="/1.html">1</a>' + bytes(LARGE), links=True)
    try:
        assert isinstance(await reader.read(page), Reading)
        lose_patience()
        await asyncio.sleep(idle)
        assert reader._process is not None
        reader._process.send_signal(signal.SIGSTOP)
        return await asyncio.wait_for(reader.read(page), 200)
    finally:
        await reader.close()


@pytest.mark.skipif(sys.platform == "win32", reason="no process can be stopped there")
@pytest.mark.parametrize("idle", [0.0, 0.5])
def test_a_reader_that_stops_for_good(site: OldSite, monkeypatch: pytest.MonkeyPatch, idle: float) -> None:
    """Also if nothing was asked of it for a while: the harvest used to wait for ever."""

    def lose_patience() -> None:
        monkeypatch.setattr(migrate.harvest.reader, "PATIENCE", 3.0)

    assert asyncio.run(_frozen(config(site).url_rules.cautious(), idle, lose_patience)) == (
        "the program that read it ended, or found no end"
    )


def test_an_answer_that_makes_no_sense(site: OldSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an error, and nobody waits for ever."""

    def fault(_unpacker: Unpacker, _data: bytes) -> Reading | str:
        raise ValueError("no such number")

    monkeypatch.setattr(Unpacker, "unpack", fault)

    async def ask() -> None:
        reader = Reader(config(site).url_rules.cautious(), Pagers(FAMILIES), rate=0)
        page = Unread(HOME, "/", "text/html", "", b"<html>" + bytes(LARGE))
        try:
            await asyncio.wait_for(reader.read(page), 200)
        finally:
            await reader.close()

    with pytest.raises(ValueError, match="no such number"):
        asyncio.run(ask())


def test_a_process_that_was_started_ahead_is_the_first_to_be_used() -> None:
    """And it has ended when the harvest has, whether it was used or not."""

    async def processes(*, used: bool) -> list[asyncio.subprocess.Process]:
        async with beside.started_ahead(wanted=True):
            ready = beside._ahead.get()[0]
            if not used:
                return [ready]
            first, second = await beside.start(), await beside.start()
        await beside.end(second)
        return [ready, first, second]

    ready, first, second = asyncio.run(processes(used=True))
    assert ready is first and first is not second
    assert first.returncode is not None
    assert asyncio.run(processes(used=False))[0].returncode is not None


def test_no_process_for_a_site_that_is_asked_slowly() -> None:
    assert [beside.is_wanted(rate) for rate in (0, 0.5, 50, 51)] == [True, False, False, True]
