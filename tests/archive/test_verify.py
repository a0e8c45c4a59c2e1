"""Verification finds every flipped bit, and says whose it is."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from migrate.archive.ledger import Ledger
from migrate.archive.seal import MANIFEST, seals
from migrate.archive.stream import records
from migrate.archive.verify import Verified, verify
from migrate.archive.warc import warc_files
from migrate.harvest import HarvestRun, run_harvest
from migrate.harvest.targets import MADE_UP
from migrate.records import Level
from tests.harvest.oldsite import FAMILIES, Answer, OldSite, config
from tests.harvest.test_harvest import HOME


@pytest.fixture(scope="module")
def harvested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of a small site: pages, an image that stands at two addresses, a redirect, an error, no answer."""
    site = OldSite()
    site.html("/", "".join(f'<a href="{path}">x</a>' for path in ("a.html", "b.html", "old.html", "gone", "lost")))
    site.html("/a.html", "关于修路的通知" * 30 + '<img src="1.png"><img src="2.png">', "gb18030")
    site.html("/b.html", "公示" * 30)
    site.pages["/1.png"] = site.pages["/2.png"] = Answer(b"\x89PNG" + random.Random(1).randbytes(900), type="image/png")
    site.pages["/old.html"] = Answer(b"", 301, headers={"Location": "/b.html"})
    site.pages["/lost"] = Answer(raw=b"")
    folder = tmp_path_factory.mktemp("archives") / "dahe"
    with site.served():
        one_by_one = config(site, concurrency=1)  # so that records stand in the order of the links
        run_harvest(one_by_one, FAMILIES, folder, HarvestRun(), lambda _progress: None)
    return folder


@pytest.fixture
def folder(harvested: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(harvested, tmp_path / "dahe"))


def verified(folder: Path) -> Verified:
    with Ledger(folder / "ledger.sqlite") as ledger:
        return verify(folder, ledger, lambda _done, _of: None)


def found(folder: Path) -> set[tuple[str, str]]:
    told = verified(folder).findings
    assert all(finding.level is Level.ERROR and finding.message and finding.hint for finding in told)
    return {(finding.check.removeprefix("archive."), finding.url.removeprefix(HOME)) for finding in told}


def only_file(folder: Path) -> Path:
    (path,) = warc_files(folder)
    return path


def places(folder: Path) -> Iterator[tuple[str, str, int, int]]:
    """Yield (kind, URL, begin, end) of each record."""
    with only_file(folder).open("rb") as file:
        for record in records(file, pytest.fail):
            assert record.whole()
            url = record.fields.get("warc-target-uri", "").removeprefix(HOME)
            yield record.kind, url, record.offset, record.end


def flip(path: Path, place: int, bit: int = 0) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1 << bit
    path.write_bytes(data)


def test_a_whole_archive_has_no_findings(folder: Path) -> None:
    told = verified(folder)
    assert (told.findings, told.files, told.sealed) == ((), 1, 1)
    assert told.records == len(list(places(folder)))
    with Ledger(folder / "ledger.sqlite") as ledger:
        # Eight addresses of the site, three made up.
        assert (
            told.rows == ledger.db.execute("SELECT count(*) FROM resources WHERE warc_file <> ''").fetchone()[0] == 11
        )
    assert told.bytes == only_file(folder).stat().st_size


def test_every_flipped_bit_is_found(folder: Path) -> None:
    path = only_file(folder)
    whole = path.read_bytes()
    dice = random.Random(20261122)
    chosen = {(dice.randrange(len(whole)), dice.randrange(8)) for _flip in range(150)}
    for _kind, _url, begin, end in places(folder):  # gzip's head, the last bits of its code, its checksum and length
        chosen |= {(place, dice.randrange(8)) for place in (*range(begin, begin + 10), *range(end - 9, end))}
    missed = []
    for place, bit in sorted(chosen):
        path.write_bytes(whole)
        flip(path, place, bit)
        if not found(folder):
            missed.append((place, bit))
    assert len(chosen) > 400
    assert missed == []


def test_each_kind_of_record_says_whose_it_is(folder: Path) -> None:
    path = only_file(folder)
    whole = path.read_bytes()
    told = {}
    for kind, url, begin, end in places(folder):
        path.write_bytes(whole)
        flip(path, (begin + end) // 2)
        told[kind, url] = found(folder)
    assert told["warcinfo", ""] == {("damaged", "")}
    assert told["request", "a.html"] == {("damaged", "a.html")}
    assert told["response", "a.html"] == {("damaged", "a.html")}
    assert told["response", "gone"] == {("damaged", "gone")}
    first, second = (name for kind, name in told if name in ("1.png", "2.png") and kind == "request")
    assert told["response", first] == {("damaged", first), ("revisit", second)}
    assert told["revisit", second] == {("damaged", second)}
    assert told["metadata", "lost"] == told["metadata", ""] == {("damaged", "")}


def test_only_the_damaged_record_is_lost(folder: Path) -> None:
    number = verified(folder).records
    flip(only_file(folder), next(begin for kind, url, begin, _end in places(folder) if url == "a.html") + 40)
    assert verified(folder).records == number - 1


def test_padding_is_sealed(folder: Path) -> None:
    """A change that no record notices, as in gzip's time stamp."""
    begin = next(begin for _kind, url, begin, _end in places(folder) if url == "b.html")
    flip(only_file(folder), begin + 5)
    assert found(folder) == {("changed", "")}
    (folder / MANIFEST).unlink()
    assert found(folder) == set()


def test_a_file_that_is_cut_off(folder: Path) -> None:
    path = only_file(folder)
    *_others, (_kind, _url, begin, _end) = (row for row in places(folder) if row[:2] == ("response", "b.html"))
    path.write_bytes(path.read_bytes()[: begin + 100])
    told = found(folder)
    assert ("damaged", "b.html") in told and ("row", "gone") in told


def test_a_file_that_is_missing(folder: Path) -> None:
    only_file(folder).unlink()
    told = found(folder)
    assert ("missing-file", "") in told
    assert {url for check, url in told if check == "row" and MADE_UP not in url} == {
        "", "robots.txt", "a.html", "b.html", "old.html", "gone", "1.png", "2.png"
    }  # fmt: skip


def test_a_row_that_leads_elsewhere(folder: Path) -> None:
    with Ledger(folder / "ledger.sqlite") as ledger, ledger.transaction() as db:
        db.execute("UPDATE resources SET warc_offset = warc_offset + 1 WHERE key LIKE '%a.html'")
        db.execute("UPDATE resources SET digest = 'sha256:00' WHERE key LIKE '%b.html'")
    assert found(folder) == {("row", "a.html"), ("row", "b.html")}


def test_records_put_together_wrongly(folder: Path) -> None:
    """Bytes that gzip finds right, and whose digests are wrong."""
    import gzip

    path = only_file(folder)
    path.with_name("20991231T000000Z-00000.warc.gz").write_bytes(
        b"".join(
            gzip.compress(
                b"WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: %b%b\r\nWARC-Payload-Digest: sha256:11\r\n"
                b"WARC-Block-Digest: sha256:22\r\nContent-Length: 20\r\n\r\nHTTP/1.1 200 OK\r\n\r\nx\r\n\r\n"
                % (HOME.encode(), name)
            )
            for name in (b"y", b"z")
        )
    )
    assert found(folder) == {("digest", "y"), ("digest", "z")}


def test_what_an_interrupted_run_left_is_no_error(folder: Path) -> None:
    path = only_file(folder)
    (folder / MANIFEST).unlink()
    with path.open("ab") as file:
        file.write(path.read_bytes()[:100])
    (finding,) = verified(folder).findings
    assert finding.level is Level.NOTE and "Run the harvest again" in finding.hint


def test_without_a_ledger_the_files_are_still_read(folder: Path) -> None:
    (folder / "ledger.sqlite").unlink()
    begin = next(begin for kind, url, begin, _end in places(folder) if (kind, url) == ("request", "b.html"))
    flip(only_file(folder), begin + 40)
    told = verify(folder, None, lambda _done, _of: None)
    assert [(finding.check, finding.url) for finding in told.findings] == [("archive.damaged", HOME + "b.html")]
    assert told.rows == 0


def test_a_seal_is_written_once_and_a_later_capture_adds_to_it(folder: Path) -> None:
    before = seals(folder)
    assert set(before) == {only_file(folder).name}
    flip(only_file(folder), 500)
    site = OldSite()
    site.html("/", "new")
    with site.served():
        run_harvest(config(site), FAMILIES, folder, HarvestRun(fresh=True), lambda _progress: None)
    after = seals(folder)
    assert len(after) == 2 and after.items() > before.items(), "damage must not be sealed as if it were right"
