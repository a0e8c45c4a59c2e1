"""The seal of a finished capture: the SHA-256 of its WARC files, in `archives/<site>/manifest-sha256.txt`.

Records have digests of their own, but gzip's padding has not; and a seal can be compared without us: `sha256sum -c`.
"""

import os
from collections.abc import Mapping
from hashlib import file_digest, sha256
from pathlib import Path

from migrate.archive.warc import warc_files
from migrate.errors import disk_error

MANIFEST = "manifest-sha256.txt"


_STEP = 1 << 20
_AT_ONCE = 200_000_000
"""Bytes of a file that are read at a time while a harvest goes on; one that had more before is left for the end."""


class Growing:
    """The SHA-256 of WARC files while they are written, so that nobody waits for it at the end."""

    def __init__(self, folder: Path) -> None:
        """`folder` is the site's archive folder."""
        self._folder = folder / "warc"
        self._name = ""
        self._read_to = 0
        self._digest = sha256()
        self._known: dict[str, tuple[int, str]] = {}

    def reach(self, name: str, size: int) -> None:
        """Take a file up to `size`: whole records, which are on the disk. Files come in the order of their writing.

        Raises ShangyiError where it can't be read.
        """
        if name != self._name:
            if self._name:
                self._take((self._folder / self._name).stat().st_size)
            self._name, self._read_to, self._digest = name, 0, sha256()
        self._take(size)

    def _take(self, size: int) -> None:
        if size - self._read_to > _AT_ONCE:
            return  # and ever after
        path = self._folder / self._name
        try:
            with path.open("rb") as file:
                file.seek(self._read_to)
                while self._read_to < size and (piece := file.read(min(_STEP, size - self._read_to))):
                    self._digest.update(piece)
                    self._read_to += len(piece)
        except OSError as error:
            raise disk_error(error, path) from error
        self._known[self._name] = self._read_to, self._digest.hexdigest()

    def whole(self) -> dict[str, str]:
        """Return file name → SHA-256 (hexadecimal) of the files of which all was taken."""
        sizes = {name: (self._folder / name).stat().st_size for name in self._known}
        return {name: digest for name, (size, digest) in self._known.items() if size == sizes[name]}


def seal(folder: Path, stamp: str, known: Mapping[str, str]) -> None:
    """Write down the files of a capture that is finished; `known` has the SHA-256 of some. Raises ShangyiError where
    that can't be written.
    """
    manifest = folder / MANIFEST
    digests = seals(folder)
    for path in warc_files(folder):
        if path.name.startswith(f"{stamp}-"):
            digests[path.name] = known.get(path.name) or sha256_of(path)
    unfinished = manifest.with_suffix(".part")
    try:
        with unfinished.open("w", encoding="ascii", newline="\n") as file:
            file.writelines(f"{digest}  warc/{name}\n" for name, digest in sorted(digests.items()))
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(manifest)
    except OSError as error:
        raise disk_error(error, manifest) from error


def seals(folder: Path) -> dict[str, str]:
    """Return file name → SHA-256 (hexadecimal) of all files that were sealed; lines that are none are left out."""
    manifest = folder / MANIFEST
    if not manifest.exists():
        return {}
    lines = (line.split("  warc/", 1) for line in manifest.read_text(encoding="utf-8", errors="replace").splitlines())
    return {words[1]: words[0] for words in lines if len(words) == 2}


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
