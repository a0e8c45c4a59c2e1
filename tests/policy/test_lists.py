"""Lists and dates as sources write them, hostile ones among them; and the configuration."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from migrate.config import Project
from migrate.config.policy import ListSpec, duration
from migrate.errors import ConfigError
from migrate.extract.dates import find_loose_date
from migrate.notices import Moment
from migrate.policy.lists import MAX_LINES, read_list
from migrate.policy.moments import day_of, narrowed, place, stated
from migrate.policy.reading import checksum_of, text_of
from migrate.urls import canonical
from tests.policy.conftest import YAML, new_project

URL = "https://www.zhongyang.example.gov.cn/zhengce/list.json"
JSON = ListSpec(URL, "json", "data.list", "t", "u", "d")
FEED = ListSpec(URL, "feed")
HTML = ListSpec(URL, "html", "ul.l > li", published="span")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


def test_json_by_key_paths() -> None:
    body = """{"data":{"list":[{"t":"<em>关于</em>甲&amp;乙的通知","u":"/a.htm","d":"2026-11-22"},
        {"t":"丙","u":"//other.example.gov.cn/b.htm","d":1763776800000},{"t":"","u":"/c"},{"t":"丁","u":"javascript:;"},
        {"t":["x"],"u":{"y":1}}, 7]}}"""
    read = read_list(JSON, body.encode(), "application/json", URL)
    assert [line.title for line in read.lines] == ["关于甲&乙的通知", "丙"]
    assert read.lines[0].url == "https://www.zhongyang.example.gov.cn/a.htm"
    assert read.lines[1].date == "1763776800000"
    assert (read.found, len(read.without), read.fault) == (6, 4, "")
    root = read_list(replace(JSON, items=""), b'[{"t":"a","u":"/a"}]', "", URL)
    assert len(root.lines) == 1


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"<html>", "not-json"), (b"", "not-json"), (b"[" * 100_000, "not-json"), (b'{"data":{}}', "no-items"),
        (b'{"data":{"list":{"a":1}}}', "no-items"), (b"[1,2]", "no-items"), (b'{"a":' + b"9" * 9000 + b"}", "not-json"),
    ],
)  # fmt: skip
def test_json_that_is_none(body: bytes, fault: str) -> None:
    assert read_list(JSON, body, "application/json", URL).fault == fault


def test_a_huge_list_is_cut() -> None:
    body = "[" + ",".join(f'{{"t":"{n}","u":"/{n}"}}' for n in range(MAX_LINES + 10)) + "]"
    read = read_list(replace(JSON, items=""), body.encode(), "", URL)
    assert (len(read.lines), read.found) == (MAX_LINES, MAX_LINES + 10)


RSS = (
    '<?xml version="1.0"?><rss version="2.0"><channel><item><title><![CDATA[甲 & 乙]]></title><link> /a.htm </link>'
    "<pubDate>Sun, 22 Nov 2026 09:12:30 +0800</pubDate></item></channel></rss>"
)
ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>甲 &amp; 乙</title><link rel="self" href="/no"/>'
    '<link href="/a.htm"/><updated>2026-11-22T01:12:30Z</updated></entry></feed>'
)


def feed_of(title: str, head: str = "", link: str = "<link>/a.htm</link>") -> str:
    return f"{head}<rss><channel><item><title>{title}</title>{link}</item></channel></rss>"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (feed_of("朱镕基通知", '<?xml version="1.0" encoding="gb2312"?>').encode("gbk"), ""),
        (feed_of("朱镕基通知", '<?xml version="1.0" encoding="utf-8"?>').encode("gbk"), "text/xml"),
        (feed_of("朱镕基通知").encode("gbk"), "text/xml; charset=gbk"),
        (feed_of("朱镕基通知", "\ufeff\n").encode(), "text/xml"),
        (
            feed_of(
                "朱镕基通知", '<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://n.example/r.dtd">'
            ).encode(),
            "",
        ),
        (feed_of("<![CDATA[朱镕基<font color='red'>通知</font>]]>").encode(), ""),
        (feed_of("朱镕基&lt;b&gt;通知&lt;/b&gt;").encode(), ""),
    ],
)
def test_feeds_as_they_are_written(body: bytes, content_type: str) -> None:
    read = read_list(FEED, body, content_type, URL)
    assert [(line.title, read.fault) for line in read.lines] == [("朱镕基通知", "")]


def test_an_identifier_is_no_address() -> None:
    body = feed_of("甲", link='<guid isPermaLink="false">2026-17</guid>')
    assert read_list(FEED, body.encode(), "", URL).without == ("link",)
    body = feed_of("甲", link="<guid>http://www.zhongyang.example.gov.cn/17.htm</guid>")
    assert [line.url for line in read_list(FEED, body.encode(), "", URL).lines] == [
        "http://www.zhongyang.example.gov.cn/17.htm"
    ]


def test_what_no_database_takes_is_left_out() -> None:
    body = b'[{"t":"\\ud800\\u0000\xe7\x94\xb2\\u000b","u":"/a\\u0000\\udfff.htm"}]'
    (line,) = read_list(replace(JSON, items=""), body, "application/json", URL).lines
    assert (line.title, line.url) == ("甲", "https://www.zhongyang.example.gov.cn/a.htm")


def test_json_in_a_call() -> None:
    body = 'showList({"data":{"list":[{"t":"甲(乙)","u":"/a.htm","d":"11-22"}]}});\n'
    assert [line.title for line in read_list(JSON, body.encode(), "text/javascript", URL).lines] == ["甲(乙)"]


@pytest.mark.parametrize("body", [RSS, ATOM])
def test_feeds(body: str) -> None:
    (line,) = read_list(FEED, body.encode(), "", URL).lines
    assert (line.title, line.url) == ("甲 & 乙", "https://www.zhongyang.example.gov.cn/a.htm")
    moment = utc(2026, 11, 22, 1, 12, 30)
    assert stated(line.date, find_loose_date) == Moment(moment, moment)


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><rss>&b;</rss>', "entities"),
        ('<?xml version="1.0"?><!DOCTYPE r SYSTEM "file:///etc/passwd"><rss/>', "entities"),
        ("<!DOCTYPE html><html><body>维护中</body></html>", "no-items"),
        ("<html><body><p>x", "not-xml"), ("", "not-xml"), ("<other/>", "no-items"), ("<a>" * 100_000, "not-xml"),
    ],
)  # fmt: skip
def test_feeds_that_are_none(body: str, fault: str) -> None:
    assert read_list(FEED, body.encode(), "", URL).fault == fault


def test_entities_in_another_encoding() -> None:
    bomb = f'<!DOCTYPE x [<!ENTITY a "{"a" * 1000}"><!ENTITY b "{"&a;" * 1000}">]>'
    for more in (bomb, '<!DOCTYPE x [<!ENTITY b SYSTEM "file:///etc/passwd">]>'):
        body = feed_of("&b;", '<?xml version="1.0" encoding="utf-16"?>' + more).encode("utf-16")
        read = read_list(FEED, body, "", URL)
        assert (read.fault in ("entities", "not-xml"), read.lines) == (True, ())


def test_an_empty_feed_is_one() -> None:
    assert read_list(FEED, b'<rss version="2.0"><channel/></rss>', "", URL).fault == ""


def test_html_by_selectors() -> None:
    body = """<ul class=l><li><a href="../c/1.htm" title="关于甲的全部标题">关于甲…</a><span>[2026-11-22]</span></li>
        <li><a href="2.htm">关于 2019 年乙的通知</a><span></span></li><li>没有链接</li></ul>"""
    read = read_list(HTML, body.encode(), "text/html; charset=utf-8", "http://h.example.gov.cn/a/b/list.htm")
    assert [(line.url, line.title) for line in read.lines] == [
        ("http://h.example.gov.cn/a/c/1.htm", "关于甲的全部标题"),
        ("http://h.example.gov.cn/a/b/2.htm", "关于 2019 年乙的通知"),
    ]
    assert read.lines[1].date == ""
    bare = read_list(replace(HTML, published=""), body.encode(), "text/html", "http://h.example.gov.cn/")
    assert stated(bare.lines[1].date, find_loose_date) is None, "a title's year is no date"
    assert read_list(HTML, b"", "", URL).found == 0


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-22 09:12", utc(2026, 11, 22, 1, 12)),
        ("2026-11-22 09:12:30", utc(2026, 11, 22, 1, 12, 30)),
        ("2026年11月22日 9时12分", utc(2026, 11, 22, 1, 12)),
        ("2026-11-22T09:12:30+08:00", utc(2026, 11, 22, 1, 12, 30)),
        ("2026-11-21T17:12:30Z", utc(2026, 11, 21, 17, 12, 30)),
        ("1795309920000", utc(2026, 11, 22, 1, 12)),
        ("Sun, 22 Nov 2026 09:12:00 CST", utc(2026, 11, 22, 1, 12)),
        ("Sun, 22 Nov 2026 01:12:00 GMT", utc(2026, 11, 22, 1, 12)),
    ],
)
def test_a_time_is_exact(text: str, moment: datetime) -> None:
    assert stated(text, find_loose_date) == Moment(moment, moment)


@pytest.mark.parametrize("text", ["2026-11-22", "[2026/11/22]", "2026年11月22日", "2026-11-22 00:00:00", "20261122"])
def test_a_day_has_bounds_in_beijing(text: str) -> None:
    assert stated(text, find_loose_date) == Moment(utc(2026, 11, 21, 16), utc(2026, 11, 22, 15, 59, 59))


@pytest.mark.parametrize("text", ["", "昨天", "2026-13-45", "0000-00-00 00:00", "Sun, 99 Nov 2026", "9" * 400])
def test_no_date(text: str) -> None:
    assert stated(text, find_loose_date) is None


@pytest.mark.parametrize(
    ("text", "now", "day"),
    [
        ("[11-22]", utc(2026, 11, 23), date(2026, 11, 22)),
        ("11月22日", utc(2026, 11, 21, 16, 1), date(2026, 11, 22)),  # midnight is Beijing's
        ("12/30", utc(2027, 1, 2), date(2026, 12, 30)),
        ("01-01", utc(2026, 12, 31, 20), date(2027, 1, 1)),
        ("02-29", utc(2026, 11, 22), date(2024, 2, 29)),
    ],
)
def test_a_day_without_its_year_is_the_last_of_its_name(text: str, now: datetime, day: date) -> None:
    assert stated(text, find_loose_date, now) == day_of(day)
    assert stated(text, find_loose_date) is None


@pytest.mark.parametrize("text", ["13-45", "第11-22号", "3", "1-2-3-4"])
def test_no_day_of_a_year(text: str) -> None:
    assert stated(text, lambda _text: None, utc(2026, 11, 22)) is None


def test_where_a_notice_is_placed() -> None:
    day = day_of(utc(2026, 11, 22).date())
    unseen, seen = utc(2026, 11, 22, 3), utc(2026, 11, 22, 4)
    assert place(day, unseen, seen).moment == Moment(unseen, seen)
    assert place(day, None, seen).moment == Moment(day.earliest, seen)
    assert place(None, unseen, seen).moment == Moment(unseen, seen)
    before = day_of(utc(2026, 11, 21).date())
    late = place(before, unseen, seen)
    assert (late.moment, late.odd) == (Moment(before.earliest, seen), "late")
    after = place(day_of(utc(2026, 11, 23).date()), unseen, seen)
    assert (after.moment, after.odd) == (Moment(unseen, seen), "future")
    exact = Moment(utc(2026, 11, 21, 20), utc(2026, 11, 21, 20))
    assert place(exact, unseen, seen) == (place(exact, unseen, seen).__class__)(exact, "late")
    just = Moment(unseen - timedelta(minutes=10), unseen - timedelta(minutes=10))
    assert place(just, unseen, seen).odd == "", "lists come through caches"


def test_the_page_is_sharper_than_the_list_where_it_can_be() -> None:
    known, seen = Moment(utc(2026, 11, 22, 3), utc(2026, 11, 22, 4)), utc(2026, 11, 22, 4)
    exact = Moment(utc(2026, 11, 22, 2), utc(2026, 11, 22, 2))
    assert narrowed(known, exact, seen) == exact
    assert narrowed(known, day_of(utc(2026, 11, 22).date()), seen) == known
    assert narrowed(known, None, seen) == known
    assert narrowed(known, day_of(utc(2026, 11, 25).date()), seen) == known
    assert narrowed(known, day_of(utc(2026, 11, 20).date()), seen) == known


def test_a_checksum_is_of_what_is_read() -> None:
    one = "<p>第一段<b>重</b>点。</p>\n<table><tr><td>甲</td><td>乙</td></tr></table>"
    other = "<div><p style='x'>第一段重点。</p></div><table><tbody><tr><td>甲 </td>\n<td> 乙</td></tr></tbody></table>"
    assert text_of("标题", one) == "标题\n第一段重点。\n甲 乙" == text_of("标题", other)
    assert checksum_of("a").startswith("sha256:")
    assert checksum_of("a") != checksum_of("b")


# the configuration


@pytest.mark.parametrize(("text", "hours"), [("24h", 24), ("90m", 1.5), ("2d", 48), ("3600s", 1)])
def test_durations(text: str, hours: float) -> None:
    assert duration(text) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("old", "new", "reason", "hint"),
    [
        ("sources:", "soruces:", "“soruces”", "sources"),
        ("rate: 1000", "rate: 0", "rate", ""),
        ("    name:", "    colum: /x/\n    name:", "“colum”", "column"),
        ("    name:", "    column: /state-counsil/\n    name:", "/state-counsil/", "/state-council/"),
        ("    name:", "    column: /news/\n    name:", "no policy documents", "/state-council/"),
        ("    name:", "    interval: 15\n    name:", "“15”", "15m"),
        ("    name:", "    repost_within: 2y\n    name:", "“2y”", "24h"),
        ("    name:", "    since: soon\n    name:", "“soon”", "2026"),
        ("    name:", "    hosts: [http://a.example.gov.cn/]\n    name:", "no host name", "bare"),
        ("    name:", "    hosts: [127.0.0.1]\n    name:", "no host name", "bare"),
        ("    name:", "    hosts: ['*.gov.cn']\n    name:", "no host name", "bare"),
        ("    name:", "    hosts: [www.yunxi.example.gov.cn]\n    name:", "own host", "repost"),
        ("form: json", "form: jsn", "“jsn”", "json"),
        (", title: TITLE", "", "“title” is missing", ""),
        ("form: json", "form: feed", "feed", "Leave out"),
        ("form: json", 'form: html, items: "a[["', "“a[[”", "ul.list"),
        ("http://", "ftp://", "no web address", "https"),
        ("zhongyang\n", "Zhong Yang\n", "“Zhong Yang”", "Small letters"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, old: str, new: str, reason: str, hint: str) -> None:
    assert old in YAML
    project = new_project(tmp_path / "p", YAML.replace(old, new, 1))
    with pytest.raises(ConfigError) as told:
        project.policy()
    assert reason in told.value.reason
    assert hint in told.value.hint
    assert told.value.line > 1


def test_twice_is_an_error(tmp_path: Path) -> None:
    source = YAML[YAML.index("  - id:") :]
    for second in (source, source.replace("zhongyang\n", "other\n")):
        project = new_project(tmp_path / str(len(second)), YAML + second)
        with pytest.raises(ConfigError, match="second time"):
            project.policy()


def test_the_mapping_that_comes_with_the_program(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    config = Project(root).policy()
    assert [source.id for source in config.active] == ["gov-cn"]
    assert config.hosts == {"www.gov.cn"}
    assert config.remind == (timedelta(hours=4), timedelta(hours=1))
    assert (config.mail, config.webhook) == ((), "")


def test_no_host_folds_into_another() -> None:
    rules = Project(Path(__file__).resolve().parents[2]).site("policy").url_rules
    assert canonical("https://www.gov.cn/a.htm?b=1", rules) == "http://www.gov.cn/a.htm?b=1"
    assert canonical("https://www.linjiang.example.gov.cn/a.htm", rules) == "http://www.linjiang.example.gov.cn/a.htm"
    assert rules.owns("www.gov.cn")
    assert not rules.owns("www.dahe.example.gov.cn")
