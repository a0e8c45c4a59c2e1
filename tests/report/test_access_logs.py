"""Access logs of every server that old sites ran on, and lines that their visitors made up."""

import gzip
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.errors import ShangyiError
from migrate.report import access_logs
from migrate.report.access_logs import LONGEST_LINE, LineParser, LogCount, Tally, count_log, count_logs
from migrate.urls import UrlRules

HOST = "www.dahe.example.gov.cn"
_ALIASES = frozenset({"dahe.example.gov.cn"})
RULES = UrlRules(HOST, _ALIASES, case_sensitive=False, keep_query=("id",), default_documents=("index.html",))
AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36"


def line(request: str = "GET /a.html HTTP/1.1", status: int = 200, agent: str = AGENT, before: str = "") -> str:
    return f'{before}10.0.0.1 - - [12/Mar/2015:08:30:00 +0800] "{request}" {status} 5120 "-" "{agent}"\n'


@pytest.fixture
def tally() -> Iterator[Tally]:
    found = Tally()
    yield found
    found.close()


@pytest.fixture
def count(tmp_path: Path, tally: Tally) -> Callable[..., LogCount]:
    """Return a function that writes a log and counts it."""

    def run(text: str | bytes, name: str = "access.log", seen: dict[int, str] | None = None) -> LogCount:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return count_log(path, RULES, seen or {}, tally)

    return run


def hits(tally: Tally) -> dict[str, int]:
    return {url.removeprefix(f"http://{HOST}"): number for url, number in tally}


IIS = """#Software: Microsoft Internet Information Services 6.0
#Version: 1.0
#Date: 2015-03-12 00:30:00
#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus
2015-03-12 00:30:00 10.0.0.9 GET /show.asp id=12&t=1 80 - 10.0.0.1 Mozilla/4.0+(compatible;+MSIE+6.0) 200 0
2015-03-12 00:30:01 10.0.0.9 GET /files/my+form.doc - 80 - 10.0.0.1 Mozilla/4.0+(compatible;+MSIE+6.0) 200 0
2015-03-12 00:30:02 10.0.0.9 GET /gone.asp - 80 - 10.0.0.1 Mozilla/4.0+(compatible;+MSIE+6.0) 404 0
#Fields: cs-method cs-uri-stem cs-uri-query sc-status
GET /show.asp id=12 304
"""


def test_nginx_and_apache(count, tally):
    combined = line() + line("GET /A.HTML?x=1 HTTP/1.0", 304) + line("GET /show.asp?ID=7&t=2 HTTP/1.1")
    common = '10.0.0.1 - 张三 [12/Mar/2015:08:30:00 +0800] "GET /index.html HTTP/1.1" 200 -\n'
    with_host = line(before=f"{HOST}:80 ") + line(before="dahe.example.gov.cn ")
    behind = line().rstrip("\n") + ' "203.0.113.9" 0.004\n'
    found = count(combined + common + with_host + behind)
    assert hits(tally) == {"/a.html": 5, "/": 1, "/show.asp?id=7": 1}
    assert found.counts == {"hits": 7}


def test_iis_and_fields_that_change_midway(count, tally):
    found = count(IIS.replace("\n", "\r\n"))
    assert hits(tally) == {"/show.asp?id=12": 2, "/files/my%20form.doc": 1}
    assert found.counts == {"directive": 5, "failed": 1, "hits": 3}


PATH = "/大河.html"
KEY = {"/%E5%A4%A7%E6%B2%B3.html": 1}


@pytest.mark.parametrize("raw", [PATH.encode("gbk"), PATH.encode()])
def test_raw_chinese_bytes_are_one_address(count, tally, raw):
    count(line("GET @ HTTP/1.1").encode().replace(b"@", raw))
    assert hits(tally) == KEY


@pytest.mark.parametrize(
    "written",
    [
        "/%B4%F3%BA%D3.html",
        "/%e5%a4%a7%e6%b2%b3.html",
        "/\\xB4\\xF3\\xBA\\xD3.html",
        "/\\xe5\\xa4\\xa7\\xe6\\xb2\\xb3.html",
    ],
)
def test_escaped_chinese_bytes_are_one_address(count, tally, written):
    count(line(f"GET {written} HTTP/1.1"))
    assert hits(tally) == KEY


def test_iis_writes_gbk_paths(count, tally):
    head = "#Fields: cs-method cs-uri-stem cs-uri-query sc-status\n"
    count(head.encode() + b"GET " + PATH.encode("gbk") + b" - 200\n")
    assert hits(tally) == KEY


def test_noise_is_left_out_and_told(count, tally):
    text = (
        line()
        + line(agent="Baiduspider/2.0")
        + line("GET /images/logo.gif HTTP/1.1")
        + line("GET /wp-login.php HTTP/1.1")
        + line("POST /a.html HTTP/1.1")
        + line("HEAD /a.html HTTP/1.1")
        + line("GET /dead.html HTTP/1.1", 404)
        + line("GET /broken.asp HTTP/1.1", 500)
        + line(before="www.other.example.gov.cn:80 ")
        + line("GET http://www.elsewhere.example/ HTTP/1.1")
        + line(f"GET http://{HOST}:8080/a.html HTTP/1.1")
        + "what is this\n\n"
    )
    found = count(text)
    assert hits(tally) == {"/a.html": 2}
    assert found.counts == {
        "hits": 2, "robot": 1, "noise": 2, "method": 2, "failed": 2, "foreign": 2, "malformed": 1, "directive": 1
    }  # fmt: skip


# compressed, again, grown


def test_gzipped_by_its_bytes_and_in_several_members(count, tally):
    data = gzip.compress(line().encode()) + gzip.compress(line("GET /b.html HTTP/1.1").encode())
    assert count(data, "access.log-20150312").counts == {"hits": 2}
    assert hits(tally) == {"/a.html": 1, "/b.html": 1}


def test_a_torn_gzip_counts_as_far_as_it_goes(count, tally):
    text = "".join(line(f"GET /{number}.html?{'x' * (number % 97)} HTTP/1.1") for number in range(2000))
    data = gzip.compress(text.encode())
    found = count(data[: len(data) * 2 // 3])
    assert found.torn
    assert 0 < found.counts["hits"] < 2000


@pytest.mark.parametrize("end", ["\n", ""])
def test_the_same_log_never_counts_twice(count, tally, end):
    text = (line() * 3).rstrip("\n") + end
    first = count(text)
    seen = {first.size: first.digest}
    again = count(gzip.compress(text.encode()), "access.log.1.gz", seen)
    assert (again.digest, again.follows, again.counts.get("hits", 0)) == (first.digest, first.digest, 0)
    assert hits(tally) == {"/a.html": 3}


@pytest.mark.parametrize("cut", [0, 7, 60, 200, 330])
def test_a_log_that_has_grown_counts_from_where_it_ended(count, tally, cut):
    text = line() + line("GET /b.html HTTP/1.1") + line("GET /c.html HTTP/1.1")
    first = count(text[:cut])
    before = hits(tally)
    grown = count(text, seen={first.size: first.digest})
    assert sum(hits(tally).values()) in (2, 3)  # the line that was cut in two may count with neither
    assert set(before.values()) <= {1} and set(hits(tally).values()) == {1}
    assert grown.size == len(text)


def test_a_log_of_the_same_length_is_another_log(count, tally):
    first = count(line("GET /a.html HTTP/1.1"))
    count(line("GET /b.html HTTP/1.1"), seen={first.size: first.digest})
    assert hits(tally) == {"/a.html": 1, "/b.html": 1}


def test_the_same_log_twice_among_several_counts_once(tmp_path, tally):
    for name in ("a.log", "b.log"):
        (tmp_path / name).write_text(line())
    found = list(count_logs([tmp_path / "a.log", tmp_path / "b.log"], RULES, {}, tally))
    assert [item.counts.get("hits", 0) for item in found] == [1, 0]


def test_a_file_that_is_not_there_is_told(tmp_path, tally):
    for path in (tmp_path / "none.log", tmp_path):
        with pytest.raises(ShangyiError) as error:
            count_log(path, RULES, {}, tally)
        assert error.value.hint


# hostile


@pytest.mark.parametrize(
    "text",
    [
        line("GET /" + "a" * 3000 + ".html HTTP/1.1"),
        line("GET " + "/%" * 4000 + " HTTP/1.1"),
        line('GET /\\"quoted\\".html HTTP/1.1'),
        line("GET //evil.example/ HTTP/1.1"),
        line("GET \\\\evil.example\\x HTTP/1.1"),
        line("GET http://[::1 HTTP/1.1"),
        line("\\x16\\x03\\x01\\x02\\x00"),
        line("GET /a.html\\r\\nHost: evil HTTP/1.1"),
        "#Fields: " + "x " * 10_000 + "\n" + "y " * 10_000 + "\n",
        "#Fields: cs-method sc-status\nGET 200\n",
        "#Fields: cs-method cs-uri-stem sc-status\nGET /a.html many\n",
        '"' * 100_000 + "\n",
        "[" * 50_000 + "\n",
        'x [x] "' + "\\" * 60_000 + '" 200 1\n',
        "\0" * 1000 + "\n",
        "\ud800".encode("utf-8", "surrogatepass").decode("latin-1") + line(),
    ],
)
def test_no_line_stops_the_count(count, tally, text):
    count(text.encode("utf-8", "surrogatepass") + line("GET /after.html HTTP/1.1").encode())
    assert hits(tally)["/after.html"] == 1
    assert all(url.startswith(f"http://{HOST}/") for url, _hits in tally)


def test_a_line_without_end_is_one_malformed_line(count, tally):
    found = count(line().encode() + b"x" * (5 * LONGEST_LINE) + b"\n" + line().encode())
    assert found.counts == {"hits": 2, "malformed": 1}


@given(st.lists(st.binary(max_size=120), max_size=8))
@settings(max_examples=60, deadline=None)
def test_any_line_is_a_request_a_directive_or_malformed(lines):
    parser = LineParser()
    for text in lines:
        try:
            found = parser.parse(text)
        except (ValueError, KeyError):
            continue
        assert found is None or found.target.isascii()


def test_memory_stays_flat(tmp_path, tally, monkeypatch):
    """Four times as many different addresses take no more memory, once some are on disk."""
    monkeypatch.setattr(access_logs, "_SPILL", 500)
    monkeypatch.setattr(access_logs, "_READ", 10_000)

    def peak(addresses: int) -> int:
        path = tmp_path / f"{addresses}.log"
        with path.open("w") as file:
            file.writelines(line(f"GET /{number}.html HTTP/1.1") for number in range(addresses))
        tracemalloc.start()
        count_log(path, RULES, {}, tally)
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        path.unlink()
        return used

    small = peak(2_000)
    assert peak(8_000) < 1.5 * small
