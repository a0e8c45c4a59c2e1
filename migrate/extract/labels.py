"""The label line under a title: `发布时间：2016-05-03 09:12 来源：县政府办 作者： 浏览次数：123 【字体：大 中 小】`."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

_MOST = 300
"""Characters of a label line."""
_MOST_BARE = 120
_ALIASES = {
    "published": (
        "发布日期时间 发布时间 发布日期 发表时间 发表日期 发表于 发布于 发布 公开日期 公开时间 公布日期 "
        "公布时间 信息时间 信息日期 文章日期 文章时间 新闻日期 新闻时间 刊登日期 刊发时间 上网时间 上网日期 "
        "上传时间 上传日期 上稿时间 提交时间 添加时间 添加日期 录入时间 录入日期 创建时间 创建日期 加入时间 "
        "入库时间 发稿时间 发稿日期 发文时间 发帖时间 推送时间 编辑时间 撰写时间 日期 时间 "
        "發佈時間 發布時間 發佈日期 發布日期 發表時間 時間 release_time "
        "release_date publish_time publish_date published_on published pub_date post_time post_date posted_on "
        "date time"
    ),
    "updated": "更新时间 更新日期 更新于 修改时间 修改日期 最后更新 最后更新时间 最后修改 更新時間 更新日期 updated",
    "written_on": "成文日期 成文时间 生成日期 生成时间 印发日期 印发时间 签发日期 签发时间 发文日期 制发日期",
    "source": (
        "文章来源 信息来源 稿件来源 新闻来源 内容来源 消息来源 图文来源 资讯来源 转载来源 原文来源 来源单位 "
        "来源部门 来源于 来源 来自 出处 稿源 信息提供 信息提供单位 提供单位 转自 摘自 "
        "來源 文章來源 信息來源 新聞來源 資料來源 source origin"
    ),
    "author": (
        "文章作者 本文作者 作者 撰稿人 撰稿 撰文 供稿单位 供稿人 供稿 通讯员 发布人 发布者 发布单位 发表者 "
        "发布科室 录入者 录入员 录入人 录入 编辑人 发稿人 上传者 文/图 图/文 文图 author by"
    ),
    "editor": (
        "责任编辑 值班编辑 本文责编 责编 编辑 编辑者 审核人 审核 校对 摄影 签发人 签发 审签 审稿 初审 复审 "
        "终审 一审 二审 三审 编审 监审 监制 主编 editor"
    ),
    "counter": (
        "浏览次数 浏览量 浏览数 浏览人数 浏览 阅读次数 阅读量 阅读数 阅读人数 阅读 点击次数 点击数 点击量 "
        "点击率 点击 访问量 访问次数 访问人数 访问 人气 点播次数 查看次数 查看 热度 "
        "瀏覽次數 瀏覽 點擊次數 點擊數 點擊 閱讀次數 閱讀 訪問量 page_views views hits"
    ),
    "tool": (
        "字體 字號 字体大小 字体显示 字体 字号 文字大小 视力保护色 背景色 分享到 分享至 分享 评论 扫一扫 关键词 关键字 "
        "标签 所属栏目 栏目 分类 类别 所属类别 打印"
    ),
}
"""Field → its labels, blanks inside a label written as _."""
_FIELD_OF = {alias.replace("_", ""): name for name, aliases in _ALIASES.items() for alias in aliases.split()}
_LONGEST = max(map(len, _FIELD_OF))
_NEVER_BARE = frozenset({"发布", "访问", "查看", "分类", "栏目", "类别", "标签", "打印", "by", "date", "time"})
"""Labels that are ordinary words: without a colon they are none."""


_MARK = re.compile(r":|：|1(?<!\d1)9\d{2}(?!\d)|2(?<!\d2)0\d{2}(?!\d)")
"""What stands behind a label: a colon or, without one, a year. Each way begins with a letter of its own: what has none
of them is passed over at once.
"""
_WORD = re.compile(r"[^\s|｜【】\[\]]+")
_UNKNOWN = re.compile(r"[\s\u3000]+[\u4e00-\u9fa5]{2,5}[\s\u3000]*[:：].*$|[\s\u3000]*[｜|].*$|[\s\u3000]{2,}\d+$")
"""What begins behind a value with a label that nobody knows."""
_JUNK = re.compile(
    r"【[^】]*】|\[[^\]]*\]|\d*\s*次(?![\u4e00-\u9fa5])|打印(?:本页|正文)?|关闭(?:本页|窗口)?|收藏(?:本页)?|我要纠错|加入收藏"
)
_EDGES = " \t\r\n\u3000\xa0|｜/丨,，;；[]【】()（）·-—>»"


class Hit(NamedTuple):
    """A label in a text."""

    name: str
    """Its field."""
    start: int
    end: int
    """Where its value may begin."""


def find_labels(text: str, words: Mapping[str, str] = _FIELD_OF) -> list[Hit]:
    """Return the labels of a text from left to right: known words, blanks between their letters allowed.

    `words` is label → field, written without blanks and in lower case.
    """
    return list(_known_labels(text)) if words is _FIELD_OF and len(text) <= _MOST else _labels_in(text, words)


@lru_cache(maxsize=4096)  # the lines of a page are asked by several readers
def _known_labels(text: str) -> tuple[Hit, ...]:
    return tuple(_labels_in(text, _FIELD_OF))


def _labels_in(text: str, words: Mapping[str, str]) -> list[Hit]:
    found: list[Hit] = []
    for mark in _MARK.finditer(text):
        is_colon = mark[0] in ":："
        least = found[-1].end if found else 0
        hit = _label_before(text[: mark.start()], words, least=least, is_bare=not is_colon)
        if hit:
            found.append(Hit(hit.name, hit.start, mark.end() if is_colon else mark.start()))
    return found


def _label_before(text: str, words: Mapping[str, str], *, least: int, is_bare: bool) -> Hit | None:
    """Return the longest label that a text ends with, blanks apart, and that is no part of a longer word."""
    letters, best = "", None
    for start in range(len(text) - 1, least - 1, -1):
        letter = text[start]
        if letter.isspace():
            continue
        letters = letter.lower() + letters
        if len(letters) > _LONGEST:
            break
        name = words.get(letters)
        if name and not (is_bare and letters in _NEVER_BARE) and not _goes_on(letter, text[start - 1 : start]):
            best = Hit(name, start, len(text))
    return best


def _goes_on(letter: str, before: str) -> bool:
    """Say whether a word that begins with this letter began earlier."""
    if "\u4e00" <= letter <= "\u9fa5":
        return "\u4e00" <= before <= "\u9fa5"
    return before.isalpha()


def parse_labels(text: str) -> dict[str, str]:
    """Return field → value of a label line. A value runs to the next known label; an empty one is kept as empty.

    Of several labels for one field the first that has a value counts.
    """
    return _values(text, find_labels(text))


def parse_bare_labels(text: str) -> dict[str, str]:
    """Return field → value of a short line whose labels have no colons: `发布时间 2016-05-03 来源 县卫计局 浏览 16`.

    Only for a line that has a date under a label, or begins with a label: in prose the same words are none.
    """
    if len(text) > _MOST_BARE:
        return {}
    words = [
        Hit(name, word.start(), word.end())
        for word in _WORD.finditer(text)
        if word[0].lower() not in _NEVER_BARE and (name := label_of(word[0]))
    ]
    if not words or (words[0].start and not parse_labels(text).get("published")):
        return {}
    return _values(text, words)


def _values(text: str, hits: list[Hit]) -> dict[str, str]:
    found: dict[str, str] = {}
    for index, hit in enumerate(hits):
        end = hits[index + 1].start if index + 1 < len(hits) else len(text)
        if not found.get(hit.name):
            found[hit.name] = text[hit.end : end].strip(_EDGES)
    return found


def label_of(text: str) -> str | None:
    """Return the field that a text is the label of, and nothing else; None if it is no label."""
    return _FIELD_OF.get("".join(text.split()).rstrip(":：").strip("【】[]").lower())


def is_label_line(text: str) -> bool:
    """Say whether a line holds labels and their values and no prose."""
    hits = find_labels(text) if len(text) <= _MOST else []
    if not hits:
        return False
    before = text[: hits[0].start].strip(_EDGES)
    return len(_JUNK.sub("", before)) <= 24 and not before.endswith(("。", "：", "；"))


def tidy_value(value: str) -> str:
    """Return a label's value without the tools that templates print behind it (print, close, font size)."""
    return _UNKNOWN.sub("", _JUNK.sub(" ", value).strip(_EDGES)).strip(_EDGES)
