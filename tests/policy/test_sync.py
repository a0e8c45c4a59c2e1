"""Rounds of the watch against the demo's central portal, over HTTP, into a real portal."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from cms_site.legacy.models import OldHost
from migrate.archive.verify import verify
from migrate.config.sites import POLICY_SITE
from migrate.demo.central import HOST, POLICY, notice
from migrate.errors import ShangyiError, UsageError
from migrate.pipeline import place, policy
from migrate.pipeline.policy import SyncRun, rehearse, repost
from tests.policy.conftest import NINE, QUARTER, YAML, World, quiet
from tests.policy.rounds import checks, url_of

pytestmark = pytest.mark.django_db


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
