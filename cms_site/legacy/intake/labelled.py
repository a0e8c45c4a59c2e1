"""Fields that an old page names itself: 【申请条件】…, 答复单位：…, a table of names and values.

Nothing is guessed: a name that stands twice, a date that is none, a letter without its reply leaves its fields empty.
The body is kept whole whatever is copied out of it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models
from lxml import html as lxml_html

from cms_site.legacy.body import Block
from cms_site.portal.models import (
    ConsultationPage,
    ContentPage,
    InterviewPage,
    LeaderPage,
    LetterPage,
    OrganisationPage,
    ReportPage,
    ServicePage,
)

CHINA = ZoneInfo("Asia/Shanghai")
Names = Mapping[str, str]


def _names(**fields: str) -> Names:
    """Return name → field; `stop` are names that only end what stands before them."""
    return {name: field for field, names in fields.items() for name in names.split()}


_SERVICE = _names(
    basis="设定依据 办理依据 法律依据 法定依据 实施依据 政策依据 审批依据",
    conditions="申请条件 办理条件 受理条件 申办条件 申报条件 审批条件",
    materials="办理材料 申请材料 申报材料 申办材料 所需材料 需要材料 提交材料 需提交材料 申请所需材料",
    process="办理流程 办理程序 申请程序 办事流程 办事程序 审批程序 审批流程 工作流程",
    place="办理地点 受理地点 办公地点 办理地址 受理地址",
    hours="办理时间 受理时间 办公时间 工作时间",
    phone="联系电话 咨询电话 办公电话 服务电话",
    time_limit="办理时限 办结时限 承诺时限 法定时限 承诺期限 办理期限",
    fees="收费标准 是否收费 收费情况 收费",
    stop="事项名称 项目名称 办理方式 办理机构 受理机构 办理部门 实施机关 服务对象 收费依据 "
    "监督电话 投诉电话 附件 备注 注意事项",
)
_LETTER = _names(
    question="来信内容 信件内容 咨询内容 留言内容 投诉内容 问题内容 诉求内容 反映内容 问题描述 信件正文 问题 问",
    reply="回复内容 答复内容 回复 答复 回复意见 答复意见 办理结果 处理结果 答复情况 回复情况 官方回复 答",
    asked_on="来信时间 来信日期 留言时间 留言日期 咨询时间 咨询日期 提问时间 写信时间 写信日期 提交时间 投诉时间",
    replied_on="回复时间 答复时间 回复日期 答复日期 办结时间 办结日期",
    reply_unit="回复单位 答复单位 回复部门 答复部门 承办单位 办理单位 处理部门 回复机构 答复机构",
    kind="信件类型 来信类型 留言类型 信件类别 诉求类型 问题类型",
    satisfaction="满意度",
    stop="来信人 写信人 留言人 咨询人 投诉人 提问人 姓名 来信标题 信件标题 留言标题 标题 主题 信件编号 编号 受理时间 "
    "受理单位 状态 办理状态 联系电话 电话 邮箱 地址",
)
_ORGANISATION = _names(
    principal="负责人 主要负责人 单位负责人 机构负责人",
    address="办公地址 单位地址 办公地点 通讯地址 地址",
    office_hours="办公时间 工作时间 对外办公时间 受理时间",
    phone="联系电话 办公电话 咨询电话 电话",
    internal_bodies="内设机构 内设科室 内设股室",
    stop="主要职责 工作职责 单位职责 职责 职能 主要职能 机构职能 传真 邮编 邮政编码 电子邮箱 邮箱 单位名称 机构名称 "
    "下属单位 监督电话",
)
_LEADER = _names(
    positions="职务 现任职务",
    work="分工 工作分工 分管工作 主要分工 领导分工",
    resume="简历 个人简历 工作简历 主要简历 领导简历 个人简介",
    stop="姓名 性别 民族 出生年月 籍贯 学历 政治面貌 办公电话 联系电话 电话 邮箱",
)
_INTERVIEW = _names(
    held_at="访谈时间 直播时间 播出时间",
    guests="访谈嘉宾 特邀嘉宾 做客嘉宾",
    organiser="主办单位 主办",
    handler="承办单位 承办",
    stop="访谈主题 访谈简介 访谈实录 文字实录 访谈地点 访谈内容",
)
_CONSULTATION = _names(
    days="征集时间 起止时间 征集日期 调查时间 征求意见时间 征集期限 起止日期", stop="征集主题 发布单位 征集单位"
)
_BY_TYPE: Mapping[type[ContentPage], Names] = {
    ServicePage: _SERVICE,
    LetterPage: _LETTER,
    OrganisationPage: _ORGANISATION,
    LeaderPage: _LEADER,
    InterviewPage: _INTERVIEW,
    ConsultationPage: _CONSULTATION,
}
_SEVERAL = {"days": ("starts_on", "ends_on")}
"""What fills several fields."""
_KINDS = {"咨询": "question", "投诉": "complaint", "建议": "proposal", "意见建议": "proposal"}

_LINE_END = re.compile(r"</(?:p|h\d|li|blockquote|ul|ol)>|<[bh]r/>")
_TAG = re.compile(r"<[^>]*>")
_NAMED = re.compile(
    r"(?:[（(]?[一二三四五六七八九十\d]{1,3}[）)、.．]\s*)?"  # 一、 （二） 3.
    r"(?:【(?P<boxed>[^】]{1,12})】[：:]?|(?P<name>[\u4e00-\u9fff\s\u3000]{1,14}?)\s*(?:[：:]|$))"
    r"(?P<rest>.*)"
)
_DAY = re.compile(r"((?:19|20)\d{2})\s*[-年/.]\s*(\d{1,2})\s*[-月/.]\s*(\d{1,2})")
_CLOCK = re.compile(r"(\d{1,2})[:：时](\d{2})")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?=年|年度)")


def own_fields(model: type[ContentPage], title: str, blocks: Iterable[Block]) -> dict[str, Any]:
    """Return field → value of what a page of this type says of itself in its body (a report: in its title).

    What it does not say is given as empty: the page may have been written before.
    """
    if model is ReportPage:
        years = set(_YEAR.findall(title))
        return {"year": int(years.pop()) if len(years) == 1 else None}
    names = _BY_TYPE.get(model)
    if names is None:
        return {}
    said = _said(names, blocks)
    if "question" in names.values() and not ("question" in said and "reply" in said):
        said.pop("question", None)  # without a mark where the reply begins it would swallow it
        said.pop("reply", None)
    own = {field for name in set(names.values()) - {"stop"} for field in _SEVERAL.get(name, (name,))}
    found: dict[str, Any] = {field: model._meta.get_field(field).get_default() for field in own}
    for name, text in said.items():
        found |= _value(model, name, text)
    return found


def _said(names: Names, blocks: Iterable[Block]) -> dict[str, str]:
    """Return field → the lines that follow its name; what is named twice is left out."""
    parts: dict[str, list[str]] = {}
    twice: set[str] = set()
    now: list[str] = []
    for line in _lines(blocks):
        found = _NAMED.fullmatch(line)
        name = re.sub(r"\s", "", found["boxed"] or found["name"]) if found else ""
        if found and name in names and (found["boxed"] or len(name) > 1 or found["rest"]):
            now = [found["rest"].strip()]
            if names[name] in parts and names[name] != "stop":
                twice.add(names[name])
            parts[names[name]] = now
        elif found and found["boxed"]:
            now = []
        else:
            now.append(line)
    texts = {field: "\n".join(filter(None, lines)) for field, lines in parts.items()}
    return {field: text for field, text in texts.items() if text and field != "stop" and field not in twice}


def _lines(blocks: Iterable[Block]) -> Iterator[str]:
    """Yield the lines of a body; of a table the pairs of its cells, as `name：value`."""
    for block in blocks:
        if block["type"] == "paragraph":
            texts: Iterable[str] = (_TAG.sub("", part) for part in _LINE_END.split(block["value"]))
        elif block["type"] == "legacy":
            texts = _pairs(block["value"])
        else:
            continue
        yield from filter(None, (unescape(text).strip() for text in texts))


def _pairs(markup: str) -> Iterator[str]:
    for row in lxml_html.fragment_fromstring(markup, create_parent="div").iter("tr"):
        cells = [" ".join(cell.text_content().split()) for cell in row.iterchildren("td", "th")]
        if len(cells) % 2 == 0:
            yield from (f"{name.rstrip('：:')}：{value}" for name, value in zip(cells[::2], cells[1::2], strict=True))


def _value(model: type[ContentPage], name: str, text: str) -> dict[str, Any]:
    """Return a text as its field takes it; nothing where it does not fit."""
    if name == "days":
        days = [_day(*found) for found in _DAY.findall(text)]
        return {"starts_on": days[0], "ends_on": days[1]} if len(days) == 2 and all(days) else {}
    field = model._meta.get_field(name)
    if name == "kind":
        return {name: _KINDS[text]} if text in _KINDS else {}
    if isinstance(field, models.DateField):  # a DateTimeField is one, too
        found = _DAY.search(text)
        day = _day(*found.groups()) if found else None
        if day is None:
            return {}
        return {name: _moment(day, text) if isinstance(field, models.DateTimeField) else day}
    if field.max_length and ("\n" in text or len(text) > field.max_length):
        return {}
    return {name: text}


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _moment(day: date, text: str) -> datetime | None:
    clock = _CLOCK.search(text)
    hour, minute = (int(clock[1]), int(clock[2])) if clock else (0, 0)
    if hour > 23 or minute > 59:
        hour, minute = 0, 0
    return datetime.combine(day, time(hour, minute), CHINA)
