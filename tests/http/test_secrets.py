"""What opens a protected site: sent where it belongs, kept nowhere. And cookies: off until a page needs one."""

import asyncio
from collections.abc import Iterator

import pytest

from migrate.errors import ShangyiError
from migrate.http import Client, Credentials, Response
from tests.harvest.oldsite import HOST, Answer, OldSite
from tests.http.test_client import fetch, options

URL = f"http://{HOST}/"
LOGIN = "Basic Y2xlcms6czNjcmV0"
"""clerk:s3cret"""


@pytest.fixture
def site() -> Iterator[OldSite]:
    with OldSite().served() as served:
        served.html("/", "home")
        yield served


def sent(site: OldSite, name: str) -> list[str]:
    """Return the values of a header in all requests that the site got."""
    lines = [line for head in site.heads for line in head.decode().splitlines()]
    return [line.partition(": ")[2] for line in lines if line.startswith(f"{name}: ")]


def login(monkeypatch: pytest.MonkeyPatch, home: str = URL) -> Credentials:
    monkeypatch.setenv("SHANGYI_AUTH_DA_HE", "clerk:s3cret")
    monkeypatch.setenv("SHANGYI_COOKIE_DA_HE", "ticket=t1cket")
    found = Credentials.from_environment("da-he", home)
    assert found is not None
    assert "cret" not in repr(found) and "t1cket" not in repr(found)
    return found


def test_credentials_come_from_the_environment_and_reach_the_site(
    site: OldSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.pages["/"] = Answer(b"x", headers={"Set-Cookie": "ticket=t1cket; path=/", "X-Other": "1"})
    answer = fetch(options(site, credentials=login(monkeypatch)), URL)
    assert (sent(site, "Authorization"), sent(site, "Cookie")) == ([LOGIN], ["ticket=t1cket"])
    assert b"Authorization: (not kept)\r\n" in answer.request and b"Cookie: (not kept)\r\n" in answer.request
    assert answer.header("Set-Cookie") == "(not kept)" and answer.header("X-Other") == "1"
    for secret in ("s3cret", "t1cket", LOGIN.split()[1]):
        assert secret not in repr(answer)


@pytest.mark.parametrize("home", [f"https://{HOST}/", f"http://{HOST}:8080/"])
def test_credentials_go_to_the_origin_of_the_home_page_only(
    site: OldSite, monkeypatch: pytest.MonkeyPatch, home: str
) -> None:
    """Never in the clear where the site has TLS, never to another service on another port."""
    assert fetch(options(site, credentials=login(monkeypatch, home)), URL).status == 200
    assert not sent(site, "Authorization") and not sent(site, "Cookie")


def test_no_credentials_without_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHANGYI_AUTH_OTHER", "a:b")
    assert Credentials.from_environment("dahe", URL) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("AUTH", "s3cret"), ("COOKIE", "s3cret"), ("COOKIE", "a=s3cret\r\nX: y"), ("COOKIE", "a=秘密s3cret")],
)
def test_credentials_that_can_not_be_sent(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"SHANGYI_{name}_DAHE", value)
    with pytest.raises(ShangyiError, match=f"SHANGYI_{name}_DAHE") as caught:
        Credentials.from_environment("dahe", URL)
    assert "s3cret" not in f"{caught.value} {caught.value.hint}"


def gate(path: str, *, cookie: str = "ASPSESSIONID=abc; path=/") -> "Answer":
    return Answer(status=302, headers={"Location": path, "Set-Cookie": cookie})


def guarded(site: OldSite) -> Answer:
    """Send everybody round who brings no cookie."""
    with_cookie = b"Cookie: ASPSESSIONID=abc" in site.heads[-1]
    return Answer(b"<p>shown</p>") if with_cookie else gate("/a.asp?id=1")


def fetch_all(site: OldSite, *urls: str) -> list[Response]:
    async def one_after_the_other() -> list[Response]:
        async with Client(options(site, retries=0)) as client:
            return [await client.fetch(url) for url in urls]

    return asyncio.run(one_after_the_other())


def test_a_page_that_redirects_to_itself_gets_its_cookie_back(site: OldSite) -> None:
    site.pages["/a.asp?id=1"] = guarded
    page = URL + "a.asp?id=1"
    answers = fetch_all(site, URL, page, URL, page)
    assert [answer.status for answer in answers] == [200, 200, 200, 200]
    assert answers[1].body == b"<p>shown</p>"
    assert site.counts["/a.asp?id=1"] == 3  # round once; from then on the cookie goes along
    assert len(sent(site, "Cookie")) == 3
    assert b"Cookie: (not kept)" in answers[1].request


def test_cookies_are_off_otherwise(site: OldSite) -> None:
    site.pages["/set"] = Answer(b"x", headers={"Set-Cookie": "a=1"})
    site.pages["/go"] = gate("/", cookie="a=1")
    answers = fetch_all(site, URL + "set", URL + "go", URL)
    assert [answer.status for answer in answers] == [200, 302, 200]
    assert not sent(site, "Cookie")


def test_a_loop_that_no_cookie_ends_is_given_back(site: OldSite) -> None:
    site.pages["/same"] = gate("/same")
    site.pages["/new"] = lambda served: gate("/new", cookie=f"n={served.counts['/new']}")
    site.pages["/bare"] = Answer(status=302, headers={"Location": "/bare"})
    answers = fetch_all(site, URL + "same", URL + "new", URL + "bare")
    assert [answer.status for answer in answers] == [302, 302, 302]
    assert site.counts == {"/same": 2, "/new": 2, "/bare": 1}


def test_cookies_are_bounded(site: OldSite) -> None:
    def hoard(served: OldSite) -> Answer:
        number = served.counts["/hoard"]
        many = b"".join(b"Set-Cookie: c%d-%d=%s\r\n" % (number, n, b"x" * 100) for n in range(60))
        huge = b"Set-Cookie: huge=" + b"x" * 5000 + b"\r\nSet-Cookie: odd=\xb9\xab\r\nSet-Cookie: bare\r\n"
        head = b"HTTP/1.1 302 Found\r\nLocation: /hoard\r\nContent-Length: 0\r\n"
        return Answer(raw=head + many + huge + b"\r\n")

    site.pages["/hoard"] = hoard
    fetch_all(site, URL + "hoard", URL + "hoard")
    cookies = sent(site, "Cookie")
    assert len(cookies) == 3
    assert all(len(cookie.split("; ")) == 20 and len(cookie) < 3000 for cookie in cookies)
