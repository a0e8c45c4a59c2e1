"""What a file is called, and which files the portal does not take."""

import pytest

from migrate.archive.reading import Headers, StoredFile
from migrate.importer.files import file_name, refusal
from migrate.records import Entry, Kind, Outcome

PDF = b"%PDF-1.4"


def answer(payload: bytes, disposition: bytes = b"") -> StoredFile:
    headers = Headers(((b"Content-Disposition", disposition),))
    return StoredFile(headers, payload, lambda: iter((payload,)))


def entry(path: str, name: str = "") -> Entry:
    url = "http://www.dahe.example.gov.cn" + path
    return Entry(url, url=url, kind=Kind.ATTACHMENT, outcome=Outcome.MOVE, rule="", name=name)


@pytest.mark.parametrize(
    ("disposition", "name", "wanted"),
    [
        (b"attachment; filename*=UTF-8''%E8%A1%A8.pdf; filename=x.pdf", "", "表.pdf"),
        ('attachment; filename="表.pdf"'.encode("gbk"), "", "表.pdf"),
        ("attachment; filename=表.pdf".encode(), "", "表.pdf"),
        (b"attachment; filename=%B1%ED.pdf", "", "表.pdf"),
        (b'attachment; filename="C:\\dir\\a.pdf"', "", "a.pdf"),
        (b"attachment; filename=evil.exe", "申请表.doc", "申请表.doc"),
        (b"inline", "附件下载", "附件下载.pdf"),
        (b"", "down.asp", "down.pdf"),
    ],
)
def test_names(disposition: bytes, name: str, wanted: str) -> None:
    assert file_name(entry("/down.asp?id=3", name), answer(PDF, disposition)) == wanted


@pytest.mark.parametrize(
    ("path", "payload", "wanted"),
    [
        ("/show.aspx", b"PK\x03\x04 word/document.xml", "show.docx"),
        ("/show.aspx", b"\xd0\xcf\x11\xe0 " + "Workbook".encode("utf-16-le"), "show.xls"),
        ("/get", PDF, "get.pdf"),
        ("/a.jar", b"PK\x03\x04 META-INF", "a.jar"),
        ("/a.asp", b"no idea", "a.asp"),
    ],
)
def test_names_by_the_bytes(path: str, payload: bytes, wanted: str) -> None:
    assert file_name(entry(path), answer(payload)) == wanted


@pytest.mark.parametrize(
    ("path", "name"),
    [("/img.aspx?id=3", "img.svg"), ("/logo.png", "logo.svg"), ("/logo", "logo.svg"), ("/a.b.svg", "a.b.svg")],
)
def test_a_drawing_is_called_what_it_is(path: str, name: str) -> None:
    drawing = b'<?xml version="1.0"?>\n<!-- x -->\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x">\n<svg/>'
    assert file_name(entry(path), answer(drawing)) == name
    assert not refusal(name, drawing)
    assert refusal("a.svg", b"<!DOCTYPE html><svg/>")


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("a.pdf", b""),
        ("a.pdf", b"MZ\x90"),
        ("a.doc", b"\x7fELF"),
        ("a.doc", b"\xef\xbb\xbf <!DOCTYPE html><p>"),
        ("a.txt", b'<?xml version="1.0"?><!-- x --><svg onload="x">'),
        *((f"a.{kind}", b"x") for kind in "asp mhtml xht svgz svg chm lnk url exe js hta".split()),
        ("a", b"x"),
    ],
)
def test_refused(name: str, payload: bytes) -> None:
    assert refusal(name, payload)


@pytest.mark.parametrize("name", ["a.PDF", "b.ofd", "c.zip", "d.mp4", "e.tiff", "f.wps"])
def test_taken(name: str) -> None:
    assert not refusal(name, b"x")
