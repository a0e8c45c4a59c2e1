"""Where a site's YAML, a family's selectors and the scripts of its templates say that a field stands."""

import re
from collections.abc import Iterator

from migrate.extract.dom import attribute, one_line
from migrate.extract.labels import parse_labels, tidy_value
from migrate.extract.page import Parsed
from migrate.families import GENERIC
from migrate.records import Field

_SHORT_NAME = 3


def configured(parsed: Parsed, name: str) -> Iterator[Field]:
    """Yield what the site's own rules find: `meta:Name`, `text:label`, `css:selector`, left to right."""
    for rule in parsed.site.fields.get(name, ()):
        kind, _mark, what = rule.partition(":")
        value = ""
        if kind == "meta":
            value = parsed.meta(what)
        elif kind == "css":
            node = parsed.tree.css_first(what)
            value = one_line(node.text()) if node is not None else ""
        elif kind == "text":
            value = _after_label(parsed, what)
        if value:
            yield Field(value, rule, 1.0)


def _after_label(parsed: Parsed, label: str) -> str:
    """Return what stands behind a label anywhere on the page, up to the next known label."""
    wanted = re.compile(r"[\s\u3000]*".join(map(re.escape, label)) + r"[\s\u3000]*[:：]")
    for line in parsed.outline.lines:
        found = wanted.search(line.text)
        if found:
            rest = line.text[found.end() :]
            others = parse_labels("　" + rest)
            first = min((rest.find(value) for value in others.values() if value), default=-1)
            head = rest[:first] if first > 0 else rest
            return tidy_value(re.split(r"[\s\u3000]{2,}|[｜|]|(?:\S{2,4}[:：])", head.strip(), maxsplit=1)[0])
    return ""


def selected(parsed: Parsed, name: str, confidence: float) -> Iterator[Field]:
    """Yield what the family's selectors for a field (of the same name there) find, then the generic ones."""
    for family in dict.fromkeys((parsed.detection.family, GENERIC)):
        selectors: tuple[str, ...] = getattr(parsed.families[family], name)
        for selector in parsed.possible(selectors) if selectors else ():
            for node in parsed.select(selector)[:1]:
                value = one_line(node.text()) or attribute(node, "content")
                if value and len(value) <= 300:
                    yield Field(value, f"selector:{selector}", confidence)


def _is_written(scripts: str, variable: str) -> bool:
    """Say whether scripts may give a variable a value. A short name is in every script, so its sign is looked for."""
    return any(variable + sign in scripts for sign in (("",) if len(variable) > _SHORT_NAME else ("=", " =")))


def _assignments(pattern: re.Pattern[str], scripts: str, variables: list[str]) -> Iterator[re.Match[str]]:
    """Yield where scripts give variables a value, in their order: only where a name stands is the pattern tried."""
    end = 0
    for place in sorted(place for variable in variables for place in _places(scripts, variable)):
        found = pattern.match(scripts, place) if place >= end else None
        if found:
            end = found.end()
            yield found


def _places(text: str, word: str) -> Iterator[int]:
    place = text.find(word)
    while place >= 0:
        yield place
        place = text.find(word, place + 1)


def assigned(parsed: Parsed, name: str, confidence: float) -> Iterator[Field]:
    """Yield the values of script variables that the template writes a field from."""
    for family_id in dict.fromkeys((parsed.detection.family, GENERIC)):
        pattern = parsed.families.patterns[family_id].script
        variables = parsed.families[family_id].scripts.get(name, ())
        written = [variable for variable in variables if _is_written(parsed.scripts, variable)]
        for found in _assignments(pattern, parsed.scripts, written) if pattern and written else ():
            if found[1] in variables and found[3].strip():
                yield Field(one_line(found[3]), f"script:{found[1]}", confidence)
