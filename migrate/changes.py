"""What differs between two versions, as people read it: field by field, bodies as Markdown."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field; of a body the lines that differ, as readable text."""

    field: str
    before: str = ""
    after: str = ""
    diff: tuple[str, ...] = ()
    """Of bodies: lines that begin with + or -; none where only the markup differs."""


def lines_that_differ(before: str, after: str) -> Iterator[str]:
    """Yield the lines of two bodies (HTML) that differ, as readable text, each with + or - in front."""
    old, new = readable(before).splitlines(), readable(after).splitlines()
    for line in difflib.unified_diff(old, new, n=0, lineterm=""):
        if line[:1] in "+-" and line[:3] not in ("+++", "---"):
            yield line


def readable(body: str) -> str:
    """Return a body as Markdown, without wrapping and with Chinese punctuation as it is (design §8)."""
    from html2text import HTML2Text

    reader = HTML2Text()
    reader.unicode_snob = True
    reader.body_width = 0
    return str(reader.handle(body)).strip()
