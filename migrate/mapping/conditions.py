"""What a rule asks of an old URL, made ready to be asked many times.

Most conditions look at small facts. Those that need the whole record (META, fields, numbers) are asked while the
records stream by; their answers are kept as bits of `PageFacts.says`, so that no record stays in memory.
"""

import functools
import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import unquote, urlsplit

from migrate.config import Match
from migrate.config.rules import Dates, last_day
from migrate.mapping.facts import Fact
from migrate.mapping.transforms import field_of
from migrate.records import Record
from migrate.urls import glob_pattern

Test = Callable[[Fact, str], bool]
"""Asks a fact; the text is the path of its address, unescaped."""
RecordTest = Callable[[Record], bool]

_TAG = re.compile(r"<[^>]*>")
_SIGNS = str.maketrans("[]［］()（）【】﹝﹞〈〉０１２３４５６７８９", "〔〕" * 7 + "0123456789")
_BLANKS = re.compile(r"\s+")


class Questions:
    """Questions to whole records, by number."""

    def __init__(self) -> None:
        self._tests: list[RecordTest] = []

    def add(self, test: RecordTest) -> Test:
        """Take in a question; return how to look its answer up."""
        bit = 1 << len(self._tests)
        self._tests.append(test)
        return lambda fact, _path: fact.page is not None and bool(fact.page.says & bit)

    def answers(self, record: Record) -> int:
        """Return the bits of the questions that a record answers with yes."""
        return sum(1 << place for place, test in enumerate(self._tests) if test(record))


def ready(match: Match, questions: Questions, *, case_sensitive: bool) -> Test:
    """Return a condition as one test; what it asks of records goes into `questions`."""
    tests = list(_tests(match, questions, case_sensitive=case_sensitive))
    if len(tests) == 1:
        return tests[0]
    return lambda fact, path: all(test(fact, path) for test in tests)


def _tests(match: Match, questions: Questions, *, case_sensitive: bool) -> Iterator[Test]:
    """Yield the tests that must all hold, the quickest first."""
    if match.kind:
        yield functools.partial(_is_kind, frozenset(match.kind))
    if match.path:
        yield functools.partial(_lies_at, _globs(match.path, case_sensitive=case_sensitive))
    if match.breadcrumb:
        yield functools.partial(_stands_below, frozenset(match.breadcrumb))
    if match.listed:
        yield functools.partial(_is_listed, _globs(match.listed, case_sensitive=case_sensitive))
    if match.date is not None:
        yield _in_range(match.date, questions)
    yield from map(questions.add, _record_tests(match))
    inner = functools.partial(ready, questions=questions, case_sensitive=case_sensitive)
    yield from map(inner, match.all)
    if match.any:
        choices = [inner(choice) for choice in match.any]
        yield lambda fact, path: any(choice(fact, path) for choice in choices)
    if match.negated is not None:
        refused = inner(match.negated)
        yield lambda fact, path: not refused(fact, path)


def _is_kind(kinds: frozenset[str], fact: Fact, _path: str) -> bool:
    return fact.kind in kinds


def _lies_at(globs: tuple[re.Pattern[str], ...], _fact: Fact, path: str) -> bool:
    return any(glob.fullmatch(path) for glob in globs)


def _stands_below(names: frozenset[str], fact: Fact, _path: str) -> bool:
    return fact.page is not None and not names.isdisjoint(fact.page.breadcrumb)


def _is_listed(globs: tuple[re.Pattern[str], ...], fact: Fact, _path: str) -> bool:
    return any(glob.fullmatch(target(address)) for address in fact.lists for glob in globs)


def _globs(globs: Iterable[str], *, case_sensitive: bool) -> tuple[re.Pattern[str], ...]:
    return tuple(glob_pattern(unquote(glob), case_sensitive=case_sensitive) for glob in globs)


def target(key: str) -> str:
    """Return path and query of a canonical URL, unescaped."""
    parts = urlsplit(key)
    return unquote(parts.path + (f"?{parts.query}" if parts.query else ""))


def _in_range(dates: Dates, questions: Questions) -> Test:
    """Return a test for the day; that of publication may come from a list. Undated pages are in no range."""
    since, until = dates.since, last_day(dates.until) if dates.until else "9999"
    if dates.of == "published":
        return lambda fact, _path: since <= fact.published[:10] <= until if fact.published else False
    return questions.add(functools.partial(_has_day, dates.of, since, until))


def _has_day(name: str, since: str, until: str, record: Record) -> bool:
    found = field_of(record, name)
    return found is not None and since <= found.value[:10] <= until


def _record_tests(match: Match) -> Iterator[RecordTest]:
    for name, globs in match.meta.items():
        yield functools.partial(_has_meta, name.lower(), _text_globs(globs))
    if match.document_number:
        yield functools.partial(_has_number, _text_globs(map(_bare_number, match.document_number)))
    if match.family:
        yield functools.partial(_is_of_family, frozenset(match.family))
    for name, globs in match.fields.items():
        yield functools.partial(_has_field, name, _text_globs(globs))


def _has_meta(name: str, globs: re.Pattern[str], record: Record) -> bool:
    return any(key.lower() == name and globs.fullmatch(text.strip()) for key, text in record.meta.items())


def _has_number(globs: re.Pattern[str], record: Record) -> bool:
    number = record.document_number
    return number is not None and globs.fullmatch(_bare_number(number.value)) is not None


def _is_of_family(families: frozenset[str], record: Record) -> bool:
    return record.evidence.partition(" ")[0] in families


def _has_field(name: str, globs: re.Pattern[str], record: Record) -> bool:
    return any(globs.fullmatch(text) for text in _texts(name, record))


def _texts(name: str, record: Record) -> Iterable[str]:
    """Return the texts of a field: several for the breadcrumb, none where there is no value."""
    if name == "breadcrumb":
        return record.breadcrumb
    if name == "body":
        text = _TAG.sub("", record.body).strip()
        return (text,) if text or record.attachments or record.images else ()
    found = field_of(record, name)
    return (found.value.strip(),) if found else ()


def _bare_number(number: str) -> str:
    """Return a document number as it is compared: one shape of brackets and digits, no blanks (发文字号 grammar)."""
    return _BLANKS.sub("", number).translate(_SIGNS)


def _text_globs(globs: Iterable[str]) -> re.Pattern[str]:
    """Return globs on a text as one pattern: `*` any characters, `?` one; upper and lower case are the same."""
    meaning = {"*": ".*", "?": "."}
    patterns = ("".join(meaning.get(part, re.escape(part)) for part in re.split(r"([*?])", glob)) for glob in globs)
    return re.compile("|".join(patterns), re.DOTALL | re.IGNORECASE)
