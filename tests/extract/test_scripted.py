"""What scripts write is read where it is certain, and never computed."""

import pytest

from migrate.extract.scripted import written_text

SCRIPTS = "var fbsj = '2018-01-08 16:20';\nvar ly = \"县政府办\", n = 3;"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('document.write("发布时间：2018-01-08");', "发布时间：2018-01-08"),
        ("document.write('发布时间：' + fbsj);", "发布时间：2018-01-08 16:20"),
        ("document.write('发布时间：' + fbsj.substring(0, 10))", "发布时间：2018-01-08"),
        ("document.writeln('<span>来源：' + ly + '</span>&nbsp;');", "来源：县政府办"),
        ("document.write('发布时间：'); document.write(fbsj);", "发布时间：2018-01-08 16:20"),
        ("document.write('今天是' + new Date().getFullYear() + '年');", ""),
        ("document.write('发布时间：' + today());", ""),
        ("document.write('欢迎光临');", ""),
        ("document.write('<script src=\"/a.js\"></script>');", ""),
        ("if (x) { document.write('来源：甲') } else { document.write('来源：乙') }", ""),
        ("document.write('" + "时间：2018-01-08" * 40 + "');", ""),
        ("alert(1)", ""),
    ],
)
def test_written_text(code: str, expected: str) -> None:
    assert written_text(code, SCRIPTS + code) == expected


@pytest.mark.parametrize(
    ("before", "code", "expected"),
    [
        ("来源：", "document.write(ly);", "县政府办"),
        ("2018-01-08  作者：", "document.write('小河');", "小河"),
        ("", "document.write(ly);", ""),
        ("欢迎您：", "document.write(ly);", ""),
    ],
)
def test_what_is_written_behind_a_label_is_its_value(before: str, code: str, expected: str) -> None:
    assert written_text(code, SCRIPTS + code, before) == expected
