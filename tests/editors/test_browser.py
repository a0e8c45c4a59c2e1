"""An editor's day in a real browser: a notice with a table and an attachment, three reviews, found by visitors."""

import re
from contextlib import suppress
from urllib.parse import urljoin

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Route, expect
from playwright.sync_api import Page as Tab
from selectolax.lexbor import LexborHTMLParser

from cms_site.portal.models import ArticlePage
from tests.portal.chromium import browser, pytestmark  # noqa: F401  the fixture and its marks
from tests.portal.conftest import article, paper

from .conftest import PASSWORD, build, column, person

PATIENCE = 30_000
"""Milliseconds: a test machine is busy with others."""
TITLE = "关于开展夏季防汛演练的通知"


def log_in(browser, address: str, name: str, width: int = 1440) -> Tab:  # noqa: F811
    """Return a tab in which somebody has logged in."""
    user = person(name)
    tab = browser.new_context(viewport={"width": width, "height": 900}, locale="zh-CN").new_page()
    tab.set_default_timeout(PATIENCE)
    tab.goto(address + reverse("wagtailadmin_login"))
    assert tab.locator("label[for=id_password]").inner_text().startswith("密码")
    tab.fill("#id_username", user.username)
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
    tab.fill("#id_title", TITLE)
    insert(tab, "body", 0)
    part(tab, "body").locator(".public-DraftEditor-content").first.click()
    tab.keyboard.type("定于本月中旬开展演练，请各村做好准备。")
    insert(tab, "body", 2)
    part(tab, "body").locator("select").first.select_option("row")
    cells = part(tab, "body").locator(".handsontable .ht_master td")
    for number, text in enumerate(("村名", "时间", "地点", "东沟村")):
        field = opened(tab, cells.nth(number))
        tab.keyboard.type(text)
        expect(field).to_have_value(text, timeout=PATIENCE)
        tab.keyboard.press("Enter")
        expect(cells.nth(number)).to_have_text(text, timeout=PATIENCE)
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


def opened(tab: Tab, cell: Locator) -> Locator:
    """Open a cell, again if the table was drawing itself at the first try; what is typed before it is open is lost."""
    field = part(tab, "body").locator("textarea.handsontableInput:focus")
    for _ in range(PATIENCE // 3000):
        cell.dblclick()
        with suppress(AssertionError):
            expect(field).to_be_visible(timeout=3000)
            return field
    raise AssertionError("no cell of the table opens")


def choose(tab: Tab, selector: str) -> None:
    """Choose an action of the editor's foot, behind the arrow if need be."""
    if not tab.locator(selector).first.is_visible():
        tab.locator("footer [data-controller~=w-dropdown] button, footer [data-w-dropdown-target=toggle]").first.click()
    tab.locator(selector).first.click()


def sent(tab: Tab) -> None:
    """Wait for the screen after the editor, which says what was done. The editor saves by itself and then changes its
    address, so that a new address says nothing.
    """
    expect(tab.locator(".messages li.success")).to_contain_text(TITLE, timeout=PATIENCE)


def step_of(notice: ArticlePage) -> str:
    """Return the step of its review at which the notice is; empty once it is through."""
    notice.refresh_from_db()
    task = notice.current_workflow_task
    return task.name if task else ""


def test_a_notice_from_the_township_to_its_readers(live_server, browser, tmp_path):  # noqa: F811
    build()
    file = tmp_path / "方案.pdf"
    file.write_bytes(b"%PDF-1.4 plan")
    tab = log_in(browser, live_server.url, "contributor")
    parent = column("/towns/dahe/notices/")
    tab.goto(live_server.url + reverse("wagtailadmin_pages:add", args=("portal", "articlepage", parent.pk)))
    write(tab, str(file))
    choose(tab, "button[name=action-submit]")
    sent(tab)
    tab.context.close()
    notice = ArticlePage.objects.get()
    assert not notice.live

    steps = (("first", "初审（一校）"), ("second", "复审（二校）"), ("third", "终审（三校）"))
    for name, step in steps:
        assert step_of(notice) == step
        tab = log_in(browser, live_server.url, name)
        assert TITLE in tab.inner_text("main")
        tab.goto(live_server.url + reverse("wagtailadmin_pages:edit", args=(notice.pk,)))
        choose(tab, '[data-workflow-action-name="approve"]:not([data-workflow-action-modal-url])')
        sent(tab)
        tab.context.close()
    assert step_of(notice) == ""
    assert notice.live

    reader = browser.new_page()
    reader.goto(f"{live_server.url}/search/?q=防汛演练")
    assert TITLE in reader.inner_text("main")
    reader.goto(live_server.url + parent.get_url())
    feed = reader.locator("link[type='application/rss+xml']").get_attribute("href")
    news = reader.request.get(urljoin(reader.url, feed))
    assert news.ok
    (item,) = LexborHTMLParser(news.text()).css("item")
    assert item.css_first("title").text() == TITLE
    assert notice.slug in item.html
    reader.click(f"text={TITLE}")
    expect(reader.locator("main")).to_contain_text("请各村做好准备", timeout=PATIENCE)
    shown = reader.inner_text("main")
    for words in ("请各村做好准备", "村名", "东沟村", "防汛演练方案.pdf"):
        assert words in shown
    assert reader.locator("main .scroll table th").first.inner_text() == "村名"
    reader.close()


@pytest.mark.parametrize("button", ["action-submit", None])
def test_a_button_pressed_while_the_editor_saves_waits_for_the_draft(live_server, browser, button):  # noqa: F811
    build()
    tab = log_in(browser, live_server.url, "contributor")
    parent = column("/towns/dahe/notices/")
    drafts = []

    def hold(route: Route) -> None:
        if "json" in route.request.headers["accept"]:
            drafts.append(route)
        else:
            route.continue_()

    address = live_server.url + reverse("wagtailadmin_pages:add", args=("portal", "articlepage", parent.pk))
    tab.route(address, hold)
    tab.goto(address)
    tab.fill("#id_title", TITLE)
    insert(tab, "body", 0)
    part(tab, "body").locator(".public-DraftEditor-content").first.click()
    for _ in range(PATIENCE // 2000):  # what was written in its first seconds is no change to the editor
        tab.keyboard.type("定")
        tab.wait_for_timeout(2000)
        if drafts:
            break
    if button:
        choose(tab, f"button[name={button}]")
    else:
        tab.locator("#id_title").press("Enter")
    tab.wait_for_timeout(500)
    assert tab.url == address
    drafts[0].continue_()
    sent(tab)
    tab.context.close()
    notice = ArticlePage.objects.get()
    assert len(drafts) == 1
    assert step_of(notice) == ("初审（一校）" if button else "")


PLACES = (
    '<p>见<a linktype="page" id="{page}" fragment="c2" name="r1" title="第二条">办法</a>。</p>'
    '<p>见<a linktype="document" id="{document}" fragment="page=3">表</a>。</p><p><a name="c1">第一条</a>总则。</p>'
)


def test_places_that_links_lead_to_outlive_a_day_in_the_editor(live_server, browser):  # noqa: F811
    build()
    lines = "".join(f"<p>第{number}条　各村按规定办理。</p>" for number in range(1, 60))
    notices = column("/towns/dahe/notices/")
    target = article(notices, "办法", body=[("paragraph", f'{lines}<p><a name="c2">末条</a></p>{lines}')])
    html = PLACES.format(page=target.pk, document=paper().pk)
    page = article(notices, TITLE, body=[("paragraph", html)])
    tab = log_in(browser, live_server.url, "administrator")
    tab.goto(live_server.url + reverse("wagtailadmin_pages:edit", args=(page.pk,)))
    text = part(tab, "body").locator(".public-DraftEditor-content").first
    expect(text.locator("[title='#c1']")).to_have_text("第一条")
    text.locator("[data-block]").first.click()
    for key in ("Control+Home", "Shift+ArrowDown", "Control+x"):
        tab.keyboard.press(key)
    expect(text).not_to_contain_text("办法")
    tab.keyboard.press("Control+v")
    expect(text).to_contain_text("办法")
    tab.keyboard.press("Control+End")
    tab.keyboard.type("完")
    expect(tab.locator("input[name=body-0-value]")).to_have_value(
        re.compile("总则。完")
    )  # the editor hands it over late
    choose(tab, "button[name=action-publish]")
    sent(tab)
    tab.context.close()
    source = ArticlePage.objects.get(pk=page.pk).body[0].value.source
    assert links(source) == links(html)
    assert source.endswith("总则。完</p>")

    reader = browser.new_page()
    reader.goto(live_server.url + page.url)
    reader.locator("main a", has_text="办法").first.click()
    reader.wait_for_url("**#c2")
    expect(reader.locator("a[name=c2]")).to_be_in_viewport()
    reader.close()


def links(html: str) -> list[tuple[str, dict[str, str | None]]]:
    """Return text and attributes of each anchor."""
    return [(node.text(), node.attributes) for node in LexborHTMLParser(html).css("a")]
