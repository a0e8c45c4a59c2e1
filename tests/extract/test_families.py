"""families.yaml: detection by address and source, strictness, what the recipe hash depends on."""

import dataclasses
from pathlib import Path

import pytest

from migrate.config import SiteConfig
from migrate.errors import ConfigError
from migrate.extract import recipe
from migrate.families import GENERIC, Families, load_families, without

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
