"""The portal in a real browser, at desktop and phone width."""

from playwright.sync_api import expect

from .chromium import one_browser as browser  # noqa: F401  a fixture
from .chromium import only_looks

pytestmark = only_looks


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


def test_every_page_fits_and_asks_nobody_else(served, browser):  # noqa: F811
    filled = served.filled
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
            assert visit(page, served.url + path) == [], f"{name} at {width} px"
        assert errors == []
        assert [url for url in requests if not url.startswith((served.url, "data:"))] == []
        page.close()


def test_keyboard_size_and_print(served, browser):  # noqa: F811
    notice = served.filled["notice"]
    page = browser.new_page(viewport={"width": 390, "height": 900})
    page.goto(served.url + notice.get_url())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    size = "parseFloat(getComputedStyle(document.querySelector('.body')).fontSize)"
    before = page.evaluate(size)
    page.click("label[for=size-l]")
    page.wait_for_function(f"{size} > {before}")
    assert page.is_visible("button.print")
    box = page.locator(".scroll").first
    assert box.evaluate("node => node.scrollWidth > node.clientWidth"), "the table scrolls in its own box"
    page.emulate_media(media="print")
    assert not page.is_visible(".menu")
    assert page.is_visible(".body")
    page.close()


def test_without_script_everything_but_print_works(served, browser):  # noqa: F811
    notice = served.filled["notice"]
    page = browser.new_page(java_script_enabled=False)
    page.goto(served.url + notice.get_url())
    assert not page.is_visible("button.print")
    page.fill("#head-search", "防汛")
    page.press("#head-search", "Enter")
    expect(page.locator(".results ol")).to_contain_text("防汛")
    page.close()
