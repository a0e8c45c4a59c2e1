"""What readers of documents give, and how they fail."""

from typing import NamedTuple


class Piece(NamedTuple):
    """A stretch of text in a document."""

    place: str
    """Where: `Sheet1!B2`, `paragraph 12`, `page 3`, `line 3`, `byte 5120`."""
    text: str


class Unread(Exception):
    """A document that was not read, or not to its end; its text says why: a format, `locked`, `broken`, `too large`,
    `scan` (pictures of text) or `unmapped` (a font that doesn't say which characters it draws)."""
