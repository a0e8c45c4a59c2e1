"""What a site file may not say, beyond words that are not known: each with its line."""

import shutil
from pathlib import Path

import pytest

from migrate.config import Project, find_project
from migrate.errors import ConfigError

ROOT = Path(__file__).parents[1]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    shutil.copytree(ROOT / "mappings", tmp_path / "mappings")
    return find_project(tmp_path)


CHAIN = "{any: [&k0 {kind: list}" + "".join(f", &k{n} {{not: *k{n - 1}}}" for n in range(1, 300)) + "]}"
"""Conditions side by side, each the contrary of the one before."""


def change(project: Project, old: str, new: str) -> None:
    path = project.mappings / "sites" / "dahe.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("[dahe.example.gov.cn]", "[www.yunxi.example.gov.cn]", "portal's own host"),
        ("[dahe.example.gov.cn]", "[WWW.Yunxi.example.gov.cn]", "portal's own host"),
        ("[dahe.example.gov.cn]", '["http://x/"]', "no host name"),
        ("[dahe.example.gov.cn]", '["dahe.example.gov.cn:8080"]', "no host name"),
        ("http://www.dahe.example.gov.cn/", "http://2130706433/", "no host name"),
        ("id: dahe", "id: all", "can't be an id"),
        ("http://www.dahe.example.gov.cn/", "ftp://www.dahe.example.gov.cn/", "no web address"),
        ("harvest:\n", "harvest:\n  concurrency: 0\n", "“concurrency” must be at least 1"),
        ("harvest:\n", "harvest:\n  timeout: -1\n", "“timeout” must be at least"),
        ("harvest:\n", "harvest:\n  limit: 0\n", "“limit” must be at least 1"),
        ("harvest:\n", "harvest:\n  max_total: 0\n", "“max_total” must be at least 1"),
        ("harvest:\n", "harvest:\n  hours: 20-7\n", "“20-7” are no hours"),
        ("harvest:\n", "harvest:\n  hours: 20:00\n", "“20:00” are no hours"),
        ("harvest:\n", "harvest:\n  tls: off\n", "“off” can't stand for “tls”"),
        ("[dahe.example.gov.cn]", "[大河..政务]", "no host name"),
        ("http://www.dahe", "http://clerk:s3cret@www.dahe", "User and password do not belong"),
        ("http://www.dahe.example.gov.cn/", "http://www.dahe.example.gov.cn:99999/", "no web address"),
        ("rate: 50", "rate: inf", "“inf” is not what “rate” takes"),
        ("name: 大河镇人民政府", "name: ", "“name” is empty"),
        ("name: 镇情概况", "name: ''", "“name” is empty"),
        ("archive: 专题已结束，内容不再更新", "archive: ''", "“archive” is empty"),
        ('{path: "/zt/2015/**"}', "{path: []}", "“path” is empty"),
        ('{path: "/zt/2015/**"}', "{any: []}", "“any” is empty"),
        ('{path: "/zt/2015/**"}', "{meta: {}}", "“meta” is empty"),
        ('{path: "/zt/2015/**"}', "{date: }", "Expected “key: value”"),
        ("column: overview", "column: overview\n    when: ", "Expected “key: value”"),
        ("column: overview", "column: overview\n    set: {title: []}", "“title” is empty"),
        ('{path: "/zt/2015/**"}', "&m {any: [*m]}", "stands for itself"),
        ('{path: "/zt/2015/**"}', CHAIN, "too deep"),
        ('{path: "/zt/2015/**"}', "{not: " * 200 + "{kind: list}" + "}" * 200, "too deep"),
        ("column: overview", "column：overview", "without its colon"),
        ('"/gzdt/**"', "*动态", r"begins with \* or & must stand in quotation marks"),
    ],
)
def test_site_file_is_refused(project: Project, old: str, new: str, reason: str) -> None:
    change(project, old, new)
    with pytest.raises(ConfigError, match=reason) as caught:
        project.site("dahe")
    assert caught.value.line > 1
    assert caught.value.hint
    assert "s3cret" not in f"{caught.value} {caught.value.hint}"


BOMB = "".join(f"        - &a{n} {{any: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 12))


def test_anchors_that_stand_for_far_too_much_are_refused(project: Project) -> None:
    bomb = f"match:\n      any:\n        - &a0 {{kind: list}}\n{BOMB}"
    change(project, 'match: {path: "/zt/2015/**"}', bomb)
    with pytest.raises(ConfigError, match="far too much"):
        project.site("dahe")


def test_an_anchor_may_stand_for_a_condition(project: Project) -> None:
    change(project, 'match: {path: "/zt/2015/**"}', 'match: &old {path: "/zt/2015/**"}')
    change(project, "match: {kind: [home, list]}", "match: {kind: [home, list], not: *old}")
    topic, lists, *_others = project.site("dahe").rules
    assert lists.match.negated is not None and lists.match.negated.path == topic.match.path == ("/zt/2015/**",)


def test_a_sign_of_a_chinese_keyboard_is_named(project: Project) -> None:
    change(project, "column: overview", "column：overview")
    with pytest.raises(ConfigError) as caught:
        project.site("dahe")
    assert "“：”" in caught.value.hint


def test_what_is_no_file_is_no_crash(project: Project) -> None:
    path = project.mappings / "sites" / "dahe.yaml"
    path.unlink()
    path.mkdir()
    with pytest.raises(ConfigError, match="can't be read"):
        project.site("dahe")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("{slug: plans, title: 规划计划", "{slug: guide, title: 规划计划", "“guide” stands here a second"),
        ("{slug: news, title: 政务动态", "{slug: towns, title: 政务动态", "“towns” stands here a second"),
        ("{slug: leaders, title: 领导信息", "{slug: a/b, title: 领导信息", "“a/b” can't be part of an address"),
        ("cut: [personnel,", "cut: [personel,", "no column “personel”"),
        ("template: notice, hidden: true}", "template: notice}", "no hidden column “undecided”"),
        ("clock_days: 14,", "clock_days: 0,", "“clock_days” must be at least 1"),
        ("channels:\n", "channels:\n  - {path: /towns/dahe/, title: 大河}\n", "“/towns/dahe/” stands here a second"),
    ],
)
def test_portal_yaml_is_refused(project: Project, old: str, new: str, reason: str) -> None:
    path = project.mappings / "portal.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=reason) as caught:
        project.portal()
    assert caught.value.line > 1 and caught.value.hint


def test_deep_nesting_is_no_crash(project: Project) -> None:
    (project.mappings / "sites" / "dahe.yaml").write_text("[" * 5000, encoding="utf-8")
    with pytest.raises(ConfigError):
        project.site("dahe")
