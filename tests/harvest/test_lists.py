"""Lists in a whole harvest: when they end, what is not sent, and what two pagers on one page come to."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs

import pytest

import migrate.harvest.pages
from migrate.archive.ledger import Ledger
from migrate.harvest import HarvestRun, HarvestSummary, run_harvest
from migrate.harvest.lists import MAX_REMEMBERED, Lists, goes_on, is_alike
from migrate.harvest.pages import MAX_FORM
from migrate.harvest.paging import MAX_PAGES, ListPage, outline
from migrate.harvest.reading import Named
from tests.harvest.oldsite import FAMILIES, HOST, Answer, OldSite, config

HOME = f"http://{HOST}/"
FORM = """<script>function __doPostBack(eventTarget, eventArgument) {{ theForm.submit(); }}</script>
<form method="post" action="{action}"><input type="hidden" name="__VIEWSTATE" value="{state}">"""
STEP = "<a href=\"javascript:__doPostBack('{pager}','{number}')\">{number}</a>"
SIZES = {"PagerA": 4, "PagerB": 3}


def run(site: OldSite, folder: Path) -> HarvestSummary:
    return run_harvest(config(site), FAMILIES, folder, HarvestRun(), lambda _progress: None)


def findings(folder: Path) -> dict[str, str]:
    with Ledger(folder / "ledger.sqlite") as ledger:
        return {finding.check: finding.url for _stage, finding in ledger.findings("harvest")}


def shown(html: str) -> str:
    page = ListPage(HOME, html)
    return outline(page)


def test_an_outline_is_what_a_page_shows_but_for_its_number() -> None:
    page = '<a href="a/{article}.html">通知</a> 第{n}页 <a href="l_{n}.html">{n}</a> <a href="l_9.html">下一页</a>'
    assert shown(page.format(article=7, n=3)) == shown(page.format(article=7, n=4).replace("l_9", "l_10"))
    assert shown(page.format(article=7, n=3)) != shown(page.format(article=8, n=3))
    assert shown(page.format(article=7, n=3)) != shown(page.format(article=7, n=3) + "公告")
    assert shown("\ud800 下一页") and shown("")


def test_what_leads_to_further_pages() -> None:
    def link(text: str, context: str = "a", own: bool = True) -> Named:
        return Named(HOME, HOME, own, context, text, "")

    assert goes_on(link("下一页")) and goes_on(link("12")) and goes_on(link("", "pager"))
    assert not any(map(goes_on, (link("首页"), link("上一页"), link("通知公告"), link("下一页", own=False))))


def test_alike() -> None:
    assert is_alike(HOME + "l.asp?p=14", HOME + "l.asp?p=13") and is_alike(HOME + "l#form:ab1", HOME + "l#form:cd2")
    assert not is_alike(HOME + "data.jsp?p=14", HOME + "l.asp?p=13")


def test_a_list_has_ended_only_where_a_further_page_repeats() -> None:
    lists = Lists()
    assert not lists.has_ended("l", "home", "x")
    assert lists.take("l2", "l") and lists.take("l3", "l2")
    assert not lists.has_ended("l2", "l", "y")
    assert lists.has_ended("l3", "l2", "y")
    assert not lists.has_ended("other", "l2", "y"), "another list that looks the same is another list"
    for number in range(MAX_REMEMBERED):
        lists.has_ended(f"k{number}", "home", "x")
    assert lists.take("l4", "l3") and not lists.has_ended("l4", "l3", "y")


def test_no_list_has_more_pages_than_any_list_has() -> None:
    lists = Lists()
    assert all(lists.take(f"l{number}", f"l{number - 1}") for number in range(1, MAX_PAGES + 1))
    assert not lists.take("one more", f"l{MAX_PAGES}")
    assert lists.take("m1", "m")


class TwoPagers(OldSite):
    """Two lists on one page, of four and of three pages."""

    def answer(self, path: str, request: BaseHTTPRequestHandler) -> Answer:
        target, _blank, form = path.partition(" ")
        if not target.startswith("/two.aspx"):
            return super().answer(path, request)
        fields = {name: values[0] for name, values in parse_qs(form).items()}
        pages = dict(zip(SIZES, fields.get("__VIEWSTATE", "1 1").split(), strict=True))
        if form:
            pages[fields["__EVENTTARGET"]] = fields["__EVENTARGUMENT"]
        html = FORM.format(action="two.aspx?id=1", state=" ".join(pages.values()))
        for pager, last in SIZES.items():
            here = int(pages[pager])
            html += f'<a href="/{pager}/{here}.html">{pager}的第{here}篇</a>'
            around = {max(1, here - 1), min(here + 1, last)} - {here}
            html += "".join(STEP.format(pager=pager, number=number) for number in around)
        return Answer(f"<html><meta charset=utf-8>{html}</form>".encode())


@pytest.fixture
def two_pagers() -> Iterator[TwoPagers]:
    with TwoPagers().served() as served:
        yield served  # type: ignore[misc]


def test_two_pagers_on_one_page(two_pagers: TwoPagers, tmp_path: Path) -> None:
    two_pagers.html("/", '<a href="/two.aspx?id=1">公告</a>')
    for pager, last in SIZES.items():
        for number in range(1, last + 1):
            two_pagers.html(f"/{pager}/{number}.html", f"{pager} {number}")
    assert run(two_pagers, tmp_path / "dahe").statuses == {"2xx": 1 + 1 + 7 + 5, "4xx": 1}
    assert sum(asked.startswith("/two.aspx?id=1 ") for asked in two_pagers.counts) == 3 + 2
    referrers = {line for head in two_pagers.heads for line in head.splitlines() if line.startswith(b"Referer")}
    assert referrers and not any(b"#" in line for line in referrers)


def test_a_form_that_is_too_large_is_a_finding(tmp_path: Path) -> None:
    with OldSite().served() as site:
        site.html("/", FORM.format(action="", state="a" * MAX_FORM) + STEP.format(pager="Pager1", number=2))
        summary = run(site, tmp_path / "dahe")
        assert set(site.counts) == {"/", "/robots.txt", "/sitemap.xml"}
    assert summary.found == 2 and findings(tmp_path / "dahe")["harvest.large-form"] == HOME


def test_forms_that_wait_are_bounded(two_pagers: TwoPagers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    two_pagers.html("/", '<a href="/two.aspx?id=1">公告</a>')
    monkeypatch.setattr(migrate.harvest.pages, "MAX_WAITING", 80)
    asked = 0
    for _run in range(5):
        assert run(two_pagers, tmp_path / "dahe").failed == 0
        assert sum(path.startswith("/two.aspx?id=1 ") for path in two_pagers.counts) > asked
        asked = sum(path.startswith("/two.aspx?id=1 ") for path in two_pagers.counts)
        if asked == 3 + 2:
            break
    assert asked == 3 + 2, "what one run did not send, a later one does"
