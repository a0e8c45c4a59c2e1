import asyncio
import gzip
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from migrate.errors import UsageError
from migrate.http import Client, ClientOptions, Response
from migrate.http.exchange import retry_after
from migrate.http.resolver import Resolver, is_private, parse_resolve
from migrate.http.robots import Robots
from tests.harvest.oldsite import HOST, Answer, OldSite


@pytest.fixture
def site() -> Iterator[OldSite]:
    with OldSite().served() as served:
        yield served


def options(site: OldSite, **more: object) -> ClientOptions:
    settings: dict[str, object] = {
        "allowed": lambda host: host.endswith("dahe.example.gov.cn"),
        "rate": 0,
        "timeout": 30.0,
        "backoff": 0.0,
        "resolve": {HOST: site.address},
    }
    return ClientOptions(**(settings | more))  # type: ignore[arg-type]


def fetch(settings: ClientOptions, url: str, **more: object) -> Response:
    async def one() -> Response:
        async with Client(settings) as client:
            return await client.fetch(url, **more)  # type: ignore[arg-type]

    return asyncio.run(one())


def test_an_answer_as_sent(site: OldSite) -> None:
    packed = gzip.compress("公告".encode() * 100)
    site.pages["/a.html?k=%B9%AB"] = Answer(packed, headers={"Content-Encoding": "gzip", "x-Odd": "\xb9\xab"})
    response = fetch(options(site, contact="office@example.gov.cn"), f"http://{HOST}/a.html?k=%B9%AB")
    assert (response.status, response.reason, response.version, response.error) == (200, "OK", "1.1", "")
    assert response.body == packed
    assert (b"x-Odd", b"\xb9\xab") in response.raw_headers
    assert response.header("content-encoding") == "gzip"
    asked = site.heads[0].decode().splitlines()
    kept = response.request.decode().splitlines()
    assert kept[0] == asked[0] == "GET /a.html?k=%B9%AB HTTP/1.1"
    assert sorted(kept[1:]) == sorted(asked[1:])
    assert f"Host: {HOST}" in kept
    assert "From: office@example.gov.cn" in kept


def test_chunked_is_undone_and_the_header_kept(site: OldSite) -> None:
    site.pages["/c"] = Answer(b"x" * 1050, chunked=True)
    response = fetch(options(site), f"http://{HOST}/c")
    assert response.body == b"x" * 1050
    assert response.header("Transfer-Encoding") == "chunked"


def test_redirects_are_answers(site: OldSite) -> None:
    site.pages["/old"] = Answer(status=302, headers={"Location": "/new"})
    response = fetch(options(site), f"http://{HOST}/old")
    assert (response.status, response.header("location")) == (302, "/new")
    assert not site.counts["/new"]


def test_other_hosts_are_never_contacted(site: OldSite) -> None:
    for url in (f"http://127.0.0.1:{site.port}/", f"http://other.example.gov.cn:{site.port}/", f"http://{HOST}x/"):
        assert fetch(options(site), url).error == "host-not-allowed"
    assert not site.counts


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "10.1.2.3", "[::1]", "169.254.1.1", "192.168.0.9"])
def test_private_addresses_are_refused(site: OldSite, host: str) -> None:
    settings = options(site, allowed=lambda _host: True)
    assert fetch(settings, f"http://{host}:{site.port}/").error == "private-address"
    assert not site.counts


def test_a_private_address_that_was_given(site: OldSite) -> None:
    site.html("/", "here")
    settings = options(site, allowed=lambda _host: True, resolve={"10.1.2.3": site.address})
    assert fetch(settings, "http://10.1.2.3/").status == 200
    assert b"Host: 10.1.2.3\n" in site.heads[0].replace(b"\r", b"")


@pytest.mark.parametrize(
    "url", ["http://", "ftp://www.dahe.example.gov.cn/", f"http://{HOST}:99999/", f"http://{HOST}/公"]
)
def test_bad_urls(site: OldSite, url: str) -> None:
    assert fetch(options(site), url).error == "bad-url"


def test_errors_come_and_go(site: OldSite) -> None:
    def flaky(served: OldSite) -> Answer:
        return Answer(b"fine") if served.counts["/flaky"] > 2 else Answer(status=503)

    site.pages["/flaky"] = flaky
    site.pages["/down"] = Answer(b"no", status=500)
    site.pages["/gone"] = Answer(b"no", status=404)
    site.pages["/reset"] = Answer(raw=b"")
    assert fetch(options(site), f"http://{HOST}/flaky").body == b"fine"
    assert fetch(options(site), f"http://{HOST}/down").status == 500
    assert fetch(options(site), f"http://{HOST}/gone").status == 404
    assert fetch(options(site), f"http://{HOST}/reset").error == "reset"
    assert site.counts.pop("/reset") >= 3  # aiohttp itself asks again where a kept connection was closed
    assert site.counts == {"/flaky": 3, "/down": 3, "/gone": 1}


def test_truncated_and_too_large(site: OldSite) -> None:
    site.pages["/cut"] = Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it")
    site.pages["/big"] = Answer(b"x" * 5000)
    site.pages["/endless"] = Answer(b"x" * 5000, chunked=True)
    cut = fetch(options(site, retries=0), f"http://{HOST}/cut")
    assert (cut.status, cut.error, cut.body) == (200, "truncated", b"half of it")
    for path in ("/big", "/endless"):
        large = fetch(options(site, max_bytes=1000), f"http://{HOST}{path}")
        assert (large.error, len(large.body) <= 1000) == ("too-large", True)


def test_silence_and_refusal(site: OldSite) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        settings = options(site, timeout=0.1, retries=0, resolve={HOST: f"127.0.0.1:{mute.getsockname()[1]}"})
        assert fetch(settings, f"http://{HOST}/").error == "timeout"
        free = mute.getsockname()[1]
    settings = options(site, retries=0, resolve={HOST: f"127.0.0.1:{free}"})
    assert fetch(settings, f"http://{HOST}/").error == "refused"


def test_the_client_keeps_its_pace(site: OldSite) -> None:
    async def many() -> tuple[int, float]:
        began = time.monotonic()
        async with Client(options(site, rate=20)) as client:
            asking = [asyncio.ensure_future(client.fetch(f"http://{HOST}/{n}")) for n in range(200)]
            await asyncio.sleep(0.5)
            seen, took = sum(site.counts.values()), time.monotonic() - began
            for task in asking:
                task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)
        return seen, took

    # At 20 a second, half a second lets eleven through; a slow machine fewer, never more.
    seen, took = asyncio.run(many())
    assert 1 <= seen <= 1 + 20 * took


def test_retry_after() -> None:
    def asked(value: str) -> float:
        return retry_after(Response("http://x/", 429, raw_headers=((b"Retry-After", value.encode()),)))

    assert asked("7") == 7
    assert asked("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert asked("Wed, 21 Oct 2065 07:28:00 GMT") > 1e9
    assert asked("soon") == asked("") == asked("-5") == 0
    assert asked("9" * 400) > 1e9
    assert asked("Wed, 21 Oct 2015 99999999999999999999:28:00 GMT") == 0


@pytest.mark.parametrize("value", [b"\xb2", b"\xb9\xb2\xb3", b"9" * 400, b"-1"])
def test_a_senseless_retry_after_costs_no_run(site: OldSite, value: bytes) -> None:
    raw = b"HTTP/1.1 503 Busy\r\nRetry-After: " + value + b"\r\nContent-Length: 0\r\n\r\n"
    site.pages["/busy"] = Answer(raw=raw)
    assert fetch(options(site), f"http://{HOST}/busy").status == 503


@pytest.mark.parametrize("host", ["2130706433", "127.1", "0x7f000001", "127.0.0.0x1", "1.2.3.4.5", "999.1.1.1"])
def test_addresses_that_only_the_c_library_takes(site: OldSite, host: str) -> None:
    assert fetch(options(site, allowed=lambda _host: True), f"http://{host}/").error == "bad-url"


def test_resolve_words() -> None:
    assert parse_resolve("10.1.2.3:8080") == ("10.1.2.3", 8080)
    assert parse_resolve("10.1.2.3") == ("10.1.2.3", 0)
    assert parse_resolve("[::1]:81") == ("::1", 81)
    assert parse_resolve("::1") == ("::1", 0)
    for text in ("", "host", "10.1.2.3:x", "http://10.1.2.3", "127.0.0.1:99999999", "127.0.0.1:-1"):
        with pytest.raises(UsageError):
            parse_resolve(text)
    with pytest.raises(UsageError):
        Resolver({"xn--政府": "10.1.2.3"}, frozenset())
    assert is_private("fe80::1%eth0")
    assert not is_private("8.8.8.8")


def test_robots() -> None:
    text = b"User-agent: *\nDisallow: /admin/\n\nUser-agent: shangyi\nDisallow: /private/"
    rules = Robots(Response("u", 200), text)
    assert rules.allowed(f"http://{HOST}/admin/x")
    assert not rules.allowed(f"http://{HOST}/private/x")
    assert Robots(Response("u", 404), text).allowed(f"http://{HOST}/private/x")
    assert Robots(Response("u", 200), b" <html>Disallow: /").allowed(f"http://{HOST}/")


@pytest.mark.parametrize(
    ("lines", "rate"),
    [
        ("", 0),
        ("Crawl-delay: 5", 0.2),
        ("Crawl-delay: 0.5\nRequest-rate: 1/4s", 0.25),
        ("Request-rate: 30/1m", 0.5),
        ("Crawl-delay: 0", 0),
        ("Crawl-delay: -3", 0),
        ("Crawl-delay: nan", 0),
        ("Crawl-delay: inf", 0),
        ("Crawl-delay: soon\nRequest-rate: often", 0),
        ("Crawl-delay: 1e300", 1 / 86400),
        ("Request-rate: 1/" + "9" * 4000, 1 / 86400),
    ],
)
def test_the_rate_that_robots_txt_asks_for(lines: str, rate: float) -> None:
    rules = Robots(Response("u", 200), f"User-agent: *\n{lines}\nDisallow: /x\n".encode())
    assert rules.rate == pytest.approx(rate)
    assert Robots(Response("u", 200), f"User-agent: other\n{lines}".encode()).rate == 0


def test_importing_is_cheap() -> None:
    code = "import sys, migrate.http, migrate.archive.reading; print('aiohttp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
