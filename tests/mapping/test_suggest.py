"""Which template a column's name asks for, and which rules tell its articles: on names and shapes of addresses."""

import json
from pathlib import Path

import pytest

from migrate.config import Channel, PortalConfig
from migrate.config.portal import Column, PortalIdentity, Template
from migrate.errors import ConfigError
from migrate.mapping.suggest import SURE, Holdings, Marks, Vocabulary, load_vocabulary
from migrate.mapping.suggest_rules import Proposal, propose
from migrate.records import OldColumn, Outcome
from tests.commands import ROOT

DOMAIN = """
dynamic_news 政务动态 工作动态 本县要闻 时政要闻 乡镇动态 部门动态 基层动态 新闻中心
notice 通知公告 公示公告 公告栏 公示
policy_file 政策法规 文件资料 规范性文件 政府文件 上级文件
policy_interp 政策解读 解读回应 图解
org_duty 机构设置 单位职能 机构概况 内设机构
leader 领导之窗 领导分工 领导班子
overview 乡镇概况 走进大河 基本情况
personnel 人事任免 招考录用
budget 财政信息 预算决算 三公经费
plan 规划计划 工作总结
disclosure_guide 公开指南
disclosure_system 公开制度
disclosure_catalogue 公开目录
disclosure_annual 公开年报
on_request 依申请公开
service 办事指南 便民服务 表格下载
mailbox 县长信箱 乡长信箱 网上咨询 留言板
collect 意见征集 民意调查 网上调查
interview 在线访谈 直播访谈
special 专题 专栏
response 热点回应 回应关切
data 统计数据 统计公报 数据开放
"""
"""Column names → template, as the domain rules list them."""

SEEN = """
overview 走近本市 走近本市>自然地理 走近本市>历史文化 走近本市>行政区划 走近本市>人口概况 走近本市>民族特征
overview 走近本市>经济发展 走近本市>社会事业 走近本市>民生保障 走近本市>名优特产 走近本市>革命老区 走近本市>本地旅游
overview 旅游频道 县情简介 街道简介
dynamic_news 新闻动态 新闻动态>政务要闻 新闻动态>乡镇之窗 新闻动态>视频新闻 党建动态 基层党建 党建动态>国内动态
dynamic_news 党建动态>领导讲话 基层党建>农村党建 本县要闻 部门工作 今日大河 精神文明建设 村级动态 媒体报道 领导活动
dynamic_news 工作简讯 图片新闻 综合新闻
notice 政府信息公开>行政许可和行政处罚公示 本站公告 公告公示 最新公告 通知通告 招标公告 拍卖公告 结果公示 停水停电通知
leader 领导之窗>市委领导 领导之窗>市人大领导 领导之窗>市政府领导 领导简历 班子成员 现任领导 镇领导
disclosure_guide 信息公开指南 政府信息公开指南
disclosure_system 政府信息公开制度
disclosure_annual 政府信息公开年报 公开年度报告
disclosure_catalogue 政府信息公开目录
policy_file 政务查阅>国务院政策文件 政务查阅>政办文件 政务查阅>政府公报 规章、规范性文件 其他文件 法律法规
policy_file 惠农政策 部门文件 政策文库
policy_interp 政策解读和新闻发布 文件解读 专家解读 政策图解
plan 政务查阅>工作报告 重点领域>重大建设项目 规划和总结 年度计划 政府工作报告 五年规划
data 重点领域>统计数据信息 统计信息 统计分析
budget 重点领域>财政预决算 财政预决算及“三公”经费 部门决算 财务公开 专项资金
personnel 人才工作 招考信息 事业单位招聘 任前公示 公务员招考 人事考试
mailbox 互动交流>市长信箱 互动交流>部门信箱 互动交流>网上投诉 在线留言 政策咨询 镇长信箱 信件选登 投诉举报
collect 民意征集 问卷调查 征求意见
service 办事服务>综合服务 综合服务>金融服务 综合服务>电子商务 重点办事服务>户籍和身份证办理 重点办事服务>商事登记
service 公共服务>教育培训 公共服务>社会保障 文件下载 便民信息 常用电话 下载中心 在线办理 办事流程 常用表格
special 综合服务>黑木耳专栏 精准扶贫专题 党的群众路线教育实践活动
org_duty 部门职责 内设科室 直属机构 机构编制
on_request 依申请公开指南
dynamic_news 政务要闻>市内动态 区县传真 大河新闻网 农民工工作 双拥工作 武装部动态 信息采编
dynamic_news 经验交流 媒体看大河 视频 大河视频
notice 督查通报 会议公告 停电通知 招商公告 食品抽检公示 公开招标 项目公示 建设用地批前公示 行政许可公示
policy_file 法律法规规章 国家政策 本级文件 乡镇文件 党委文件 惠民政策 强农惠农政策 部门规范性文件 转发文件
policy_interp 政策法规解读 领导解读 媒体解读 专家观点
org_duty 机构与职能 内设机构及职责 派驻机构 事业单位 办公地址及电话
leader 部门领导及分工 县委领导 政府领导 党政领导 领导简介及分工
overview 乡镇简介 区域概况 自然资源 大河风光 建置沿革 气候物产
personnel 人事招聘 人才招聘 干部人事 考试录用 人事变动
budget 财政预算 部门预决算公开 三公经费公开 涉农资金 资金使用 行政事业性收费 村级收支
plan 总体规划 专项规划 年度计划总结 工作思路 重大项目建设
disclosure_guide 政府信息公开指南
disclosure_system 信息公开制度规定
disclosure_catalogue 政府信息公开目录 法定主动公开
disclosure_annual 政府信息公开工作年度报告
on_request 依申请公开受理
service 办事程序 办理指南 在线查询 就业创业服务 便民查询 民政服务 公积金查询 不动产办理 殡葬服务 残疾人服务
mailbox 县长热线 镇长信箱来信 咨询解答 民意留言 群众反映 写信给镇长 信件公开 网络问政平台
collect 调查征集 民意调查结果 意见反馈结果 公开征集 听证会
interview 在线访谈回顾 嘉宾访谈
special 专题活动 专题集锦 往期专题 创文专栏 党史学习教育专栏
response 热点问题回应
data 统计分析 经济社会发展数据 月度数据
"""
"""Names that county and township sites had in their menus; most are not listed in columns.yaml as they stand."""

OF_THE_CORPUS = {
    "notice": ("通知公告", "公示公告", "公告", "信息公示", "政务通知", "政府采购"),
    "policy_file": ("政策法规", "部门文件", "法规政策文件", "技术规范"),
    "dynamic_news": ("领导活动", "媒体报道", "政务动态", "地方动态", "新闻", "简报", "学校新闻"),
    "collect": ("征求意见",),
}  # fmt: skip
"""Column names of the labelled pages that are a government's, and what a person would say they are."""


@pytest.fixture(scope="module")
def words() -> Vocabulary:
    return load_vocabulary(ROOT / "mappings" / "columns.yaml")


def labelled(text: str) -> list[tuple[str, tuple[str, ...]]]:
    rows = [line.split() for line in text.strip().splitlines()]
    return [(template, tuple(name.split(">"))) for template, *names in rows for name in names]


def test_the_names_of_the_domain_rules(words: Vocabulary) -> None:
    for template, path in labelled(DOMAIN):
        found = words.suggest(path)
        assert (found.template, found.confidence > SURE) == (template, True), path


def test_nine_of_ten_names_that_are_not_listed(words: Vocabulary) -> None:
    unlisted = [(template, path) for template, path in labelled(SEEN) if path[-1] not in words.names]
    wrong = [
        (path, template, found) for template, path in unlisted if (found := words.suggest(path).template) != template
    ]
    assert len(unlisted) > 150
    assert len(wrong) <= 0.06 * len(unlisted), wrong


def test_columns_of_labelled_pages(corpus: Path, words: Vocabulary) -> None:
    expected = {name: template for template, names in OF_THE_CORPUS.items() for name in names}
    lines = (corpus / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    columns = [column for line in lines if (column := json.loads(line)["column"]) in expected]
    right = [column for column in columns if words.suggest([column]).template == expected[column]]
    assert len(columns) > 20
    assert len(right) >= 0.9 * len(columns)


def test_a_folder_may_be_all_the_name_there_is(words: Vocabulary) -> None:
    found = [words.suggest(path).template for path in (["zwgk", "TZGG"], ["zwgk", "ldzc"], ["zwgk", "zcfg", "2016"])]
    assert found == ["notice", "leader", "policy_file"]


def test_what_villages_publish_has_a_template(words: Vocabulary) -> None:
    assert words.suggest(["村务公开"]).template == "village"
    assert words.suggest(["惠农补贴公示"]).template == "budget", "a public notice of money is about the money"
    assert words.suggest(["计划生育"]).template == "service", "no plan"


def test_where_the_name_says_nothing(words: Vocabulary) -> None:
    assert words.suggest(["2016年"]).confidence < SURE
    assert words.suggest(["政策法规", "2016年"]).template == "policy_file"
    assert words.suggest(["业务工作"], "办事服务").template == "service"
    assert words.suggest(["业务工作"], "工作动态").confidence < SURE
    titles = ["关于放假的通知", "招聘公告", "低保对象公示（第二批）", "大河镇春耕"]
    assert words.suggest(["其他"], titles=titles).template == "notice"
    assert words.suggest([]).confidence < SURE


def test_a_page_without_a_date_is_no_news(words: Vocabulary) -> None:
    undated = Holdings()
    undated.take(Marks(frozenset(), frozenset(), dated=False))
    assert words.suggest(["友情提醒"], held=undated).template == "overview"
    dated = Holdings()
    dated.take(Marks(frozenset(), frozenset(), dated=True))
    assert words.suggest(["友情提醒"], held=dated).template == "dynamic_news"


@pytest.mark.parametrize(
    ("yaml", "message"),
    [
        ("columns:\n  - {template: a, names: [公示]}\n  - {template: b, names: [公示]}\n", "公示"),
        ("columns:\n  - {template: a, names: [公示], titles: ['(']}\n", "regular expression"),
        ("columns: []\n", "columns"),
        ("columns:\n  - {template: a, names: [公示]}\n  - {template: a, names: [公告]}\n", "“a” stands here a second"),
        ("columns:\n  - {template: a, names: [公示], instead: [b]}\n", "“b” is not known"),
        ("columns:\n  - {template: a, name: [公示]}\n", "name"),
    ],
)
def test_a_bad_vocabulary_is_told_of(tmp_path: Path, yaml: str, message: str) -> None:
    path = tmp_path / "columns.yaml"
    path.write_text(yaml, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        load_vocabulary(path)


COLUMNS = tuple(
    Column(slug, slug, template)
    for slug, template in [
        ("news", "dynamic_news"), ("notices", "notice"), ("policies", "policy_file"), ("overview", "overview"),
        ("leaders", "leader"),
    ]
)  # fmt: skip
CHANNEL = Channel("/towns/dahe/", "大河镇")
PORTAL = PortalConfig(
    portal=PortalIdentity("云溪县", "www.yunxi.example.gov.cn"),
    templates={column.template: Template(column.slug) for column in COLUMNS},
    columns=(),
    groups=(),
    standard_channel=(*COLUMNS, Column("undecided", "待定", "notice", hidden=True)),
    channels=(CHANNEL,),
)
HOST = "http://www.dahe.example.gov.cn"


def column(path: str, *rows: str, url: str = "", crumbs: bool = False, single: bool = False) -> OldColumn:
    names = tuple(path.split(">"))
    rows = tuple(HOST + row for row in rows)
    return OldColumn(
        names, HOST + url if url else "", len(rows), 1, rows=rows, crumbs=(names,) if crumbs else (), single=single
    )


def proposed(words: Vocabulary, *columns: OldColumn) -> Proposal:
    return propose(columns, words, PORTAL, CHANNEL)


def unread(path: str, url: str) -> OldColumn:
    return OldColumn(tuple(path.split(">")), HOST + url, 0, 0, unread=True)


def test_columns_that_were_not_read_go_by_their_folder_where_articles_lie_in_it(words: Vocabulary) -> None:
    read = [column("工作动态", "/gzdt/1.html", "/gzdt/2.html", url="/gzdt/"),
            column("通知公告", "/gk/tzgg/1.html", "/gk/tzgg/2.html", url="/gk/tzgg/"),
            column("政务公开", "/gk/9.html", url="/gk/")]  # fmt: skip
    found = proposed(
        words, *read, unread("政策文件", "/gk/zcwj/"), unread("领导信息", "/"), unread("财政", "/gzdt/l.html")
    )
    order = [(rule.paths or rule.listed)[0] for rule in found.rules]
    assert set(order) == {"/gzdt/**", "/gk/tzgg/**", "/gk/**", "/gk/zcwj/**", "/", "/gzdt/l.html"}
    assert order.index("/gk/zcwj/**") < order.index("/gk/**")
    assert (found.covered, found.of) == (5, 5)


def test_columns_that_were_not_read_go_by_their_list_where_articles_lie_elsewhere(words: Vocabulary) -> None:
    read = [column("工作动态", "/info/1002/1.html", "/info/1002/2.html", url="/gzdt/"),
            column("通知公告", "/info/1003/3.html", "/info/1003/4.html", url="/tzgg/")]  # fmt: skip
    found = proposed(words, *read, unread("政策文件", "/zcwj/"), unread("财政预算", "/list.asp?id=7"))
    assert [rule.listed for rule in found.rules[2:]] == [
        ("/zcwj/**",), ("/list.asp?id=7", "/list.asp?id=7&*", "/list.asp?*&id=7")
    ]  # fmt: skip


def test_a_column_that_was_not_read_takes_nothing_of_those_that_were(words: Vocabulary) -> None:
    read = [column("通知公告", "/gk/tzgg/1.html", "/gk/tzgg/2.html", url="/gk/tzgg/"),
            column("工作动态", "/gk/dt/1.html", "/gk/dt/2.html", url="/gk/dt/")]  # fmt: skip
    found = proposed(words, *read, unread("政策文件", "/gk/"))
    assert found.rules[-1].paths == ("/gk/**",)
    assert (found.covered, found.of) == (4, 4)


def matches(proposal: Proposal) -> list[tuple[str, ...]]:
    return [rule.paths or rule.breadcrumbs for rule in proposal.rules]


@pytest.mark.parametrize(
    ("news", "notices", "globs"),
    [
        (  # TRS WCM: a folder a column
            ("/gzdt/201605/t20160503_11.html", "/gzdt/201611/t20161103_12.html"),
            ("/zwgk/tzgg/201605/t20160503_21.html", "/zwgk/tzgg/201609/t20160903_22.html"),
            ["/gzdt/**", "/zwgk/tzgg/**"],
        ),
        (  # Hanweb: the column's number is in the file's name
            ("/art/2016/5/3/art_101_11.html", "/art/2016/11/13/art_101_12.html"),
            ("/art/2016/5/4/art_102_21.html", "/art/2015/6/4/art_102_22.html"),
            ["/art/*/*/*/art_101_*.html", "/art/*/*/*/art_102_*.html"],
        ),
        (  # VSB
            ("/info/1002/11.htm", "/info/1002/12.htm"),
            ("/info/1003/21.htm", "/info/1003/22.htm"),
            ["/info/1002/**", "/info/1003/**"],
        ),
        (  # VSB again: a column's number that looks like a year
            ("/info/2010/11.htm", "/info/2010/12.htm"),
            ("/info/2011/21.htm", "/info/2011/22.htm"),
            ["/info/2010/*.htm", "/info/2011/*.htm"],
        ),
        (  # WebPlus: date, column and number
            ("/2016/0503/c123a11/page.htm", "/2016/1103/c123a12/page.htm"),
            ("/2016/0504/c124a21/page.htm", "/2015/0504/c124a22/page.htm"),
            ["/*/*/c123a*/page.htm", "/*/*/c124a*/page.htm"],
        ),
        (  # SiteServer, one article only: its own number must not be in the glob
            ("/contents/12/11.html",),
            ("/contents/13/21.html", "/contents/13/22.html"),
            ["/contents/12/**", "/contents/13/**"],
        ),
    ],
)
def test_addresses_that_tell_the_column(
    words: Vocabulary, news: tuple[str, ...], notices: tuple[str, ...], globs: list[str]
) -> None:
    found = proposed(words, column("工作动态", *news), column("通知公告", *notices))
    assert [glob for match in matches(found) for glob in match] == globs
    assert [rule.target for rule in found.rules] == ["news", "notices"]
    assert (found.covered, found.of) == (len(news) + len(notices), len(news) + len(notices))


def test_addresses_that_tell_nothing_go_by_the_breadcrumb(words: Vocabulary) -> None:
    news = column("工作动态", "/show.asp?id=1", "/show.asp?id=2", crumbs=True)
    notices = column("政务公开>通知公告", "/show.asp?id=3", crumbs=True)
    found = proposed(words, news, notices)
    assert [rule.breadcrumbs for rule in found.rules] == [("工作动态",), ("通知公告",)]
    without = proposed(words, column("工作动态", "/show.asp?id=1"), column("通知公告", "/show.asp?id=3"))
    assert not without.rules
    assert [rule.name for rule in without.without] == ["工作动态", "通知公告"]
    assert without.covered == 0


def test_folders_of_numbers_are_no_columns(words: Vocabulary) -> None:
    news = column("工作动态", "/content/0/508/post_508890.html", "/content/0/508/post_508871.html", url="/api/30?sid=7")
    notices = column(
        "通知公告", "/content/0/509/post_509001.html", "/content/0/509/post_509002.html", url="/api/31?sid=7"
    )
    assert [rule.match for rule in proposed(words, news, notices).rules] == [
        ("listed", ("/api/30?sid=7", "/api/30?sid=7&*", "/api/30?*&sid=7")),
        ("listed", ("/api/31?sid=7", "/api/31?sid=7&*", "/api/31?*&sid=7")),
    ]


def test_one_address_for_columns_that_go_together(words: Vocabulary) -> None:
    found = proposed(words, column("工作动态", "/show.asp?id=1"), column("村级动态", "/show.asp?id=3"))
    assert matches(found) == [("/show.asp",)]
    assert found.covered == 2


def test_a_folder_inside_another_comes_first(words: Vocabulary) -> None:
    outer = column("政策文件", "/zwgk/2016/1.html", "/zwgk/2015/2.html", url="/zwgk/index.html")
    inner = column("通知公告", "/zwgk/tzgg/2016/3.html", url="/zwgk/tzgg/index.html")
    found = proposed(words, outer, inner)
    assert matches(found) == [("/zwgk/tzgg/**",), ("/zwgk/**",)]
    assert found.covered == found.of == 3


def test_single_pages_and_default_documents(words: Vocabulary) -> None:
    found = proposed(
        words,
        column("镇情概况", "/zjdh/index.html", single=True),
        column("领导分工", "/about.asp?id=7", single=True),
        column("工作动态", "/gzdt/1.html"),
    )
    assert matches(found) == [("/zjdh/**",), ("/about.asp",), ("/gzdt/**",)]
    assert found.covered == 3


def test_what_the_channel_has_no_column_for(words: Vocabulary) -> None:
    found = proposed(
        words,
        column("人事信息", "/rsxx/1.html"),
        column("镇长信箱", "/zzxx/1.html"),
        column("精准扶贫专题", "/zt/1.html"),
    )
    goals = {rule.name: (rule.outcome, rule.target) for rule in found.rules}
    assert goals == {
        "人事信息": (Outcome.MOVE, "notices"),
        "镇长信箱": (Outcome.UNDECIDED, ""),
        "精准扶贫专题": (Outcome.ARCHIVE, ""),
    }


def test_rules_of_one_name_are_told_apart(words: Vocabulary) -> None:
    found = proposed(
        words,
        column("社保局>政策法规", "/sbj/zcfg/1.html"),
        column("就业局>政策法规", "/jyj/zcfg/2.html"),
        column("通知公告", "/tzgg/3.html"),
    )
    assert [rule.name for rule in found.rules] == ["社保局 > 政策法规", "就业局 > 政策法规", "通知公告"]
