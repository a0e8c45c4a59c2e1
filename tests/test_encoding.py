"""What bytes say, what servers and pages claim, and what is read of them in the end."""

import csv
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.encoding import Decoded, decode, garbled

TEXT = "大河镇人民政府关于做好今年防汛抗旱工作的通知，各村民委员会、镇直各单位：请认真贯彻执行。"
TRADITIONAL = "政府資訊公開，關於辦理國民健康保險的公告，請各單位查照並轉知所屬機關學校辦理。"
FOOT = "版权所有，大河镇人民政府的网站。"


def read(body: bytes, header: str = "") -> tuple[str, str, int]:
    found = decode(body, header)
    return found.encoding, found.evidence, found.damaged


def meta(label: str, body: bytes = b"") -> bytes:
    return f'<META http-equiv="Content-Type" content="text/html; charset={label}">'.encode() + body


@pytest.mark.parametrize(
    ("body", "header", "result"),
    [
        (b"\xef\xbb\xbf" + TEXT.encode(), "text/html; charset=gb2312", ("utf-8", "bom")),
        (b"\xff\xfe" + TEXT.encode("utf-16-le"), "", ("utf-16-le", "bom")),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "", ("utf-16-be", "bom")),
        (b"\x84\x31\x95\x33" + TEXT.encode("gb18030"), "", ("gb18030", "bom")),
        (("<html><title>" + TEXT).encode("utf-16-le"), "", ("utf-16-le", "zeros")),
        (("<html><title>" + TEXT).encode("utf-16-be"), "text/html; charset=gbk", ("utf-16-be", "zeros")),
        (TEXT.encode(), "", ("utf-8", "utf-8")),
        (meta("gb2312", TEXT.encode()), "text/html; charset=GBK", ("utf-8", "utf-8")),
        (TEXT.encode("gbk"), "text/html;charset=gb2312", ("gb18030", "header")),
        (meta("gb2312", TEXT.encode("gbk")), "text/html; charset=UTF-8", ("gb18030", "meta")),
        (meta("gb2312", TEXT.encode("gbk")), "text/html; charset=ISO-8859-1", ("gb18030", "meta")),
        (meta("utf-8", TEXT.encode("gbk")), "text/html; charset=utf-8", ("gb18030", "detected")),
        (TEXT.encode("gbk"), "text/html; charset=ISO-8859-1", ("gb18030", "detected")),
        (TEXT.encode("gbk"), "", ("gb18030", "detected")),
        (b"<?xml version='1.0' encoding='GB2312'?><a>" + TEXT.encode("gbk"), "", ("gb18030", "xml")),
        (TRADITIONAL.encode("big5"), "", ("big5hkscs", "detected")),
        (meta("big5", TRADITIONAL.encode("big5")), "", ("big5hkscs", "meta")),
        (meta("gb2312", TRADITIONAL.encode("big5") * 3), "", ("big5hkscs", "detected")),
        (meta("big5", TEXT.encode("gbk") * 3), "", ("gb18030", "detected")),
        (
            meta("euc-kr", "대하진 인민정부 공식 홈페이지에 오신 것을 환영합니다".encode("euc-kr")),
            "",
            ("euc_kr", "meta"),
        ),
        ("大阪の天気はとても良いです。カタカナもあります。".encode("shift_jis"), "", ("shift_jis", "detected")),
        ("Добро пожаловать на официальный сайт".encode("cp1251"), "", ("cp1251", "detected")),
        (b"Rural \x93tourism\x94 in Dahe \x96 \xa9 2010", "", ("cp1252", "detected")),
        (meta("gb2312", b"Rural \x93tourism\x94 in Dahe \x96 the town\x92s website"), "", ("cp1252", "detected")),
        (meta("windows-1252", b"caf\xe9 \x93x\x94"), "", ("cp1252", "meta")),
        (meta("gb2312", b"Copyright \xc2\xa9 2010"), "", ("utf-8", "utf-8")),
        (meta("gb2312", b"<a href=1>"), "", ("gb18030", "meta")),
        (b"<a href=1>", "", ("utf-8", "ascii")),
        (b"", "", ("utf-8", "ascii")),
    ],
)
def test_what_is_decided_and_on_what_evidence(body: bytes, header: str, result: tuple[str, str]) -> None:
    assert read(body, header) == (*result, 0)


@pytest.mark.parametrize(
    "label",
    ["gb2312", "GB18030", "gbk", "x-gbk", "gb_2312-80", "gb-2312", "GBK2312", "cp936", "csGB2312", "windows-936",
     "chinese", "euc-cn"],
)  # fmt: skip
def test_all_names_of_gb(label: str) -> None:
    assert read(meta(label, TEXT.encode("gbk"))) == ("gb18030", "meta", 0)


@pytest.mark.parametrize(
    "label", ["utf8", "uft-8", "unicode", "utf-16", "utf-7", "x-user-defined", "unicode_escape", "rot13", "punycode",
              "hz-gb-2312", "undefined", "zlib_codec"],
)  # fmt: skip
def test_labels_that_are_wrong_or_dangerous_are_nobodys_word(label: str) -> None:
    found = decode(meta(label, TEXT.encode("gbk")))
    assert (found.encoding, found.evidence) == ("gb18030", "detected") and TEXT in found.text
    found = decode(meta(label, b"+ADw-script+AD4-"))
    assert "+ADw-" in found.text and found.encoding == "utf-8"


@pytest.mark.parametrize(
    "text", ["通知", "大河镇", "关于做好", "公告 2016", "首页 政务公开 通知公告", "a通b知c", "联通"]
)
@pytest.mark.parametrize("label", ["", "gb2312"])
def test_short_pages_are_chinese(text: str, label: str) -> None:
    found = decode(text.encode("gbk"), f"text/html; charset={label}" if label else "")
    assert (found.text, found.encoding, found.damaged) == (text, "gb18030", 0)


def test_private_and_rare_characters_are_kept() -> None:
    text = "㐂\U00020000\ue000\ue4c5镕喆" + TEXT
    assert decode(meta("gb2312", text.encode("gb18030"))).text.endswith(text)
    assert decode(meta("gbk", b"100\x80" + TEXT.encode("gbk"))).text.endswith("100€" + TEXT)


@pytest.mark.parametrize("name", ["utf-8", "gbk", "big5", "utf-16"])
def test_a_character_cut_off_at_the_end_is_no_damage(name: str) -> None:
    text = TRADITIONAL if name == "big5" else TEXT
    found = decode((text * 3).encode(name)[:-1])
    assert found.text == (text * 3)[:-1]
    assert found.damaged == 0


def test_an_included_file_in_another_encoding_is_read() -> None:
    page, foot = f"<p>{TEXT}</p>\n" * 5, f"<div>{FOOT}</div>"
    for first, second, name in (("utf-8", "gbk", "utf-8"), ("gbk", "utf-8", "gb18030")):
        for body in (
            meta(first) + page.encode(first) + foot.encode(second),
            meta(first) + foot.encode(second) + page.encode(first),
            b"\xef\xbb\xbf" + foot.encode(second) + page.encode(first),
        ):
            found = decode(body)
            assert (found.encoding, found.evidence, found.damaged) == (name, "mixed", 0)
            assert TEXT in found.text and FOOT in found.text


def test_a_title_that_a_program_cut_damages_itself_only() -> None:
    cut = "<li>" + "关于做好防汛工作的通知".encode()[:-2].decode("latin-1") + "...</li>"
    found = decode(meta("utf-8", TEXT.encode() * 3 + cut.encode("latin-1") + TEXT.encode()))
    assert (found.encoding, found.evidence, found.damaged) == ("utf-8", "meta", 1)
    assert "<li>关于做好防汛工作的通\ufffd...</li>" in found.text


def test_broken_bytes_are_counted() -> None:
    found = decode(meta("gb2312", TEXT.encode("gbk") * 3 + b"\xff\xff<p>" + TEXT.encode("gbk")))
    assert (found.encoding, found.evidence, found.damaged) == ("gb18030", "meta", 2)
    assert found.text.endswith(TEXT)


@pytest.mark.parametrize(
    "stored",
    [
        "锟斤拷锟斤拷",
        "ï»¿首页",
        "烫烫烫烫",
        "公\ufffd\ufffd开",
        TEXT.encode().decode("gb18030", "ignore"),
        TEXT.encode().decode("cp1252", "ignore"),
        TEXT.encode().decode("latin-1"),
        TEXT.encode("gbk").decode("latin-1"),
        "It's the townâ€™s site",
    ],
)
def test_text_that_was_stored_garbled(stored: str) -> None:
    sample = garbled(f"<html><p class=x>{stored}</p>").replace(" ", "")
    assert sample and sample in "".join(stored.split())


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        TRADITIONAL,
        "Zürich: naïve café, £100, Öl, µm, ça va",
        '<p style="font-family:·ÂËÎ_GB2312,·½ÕýÐ¡±êËÎ¼òÌå">通知',
        "<script>var a='锟斤拷'</script>被开水烫伤，烫伤后应当",
        "砷锛",
        "pīnyīn: dàhé zhèn, ā á ǎ à",
    ],
)
def test_text_that_is_as_it_should_be(text: str) -> None:
    assert garbled(text) == ""


@settings(deadline=None)
@given(
    st.binary(max_size=400), st.sampled_from(["", "text/html; charset=gbk", "text/html; charset=utf-8", "; charset="])
)
def test_any_bytes_are_read(body: bytes, header: str) -> None:
    found = decode(body, header)
    assert isinstance(found, Decoded)
    assert len(found.text) <= len(body)
    assert found.damaged <= found.text.count("\ufffd")
    garbled(found.text)


@settings(deadline=None)
@given(st.text(st.sampled_from(TEXT + "公开目录年报abc 12。；"), min_size=30, max_size=200))
def test_any_chinese_text_survives_whatever_it_claims_to_be(text: str) -> None:
    for name in ("utf-8", "gbk"):
        for label in ("", "gb2312", "utf-8", "iso-8859-1", "nonsense"):
            assert decode(text.encode(name), f"text/html; charset={label}").text == text


def test_real_pages(corpus: Path) -> None:
    expected = {"gb2312": "gb18030", "gbk": "gb18030", "utf-8": "utf-8", "utf-8+BOM": "utf-8", "ascii": "utf-8"}
    read_pages = 0
    with (corpus / "index.tsv").open(encoding="utf-8") as index:
        for row in csv.DictReader(index, delimiter="\t"):
            if row["detected_enc"] in expected and row["local_path"].endswith(("html", "htm", "aspx")):
                found = decode((corpus / row["local_path"]).read_bytes())
                assert found.encoding == expected[row["detected_enc"]], row["local_path"]
                assert found.damaged == 0 and garbled(found.text) == "", row["local_path"]
                read_pages += 1
    assert read_pages > 2000


def test_gbk_reads_as_gb18030() -> None:
    """What the quicker decoder takes, the larger one reads the same."""
    pairs = [bytes(pair) for pair in product(range(0x81, 0xFF), range(0x40, 0xFF))]
    known = [pair for pair in pairs if "\ufffd" not in pair.decode("gbk", "replace")]
    assert len(known) > 21_000
    assert [pair for pair in known if pair.decode("gbk") != pair.decode("gb18030")] == []
