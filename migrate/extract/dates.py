"""Dates as Chinese sites write them → ISO 8601 in the sites' own time (domain rules, harvest pitfalls: dates)."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache

_ZEROS = "〇○◯零ＯOo0"
_DIGITS = {
    **{c: i for i, c in enumerate("0123456789")},
    **{c: i for i, c in enumerate("〇一二三四五六七八九")},
    **dict.fromkeys(_ZEROS, 0),
    "元": 1,
    "两": 2,
}
_CHINESE = f"{_ZEROS}一二三四五六七八九十元"
_ANY = rf"(?:\d{{1,2}}|[{_CHINESE}]{{1,3}})"
_WIDE = str.maketrans("０１２３４５６７８９：－／．　［］", "0123456789:-/. []")
_CHINA = timezone(timedelta(hours=8))

_CLOCK = (
    r"(?:[T\s,，]{0,3}[(（]?(?:星期.|周.|礼拜.)?[)）]?\s*(上午|下午|晚上|中午|凌晨|早上|AM|PM)?\s*(\d{1,2})\s*[:时点]\s*(\d{1,2})(?!\d)"
    r"(?:\s*[:分]\s*\d{1,2}(?:\.\d{1,9})?)?\s*秒?(?:\s*(AM|PM)\b)?(?:\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})(?![\d:]))?)?"
)
_DASH = r"\s*(?:[-/.年]|--|——|—|–)\s*"
_NUMERIC = re.compile(
    rf"(?<!\d)((?:19|20)\d{{2}}){_DASH}(\d{{1,2}}){_DASH.replace('年', '月')}(\d{{1,2}})(?!\d)\s*[日号]?{_CLOCK}",
    re.IGNORECASE,
)
_CHINESE_DATE = re.compile(
    rf"(?<![{_CHINESE}])((?:19|20)\d{{2}}|[一二][{_CHINESE}]{{3}})\s*年\s*({_ANY})\s*月\s*({_ANY})\s*[日号]{_CLOCK}",
    re.IGNORECASE,
)
_COMPACT = re.compile(
    r"(?<!\d)((?:19|20)\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?:\s?([01]\d|2[0-3]):?([0-5]\d)(?::?[0-5]\d)?)?(?!\d)"
)
_DAY_FIRST = re.compile(r"(?<!\d)(\d{1,2})\s*[日/,，]?\s+((?:19|20)\d{2})[-/.年]\s*(\d{1,2})(?![\d/.-])")
_YEAR_APART = re.compile(r"(?<!\d)((?:19|20)\d{2})\s*年?\s+(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?![\d/.-])")
_YEAR_LAST = re.compile(r"(?<![\d/.-])(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?\s+((?:19|20)\d{2})(?![\d/.:-])")
_AMERICAN = re.compile(rf"(?<![\d/])(\d{{1,2}})/(\d{{1,2}})/((?:19|20)\d{{2}})(?![\d/]){_CLOCK}", re.IGNORECASE)
_SHORT_YEAR = re.compile(
    rf"[\[(（【]?\s*'?(\d{{2}})(?:([-/.])(\d{{1,2}})\2|年(\d{{1,2}})月)(\d{{1,2}})日?(?!\d){_CLOCK}"
)
_SINCE_1970 = re.compile(r"1\d{9}(?:\d{3})?")
_MONTHS = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_MONTH = rf"({'|'.join(_MONTHS)})[a-z]{{0,6}}\.?"
_DAY_MONTH = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)?[\s-]+{_MONTH},?[\s-]+((?:19|20)\d{{2}}){_CLOCK}", re.IGNORECASE
)
_MONTH_DAY = re.compile(
    rf"\b{_MONTH}\s+(\d{{1,2}})(?:st|nd|rd|th)?\s*,?\s+(?:(\d{{1,2}}:\d{{2}})(?::\d{{2}})?\s+(?:CST|[A-Z]{{3,4}}(?:[+-]\d{{1,2}}:?\d{{0,2}})?)?\s*)?"
    rf"((?:19|20)\d{{2}})",
    re.IGNORECASE,
)
_YEAR = re.compile(r"1[9９]|１[9９]|2[0０]|２[0０]|年")
"""Without it no text holds a date that is written out: a cheap look, most lines have none."""
_MIDNIGHT = re.compile(r"T00:00")
_MOST = 300
"""Characters of a text in which a date is looked for: no label line is longer."""


@lru_cache(maxsize=4096)  # the lines of a page are asked by several readers
def find_date(text: str) -> str | None:
    """Return the first date in the text as `2018-10-18` or, where the time is written, `2018-10-18T09:12`.

    The year is written out, the order is year, month, day, in figures or in Chinese. None where there is no such day.
    """
    if not _YEAR.search(text):
        return None
    text = text.translate(_WIDE)
    found = min(
        filter(None, (_NUMERIC.search(text), _CHINESE_DATE.search(text))), key=lambda match: match.start(), default=None
    )
    if found is None:
        return None
    day = _iso(_chinese_year(found[1]), _chinese_number(found[2]), _chinese_number(found[3]))
    return day and _at(day, found.groups()[3:8])


def find_loose_date(text: str) -> str | None:
    """Return a date as `find_date`, or one in a form that stands for a date only where one is expected.

    20181018, 20181018091200; day or year in an element of its own (`06 2020-11`, `2020 11-06`); 15-3-2;
    3/2/2015 9:12:00 PM; Mon, 02 Mar 2015; Mon Mar 02 09:12:00 CST 2015; Mar 2, 2015; seconds or milliseconds
    since 1970.
    """
    found = find_date(text)
    if found:
        return found
    text = text.translate(_WIDE)[:_MOST].strip()
    for read in (_since_1970, _compact, _apart, _american, _short_year, _english):
        found = read(text)
        if found:
            return found
    return None


def is_only_date(text: str) -> bool:
    """Say whether the text is a date, brackets and time apart, and nothing else."""
    if not _YEAR.search(text):
        return False
    text = text.translate(_WIDE).strip(" \t[]【】()（）")
    return _NUMERIC.fullmatch(text) is not None or _CHINESE_DATE.fullmatch(text) is not None


def iso_day(year: str, month: str, day: str) -> str | None:
    """Return the ISO date of three numbers, or None where there is no such day."""
    return _iso(int(year), int(month), int(day))


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _at(day: str, clock: Sequence[str | None]) -> str:
    """Return the day with its time: none where none is written, or midnight, which templates print for a date alone.

    `clock` is what `_CLOCK` found: 上午 or AM before the time, hour, minute, AM behind it, zone.
    """
    before, hour, minute, after, zone = clock
    if hour is None or minute is None or int(hour) > 23 or int(minute) > 59:
        return day
    half = (before or after or "").upper()
    hours = int(hour)
    if half in ("下午", "晚上", "PM") or (half == "中午" and hours < 11):
        hours += 12 if hours < 12 else 0
    elif half in ("上午", "凌晨", "AM") and hours == 12:
        hours = 0
    written = f"{day}T{hours:02d}:{int(minute):02d}"
    return _MIDNIGHT.sub("", _in_china(written, zone) if zone else written)


def _in_china(written: str, zone: str) -> str:
    """Return a time of another zone as the clocks of the site show it."""
    offset = "+00:00" if zone.upper() in ("Z", "UTC", "GMT") else zone
    try:
        moment = datetime.fromisoformat(written + offset)
        return moment.astimezone(_CHINA).strftime("%Y-%m-%dT%H:%M")
    except (ValueError, OverflowError):
        return written


def _since_1970(text: str) -> str | None:
    if not _SINCE_1970.fullmatch(text) or _COMPACT.fullmatch(text):
        return None
    seconds = int(text) // (1000 if len(text) > 10 else 1)
    return _MIDNIGHT.sub("", datetime.fromtimestamp(seconds, UTC).astimezone(_CHINA).strftime("%Y-%m-%dT%H:%M"))


def _compact(text: str) -> str | None:
    found = _COMPACT.search(text)
    day = _iso(int(found[1]), int(found[2]), int(found[3])) if found else None
    return _at(day, (None, found[4], found[5], None, None)) if found and day else None


def _apart(text: str) -> str | None:
    """Read a date whose day or year stands in an element of its own."""
    if found := _DAY_FIRST.search(text):
        return _iso(int(found[2]), int(found[3]), int(found[1]))
    if found := _YEAR_APART.search(text):
        return _iso(int(found[1]), int(found[2]), int(found[3]))
    if found := _YEAR_LAST.search(text):
        return _iso(int(found[3]), int(found[1]), int(found[2]))
    return None


def _american(text: str) -> str | None:
    """Read month/day/year, as servers print that were never told where they are; day/month/year where that is none."""
    found = _AMERICAN.search(text)
    if found is None:
        return None
    first, second, year = int(found[1]), int(found[2]), int(found[3])
    day = _iso(year, first, second) or _iso(year, second, first)
    return day and _at(day, found.groups()[3:8])


def _short_year(text: str) -> str | None:
    found = _SHORT_YEAR.match(text)
    if found is None:
        return None
    year = int(found[1])
    day = _iso(year + (1900 if year >= 90 else 2000), int(found[3] or found[4]), int(found[5]))
    return day and _at(day, found.groups()[5:10])


def _english(text: str) -> str | None:
    if found := _DAY_MONTH.search(text):
        day = _iso(int(found[3]), _MONTHS[found[2].lower()], int(found[1]))
        return day and _at(day, found.groups()[3:8])
    if found := _MONTH_DAY.search(text):
        day = _iso(int(found[4]), _MONTHS[found[1].lower()], int(found[2]))
        hour, _mark, minute = (found[3] or "").partition(":")
        return day and _at(day, (None, hour or None, minute or None, None, None))
    return None


def _chinese_year(text: str) -> int:
    return int("".join(str(_DIGITS.get(character, 0)) for character in text))


def _chinese_number(text: str) -> int:
    """Return 1 to 99 of 一, 十, 十五, 二十, 二十一, 〇六, 06; 0 where it is no number."""
    if "十" in text:
        tens, _ten, ones = text.partition("十")
        return (_DIGITS.get(tens, 1) if tens else 1) * 10 + (_DIGITS.get(ones, 0) if ones else 0)
    return int("".join(str(_DIGITS.get(character, 0)) for character in text))
