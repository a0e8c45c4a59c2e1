"""Answers that aiohttp's parser refuses, read as browsers read them.

Where Content-Length is too small, up to there: what follows makes the parser give up on the part that is right, too.
Of a head that is no proper one, what makes sense: scripts of old servers print a line too many, or a length twice.
"""

import asyncio
import re
from functools import partial
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)
_END = b"\r\n\r\n"
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9a-z-]+)[ \t]*:(.*)", re.IGNORECASE | re.DOTALL)
_CONTROLS = bytes(byte for byte in range(32) if byte != 9)
_SPACES = bytes.maketrans(_CONTROLS, b" " * len(_CONTROLS))
_HEAD = 1 << 20
"""Bytes after which a head that does not end is the parser's to refuse."""


def trimming(connector: aiohttp.TCPConnector) -> aiohttp.TCPConnector:
    """Let a connector be deaf to what follows the announced end of an answer."""
    factory: Any = partial(_Trimming, loop=asyncio.get_running_loop())
    connector._factory = factory
    return connector


class _Trimming(ResponseHandler):
    """aiohttp's reader of answers, which gets no byte more than was announced."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._waiting = b""
        self._left: int | None = None

    def set_response_params(self, **params: Any) -> None:
        """Begin another answer."""
        self._waiting, self._left = b"", None
        super().set_response_params(**params)

    def data_received(self, data: bytes) -> None:
        """Hand on what belongs to the answer."""
        if not data or self._left == -1:
            super().data_received(data)
            return
        if self._left is None:
            self._waiting += data
            head, mark, data = self._waiting.partition(_END)
            if not mark and len(self._waiting) < _HEAD:
                return
            head = mended(head)
            announced = _LENGTH.search(head + b"\r\n")
            self._left = int(announced[1]) if announced else -1
            super().data_received(head + mark)
        body = data if self._left == -1 else data[: self._left]
        if self._left != -1:
            self._left -= len(body)
        if body:
            super().data_received(body)
        if len(body) < len(data):
            self.force_close()


def mended(head: bytes) -> bytes:
    """Return an answer's head without what is no header field, and without a length that is told once more."""
    line, *fields = head.split(b"\r\n")
    kept: list[bytes] = []
    lengths: set[bytes] = set()
    for field in fields:
        found = _FIELD.fullmatch(field)
        if found is None:
            if kept and field[:1] in b" \t" and field.strip():  # a field that goes on
                kept.append(field.translate(_SPACES))
            continue
        name, value = found[1], found[2].translate(_SPACES).strip()
        if name.lower() == b"content-length":
            told = {part.strip() for part in value.split(b",")}
            if len(told) == 1 and told <= lengths:
                continue
            lengths |= told
            value = value if len(told) > 1 else told.pop()
        kept.append(name + b": " + value)
    return b"\r\n".join([line, *kept])
