"""families.yaml: detection by address and source, strictness, what the recipe hash depends on."""

import dataclasses
from pathlib import Path

import pytest

from migrate.config import SiteConfig
from migrate.errors import ConfigError
from migrate.extract import Page, extract, recipe
from migrate.families import GENERIC, Families, load_families, without
from migrate.records import Kind

MINIMAL = "generic: {id: generic, name: 通用}\nfamilies:\n  - {id: a, name: 甲, detail: ['/a/\\d+']}\n"


@pytest.mark.parametrize(
    ("path", "html", "family"),
    [
        ("/zwgk/201803/t20180301_102.html", "", "trs"),
        ("/art/2016/5/3/art_12_345.html", "", "hanweb"),
        ("/info/1056/1200.htm", "", "vsb"),
        ("/c100/201803/0123456789abcdef0123456789abcdef.shtml", "", "ucap"),
        ("/zwgk/content/post_123.html", "", "guangdong"),
        ("/content/article/123", "", "lonsun"),
        ("/2016/0503/c12a345/page.htm", "", "webplus"),
        ("/ShowArticle.asp?ArticleID=12", "", "powereasy"),
        ("/Item/12.aspx", "", "sitefactory"),
        ("/a/xinwen/2016/0503/123.html", "", "dedecms"),
        ("/e/action/ShowInfo.php?classid=1&id=2", "", "empire"),
        ("/index.php?m=content&c=index&a=show&catid=1&id=2", "", "phpcms"),
        ("/contents/1/22.html", "", "siteserver"),
        ("/xw/1.html", '<img src="/u/cms/www/1.jpg">', "jeecms"),
        ("/xw/1.html", '<div class="TRS_Editor">', "trs"),
        ("/xw/1.html", "<p>", GENERIC),
    ],
)
def test_detect(families: Families, path: str, html: str, family: str) -> None:
    assert families.detect(f"http://www.dahe.example.gov.cn{path}", html).family == family


def test_evidence_and_pin(families: Families) -> None:
    found = families.detect("http://x.example/zwgk/201803/t20180301_102.html", "TRS_Editor")
    assert found.score == 1.0 and "mark TRS_Editor" in found.evidence
    assert families.choose("vsb", "http://x.example/1", "TRS_Editor").family == "vsb"
    assert families.choose("auto", "http://x.example/1", "TRS_Editor").family == "trs"


def test_body_selectors_own_first(families: Families) -> None:
    selectors = families.body_selectors("vsb")
    assert selectors[0] == "#vsb_content .v_news_content"
    assert ".TRS_Editor" in selectors and len(selectors) == len(set(selectors))
    assert families.body_selectors("unknown") == families.body_selectors(GENERIC)


def test_without_a_family(families: Families) -> None:
    fewer = without(families, "trs")
    assert "trs" not in fewer.families and fewer.digest != families.digest
    assert fewer.detect("http://x.example/t20180301_102.html", "TRS_Editor").family == GENERIC


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        ("detial: ['x']", 3, "detail"),
        ("detail: ['(']", 3, "("),
        ("body: ['div[[']", 3, "div[["),
    ],
)
def test_strict(tmp_path: Path, change: str, line: int, words: str) -> None:
    path = tmp_path / "families.yaml"
    path.write_text(MINIMAL.replace("detail: ['/a/\\d+']", change), encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load_families(path)
    assert error.value.line == line
    assert words in f"{error.value.reason} {error.value.hint}"


BLOCK = """generic: {id: generic, name: 通用}
families:
  - id: b
    name: 乙
    detail:
      - '/b/\\d+'
"""


@pytest.mark.parametrize(
    ("lines", "line", "words"),
    [
        ("    title:\n      - '.t'\n      - '.t['", 9, ["title", "“b”", ".t[", "div.info > span"]),
        ("    attachments: ['ul[[']", 7, ["attachments", "ul[["]),
        ("    listing:\n      - '/l('", 8, ["listing", "/l(", "each bracket"]),
        ("    url_date: ['/(\\d+)/(\\d+)/']", 7, ["url_date", "three groups", "For example"]),
        ("    scripts:\n      publised: [pubdate]", 8, ["scripts", "publised", "published"]),
        ("    marks: ['']", 7, ["marks", "every page"]),
        ("    error_pages: [x, '']", 7, ["error_pages", "every page"]),
        ("    atachments: ['.x']", 7, ["atachments", "“attachments”"]),
        ("    body: {css: '.x'}", 7, ["body", "list"]),
        ("  - {id: 中, name: x}", 7, ["中", "Small letters"]),
        ("  - {id: auto, name: x}", 7, ["auto", "found out"]),
    ],
)
def test_an_error_names_line_key_and_what_is_allowed(tmp_path: Path, lines: str, line: int, words: list[str]) -> None:
    path = tmp_path / "families.yaml"
    path.write_text(f"{BLOCK}{lines}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load_families(path)
    assert str(path) in error.value.reason and error.value.line == line
    for word in words:
        assert word in f"{error.value.reason} {error.value.hint}"


LISTED = """<!DOCTYPE html><title>关于修路的通知</title><h1>关于修路的通知</h1><div>发布时间：2020-07-01</div>
<ul class=b-files><li><a href=/1.doc>附表.doc</a></li><li><a href=/more.htm>更多</a></li></ul>
<ul><li><a href=/2.doc>另一篇的附件.doc</a></li></ul><div id=zoom><p>现将有关事项通知如下。</p></div>"""


def test_attachments_and_error_pages_are_data(tmp_path: Path, site: SiteConfig) -> None:
    path = tmp_path / "families.yaml"
    keys = ("marks: [b-files]", "attachments: [.b-files]", "error_pages: [b-lost]", "body: ['#zoom']")
    path.write_text(BLOCK + "".join(f"    {key}\n" for key in keys), encoding="utf-8")
    url = "http://www.dahe.example.gov.cn/b/7"
    own = load_families(path)
    record = extract(Page(url, url, LISTED.encode(), "text/html; charset=utf-8"), site, own).record
    assert [link.name for link in record.attachments] == ["附表.doc"]
    lost = extract(Page(url, url, f"{LISTED}<i class=b-lost>".encode(), "text/html; charset=utf-8"), site, own).record
    assert (lost.kind, lost.reason) == (Kind.OTHER, "error-page")
    assert own.attachment_selectors(GENERIC) == () and not own.is_error_page(GENERIC, "b-lost")


def test_what_else_was_thought_of(families: Families) -> None:
    ranked = families.ranked("http://x.example/info/1056/1200.htm", "TRS_Editor TRS_UEDITOR v_news_content")
    assert [(found.family, round(found.score, 1)) for found in ranked[:2]] == [("vsb", 1.0), ("trs", 0.8)]
    assert families.detect("http://x.example/info/1056/1200.htm", "v_news_content").family == ranked[0].family
    assert families.ranked("http://x.example/a", "") == ()


RULE = "pager: numbered, grade: V, source: seen, marks: [x], count: '(\\d+)', address: '?page={n}'"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("numbered", "nmbered"), "numbered"),
        (("grade: V", "grade: Q"), "Q"),
        (("source: seen, ", ""), "source"),
        (("marks: [x], ", ""), "marks"),
        (("[x]", "['']"), "marks"),
        (("address: '?page={n}'", ""), "address"),
        (("numbered", "vsb"), "numbered"),
        (("(\\d+)", "("), "("),
        (("(\\d+)", "\\d+"), "\\d+"),
        (("{n}", "{page}"), "{page}"),
        (("{n}", "2"), "?page=2"),
        (("?page={n}", "?{n}"), "?{n}"),
        (("?page={n}", "list_{n"), "list_{n"),
    ],
)
def test_strict_paging(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    path = tmp_path / "families.yaml"
    text = MINIMAL + f"  - id: b\n    name: 乙\n    paging:\n      - {{{RULE.replace(*change)}}}\n"
    path.write_text(MINIMAL + f"  - id: b\n    name: 乙\n    paging:\n      - {{{RULE}}}\n", encoding="utf-8")
    assert load_families(path)["b"].paging[0].address == "?page={n}"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load_families(path)
    assert error.value.line == 7
    assert words in f"{error.value.reason} {error.value.hint}"


def test_how_lists_go_on_does_not_change_the_digest(tmp_path: Path) -> None:
    path = tmp_path / "families.yaml"
    path.write_text(MINIMAL, encoding="utf-8")
    first = load_families(path).digest
    path.write_text(MINIMAL.replace("}", ", paging: [{pager: links, grade: V, source: seen}]}", 2), encoding="utf-8")
    assert load_families(path).digest == first


def test_twice(tmp_path: Path) -> None:
    path = tmp_path / "families.yaml"
    path.write_text(MINIMAL + "  - {id: a, name: 乙}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"twice|两次"):
        load_families(path)


def test_recipe_changes_with_what_applies(families: Families, site: SiteConfig, tmp_path: Path) -> None:
    first = recipe(site, families)
    assert first == recipe(site, families)
    assert first != recipe(site, without(families, "trs"))
    assert first != recipe(dataclasses.replace(site, fields={"source": ("text:来源",)}), families)
    assert first == recipe(dataclasses.replace(site, rules=()), families)


def test_lines_do_not_change_the_digest(tmp_path: Path) -> None:
    path = tmp_path / "families.yaml"
    path.write_text(MINIMAL, encoding="utf-8")
    first = load_families(path).digest
    path.write_text("# a comment\n\n" + MINIMAL, encoding="utf-8")
    assert load_families(path).digest == first


@pytest.mark.parametrize(
    ("script", "field", "value"),
    [
        ("var fbsj = '2018-03-02 10:20';", "published", "2018-03-02T10:20"),
        ("var fbrq='2018年3月2日';", "published", "2018-03-02"),
        ('var pubtime="2018/03/02"', "published", "2018-03-02"),
        ("window.docRelTime = '2018.03.02'", "published", "2018-03-02"),
        ("var publishDate = '2018-03-02';", "published", "2018-03-02"),
        ("var ly='大河镇党政办';", "source", "大河镇党政办"),
        ("var infoSource = '中国政府网';", "source", "中国政府网"),
        ("var ly = 'layer.js', fly='大河'", "source", None),
        ("var only = '大河';", "source", None),
    ],
)
def test_what_scripts_write(script: str, field: str, value: str | None, site: SiteConfig, families: Families) -> None:
    text = "<p>大河镇召开防汛工作会议，部署汛期值守，要求各村落实责任、备足物资、加强巡查。</p>"
    html = f"<title>防汛会议</title><script>{script}</script><h1>防汛会议</h1><div id=zoom>{text}</div>"
    url = "http://www.dahe.example.gov.cn/show.asp?id=3"
    found = getattr(extract(Page(url, url, html.encode(), "text/html; charset=utf-8"), site, families).record, field)
    assert (found.value if found else None) == value
    assert found is None or found.origin.startswith("script:")


@pytest.mark.parametrize(
    ("path", "day"),
    [("/a/content_20180302123.html", "2018-03-02"), ("/content_20180302.shtml", "2018-03-02"),
     ("/content_20181302123.html", None), ("/content_5200760.htm", None)],
)  # fmt: skip
def test_dates_in_addresses(path: str, day: str | None, site: SiteConfig, families: Families) -> None:
    url = f"http://www.dahe.example.gov.cn{path}"
    html = (
        "<title>防汛会议</title><h1>防汛会议</h1><div id=zoom><p>大河镇召开防汛工作会议，部署汛期值守工作。</p></div>"
    )
    published = extract(Page(url, url, html.encode(), "text/html; charset=utf-8"), site, families).record.published
    assert (published.value if published else None) == day


def test_author_and_number_are_selected(tmp_path: Path, site: SiteConfig) -> None:
    path = tmp_path / "families.yaml"
    path.write_text(
        "generic: {id: generic, name: 通用, body: ['#zoom'],\n  author: ['.who'], document_number: ['.nr']}\n"
        "families: []\n",
        encoding="utf-8",
    )
    html = """<title>防汛通知</title><h1>防汛通知</h1>
    <i class=who>发布者：张三</i><b class=nr>文号 大政发〔2018〕3号</b>
    <div id=zoom><p>大河镇召开防汛工作会议，部署汛期值守，依据云政发〔2017〕9号文件。</p></div>"""
    url = "http://www.dahe.example.gov.cn/show.asp?id=3"
    record = extract(Page(url, url, html.encode(), "text/html; charset=utf-8"), site, load_families(path)).record
    assert record.author and (record.author.value, record.author.origin) == ("张三", "selector:.who")
    assert record.document_number and record.document_number.value == "大政发〔2018〕3号"
    assert record.document_number.origin == "selector:.nr"
