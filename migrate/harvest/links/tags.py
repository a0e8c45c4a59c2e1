"""The start tags of HTML, as the standard's tokenizer sees them (WHATWG HTML, section 13.2.5), without a tree.

Links need none: a page is read to find what it names, and where an element ends doesn't matter for that.
"""

import re
from html import unescape
from typing import NamedTuple

_ATTRIBUTE = r"([^\s/>][^\s/>=]*+)(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|(?![\"'])([^\s>]*+)))?+"
_NO_GROUPS = re.sub(r"\((?!\?)", "(?:", _ATTRIBUTE)
_TAG = re.compile(rf"<([a-zA-Z][^\s/>]*+)((?:[\s/]++|{_NO_GROUPS})*+)>")
_ATTRIBUTES = re.compile(_ATTRIBUTE)
_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30})(?:;|(?![=a-zA-Z0-9]))")
"""A character reference as it counts in an attribute: `&copy=1` in an address is a parameter."""

_COMMENT_ENDS = re.compile(r"--!?>")
_CONDITION = re.compile(r"\s*\[if\b[^\]<>]{0,200}\]>", re.IGNORECASE)

HELD_AS_TEXT = frozenset("script style textarea title xmp iframe noembed noframes xml".split())
"""Elements whose content HTML takes as mere text, and `xml`, whose content Internet Explorer kept as data."""
_ENDS = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in HELD_AS_TEXT}
_SCRIPT_BEGINS = re.compile(r"<script(?=[\s/>])", re.IGNORECASE)
_NESTED_SCRIPTS = 20
"""Scripts in a commented-out part of one script that are looked through for its end."""


class Tag(NamedTuple):
    """A start tag."""

    name: str
    attributes: dict[str, str]
    """By lower-case name; without the character references. Of two of one name the first counts."""
    source: str
    """As written, without the angle brackets."""
    end: int
    """Where the page goes on."""


def read_tag(text: str, start: int) -> Tag | None:
    """Return the start tag at `start`; None where the page ends before the tag does. Takes time by its length."""
    found = _TAG.match(text, start)
    if found is None:
        return None
    attributes: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTES.findall(found[2]):
        value = double or single or bare
        attributes.setdefault(name.lower(), _plain(value) if "&" in value else value)
    return Tag(found[1].lower(), attributes, found[0][1:-1], found.end())


def _plain(value: str) -> str:
    return _REFERENCE.sub(lambda found: unescape(found[0]), value)


def after_comment(text: str, begin: int) -> int:
    """Return where a page goes on after the `<!--` that ends at `begin`; -1 if never.

    What a conditional comment holds for Internet Explorer counts: nothing is skipped but its condition.
    """
    if text.startswith((">", "->"), begin):
        return text.index(">", begin) + 1
    found = _CONDITION.match(text, begin) or _COMMENT_ENDS.search(text, begin)
    return found.end() if found else -1


def held_text(name: str, text: str, begin: int) -> tuple[str, int]:
    """Return (the text that an element holds whose start tag ends at `begin`, where the page goes on, -1 if never).

    The elements in `xml` are elements of the page as well.
    """
    end = _ENDS[name].search(text, begin)
    if name == "xml":
        return (text[begin : end.start()] if end else ""), begin
    if end is None:
        return text[begin:], -1
    if name == "script" and "<!--" in text[begin : end.start()]:
        end = _end_of_commented(text, begin, end)
    return text[begin : end.start()], end.end()


def _end_of_commented(text: str, begin: int, first: re.Match[str]) -> re.Match[str]:
    """Return the end of a script which has `<!--`: in such a part, a `<script>` and its `</script>` are its text."""
    end: re.Match[str] | None = first
    for _nested in range(_NESTED_SCRIPTS):
        if end is None:
            break
        comment = text.rindex("<!--", begin, end.start())
        part = text[comment : end.start()]
        if "-->" in part or len(_SCRIPT_BEGINS.findall(part)) <= len(_ENDS["script"].findall(part)):
            return end
        end = _ENDS["script"].search(text, end.end())
    return first
