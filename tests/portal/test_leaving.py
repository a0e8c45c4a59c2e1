"""The question before a visitor leaves the government's sites, in a real browser."""

from .chromium import browser, pytestmark  # noqa: F401  the fixture and its marks
from .conftest import article, build, column


def test_who_leaves_the_governments_sites_is_asked_first(live_server, browser):  # noqa: F811
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
        page.press(part, "Enter")
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
