"""Real servers with bad certificates and old TLS: refused with the reason, or, where allowed, put up with and told."""

import asyncio
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from migrate.http import Client, Response
from tests.harvest.oldsite import HOST, Answer, OldSite
from tests.http.certificates import Office, only_tls_1_0
from tests.http.test_client import options

URL = f"https://{HOST}/"


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    return Office(tmp_path, monkeypatch)


def ask(site: OldSite, *, old_tls: bool, times: int = 1) -> tuple[list[Response], list[tuple[str, str]]]:
    """Return the answers to requests sent at once, and (code, detail) of what was put up with."""

    async def all_at_once() -> tuple[list[Response], list[tuple[str, str]]]:
        async with Client(options(site, old_tls=old_tls, retries=0)) as client:
            answers = await asyncio.gather(*(client.fetch(URL) for _time in range(times)))
            assert all(fault.host == HOST for fault in client.tls_faults)
            return list(answers), [(fault.code, fault.detail) for fault in client.tls_faults]

    return asyncio.run(all_at_once())


def served(context: ssl.SSLContext) -> AbstractContextManager[OldSite]:
    return OldSite(pages={"/": Answer(b"home")}).served(context)


def test_a_good_certificate_needs_no_permission(office: Office) -> None:
    with served(office.good()) as site:
        for old_tls in (False, True):
            [answer], faults = ask(site, old_tls=old_tls)
            assert (answer.status, faults) == (200, [])


@pytest.mark.parametrize(
    ("make", "code", "detail"),
    [
        (Office.expired, "tls-expired", "certificate has expired"),
        (Office.not_yet_valid, "tls-not-yet-valid", "not yet valid"),
        (Office.wrong_host, "tls-wrong-host", HOST),
        (Office.self_signed, "tls-self-signed", "self-signed certificate"),
        (Office.untrusted, "tls-untrusted", "unable to get local issuer certificate"),
    ],
)
def test_bad_certificates(office: Office, make: Callable[[Office], ssl.SSLContext], code: str, detail: str) -> None:
    with served(make(office)) as site:
        [refused], faults = ask(site, old_tls=False)
        assert (refused.status, refused.error, faults) == (0, code, [])
        assert not site.counts
        answers, faults = ask(site, old_tls=True, times=4)
        assert [answer.status for answer in answers] == [200] * 4
        assert [found for found, _words in faults] == [code]  # once, however many met it
        assert detail in faults[0][1]


def test_old_tls(office: Office) -> None:
    with served(only_tls_1_0(office.good())) as site:
        [refused], _faults = ask(site, old_tls=False)
        assert (refused.status, refused.error) == (0, "tls-old")
        [answer], faults = ask(site, old_tls=True)
        assert (answer.status, [code for code, _words in faults]) == (200, ["tls-old"])


def test_old_tls_with_an_expired_certificate_are_two_faults(office: Office) -> None:
    with served(only_tls_1_0(office.expired())) as site:
        answers, faults = ask(site, old_tls=True, times=4)
        assert [answer.status for answer in answers] == [200] * 4
        assert [code for code, _words in faults] == ["tls-old", "tls-expired"]


@dataclass
class Overheard(OldSite):
    """An old site that knows which TLS its visitors spoke."""

    spoken: list[str] = field(default_factory=list)

    def answer(self, path: str, request: BaseHTTPRequestHandler) -> Answer:
        self.spoken.append(request.connection.version())
        return super().answer(path, request)


def test_what_is_sound_stays_demanded(office: Office) -> None:
    """An expired certificate is no reason to speak old TLS; that old TLS is none to take any certificate is above."""
    with Overheard(pages={"/": Answer(b"x")}).served(office.expired()) as site:
        [answer], _faults = ask(site, old_tls=True)
    assert (answer.status, site.spoken) == (200, ["TLSv1.3"])


@contextmanager
def hanging_up() -> Iterator[int]:
    """Serve nobody: each connection is reset as soon as it has said something, as some servers do at a new hello."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _address = listening.accept()
            except OSError:
                return
            connection.recv(2000)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()


def test_servers_that_hang_up_on_new_tls(office: Office) -> None:
    with hanging_up() as port:
        site = OldSite(port=port)
        [refused], faults = ask(site, old_tls=False)
        assert (refused.error, faults) == ("reset", [])
        [refused], faults = ask(site, old_tls=True)
        assert (refused.error, faults) == ("reset", [("tls-old", "ConnectionResetError")])


def test_plain_http_where_tls_should_be() -> None:
    with OldSite(pages={"/": Answer(b"x")}).served() as site:
        [refused], _faults = ask(site, old_tls=True)
        assert (refused.status, refused.error) == (0, "tls-old")
