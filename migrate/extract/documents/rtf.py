"""Rich Text Format 1.9: the text between control words, each paragraph as a piece."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from migrate.extract.documents.types import Piece, Unread

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)|[\r\n\\]"
)
_DEEPEST = 1_000
_BREAKS = frozenset(b"par line row cell nestcell nestrow sect page column".split())
_SIGNS = {b"tab": " ", b"emdash": "—", b"endash": "-", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“",
          b"rdblquote": "”", b"bullet": "•", b"emspace": " ", b"enspace": " ", b"qmspace": " "}  # fmt: skip
_SYMBOLS = {b"~": " ", b"_": "-", b"\\": "\\", b"{": "{", b"}": "}", b"\n": "\n", b"\r": "\n", b"\t": " "}
_NO_TEXT = frozenset(
    b"fonttbl colortbl stylesheet pict objdata themedata colorschememapping datastore listtable listoverridetable "
    b"rsidtbl generator latentstyles xmlnstbl filetbl revtbl blipuid fldinst sn sv mmathPr bkmkstart bkmkend".split()
)
"""Groups that hold settings, pictures and the like."""
_PAGES = {936: "gb18030", 65001: "utf-8", 950: "big5", 10008: "gb18030"}


@dataclass(slots=True)
class _Group:
    """What holds inside one pair of braces."""

    silent: bool = False
    after: int = 1
    """Characters behind a `\\u` that stand for it in old programs."""


@dataclass(slots=True)
class _Reader:
    payload: bytes
    page: str = "gb18030"
    groups: list[_Group] = field(default_factory=lambda: [_Group()])
    raw: bytearray = field(default_factory=bytearray)
    """Bytes in the document's own code page, not yet read: a character may have two."""
    line: list[str] = field(default_factory=list)
    skip: int = 0
    place: int = 0

    def lines(self) -> Iterator[str]:
        """Yield the lines. Raises Unread for groups inside each other without an end."""
        while found := _TOKEN.match(self.payload, self.place):
            self.place = found.end()
            word, number, code, symbol, brace, text = found.groups()
            if word and word in _BREAKS and not self.groups[-1].silent:
                yield self.take()
            elif word:
                self.obey(word, int(number) if number else None)
            elif brace:
                self.brace(brace)
            elif code:
                self.put_raw(bytes.fromhex(code.decode()))
            elif symbol and symbol != b"*":
                self.put(_SYMBOLS.get(symbol, ""))
            elif text:
                self.put_raw(text)
        yield self.take()

    def obey(self, word: bytes, number: int | None) -> None:
        group = self.groups[-1]
        if word in _NO_TEXT:
            group.silent = True
        elif word == b"bin":
            self.place += max(number or 0, 0)
        elif word == b"uc":
            group.after = min(max(number or 0, 0), 9)
        elif word == b"u" and number is not None:
            self.put(_character(number))
            self.skip = group.after
        elif word == b"ansicpg" and number:
            self.page = _page(number)
        elif word in _SIGNS:
            self.put(_SIGNS[word])

    def brace(self, brace: bytes) -> None:
        self.skip = 0
        if brace == b"{":
            if len(self.groups) > _DEEPEST:
                raise Unread("broken")
            self.groups.append(_Group(self.groups[-1].silent, self.groups[-1].after))
        elif len(self.groups) > 1:
            self.groups.pop()

    def put_raw(self, raw: bytes) -> None:
        if self.skip:
            gone = min(self.skip, len(raw))
            self.skip -= gone
            raw = raw[gone:]
        if raw and not self.groups[-1].silent:
            self.raw += raw

    def put(self, text: str) -> None:
        if not self.groups[-1].silent:
            self.settle()
            self.line.append(text)

    def settle(self) -> None:
        if self.raw:
            self.line.append(self.raw.decode(self.page, "replace"))
            self.raw.clear()

    def take(self) -> str:
        self.settle()
        text = "".join(self.line)
        self.line.clear()
        return text


def paragraphs(payload: bytes) -> Iterator[Piece]:
    """Yield the paragraphs and cells of a document. Raises Unread where it is broken."""
    for number, line in enumerate(_Reader(payload).lines(), 1):
        if line.strip():
            yield Piece(f"paragraph {number}", line)


def _character(number: int) -> str:
    """Return a character by its number in 16 bits, with a sign or without; nothing for half of one."""
    value = number % 65536
    return "" if 0xD800 <= value < 0xE000 else chr(value)


def _page(number: int) -> str:
    name = _PAGES.get(number, f"cp{number}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"
