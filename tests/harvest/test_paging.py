"""What each pager makes of a page, and what it refuses to believe."""

import pytest

from migrate.harvest.links import html_links
from migrate.harvest.paging import MAX_PAGES, Further, ListPage, Pagers
from tests.harvest.oldsite import FAMILIES, HOST

BASE = f"http://{HOST}/zwgk/tzgg/"
PAGERS = Pagers(FAMILIES)


def further(html: str, url: str = BASE) -> list[Further]:
    return PAGERS.further(ListPage(url, html, html_links(html).code))


def after(script: str, url: str = BASE) -> list[str]:
    return [page.href for page in further(f"<script>{script}</script>", url)]


@pytest.mark.parametrize(
    ("script", "pages"),
    [
        ('createPageHTML(4, 0, "index", "html");', ["index_1.html", "index_2.html", "index_3.html"]),
        ("createPageHTML(1, 0, 'index', 'html')", []),
        ('createPage(3,0,"list","shtml")', ["list_1.shtml", "list_2.shtml"]),
    ],
)
def test_trs(script: str, pages: list[str]) -> None:
    assert after(script) == pages


def test_no_list_is_endless() -> None:
    assert len(after('createPageHTML(9999999, 0, "index", "html")')) == MAX_PAGES - 1
