"""The label line under a title: `发布时间：2016-05-03 09:12 来源：县政府办 作者： 浏览次数：123 【字体：大 中 小】`."""

import re

_ALIASES: dict[str, tuple[str, ...]] = {
    "published": (
        "发布日期时间", "发布时间", "发布日期", "发表时间", "发表日期", "公开日期", "公开时间", "公布日期", "公布时间",
        "上传时间", "添加时间", "录入时间", "录入日期", "创建时间", "日期", "时间",
    ),
    "updated": ("更新时间", "更新日期", "修改时间", "最后更新"),
    "written_on": ("成文日期", "成文时间", "生成日期", "印发日期", "签发日期"),
    "source": ("文章来源", "信息来源", "稿件来源", "新闻来源", "内容来源", "来源单位", "来源", "出处", "稿源"),
    "author": ("文章作者", "作者", "撰稿人", "撰稿", "供稿单位", "供稿", "发布人", "发布者", "发布单位",
               "录入者", "录入员", "录入", "编辑人", "文/图", "图/文"),
    "editor": ("责任编辑", "责编", "编辑", "编辑者", "审核人", "审核", "校对", "摄影", "签发人", "审签"),
    "counter": (
        "浏览次数", "浏览量", "浏览数", "浏览", "阅读次数", "阅读量", "阅读数", "阅读", "点击次数", "点击数",
        "点击量", "点击率", "点击", "访问量", "访问次数", "人气", "点播次数", "查看次数", "热度",
    ),
    "tool": ("字体大小", "字体显示", "字体", "字号", "视力保护色", "背景色", "分享到", "分享至", "分享", "评论",
             "关键词", "关键字"),
}  # fmt: skip

_FIELD_OF = {alias: name for name, aliases in _ALIASES.items() for alias in aliases}


def _spaced(label: str) -> str:
    return r"[\s\u3000]*".join(map(re.escape, label))


_ALL = "|".join(_spaced(alias) for alias in sorted(_FIELD_OF, key=len, reverse=True))
_LABEL = re.compile(
    rf"(?<![\u4e00-\u9fa5])({_ALL})[\s\u3000]*[:：]|(?<![\u4e00-\u9fa5])({_ALL})(?=[\s\u3000]*(?:19|20)\d{{2}})"
)
_JUNK = re.compile(
    r"【[^】]*】|\[[^\]]*\]|\d*\s*次(?![\u4e00-\u9fa5])|打印(?:本页|正文)?|关闭(?:本页|窗口)?|收藏(?:本页)?|我要纠错|加入收藏"
)
_EDGES = " \t\r\n\u3000\xa0|｜/丨,，;；[]【】()（）·-—>»"


def parse_labels(text: str) -> dict[str, str]:
    """Return field → value of a label line. A value runs to the next known label; an empty one is kept as empty.

    Of several labels for one field the first that has a value counts.
    """
    found: dict[str, str] = {}
    hits = list(_LABEL.finditer(text))
    for index, hit in enumerate(hits):
        end = hits[index + 1].start() if index + 1 < len(hits) else len(text)
        name = _FIELD_OF["".join((hit[1] or hit[2]).split())]
        value = text[hit.end() : end].strip(_EDGES)
        if not found.get(name):
            found[name] = value
    return found


def is_label_line(text: str) -> bool:
    """Say whether a line holds labels and their values and no prose."""
    hits = list(_LABEL.finditer(text))
    if not hits or len(text) > 300:
        return False
    before = text[: hits[0].start()].strip(_EDGES)
    return len(_JUNK.sub("", before)) <= 24 and not before.endswith(("。", "：", "；"))


def tidy_value(value: str) -> str:
    """Return a label's value without the tools that templates print behind it (print, close, font size)."""
    return _JUNK.sub(" ", value).strip(_EDGES)
