"""Label lines: a value runs to the next known label, empty values stay empty, prose is no label line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate.extract.heading import is_info
from migrate.extract.labels import is_label_line, label_of, parse_bare_labels, parse_labels, tidy_value

LINE = "发布时间：2016-05-03 09:12 来源：县政府办 作者：张三 浏览次数：123 【字体：大 中 小】"


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        (LINE, "published", "2016-05-03 09:12"),
        (LINE, "source", "县政府办"),
        (LINE, "author", "张三"),
        ("来源： 作者：张三", "source", ""),
        ("来　源：党政办　日　期：2016-05-03", "source", "党政办"),
        ("来　源：党政办　日　期：2016-05-03", "published", "2016-05-03"),
        ("发布日期 2016-05-03 | 信息来源：大河镇", "published", "2016-05-03"),
        ("发布日期 2016-05-03 | 信息来源：大河镇", "source", "大河镇"),
        ("成文日期：2016-05-01 发布日期：2016-05-03", "written_on", "2016-05-01"),
        ("成文日期：2016-05-01 发布日期：2016-05-03", "published", "2016-05-03"),
        ("作者：李四 编辑：王五", "author", "李四"),
        ("【信息时间： 2016/5/3　阅读次数：123 】", "published", "2016/5/3"),
        ("发布：2017-11-09 16:05 来源:本站", "published", "2017-11-09 16:05"),
        ("Release time：2015-09-30 page views： Author：   Origin：ICAMA", "source", "ICAMA"),
        ("Release time：2015-09-30 page views： Author：   Origin：ICAMA", "published", "2015-09-30"),
        ("文 章 来 源 ： 党政办", "source", "党政办"),
        ("来源：中国·云溪 点击：12", "source", "中国·云溪"),
    ],
)
def test_parse_labels(text: str, name: str, expected: str) -> None:
    assert parse_labels(text)[name] == expected


def test_a_word_that_ends_like_a_label_is_none() -> None:
    assert "published" not in parse_labels("公示时间：2020年11月23日至30日")
    assert "source" not in parse_labels("资金来源：县财政")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (LINE, True),
        ("2017-02-13 来源：基础科", True),
        ("2018-10-18", True),
        ("时间：2018年10月18日", True),
        ("时间：上午九时在镇政府集合后统一乘车前往", False),
        ("会议由镇长主持，会后形成纪要。来源：某报", False),
        ("公示时间：2020年11月23日至30日", False),
    ],
)
def test_is_info(text: str, expected: bool) -> None:
    assert is_info(text) is expected


def test_long_prose_is_no_label_line() -> None:
    assert not is_label_line("大河镇" * 150 + "来源：某报")


def test_tools_behind_a_value_are_dropped() -> None:
    assert tidy_value("县政府办 【字体：大 中 小】 打印本页 关闭窗口") == "县政府办"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "发布时间 2016-05-03 来源 县卫计局 浏览 16",
            {"published": "2016-05-03", "source": "县卫计局", "counter": "16"},
        ),
        ("信息来源 县卫计局", {"source": "县卫计局"}),
        ("县里的资金 来源 于财政", {}),
        ("信息来源" * 40, {}),
    ],
)
def test_labels_without_colons(text: str, expected: dict[str, str]) -> None:
    assert parse_bare_labels(text) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("县民政局 初审：孙某 复审：李某", "县民政局"),
        ("县民政局 拟稿：孙某", "县民政局"),
        ("县民政局 | 打印", "县民政局"),
        ("云溪县教育局   0", "云溪县教育局"),
        ("中国·云溪", "中国·云溪"),
    ],
)
def test_what_nobody_knows_behind_a_value_is_none_of_it(value: str, expected: str) -> None:
    assert tidy_value(value) == expected


def test_a_label_alone() -> None:
    assert label_of("来　源：") == "source"
    assert label_of("Page Views") == "counter"
    assert label_of("来源于生活") is None


@given(st.text(alphabet="来源发布时间作者：: 　2016-05|3县局", max_size=80))
def test_values_are_parts_of_the_line(text: str) -> None:
    for value in (*parse_labels(text).values(), *parse_bare_labels(text).values()):
        assert value in text
