"""A policy editor's Friday in a real browser, on a played clock: what is due, what is one, what is corrected, what is
proved."""

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from cms_site.editors.roles import build_roles
from cms_site.policy.models import Correction, Likeness, Notice
from cms_site.portal.build import build_portal
from cms_site.portal.models import ColumnPage, PolicyPage
from migrate.notices import Change, ChangeKind
from migrate.portal import policy
from migrate.records import Field
from tests.editors.conftest import person
from tests.editors.test_browser import log_in
from tests.importer.sites import PORTAL
from tests.portal.chromium import browser, pytestmark  # noqa: F401  the fixture and its marks

from .central import BODY, MORNING, TITLE, Central, key_of, moment, read, seen
from .test_desk import take_publishing_away

HOUR = timedelta(hours=1)
GRAIN, FLOODS, TAXES = "/zhengce/1.htm", "/zhengce/2.htm", "/zhengce/3.htm"
TITLES = {GRAIN: TITLE.value, FLOODS: "国务院办公厅关于做好防汛工作的通知", TAXES: "国务院关于税收征管的决定"}
CORRECTED = BODY.replace("不得擅自调减", "不得擅自调减、不得弄虚作假")


class Clock:
    """The time that the portal reads."""

    now = MORNING

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(timezone, "now", found)
    return found


@pytest.fixture
def central(tmp_path: Path, clock: Clock):
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    build_portal(PORTAL)
    build_roles(PORTAL)
    folder = tmp_path / "central"
    folder.mkdir()
    site = Central(folder)
    for number, (path, title) in enumerate(TITLES.items(), 1):
        body = BODY if path == GRAIN else f"<p>{title}。</p>" * 20
        site.article(
            path, title=Field(title, "selector:h1", 1.0), body=body, published=Field("2026-11-20 09:00", "label", 1.0),
            document_number=Field(f"国发〔2026〕{number}号", "label", 1.0),
        )  # fmt: skip
    policy.see([seen(path, title, published=moment(MORNING)) for path, title in TITLES.items()])
    site.run(publish=False)
    policy.take([read(path, title) for path, title in TITLES.items()])
    yield site
    site.ledger.close()


def at(address: str, path: str) -> str:
    return address + reverse("policy_desk:notice", args=(Notice.objects.get(key=key_of(path)).pk,))


def press(tab: Any, act: str, number: int | None = None) -> None:
    """Press a button of the desk and wait for what the screen says."""
    form = f'form:has(input[name=number][value="{number}"]) ' if number is not None else ""
    tab.click(f"{form}button[name=act][value={act}]")
    expect(tab.locator(".messages .success, .messages li").first).to_be_visible()


def test_a_friday(live_server, browser, central, clock, tmp_path):  # noqa: F811
    # the morning of a county that reviews its reposts: three notices are due within a day
    take_publishing_away()
    tab = log_in(browser, live_server.url, "policy editor")
    assert all(title in tab.inner_text("main") for title in TITLES.values())
    assert "0 已超时" in tab.inner_text("main")

    # on a phone too all of them can be ticked at once
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.goto(live_server.url + reverse("policy_desk:index"))
    tab.get_by_label("全选本页可以不转载的").check()
    assert tab.locator("input[name=number]:checked").count() == 3
    tab.set_viewport_size({"width": 1440, "height": 900})

    # one has nothing to do with the county: waived, with a reason
    tab.goto(at(live_server.url, TAXES))
    tab.fill("#waive-reason", "与本县无关")
    press(tab, "waive")
    waived = Notice.objects.get(key=key_of(TAXES))
    assert (waived.waived_reason, waived.waived_by.username) == ("与本县无关", "policy-editor")

    # one is sent into review, as tests of the editors' room do it by hand: the policy editor may not publish
    tab.goto(at(live_server.url, GRAIN))
    expect(tab.locator("text=编辑并送审")).to_be_visible()
    draft = central.public(GRAIN)
    draft.get_workflow().start(draft, person("policy editor"))
    tab.goto(at(live_server.url, GRAIN))
    assert "审核中" in tab.inner_text("main")

    # an administrator publishes it at noon; the other one is forgotten until Saturday
    clock.now = MORNING + 3 * HOUR
    page = central.public(GRAIN)
    page.current_workflow_state.cancel()
    page.get_latest_revision().publish()
    assert Notice.objects.get(key=key_of(GRAIN)).reposted_at == clock.now
    clock.now = MORNING + 25 * HOUR
    tab.goto(live_server.url + reverse("wagtailadmin_home"))
    assert "1 已超时" in tab.inner_text("main")
    tab.goto(live_server.url + reverse("policy_desk:index") + "?state=overdue")
    listed = tab.inner_text("table.policy-table")
    assert TITLES[FLOODS] in listed and TITLES[GRAIN] not in listed and TITLES[TAXES] not in listed
    tab.click(f"text={TITLES[FLOODS]}")
    tab.fill("#explain-reason", "周末无人值班")
    press(tab, "explain")
    central.public(FLOODS).get_latest_revision().publish()

    # a page that says nearly the same stood in another column: both become one
    policies = ColumnPage.objects.get(url_path="/portal/policies/")
    other = policies.add_child(
        instance=PolicyPage(title="转发", document_number="国发〔2026〕1号", body=[("paragraph", BODY)])
    )
    policy.take([read(GRAIN, TITLE.value)])
    tab.goto(at(live_server.url, GRAIN))
    assert "疑似同一件" in tab.inner_text("main")
    press(tab, "same", Likeness.objects.get().pk)
    other.refresh_from_db()
    assert not other.live

    # the source corrects it: the difference in colours, one click by who may publish
    change = Change(
        key_of(GRAIN), ChangeKind.CORRECTED, clock.now, read(GRAIN, "更正"), title=TITLE.value, body=CORRECTED
    )
    policy.note_changes([change])
    chief = log_in(browser, live_server.url, "administrator", width=390)
    assert "1 " in chief.inner_text("main")
    chief.goto(at(live_server.url, GRAIN))
    assert "弄虚作假" in chief.inner_text(".review-differences ins")
    press(chief, "take", Correction.objects.get().pk)
    assert "弄虚作假" in central.public(GRAIN).text and central.public(GRAIN).live
    wide = chief.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0

    # the proof
    tab.goto(live_server.url + reverse("policy_desk:report") + "?month=2026-11")
    with tab.expect_download() as download:
        tab.click("text=下载 XLSX")
    file = tmp_path / "report.xlsx"
    download.value.save_as(file)
    rows = [[str(cell.value or "") for cell in row] for row in openpyxl.load_workbook(file).worksheets[1].iter_rows()]
    hours = {row[1]: row[5] for row in rows[1:]}
    assert hours == {TITLES[GRAIN]: "3.0", TITLES[FLOODS]: "25.0", TITLES[TAXES]: ""}
    assert any("周末无人值班" in cell for row in rows for cell in row)

    # and what readers see, without script
    reader = browser.new_context(java_script_enabled=False).new_page()
    reader.goto(live_server.url + "/state-council/")
    assert TITLES[GRAIN] in reader.inner_text("main") and TITLES[TAXES] not in reader.inner_text("main")
    reader.select_option("select[name=year]", "2026")
    reader.click("form.narrow button")
    reader.wait_for_url("**year=2026**")
    assert TITLES[FLOODS] in reader.inner_text("main") and "转载" in reader.inner_text("main")
    for one in (tab, chief, reader):
        one.context.close()
