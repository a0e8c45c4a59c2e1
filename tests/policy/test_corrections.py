"""A correction's files: those that are new, gone or others by now, shown before the click and on the page after it."""

from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.urls import reverse
from wagtail.documents import get_document_model

from cms_site.policy import acts, versions
from cms_site.policy.models import Correction, Notice
from migrate.demo.central import notice
from migrate.demo.pictures import make_strip
from migrate.demo.truth import Answer
from tests.policy.conftest import World

pytestmark = pytest.mark.django_db
DAY = 60 * 24


@pytest.fixture
def chief() -> Any:
    return get_user_model().objects.create_superuser("chief", "chief@example.gov.cn", "x")


def newest(page: Any) -> Any:
    return type(page).objects.get(pk=page.pk).get_latest_revision_as_object()


def attachments(page: Any) -> list[tuple[str, bytes]]:
    """Return name and bytes of a page's newest attachments."""
    found = []
    for block in newest(page).attachments:
        with block.value["document"].open_file() as file:
            found.append((block.value["title"], file.read()))
    return found


def take(actor: Any) -> list[tuple[str, str]]:
    """Take the one correction that waits; return what the editor was shown of its files."""
    row = Correction.objects.get(state=Correction.State.OPEN)
    shown = versions.compared(row)
    acts.take_correction(row, actor, latest=shown.latest)
    return [(one.kind, one.name) for one in shown.files]


def test_files_that_stand_in_the_list_alone(whole: World, chief: Any, client: Any) -> None:
    whole.central.publish(
        replace(notice(1, whole.last(5)), files=(("名单.pdf", "名单"), ("样表.pdf", "样表"), ("说明.pdf", "说明")))
    )
    whole.sync()
    (page,) = whole.pages()
    before = attachments(page)
    assert [name for name, _bytes in before] == ["名单.pdf", "样表.pdf", "说明.pdf"]

    edited = page.get_latest_revision_as_object()
    own = get_document_model().objects.create(title="本县办法.pdf", file=ContentFile(b"ours", "ours.pdf"))
    edited.attachments.append(("document", {"document": own, "title": "本县办法.pdf"}))
    edited.body.append(("paragraph", "<p>本县联系电话见附件。</p>"))
    edited.save_revision(user=chief)

    item = whole.central.notices[0]
    whole.central.notices[0] = replace(item, files=(("样表.pdf", "新样表"), ("说明.pdf", "说明"), ("图纸.pdf", "图纸")))
    assert whole.sync().corrected == 1
    assert attachments(page)[:3] == before  # nothing before somebody rules
    client.force_login(chief)
    shown = client.get(reverse("policy_desk:notice", args=(Notice.objects.get().pk,))).content.decode()
    assert all(text in shown for text in ("换成新文件：样表.pdf", "<ins>图纸.pdf</ins>", "<del>名单.pdf</del>"))
    assert "本站编辑改过" not in shown  # nothing of theirs is lost
    assert take(chief) == [("replaced", "样表.pdf"), ("new", "图纸.pdf"), ("gone", "名单.pdf")]
    after = dict(attachments(page))
    assert list(after) == ["样表.pdf", "说明.pdf", "图纸.pdf", "本县办法.pdf"]
    assert after["样表.pdf"] != dict(before)["样表.pdf"]
    assert after["说明.pdf"] == dict(before)["说明.pdf"]
    assert "本县联系电话" in newest(page).text  # the source left the body alone
    assert whole.sync().corrected == 0


def test_another_file_at_the_same_address_is_told_within_a_day(whole: World, chief: Any) -> None:
    whole.central.publish(replace(notice(1, whole.last(5)), files=(("样表.pdf", "样表"),)))
    whole.sync()
    whole.sync()
    (page,) = whole.pages()
    (before,) = attachments(page)
    whole.central.notices[0] = replace(whole.central.notices[0], files=(("样表.pdf", "改过的样表"),))
    assert whole.sync(minutes=DAY).corrected == 1
    assert take(chief) == [("replaced", "样表.pdf")]
    (after,) = attachments(page)
    assert (after[0], after[1] != before[1]) == ("样表.pdf", True)
    assert whole.sync(minutes=DAY).corrected == 0


def test_a_file_that_can_not_be_had_for_a_while_is_no_correction(whole: World) -> None:
    whole.central.publish(replace(notice(1, whole.last(5)), files=(("样表.pdf", "样表"),)))
    whole.sync()
    path = whole.central.notices[0].path.rpartition("/")[0] + "/F1-0.pdf"
    for status in (503, 404):
        whole.central.extra[path] = Answer(status, (), b"")
        assert whole.sync(minutes=DAY).corrected == 0
    del whole.central.extra[path]
    assert whole.sync(minutes=DAY).corrected == 0
    assert not Correction.objects.exists()


def test_another_picture_is_a_correction(whole: World, chief: Any) -> None:
    whole.central.publish(notice(1, whole.last(5), picture=True))
    whole.sync()
    path = whole.central.notices[0].path.rpartition("/")[0] + "/W1.png"
    bytes_of_another = make_strip("png", 300, 90, ((160, 30, 30), (240, 240, 240)))
    whole.central.extra[path] = Answer(200, (("Content-Type", "image/png"),), bytes_of_another)
    assert whole.sync(minutes=DAY).corrected == 1
    assert {kind for kind, _name in take(chief)} == {"replaced"}
    assert whole.sync(minutes=DAY).corrected == 0


def test_what_is_back_need_not_be_taken_offline(whole: World, chief: Any) -> None:
    whole.central.publish(notice(1, whole.last(5)))
    whole.sync()
    path = whole.central.notices[0].path
    whole.central.extra[path] = Answer(404, (), b"")
    assert whole.sync().withdrawn == 1
    del whole.central.extra[path]
    done = whole.sync()
    assert "policy.back" in {found.check for found in done.findings}
    row = Correction.objects.get()
    assert (row.kind, row.state, row.actor) == ("withdrawn", "dismissed", None)
    assert "policy.back" not in {found.check for found in whole.sync().findings}
    whole.central.extra[path] = Answer(404, (), b"")
    assert whole.sync().withdrawn == 1
    row.refresh_from_db()
    assert row.state == "open"


def test_of_files_that_were_never_known_nothing_is_told(whole: World) -> None:
    whole.central.publish(replace(notice(1, whole.last(5)), files=(("样表.pdf", "样表"),)))
    whole.sync()
    Notice.objects.update(files_checksum="")  # as a portal had it before files were looked at
    assert whole.sync(minutes=DAY).corrected == 0
