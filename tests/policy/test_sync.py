"""Rounds of the watch against the demo's central portal, over HTTP, into a real portal."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from cms_site.legacy.models import Imported, OldHost
from cms_site.policy.merging import corrected
from cms_site.policy.models import Correction, Notice
from migrate.archive.verify import verify
from migrate.config.sites import POLICY_SITE
from migrate.demo.central import HOST, POLICY, notice
from migrate.demo.truth import Answer
from migrate.errors import ShangyiError, UsageError
from migrate.notices import ChangeKind
from migrate.pipeline import place, policy
from migrate.pipeline.policy import SyncRun, rehearse, repost
from tests.policy.conftest import NINE, QUARTER, YAML, World, ask_with, quiet

pytestmark = pytest.mark.django_db
LIST = f"http://{HOST}/zhengce/zuixin.json"


def url_of(number: int, world: World) -> str:
    return f"http://{HOST}" + next(item.path for item in world.central.notices if item.number == number)


def known(key: str) -> Notice:
    """Return a notice as the desk has it."""
    times = {"published_earliest": NINE, "published_latest": NINE, "first_seen": NINE, "within": timedelta(days=1)}
    return Notice.objects.create(key=key, url=key, source="zhongyang", title="x", column="/state-council/", **times)


def checks(done: policy.Synced) -> list[str]:
    return [finding.check for finding in done.findings]


def test_a_notice_becomes_a_draft_with_its_files_and_head(world: World) -> None:
    world.sync()
    world.central.publish(notice(1, world.now + timedelta(minutes=5), attachment=True, picture=True))
    done = world.sync()
    assert (done.new, done.reposted, done.waiting, done.findings) == (1, 1, 0, ())
    (page,) = world.pages()
    item = world.central.notices[0]
    assert not page.live
    assert page.draft_title == item.title
    page = page.get_latest_revision_as_object()
    assert (page.title, page.document_number, page.index_no) == (item.title, item.document_number, item.index_no)
    assert (page.issuer, str(page.written_on)) == (item.issuer, "2026-11-23")
    assert page.source == "中央政府门户网站"
    assert page.get_parent().slug == "state-council"
    (read,) = world.door.taken
    assert read.published.exact
    assert read.published.latest == item.published
    assert all(paragraph in read.text for paragraph in item.paragraphs)
    assert read.document_number == item.document_number
    hits = {urlsplit(url).path.rpartition("/")[2] for url in world.server.hits}
    assert {"P1.pdf", "W1.png"} <= hits
    assert not OldHost.objects.filter(name=HOST).exists()


def test_publish_as_configured(world: World) -> None:
    world.configure(YAML.replace("    name:", "    publish: true\n    name:"))
    world.central.publish(notice(1, world.last(5)))
    world.sync()
    assert [page.live for page in world.pages()] == [True]


def test_a_second_round_changes_nothing_and_asks_conditionally(world: World) -> None:
    world.central.publish(notice(1, world.last(5), attachment=True))
    first = world.sync()
    assert first.reposted == 1
    seen = len(world.door.seen)
    again = world.sync()
    assert (again.new, again.reposted, again.unchanged, again.findings) == (0, 0, 1, ())
    assert len(world.pages()) == 1
    assert len(world.door.seen) == seen
    with world.ledger() as ledger:
        assert verify(world.folder, ledger, quiet).findings == ()


def test_what_was_there_before_the_watch_is_not_reposted(world: World) -> None:
    world.central.publish(notice(1, world.last(60 * 24 * 10)))
    world.central.publish(notice(2, world.last(60)))
    done = world.sync()
    assert (done.new, done.reposted) == (1, 1)
    assert world.sync().new == 0


def test_since_reaches_further_back(world: World) -> None:
    world.configure(YAML.replace("    name:", "    since: 2026-11-01\n    name:"))
    for number, days in ((1, 10), (2, 40)):
        world.central.publish(notice(number, world.last(60 * 24 * days)))
    assert world.sync().new == 1


def test_days_get_bounds_that_polls_sharpen(world: World) -> None:
    world.sync(minutes=0)
    world.central.publish(notice(1, world.now + timedelta(minutes=3), exact=False))
    world.sync()
    (seen,) = world.door.seen
    assert (seen.published.earliest, seen.published.latest) == (NINE, NINE + QUARTER)
    assert world.door.taken[0].published == seen.published


def test_late_and_early_dates_are_told_and_bounded(world: World) -> None:
    world.sync(minutes=0)
    world.central.publish(notice(1, world.now, exact=False, listed="2026-11-22"))
    world.central.publish(notice(2, world.now, exact=False, listed="2026-11-24"))
    done = world.sync()
    by_number = {seen.url[-5]: seen.published for seen in world.door.seen}
    assert by_number["1"].latest == world.now
    assert by_number["1"].earliest == NINE - timedelta(hours=9 + 24)
    assert (by_number["2"].earliest, by_number["2"].latest) == (NINE, world.now)
    assert sorted(checks(done)) == ["policy.dated-future", "policy.dated-late"]
    assert done.reposted == 2


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
    world.central.extra[path] = _page_of(kept)
    world.central.extra[attachment] = Answer(200, (("Content-Type", "application/pdf"),), b"%PDF-1.4 1")
    done = world.sync()
    assert (done.reposted, done.waiting) == (1, 0)
    assert len(world.pages()) == 1


def _page_of(item: object) -> Answer:
    from migrate.demo.central import page

    return Answer(200, (("Content-Type", "text/html; charset=utf-8"),), page(item))  # type: ignore[arg-type]


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
    repost_of_it = Answer(200, (("Content-Type", "text/html; charset=utf-8"),), _page_of(notice(1, NINE)).body)
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
    body = _page_of(world.central.notices[0]).body.replace(b"</body>", "<div>浏览次数：17</div></body>".encode())
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


def test_by_hand(world: World) -> None:
    world.central.publish(notice(1, world.last(60 * 24 * 100), attachment=True))
    world.sync()
    assert world.pages() == []
    url = url_of(1, world)
    key, findings = repost(world.project, url, "chen", resolve=world.server.resolve, now=world.now)
    assert (key, findings) == (url, [])
    assert world.door.by_hand == [(url, "chen")]
    (page,) = world.pages()
    assert not page.live
    key, findings = repost(world.project, url, "chen", resolve=world.server.resolve, now=world.now)
    assert [found.check for found in findings] == ["policy.known"]
    assert world.sync().new == 0
    assert len(world.pages()) == 1


@pytest.mark.parametrize(
    "url", ["http://evil.example.com/a.htm", "file:///etc/passwd", "", "http://127.0.0.1/", "x" * 9000]
)
def test_by_hand_only_from_sources(world: World, url: str) -> None:
    with pytest.raises(UsageError, match=r"source"):
        repost(world.project, url, resolve=world.server.resolve)
    assert not world.server.hits


def test_by_hand_what_is_no_notice(world: World) -> None:
    with pytest.raises(ShangyiError, match="404"):
        repost(world.project, f"http://{HOST}/nothing.htm", resolve=world.server.resolve)
    with pytest.raises(ShangyiError, match="could not be read"):
        repost(world.project, f"http://{HOST}/zhengce/zuixin.htm", resolve=world.server.resolve)
    assert world.door.notices == {}
    assert world.pages() == []


def test_a_rehearsal_keeps_nothing(world: World) -> None:
    world.sync()
    world.central.publish(notice(1, world.now))
    before = {path: path.stat().st_size for path in world.folder.rglob("*") if path.suffix == ".gz"}
    done = rehearse(world.project, SyncRun(resolve=world.server.resolve), quiet, now=world.now + QUARTER)
    assert (done.lists, done.new, done.reposted) == (1, 1, 0)
    assert {path: path.stat().st_size for path in world.folder.rglob("*") if path.suffix == ".gz"} == before
    assert (world.door.seen, world.pages()) == ([], [])
    assert world.sync().reposted == 1


def test_a_ledger_is_restored_from_the_archive(world: World) -> None:
    world.central.publish(notice(1, world.last(5), attachment=True))
    world.sync()
    world.sync(minutes=60 * 24)
    told = policy.rebuild(place(world.project, POLICY_SITE), dry_run=False)
    assert (told.captures, told.damages) == (2, 0)
    world.central.publish(notice(2, world.now))
    done = world.sync()
    assert (done.reposted, done.corrected, done.withdrawn) == (1, 0, 0)
    assert len(world.pages()) == 2
    with world.ledger() as ledger:
        assert verify(world.folder, ledger, quiet).findings == ()


def test_an_archive_without_its_ledger_is_told(world: World) -> None:
    world.sync()
    for path in world.folder.glob("ledger.sqlite*"):
        path.unlink()
    with pytest.raises(ShangyiError, match="no ledger") as told:
        world.sync()
    assert told.value.hint.endswith("shangyi archive policy rebuild")


def test_captures_are_sealed_day_by_day(world: World) -> None:
    world.sync()
    world.sync(minutes=60 * 24)
    with world.ledger() as ledger:
        states = dict(map(tuple, ledger.db.execute("SELECT stamp, state FROM captures")))
        assert states == {"20261123T000000Z": "finished", "20261124T000000Z": "running"}
        assert verify(world.folder, ledger, quiet).sealed == 1


def test_the_sources_of_the_demo(world: World) -> None:
    world.configure(POLICY.read_text(encoding="utf-8"))
    for number in (1, 2):
        world.central.publish(notice(number, world.last(5)))
    done = world.sync()
    assert (done.lists, done.new, done.reposted, done.findings) == (3, 2, 2, ())
    assert len(world.pages()) == 2


def test_the_same_document_in_two_forms_is_one_page(world: World) -> None:
    item = notice(1, world.last(5))
    world.central.publish(item)
    world.central.publish(replace(item, path="/xinwen/2026-11/23/content_9000001.htm"))
    done = world.sync()
    assert (done.new, done.reposted) == (2, 2)
    assert len({page.pk for page in world.pages()}) == 1
    assert world.sync().reposted == 0


def test_several_sources_and_forms_of_one_list(world: World) -> None:
    world.configure(
        YAML
        + f"""
  - id: sheng
    name: 同一网站的另外两个列表
    column: /policies/
    lists:
      - {{url: "http://{HOST}/zhengce/rss.xml", form: feed}}
      - {{url: "http://{HOST}/zhengce/zuixin.htm", form: html, items: ".list li", published: span.date}}
"""
    )
    world.central.publish(notice(1, world.last(5)))
    done = world.sync()
    assert (done.lists, done.lines, done.new, done.reposted, done.findings) == (3, 3, 1, 1, ())
    assert len(world.pages()) == 1
    assert {seen.title for seen in world.door.seen} == {world.central.notices[0].title}
    assert world.sync().new == 0
