"""Dashboard and reports: right for each role, never more than that, and with a bounded number of queries."""

import io
import re
from datetime import timedelta

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page

from cms_site.editors.freshness import freshness, own_columns
from cms_site.editors.reports import REPORTS
from cms_site.editors.waiting import moving_sites
from cms_site.legacy.checked import keep_check
from cms_site.legacy.models import BrokenOldUrl, Imported, OldSite, OldUrl, Receipt
from cms_site.portal.models import ArticlePage, ColumnPage, GroupPage, PortalIdentity
from migrate.clocks import ColumnState, column_state, days_left
from migrate.records import CheckSummary, Level, Problem

from .conftest import PEOPLE, client_of, column, person, place

pytestmark = pytest.mark.django_db
HOST = "www.dahe.example.gov.cn"


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin at noon, so that no test ends on another day than it began on."""
    real = timezone.now
    began = real()
    noon = timezone.localtime(began).replace(hour=12, minute=0, second=0) + timedelta(days=1)
    monkeypatch.setattr(timezone, "now", lambda: real() + (noon - began))


def article(path: str, title: str, *, days: int | None = 0, live: bool = True, **fields) -> ArticlePage:
    """Return a page in a column, published so many days ago."""
    parent = column(path)
    published = None if days is None else timezone.now() - timedelta(days=days, minutes=1)
    return parent.add_child(instance=parent.content_model(title=title, live=live, published_at=published, **fields))


@pytest.fixture
def site(portal) -> OldSite:
    return OldSite.objects.create(slug="dahe", name="大河镇旧站", url=f"http://{HOST}/", channel=place("/towns/dahe/"))


def imported(site: OldSite, page: Page, **fields) -> Imported:
    return Imported.objects.create(
        site=site, source_key=f"http://{HOST}/{page.pk}.html", content_hash="x", state="draft", page=page,
        column=page.get_parent(), is_held=bool(fields.get("held")), **fields,
    )  # fmt: skip


@pytest.fixture
def busy(site) -> OldSite:
    """Something of everything, in both townships."""
    article("/towns/dahe/news/", "大河镇的旧动态", days=40)
    article("/towns/dahe/notices/", "大河镇快到期的通知", days=180)
    article("/towns/hebei/news/", "河北乡的旧动态", days=90)
    held = article("/towns/dahe/notices/", "大河镇待审草稿", live=False)
    imported(site, held, held=["identity-number"])
    imported(site, article("/towns/dahe/undecided/", "大河镇待定草稿", live=False))
    imported(site, article("/towns/hebei/undecided/", "河北乡待定草稿", live=False))
    tidy = article("/towns/dahe/news/", "大河镇待整理", days=50, needs_tidying=True)
    imported(site, tidy, unresolved=[f"http://{HOST}/lost.html"])
    article("/towns/hebei/news/", "河北乡待整理", days=100, needs_tidying=True)
    for number, outcome in enumerate(("move", "move", "archive", "gone", "undecided", "failed")):
        OldUrl.objects.create(
            site=site, canonical=f"http://{HOST}/{number}", url=f"http://{HOST}/{number}", kind="article",
            outcome=outcome, hits=number,
        )  # fmt: skip
    BrokenOldUrl.objects.create(old_url=OldUrl.objects.get(canonical=f"http://{HOST}/0"), problem="deleted")
    return site


def dashboard(name: str) -> str:
    return client_of(name).get(reverse("wagtailadmin_home")).content.decode()


# clocks


def state_of(path: str):
    return next(row for row in freshness([column(path)]))


def test_states_are_those_of_the_inspection(portal):
    assert state_of("/towns/dahe/news/").state is ColumnState.EMPTY
    article("/towns/dahe/news/", "今天", days=10)
    row = state_of("/towns/dahe/news/")
    assert (row.state, row.left, row.soon) == (ColumnState.CURRENT, 4, True)
    article("/towns/dahe/notices/", "旧的", days=200)
    row = state_of("/towns/dahe/notices/")
    assert (row.state, row.overdue, row.soon) == (ColumnState.STALE, 17, False)
    article("/towns/dahe/overview/", "概况", days=4000)
    assert state_of("/towns/dahe/overview/").state is ColumnState.STATIC


def test_a_date_in_the_future_a_draft_and_a_missing_date_keep_no_column_fresh(portal):
    article("/towns/dahe/news/", "手误", days=-400)
    article("/towns/dahe/news/", "没有日期", days=None)
    article("/towns/dahe/news/", "草稿", live=False)
    row = state_of("/towns/dahe/news/")
    assert (row.state, row.newest, row.left, row.articles) == (ColumnState.STALE, None, None, 2)


def test_the_countys_columns_gather_those_of_their_template(portal):
    article("/towns/dahe/news/", "镇里的动态", days=3)
    row = state_of("/news/")
    assert (row.articles, row.left, row.unit) == (1, 11, "")
    assert state_of("/towns/hebei/news/").state is ColumnState.EMPTY


def test_a_merged_page_counts_in_every_column_that_lists_it(site):
    page = article("/towns/dahe/news/", "两处都有", days=2)
    first = imported(site, page)
    Imported.objects.create(
        site=site, source_key="http://other/1", content_hash="x", state="live", page=page, same_as=first,
        column=column("/towns/hebei/news/"),
    )  # fmt: skip
    row = state_of("/towns/hebei/news/")
    assert (row.articles, row.left) == (1, 12)


def test_all_columns_together_say_the_same_as_each_alone(busy):
    together = {row.column.path: row for row in freshness(own_columns(person("administrator")))}
    assert len(together) > 20
    assert all(freshness([row.column])[0] == row for row in together.values())


@pytest.mark.parametrize(("clock", "left"), [(14, 0), (13, -1), (15, 1)])
def test_a_column_is_out_of_date_the_day_after_its_clock(clock, left):
    today = timezone.localdate()
    newest = (today - timedelta(days=14)).isoformat()
    assert days_left(newest, clock, today) == left
    assert (column_state(1, newest, clock, today) is ColumnState.STALE) == (left < 0)


# the dashboard


def test_a_contributor_sees_the_channel_alone(busy):
    shown = dashboard("contributor")
    assert "大河镇 · 工作动态" in shown
    assert "逾期 26 天" in shown
    assert "还剩 3 天" in shown
    assert "河北乡" not in shown
    assert "大河镇旧站" not in shown
    assert "政务动态" not in shown, "the county's own column"
    figures = figures_of(shown)
    assert figures["待审草稿"] == 1 if "待审草稿" in figures else figures["held drafts"] == 1
    assert sum(figures.values()) < 40


def figures_of(shown: str) -> dict[str, int]:
    return {label.strip(): int(number) for number, label in re.findall(r"<strong>(\d+)</strong> ([^<]+)</a>", shown)}


def test_figures_are_those_of_a_users_own(busy):
    mine, neighbours, all_of_it = (
        figures_of(dashboard(name)) for name in ("contributor", "neighbour", "administrator")
    )
    for label in set(mine) & set(neighbours) & set(all_of_it):
        if "栏目" not in label and "column" not in label:
            assert mine[label] + neighbours[label] <= all_of_it[label], label
    waiting = {label for label in all_of_it if label in ("待定草稿", "undecided drafts")}.pop()
    assert [figures[waiting] for figures in (mine, neighbours, all_of_it)] == [1, 1, 2]


def test_pages_are_counted_by_what_is_ones_own(busy):
    inside = Page.objects.descendant_of(place("/towns/dahe/"), inclusive=True).count()
    summary = dashboard("contributor")
    assert f">{inside}</span>" in " ".join(summary.split()) or f"{inside} " in summary
    columns = ColumnPage.objects.exclude(holds="policy")
    for group in GroupPage.objects.all():
        columns = columns.not_descendant_of(group)
    own = sum(Page.objects.descendant_of(place, inclusive=True).count() for place in columns)
    from cms_site.editors.panels import OwnPagesSummary

    request = type("Request", (), {"user": person("column editor")})()
    assert OwnPagesSummary(request).number == own


def checked(site: OldSite, name: str, *problems: Problem, asked: int = 6, days: float = 0) -> None:
    """Hand over what a check said, so many days ago."""
    at = (timezone.now() - timedelta(days=days)).isoformat()
    keep_check(site, CheckSummary(name, asked, asked - len(problems), len(problems), 0, at), problems)


def test_the_administrator_sees_sites_with_their_account(busy):
    assert "未核对" in dashboard("administrator")
    checked(busy, "balance")
    (row,) = moving_sites()
    assert (row.found, row.account.asked, row.balanced, row.broken) == (6, 6, True, 1)
    assert "账目平衡" in dashboard("administrator")
    OldUrl.objects.filter(outcome="gone").delete()
    (row,) = moving_sites()
    assert (row.found, row.account.asked, row.balanced) == (5, 6, False), "an old address that was lost is seen"
    assert "≠ 6" in dashboard("administrator")


def test_an_entry_that_is_missing_or_an_import_since_unbalances_the_account(busy):
    lost = Problem(
        Level.ERROR, "check.balance", f"http://{HOST}/lost.html", "Found, but without an entry.", "Map again."
    )
    checked(busy, "balance", lost)
    assert not moving_sites()[0].balanced
    checked(busy, "balance", days=2)
    assert moving_sites()[0].balanced
    Receipt.objects.create(site=busy, actor=person("administrator"), closed_at=timezone.now() - timedelta(days=1))
    assert moving_sites()[0].account is None, "what was counted before the import says nothing of it"


def test_reviewers_have_their_reviews_and_the_last_one_the_queue(busy):
    for name in ("first", "second", "third"):
        shown = dashboard(name)
        assert ("editors-figures" in shown) == (name == "third")
        assert ("现在没有等您处理的事项" in shown) == (name != "third")
        assert "大河镇旧站" not in shown
    assert figures_of(dashboard("third"))["待审草稿"] == 1


def test_each_figure_of_the_queue_is_as_long_as_its_list(busy):
    for name in ("administrator", "contributor", "third"):
        client, shown = client_of(name), dashboard(name)
        links = re.findall(r'href="(/admin/review/[^"]+)"><strong>(\d+)', shown)
        assert links
        for address, number in links:
            assert client.get(address.replace("&amp;", "&")).context["lines"].paginator.count == int(number)


def test_another_app_adds_its_panel_by_the_ordinary_hook(busy):
    from wagtail import hooks
    from wagtail.admin.ui.components import Component

    class Deadlines(Component):
        order = 225

        def render_html(self, parent_context=None):
            return "<p>转载时限</p>"

    with hooks.register_temporarily("construct_homepage_panels", lambda _request, panels: panels.append(Deadlines())):
        assert "转载时限" in dashboard("policy editor")


def test_the_number_of_queries_does_not_grow(busy):
    client = client_of("administrator")

    def asked(address: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert client.get(address).status_code == 200
        return len(found)

    places = [reverse("wagtailadmin_home"), *(reverse(f"editors:{name}") for name in REPORTS if name != "meta")]

    def warm() -> list[int]:
        """Return the queries of each, once what is kept until the next publication has been made."""
        for address in places:
            assert asked(address) < 80
        return [asked(address) for address in places]

    before = warm()
    grow(busy)
    assert warm() == before


def grow(site: OldSite) -> None:
    """Ten more columns, sixty more pages, three more sites."""
    for number in range(10):
        place("/towns/dahe/").add_child(
            instance=ColumnPage(title=f"新栏目{number}", slug=f"c{number}", template="notice", clock_days=14)
        )
        for page in range(6):
            made = article(f"/towns/dahe/c{number}/", f"第{page}篇", days=30, live=page > 2, needs_tidying=page > 3)
            imported(site, made, held=["mobile-numbers"] if page < 2 else [], unresolved=["http://x/"] if page else [])
    for number in range(3):
        other = OldSite.objects.create(
            slug=f"s{number}", name=f"站{number}", url=f"http://s{number}.example.gov.cn/", channel=site.channel
        )
        OldUrl.objects.create(site=other, canonical=f"http://s{number}.example.gov.cn/", kind="home", outcome="gone")


# reports


def rows_of(client: Client, name: str, query: str = "") -> list[list[object]]:
    """Return the rows of a report's spreadsheet, without its head."""
    response = client.get(reverse(f"editors:{name}") + f"?export=xlsx&{query}")
    assert response.status_code == 200
    assert response["Content-Disposition"].endswith('.xlsx"')
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    head, *rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    assert all(head)
    return rows


@pytest.mark.parametrize("name", REPORTS)
def test_reports_open_for_whom_they_are(busy, name):
    who = {other for other in PEOPLE if client_of(other).get(reverse(f"editors:{name}")).status_code == 200}
    writers = {"administrator", "contributor", "neighbour", "column editor", "policy editor"}
    assert who == ({"administrator"} if name == "addresses" else writers)
    menu = client_of("contributor").get(reverse("wagtailadmin_home")).content.decode()
    assert (reverse(f"editors:{name}") in menu) == ("contributor" in who)


@pytest.mark.parametrize("name", [name for name in REPORTS if name != "addresses"])
def test_reports_show_and_export_what_is_ones_own(busy, name):
    client = client_of("contributor")
    for query in ("", "channel=", "live=true"):
        shown = client.get(reverse(f"editors:{name}_results") + f"?{query}").content.decode()
        assert "河北乡" not in shown
    assert "河北乡" not in client.get(reverse(f"editors:{name}")).content.decode()
    for row in rows_of(client, name):
        assert "河北乡" not in "".join(map(str, row))
    assert len(rows_of(client, name)) < len(rows_of(client_of("administrator"), name)) or name == "links"


def test_a_report_of_another_channel_can_not_be_asked_for(busy):
    other = place("/towns/hebei/").pk
    for name in ("columns", "imported", "links"):
        shown = client_of("contributor").get(reverse(f"editors:{name}_results") + f"?channel={other}").content.decode()
        assert "河北乡" not in shown


def test_columns_are_filtered_by_state(busy):
    client = client_of("administrator")
    stale = rows_of(client, "columns", "state=stale")
    assert {(row[0], row[1]) for row in stale} >= {("大河镇", "工作动态"), ("河北乡", "工作动态")}
    assert all(row[4] is None or row[4] < 0 for row in stale)
    soon = rows_of(client, "columns", "state=soon")
    assert ("大河镇", "通知公告") in {(row[0], row[1]) for row in soon}
    states = ("stale", "soon", "empty", "current", "static")
    assert sum(len(rows_of(client, "columns", f"state={state}")) for state in states if state != "soon") == len(
        rows_of(client, "columns")
    )


def test_imported_pages_say_what_they_wait_for(busy):
    client = client_of("contributor")
    assert {row[0] for row in rows_of(client, "imported")} == {"大河镇待审草稿", "大河镇待定草稿", "大河镇待整理"}
    assert [row[0] for row in rows_of(client, "imported", "waits=held")] == ["大河镇待审草稿"]
    assert [row[0] for row in rows_of(client, "imported", "waits=undecided")] == ["大河镇待定草稿"]
    assert [row[0] for row in rows_of(client, "imported", "waits=tidy")] == ["大河镇待整理"]


def test_links_name_the_old_addresses(busy):
    (row,) = rows_of(client_of("administrator"), "links")
    assert row[:5] == ["大河镇待整理", "大河镇", "工作动态", 1, f"http://{HOST}/lost.html"]


def test_links_name_what_the_last_check_found_on_pages_of_the_portal(busy):
    def broken(page: Page, target: str, level: Level = Level.ERROR) -> Problem:
        address = f"http://www.yunxi.example.gov.cn{page.get_url()}"
        return Problem(level, "check.dead-link", address, "打不开：404", "改正", "a", "办法", target, pages=3)

    own, other = Page.objects.get(title="大河镇的旧动态"), Page.objects.get(title="河北乡的旧动态")
    checked(busy, "links", broken(own, "http://a.example/1"), broken(own, "http://a.example/2", Level.NOTE))
    rows = {row[0]: row for row in rows_of(client_of("contributor"), "links")}
    assert set(rows) == {"大河镇待整理", "大河镇的旧动态"}
    assert rows["大河镇的旧动态"][3] == 1, "a note is no broken link"
    assert "http://a.example/1" in rows["大河镇的旧动态"][4]
    assert "404" in rows["大河镇的旧动态"][4]
    assert "3" in rows["大河镇的旧动态"][4].partition("404")[2], "on how many pages"
    assert rows["大河镇的旧动态"][5].date() == timezone.localdate()
    assert [row[0] for row in rows_of(client_of("contributor"), "links", "found_by=check")] == ["大河镇的旧动态"]
    assert [row[0] for row in rows_of(client_of("contributor"), "links", "found_by=move")] == ["大河镇待整理"]
    checked(busy, "links", broken(other, "http://a.example/3"))
    assert [row[0] for row in rows_of(client_of("contributor"), "links")] == ["大河镇待整理"], "mended, or another's"
    assert "河北乡的旧动态" in {row[0] for row in rows_of(client_of("neighbour"), "links")}


@pytest.mark.parametrize("name", REPORTS)
def test_a_file_of_many_batches_says_what_one_of_one_does(busy, name, monkeypatch):
    client = client_of("administrator")
    whole = rows_of(client, name)
    monkeypatch.setattr("cms_site.editors.reports.base._BATCH", 1)
    assert rows_of(client, name) == whole != []


def test_old_addresses_say_where_each_leads(busy):
    page = article("/towns/dahe/notices/", "已迁入的通知")
    OldUrl.objects.filter(canonical=f"http://{HOST}/1").update(
        imported=imported(busy, page), title="=cmd|' /C calc'!A0"
    )
    rows = {row[1]: row for row in rows_of(client_of("administrator"), "addresses")}
    assert len(rows) == 6
    assert rows[f"http://{HOST}/1"][6].endswith(page.get_url())
    assert rows[f"http://{HOST}/1"][2] == "=cmd|' /C calc'!A0", "text, no formula"
    gone = rows_of(client_of("administrator"), "addresses", "outcome=gone")
    assert [row[1] for row in gone] == [f"http://{HOST}/3"]


def test_times_in_a_file_are_the_countys(busy):
    page = Page.objects.get(title="大河镇待整理")
    page.specific.save_revision()
    at = timezone.now().replace(microsecond=0)
    Page.objects.filter(pk=page.pk).update(latest_revision_created_at=at)
    row = next(row for row in rows_of(client_of("administrator"), "imported") if row[0] == "大河镇待整理")
    assert row[5] == timezone.localtime(at).replace(tzinfo=None)


def test_meta_says_what_the_newest_page_of_each_column_lacks(busy):
    rows = {row[1]: row for row in rows_of(client_of("contributor"), "meta")}
    assert rows["工作动态"][2] == "大河镇的旧动态"
    assert rows["工作动态"][3] == "—"
    assert rows["概况"][2] == "概况", "an empty column is looked at itself"
    ColumnPage.objects.filter(slug="news").update(column_type="随便")
    identity = PortalIdentity.objects.get()
    identity.site_code = ""
    identity.save()
    said = {row[1]: row[3] for row in rows_of(client_of("contributor"), "meta")}["工作动态"]
    assert "SiteIDCode" in said
    assert "ColumnType" in said
