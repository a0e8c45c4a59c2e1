"""A body as it arrives: small ones in memory, large ones on disk, so that memory stays flat whatever servers send."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import aiohttp

from migrate.errors import disk_error
from migrate.http.types import SPOOLED, Spool


async def parts_of(content: aiohttp.StreamReader, patience: float) -> AsyncIterator[bytes]:
    """Yield a body as it comes. Raises TimeoutError where nothing comes for longer than `patience`.

    aiohttp has a timeout of its own, but it stops that clock when it can't make sense of a body, and then waits for
    ever.
    """
    while True:
        if content.is_eof():  # all of it is here: no need of a clock
            part = content.read_nowait()
        else:
            async with asyncio.timeout(patience):
                part = await content.readany()
        if not part:
            return
        yield part


class Body:
    """Add parts, then `finish` or `discard`. Raises ShangyiError where the disk is full."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._parts: list[bytes] = []
        self._file: BinaryIO | None = None
        self.length = 0

    def add(self, part: bytes) -> None:
        """Take the next bytes."""
        self.length += len(part)
        if self._file is not None:
            self._write(part)
            return
        self._parts.append(part)
        if self._folder is not None and self.length > SPOOLED:
            self._parts = [b"".join(self._parts)]
            self._spool(self._folder)

    def finish(self) -> tuple[bytes, Spool | None]:
        """Return (the body, or its beginning, where all of it is if that is on disk)."""
        body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        if self._file is None:
            return body, None
        self._close()
        return body, Spool(self._path, self.length, self._digest.hexdigest())

    def discard(self) -> None:
        """Forget what came."""
        if self._file is not None:
            self._file.close()
            self._path.unlink(missing_ok=True)

    def _spool(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=folder)
        except OSError as error:
            raise disk_error(error, folder) from error
        self._file, self._path, self._digest = os.fdopen(handle, "wb"), Path(name), sha256()
        self._write(self._parts[0])

    def _write(self, part: bytes) -> None:
        assert self._file is not None
        self._digest.update(part)
        try:
            self._file.write(part)
        except OSError as error:
            self.discard()
            raise disk_error(error, self._path) from error

    def _close(self) -> None:
        assert self._file is not None
        try:
            self._file.close()
        except OSError as error:
            self._path.unlink(missing_ok=True)
            raise disk_error(error, self._path) from error
