"""Pages of systems that nobody knows: no selector fits, the address says nothing. Title, labels and text must do."""

import pytest

from migrate.config import SiteConfig
from migrate.extract import Page, extract
from migrate.families import Families
from migrate.records import Kind, Record

URL = "http://www.dahe.example.gov.cn/page?u=8f3a"
LABELS = "<div>发布时间：2020-07-01 来源：大河镇党政办 浏览次数：12</div>"
TEXT = "<p>七月一日，大河镇组织干部群众开展环境卫生集中整治行动，清理河道三公里，转运垃圾二十车。</p>" * 4


def read(html: str, site: SiteConfig, families: Families) -> Record:
    return extract(Page(URL, URL, f"<!DOCTYPE html>{html}".encode(), "text/html; charset=utf-8"), site, families).record


def test_attachments_are_no_rows_of_a_list(site: SiteConfig, families: Families) -> None:
    files = "".join(f"<p><a href='/u/{n}.doc'>大河镇环境整治任务分解表之{n}</a> 2020-07-01</p>" for n in range(1, 13))
    html = f"<title>环境整治任务分解</title><body><h1>环境整治任务分解</h1>{LABELS}<div>{files}</div>"
    record = read(html, site, families)
    assert record.kind is Kind.ARTICLE and len(record.attachments) == 12
    assert record.title and record.title.value == "环境整治任务分解"


def test_a_short_notice_beside_long_lists_is_an_article(site: SiteConfig, families: Families) -> None:
    rows = "".join(f"<li><a href='/page?u={n}'>关于第{n}号事项办理结果的通知</a> 2020-06-1{n}</li>" for n in range(9))
    html = (
        f"<title>停水通知-大河镇</title><body><div><h2>停水通知</h2>{LABELS}<p>明天上午停水。</p></div><ul>{rows}</ul>"
    )
    record = read(html, site, families)
    assert record.kind is Kind.ARTICLE
    assert record.title and record.title.value == "停水通知"


def test_a_list_under_a_columns_name_stays_a_list(site: SiteConfig, families: Families) -> None:
    rows = "".join(f"<li><a href='/page?u={n}'>关于第{n}号事项办理结果的通知</a> 2020-06-1{n}</li>" for n in range(9))
    html = f"<title>通知公告-大河镇</title><body><h2>通知公告</h2><ul>{rows}</ul>"
    assert read(html, site, families).kind is Kind.LIST


def test_pictures_under_a_long_title_are_an_article(site: SiteConfig, families: Families) -> None:
    rows = "".join(f"<li><a href='/page?u={n}'>关于第{n}号事项办理结果的通知</a></li>" for n in range(9))
    title = "大河镇第三届农民丰收节掠影"
    main = f"<div><h3>{title}</h3><div><img src=1.jpg><img src=2.jpg><img src=3.jpg></div></div>"
    html = f"<title>{title}_大河镇</title><body>{main}<div><h4>推荐</h4><ul>{rows}</ul></div>"
    record = read(html, site, families)
    assert record.kind is Kind.ARTICLE and record.title and record.title.value == title


def test_the_heading_over_the_text_is_the_title(site: SiteConfig, families: Families) -> None:
    boxes = "<h1>Enterprise style</h1><p>more</p><h1>Product style</h1>"
    html = f"<title>Industry</title><body><h1>Dahe cleans its river</h1><p>Release: 3 July</p>{TEXT}{boxes}"
    record = read(html, site, families)
    assert record.kind is Kind.ARTICLE
    assert record.title and record.title.value == "Dahe cleans its river" and record.title.confidence < 0.9


@pytest.mark.parametrize("heading", ["各村民委员会，镇直各单位：", "其他热门专题", "推荐阅读专栏"])
def test_what_is_no_title_though_it_is_a_heading(heading: str, site: SiteConfig, families: Families) -> None:
    html = f"<title>关于开展环境整治的通知</title><body><h1>{heading}</h1>{TEXT}"
    record = read(html, site, families)
    assert record.title and record.title.value == "关于开展环境整治的通知" and record.title.confidence < 0.9


def test_a_bar_of_tools_is_no_body(site: SiteConfig, families: Families) -> None:
    tools = "<div>【打印】</div><div><a href='javascript:add()'>我的收藏</a> <a href='javascript:add()'>收藏</a></div>"
    html = f"<title>环境整治</title><body><div><h1>环境整治</h1>{LABELS}{tools}{TEXT}</div>"
    assert read(html, site, families).body.startswith("<p>七月一日")
