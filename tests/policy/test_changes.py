"""What sources change later: corrected, withdrawn, moved; each is told once and the page is left alone."""

from dataclasses import replace

import pytest

from cms_site.legacy.models import Imported
from cms_site.policy.merging import corrected
from cms_site.policy.models import Correction
from migrate.config.sites import POLICY_SITE
from migrate.demo.central import HOST, notice
from migrate.demo.truth import Answer
from migrate.notices import ChangeKind
from tests.policy.conftest import World
from tests.policy.rounds import known, page_of, url_of

pytestmark = pytest.mark.django_db


def test_a_correction_is_told_once_and_the_page_is_left_alone(world: World) -> None:
    world.central.publish(notice(1, world.last(5)))
    world.sync()
    (before,) = world.pages()
    world.central.correct(1, paragraph="第一批名单有误，更正如下。")
    done = world.sync()
    assert (done.corrected, done.reposted, done.new) == (1, 0, 0)
    (change,) = world.door.changes
    assert change.kind is ChangeKind.CORRECTED
    assert change.reading is not None
    assert "第一批名单有误" in change.body
    assert change.title == world.central.notices[0].title
    assert world.sync().corrected == 0
    assert world.pages()[0].latest_revision_id == before.latest_revision_id
    world.door.accept(change)
    assert world.sync().corrected == 0
    world.central.correct(1, title="关于更正名单的通知")
    assert world.sync().corrected == 1


def test_a_frame_that_changes_is_no_correction(world: World) -> None:
    world.central.publish(notice(1, world.last(5)))
    world.sync()
    path = world.central.notices[0].path
    body = page_of(world.central.notices[0]).body.replace(b"</body>", "<div>浏览次数：17</div></body>".encode())
    world.central.extra[path] = Answer(200, (("Content-Type", "text/html; charset=utf-8"),), body)
    done = world.sync()
    assert (done.corrected, world.door.changes) == (0, [])


@pytest.mark.parametrize("status", [404, 410])
def test_withdrawn_is_told_once(world: World, status: int) -> None:
    for number in (1, 2):
        world.central.publish(notice(number, world.last(5)))
    world.sync()
    world.central.withdraw(1, status)
    assert world.sync().withdrawn == 1
    (change,) = world.door.changes
    assert (change.kind, change.reason, change.reading) == (ChangeKind.WITHDRAWN, str(status), None)
    assert world.sync().withdrawn == 0


def test_nothing_is_withdrawn_while_the_source_is_down(world: World) -> None:
    world.central.publish(notice(1, world.last(5)))
    world.sync()
    for down in (503, 500, 502):
        world.central.down = down
        assert world.sync().withdrawn == 0
    world.central.down = 404  # all of it, lists as well
    for _round in range(3):
        assert world.sync().withdrawn == 0
    world.central.down = 0
    assert (world.sync().withdrawn, world.door.changes) == (0, [])


def test_a_page_that_became_an_error_page_or_leads_home_is_withdrawn(world: World) -> None:
    for number in (1, 2, 3):
        world.central.publish(notice(number, world.last(5)))
    world.sync()
    home = "<html><head><title>中央政府门户网站</title></head><body><ul>" + "".join(
        f'<li><a href="/a/{n}.htm">要闻第{n}条标题</a> 2026-11-{n:02d}</li>' for n in range(1, 20)
    )
    html = (("Content-Type", "text/html; charset=utf-8"),)
    world.central.extra["/"] = Answer(200, html, home.encode())
    paths = {item.number: item.path for item in world.central.notices}
    world.central.extra[paths[1]] = Answer(302, (("Location", "/"),), b"")
    gone = "<html><head><title>404</title></head><body><h1>您访问的页面不存在或已被删除</h1></body></html>"
    world.central.extra[paths[2]] = Answer(200, html, gone.encode())
    assert world.sync().withdrawn == 2
    assert sorted(change.reason for change in world.door.changes) == ["error-page", "redirect"]


def test_a_correction_brings_its_files(world: World) -> None:
    world.central.publish(notice(1, world.last(5)))
    world.sync()
    (page,) = world.pages()
    before = page.latest_revision_id
    item = world.central.notices[0]
    world.central.notices[0] = replace(item, attachment=True, picture=True)
    path = item.path.rpartition("/")[0] + "/P1.pdf"
    world.central.extra[path] = Answer(503, (), b"")
    done = world.sync()
    assert (done.corrected, world.door.changes) == (0, [])
    assert "policy.unread" in {found.check for found in done.findings}
    del world.central.extra[path]
    assert world.sync().corrected == 1
    (page,) = world.pages()
    assert page.latest_revision_id == before
    (change,) = world.door.changes
    row = Correction(notice=known(change.key), kind=change.kind.value, title=change.title, body=change.body)
    body = str(corrected(page, row).body.get_prep_value())
    assert "P1.pdf" not in body
    assert "W1.png" not in body
    assert HOST not in body
    stored = Imported.objects.filter(site__slug=POLICY_SITE, page=None)
    assert stored.exclude(document=None).count() == stored.exclude(image=None).count() == 1
    assert world.sync().corrected == 0


def test_moved_is_the_same_notice_also_in_the_list(world: World) -> None:
    world.central.publish(notice(1, world.last(5)))
    world.sync()
    world.central.move(1, "/zhengce/new/content_1.htm")
    done = world.sync()
    assert (done.moved, done.new, done.reposted) == (1, 1, 0)
    (change,) = world.door.changes
    assert change.reading is not None
    assert change.reading.url.endswith("/new/content_1.htm")
    assert len(world.pages()) == 1
    assert len(world.door.notices) == 1
    again = world.sync()
    assert (again.moved, again.new, again.waiting) == (0, 0, 0)


def test_corrected_then_moved_is_the_same_notice(world: World) -> None:
    world.central.publish(notice(1, world.last(5)))
    world.sync()
    world.central.correct(1, paragraph="第一批名单有误，更正如下。")
    assert world.sync().corrected == 1
    world.central.move(1, "/zhengce/new/content_1.htm")
    assert world.sync().reposted == 0
    assert (len(world.pages()), len(world.door.notices)) == (1, 1)
    again = world.sync()
    assert (again.corrected, again.moved, again.new, again.waiting) == (0, 0, 0, 0)


def test_old_notices_are_asked_less_often_and_then_no_more(world: World) -> None:
    world.central.publish(notice(1, world.last(5)))
    world.sync()
    url = url_of(1, world)

    def asked() -> int:
        return world.server.hits[url]

    def asks(minutes: int) -> int:
        before = asked()
        world.sync(minutes=minutes)
        return asked() - before

    assert asks(15) == 1
    assert asks(60 * 24 * 2) == 1
    assert asks(15) == 0
    assert asks(60 * 24 * 8) == 1
    assert asks(60 * 6) == 0
    assert asks(60 * 24) == 1
    assert asks(60 * 24 * 30) == 0
