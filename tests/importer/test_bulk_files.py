"""Files come in a batch at a time, and are then what they would be had each been saved by itself."""

import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, models, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image as Picture
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import ReferenceIndex
from wagtail.search.models import IndexEntry

from cms_site.legacy.actor import system_user
from cms_site.legacy.intake import files
from cms_site.legacy.intake.files import shelve_files
from cms_site.legacy.intake.pictures import decode
from cms_site.legacy.intake.receipts import ReceiptBook
from cms_site.legacy.intake.storing import short_name, sweep
from cms_site.legacy.models import Imported, OldSite, PendingFile, ReceiptLine
from migrate.records import Entry, FileItem, Kind, Outcome, Stored
from tests.importer.sites import DOC, SmallSite, picture

Make = Callable[..., SmallSite]
Image, Document = get_image_model(), get_document_model()
SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def item(number: int, payload: bytes, name: str = "", kind: Kind = Kind.IMAGE, **more: Any) -> FileItem:
    url = f"http://www.dahe.example.gov.cn/files/{number}"
    entry = Entry(
        url, url=url, kind=kind, outcome=Outcome.MOVE, rule="", name=name or f"第{number}号图.png",
        content_hash=f"hash {number}", **more,
    )  # fmt: skip
    return FileItem(entry, lambda: (payload,))


def bytes_of(file: FileItem) -> bytes:
    return b"".join(file.pieces())


def write_files(old: OldSite, items: Sequence[FileItem], book: ReceiptBook) -> list[Stored]:
    """Store files; return what became of them all."""
    return [
        stored for batch in files.write_files(old, [partial(_as_is, one) for one in items], book) for stored in batch
    ]


def _as_is(file: FileItem) -> FileItem:
    return file


def coloured(number: int, kind: str = "PNG", **more: Any) -> bytes:
    data = io.BytesIO()
    Picture.new("RGB", (4 + number, 7), (number, 0, 99)).save(data, kind, **more)
    return data.getvalue()


def turned(number: int) -> bytes:
    """Return a photo that its camera says to turn by 90 degrees."""
    exif = Picture.Exif()
    exif[0x0112] = 6
    return coloured(number, "JPEG", exif=exif)


def mixed(count: int) -> list[FileItem]:
    """Return pictures of all kinds that are stored as sent, and as many documents, some of them held."""
    kinds = (turned, coloured, lambda n: coloured(n, "GIF"), lambda n: coloured(n, "WEBP"))
    pictures = [item(n, kinds[n % 4](n)) for n in range(count // 2)]
    documents = [
        item(n, b"%PDF-1.4 no. " + str(n).encode(), f"关于修路的通知（{n}）.pdf", Kind.ATTACHMENT, title="长" * n * 9)
        for n in range(count // 2, count)
    ]
    return pictures + documents


def one_by_one(items: list[FileItem]) -> None:
    """Store files as Wagtail's own forms do: one save each, signals and all."""
    for file in items:
        digest = hashlib.sha256(bytes_of(file)).hexdigest()
        title = (file.entry.title or file.entry.name)[:255]
        if file.entry.kind == Kind.IMAGE:
            kind = Picture.open(io.BytesIO(bytes_of(file))).format
            name = f"original_images/{digest[:16]}.{'jpg' if kind == 'JPEG' else str(kind).lower()}"
            thing = Image(title=title)
        else:
            name = f"documents/{digest[:16]}/{short_name(file.entry.name)}"
            thing = Document(title=title)
        assert default_storage.save(name, ContentFile(bytes_of(file))) == name
        thing.file = name
        thing._set_image_file_metadata() if isinstance(thing, Image) else thing._set_document_file_metadata()
        thing.file.close()
        thing.save()


def seen() -> dict[str, tuple[object, ...]]:
    """Return path → (row, index entry, references) of each image and document; ids and times left out."""
    return dict(_seen(Image)) | dict(_seen(Document))


def _seen(model: type[models.Model]) -> Iterator[tuple[str, tuple[object, ...]]]:
    own = ContentType.objects.get_for_model(model)
    for row in model.objects.values():
        number = row.pop("id")
        row.pop("created_at")
        entries = IndexEntry.objects.filter(content_type=own, object_id=str(number)).values()
        found = [{name: value for name, value in entry.items() if "id" not in name} for entry in entries]
        references = ReferenceIndex.objects.filter(content_type=own, object_id=str(number))
        columns = ("base_content_type", "to_content_type", "to_object_id", "model_path", "content_path_hash")
        yield row["file"], (row, found, list(references.values_list(*columns)))


@pytest.fixture
def old(built: None, db: None) -> OldSite:
    return OldSite.objects.create(slug="dahe", name="大河镇", url="http://www.dahe.example.gov.cn/")


@pytest.fixture
def book(old: OldSite) -> ReceiptBook:
    return ReceiptBook(old, system_user())


@pytest.fixture
def media(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


def on_disk(media: Path) -> list[str]:
    return sorted(str(path.relative_to(media)) for path in media.rglob("*") if path.is_file())


def test_a_batch_is_what_single_saves_are(old: OldSite, book: ReceiptBook, media: Path) -> None:
    items = mixed(100)
    with transaction.atomic():
        one_by_one(items)
        wanted = seen()
        transaction.set_rollback(True)
    files_then = on_disk(media)
    assert [stored.status for stored in write_files(old, items, book)] == ["created"] * 100
    assert seen() == wanted
    assert len(wanted) == 100 and all(len(entries) == 1 and references for _row, entries, references in wanted.values())
    assert on_disk(media) == files_then
    for row in Imported.objects.select_related("image", "document"):
        payload = next(bytes_of(file) for file in items if file.entry.key == row.source_key)
        with (row.image or row.document).open_file() as stored:
            assert stored.read() == payload
        assert row.digest == "sha256:" + hashlib.sha256(payload).hexdigest()
    assert ReceiptLine.objects.filter(receipt=book.receipt, action="created").count() == 200
    assert Image.get_rendition_model().objects.count() == 0


def queries(old: OldSite, book: ReceiptBook, items: list[FileItem]) -> int:
    with CaptureQueriesContext(
        connection,
    ) as found:
        write_files(old, items, book)
    return len(found)


def test_a_batch_costs_the_same_queries_whatever_its_size(old: OldSite, book: ReceiptBook, media: Path) -> None:
    queries(old, book, [item(900, coloured(200))])  # what is looked up once in a process
    few, many = mixed(4), [item(n + 100, coloured(n)) for n in range(30, 45)] + mixed(60)[30:]
    assert queries(old, book, few) == queries(old, book, many)


def test_the_same_bytes_are_one_thing_within_a_batch_and_beyond(old: OldSite, book: ReceiptBook, media: Path) -> None:
    pdf = b"%PDF-1.4"
    write_files(old, [item(1, pdf, "甲.pdf", Kind.ATTACHMENT), item(2, pdf, "乙.pdf", Kind.ATTACHMENT)], book)
    other = OldSite.objects.create(slug="xiaohe", name="小河镇", url="http://xiaohe.example.gov.cn/")
    write_files(other, [item(1, pdf, "丙.pdf", Kind.ATTACHMENT)], ReceiptBook(other, system_user()))
    document = Document.objects.get()
    assert (document.title, document.filename) == ("甲.pdf", "甲.pdf")
    assert set(Imported.objects.values_list("document", flat=True)) == {document.pk}
    assert ReceiptLine.objects.filter(model="document").count() == 1


def test_one_address_twice_in_a_batch_is_one_row(old: OldSite, book: ReceiptBook, media: Path) -> None:
    stored = write_files(old, [item(1, coloured(1)), item(1, coloured(2))], book)
    assert [one.status for one in stored] == ["created", "updated"]
    assert Imported.objects.get().image.width == 4 + 2


class TestBrokenImports:
    """What an import stored and never committed goes; whatever anybody refers to stays."""

    @pytest.fixture
    def broken(self, old: OldSite, book: ReceiptBook, media: Path, monkeypatch: pytest.MonkeyPatch) -> list[FileItem]:
        items = [item(1, coloured(1)), item(2, b"%PDF-1.4", "甲.pdf", Kind.ATTACHMENT)]
        with monkeypatch.context() as patch:
            patch.setattr(files, "index_new", lambda _objects: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                write_files(old, items, book)
        assert Image.objects.count() == Imported.objects.count() == 0
        assert len(on_disk(media)) == 2
        return items

    def test_their_files_are_removed(self, broken: list[FileItem], media: Path) -> None:
        default_storage.save("original_images/0123456789abcdef.png", ContentFile(coloured(3)))
        default_storage.save("documents/表.doc", ContentFile(DOC))
        assert sweep() == 2
        assert on_disk(media) == ["documents/表.doc", "original_images/0123456789abcdef.png"]
        assert [path.name for path in (media / "documents").iterdir()] == ["表.doc"]
        assert (sweep(), PendingFile.objects.count()) == (0, 0)

    def test_opening_the_next_import_removes_them(self, broken: list[FileItem], small: Make, media: Path) -> None:
        site = small("xiaohe")
        site.article("/tzgg/1.html")
        site.run()
        assert on_disk(media) == []

    def test_what_was_taken_up_since_stays(
        self, broken: list[FileItem], old: OldSite, book: ReceiptBook, media: Path
    ) -> None:
        write_files(old, broken[:1], book)
        assert sweep() == 1
        assert on_disk(media) == [Image.objects.get().file.name]

    def test_going_on_stores_them_again(
        self, broken: list[FileItem], old: OldSite, book: ReceiptBook, media: Path
    ) -> None:
        sweep()
        write_files(old, broken, book)
        assert sweep() == 0
        assert len(on_disk(media)) == 2
        assert PendingFile.objects.count() == 0

    def test_a_torn_file_is_written_again(self, old: OldSite, book: ReceiptBook, media: Path) -> None:
        write_files(old, [item(1, coloured(1))], book)
        path = media / Image.objects.get().file.name
        Image.objects.all().delete()
        Imported.objects.all().delete()
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(coloured(1)[:-5])
        write_files(old, [item(1, coloured(1))], book)
        assert path.read_bytes() == coloured(1)
        assert sweep() == 0


class TestPictures:
    """What is shown, what becomes a file, and what is told of it."""

    def write(self, old: OldSite, book: ReceiptBook, payload: bytes, name: str = "图.png") -> tuple[Imported, str]:
        (stored,) = write_files(old, [item(1, payload, name)], book)
        return Imported.objects.get(), stored.message

    def test_photos_of_phones_are_pictures(self, old: OldSite, book: ReceiptBook, media: Path) -> None:
        data = io.BytesIO()
        Picture.new("RGB", (9, 5)).save(data, "MPO", save_all=True, append_images=[Picture.new("RGB", (3, 3))])
        row, message = self.write(old, book, data.getvalue(), "照片.jpg")
        assert (row.image.width, row.image.file.name[-4:], message) == (9, ".jpg", "")
        with row.image.open_file() as file:
            assert file.read() == data.getvalue()
        assert row.image.get_rendition("width-4").width == 4

    def test_an_icon_becomes_png(self, old: OldSite, book: ReceiptBook, media: Path) -> None:
        data = io.BytesIO()
        Picture.new("RGBA", (32, 32)).save(data, "ICO", sizes=[(16, 16), (32, 32)])
        row, _message = self.write(old, book, data.getvalue(), "徽标.ico")
        assert (row.image.width, row.image.file.name[-4:]) == (32, ".png")

    @pytest.mark.parametrize("payload", [coloured(200)[:-30], b"\xff\xd8\xff\xe0 no picture", b"GIF89a"])
    def test_what_cannot_be_decoded_is_a_file(
        self, old: OldSite, book: ReceiptBook, media: Path, payload: bytes
    ) -> None:
        row, message = self.write(old, book, payload)
        assert (row.image, row.document.filename) == (None, "图.png")
        assert message.startswith("The picture is damaged")

    def test_a_picture_of_too_many_pixels_is_a_file(self, old: OldSite, book: ReceiptBook, media: Path) -> None:
        data = io.BytesIO()
        Picture.new("1", (10_000, 9_000)).save(data, "PNG")
        assert len(data.getvalue()) < 50_000
        row, message = self.write(old, book, data.getvalue())
        assert row.image is None and message

    def test_a_photo_that_says_where_it_was_taken(self, old: OldSite, book: ReceiptBook, media: Path) -> None:
        exif = Picture.Exif()
        exif.get_ifd(0x8825).update({1: "N", 2: (32.0, 41.0, 5.0), 3: "E", 4: (111.0, 8.0, 9.0)})
        payload = coloured(9, "JPEG", exif=exif)
        row, message = self.write(old, book, payload)
        assert "GPS" in message
        with row.image.open_file() as file:
            assert file.read() == payload
        turned_only = decode(io.BytesIO(turned(9)))
        assert turned_only is not None and not turned_only.says_where


@pytest.mark.parametrize("more", [{}, {"progressive": True}, {"mode": "CMYK"}, {"mode": "L"}])
def test_a_torn_photo_is_found_wherever_it_is_torn(more: dict[str, Any]) -> None:
    options = dict(more)
    data = io.BytesIO()
    noise = Picture.effect_noise((97, 53), 90).convert(options.pop("mode", "RGB"))
    noise.save(data, "JPEG", **options)
    photo = data.getvalue()
    found = decode(io.BytesIO(photo))
    assert found is not None
    assert (found.width, found.height, found.extension, found.png) == (97, 53, "jpg", None)
    for end in range(1, len(photo), 97):
        torn = io.BytesIO(photo[:end])
        assert (decode(torn) is None) == (not _shows(photo[:end])), end


def _shows(payload: bytes) -> bool:
    """Say whether a picture can be decoded in full."""
    try:
        with Picture.open(io.BytesIO(payload)) as shown:
            shown.load()
    except OSError:
        return False
    return True


def test_a_drawing_with_scripts_is_a_download(small: Make) -> None:
    site = small()
    site.article("/tzgg/1.html", images=["/徽.svg"], body=f'<p><img src="{site.host}/徽.svg" alt="镇徽"></p>')
    site.bytes("/徽.svg", SVG, "image/svg+xml")
    assert site.rehearsal() == {"created": 2}
    assert site.counts() == {"created": 2}
    document = site.row("/徽.svg").document
    assert str(site.became("/tzgg/1.html").body[0].value.source) == (
        f'<p><a linktype="document" id="{document.pk}">镇徽</a></p>'
    )
    answer = Client().get(document.url)
    assert b"".join(answer.streaming_content) == SVG
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Security-Policy"] == "default-src 'none'"
    assert Client().get(document.file.url).status_code == 404  # past that address there is no way to it


class TestShelving:
    """Where documents lie is settled for all of a site's at once."""

    def test_it_costs_the_same_queries_whatever_their_number(
        self, old: OldSite, book: ReceiptBook, media: Path
    ) -> None:
        def shelving() -> int:
            with CaptureQueriesContext(connection) as found:
                shelve_files(old, book)
            return len(found)

        def documents(numbers: range) -> list[FileItem]:
            return [item(n, b"%PDF" + bytes([n]), "a.pdf", Kind.ATTACHMENT, held=("x",) * (n % 2)) for n in numbers]

        write_files(old, documents(range(4)), book)
        few = shelving()
        write_files(old, documents(range(4, 60)), book)
        assert shelving() == few

    def test_what_moves_is_indexed_where_it_lies(self, small: Make) -> None:
        site = small()
        site.article("/tzgg/1.html", attachments=["/a.doc"], held=("identity-number",))
        site.doc("/a.doc")
        site.run()
        site.decide("/tzgg/1.html", "move", release=True)
        site.run()
        document = site.row("/a.doc").document
        (reference,) = ReferenceIndex.get_references_for_object(document)
        assert document.collection.is_root()
        assert (reference.model_path, reference.to_object_id) == ("collection", str(document.collection_id))
        own = ContentType.objects.get_for_model(Document)
        assert IndexEntry.objects.filter(content_type=own, object_id=str(document.pk)).count() == 1


def test_a_picture_that_a_page_shows_and_links_to_comes_once(small: Make) -> None:
    from tests.importer.test_embedded import data, put, read

    site = small()
    put(site, "/gzdt/1.html", f'<p><img src="{data(picture())}"></p><p><a href="{data(picture())}">原图下载</a></p>')
    read(site)
    assert site.counts()["created"] == 2
    assert site.counts().get("updated", 0) == 0
    assert Image.objects.count() + Document.objects.count() == 1
