"""What screening said of a page goes with its entry, whatever kind of page it is."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from migrate.records import UNSCREENED, Kind, Outcome
from tests.mapping.building import Site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    yield site
    site.ledger.close()


@pytest.mark.parametrize(
    ("path", "kind", "outcome"),
    [
        ("/zt/list.html", Kind.LIST, Outcome.ARCHIVE),
        ("/", Kind.HOME, Outcome.REDIRECT),
        ("/later/x.html", Kind.LIST, Outcome.UNDECIDED),
        ("/x.asp", Kind.OTHER, Outcome.UNDECIDED),
    ],
)
def test_lists_and_other_pages_are_held(site: Site, path: str, kind: Kind, outcome: Outcome) -> None:
    rules = """
rules:
  - name: 专题
    match: {path: "/zt/**", kind: [article, list]}
    archive: 专题已结束
  - name: 再议
    match: {path: "/later/**"}
    undecided: 再议
  - name: 首页
    match: {kind: [home]}
    redirect: column
"""
    site.page(path, kind, held=("identity-number",))
    site.map(rules)
    assert (site.mapped(path).outcome, site.mapped(path).held) == (outcome, ("identity-number",))


def test_a_page_that_could_not_be_read_is_held(site: Site) -> None:
    site.answer("/bomb.html")
    site.file("/a.doc", "application/msword")
    site.map()
    assert site.mapped("/bomb.html").held == (UNSCREENED,)
    assert site.mapped("/a.doc").held == ()
