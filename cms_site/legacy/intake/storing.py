"""Files in the portal's storage: called by their digests, written before their rows, never left behind.

A file can't be part of a transaction. So it is announced (`PendingFile`, committed), written, and the announcement goes
in the transaction that writes its rows. A rollback announces what it removes the rows of, in the same transaction. What
is still announced when the next import opens was left behind by one that broke off. Nothing is searched for: a database
that has never heard of a file can't take it from one that has.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, Storage
from django.db import models, transaction
from wagtail.documents import get_document_model
from wagtail.images import get_image_model

from cms_site.legacy.models import PendingFile
from cms_site.legacy.rows import delete_rows, put_rows
from migrate.errors import disk_error

_ILL = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|%#&\s\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+')
"""What no file system or address likes, and what turns a name round so that it seems to end otherwise."""
_DEVICE = re.compile(r"(?:con(?:in\$|out\$)?|prn|aux|nul|(?:com|lpt)[\d¹²³])(?:\.|$)", re.IGNORECASE)
"""Names that Windows keeps for itself, whatever their extension."""
_FOLDER = re.compile(r"documents/[0-9a-f]{16}(?=/)")
_IMAGES = "original_images/"
_INCOMING = ".incoming-"
_AT_ONCE = 16
"""Syncs that wait for the disk together: it then writes once for many."""
_syncing = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="syncing")
"""For all batches: beside busy threads, one that is to be started waits for its turn."""


class ToStore(NamedTuple):
    """One file on its way into storage."""

    model: type[models.Model]
    """Image or document."""
    name: str
    path: Path
    """Where its bytes lie now, see `incoming`."""
    size: int

    @property
    def storage(self) -> Storage:
        """Return the storage of files of this kind."""
        return _storage(self.model)


def image_path(digest: str, extension: str) -> str:
    """Return where an image is stored; `digest` is SHA-256 in hexadecimal."""
    return f"{_IMAGES}{digest[:16]}.{extension}"


def document_path(digest: str, name: str) -> str:
    """Return where a document is stored; the last part is the name under which visitors save it."""
    return f"documents/{digest[:16]}/{short_name(name or digest[:12])}"


def short_name(name: str) -> str:
    """Return a file name fit for a path: no separators or control characters, at most 60 characters, extension kept."""
    name = _ILL.sub("_", name).strip("._") or "file"
    if _DEVICE.match(name):
        name = f"_{name}"
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > 8:
        return name[:60].rstrip("._")  # Windows drops a point at the end, and then finds no such file
    return f"{stem[:51]}.{extension}"


@contextmanager
def incoming() -> Iterator[Path]:
    """Give a folder where files lie until they are stored: beside the documents, which no web server hands out."""
    documents = _local(_storage(get_document_model()), "documents")
    if documents is not None:
        documents.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=_INCOMING, dir=documents) as folder:
        yield Path(folder)


def store(files: Iterable[ToStore]) -> list[str]:
    """Announce and write the files that are not there yet, whole; return their names, for `committed`.

    Call before the transaction that writes their rows. The name carries the digest, the length shows a torn write.
    What was written survives a power cut from then on. Raises ShangyiError where the disk is full.
    """
    places = [(file, _local(file.storage, file.name)) for file in files]
    missing = [(file, path) for file, path in places if not _is_whole(file, path)]
    names = [file.name for file, _path in missing]
    announce(names)
    try:
        for file, path in missing:
            try:
                _put(file, path)
            except OSError as error:  # from one file system to another it names the file that was read
                raise disk_error(error, path or Path(file.name)) from error
        stored = [(file.name, path) for file, path in missing if path is not None]
        written = [*(path for _name, path in stored), *_folders(stored)]
        list(_syncing.map(_all_onto_disk, [written[start::_AT_ONCE] for start in range(_AT_ONCE)]))
    except OSError as error:
        raise disk_error(error, Path(error.filename or names[0])) from error
    return names


def announce(names: Iterable[str]) -> None:
    """Note files of which only the database's rows say, from its next commit on, whether they are to be there.

    For those that are to be written, and those whose rows are removed in the running transaction.
    """
    put_rows(PendingFile, [{"name": name} for name in names], {}, once=["name"], updated=["name"])


def _is_whole(file: ToStore, path: Path | None) -> bool:
    if path is None:
        return file.storage.exists(file.name) and file.storage.size(file.name) == file.size
    try:
        return path.stat().st_size == file.size
    except FileNotFoundError:
        return False


def _put(file: ToStore, path: Path | None) -> None:
    """Store a file; without a path in a storage elsewhere, which keeps its own promises."""
    if path is None:
        file.storage.delete(file.name)
        with file.path.open("rb") as content:
            file.storage.save(file.name, File(content))
        return
    try:
        shutil.move(file.path, path)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(file.path, path)
    if settings.FILE_UPLOAD_PERMISSIONS is not None:
        path.chmod(settings.FILE_UPLOAD_PERMISSIONS)


def _folders(stored: Iterable[tuple[str, Path]]) -> set[Path]:
    """Return the folders, the storage's own too, whose names of these files (name, path) have to be on the disk."""
    parents = {(path.parent, name.count("/")) for name, path in stored}
    return {folder for parent, depth in parents for folder in (parent, *parent.parents[:depth])}


def _local(storage: Storage, name: str) -> Path | None:
    """Return where a file of this machine's lies; None for a storage elsewhere."""
    return Path(storage.path(name)) if isinstance(storage, FileSystemStorage) else None


def _all_onto_disk(paths: Iterable[Path]) -> None:
    for path in paths:
        _onto_disk(path)


def _onto_disk(path: Path) -> None:
    """Make a file, or the names in a folder, survive a power cut. Windows can't open folders and doesn't need it."""
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)  # Windows flushes only what it may write
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def committed(names: list[str]) -> None:
    """Take announced files for stored. Call inside the transaction that writes their rows."""
    delete_rows(PendingFile, "name", names)


@transaction.atomic
def sweep() -> int:
    """Remove the files of batches that were never committed, and of rollbacks; return how many.

    Only under the import lock. Raises OSError where one can't be removed: all stay announced.

    A file that an image or document refers to stays, whoever made that. What had only come in goes uncounted.
    """
    if (documents := _local(_storage(get_document_model()), "documents")) is not None:
        for folder in documents.glob(f"{_INCOMING}*"):
            shutil.rmtree(folder)
    pending = set(PendingFile.objects.values_list("name", flat=True))
    removed = 0
    for model in (get_image_model(), get_image_model().get_rendition_model(), get_document_model()) if pending else ():
        used = set(model.objects.filter(file__in=pending).values_list("file", flat=True))
        pending -= used
    for name in sorted(pending):
        removed += _remove(name)
    PendingFile.objects.all().delete()
    return removed


def _remove(name: str) -> bool:
    """Remove a file, and its folder where it was alone there; say whether there was one."""
    folder = _FOLDER.match(name)
    storage = _storage(_model_of(name))
    found = storage.exists(name)
    storage.delete(name)
    if folder and storage.exists(folder[0]) and storage.listdir(folder[0]) == ([], []):
        storage.delete(folder[0])
    return found


def _model_of(name: str) -> type[models.Model]:
    """Return whose files are called so: documents', images' or renditions'."""
    if _FOLDER.match(name):
        return get_document_model()
    return get_image_model() if name.startswith(_IMAGES) else get_image_model().get_rendition_model()


def _storage(model: type[models.Model]) -> Storage:
    return model._meta.get_field("file").storage
