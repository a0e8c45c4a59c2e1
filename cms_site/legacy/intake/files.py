"""Attachments and images → Wagtail documents and images. One file is stored once, however many pages use it.

Identity is the sha256 of the bytes; the stored path carries it, so two files of one name never meet and a file written
before a crash is found again. What a browser would run was refused before it came here (`migrate.importer.files`).
"""

import hashlib
import io
import re
import warnings

from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.db import models, transaction
from PIL import Image as PillowImage
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Collection, CollectionViewRestriction

from cms_site.legacy.intake.receipts import IMPORTED, ReceiptBook, values
from cms_site.legacy.models import Imported, OldSite
from migrate.records import FileItem, Kind, Stored

_PICTURES = {"JPEG": "jpg", "PNG": "png", "GIF": "gif", "WEBP": "webp", "BMP": "bmp"}
_MAX_PIXELS = 80_000_000


@transaction.atomic
def write_files(site: OldSite, items: list[FileItem], book: ReceiptBook) -> list[Stored]:
    """Store one batch of files, their `Imported` rows and receipt lines in one transaction."""
    return [_write(site, item, book) for item in items]


def _write(site: OldSite, item: FileItem, book: ReceiptBook) -> Stored:
    entry = item.entry
    digest = hashlib.sha256(item.payload).hexdigest()
    row = Imported.objects.filter(site=site, source_key=entry.key).first()
    before = values(row, IMPORTED) if row else None
    row = row or Imported(site=site, source_key=entry.key)
    if row.digest != f"sha256:{digest}":
        row.document, row.image = _same_file(digest)
    if row.document is None and row.image is None:
        row.document, row.image = _store(item, digest)
        book.created(row.document or row.image)
    row.digest, row.content_hash = f"sha256:{digest}", entry.content_hash
    row.held, row.state = list(entry.held), "stored"
    row.save()
    if row.document is not None:
        _shelve(row.document, book)
    if before is None:
        book.created(row)
        return Stored(entry.key, "created")
    book.updated(row, before)
    return Stored(entry.key, "updated")


def _same_file(digest: str) -> tuple[models.Model | None, models.Model | None]:
    known = (
        Imported.objects.filter(digest=f"sha256:{digest}")
        .exclude(document=None, image=None)
        .select_related("document", "image")
        .first()
    )
    return (known.document, known.image) if known else (None, None)


def _store(item: FileItem, digest: str) -> tuple[models.Model | None, models.Model | None]:
    picture = picture_format(item.payload) if item.entry.kind == Kind.IMAGE else ""
    title = (item.entry.title or item.entry.name or digest[:12])[:255]
    if picture:
        image = get_image_model()(title=title)
        name = f"original_images/{digest[:16]}.{_PICTURES[picture]}"
        _save_once(image.file.storage, name, item.payload)
        image.file = name
        image.file_size = len(item.payload)
        image.file_hash = hashlib.sha1(item.payload, usedforsecurity=False).hexdigest()
        image.save()
        return None, image
    document = get_document_model()(title=title, collection=_collection(held=bool(item.entry.held)))
    name = f"documents/{digest[:16]}/{short_name(item.entry.name or digest[:12])}"
    _save_once(document.file.storage, name, item.payload)
    document.file = name
    document.file_size = len(item.payload)
    document.file_hash = hashlib.sha1(item.payload, usedforsecurity=False).hexdigest()
    document.save()
    return document, None


HELD_COLLECTION = "待审附件"


def _collection(*, held: bool) -> Collection:
    """Return where a document lies: those of held articles in a collection that only people with a login can read."""
    root = Collection.get_first_root_node()
    if not held:
        return root
    collection = root.get_children().filter(name=HELD_COLLECTION).first()
    if collection is None:
        collection = root.add_child(name=HELD_COLLECTION)
        CollectionViewRestriction.objects.create(
            collection=collection, restriction_type=CollectionViewRestriction.LOGIN
        )
    return collection


def _shelve(document: models.Model, book: ReceiptBook) -> None:
    """Put a document where its pages allow: behind the login while all that use it are held, on any site.

    Not one that an editor has put into a collection of their own.
    """
    held = not Imported.objects.filter(document=document, held=[]).exists()
    wanted = _collection(held=held)
    ours = document.collection.is_root() or document.collection.name == HELD_COLLECTION
    if document.collection_id == wanted.pk or not ours:
        return
    before = values(document, ["collection_id"])
    document.collection = wanted
    document.save(update_fields=["collection"])
    book.updated(document, before)


def _save_once(storage: Storage, name: str, payload: bytes) -> None:
    """Write the file unless it is there already, whole: the name carries the digest, the length shows a torn write."""
    if storage.exists(name):
        if storage.size(name) == len(payload):
            return
        storage.delete(name)
    storage.save(name, ContentFile(payload))


def short_name(name: str) -> str:
    """Return a file name fit for a path: no separators or control characters, at most 60 characters, extension kept."""
    name = re.sub(r'[\x00-\x1f\x7f/\\:*?"<>|%#&\s]+', "_", name).strip("._") or "file"
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > 8:
        return name[:60]
    return f"{stem[:51]}.{extension}"


def picture_format(payload: bytes) -> str:
    """Return the name of the picture's format where the portal can show and the bytes can be decoded, else nothing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", PillowImage.DecompressionBombWarning)
            with PillowImage.open(io.BytesIO(payload)) as picture:
                if picture.format not in _PICTURES or picture.width * picture.height > _MAX_PIXELS:
                    return ""
                picture.load()
                return str(picture.format)
    except Exception:  # decoders fail on hostile bytes in every way there is; the file is then kept as a document
        return ""
