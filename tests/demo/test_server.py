import hashlib
import http.client
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from migrate.demo import Answer, LegacyServer, dahe, serve
from tests.demo.client import fetch


@pytest.fixture(scope="module")
def server():
    with serve([dahe()]) as running:
        yield running


def test_serves_what_the_manifest_says(server: LegacyServer) -> None:
    truth = dahe().truth
    files = {file.url: file.sha256 for article in truth.articles for file in article.attachments + article.images}
    for url, digest in files.items():
        status, _headers, body = fetch(server, url)
        if digest:
            assert (status, "sha256:" + hashlib.sha256(body).hexdigest()) == (200, digest), url
        else:
            assert status == 404, url
    for article in truth.articles:
        bodies = {fetch(server, url)[2] for url in (article.url, *article.spellings)}
        assert len(bodies) == 1, "every spelling is the same page"
        assert article.title.encode("gb18030") in bodies.pop()
    for page in truth.lists:
        status, _headers, body = fetch(server, page.url)
        assert status == 200 and page.column[-1].encode("gb18030") in body


def test_serves_every_answer_byte_for_byte(server: LegacyServer) -> None:
    site = dahe()
    for target, answer in site.answers.items():
        status, headers, body = fetch(server, f"http://{site.host}{target}")
        assert (status, body) == (answer.status, answer.body), target
        assert headers["Content-Type"] == dict(answer.headers)["Content-Type"]


def test_dead_links_soft_errors_and_forwards(server: LegacyServer) -> None:
    truth = dahe().truth
    for link in truth.dead_links:
        assert fetch(server, link.url)[0] == 404, link.url
    for link in truth.soft_errors:
        status, _headers, body = fetch(server, link.url)
        text = body.decode("gb18030")
        assert status == 200 and ("您访问的页面不存在" in text or "800a000d" in text)
    for forward in truth.forwards:
        status, headers, body = fetch(server, forward.url)
        if forward.how == "http":
            assert (status, headers["Location"]) == (302, urlsplit(forward.target).path)
        else:
            assert status == 200 and f'content="0;url={urlsplit(forward.target).path}"' in body.decode("gb18030")


def test_unknown_addresses_hosts_and_methods(server: LegacyServer) -> None:
    status, headers, body = fetch(server, "http://www.dahe.example.gov.cn/nothing/here.html")
    assert (status, headers["Content-Type"]) == (404, "text/html")
    assert "您访问的页面不存在" in body.decode("gb18030")
    assert fetch(server, "http://unknown.example.gov.cn/")[0] == 400
    assert fetch(server, "http://www.dahe.example.gov.cn/", method="POST")[0] == 405


def test_scripts_take_forms() -> None:
    def echo(query: Mapping[str, str], form: Mapping[str, str]) -> Answer | None:
        return Answer(200, (), f"{dict(query)} {dict(form)}".encode()) if query else None

    site = replace(dahe(), scripts={"/list.jsp": echo})
    with serve([site]) as running:
        base = f"http://{site.host}"
        got = fetch(running, f"{base}/list.jsp?start=1", "POST", form="col=1&name=%E6%B2%B3&empty=")
        assert got[0] == 200 and got[2].decode() == "{'start': '1'} {'col': '1', 'name': '河', 'empty': ''}"
        assert fetch(running, f"{base}/list.jsp?start=2")[2] == b"{'start': '2'} {}"
        assert fetch(running, f"{base}/list.jsp", "POST", form="a=1")[0] == 404
        assert fetch(running, f"{base}/index.html", "POST", form="a=1")[0] == 405
        assert fetch(running, f"{base}/list.jsp?start=1", "PUT", form="a=1")[0] == 405
    assert running.hits[f"{base}/list.jsp?start=1 col=1&name=%E6%B2%B3&empty="] == 1


def test_head_says_the_same_without_a_body(server: LegacyServer) -> None:
    url = "http://www.dahe.example.gov.cn/uploadfile/file/20160302/yusuan2016.pdf"
    status, headers, body = fetch(server, url, method="HEAD")
    _status, full, content = fetch(server, url)
    assert (status, body) == (200, b"")
    assert headers["Content-Length"] == full["Content-Length"] == str(len(content))


def test_unchanged_file_answers_304(server: LegacyServer) -> None:
    url = "http://www.dahe.example.gov.cn/gzdt/2016/0312/106.html"
    tag = fetch(server, url)[1]["ETag"]
    status, headers, body = fetch(server, url, headers={"If-None-Match": tag})
    assert (status, headers["ETag"], body) == (304, tag, b"")
    assert fetch(server, url, headers={"If-None-Match": '"other"'})[0] == 200


def test_one_connection_carries_many_requests() -> None:
    with serve([dahe()]) as running:
        connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)
        sockets = set()
        for target in ("/", "/nothing", "/robots.txt", "/css/style.css"):
            connection.request("GET", target, headers={"Host": "dahe.example.gov.cn"})
            connection.getresponse().read()
            sockets.add(connection.sock)
        connection.close()
        assert len(sockets) == 1 and None not in sockets


def test_counts_requests_by_host_and_target_as_sent() -> None:
    with serve([dahe()]) as running:
        for _time in range(2):
            fetch(running, "http://www.dahe.example.gov.cn/Show.asp?ID=601")
        fetch(running, "http://www.dahe.example.gov.cn/show.asp?id=601", method="HEAD")
        fetch(running, "http://dahe.example.gov.cn/")
        assert running.hits == {
            "http://www.dahe.example.gov.cn/Show.asp?ID=601": 2,
            "http://www.dahe.example.gov.cn/show.asp?id=601": 1,
            "http://dahe.example.gov.cn/": 1,
        }
        assert running.resolve == dict.fromkeys(
            ("www.dahe.example.gov.cn", "dahe.example.gov.cn"), f"127.0.0.1:{running.port}"
        )


def test_any_callable_can_stand_for_a_host() -> None:
    """A mirror in a folder with an index of original URLs is just a function from target to answer."""
    seen = []

    def mirror(target: str) -> Answer | None:
        seen.append(target)
        return Answer(200, (("Content-Type", "text/html"),), b"kept") if target == "/%D6%D0?a=%B9%AB&b" else None

    with LegacyServer({"old.example.gov.cn": mirror}) as running:
        assert fetch(running, "http://old.example.gov.cn/%D6%D0?a=%B9%AB&b")[::2] == (200, b"kept")
        assert fetch(running, "http://OLD.example.gov.cn//odd/../x?%zz")[0] == 404
    assert seen == ["/%D6%D0?a=%B9%AB&b", "//odd/../x?%zz"]


def test_a_broken_callable_is_a_server_error_not_the_end() -> None:
    def broken(target: str) -> Answer | None:
        if target == "/bad":
            raise ValueError(target)
        return None

    with LegacyServer({"old.example.gov.cn": broken}) as running:
        assert fetch(running, "http://old.example.gov.cn/bad")[0] == 500
        assert fetch(running, "http://old.example.gov.cn/good")[0] == 404


def test_many_clients_at_once_and_a_delay() -> None:
    site = dahe()
    urls = [f"http://{site.host}{target}" for target in site.answers][:60]
    with serve([site], delay=0.05) as running:
        with ThreadPoolExecutor(20) as pool:
            results = list(pool.map(lambda url: fetch(running, url)[0], urls))
        assert set(results) <= {200, 302}
        assert running.hits.total() == 60


def test_closes_with_a_client_still_connected() -> None:
    with serve([dahe()]) as running:
        connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)
        connection.request("GET", "/", headers={"Host": "www.dahe.example.gov.cn"})
        connection.getresponse().read()
    with pytest.raises(OSError):
        http.client.HTTPConnection("127.0.0.1", running.port, timeout=5).request("GET", "/")
    connection.close()
