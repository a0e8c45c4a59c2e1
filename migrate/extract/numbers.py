"""发文字号: the grammar of GB/T 9704-2012 and how old pages bend it (domain rules, document numbers)."""

import re

_AGENCY = r"[\u4e00-\u9fa5]{2,20}(?:[（(][\u4e00-\u9fa5]{1,8}[）)][\u4e00-\u9fa5]{0,6})?"
_OPEN, _CLOSE = r"[〔\[［（(【﹝〈<《]", r"[〕\]］）)】﹞〉>》]"
_NUMBER = re.compile(rf"{_AGENCY}\s*{_OPEN}\s*(?:19|20)\d{{2}}\s*年?\s*{_CLOSE}\s*第?\s*\d{{1,5}}\s*号")
_STRICT = re.compile(r"[\u4e00-\u9fa5]{2,20}〔(?:19|20)\d{2}〕[1-9]\d{0,4}号")
_BRACKETS = str.maketrans("[［（(【﹝〈<《]］）)】﹞〉>》", "〔" * 9 + "〕" * 9)
_WIDE = str.maketrans("０１２３４５６７８９", "0123456789")
_BODY_NUMBER = re.compile(rf"({_NUMBER.pattern})(?=[：:》）)]|$|关于)")


def find_number(text: str) -> str | None:
    """Return the first document number in the text as written, or None."""
    found = _NUMBER.search(text)
    return found[0].strip() if found else None


def number_of_line(text: str) -> str | None:
    """Return the number where it is all of a line, or what the line begins with before a colon: a number in the middle
    of a sentence is a citation.
    """
    text = text.strip(" \u3000（(【[")
    found = _BODY_NUMBER.match(text)
    return found[1].strip() if found else None


def normalised(number: str) -> str:
    """Return the number for comparison: brackets as 〔〕, ASCII digits, no blanks, no 第, no leading zeros."""
    text = "".join(number.split()).translate(_WIDE)
    head, mark, tail = text.translate(_BRACKETS).rpartition("〔")
    if not mark:
        return text
    year, _mark, rest = tail.partition("〕")
    return f"{head.replace('〔', '（').replace('〕', '）')}〔{year.rstrip('年')}〕{rest.removeprefix('第').lstrip('0')}"


def is_strict(number: str) -> bool:
    """Say whether the number, normalised, follows the standard."""
    return _STRICT.fullmatch(normalised(number)) is not None
