"""Attachments and images → Wagtail documents and images. One file is stored once, however many pages use it.

Identity is the sha256 of the bytes; the stored path carries it, so two files of one name never meet and a file written
before a crash is found again. What a browser would run was refused before it came here (`migrate.importer.files`).
A batch costs the same few queries whatever its size; renditions are made when somebody first looks.
"""

from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import Exists, Min, OuterRef
from django.db.models.functions import Cast
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Collection, CollectionViewRestriction, Page, ReferenceIndex

from cms_site.legacy.intake.arriving import Arrived, arrivals
from cms_site.legacy.intake.indexing import index_again, index_new
from cms_site.legacy.intake.pictures import Picture
from cms_site.legacy.intake.receipts import IMPORTED, ReceiptBook, values
from cms_site.legacy.intake.storing import ToStore, committed, document_path, image_path, incoming, store
from cms_site.legacy.models import RETIRED, Imported, OldSite
from cms_site.legacy.rows import insert_rows, update_rows
from migrate.embedded import MARK
from migrate.i18n import _
from migrate.records import Kind, Reading, Stored

_WRITTEN = ("document_id", "image_id", "digest", "content_hash", "held", "state", "imported_at")
"""Fields of `Imported` that change with a file."""
_BATCH = 200
_BATCH_BYTES = 250_000_000
"""Of files that are stored in one transaction."""
_MANY = 400


class Thing(NamedTuple):
    """What bytes become: identity across pages, sites and imports."""

    kind: str
    """image | document"""
    digest: str
    """`sha256:<hex>`"""


def write_files(site: OldSite, readings: Iterable[Reading], book: ReceiptBook) -> Iterator[list[Stored]]:
    """Store files, a batch at a time: the files, then in one transaction their rows and receipt lines.

    Yields what became of each batch's. Raises ShangyiError where the disk is full.
    """
    with incoming() as folder, closing(arrivals(readings, folder)) as arriving:
        for batch in _batches(arriving):
            arrived = [found for found in batch if isinstance(found, Arrived)]
            yield [
                *(found for found in batch if isinstance(found, Stored)),
                *(_write(site, arrived, book) if arrived else ()),
            ]


def _batches(arriving: Iterable[Arrived | Stored]) -> Iterator[list[Arrived | Stored]]:
    batch: list[Arrived | Stored] = []
    size = 0
    for found in arriving:
        batch.append(found)
        size += found.size if isinstance(found, Arrived) else 0
        if len(batch) == _BATCH or size > _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _write(site: OldSite, arrived: list[Arrived], book: ReceiptBook) -> list[Stored]:
    batch = _Batch(site, arrived)
    names = store(batch.files)
    with transaction.atomic():
        stored = batch.write(book)
        committed(names)
    return stored


class _Batch:
    """One batch: looked at when it is made, stored from `files`, and written."""

    def __init__(self, site: OldSite, items: list[Arrived]) -> None:
        self._site = site
        self._items = items
        keys = [item.entry.key for item in items]
        self._rows = {row.source_key: row for row in Imported.objects.filter(site=site, source_key__in=keys)}
        self._ids = _known(item.digest for item in items)
        self._new: dict[Thing, dict[str, object]] = {}
        """Thing → its row."""
        self._notes: dict[str, str] = {}
        self._held: set[Thing] = set()
        self._home = home_of(site)
        self.files: list[ToStore] = []
        """What must lie in storage before `write`."""
        self._things = [self._thing(item) for item in items]

    def _thing(self, item: Arrived) -> Thing | None:
        """Return what an item becomes, planned where it is new; None where its row has that already."""
        row = self._rows.get(item.entry.key)
        if row is not None and row.digest == item.digest and (row.document_id or row.image_id):
            return None
        if item.entry.kind == Kind.IMAGE:
            image = Thing("image", item.digest)
            if self._has(image):
                return image
            if item.picture is not None:
                self._plan_image(image, item, item.picture)
                return image
            self._notes[item.entry.key] = _why_a_file(item)
        document = Thing("document", item.digest)
        if not self._has(document):
            self._plan_document(document, item)
        return document

    def _has(self, thing: Thing) -> bool:
        return thing in self._ids or thing in self._new

    def _plan_image(self, thing: Thing, item: Arrived, picture: Picture) -> None:
        if picture.says_where:
            self._notes[item.entry.key] = _(
                "The picture says where it was taken (GPS coordinates). Look whether that may be public."
            )
        name = image_path(_hex(thing), picture.extension)
        self._plan(thing, name, item, width=picture.width, height=picture.height)

    def _plan_document(self, thing: Thing, item: Arrived) -> None:
        self._plan(thing, document_path(_hex(thing), item.entry.name), item)

    def _plan(self, thing: Thing, name: str, item: Arrived, **more: int) -> None:
        model = get_image_model() if thing.kind == "image" else get_document_model()
        self.files.append(ToStore(model, name, item.path, item.size))
        self._new[thing] = {
            "title": (item.entry.title or item.entry.name or _hex(thing)[:12]).replace("\x00", "")[:255],
            "file": name,
            "file_size": item.size,
            "file_hash": item.sha1,
            "collection_id": self._home.pk,
            **more,
        }
        if item.entry.held:
            self._held.add(thing)

    def write(self, book: ReceiptBook) -> list[Stored]:
        """Write the rows of what is new and changed, with all that Wagtail keeps of them."""
        for thing in self._held:
            self._new[thing]["collection_id"] = _held_collection().pk
        for model, kind in ((get_image_model(), "image"), (get_document_model(), "document")):
            new = {thing: row for thing, row in self._new.items() if thing.kind == kind}
            # the collection is each row's own: one is named for all, or its default would be asked of the database
            numbers = insert_rows(model, list(new.values()), {"collection_id": self._home.pk})
            index_new([model(pk=number, **row) for number, row in zip(numbers, new.values(), strict=True)])
            book.created_rows(kind, numbers)
            self._ids.update(zip(new, numbers, strict=True))
        return self._write_rows(book)

    def _write_rows(self, book: ReceiptBook) -> list[Stored]:
        stored: list[Stored] = []
        new: dict[str, dict[str, object]] = {}
        before = {row.pk: values(row, IMPORTED) for row in self._rows.values()}
        for item, thing in zip(self._items, self._things, strict=True):
            key, wanted = item.entry.key, self._columns(item, thing)
            row = self._rows.get(key)
            stored.append(Stored(key, "updated" if row or key in new else "created", self._notes.get(key, "")))
            if row is None:
                new[key] = {"source_key": key, **wanted}
                continue
            for name, value in wanted.items():
                setattr(row, name, value)
        changed = list(self._rows.values())
        update_rows(Imported, changed, _WRITTEN)
        book.updated_all((row, before[row.pk]) for row in changed)
        book.created_rows("imported", insert_rows(Imported, list(new.values()), {"site_id": self._site.pk}))
        return stored

    def _columns(self, item: Arrived, thing: Thing | None) -> dict[str, object]:
        """Return what the row of an item is to say; of a `thing` only where it is another than before."""
        columns: dict[str, object] = {
            "digest": item.digest,
            "content_hash": item.entry.content_hash,
            "held": list(item.entry.held),
            "state": "stored",
        }
        if thing is not None:
            columns["image_id"] = self._ids[thing] if thing.kind == "image" else None
            columns["document_id"] = self._ids[thing] if thing.kind == "document" else None
        return columns


def _known(digests: Iterable[str]) -> dict[Thing, int]:
    """Return what these bytes became before → its id."""
    rows = Imported.objects.filter(digest__in=set(digests)).values("digest")
    found: dict[Thing, int] = {}
    for row in rows.annotate(image_number=Min("image_id"), document_number=Min("document_id")):
        for kind in ("image", "document"):
            if (number := row[f"{kind}_number"]) is not None:
                found[Thing(kind, row["digest"])] = number
    return found


def _hex(thing: Thing) -> str:
    return thing.digest.removeprefix("sha256:")


def _why_a_file(item: Arrived) -> str:
    """Return what to tell of a picture that becomes a document."""
    if item.entry.name.lower().endswith(".svg"):
        return _("A drawing of this kind (SVG) could run scripts: the page links to it, visitors download it.")
    return _(
        "The picture is damaged, too large, or of a kind that browsers don't show: the page links to it as a file."
    )


HELD_COLLECTION = "待审附件"
"""Files of held articles lie here, where only people with a login can see them."""


def home_of(site: OldSite) -> Collection:
    """Return the collection in which the files of a site's channel lie: there its contributors can choose them."""
    if site.channel is not None:
        path = "/" + "/".join(site.channel.url_path.split("/")[2:])
        found = Collection.objects.filter(shelf__path=path).first()  # `cms build` made it
        if found is not None:
            return found
    return Collection.get_first_root_node()


def _held_collection() -> Collection:
    """Return the collection behind the login; the first call makes it."""
    root = Collection.get_first_root_node()
    collection = root.get_children().filter(name=HELD_COLLECTION).first()
    if collection is None:
        collection = root.add_child(name=HELD_COLLECTION)
        CollectionViewRestriction.objects.create(
            collection=collection, restriction_type=CollectionViewRestriction.LOGIN
        )
    return collection


@transaction.atomic
def shelve_files(site: OldSite, book: ReceiptBook) -> None:
    """Put each document and picture of a site where its pages allow, whichever site those are of.

    Public is one that an address still stands for which is not held, and one that a live page refers to; any other
    lies behind the login. What a page carried inside itself has no address: there the live page alone counts. What
    still lies in the root goes to its channel's collection; a file that an editor has put into a collection of their
    own stays there.
    """
    root, home = Collection.get_first_root_node(), home_of(site)
    for model, kind in ((get_document_model(), "document"), (get_image_model(), "image")):
        rows = Imported.objects.filter(**{kind: OuterRef("pk")})
        stands = Exists(rows.filter(held=[]).exclude(old_urls__outcome__in=RETIRED).exclude(source_key__contains=MARK))
        ours = model._default_manager.filter(Exists(rows.filter(site=site)))
        public = ours.filter(collection__in=(root, home))
        hidden = ours.filter(collection__name=HELD_COLLECTION)
        shown = _with_live_pages(model, public.filter(~stands))
        to_hide = [file for file, live in shown if not live]
        to_show = [file for file, live in _with_live_pages(model, hidden.filter(~stands)) if live]
        to_show += hidden.filter(stands)
        if home != root:
            to_show += [file for file, live in shown if live and file.collection_id == root.pk]
            to_show += ours.filter(stands, collection=root)
        if to_hide:
            _shelve(to_hide, _held_collection(), book)
        if to_show:
            _shelve(to_show, home, book)


def _with_live_pages(model: type[models.Model], rows: models.QuerySet) -> list[tuple[models.Model, bool]]:
    """Return each file with whether a live page refers to it."""
    files = list(rows)
    if not files:
        return []
    numbers = Cast(OuterRef("object_id"), models.BigIntegerField())
    references = ReferenceIndex.objects.filter(
        Exists(Page.objects.filter(pk=numbers, live=True)),
        base_content_type=ContentType.objects.get_for_model(Page),
        to_content_type=ContentType.objects.get_for_model(model),
    )
    found: list[tuple[models.Model, bool]] = []
    for some in _in_chunks(files):
        pointed_to = references.filter(to_object_id__in=[str(file.pk) for file in some])
        shown = set(pointed_to.values_list("to_object_id", flat=True))
        found += [(file, str(file.pk) in shown) for file in some]
    return found


def _shelve(files: list[models.Model], collection: Collection, book: ReceiptBook) -> None:
    for some in _in_chunks(files):
        before = [values(file, ["collection_id"]) for file in some]
        for file in some:
            file.collection = collection
        type(some[0])._default_manager.bulk_update(some, ["collection"])
        index_again(some)
        book.updated_all(zip(some, before, strict=True))


def _in_chunks(files: list[models.Model]) -> Iterator[list[models.Model]]:
    return (files[start : start + _MANY] for start in range(0, len(files), _MANY))
