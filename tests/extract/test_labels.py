"""Label lines: a value runs to the next known label, empty values stay empty, prose is no label line."""

import pytest

from migrate.extract.heading import is_info
from migrate.extract.labels import is_label_line, parse_labels, tidy_value

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
