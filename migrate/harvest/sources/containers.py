"""Where WARC files lie: by themselves, in a folder, or packed into WACZ files, which are zip files."""

import io
import shutil
import struct
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

WARC_NAMES = (".warc", ".warc.gz", ".arc", ".arc.gz")
WACZ_NAME = ".wacz"

_LOCAL_HEADER = struct.Struct("<26xHH")
"""Of a zip entry: the lengths of its name and of its extra field (APPNOTE 4.3.7)."""


class Container(NamedTuple):
    """One WARC file, wherever it lies."""

    name: str
    """For people."""
    open: Callable[[], AbstractContextManager[BinaryIO]]
    """Opens it; it can be read from any place."""


def is_archive(path: Path) -> bool:
    """Say whether a file is one of these by its name."""
    return path.name.lower().endswith((*WARC_NAMES, WACZ_NAME))


def containers(path: Path, spool: Path) -> tuple[list[Container], bool]:
    """Return the WARC files that a file is or holds, and whether it is what its name says.

    A WACZ that is cut off has lost its list of contents; the WARC records in it are found all the same.
    """
    if not path.name.lower().endswith(WACZ_NAME):
        return [_plain(path)], True
    try:
        with zipfile.ZipFile(path) as packed:
            entries = [entry for entry in packed.infolist() if entry.filename.lower().endswith(WARC_NAMES)]
    except (zipfile.BadZipFile, NotImplementedError, OSError):
        return [_plain(path)], False
    return [_packed(path, entry, spool) for entry in sorted(entries, key=lambda entry: entry.filename)], True


def _plain(path: Path) -> Container:
    return Container(path.name, lambda: path.open("rb"))


def _packed(path: Path, entry: zipfile.ZipInfo, spool: Path) -> Container:
    stored = entry.compress_type == zipfile.ZIP_STORED and not entry.flag_bits & 1

    @contextmanager
    def opened() -> Iterator[BinaryIO]:
        with path.open("rb") as file:
            if stored:
                yield io.BufferedReader(_Part(file, entry))
                return
            spool.mkdir(parents=True, exist_ok=True)
            with zipfile.ZipFile(file) as packed, tempfile.TemporaryFile(dir=spool) as unpacked:
                with packed.open(entry) as source:
                    shutil.copyfileobj(source, unpacked)
                yield unpacked

    return Container(f"{path.name}/{entry.filename}", opened)


class _Part(io.RawIOBase):
    """A stored entry of a zip file, read where it lies."""

    def __init__(self, file: BinaryIO, entry: zipfile.ZipInfo) -> None:
        file.seek(entry.header_offset)
        name, extra = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
        self._file = file
        self._begin = entry.header_offset + _LOCAL_HEADER.size + name + extra
        self._size = entry.file_size
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        self._place = max(0, base + offset)
        return self._place

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        self._file.seek(self._begin + self._place)
        data = self._file.read(max(0, min(len(buffer), self._size - self._place)))
        buffer[: len(data)] = data
        self._place += len(data)
        return len(data)
