import re
from collections import deque
from html import unescape
from urllib.parse import urlsplit

import pytest
from lxml import html

from migrate.demo import DemoSite, TrueArticle, build, dahe, load, serve
from migrate.demo.truth import fold
from migrate.encoding import decode
from migrate.records import to_json
from migrate.urls import resolve
from tests.demo.client import fetch

HOST = "www.dahe.example.gov.cn"


@pytest.fixture(scope="module")
def site() -> DemoSite:
    return dahe()


def page(site: DemoSite, url: str) -> str:
    return site.answer(url.split(HOST, 1)[1]).body.decode("gb18030")


def trapped(site: DemoSite, trap: str) -> TrueArticle:
    (article,) = [article for article in site.truth.articles if trap in article.traps]
    return article


def test_building_twice_gives_the_same_bytes(site: DemoSite) -> None:
    again = build(load("dahe"))
    assert again is not site
    assert (again.answers, again.truth, again.not_found) == (site.answers, site.truth, site.not_found)
    assert to_json(again.truth) == to_json(site.truth)


def test_size_and_columns(site: DemoSite) -> None:
    counts = site.truth.counts
    assert 70 <= counts["articles"] == len(site.truth.articles) <= 90
    assert counts["column:工作动态"] >= 25 and counts["column:通知公告"] >= 14 and counts["column:政策文件"] >= 8
    assert {name for name in counts if name.startswith("column:")} == {
        f"column:{name}"
        for name in (
            "工作动态 镇情概况 领导信息 机构职能 通知公告 政策文件 财政信息 办事指南 村级动态 精准扶贫大走访专题"
        ).split()
    }
    assert len({article.url for article in site.truth.articles}) == counts["articles"]


def walk() -> tuple[dict[str, bytes], list[tuple[str, str, str]]]:
    """Follow every link of every page from the home page; return folded address → body, and (page, URL, text)."""
    bodies: dict[str, bytes] = {}
    links: list[tuple[str, str, str]] = []
    with serve([dahe()]) as server:
        queue = deque([f"http://{HOST}/"])
        while queue:
            url = queue.popleft()
            key = fold(HOST, "/" + url.split("/", 3)[3])
            if key in bodies:
                continue
            status, headers, bodies[key] = fetch(server, url)
            if status == 302:
                queue.append(f"http://{HOST}{headers['Location']}")
            if status != 200 or "text/html" not in headers["Content-Type"] or not bodies[key]:
                continue
            tree = html.fromstring(bodies[key].decode("gb18030"))
            for element in tree.iter("a", "img", "script", "link"):
                for name in ("href", "src", "data-src"):
                    target = resolve(url, element.get(name) or "")
                    if target:
                        links.append((url, target, element.text_content()))
                        if urlsplit(target).hostname in (HOST, "dahe.example.gov.cn"):
                            queue.append(target)
            for target in re.findall(r';url=([^"]+)"', bodies[key].decode("gb18030")):
                queue.append(resolve(url, unescape(target)) or "")
    return bodies, links


def test_everything_is_reached_from_the_home_page(site: DemoSite) -> None:
    bodies, links = walk()

    def reached(url: str) -> bool:
        return fold(HOST, "/" + url.split("/", 3)[3]) in bodies

    truth = site.truth
    files = [file for article in truth.articles for file in article.attachments + article.images]
    assert [article.url for article in truth.articles if not reached(article.url)] == []
    assert [one.url for one in (*truth.lists, *files, *truth.forwards) if not reached(one.url)] == []
    linked = {(source, target) for source, target, _text in links}
    named = (truth.dead_links, truth.soft_errors, truth.injected_links, truth.foreign_links, truth.disallowed)
    for link in (link for group in named for link in group):
        assert (link.referrer, link.url) in linked
    foreign = {
        target for _s, target, _t in links if not (urlsplit(target).hostname or "").endswith("dahe.example.gov.cn")
    }
    assert foreign == {link.url for link in (*truth.injected_links, *truth.foreign_links)}
    background = 1  # named by the style sheet, which this walk does not read
    assert len(bodies) + background == truth.counts["addresses"]


def test_lists_are_paged_by_ten_and_hold_every_article_once(site: DemoSite) -> None:
    lists = [one for one in site.truth.lists if one.page]
    listed = [url for one in lists for url in one.articles]
    single = [article.url for article in site.truth.articles if article.column == ("镇情概况",)]
    assert sorted([*listed, *single]) == sorted(article.url for article in site.truth.articles)
    assert max(len(one.articles) for one in lists) == 10
    assert [one.page for one in lists if one.column[-1] == "工作动态"] == [1, 2, 3, 4]
    assert [one.url.split(HOST)[1] for one in lists if one.column[-1] == "村级动态"] == [
        "/list.asp?cid=3&page=1", "/list.asp?cid=3&page=2",
    ]  # fmt: skip


def test_every_page_holds_its_true_text_title_and_breadcrumb(site: DemoSite) -> None:
    for article in site.truth.articles:
        text = page(site, article.url)
        tree = html.fromstring(text)
        body = tree.xpath('//*[@id="zoom" or @id="content"]')[0]
        for junk in body.xpath('.//style|.//div[@style="display:none"]'):
            junk.drop_tree()
        assert "".join(body.text_content().split()) == "".join(article.text.split()), article.url
        assert article.title in tree.findtext(".//title")
        assert " > ".join(("首页", *article.column, "正文")) in " ".join(tree.text_content().split())


def test_dates_sources_and_authors_stand_where_the_manifest_says(site: DemoSite) -> None:
    for article in site.truth.articles:
        text = page(site, article.url)
        year, month, day = (int(part) for part in article.published[:10].split("-"))
        shown = (article.published.replace("T", " "), f"{year}年{month}月{day}日", f"[{year}/{month}/{day}]")
        listed = "date-only-in-list" in article.traps or article.column == ("镇情概况",)
        assert any(form in text for form in shown) != listed, article.url
        assert article.source in text and article.author in text


def test_pages_call_themselves_gb2312_and_are_gbk(site: DemoSite) -> None:
    for target, answer in site.answers.items():
        if "text/html" not in answer.headers[0][1] or answer.status != 200:
            continue
        if "/count.asp" in target:
            continue
        with pytest.raises(UnicodeDecodeError):
            answer.body.decode("utf-8")
        text = decode(answer.body, dict(answer.headers)["Content-Type"]).text
        assert text == answer.body.decode("gb18030"), target
        if text.startswith("<!DOCTYPE"):
            assert "charset=gb2312" in text
            if "/101.html" not in target:
                assert answer.body.decode("gbk") == text


def test_one_page_holds_characters_beyond_gb2312_and_gbk(site: DemoSite) -> None:
    body = site.answer(trapped(site, "beyond-gb2312").url.split(HOST)[1]).body
    for encoding in ("gb2312", "gbk"):
        with pytest.raises(UnicodeDecodeError):
            body.decode(encoding)
    assert all(letter in body.decode("gb18030") for letter in "镕喆䶮")


def test_label_lines_differ(site: DemoSite) -> None:
    texts = [page(site, article.url) for article in site.truth.articles]
    for pattern in (
        r"发布时间：2016-05-03 09:12&nbsp;&nbsp;来源：大河镇党政办&nbsp;&nbsp;作者：&nbsp;&nbsp;浏览次数：<script",
        r"来源：　作者：",
        r"\[2016/1/22\]&nbsp;&nbsp;阅读：<script",
        r'<meta name="PubDate" content="2016-05-03 09:12" />',
    ):
        assert any(re.search(pattern, text) for text in texts), pattern
    assert 20 < sum("ArticleTitle" in text for text in texts) < len(texts) - 15


def test_the_article_without_a_date_has_one_in_the_list(site: DemoSite) -> None:
    article = trapped(site, "date-only-in-list")
    text = page(site, article.url)
    assert "2016-01-06" not in text and "2016" not in article.url
    (listing,) = [one for one in site.truth.lists if article.url in one.articles]
    row = re.search(rf"<tr>[^\n]*{article.title}[^\n]*</tr>", page(site, listing.url))
    assert row is not None and "[2016-01-06]" in row[0]


@pytest.mark.parametrize(
    "sign",
    [
        '<p class="MsoNormal"', "<o:p></o:p>", '<style type="text/css">\n<!-- p.MsoNormal', "&nbsp;&nbsp;&nbsp; ",
        '<font face="仿宋_GB2312"', 'rowspan="2"', 'colspan="2"', "<p><strong>【", '<p align="center"><img ',
        'data-src="../../../uploadfile/', 'href="../../../uploadfile/', f'href="http://{HOST}/gzdt/',
        'href="http://dahe.example.gov.cn/zwgk/', '.html#zoom"', 'href="../../../zwgk/tzgg/',
        "%B4%F3%BA%D3%D5%F2", "【字体：", "分享到：", "上一篇：", "打印本页", "javascript:window.close()",
    ],
)  # fmt: skip
def test_bodies_and_frames_hold(site: DemoSite, sign: str) -> None:
    assert any(sign in page(site, article.url) for article in site.truth.articles)


def test_policy_heads(site: DemoSite) -> None:
    policies = [article for article in site.truth.articles if article.policy_head]
    assert {article.column for article in policies} == {("政务公开", "政策文件")}
    for article in policies:
        text = page(site, article.url)
        assert "索 引 号：" in text and article.policy_head["成文日期"] in text and article.document_number in text
        assert article.policy_head["发布日期"] == article.published[:10]
    numbers = [article.document_number for article in policies]
    assert numbers.count("") == 1 and trapped(site, "no-document-number").document_number == ""
    assert sum(bool(re.fullmatch(r"[\u4e00-\u9fa5]+〔\d{4}〕[1-9]\d*号", number)) for number in numbers) >= 7


def valid_identity_number(number: str) -> bool:
    """GB 11643-1999: ISO 7064, MOD 11-2."""
    weights = [2**power % 11 for power in range(17, 0, -1)]
    total = sum(int(digit) * weight for digit, weight in zip(number, weights, strict=False))
    return number[17] == "10X98765432"[total % 11]


def test_personal_data_is_constructed_and_where_it_should_be(site: DemoSite) -> None:
    identities = {a.url: re.findall(r"(?<!\d)\d{17}[\dX]", a.text) for a in site.truth.articles}
    mobiles = {a.url: re.findall(r"(?<!\d)1[3-9]\d{9}(?!\d)", a.text) for a in site.truth.articles}
    found = identities.pop(trapped(site, "identity-number").url)
    assert len(found) == 4 and all(map(valid_identity_number, found))
    assert all(number.startswith("41139919500101") for number in found), "no such place, one birthday"
    assert len(mobiles.pop(trapped(site, "mobile-numbers").url)) == 5
    assert len(mobiles.pop(trapped(site, "one-mobile-number").url)) == 1
    assert not any(identities.values()) and not any(mobiles.values())


def test_injected_links_are_hidden_on_the_home_page_and_in_one_body(site: DemoSite) -> None:
    victim = trapped(site, "injected-link")
    referrers = {link.referrer for link in site.truth.injected_links}
    assert referrers == {f"http://{HOST}/", victim.url}
    assert all(urlsplit(link.url).hostname.endswith(".example") for link in site.truth.injected_links)
    for url in referrers:
        block = html.fromstring(page(site, url)).xpath('//div[@style="display:none"]')[0]
        assert len(block.xpath(".//a")) in (2, 4)
    assert html.fromstring(page(site, victim.url)).xpath('//*[@id="zoom"]//div[@style="display:none"]')


def test_dead_links_and_the_missing_attachment(site: DemoSite) -> None:
    dead = {link.url.split(HOST)[1]: link.referrer for link in site.truth.dead_links}
    assert set(dead) == {
        "/wsxf/index.asp",
        "/gzdt/2014/0209/12.html",
        "/gzdt/2016/0112/131.html",
        "/uploadfile/file/20140909/diaocha.doc",
    }
    assert dead["/gzdt/2014/0209/12.html"] == trapped(site, "dead-link").url
    (lost,) = trapped(site, "missing-attachment").attachments
    assert lost.sha256 == "" and lost.url.endswith("diaocha.doc")


def test_robots_forbid_the_back_office_that_every_page_links_to(site: DemoSite) -> None:
    assert site.answer("/robots.txt").body == b"User-agent: *\r\nDisallow: /admin/\r\n"
    assert [link.url for link in site.truth.disallowed] == [f"http://{HOST}/admin/login.asp"]
    assert all('href="/admin/login.asp"' in page(site, article.url) for article in site.truth.articles)


def test_one_header_lies_about_the_charset(site: DemoSite) -> None:
    answer = site.answer(trapped(site, "header-says-utf-8").url.split(HOST)[1])
    assert dict(answer.headers)["Content-Type"] == "text/html; Charset=utf-8"
    with pytest.raises(UnicodeDecodeError):
        answer.body.decode("utf-8")


def test_asp_articles_have_several_spellings(site: DemoSite) -> None:
    spelled = [url for article in site.truth.articles for url in article.spellings]
    assert any("/Show.asp?ID=" in url for url in spelled) and any("/show.asp?from=index&id=" in url for url in spelled)
    assert site.answer("/SHOW.ASP?t=1&Id=601#x").body == site.answer("/show.asp?id=601").body
    assert site.answer("/show.asp").status == site.answer("/show.asp?id=999").status == 404


def test_footer_carries_the_marks(site: DemoSite) -> None:
    home = page(site, f"http://{HOST}/")
    for mark in (
        "网站标识码：4113250021",
        "豫ICP备00000000号",
        "//bszs.conac.cn/sitename?method=show",
        "javascript:",
        "mailto:",
    ):
        assert mark in home
