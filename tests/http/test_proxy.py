"""Proxies of the environment, and what still holds when one stands in between."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from migrate.errors import ShangyiError
from migrate.http import Client
from tests.harvest.oldsite import HOST, OldSite
from tests.http.certificates import Office
from tests.http.oldproxy import SECRET, OldProxy, proxy
from tests.http.test_client import fetch, options

URL = f"http://{HOST}/"


@pytest.fixture
def site() -> Iterator[OldSite]:
    with OldSite().served() as served:
        served.html("/", "home")
        yield served


@pytest.fixture
def between(site: OldSite, monkeypatch: pytest.MonkeyPatch) -> Iterator[OldProxy]:
    with proxy({HOST: site.port, "dahe.example.gov.cn": site.port}) as server:
        monkeypatch.setenv("HTTP_PROXY", server.url)
        monkeypatch.setenv("HTTPS_PROXY", server.url)
        yield server


def test_requests_go_through_the_proxy_and_its_password_no_further(site: OldSite, between: OldProxy) -> None:
    answer = fetch(options(site, resolve={}), URL)
    assert (answer.status, between.asked) == (200, [f"GET {URL} HTTP/1.1"])
    assert answer.request.startswith(b"GET / HTTP/1.1\r\n")  # as the old site got it
    assert b"proxy" not in answer.request.lower()
    assert SECRET not in repr(answer)


def test_https_is_tunnelled_and_judged_at_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, between: OldProxy
) -> None:
    office = Office(tmp_path, monkeypatch)
    with OldSite().served(office.expired()) as secure:
        secure.html("/", "secure")
        between.names[HOST] = ("127.0.0.1", secure.port)
        assert fetch(options(secure, resolve={}), f"https://{HOST}/").error == "tls-expired"
        answer = fetch(options(secure, resolve={}, old_tls=True), f"https://{HOST}/")
    assert (answer.status, set(between.asked)) == (200, {f"CONNECT {HOST}:443 HTTP/1.1"})
    assert b"proxy" not in answer.request.lower() + secure.heads[0].lower()


@pytest.mark.parametrize("word", ["localhost", ".localhost,10.1.2.3", "*"])
def test_no_proxy(site: OldSite, between: OldProxy, monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    between.names["localhost"] = ("127.0.0.1", site.port)
    direct = options(site, resolve={}, allowed=lambda host: host == "localhost")
    assert fetch(direct, "http://localhost/").status == 200
    between.asked.clear()
    monkeypatch.setenv("NO_PROXY", word)
    assert fetch(direct, "http://localhost/").error == "private-address"
    assert not between.asked


def test_a_given_address_is_asked_directly(site: OldSite, between: OldProxy) -> None:
    assert fetch(options(site), URL).status == 200
    assert not between.asked


def test_a_proxy_is_no_way_around_the_rules(site: OldSite, between: OldProxy) -> None:
    everything = options(site, resolve={}, allowed=lambda _host: True)
    for host in ("127.0.0.1", "10.1.2.3", "[::ffff:127.0.0.1]", "169.254.169.254"):
        assert fetch(everything, f"http://{host}:{site.port}/").error == "private-address"
    assert fetch(options(site, resolve={}), "http://other.example/").error == "host-not-allowed"
    assert not between.asked


def test_a_proxy_with_a_name_may_have_a_private_address(
    site: OldSite, between: OldProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", between.url.replace("127.0.0.1", "localhost"))
    assert fetch(options(site, resolve={}), URL).status == 200


def test_a_proxy_that_refuses_is_named(site: OldSite, between: OldProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    between.authorization = "Basic changed"
    for url in (URL, f"https://{HOST}/"):
        answer = fetch(options(site, resolve={}), url)
        assert (answer.status, answer.error) == (0, "proxy")
    monkeypatch.setenv("HTTP_PROXY", f"http://u:{SECRET}@127.0.0.1:9")
    monkeypatch.setenv("HTTPS_PROXY", f"http://u:{SECRET}@127.0.0.1:9")
    for url in (URL, f"https://{HOST}/"):
        answer = fetch(options(site, resolve={}, old_tls=True), url)
        assert answer.error == "proxy"
        assert SECRET not in repr(answer)
    assert not site.counts


@pytest.mark.parametrize("address", ["socks5://u:pr0xy-s3cret@10.0.0.1:1080", "http://", "http://u:pr0xy-s3cret@h:x"])
def test_proxies_that_can_not_be_used(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", address)
    with pytest.raises(ShangyiError, match="HTTPS_PROXY") as caught:
        Client(options(OldSite()))
    assert SECRET not in f"{caught.value} {caught.value.hint} {caught.value.__context__}"


def test_a_proxy_without_scheme(site: OldSite, between: OldProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", between.url.removeprefix("http://"))
    assert fetch(options(site, resolve={}), URL).status == 200
