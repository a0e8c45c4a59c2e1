"""Files for download, made in code: real ones that their programs open, the same bytes every time."""

import io
import zipfile
from html import escape

from migrate.demo import biff

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "xls": "application/vnd.ms-excel",
    "doc": "application/rtf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}
"""Ending → what the bytes are. A .doc is RTF inside, as many of that age were; Word opens it."""

_LINE, _LINES = 34, 36
"""Characters a line and lines a page in a PDF on A4."""


def make_file(ending: str, text: str) -> bytes:
    """Return the file's bytes; of tables each line is a row, cells between `|`. Raises KeyError for other endings."""
    lines = text.strip().splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    make = {
        "pdf": lambda: _pdf(lines),
        "doc": lambda: _rtf(lines),
        "xls": lambda: biff.workbook(rows),
        "docx": lambda: _docx(lines),
        "xlsx": lambda: _xlsx(rows),
        "zip": lambda: _zip({"readme.txt": text.encode("gb18030"), "form.doc": _rtf(lines)}),
    }
    return make[ending]()


def _pdf(lines: list[str]) -> bytes:
    """PDF 1.4; Chinese in a font that readers bring along (ISO 32000-1, 9.7.5.2: UniGB-UCS2-H)."""
    wrapped = [line[at : at + _LINE] for line in lines for at in range(0, max(len(line), 1), _LINE)]
    pages = [wrapped[at : at + _LINES] for at in range(0, len(wrapped), _LINES)]
    kids = " ".join(f"{5 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>",
        "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [4 0 R] >>",
        "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 /CIDSystemInfo "
        "<< /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /FontDescriptor << /Type /FontDescriptor /FontName "
        "/STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 "
        "/StemV 93 >> >>",
    ]
    for n, page in enumerate(pages):
        shown = "\n".join(f"<{line.encode('utf-16-be').hex()}> Tj T*" for line in page)
        content = f"BT /F1 14 Tf 20 TL 60 770 Td\n{shown}\nET"
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {6 + 2 * n} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>",
            f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        ]
    return _pdf_file(objects)


def _pdf_file(objects: list[str]) -> bytes:
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, text in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{text}\nendobj\n".encode("ascii")
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode("ascii")
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode("ascii")
    return bytes(out)


def _rtf(lines: list[str]) -> bytes:
    """Rich Text Format with GBK bytes as escapes, as a Chinese Word 97 wrote it."""
    paragraphs = []
    for line in lines:
        coded = "".join(chr(byte) if 32 <= byte < 127 and byte not in b"\\{}" else f"\\'{byte:02x}"
                        for byte in line.encode("gb18030"))  # fmt: skip
        paragraphs.append(coded + "\\par")
    body = "\r\n".join(paragraphs)
    fonts = r"{\fonttbl{\f0\fnil\fcharset134 SimSun;}}"
    return f"{{\\rtf1\\ansi\\ansicpg936\\deff0{fonts}\\f0\\fs32 {body}\r\n}}".encode("ascii")


def _zip(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2016, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_FORMATS = "application/vnd.openxmlformats-officedocument"


def _types(parts: dict[str, str]) -> str:
    overrides = "".join(
        f'<Override PartName="{part}" ContentType="{_FORMATS}.{kind}"/>' for part, kind in parts.items()
    )
    return (
        f'{_XML}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )


def _relation(kind: str, target: str) -> str:
    return (
        f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/{kind}" Target="{target}"/></Relationships>'
    )


def _docx(lines: list[str]) -> bytes:
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = "".join(f"<w:p><w:r><w:t>{escape(line)}</w:t></w:r></w:p>" for line in lines)
    return _zip(
        {
            "[Content_Types].xml": _types({"/word/document.xml": "wordprocessingml.document.main+xml"}).encode(),
            "_rels/.rels": _relation("officeDocument", "word/document.xml").encode(),
            "word/document.xml": f'{_XML}<w:document xmlns:w="{space}"><w:body>{body}</w:body></w:document>'.encode(),
        }
    )


def _xlsx(rows: list[list[str]]) -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    lines = "".join(f'<row r="{r}">{"".join(map(_xlsx_cell, row))}</row>' for r, row in enumerate(rows, 1))
    book = (
        f'{_XML}<workbook xmlns="{space}" xmlns:r="{_OFFICE}">'
        '<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    parts = {
        "/xl/workbook.xml": "spreadsheetml.sheet.main+xml",
        "/xl/worksheets/sheet1.xml": "spreadsheetml.worksheet+xml",
    }
    sheet = f'{_XML}<worksheet xmlns="{space}"><sheetData>{lines}</sheetData></worksheet>'
    return _zip(
        {
            "[Content_Types].xml": _types(parts).encode(),
            "_rels/.rels": _relation("officeDocument", "xl/workbook.xml").encode(),
            "xl/workbook.xml": book.encode(),
            "xl/_rels/workbook.xml.rels": _relation("worksheet", "worksheets/sheet1.xml").encode(),
            "xl/worksheets/sheet1.xml": sheet.encode(),
        }
    )


def _xlsx_cell(text: str) -> str:
    try:
        return f"<c><v>{float(text):g}</v></c>"
    except ValueError:
        return f'<c t="inlineStr"><is><t>{escape(text)}</t></is></c>'
