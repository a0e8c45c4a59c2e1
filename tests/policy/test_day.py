"""A whole day of reposting, played on a test clock: the sources over HTTP, the editor in a real browser."""

import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

import openpyxl
import pytest
from django.db import connections
from django.db.models import Q
from django.urls import reverse
from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as Tab

from cms_site.legacy.models import OldHost, OldUrl
from cms_site.policy.models import Correction, Notice
from cms_site.portal.models import PolicyPage
from migrate.archive.ledger import Ledger
from migrate.archive.verify import verify
from migrate.config import Project
from migrate.config.sites import POLICY_SITE
from migrate.demo import LegacyServer
from migrate.demo.central import HOST, CentralPortal, notice
from migrate.demo.truth import Answer
from migrate.pipeline.policy import Synced, SyncRun, sync
from migrate.records import Level
from tests.editors.conftest import build, column
from tests.editors.test_browser import log_in
from tests.policy.conftest import NINE, new_project, quiet
from tests.portal.chromium import browser, pytestmark  # noqa: F401  the fixture and its marks

T = TypeVar("T")
HTML_LIST = "/zhengce/zuixin.htm"
YAML = f"""
rate: 1000
timeout: 30
resolve: {{{HOST}: "ADDRESS"}}
sources:
  - id: zhongyang
    name: 中央政府门户网站
    lists:
      - {{url: "http://{HOST}/zhengce/zuixin.json", form: json, title: TITLE, link: URL, published: DOCRELPUBTIME}}
      - {{url: "http://{HOST}{HTML_LIST}", form: html, items: "div.list li", published: span.date}}
"""


@dataclass
class Day:
    """The source, the watch over it, and the clock that everything goes by."""

    project: Project
    central: CentralPortal
    aside: ThreadPoolExecutor
    now: datetime = NINE

    def apart(self, work: Callable[[], T]) -> T:
        """Do something beside the browser, whose driver keeps an event loop in this thread."""

        def run() -> T:
            try:
                return work()
            finally:
                connections.close_all()

        return self.aside.submit(run).result()

    def at(self, hours: float) -> datetime:
        """Return the time so many hours after nine in the morning."""
        return NINE + timedelta(hours=hours)

    def sync(self, hours: float) -> Synced:
        """Let it be so many hours after nine, and make a round."""
        self.now = self.at(hours)
        return self.apart(lambda: sync(self.project, SyncRun(), quiet, now=self.now))


@pytest.fixture
def day(browser: Browser, live_server: Any, tmp_path: Path, settings: Any, monkeypatch: Any) -> Iterator[Day]:  # noqa: F811
    build()
    central = CentralPortal()
    with LegacyServer({HOST: central.answer}) as server, ThreadPoolExecutor(1) as aside:
        project = new_project(tmp_path / "project", YAML.replace("ADDRESS", server.resolve[HOST]))
        found = Day(project, central, aside)
        monkeypatch.setattr("migrate.portal.require_built", lambda _project: None)
        monkeypatch.setattr("django.utils.timezone.now", lambda: found.now)
        settings.PROJECT_ROOT = project.root
        settings.SHANGYI_ARCHIVES = project.root / "archives"
        yield found


def checks(done: Synced) -> set[str]:
    """Return what a round found wrong."""
    return {finding.check for finding in done.findings if finding.level is not Level.NOTE}


def number_of(row: Notice) -> int:
    """Return the number of the source's document."""
    return int(row.title.partition("第")[2].partition("批")[0])


def long(number: int) -> tuple[str, ...]:
    """Return paragraphs long enough to tell by them that two texts are one."""
    lines = notice(number, NINE).paragraphs
    return (
        *lines[:-1],
        f"三、加强督导。第{number}批工作完成情况按月通报，连续两月未完成的，由市级人民政府约谈负责人并限期整改。",
        lines[-1],
    )


@dataclass
class Desk:
    """The policy editor's browser."""

    tab: Tab
    address: str

    def open(self, name: str, *args: object, query: str = "") -> str:
        """Open a screen of the admin; return what stands there."""
        self.tab.goto(f"{self.address}{reverse(name, args=args)}{query}")
        return self.tab.inner_text("main")

    def notice(self, number: int) -> str:
        """Open the screen of a notice by its number, through the list's search."""
        self.open("policy_desk:index", query=f"?q=第{number}批")
        self.tab.click("table.policy-table td a")
        self.tab.wait_for_url(re.compile(r"/policy/\d+/$"))
        return self.tab.inner_text("main")

    def done(self) -> None:
        """Wait for a screen that says what was done."""
        expect(self.tab.locator(".messages .success").first).to_be_visible()
        self.tab.wait_for_load_state()

    def press(self, act: str) -> str:
        """Press a button of the notice's screen."""
        self.tab.click(f"button[name=act][value={act}]")
        self.done()
        return self.tab.inner_text("main")

    def publish(self, number: int) -> None:
        """Publish one notice from its own screen."""
        self.notice(number)
        self.tab.click("text=编辑并发布")
        self.tab.wait_for_url("**/edit/")  # and for its scripts: without them the foot's arrow opens nothing
        self.tab.click("footer [data-w-dropdown-target=toggle]")
        self.tab.click("button[name=action-publish]")
        self.done()

    def publish_all(self, parent: int, but: Iterable[int] = ()) -> None:
        """Publish the drafts of a column but some, from its list of pages."""
        self.open("wagtailadmin_explore", parent, query="?status=draft")
        self.tab.check("[data-bulk-action-select-all-checkbox]")
        for page in but:
            self.tab.uncheck(f"[data-bulk-action-checkbox][data-object-id='{page}']")
        self.tab.click(".footer a[href*='/bulk/'][href*='/publish/']")
        self.tab.click("main form button[type=submit], main form input[type=submit]")
        self.done()


def test_a_whole_day(day: Day, browser: Browser, live_server: Any) -> None:  # noqa: F811
    central = day.central
    central.publish(notice(900, day.at(-72)))  # long there when the watch begins
    assert day.sync(0).new == 0
    tab = log_in(browser, live_server.url, "policy editor")
    desk, parent = Desk(tab, live_server.url), column("/state-council/").pk

    # the morning: twelve, and one of them in the gazette as well
    for number in range(1, 13):
        central.publish(notice(number, day.at(1), attachment=number == 1, picture=number == 2, paragraphs=long(number)))
    central.publish(notice(5, day.at(1), path="/gongbao/2026/content_5.htm", paragraphs=long(5)))
    done = day.sync(1.25)
    assert (done.new, done.reposted, checks(done)) == (13, 13, set())
    assert "国务院政策转载" in desk.open("wagtailadmin_home")
    assert "应于" in tab.inner_text("main")
    desk.publish_all(parent)
    assert PolicyPage.objects.live().count() == 12

    # the source is down for three hours; ten come up meanwhile
    central.down = 503
    for number in range(13, 23):
        central.publish(notice(number, day.at(2.5)))
    for hours in (2, 3.5, 4.75):
        done = day.sync(hours)
        assert (done.new, done.reposted, checks(done)) == (0, 0, {"policy.source-down"})
    central.down = 0
    done = day.sync(5)
    assert (done.new, done.reposted, checks(done)) == (10, 10, set())

    # the list changes its markup; the feed still tells all of it. Ten with a day alone, eight dated back
    central.extra[HTML_LIST] = Answer(200, (("Content-Type", "text/html"),), b"<div class=rows><p>new</p></div>")
    for number in range(23, 33):
        central.publish(notice(number, day.at(6), exact=False))
    for number in range(33, 41):
        central.publish(notice(number, day.at(6), listed="2026-11-22", exact=False))
    done = day.sync(6.25)
    assert (done.new, done.reposted, checks(done)) == (18, 18, {"policy.list-changed"})

    # one is published from its own screen, all others but two at once
    desk.publish(13)
    assert Notice.objects.get(title__contains="第13批").reposted_at == day.now
    desk.notice(40)
    tab.fill("#waive-reason", "与本县无关")
    assert "与本县无关" in desk.press("waive")
    left = PolicyPage.objects.filter(Q(notices__title__contains="第39批") | Q(notices__title__contains="第40批"))
    desk.publish_all(parent, but=left.values_list("pk", flat=True))
    assert PolicyPage.objects.live().count() == 38

    # in the evening two are corrected and one is withdrawn
    central.correct(3, paragraph="第3批集市秩序工作改于明年开展。")
    central.correct(14, title="中央政府办公厅关于第14批工作的补充通知")
    central.withdraw(20)
    day.sync(12)
    done = day.sync(14)
    assert Correction.objects.filter(state="open").count() == 3
    assert "改于明年开展" in desk.notice(3)
    assert "采纳" in desk.press("take") and Correction.objects.filter(state="taken").count() == 1
    desk.notice(14)
    desk.press("take")
    desk.notice(20)
    desk.press("take")
    assert not Correction.objects.filter(state="open").exists()
    assert "改于明年开展" in str(PolicyPage.objects.get(notices__title__contains="第3批").body)

    # by hand: what was there before the watch. The next day: the one that was forgotten
    central.extra.clear()
    desk.open("policy_desk:repost")
    tab.fill("#id_url", f"http://{HOST}{notice(900, day.at(-72)).path}")
    tab.click("form.policy-reason button")
    tab.wait_for_url(re.compile(r"/policy/\d+/$"))
    assert "第900批" in tab.inner_text("main")
    done = day.sync(31)
    assert (done.new, checks(done)) == (0, set())
    for number in (39, 900):
        desk.publish(number)
        assert "超时" in desk.notice(number)
        tab.fill("#explain-reason", "值班人员交接时遗漏")
        desk.press("explain")

    # every notice is one page, its times are right, the report adds up
    rows = list(Notice.objects.select_related("page"))
    assert len(rows) == 42
    assert len({row.page_id for row in rows}) == 41
    by_number = {number_of(row): row for row in rows if row.same_as is None and "第" in row.title}
    for row in rows:
        assert row.due == row.published_earliest + timedelta(hours=24)
        assert row.due_latest == row.published_latest + timedelta(hours=24)
    assert all(by_number[number].due == day.at(25) for number in range(1, 13))
    assert all(by_number[number].due == day.at(26.5) for number in range(13, 23))
    desk.open("policy_desk:report", query="?month=2026-11")
    names, values = (tab.locator(f"dl.policy-account {part}").all_inner_texts() for part in ("dt", "dd"))
    figures = dict(zip(names, values, strict=True))
    counted = [int(figures[name]) for name in ("转载", "按时发布", "超时发布", "漏转", "不转载", "未到期")]
    assert counted == [41, 38, 2, 0, 1, 0]
    assert (figures["同一政策的另一形式"], figures["按时率"]) == ("1", "95.0%")
    with tab.expect_download() as download:
        tab.click("text=下载 XLSX")
    book = openpyxl.load_workbook(BytesIO(download.value.path().read_bytes()))
    cells = [cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row]
    assert cells.count("值班人员交接时遗漏") >= 2
    assert "与本县无关" in cells
    assert not OldUrl.objects.exists() and not OldHost.objects.exists()
    folder = day.project.archive_of(POLICY_SITE)
    with Ledger(folder / "ledger.sqlite") as ledger:
        assert verify(folder, ledger, quiet).findings == ()

    # what visitors see
    reader = browser.new_page()
    reader.goto(live_server.url)
    assert "国务院重要政策信息" in reader.inner_text("main")
    reader.goto(live_server.url + column("/state-council/").get_url())
    shown = reader.inner_text("main")
    assert "中央政府门户网站" in shown
    assert "第20批" not in shown
    reader.close()
