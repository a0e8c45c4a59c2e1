"""A small portal, one old site, and a WARC written by the harvest's own writer."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile
from django.db import transaction
from django.http.response import HttpResponseBase
from django.test import Client
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import Page, Site

from cms_site.legacy.models import Decision, Imported, OldHost, OldSite, OldUrl, Receipt, UnknownHit
from cms_site.portal.models import ArticlePage, ChannelPage, ColumnPage, GroupPage, HomePage
from migrate.archive.warc import WarcWriter, digest_of
from migrate.http.types import Response

HOST = "www.dahe.example.gov.cn"
PORTAL = "http://www.yunxi.example.gov.cn"


@dataclass
class Portal:
    """The pages that tests lead to."""

    home: HomePage
    channel: ChannelPage
    notices: ColumnPage
    live: ArticlePage
    draft: ArticlePage
    in_hidden: ArticlePage


@pytest.fixture(scope="module")
def tree(django_db_setup, django_db_blocker) -> Iterator[None]:
    """Build the portal once a module, inside a transaction that ends with it: eight pages cost more than most tests."""
    with django_db_blocker.unblock(), transaction.atomic():
        _build()
        yield
        transaction.set_rollback(True)
    Site.clear_site_root_paths_cache()  # other rooms' tests come next


def _build() -> None:
    home = Page.objects.get(depth=1).add_child(instance=HomePage(title="云溪县人民政府", slug="yunxi"))
    Site.objects.all().delete()
    Site.objects.create(hostname="www.yunxi.example.gov.cn", port=80, root_page=home, is_default_site=True)
    towns = home.add_child(instance=GroupPage(title="乡镇街道", slug="towns"))
    channel = towns.add_child(instance=ChannelPage(title="大河镇", slug="dahe", unit="大河镇人民政府"))
    notices = channel.add_child(instance=ColumnPage(title="通知公告", slug="notices", template="notice"))
    pending = channel.add_child(instance=ColumnPage(title="待定", slug="undecided", template="notice", hidden=True))
    notices.add_child(instance=ArticlePage(title="关于修路的通知", slug="road"))
    notices.add_child(instance=ArticlePage(title="未发布的通知", slug="draft", live=False))
    pending.add_child(instance=ArticlePage(title="待定的通知", slug="pending"))


@pytest.fixture
def portal(tree, db) -> Portal:
    Site.clear_site_root_paths_cache()  # a test before may have changed the site; its rollback tells nobody
    return Portal(
        home=HomePage.objects.get(slug="yunxi"),
        channel=ChannelPage.objects.get(slug="dahe"),
        notices=ColumnPage.objects.get(slug="notices"),
        live=ArticlePage.objects.get(slug="road"),
        draft=ArticlePage.objects.get(slug="draft"),
        in_hidden=ArticlePage.objects.get(slug="pending"),
    )


@pytest.fixture
def site(portal: Portal) -> OldSite:
    site = OldSite.objects.create(
        slug="dahe",
        name="大河镇人民政府网站",
        url=f"http://{HOST}/",
        unit="大河镇人民政府",
        channel=portal.channel,
        keep_query=["id", "page"],
        default_documents=["index.html"],
    )
    for name in (HOST, "dahe.example.gov.cn"):
        OldHost.objects.create(name=name, site=site)
    return site


@pytest.fixture
def add(site: OldSite) -> Callable[..., OldUrl]:
    """Return a function that writes one old URL of the site; `page`, `document` and `image` become an Imported."""

    def write(path: str, outcome: str = "move", **values: object) -> OldUrl:
        url = f"http://{HOST}{path}"
        thing = {name: values.pop(name) for name in ("page", "document", "image") if name in values}
        if thing:
            imported, _ = Imported.objects.get_or_create(
                site=site, source_key=url, defaults={"content_hash": "x", "state": "live", **thing}
            )
            values["imported"] = imported
        fields = {"site": site, "canonical": url, "url": url, "kind": "article", "outcome": outcome, **values}
        return OldUrl.objects.create(**fields)

    return write


@pytest.fixture
def ask() -> Callable[..., HttpResponseBase]:
    """Return a function that asks an old host for a path, as a browser would: the path as it goes over the wire."""

    def send(path: str, method: str = "get", host: str = HOST, **extra: str) -> HttpResponseBase:
        return getattr(Client(), method)(path, headers={"host": host}, **extra)

    return send


@pytest.fixture
def document(db):
    return get_document_model().objects.create(title="申请表", file=ContentFile(b"%PDF-1.4 x", name="form.pdf"))


@pytest.fixture
def image(db):
    return get_image_model().objects.create(title="照片", file=get_test_image_file("photo.png"))


@pytest.fixture
def archive(tmp_path: Path, settings) -> Callable[..., dict[str, object]]:
    """Return a function that writes one response into the site's WARC and returns the OldUrl fields leading to it."""
    settings.SHANGYI_ARCHIVES = tmp_path

    def store(path: str, body: bytes, content_type: str = "text/html", status: int = 200) -> dict[str, object]:
        writer = WarcWriter(tmp_path / "dahe" / "warc", "20261121T093000Z", info={"software": "test"})
        written = writer.write(
            Response(
                url=f"http://{HOST}{path}",
                status=status,
                reason="OK",
                raw_headers=((b"Content-Type", content_type.encode()),),
                body=body,
                request=b"GET / HTTP/1.1\r\n\r\n",
                started_at=datetime(2026, 11, 21, 1, 30, tzinfo=UTC),
            ),
            digest_of(body),
        )
        writer.sync()
        writer.close()
        return {
            "warc_file": written.warc_file,
            "warc_offset": written.warc_offset,
            "digest": written.digest,
            "captured_at": datetime(2026, 11, 21, 1, 30, tzinfo=UTC),
            "media_type": content_type.split(";", maxsplit=1)[0],
        }

    return store


@pytest.fixture
def superuser(db):
    return get_user_model().objects.create_superuser("root", "root@example.gov.cn", "pw")


@pytest.fixture
def rows(site, add, portal, superuser) -> OldUrl:
    """One row in every table of the menu."""
    UnknownHit.objects.create(site=site, canonical=f"http://{HOST}/unknown", hits=3)
    Receipt.objects.create(site=site, actor=superuser, counts={"created": 1})
    Decision.objects.create(site=site, canonical=f"http://{HOST}/d", outcome="gone", reason="x", actor=superuser)
    add("/moved.html", page=portal.live, hits=1)
    return add("/zt/1.html", "archive", title="专题", warc_file="x", warc_offset=0, hits=5)


def user_with(*codenames: str):
    """Return a clerk who may enter the admin and has these permissions on old addresses."""
    user = get_user_model().objects.create_user("clerk", "clerk@example.gov.cn", "pw")
    permissions = [Permission.objects.get(content_type__app_label="wagtailadmin", codename="access_admin")]
    permissions += Permission.objects.filter(content_type__app_label="legacy", codename__in=codenames)
    assert len(permissions) == len(codenames) + 1
    user.user_permissions.set(permissions)
    return user


def logged_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def admin(superuser) -> Client:
    return logged_in(superuser)
