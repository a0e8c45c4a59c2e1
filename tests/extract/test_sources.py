"""Pictures and files that a page names in other places than `src`: srcset, poster, data-src; all become files."""

import base64

import pytest

from migrate.config import SiteConfig
from migrate.embedded import carried, is_embedded, name_of
from migrate.extract import Page, extract
from migrate.families import Families

URL = "http://www.dahe.example.gov.cn/x/show.asp?id=3"
HELD = (
    "data:image/png;base64,"
    + base64.b64encode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x09\0\0\0\x08" + bytes(64) + b"IEND\xaeB`\x82").decode()
)
DOT = "data:image/gif;base64," + base64.b64encode(b"GIF89a\x01\0\x01\0\x80\0\0;").decode()


@pytest.mark.parametrize(
    "markup",
    [
        "<img srcset='{held} 1x'>",
        "<img src='' data-srcset='{dot} 1x, {held} 2x'>",
        "<img src='{dot}' srcset='{held} 2x'>",
        "<img src='/images/loading.gif' data-original='{held}'>",
        "<img src='/u/small.jpg' data-src='{held}'>",
        "<img src='/u/small.jpg' srcset='{held} 1x'>",
        "<picture><source srcset='{held}'><img alt='图'></picture>",
        "<video src='/u/a.mp4' poster='{held}'></video>",
        "<span data-src='{held}'></span>",
    ],
)
def test_pictures_that_the_page_holds_wherever_it_names_them(markup: str, site: SiteConfig, families: Families) -> None:
    text = "<p>大河镇召开防汛工作会议，部署汛期值守，要求各村落实责任、备足物资、加强巡查。</p>"
    html = f"<h1>防汛会议</h1><div>发布时间：2020-07-02 来源：大河镇</div><div id=zoom>{text}{markup}</div>"
    page = Page(URL, URL, html.format(held=HELD, dot=DOT).encode(), "text/html; charset=utf-8")
    extraction = extract(page, site, families)
    (image,) = extraction.record.images
    assert is_embedded(image.url) and image.url in extraction.record.body and image.length == 64 + 32
    assert extraction.record.origins[image.url].origin in ("data", "poster")
    assert name_of(image.url) in carried(page.body, page.content_type)
    assert not extraction.findings


@pytest.mark.parametrize(
    "markup",
    [
        "<img srcset='data:image/png;base64,@@@ 1x'>",
        "<video src='/u/a.mp4' poster='data:image/png;base64,@@@'></video>",
        "<img data-src='data:image/png;base64,@@@'>",
        "<picture><source srcset='data:text/html,hier'><img></picture>",
    ],
)
def test_what_the_page_holds_and_nobody_can_read_is_said(markup: str, site: SiteConfig, families: Families) -> None:
    html = f"<h1>防汛会议</h1><div>发布时间：2020-07-02</div><div id=zoom><p>会议部署了汛期值守工作。</p>{markup}</div>"
    extraction = extract(Page(URL, URL, html.encode(), "text/html; charset=utf-8"), site, families)
    assert not extraction.record.images and "data:" not in extraction.record.body
    assert [finding.check for finding in extraction.findings] == ["extract.data-image"]


@pytest.mark.parametrize(
    ("markup", "url"),
    [
        ("<img srcset='/u/s.jpg 1x, /u/l.jpg 2x'>", "/u/l.jpg"),
        ("<img src='/u/a.jpg' srcset='/u/s.jpg 1x'>", "/u/a.jpg"),
        ("<img src='/u/a.jpg' srcset='{dot}'>", "/u/a.jpg"),
        ("<img src='/u/a.jpg' srcset='{held}' data-src='/u/b.jpg'>", "/u/b.jpg"),
        ("<video data-src='/u/f.mp4'></video>", "/u/f.mp4"),
    ],
)
def test_which_of_several_addresses_is_meant(markup: str, url: str, site: SiteConfig, families: Families) -> None:
    html = f"<h1>防汛会议</h1><div>发布时间：2020-07-02</div><div id=zoom><p>会议部署了汛期值守工作。</p>{markup}</div>"
    body = html.format(held=HELD, dot=DOT).encode()
    record = extract(Page(URL, URL, body, "text/html; charset=utf-8"), site, families).record
    assert [link.url for link in (*record.images, *record.attachments)] == ["http://www.dahe.example.gov.cn" + url]
