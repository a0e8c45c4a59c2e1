"""Dates in every form that old sites write them."""

from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
        ("2016/5/3 下午 03:05:07", "2016-05-03T15:05"),
        ("2016年5月3日（星期二）9:05", "2016-05-03T09:05"),
        ("2016-05-03 12:05 AM", "2016-05-03T00:05"),
        ("2016-05-03 00:00:00", "2016-05-03"),
        ("2016-05-03T08:30:00", "2016-05-03T08:30"),
        ("2016-05-03T08:30:00.000+08:00", "2016-05-03T08:30"),
        ("2016-05-02T16:30:00Z", "2016-05-03T00:30"),
        ("2016-05-03 08:30:00.0", "2016-05-03T08:30"),
        ("二○一六年五月三日", "2016-05-03"),
        ("二〇一九年二月二十日", "2019-02-20"),
        ("二零一五年三月二日", "2015-03-02"),
        ("二O一五年三月二日", "2015-03-02"),
        ("二０一五年三月二日", "2015-03-02"),
        ("2015年三月二日", "2015-03-02"),
        ("一九九六年十二月三十一日", "1996-12-31"),
        ("二〇一〇年十月十日", "2010-10-10"),
        ("２０１６年５月３日", "2016-05-03"),
        ("2015年３月２日", "2015-03-02"),
        ("2016-02-30", None),
        ("2016-13-01", None),
        ("二〇一五年二月三十日", None),
        ("02-11", None),
        ("15-3-2", None),
        ("索引号2026-02-00018", None),
        ("12016-05-03", None),
        ("2015年3月", None),
        ("", None),
    ],
)
def test_find_date(text: str, expected: str | None) -> None:
    assert find_date(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20181018", "2018-10-18"),
        ("20181018091205", "2018-10-18T09:12"),
        ("06 2020-11", "2020-11-06"),
        ("2020 11-06", "2020-11-06"),
        ("11-06 2020", "2020-11-06"),
        ("15-3-2", "2015-03-02"),
        ("[15-03-02]", "2015-03-02"),
        ("98年12月1日", "1998-12-01"),
        ("3/2/2015 9:12:00 PM", "2015-03-02T21:12"),
        ("25/12/2015", "2015-12-25"),
        ("Mon, 02 Mar 2015 01:12:00 GMT", "2015-03-02T09:12"),
        ("Mon Mar 02 09:12:00 CST 2015", "2015-03-02T09:12"),
        ("March 2, 2015", "2015-03-02"),
        ("02-Mar-2015", "2015-03-02"),
        ("1425258720", "2015-03-02T09:12"),
        ("1425258720000", "2015-03-02T09:12"),
        ("201810181", None),
        ("20181318", None),
        ("31/2/2015", None),
        ("15-13-2", None),
        ("电话：0377-62345678", None),
        ("13800000000", None),
        ("版本 3.2.15", None),
    ],
)
def test_loose_date(text: str, expected: str | None) -> None:
    assert find_loose_date(text) == expected


def test_only_date() -> None:
    assert is_only_date("[2018-10-18]")
    assert is_only_date("2018年10月18日 10:20")
    assert not is_only_date("2018年10月18日，大河镇召开会议")


DAYS = st.dates(date(1990, 1, 1), date(2059, 12, 31))
MOMENTS = st.datetimes(datetime(1990, 1, 1, 0, 1), datetime(2059, 12, 31))
FIGURES = "〇一二三四五六七八九"
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
WEEK = "Mon Tue Wed Thu Fri Sat Sun".split()


def chinese(number: int) -> str:
    """Return 1 to 99 as Chinese documents write it."""
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else FIGURES[tens] + "十"
    return head + (FIGURES[ones] if ones else "")


def in_chinese(day: date, zero: str) -> str:
    year = "".join(FIGURES[int(figure)] for figure in str(day.year)).replace("〇", zero)
    return f"{year}年{chinese(day.month)}月{chinese(day.day)}日"


def wide(text: str) -> str:
    return text.translate(str.maketrans("0123456789", "０１２３４５６７８９"))


SEPARATED = ("{y}-{m}-{d}", "{y}/{m}/{d}", "{y}.{m}.{d}", "{y}年{m}月{d}日", "{y} 年 {m} 月 {d} 日", "{y}—{m}—{d}")


@given(
    DAYS,
    st.sampled_from(SEPARATED),
    st.booleans(),
    st.booleans(),
    st.sampled_from(("{}", "[{}]", "（{}）", "发布时间：{}　来源：某局")),
)
def test_every_day_in_figures(day: date, form: str, padded: bool, is_wide: bool, around: str) -> None:
    pad = "02d" if padded else "d"
    text = form.format(y=day.year, m=format(day.month, pad), d=format(day.day, pad))
    assert find_date(around.format(wide(text) if is_wide else text)) == day.isoformat()


@given(DAYS, st.sampled_from("〇○零OＯ0０"))
def test_every_day_in_chinese(day: date, zero: str) -> None:
    assert find_date(f"{in_chinese(day, zero)}印发") == day.isoformat()


@given(MOMENTS, st.sampled_from(("{d} {t}", "{d}T{t}", "{d}　{t}:59", "{d} 星期三 {t}", "{d}\n{t}")))
def test_every_time(moment: datetime, form: str) -> None:
    text = form.format(d=f"{moment:%Y-%m-%d}", t=f"{moment:%H:%M}")
    assert find_date(text) == f"{moment:%Y-%m-%dT%H:%M}".replace("T00:00", "")


def english(moment: datetime) -> str:
    return f"{moment.day:02d} {MONTHS[moment.month - 1]} {moment.year}"


@given(MOMENTS)
def test_every_loose_form(moment: datetime) -> None:
    day, at = moment.date().isoformat(), f"{moment:%Y-%m-%dT%H:%M}".replace("T00:00", "")
    week, month = WEEK[moment.weekday()], MONTHS[moment.month - 1]
    assert find_loose_date(f"{moment:%Y%m%d}") == day
    assert find_loose_date(f"{moment:%Y%m%d%H%M%S}") == at
    assert find_loose_date(f"{moment.day:02d} {moment:%Y-%m}") == day
    assert find_loose_date(f"{moment.year} {moment:%m-%d}") == day
    assert find_loose_date(f"{moment:%m-%d} {moment.year}") == day
    assert find_loose_date(f"{moment.month}/{moment.day}/{moment.year} {moment:%I:%M:%S} {moment:%p}") == at
    assert find_loose_date(f"{week}, {english(moment)} {moment:%H:%M:%S} +0800") == at
    assert find_loose_date(f"{week} {month} {moment.day:02d} {moment:%H:%M:%S} CST {moment.year}") == at
    assert find_loose_date(f"{month} {moment.day}, {moment.year}") == day


@given(st.datetimes(datetime(2001, 9, 10), datetime(2033, 5, 17)), st.sampled_from((1, 1000)))
def test_every_number_of_seconds(moment: datetime, unit: int) -> None:
    seconds = int(moment.replace(tzinfo=timezone(timedelta(hours=8))).timestamp())
    assert find_loose_date(str(seconds * unit)) == f"{moment:%Y-%m-%dT%H:%M}".replace("T00:00", "")


@given(
    st.dates(date(1990, 1, 1), date(2089, 12, 31)),
    st.sampled_from(("{y:02d}-{m}-{d}", "{y:02d}/{m}/{d}", "{y:02d}年{m}月{d}日")),
)
def test_every_short_year(day: date, form: str) -> None:
    assert find_loose_date(form.format(y=day.year % 100, m=day.month, d=day.day)) == day.isoformat()


@given(st.integers(1990, 2059), st.integers(0, 99), st.integers(0, 99), st.sampled_from(SEPARATED))
def test_no_day_that_never_was(year: int, month: int, day: int, form: str) -> None:
    try:
        wanted = date(year, month, day).isoformat()
    except ValueError:
        wanted = None
    assert find_date(form.format(y=year, m=month, d=day)) == wanted


@given(st.text(alphabet="0123456789-/.年月日 :一二十〇APMJanT+Z星期上午[]", max_size=60))
def test_whatever_is_read_is_a_date(text: str) -> None:
    found = find_loose_date(text)
    if found is not None:
        assert datetime.fromisoformat(found).year in range(1900, 2100)
