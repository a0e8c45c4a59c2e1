import io
import re
import struct
import zipfile

import openpyxl
import pytest
from lxml import etree
from PIL import Image

from migrate.demo import dahe
from migrate.demo.biff import workbook
from migrate.demo.files import MEDIA_TYPES, make_file
from migrate.demo.pictures import make_picture

MAGIC = {
    "application/pdf": b"%PDF-",
    "application/vnd.ms-excel": bytes.fromhex("d0cf11e0a1b11ae1"),
    "application/rtf": b"{\\rtf1",
    "application/zip": b"PK\x03\x04",
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/gif": b"GIF8",
}


def test_files_are_what_the_manifest_calls_them() -> None:
    site = dahe()
    kinds = set()
    for article in site.truth.articles:
        for file in (*article.attachments, *article.images):
            if file.sha256:
                body = site.answer("/" + file.url.split("/", 3)[3]).body
                office = file.media_type.startswith("application/vnd.openxml")
                assert body.startswith(b"PK" if office else MAGIC[file.media_type]), file.url
                kinds.add(file.media_type)
    assert kinds == {*MEDIA_TYPES.values(), "image/jpeg", "image/png", "image/gif"}


def test_some_content_types_lie() -> None:
    site = dahe()
    told = {site.answer("/" + f.url.split("/", 3)[3]).headers[0][1] for a in site.truth.articles for f in a.attachments}
    assert {"application/octet-stream", "application/msword", "application/pdf"} <= told


def test_pdf_says_where_its_objects_are() -> None:
    data = make_file("pdf", "\n".join(f"第{n}条 " + "大河镇" * 20 for n in range(60)))
    start = int(re.search(rb"startxref\n(\d+)\n%%EOF\n$", data)[1])
    assert data[start : start + 5] == b"xref\n"
    offsets = [int(line) for line in re.findall(rb"(\d{10}) 00000 n ", data[start:])]
    assert len(offsets) > 8, "several pages"
    for number, offset in enumerate(offsets, 1):
        assert data[offset:].startswith(b"%d 0 obj\n" % number)
    for length, stream in re.findall(rb"/Length (\d+) >>\nstream\n(.*?)\nendstream", data, re.DOTALL):
        assert int(length) == len(stream)
    text = b"".join(bytes.fromhex(line.decode()) for line in re.findall(rb"<([0-9a-f]+)> Tj", data)).decode("utf-16-be")
    assert text.startswith("第0条 大河镇") and "第59条" in text


def _stream(data: bytes) -> bytes:
    """Follow the sector chain of the one stream ([MS-CFB] 2.2, 2.3, 2.6)."""
    tables, directory = struct.unpack_from("<II", data, 44)
    chain = struct.unpack_from(f"<{tables * 128}I", data, 512)
    entry = data[512 + directory * 512 + 128 :]
    assert entry[:16].decode("utf-16-le") == "Workbook"
    sector, size = struct.unpack_from("<II", entry, 116)
    out = b""
    while sector != 0xFFFFFFFE:
        out += data[512 + sector * 512 : 1024 + sector * 512]
        sector = chain[sector]
    assert len(out) == size
    return out


def _cells(stream: bytes) -> dict[tuple[int, int], object]:
    """Read the records of the first sheet, from the place that BOUNDSHEET names."""
    cells: dict[tuple[int, int], object] = {}
    place = struct.unpack_from("<I", stream, stream.index(b"\x85\x00") + 4)[0]
    assert stream[place : place + 2] == b"\x09\x08"
    while True:
        kind, length = struct.unpack_from("<HH", stream, place)
        data = stream[place + 4 : place + 4 + length]
        if kind == 0x0A:
            return cells
        if kind == 0x0204:
            cells[struct.unpack_from("<HH", data)] = data[9:].decode("utf-16-le")
        elif kind == 0x0203:
            cells[struct.unpack_from("<HH", data)] = struct.unpack_from("<d", data, 6)[0]
        place += 4 + length


@pytest.mark.parametrize("rows", [1, 3, 2000])
def test_xls_holds_its_cells(rows: int) -> None:
    table = [["柳河村", str(n), "a&<b>"] for n in range(rows)]
    cells = _cells(_stream(workbook(table)))
    assert len(cells) == rows * 3
    assert (cells[0, 0], cells[rows - 1, 1], cells[rows - 1, 2]) == ("柳河村", rows - 1, "a&<b>")


def test_xlsx_opens() -> None:
    book = openpyxl.load_workbook(io.BytesIO(make_file("xlsx", "| 项目 | 数 |\n| 收入 & <支出> | 412.6 |")))
    assert [[cell.value for cell in row] for row in book.active.rows] == [["项目", "数"], ["收入 & <支出>", 412.6]]
    book.close()


def test_docx_holds_its_lines() -> None:
    with zipfile.ZipFile(io.BytesIO(make_file("docx", "一\n二 & 三"))) as package:
        assert package.testzip() is None
        document = etree.fromstring(package.read("word/document.xml"))
    assert list(document.itertext()) == ["一", "二 & 三"]


def test_doc_is_rtf_in_gbk() -> None:
    data = make_file("doc", "参保 {A}\\").decode("ascii")
    codes = re.sub(r"\\'([0-9a-f]{2})", lambda code: chr(int(code[1], 16)), data).encode("latin-1")
    assert "参保 {A}\\".encode("gbk") in codes
    assert data.count("{") == data.count("}")


def test_zip_opens() -> None:
    with zipfile.ZipFile(io.BytesIO(make_file("zip", "表格"))) as archive:
        assert archive.testzip() is None
        assert archive.read("readme.txt").decode("gbk") == "表格"


@pytest.mark.parametrize("ending", ["jpg", "png", "gif"])
def test_pictures_open_and_are_no_plain_colour(ending: str) -> None:
    with Image.open(io.BytesIO(make_picture(ending, "river", "Dahe"))) as image:
        image.load()
        assert image.size == (720, 450)
        assert len(image.convert("RGB").reduce(8).getcolors(10000)) > 20


def test_unknown_ending_is_refused() -> None:
    with pytest.raises(KeyError):
        make_file("exe", "")
