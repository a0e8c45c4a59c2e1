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
from wagtail.models import Collection, CollectionViewRestriction, Page, ReferenceIndex

from cms_site.legacy.intake.receipts import IMPORTED, ReceiptBook, values
from cms_site.legacy.models import RETIRED, Imported, OldSite
from migrate.embedded import MARK
from migrate.records import FileItem, Kind, Stored

_PICTURES = {"JPEG": "jpg", "PNG": "png", "GIF": "gif", "WEBP": "webp"}
_CONVERTED = ("BMP", "TIFF")
"""Shown by few browsers, or not at all: the portal gets them as PNG; the bytes as sent stay in the WARC file."""
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
    if row.digest != f"sha256:{digest}" or (row.document is None and row.image is None):
        row.document, row.image = _thing(item, digest, book)
    row.digest, row.content_hash = f"sha256:{digest}", entry.content_hash
    row.held, row.state = list(entry.held), "stored"
    row.save()
    if before is None:
        book.created(row)
        return Stored(entry.key, "created")
    book.updated(row, before)
    return Stored(entry.key, "updated")


def _thing(item: FileItem, digest: str, book: ReceiptBook) -> tuple[models.Model | None, models.Model | None]:
    """Return (document, image), one of them None: what the same bytes became before as that kind, else a new one."""
    picture = picture_format(item.payload) if item.entry.kind == Kind.IMAGE else ""
    name = "image" if picture else "document"
    rows = Imported.objects.filter(digest=f"sha256:{digest}", **{f"{name}__isnull": False})
    known = rows.select_related(name).first()
    if known is not None:
        thing = getattr(known, name)
    else:
        thing = _store_image(item, digest, picture) if picture else _store_document(item, digest)
        book.created(thing)
    return (None, thing) if picture else (thing, None)


def _title(item: FileItem, digest: str) -> str:
    return (item.entry.title or item.entry.name or digest[:12])[:255]


def _store_image(item: FileItem, digest: str, picture: str) -> models.Model:
    payload = _as_png(item.payload) if picture in _CONVERTED else item.payload
    image = get_image_model()(title=_title(item, digest))
    name = f"original_images/{digest[:16]}.{_PICTURES.get(picture, 'png')}"
    _save_once(image.file.storage, name, payload)
    image.file = name
    image.file_size = len(payload)
    image.file_hash = hashlib.sha1(payload, usedforsecurity=False).hexdigest()
    image.save()
    return image


def _as_png(payload: bytes) -> bytes:
    """Return a picture that `picture_format` could decode as PNG; of several pages the first."""
    written = io.BytesIO()
    with PillowImage.open(io.BytesIO(payload)) as picture:
        plain = picture if picture.mode in ("1", "L", "LA", "P", "RGB", "RGBA") else picture.convert("RGB")
        plain.save(written, "PNG")
    return written.getvalue()


def _store_document(item: FileItem, digest: str) -> models.Model:
    document = get_document_model()(title=_title(item, digest), collection=_collection(held=bool(item.entry.held)))
    name = f"documents/{digest[:16]}/{short_name(item.entry.name or digest[:12])}"
    _save_once(document.file.storage, name, item.payload)
    document.file = name
    document.file_size = len(item.payload)
    document.file_hash = hashlib.sha1(item.payload, usedforsecurity=False).hexdigest()
    document.save()
    return document


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


@transaction.atomic
def shelve_documents(site: OldSite, book: ReceiptBook) -> None:
    """Put each document of a site where its pages allow, whichever site those are of.

    Public is one that an address still stands for which is not held, and one that a live page refers to; any other
    lies behind the login. What a page carried inside itself has no address: there the live page alone counts. A
    document that an editor has put into a collection of their own stays there.
    """
    rows = Imported.objects.filter(document__isnull=False)
    open_rows = rows.filter(held=[]).exclude(old_urls__outcome__in=RETIRED).exclude(source_key__contains=MARK)
    public = set(open_rows.values_list("document_id", flat=True))
    numbers = rows.filter(site=site).values("document_id")
    for document in get_document_model().objects.filter(pk__in=numbers).select_related("collection"):
        hidden = document.collection.name == HELD_COLLECTION
        if not hidden and not document.collection.is_root():
            continue
        held = document.pk not in public and not _on_live_page(document)
        if held != hidden:
            before = values(document, ["collection_id"])
            document.collection = _collection(held=held)
            document.save(update_fields=["collection"])
            book.updated(document, before)


def _on_live_page(document: models.Model) -> bool:
    references = ReferenceIndex.get_references_to(document).filter(base_content_type__model="page")
    numbers = [int(number) for number in references.values_list("object_id", flat=True)]
    return Page.objects.filter(pk__in=numbers, live=True).exists()


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
                if picture.format not in (*_PICTURES, *_CONVERTED) or picture.width * picture.height > _MAX_PIXELS:
                    return ""
                picture.load()
                return str(picture.format)
    except Exception:  # decoders fail on hostile bytes in every way there is; the file is then kept as a document
        return ""
