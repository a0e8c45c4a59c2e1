from dataclasses import replace
from urllib.parse import quote, urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate.urls import MAX_URL, UrlRules, ascii_url, canonical, fold_host, host_of, resolve

HOST = "www.dahe.example.gov.cn"
RULES = UrlRules(HOST, frozenset({"dahe.example.gov.cn"}), case_sensitive=False, default_documents=("index.html",))
CAUTIOUS = RULES.cautious()
SLASHES = replace(RULES, fold_slash=True)

PATHS = st.text(
    st.sampled_from("aZ09/.-_%~;=+ 中é\\?&#:@!$'()*,[]{}|^\"<>") | st.characters(codec="utf-8"), max_size=40
)
ESCAPED = st.lists(
    st.sampled_from(["a", "B", "/", "%41", "%2f", "%2F", "%25", "%", "%zz", "%B9%AB", "%e4%bd%a0", "%ff", "+", "%20",
                     "%2e", "%2E%2e", ".", "..", "%3f", "%26", "%3d", "%23", ";jsessionid=1", "%3Bjsessionid=1",
                     "(S(abcdefghij0123456789abcd))", "%28S(abcdefghij0123456789abcd))", "%5C"]),
    max_size=12,
).map("".join)  # fmt: skip
QUERIES = st.lists(st.tuples(ESCAPED, st.none() | ESCAPED), max_size=5).map(
    lambda pairs: [name if value is None else f"{name}={value}" for name, value in pairs]
)


def _url(path: str, query: list[str] | None = None) -> str:
    return f"http://{HOST}/{path}" + ("?" + "&".join(query) if query else "")


ENDS = st.lists(st.sampled_from(["/", "index.html", "INDEX.html", "%2f", "a", "/index.html/"]), max_size=6).map("".join)


@given(PATHS | ESCAPED | ENDS, QUERIES, st.sampled_from([RULES, CAUTIOUS, SLASHES]))
def test_canonical_is_idempotent(path: str, query: list[str], rules: UrlRules) -> None:
    once = canonical(_url(path, query), rules)
    assert canonical(once, rules) == once


@given(
    st.sampled_from(["%B9%AB", "公", "%e4%bd%a0", "a", "%ff", "|", " "]),
    st.integers(MAX_URL // 12, MAX_URL),
    st.sampled_from(["", "?k="]),
    st.sampled_from([RULES, CAUTIOUS]),
)
def test_no_key_is_longer_than_it_may_be(letter: str, times: int, mark: str, rules: UrlRules) -> None:
    try:
        once = canonical(_url(mark + letter * times), rules)
    except ValueError:
        return
    assert len(once) <= MAX_URL
    assert canonical(once, rules) == once


@given(ESCAPED, QUERIES.flatmap(lambda query: st.tuples(st.just(query), st.permutations(query))))
def test_query_order_does_not_matter(path: str, queries: tuple[list[str], list[str]]) -> None:
    path = path.replace("?", "")
    assert canonical(_url(path, queries[0]), CAUTIOUS) == canonical(_url(path, queries[1]), CAUTIOUS)


@given(
    ESCAPED,
    st.sampled_from(["http", "https", "HTTP"]),
    st.sampled_from([HOST, "dahe.example.gov.cn", "Dahe.Example.GOV.cn.", HOST.upper()]),
    st.sampled_from(["", ":80", ":443", ":8080"]),
)
def test_own_hosts_schemes_and_ports_are_one(path: str, scheme: str, host: str, port: str) -> None:
    assert canonical(f"{scheme}://{host}{port}/{path}", CAUTIOUS) == canonical(_url(path), CAUTIOUS)


@given(PATHS, st.sampled_from(["utf-8", "gb18030"]))
def test_what_is_sent_has_the_key_of_what_was_written(path: str, encoding: str) -> None:
    url = resolve(f"http://{HOST}/a/", path)
    if url is None:
        return
    sent = ascii_url(url, encoding)
    assert sent.isascii()
    assert ascii_url(sent) == sent
    assert len(url) > MAX_URL or canonical(sent, CAUTIOUS) == canonical(url, CAUTIOUS) or encoding != "utf-8"


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://www.dahe.example.gov.cn", "/"),
        ("https://dahe.example.gov.cn:8443/A/index.html#top", "/A/index.html"),
        ("http://www.dahe.example.gov.cn/%b9%ab.doc", "/%E5%85%AC.doc"),
        ("http://www.dahe.example.gov.cn/公.doc", "/%E5%85%AC.doc"),
        ("http://www.dahe.example.gov.cn/a/../b/./c.html", "/b/c.html"),
        ("http://www.dahe.example.gov.cn/a//b\\c.asp", "/a/b/c.asp"),
        ("http://www.dahe.example.gov.cn/list.asp?b=2&a=1&", "/list.asp?a=1&b=2"),
        ("http://www.dahe.example.gov.cn/x.jsp;jsessionid=AB12?id=1&JSESSIONID=9", "/x.jsp?id=1"),
        ("http://www.dahe.example.gov.cn/(S(abcdefghij0123456789abcd))/x.aspx", "/x.aspx"),
        ("http://www.dahe.example.gov.cn/a/(X(1)S(abcdefghij0123456789abcd)F(x-Y_9))/x.aspx", "/a/x.aspx"),
        ("http://www.dahe.example.gov.cn/x.asp?id=1&ASPSESSIONIDQQBQTCCD=AB", "/x.asp?id=1"),
        ("http://www.dahe.example.gov.cn/x.asp?sid=3&mysessionids=4", "/x.asp?mysessionids=4&sid=3"),
        ("http://www.dahe.example.gov.cn/x?k=%B9%AB+%E5%85%AC", "/x?k=%E5%85%AC%20%E5%85%AC"),
    ],
)
def test_cautious_keys(url: str, key: str) -> None:
    if "%B9%AB+" in url:  # one value in two encodings can't be decoded as a whole: it must only stay stable
        assert canonical(canonical(url, CAUTIOUS), CAUTIOUS) == canonical(url, CAUTIOUS)
    else:
        assert canonical(url, CAUTIOUS) == f"http://{HOST}{key}"


HANZI = st.text(
    st.integers(0xB0, 0xF7).flatmap(
        lambda row: st.integers(0xA1, 0xFE).map(lambda cell: bytes([row, cell]).decode("gb2312", "ignore") or "政")
    ),
    min_size=1,
    max_size=4,
)


@given(HANZI)
def test_gbk_and_utf8_escapes_of_one_text_are_one_key(text: str) -> None:
    raw = text.encode("gb2312")
    try:
        mojibake = raw.decode()
    except UnicodeDecodeError:
        mojibake = ""
    if any(ord(char) >= 0x800 for char in mojibake):  # of three bytes: the text of UTF-8 is far likelier
        return
    for place in ("/{}/a.html", "/a.asp?k={}", "/{}.doc"):
        one, other = (place.format(quote(spelled)) for spelled in (raw, text.encode()))
        assert canonical(f"http://{HOST}{one}", CAUTIOUS) == canonical(f"http://{HOST}{other}", CAUTIOUS), text


@pytest.mark.parametrize("word", ["通知", "联通", "路", "移动", "公告", "通知公告"])
def test_words_whose_gbk_is_utf8_too(word: str) -> None:
    key = canonical(f"http://{HOST}/{quote(word)}/{quote(word)}.html", CAUTIOUS)
    assert canonical(f"http://{HOST}/{quote(word.encode('gbk'))}/{quote(word.encode('gbk'))}.html", CAUTIOUS) == key


def test_site_rules_fold_more() -> None:
    rules = UrlRules(HOST, case_sensitive=False, keep_query=("id",), default_documents=("index.html",))
    assert canonical(f"http://{HOST}/ZWGK/Index.HTML?ID=7&from=home", rules) == f"http://{HOST}/zwgk/?id=7"


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("", "/"),
        ("/", "/"),
        ("//", "/"),
        ("/zwgk/", "/zwgk"),
        ("/zwgk//", "/zwgk"),
        ("/zwgk/index.html", "/zwgk"),
        ("/zwgk/index.html/", "/zwgk"),
        ("/index.html/index.html", "/"),
        ("/a.html/", "/a.html"),
        ("/a/?id=1", "/a?id=1"),
    ],
)
def test_slashes_at_the_end_are_folded_where_the_site_says_so(path: str, key: str) -> None:
    assert canonical(f"http://{HOST}{path}", SLASHES) == f"http://{HOST}{key}"
    if path.strip("/") == "zwgk":
        assert canonical(f"http://{HOST}{path}", RULES) == f"http://{HOST}/zwgk/"


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("b.html", "http://h/a/b.html"),
        ("..\\x\\y.doc", "http://h/x/y.doc"),
        (" \n/z.html \t", "http://h/z.html"),
        ("/a\nb.html", "http://h/ab.html"),
        ("//o/x", "http://o/x"),
        ("?page=2", "http://h/a/i.asp?page=2"),
        ("http:/z.html", "http://h/z.html"),
        ("http:z.html", "http://h/a/z.html"),
        ("http:///o/x", "http://o/x"),
        ("http:\\\\o\\x", "http://o/x"),
        ("///o/x?u=http:///y", "http://o/x?u=http:///y"),
        ("https:/o/x", "https://o/x"),
        ("b.html?u=http:///y", "http://h/a/b.html?u=http:///y"),
        ("htttp://o/x", None),
        ("#top", None),
        ("", None),
        ("javascript:void(0)", None),
        ("mailto:a@b", None),
        ("file:///C:/x.doc", None),
        ("http://h:port/", None),
        ("http://[h/", None),
    ],
)
def test_resolve(href: str, url: str | None) -> None:
    assert resolve("http://h/a/i.asp", href) == url


@pytest.mark.parametrize(
    "base",
    "http://h.cn http://h.cn/ http://h.cn/a/b/c.html?x=/y http://h.cn//a//b https://h.cn:8080/a/../b/".split(),
)
@pytest.mark.parametrize(
    "href",
    "b.html /b.html ./b/ ../b.html ../../../../b.html ../ 中/文.html .htaccess a/../b a/./b a//b /a/b;p ... a. "
    "-/~u/(x)&y http://g.cn/a http://g.cn/../a http://G.cn:81/a/b.html".split(),
)
def test_usual_links_are_joined_as_all_are(base: str, href: str) -> None:
    assert resolve(base, href) == urljoin(base, href)


def test_too_long_and_hostless() -> None:
    with pytest.raises(ValueError, match="long"):
        canonical(_url("a" * MAX_URL), RULES)
    with pytest.raises(ValueError, match="long"):
        canonical(_url("%B9%AB" * 300), RULES)  # 1,800 characters of GBK, 2,700 of UTF-8
    with pytest.raises(ValueError, match="host"):
        canonical("http:///x", RULES)
    assert host_of("http://[x/") == ""


def test_ascii_url_sends_queries_in_the_pages_encoding() -> None:
    url = "http://h/公 告.asp?k=公&z=%20"
    assert ascii_url(url, "gb18030") == "http://h/" + quote("公 告.asp") + "?k=%B9%AB&z=%20"


LABELS = st.text(st.sampled_from("政府务镇县大河aZ9"), min_size=1, max_size=12)


@given(st.lists(LABELS, min_size=1, max_size=4), st.sampled_from([".", "。", "．", "｡"]), ESCAPED)
def test_all_spellings_of_a_chinese_host_are_one(labels: list[str], dot: str, path: str) -> None:
    written = dot.join(labels)
    sent = fold_host(written)
    assert sent.isascii() and sent == sent.lower() == fold_host(sent) == fold_host(sent.upper() + ".")
    rules = UrlRules(sent)
    keys = {canonical(f"http://{host}{port}/{path}", rules) for host in (written, sent, sent.upper())
            for port in ("", ":8080")}  # fmt: skip
    assert len(keys) == 1 and keys.pop().startswith(f"http://{sent}/")
    assert rules.owns(host_of(f"http://{written}:8080/"))
    assert ascii_url(f"http://{written}:8080/a").lower() == f"http://{sent}:8080/a"


def test_hosts_that_no_request_can_name() -> None:
    for host in ("政" * 64 + ".cn", "政府..政务", "xn--政府.cn"):
        assert host_of(f"http://{host}/") == ""
        with pytest.raises(ValueError):
            canonical(f"http://{host}/", CAUTIOUS)
