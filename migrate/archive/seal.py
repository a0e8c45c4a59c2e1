"""The seal of a finished capture: the SHA-256 of its WARC files, in `archives/<site>/manifest-sha256.txt`.

Records have digests of their own, but gzip's padding has not; and a seal can be compared without us: `sha256sum -c`.
"""

import os
from hashlib import file_digest
from pathlib import Path

from migrate.archive.warc import warc_files
from migrate.errors import disk_error

MANIFEST = "manifest-sha256.txt"


def seal(folder: Path, stamp: str) -> None:
    """Write down the files of a capture that is finished. Raises ShangyiError where that can't be written."""
    manifest = folder / MANIFEST
    digests = seals(folder)
    for path in warc_files(folder):
        if path.name.startswith(f"{stamp}-"):
            digests[path.name] = sha256_of(path)
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
