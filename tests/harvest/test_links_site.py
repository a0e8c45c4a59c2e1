"""A site none of whose articles is linked plainly: each is named by another kind of answer."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from migrate.archive.ledger import Ledger
from migrate.harvest import HarvestRun, run_harvest
from migrate.harvest.reading import sniff
from migrate.harvest.targets import NO_PROBES
from tests.harvest.oldsite import FAMILIES, HOST, Answer, OldSite, config

HOME = f"http://{HOST}/"
DATAPROXY = (
    "<?xml version='1.0' encoding='UTF-8'?><datastore><recordset>"
    "<record><![CDATA[<li><a href='/art/xml.html'>关于防汛的通知</a></li>]]></record></recordset></datastore>"
)
SITEMAP = '<?xml version="1.0"?><urlset><url><loc>{}art/{}.html</loc></url></urlset>'


@pytest.fixture
def site() -> Iterator[OldSite]:
    with OldSite().served() as served:
        yield served


def harvest(site: OldSite, folder: Path) -> None:
    run_harvest(config(site), FAMILIES, folder, HarvestRun(), lambda _progress: None)


def rows(folder: Path, sql: str) -> list[tuple[object, ...]]:
    with Ledger(folder / "ledger.sqlite") as ledger:
        return [tuple(row) for row in ledger.db.execute(sql)]


def test_lists_in_every_kind_of_answer_are_followed(site: OldSite, tmp_path: Path) -> None:
    folder = tmp_path / "dahe"
    site.pages["/robots.txt"] = Answer(f"Sitemap: {HOME}map/index.xml\n".encode(), type="text/plain")
    index = f"<sitemapindex><sitemap><loc>{HOME}map/1.xml</loc></sitemap><sitemap><loc>{HOME}map/sitemap.txt</loc>"
    index += f"</sitemap><sitemap><loc>{HOME}map/2.xml.gz</loc></sitemap>"
    site.pages["/map/index.xml"] = Answer(index.encode(), type="text/xml")
    site.pages["/map/1.xml"] = Answer(SITEMAP.format(HOME, "map").encode(), type="application/xml")
    packed = gzip.compress(SITEMAP.format(HOME, "packed").encode())
    site.pages["/map/2.xml.gz"] = Answer(packed, type="application/x-gzip")
    site.pages["/map/sitemap.txt"] = Answer(f"{HOME}art/txt.html\r\n".encode(), type="text/plain")
    site.pages["/sitemap.xml"] = Answer(SITEMAP.format(HOME, "unnamed").encode(), type="text/xml")
    site.html(
        "/",
        '<a href="zwgk/">公开</a><script src="/js/menu.js"></script><script>$.get("/list.jsp?page=1")</script>'
        '<link rel="alternate" type="application/rss+xml" href="/rss.asp">'
        '<script>var api="/api/articles.json"</script>',
        "gb18030",
    )
    site.html("/zwgk/", '<script src="../js/menu.js"></script><script src="/js/column.js"></script>', "gb18030")
    menu = "document.write('<a href=\"/art/menu.html\">通知</a>');"
    site.pages["/js/menu.js"] = Answer(menu.encode("gbk"), type="application/x-javascript")
    site.pages["/js/column.js"] = Answer(b"document.write('<a href=\"tzgg/1.html\">x</a>')", type="text/javascript")
    site.pages["/list.jsp?page=1"] = Answer(DATAPROXY.encode(), type="text/html;charset=UTF-8")
    site.pages["/api/articles.json"] = Answer(
        b'{"articles":[{"title":"a.doc","post_url":"http:\\/\\/%s\\/art\\/json.html"}]}' % HOST.encode(),
        type="application/json",
    )
    site.pages["/rss.asp"] = Answer(
        f"<rss><channel><item><link>{HOME}art/rss.html</link></item></channel></rss>".encode(), type="text/xml"
    )
    names = "map packed txt unnamed menu xml json rss".split()
    wanted = {f"/art/{name}.html" for name in names} | {"/zwgk/tzgg/1.html"}
    for path in wanted:
        site.html(path, "通知", "gb18030")
    harvest(site, folder)
    assert wanted <= set(site.counts)
    assert rows(folder, f"SELECT key FROM resources WHERE status <> 200 AND {NO_PROBES}") == []
    contexts = {
        str(target).removeprefix(HOME): context for target, context in rows(folder, "SELECT target, context FROM links")
    }
    assert contexts["map/1.xml"] == contexts["art/map.html"] == "sitemap"
    assert (contexts["art/xml.html"], contexts["art/menu.html"], contexts["art/json.html"]) == ("a", "code", "code")
    texts = dict(rows(folder, "SELECT target, text FROM links"))
    assert texts[HOME + "art/xml.html"] == "关于防汛的通知"


def test_a_sitemap_that_is_not_there_is_nothing_found(site: OldSite, tmp_path: Path) -> None:
    for answer in (None, Answer(b"<html><body>nothing here</body></html>"), Answer(b"", status=500)):
        folder = tmp_path / str(id(answer))
        site.pages.pop("/sitemap.xml", None)
        if answer is not None:
            site.pages["/sitemap.xml"] = answer
        site.pages["/robots.txt"] = Answer(b"", type="text/plain")
        site.html("/", "x")
        harvest(site, folder)
        assert site.counts["/sitemap.xml"] >= 1
        assert rows(folder, f"SELECT key FROM frontier WHERE {NO_PROBES} ORDER BY key") == [
            (HOME,),
            (HOME + "robots.txt",),
        ]
        assert rows(folder, "SELECT * FROM findings WHERE name = 'harvest.dead-link'") == []


def test_robots_forbid_the_sitemap_too(site: OldSite, tmp_path: Path) -> None:
    site.pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /sitemap.xml", type="text/plain")
    site.html("/", "x")
    harvest(site, tmp_path / "dahe")
    assert "/sitemap.xml" not in site.counts


def test_what_was_decided_about_encodings_is_stored_and_mojibake_told(site: OldSite, tmp_path: Path) -> None:
    folder = tmp_path / "dahe"
    text = "大河镇人民政府关于做好今年防汛抗旱工作的通知，各村民委员会：请认真贯彻执行。"
    pages = {
        "/": b'<meta charset="gb2312">' + ('<a href="u">1</a><a href="g">2</a><a href="s">3</a>' + text).encode("gbk"),
        "/u": b'<meta charset="gb2312">' + text.encode(),
        "/g": f'<meta charset="utf-8"><p>{text}</p><div>'.encode() + "版权所有大河镇人民政府".encode("gbk"),
        "/s": f"<title>{text}</title><p>锟斤拷锟斤拷".encode(),
    }
    for path, body in pages.items():
        site.pages[path] = Answer(body)
    harvest(site, folder)
    told = dict(rows(folder, "SELECT key, encoding FROM resources WHERE status = 200"))
    assert told == {
        HOME: "gb18030 meta", HOME + "u": "utf-8 utf-8", HOME + "g": "utf-8 mixed", HOME + "s": "utf-8 utf-8"
    }  # fmt: skip
    (told_of,) = rows(folder, "SELECT url, message FROM findings WHERE name = 'harvest.mojibake'")
    assert told_of[0] == HOME + "s" and "锟斤拷" in str(told_of[1])


@pytest.mark.parametrize(
    ("media_type", "path", "body", "kind"),
    [
        ("text/html", "/a.asp", b"<p>x", "html"),
        ("text/html", "/a.do", b' {"url":"x"}', "data"),
        ("text/html", "/a.do", b"back( [{'url':'x'}])", "data"),
        ("text/html", "/a.do", b"[<a href=1>x</a>]", "html"),
        ("text/html", "/a.jsp", b"<?xml version='1.0'?><datastore>", "data"),
        ("text/xml", "/a.xml", b"<?xml version='1.0'?><!DOCTYPE html PUBLIC 'x'><html>", "html"),
        ("application/xhtml+xml", "/a", b"<?xml version='1.0'?><x/>", "html"),
        ("text/vnd.wap.wml", "/wap/", b"<?xml version='1.0'?><wml><card>", "html"),
        ("", "/a", b"<div><a href=1>", "html"),
        ("", "/a", b"plain words", ""),
        ("text/plain", "/readme.txt", b"see /a.html", ""),
        ("text/plain", "/sitemap.txt", b"http://h.example/", "data"),
        ("text/plain", "/a", b"\n<!DOCTYPE html><html>", "html"),
        ("text/html", "/a", "<html><p>".encode("utf-16"), "html"),
        ("text/css", "/a.css", b"<html>404", "html"),
        ("application/octet-stream", "/a.js", b"var a", "script"),
        ("application/vnd.apple.mpegurl", "/v/a.m3u8", b"#EXTM3U\na.ts", "data"),
        ("application/json", "/a", b"true", "data"),
        ("image/svg+xml", "/a.svg", b"<svg>", "data"),
        ("text/plain", "/robots.txt", b"User-agent: *", "robots"),
        ("text/html", "/a.doc", b"\xd0\xcf\x11\xe0", ""),
        ("application/pdf", "/a.pdf", b"%PDF-1.4", ""),
        ("application/msword", "/a.doc", b"MIME", ""),
    ],
)
def test_what_an_answer_is(media_type: str, path: str, body: bytes, kind: str) -> None:
    assert sniff(media_type, path, body) == kind
