"""Strings in JavaScript and JSON: which are addresses, which are HTML that the script writes.

Nothing is run. Literals are read with what stands before and after them: pieces joined by + are one string, and where
something unknown is put in, it is no whole address. HTML is put together over several calls of `document.write`.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from migrate.harvest.links.raw import Strings
from migrate.harvest.links.shape import HOLE, is_address, may_be_address, names_address

MAX_NESTED = 3
"""Levels of code in strings of code that are read."""

_REMEMBERED = 8_000
"""Characters of the longest script that is remembered: a site has the same ones on every page."""
_BEFORE = 100
"""Characters before a string that are looked at."""
_BETWEEN = 300
"""Characters of code between two strings that may make them one."""

# Where its end is missing, each kind takes the rest of the line or the text: time stays linear whatever comes.
_TOKEN = re.compile(
    r"\"(?P<double>(?:[^\"\\\n\r]|\\.)*+)(?:\"|(?P<open1>))"
    r"|'(?P<single>(?:[^'\\\n\r]|\\.)*+)(?:'|(?P<open2>))"
    r"|`(?P<template>(?:[^`\\]|\\.)*+)(?:`|(?P<open3>))"
    r"|//[^\n\r]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/)?"
    r"|(?:(?<=[(,=:\[!&|?{};+\n])|(?<=[(,=:&|?] )|(?<=return ))"
    r"/(?![*/])(?:[^\\/\[\n]|\\.|\[(?:[^\]\\\n]|\\.){0,200}\]){1,500}/",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|.))", re.DOTALL)
_NAMED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "", "\n": "", "\r": "", "\r\n": ""}
_PUT_IN = re.compile(r"\$\{[^}]{0,500}\}")

_PLUS = re.compile(r"(?<!\+)\+\s*\Z")
_JOINED = re.compile(r"\s*\+(?:[^;{}]*\+)?\s*\Z")
_CALLS = re.compile(r"(?:[\w$]+\.)*(?:writeln|write|push|append)\s*\(|[\w$.\[\]]+\s*\+=")
_PLAIN_CODE = re.compile(r"[\w$.\[\]()+=,;\s]*\Z")
_NAVIGATES = re.compile(
    r"(?:\bopen|\.replace|\.assign|\bnavigate|\bshowModalDialog|\bshowModelessDialog|\bshowVsb\w*|\.load)\s*\(\s*\Z"
    r"|(?:\blocation(?:\.href)?|\bhref|\bsrc|\burl)\s*=\s*\Z",
    re.IGNORECASE,
)
_NO_ADDRESS = re.compile(
    r"(?:[=!]=|\bcase\b|\baction\s*=|\b(?:indexOf|lastIndexOf|split|search|match|test|includes|contains|startsWith"
    r"|endsWith|getElement\w*|createElement|addClass|removeClass|hasClass|css|getItem|setItem|querySelector\w*|alert"
    r"|confirm|post)\s*\()\s*\Z",
    re.IGNORECASE,
)
_KEY = re.compile(r"(?:\A|[{,\s])([\w$-]+)\s*:\s*\Z")
_MARKUP = re.compile(r"<[a-z!/]", re.IGNORECASE)
_VARIABLE = re.compile(r"(?:\A|&)\w+=")


class _Literal(NamedTuple):
    """One string as the script has it in the end."""

    value: str
    before: str
    """Code right before it."""
    after: str
    """The first sign behind it."""
    key: str
    """Where it is a property's value: the property's name."""


def read_code(code: str) -> Strings:
    """Return the addresses and the HTML in a piece of JavaScript or JSON. Never raises; takes time by its length."""
    return _remembered(code) if len(code) <= _REMEMBERED else _read(code, 1)


def read_list(value: str) -> Iterator[str]:
    """Yield the addresses in a list: `a.jpg|b.jpg`, and Flash variables: `pics=a.jpg|b.jpg&links=/1.html|/2.html`."""
    for variable in _VARIABLE.split(value) if _VARIABLE.match(value) else [value]:
        for piece in re.split(r"[|,;]", unquote(variable)):
            if is_address(piece.strip()):
                yield piece.strip()


@lru_cache(maxsize=512)
def _remembered(code: str) -> Strings:
    return _read(code, 1)


def _read(code: str, level: int) -> Strings:
    addresses: list[str] = []
    html: list[str] = []
    written = ""
    for literal in _literals(code):
        joint = _joint(literal.before) if written else None
        if joint is None:
            html.append(written)
            written = literal.value
        else:
            written += joint + literal.value
        if _MARKUP.search(literal.value):
            continue
        if level < MAX_NESTED and ("'" in literal.value or '"' in literal.value):
            nested = _read(literal.value, level + 1)
            addresses.extend(nested.addresses)
            html.extend(nested.html)
        else:
            addresses.extend(_addresses(literal))
    html.append(written)
    return Strings(tuple(addresses), tuple(piece for piece in html if _MARKUP.search(piece)))


def _addresses(literal: _Literal) -> Iterator[str]:
    value = literal.value.strip()
    if HOLE in value or (literal.after == ":" and literal.before.rstrip()[-1:] in ("{", ",", "")):
        return  # not whole, or a property's name
    if literal.key:
        found = may_be_address(value) if names_address(literal.key) else is_address(value, alone=False)
    elif _NO_ADDRESS.search(literal.before):
        return
    else:
        found = may_be_address(value) if _NAVIGATES.search(literal.before) else is_address(value)
    if found:
        yield value
    elif "|" in value or ("=" in value and "." in value):
        yield from read_list(value)


def _joint(between: str) -> str | None:
    """Return what stands between two strings that are written one after the other, or None where they aren't."""
    if not _PLAIN_CODE.match(between):
        return None
    rest = _CALLS.sub("", between)
    if rest == between and between.strip() != ",":
        return None
    return HOLE if any(map(str.isalnum, rest)) else ""


def _literals(code: str) -> Iterator[_Literal]:
    """Yield the strings of a script, what is joined by + as one."""
    parts: list[str] = []
    before = key = ""
    between, end = "", 0
    for token in _TOKEN.finditer(code):
        between = (between + code[max(end, token.start() - _BETWEEN) : token.start()])[-_BETWEEN:]
        end = token.end()
        kind = token.lastgroup
        if kind is None:
            continue  # a comment, a regular expression
        if kind.startswith("open"):
            parts, between = [], ""
            continue
        value = _decoded(token[kind], kind)
        if parts and _JOINED.match(between):
            parts += [value] if between.strip() == "+" else [HOLE, value]
        else:
            if parts:
                literal = _finished(parts, before, key, between)
                yield literal
                key = literal.value if literal.after == ":" and between.strip() == ":" else ""
            before = between[-_BEFORE:]
            if not key and (named := _KEY.search(before)):
                key = named[1]
            parts = [HOLE, value] if _PLUS.search(before) else [value]
        between = ""
    if parts:
        yield _finished(parts, before, key, between + code[end : end + _BETWEEN])


def _finished(parts: list[str], before: str, key: str, following: str) -> _Literal:
    after = following.lstrip()[:2]
    if after[:1] == "+" and after != "+=":
        parts.append(HOLE)
    return _Literal("".join(parts), before, after[:1], key)


def _decoded(raw: str, kind: str) -> str:
    if kind == "template":
        raw = _PUT_IN.sub(HOLE, raw)
    if "\\" in raw:
        raw = _ESCAPE.sub(_meaning, raw)
    return _unescaped(raw) if "%3c" in raw or "%3C" in raw else raw


def _unescaped(text: str) -> str:
    """Return what JavaScript's unescape() makes of HTML that was hidden from old browsers, or from readers."""
    return re.sub(r"%(?:u([0-9a-fA-F]{4})|([0-9a-fA-F]{2}))", lambda found: chr(int(found[1] or found[2], 16)), text)


def _meaning(escape: re.Match[str]) -> str:
    digits = escape[1] or escape[2] or escape[3]
    if not digits:
        return _NAMED.get(escape[4], escape[4])
    number = int(digits, 16)
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else ""
