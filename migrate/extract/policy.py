"""The head table of a policy document: 索引号, 主题分类, 发文机关, 成文日期, 标题, 发文字号, 发布日期, 主题词, 有效性.

Label aliases: domain rules, policy file field set. White space and the colon are deleted before labels are compared.
"""

from migrate.extract.dom import squeeze
from migrate.extract.outline import Line
from migrate.extract.page import Parsed
from migrate.records import Field

_ALIASES = {
    "index_no": ("索引号", "信息索引", "信息索引号", "索取号"),
    "subject_class": ("主题分类", "信息分类", "公开类别", "分类", "信息类别", "公文种类"),
    "issuer": (
        "发文机关",
        "发布机构",
        "发文单位",
        "公开主体",
        "生成单位",
        "发布单位",
        "发布机关",
        "公开责任部门",
        "制发机关",
        "信息来源单位",
    ),
    "written_on": ("成文日期", "生成日期", "印发日期", "成文时间", "签发日期"),
    "title": ("标题", "名称", "信息名称", "文件名称"),
    "document_number": ("发文字号", "文号", "文件编号", "发文文号", "公文文号"),
    "published": ("发布日期", "公开日期", "发布时间", "公开时间"),
    "subject_words": ("主题词", "关键词", "关键字"),
    "validity": ("有效性", "是否有效", "效力状态", "时效性", "文件状态", "信息有效性"),
}
_FIELD_OF = {alias: name for name, aliases in _ALIASES.items() for alias in aliases}
_LONGEST = max(map(len, _FIELD_OF))
_ENOUGH = 2
_CERTAIN = {"index_no", "document_number"}
_CONFIDENCE = 0.9


def read_policy_head(parsed: Parsed) -> dict[str, Field]:
    """Return field name → value of the head table; empty where the page has none.

    Two different labels make a head, one of them 索引号 or 发文字号: 标题 and 发布日期 alone stand anywhere.
    """
    lines = parsed.outline.lines
    found: dict[str, Field] = {}
    seen: set[str] = set()
    for number, line in enumerate(lines):
        for label, value in _labelled(parsed, lines, number, line):
            name = _FIELD_OF[label]
            seen.add(name)
            if value and name not in found:
                found[name] = Field(value, f"head:{label}", _CONFIDENCE)
    return found if len(seen) >= _ENOUGH and seen & _CERTAIN else {}


def _labelled(parsed: Parsed, lines: list[Line], number: int, line: Line) -> list[tuple[str, str]]:
    """Return (label, value) pairs that a line begins: in one line, or label and value in neighbouring cells."""
    text = line.squeezed
    if text.endswith((":", "：")) or text in _FIELD_OF:
        label = text.rstrip(":：").strip("【】[]")
        if label in _FIELD_OF:
            return [(label, _value_beside(parsed, lines, number))]
    label, mark, value = line.text.replace("：", ":", 1).partition(":")
    bare = squeeze(label).strip("【】[]")
    if mark and len(bare) <= _LONGEST and bare in _FIELD_OF:
        return [(bare, value.strip(" \u3000"))]
    return []


def _value_beside(parsed: Parsed, lines: list[Line], number: int) -> str:
    """Return the next line, if it is in the same row and no label itself."""
    if number + 1 >= len(lines):
        return ""
    following = lines[number + 1]
    if following.squeezed.rstrip(":：").strip("【】[]") in _FIELD_OF or len(following.text) > 300:
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
