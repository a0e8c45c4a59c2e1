"""Files on disk: a mirror made by wget or HTTrack, or the document root of a server that was backed up.

Nobody kept what the server said of them, so status 200, type and date are made up from name, content and date of the
file; each such answer says so in a header of its own, X-Archive-Source, which names the file.
"""

import mimetypes
import os
import re
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit

from migrate.config import SiteConfig
from migrate.errors import UsageError
from migrate.filenames import office_type
from migrate.harvest.reading import sniff
from migrate.harvest.sources.http import sendable, with_body
from migrate.harvest.sources.httrack import CACHE, Cache
from migrate.harvest.sources.names import literal_path, path_of, refusal
from migrate.harvest.sources.types import Answer, Notes
from migrate.http import Response
from migrate.i18n import _
from migrate.urls import DEFAULT_DOCUMENTS, canonical, host_of

_STEP = 1 << 20
_BEGINNING = 1 << 12
_TYPES = mimetypes.MimeTypes()
"""Those that Python itself knows: the same on every machine."""
_KINDS = {"html": "text/html", "css": "text/css", "script": "application/javascript"}
_ORIGINAL = ".orig"
"""wget -K: the file as it came, beside the one whose links were rewritten."""
_MIRRORED = re.compile(rb"<!-- Mirrored from (\S+) by HTTrack Website Copier/[^,]*, ([^>]{10,40}) -->")
_PORT = re.compile(r"[:+_](\d{1,5})$")


class _Root(NamedTuple):
    """A folder that lay somewhere on the site."""

    folder: Path
    url: str
    """Where it lay, with a slash at the end."""


class Folder:
    """The answers that the files of a folder stand for."""

    def __init__(self, path: Path, site: SiteConfig, spool: Path) -> None:
        """Raises UsageError where the site file names folders that are not there."""
        self.notes = Notes()
        self._path = path
        self._rules = site.url_rules.cautious()
        self._limit = site.harvest.max_bytes
        self._spool = spool
        self._cache = Cache(path / CACHE, self.notes) if (path / CACHE).is_file() else None
        self.kind = "httrack" if self._cache else "folder"
        self._roots = self._given(site) if site.harvest.folders else self._found(site)
        self._names: dict[str, str] = {}
        """Canonical URL of a file's own name → URL that the file was saved from, where it is another one."""

    def leads_to(self, key: str) -> str:
        """Return the URL that a link stands for which a mirroring program rewrote; empty where it is none."""
        return self._names.get(key.partition("?")[0], "")

    def answers(self) -> Generator[Answer, None, None]:
        """Yield what HTTrack kept as it came, then the files, folder by folder."""
        taken: set[Path] = set()
        if self._cache is not None:
            for answer, file in self._cache.answers(self._path, self._rules, self._spool, self._limit):
                if file is not None:
                    taken.add(file)
                yield answer
        for root in self._roots:
            for path in self._files(root):
                if path not in taken:
                    yield from self._file(root, path)

    def _given(self, site: SiteConfig) -> list[_Root]:
        roots = []
        for name, place in site.harvest.folders.items():
            folder = self._path / name
            if not folder.is_dir():
                raise UsageError(
                    _("There is no folder “{name}” in {path}.").format(name=name, path=self._path),
                    _("Look at “folders” under harvest in the site file."),
                )
            url = urljoin(site.site.url, place)
            roots.append(_Root(folder.resolve(), url if url.endswith("/") else url + "/"))
        return roots

    def _found(self, site: SiteConfig) -> list[_Root]:
        """Return the folders that are named as the site's hosts; without any, all is the main host's root."""
        roots = []
        for folder in sorted(self._path.iterdir()):
            host, port = _host(folder)
            if folder.is_dir() and not folder.is_symlink() and self._rules.owns(host):
                roots.append(_Root(folder.resolve(), f"{urlsplit(site.site.url).scheme}://{host}{port}/"))
        if not roots:
            return [_Root(self._path.resolve(), urljoin(site.site.url, "/"))]
        for folder in self._path.iterdir():
            if folder.is_dir() and "." in folder.name and not self._rules.owns(_host(folder)[0]):
                self.notes.foreign[folder.name.lower()] += sum(len(files) for _dir, _dirs, files in os.walk(folder))
        return roots

    def _files(self, root: _Root) -> Iterator[Path]:
        others = {other.folder for other in self._roots} - {root.folder}
        for place, folders, files in os.walk(root.folder):
            here = Path(place)
            folders[:] = sorted(
                name
                for name in folders
                if not name.startswith(".") and name != "hts-cache" and here / name not in others
            )
            for name in sorted(files):
                path = here / name
                if path.is_symlink():
                    self.notes.leave_out("link", str(path.relative_to(self._path.resolve())))
                else:
                    yield path

    def _file(self, root: _Root, path: Path) -> Iterator[Answer]:
        shown = os.fsencode(path.relative_to(root.folder)).replace(os.sep.encode(), b"/")
        with path.open("rb") as file:
            beginning = file.read(_BEGINNING)
        name = path.name.removesuffix(_ORIGINAL) if self._is_original(path) else path.name
        if path.name == name and self._has_original(path):
            return  # the original beside it is taken
        if why := refusal(name, beginning):
            self.notes.leave_out(why, shown.decode("utf-8", "replace"))
            return
        kind = sniff(_TYPES.guess_type(name)[0] or "", name.lower(), beginning)
        relative = shown.removesuffix(_ORIGINAL.encode()) if path.name != name else shown
        url = urljoin(root.url, path_of(relative, html=kind == "html").removeprefix("/"))
        moment = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        if kind == "html" and (found := _MIRRORED.search(beginning)):
            url, moment = _mirrored(found, url, moment)
            if not self._rules.owns(host_of(url)):
                self.notes.foreign[host_of(url)] += 1
                return
        self._name(urljoin(root.url, literal_path(shown).removeprefix("/")), url)
        media_type = office_type(name) or _KINDS.get(kind) or _TYPES.guess_type(name)[0] or "application/octet-stream"
        for address in (url, *_folder_of(url, path)):
            bare = Response(address, 200, "OK", raw_headers=_headers(media_type, moment, shown), started_at=moment)
            yield Answer(with_body(bare, _pieces(path), self._spool, self._limit))

    def _name(self, literal: str, url: str) -> None:
        try:
            key = canonical(literal, self._rules)
            if key != canonical(url, self._rules):
                self._names[key] = url
        except ValueError:
            return  # too long: no link can lead there

    @staticmethod
    def _is_original(path: Path) -> bool:
        base = path.name.removesuffix(_ORIGINAL)
        return base != path.name and (path.with_name(base).exists() or path.with_name(base + ".html").exists())

    @staticmethod
    def _has_original(path: Path) -> bool:
        return any(path.with_name(base + _ORIGINAL).exists() for base in (path.name, path.name.removesuffix(".html")))


def _host(folder: Path) -> tuple[str, str]:
    """Return (host, `:port` or nothing) that a folder is named after: each program writes the colon differently."""
    found = _PORT.search(folder.name)
    return _PORT.sub("", folder.name.lower()), f":{found[1]}" if found else ""


def _headers(media_type: str, moment: datetime, shown: bytes) -> tuple[tuple[bytes, bytes], ...]:
    return (
        (b"Content-Type", media_type.encode()),
        (b"Last-Modified", format_datetime(moment, usegmt=True).encode()),
        (b"X-Archive-Source", quote(shown).encode()),
    )


def _folder_of(url: str, path: Path) -> Iterator[str]:
    """Yield the folder's own address for the document that a server sends for it: the first of the usual names."""
    folder, _slash, name = urlsplit(url).path.rpartition("/")
    if name.lower() not in DEFAULT_DOCUMENTS or urlsplit(url).query:
        return
    there = {other.name.lower() for other in path.parent.iterdir()}
    if name.lower() == next((usual for usual in DEFAULT_DOCUMENTS if usual in there), name.lower()):
        yield urljoin(url, folder + "/")


def _mirrored(found: re.Match[bytes], url: str, moment: datetime) -> tuple[str, datetime]:
    """Return address and time that HTTrack wrote into a page; what can't be read of them stays as it was."""
    try:
        text = found[1].decode("utf-8")
    except UnicodeDecodeError:
        text = found[1].decode("gb18030", "replace")
    told = sendable(text if "://" in text else f"http://{text}")
    try:
        when = parsedate_to_datetime(found[2].decode("ascii", "replace"))
    except ValueError:
        when = moment
    return told or url, when if when.tzinfo else when.replace(tzinfo=UTC)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_STEP):
            yield piece
