"""Attachments: what stands in them is found with its place; what can't be read is counted."""

import io
import struct
import zipfile
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.comments import Comment

from migrate.archive.ledger import Ledger
from migrate.archive.warc import WarcWriter, digest_of
from migrate.config import SiteConfig
from migrate.demo import biff
from migrate.extract.documents import Unread, ooxml, read_document
from migrate.extract.stage import extract_all
from migrate.families import Families
from migrate.http import Response
from migrate.personal import find_personal
from migrate.records import PERSONAL_FILE

ID = "11010519491231002X"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def packed(**parts: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in parts.items():
            package.writestr(name.replace("__", "/").replace("_xml", ".xml"), text)
    return out.getvalue()


def docx(*paragraphs: str, head: str = "") -> bytes:
    body = "".join(
        f"<w:p>{''.join(f'<w:r><w:t>{run}</w:t></w:r>' for run in text.split('|'))}</w:p>" for text in paragraphs
    )
    return packed(word__document_xml=f'{head}<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>')


def xlsx() -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "救助名单"
    book.active["B2"] = ID
    book.active["C3"] = 13800000001
    book.active["D4"] = 13800000001.5
    book.active["A1"].comment = Comment("卡号6222021234567890128", "x")
    book.create_sheet("二")["A7"] = "李四 139-0000-0002"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def shared_strings(*texts: str, split: int | None = None) -> bytes:
    """Return a BIFF8 workbook whose cells share their texts; the table goes on after `split` bytes of the last text."""
    table = struct.pack("<II", len(texts), len(texts))
    for text in texts:
        table += struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")
    first, rest = (table, b"") if split is None else (table[:-split], table[-split:])
    globals_ = [
        (0x0809, struct.pack("<HHHHII", 0x0600, 5, 0, 0, 0, 0)),
        (0x0085, struct.pack("<IBBBB", 0, 0, 0, 2, 1) + "名单".encode("utf-16-le")),
        (0x00FC, first),
        *([(0x003C, b"\x01" + rest)] if rest else []),
        (0x000A, b""),
    ]
    start = sum(4 + len(data) for _kind, data in globals_)
    globals_[1] = (0x0085, struct.pack("<I", start) + globals_[1][1][4:])
    sheet = [
        (0x0809, struct.pack("<HHHHII", 0x0600, 0x10, 0, 0, 0, 0)),
        *((0x00FD, struct.pack("<HHHI", row, 27, 0, row)) for row in range(len(texts))),
        (0x027E, struct.pack("<HHHI", 9, 0, 0, (138 << 2) | 2)),
        (0x0203, struct.pack("<HHHd", 10, 1, 0, 13800000001.0)),
        (0x000A, b""),
    ]
    stream = b"".join(struct.pack("<HH", kind, len(data)) + data for kind, data in [*globals_, *sheet])
    return biff._compound("Workbook", stream)


def found(payload: bytes) -> list[tuple[str, str]]:
    return [(piece.place, hit.kind) for piece in read_document(payload) for hit in find_personal(piece.text)]


def test_word_in_runs_tables_and_text_boxes() -> None:
    box = f"<w:p><w:r><w:t>外</w:t></w:r><w:txbx><w:p><w:r><w:t>{ID}</w:t></w:r></w:p></w:txbx></w:p>"
    payload = docx("名单", "李四 110105|19491231|002X", "电话138|00000001")
    assert found(payload) == [("document paragraph 2", "identity-number"), ("document paragraph 3", "mobile")]
    payload = packed(
        word__footer1_xml=f'<w:ftr xmlns:w="{WORD}">{box}</w:ftr>', word__document_xml="<w:document xmlns:w='x'/>"
    )
    assert found(payload) == [("footer1 paragraph 1", "identity-number")]


def test_excel_cells_sheets_and_comments() -> None:
    assert found(xlsx()) == [
        ("救助名单!B2", "identity-number"),
        ("救助名单!C3", "mobile"),
        ("二!A7", "mobile"),
        ("comment A1", "bank-card"),
    ]


def test_old_excel() -> None:
    payload = biff.workbook([["姓名", "号码"], ["李四", ID], ["王五", "13800000001"]], "名单")
    assert found(payload) == [("名单!B2", "identity-number"), ("名单!B3", "mobile")]


@pytest.mark.parametrize("split", [None, 4, 20])
def test_old_excel_shares_its_texts(split: int | None) -> None:
    assert found(shared_strings("没有", f"李四{ID}", f"王五的号码{ID}", split=split)) == [
        ("名单!AB2", "identity-number"),
        ("名单!AB3", "identity-number"),
        ("名单!B11", "mobile"),
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [(ID.encode() + bytes(9), "byte 104"), ("号码：".encode("utf-16-le") + ID.encode("utf-16-le"), "byte 110")],
)
def test_digits_in_damaged_documents(text: bytes, place: str) -> None:
    pieces = read_document(b"\xd0\xcf\x11\xe0" + bytes(100) + text)
    assert next((piece.place, piece.text) for piece in pieces) == (place, ID)
    with pytest.raises(Unread, match="broken"):
        list(pieces)


def test_disguised_html() -> None:
    assert found(f"姓名,号码\r\n李四,{ID}\r\n".encode("gb18030")) == [("line 2", "identity-number")]
    assert found(f"<table>\n<tr><td>李四</td><td>{ID}</td></tr>".encode()) == [("line 2", "identity-number")]
    split = f"{ID[:5]}</span><span\nlang=EN-US>{ID[5:11]}\n</span>"
    word = f"<!--[if mso]><![endif]--><html><body>\n<p>名单</p>\n<p>号码<span>{split}<b>{ID[11:]}</b></p></body></html>"
    assert found(word.replace("\n</span>", "</span>").encode()) == [("line 3", "identity-number")]
    escaped = "".join(f"&#{ord(digit)};" for digit in ID)
    assert found(f"<html><p>号码{escaped}</p></html>".encode()) == [("line 1", "identity-number")]


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"%PDF-1.4 ...", "broken"),
        (b"Rar!\x1a\x07", "rar"),
        (packed(a_txt="x"), "zip"),
        (b"PK\x03\x04word/ and nothing", "broken"),
        (docx("x")[:-40], "broken"),
        (docx("x", head='<!DOCTYPE w [<!ENTITY a "aaaa">]>'), "broken"),
        (packed(word__document_xml="<w:document><w:p>"), "broken"),
        (b"\xd0\xcf\x11\xe0" + "Workbook".encode("utf-16-le"), "broken"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "locked"),
        (b"\x7fELF\x00\x01\x02", "unknown"),
    ],
)
def test_what_cannot_be_read_says_why(payload: bytes, why: str) -> None:
    # a part cut off in the middle still parses to its end: whatever is missing must be noticed
    with pytest.raises(Unread, match=f"^{why}$"):
        list(read_document(payload))


def test_a_bomb_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ooxml, "MAX_UNPACKED", 1_000_000)
    with pytest.raises(Unread, match="too large"):
        list(read_document(docx("0" * 2_000_000)))


SAMPLES = [docx(ID), xlsx(), shared_strings(ID), biff.workbook([[ID]])]


@given(st.data())
def test_no_damage_raises_anything_else(data: st.DataObject) -> None:
    payload = bytearray(data.draw(st.sampled_from(SAMPLES)))
    for place in data.draw(st.lists(st.integers(8, len(payload) - 1), max_size=6)):
        payload[place] = data.draw(st.integers(0, 255))
    with suppress(Unread):
        list(read_document(bytes(payload)))


# the stage: files are screened once, pages that offer them are held

HOST = "http://www.dahe.example.gov.cn"
STAMP = "20261121T093000Z"
PAGE = (
    "<h1>救助公示</h1><div id=zoom><p>现予公示。</p><a href='/f/1.docx'>名单.docx</a><a href='/f/2.rar'>2.rar</a></div>"
)


def _store(ledger: Ledger, writer: WarcWriter, stamp: str, path: str, media_type: str, body: bytes) -> None:
    response = Response(
        HOST + path, 200, "OK", raw_headers=((b"Content-Type", media_type.encode()),), body=body,
        request=b"GET / HTTP/1.1\r\n\r\n", started_at=datetime(2026, 11, 21, 9, 30, tzinfo=UTC),
    )  # fmt: skip
    place = writer.write(response, digest_of(body))
    ledger.db.execute(
        "INSERT INTO resources "
        "VALUES (?, ?, ?, 200, ?, ?, 9, ?, ?, '2026-11-21T09:30:00+00:00', '', '', '', '', '', '')",
        (stamp, HOST + path, HOST + path, media_type, place.digest, place.warc_file, place.warc_offset),
    )


def test_files_hold_their_pages(tmp_path: Path, site: SiteConfig, families: Families) -> None:
    with (
        closing(WarcWriter(tmp_path / "warc", STAMP, info={"software": "test"})) as writer,
        Ledger(tmp_path / "ledger.sqlite", create=True) as ledger,
    ):
        ledger.db.execute("INSERT INTO captures VALUES (?, 'full', 'finished', '', '', '{}')", (STAMP,))
        _store(ledger, writer, STAMP, "/a/t20200701_1.html", "text/html", PAGE.encode())
        _store(ledger, writer, STAMP, "/f/1.docx", "application/msword", docx("名单", f"李四 {ID}"))
        _store(ledger, writer, STAMP, "/f/2.rar", "application/x-rar", b"Rar!\x1a\x07\x00")
        _store(ledger, writer, STAMP, "/f/3.jpg", "application/octet-stream", b"\xff\xd8\xff\xe0")
        _store(ledger, writer, STAMP, "/f/4.txt", "text/plain", "联系人13800000001".encode())
        writer.sync()

        def mapped() -> tuple[tuple[str, ...], list[tuple[str, str]]]:
            extract_all(ledger, tmp_path, site, families, lambda *_progress: None)
            record = ledger.record(HOST + "/a/t20200701_1.html")
            assert record is not None
            return record.held, [(finding.check, finding.url) for _stage, finding in ledger.findings("files")]

        expected = [
            ("safety.identity-number", HOST + "/f/1.docx"),
            ("safety.mobile", HOST + "/f/4.txt"),
            ("safety.unread-files", ""),
        ]
        assert mapped() == ((PERSONAL_FILE,), expected)
        messages = [finding.message for _stage, finding in ledger.findings("files")]
        assert "document paragraph 2" in messages[0] and "rar 1" in messages[2]
        assert not any(ID in message or "13800000001" in message for message in messages)
        assert mapped() == ((PERSONAL_FILE,), expected)

        ledger.db.execute("INSERT INTO captures VALUES ('20261122T093000Z', 'delta', 'finished', '', '', '{}')")
        _store(
            ledger,
            writer,
            "20261122T093000Z",
            "/f/1.docx",
            "application/msword",
            docx("名单", "李四 110105********002X"),
        )
        writer.sync()
        assert mapped() == ((), expected[1:])


def test_only_a_held_page_loses_the_hold(tmp_path: Path, site: SiteConfig, families: Families) -> None:
    body = PAGE.replace("现予公示", f"李四{ID}")
    with (
        closing(WarcWriter(tmp_path / "warc", STAMP, info={"software": "test"})) as writer,
        Ledger(tmp_path / "ledger.sqlite", create=True) as ledger,
    ):
        ledger.db.execute("INSERT INTO captures VALUES (?, 'full', 'finished', '', '', '{}')", (STAMP,))
        _store(ledger, writer, STAMP, "/a/t20200701_1.html", "text/html", body.encode())
        _store(ledger, writer, STAMP, "/f/1.docx", "application/msword", docx(f"李四 {ID}"))
        writer.sync()
        extract_all(ledger, tmp_path, site, families, lambda *_progress: None)
        record = ledger.record(HOST + "/a/t20200701_1.html")
        assert record is not None and record.held == ("identity-number", PERSONAL_FILE)
        ledger.db.execute("DELETE FROM resources WHERE key LIKE '%docx'")
        extract_all(ledger, tmp_path, site, families, lambda *_progress: None)
        after = ledger.record(record.key)
        assert after is not None and after.held == ("identity-number",)
        assert replace(after, held=record.held, attachments=record.attachments) == record


def test_an_attachment_without_a_byte_has_nothing_to_search(
    tmp_path: Path, site: SiteConfig, families: Families
) -> None:
    with (
        closing(WarcWriter(tmp_path / "warc", STAMP, info={"software": "test"})) as writer,
        Ledger(tmp_path / "ledger.sqlite", create=True) as ledger,
    ):
        ledger.db.execute("INSERT INTO captures VALUES (?, 'full', 'finished', '', '', '{}')", (STAMP,))
        _store(ledger, writer, STAMP, "/a/t20200701_1.html", "text/html", PAGE.encode())
        _store(ledger, writer, STAMP, "/f/1.docx", "application/msword", b"")
        ledger.db.execute("UPDATE resources SET digest = '', length = 0 WHERE key LIKE '%docx'")  # as the harvest does
        writer.sync()
        extract_all(ledger, tmp_path, site, families, lambda *_progress: None)
        assert not list(ledger.findings("files"))
        record = ledger.record(HOST + "/a/t20200701_1.html")
        assert record is not None and record.held == () and len(record.attachments) == 2
