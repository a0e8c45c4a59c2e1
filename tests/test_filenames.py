"""File names as servers send them; nothing that they send becomes a path."""

import base64
import unicodedata
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from migrate.filenames import MAX_NAME, safe_name, sent_name

NAME = "关于“三夏”工作的通知.doc"
UTF8, GBK = quote(NAME), quote(NAME, encoding="gbk")
LONG = "通知" * 200


def latin(header: str, encoding: str = "utf-8") -> str:
    """Return a header as it comes from the wire."""
    return header.encode(encoding).decode("latin-1")


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        (f"attachment; filename*=UTF-8''{UTF8}", NAME),
        (f"attachment; filename*=utf-8'zh-CN'{UTF8}; filename=x.doc", NAME),
        (f'attachment; filename="x.doc"; filename*="UTF-8\'\'{UTF8}"', NAME),
        (f"attachment; filename*=GBK''{GBK}", NAME),
        (f"attachment; filename*=gb2312''{GBK}", NAME),
        (f"attachment; filename*=made-up''{UTF8}", NAME),
        (f"attachment; filename*0*=UTF-8''{UTF8[:10]}; filename*1*={UTF8[10:40]}; filename*2*={UTF8[40:]}", NAME),
        (f"attachment; filename*1*={GBK[7:]};\r\n\tfilename*0*=gbk'zh-CN'{GBK[:7]}", NAME),  # within one letter
        ('attachment; filename*0="year; "; filename*1="report.doc"', "year; report.doc"),
        ("attachment; filename=x.doc; filename*0*=UTF-8''%e8%a1%a8; filename*1=.pdf", "表.pdf"),
        (latin('attachment; filename*0="表"; filename*1=".pdf"'), "表.pdf"),
        (f"attachment; filename*0*=UTF-8''{UTF8[:9]}; filename*2*={UTF8[9:]}; filename=x.doc", "x.doc"),  # torn
        (f"attachment; filename*0*=UTF-8''..%2f..%2f; filename*1*=a.doc; filename*=GBK''{GBK}", NAME),
        ("attachment; filename*0=../..; filename*1=/a.doc", "a.doc"),
        ("attachment; filename*0*=", ""),
        (latin(f'attachment; filename="{NAME}"', "gbk"), NAME),
        (latin(f"attachment;filename={NAME}", "gbk"), NAME),
        (latin(f'attachment; filename="{NAME}"'), NAME),
        (latin(f"inline; FileName = {NAME} ; size=12"), NAME),
        (f"attachment; filename={GBK}", NAME),
        (f'attachment; filename="{UTF8}"', NAME),
        ("attachment; filename=a+b%20c%2B.doc", "a b c+.doc"),
        ("attachment; filename=C++.doc", "C++.doc"),
        (f'attachment; filename="=?UTF-8?B?{base64.b64encode(NAME.encode()).decode()}?="', NAME),
        (f"attachment; filename==?gb2312?B?{base64.b64encode(NAME.encode('gbk')).decode()}?=", NAME),
        ('attachment; filename="=?utf-8?Q?=E8=A1=A8.pdf?="', "表.pdf"),
        (latin('attachment; filename="关于"三夏"的通知.doc"; size=3'), '关于"三夏"的通知.doc'),
        ('attachment; filename="a\\"b.doc"', 'a"b.doc'),
        ('attachment; filename="a;b.doc"', "a;b.doc"),
        ("attachment; filename=a;b.doc", "a;b.doc"),
        ('attachment; filename="unclosed.doc', "unclosed.doc"),
        ('attachment; filename="C:\\upload\\2016\\a.doc"', "a.doc"),
        (latin('attachment; filename="D:\\上传\\表.doc"', "gbk"), "表.doc"),
        (latin('attachment; filename="誠.doc"', "gbk"), "誠.doc"),  # its second byte is a backslash
        ("attachment; filename=../../etc/passwd", "passwd"),
        ("attachment; filename=..%2F..%2Fa.doc", "a.doc"),
        ("attachment; filename*=UTF-8''..%2f..%2fa.doc", "a.doc"),
        ("attachment; filename=..\\..\\", ""),
        ('attachment; filename=""', ""),
        ("attachment; filename=", ""),
        ("attachment; filename=' . '", ""),
        ("attachment; filename=/; filename*=UTF-8''%20", ""),
        ("attachment", ""),
        ("", ""),
        ("attachment; filename=evil\x00.doc\x1b[2J", "evil.doc[2J"),
        (latin("attachment; filename=cod\u202eexe.doc"), "codexe.doc"),
        (latin(f"attachment; filename={LONG}.docx"), LONG[: MAX_NAME - 5] + ".docx"),
        (latin(f"attachment; filename={LONG}"), LONG[:MAX_NAME]),
    ],
)
def test_names(header: str, wanted: str) -> None:
    assert sent_name(header) == wanted


def check(name: str) -> None:
    assert len(name) <= MAX_NAME
    assert name == name.strip() and name not in (".", "..")
    assert not set(name) & set("/\\")
    assert not [letter for letter in name if unicodedata.category(letter) in ("Cc", "Cf", "Cs")]


@given(st.text(st.characters(max_codepoint=255)))
@example("filename=" + "\\" * 999)
@example("filename*=x''" + "%" * 999)
@example("filename*0" * 9_999)
@example('filename="' + " " * 60_000)
@example("filename=;" * 6_000)
@example("filename==?utf-8?b?*?=")
def test_no_header_makes_a_path(header: str) -> None:
    check(sent_name(header))
    check(sent_name("attachment; filename=" + header))
    check(sent_name(f'attachment; filename="{header}"'))
    check(sent_name("attachment; filename*=UTF-8''" + header))
    check(sent_name("attachment; filename*0*=UTF-8''" + header))


@given(st.text())
def test_no_name_is_a_path(name: str) -> None:
    check(safe_name(name))
    assert safe_name(safe_name(name)) == safe_name(name)


@given(st.text(st.characters(categories=["L", "N"], max_codepoint=0xFFFF), min_size=1, max_size=40))
def test_every_way_of_writing_gives_the_name(stem: str) -> None:
    name = unicodedata.normalize("NFC", stem) + ".doc"
    assert sent_name(f"attachment; filename*=UTF-8''{quote(name)}") == name
    assert sent_name(f"attachment; filename={quote(name)}") == name
    assert sent_name(latin(f'attachment; filename="{name}"')) == name


@given(st.text(st.characters(categories=["L", "N"], max_codepoint=0xFFFF), min_size=1, max_size=40), st.integers(4, 30))
def test_a_name_in_pieces(stem: str, size: int) -> None:
    name = unicodedata.normalize("NFC", stem) + ".doc"
    escaped = quote(name, safe="")
    pieces = [escaped[start : start + size] for start in range(0, len(escaped), size)]
    header = "".join(f"; filename*{n}*={piece}" for n, piece in enumerate(["UTF-8''", *pieces]))
    assert sent_name("attachment" + header) == name
