"""Plain text, HTML that calls itself a workbook, and what stands readable in binary formats."""

import re
from collections.abc import Iterator
from html import unescape

from migrate.encoding import decode
from migrate.extract.documents.types import Piece, Unread

_NARROW = re.compile(rb"[0-9][0-9Xx -]{10,}")
_DIGITS = re.compile("[0-9][0-9Xx -]{10,}")
_WIDE = re.compile(rb"(?:[0-9Xx -]\0){11,}")
_TAG = re.compile(r"<[^<>]*>")
_HTML = re.compile(
    r"\s*+(?>(?:<!--.*?-->)\s*+)*+<(?:!doctype html|html|head|meta|body|table|div|p)\b", re.IGNORECASE | re.DOTALL
)
_BLOCK = re.compile(r"<(?:/(?:p|div|tr|li|h[1-6]|title)|br|hr)\b[^<>]*>", re.IGNORECASE)
_LEADING = re.compile(r"(?:\s++|<[^<>]*+>)*+")
_CELL = re.compile(r"</t[dh]\b[^<>]*>", re.IGNORECASE)
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
    text = decode(payload).text
    if _HTML.match(text):
        yield from _paragraphs(text)
        return
    for number, line in enumerate(text.splitlines(), 1):
        yield Piece(f"line {number}", _TAG.sub(" ", line))


def _paragraphs(text: str) -> Iterator[Piece]:
    """Yield what HTML shows, block by block: word processors break lines anywhere, and put tags inside a number."""
    number, start = 1, 0
    for end in (*(found.end() for found in _BLOCK.finditer(text)), len(text)):
        source = text[start:end]
        above = _LEADING.match(source)
        place = number + (above[0].count("\n") if above else 0)
        yield Piece(f"line {place}", " ".join(unescape(_TAG.sub("", _CELL.sub(" ", source))).split()))
        number, start = number + source.count("\n"), end
