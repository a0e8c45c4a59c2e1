"""What values are and how they are reckoned with, as JavaScript does it; what only a browser knows stays unknown."""

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from migrate.harvest.paging.javascript.syntax import Function

MAX_STRING = 100_000
"""Characters of a string; a longer one is unknown."""


class Unknown:
    """A value that only a browser knows."""


UNKNOWN: Final = Unknown()


@dataclass(frozen=True, slots=True)
class Thing:
    """Something of the browser's, by the names that lead to it: document, form1, page, value."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pieces:
    """A string that was split."""

    texts: tuple[str, ...]


Value = str | float | bool | Unknown | Thing | Pieces | Function

_INTEGER = re.compile(r"\s*([+-]?\d{1,15})")
_COMPARED: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
}  # fmt: skip
_RECKONED: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "%": math.fmod,
}  # fmt: skip
_MATHEMATICS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "abs": lambda numbers: abs(numbers[0]),
    "floor": lambda numbers: math.floor(numbers[0]),
    "ceil": lambda numbers: math.ceil(numbers[0]),
    "round": lambda numbers: math.floor(numbers[0] + 0.5),
    "min": min,
    "max": max,
}
_SAFE_IN_URLS = "/?&=#:;,.@!*'()%~$+-_"


def truth(value: Value) -> bool | None:
    """Return whether a value counts as true; None where that is not known."""
    return None if isinstance(value, Unknown | Thing) else isinstance(value, Pieces) or bool(value)


def prefixed(sign: str, value: Value) -> Value:
    """Return `!value`, `-value` or `+value`."""
    if sign == "!":
        known = truth(value)
        return UNKNOWN if known is None else not known
    number = as_number(value)
    return -number if sign == "-" and isinstance(number, float) else number


def computed(sign: str, left: Value, right: Value) -> Value:
    """Return `left sign right`."""
    if sign == ",":
        return right
    if not isinstance(left, str | float | bool) or not isinstance(right, str | float | bool):
        return UNKNOWN
    if sign == "+" and (isinstance(left, str) or isinstance(right, str)):
        both = as_text(left) + as_text(right)
        return both if len(both) <= MAX_STRING else UNKNOWN
    if sign in ("==", "===", "!=", "!=="):
        return (as_text(left) == as_text(right)) == sign.startswith("=")
    return _reckoned(sign, as_number(left), as_number(right))


def _reckoned(sign: str, left: float | Unknown, right: float | Unknown) -> Value:
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return UNKNOWN
    if sign in _COMPARED:
        return _COMPARED[sign](left, right)
    if sign not in _RECKONED or (sign in "/%" and not right):
        return UNKNOWN
    return _finite(_RECKONED[sign](left, right))


def _finite(number: float) -> float | Unknown:
    return float(number) if math.isfinite(number) and abs(number) < 1e15 else UNKNOWN


def as_number(value: Value) -> float | Unknown:
    """Return the whole number that a value begins with, as parseInt does."""
    if isinstance(value, bool | float):
        return float(value)
    found = _INTEGER.match(value) if isinstance(value, str) else None
    return float(found[1]) if found else UNKNOWN


def as_text(value: str | float | bool) -> str:
    """Return a value as it stands in a string."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value == int(value) else str(value)
    return value


def mathematics(name: str, values: Sequence[Value]) -> Value:
    """Return `Math.name(values)`."""
    numbers = [number for number in map(as_number, values) if isinstance(number, float)]
    if name not in _MATHEMATICS or not numbers or len(numbers) < len(values):
        return UNKNOWN
    return _finite(_MATHEMATICS[name](numbers))


def global_function(name: str, values: Sequence[Value]) -> Value:
    """Return what one of the language's own functions gives."""
    value = values[0] if values else UNKNOWN
    if not isinstance(value, str | float | bool):
        return UNKNOWN
    if name in ("parseInt", "Number", "parseFloat"):
        return as_number(value)
    if name == "isNaN":
        return isinstance(as_number(value), Unknown)
    if name in ("encodeURI", "encodeURIComponent"):
        return quote(as_text(value), safe=_SAFE_IN_URLS)
    return as_text(value) if name in ("String", "escape", "unescape", "decodeURI") else UNKNOWN


def string_method(value: Value, method: str, arguments: Sequence[Value]) -> Value:
    """Return what a string's own method gives."""
    if method == "toString" and isinstance(value, str | float):
        return as_text(value)
    if isinstance(value, str) and method in _METHODS:
        return _METHODS[method](value, arguments)
    return UNKNOWN


def _replaced(value: str, arguments: Sequence[Value]) -> Value:
    match arguments:
        case [str(old), str(new)]:
            return value.replace(old, new, 1)
    return UNKNOWN


def _split(value: str, arguments: Sequence[Value]) -> Value:
    match arguments:
        case [str(separator)] if separator:
            return Pieces(tuple(value.split(separator)))
    return UNKNOWN


def _part(value: str, arguments: Sequence[Value]) -> Value:
    bounds = [as_number(argument) for argument in arguments]
    places = [int(bound) for bound in bounds if isinstance(bound, float) and bound >= 0]
    if not places or len(places) < len(bounds):
        return UNKNOWN
    return value[places[0] : places[1] if len(places) > 1 else None]


def _piece(value: str, arguments: Sequence[Value]) -> Value:
    rest = _part(value, arguments[:1])
    return _part(rest, [0.0, *arguments[1:]]) if isinstance(rest, str) and len(arguments) > 1 else rest


_METHODS: Mapping[str, Callable[[str, Sequence[Value]], Value]] = {
    "indexOf": lambda value, arguments: float(value.find(str(arguments[0]) if arguments else "")),
    "lastIndexOf": lambda value, arguments: float(value.rfind(str(arguments[0]) if arguments else "")),
    "replace": _replaced,
    "slice": _part,
    "split": _split,
    "substr": _piece,
    "substring": _part,
    "toLowerCase": lambda value, _arguments: value.lower(),
    "trim": lambda value, _arguments: value.strip(),
}
