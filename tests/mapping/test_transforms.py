"""The named transforms, each by what it makes of values; and that the manual's table is about all of them."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate.config.rules import BARE_TRANSFORMS, TRANSFORMS, Transform
from migrate.mapping.transforms import apply, value_of
from migrate.records import Kind, Record
from tests.commands import ROOT


@pytest.mark.parametrize(
    ("transform", "values", "expected"),
    [
        ("strip", ["\u3000 大河镇\xa0"], ["大河镇"]),
        ("strip", [" \u3000"], []),
        (Transform(strip="【】："), ["【来源：】"], ["来源"]),
        (Transform(replace={"（": "(", "）": ")"}), ["公示（一）"], ["公示(一)"]),
        (Transform(replace={"甲": "乙", "乙": "丙"}), ["甲"], ["丙"]),
        (Transform(replace={"来源不明": ""}), ["来源不明"], []),
        (Transform(table={"办公室": "县政府办公室"}), ["办公室", "财政局"], ["县政府办公室"]),
        (Transform(split="、"), ["甲、 乙、、丙"], ["甲", "乙", "丙"]),
        (Transform(part=1), ["甲", "乙"], ["甲"]),
        (Transform(part=-1), ["甲", "乙"], ["乙"]),
        (Transform(part=3), ["甲", "乙"], []),
        (Transform(part=-3), ["甲", "乙"], []),
        (Transform(join="；"), ["甲", "乙"], ["甲；乙"]),
        (Transform(join="；"), [], []),
        (Transform(default="大河镇"), [], ["大河镇"]),
        (Transform(default="大河镇"), ["甲"], ["甲"]),
        (Transform(date=("%d.%m.%Y", "%m/%d/%Y")), ["05/03/2016"], ["2016-05-03"]),
        (Transform(date=("%d.%m.%Y %H:%M",)), ["03.05.2016 09:12"], ["2016-05-03T09:12"]),
        (Transform(date=("%d.%m.%Y",)), ["2016-05-03"], []),
    ],
)  # fmt: skip
def test_transforms(transform: str | Transform, values: list[str], expected: list[str]) -> None:
    assert apply(values, transform) == expected


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2016-05-03", "2016-05-03"),
        ("2016/5/3 9:12", "2016-05-03T09:12"),
        ("[2016.05.03]", "2016-05-03"),
        ("发布时间：2016年5月3日 09时12分", "2016-05-03T09:12"),
        ("二〇一六年五月三日", "2016-05-03"),
        ("二○一六年十二月三十一日", "2016-12-31"),
        ("t20160503_12", "2016-05-03"),
        ("2016-05-03T09:12:33", "2016-05-03T09:12"),
        ("2016-02-30", ""),
        ("120160503", ""),
        ("2016年5月", ""),
        ("第20161234号", ""),
        ("", ""),
    ],
)
def test_usual_ways_to_write_a_day(text: str, day: str) -> None:
    assert apply([text], "date") == ([day] if day else [])


@given(st.dates(date(1949, 10, 1), date(2099, 12, 31)))
def test_a_day_written_in_any_usual_way_is_that_day(day: date) -> None:
    for form in ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d"):
        assert apply([day.strftime(form)], "date") == [day.isoformat()]


@given(st.lists(st.text(st.characters(exclude_characters="、")), max_size=4))
def test_split_and_join_are_each_others_way_back(parts: list[str]) -> None:
    kept = apply(parts, "strip")
    joined = apply(kept, Transform(join="、"))
    assert apply(joined, Transform(split="、")) == kept


def test_a_part_of_the_address() -> None:
    from migrate.config.rules import Step

    record = Record("http://www.dahe.example.gov.cn/tzgg/20160503/%E5%85%AC%E5%91%8A.html", Kind.ARTICLE)
    found = value_of("published", (Step("path", (Transform(part=2),)),), record)
    assert found is not None
    assert (found.value, found.origin) == ("2016-05-03", "rule:path")
    assert value_of("title", (Step("path", (Transform(part=-1), Transform(strip=".html"))),), record).value == "公告"


def test_each_transform_is_named_where_rules_are_written() -> None:
    text = (ROOT / "mappings" / "README.md").read_text(encoding="utf-8")
    told = text.split("`set`")[2].split("详见")[0]
    assert set(re.findall(r"`(\w+)`", told)) == set(TRANSFORMS) >= set(BARE_TRANSFORMS)
