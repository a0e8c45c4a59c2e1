"""Pages that keep the parts of an article where no template known so far keeps them; all names are made up."""

from typing import NamedTuple

import pytest

from migrate.config import SiteConfig
from migrate.extract import Page, extract
from migrate.extract.dom import squeeze
from migrate.extract.markup import html_text
from migrate.families import Families
from migrate.records import Record

TEXT = "近日，大河镇组织机关干部、村组干部和志愿者三百余人，对辖区内十二条河道进行了集中清理。"
MORE = "镇里要求各村建立长效管护机制，落实河长责任，确保河道长治久清。"
ROWS = "<tr><td>村名</td><td>产量</td></tr><tr><td>东山村</td><td>三百二十吨又五百公斤</td></tr>"


class Read(NamedTuple):
    """What was read of a page."""

    record: Record
    checks: set[str]

    @property
    def text(self) -> str:
        return squeeze(html_text(self.record.body))

    @property
    def published(self) -> str:
        return self.record.published.value if self.record.published else ""

    @property
    def source(self) -> str:
        return self.record.source.value if self.record.source else ""

    @property
    def title(self) -> str:
        return self.record.title.value if self.record.title else ""


def read(site: SiteConfig, families: Families, title: str, body: str) -> Read:
    html = f'<html><head><meta charset="utf-8"><title>{title}</title></head><body>{body}</body></html>'
    url = "http://www.dahe.example.gov.cn/x/31.html"
    found = extract(Page(url, url, html.encode(), "text/html", "2026-11-01"), site, families)
    return Read(found.record, {finding.check for finding in found.findings})


@pytest.mark.parametrize("around", ["{}", "<div class='wz'>{}</div>"])
@pytest.mark.parametrize(
    "part",
    [
        f"<table>{ROWS}</table>",
        "<ul><li>一要认真落实各项防汛措施要求</li><li>二要加强值班值守和巡查</li></ul>",
        "<ol><li>一要认真落实各项防汛措施要求</li><li>二要加强值班值守和巡查</li></ol>",
        "<dl><dt>第一项</dt><dd>要认真落实各项防汛措施要求</dd><dt>第二项</dt><dd>要加强值班值守</dd></dl>",
    ],
)
def test_a_table_or_list_that_is_all_of_the_body_stays_one(
    site: SiteConfig, families: Families, part: str, around: str
) -> None:
    found = read(site, families, "防汛安排", f"<h1>防汛安排</h1><p>发布时间：2021-01-20</p>{around.format(part)}")
    tag = part[1:].partition(">")[0]
    assert f"<{tag}>" in found.record.body
    assert f"</{tag}>" in found.record.body


def test_the_days_of_a_table_are_no_label_lines(site: SiteConfig, families: Families) -> None:
    days = "<tr><td>2021-03-01</td><td>报名</td></tr><tr><td>2021-03-15</td><td>资格审查以及笔试面试</td></tr>"
    found = read(
        site, families, "考试日程安排", f"<h1>考试日程安排</h1><p>发布时间：2021-02-01</p><table>{days}</table>"
    )
    assert found.published == "2021-02-01"
    assert found.text.startswith("2021-03-01报名")


def test_a_label_line_may_stand_under_the_text(site: SiteConfig, families: Families) -> None:
    info = "<div>来源：镇文化站　　发布日期：2016年09月01日　　浏览：88次</div>"
    found = read(
        site, families, "我镇举办比赛", f"<div><h2>我镇举办比赛</h2><div><p>{TEXT}</p><p>{MORE}</p></div>{info}</div>"
    )
    assert (found.published, found.source, found.text) == ("2016-09-01", "镇文化站", TEXT + MORE)
    assert not found.checks


def test_a_date_without_a_label_may_stand_behind_a_linked_source(site: SiteConfig, families: Families) -> None:
    info = '<div><span>来源：<a href="/">县水利局</a></span><span>2017/8/7 15:03:22</span><span>阅读：0</span></div>'
    found = read(site, families, "推进会召开", f"<h1>推进会召开</h1>{info}<div><p>{TEXT}</p></div>")
    assert (found.published, found.source) == ("2017-08-07T15:03", "县水利局")


def test_names_between_bars_are_no_text(site: SiteConfig, families: Families) -> None:
    info = "<div>文化站 | 2018年11月11日 | 阅读 321</div>"
    found = read(site, families, "惠民书屋开放", f"<h1>惠民书屋开放</h1>{info}<div><p>{TEXT}</p></div>")
    assert (found.published, found.source, found.text) == ("2018-11-11", "文化站", TEXT)


def test_a_head_table_that_names_the_title_ends_before_the_text(site: SiteConfig, families: Families) -> None:
    head = (
        "<table><tr><td>索 引 号：</td><td>005432109/2018-00023</td></tr><tr><td>标　　题：</td>"
        "<td>关于印发预案的通知</td></tr>"
        "<tr><td>发布日期：</td><td>2018年06月05日</td></tr><tr><td>主 题 词：</td><td></td></tr>"
        "<tr><td>有效性：</td><td>有效</td></tr></table>"
    )
    found = read(site, families, "关于印发预案的通知", f"{head}<div><p>各村：</p><p>{TEXT}</p></div>")
    assert found.text.startswith("各村：近日")
    assert found.record.policy_head["validity"].value == "有效"


def test_traditional_labels_are_read(site: SiteConfig, families: Families) -> None:
    info = "<div>發佈時間：2019年4月5日　來源：大河鎮政府　字體：大 中 小</div>"
    found = read(site, families, "大河鎮舉辦茶葉節", f"<h1>大河鎮舉辦茶葉節</h1>{info}<div><p>{TEXT}</p></div>")
    assert (found.published, found.source, found.text) == ("2019-04-05", "大河鎮政府", TEXT)


def test_a_title_of_two_lines_is_whole(site: SiteConfig, families: Families) -> None:
    body = f"<div><p>不忘初心</p><p>——记优秀党员陈明远</p></div><p>2021-07-01 08:00</p><div><p>{TEXT}</p></div>"
    found = read(site, families, "不忘初心——记优秀党员陈明远_大河镇人民政府", body)
    assert found.title == "不忘初心——记优秀党员陈明远"


def test_the_host_of_an_event_is_no_foot(site: SiteConfig, families: Families) -> None:
    body = f"<h1>茶文化节方案</h1><p>发布时间：2019-03-30</p><div><p>{TEXT}</p>"
    body += "<p>主办单位：镇政府</p><p>联系人：赵青山</p></div>"
    found = read(site, families, "茶文化节方案", f"{body}<div>版权所有：大河镇 豫ICP备05001234号</div>")
    assert found.text.endswith("主办单位：镇政府联系人：赵青山")


@pytest.mark.parametrize(
    "part",
    [
        '<img src="/u/1.jpg" alt="赵青山 {number}">',
        '<img src="/u/{number}.jpg">',
        '<a href="/u/{number}.doc">申请表</a>',
        '<a href="/u/%31{rest}.doc">申请表</a>',
        '<a href="/x/5.html" title="{number}">查看</a>',
    ],
)
def test_numbers_of_persons_beside_the_text_hold_a_page(site: SiteConfig, families: Families, part: str) -> None:
    number = "11010519491231002X"  # the example of the standard
    shown = part.format(number=number, rest=number[1:])
    body = f"<h1>救助公示</h1><p>发布时间：2019-03-30</p><div><p>{TEXT}</p><p>{shown}</p></div>"
    found = read(site, families, "救助公示", body)
    assert found.record.held == ("identity-number",)


@pytest.mark.parametrize("text", [f"<p>{TEXT}</p>", f"<p>{TEXT}</p><p>{MORE}</p>"])
def test_what_was_injected_beside_the_only_paragraph_was_injected_into_the_body(
    site: SiteConfig, families: Families, text: str
) -> None:
    hidden = '<div style="display:none"><a href="http://bet.example.com">澳门赌场</a></div>'
    body = f"<h1>救助公示</h1><p>发布时间：2019-03-30</p><div>{text}{hidden}</div><div>上一篇：无</div>"
    found = read(site, families, "救助公示", body)
    assert found.record.held == ("injected-link",)
    assert "赌场" not in found.record.body


@pytest.mark.parametrize("line", ["项目位置在镇政府大院东侧，占地三十亩。", "当前位置：镇政府大院东侧"])
def test_a_text_may_begin_with_where_something_stands(site: SiteConfig, families: Families, line: str) -> None:
    body = f"<h1>开工公告</h1><p>发布时间：2019-03-05 来源：县局</p><div><p>{line}</p><p>{TEXT}</p></div>"
    assert read(site, families, "开工公告", body).text == squeeze(line) + TEXT


def test_a_picture_that_leads_to_a_larger_one_under_the_only_paragraph_is_kept(
    site: SiteConfig, families: Families
) -> None:
    picture = '<p><a href="/u/large.jpg"><img src="/u/small.jpg"></a></p>'
    body = f"<h1>开工公告</h1><p>发布时间：2019-03-05 来源：县局</p><div><p>{TEXT}</p>{picture}</div>"
    assert len(read(site, families, "开工公告", body).record.images) == 1


def test_a_body_of_empty_cells_is_reported_as_empty(site: SiteConfig, families: Families) -> None:
    cells = '<div id="zoom"><table><tr><td></td><td align="center"></td></tr></table><dl><dd></dd></dl></div>'
    html = f"<h1>开工公告</h1><p>发布时间：2019-03-05 来源：县局</p>{cells}<p>版权所有：大河镇</p>"
    assert "extract.empty-body" in read(site, families, "开工公告", html).checks


@pytest.mark.parametrize(
    ("info", "published", "source"),
    [
        ("<div>稿源：县应急局 | 编审：王红 | 2019-03-05</div>", "2019-03-05", "县应急局"),
        ("<div>字号：大 中 小 2019-03-05 10:20 来源：县应急局</div>", "2019-03-05T10:20", "县应急局"),
        (
            "<table><tr><td>发布时间</td><td>2019-03-05</td><td>来源</td><td>县应急局</td></tr></table>",
            "2019-03-05",
            "县应急局",
        ),
        ("<p>成文日期：2019-03-01</p>", "", ""),
    ],
)
def test_label_lines_in_odd_orders(
    site: SiteConfig, families: Families, info: str, published: str, source: str
) -> None:
    found = read(site, families, "开工公告", f"<h1>开工公告</h1>{info}<div><p>{TEXT}</p></div>")
    assert (found.published, found.source, found.text) == (published, source, TEXT)
