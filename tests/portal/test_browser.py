"""The portal in a real browser, at desktop and phone width."""

import shutil
from pathlib import Path

import pytest

from .conftest import article, build, column, fill

CHROMIUM = Path(shutil.which("chromium") or "/usr/bin/chromium")
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]


@pytest.fixture
def browser(monkeypatch):
    # Playwright keeps an event loop in this thread; Django would then refuse the database to the fixtures' clean-up.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


def visit(page, url):
    """Return what is wrong with a page, as text."""
    wrong = []
    on_console = lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None  # noqa: E731
    page.on("console", on_console)
    response = page.goto(url)
    page.remove_listener("console", on_console)
    if response.status == 404:  # the browser itself reports the status as an error
        wrong = [text for text in wrong if "404" not in text]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wrong + ([f"{wide} px too wide"] if wide else [])


def test_every_page_fits_and_asks_nobody_else(live_server, browser):
    build()
    filled = fill()
    paths = {
        "home": "/", "group": "/towns/", "channel": "/towns/dahe/", "column": "/towns/dahe/notices/?page=2",
        "article": filled["notice"].get_url(), "policy": filled["policy"].get_url(), "search": "/search/?q=通告",
        "no result": "/search/?q=zzz", "map": "/sitemap/", "missing": "/nowhere/",
    }  # fmt: skip
    for width in (1440, 390):
        page = browser.new_page(viewport={"width": width, "height": 900})
        errors, requests = [], []
        page.on("pageerror", lambda error, errors=errors: errors.append(str(error)))
        page.on("request", lambda request, requests=requests: requests.append(request.url))
        for name, path in paths.items():
            assert visit(page, live_server.url + path) == [], f"{name} at {width} px"
        assert errors == []
        assert [url for url in requests if not url.startswith((live_server.url, "data:"))] == []
        page.close()


def test_keyboard_size_and_print(live_server, browser):
    build()
    notice = fill()["notice"]
    page = browser.new_page(viewport={"width": 390, "height": 900})
    page.goto(live_server.url + notice.get_url())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    size = "parseFloat(getComputedStyle(document.querySelector('.body')).fontSize)"
    before = page.evaluate(size)
    page.click("label[for=size-l]")
    assert page.evaluate(size) > before
    assert page.is_visible("button.print")
    box = page.locator(".scroll").first
    assert box.evaluate("node => node.scrollWidth > node.clientWidth"), "the table scrolls in its own box"
    page.emulate_media(media="print")
    assert not page.is_visible(".menu")
    assert page.is_visible(".body")
    page.close()


def test_without_script_everything_but_print_works(live_server, browser):
    build()
    notice = fill()["notice"]
    page = browser.new_page(java_script_enabled=False)
    page.goto(live_server.url + notice.get_url())
    assert not page.is_visible("button.print")
    page.fill("#head-search", "防汛")
    page.press("#head-search", "Enter")
    assert "防汛" in page.inner_text(".results ol")
    page.close()


def test_who_leaves_the_governments_sites_is_asked_first(live_server, browser):
    build()
    html = (
        '<p><a href="https://shop.example.com/a">企业</a> <a href="https://www.gov.cn/">国务院</a> '
        '<a href="/towns/">乡镇</a></p>'
    )
    here = (
        live_server.url + article(column("/notices/"), "链接", body=[("paragraph", html), ("legacy", html)]).get_url()
    )
    page = browser.new_page()
    page.route(lambda url: not url.startswith(live_server.url), lambda route: route.fulfill(body="elsewhere"))
    questions, stays = [], [True]
    page.on("dialog", lambda question: (questions.append(question.message), _answer(question, stays[0])))
    for part in (".body >> text=企业 >> nth=0", ".body >> text=企业 >> nth=1"):
        stays[0] = True
        page.goto(here)
        page.click(part)
        page.focus(part)
        page.keyboard.press("Enter")
        assert page.url == here
        stays[0] = False
        page.click(part)
        page.wait_for_url("https://shop.example.com/a")
    assert len(questions) == 6
    assert all("即将离开" in question and "是否继续" in question for question in questions)
    for name, there in (("国务院", "https://www.gov.cn/"), ("乡镇", f"{live_server.url}/towns/")):
        page.goto(here)
        page.click(f".body >> text={name} >> nth=0")
        page.wait_for_url(there)
    assert len(questions) == 6
    page.close()


def _answer(question, stays):
    question.dismiss() if stays else question.accept()
