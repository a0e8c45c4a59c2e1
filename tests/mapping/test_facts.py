"""Addresses that the site's rules fold into one, and what decides between them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from migrate.mapping.facts import file_kind, gather
from migrate.records import Kind, Level
from tests.mapping.building import HOST, Site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    yield site
    site.ledger.close()


def fact(site: Site, path: str):
    return gather(site.ledger, site.config.url_rules).by_key[HOST + path]


def test_spellings_fold(site: Site) -> None:
    site.answer("/Show.asp?ID=1&from=home")
    site.answer("/show.asp?id=1")
    site.link("http://dahe.example.gov.cn/SHOW.ASP?id=1")
    site.answer("/tzgg/index.html")
    assert sorted(gather(site.ledger, site.config.url_rules).by_key) == [f"{HOST}/show.asp?id=1", f"{HOST}/tzgg/"]


def test_bytes_before_none_pages_before_files_then_the_newest(site: Site) -> None:
    site.answer("/a.asp", 404, at="2026-11-25T00:00:00+00:00")
    site.answer("/A.asp", media_type="text/plain", digest="sha256:1", at="2026-11-24T00:00:00+00:00")
    site.article("/a.ASP", digest="sha256:1")
    assert fact(site, "/a.asp").url == f"{HOST}/a.ASP"
    site.answer("/b.doc", media_type="application/msword", digest="sha256:1", at="2026-11-21T00:00:00+00:00")
    site.answer("/B.doc", media_type="application/msword", digest="sha256:1", at="2026-11-22T00:00:00+00:00")
    assert fact(site, "/b.doc").url == f"{HOST}/B.doc"
    site.frontier("/c.html", "failed", "timeout")
    site.answer("/C.html", 404)
    assert fact(site, "/c.html").resource.status == 404
    assert gather(site.ledger, site.config.url_rules).findings == ()


def test_different_contents_under_one_address_are_a_finding(site: Site) -> None:
    site.answer("/show.asp?id=1&lang=cn", digest="sha256:1")
    site.answer("/show.asp?id=1&lang=en", digest="sha256:2")
    site.answer("/x.html", digest="sha256:3")
    site.answer("/X.html", digest="sha256:3")
    findings = gather(site.ledger, site.config.url_rules).findings
    assert [(f.check, f.url) for f in findings] == [("map.same-address", f"{HOST}/show.asp?id=1")]
    assert "lang=en" in findings[0].hint
    assert findings[0].level is Level.WARNING  # neither is an article or an attachment
    assert fact(site, "/show.asp?id=1").url.endswith("lang=cn")


def test_different_articles_or_files_under_one_address_are_an_error(site: Site) -> None:
    site.article("/show.asp?id=1&type=2", body="<p>关于修路的通知。</p>", digest="sha256:1")
    site.article("/show.asp?id=1&type=3", body="<p>关于修桥的通知。</p>", digest="sha256:2")
    site.file("/down.asp?id=2&n=1", "application/msword", digest="sha256:3")
    site.file("/down.asp?id=2&n=2", "application/msword", digest="sha256:4")
    site.article("/show.asp?id=3&from=a", digest="sha256:5")
    site.article("/show.asp?id=3&from=b", digest="sha256:6")  # a counter in the frame
    found = {f.url.removeprefix(HOST): f.level for f in gather(site.ledger, site.config.url_rules).findings}
    assert found == {"/down.asp?id=2": Level.ERROR, "/show.asp?id=1": Level.ERROR, "/show.asp?id=3": Level.WARNING}


def test_an_error_page_never_stands_for_an_article(site: Site) -> None:
    site.article("/show.asp?id=1&type=2", digest="sha256:1")
    site.page("/show.asp?id=1", Kind.OTHER, digest="sha256:2", reason="error-page")
    site.db.execute("UPDATE resources SET fetched_at = '2026-11-25T00:00:00+00:00' WHERE digest = 'sha256:2'")
    assert fact(site, "/show.asp?id=1").kind is Kind.ARTICLE
    assert [f.level for f in gather(site.ledger, site.config.url_rules).findings] == [Level.WARNING]


def test_addresses_of_other_sites_and_links_to_them_are_left_out(site: Site) -> None:
    site.link("http://www.other.example.com/a.html")
    site.db.execute("UPDATE links SET own = 1")  # even if harvest had taken it for one of ours
    assert gather(site.ledger, site.config.url_rules).by_key == {}


def test_links_too_long_to_be_addresses_stop_nothing(site: Site) -> None:
    long = f"{HOST}/" + "%B9%AB" * 300
    site.article("/tzgg/1.html", attachments=(long,))
    site.list_page("/tzgg/", "/" + "%B9%AB" * 300, "/tzgg/1.html")
    assert fact(site, "/tzgg/1.html").page.files == (long,)
    assert fact(site, "/tzgg/").page.listed == (f"{HOST}/tzgg/1.html",)
    site.map()


def test_a_redirect_is_folded_like_any_link(site: Site) -> None:
    site.answer("/go.asp", 302, location="/TZGG/Index.html?from=x")
    assert fact(site, "/go.asp").leads_to == f"{HOST}/tzgg/"


@pytest.mark.parametrize(
    ("name", "media_type", "kind"),
    [
        ("/a/b.JPG", "", Kind.IMAGE),
        ("/a.asp", "image/png", Kind.IMAGE),
        ("/a.doc", "", Kind.ATTACHMENT),
        ("/down.asp", "application/octet-stream", Kind.ATTACHMENT),
        ("/a.css", "text/plain", Kind.OTHER),
        ("/a.asp", "application/x-javascript", Kind.OTHER),
        ("/robots.txt", "text/plain", Kind.OTHER),
        ("/favicon.ico", "image/x-icon", Kind.OTHER),
        ("/a.asp", "text/html", Kind.OTHER),
        ("/", "", Kind.OTHER),
    ],
)
def test_kinds_of_files(name: str, media_type: str, kind: Kind) -> None:
    assert file_kind(HOST + name, media_type) == kind


def test_a_picture_that_an_article_only_links_to_goes_with_it(site: Site) -> None:
    body = (
        f'<p><a title="t" href="{HOST}/up/big.JPG"><img src="{HOST}/up/small.jpg"></a><a href="{HOST}/x.html">x</a></p>'
    )
    site.article("/tzgg/1.html", body=body, images=["/up/small.jpg"], held=("identity-number",))
    site.file("/up/small.jpg", "image/jpeg")
    site.file("/up/big.JPG", "image/jpeg")
    site.file("/up/other.jpg", "image/jpeg")
    site.map()
    big, small = site.mapped("/up/big.JPG"), site.mapped("/up/small.jpg")
    assert big.outcome == small.outcome == "move"
    assert big.used_by == small.used_by == (f"{HOST}/tzgg/1.html",)
    assert big.held == ("identity-number",)
    assert site.mapped("/up/other.jpg").outcome == "gone"
    assert site.findings("map.missing-file") == []
