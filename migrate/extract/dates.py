"""Dates as Chinese sites write them → ISO 8601 (domain rules, harvest pitfalls: dates)."""

import re
from datetime import date

_DIGITS = {
    **{c: i for i, c in enumerate("〇一二三四五六七八九")},
    "○": 0,
    "零": 0,
    "Ｏ": 0,
    "O": 0,
    "0": 0,
    "元": 1,
    "两": 2,
}
_CHINESE = "〇○零ＯO0一二三四五六七八九十元"
_WIDE = str.maketrans("０１２３４５６７８９：－／．　", "0123456789:-/. ")

_NUMERIC = re.compile(
    r"(?<!\d)((?:19|20)\d{2})\s*(?:[-/.年]|--|——|—|–)\s*(\d{1,2})\s*(?:[-/.月]|--|——|—|–)\s*(\d{1,2})(?!\d)\s*[日号]?"
    r"(?:[T\s,，]{0,3}(?:星期.|周.)?\s*(上午|下午|晚上)?\s*(\d{1,2})\s*[:时点]\s*(\d{1,2})(?!\d)(?:\s*[:分]\s*(\d{1,2}))?)?"
)
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)")
_CHINESE_DATE = re.compile(
    rf"([一二][{_CHINESE}]{{3}})\s*年\s*([{_CHINESE}]{{1,3}})\s*月\s*([{_CHINESE}]{{1,3}})\s*[日号]"
)
_DAY_FIRST = re.compile(r"(?<!\d)(\d{1,2})\s+((?:19|20)\d{2})[-/.年]\s*(\d{1,2})(?!\d)")


def find_date(text: str) -> str | None:
    """Return the first date in the text as `2018-10-18` or, where the time is written, `2018-10-18T09:12`."""
    text = text.translate(_WIDE)
    numeric = _NUMERIC.search(text)
    chinese = _CHINESE_DATE.search(text)
    if chinese and (numeric is None or chinese.start() < numeric.start()):
        return _iso(_chinese_year(chinese[1]), _chinese_number(chinese[2]), _chinese_number(chinese[3]))
    if numeric:
        day = _iso(int(numeric[1]), int(numeric[2]), int(numeric[3]))
        return day and day + _time(numeric[4], numeric[5], numeric[6])
    return None


def find_loose_date(text: str) -> str | None:
    """Return a date as `find_date`, or one written 20181018, or split as day and year-month (`06 2020-11`)."""
    found = find_date(text)
    if found:
        return found
    text = text.translate(_WIDE)
    compact = _COMPACT.search(text)
    if compact:
        return _iso(int(compact[1]), int(compact[2]), int(compact[3]))
    split = _DAY_FIRST.search(text)
    return _iso(int(split[2]), int(split[3]), int(split[1])) if split else None


def is_only_date(text: str) -> bool:
    """Say whether the text is a date, brackets and time apart, and nothing else."""
    text = text.translate(_WIDE).strip(" \t[]【】()（）")
    return any(pattern.fullmatch(text) for pattern in (_NUMERIC, _CHINESE_DATE))


def iso_day(year: str, month: str, day: str) -> str | None:
    """Return the ISO date of three numbers, or None where there is no such day."""
    return _iso(int(year), int(month), int(day))


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _time(half: str | None, hour: str | None, minute: str | None) -> str:
    """Return `T09:12`, or nothing: no time written, or midnight, which templates print for a date alone."""
    if hour is None or minute is None or int(hour) > 23 or int(minute) > 59:
        return ""
    hours = int(hour) + (12 if half in ("下午", "晚上") and int(hour) < 12 else 0)
    return "" if hours == 0 and int(minute) == 0 else f"T{hours:02d}:{int(minute):02d}"


def _chinese_year(text: str) -> int:
    return int("".join(str(_DIGITS.get(character, 0)) for character in text))


def _chinese_number(text: str) -> int:
    """Return 1 to 99 of 一, 十, 十五, 二十, 二十一, 〇六; 0 where it is no number."""
    if "十" in text:
        tens, _ten, ones = text.partition("十")
        return (_DIGITS.get(tens, 1) if tens else 1) * 10 + (_DIGITS.get(ones, 0) if ones else 0)
    return int("".join(str(_DIGITS.get(character, 0)) for character in text))
