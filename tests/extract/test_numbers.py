"""发文字号: kept as written, compared normalised, never a citation."""

import pytest

from migrate.extract.numbers import find_number, is_strict, normalised, number_of_line


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
