"""National META tags, sitemap, feeds, canonical links, display modes, links that leave."""

import datetime
from xml.etree import ElementTree

import pytest
from selectolax.lexbor import LexborHTMLParser
from wagtail.models import Page, Site

from cms_site.portal import feeds, meta_lint
from cms_site.portal.leaving import leaves
from cms_site.portal.meta_lint import ARTICLE_PAGE, COLUMN_PAGE, PLAIN_PAGE, UNDATED_PAGE, Registered, lint_meta
from cms_site.portal.models import (
    CONTENT_MODELS,
    ChannelPage,
    ColumnPage,
    ContentPage,
    GroupPage,
    HomePage,
    SectionPage,
)

from .conftest import FIRST_DAY, article, column

REGISTERED = Registered("www.yunxi.example.gov.cn", "4113250001")
ROOT = "http://www.yunxi.example.gov.cn"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def kind_of(page):
    if isinstance(page, ContentPage):
        return ARTICLE_PAGE if page.published_at else UNDATED_PAGE
    return COLUMN_PAGE if isinstance(page, ColumnPage) else PLAIN_PAGE


def test_every_page_of_the_portal_carries_its_meta_tags(client, filled, typed):
    article(column("/notices/"), "没有时间的公告", published_at=None)
    pages = [page.specific for page in Page.objects.live().filter(depth__gt=1) if "undecided" not in page.url_path]
    places = {HomePage, GroupPage, ChannelPage, SectionPage, ColumnPage}
    assert {type(page) for page in pages} >= places | {*CONTENT_MODELS.values()}
    kinds = [(page.get_url(), kind_of(page)) for page in pages]
    kinds += [(url, PLAIN_PAGE) for url in ("/search/?q=防汛", "/sitemap/", "/nowhere/", "/archived/")]
    wrong = [finding for url, kind in kinds for finding in lint_meta(client.get(url).content, url, kind, REGISTERED)]
    assert [finding for finding in wrong if finding.level == "error"] == []
    assert {finding.check for finding in wrong} <= {"portal.meta-column-type"}


GOOD = {
    "SiteName": "云溪县人民政府", "SiteDomain": "www.yunxi.example.gov.cn", "SiteIDCode": "4113250001",
    "ColumnName": "通知公告", "ColumnDescription": "通知", "ColumnKeywords": "通知", "ColumnType": "工作动态",
    "ArticleTitle": "关于停水的通知", "PubDate": "2024-05-06 09:30", "ContentSource": "水利局", "keywords": "小写的",
}  # fmt: skip


def page_with(tags, *, more=""):
    return (
        "".join(f'<meta name="{name}" content="{content}">' for name, content in tags.items()).encode() + more.encode()
    )


@pytest.mark.parametrize(
    ("change", "more", "check"),
    [
        ({}, "", None),
        ({"SiteName": None}, "", "missing"),
        ({"ColumnName": " "}, "", "empty"),
        ({}, '<meta name="ArticleTitle" content="又一个">', "twice"),
        ({}, '<meta name="articletitle" content="又一个">', "twice"),
        ({"ContentSource": None, "contentsource": "水利局"}, "", "spelling"),
        ({"SiteIDCode": "4113250002"}, "", "site-code"),
        ({"SiteDomain": "yunxi.example.gov.cn"}, "", "domain"),
        ({"PubDate": "2024-5-6 9:30"}, "", "pubdate"),
        ({"PubDate": "2017——04——12 21:37"}, "", "pubdate"),
        ({"PubDate": "2024-02-30 09:30"}, "", "pubdate"),
        ({"ColumnType": "别的"}, "", "column-type"),
        ({"Url": "/notices/1/"}, "", "address"),
    ],
)
def test_lint_says_what_is_wrong(change, more, check):
    tags = {name: content for name, content in (GOOD | change).items() if content is not None}
    found = lint_meta(page_with(tags, more=more), "/x/", ARTICLE_PAGE, REGISTERED)
    assert [finding.check.removeprefix("portal.meta-") for finding in found] == ([check] if check else [])
    assert all(finding.message and finding.hint and finding.url == "/x/" for finding in found)


def test_lint_knows_what_belongs_where():
    column_tags = {name: GOOD[name] for name in meta_lint.SITE + meta_lint.COLUMN}
    assert lint_meta(page_with(column_tags), "/", COLUMN_PAGE, Registered()) == []
    assert {found.check for found in lint_meta(page_with(column_tags), "/", PLAIN_PAGE, Registered())} == {
        "portal.meta-misplaced"
    }
    unregistered = page_with(column_tags | {"SiteIDCode": "41132500"})
    assert [found.check for found in lint_meta(unregistered, "/", COLUMN_PAGE, Registered())] == [
        "portal.meta-site-code"
    ]


def locations(client, url):
    response = client.get(url)
    assert response.status_code == 200, url
    body = b"".join(response) if response.streaming else response.content
    return [node.text for node in ElementTree.fromstring(body).iter(f"{MAP}loc")]


def test_the_sitemap_names_every_public_page_once(client, filled, monkeypatch):
    monkeypatch.setattr(feeds, "PER_SITEMAP", 10)
    article(column("/towns/dahe/undecided/"), "不公开的")
    article(column("/notices/"), "草稿", live=False)
    article(column("/services/"), "在线申报", link_url="https://zwfw.yunxi.example.gov.cn/")
    parts = locations(client, "/sitemap.xml")
    assert parts == [f"{ROOT}/sitemap-places.xml", *(f"{ROOT}/sitemap-{n}.xml" for n in (1, 2, 3))]
    named = [url for part in parts for url in locations(client, part.removeprefix(ROOT))]
    live = Page.objects.live().filter(depth__gt=1).exclude(url_path__contains="undecided")
    own = live.exclude(title="在线申报")  # its address only leads elsewhere
    assert sorted(named) == sorted(page.get_full_url() for page in own)
    assert {client.get(url.removeprefix(ROOT)).status_code for url in named} == {200}
    for nothing in ("/sitemap-4.xml", "/sitemap-0.xml", "/sitemap-x.xml"):
        assert client.get(nothing).status_code == 404
    assert f"Sitemap: {ROOT}/sitemap.xml" in client.get("/robots.txt").content.decode()


def test_each_column_has_a_feed(client, filled):
    page = LexborHTMLParser(client.get("/notices/").content)
    address = page.css_first('link[type="application/rss+xml"]').attributes["href"]
    response = client.get(address)
    assert response["Content-Type"].startswith("application/rss+xml")
    channel = ElementTree.fromstring(response.content).find("channel")
    titles = [item.findtext("title") for item in channel.iter("item")]
    assert titles[0] == "关于开展夏季防汛演练的通知", "what the townships announce is gathered"
    assert len(titles) == feeds.PER_FEED
    first = channel.find("item")
    assert first.findtext("link") == first.findtext("guid") == filled["notice"].get_full_url()
    assert first.findtext("pubDate") == "Mon, 06 May 2024 09:30:00 +0800"
    assert "防汛备汛" in first.findtext("description")
    for nothing in ("/rss/towns/dahe/undecided.xml", "/rss/towns/dahe.xml", "/rss/nowhere.xml", "/rss/.xml"):
        assert client.get(nothing).status_code == 404


def test_pages_say_which_address_is_theirs(client, filled):
    for url, one in (
        ("/?utm_source=x", "/"),
        ("/towns/dahe/notices/?page=2&x=1", "/towns/dahe/notices/?page=2"),
        ("/towns/dahe/notices/?page=1", "/towns/dahe/notices/"),
        (filled["notice"].get_url() + "?from=weixin", filled["notice"].get_url()),
    ):
        tree = LexborHTMLParser(client.get(url).content)
        assert [node.attributes["href"] for node in tree.css("link[rel=canonical]")] == [ROOT + one]
    assert not LexborHTMLParser(client.get("/search/?q=x").content).css("link[rel=canonical]")


def test_display_modes_are_set_by_a_form_and_lead_nowhere_else(client, portal):
    answer = client.post("/display/", {"mode": "large", "next": "/notices/?page=1"})
    assert (answer.status_code, answer["Location"]) == (303, "/notices/?page=1")
    assert LexborHTMLParser(client.get("/").content).css_first("html").attributes["class"] == "large"
    client.post("/display/", {"mode": "contrast", "next": "/"})
    assert client.cookies["display"].value == "large.contrast"
    client.post("/display/", {"mode": "large"})
    assert client.cookies["display"].value == "contrast"
    for evil in (
        "//evil.example/",
        "https://evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "\\\\evil",
        "/a\nb",
    ):
        answer = client.post("/display/", {"mode": "nonsense", "next": evil})
        assert answer["Location"] == "/" or answer["Location"].startswith("/a")
    assert client.cookies["display"].value == "contrast", "nonsense changes nothing"
    assert client.get("/display/").status_code == 405
    client.cookies["display"] = 'x.large" onload="alert(1)'
    assert "class" not in LexborHTMLParser(client.get("/").content).css_first("html").attributes


@pytest.mark.parametrize(
    ("url", "away"),
    [
        ("https://www.gov.cn/zhengce/", False), ("http://gov.cn", False), ("http://sub.dept.gov.cn:8080/x", False),
        ("http://notgov.cn/", True), ("http://gov.cn.evil.example/", True), ("https://www.example.com/", True),
        ("http://党建.政务/", False), ("http://政务/", False), ("/notices/", False), ("mailto:a@example.com", False),
        ("#a", False), ("HTTP://EXAMPLE.COM/", True), ("http://[::1", False), ("http://" + "a" * 300, True),
    ],
)  # fmt: skip
def test_which_links_leave(url, away):
    assert leaves(url) is away


def test_links_that_leave_are_marked_without_script(client, portal):
    html = '<p><a href="https://www.example.com/?a=1&amp;b=2">企业</a><a href="https://www.gov.cn/">国务院</a></p>'
    page = article(column("/notices/"), "链接", body=[("paragraph", html), ("legacy", html)])
    links = LexborHTMLParser(client.get(page.get_url()).content).css(".body a")
    assert [(link.text(), "leaving" in (link.attributes.get("class") or "")) for link in links] == [
        ("企业", True), ("国务院", False),
    ] * 2  # fmt: skip
    assert links[0].attributes["href"] == "https://www.example.com/?a=1&b=2"
    assert links[0].attributes["title"] == "站外链接"


def test_a_page_that_is_not_there_is_a_404_with_a_way_on(client, portal):
    for url in ("/nowhere/", "/notices/nowhere/", "/towns/dahe/notices/x/y/", "/towns/dahe/undecided/", "/rss/x.xml"):
        answer = client.get(url)
        assert answer.status_code == 404
        assert b'action="/search/"' in answer.content
    Site.objects.all().delete()
    assert client.get("/nowhere/").status_code == 404


def test_days_in_the_sitemap_are_those_of_publication(client, portal):
    page = article(column("/notices/"), "旧闻")
    Page.objects.filter(pk=page.pk).update(last_published_at=FIRST_DAY - datetime.timedelta(hours=10))
    body = b"".join(client.get("/sitemap-1.xml")).decode()
    assert "<lastmod>2024-05-05</lastmod>" in body
