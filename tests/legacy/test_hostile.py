"""Whatever is asked of an old host: no redirect off the allowed hosts, no error, no header of the asker's making."""

from urllib.parse import urlsplit

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrate.urls import UrlRules, canonical
from tests.legacy.conftest import HOST, PORTAL

PIECES = st.sampled_from(
    ["/", "//", "%e0%80%af", "\\", "/\\",
     "..", "%2e%2e", "%2f", "%5c", "evil.example", "@evil.example", "user:pw@", ":80",
     ":99999", "http://", "https:", "javascript:",
     "?", "&", "=", "#", ";jsessionid=1", "%00", "%0d%0aSet-Cookie:a=1", "%09", "\t",
     "%c0%af", "%f8%88%80%80%80", "%ed%a0%80", "%CD%A8%D6%AA", "%E9%80%9A", "%B9", "%ff%fe", "通知", "（",
     "例子.政务", "xn--mxtq1m", "%", "%zz", "%u901a", " ", "+", "a.html", "A.HTML", "x" * 300,
     "list.asp", "id=1", "%41" * 200, "moved", "leads", "archived", "gone", "open", "file.pdf", "robots.txt"]
)  # fmt: skip
TARGETS = st.lists(PIECES | st.text(st.characters(codec="utf-8"), max_size=6), max_size=8).map("".join)
METHODS = st.sampled_from(["get", "head", "post"])
ODD = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def known(add, portal, document):
    """One address of each outcome, at a name that the strategy makes often."""
    add("/moved", page=portal.live)
    add("/leads", "redirect", target_url="https://www.example.org.cn/%0d%0a//x")
    add("/archived", "archive", warc_file="x.warc.gz", warc_offset=0)
    add("/gone", "gone", title="网上投票", reason="停用")
    add("/open", "undecided")
    add("/file.pdf", document=document, kind="attachment")


def of_a_server(target: str) -> dict[str, str]:
    """Return the request line as a server hands it on (PEP 3333: latin-1 stands for bytes)."""
    raw = target.encode().decode("latin-1")
    path, _mark, query = raw.partition("?")
    return {"RAW_URI": raw, "QUERY_STRING": query, "PATH_INFO": path}


@pytest.mark.parametrize("otherwise", ["", "channel", "archive"])
@pytest.mark.parametrize("raw", [True, False])
def test_no_request_gets_more_than_an_answer(known, site, otherwise, raw):
    site.otherwise, site.append_path, site.target_hosts = otherwise, True, ["www.example.org.cn"]
    site.save()
    client = Client()

    @ODD
    @given(target=TARGETS, method=METHODS)
    def ask(target: str, method: str) -> None:
        sent = of_a_server(f"/{target}")
        if not raw:
            del sent["RAW_URI"]
        response = client.generic(method.upper(), "/", headers={"host": HOST}, **sent)
        b"".join(response)
        assert response.status_code in (200, 301, 302, 400, 404, 405, 410)
        assert all(char.isprintable() for name, value in response.headers.items() for char in name + value)
        assert not response.cookies
        if location := response.headers.get("Location", ""):
            parts = urlsplit(location)
            assert f"{parts.scheme}://{parts.netloc}" in (PORTAL, "https://www.example.org.cn")
            assert "\\" not in location

    ask()


RULES = (
    UrlRules(HOST, frozenset({"dahe.example.gov.cn"}), case_sensitive=False, default_documents=("a.html",)),
    UrlRules(HOST, keep_query=("id",), fold_slash=True),
)


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(
        [HOST, f"{HOST}:8080", f"user:pw@{HOST}", "例子.政务", "xn--fsqu00a.xn--zfr164b", HOST.upper() + "."]
    ),
    TARGETS,
    st.lists(PIECES, min_size=2, max_size=4),
    st.sampled_from(RULES),
)
def test_odd_addresses_have_one_key(host: str, target: str, query: list[str], rules: UrlRules) -> None:
    pairs = [piece.replace("&", "").replace("?", "").replace("#", "") for piece in query]
    path = target.partition("?")[0].partition("#")[0]
    keys = set()
    for order in (pairs, pairs[::-1]):
        try:
            keys.add(canonical(f"http://{host}/{path}?{'&'.join(order)}", rules))
        except ValueError:
            keys.add("")
    (key,) = keys
    assert not key or canonical(key, rules) == key
    assert key.isprintable() and key.isascii()
