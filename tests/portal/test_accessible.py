"""Everyone can read the portal: judged by axe-core in a real browser, by keyboard, and with what needs no script."""

from pathlib import Path

import pytest
from playwright.sync_api import expect
from wagtail.models import Page

from .chromium import one_browser as browser  # noqa: F401  a fixture
from .chromium import only_looks

pytestmark = only_looks

AXE = "axe_playwright_python"
MODES = {1440: ((), ("contrast",)), 390: (("large",), ("large", "contrast"))}
"""Width → what is chosen there. The narrowest with the largest type is where things break."""


@pytest.fixture(scope="session")
def axe():
    judge = pytest.importorskip(AXE, reason="axe-core is not installed: make setup, then make test")
    return (Path(judge.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def one_of_each():
    """Return an address of every page type there is, and of what is no page."""
    seen = {page.content_type_id: page for page in Page.objects.live().filter(depth__gt=1).order_by("-path")}
    paths = {page.specific_class._meta.model_name: page.get_url() for page in seen.values()}
    return paths | {
        "list": "/towns/dahe/notices/?page=2", "search": "/search/?q=通告", "narrowed": "/search/?q=防汛&year=2024",
        "leaders": "/disclosure/leaders/", "topics": "/specials/", "platform": "/disclosure/",
        "nothing": "/search/?q=zzz", "map": "/sitemap/", "missing": "/nowhere/", "archived": "/archived/",
        "old address": "/old-address/",
    }  # fmt: skip


def serious(page, axe):
    """Return what axe-core finds serious or worse, as text."""
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations'], preload: false})")["violations"]
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"][:3]
    ]


def test_axe_finds_nothing_serious_on_any_page_in_any_mode(served, browser, axe):  # noqa: F811
    typed = served.typed
    paths, wrong = one_of_each() | {name: page.get_url() for name, page in typed.items()}, []
    for width, chosen in MODES.items():
        for modes in chosen:
            context = browser.new_context(viewport={"width": width, "height": 900})
            context.add_cookies([{"name": "display", "value": ".".join(modes), "url": served.url}])
            page = context.new_page()
            for name, path in paths.items():
                page.goto(served.url + path)
                assert page.evaluate("document.documentElement.className") == " ".join(modes)
                wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                said = serious(page, axe) + ([f"{wide} px too wide"] if wide else [])
                wrong += [f"{name} {modes} at {width} px: {text}" for text in said]
            context.close()
    assert wrong == []


def test_axe_would_say_what_is_wrong(served, browser, axe):  # noqa: F811
    page = browser.new_page()
    page.goto(served.url)
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=x><button></button>')")
    assert {text.split(":")[0] for text in serious(page, axe)} >= {"image-alt", "button-name"}
    page.close()


def test_modes_are_remembered_and_need_no_script(served, browser):  # noqa: F811
    notice = served.filled["notice"]
    page = browser.new_page(java_script_enabled=False)
    page.goto(served.url + notice.get_url())
    size = page.locator(".body").bounding_box()["height"]
    page.click("button[name=mode][value=large]")
    expect(page.locator("html.large")).to_have_count(1)
    page.wait_for_load_state()
    assert page.url == served.url + notice.get_url(), "one is where one was"
    assert page.locator(".body").bounding_box()["height"] > size
    page.click("button[name=mode][value=contrast]")
    expect(page.locator("html.large.contrast")).to_have_count(1)
    page.goto(served.url + "/search/?q=%E9%98%B2%E6%B1%9B")
    assert page.locator("html.large.contrast").count() == 1
    assert page.get_attribute("button[value=large]", "aria-pressed") == "true"
    page.click("button[name=mode][value=large]")
    expect(page.locator("html.large")).to_have_count(0)
    page.close()


def test_the_keyboard_reaches_everything(served, browser):  # noqa: F811
    notice = served.filled["notice"]
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    for path in (notice.get_url(), "/search/?q=通告", "/towns/dahe/notices/"):
        page.goto(served.url + path)
        all_of_them = page.evaluate(
            "[...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, [tabindex=\"0\"]')]"
            ".filter(node => node.checkVisibility()).filter(node => node.type != 'radio' || node.checked).length"
        )
        reached, hidden = set(), []
        for _step in range(all_of_them + 5):
            page.keyboard.press("Tab")
            where = page.evaluate(
                "(() => { const at = document.activeElement, box = at.getBoundingClientRect();"
                " if (at === document.body) return null;"
                " const known = [...document.querySelectorAll('*')].indexOf(at);"
                " const shown = at.type === 'radio' || getComputedStyle(at).outlineStyle !== 'none';"
                " return [known, shown && box.top < innerHeight && box.bottom > 0, at.outerHTML.slice(0, 80)]; })()"
            )
            if where is None:
                break
            reached.add(where[0])
            if not where[1]:
                hidden.append(where[2])
        assert len(reached) == all_of_them, path
        assert hidden == [], "the focus is seen wherever it is"
    page.close()
