"""Pictures of held and unpublished pages: whoever knows where they lie does not get them."""

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import caches
from django.test import Client
from wagtail.models import Collection, CollectionViewRestriction, Page


def show(page: Page, image) -> None:
    """Have a page show a picture."""
    page.body = [("image", {"image": image, "caption": "", "alt": ""})]
    page.save()


def addresses(image) -> list[str]:
    return [image.file.url, image.get_rendition("width-80").file.url]


@pytest.fixture(autouse=True)
def _no_sizes_of_other_tests():
    """Wagtail remembers sizes by the number of the picture, beyond the transaction of a test."""
    caches["default"].clear()


def got(address: str, client: Client | None = None):
    """Return (status, headers, body)."""
    answer = (client or Client()).get(address)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer.status_code, answer.headers, body


def statuses(image, client: Client | None = None) -> list[int]:
    return [got(address, client)[0] for address in addresses(image)]


def test_a_picture_that_no_page_shows_is_for_everybody(db, image):
    for address in addresses(image):
        status, headers, body = got(address)
        assert (status, headers["Content-Type"], body[:4]) == (200, "image/png", b"\x89PNG")
        assert headers["Cache-Control"] == "public, max-age=600"


def test_it_is_as_public_as_the_pages_that_show_it(portal, image, superuser):
    show(portal.draft, image)
    staff, stranger = Client(), Client()
    staff.force_login(superuser)
    stranger.force_login(get_user_model().objects.create_user("nobody", password="pw"))
    assert statuses(image) == statuses(image, stranger) == [404, 404]
    assert statuses(image, staff) == [200, 200]
    assert got(image.file.url, staff)[1]["Cache-Control"] == "private, no-store"
    show(portal.live, image)
    assert statuses(image) == [200, 200]
    portal.live.unpublish()
    assert statuses(image) == [404, 404]
    portal.draft.save_revision().publish()
    assert statuses(image) == [200, 200]


def test_a_collection_behind_the_login_holds_its_pictures(portal, image, superuser):
    show(portal.live, image)
    shelf = Collection.get_first_root_node().add_child(name="内部")
    CollectionViewRestriction.objects.create(collection=shelf, restriction_type="login")
    image.collection = shelf.add_child(name="照片")
    image.save()
    assert statuses(image) == [404, 404]


def test_the_web_server_sends_what_may_be_seen(portal, image, settings):
    settings.SHANGYI_ACCEL = "/stored/"
    answer = Client().get(image.file.url)
    assert (answer["X-Accel-Redirect"], answer["Content-Type"]) == (f"/stored/{image.file.name}", "image/png")
    assert answer.content == b""
    show(portal.draft, image)
    answer = Client().get(image.file.url)
    assert answer.status_code == 404 and "X-Accel-Redirect" not in answer


@pytest.mark.parametrize("path", ["original_images/../documents/a.doc", "original_images/none.png", "images/x", "a"])
def test_nothing_else_is_handed_out(db, settings, path):
    settings.SHANGYI_ACCEL = "/stored/"
    assert Client().get(f"/media/{path}").status_code == 404
