"""Files in the portal's storage: called by their digests, written before their rows, never left behind.

A file can't be part of a transaction. So it is announced (`PendingFile`, committed), written, and the announcement goes
in the transaction that writes its rows. What is still announced when the next import opens was written by one that
broke off. Nothing is searched for: a database that has never heard of a file can't take it from one that has.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.db import models, transaction
from wagtail.documents import get_document_model
from wagtail.images import get_image_model

from cms_site.legacy.models import PendingFile

_ILL = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|%#&\s]+')
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
"""Names that Windows keeps for itself, whatever their extension."""
_FOLDER = re.compile(r"documents/[0-9a-f]{16}(?=/)")


class ToStore(NamedTuple):
    """One file on its way into storage."""

    model: type[models.Model]
    """Image or document."""
    name: str
    payload: bytes

    @property
    def storage(self) -> Storage:
        """Return the storage of files of this kind."""
        return _storage(self.model)


def image_path(digest: str, extension: str) -> str:
    """Return where an image is stored; `digest` is SHA-256 in hexadecimal."""
    return f"original_images/{digest[:16]}.{extension}"


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
        return name[:60]
    return f"{stem[:51]}.{extension}"


def store(files: Iterable[ToStore]) -> list[str]:
    """Announce and write the files that are not there yet, whole; return their names, for `committed`.

    Call before the transaction that writes their rows. The name carries the digest, the length shows a torn write.
    """
    missing = [file for file in files if not _is_whole(file)]
    names = [file.name for file in missing]
    PendingFile.objects.bulk_create([PendingFile(name=name) for name in names], ignore_conflicts=True)
    for file in missing:
        file.storage.delete(file.name)
        file.storage.save(file.name, ContentFile(file.payload))
    return names


def _is_whole(file: ToStore) -> bool:
    return file.storage.exists(file.name) and file.storage.size(file.name) == len(file.payload)


def committed(names: list[str]) -> None:
    """Take announced files for stored. Call inside the transaction that writes their rows."""
    PendingFile.objects.filter(name__in=names).delete()


@transaction.atomic
def sweep() -> int:
    """Remove the files of batches that were never committed; return how many. Only under the import lock.

    A file that an image or document refers to stays, whoever made that.
    """
    pending = set(PendingFile.objects.values_list("name", flat=True))
    removed = 0
    for model in (get_image_model(), get_document_model()) if pending else ():
        used = set(model.objects.filter(file__in=pending).values_list("file", flat=True))
        pending -= used
    for name in sorted(pending):
        removed += _remove(name)
    PendingFile.objects.all().delete()
    return removed


def _remove(name: str) -> bool:
    """Remove a file, and its folder where it was alone there; say whether there was one."""
    folder = _FOLDER.match(name)
    storage = _storage(get_document_model() if folder else get_image_model())
    found = storage.exists(name)
    storage.delete(name)
    if folder and storage.exists(folder[0]) and storage.listdir(folder[0]) == ([], []):
        storage.delete(folder[0])
    return found


def _storage(model: type[models.Model]) -> Storage:
    return model._meta.get_field("file").storage
