"""Files inside pages: read as browsers read them, judged by their bytes, called by names that no link can spell."""

import base64
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate import embedded
from migrate.errors import ShangyiError
from migrate.urls import UrlRules, resolve

PAGE = "http://www.dahe.example.gov.cn/a.html"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x09\0\0\0\x08" + bytes(range(256)) + b"IEND\xaeB`\x82"
GIF = b"GIF89a\x01\0\x01\0\x80\0\0;"


def in_base64(payload: bytes, said: str = "image/png") -> str:
    return f"data:{said};base64,{base64.b64encode(payload).decode()}"


@pytest.mark.parametrize(
    "url",
    [
        in_base64(PNG),
        in_base64(PNG, "text/html;charset=gbk"),
        " \nDATA:;BASE64," + base64.b64encode(PNG).decode(),
        "data:image/png; base64 ," + base64.encodebytes(PNG).decode().replace("\n", "\r\n "),
        in_base64(PNG).rstrip("="),
        in_base64(PNG).replace("+", "%2B").replace("/", "%2f").replace("=", "%3D"),
        in_base64(PNG) + "#top",
        "data:image/png," + quote(PNG),
    ],
)
def test_the_ways_of_writing(url: str) -> None:
    file = embedded.unpack(url)
    assert (file.payload, file.media_type, file.ending) == (PNG, "image/png", "png")
    assert file.is_picture and not file.is_spacer and not file.is_torn


@given(st.binary(max_size=300))
def test_whatever_follows_the_first_bytes_comes_back(rest: bytes) -> None:
    for url in (in_base64(PNG + rest), "data:," + quote(PNG + rest)):
        assert embedded.unpack(url).payload == PNG + rest


@given(st.text(max_size=200))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    for url in (f"data:{text}", f"data:image/png;base64,{text}"):
        try:
            assert embedded.unpack(url).media_type
        except ShangyiError as error:
            assert error.reason and error.hint


@pytest.mark.parametrize(
    "url",
    [
        "data:image/png;base64",
        "data:image/png;base64,",
        "data:image/png;base64,iVBOR*",
        "data:image/png;base64,iVBOR",
        "data:image/png;base64,iVBORw0KGg=o",
        "data:image/png;base64,图片",
        "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E",
        in_base64(b"<?xml version='1.0'?><svg/>"),
        in_base64(b"<html><script>alert(1)</script>"),
        in_base64(b"MZ\x90\0"),
        in_base64(PNG[:8] + bytes(embedded.MOST)),
    ],
)
def test_refused_with_reason_and_hint(url: str) -> None:
    with pytest.raises(ShangyiError) as told:
        embedded.unpack(url)
    assert told.value.reason and told.value.hint and "data:" not in told.value.reason + told.value.hint


def test_one_dot_shows_nothing_and_half_a_picture_is_torn() -> None:
    assert embedded.unpack(in_base64(GIF)).is_spacer
    assert embedded.unpack(in_base64(PNG[:60])).is_torn
    assert not embedded.unpack(in_base64(b"%PDF-1.4")).is_torn


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_the_page_gives_the_bytes_again(encoding: str) -> None:
    html = (
        f'<meta charset="{encoding}"><p>镇</p><img alt="图" src="{in_base64(PNG)}"><img data-src="{in_base64(PNG)}">'
        f'<a href="{in_base64(b"%PDF-1.4", "x/y")}">表</a><img src="data:image/png;base64,@"><img src="/data:1.png">'
    )
    found = embedded.carried(html.encode(encoding), "text/html")
    assert sorted(found.values()) == [b"%PDF-1.4", PNG]
    link = embedded.unpack(in_base64(PNG)).link(PAGE, "图")
    assert found[embedded.name_of(link.url)] == PNG and embedded.page_of(link.url) == PAGE
    assert (link.length, link.media_type) == (len(PNG), "image/png") and link.digest[7:23] in link.url


def test_no_link_can_spell_such_an_address() -> None:
    url = embedded.unpack(in_base64(PNG)).link(PAGE, "").url
    assert embedded.is_embedded(url)
    assert resolve(PAGE, url) == PAGE
    assert not embedded.is_embedded(resolve(PAGE, url.replace("#", "%23")) or "")
    assert not any(
        map(embedded.is_embedded, (PAGE, f"#a/b{embedded.MARK}0f343b0931126a20.png", url + "/x", url + "\n"))
    )


def test_a_site_s_rules_fold_its_hosts_alone() -> None:
    rules = UrlRules("www.dahe.example.gov.cn", frozenset({"dahe.example.gov.cn"}), case_sensitive=False, keep_query=())
    name = embedded.name_of(embedded.unpack(in_base64(PNG)).link(PAGE, "").url)
    key = embedded.key_under(f"http://dahe.example.gov.cn/A.asp?ID=3#{name}", rules)
    assert key == f"http://www.dahe.example.gov.cn/A.asp?ID=3#{name}"
    assert embedded.key_under(key, rules) == key


@pytest.mark.parametrize(
    ("value", "urls"),
    [
        ("s.png 1x, l.png 2x,", ["l.png", "s.png"]),
        ("a.png, b.png 2x", ["b.png", "a.png"]),
        ("d,1.webp 480w,e.webp 960w", ["e.webp", "d,1.webp"]),
        ("data:image/png;base64,AA== 1x, data:image/png;base64,AQ== 1.5x", ["data:image/png;base64,AQ==",
                                                                           "data:image/png;base64,AA=="]),
        (" , ", []),
        ("a.png ..x", ["a.png"]),
    ],
)  # fmt: skip
def test_addresses_in_a_set(value: str, urls: list[str]) -> None:
    assert embedded.of_srcset(value) == urls


@given(st.text(alphabet="a ,.:1xw\t", max_size=60))
def test_a_set_of_anything_comes_to_an_end(value: str) -> None:
    assert all(url and " " not in url for url in embedded.of_srcset(value))


def test_files_in_a_set_are_carried() -> None:
    html = f'<img srcset="{in_base64(PNG)} 2x, {in_base64(GIF, "image/gif")} 1x">'
    assert set(embedded.carried(html.encode(), "text/html").values()) == {PNG, GIF}
