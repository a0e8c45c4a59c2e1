"""Attachments and images → Wagtail documents and images. One file is stored once, however many pages use it.

Identity is the sha256 of the bytes; the stored path carries it, so two files of one name never meet and a file written
before a crash is found again. What a browser would run is refused.
"""

import hashlib
import io
import re
import warnings

from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.db import models, transaction
from PIL import Image as PillowImage
from PIL import UnidentifiedImageError
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Collection, CollectionViewRestriction

from cms_site.legacy.intake.receipts import ReceiptBook, values
from cms_site.legacy.models import Imported, OldSite
from migrate.i18n import _
from migrate.records import FileItem, Kind, Stored

_PICTURES = {"JPEG": "jpg", "PNG": "png", "GIF": "gif", "WEBP": "webp"}
_MAX_PIXELS = 80_000_000
_UNSAFE = frozenset(
    "exe dll bat cmd com scr msi vbs js hta ps1 sh jar php asp aspx jsp cgi htm html shtml xhtml svg swf".split()
)
_MARKUP = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|script|\?php|svg)", re.IGNORECASE)


@transaction.atomic
def write_files(site: OldSite, items: list[FileItem], book: ReceiptBook) -> list[Stored]:
    """Store one batch of files, their `Imported` rows and receipt lines in one transaction."""
    return [_write(site, item, book) for item in items]


def _write(site: OldSite, item: FileItem, book: ReceiptBook) -> Stored:
    key = item.entry.key
    refused = _refusal(item)
    if refused:
        return Stored(key, "refused", refused)
    digest = hashlib.sha256(item.payload).hexdigest()
    imported = Imported.objects.filter(site=site, source_key=key).first()
    if imported and imported.digest == f"sha256:{digest}" and (imported.document_id or imported.image_id):
        before = values(imported)
        if imported.document is not None and not item.entry.held:
            _publish(imported.document)
        imported.content_hash = item.entry.content_hash
        imported.save()
        book.updated(imported, before)
        return Stored(key, "updated")
    document, image = _same_file(digest)
    if document is None and image is None:
        document, image = _store(item, digest)
        book.created(document or image)
    elif document is not None and not item.entry.held:
        _publish(document)
    before = values(imported) if imported else {}
    row = imported or Imported(site=site, source_key=key)
    row.document, row.image, row.digest = document, image, f"sha256:{digest}"
    row.content_hash, row.state = item.entry.content_hash, "stored"
    row.save()
    if imported:
        book.updated(row, before)
    else:
        book.created(row)
    return Stored(key, "updated" if imported else "created")


def _refusal(item: FileItem) -> str:
    extension = item.entry.name.rpartition(".")[2].lower()
    if not item.payload:
        return _("The file is empty.")
    if item.payload[:2] == b"MZ" or extension in _UNSAFE:
        return _("A file of this kind is not published: it could run in a visitor's browser or computer.")
    if _MARKUP.match(item.payload[:512]):
        return _("The old server sent a web page instead of the file.")
    return ""


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


def _publish(document: models.Model) -> None:
    """Take a document out of the held collection, because an article that may be shown uses it too."""
    if document.collection.name == HELD_COLLECTION:
        document.collection = _collection(held=False)
        document.save(update_fields=["collection"])


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
    """Return JPEG, PNG, GIF or WEBP where the bytes are such a picture that can be decoded; else an empty string."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", PillowImage.DecompressionBombWarning)
            with PillowImage.open(io.BytesIO(payload)) as picture:
                if picture.format not in _PICTURES or picture.width * picture.height > _MAX_PIXELS:
                    return ""
                picture.load()
                return str(picture.format)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Warning, PillowImage.DecompressionBombError):
        return ""
