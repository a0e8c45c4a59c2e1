"""An editor's day in a real browser: a notice with a table and an attachment, three reviews, found by visitors."""

import os

from django.urls import reverse
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect

from cms_site.portal.models import ArticlePage
from tests.portal.chromium import browser, pytestmark  # noqa: F401  the fixture and its marks

from .conftest import PASSWORD, build, column, person

PATIENCE = 30_000
"""Milliseconds: a test machine is busy with others."""


def log_in(browser, address: str, name: str, width: int = 1440) -> Tab:  # noqa: F811
    """Return a tab in which somebody has logged in."""
    person(name)
    tab = browser.new_context(viewport={"width": width, "height": 900}, locale="zh-CN").new_page()
    tab.set_default_timeout(PATIENCE)
    tab.goto(address + reverse("wagtailadmin_login"))
    assert tab.locator("label[for=id_password]").inner_text().startswith("密码")
    tab.fill("#id_username", name)
    tab.fill("#id_password", PASSWORD)
    tab.press("#id_password", "Enter")
    tab.wait_for_url("**/admin/")
    return tab


def part(tab: Tab, name: str):
    return tab.locator(f'section[id$="-{name}-section"]')


def insert(tab: Tab, name: str, number: int) -> None:
    """Insert a block of the body: 0 text, 1 picture, 2 table, 3 old markup."""
    part(tab, name).locator("button.c-sf-add-button").last.click()
    tab.locator("[role=option]").nth(number).click()


def write(tab: Tab, file: str) -> None:
    """Write a notice with text, a table and an attachment."""
    tab.fill("#id_title", "关于开展夏季防汛演练的通知")
    insert(tab, "body", 0)
    part(tab, "body").locator(".public-DraftEditor-content").first.click()
    tab.keyboard.type("定于本月中旬开展演练，请各村做好准备。")
    insert(tab, "body", 2)
    part(tab, "body").locator("select").first.select_option("row")
    cells = part(tab, "body").locator(".handsontable .ht_master td")
    for number, text in enumerate(("村名", "时间", "地点", "东沟村")):
        cells.nth(number).dblclick()
        tab.keyboard.type(text)
        tab.keyboard.press("Enter")
    part(tab, "attachments").locator("button.c-sf-add-button").first.click()
    attachment = part(tab, "attachments")
    attachment.locator("[data-chooser-action-choose]").first.click()
    tab.locator(".modal-dialog [role=tab]").last.click()
    form = tab.locator(".modal-dialog form:has(input[type=file])")
    form.locator("input[type=file]").set_input_files(file)
    form.locator("input[name$=title]").fill("防汛演练方案")
    form.locator("[type=submit]").click()
    expect(tab.locator(".modal-dialog")).to_have_count(0, timeout=PATIENCE)
    attachment.locator("input[type=text]").last.fill("防汛演练方案.pdf")


def choose(tab: Tab, selector: str) -> None:
    """Choose an action of the editor's foot, behind the arrow if need be."""
    if not tab.locator(selector).first.is_visible():
        tab.locator("footer [data-controller~=w-dropdown] button, footer [data-w-dropdown-target=toggle]").first.click()
    tab.locator(selector).first.click()


def wait_for(tab: Tab, step: str) -> None:
    """Wait until the notice is at this step of its review; empty: until it is through. The editor saves by itself and
    then changes its address, so a new address says nothing.
    """
    for _time in range(PATIENCE // 100):
        task = next((page.current_workflow_task for page in ArticlePage.objects.all()), None)
        if (task.name if task else "") == step:
            return
        tab.wait_for_timeout(100)
    raise AssertionError(f"the notice never came to {step or 'the end of its review'}")


def test_a_notice_from_the_township_to_its_readers(live_server, browser, tmp_path):  # noqa: F811
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    build()
    file = tmp_path / "方案.pdf"
    file.write_bytes(b"%PDF-1.4 plan")
    tab = log_in(browser, live_server.url, "contributor")
    parent = column("/towns/dahe/notices/")
    tab.goto(live_server.url + reverse("wagtailadmin_pages:add", args=("portal", "articlepage", parent.pk)))
    write(tab, str(file))
    choose(tab, "button[name=action-submit]")
    wait_for(tab, "初审（一校）")
    notice = ArticlePage.objects.get()
    assert not notice.live

    for name, following in (("first", "复审（二校）"), ("second", "终审（三校）"), ("third", "")):
        tab = log_in(browser, live_server.url, name)
        assert "关于开展夏季防汛演练的通知" in tab.inner_text("main")
        tab.goto(live_server.url + reverse("wagtailadmin_pages:edit", args=(notice.pk,)))
        choose(tab, '[data-workflow-action-name="approve"]:not([data-workflow-action-modal-url])')
        wait_for(tab, following)
        tab.context.close()
    notice.refresh_from_db()
    assert notice.live

    reader = browser.new_page()
    reader.goto(f"{live_server.url}/search/?q=防汛演练")
    assert "关于开展夏季防汛演练的通知" in reader.inner_text("main")
    reader.goto(live_server.url + parent.get_url())
    reader.click("text=关于开展夏季防汛演练的通知")
    shown = reader.inner_text("main")
    for words in ("请各村做好准备", "村名", "东沟村", "防汛演练方案.pdf"):
        assert words in shown
    assert reader.locator("main .scroll table th").first.inner_text() == "村名"
    reader.close()
