"""A reviewer works through held entries in a real browser, by mouse and by keyboard."""

import pytest
from django.test import Client
from playwright.sync_api import expect

from cms_site.legacy.models import Decision, OldUrl
from cms_site.legacy.review import Asked, waiting
from cms_site.portal.build import build_portal
from cms_site.portal.models import ColumnPage
from migrate.records import Field
from tests.importer.sites import PORTAL
from tests.legacy.reviewing import IDENTITY, MOBILES, hold, in_folder, member, reviewer
from tests.portal import chromium

browser, pytestmark = chromium.browser, chromium.pytestmark


@pytest.fixture
def site(tmp_path, settings):
    """Twelve articles that wait: ten held ones, one in doubt, one undecided."""
    build_portal(PORTAL)
    site = in_folder(tmp_path, settings)
    evil = "<script>parent.hacked = 1</script><img src=x onerror='parent.hacked = 2'>"
    for number in range(1, 10):
        title = Field(f"关于发放高龄津贴的公示（第{number}号）{evil if number == 3 else ''}", "selector:h1", 0.98)
        hold(site, f"/tzgg/{number}.html", more=f"发放{number}00元。", title=title, frame=evil)
    numbers = "、".join(MOBILES)
    site.captured("/tzgg/90.html", f"{IDENTITY}\n联系：{numbers}", held=("identity-number", "mobile-numbers"))
    site.captured("/tzgg/91.html", "正文", source=Field("党政办<b>", "text:来源", 0.4))
    site.captured("/later/1.html", "再议的事")
    site.run()
    yield site
    site.ledger.close()


@pytest.fixture
def forty(site):
    """Forty that wait, of all reasons: with those of `site`, what is held for numbers or for what was injected, what is
    undecided, in doubt, or has old markup."""
    for number in range(1, 9):
        site.captured(f"/tzgg/1{number}0.html", f"第{number}号公告", held=("injected-links",))
        site.captured(f"/tzgg/2{number}0.html", f"第{number}号公告", source=Field("党政办", "text:来源", 0.4))
        site.captured(f"/later/{number}0.html", f"再议{number}")
    for number in range(1, 5):
        table = "<table><tr><td><table><tr><td>表中有表</td></tr></table></td></tr></table>"
        site.captured(f"/tzgg/3{number}0.html", f"第{number}号公告</p>{table}<p>")
    site.run()
    return site


def signed_in(browser, live_server, user, width=1440):
    """Return a page of a browser in which a user is signed in."""
    client = Client()
    client.force_login(user)
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="zh-CN")
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    return context.new_page()


def test_ten_held_entries_by_mouse_and_keyboard(live_server, browser, site):
    page = signed_in(browser, live_server, member("李审核", legacy=("review_imported",)))
    errors, requests, hacked = [], [], []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.on("dialog", lambda dialog: (hacked.append(dialog.message), dialog.dismiss()))
    page.goto(f"{live_server.url}/admin/review/?reason=held")
    assert page.inner_text(".legacy-facts strong") == "10"
    page.click("text=从第一篇开始")
    expect(page.locator(".review-way span")).to_have_text("1 / 10")
    frame = page.frame_locator("iframe[title='采集的旧页']")
    expect(frame.locator("mark").first).to_contain_text("110*************2X")

    def shows(text: str) -> None:
        page.wait_for_selector(f".review >> text={text}")
        page.wait_for_load_state()  # its keys come with its scripts

    def on(path: str) -> None:
        shows(f"{site.host}{path}")

    on("/tzgg/1.html")
    page.keyboard.press("r")
    shows("遮住号码")
    expect(page.frame_locator("iframe[title='新页']").locator("mark").first).to_contain_text(IDENTITY)
    page.keyboard.press("r")
    shows("显示号码")

    on("/tzgg/1.html")
    page.keyboard.press("a")  # accept
    on("/tzgg/2.html")
    page.keyboard.press("m")  # mask
    on("/tzgg/3.html")
    page.keyboard.press("n")  # skip, and back
    on("/tzgg/4.html")
    page.keyboard.press("p")
    on("/tzgg/3.html")
    page.click("button[value=mask]")
    on("/tzgg/4.html")
    page.keyboard.press("e")  # edit: the editor's publishing leads back
    page.wait_for_selector("#id_source")
    page.wait_for_load_state()  # so does its foot's arrow
    page.fill("#id_source", "民政办")
    page.locator("footer [data-w-dropdown-target=toggle]").first.click()
    page.click("button[name='action-publish']")
    shows("没有等待处理的原因")
    on("/tzgg/4.html")
    page.keyboard.press("n")
    on("/tzgg/5.html")
    page.keyboard.press("c")  # another column
    page.select_option("select[name=column]", label="工作动态")
    page.click("text=只改栏目")
    on("/tzgg/6.html")
    page.select_option("select[name=outcome]", "archive")
    page.fill("input[name=why]", "过期")
    page.click("button[value=outcome]")
    on("/tzgg/7.html")
    page.keyboard.press("l")  # the rest in one go, from the list
    page.wait_for_selector("text=处理全部 5 篇")
    page.click("text=处理全部 5 篇")
    page.select_option("select[name=act]", "mask")
    page.click("text=处理这 5 篇")
    page.wait_for_selector("text=没有等待审核的文章")

    assert (errors, hacked) == ([], [])
    assert [url for url in requests if not url.startswith((live_server.url, "data:"))] == []
    assert list(waiting(Asked(reason="held"))) == []
    rulings = {row.canonical.rpartition("/")[2]: row for row in Decision.objects.select_related("actor")}
    assert len(rulings) == 10 and {row.actor.username for row in rulings.values()} == {"李审核"}
    assert rulings["1.html"].release and not rulings["1.html"].masks
    assert rulings["2.html"].masks == rulings["3.html"].masks == "identity-number"
    assert rulings["90.html"].masks == "identity-number mobile-numbers"
    assert (rulings["4.html"].release, site.became("/tzgg/4.html").source) == (True, "民政办")
    assert site.became("/tzgg/5.html").get_parent().pk == ColumnPage.objects.get(url_path__endswith="/dahe/news/").pk
    assert OldUrl.objects.get(canonical__endswith="/6.html").outcome == "archive"
    site.run()
    assert list(waiting(Asked(reason="held"))) == [] and site.run().receipt == ""
    page.close()


def test_every_screen_fits_a_phone_and_runs_nothing(live_server, browser, site):
    page = signed_in(browser, live_server, reviewer(), width=390)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    row = site.row("/tzgg/3.html")
    paths = (
        "/admin/review/", f"/admin/review/{row.pk}/", f"/admin/review/{row.pk}/?reveal=1&whole=1",
        f"/admin/pages/{row.page_id}/edit/", f"/admin/pages/{row.page_id}/",
    )  # fmt: skip
    for path in paths:
        page.goto(live_server.url + path)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, path
        assert page.evaluate("typeof window.hacked") == "undefined", path
    page.goto(f"{live_server.url}/admin/review/")
    page.click("button[name=all]")
    page.wait_for_selector("text=处理这 12 篇")
    assert errors == []
    page.close()


@pytest.mark.parametrize("width", [1440, 390])
def test_forty_in_one_go(live_server, browser, forty, width):
    page = signed_in(browser, live_server, reviewer(), width)
    page.goto(f"{live_server.url}/admin/review/")
    number = int(page.inner_text(".legacy-facts strong"))
    assert number == 40
    everything = page.get_by_label("全选本页")
    everything.check()
    assert page.locator("input[name=key]:checked").count() == number
    everything.uncheck()
    assert page.locator("input[name=key]:checked").count() == 0
    page.goto(f"{live_server.url}/admin/review/?reason=held")
    held = int(page.inner_text(".legacy-facts strong"))
    page.get_by_label("全选本页").check()
    page.click("text=一起处理所选")
    page.select_option("select[name=act]", "mask")
    page.dblclick(f"text=处理这 {held} 篇")
    page.wait_for_selector(".messages li")
    told = page.inner_text(".messages")
    masked = Decision.objects.exclude(masks="").count()
    assert f"已处理 {masked} 篇" in told, "a second press does nothing"
    assert f"{held - masked} 篇保持原样" in told, "an injected link is nothing to mask"
    page.goto(f"{live_server.url}/admin/review/")
    page.click("button[name=all]")
    page.select_option("select[name=act]", "accept")
    page.click("form .legacy-actions button[type=submit]")
    page.wait_for_selector(".messages li")
    left = waiting(Asked())
    assert all("/later/" in row.source_key for row in left), "what is undecided wants a column first"
    assert Decision.objects.count() == number - left.count()
    page.close()
