"""What one server may cost: time, headers, addresses. And servers of other times: HTTP/1.0, connections that close."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

import pytest

import migrate.http.client
from migrate.http import Client, Response
from migrate.http.client import MAX_HEADER, MAX_HEADERS
from migrate.http.hours import BEIJING, parse_hours
from migrate.http.resolver import PrivateAddress, Resolver, is_private
from tests.harvest.oldsite import HOST, Answer, OldSite
from tests.http.test_client import fetch, options

URL = f"http://{HOST}/"


@pytest.fixture
def site() -> Iterator[OldSite]:
    with OldSite().served() as served:
        served.html("/", "home")
        yield served


@contextmanager
def dripping(head: bytes, drop: bytes) -> Iterator[OldSite]:
    """Send the head at once, then a drop again and again."""
    listening = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def drip(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(2000)
            connection.sendall(head)
            while not over.wait(0.02):
                connection.sendall(drop)

    def serve() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=drip, args=[listening.accept()[0]]).start()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield OldSite(port=listening.getsockname()[1])
    finally:
        over.set()
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a second in all, of five seconds in which a silent server would be given up."""
    monkeypatch.setattr(migrate.http.client, "_PATIENCE", 0.1)


@pytest.mark.usefixtures("short_patience")
def test_a_dripping_body_is_given_up(site: OldSite) -> None:
    with dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b"x") as slow:
        answer = fetch(options(slow, timeout=5.0), URL)
    assert (answer.status, answer.error) == (200, "too-slow")
    assert 0 < len(answer.body) < 10_000


@pytest.mark.usefixtures("short_patience")
def test_a_dripping_head_is_given_up(site: OldSite) -> None:
    with dripping(b"HTTP/1.1 200 OK\r\nX-Long: ", b"x") as slow:
        assert fetch(options(slow, timeout=5.0, retries=0), URL).error == "timeout"


def test_headers_are_bounded(site: OldSite) -> None:
    line = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"
    site.pages["/many"] = Answer(raw=line + b"".join(b"X-%d: 1\r\n" % n for n in range(MAX_HEADERS + 50)) + b"\r\n")
    site.pages["/long"] = Answer(raw=line + b"X-Long: " + b"x" * (MAX_HEADER + 50) + b"\r\n\r\n")
    site.pages["/fair"] = Answer(raw=line + b"X-Long: " + b"x" * 30_000 + b"\r\n\r\n")
    for path in ("many", "long"):
        assert fetch(options(site), URL + path).error == "bad-response"
    assert fetch(options(site), URL + "fair").status == 200


@pytest.mark.parametrize(
    "address",
    ["::ffff:10.0.0.1", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2002:c0a8:1::1",
     "fec0::1", "fd00::1", "::1", "::", "0.0.0.0", "100.64.0.1", "224.0.0.1", "255.255.255.255", "198.18.0.1"],
)  # fmt: skip
def test_private_addresses_in_all_wrappings(address: str) -> None:
    assert is_private(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1", "2400:3200::1"]
)
def test_public_addresses(address: str) -> None:
    assert not is_private(address)


def test_names_that_lead_to_private_addresses(site: OldSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """aiohttp connects to what the resolver returns; DNS is not asked a second time, when it may say something else."""
    replies = [["127.0.0.1"], ["8.8.8.8", "127.0.0.1", "10.0.0.1"]]
    asked: list[str] = []

    def lookup(host: str, port: int, *_more: object) -> list[tuple[object, ...]]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in replies.pop(0)]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)

    async def addresses() -> list[str]:
        with pytest.raises(PrivateAddress):
            await Resolver({}, frozenset()).resolve("rebinding.example", 80)
        return [found["host"] for found in await Resolver({}, frozenset()).resolve("rebinding.example", 80)]

    assert asyncio.run(addresses()) == ["8.8.8.8"]
    assert asked == ["rebinding.example"] * 2


def test_a_name_that_leads_to_this_machine_is_not_contacted(site: OldSite) -> None:
    answer = fetch(options(site, resolve={}, allowed=lambda _host: True), f"http://localhost:{site.port}/")
    assert (answer.error, sum(site.counts.values())) == ("private-address", 0)


def test_hosts_in_chinese(site: OldSite) -> None:
    chinese = options(site, allowed=lambda host: host == "xn--mxtq1m.xn--zfr164b", resolve={"政府.政务": site.address})
    assert fetch(chinese, "http://xn--mxtq1m.xn--zfr164b/").status == 200
    assert b"Host: xn--mxtq1m.xn--zfr164b\n" in site.heads[0]


def test_http_1_0_and_servers_that_close(site: OldSite) -> None:
    site.pages["/old"] = Answer(raw=b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<p>until the end</p>")
    site.pages["/close"] = Answer(b"x", headers={"Connection": "close"})

    async def alternately() -> list[Response]:
        async with Client(options(site, retries=0)) as client:
            return [await client.fetch(URL + path) for path in ("old", "", "close", "", "old", "close", "")]

    answers = asyncio.run(alternately())
    assert [(answer.status, answer.error) for answer in answers] == [(200, "")] * 7
    assert (answers[0].version, answers[0].body) == ("1.0", b"<p>until the end</p>")


def test_connections_are_used_again(site: OldSite) -> None:
    async def many() -> None:
        async with Client(options(site, concurrency=2)) as client:
            for _round in range(5):
                await asyncio.gather(*(client.fetch(URL) for _request in range(4)))

    connections: set[tuple[str, int]] = set()

    class Counted(OldSite):
        def answer(self, path: str, request: object) -> Answer:  # type: ignore[override]
            connections.add(request.client_address)  # type: ignore[attr-defined]
            return Answer(b"x")

    with Counted().served() as site:
        asyncio.run(many())
    assert sum(site.counts.values()) == 20
    assert len(connections) <= 2


def test_a_refusal_slows_down(site: OldSite) -> None:
    site.pages["/busy"] = Answer(status=429)

    async def rates() -> tuple[float, float, float]:
        async with Client(options(site, rate=50, retries=0)) as client:
            before = client.rate
            await client.fetch(URL + "busy")
            once = client.rate
            client.limit_rate(10)
            return before, once, client.rate

    assert asyncio.run(rates()) == (pytest.approx(50), pytest.approx(25), pytest.approx(5))


def test_outside_the_hours_nothing_is_asked(site: OldSite, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [datetime(2026, 11, 21, 19, 0, tzinfo=BEIJING)]
    monkeypatch.setattr(migrate.http.client, "_LOOK_AT_THE_CLOCK", 0.001)
    settings = options(site, hours=parse_hours("20:00-07:00"), now=lambda: clock[0])

    async def evening() -> tuple[datetime | None, int, int, int]:
        async with Client(settings) as client:
            asking = [asyncio.ensure_future(client.fetch(URL)) for _request in range(3)]
            await asyncio.sleep(0.1)
            until, before = client.closed_until, site.counts["/"]
            clock[0] += timedelta(hours=1)
            await asyncio.gather(*asking)
            evening = site.counts["/"]
            clock[0] += timedelta(hours=11)  # morning
            late = asyncio.ensure_future(client.fetch(URL))
            await asyncio.sleep(0.1)
            late.cancel()
            return until, before, evening, site.counts["/"]

    assert asyncio.run(evening()) == (datetime(2026, 11, 21, 20, 0, tzinfo=BEIJING), 0, 3, 3)


def test_what_is_under_way_when_the_hours_end_is_finished(site: OldSite) -> None:
    clock = [datetime(2026, 11, 21, 6, 59, tzinfo=BEIJING)]

    def morning(_served: OldSite) -> Answer:
        clock[0] += timedelta(minutes=2)
        return Answer(b"whole" * 1000, chunked=True)

    site.pages["/"] = morning
    answer = fetch(options(site, hours=parse_hours("20:00-07:00"), now=lambda: clock[0]), URL)
    assert (answer.status, answer.body) == (200, b"whole" * 1000)


def test_who_asks_is_told() -> None:
    def agent(contact: str) -> tuple[str, str]:
        settings = options(OldSite(), contact=contact)
        return settings.user_agent.partition(" ")[2], settings.mailbox

    assert agent("0377-12345678 web@yunxi.example.gov.cn") == (
        "(archiving this site before it is closed; 0377-12345678 web@yunxi.example.gov.cn)", "web@yunxi.example.gov.cn"
    )  # fmt: skip
    assert agent("县府办（信息科）\r\nX: y (0377\\)")[0] == "(archiving this site before it is closed; X: y 0377)"
    assert agent("") == agent("县府办") == ("(archiving this site before it is closed)", "")
