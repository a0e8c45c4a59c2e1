"""Maps as people hand them over."""

import gzip
from pathlib import Path

import pytest

from migrate.errors import ShangyiError, UsageError
from migrate.records import Finding, Outcome
from migrate.redirects import Line, read_map

GOVUK = "Old Url,New Url,Status,Suggested Link\nhttp://h/a,https://p/a,301,\nhttp://h/b,,410,\nhttp://h/c,,418,\n"


def read(tmp_path: Path, raw: bytes) -> list[Line | Finding]:
    file = tmp_path / "map.csv"
    file.write_bytes(raw)
    return list(read_map(file))


@pytest.mark.parametrize("pack", [lambda raw: raw, gzip.compress])
def test_the_form_of_alphagov_transition(tmp_path, pack) -> None:
    assert read(tmp_path, pack(GOVUK.encode())) == [
        Line("http://h/a", Outcome.REDIRECT, "https://p/a", place="map.csv:2"),
        Line("http://h/b", Outcome.GONE, place="map.csv:3"),
        Line("http://h/c", Outcome.UNDECIDED, place="map.csv:4"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_the_form_of_a_spreadsheet(tmp_path, encoding, separator) -> None:
    rows = [
        ("旧网址", "去向", "新网址", "原因", "标题"),
        ("http://h/公告.html", "并入", "/towns/dahe/", "", ""),
        ("http://h/vote.asp", "下线", "", "功能已停用", "网上投票"),
        ("http://h/zt/", "归档", "", "", ""),
        ("http://h/x", "", "/y/", "", ""),
        ("http://h/z", "", "", "", ""),
    ]
    raw = "\r\n".join(separator.join(row) for row in rows).encode(encoding)
    found = read(tmp_path, raw)
    assert [line.outcome for line in found] == ["redirect", "gone", "archive", "redirect", "undecided"]
    assert found[0].url == "http://h/公告.html"
    assert (found[1].reason, found[1].title) == ("功能已停用", "网上投票")


def test_a_word_that_is_no_outcome_is_a_finding(tmp_path) -> None:
    found = read(tmp_path, b"from,to,status\nhttp://h/a,/x/,200\n\n,,\n")
    assert [type(one) for one in found] == [Finding]
    assert "map.csv:2" in found[0].message and "200" in found[0].message


@pytest.mark.parametrize("raw", [b"", b"a,b\n1,2\n", b"\xff\xfe\x00", b"Old Url\nhttp://h/a\n"])
def test_what_is_no_map_is_said(tmp_path, raw) -> None:
    with pytest.raises(UsageError):
        read(tmp_path, raw)


def test_a_file_that_is_not_there_or_broken(tmp_path) -> None:
    with pytest.raises(ShangyiError, match="can't be read"):
        list(read_map(tmp_path / "none.csv"))
    with pytest.raises(ShangyiError, match="can't be read"):
        read(tmp_path, gzip.compress(GOVUK.encode())[:-20])
