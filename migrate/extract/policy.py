"""The head table of a policy document: 索引号, 主题分类, 发文机关, 成文日期, 标题, 发文字号, 发布日期, 主题词, 有效性.

Beside 有效性 some heads say from when to when it holds: 施行日期, 废止日期 (domain rules, templates: policy_file).
Label aliases: domain rules, policy file field set. White space and the colon are deleted before labels are compared.
"""

import re
from collections.abc import Container
from dataclasses import replace
from typing import NamedTuple

from migrate.extract.dates import find_date
from migrate.extract.dom import squeeze
from migrate.extract.labels import find_labels
from migrate.extract.page import Parsed
from migrate.records import Field

_ALIASES = {
    "index_no": "索引号 信息索引 信息索引号 索取号 公开索引号 文件索引号 索引码",
    "subject_class": (
        "主题分类 信息分类 公开类别 分类 信息类别 公文种类 主题类别 分类名称 所属主题 所属分类 服务对象分类 "
        "体裁分类 组配分类 文种 信息种类"
    ),
    "issuer": (
        "发文机关 发布机构 发文单位 公开主体 生成单位 发布单位 发布机关 公开责任部门 制发机关 信息来源单位 "
        "发文机构 发文部门 发布部门 责任部门 制发单位 印发机关 制定机关 公开单位 公开机构 公开部门 "
        "信息公开单位 产生单位 公布机关 颁布机关 颁布单位 信息生成单位 公开责任单位"
    ),
    "written_on": (
        "成文日期 生成日期 印发日期 成文时间 签发日期 生成时间 印发时间 发文日期 制发日期 产生日期 形成日期 "
        "签署日期 制定日期 信息生成日期"
    ),
    "title": "标题 名称 信息名称 文件名称 信息标题 文件标题 公文名称 公文标题",
    "document_number": "发文字号 文号 文件编号 发文文号 公文文号 文件号 文件字号 文书号 信息文号 发文号 文件文号",
    "published": "发布日期 公开日期 发布时间 公开时间 公布日期 信息发布日期 上网日期 发布日",
    "subject_words": "主题词 关键词 关键字 信息关键词",
    "validity": (
        "有效性 是否有效 效力状态 时效性 文件状态 信息有效性 时效 效力 效力性 有效状态 文件效力 时效状态 "
        "文件有效性 是否失效 失效废止状态 信息时效性"
    ),
    "effective_on": "施行日期 生效日期 实施日期 施行时间 生效时间 实施时间",
    "repeal_on": "废止日期 失效日期 废止时间 失效时间",
    "other": (
        "截止日期 语种 公开形式 公开方式 公开范围 公开时限 内容概述 信息内容概述 内容摘要 摘要 信息编号 公开程序 "
        "载体类型 记录形式 信息格式"
    ),
}
"""Field → labels, the standard one first. `other` is what belongs to a head and to no field of ours."""
_FIELD_OF = {alias: name for name, aliases in _ALIASES.items() for alias in aliases.split()}
_RANK = {label: rank for rank, label in enumerate(_FIELD_OF)}
_LONGEST = max(map(len, _FIELD_OF))
_ENOUGH = 2
_CERTAIN = {"index_no", "document_number"}
_DAYS = ("effective_on", "repeal_on")
"""Fields that are days: 长期有效 and 自公布之日起施行 are none, and then nobody knows the day."""
_SIGN = re.compile("|".join(label for label, name in _FIELD_OF.items() if name in _CERTAIN))
_CONFIDENCE = 0.9
_REACH = 30
_LONGEST_LINE = 300
_EDGES = " \t\u3000\xa0|｜;；【】"


def read_policy_head(parsed: Parsed) -> dict[str, Field]:
    """Return field name → value of the head table; empty where the page has none.

    Two different labels make a head, one of them 索引号 or 发文字号: 标题 and 发布日期 alone stand anywhere. A head is
    one block: what stands further from that label than `_REACH` lines belongs to the text.
    """
    lines = parsed.outline.lines
    if not _SIGN.search("\n".join([line.squeezed for line in lines])):
        return {}
    pairs = [(number, pair) for number in range(len(lines)) for pair in _labelled(parsed, number)]
    certain = next((number for number, pair in pairs if pair.name in _CERTAIN), None)
    if certain is None:
        return {}
    found: dict[str, Field] = {}
    seen: set[str] = set()
    for number, pair in pairs:
        if abs(number - certain) > _REACH:
            continue
        seen.add(pair.name)
        known = found.get(pair.name)
        if pair.value and (known is None or _RANK[pair.label] < _RANK[known.origin.removeprefix("head:")]):
            found[pair.name] = Field(pair.value, f"head:{pair.label}", _CONFIDENCE)
    found.pop("other", None)
    for name in _DAYS:
        if name in found and (day := find_date(found[name].value)):
            found[name] = replace(found[name], value=day[:10])
        else:
            found.pop(name, None)
    return found if len(seen) >= _ENOUGH else {}


class _Pair(NamedTuple):
    """A label of the head and its value."""

    name: str
    label: str
    value: str


def _labelled(parsed: Parsed, number: int) -> list[_Pair]:
    """Return the pairs that a line begins: in one line, one or more, or label and value in neighbouring cells."""
    line = parsed.outline.lines[number]
    label = line.squeezed.rstrip(":：").strip("【】[]") if len(line.squeezed) <= _LONGEST + 3 else ""
    if label in _FIELD_OF:
        return [_Pair(_FIELD_OF[label], label, value_beside(parsed, number, _FIELD_OF))]
    hits = find_labels(line.text, _FIELD_OF) if len(line.text) <= _LONGEST_LINE else []
    if not hits or line.text[: hits[0].start].strip(" \u3000【[·•"):
        return []  # prose that speaks of such a thing
    ends = [*(hit.start for hit in hits[1:]), len(line.text)]
    return [
        _Pair(hit.name, _label(line.text[hit.start : hit.end]), line.text[hit.end : end].strip(_EDGES))
        for hit, end in zip(hits, ends, strict=True)
    ]


def _label(text: str) -> str:
    return squeeze(text).rstrip(":：").strip("【】[]")


def is_head_label(text: str) -> bool:
    """Say whether a text is a label of the head table and nothing else."""
    return _label(text) in _FIELD_OF


def value_beside(parsed: Parsed, number: int, labels: Container[str]) -> str:
    """Return the line after a label, if it is in the same row and no label itself; empty otherwise."""
    lines = parsed.outline.lines
    if number + 1 >= len(lines):
        return ""
    following = lines[number + 1]
    if _label(following.text) in labels or len(following.text) > _LONGEST_LINE:
        return ""
    node = lines[number].node.parent
    for _level in range(2):
        if node is None or node.tag in ("table", "tbody", "body"):
            return ""
        start, end = parsed.outline.span(node)
        if start <= number + 1 < end:
            return following.text
        node = node.parent
    return ""
