"""Plain text, HTML that calls itself a workbook, and what stands readable in binary formats."""

import re
from collections.abc import Iterator

from migrate.encoding import decode
from migrate.extract.documents.types import Piece, Unread

_NARROW = re.compile(rb"[0-9][0-9Xx -]{10,}")
_DIGITS = re.compile("[0-9][0-9Xx -]{10,}")
_WIDE = re.compile(rb"(?:[0-9Xx -]\0){11,}")
_TAG = re.compile(r"<[^<>]*>")
_BINARY = re.compile(rb"[\0-\x08\x0e-\x1a]")


def other_stretches(payload: bytes, read: str) -> Iterator[Piece]:
    """Yield the stretches of digits in a binary document that are not in the text that was read of it: in objects that
    are put into it, or in all of it where it is damaged. Raises Unread for one that is locked.
    """
    if "EncryptedPackage".encode("utf-16-le") in payload:
        raise Unread("locked")
    known = {found.strip() for found in _DIGITS.findall(read)}
    for pattern, encoding in ((_NARROW, "ascii"), (_WIDE, "utf-16-le")):
        for found in pattern.finditer(payload):
            if (text := found[0].decode(encoding)).strip() not in known:
                yield Piece(f"byte {found.start()}", text)


def lines(payload: bytes) -> Iterator[Piece]:
    """Yield the lines of a text file. Raises Unread for what is none."""
    if _BINARY.search(payload[:4096]) and payload[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        raise Unread("unknown")
    for number, line in enumerate(decode(payload).text.splitlines(), 1):
        yield Piece(f"line {number}", _TAG.sub(" ", line))
