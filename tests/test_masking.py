"""Letters: what is masked, and what must stay."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate.masking import masked, names_in


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("来信人：赵小山", {"赵小山"}),
        ("<td>姓 名：</td><td>欧阳春</td>", {"欧阳春"}),
        ("您好，我叫李大有，家住河东。", {"李大有"}),
        ("我是王小明，想问", {"王小明"}),
        ("赵小山先生：您好", {"赵小山"}),
        ("联系人：党政办", set()),
        ("我是学生，想问", set()),
        ("我是大河镇居民，想问", set()),
        ("尊敬的网友先生：", set()),
        ("王先生：您好", set()),
        ("各位先生女士", set()),
    ],
)
def test_names(text, names):
    assert names_in([text]) == names


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("电话13800001234。", "电话138******34。"),
        ("电话 138-0000-1234", "电话 138-****-**34"),
        ("411325197001010014", "411*************14"),
        ("0377-00000000", "0377-00000000"),
        ("2016-03-01 至 2016-03-31", "2016-03-01 至 2016-03-31"),
        ("赵小山反映", "赵**反映"),
        ('<a href="/f/13800001234.doc">赵小山的材料</a>', '<a href="/f/13800001234.doc">赵**的材料</a>'),
    ],
)
def test_what_is_masked(text, shown):
    assert masked(text, {"赵小山"}) == shown


@given(st.text(alphabet="赵小山1380 -<p>、。", max_size=60))
def test_masking_twice_is_masking_once_and_keeps_the_length(text):
    once = masked(text, {"赵小山"})
    assert masked(once, {"赵小山"}) == once
    assert len(once) == len(text)
    assert "赵小山" not in re.sub("<[^>]*>", "", once)
