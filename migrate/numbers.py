"""发文字号 compared: the same number, however its brackets, digits and blanks are written (GB/T 9704-2012)."""

import re

_AGENCY = r"[\u4e00-\u9fa5]{2,20}(?:[（(][\u4e00-\u9fa5]{1,8}[）)][\u4e00-\u9fa5]{0,6})?"
_OPEN, _CLOSE = r"[〔\[［（(【﹝〈<《]", r"[〕\]］）)】﹞〉>》]"
NUMBER = re.compile(rf"{_AGENCY}\s*{_OPEN}\s*(?:19|20)\d{{2}}\s*年?\s*{_CLOSE}\s*第?\s*\d{{1,5}}\s*号")
"""A number as written: agency, bracketed year, count."""
_BRACKETS = str.maketrans("[［（(【﹝〈<《]］）)】﹞〉>》", "〔" * 9 + "〕" * 9)
_WIDE = str.maketrans("０１２３４５６７８９", "0123456789")


def normalised(number: str) -> str:
    """Return the number for comparison: brackets as 〔〕, ASCII digits, no blanks, no 第, no leading zeros.

    Several numbers are compared in their order, with one blank between them.
    """
    several = NUMBER.findall(number)
    if len(several) > 1:
        return " ".join(map(_normalised, several))
    return _normalised(number)


def _normalised(number: str) -> str:
    text = "".join(number.split()).translate(_WIDE)
    head, mark, tail = text.translate(_BRACKETS).rpartition("〔")
    if not mark:
        return text
    year, _mark, rest = tail.partition("〕")
    if not year[:4].isdigit():
        return f"{head.replace('〔', '（').replace('〕', '）')}{year}{rest}"  # an order's count in brackets
    return f"{head.replace('〔', '（').replace('〕', '）')}〔{year.rstrip('年')}〕{rest.removeprefix('第').lstrip('0')}"
