"""Rows of links to strangers inside a body: advertisements are cut and hold the page, others are told of."""

import pytest

from migrate.config import SiteConfig
from migrate.extract import Extraction, Page, extract
from migrate.families import Families

URL = "http://www.dahe.example.gov.cn/x/show.asp?id=3"
TEXT = "<p>大河镇召开防汛工作会议，部署汛期值守，要求各村落实责任、备足物资、加强巡查。</p>"


def read(body: str, site: SiteConfig, families: Families) -> Extraction:
    html = f"<title>防汛会议</title><h1>防汛会议</h1><div>发布时间：2020-07-02 来源：大河镇</div>{body}"
    return extract(Page(URL, URL, html.encode(), "text/html; charset=utf-8"), site, families)


def links(names: str, host: str = "s{}.example.com") -> str:
    return " ".join(f'<a href="http://{host.format(number)}/">{name}</a>' for number, name in enumerate(names.split()))


@pytest.mark.parametrize("box", ['<div id="zoom">{}</div>', '<div class="c1">{}</div>', "<div>{}</div><p>尾</p>"])
@pytest.mark.parametrize("farm", ["<p>{}</p>", "{}", "<div><div>{}</div></div>"])
def test_a_farm_in_the_body_is_cut_and_holds_the_page(
    box: str, farm: str, site: SiteConfig, families: Families
) -> None:
    names = " ".join(f"网上娱乐{number}" for number in range(1, 10))
    extraction = read(box.format(TEXT + farm.format(links(names)) + TEXT), site, families)
    assert "娱乐" not in extraction.record.body and extraction.record.body.count("防汛工作") == 2
    assert extraction.record.held == ("injected-link",)
    assert [finding.check for finding in extraction.findings] == ["safety.injected-link", "safety.injected-frame"]
    assert "s8.example.com" in extraction.findings[0].message


def test_a_farm_beside_the_body_is_cut_and_told(site: SiteConfig, families: Families) -> None:
    extraction = read(f'<div id="zoom">{TEXT}</div><div class="x">{links("棋牌 贷款 网上娱乐")}</div>', site, families)
    assert extraction.record.held == () and "棋牌" not in extraction.record.body
    assert [finding.check for finding in extraction.findings] == ["safety.injected-frame"]


def test_a_row_of_strangers_in_the_body_is_told(site: SiteConfig, families: Families) -> None:
    extraction = read(f'<div id="zoom">{TEXT}<p>{links("绿色农业 大河特产 旅游")}</p></div>', site, families)
    assert extraction.record.held == () and extraction.record.body.count("<a ") == 3
    (finding,) = extraction.findings
    assert finding.check == "safety.foreign-links" and "s0.example.com, s1.example.com" in finding.message


@pytest.mark.parametrize(
    "honest",
    [
        links("绿色农业 大河特产"),
        links("绿色农业 大河特产 旅游", "www.example.com/{}"),
        links("绿色农业 大河特产 旅游", "s{}.henan.gov.cn"),
        links("新浪 搜狐 人民网", "s{}.people.com.cn"),
        links("绿色农业")
        + "：各村都有，欢迎选购；"
        + links("大河特产", "t.example.com")
        + "，"
        + links("游", "u.example.com"),
    ],
)
def test_honest_links_in_the_body_are_not_told(honest: str, site: SiteConfig, families: Families) -> None:
    assert read(f'<div id="zoom">{TEXT}<p>{honest}</p></div>', site, families).findings == ()
