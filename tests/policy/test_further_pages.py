"""Notices in several pages: one page in the portal has the whole text, or there is none yet."""

from dataclasses import replace

import pytest

from migrate.demo.central import HOST, Notice, further_path, notice, page
from migrate.demo.truth import Answer
from migrate.errors import ShangyiError
from migrate.notices import ChangeKind
from migrate.pipeline.policy import repost
from migrate.pipeline.policy.parts import MOST
from tests.policy.conftest import World

pytestmark = pytest.mark.django_db
DAY = 60 * 24
SECOND = ("五、加强指导。各部门要按职责分工给予指导，及时解决基层反映的问题，避免层层加码。",)
THIRD = ("六、附则。本通知自印发之日起施行，以前的规定与本通知不一致的，以本通知为准。",)
HTML = (("Content-Type", "text/html; charset=utf-8"),)


def publish(world: World, *further: tuple[str, ...], **more: object) -> Notice:
    item = replace(notice(1, world.last(5)), further=further, **more)  # type: ignore[arg-type]
    world.central.publish(item)
    return item


def hits(world: World, path: str) -> int:
    return sum(count for target, count in world.server.hits.items() if target.endswith(path))


def test_all_pages_are_one(world: World) -> None:
    item = publish(world, SECOND, THIRD)
    done = world.sync()
    assert (done.reposted, done.findings) == (1, ())
    (made,) = world.pages()
    text = made.get_latest_revision_as_object().text
    places = [text.index(words[0][:12]) for words in (item.paragraphs[2:], SECOND, THIRD)]
    assert places == sorted(places)
    assert text.count(SECOND[0]) == text.count(item.paragraphs[0]) == 1
    assert "下一页" not in text
    (read,) = world.door.taken
    assert all(words[0] in read.text for words in (item.paragraphs, SECOND, THIRD))
    with world.ledger() as ledger:
        captured = {row.url for row in ledger.newest_resources()}
    assert {f"http://{HOST}{further_path(item, number)}" for number in range(3)} <= captured
    assert world.sync().corrected == 0


def test_each_page_alone_leads_to_the_next(world: World) -> None:
    item = publish(world, SECOND, THIRD)
    for number in range(3):
        text = page(item, number).decode()
        for other in range(3):
            name = further_path(item, other).rpartition("/")[2]
            text = text.replace(f'<a href="{name}">{other + 1}</a>', "")
        world.central.extra[further_path(item, number)] = Answer(200, HTML, text.encode())
    assert world.sync().reposted == 1
    assert THIRD[0] in world.pages()[0].get_latest_revision_as_object().text


@pytest.mark.parametrize("status", [503, 404])
def test_without_one_of_them_nothing_is_made(world: World, status: int) -> None:
    item = publish(world, SECOND, THIRD)
    world.central.extra[further_path(item, 2)] = Answer(status, HTML, b"")
    done = world.sync()
    assert (done.reposted, done.waiting) == (0, 1)
    assert [finding.check for finding in done.findings] == ["policy.unread"]
    assert further_path(item, 2) in done.findings[0].message
    assert not world.pages()
    del world.central.extra[further_path(item, 2)]
    assert world.sync().reposted == 1
    assert THIRD[0] in world.pages()[0].get_latest_revision_as_object().text


def test_a_correction_of_a_further_page_is_told(world: World) -> None:
    item = publish(world, SECOND, THIRD)
    world.sync()
    world.sync()
    changed = THIRD[0].replace("印发之日", "2027年1月1日")
    world.central.notices[0] = replace(item, further=(SECOND, (changed,)))
    assert world.sync(minutes=DAY).corrected == 1
    (change,) = world.door.changes
    assert change.kind is ChangeKind.CORRECTED
    assert changed in change.body
    assert SECOND[0] in change.body
    assert item.paragraphs[0] in change.body
    world.door.accept(change)
    assert world.sync(minutes=DAY).corrected == 0


def test_no_end_of_pages(world: World) -> None:
    item = publish(world, SECOND)
    world.central.notices[0] = replace(item, further=tuple((f"第{n}段，各地要认真落实。",) for n in range(MOST + 5)))
    done = world.sync()
    assert (done.reposted, [finding.check for finding in done.findings]) == (0, ["policy.unread"])
    assert sum(world.server.hits.values()) <= MOST + 5


def test_what_is_named_like_a_page_of_it_and_is_another_article(world: World) -> None:
    item = publish(world)
    other = replace(notice(2, world.last(5)), path=further_path(item, 2))
    first = page(item).decode().replace("</body>", f'<p><a href="{other.path}">相关文件</a></p></body>')
    world.central.extra[item.path] = Answer(200, HTML, first.encode())
    world.central.extra[other.path] = Answer(200, HTML, page(other))
    assert world.sync().reposted == 1
    assert other.paragraphs[1] not in world.pages()[0].get_latest_revision_as_object().text


def test_a_further_page_is_no_notice(world: World) -> None:
    item = publish(world, SECOND)
    world.central.notices.clear()
    world.sync()
    for number in range(2):
        world.central.extra[further_path(item, number)] = Answer(200, HTML, page(item, number))
    with pytest.raises(ShangyiError, match=f"further page of http://{HOST}{item.path}"):
        repost(world.project, f"http://{HOST}{further_path(item, 1)}", resolve=world.server.resolve, now=world.now)
    assert not world.pages()
    repost(world.project, f"http://{HOST}{item.path}", resolve=world.server.resolve, now=world.now)
    assert SECOND[0] in world.pages()[0].get_latest_revision_as_object().text


def test_pages_on_other_hosts_are_not_asked_for(world: World) -> None:
    item = publish(world)
    elsewhere = f"http://evil.example.com{further_path(item, 1)}"
    first = page(item).decode().replace("</body>", f'<a href="{elsewhere}">下一页</a></body>')
    world.central.extra[item.path] = Answer(200, HTML, first.encode())
    assert world.sync().reposted == 1
    assert hits(world, further_path(item, 1)) == 0
