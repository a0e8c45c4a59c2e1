"""A survey over real HTTP: what it finds on the demo's site, and how it behaves on sites made to be difficult."""

from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import unquote

import pytest

from migrate.config import SiteConfig, SiteIdentity
from migrate.demo import LegacyServer, dahe
from migrate.errors import ShangyiError, UsageError
from migrate.extract import Page, extract
from migrate.families import load_families
from migrate.harvest.reading import Named
from migrate.harvest.survey import Fetched, Reader, Survey, SurveyRun, run_survey
from migrate.harvest.survey.columns import _with_articles
from migrate.harvest.survey.marks import read_marks
from migrate.harvest.survey.types import MAX_REQUESTS
from migrate.harvest.survey.words import is_name, pages, total
from migrate.records import OldColumn, Record
from migrate.urls import UrlRules
from tests.commands import ROOT
from tests.harvest.oldsite import HOST, Answer, OldSite
from tests.http.certificates import Office

FAMILIES = load_families(ROOT / "mappings" / "families.yaml")
SIBLING = HOST.removeprefix("www.")


def fields(rules: UrlRules) -> Reader:
    """Read fields as the pipeline does, knowing nothing but the hosts."""
    site = SiteConfig(SiteIdentity("x", "", f"http://{rules.host}/", "/", aliases=tuple(rules.aliases)))

    def read(page: Fetched) -> Record:
        return extract(Page(page.url, page.url, page.body, page.content_type), site, FAMILIES).record

    return read


def surveyed(url: str, resolve: Mapping[str, str]) -> Survey:
    return run_survey(SurveyRun(url, 0, resolve), FAMILIES, fields, lambda _sent: None)


def look(site: OldSite, url: str = f"http://{HOST}/") -> Survey:
    """Survey a small site of one's own; its server answers for both names."""
    with site.served():
        return surveyed(url, {HOST: site.address})


def asked(site: OldSite) -> int:
    return sum(site.counts.values())


def titles(survey: Survey) -> dict[str, OldColumn]:
    return {" > ".join(column.path): column for column in survey.columns}


# the demo's site


@pytest.fixture(scope="module")
def demo(old_server: LegacyServer) -> Survey:
    before = sum(old_server.hits.values())
    found = surveyed(f"http://{HOST}/gzdt/index_2.html", old_server.resolve)
    assert sum(old_server.hits.values()) - before == found.requests <= MAX_REQUESTS
    return found


def test_columns_of_the_demo(demo: Survey) -> None:
    truth = dahe().truth
    columns = titles(demo)
    for path in {article.column for article in truth.articles}:
        name = " > ".join(path)
        articles = [article for article in truth.articles if article.column == path]
        assert name in columns, sorted(columns)
        assert abs(columns[name].articles - len(articles)) <= max(1, 0.2 * len(articles)), name
        dated = [article.published[:10] for article in articles if article.published]
        # Odd lines of a list (redirects, dead ones) have dates, too.
        assert not columns[name].newest or columns[name].newest >= max(dated), name
        own = {article.url for article in articles}
        others = {article.url for article in truth.articles} - own
        assert not set(columns[name].rows) & others, name
        assert set(columns[name].rows) & own, name


def test_facts_of_the_demo(demo: Survey) -> None:
    truth = dahe().truth
    assert (demo.url, demo.name, demo.unit) == (truth.url, truth.name, truth.name)
    assert demo.aliases == truth.aliases
    assert demo.marks["site_code"] == truth.site_code
    assert {"icp", "conac"} <= set(demo.marks)
    assert demo.family == "generic"
    assert demo.case_sensitive is False
    assert {name.split()[0] for name in demo.encodings} == {"gb18030"}
    assert {p.name: p.matters for p in demo.parameters} == {"cid": True, "id": True, "page": True, "from": False}
    assert "index.html" in demo.default_documents
    assert set(demo.injected) >= {link.url.split("/")[2] for link in truth.injected_links if link.referrer == truth.url}
    assert {trap.kind for trap in demo.traps} >= {"robots"}
    assert demo.speed.median > 0


def test_what_robots_txt_forbids_is_not_asked_for(demo: Survey, old_server: LegacyServer) -> None:
    assert demo.requests
    assert not [url for url in old_server.hits if "/admin/" in url]


# a real one


def test_a_real_site(corpus: Path) -> None:
    host, folder = "rsj.gzdaozhen.gov.cn", corpus / "gz_daozhen_rsj"
    site = OldSite()
    for path in folder.rglob("*.html"):
        target = "/" + str(path.relative_to(folder))
        site.pages[target] = Answer(path.read_bytes())
        site.pages[target.removesuffix("index.html")] = site.pages[target]
    with site.served():
        found = surveyed(f"http://{host}/", {host: site.address})
    assert found.requests <= MAX_REQUESTS
    assert (found.family, found.case_sensitive) == ("trs", True)
    columns = titles(found)
    assert columns["工作动态 > 通知公告"].articles > 60
    assert columns["政务公开 > 政策法规"].newest == "2020-04-30"
    assert len([column for column in found.columns if column.rows]) >= 20
    assert len(found.injected) > 30


# difficult ones


def articles(site: OldSite, folder: str, count: int, menu: str = "") -> str:
    """Add dated articles to a folder; return the lines of their list."""
    lines = ""
    for number in range(1, count + 1):
        title = f"关于开展第{number}次安全检查工作的通知"
        site.html(f"{folder}{number}.html", f"{menu}<h1>{title}</h1><div id=zoom><p>{title}，请遵照执行。</p></div>")
        lines += f"<li><a href='{folder}{number}.html'>{title}</a><span>2016-05-{number:02d}</span></li>"
    return lines


def town(articles_each: int = 8, **folders: str) -> OldSite:
    """A plain site: a column for each folder."""
    site = OldSite()
    menu = "".join(f"<a href='/{folder}/'>{name}</a>" for folder, name in folders.items())
    site.html("/", menu)
    for folder in folders:
        site.html(f"/{folder}/", f"{menu}<ul>{articles(site, f'/{folder}/', articles_each, menu)}</ul>")
    return site


def test_two_hundred_requests_are_enough_for_a_large_site_that_fails_now_and_then() -> None:
    site = town(**{f"c{number}": f"栏目{chr(0x4E00 + number)}" for number in range(180)}, articles_each=4)
    for path in [path for path in site.pages if path.endswith("/")][1::4]:
        site.pages[path] = Answer(b"busy", 500)
    found = look(site)
    assert asked(site) == found.requests <= MAX_REQUESTS
    assert len(found.unseen) > 20
    assert len(found.columns) == 180  # what was not asked for, or failed, is known from the menu
    assert sum(not column.unread for column in found.columns) > 60
    assert found.speed.errors > 10


def test_a_large_menu_is_known_whole_and_all_requests_are_spent() -> None:
    names = {f"c{number}": f"栏目{chr(0x4E00 + number)}" for number in range(260)}
    site = town(**names, articles_each=3)
    site.pages["/c0/"] = Answer(site.pages["/c0/"].body + "<a href='/c0/x1.html'>节日放假</a>".encode())  # no column
    found = look(site)
    assert asked(site) == found.requests == MAX_REQUESTS
    unread = [column for column in found.columns if column.unread]
    assert {column.path[-1] for column in found.columns} >= set(names.values())
    assert 100 < len(unread) < 125 and len(unread) <= len(found.unseen)
    assert all(column.url == f"http://{HOST}/{folder}/" for column in unread for folder, name in names.items()
               if column.path == (name,))  # fmt: skip
    assert not [column for column in found.columns if column.path[-1] == "节日放假"]
    assert all(column.articles and column.rows for column in found.columns if not column.unread and column.pages)


def test_articles_tell_of_a_column_that_was_not_asked_for() -> None:
    unread = [OldColumn(("机关党建",), f"http://{HOST}/dj/", 0, 0, unread=True),
              OldColumn(("普法",), f"http://{HOST}/pf/", 0, 0, unread=True)]  # fmt: skip
    path = ("党务", "机关党建")
    named = [OldColumn(path, "", 1, 0, rows=(f"http://{HOST}/dj/1.html",), crumbs=(path,)),
             OldColumn(("荷花节",), "", 2, 0, rows=(f"http://{HOST}/a.html", f"http://{HOST}/b.html"))]  # fmt: skip
    known, law, festival = _with_articles(unread, list(named))
    assert (known.path, known.url, known.rows, known.unread) == (path, f"http://{HOST}/dj/", named[0].rows, True)
    assert (law, festival) == (unread[1], named[1])


def test_frames_and_a_page_that_only_greets() -> None:
    site = town(gzdt="工作动态", tzgg="通知公告")
    site.pages["/menu.html"] = site.pages["/"]
    site.html("/", "<img src='welcome.jpg'><p><a href='/main.html'>进入网站</a></p>")
    frames = "<frameset cols='20,80'><frame src='/menu.html'><frame src='/gzdt/'></frameset>"
    site.pages["/main.html"] = Answer(f"<html><head><title>大河镇</title></head>{frames}</html>".encode())
    assert set(titles(look(site))) >= {"工作动态", "通知公告"}


def test_a_refresh_leads_to_the_home_page() -> None:
    site = town(gzdt="工作动态")
    site.pages["/gov/"] = site.pages["/"]
    site.html("/", '<meta http-equiv="refresh" content="0;url=/gov/">')
    assert "工作动态" in titles(look(site))


def test_the_other_name_of_the_site_is_the_main_one_if_it_leads_there() -> None:
    site = town(gzdt="工作动态")
    home = site.pages["/"]

    def answer(old: OldSite) -> Answer:
        host = next(line for line in old.heads[-1].decode().splitlines() if line.lower().startswith("host:"))
        if host.split()[-1].startswith("www."):
            return Answer(status=301, headers={"Location": f"http://{SIBLING}/"})
        assert isinstance(home, Answer)
        return home

    site.pages["/"] = answer
    found = look(site)
    assert (found.url, found.aliases) == (f"http://{SIBLING}/", (HOST,))


def test_missing_pages_with_status_200_and_letters_that_count() -> None:
    site = town(gzdt="工作动态")
    site.answer = lambda path, _request: (
        site.pages.get(path)
        or Answer(  # type: ignore[method-assign]
            "<html><body><h1>大河镇</h1><p>欢迎访问大河镇人民政府网站，本站提供政务信息。</p></body></html>".encode()
        )
    )
    found = look(site)
    assert [trap.kind for trap in found.traps if trap.kind == "soft-404"] == ["soft-404"]
    assert found.case_sensitive is True


def test_an_endless_calendar_is_kept_out() -> None:
    site = town(gzdt="工作动态")
    plain = site.answer

    def answer(path: str, request: object) -> Answer:
        if path.startswith("/rili.asp?"):
            year = int(path.partition("year=")[2][:4])
            onward = f"<a href='/rili.asp?year={year + 1}'>下一年</a>"
            return Answer(f"<html><body><h1>{year}年</h1>{onward}<p>本年没有活动安排。</p></body></html>".encode())
        return plain(path, request)  # type: ignore[arg-type]

    site.answer = answer  # type: ignore[method-assign,assignment]
    home = site.pages["/"]
    assert isinstance(home, Answer)
    home.body = home.body.replace(b"</body>", "<a href='/rili.asp?year=2016'>活动日历</a></body>".encode())
    found = look(site)
    assert [trap.exclude for trap in found.traps if trap.kind == "calendar"] == ["/rili.asp"]


def test_the_archive_of_a_year_is_no_calendar() -> None:
    site = town(gzdt="工作动态")
    home = site.pages["/"]
    assert isinstance(home, Answer)
    home.body = home.body.replace(b"</body>", "<a href='/list.asp?year=2016'>二〇一六年</a></body>".encode())
    site.html("/list.asp?year=2016", f"<ul>{articles(site, '/old/', 5)}</ul>")
    assert not [trap for trap in look(site).traps if trap.kind == "calendar"]


def test_relative_links_that_grow_are_told_of_and_not_followed() -> None:
    site = town(gzdt="工作动态")
    plain = site.answer

    def answer(path: str, request: object) -> Answer:
        if path.startswith("/gzdt/zw/"):
            return Answer("<html><body><a href='zw/index.html'>政务公开</a></body></html>".encode())
        return plain(path, request)  # type: ignore[arg-type]

    site.answer = answer  # type: ignore[method-assign,assignment]
    for path in ("/", "/gzdt/"):
        page = site.pages[path]
        assert isinstance(page, Answer)
        page.body = page.body.replace(b"<body>", "<body><a href='/gzdt/zw/index.html'>政务公开</a>".encode())
    found = look(site)
    assert [trap.exclude for trap in found.traps if trap.kind == "growing-path"] == ["/**/zw/zw/**"]
    assert max(path.count("/zw") for path in site.counts) <= 3


def test_sessions_in_addresses_do_not_multiply_them() -> None:
    site = town(gzdt="工作动态")
    plain = site.answer

    def answer(path: str, request: object) -> Answer:
        found = plain(path.partition(";")[0], request)  # type: ignore[arg-type]
        mark = f";jsessionid={asked(site):032X}".encode()
        return Answer(found.body.replace(b"/'", b"/" + mark + b"'"), found.status)

    site.answer = answer  # type: ignore[method-assign,assignment]
    found = look(site)
    assert "session" in {trap.kind for trap in found.traps}
    assert len(titles(found)) == 1
    assert asked(site) < 20


def test_names_made_to_break_the_terminal_or_the_draft_are_just_names() -> None:
    site = town(gzdt="工作动态")
    name = "通知\x1b[31m公告\u202e\u2028: [x]"
    page = f"<a href='/bad/'>{name}</a><ul>{articles(site, '/bad/', 4)}</ul>"
    site.html("/bad/", f"当前位置：<a href='/'>首页</a> &gt; {name}<br>{page}")
    home = site.pages["/"]
    assert isinstance(home, Answer)
    home.body = home.body.replace(b"</body>", f"{page}</body>".encode())
    assert len(look(site).columns) >= 2


def test_an_expired_certificate_is_put_up_with_and_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = town(gzdt="工作动态")
    with site.served(Office(tmp_path, monkeypatch).expired()):
        found = surveyed(f"https://{HOST}/", {HOST: site.address})
    assert ("tls-expired", f"https://{HOST}/") in [(trap.kind, trap.url) for trap in found.traps]
    assert (found.url, list(titles(found))) == (f"https://{HOST}/", ["工作动态"])


def test_robots_txt_is_found_behind_a_redirect() -> None:
    site = town(gzdt="工作动态", tzgg="通知公告")
    site.pages["/robots.txt"] = Answer(status=302, headers={"Location": "/manners.txt"})
    site.pages["/manners.txt"] = Answer(b"User-agent: *\nDisallow: /tzgg/", type="text/plain")
    assert list(titles(look(site))) == ["工作动态"]
    assert not [path for path in site.counts if path.startswith("/tzgg/")]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda site: site.pages.__setitem__("/robots.txt", Answer(b"User-agent: *\nDisallow: /")), "forbids"),
        (lambda site: site.pages.__setitem__("/robots.txt", Answer(b"down", 503)), "503"),
        (lambda site: site.pages.__setitem__("/", Answer(b"no", 500)), "HTTP 500"),
        (lambda site: site.pages.__setitem__("/", Answer(b"%PDF-1.4 x", type="application/pdf")), "nothing that can"),
        (lambda site: site.html("/", "<script>var __jsl_clft='x'</script>安全检查中"), "challenge"),
        (lambda site: site.pages.__setitem__("/", Answer(raw=b"")), "nothing that can"),
    ],
)
def test_where_there_is_nothing_to_see_the_reason_is_told(change: Callable[[OldSite], object], message: str) -> None:
    site = town(gzdt="工作动态")
    change(site)
    with pytest.raises(ShangyiError, match=message) as told:
        look(site)
    assert told.value.hint


def test_a_server_that_falls_silent_is_left_alone() -> None:
    site = town(**{f"c{number}": f"栏目{chr(0x4E00 + number)}" for number in range(60)})
    for path in site.pages:
        if path not in ("/", "/robots.txt"):
            site.pages[path] = Answer(raw=b"")
    with pytest.raises(ShangyiError, match="stopped answering"):
        look(site)
    assert asked(site) < 40


@pytest.mark.parametrize("url", ["dahe.example.gov.cn", "ftp://dahe/", "http://", f"http://x/{'a' * 3000}"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="no web address"):
        surveyed(url, {})


# words and marks


def test_marks() -> None:
    source = '<a href="//bszs.conac.cn/sitename?method=show&amp;id=0123456789ABCDEF0123456789ABCDEF">'
    text = (
        "主办单位：大河镇人民政府 联系电话：0377-00000000 豫ICP备00000000号-1 豫公网安备 41132502000001号 "
        "网站标识码：4113250021"
    )
    assert read_marks(source, text) == {
        "site_code": "4113250021",
        "icp": "豫ICP备00000000号-1",
        "police": "豫公网安备 41132502000001号",
        "conac": "0123456789ABCDEF0123456789ABCDEF",
        "unit": "大河镇人民政府",
    }
    assert read_marks("<span id=_ideConac>", "", "bm07000001") == {"site_code": "bm07000001", "conac": "script"}
    assert read_marks("", "版权所有 大河镇 310000000044") == {}
    assert read_marks("", "网站标识码 310000000044")["site_code"] == "310000000044"
    assert read_marks("", "主办：大河镇人民政府承办：党政办")["unit"] == "大河镇人民政府"


@pytest.mark.parametrize(
    ("text", "scripts", "count", "number"),
    [
        ("共1432条 1/144", "", 1432, 144),
        ("共 35 条记录，每页 10 条 页次：1/4 页", "", 35, 4),
        ("总记录数：120 共12页", "", 120, 12),
        ("", "var pageCount:18,", 0, 18),
        ("", "totalRecord:45,openCookies", 45, 1),
        ("共有三条", "", 0, 1),
        ("2016/05/03 共999999页", "", 0, 1),
    ],
)
def test_what_pagers_say(text: str, scripts: str, count: int, number: int) -> None:
    assert (total(text, scripts), pages("http://x/l/", (), text, scripts)) == (count, number)


def links(*targets: tuple[str, str]) -> tuple[Named, ...]:
    return tuple(Named(f"http://x{target}", f"http://x{target}", True, "a", text, "") for target, text in targets)


def test_numbered_links_count_pages_only_where_they_lead_to_the_same_list() -> None:
    assert pages("http://x/l/", links(("/l/index_2.html", "2"), ("/l/index_9.html", "尾页")), "", "") == 9
    assert pages("http://x/l.asp?c=3", links(("/l.asp?c=3&page=7", "末页"), ("/l.asp?c=4&page=30", "30")), "", "") == 7
    assert pages("http://x/l/", links(("/rili.asp?d=31", "31"), ("/m/index_40.html", "40")), "", "") == 1


@pytest.mark.parametrize("text", ["通知公告", "公示", "走进大河", "党的群众路线教育实践活动"])
def test_names_of_columns(text: str) -> None:
    assert is_name(text)


@pytest.mark.parametrize(
    "text", ["首页", "网站首页", "更多>>", "下一页", "第 3 页", "12", "设为首页", "more", "a", "", unquote("%3E%3E"),
             "关于召开全镇秋季防火工作会议的通知"]
)  # fmt: skip
def test_words_that_name_no_column(text: str) -> None:
    assert not is_name(text)
