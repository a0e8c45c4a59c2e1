"""Tables that people send: whatever a spreadsheet writes is read, whatever an attacker writes is bounded."""

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from migrate import sheets
from migrate.errors import ShangyiError
from migrate.report.cells import write_csv
from migrate.sheets import Row, read_rows


def xlsx(*rows: tuple[object, ...]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def cells(data: bytes) -> list[tuple[str, ...]]:
    return [tuple(cell for cell in row.cells if cell) for row in read_rows(data)]


TEXT = "旧网址,去向\n/a.html,下线\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_csv_that_a_spreadsheet_writes_is_read(encoding: str, separator: str, end: str) -> None:
    data = TEXT.replace(",", separator).replace("\n", end).encode(encoding)
    assert cells(data) == [("旧网址", "去向"), ("/a.html", "下线")]


def test_a_workbook_is_read_and_its_lines_have_the_numbers_of_the_sheet() -> None:
    rows = list(read_rows(xlsx(("旧网址", "去向"), (), ("/a.html", "下线"), ("/b.html", 410))))
    assert [(row.number, row.cells[:2]) for row in rows] == [
        (1, ("旧网址", "去向")), (3, ("/a.html", "下线")), (4, ("/b.html", "410"))
    ]  # fmt: skip


def test_formulas_are_told_and_never_computed() -> None:
    rows = list(read_rows(xlsx(("旧网址", "去向"), ('=HYPERLINK("http://evil.example","x")', "下线"))))
    assert [row.formula for row in rows] == [False, True]
    rows = list(read_rows("旧网址,去向\n/a,=1+1\n/b,＝1\n/c,'=1\n".encode()))
    assert [row.formula for row in rows] == [False, True, True, False]
    assert rows[3].cells == ("/c", "=1")


def test_what_our_own_lists_guard_comes_back_as_it_was(tmp_path: Path) -> None:
    odd = ["=cmd|' /C calc'!A0", "-见附件", "@someone", "+86", "'quoted'", "it's"]
    write_csv(tmp_path / "list.csv", ["旧网址"], [[text] for text in odd])
    assert [row.cells[0] for row in read_rows((tmp_path / "list.csv").read_bytes())][1:] == odd


@given(st.lists(st.lists(st.text(max_size=20), max_size=5), max_size=10))
@settings(max_examples=60, deadline=None)
def test_any_text_is_rows_or_a_told_error(table: list[list[str]]) -> None:
    data = "\n".join(",".join(cells) for cells in table).encode("utf-8", "surrogatepass")
    try:
        rows = list(read_rows(data))
    except ShangyiError as error:
        assert error.reason and error.hint
    else:
        assert all(isinstance(row, Row) for row in rows)


# hostile


def refused(data: bytes) -> str:
    with pytest.raises(sheets.TableError) as caught:
        list(read_rows(data))
    assert caught.value.hint and caught.value.public_reason
    return caught.value.reason


def test_too_many_rows_and_bytes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_ROWS", 3)
    many = [("x",)] * 4
    assert "3" in refused(xlsx(*many))
    assert "3" in refused(b"x\n" * 4)
    assert len(list(read_rows(b"\n" * 100 + b"x\n" * 3))) == 3  # empty lines cost nothing
    monkeypatch.setattr(sheets, "MAX_BYTES", 5)
    refused(b"x\n" * 4)


def test_rows_and_columns_far_out_are_bounded() -> None:
    book = Workbook()
    book.active["A1"], book.active["XFD2"], book.active["A1048576"] = "旧网址", "out", "last"
    file = io.BytesIO()
    book.save(file)
    data = repacked(file.getvalue(), "xl/worksheets/sheet1.xml", [(b'r="1048576"', b'r="99999999"')])
    assert "1048576" in refused(data)


def test_long_cells_are_cut() -> None:
    (row,) = read_rows(b"x" * 100_000)
    assert len(row.cells[0]) == sheets.MAX_CELL


def repacked(data: bytes, name: str, changes: list[tuple[bytes, bytes]] | None = None, whole: bytes = b"") -> bytes:
    """Return a workbook with one part changed."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            text = old.read(part)
            if part.filename == name:
                for before, after in changes or []:
                    assert before in text
                    text = text.replace(before, after)
                text = whole or text
            new.writestr(part.filename, text)
    return file.getvalue()


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    data = repacked(xlsx(("旧网址", "去向")), "xl/theme/theme1.xml", whole=b" " * 30_000_000)
    assert len(data) < 100_000
    assert f"{sheets.MAX_RATIO}:1" in refused(data)


def test_many_parts_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_PARTS", 5)
    refused(xlsx(("旧网址",)))


def test_entities_are_refused() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet/>'
    assert "ENTITY" in refused(repacked(xlsx(("旧网址",)), "xl/worksheets/sheet1.xml", whole=bomb))


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04 and nothing more",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
        xlsx(("旧网址",))[:-40],
        repacked(xlsx(("旧网址",)), "xl/worksheets/sheet1.xml", whole=b"<worksheet><sheetData><row>"),
        repacked(xlsx(("旧网址",)), "xl/workbook.xml", whole=b"<workbook/>"),
        "旧网址，去向\n/a.html，下线\n".encode(),
        b"\x81\x20\xff\xff,\n",
        b'"' + b"x" * 200_000 + b'"',
    ],
    ids=["no zip", "xls", "torn", "broken sheet", "no sheet", "full-width commas", "no encoding", "huge cell"],
)
def test_what_is_no_table_is_told(data: bytes) -> None:
    assert refused(data)


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04 and nothing more",
        xlsx(("旧网址",))[:-40],
        repacked(xlsx(("旧网址",)), "xl/worksheets/sheet1.xml", whole=b"<worksheet><sheetData><row>"),
        repacked(xlsx(("旧网址",)), "xl/workbook.xml", whole=b"<workbook/>"),
    ],
    ids=["no zip", "torn", "broken sheet", "no sheet"],
)
def test_a_broken_workbook_is_told_in_words_of_ours(data: bytes) -> None:
    with pytest.raises(sheets.TableError) as caught:
        list(read_rows(data))
    assert "This workbook can't be opened" in caught.value.reason and "save it anew" in caught.value.hint
    for words in ("zip", "Error", "token", "index"):
        assert words not in caught.value.reason, "a library's own words"


def test_a_cell_without_an_end_is_told_with_its_line() -> None:
    assert "from line 3 on" in refused(b'a,b\nc,d\n"' + b"x" * 200_000)
