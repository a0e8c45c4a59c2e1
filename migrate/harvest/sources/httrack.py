"""HTTrack's cache, hts-cache/new.zip: each address it asked for, pages as they came, before their links were rewritten.

Status and headers stand in the extra field of each local file header, beside HTTrack's own: X-In-Cache (whether the
body is in the zip file), X-Addr and X-Fil (the address), X-Save (the file that it was saved to).
"""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, BinaryIO

from migrate.archive.reading import status_of
from migrate.harvest.sources.http import head_of, sendable, with_body
from migrate.harvest.sources.types import Answer, Notes
from migrate.http import Response
from migrate.http.types import HeaderPairs
from migrate.i18n import _
from migrate.records import Finding, Level
from migrate.urls import UrlRules, host_of

CACHE = "hts-cache/new.zip"

_LOCAL_HEADER = struct.Struct("<26xHH")
_STEP = 1 << 20
_OWN = (b"x-in-cache", b"x-statuscode", b"x-statusmessage", b"x-size", b"x-charset", b"x-addr", b"x-fil", b"x-save")


class Cache:
    """What HTTrack kept beside the files of a mirror."""

    def __init__(self, path: Path, notes: Notes) -> None:
        self._path = path
        self._notes = notes

    def answers(self, mirror: Path, rules: UrlRules, spool: Path, limit: int) -> Iterator[tuple[Answer, Path | None]]:
        """Yield the site's own answers, each with the file of the mirror that it was saved to."""
        moment = datetime.fromtimestamp(self._path.stat().st_mtime, UTC)
        try:
            with zipfile.ZipFile(self._path) as cache, self._path.open("rb") as raw:
                for entry in cache.infolist():
                    url, head = _local(raw, entry)
                    if not rules.owns(host_of(url)):
                        self._notes.foreign[host_of(url)] += 1
                        continue
                    line, headers = head_of(head)
                    bare = _bare(url, line, headers, moment)
                    file = _saved(headers, mirror)
                    pieces = self._body(cache, entry, headers, file)
                    if bare is None or pieces is None:
                        self._notes.leave_out("no-http" if bare is None else "no-body", url)
                        continue
                    try:
                        yield Answer(with_body(bare, pieces, spool, limit)), file
                    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
                        self._damaged(f"{CACHE}/{entry.filename}", error)
        except (zipfile.BadZipFile, NotImplementedError, struct.error) as error:
            self._damaged(CACHE, error)

    def _body(
        self, cache: zipfile.ZipFile, entry: zipfile.ZipInfo, headers: HeaderPairs, file: Path | None
    ) -> Iterator[bytes] | None:
        """Return the body: from the cache, from the mirror, empty where the server sent none; None if it is missing."""
        if _own(headers, b"x-in-cache") == "1":
            return _pieces(cache.open(entry))
        if file is not None:
            return _pieces(file.open("rb"))
        return iter(()) if _own(headers, b"x-statuscode")[:1] in ("3", "4", "5") else None

    def _damaged(self, name: str, error: Exception) -> None:
        self._notes.findings.append(
            Finding(
                Level.WARNING,
                "source.damaged",
                "",
                _("{file} can't be read: {error}").format(file=name, error=error),
                _("The files of the mirror were taken in its place. Is there a better copy?"),
            )
        )


def _local(raw: BinaryIO, entry: zipfile.ZipInfo) -> tuple[str, bytes]:
    """Return (address, head) from an entry's local header; the list of contents has neither as it was."""
    raw.seek(entry.header_offset)
    name, extra = _LOCAL_HEADER.unpack(raw.read(_LOCAL_HEADER.size))
    address, head = raw.read(name), raw.read(extra)
    try:
        return sendable(address.decode("utf-8")), head
    except UnicodeDecodeError:
        return sendable(address.decode("gb18030", "replace")), head


def _own(headers: HeaderPairs, name: bytes) -> str:
    return next((value.decode("utf-8", "surrogateescape") for own, value in headers if own.lower() == name), "")


def _bare(url: str, line: str, headers: HeaderPairs, moment: datetime) -> Response | None:
    status = status_of(line)
    if not line.startswith("HTTP/") or not 200 <= status < 600:
        return None
    charset = _own(headers, b"x-charset")
    sent = tuple(
        (name, value + f"; charset={charset}".encode() if charset and name.lower() == b"content-type" else value)
        for name, value in headers
        if name.lower() not in _OWN
    )
    version, _blank, rest = line.partition(" ")
    return Response(url, status, rest.partition(" ")[2], version.removeprefix("HTTP/"), sent, started_at=moment)


def _saved(headers: HeaderPairs, mirror: Path) -> Path | None:
    """Return the file of the mirror that X-Save names; never one outside it."""
    name = _own(headers, b"x-save")
    if not name:
        return None
    path = (mirror / name).resolve()
    return path if path.is_relative_to(mirror.resolve()) and path.is_file() else None


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_STEP):
            yield piece
