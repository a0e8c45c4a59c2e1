"""What people put into the editor: too long, too large, meant to harm. Nothing is lost, nothing runs."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

from cms_site.portal.models import ArticlePage

from .conftest import client_of, column, place

pytestmark = pytest.mark.django_db
SCRIPT = "<script>alert(1)</script>"
NO_COMMENTS = {f"comments-{name}_FORMS": number for name, number in
               (("TOTAL", "0"), ("INITIAL", "0"), ("MIN_NUM", "0"), ("MAX_NUM", "1000"))}  # fmt: skip


def table(rows: list[list[str]]) -> str:
    import json

    return json.dumps({"data": rows, "table_header_choice": "row", "cell": [], "mergeCells": []})


def send(body: list[tuple[str, object]], attachments: tuple = (), by: str = "contributor", **fields: str):
    """Send the form of a new article as the editor's page sends it; return the response."""
    parent = column("/towns/dahe/notices/")
    data = {
        "title": "关于防汛的通知", "slug": "flood", "published_at": "2026-11-20 09:00", "source": "", "author": "",
        "document_number": "", "body": streamfield(body), "attachments": streamfield(list(attachments)), **fields,
    }  # fmt: skip
    address = reverse("wagtailadmin_pages:add", args=("portal", "articlepage", parent.pk))
    return client_of(by).post(address, nested_form_data(data) | NO_COMMENTS)


def saved() -> ArticlePage:
    return ArticlePage.objects.get().get_latest_revision_as_object()


def visitor_sees(page: ArticlePage) -> str:
    page.get_latest_revision().publish()
    return Client().get(page.get_url()).content.decode()


@pytest.mark.parametrize(
    ("field", "most"), [("title", 255), ("source", 200), ("author", 100), ("document_number", 120)]
)
def test_too_long_a_text_is_said_at_its_field_and_nothing_is_lost(portal, field, most):
    long = "防汛" * most
    response = send([("paragraph", rich_text("<p>写了很久的正文</p>"))], **{field: long})
    assert response.status_code == 200
    assert field in response.context["form"].errors
    shown = response.content.decode()
    assert str(most) in shown
    assert long in shown
    kept = response.context["form"]["body"].value()
    assert "写了很久的正文" in kept[0].value.source
    assert not ArticlePage.objects.exists()


def test_five_megabytes_of_word_are_kept(portal):
    line = "<p class=MsoNormal style='mso-pagination:widow-orphan'><span lang=EN-US>各村做好防汛准备。</span></p>"
    count = 5 * 1024 * 1024 // len(line.encode())
    response = send([("paragraph", rich_text(line * count))])
    assert response.status_code == 302
    text = saved().body[0].value.source
    assert text.count("各村做好防汛准备。") == count
    rest = [mark for mark in ("mso-", "MsoNormal", "<span") if mark in text]  # no diff of five megabytes, please
    assert rest == []


def test_more_than_a_form_may_hold_is_refused_with_a_clear_status(portal, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
    response = send([("paragraph", rich_text("<p>" + "长" * 700_000 + "</p>"))])
    assert response.status_code in (400, 413)
    assert not ArticlePage.objects.exists()


def test_a_table_of_three_hundred_rows_is_kept_and_shown(portal):
    rows = [["村名", "户数"], *([f"第{number}村", str(number)] for number in range(300))]
    assert send([("table", table(rows))]).status_code == 302
    page = saved()
    assert page.body[0].value["data"] == rows
    shown = visitor_sees(ArticlePage.objects.get())
    assert shown.count("<tr>") == 301
    assert '<th scope="col"' in shown


def test_script_in_every_field_runs_nowhere(portal):
    link, picture = '<a href="javascript:alert(1)">点</a>', '<img src="x" onerror="alert(1)" />'
    body = [
        ("paragraph", rich_text(f"<p>正文{SCRIPT}{link}{picture}</p>")),
        ("legacy", f'<p onclick="alert(1)">旧文{SCRIPT}</p><iframe src="http://evil.example/"></iframe>'),
        ("table", table([[SCRIPT, "列"], [picture, "值"]])),
    ]  # fmt: skip
    fields = {
        name: f"{SCRIPT}{name}" for name in ("title", "source", "author", "document_number", "search_description")
    }
    response = send(body, **fields, seo_title=SCRIPT)
    assert response.status_code == 302, response.context["form"].errors
    page = ArticlePage.objects.get()
    shown = visitor_sees(page)
    assert "正文" in shown
    assert "旧文" in shown
    harmless(shown)
    client = client_of("administrator")
    parent = page.get_parent().pk
    for address in (
        reverse("wagtailadmin_pages:edit", args=(page.pk,)),
        reverse("wagtailadmin_explore", args=(parent,)),
        reverse("wagtailadmin_pages:history", args=(page.pk,)),
        reverse("wagtailadmin_home"),
        reverse("editors:columns"),
    ):
        assert SCRIPT not in client.get(address).content.decode(), address
    harmless(Client().get(place("/towns/dahe/notices/").get_url()).content.decode())
    harmless(Client().get("/search/?q=正文").content.decode())


def harmless(shown: str) -> None:
    """Assert that nothing in a page would run what was put in."""
    lowered = shown.lower()
    assert SCRIPT not in lowered
    for mark in ("javascript:alert", '<img src="x"', "<iframe", "evil.example"):
        assert mark not in lowered, mark
    assert 'onclick="alert' not in lowered


def upload(kind: str, name: str, data: bytes, content_type: str):
    client = client_of("contributor")
    field = "files[]"
    return client.post(
        reverse(f"wagtail{kind}:add_multiple"),
        {"title": name, field: SimpleUploadedFile(name, data, content_type)},
        headers={"x-requested-with": "XMLHttpRequest"},
    )


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("照片.jpg", b"this is no picture"),
        ("照片.png", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        ("照片.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        ("照片.gif", b"GIF89a"),
        ("照片.jpg", b""),
        ("照片", b"\x89PNG\r\n\x1a\n"),
    ],
)
def test_an_upload_that_is_no_image_is_refused_with_a_message(portal, name, data):
    response = upload("images", name, data, "image/jpeg")
    assert response.status_code == 200
    said = response.json()
    assert said["success"] is False
    assert said["error_message"].strip()
    assert not get_image_model().objects.exists()


def test_a_picture_larger_than_all_memory_is_refused(portal):
    from PIL import Image as Picture

    data = io.BytesIO()
    Picture.new("1", (20_000, 20_000)).save(data, "PNG")
    response = upload("images", "大图.png", data.getvalue(), "image/png")
    assert response.json()["success"] is False
    assert response.json()["error_message"].strip()


@pytest.mark.parametrize("name", ["木马.exe", "页面.html", "脚本.js", "图.svg"])
def test_a_file_that_could_run_is_no_attachment(portal, name):
    assert upload("docs", name, b"<script>alert(1)</script>", "text/html").json()["success"] is False
    assert not get_document_model().objects.exists()
