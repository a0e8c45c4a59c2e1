"""Files of any size: read in pieces from the archive, never whole in memory, on the disk before anything names them."""

import gzip
import hashlib
import os
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import InMemoryStorage
from django.test import Client
from wagtail.documents import get_document_model
from wagtail.images import get_image_model

from cms_site.legacy.actor import system_user
from cms_site.legacy.intake import files, storing
from cms_site.legacy.intake.receipts import ReceiptBook
from cms_site.legacy.models import Imported, OldSite, PendingFile
from migrate import magic
from migrate.archive.reading import PIECE, read_in_pieces, read_response
from migrate.archive.warc import Original, WarcWriter, Written, digest_of
from migrate.errors import ShangyiError
from migrate.http.types import HeaderPairs, Response
from migrate.importer.files import read_file
from migrate.records import Entry, FileItem, Kind, Outcome, Stored
from tests.importer.sites import SmallSite, picture
from tests.mapping.building import STAMP

Make = Callable[..., SmallSite]
Document = get_document_model()
URL = "http://www.dahe.example.gov.cn/files/ghtz.zip"
LARGE = b"PK\x03\x04 plan of the township " + bytes(64_000_000) + b" its end"


def stored_answer(folder: Path, body: bytes, headers: HeaderPairs = (), original: Original | None = None) -> Written:
    writer = WarcWriter(folder / "warc", STAMP, info={"software": "test"})
    now = datetime(2026, 11, 21, 1, 31, tzinfo=UTC)
    answer = Response(
        url=URL, status=200, reason="OK", raw_headers=headers, body=body, request=b"GET / HTTP/1.1\r\n\r\n",
        started_at=now,
    )  # fmt: skip
    written = writer.write(answer, digest_of(body), original)
    writer.sync()
    writer.close()
    return written


def entry_of(written: Written, kind: Kind = Kind.ATTACHMENT, name: str = "规划图纸.zip") -> Entry:
    return Entry(
        URL, url=URL, kind=kind, outcome=Outcome.MOVE, rule="", name=name, content_hash="hash",
        digest=written.digest, warc_file=written.warc_file, warc_offset=written.warc_offset,
    )  # fmt: skip


@pytest.fixture
def old(built: None, db: None) -> OldSite:
    return OldSite.objects.create(slug="dahe", name="大河镇", url="http://www.dahe.example.gov.cn/")


@pytest.fixture
def media(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


def bring_in(old: OldSite, *readings: Callable[[], FileItem | Stored]) -> list[Stored]:
    batches = files.write_files(old, readings, ReceiptBook(old, system_user()))
    return [stored for batch in batches for stored in batch]


def test_a_large_file_is_never_whole_in_memory(old: OldSite, media: Path, tmp_path: Path) -> None:
    entry = entry_of(stored_answer(tmp_path, LARGE))
    tracemalloc.start()
    try:
        (stored,) = bring_in(old, partial(read_file, entry, tmp_path))
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 12 * PIECE
    assert (stored.status, stored.message) == ("created", "")
    document = Document.objects.get()
    assert (document.file_size, document.filename) == (len(LARGE), "规划图纸.zip")
    assert document.file_hash == hashlib.sha1(LARGE, usedforsecurity=False).hexdigest()
    assert Imported.objects.get().digest == entry.digest
    assert Path(document.file.path).read_bytes() == LARGE


def test_a_large_file_that_is_torn_fails_alone(old: OldSite, media: Path, tmp_path: Path) -> None:
    entry = entry_of(stored_answer(tmp_path, os.urandom(5 * PIECE)))
    archive = tmp_path / "warc" / entry.warc_file
    archive.write_bytes(archive.read_bytes()[: -2 * PIECE])
    small = FileItem(Entry(URL + "?2", URL, Kind.ATTACHMENT, Outcome.MOVE, "", name="表.doc"), lambda: (b"PK",))
    torn, whole = bring_in(old, partial(read_file, entry, tmp_path), lambda: small)
    assert (torn.key, torn.status) == (entry.key, "failed")
    assert "no readable answer" in torn.message
    assert (whole.status, Document.objects.get().filename) == ("created", "表.doc")
    assert PendingFile.objects.count() == 0
    assert [path.name for path in media.rglob("*") if path.is_file()] == ["表.doc"]


class TestPieces:
    @pytest.mark.parametrize("size", [0, 9, PIECE - 400, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 7])
    def test_they_are_the_body(self, tmp_path: Path, size: int) -> None:
        body = os.urandom(size)
        place = stored_answer(tmp_path, body, ((b"X-Of", b"office"),))
        found = read_in_pieces(tmp_path, place.warc_file, place.warc_offset)
        assert b"".join(found.pieces()) == b"".join(found.pieces()) == body
        assert body.startswith(found.head) and (found.head or not body)
        assert found.headers.get("x-of") == "office"
        assert all(len(piece) <= PIECE for piece in found.pieces())

    def test_content_coding_is_undone(self, tmp_path: Path) -> None:
        body = os.urandom(2 * PIECE)
        place = stored_answer(tmp_path, gzip.compress(body), ((b"Content-Encoding", b"gzip"),))
        found = read_in_pieces(tmp_path, place.warc_file, place.warc_offset)
        assert b"".join(found.pieces()) == body == found.head

    def test_a_text_that_was_packed_without_saying_so(self, tmp_path: Path) -> None:
        text = "关于修路的通知".encode() + os.urandom(9).hex().encode() * PIECE
        place = stored_answer(tmp_path, gzip.compress(text, 0), ((b"Content-Type", b"text/html"),))
        found = read_in_pieces(tmp_path, place.warc_file, place.warc_offset)
        whole = read_response(tmp_path, place.warc_file, place.warc_offset)
        assert b"".join(found.pieces()) == whole.body == text

    def test_a_revisit_is_followed(self, tmp_path: Path) -> None:
        body = os.urandom(2 * PIECE)
        first = stored_answer(tmp_path, body, ((b"X-Time", b"first"),))
        original = Original(URL, "2026-11-21T01:31:00.000000Z", first.warc_file, first.warc_offset)
        again = stored_answer(tmp_path, body, ((b"X-Time", b"second"),), original)
        found = read_in_pieces(tmp_path, again.warc_file, again.warc_offset)
        assert b"".join(found.pieces()) == body
        assert found.headers.get("X-Time") == "second"

    def test_however_the_file_is_packed(self, tmp_path: Path) -> None:
        body = os.urandom(PIECE // 2)
        written = stored_answer(tmp_path, body, ((b"X-Of", b"office"),))
        path = tmp_path / "warc" / written.warc_file
        plain = gzip.decompress(path.read_bytes())
        offset = plain.index(b"WARC/1.1\r\nWARC-Type: response")
        record, middle = plain[offset:], offset + 900
        (tmp_path / "warc" / "plain.warc").write_bytes(plain)
        (tmp_path / "warc" / "one.warc.gz").write_bytes(gzip.compress(record + plain))
        (tmp_path / "warc" / "two.warc.gz").write_bytes(
            gzip.compress(plain[offset:middle]) + gzip.compress(plain[middle:])
        )
        for name, place in (
            (path.name, written.warc_offset),
            ("plain.warc", offset),
            ("one.warc.gz", 0),
            ("two.warc.gz", 0),
        ):
            assert read_response(tmp_path, name, place).body == body, name
            assert b"".join(read_in_pieces(tmp_path, name, place).pieces()) == body, name
        path.write_bytes(path.read_bytes()[:-5000])
        with pytest.raises(ShangyiError):
            read_response(tmp_path, path.name, written.warc_offset)

    def test_where_there_is_no_answer(self, tmp_path: Path) -> None:
        with pytest.raises(ShangyiError):
            read_in_pieces(tmp_path, "a.warc.gz", 0)


@pytest.mark.parametrize("place", [60, PIECE - 5, 3 * PIECE - 1])
def test_what_a_container_holds_is_found_wherever_it_says_so(tmp_path: Path, place: int) -> None:
    sheet = bytearray(b"\xd0\xcf\x11\xe0" + bytes(4 * PIECE))
    mark = "Workbook".encode("utf-16-le")
    sheet[place : place + len(mark)] = mark
    written = stored_answer(tmp_path, bytes(sheet))
    item = read_file(entry_of(written, name=""), tmp_path)
    assert magic.ending(bytes(sheet)) == "xls"
    assert isinstance(item, FileItem)
    assert magic.ending_of(item.pieces()) == "xls"


class TestDurability:
    """A power cut leaves no row whose file is empty: files and the folders that name them are synced before."""

    def test_files_are_on_the_disk_before_their_rows(
        self, small: Make, media: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        synced: set[Path] = set()
        sync, write = storing._onto_disk, files._Batch.write
        monkeypatch.setattr(storing, "_onto_disk", lambda path: (sync(path), synced.add(path)))

        def watched(batch: Any, book: ReceiptBook) -> list[Stored]:
            wanted = {media / file.name for file in batch.files}
            wanted |= {folder for path in wanted for folder in path.parents if folder.is_relative_to(media)}
            assert len(wanted) == 2 + 4
            assert wanted <= synced
            assert all(path.exists() for path in wanted)
            return write(batch, book)

        monkeypatch.setattr(files._Batch, "write", watched)
        site = small()
        site.article("/tzgg/1.html", images=["/1.png"], attachments=["/a.doc"], body='<p><img src="/1.png"></p>')
        site.bytes("/1.png", picture(), "image/png")
        site.doc("/a.doc")
        assert site.counts() == {"created": 3}

    def test_a_disk_that_fails_stops_the_import(
        self, old: OldSite, media: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(path: Path) -> None:
            raise OSError(28, "No space left on device", str(path))

        monkeypatch.setattr(storing, "_onto_disk", fail)
        item = FileItem(Entry(URL, URL, Kind.ATTACHMENT, Outcome.MOVE, "", name="表.doc"), lambda: (b"PK",))
        with pytest.raises(ShangyiError, match="The disk is full"):
            bring_in(old, lambda: item)
        assert (Document.objects.count(), PendingFile.objects.count()) == (0, 1)
        assert storing.sweep() == 1

    def test_the_file_system_that_is_full_is_named(
        self, old: OldSite, media: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Documents may lie on another than pictures; moving from one to the other, Python names what it read."""

        def full(path: Path, _target: Path) -> None:
            raise OSError(28, "No space left on device", str(path))

        monkeypatch.setattr("cms_site.legacy.intake.storing.shutil.move", full)
        item = FileItem(Entry(URL, URL, Kind.ATTACHMENT, Outcome.MOVE, "", name="表.doc"), lambda: (b"PK",))
        with pytest.raises(ShangyiError, match=r"The disk is full: .*/documents/[0-9a-f]{16}/表\.doc"):
            bring_in(old, lambda: item)

    def test_a_full_disk_is_no_fault_of_the_file(
        self, old: OldSite, media: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(_pieces: object, path: Path) -> None:
            path.touch()
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("cms_site.legacy.intake.arriving._copy", full)
        item = FileItem(Entry(URL, URL, Kind.ATTACHMENT, Outcome.MOVE, "", name="表.doc"), lambda: (b"PK",))
        with pytest.raises(ShangyiError, match="The disk is full"):
            bring_in(old, lambda: item)
        assert not list((media / "documents").iterdir())


def test_what_a_killed_import_was_reading_is_not_public_and_goes(media: Path, db: None) -> None:
    with storing.incoming() as folder:
        (folder / "secret").write_bytes(b"PK")
        address = f"/media/{folder.relative_to(media)}/secret"
        assert Client().get(address).status_code == 404
        assert storing.sweep() == 0
        assert not folder.exists()
        folder.mkdir()  # so that the block can end


def test_a_storage_elsewhere_gets_the_bytes(old: OldSite, media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = InMemoryStorage()
    for model in (Document, get_image_model()):
        monkeypatch.setattr(model._meta.get_field("file"), "storage", elsewhere)
    item = FileItem(Entry(URL, URL, Kind.IMAGE, Outcome.MOVE, "", name="徽.png"), lambda: (picture(),))
    assert [stored.status for stored in bring_in(old, lambda: item)] == ["created"]
    image = get_image_model().objects.get()
    assert elsewhere.open(image.file.name).read() == picture()
    assert not media.exists()
