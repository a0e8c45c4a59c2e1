"""What sources do that they should not: silence, errors, foreign hosts; no round is lost by it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from migrate.demo.central import HOST, notice
from migrate.demo.truth import Answer
from migrate.pipeline.policy import repost
from tests.policy.conftest import NINE, QUARTER, YAML, World, ask_with
from tests.policy.rounds import checks, page_of, url_of

pytestmark = pytest.mark.django_db


def test_a_page_that_can_not_be_had_stays_new_and_comes_later(world: World) -> None:
    world.central.publish(notice(1, world.last(5), attachment=True))
    path = world.central.notices[0].path
    world.central.extra[path] = Answer(503, (("Content-Type", "text/html"),), b"busy")
    done = world.sync()
    assert (done.new, done.reposted, done.waiting) == (1, 0, 1)
    assert checks(done) == ["policy.unread"]
    assert world.pages() == []
    del world.central.extra[path]
    attachment = path.rpartition("/")[0] + "/P1.pdf"
    world.central.extra[attachment] = Answer(500, (), b"")
    done = world.sync()
    assert (done.reposted, done.waiting, checks(done)) == (0, 1, ["policy.unread"])
    assert world.pages() == []
    world.central.withdrawn = {}
    del world.central.extra[attachment]
    world.central.notices.clear()  # it fell off the list meanwhile, but not off the server
    kept = notice(1, NINE - timedelta(minutes=5), attachment=True)
    world.central.extra[path] = page_of(kept)
    world.central.extra[attachment] = Answer(200, (("Content-Type", "application/pdf"),), b"%PDF-1.4 1")
    done = world.sync()
    assert (done.reposted, done.waiting) == (1, 0)
    assert len(world.pages()) == 1


def test_an_attachment_that_is_gone_is_a_finding_and_no_obstacle(world: World) -> None:
    world.central.publish(notice(1, world.last(5), attachment=True))
    world.central.extra[world.central.notices[0].path.rpartition("/")[0] + "/P1.pdf"] = Answer(404, (), b"")
    done = world.sync()
    assert (done.reposted, checks(done)) == (1, ["policy.missing-file"])


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ({"down": 503}, "policy.source-down"),
        ({"down": 404}, "policy.source-down"),
        ({"markup": 2}, "policy.list-changed"),
        ({"notices": []}, "policy.list-changed"),
    ],
)
def test_what_is_wrong_with_a_list_is_said_within_one_round(world: World, change: dict, check: str) -> None:
    world.central.publish(notice(1, world.last(5)))
    assert world.sync().findings == ()
    before = {name: getattr(world.central, name) for name in change}
    for name, value in change.items():
        setattr(world.central, name, value)
    done = world.sync()
    assert check in checks(done)
    assert (done.new, done.corrected, done.withdrawn) == (0, 0, 0)
    with world.ledger() as ledger:
        assert [found.check for _stage, found in ledger.findings("policy")] == checks(done)
    for name, value in before.items():
        setattr(world.central, name, value)
    world.central.publish(notice(2, world.now, exact=False))
    done = world.sync()
    assert (done.findings, done.reposted) == ((), 1)
    assert world.door.seen[-1].published.earliest == NINE + QUARTER, "the round that saw nothing proves nothing"
    assert len(world.pages()) == 2


def test_a_slow_source_and_one_that_is_silent(world: World) -> None:
    world.configure(YAML.replace("timeout: 30", "timeout: 5"))
    world.central.publish(notice(1, world.last(5)))
    world.sync()
    world.server.delay = 3.0
    assert checks(world.sync()) == ["policy.slow"]
    world.configure(YAML.replace("timeout: 30", "timeout: 0.4"))
    world.server.delay = 20.0
    assert checks(world.sync()) == ["policy.source-down"]


def test_a_host_that_is_silent_is_left_alone_for_the_round(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ask_with(monkeypatch, retries=0)  # each would take the timeout once more
    for number in range(1, 9):
        world.central.publish(notice(number, world.last(5)))
    world.configure(YAML.replace("timeout: 30", "timeout: 1"))

    def meanwhile(target: str) -> None:
        world.server.delay = 20.0 if "zuixin" in target else world.server.delay  # from the next request on

    world.central.meanwhile = meanwhile
    done = world.sync()
    assert (done.reposted, done.waiting) == (0, 8)
    told = [found.message for found in done.findings if found.check == "policy.unread"]
    assert len(told) == 8
    assert sum("host-silent" in message for message in told) == 5
    world.central.meanwhile, world.server.delay = None, 0.0
    world.configure(YAML)
    assert world.sync().reposted == 8


def test_what_can_not_be_read_is_asked_for_less_and_less(world: World) -> None:
    world.central.publish(notice(1, world.last(5)))
    path = world.central.notices[0].path
    world.central.extra[path] = Answer(200, (("Content-Type", "application/pdf"),), b"%PDF-1.4 \x00\xff scanned")

    def asks(minutes: int) -> int:
        before = world.server.hits[url_of(1, world)]
        done = world.sync(minutes=minutes)
        assert (checks(done), done.waiting) == (["policy.unread"], 1)
        return world.server.hits[url_of(1, world)] - before

    assert [asks(15), asks(15), asks(60 * 24), asks(15), asks(60 * 24 * 8), asks(60 * 6)] == [1, 1, 1, 0, 1, 0]
    assert asks(60 * 24 * 30) == 0
    repost_of_it = Answer(200, (("Content-Type", "text/html; charset=utf-8"),), page_of(notice(1, NINE)).body)
    world.central.extra[path] = repost_of_it
    repost(world.project, url_of(1, world), resolve=world.server.resolve, now=world.now)
    assert len(world.pages()) == 1


def test_foreign_hosts_in_a_list_are_never_asked(world: World) -> None:
    world.central.publish(notice(1, world.last(5)))
    world.sync()
    world.central.publish(replace(notice(2, world.now), path="//evil.example.com/a.htm"))
    listed = f'[{{"TITLE":"x","URL":"//evil.example.com/a.htm","DOCRELPUBTIME":"2026-11-23"}},' \
        f'{{"TITLE":"y","URL":"http://{HOST}@evil.example.com/","DOCRELPUBTIME":"2026-11-23"}},' \
        f'{{"TITLE":"z","URL":"http://{HOST}\\r\\n.evil.example.com/","DOCRELPUBTIME":"2026-11-23"}}]'  # fmt: skip
    world.central.extra["/zhengce/zuixin.json"] = Answer(200, (("Content-Type", "application/json"),), listed.encode())
    done = world.sync()
    assert checks(done) == ["policy.foreign-host"]
    assert (done.new, done.reposted) == (0, 0)
    assert not [url for url in world.server.hits if "evil" in url]


@pytest.mark.parametrize("to", ["http://evil.example.com/", "http://127.0.0.1:1/", "http://[::1]/", "//10.0.0.1/"])
def test_redirects_are_looked_at_again(world: World, to: str) -> None:
    world.central.publish(notice(1, world.last(5)))
    world.central.extra[world.central.notices[0].path] = Answer(302, (("Location", to),), b"")
    done = world.sync()
    assert (done.reposted, checks(done)) == (0, ["policy.unread"])
    assert "host-not-allowed" in done.findings[0].message


def test_robots_are_obeyed(world: World) -> None:
    world.central.publish(notice(1, world.last(5)))
    world.central.robots = "User-agent: *\nDisallow: /zhengce/content/\n"
    done = world.sync()
    assert "robots" in done.findings[0].message
    assert not [url for url in world.server.hits if "content_" in url]


def test_what_is_wrong_with_a_list_stands_until_it_is_asked_again(world: World) -> None:
    fast = "http://www.sheng.example.gov.cn/list.json"
    keys = "form: json, title: a, link: b, published: c"
    more = f"  - {{id: sheng, name: 省政府, interval: 5m, lists: [{{url: '{fast}', {keys}}}]}}"
    world.configure(YAML + more)
    world.central.down = 503
    world.sync()
    wrong = {found.url for found in world.sync(minutes=15).findings if found.check == "policy.source-down"}
    assert len(wrong) == 2
    world.central.down = 0
    done = world.sync(minutes=6, due_only=True)
    assert done.lists == 1
    assert {found.url for found in done.findings if found.check == "policy.source-down"} == wrong
    assert world.door.rounds[-1] == (world.now, [found.check for found in done.findings])
    done = world.sync(minutes=16, due_only=True)
    assert {found.url for found in done.findings if found.check == "policy.source-down"} == {fast}
