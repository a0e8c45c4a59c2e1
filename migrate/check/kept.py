"""Pages as they came, on disk until a walk over links is done: for the text of a broken link nobody is asked again."""

import tempfile
from pathlib import Path
from typing import IO

from migrate.encoding import decode
from migrate.http import MAX_PAGE

MOST = 500_000_000
"""Bytes kept: some 20,000 pages. Any further page that has a broken link is asked for a second time."""


class Kept:
    """Use it as a context manager; its file has no name and ends with the process, however that ends."""

    def __init__(self, folder: Path | None = None, most: int = MOST) -> None:
        """`folder` is where the file lies; without it where the system keeps such files."""
        self._file: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (open as long as this is)
        self._most = most
        self._end = 0
        self._places: dict[str, tuple[int, int, str]] = {}

    def __enter__(self) -> "Kept":
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def add(self, address: str, body: bytes, content_type: str) -> None:
        """Take a page, if there is room."""
        body = body[:MAX_PAGE]
        if self._end + len(body) > self._most:
            return
        self._file.seek(self._end)
        self._file.write(body)
        self._places[address] = (self._end, len(body), content_type)
        self._end += len(body)

    def text(self, address: str) -> str | None:
        """Return what a page said; None if it is not here."""
        if address not in self._places:
            return None
        start, length, content_type = self._places[address]
        self._file.seek(start)
        return decode(self._file.read(length), content_type).text
