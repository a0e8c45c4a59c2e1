"""What an answer's content tells: whether it can be trusted, whether it is a page at all, what it is like."""

from hashlib import sha256
from typing import NamedTuple

from migrate import answers

OFFICE = "office"
"""A document that Word or Excel saved as HTML: a file, whatever it looks like."""
ENDS = "ends"
"""The page's source ends as a page does."""
BROKEN_OFF = "broken-off"
"""It ends in the middle of a tag or a sentence, and nothing closes it."""

_ASCII = bytes(range(128))
_DIGITS = b"0123456789"
_ENOUGH = 12
"""Bytes beyond ASCII that a page must have to be compared by them: half a dozen Chinese characters."""
_TAIL = 2_000
_SHOWN = frozenset({"a", "img", "iframe", "embed", "object"})
"""Contexts of links and pictures that a reader sees."""


class Content(NamedTuple):
    """What gave an answer away."""

    fault: str = ""
    """What is wrong with its content coding (http.content)."""
    kind: str = ""
    """What it is instead of a page (answers); empty for a page, good or bad."""
    what: str = ""
    """The mark that says so."""
    likeness: str = ""
    """Equal for pages that show the same but for numbers, addresses and times."""
    marks: tuple[str, ...] = ()

    @property
    def followed(self) -> bool:
        """Whether what it names is the site's: error pages name the wrong things, relative to the wrong places."""
        return self.kind in ("", answers.PARKED, answers.LOGIN_FORM)


def of_page(body: bytes, source: str, contexts: list[str], nonsense: tuple[str, ...]) -> Content:
    """Return what a page tells, by its bytes, its decoded source and the contexts of the links in it; `nonsense` are
    the likenesses of answers to addresses that were made up.
    """
    alike = likeness(body, sum(map(_SHOWN.__contains__, contexts)))
    marks = tuple(mark for mark, holds in _marks(source) if holds)
    if alike in nonsense:
        return Content("", answers.SOFT_404, "", alike, marks)
    sign = answers.recognise(source) if answers.may_be_sign(source, contexts.count("a")) else None
    return Content("", *(sign or ("", "")), alike, marks)


def likeness(body: bytes, shown: int) -> str:
    """Return a short digest of a page's Chinese text and the number of links and pictures that it shows.

    Addresses, counters, dates and session ids are no Chinese; a scan or an attachment is a picture or link more. Of a
    page without Chinese it is the digest of all its bytes but digits.
    """
    text = body.translate(None, _ASCII)
    if len(text) < _ENOUGH:
        return _short(body.translate(None, _DIGITS))
    return _short(text + str(shown).encode())


def _short(data: bytes) -> str:
    return sha256(data).hexdigest()[:16]  # processors know it: half the time of what is made to be quick


def _marks(source: str) -> tuple[tuple[str, bool], ...]:
    tail = source[-_TAIL:].lower()
    ends = "</html" in tail
    begins = "<html" in source[:_TAIL].lower()
    return (
        (OFFICE, "urn:schemas-microsoft-com:office" in source[:_TAIL]),
        (ENDS, ends),
        (BROKEN_OFF, begins and not ends and "</body" not in tail and not tail.rstrip().endswith(">")),
    )
