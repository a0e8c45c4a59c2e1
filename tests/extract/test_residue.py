"""Nothing is lost in silence: a container's text = the body's + what was removed under a name + what is left over."""

import re
from re import _constants, _parser  # type: ignore[attr-defined]  # how a pattern begins is asked of its parser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.config import SiteConfig, SiteIdentity
from migrate.extract import Page, extract, residue
from migrate.extract.body import find_container, trim
from migrate.extract.clean import clean_body
from migrate.extract.dom import squeeze
from migrate.extract.heading import find_heading
from migrate.extract.page import Parsed, parse, prepare
from migrate.families import load_families
from tests.extract.conftest import ROOT

FAMILIES = load_families(ROOT / "mappings" / "families.yaml")
SITE = SiteConfig(
    SiteIdentity(id="dahe", name="大河镇人民政府", url="http://www.dahe.example.gov.cn/", channel="/t/d/")
)
URL = "http://www.dahe.example.gov.cn/zwdt/202007/t20200701_55.html"

TYPED = (
    "<p>{0}</p>",
    "<h2>{0}</h2>",
    "<p>【{0}】</p>",
    "{0}<br>",
    "<ul><li>{0}</li><li>第二</li></ul>",
    "<table><tr><td colspan='2'>{0}</td></tr><tr><td>1</td><td>无</td></tr></table>",
    "<p><span style='font-weight:bold'><font face='黑体'>{0}</font></span></p>",
    "<section><section>{0}</section></section>",
    "<center>{0}</center>",
    "<p><a href='javascript:;'>{0}</a></p>",
    "<p>附件：<a href='/a.doc'>{0}.doc</a></p>",
    "<p><img src='/1.jpg'>{0}</p>",
    "<p>{0}</p><iframe src='/pdf/viewer.html?file=/{0}.pdf'></iframe>",
    "<form><p>{0}</p><input value='x'></form>",
    "<p class='MsoListParagraph' style='mso-list:l0 level1 lfo1'><span style='font-family:Wingdings'>"
    "<span style='mso-list:Ignore'>l&nbsp;</span></span>{0}</p>",
    "<div><div>{0}</div><div>&nbsp;</div></div>",
    "<p>{0}<xml><w:View>Normal</w:View></xml></p>",
    "<object data='/{0}.pdf'>请安装阅读器</object><p>{0}</p>",
    "<p><button>{0}</button></p>",
)
"""What editors put into bodies: its text must arrive."""
HIDDEN = ("<object>{0}</object>", "<iframe src='http://else.example.com/'>{0}</iframe>")
"""What can't be moved: its text must be counted."""
PRINTED = (
    "<p>责任编辑：李四</p>",
    "<p>【<a href='javascript:window.print()'>打印本页</a>】【<a href='javascript:window.close()'>关闭窗口</a>】</p>",
    "<ul class='share'><li>微信</li><li>微博</li></ul>",
    "<p>上一篇：<a href='1.html'>关于修路的通知</a></p><p>下一篇：没有了</p>",
    "<p><a href='55_2.html'>2</a> <a href='55_2.html'>下一页</a></p>",
    "<p>扫一扫在手机打开<a href='#'>当前页</a></p>",
)
"""What templates put below: it is removed under a name."""

pieces = st.lists(st.sampled_from([*((t, "typed") for t in TYPED), *((h, "hidden") for h in HIDDEN)]), max_size=9)


def parsed_page(body: str) -> Parsed:
    html = (
        "<html><head><title>大河镇开展环境整治</title></head><body><h1>大河镇开展环境整治</h1>"
        f"<div>时间：2020-07-01 来源：大河镇</div><div id='zoom'>{body}</div></body></html>"
    )
    parsed = parse(Page(URL, URL, html.encode(), "text/html; charset=utf-8"), SITE, FAMILIES)
    prepare(parsed)
    return parsed


@given(pieces, st.lists(st.sampled_from(PRINTED), max_size=3))
@settings(max_examples=150, deadline=None)
def test_every_character_is_accounted_for(body: list[tuple[str, str]], tail: list[str]) -> None:
    words = [f"第{number}件要紧的事情" for number in range(len(body))]
    first = "<p>各村民委员会：</p>"
    html = first + "".join(piece.format(word) for (piece, _kind), word in zip(body, words, strict=True))
    parsed = parsed_page(html + "".join(tail))
    heading = find_heading(parsed)
    container = find_container(parsed, heading)
    assert container is not None and container.origin == "selector:#Zoom"
    text = len(squeeze(container.node.text()))
    trim(parsed, container, "大河镇开展环境整治")
    cleaned = clean_body(parsed, container.node)
    removed = sum(container.removed.values()) + sum(cleaned.removed.values())
    left = text + cleaned.added - removed - len(squeeze(cleaned.text))
    hidden = sum(len(word) for (_piece, kind), word in zip(body, words, strict=True) if kind == "hidden")
    assert left == hidden
    assert container.lost == 0
    for (_piece, kind), word in zip(body, words, strict=True):
        assert (word in cleaned.text) == (kind == "typed")
    for piece in ("责任编辑", "打印本页", "微信", "上一篇", "下一页"):
        assert piece not in cleaned.text


@given(st.lists(st.sampled_from(HIDDEN), min_size=1, max_size=4), st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_what_is_left_over_is_said_whatever_was_added(hidden: list[str], viewers: int) -> None:
    """The names of files that viewers show are no text of the page: they must not hide what was lost."""
    frames = "".join(f"<iframe src='/upload/a-very-long-name-of-a-file-{n}.pdf'></iframe>" for n in range(viewers))
    body = "<p>正文。</p>" + "".join(piece.format("丢失的字") for piece in hidden) + frames
    html = (
        "<html><head><title>大河镇开展环境整治</title></head><body><h1>大河镇开展环境整治</h1>"
        f"<div>时间：2020-07-01 来源：大河镇</div><div id='zoom'>{body}</div></body></html>"
    )
    findings = extract(Page(URL, URL, html.encode(), "text/html; charset=utf-8"), SITE, FAMILIES).findings
    (finding,) = [finding for finding in findings if finding.check == "extract.leftover"]
    assert finding.message.startswith(f"{4 * len(hidden)} ")


def first_letters(pattern: list[tuple[Any, Any]]) -> tuple[set[str], bool]:
    """Return the letters that a parsed pattern may begin with (`any` for a dot), and whether it may match nothing."""
    found: set[str] = set()
    for kind, what in pattern:
        letters, empty = letters_of(kind, what)
        found |= letters
        if not empty:
            return found, False
    return found, True


def letters_of(kind: Any, what: Any) -> tuple[set[str], bool]:
    """Return the same of one part of it."""
    if kind is _constants.AT or kind in (_constants.ASSERT, _constants.ASSERT_NOT):
        return set(), True
    if kind is _constants.LITERAL:
        return {chr(what)}, False
    if kind is _constants.ANY:
        return {"any"}, False
    if kind is _constants.IN:
        return {chr(code) for name, code in what if name is _constants.LITERAL}, False
    if kind is _constants.SUBPATTERN:
        return first_letters(what[3])
    if kind is _constants.BRANCH:
        branches = [first_letters(branch) for branch in what[1]]
        return set().union(*(letters for letters, _empty in branches)), any(empty for _letters, empty in branches)
    least, _most, repeated = what
    letters, empty = first_letters(repeated)
    return letters, empty or least == 0


@pytest.mark.parametrize(
    "name", ["_TAIL_LABELS", "_TAIL_PHRASES", "_FIXED", "_BESIDE_LINKS", "_SECTION", "_OPENS_FOOT"]
)
def test_no_word_begins_with_a_letter_that_is_passed_over(name: str) -> None:
    """What begins with any letter (`.{0,4}ICP备`, `.{0,60}版权归`) is looked for by itself."""
    pattern = getattr(residue, name)
    letters, empty = first_letters(_parser.parse(pattern.pattern))  # type: ignore[arg-type]
    assert not empty
    either = {letter.upper() for letter in letters} | letters if pattern.flags & re.IGNORECASE else letters
    assert either - {"any", "ANY", "I"} <= residue._FIRST_LETTERS | set(residue._BEFORE_WORDS)
    assert "any" not in letters or re.search(r"ICP备|版权归", pattern.pattern)
