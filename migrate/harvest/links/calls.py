"""Addresses that a page's own function puts together: `function show(id) { open("Show.asp?id=" + id) }`, `show(12)`.

Old lists call such a function from every line. Nothing is run: only what joins strings and its parameters by + counts.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from migrate.harvest.links.shape import may_be_address

_BODY = 2_000
"""Characters of a function that are looked at."""
_REMEMBERED = 20_000
"""Characters of the longest script whose functions are remembered: every page of a column has the same."""

_FUNCTION = re.compile(r"\bfunction\s+([\w$]{1,60})\s*\(([\w$,\s]{1,200})\)\s*\{")
_PART = r"(?:\"[^\"\\\n]{0,500}\"|'[^'\\\n]{0,500}'|[\w$]{1,60})"
_BUILDS = re.compile(
    r"(?:\bopen\s*\(|\blocation(?:\.href)?\s*=|\.(?:replace|assign)\s*\(|\b(?:href|url|link|path|str)\s*=)\s*"
    rf"({_PART}(?:\s*\+\s*{_PART}){{1,8}}+)",
    re.IGNORECASE,
)
_PARTS = re.compile(_PART)
_ARGUMENT = r"(?:'[^'\\\n]{0,300}'|\"[^\"\\\n]{0,300}\"|-?[\d.]{1,20})"
_CALL = re.compile(rf"\b([\w$]{{1,60}})\s*\(\s*({_ARGUMENT}(?:\s*,\s*{_ARGUMENT}){{0,7}})\s*\)")
_ARGUMENTS = re.compile(_ARGUMENT)


class _Builder(NamedTuple):
    """What a function makes an address of."""

    parameters: tuple[str, ...]
    parts: tuple[str, ...]
    """Literals with their quotes, and names of parameters."""


def called_addresses(scripts: Iterable[str], handlers: Iterable[str]) -> Iterator[str]:
    """Yield the addresses that calls in `handlers` make functions in `scripts` go to."""
    builders: dict[str, list[_Builder]] = {}
    for script in scripts:
        if "function" in script:
            for name, builder in _builders(script) if len(script) <= _REMEMBERED else _find_builders(script):
                builders.setdefault(name, []).append(builder)
    if not builders:
        return
    for handler in handlers:
        for call in _CALL.finditer(handler):
            values = [value.strip("'\"") for value in _ARGUMENTS.findall(call[2])]
            for builder in builders.get(call[1], ()):
                address = _built(builder, values)
                if may_be_address(address):
                    yield address


@lru_cache(maxsize=128)
def _builders(script: str) -> tuple[tuple[str, _Builder], ...]:
    return tuple(_find_builders(script))


def _find_builders(script: str) -> Iterator[tuple[str, _Builder]]:
    functions = list(_FUNCTION.finditer(script))
    ends = [function.start() for function in functions[1:]] + [len(script)]
    for function, end in zip(functions, ends, strict=False):
        parameters = tuple(name.strip() for name in function[2].split(","))
        for built in _BUILDS.finditer(script, function.end(), min(end, function.end() + _BODY)):
            parts = tuple(_PARTS.findall(built[1]))
            names = [part for part in parts if part[0] not in "'\""]
            if names and len(names) < len(parts) and set(names) <= set(parameters):
                yield function[1], _Builder(parameters, parts)


def _built(builder: _Builder, values: list[str]) -> str:
    """Return the address for one call; empty where an argument is missing."""
    given = dict(zip(builder.parameters, values, strict=False))
    pieces = [part[1:-1] if part[0] in "'\"" else given.get(part) for part in builder.parts]
    return "" if None in pieces else "".join(piece or "" for piece in pieces)
