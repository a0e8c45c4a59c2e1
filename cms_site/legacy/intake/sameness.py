"""Whether two articles are one thing: by document number, or by title and date, and always by what they say.

Two notices wrongly taken for one lose one of them; one thing wrongly kept twice loses nothing. So an article is the
same as an earlier one only if that says all that it says, in the same order, and offers all of its files. A year, a
name, a batch or a foreword that differs makes another thing; only at its end may the earlier one say more. Lines that
only say who wrote, sent or put it up, above and below a text, are no part of it. What says little is the same only
where all of it is: title, day, text, and files, of which there must be some.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from html import unescape
from typing import NamedTuple

from migrate.numbers import normalised
from migrate.records import Content, Entry, Outcome

MIN_TEXT = 150
"""Characters outside links. What is shorter is a template of two lines (会议通知) that its date alone tells apart, or a
page of pictures, which its pictures tell apart; what has nothing but links is a list."""
MAX_DAYS = 5
"""Between two publications under one title: reposts come within days, and what comes every week is a new thing."""
MIN_ALIKE = 0.9
"""Share of the earlier text that the later one holds: the rest is a signature or an editor's name."""

_LINK = re.compile(r"<a\b[^>]*>.*?</a>", re.DOTALL)
_CELL = re.compile(r"</t[dh]>")
_TAG = re.compile(r"<[^>]*>")
_NOISE = re.compile(
    r"[\s\xad\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff,、:;\"'“”‘’〝〞〟「」『』<>《》〈〉()〔〕\[\]【】_*·•‧・∙—–―…"
    r"，：；＂＇＜＞（）［］＿＊]++"
)
"""What one system writes and another does not, folded (NFKC) or not. Dots, signs and bars stay: 1.5 is not 15."""
_LISTED = re.compile(r"(\d)\s*+[,，、]\s*+(?=\d)")
_UNTIL = re.compile(r"(\d)\s*+[—–―]++\s*+(?=\d)")
"""Between digits these are no noise: neither 1、5 nor 1—5 is 15."""
_SPELLINGS = (("−", "-"), ("‐", "-"), ("‑", "-"), ("〜", "~"), ("○", "〇"), ("⋯", "…"))
"""What conversions from GBK, and keyboards, make of one sign."""
_CHINESE_NOUGHT = re.compile(r"[oO0０ＯοО零](?<=[一二三四五六七八九〇].)(?=[一二三四五六七八九〇])")
_PLAIN = re.compile(r"[\x00-\x9f·—–―‘’“”…\u3000-\u3003\u3007-\u301b\u4e00-\u9fff！-／：-＠［-｀｛-～]*+")
"""Text of which folding changes signs and blanks alone. Nearly all is."""
_SIGNS = [(sign, unicodedata.normalize("NFKC", sign)) for sign in "…！＃＄％＆＋－．／＝？＠＼＾｀｛｜｝～"]
"""Those that are no noise, and what they are folded to. Folding looks at each character: dearer than all the rest."""
_LINE = re.compile(r"</?(?:p|div|br|h\d|section|center|li|tr|table)\b[^>]*>")
_LABEL = (
    "(?:责任|网站|本文)?(?:编辑|责编)|(?:信息|稿件|文章|内容)?(?:来源|出处)|(?:信息|稿件|文章|内容)审核|转自|转载自|供稿|撰稿|作者|校对|通讯员|录入|发布人|"
    "(?:发布|发表|录入)(?:时间|日期)|(?:浏览|阅读|点击)(?:次数|量|数)?"
)
_CREDIT = re.compile(
    rf"[(（【\[]?(?:(?:{_LABEL})\s*[:：](?:(?!(?:{_LABEL})\s*[:：])[^:：。，！？；请]){{0,24}}+)++[)）】\]]?"
)
"""A line that says who wrote, sent or put up a text, or when, and nothing else. A value ends where a label begins:
with 编辑 in 责任编辑 there would be two ways to read each, and to try all takes for ever."""
_DAY = re.compile(r"\d日")
_ISSUER = re.compile(r"^(?!.*(?:转|批|翻|解读|图解).*关于).{2,30}?(?=关于)")
"""Who issues, before 关于: one page names it in the title and another does not. Whoever passes a document on is no
issuer."""


class Print(NamedTuple):
    """The fingerprint of an article: enough to say whether another one is the same."""

    title: str
    """Digest of the whole title."""
    number: str
    """Document number as `migrate.numbers.normalised` has it; empty without one."""
    day: date | None
    subject: str
    """Digest of the title from 关于 on."""
    text: tuple[str, ...]
    """A digest a sentence."""
    files: frozenset[str]
    """Digests of its attachments and images."""

    @property
    def sketch(self) -> str:
        """Return subject, text and files as one string, for the database."""
        return "|".join((self.subject, " ".join(self.text), " ".join(sorted(self.files))))


def read_print(title: str, number: str, day: date | None, sketch: str) -> Print | None:
    """Return a fingerprint as the database keeps it; None where there is none."""
    if not sketch:
        return None
    subject, text, files = sketch.split("|")
    return Print(title, number, day, subject, tuple(text.split()), frozenset(files.split()))


def print_of(entry: Entry) -> Print | None:
    """Return the fingerprint of an article; None for what is never merged.

    That is: what does not move, or is held; what says too little; what has a file that was never captured, for nobody
    knows whether another page offers it.
    """
    content = entry.content
    if content is None or entry.outcome != Outcome.MOVE or entry.held or not entry.title:
        return None
    files = [link.digest[-32:] for link in (*content.attachments, *content.images)]
    body = _without_credits(content.body)
    title, text = _bare(entry.title), _bare(body)
    outside = len(text) - sum(len(_bare(link)) for link in _LINK.findall(body))
    says_little = outside < MIN_TEXT
    if not all(files) or not title or (says_little and (not files or not content.published)):
        return None
    sentences = [content.published[:10] + text + " ".join(sorted(files))] if says_little else _sentences(text)
    return Print(
        _digest(title),
        normalised(content.document_number)[:120],
        _day(content),
        _digest(_ISSUER.sub("", title, count=1)),
        tuple(map(_digest, filter(None, sentences))),
        frozenset(files),
    )


def _without_credits(body: str) -> str:
    """Return a body without the lines above and below its text that only say who wrote, sent or put it up."""
    lines = _LINE.split(body)
    while lines and _is_credit(lines[-1]):
        lines.pop()
    first = next((place for place, line in enumerate(lines) if not _is_credit(line)), 0)
    return "\n".join(lines[first:])


def _is_credit(line: str) -> bool:
    text = unescape(_TAG.sub("", line)).strip()
    return not text or _CREDIT.fullmatch(text) is not None


class Same(NamedTuple):
    """Why two articles are one thing."""

    number: str
    """The document number; empty: title and date told it."""
    percent: int
    """How much of the earlier one's text the later one holds."""


def same(earlier: Print, later: Print) -> Same | None:
    """Say why the later article is the same thing as the earlier one; None if it is another."""
    if earlier.number and later.number and earlier.number != later.number:
        return None
    if not later.files <= earlier.files or earlier.text[: len(later.text)] != later.text:
        return None
    if len(later.text) < MIN_ALIKE * len(earlier.text):
        return None
    percent = 100 * len(later.text) // len(earlier.text)
    if later.number and earlier.number and earlier.subject == later.subject:
        return Same(later.number, percent)
    if earlier.title == later.title and _near(earlier.day, later.day):
        return Same("", percent)
    return None


def _near(first: date | None, second: date | None) -> bool:
    return first is not None and second is not None and abs((first - second).days) <= MAX_DAYS


def _day(content: Content) -> date | None:
    try:
        return date.fromisoformat(content.published[:10])
    except ValueError:
        return None


def _bare(markup: str) -> str:
    """Return what a text says, in one spelling: no markup, blanks, quotation marks, commas or brackets."""
    text = _replaced(unescape(_TAG.sub("", _CELL.sub("|", markup))), _SPELLINGS)
    text = _folded(_CHINESE_NOUGHT.sub("〇", text))
    return _NOISE.sub("", _UNTIL.sub(r"\1-", _LISTED.sub(r"\1|", text))).lower()


def _folded(text: str) -> str:
    return _replaced(text, _SIGNS) if _PLAIN.fullmatch(text) else unicodedata.normalize("NFKC", text)


def _replaced(text: str, signs: Iterable[tuple[str, str]]) -> str:
    for sign, other in signs:
        text = text.replace(sign, other)
    return text


def _sentences(text: str) -> list[str]:
    """Return a bare text, which has no line ends, in parts: up to a full stop, or to a day."""
    for stop in "。!?":
        text = text.replace(stop, f"{stop}\n")
    return _DAY.sub(r"\g<0>\n", text).split("\n")


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
