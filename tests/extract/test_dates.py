"""Dates in every form that old sites write them."""

import pytest

from migrate.extract.dates import find_date, find_loose_date, is_only_date


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[2026-08-06]", "2026-08-06"),
        ("2026/8/17", "2026-08-17"),
        ("2026.08.17", "2026-08-17"),
        ("2026年8月6日", "2026-08-06"),
        ("2026 年 8 月 6 日", "2026-08-06"),
        ("2017——04——12 21:37", "2017-04-12T21:37"),
        ("2016-05-03 09:12", "2016-05-03T09:12"),
        ("2009-6-3 9:05:00", "2009-06-03T09:05"),
        ("2016-05-03\n 09:12", "2016-05-03T09:12"),
        ("2016年5月3日 下午3时05分", "2016-05-03T15:05"),
        ("2016-05-03 00:00:00", "2016-05-03"),
        ("2016-05-03T08:30:00", "2016-05-03T08:30"),
        ("二○一六年五月三日", "2016-05-03"),
        ("二〇一九年二月二十日", "2019-02-20"),
        ("一九九六年十二月三十一日", "1996-12-31"),
        ("二〇一〇年十月十日", "2010-10-10"),
        ("２０１６年５月３日", "2016-05-03"),
        ("2016-02-30", None),
        ("2016-13-01", None),
        ("02-11", None),
        ("索引号2026-02-00018", None),
        ("12016-05-03", None),
        ("", None),
    ],
)
def test_find_date(text: str, expected: str | None) -> None:
    assert find_date(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("20181018", "2018-10-18"), ("06 2020-11", "2020-11-06"), ("201810181", None), ("20181318", None)],
)
def test_loose_date(text: str, expected: str | None) -> None:
    assert find_loose_date(text) == expected


def test_only_date() -> None:
    assert is_only_date("[2018-10-18]")
    assert is_only_date("2018年10月18日 10:20")
    assert not is_only_date("2018年10月18日，大河镇召开会议")
