"""What rules may ask of a page, what they put right, and what is said of those that take nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from migrate.errors import ConfigError
from migrate.records import Field, Kind, Outcome
from tests.mapping.building import Site, site_config


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    yield site
    site.ledger.close()


def taken(site: Site, condition: str, key: str = "match") -> list[str]:
    """Return the articles that a condition takes, each by its last name."""
    match = "" if key == "match" else "    match: {kind: [article]}\n"
    site.map(f"rules:\n  - name: 一\n{match}    {key}: {condition}\n    column: news\n")
    return [entry.key.rsplit("/", 1)[-1] for entry in site.ledger.entries("rule = '一'")]


@pytest.fixture
def pages(site: Site) -> Site:
    """Four articles and a picture; what tells them apart is what conditions ask for."""
    site.article(
        "/a",
        meta={"ColumnType": "政策文件", "contentsource": "县政府办公室"},
        document_number=Field("云大政发〔2016〕3号", "label:文号", 1.0),
        source=Field("县政府办公室", "meta:ContentSource", 1.0),
        breadcrumb=("政务公开", "政策文件"),
        evidence="trs (address), utf-8 (meta)",
        published=Field("2015-06-30", "label:发布时间", 1.0),
        written_on=Field("2014-12-31", "label:成文日期", 1.0),
    )
    site.article(
        "/b",
        meta={"ColumnType": "工作动态"},
        evidence="vsb (mark), utf-8 (meta)",
        published=Field("2015-07-01T09:30", "label:发布时间", 1.0),
        body="<p>本次<b>招</b>标结果如下</p>",
    )
    head = {
        "issuer": Field("大河镇人民政府", "head:发文机关", 1.0),
        "effective_on": Field("2016-06-01", "head:施行日期", 1.0),
        "repeal_on": Field("2021-05-31", "head:废止日期", 1.0),
    }
    site.article("/c", policy_head=head, published=None)
    site.article("/d", published=None, title=Field("低保对象公示（第二批）", "selector:h1", 1.0), images=["/d.jpg"])
    site.list_page("/list/", "/d", d="2016-01-02")
    site.file("/d.jpg", "image/jpeg", referrer="/d")
    return site


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("{meta: {columntype: 政策*}}", "a"),
        ("{meta: {ColumnType: [政策文件, 工作动态]}}", "a b"),
        ("{meta: {ColumnType: 政策}}", ""),
        ('{document_number: "云大政发[2016]*"}', "a"),
        ('{document_number: "云大政发（2016） 3 号"}', "a"),
        ('{document_number: "云大政发〔２０１６〕*"}', "a"),
        ('{document_number: "*"}', "a"),
        ("{date: {to: 2015-06-30}}", "a"),
        ("{date: {from: 2015-07, to: 2015-07}}", "b"),
        ("{date: {from: 2015}}", "a b d"),
        ("{date: {from: 2014, to: 2014, of: written_on}}", "a"),
        ("{date: {from: 2016-06-01, to: 2016-06, of: effective_on}}", "c"),
        ("{date: {to: 2021-05-30, of: repeal_on}}", ""),
        ("{date: {to: 2021, of: repeal_on}}", "c"),
        ('{fields: {repeal_on: "2021-*"}}', "c"),
        ("{family: trs}", "a"),
        ("{family: [trs, vsb]}", "a b"),
        ('{fields: {source: "*办公室"}}', "a"),
        ('{fields: {issuer: "大河镇*"}}', "c"),
        ('{fields: {title: "*公示*"}}', "d"),
        ('{fields: {body: "*招标*"}}', "b"),
        ('{fields: {breadcrumb: "政策?件"}}', "a"),
        ("{breadcrumb: 政务公开}", "a"),
        ("{kind: article}", "a b c d"),
        ("{kind: image}", "d.jpg"),
        ('{not: {fields: {published: "*"}}, kind: article}', "c d"),
        ("{not: {path: [/a, /b]}}", "c d"),
        ('{any: [{family: vsb}, {all: [{path: "/**"}, {fields: {title: "*公示*"}}]}]}', "b d"),
        ("{any: [{kind: image}, {path: /a}]}", "a d.jpg"),
        ("{all: [{family: trs}, {date: {from: 2016}}]}", ""),
        ("{listed: /list/}", "d"),
    ],
)  # fmt: skip
def test_conditions(pages: Site, condition: str, expected: str) -> None:
    assert [name for name in taken(pages, condition) if name] == expected.split()


def test_match_and_when_must_both_hold(pages: Site) -> None:
    assert taken(pages, "{family: [trs, vsb]}", key="when") == ["a", "b"]
    assert taken(pages, '{date: {to: "2015-06"}}', key="when") == ["a"]


class TestWhatRulesTook:
    def findings(self, site: Site, name: str) -> list[tuple[str, str]]:
        return [(f.message, f.hint) for _stage, f in site.ledger.findings("map") if f.check == name]

    def test_a_shadowed_rule_names_those_above_it(self, pages: Site) -> None:
        summary = pages.map("""
rules:
  - {name: 列表, match: {kind: [home, list]}, redirect: column}
  - {name: 甲, match: {path: /a}, column: news}
  - {name: 其余, match: {kind: article}, column: notices}
  - {name: 公示, match: {fields: {title: "*公示*"}}, column: notices}
  - {name: 头两个, match: {path: [/a, /b]}, column: notices}
  - {name: 没有, match: {path: /x/**}, column: notices}
""")
        assert summary.rules == {"列表": 1, "甲": 1, "其余": 3}
        shadowed = [message for message, _hint in self.findings(pages, "map.rule-shadowed")]
        assert len(shadowed) == 2
        assert "“公示” (line 14) took nothing: 1 old URLs that it fits went to “其余” (line 13): 1" in shadowed[0]
        assert "went to “其余” (line 13): 1, “甲” (line 12): 1" in shadowed[1]
        [(unused, _hint)] = self.findings(pages, "map.rule-unused")
        assert "没有" in unused
        assert summary.shadowed == {"公示": {"其余": 1}, "头两个": {"其余": 1, "甲": 1}}

    def test_a_rule_whose_when_fits_nothing_says_so(self, pages: Site) -> None:
        pages.map("rules:\n  - {name: 一, match: {kind: article}, when: {family: dede}, column: news}\n")
        [(_message, hint)] = self.findings(pages, "map.rule-unused")
        assert "4 old URLs" in hint
        assert "when" in hint


class TestSet:
    def entry(self, site: Site, steps: str, path: str = "/a", name: str = "source"):
        site.map(
            f"rules:\n  - name: 一\n    match: {{kind: article}}\n    column: news\n    set: {{{name}: {steps}}}\n"
        )
        return site.mapped(path)

    def test_the_first_step_that_gives_a_value_counts(self, pages: Site) -> None:
        steps = "[meta:Nothing, issuer, {from: source, apply: [{table: {县政府办公室: 云溪县人民政府办公室}}]}, author]"
        content = self.entry(pages, steps).content
        assert content.source == "云溪县人民政府办公室"
        assert content.evidence["source"].origin == "rule:source"
        assert self.entry(pages, steps, "/c").content.source == "大河镇人民政府"
        assert self.entry(pages, steps, "/b").content.source == ""

    def test_where_no_step_gives_one_the_value_stays(self, pages: Site) -> None:
        found = self.entry(pages, "meta:Nothing").content
        assert (found.source, found.evidence["source"].origin) == ("县政府办公室", "meta:ContentSource")

    def test_the_head_of_a_document_too(self, pages: Site) -> None:
        found = self.entry(pages, "[{from: breadcrumb, apply: {part: -1}}]", name="subject_class").content
        assert found.policy_head["subject_class"] == "政策文件"

    def test_days_must_be_days(self, pages: Site) -> None:
        found = self.entry(pages, "[title, {from: '', apply: {default: 2016年5月3日}}]", "/c", "published")
        assert found.content.published == "2016-05-03"

    @pytest.mark.parametrize("name", ["effective_on", "repeal_on"])
    def test_days_of_the_head_too(self, pages: Site, name: str) -> None:
        steps = "[title, {from: '', apply: {default: 自二〇一六年五月三日起}}]"
        assert self.entry(pages, steps, "/a", name).content.policy_head[name] == "2016-05-03"
        assert name not in self.entry(pages, "[title]", "/a", name).content.policy_head

    def test_the_date_of_a_list_is_a_value_too(self, pages: Site) -> None:
        found = self.entry(pages, "[published]", "/d", "published")
        assert found.published == found.content.published == "2016-01-02"

    def test_what_a_rule_gives_is_no_longer_missing(self, pages: Site) -> None:
        require = "    require: [source]\n"
        rule = "rules:\n  - name: 一\n    match: {path: /b}\n    column: news\n"
        pages.map(rule + require)
        assert pages.mapped("/b").outcome == Outcome.UNDECIDED
        pages.map(rule + require + "    set: {source: {apply: {default: 大河镇人民政府}}}\n")
        found = pages.mapped("/b")
        assert (found.outcome, found.content.source) == (Outcome.MOVE, "大河镇人民政府")

    @pytest.mark.parametrize("name", ["effective_on", "repeal_on"])
    def test_days_of_the_head_may_be_required(self, pages: Site, name: str) -> None:
        pages.map(f"rules:\n  - name: 一\n    match: {{path: [/a, /c]}}\n    column: news\n    require: [{name}]\n")
        assert pages.mapped("/a").outcome == Outcome.UNDECIDED and name in pages.mapped("/a").reason
        assert name not in pages.mapped("/c").reason

    def test_renaming_the_rule_changes_nothing_in_the_content(self, pages: Site) -> None:
        rule = (
            "rules:\n  - name: 一\n    match: {path: /a}\n    column: news\n    set: {source: issuer, author: source}\n"
        )
        pages.map(rule)
        before = pages.mapped("/a").content_hash
        pages.map(rule.replace("name: 一", "name: 二"))
        assert pages.mapped("/a").content_hash == before
        assert pages.mapped("/a").kind == Kind.ARTICLE


@pytest.mark.parametrize(
    ("rule", "line", "reason", "hint"),
    [
        ("match: {paths: /a}", 11, "“paths” is not known", "“path”"),
        ("match: {kind: artikle}", 11, "“artikle”", "“article”"),
        ("match: {path: a/**}", 10, "no path glob", "slash"),
        ("match: {path: /a/***}", 10, "no path glob", "across"),
        ("match: {path: '/a\\b'}", 10, "no path glob", "across"),
        ("match: {path: '/show.asp?id=*'}", 10, "no path glob", "question mark"),
        ("match: {listed: a.asp}", 10, "no path glob", "slash"),
        ("match: {fields: {titel: '*'}}", 10, "“titel” is no field", "“title”"),
        ("match: {fields: {title: ' '}}", 10, "empty glob", "“*”"),
        ("match: {meta: {ColumnType: ''}}", 10, "empty glob", "“*”"),
        ("match: {date: {from: 2015年}}", 11, "“2015年” is no day", "2015-06"),
        ("match: {date: {from: 2015-02-30}}", 11, "is no day", "2015-06"),
        ("match: {date: {from: 2016, to: 2015-06}}", 11, "ends before", "from"),
        ("match: {date: {of: published}}", 11, "“from” is missing", "to"),
        ("match: {date: {since: 2016}}", 11, "“since” is not known", "Possible here"),
        ("match: {not: {}}", 11, "says nothing", "docs/mapping.md"),
        ("match: {any: [{kind: list}, {}]}", 11, "says nothing", "docs/mapping.md"),
        ("match: {any: {kind: list}}", 11, "takes a list", "[a, b]"),
        ("match:\n      all:\n        - kind: list\n        - {breadcrum: 公告}", 14, "“breadcrum”", "“breadcrumb”"),
        ("when: {}", 11, "says nothing", "docs/mapping.md"),
        ("set: {titel: title}", 10, "“titel” is no field", "“title”"),
        ("set: {body: title}", 10, "“body” is no field", "Possible here"),
        ("set: {source: sorce}", 10, "“sorce”", "“source”"),
        ("set: {source: 'meta:'}", 10, "“meta:”", "meta:Name"),
        ("set: {source: {apply: strip}}", 11, "“from” is missing", "docs/mapping.md"),
        ("set: {source: {from: title, apply: [strp]}}", 11, "“strp” is no transform", "“strip”"),
        ("set: {source: {from: title, apply: [{tabel: {a: b}}]}}", 11, "“tabel” is not known", "“table”"),
        ("set: {source: {from: title, apply: [{table: {a: b}, strip: x}]}}", 11, "strip, table", "replace"),
        ("set: {source: {from: title, apply: [{}]}}", 11, "One transform", "replace"),
        ("set: {source: {from: title, apply: [{split: ''}]}}", 11, "“split” says nothing", "docs/mapping.md"),
        ("set: {source: {from: title, apply: [{part: 0}]}}", 11, "“part” says nothing", "docs/mapping.md"),
        ("set: {source: {from: title, apply: [{part: one}]}}", 11, "“one”", "1, 2, 3"),
        ("set: {published: {from: title, apply: [{date: '%Q'}]}}", 11, "“%Q”", "%Y"),
        ("set: {published: {from: title, apply: [{date: '%m-%d'}]}}", 11, "“%m-%d”", "%Y"),
    ],
)
def test_what_can_not_be_is_told_with_its_line(tmp_path: Path, rule: str, line: int, reason: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        site_config(tmp_path, f"rules:\n  - name: 一\n    {rule}\n    column: news\n")
    assert (caught.value.line, reason in str(caught.value), hint in caught.value.hint) == (line, True, True), (
        str(caught.value), caught.value.hint
    )  # fmt: skip


def test_a_name_stands_once_and_set_needs_content(tmp_path: Path) -> None:
    twice = "rules:\n  - {name: 一, column: news}\n  - {name: 一, column: news}\n"
    with pytest.raises(ConfigError, match="second time") as caught:
        site_config(tmp_path, twice)
    assert caught.value.line == 11
    assert "line 10" in caught.value.hint
    with pytest.raises(ConfigError, match="would do nothing"):
        site_config(tmp_path, "rules:\n  - {name: 一, gone: 已作废, set: {title: source}}\n")
