"""PDF: numbers are found on their pages however they are drawn; what can't be searched says so, and nothing hangs."""

import io
import signal
import subprocess
import sys
import zlib
from contextlib import suppress

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.demo.files import make_file
from migrate.extract.documents import Unread, pdf, read_document
from migrate.personal import find_personal

ID = "11010519491231002X"
LATIN = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
PICTURE = (
    b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray /Length 1 >>"
)


def stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (entries, len(data), data)


def packed(data: bytes) -> bytes:
    return stream(zlib.compress(data, 9), b"/Filter /FlateDecode")


def whole(*objects: bytes) -> bytes:
    """Return a file of objects 1 … n, the first of which is its catalogue."""
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, text in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, text)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def drawn(*contents: bytes, font: bytes = LATIN, more: tuple[bytes, ...] = (), entries: bytes = b"") -> bytes:
    """Return a file with a page for each content stream, whose font is /F; `more` are objects 4, 5 …"""
    first = 4 + len(more)
    kids = b" ".join(b"%d 0 R" % (first + 2 * number) for number in range(len(contents)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(contents), kids),
        font,
        *more,
    ]
    for number, content in enumerate(contents):
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R %s >>"
            % (first + 2 * number + 1, entries or b"/Resources << /Font << /F 3 0 R >> >>")
        )
        objects.append(content if b"stream" in content else stream(content))
    return whole(*objects)


def text(line: str) -> bytes:
    return b"BT /F 12 Tf 60 700 Td (%s) Tj ET" % line.encode("ascii")


def found(payload: bytes) -> list[tuple[str, str]]:
    return [(piece.place, hit.kind) for piece in read_document(payload) for hit in find_personal(piece.text)]


def why(payload: bytes) -> str:
    with pytest.raises(Unread) as error:
        list(read_document(payload))
    return str(error.value)


def test_each_find_has_its_page() -> None:
    lines = ["名单"] * 40 + [f"李四{ID}，13800000001"] + ["共一人"] * 40
    assert found(make_file("pdf", "\n".join(lines))) == [("page 2", "identity-number"), ("page 2", "mobile")]


def test_a_number_goes_on_in_the_next_line() -> None:
    assert found(make_file("pdf", "大河镇" * 9 + "，" + ID)) == [("page 1", "identity-number")]
    assert found(make_file("pdf", "合计1500000\n2019年")) == [], "two numbers"


EACH = list(enumerate(ID.encode()))


@pytest.mark.parametrize(
    "content",
    [
        b"BT /F 12 Tf 60 700 Td (110105) Tj (19491231) Tj (002X) Tj ET",
        b"BT /F 12 Tf 60 700 Td [(1101)-9(05)20(19491231)(00)-3(2X)] TJ ET",
        b"BT /F 12 Tf 60 700 Td [(110105)-700(19491231)-700(002X)] TJ ET",
        b"BT /F 12 Tf 60 700 Td <313130313035> Tj <3139343931323331303032580a> Tj ET",
        b"".join(b"BT /F 12 Tf 1 0 0 1 %.2f 700 Tm (%c) Tj ET\n" % (60 + 6.67 * n, c) for n, c in EACH),
        b"".join(b"q 1 0 0 1 %d 0 cm BT /F 12 Tf 60 700 Td (%c) Tj ET Q\n" % (40 * n, c) for n, c in EACH),
        packed(text(ID)),
    ],
)  # fmt: skip
def test_a_number_in_several_operators_is_one(content: bytes) -> None:
    assert found(drawn(content)) == [("page 1", "identity-number")]


def _composite(encoding: bytes, to_unicode: bytes = b"") -> bytes:
    return (
        b"<< /Type /Font /Subtype /Type0 /BaseFont /AAAAAA+SimSun /Encoding /%s /DescendantFonts [<< /Type /Font "
        b"/Subtype /CIDFontType2 /BaseFont /AAAAAA+SimSun /DW 1000 /CIDSystemInfo << /Registry (Adobe) "
        b"/Ordering (Identity) /Supplement 0 >> >>] %s >>" % (encoding, to_unicode)
    )


def test_fonts_of_chinese_text() -> None:
    said = f"李四{ID}"
    coded = "".join(f"{200 + place:04x}" for place in range(len(said))).encode()
    pairs = "\n".join(f"<{200 + place:04x}> <{ord(sign):04x}>" for place, sign in enumerate(said))
    table = f"1 begincodespacerange <0000> <ffff> endcodespacerange\n{len(said)} beginbfchar\n{pairs}\nendbfchar"
    content = b"BT /F 12 Tf 60 700 Td <%s> Tj ET" % coded
    font = _composite(b"Identity-H", b"/ToUnicode 4 0 R")
    assert found(drawn(content, font=font, more=(packed(table.encode()),))) == [("page 1", "identity-number")]
    content = b"BT /F 12 Tf 60 700 Td <%s> Tj ET" % said.encode("gbk").hex().encode()
    assert found(drawn(content, font=_composite(b"GBK-EUC-H"))) == [("page 1", "identity-number")]


def test_a_font_without_a_map_cannot_be_searched() -> None:
    glyphs = "".join(f"{19 + int(digit):04x}" for digit in ID[:17]).encode()
    assert why(drawn(b"BT /F 12 Tf 60 700 Td <%s> Tj ET" % glyphs, font=_composite(b"Identity-H"))) == "unmapped"


def test_notes_and_forms_are_text_too() -> None:
    notes = (
        b"/Annots [<< /Type /Annot /Subtype /Widget /FT /Tx /T (id) /V (%s) /Rect [0 0 9 9] >> "
        b"<< /Type /Annot /Subtype /Text /Contents (13800000001) /Rect [0 0 9 9] >>]" % ID.encode()
    )
    assert found(drawn(text("Form"), entries=notes)) == [("page 1", "identity-number"), ("page 1", "mobile")]


def test_pictures_of_text_cannot_be_searched() -> None:
    pictured = b"/Resources << /Font << /F 3 0 R >> /XObject << /I 4 0 R >> >>"
    picture = stream(b"\0", PICTURE[3:-14])
    assert why(drawn(b"q 595 0 0 842 0 0 cm /I Do Q", more=(picture,), entries=pictured)) == "scan"
    assert why(drawn(b"0 0 m 9 9 l S")) == "scan"
    mixed = drawn(text(f"list {ID}"), b"/I Do", text("page 3"), more=(picture,), entries=pictured)
    places = []
    with pytest.raises(Unread, match=r"^scan$"):
        for piece in read_document(mixed):
            places.append(piece.place)
    assert places == ["page 1", "page 2", "page 3"]
    assert found(drawn(text(f"list {ID}"), b"")) == [("page 1", "identity-number")]


def _encrypted(password: str) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(drawn(text(ID))))
    writer.encrypt(user_password=password, owner_password="owner", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_only_a_password_locks() -> None:
    assert why(_encrypted("user")) == "locked"
    assert found(_encrypted("")) == [("page 1", "identity-number")]


def _tower(levels: int) -> bytes:
    nodes = [b"<< /Type /Pages /Count 1 /Kids [%d 0 R] >>" % (number + 3) for number in range(levels)]
    return whole(b"<< /Type /Catalog /Pages 2 0 R >>", *nodes, b"<< /Type /Page /MediaBox [0 0 9 9] >>")


HOSTILE = {
    "page tree without end": whole(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Pages /Count 1 /Kids [2 0 R] >>",
    ),
    "page tree too deep": _tower(3000),
    "one page ever again": whole(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 20000 /Kids [%s] >>" % (b"3 0 R " * 20000),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>",
    ),
    "bomb": drawn(packed(bytes(pdf.MAX_STREAM * 3))),
    "arrays in arrays": drawn(b"[" * 100_000),
    "dictionaries in dictionaries": drawn(text(ID), entries=b"/Resources " + b"<< /A " * 5000),
    "object that is itself": drawn(text(ID), more=(b"4 0 R",), entries=b"/Resources 4 0 R"),
    "no pages": whole(b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 0 /Kids [] >>"),
    "nothing": b"%PDF-1.7\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_are_not_read(name: str) -> None:
    assert why(HOSTILE[name]) in ("broken", "too large", "scan")
    assert found(drawn(text(ID))) == [("page 1", "identity-number")]


def test_text_without_end_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MAX_TEXT", 40)
    payload = drawn(text(ID), text(ID), text(ID))
    assert [place for place, _text in pdf.read_pages(payload)] == ["page 1", "page 2", ""]
    assert list(pdf.read_pages(payload))[-1] == ("", "too large")


def test_a_form_that_draws_itself_ends() -> None:
    form = stream(b"/X Do " + text(ID), b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources 5 0 R")
    resources = b"<< /Font << /F 3 0 R >> /XObject << /X 4 0 R >> >>"
    assert ("page 1", "identity-number") in found(drawn(b"/X Do", more=(form, resources), entries=b"/Resources 5 0 R"))


def test_one_damaged_page_hides_no_other() -> None:
    payload = drawn(text(ID), packed(bytes(pdf.MAX_STREAM * 3)), text("13800000001"))
    hits = []
    with pytest.raises(Unread, match=r"^too large$"):
        for piece in read_document(payload):
            hits += [(piece.place, hit.kind) for hit in find_personal(piece.text)]
    assert hits == [("page 1", "identity-number"), ("page 3", "mobile")]


def test_without_end_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    pdf._end_idle()
    monkeypatch.setattr(pdf, "PATIENCE", 0.0)
    assert why(drawn(text(ID))) == "too large"
    monkeypatch.undo()
    assert found(drawn(text(ID))) == [("page 1", "identity-number")]


def test_whoever_stops_reading_leaves_nothing_behind() -> None:
    many = drawn(*[text(f"page {number} {ID}") for number in range(50)])
    pieces = read_document(many)
    assert next(pieces).place == "page 1"
    pieces.close()
    assert pdf._idle == []
    assert found(drawn(text("13800000001"))) == [("page 1", "mobile")]


def test_the_process_is_replaced_when_it_died() -> None:
    assert found(drawn(text(ID)))
    (process,) = pdf._idle
    process.kill()
    process.wait()
    assert found(drawn(text(ID))) == [("page 1", "identity-number")]
    assert pdf._idle != [process]


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_an_interrupt_is_no_fault_of_the_document() -> None:
    assert found(drawn(text(ID)))
    (process,) = pdf._idle
    process.send_signal(signal.SIGINT)
    assert found(drawn(text(ID))) == [("page 1", "identity-number")]
    assert pdf._idle == [process]


def test_without_processes_it_stays_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise OSError("no more processes")

    pdf._end_idle()
    monkeypatch.setattr(subprocess, "Popen", refuse)
    assert why(drawn(text(ID))) == "pdf"


SAMPLES = [drawn(text(ID), packed(text(ID))), make_file("pdf", f"名单\n{ID}"), _encrypted("")]


@settings(deadline=None)
@given(st.data())
def test_no_damage_raises_anything_else(data: st.DataObject) -> None:
    payload = bytearray(data.draw(st.sampled_from(SAMPLES)))
    for place in data.draw(st.lists(st.integers(5, len(payload) - 1), max_size=6)):
        payload[place] = data.draw(st.integers(0, 255))
    del payload[data.draw(st.integers(len(payload) // 2, len(payload))) :]
    with suppress(Unread):
        for piece in read_document(bytes(payload)):
            assert piece.place.startswith("page ")
