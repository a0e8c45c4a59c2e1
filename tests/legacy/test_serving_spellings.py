"""Every spelling of an old address, and every trick with one."""

from urllib.parse import quote

import pytest
from django.test import Client

from cms_site.legacy.models import OldSite, UnknownHit
from migrate.urls import canonical
from tests.legacy.conftest import HOST, PORTAL

ROAD = f"{PORTAL}/towns/dahe/notices/road/"


def body(response) -> str:
    return b"".join(response).decode()


# spellings


def test_gbk_and_utf8_escapes_are_one_address(add, ask, portal):
    add("/" + quote("公告") + "/1.html", page=portal.live)
    for encoding in ("utf-8", "gbk"):
        assert ask("/" + quote("公告".encode(encoding)) + "/1.html").status_code == 301, encoding


def test_gbk_escapes_in_the_query(add, ask, portal):
    OldSite.objects.update(keep_query=None)
    add("/list.asp?lm=" + quote("公告"), page=portal.live)
    for encoding in ("utf-8", "gbk"):
        assert ask("/list.asp?lm=" + quote("公告".encode(encoding))).status_code == 301, encoding


@pytest.mark.parametrize("name", ["RAW_URI", "REQUEST_URI"])
def test_the_raw_target_is_believed_where_the_server_gives_it(add, ask, portal, name):
    add("/a%2Fb.html?id=1", page=portal.live)
    assert ask("/a/b.html?id=1", **{name: "/a%2Fb.html?id=1"}).status_code == 301
    assert ask("/a/b.html?id=1").status_code == 404


def test_raw_gbk_bytes_in_the_target(add, ask, portal):
    add("/" + quote("公告") + ".html", page=portal.live)
    assert ask("/x", RAW_URI="/" + "公告".encode("gbk").decode("latin-1") + ".html").status_code == 301


def test_case_is_folded_unless_the_site_says_otherwise(add, ask, portal):
    add("/zwgk/a.html", page=portal.live)
    assert ask("/ZWGK/A.html").status_code == 301
    OldSite.objects.update(case_sensitive=True)
    assert ask("/ZWGK/A.html").status_code == 404
    assert ask("/zwgk/a.html").status_code == 301


def test_only_significant_parameters_count_in_any_order(add, ask, portal):
    add("/show.asp?id=7&page=2", page=portal.live)
    assert ask("/show.asp?page=2&utm=x&id=7").status_code == 301
    assert ask("/show.asp?id=7").status_code == 404
    assert ask("/show.asp?id=8&page=2").status_code == 404
    assert ask("/show.asp").status_code == 404


@pytest.mark.parametrize(
    "host", ["dahe.example.gov.cn", HOST + ":8080", HOST.upper(), HOST + ".", HOST + ".:80", " " + HOST]
)
def test_spellings_of_the_host(add, ask, portal, host):
    add("/a.html", page=portal.live)
    assert ask("/a.html", host=host).status_code == 301


# tricks


@pytest.mark.parametrize(
    "path",
    [
        "/a%0d%0aLocation:%20http://evil.example/",
        "/a%00b",
        "/%0a",
        "/a?x=%0d%0aSet-Cookie:a",
        "/" + "a" * 3000,
        "/%ff%ff%ff",
        "/a%7f",
    ],
)
def test_what_can_be_no_address_is_400(site, ask, path):
    response = ask(path)
    assert response.status_code == 400
    assert "Location" not in response
    assert UnknownHit.objects.count() == 0


@pytest.mark.parametrize("path", ["/a%09b.html", "/a%0bb.html", "/a%7fb.html", "/%FF%FE.html"])
def test_odd_bytes_are_answered_where_the_address_is_known(add, ask, path):
    assert ask(path).status_code == 400
    add(canonical(f"http://{HOST}{path}", OldSite.objects.get().url_rules).removeprefix(f"http://{HOST}"), "gone")
    assert ask(path).status_code == 410


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example/",
        "///evil.example/a.html",
        "/\\evil.example/",
        "/%5cevil.example/",
        "/http://evil.example/",
        "/a.html/../../..//evil.example",
        "/@evil.example/",
        "/?url=http://evil.example/",
        "/a.html%2f..%2f..%2fevil.example",
        "/%252e%252e/%250d%250a",
    ],
)
def test_no_trick_leads_elsewhere(add, ask, portal, path):
    add("/a.html", page=portal.live)
    for extra in ({}, {"RAW_URI": path}):
        response = ask(path, **extra)
        assert response.status_code in (400, 404), extra
        assert "Location" not in response


@pytest.mark.parametrize("host", ["", ":", "[::1]:80", "a" * 5000, "evil.example\0", HOST + ".evil.example"])
def test_odd_hosts_are_no_old_hosts(add, portal, host):
    add("/a.html", page=portal.live)
    response = Client().get("/a.html", headers={"host": host})
    assert "Location" not in response


def test_titles_and_reasons_are_escaped(add, ask):
    add("/a.html", "gone", title="<script>x()</script>", reason='"><img src=x onerror=y()>')
    add("/b.html", "undecided", title='"><script>x()</script>')
    for path in ("/a.html", "/b.html"):
        text = body(ask(path))
        assert "<script" not in text
        assert "<img" not in text
        assert "default-src 'none'" in ask(path)["Content-Security-Policy"]


@pytest.mark.parametrize(
    "target",
    [
        "http://evil.example\\@www.yunxi.example.gov.cn/",  # browsers end the host at the backslash
        "http://www.yunxi.example.gov.cn@evil.example/",
        "http://user@www.yunxi.example.gov.cn/x",
        "//evil.example/",
        "/\\evil.example/",
        "javascript:alert(1)",
    ],
)
def test_a_target_that_browsers_may_read_otherwise_is_never_served(add, ask, target):
    add("/a.html", "redirect", target_url=target)
    assert ask("/a.html").status_code == 404
