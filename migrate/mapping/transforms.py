"""What a rule's `set` does to a value on its way: small named transforms, each a function from values to values.

A value is a list of texts: usually one, several after `split` or from a breadcrumb, none where there is nothing.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from urllib.parse import unquote, urlsplit

from migrate.config.rules import META, Step, Transform
from migrate.records import Field, Record

_BLANKS = " \t\r\n\f\v\u3000\xa0\u200b\ufeff"
_SPLIT_DAY = r"(?P<year>(?:19|20)\d{2})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})\s*日?"
_DAY = re.compile(rf"(?<!\d)(?:{_SPLIT_DAY}|(?P<y>(?:19|20)\d{{2}})(?P<m>\d{{2}})(?P<d>\d{{2}}))(?!\d)")
_TIME = re.compile(r"[T\s]*(?P<hour>[01]?\d|2[0-3])\s*[:：时]\s*(?P<minute>[0-5]\d)")
_CHINESE_DAY = re.compile(
    r"([〇○零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,3})月([一二三四五六七八九十]{1,3})日"
)
_DIGITS = dict(zip("〇○零一二三四五六七八九", "000123456789", strict=True))
_DATE_FIELDS = ("published", "written_on", "effective_on", "repeal_on")

_FROM_META, _FROM_PATH, _FROM_NOTHING = 0.9, 0.6, 0.5
"""Confidence in a value that a rule took from a META tag, from the address, from nowhere (`default`)."""


def value_of(name: str, steps: Sequence[str | Step], record: Record) -> Field | None:
    """Return the value that the first of some steps gives for a field of a record; None where none does.

    Days must be days: what the steps leave of a date (`published`, `repeal_on` …) goes through `date`.
    """
    for step in steps:
        origin, applied = (step, ()) if isinstance(step, str) else (step.source, step.apply)
        found, confidence = _origin(origin, record)
        for item in applied:
            found = apply(found, item)
        if name in _DATE_FIELDS:
            found = apply(found, "date")
        if found:
            return Field(found[0], f"rule:{origin or 'default'}", confidence)
    return None


def _origin(origin: str, record: Record) -> tuple[list[str], float]:
    """Return the texts that stand at an origin, and how far they can be trusted."""
    if origin.startswith(META):
        wanted = origin.removeprefix(META).lower()
        return _filled(text for key, text in record.meta.items() if key.lower() == wanted)[:1], _FROM_META
    if origin == "path":
        return _filled(unquote(urlsplit(record.key).path).split("/")), _FROM_PATH
    if origin == "breadcrumb":
        return _filled(record.breadcrumb), _FROM_META
    found = field_of(record, origin) if origin else None
    return (_filled([found.value]), found.confidence) if found else ([], _FROM_NOTHING)


def field_of(record: Record, name: str) -> Field | None:
    """Return a field of a record by its name, those of the policy head too."""
    found = record.policy_head.get(name) or getattr(record, name, None)
    return found if isinstance(found, Field) else None


def apply(values: list[str], transform: str | Transform) -> list[str]:
    """Return what one transform makes of the values; what becomes empty is left out."""
    if isinstance(transform, str):
        transform = Transform(strip=_BLANKS) if transform == "strip" else Transform(date=())
    if transform.default is not None:
        return values or [transform.default]
    if transform.part is not None:
        place = transform.part - 1 if transform.part > 0 else len(values) + transform.part
        return values[place : place + 1] if place >= 0 else []
    if transform.join is not None:
        return [transform.join.join(values)] if values else []
    return _filled(part for value in values for part in _of_one(value, transform))


def _of_one(value: str, transform: Transform) -> list[str]:
    if transform.strip is not None:
        return [value.strip(transform.strip)]
    if transform.replace is not None:
        return [_replaced(value, transform.replace)]
    if transform.table is not None:
        return [transform.table[value]] if value in transform.table else []
    if transform.split is not None:
        return value.split(transform.split)
    return [_as_day(value, transform.date or ())]


def _filled(values: Iterable[str]) -> list[str]:
    return [text for value in values if (text := value.strip(_BLANKS))]


def _replaced(value: str, texts: Mapping[str, str]) -> str:
    for old, new in texts.items():
        value = value.replace(old, new)
    return value


def _as_day(text: str, forms: Sequence[str]) -> str:
    """Return the day, with the time where there is one, as ISO 8601; empty where the text has none."""
    for form in forms:
        try:
            found = datetime.strptime(text, form)
        except ValueError:
            continue  # another form may fit
        return found.date().isoformat() if found.time() == datetime.min.time() else found.isoformat("T", "minutes")
    return "" if forms else _usual_day(_in_digits(text))


def _usual_day(text: str) -> str:
    found = _DAY.search(text)
    if found is None:
        return ""
    year, month, day = (found[name] or found[name[0]] for name in ("year", "month", "day"))
    try:
        iso = date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""  # a number that looks like a day
    time = _TIME.match(text, found.end())
    return f"{iso}T{int(time['hour']):02}:{time['minute']}" if time else iso


def _in_digits(text: str) -> str:
    """Return a day in Chinese numerals, 二〇一六年五月三日, with digits."""
    return _CHINESE_DAY.sub(
        lambda found: f"{''.join(map(_DIGITS.__getitem__, found[1]))}年{_number(found[2])}月{_number(found[3])}日", text
    )


def _number(numeral: str) -> int:
    """Return a numeral below a hundred: 五, 十二, 三十一."""
    tens, ten, ones = numeral.rpartition("十")
    return (int(_DIGITS[tens]) if tens else 1) * 10 * bool(ten) + (int(_DIGITS[ones]) if ones else 0)
