"""Pictures and documents that pages carry inside themselves, from the page's bytes to the portal's page and back."""

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from wagtail.documents import get_document_model
from wagtail.images import get_image_model

from cms_site.legacy.intake.files import HELD_COLLECTION
from cms_site.legacy.models import Imported, OldUrl
from migrate.archive.ledger import Ledger
from migrate.check.balance import account
from migrate.check.content import compare
from migrate.check.pages import Page
from migrate.extract.stage import extract_all
from migrate.families import load_families
from tests.importer.sites import SmallSite, picture
from tests.importer.test_rollback import back, tables

Make = Callable[..., SmallSite]
FAMILIES = load_families(Path(__file__).resolve().parents[2] / "mappings" / "families.yaml")
TEXT = "<p>3月12日，大河镇组织干部群众一百余人到北山植树，当天共栽下树苗三千棵。</p>"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\n%%EOF\n"


def data(payload: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(payload).decode()


def put(site: SmallSite, path: str, body: str, title: str = "大河镇开展春季植树活动") -> None:
    """Add a page as its bytes; as another version where there is one already."""
    html = (
        f'<html><head><meta charset="utf-8"><title>{title}_大河镇人民政府</title></head><body><h1>{title}</h1>'
        f'<div>发布时间：2021-03-12 来源：大河镇党政办</div><div id="zoom">{TEXT}{body}</div></body></html>'
    )
    site.bytes(path, html.encode(), "text/html")


def read(site: SmallSite) -> None:
    extract_all(site.ledger, site.folder, site.config, FAMILIES, lambda *_progress: None)


def image(payload: bytes):
    return get_image_model().objects.get(imported__digest="sha256:" + hashlib.sha256(payload).hexdigest())


def content(stored) -> bytes:
    with stored.file.open() as file:
        return file.read()


def served(site: SmallSite, path: str) -> str:
    return Client().get(site.became(path).url).content.decode()


@pytest.fixture
def site(small: Make) -> SmallSite:
    site = small()
    put(
        site, "/gzdt/1.html", f'<p><img src="{data(picture())}" alt="植树现场"></p><p><img src="{data(picture())}"></p>'
    )
    read(site)
    return site


def test_the_picture_stands_on_the_portal_s_page(site: SmallSite) -> None:
    assert site.rehearsal() == {"created": 2}
    assert site.counts() == {"created": 2}
    stored = image(picture())
    assert content(stored) == picture()
    assert stored.title == "植树现场.png"
    html = served(site, "/gzdt/1.html")
    assert html.count("<img") >= 2 and "植树现场" in html and "data:" not in html and "#embedded" not in html
    blocks = [block.value["image"].pk for block in site.became("/gzdt/1.html").body if block.block_type == "image"]
    assert blocks == [stored.pk, stored.pk]
    assert site.row("/gzdt/1.html").unresolved == []


def test_the_check_counts_it_as_kept(site: SmallSite) -> None:
    site.run()
    entry = site.mapped("/gzdt/1.html")
    assert entry.content is not None
    assert len(entry.content.images) == 1
    assert compare(entry.content, Page(served(site, "/gzdt/1.html"))) == (100.0, [])


def test_it_is_nobody_s_old_address(site: SmallSite) -> None:
    site.run()
    assert [row.canonical for row in OldUrl.objects.all()] == [site.host + "/gzdt/1.html"]
    found = account(site.ledger, site.config.url_rules)
    assert (found.found, found.moved, found.balanced) == (1, 1, True)
    assert not [f for _stage, f in site.ledger.findings() if f.url]


def test_again_it_changes_nothing(site: SmallSite) -> None:
    site.run()
    before = tables()
    assert site.run().receipt == "" and site.counts() == {"unchanged": 2} == dict(site.rehearsal())
    assert tables() == before


def test_rolled_back_and_imported_again(site: SmallSite) -> None:
    before = tables()
    site.run()
    done = back(site)
    assert tables() == before and done.removed == {"page": 1, "imported": 2, "oldurl": 1, "image": 1}
    assert site.counts() == {"created": 2}
    assert "植树现场" in served(site, "/gzdt/1.html")


def test_two_pages_share_one_file(site: SmallSite) -> None:
    put(site, "/tzgg/2.html", f'<p><img src="{data(picture())}"></p>', "关于植树的通知")
    read(site)
    site.run()
    assert get_image_model().objects.count() == 1 and Imported.objects.filter(image__isnull=False).count() == 2


def test_a_new_picture_comes_with_the_page_s_new_version(site: SmallSite) -> None:
    site.run()
    put(site, "/gzdt/1.html", f'<p><img src="{data(picture("blue"))}"></p>')
    read(site)
    assert site.counts() == {"created": 1, "updated": 1}
    (block,) = [block for block in site.became("/gzdt/1.html").body if block.block_type == "image"]
    assert block.value["image"].pk == image(picture("blue")).pk
    (left,) = site.imports("leftover")
    assert left.startswith("/gzdt/1.html#embedded-")


def test_a_document_waits_with_its_page_for_a_person(small: Make) -> None:
    site = small()
    put(site, "/gzdt/1.html", f'<p>附件：<a href="{data(PDF)}" download="地块表.pdf">地块表</a></p>')
    read(site)
    assert site.counts() == {"created": 2, "held": 1}
    page = site.became("/gzdt/1.html").get_latest_revision_as_object()
    (attached,) = page.attachments
    document = attached.value["document"]
    assert not page.live and document.collection.name == HELD_COLLECTION
    assert (attached.value["title"], document.title) == ("地块表.pdf", "地块表.pdf")
    assert content(document) == PDF
    assert f'<a linktype="document" id="{document.pk}">地块表</a>' in str(list(page.body.raw_data))
    site.decide("/gzdt/1.html", "move", column="/towns/dahe/news/", release=True)
    site.run()
    document.refresh_from_db()
    assert site.became("/gzdt/1.html").live and document.collection.is_root()
    site.decide("/gzdt/1.html", "gone", reason="作废")
    site.run()
    document.refresh_from_db()
    assert not site.became("/gzdt/1.html").live and document.collection.name == HELD_COLLECTION


def test_a_torn_picture_is_kept_as_a_file(small: Make) -> None:
    site = small()
    put(site, "/gzdt/1.html", f'<p><img src="{data(picture()[:-30])}" alt="植树现场"></p>')
    read(site)
    assert site.counts() == {"created": 2}
    document = get_document_model().objects.get()
    assert content(document) == picture()[:-30]
    assert f"/documents/{document.pk}/" in served(site, "/gzdt/1.html")


def test_a_page_in_two_parts_keeps_the_pictures_of_both(small: Make) -> None:
    site = small()
    put(site, "/gzdt/1.html", f'<p><img src="{data(picture())}"></p>')
    put(site, "/gzdt/1_2.html", f'<p>次日继续植树。</p><p><img src="{data(picture("blue"))}"></p>')
    read(site)
    assert site.counts() == {"created": 3}
    shown = [block.value["image"] for block in site.became("/gzdt/1.html").body if block.block_type == "image"]
    assert shown == [image(picture()), image(picture("blue"))]


def test_changed_url_rules_leave_it_alone(site: SmallSite) -> None:
    site.run()
    head = site._file.read_text(encoding="utf-8").partition("rules:")[0]
    site.use("rules:" + site._file.read_text(encoding="utf-8").partition("rules:")[2], head.replace("false", "true"))
    assert site.counts() == {"unchanged": 2}
    assert not [f for _stage, f in site.ledger.findings("import")]


def test_a_capture_without_it_is_said(site: SmallSite) -> None:
    site.map()
    put(site, "/gzdt/1.html", "<p>没有图。</p>")
    assert site.counts()["failed"] == 1
    (told,) = site.imports("failed")
    assert told.startswith("/gzdt/1.html#embedded-")
    assert len(site.row("/gzdt/1.html").unresolved) == 1


def test_the_ledger_says_nothing_of_data_addresses(site: SmallSite) -> None:
    site.map()
    ledger: Ledger = site.ledger
    for (table,) in ledger.db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        assert not [row for row in ledger.db.execute(f"SELECT * FROM {table}") if "data:image" in str(tuple(row))], (
            table
        )
