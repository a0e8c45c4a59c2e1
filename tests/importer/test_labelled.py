"""Which fields an old page names itself, and which must stay in the body alone."""

from datetime import date

import pytest

from cms_site.legacy.intake.labelled import own_fields
from cms_site.portal.models import (
    ArticlePage,
    LeaderPage,
    LetterPage,
    OrganisationPage,
    ReportPage,
    ServicePage,
)


def said(model, *lines, title="", tag="p"):
    """Return what is not empty."""
    body = [{"type": "paragraph", "value": "".join(f"<{tag}>{line}</{tag}>" for line in lines)}]
    return {name: value for name, value in own_fields(model, title, body).items() if value not in ("", None)}


def test_names_in_boxes_with_colons_and_as_headings():
    boxed = said(ServicePage, "【申请条件】", "本镇户籍。", "年满六十岁。", "【办理材料】", "身份证")
    assert boxed == {"conditions": "本镇户籍。\n年满六十岁。", "materials": "身份证"}
    assert said(ServicePage, "一、申请条件：本镇户籍。", "二、办理材料", "身份证") == {
        "conditions": "本镇户籍。", "materials": "身份证",
    }  # fmt: skip
    assert said(ServicePage, "（一）办理时限：当场<b>办结</b>", "备注：无") == {"time_limit": "当场办结"}


def test_a_table_of_names_and_values():
    rows = "<tr><td>办公地址</td><td>中心街1号</td><td>电话：</td><td>0377-0</td></tr><tr><td>一格</td></tr>"
    fields = own_fields(OrganisationPage, "", [{"type": "legacy", "value": f"<table>{rows}</table>"}])
    assert (fields["address"], fields["phone"], fields["principal"]) == ("中心街1号", "0377-0", "")


def test_a_letter_needs_both_its_parts():
    whole = said(
        LetterPage, "来信时间：2019年3月2日", "来信内容：路灯不亮。", "请修。", "答复单位：镇村建所", "答复：已修好。"
    )
    assert whole == {
        "asked_on": date(2019, 3, 2), "question": "路灯不亮。\n请修。", "reply_unit": "镇村建所", "reply": "已修好。",
    }  # fmt: skip
    assert said(LetterPage, "来信内容：路灯不亮。", "您好，已经修好。") == {}
    assert said(LetterPage, "问：甲？", "答：乙。", "问：丙？", "答：丁。") == {}


@pytest.mark.parametrize("line", ["答复时间：2019-13-40", "答复时间：尽快", "满意度：" + "好" * 30])
def test_what_does_not_fit_is_left_in_the_body(line):
    assert said(LetterPage, line) == {}


def test_prose_names_nothing():
    assert said(LeaderPage, "该同志负责分工：详见文件，职务不变。", "他说：工作时间很长。") == {}
    assert said(ArticlePage, "申请条件：本镇户籍") == {}


@pytest.mark.parametrize(
    ("title", "year"), [("教育局2019年部门决算", 2019), ("2018年决算和2019年预算", None), ("部门预算", None)]
)
def test_the_year_of_a_report_is_its_title_s(title, year):
    assert own_fields(ReportPage, title, []) == {"year": year}
