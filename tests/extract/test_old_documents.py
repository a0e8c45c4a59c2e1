"""Word, PowerPoint and RTF as they were before 2007: text put together as it is read, locked and damaged ones said."""

import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate.extract.documents import Unread, read_document
from migrate.personal import find_personal

ID = "11010519491231002X"
_FREE, _END = 0xFFFFFFFF, 0xFFFFFFFE


def compound(**streams: bytes) -> bytes:
    """Return a compound file; each stream is large enough for sectors of its own."""
    padded = {name.replace("_", " "): data + bytes(-len(data) % 512) for name, data in streams.items()}
    padded = {name: data + bytes(max(4096 - len(data), 0)) for name, data in padded.items()}
    table, entries, body = [0xFFFFFFFD, _END], [_entry("Root Entry", 5, _END, 0)], b""
    for name, data in padded.items():
        first = len(table)
        table += [*range(first + 1, first + len(data) // 512), _END]
        entries.append(_entry(name, 2, first, len(data)))
        body += data
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
    head += struct.pack("<IIIIIIII", 1, 1, 0, 4096, _END, 0, _END, 0)
    head = head[:76] + struct.pack("<109I", 0, *[_FREE] * 108)
    table += [_FREE] * (128 - len(table))
    return head + struct.pack("<128I", *table) + b"".join(entries).ljust(512, b"\0") + body


def _entry(name: str, kind: int, start: int, size: int) -> bytes:
    raw = name.encode("utf-16-le")
    entry = raw.ljust(64, b"\0") + struct.pack("<HBB", len(raw) + 2, kind, 1) + struct.pack("<III", *[_FREE] * 3)
    return entry.ljust(116, b"\0") + struct.pack("<III", start, size, 0)


def doc(*pieces: str | bytes, flags: int = 0x0200, version: int = 0x00C1) -> bytes:
    """Return a Word document whose text lies in pieces, the last one first; bytes are pieces of narrow characters."""
    stream = bytearray(2048)
    found = []
    for piece in reversed(pieces):
        narrow = isinstance(piece, bytes)
        raw = piece if isinstance(piece, bytes) else piece.encode("utf-16-le")
        found.append((len(piece), len(stream) * 2 | 0x40000000 if narrow else len(stream)))
        stream += raw + bytes(len(raw) % 2)
    found.reverse()
    ends = [sum(length for length, _start in found[:number]) for number in range(len(found) + 1)]
    plc = struct.pack(f"<{len(ends)}I", *ends) + b"".join(struct.pack("<HIH", 0, start, 0) for _length, start in found)
    clx = b"\x01\x02\x00ab" + b"\x02" + struct.pack("<I", len(plc)) + plc
    struct.pack_into("<HH", stream, 0, 0xA5EC, version)
    struct.pack_into("<H", stream, 10, flags)
    struct.pack_into("<II", stream, 24, 2048, len(stream))
    struct.pack_into("<II", stream, 0x01A2, 100, len(clx))
    table = "1Table" if flags & 0x0200 else "0Table"
    return compound(WordDocument=bytes(stream), **{table: bytes(100) + clx})


def record(kind: int, data: bytes, version: int = 0) -> bytes:
    return struct.pack("<HHI", version, kind, len(data)) + data


def ppt(*slides: bytes, user: int = 0xE391C05F) -> bytes:
    stream = b"".join(record(0x03EE, slide, 0xF) for slide in slides)
    return compound(PowerPoint_Document=record(0x03E8, stream, 0xF), Current_User=bytes(12) + struct.pack("<I", user))


def found(payload: bytes) -> list[tuple[str, str]]:
    return [(piece.place, hit.kind) for piece in read_document(payload) for hit in find_personal(piece.text)]


@pytest.mark.parametrize("flags", [0, 0x0200])
def test_word_by_its_pieces(flags: int) -> None:
    payload = doc("名单\r李四\x0711010519", b"491231002X", "\x07王五 138\x1e0000\x1e0001\r", flags=flags)
    assert found(payload) == [("paragraph 3", "identity-number"), ("paragraph 4", "mobile")]


def test_word_of_1995() -> None:
    text = f"李四 {ID}".encode("gb18030")
    assert found(doc(text, version=0x0068)) == [("paragraph 1", "identity-number")]


def test_what_is_put_into_a_document_is_found_too() -> None:
    stream = bytearray(doc("名单\r13800000001\r"))
    stream += b"\0" + ID.encode() + b"\0"
    places = found(bytes(stream))
    assert places[0] == ("paragraph 2", "mobile") and [kind for _place, kind in places] == ["mobile", "identity-number"]


def test_powerpoint_texts_by_slide() -> None:
    wide, narrow = f"李四{ID}".encode("utf-16-le"), b"Tel\r138-0000-0001"
    box = record(0xF00D, record(0x0FA0, wide), 0xF)
    assert found(ppt(record(0x0FA8, b"2020"), box, record(0x0FA8, narrow))) == [
        ("slide 2", "identity-number"),
        ("slide 3", "mobile"),
    ]


def rtf(text: str, head: str = r"\ansi\ansicpg936\deff0{\fonttbl{\f0\fcharset134 13800000009;}}") -> bytes:
    return (r"{\rtf1" + head + text + "}").encode()


@pytest.mark.parametrize(
    ("text", "places"),
    [
        (rf"\pard \'c0\'ee\'cb\'c4 {ID}\par", ["paragraph 1"]),
        (r"\'c0\'ee\par {\b 110105}{\i\fs24 19491231}" + "\r\n" + r"002X\cell", ["paragraph 2"]),
        (r"\u26446?\u22235?1\u49?0105194\'39\'31231002X", ["paragraph 1"]),
        (r"{\uc0 \u26446 110105194912\u51\u49 002X}", ["paragraph 1"]),
        (r"{\uc2 \u49\'a3\'b110105194912\u51\'a3\'b3\u49\'a3\'b1002X}", ["paragraph 1"]),
        (r"{\*\shpinst{\sp{\sn a}{\sv 1}}{\shptxt \pard 11010519491231002X\par}}", ["paragraph 1"]),
        (r"{\header 110105\_19491231\_002X}", ["paragraph 1"]),
        (r"{\pict\bin4 }}}}" + ID + "}", []),
        (r"{\*\fldinst HYPERLINK 11010519491231002X}", []),
        (r"{\stylesheet{\s1 11010519491231002X;}}", []),
        (r"\trowd 110105\cell 19491231002X\cell\row", []),
    ],
)
def test_rich_text(text: str, places: list[str]) -> None:
    assert found(rtf(text)) == [(place, "identity-number") for place in places]


def test_rich_text_in_its_code_page() -> None:
    (piece,) = read_document(rtf(r"\'c0\'ee\'cb\'c4\emdash\'a3\'a8\'d2\'bb\'a3\'a9"))
    assert piece.text == "李四—（一）"
    (piece,) = read_document(rtf(r"\'c4\'e3 \u-10179?\u-8704?", r"\ansi\ansicpg1252"))
    assert piece.text == "Äã "


AES = b"""%%PDF-1.7
1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj
3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>> endobj
4 0 obj <</Length 32>> stream
0123456789abcdef0123456789abcdef
endstream endobj
5 0 obj <</Filter/Standard/V 5/R 6/Length 256/P -4/StmF/StdCF/StrF/StdCF/CF<</StdCF<</CFM/AESV3/AuthEvent/DocOpen
/Length 32>>>>/O<%s>/U<%s>/OE<%s>/UE<%s>/Perms<%s>>> endobj
trailer <</Root 1 0 R/Encrypt 5 0 R/ID[<00><00>]/Size 6>>
startxref
0
%%%%EOF""" % (b"00" * 48, b"00" * 48, b"00" * 32, b"00" * 32, b"00" * 16)


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (doc(f"李四 {ID}", flags=0x0300), "locked"),
        (ppt(record(0x0FA8, b"x"), user=0xF3D1C4DF), "locked"),
        (ppt(record(0x2F14, b"x", 0xF)), "locked"),
        (compound(Contents=b"x" * 20), "broken"),
        (doc("x", flags=0)[:1200], "broken"),
        (rtf("{" * 2000), "broken"),
        (AES, "locked"),
    ],
)
def test_what_cannot_be_read_says_why(payload: bytes, why: str) -> None:
    with pytest.raises(Unread, match=f"^{why}$"):
        list(read_document(payload))


def test_pieces_that_overlap_are_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("migrate.extract.documents.word.MAX_TEXT", 100)
    with pytest.raises(Unread, match="too large"):
        list(read_document(doc(*["一" * 60] * 2)))


SAMPLES = [doc("名单\r", ID.encode()), ppt(record(0x0FA8, ID.encode())), rtf(rf"\'c0\'ee {{\b {ID}}}\par")]


@given(st.data())
def test_no_damage_raises_anything_else(data: st.DataObject) -> None:
    payload = bytearray(data.draw(st.sampled_from(SAMPLES)))
    for place in data.draw(st.lists(st.integers(8, len(payload) - 1), max_size=6)):
        payload[place] = data.draw(st.integers(0, 255))
    with suppress(Unread):
        list(read_document(bytes(payload)))


@given(st.text(alphabet="\\{}'*u1a-?b;\n 大", max_size=60))
def test_whatever_stands_in_rich_text_is_read_to_its_end(text: str) -> None:
    with suppress(Unread):
        list(read_document(rtf(text)))
