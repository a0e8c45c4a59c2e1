"""Edited pages that may follow the old site: the dry run and what then happens, item by item and field by field."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from django.contrib.auth import get_user_model

from cms_site.legacy.models import ReceiptLine
from migrate import console, portal
from migrate.cli.shown import import_plan
from migrate.importer import ImportOptions, Planned, import_entries
from migrate.mapping.preflight import Preflight
from migrate.records import Entry, Field, Finding, Stored
from tests.importer.sites import HOSTS, SmallSite, edit, picture, text
from tests.importer.test_edited import follow, found, rewrite
from tests.importer.test_rehearsal import Recorder, World
from tests.importer.test_rollback import tables

Make = Callable[..., SmallSite]
PAGE = "/tzgg/1.html"
AHEAD = Preflight((), {}, 0, 0, 0, balanced=True, document="", findings=())
NEW = ("农业办", "<p>第二版</p>", "关于修桥的通知")


class Happened(NamedTuple):
    """What an import did with one page."""

    status: str
    message: str
    written: bool
    """The receipt has a line for it."""


class _Keeping(Recorder):
    """As `Recorder`, with what was said."""

    def __init__(self, intake: Any) -> None:
        super().__init__(intake)
        self.said: dict[str, Stored] = {}

    def follow(self, batch: list[Entry]) -> list[Stored]:
        stored = super().follow(batch)
        self.said.update({item.key: item for item in stored})
        return stored


def imported(site: SmallSite, *, publish: bool = True) -> Happened:
    """Import the site; return what happened to its edited page."""
    site.map()
    row = site.row(PAGE)
    before = ReceiptLine.objects.filter(object_id=row.pk, model="imported").count()
    with portal.open_intake(site.config, site.portal, publish=publish, hosts=HOSTS) as intake:
        recorder = _Keeping(intake)
        plan = site.plan(recorder, ImportOptions(publish=publish))
        summary = import_entries(plan, site.folder, recorder, lambda *_progress: None)
    stored = recorder.said[row.source_key]
    assert summary.counts[stored.status] == 1
    after = ReceiptLine.objects.filter(object_id=row.pk, model="imported").count()
    return Happened(stored.status, stored.message, after > before)


def about(site: SmallSite) -> list[Finding]:
    key = site.row(PAGE).source_key
    return [finding for _stage, finding in site.ledger.findings("import") if finding.url == key]


def planned_page(site: SmallSite) -> Planned:
    """Return what a dry run says of the edited page; it writes nothing."""
    before = tables()
    (item,) = [item for item in site.planned() if item.url == site.row(PAGE).source_key]
    assert tables() == before
    return item


def fields_of(site: SmallSite) -> dict[str, str]:
    """Return the fields of the page's newest version, as visitors see them where it is live."""
    page = site.became(PAGE)
    return {"title": page.title, "source": page.source, "body": text(page)}


def said(item: Planned, *, waiting: bool) -> list[str]:
    """Return the lines in which a finding has to say these changes."""
    lines = []
    for change in item.changes:
        if (change.field in item.waiting) is waiting:
            lines += (
                [f"{change.field}:", *change.diff]
                if change.field == "body"
                else [f"{change.field}: {change.before or '—'} → {change.after or '—'}"]
            )
    return lines


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """Return what was printed."""
    monkeypatch.setattr(console.out, "file", None)
    return lambda: capsys.readouterr().out


@pytest.fixture
def site(small: Make) -> SmallSite:
    """A page whose title, and nothing else, is an editor's."""
    site = small()
    rewrite(site, "党政办", "<p>第一版</p>")
    site.run()
    edit(site.became(PAGE), publish=True)
    return site


class TestAnnounced:
    """What a dry run announces of an edited page is what happens."""

    @pytest.mark.parametrize(
        ("overwrite", "new", "action", "waiting"),
        [
            ((), NEW, "edited", {"title", "source", "body"}),
            (("source",), NEW, "partly", {"title", "body"}),
            (("source", "body", "title"), NEW, "partly", {"title"}),
            (("source", "body"), (*NEW[:2], "关于修路的通知"), "update", set()),
            (("title",), NEW, "edited", {"title", "source", "body"}),
        ],
        ids=["nothing", "one field", "all, one an editor's", "all that changed", "only an editor's"],
    )
    def test_field_by_field(
        self, site: SmallSite, overwrite: tuple[str, ...], new: tuple[str, str, str], action: str, waiting: set[str]
    ) -> None:
        follow(site, *overwrite)
        rewrite(site, *new)
        item, before = planned_page(site), fields_of(site)
        done = imported(site)
        assert (item.action, set(item.waiting)) == (action, waiting)
        assert {"update": "updated"}.get(item.action, item.action) == done.status
        after = fields_of(site)
        taken = {change.field for change in item.changes} - waiting
        assert {name for name in before if before[name] != after[name]} == taken
        assert done.written is bool(taken)
        (finding,) = about(site)
        lines = finding.message.splitlines()
        assert finding.message == done.message
        assert [line for line in lines if line in said(item, waiting=False)] == said(item, waiting=False)
        assert lines[len(lines) - len(said(item, waiting=True)) :] == said(item, waiting=True)

    def test_again_only_what_waits_is_said(self, site: SmallSite) -> None:
        follow(site, "source")
        rewrite(site, *NEW)
        assert imported(site).status == "partly"
        item, done = planned_page(site), imported(site)
        assert item.action == done.status == "edited"
        assert {change.field for change in item.changes} == set(item.waiting) == {"title", "body"}
        assert not done.written and "source" not in done.message

    def test_the_dry_run_shows_what_waits_apart(self, site: SmallSite, shown: Callable[[], str]) -> None:
        follow(site, "source")
        rewrite(site, *NEW)
        result = import_plan(site.planned(), AHEAD)
        assert (result.document["partly"], result.document["edited"]) == (1, 0)
        result.table()
        out = shown()
        assert "An import would write 1 of 1 items" in out
        taken, waits = out.split("This waits for a person:")
        assert "source: 党政办 → 农业办" in taken and "title:" not in taken
        assert "title: 编辑改过的标题 → 关于修桥的通知" in waits and "+第二版" in waits

    def test_nothing_is_announced_as_written_where_all_is_left_alone(
        self, site: SmallSite, shown: Callable[[], str]
    ) -> None:
        rewrite(site, *NEW)
        result = import_plan(site.planned(), AHEAD)
        result.table()
        assert "An import would write 0 of 1 items" in shown()
        assert result.step == "shangyi check {site}"

    def test_files_that_come_with_the_import_count_as_there(self, site: SmallSite) -> None:
        follow(site, "attachments", "body")
        site.doc("/f/1.doc")
        site.bytes("/f/3.png", picture(), "image/png")
        site.article("/gzdt/2.html")
        body = (
            f'<p>第一版<a href="{site.host}/gzdt/2.html">动态</a></p>'
            f'<p><img src="{site.host}/f/3.png" alt="示意图"></p><p><a href="{site.host}/f/1.doc">附件</a></p>'
        )
        files = {"attachments": ["/f/1.doc"], "images": ["/f/3.png"]}
        site.article_again(PAGE, source=Field("党政办", "label:来源", 1.0), body=body, **files)
        item, done = planned_page(site), imported(site)
        assert (item.action, done.status, item.waiting) == ("update", "updated", ())
        assert done.message.splitlines()[1:] == said(item, waiting=False)
        assert {change.field for change in item.changes} == {"body", "attachments"}


class TestWhatMayFollow:
    """What of a new version is taken over, and when visitors see it."""

    def test_a_field_follows_back_to_what_it_was(self, site: SmallSite) -> None:
        follow(site, "source")
        for source in ("农业办", "党政办"):
            rewrite(site, source, "<p>第一版</p>")
            assert planned_page(site).action == "update"
            assert imported(site).status == "updated"
            assert fields_of(site)["source"] == source

    def test_without_publish_visitors_see_none_of_it(self, site: SmallSite) -> None:
        follow(site, "source")
        rewrite(site, "农业办", "<p>第一版</p>")
        assert imported(site, publish=False).status == "updated"
        page = site.became(PAGE)
        assert (page.source, page.live, page.has_unpublished_changes) == ("党政办", True, True)
        assert page.get_latest_revision_as_object().source == "农业办"

    def test_nothing_follows_that_is_held(self, site: SmallSite) -> None:
        follow(site, "source", "body")
        site.article_again(
            PAGE, source=Field("农业办", "label:来源", 1.0), body="<p>身份证号</p>", held=("identity-number",)
        )
        before = fields_of(site)
        item, done = planned_page(site), imported(site)
        assert item.action == done.status == "edited"
        assert set(item.waiting) == {"source", "body"}
        assert fields_of(site) == before and not done.written
        assert "identity-number" in done.message

    def test_what_is_known_of_the_page_follows(self, site: SmallSite) -> None:
        follow(site, "source", "body")
        lost = f"{site.host}/lost.html"
        source = Field("农业办", "meta:ContentSource", 0.9)
        site.article_again(PAGE, source=source, body=f'<p>第二版<a href="{lost}">没有的</a></p>')
        assert imported(site).status == "updated"
        row = site.row(PAGE)
        assert row.unresolved == [lost]
        assert row.evidence["source"] == {"value": "农业办", "origin": "meta:ContentSource", "confidence": 0.9}
        assert row.evidence["title"]["origin"] == "h1"
        site.run()
        assert [finding.url for finding in found(site, "open-link")] == [row.source_key]


def test_an_editors_draft_is_not_published_with_what_follows(site: SmallSite) -> None:
    follow(site, "source")
    page = site.became(PAGE).get_latest_revision_as_object()
    page.author = "王编辑"
    page.save_revision(user=get_user_model().objects.get(username="王编辑"))
    rewrite(site, "农业办", "<p>第一版</p>")
    assert imported(site).status == "updated"
    page = site.became(PAGE)
    assert (page.source, page.author) == ("党政办", "")
    newest = page.get_latest_revision_as_object()
    assert (newest.source, newest.author) == ("农业办", "王编辑")


FIELDS = ("title", "published", "written_on", "source", "author", "document_number", "body", "attachments")


def fields_said(message: str) -> tuple[str, ...]:
    """Return the fields that a message names, in its order."""
    names = (line.partition(":")[0] for line in message.splitlines())
    return tuple(name for name in names if name in FIELDS)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_what_is_announced_of_fields_happens(small: Make, seed: int) -> None:
    sites = [small("dahe"), small("xiaohe")]
    world = World(sites, seed)
    compared = 0
    for moment in range(8):
        world.live()
        for site in sites:
            world.touch(site)
            follow(site, *world.dice.sample(FIELDS, world.dice.randrange(4, len(FIELDS))))
            announced = {item.url: item for item in site.planned()}
            with portal.open_intake(site.config, site.portal, publish=True, hosts=HOSTS) as intake:
                recorder = _Keeping(intake)
                plan = site.plan(recorder, ImportOptions(publish=True))
                import_entries(plan, site.folder, recorder, lambda *_progress: None)
            for key, stored in recorder.said.items():
                item = announced[key]
                assert {"update": "updated"}.get(item.action, item.action) == stored.status, (moment, key)
                if stored.status != "failed":
                    assert tuple(change.field for change in item.changes) == fields_said(stored.message), (moment, key)
                    compared += bool(item.changes)
    assert compared
