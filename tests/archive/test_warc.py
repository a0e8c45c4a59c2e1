import gzip
import random
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.cli import main as warcio

from migrate.archive.exchanges import Exchange
from migrate.archive.reading import TooLarge, iter_records, read_raw_body, read_response
from migrate.archive.recovery import recover
from migrate.archive.stream import records
from migrate.archive.warc import Original, WarcWriter, Written, digest_of, make
from migrate.errors import ShangyiError
from migrate.http import Response

STAMP = "20261121T093000Z"
URL = "http://www.dahe.example.gov.cn/zwgk/tzgg/1.html"
PAGE = "<html>关于大河镇的通知</html>".encode("gb18030")


def answer(body: bytes = PAGE, url: str = URL, *headers: tuple[bytes, bytes], **more: object) -> Response:
    return Response(
        url=url,
        status=200,
        reason="OK",
        raw_headers=((b"Content-Type", b"text/html"), *headers),
        body=body,
        request=b"GET /zwgk/tzgg/1.html HTTP/1.1\r\nHost: www.dahe.example.gov.cn\r\n\r\n",
        started_at=datetime(2026, 11, 21, 9, 30, tzinfo=UTC),
        **more,  # type: ignore[arg-type]
    )


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[WarcWriter]:
    with closing(WarcWriter(tmp_path / "warc", STAMP, info={"software": "shangyi"})) as writer:
        yield writer


def put(writer: WarcWriter, response: Response, original: Original | None = None) -> Written:
    return writer.write(response, digest_of(response.body), original)


def members(path: Path) -> list[tuple[int, int]]:
    """Return (begin, end) of each record of a file."""
    with path.open("rb") as file:
        return [(record.offset, record.end) for record in records(file, pytest.fail) if record.whole()]


def recovered(path: Path, start: int) -> list[Exchange]:
    """Return the exchanges that are whole; what follows them is cut off."""
    return [what for what in recover(path, start, path.parent) if isinstance(what, Exchange)]


def check(folder: Path) -> None:
    """warcio is the judge: its `check` exits with 0 where every digest is right."""
    files = [str(path) for path in sorted((folder / "warc").glob("*.warc.gz"))]
    assert files
    with pytest.raises(SystemExit) as ended:
        warcio(["check", *files])
    assert not ended.value.code


def test_written_and_read_back(tmp_path: Path, writer: WarcWriter) -> None:
    packed = gzip.compress(PAGE)
    plain = put(writer, answer())
    coded = put(writer, answer(packed, URL + "?2", (b"Content-Encoding", b"gzip"), (b"X-Odd", b"\xb9\xab")))
    empty = put(writer, answer(b""))
    writer.sync()
    check(tmp_path)
    stored = read_response(tmp_path, plain.warc_file, plain.warc_offset)
    assert (stored.url, stored.status, stored.body, stored.headers.get("content-TYPE")) == (URL, 200, PAGE, "text/html")
    assert stored.fetched_at == "2026-11-21T09:30:00.000000Z"
    assert digest_of(stored.raw_body) == plain.digest
    stored = read_response(tmp_path, coded.warc_file, coded.warc_offset)
    assert (stored.body, stored.raw_body, stored.headers.pairs[-1]) == (PAGE, packed, (b"X-Odd", b"\xb9\xab"))
    assert (read_response(tmp_path, empty.warc_file, empty.warc_offset).body, empty.digest) == (b"", "")


@pytest.mark.parametrize("length", [60_000, 65_535, 200_000])
def test_what_does_not_get_smaller_is_stored_as_it_is(tmp_path: Path, writer: WarcWriter, length: int) -> None:
    body = random.Random(length).randbytes(length)
    put(writer, answer(body))
    text = put(writer, answer(PAGE * 1000, URL + "?2"))
    after = put(writer, answer(body, URL + "?3"))
    writer.sync()
    check(tmp_path)
    path = tmp_path / "warc" / after.warc_file
    assert read_response(tmp_path, after.warc_file, after.warc_offset).body == body
    sizes = {begin: end - begin for begin, end in members(path)}
    assert sizes[text.warc_offset] < len(PAGE) * 100
    packed = path.read_bytes()[after.warc_offset :]
    assert body[1_000:2_000] in packed
    assert len(gzip.decompress(packed)) > length
    assert sizes[after.warc_offset] < length + 1_000


def test_records_as_the_standard_wants_them(tmp_path: Path, writer: WarcWriter) -> None:
    put(writer, answer())
    with (tmp_path / "warc" / f"{STAMP}-00000.warc.gz").open("rb") as file:
        records = [(r.rec_type, r.rec_headers, r.http_headers) for r in ArchiveIterator(file)]
    assert [kind for kind, _fields, _http in records] == ["warcinfo", "request", "response"]
    info, request, response = (fields for _kind, fields, _http in records)
    assert request.protocol == "WARC/1.1"
    assert request.get_header("WARC-Concurrent-To") == response.get_header("WARC-Record-ID")
    assert request.get_header("WARC-Warcinfo-ID") == info.get_header("WARC-Record-ID")
    assert response.get_header("WARC-Payload-Digest") == digest_of(PAGE)
    assert response.get_header("WARC-Block-Digest").startswith("sha256:")
    assert records[1][2].protocol == "GET"


def test_transfer_coding_is_renamed_and_the_length_right(tmp_path: Path, writer: WarcWriter) -> None:
    chunked = ((b"Transfer-Encoding", b"chunked"), (b"Content-Length", b"7"))
    written = put(writer, answer(PAGE, URL, *chunked))
    check(tmp_path)
    headers = read_response(tmp_path, written.warc_file, written.warc_offset).headers
    assert headers.get("X-Archive-Orig-Transfer-Encoding") == "chunked"
    assert headers.get("Transfer-Encoding") == ""
    assert headers.get("Content-Length") == str(len(PAGE))


def test_a_revisit_leads_to_the_bytes(tmp_path: Path, writer: WarcWriter) -> None:
    packed = gzip.compress(PAGE)
    first = put(writer, answer(packed, URL, (b"Content-Encoding", b"gzip")))
    original = Original(URL, "2026-11-21T09:30:00.000000Z", first.warc_file, first.warc_offset)
    again = put(writer, answer(packed, URL + "?again", (b"Content-Encoding", b"gzip")), original)
    check(tmp_path)
    stored = read_response(tmp_path, again.warc_file, again.warc_offset)
    assert (stored.url, stored.body, stored.raw_body) == (URL + "?again", PAGE, packed)
    records = {record.offset: record for record in iter_records(tmp_path / "warc" / again.warc_file)}
    fields = records[again.warc_offset].fields
    assert fields["warc-type"] == "revisit"
    assert fields["warc-refers-to-target-uri"] == URL
    assert len(records[again.warc_offset].http()[2]) == 0


def test_rotation_and_going_on(tmp_path: Path) -> None:
    folder = tmp_path / "warc"
    with closing(WarcWriter(folder, STAMP, info={}, max_file=2000)) as writer:
        places = [put(writer, answer(random.Random(n).randbytes(900), f"{URL}?{n}")) for n in range(8)]
    with closing(WarcWriter(folder, STAMP, info={}, max_file=2000)) as writer:
        places.append(put(writer, answer(b"later", f"{URL}?8")))
    files = sorted({place.warc_file for place in places})
    assert files == [f"{STAMP}-{n:05d}.warc.gz" for n in range(len(files))]
    assert len(files) > 3
    for file in files:
        assert next(iter_records(folder / file)).kind == "warcinfo"
    check(tmp_path)
    for number, place in enumerate(places):
        assert read_response(tmp_path, place.warc_file, place.warc_offset).url == f"{URL}?{number}"


def test_a_record_that_was_made_elsewhere(tmp_path: Path) -> None:
    """It stands in the file as if it had been made there; for another file than that of its draft it is made anew."""
    folder = tmp_path / "warc"
    responses = [answer(random.Random(n).randbytes(900), f"{URL}?{n}") for n in range(8)]
    with closing(WarcWriter(folder, STAMP, info={}, max_file=2000)) as writer:
        drafts = [writer.draft(response) for response in responses]
        made = [make(draft, r.body, digest_of(r.body)) for draft, r in zip(drafts, responses, strict=True)]
        places = [writer.write(r, one.digest, made=one) for r, one in zip(responses, made, strict=True)]
    taken = [place.record_id == one.record_id for place, one in zip(places, made, strict=True)]
    assert taken[0] and not taken[-1]
    for place, response in zip(places, responses, strict=True):
        records = {record.offset: record.fields for record in iter_records(folder / place.warc_file)}
        assert records[0]["warc-record-id"] == records[place.warc_offset]["warc-warcinfo-id"]
        assert read_response(tmp_path, place.warc_file, place.warc_offset).body == response.body
    check(tmp_path)


def test_a_record_that_was_made_in_vain(tmp_path: Path, writer: WarcWriter) -> None:
    first = put(writer, answer())
    again = answer(url=f"{URL}?again")
    made = make(writer.draft(again), again.body, digest_of(again.body))
    original = Original(URL, "2026-11-21T09:30:00.000000Z", first.warc_file, first.warc_offset)
    written = writer.write(again, made.digest, original, made)
    records = {record.offset: record for record in iter_records(tmp_path / "warc" / written.warc_file)}
    assert records[written.warc_offset].fields["warc-type"] == "revisit"
    check(tmp_path)


def test_what_is_not_there_is_said(tmp_path: Path, writer: WarcWriter) -> None:
    written = put(writer, answer())
    info_at, request_at = 0, members(tmp_path / "warc" / written.warc_file)[0][1]
    for file, offset in ((written.warc_file, info_at), (written.warc_file, request_at), (written.warc_file, 7),
                         (written.warc_file, -1), (written.warc_file, 10**6), ("no.warc.gz", 0)):  # fmt: skip
        with pytest.raises(ShangyiError, match="no readable answer"):
            read_response(tmp_path, file, offset)


def test_a_torn_tail_is_cut_and_whole_exchanges_kept(tmp_path: Path, writer: WarcWriter) -> None:
    places = [put(writer, answer(random.Random(n).randbytes(300), f"{URL}?{n}")) for n in range(6)]
    path = tmp_path / "warc" / places[0].warc_file
    data = path.read_bytes()
    whole = members(path)
    ends = {end: begin for begin, end in whole}
    assert max(ends) == len(data)
    dice = random.Random(7)
    cuts = [0, 1, len(data) - 1, len(data), *ends, *(dice.randrange(len(data)) for _cut in range(40))]
    for cut in cuts:
        path.write_bytes(data[:cut])
        found = [exchange.response.url for exchange in recovered(path, 0)]
        answers = [place for place in places if any(b == place.warc_offset and e <= cut for e, b in ends.items())]
        assert found == [f"{URL}?{n}" for n in range(len(answers))]
        size = path.stat().st_size
        assert size <= cut
        assert size in {0, *ends}
        assert size == max((e for e, b in ends.items() if e <= cut and b in {p.warc_offset for p in answers}),
                           default=whole[0][1] if cut >= whole[0][1] else 0)  # fmt: skip
        if size:
            check(tmp_path)


def test_recovery_begins_where_it_is_told_and_garbage_ends_it(tmp_path: Path, writer: WarcWriter) -> None:
    put(writer, answer(b"one", URL + "?1"))
    start = writer.place[1]
    put(writer, answer(b"two", URL + "?2"))
    path = tmp_path / "warc" / writer.place[0]
    whole = writer.place[1]
    with path.open("ab") as file:
        file.write(bytes(5000))  # a power cut leaves zeros
    found = recovered(path, start)
    assert [exchange.response.body for exchange in found] == [b"two"]
    assert found[0].response.request.startswith(b"GET ")
    assert path.stat().st_size == whole


def test_reading_stops_at_a_torn_tail(tmp_path: Path, writer: WarcWriter) -> None:
    for number in range(3):
        put(writer, answer(random.Random(number).randbytes(5000), f"{URL}?{number}"))
    path = tmp_path / "warc" / writer.place[0]
    path.write_bytes(path.read_bytes()[:-3000])
    assert [record.kind for record in iter_records(path)] == ["warcinfo", *["request", "response"] * 2, "request"]


def test_truncated_is_marked(tmp_path: Path, writer: WarcWriter) -> None:
    put(writer, answer(b"half", error="truncated"))
    record = list(iter_records(tmp_path / "warc" / writer.place[0]))[-1]
    assert record.fields["warc-truncated"] == "disconnect"
    check(tmp_path)


def test_a_body_beyond_the_limit_is_an_error_never_a_part(tmp_path: Path, writer: WarcWriter) -> None:
    packed = gzip.compress(bytes(300_000_000), 1)
    bomb = put(writer, answer(packed, URL, (b"Content-Encoding", b"gzip")))
    plain = put(writer, answer(b"x" * 1000))
    writer.sync()
    for limit in (1000, None):
        with pytest.raises(TooLarge):
            read_response(tmp_path, bomb.warc_file, bomb.warc_offset, limit=limit)
    assert read_raw_body(tmp_path, bomb.warc_file, bomb.warc_offset) == packed
    with pytest.raises(TooLarge):
        read_response(tmp_path, plain.warc_file, plain.warc_offset, limit=999)
    assert len(read_response(tmp_path, plain.warc_file, plain.warc_offset, limit=1000).body) == 1000
    assert len(read_response(tmp_path, plain.warc_file, plain.warc_offset).body) == 1000
