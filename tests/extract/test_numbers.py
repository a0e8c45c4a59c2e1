"""发文字号: kept as written, compared normalised, never a citation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate.extract.numbers import find_number, is_strict, number_of_line, number_of_lines
from migrate.numbers import normalised


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("云政办发〔2019〕8号", "云政办发〔2019〕8号"),
        ("大水(农)函[2017]188号", "大水(农)函[2017]188号"),
        ("云政办发〔2019〕8号：关于印发办法的通知.pdf", "云政办发〔2019〕8号"),
        ("（云政发﹝2018﹞12号）", "云政发﹝2018﹞12号"),
        ("依据云政发〔2018〕3号文件印发给你们。", None),
        ("云政发〔2018〕3号文件已经收悉", None),
        ("2020年第6期", None),
        ("第12号", None),
        ("云发改价〔2015〕12号　云财综〔2015〕8号", "云发改价〔2015〕12号 云财综〔2015〕8号"),
        ("云发改价〔2015〕12号、云财综〔2015〕8号", "云发改价〔2015〕12号 云财综〔2015〕8号"),
        ("云溪县人民政府令 第5号", "云溪县人民政府令第5号"),
        ("云溪县人民政府令（第 5 号）", "云溪县人民政府令（第5号）"),
        ("中华人民共和国国务院令　第八十号", "中华人民共和国国务院令第八十号"),
        ("（公告2015年第3号）", "公告2015年第3号"),
        ("2015年第3号公告", "2015年第3号公告"),
        ("云溪县国土资源局公告（2015年 第3号）", "云溪县国土资源局公告（2015年第3号）"),
        ("（云财资〔2017〕86号 2017年12月29日）", "云财资〔2017〕86号"),
        ("根据国务院令第622号", None),
        ("关于发布九项标准的公告（2015年 第3号）", None),
        ("本条例由国务院令第622号公布，自2015年3月1日起施行。", None),
    ],
)
def test_number_of_line(text: str, expected: str | None) -> None:
    assert number_of_line(text) == expected


def test_number_in_a_title() -> None:
    assert find_number("关于做好就业创业工作的意见（国发〔2017〕28号）") == "国发〔2017〕28号"
    assert find_number("云溪县人民政府令（第3号）") is None


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("云政发[2018]3号", "云政发〔2018〕3号"),
        ("云政发【2018】 03 号", "云政发〔2018〕3号"),
        ("云政发（２０１８）３号", "云政发〔2018〕3号"),
        ("云政发〔2018〕第3号", "云政发〔2018〕3号"),
    ],
)
def test_normalised(first: str, second: str) -> None:
    assert normalised(first) == normalised(second) == second
    assert is_strict(first)


def test_not_strict() -> None:
    assert not is_strict("大水(农)函[2017]188号")
    assert normalised("云溪县人民政府令第3号") == "云溪县人民政府令第3号"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["云溪县人民政府令", "第 5 号", "《办法》已经通过"], "云溪县人民政府令第5号"),
        (["云溪县人民政府　令", "（第12号）"], "云溪县人民政府令第12号"),
        (["云发改〔2015〕1号", "云财〔2015〕2号", "各乡镇："], "云发改〔2015〕1号 云财〔2015〕2号"),
        (["各乡镇：", "云政发〔2015〕1号"], "云政发〔2015〕1号"),
        (["云溪县人民政府令", "各乡镇："], None),
        ([], None),
    ],
)
def test_numbers_over_several_lines(lines: list[str], expected: str | None) -> None:
    assert number_of_lines(lines) == expected


def test_several_numbers_are_compared_one_by_one() -> None:
    first, second = "云发改价[2015]12号 云财综[2015]08号", "云发改价〔2015〕12号　云财综〔2015〕8号"
    assert normalised(first) == normalised(second) == "云发改价〔2015〕12号 云财综〔2015〕8号"


@given(
    st.text(alphabet="政府办发改财函大河云溪", min_size=2, max_size=8),
    st.integers(1980, 2059),
    st.integers(1, 99999),
    st.sampled_from(["〔〕", "[]", "［］", "（）", "()", "【】", "﹝﹞", "〈〉"]),
    st.sampled_from(["{}", " {} ", "第{}", "0{}"]),
)
def test_every_bend_of_the_grammar(agency: str, year: int, count: int, brackets: str, form: str) -> None:
    written = f"{agency}{brackets[0]}{year}{brackets[1]}{form.format(count)}号"
    if len(str(count)) + form.startswith("0") <= 5:
        assert number_of_line(written) == written
        assert normalised(written) == f"{agency}〔{year}〕{count}号"
