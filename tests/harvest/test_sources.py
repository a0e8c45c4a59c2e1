"""What an old site left elsewhere is taken in as if it had been harvested."""

import io
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from migrate.archive.ledger import Ledger
from migrate.archive.reading import read_response
from migrate.archive.verify import verify
from migrate.archive.wacz import Described, write_wacz
from migrate.archive.warc import warc_files
from migrate.config import SiteConfig
from migrate.errors import ShangyiError, UsageError
from migrate.harvest import HarvestRun, HarvestSummary, run_harvest
from tests.harvest.oldsite import FAMILIES, HOST, Answer, OldSite, config, generated
from tests.harvest.test_harvest import HOME, check, rows, states
from tests.harvest.test_rebuild import same_again
from tests.harvest.test_sigkill import counted_links, payloads

EARLY, LATE = "2015-03-01T08:00:00Z", "2016-03-01T08:00:00Z"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "dahe"


def taken(source: Path, folder: Path, asked: SiteConfig | None = None, **options: object) -> HarvestSummary:
    """Take a source in, with the old site switched off; the archive then is as good as any."""
    run = HarvestRun(source=source, **options)  # type: ignore[arg-type]
    told = run_harvest(asked or config(OldSite()), FAMILIES, folder, run, lambda _progress: None)
    if warc_files(folder):
        check(folder)
        with Ledger(folder / "ledger.sqlite") as ledger:
            assert verify(folder, ledger, lambda _done, _of: None).findings == ()
    return told


def bodies(folder: Path) -> dict[str, bytes]:
    """Return URL without host → what a reader of it sees, of all that answered 200."""
    with Ledger(folder / "ledger.sqlite") as ledger:
        return {
            resource.key.removeprefix(HOME): read_response(folder, resource.warc_file, resource.warc_offset).body
            for resource in ledger.newest_resources()
            if resource.ok
        }


def source_findings(folder: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, message in rows(folder, "SELECT name, message FROM findings WHERE stage = 'source' ORDER BY rowid"):
        found.setdefault(name.removeprefix("source."), []).append(message)
    return found


class Written:
    """A WARC file written by warcio: each answer before its request, as most programs have it."""

    def __init__(self, path: Path, *, gzip: bool = True) -> None:
        self._file = path.open("wb")
        self._out = WARCWriter(self._file, gzip=gzip)

    def put(
        self, path: str, body: bytes, *headers: tuple[str, str], date: str = EARLY, status: str = "200 OK",
        host: str = HOST, method: str = "GET", form: bytes = b"", form_type: str = "application/x-www-form-urlencoded",
    ) -> "Written":  # fmt: skip
        url = path if "://" in path else f"http://{host}{path}"
        http = StatusAndHeaders(status, list(headers), protocol="HTTP/1.1")
        answer = self._out.create_warc_record(
            url, "response", payload=io.BytesIO(body), http_headers=http, warc_headers_dict={"WARC-Date": date}
        )
        asked = [("Host", host), ("Content-Type", form_type), ("Content-Length", str(len(form)))]
        request = self._out.create_warc_record(
            url,
            "request",
            payload=io.BytesIO(form),
            http_headers=StatusAndHeaders(f"{method} {quote(path)} HTTP/1.1", asked),
        )
        self._out.write_request_response_pair(request, answer)
        return self

    def revisit(self, path: str, digest: str, uri: str = "", at: str = "", *, http: bool = True) -> "Written":
        head = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1") if http else None
        record = self._out.create_revisit_record(
            f"http://{HOST}{path}", digest, uri, at, http_headers=head, warc_headers_dict={"WARC-Date": LATE}
        )
        self._out.write_record(record)
        return self

    def close(self) -> None:
        self._file.close()


HTML = ("Content-Type", "text/html; charset=gb2312")


def test_a_wacz_of_our_own_gives_the_same_archive(folder: Path, tmp_path: Path) -> None:
    site = generated(60)
    site.pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow:", type="text/plain")
    first = tmp_path / "first"
    with site.served():
        harvested = run_harvest(config(site), FAMILIES, first, HarvestRun(), lambda _progress: None)
    with Ledger(first / "ledger.sqlite"):
        made = write_wacz(first, tmp_path / "dahe.wacz", Described("x", "", HOME), ())
    told = taken(made.file, folder)
    assert (told.kind, told.state, told.statuses) == ("full", "finished", harvested.statuses)
    assert payloads(folder) == payloads(first)
    assert counted_links(folder) == counted_links(first)
    same = "SELECT key, url, status, media_type, digest, length, fetched_at, location, encoding FROM resources"
    assert rows(folder, same) == rows(first, same), "later stages can't tell the difference"
    assert '"source_kind":"warc"' in rows(folder, "SELECT settings FROM captures")[0][0]
    same_again(config(OldSite()), folder)
    assert taken(made.file, folder).state == "unchanged"


def test_answers_before_requests_forms_and_other_sites(folder: Path, tmp_path: Path) -> None:
    page = "<a href='/b.html'>乙</a><img src='/a.gif'><a href='/never.html'>没存</a>".encode("gb18030")
    out = Written(tmp_path / "made.warc.gz")
    out.put("/", page, HTML)
    out.put("/b.html", b"<p>b</p>", HTML)
    out.put("/a.gif", b"GIF89a", ("Content-Type", "image/gif"))
    out.put("/a.gif", b"GIF89a", ("Content-Type", "image/gif"), host="cdn.other.example")
    out.put("/more.jsp", b"<a href='/m1.html'>", HTML, method="POST", form=b"col=1&page=2")
    out.put("/more.jsp", b"<a href='/m2.html'>", HTML, method="POST", form=b"col=1&page=3")
    out.put(
        "/api", b"{}", ("Content-Type", "application/json"), method="POST", form=b"{}", form_type="application/json"
    )
    out.put("/head", b"", HTML, method="HEAD")
    out.put("/b.html", b"", ("Location", f"https://{HOST}/b.html"), status="301 Moved", date=LATE)
    out.put("/old.html", b"", ("Location", "/b.html"), status="302 Found")
    out.put("/gone.html", b"no", HTML, status="404 Not Found")
    out.put("/busy.html", b"no", HTML, status="503 Busy")
    out.put(f"http://{HOST}/公告 1.html", b"named", HTML)
    out.put(f"http://{HOST}/{'x' * 3000}", b"long", HTML)
    out.close()
    told = taken(tmp_path / "made.warc.gz", folder)
    assert told.statuses == {"2xx": 6, "3xx": 1, "4xx": 1, "5xx": 1}
    found = states(folder)
    assert found["never.html"] == ("skipped", "not-in-source") and found["busy.html"] == ("failed", "HTTP 503")
    assert [state for key, (state, _why) in found.items() if key.startswith("more.jsp#form:")] == ["fetched"] * 2
    assert found["m1.html"] == found["m2.html"] == ("skipped", "not-in-source")
    assert bodies(folder)["%E5%85%AC%E5%91%8A%201.html"] == b"named"
    assert rows(folder, "SELECT location FROM resources WHERE key LIKE '%old.html'") == [(HOME + "b.html",)]
    notes = source_findings(folder)
    assert notes.keys() == {"foreign", "method", "spelling", "bad-url"}
    assert "cdn.other.example" in notes["foreign"][0] and "2 left out" in notes["method"][0]
    same_again(config(OldSite()), folder)


def test_revisits_lead_to_bytes_in_other_files_and_of_other_hosts(folder: Path, tmp_path: Path) -> None:
    script, page = b"var menu = 1;" * 20, b"<html>page</html>"
    later, early = Written(tmp_path / "a-later.warc.gz"), Written(tmp_path / "b-early.warc.gz")
    early.put("/", page, HTML)
    early.put("/js/menu.js", script, ("Content-Type", "text/javascript"), host="cdn.other.example")
    digest = "sha1:" + sha1_of(script)
    later.revisit("/menu.js", digest, "http://cdn.other.example/js/menu.js", EARLY)
    later.revisit("/again.html", "sha1:" + sha1_of(page), http=False)
    later.revisit("/by-date.html", "sha1:" + "A" * 32, HOME, "2001-01-01T00:00:00Z")
    later.close()
    early.close()
    told = taken(tmp_path, folder)
    assert bodies(folder) == {"": page, "menu.js": script, "again.html": page}
    assert told.found == 3
    (message,) = source_findings(folder)["revisit"][:1]
    assert message.startswith("a-later.warc.gz, byte ")


def sha1_of(body: bytes) -> str:
    import base64
    import hashlib

    return base64.b32encode(hashlib.sha1(body).digest()).decode()


def test_of_two_answers_the_better_is_taken(folder: Path, tmp_path: Path) -> None:
    out = Written(tmp_path / "old.warc")
    out.put("/", b"home", HTML, date=LATE)
    out.put("/", b"home of before", HTML)
    out.put("/a.html", b"first", HTML)
    out.put("/a.html", b"second", HTML, date=LATE)
    out.put("/b.html", b"whole", HTML)
    out.put("/b.html", b"broken", HTML, status="500 Error", date=LATE)
    out.put("/c.html", b"gone", HTML, status="404 Not Found")
    out.put("/c.html", b"back", HTML, date=LATE)
    out.close()
    taken(tmp_path / "old.warc", folder)
    assert bodies(folder) == {"": b"home", "a.html": b"second", "b.html": b"whole", "c.html": b"back"}
    assert rows(folder, "SELECT DISTINCT fetched_at FROM resources WHERE key LIKE '%/a.html'") == [
        ("2016-03-01T08:00:00.000000Z",)
    ]


def test_what_is_no_page_is_taken_once(folder: Path, tmp_path: Path) -> None:
    sorry = "<html><body>抱歉，您访问的页面不存在或已被删除</body></html>".encode()
    html = ("Content-Type", "text/html")
    source = tmp_path / "old.warc.gz"
    written = Written(source).put("/", b"<a href=x.html>x</a>", html)
    written.put("/x.html", sorry, html).put("/shangyi-no-such-page.html", sorry, html)
    written.close()
    assert taken(source, folder).fetched_now == 3
    assert rows(folder, "SELECT reason FROM resources WHERE key LIKE '%/x.html'") == [("soft-404",)]
    again = taken(source, folder)
    assert (again.state, again.fetched_now) == ("unchanged", 0)


def test_an_old_backup_never_replaces_what_was_just_harvested(folder: Path, tmp_path: Path) -> None:
    site = OldSite()
    site.html("/", '<a href="/a.html">a</a><a href="/lost.html">l</a><a href="/gone.html">g</a>')
    site.html("/a.html", "as it is today")
    site.pages["/lost.html"] = Answer(b"", 500)
    with site.served():
        run_harvest(config(site), FAMILIES, folder, HarvestRun(), lambda _progress: None)
    out = Written(tmp_path / "backup.warc.gz")
    out.put("/a.html", b"as it was", HTML)
    out.put("/lost.html", b"found again", HTML)
    out.put("/gone.html", b"once there", HTML)
    out.close()
    told = taken(tmp_path / "backup.warc.gz", folder)
    assert (told.kind, told.found) == ("delta", 2)
    found = bodies(folder)
    assert b"today" in found["a.html"]
    assert found["lost.html"] == b"found again" and found["gone.html"] == b"once there"
    assert taken(tmp_path / "backup.warc.gz", folder).state == "unchanged"
    newer = Written(tmp_path / "newer.warc.gz")
    newer.put("/a.html", b"changed later", HTML, date="2099-01-01T00:00:00Z").close()
    taken(tmp_path / "newer.warc.gz", folder)
    assert bodies(folder)["a.html"] == b"changed later"
    same_again(config(OldSite()), folder)


# mirrors and backups


def mirrored_site() -> OldSite:
    """A site of query strings, GBK names, folders, files: what mirroring programs rename."""
    site = OldSite()
    site.html(
        "/",
        '<a href="list.asp?cid=3&page=1">列表</a><a href="tzgg/">通知</a><img src="img/a.gif"><a href="old.asp">旧</a>'
        '<a href="gone.htm">x</a><a href="f/b%B9%AB.doc">附件</a>',
        "gb18030",
    )
    for page in (1, 2):
        body = f'第{page}页<a href="list.asp?cid=3&page={3 - page}">下</a><a href="show.asp?id={page}">文</a>'
        site.html(f"/list.asp?cid=3&page={page}", body, "gb18030")
        site.html(f"/show.asp?id={page}", f"正文{page}", "gb18030")
    site.html("/tzgg/", '<a href="t1.htm">一</a>', "gb18030")
    site.html("/tzgg/t1.htm", "通知一", "gb18030")
    site.pages["/img/a.gif"] = Answer(b"GIF89a" + bytes(100), type="image/gif")
    site.pages["/f/b%B9%AB.doc"] = Answer(b"\xd0\xcf\x11\xe0 word", type="application/msword")
    site.pages["/old.asp"] = Answer(b"", 302, headers={"Location": "/moved.htm"})
    site.html("/moved.htm", "moved")  # wget keeps it under the name of the redirect
    return site


PAGES = {"", "list.asp?cid=3&page=1", "list.asp?cid=3&page=2", "show.asp?id=1", "show.asp?id=2", "tzgg/", "tzgg/t1.htm"}
FILES = {"img/a.gif", "f/b%E5%85%AC.doc"}


@pytest.fixture(scope="module")
def mirrored() -> Iterator[OldSite]:
    with mirrored_site().served() as site:
        yield site


def at_its_address(site: OldSite) -> SiteConfig:
    """The site file of a site that has no name, as the programs asked for it."""
    asked = config(site)
    return replace(asked, site=replace(asked.site, url=f"http://{site.address}/", aliases=()))


def mirror(site: OldSite, into: Path, program: str, *words: str) -> Path:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    into.mkdir()
    environment = {**os.environ, "LC_ALL": "C"}
    subprocess.run(
        [program, *words, f"http://{site.address}/"],
        cwd=into,
        env=environment,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return into


def of_mirror(site: OldSite, folder: Path) -> dict[str, bytes]:
    home = "http://127.0.0.1/"
    return {key.removeprefix(home): body for key, body in bodies(folder).items()}


def original(site: OldSite, url: str) -> bytes:
    answer = site.pages["/" + url.replace("%E5%85%AC", "%B9%AB")]
    assert isinstance(answer, Answer)
    return answer.body


WGET = ("-q", "-r", "-p")


@pytest.mark.parametrize(
    "words",
    [WGET, (*WGET, "-nH"), (*WGET, "--restrict-file-names=windows"), (*WGET, "-k", "-K", "-E"),
     (*WGET, "--warc-file=made")],
    ids=["plain", "without host folder", "windows", "converted, originals kept", "warc"],
)  # fmt: skip
def test_wget(mirrored: OldSite, folder: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    told = taken(mirror(mirrored, tmp_path / "mirror", "wget", *words), folder, at_its_address(mirrored))
    found = of_mirror(mirrored, folder)
    assert found.keys() >= PAGES | FILES
    assert {url: found[url] for url in PAGES | FILES} == {url: original(mirrored, url) for url in PAGES | FILES}
    skipped = {key for key, (state, why) in states(folder).items() if why == "not-in-source"}
    assert told.state == "finished" and not {key.rpartition("/")[2] for key in skipped} - {"gone.htm"}
    same_again(at_its_address(mirrored), folder)
    assert taken(tmp_path / "mirror", folder, at_its_address(mirrored)).state == "unchanged"


def test_wget_with_rewritten_links(mirrored: OldSite, folder: Path, tmp_path: Path) -> None:
    """Without originals the links stay as wget wrote them; they lead on to the addresses they stand for."""
    taken(mirror(mirrored, tmp_path / "mirror", "wget", *WGET, "-k", "-E"), folder, at_its_address(mirrored))
    found = of_mirror(mirrored, folder)
    assert found.keys() >= PAGES | FILES
    redirects = dict(rows(folder, "SELECT key, location FROM resources WHERE status = 302"))
    home = "http://127.0.0.1/"
    assert redirects[home + "list.asp%3Fcid=3%26page=1.html"] == home + "list.asp?cid=3&page=1"
    skipped = {key for key, (state, why) in states(folder).items() if why == "not-in-source"}
    assert {key.rpartition("/")[2] for key in skipped} <= {"gone.htm"}
    same_again(at_its_address(mirrored), folder)


HTTRACK = ("-O", ".", "-q", "-A0", "--disable-security-limits", "-%c0", "-s0")


def test_httrack(mirrored: OldSite, folder: Path, tmp_path: Path) -> None:
    """Its cache has the pages as they came, redirects and errors, too; the files have the rest."""
    asked = at_its_address(mirrored)
    made = mirror(mirrored, tmp_path / "mirror", "httrack", *HTTRACK)
    taken(made, folder, asked)
    found = of_mirror(mirrored, folder)
    assert {url: found[url] for url in PAGES | FILES} == {url: original(mirrored, url) for url in PAGES | FILES}
    answers = dict(rows(folder, "SELECT key, status FROM resources WHERE status >= 300"))
    assert answers.items() >= {"http://127.0.0.1/old.asp": 302, "http://127.0.0.1/gone.htm": 404}.items()
    assert '"source_kind":"httrack"' in rows(folder, "SELECT settings FROM captures")[0][0]
    same_again(asked, folder)
    assert taken(made, folder, asked).state == "unchanged"


def test_httrack_without_its_cache(mirrored: OldSite, folder: Path, tmp_path: Path) -> None:
    """The pages say where they came from, and rewritten links lead there."""
    made = mirror(mirrored, tmp_path / "mirror", "httrack", *HTTRACK)
    shutil.rmtree(made / "hts-cache")
    taken(made, folder, at_its_address(mirrored))
    found = of_mirror(mirrored, folder)
    assert found.keys() >= PAGES | FILES
    assert "正文1".encode("gb18030") in found["show.asp?id=1"]
    redirects = dict(rows(folder, "SELECT key, location FROM resources WHERE status = 302"))
    assert "http://127.0.0.1/show.asp?id=1" in redirects.values()


def test_httracks_cache_never_reaches_outside_the_mirror(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_bytes(b"of this machine")
    made = tmp_path / "mirror"
    (made / "hts-cache").mkdir(parents=True)
    packed = (made / "hts-cache" / "new.zip").open("wb")
    with packed, zipfile.ZipFile(packed, "w") as cache:
        for name, save in (("a.txt", "../secret.txt"), ("b.txt", f"{tmp_path}/secret.txt"), ("c.txt", "kept.txt")):
            entry = zipfile.ZipInfo(f"{HOME}{name}")
            entry.extra = f"HTTP/1.1 200 OK\r\nX-In-Cache: 0\r\nX-Save: {save}\r\n".encode()
            cache.writestr(entry, b"")
            entry.extra = b""  # it stands in the local header alone
    (made / "kept.txt").write_bytes(b"kept")
    taken(made, folder)
    assert set(bodies(folder).values()) == {b"kept"}
    assert "2 left out" in source_findings(folder)["no-body"][0]


def put(folder: Path, name: str | bytes, body: bytes) -> None:
    path = os.path.join(os.fsencode(folder), os.fsencode(name))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(body)
    os.utime(path, (1_400_000_000, 1_400_000_000))


def test_a_backup_of_the_server(folder: Path, tmp_path: Path) -> None:
    root, outside = tmp_path / "wwwroot", tmp_path / "outside.html"
    outside.write_bytes(b"<html>of this machine</html>")
    put(root, "index.html", "<a href='/zwgk/公开.htm'>公开</a>".encode("gb18030"))
    put(root, "default.htm", b"<html>second choice</html>")
    put(root, "zwgk/公开.htm".encode("gb18030"), b"<html>open</html>")
    put(root, "zwgk/Index.HTML", b"<html>folder</html>")
    put(root, "a b#c%.pdf", b"%PDF-1.4")
    put(root, "photo@night.jpg", b"\xff\xd8\xff")
    put(root, "inc/conn.asp", b'<%@ LANGUAGE="VBSCRIPT" %><% password = "secret" %>')
    put(root, "saved.asp", b"<html><body>what the server made of it</body></html>")
    put(root, "web.config", b"<configuration/>")
    put(root, "data/site.mdb", b"\x00\x01\x00\x00Standard Jet DB")
    put(root, ".git/config", b"[core]")
    put(root, ".htpasswd", b"admin:x")
    put(root, "Thumbs.db", b"\xd0\xcf\x11\xe0")
    (root / "linked.html").symlink_to(outside)
    (root / "linked").symlink_to(tmp_path)
    told = taken(root, folder)
    found = bodies(folder)
    assert found.keys() == {
        "", "index.html", "default.htm", "zwgk/%E5%85%AC%E5%BC%80.htm", "zwgk/", "zwgk/Index.HTML",
        "a%20b%23c%25.pdf", "photo@night.jpg", "saved.asp",
    }  # fmt: skip
    assert found[""] == found["index.html"] and found["zwgk/"] == b"<html>folder</html>"
    assert told.statuses == {"2xx": 9}
    notes = source_findings(folder)
    assert {name: message.split(" ")[0] for name, (message,) in notes.items()} == {
        "hidden": "2", "secret": "2", "script": "1", "link": "1"
    }  # fmt: skip
    with Ledger(folder / "ledger.sqlite") as ledger:
        page = ledger.resource(HOME + "zwgk/%E5%85%AC%E5%BC%80.htm")
        assert page is not None and page.fetched_at == "2014-05-13T16:53:20.000000Z"
        headers = read_response(folder, page.warc_file, page.warc_offset).headers
    assert headers.get("X-Archive-Source") == "zwgk/%B9%AB%BF%AA.htm"
    assert headers.get("Last-Modified") == "Tue, 13 May 2014 16:53:20 GMT"
    same_again(config(OldSite()), folder)
    assert taken(root, folder).state == "unchanged"


def test_where_the_parts_of_a_backup_lay(folder: Path, tmp_path: Path) -> None:
    put(tmp_path / "disk", "wwwroot/a.html", b"<html>a</html>")
    put(tmp_path / "disk", "wwwroot/upload/none.html", b"<html>n</html>")
    put(tmp_path / "disk", "e/upload/f.doc", b"\xd0\xcf\x11\xe0")
    put(tmp_path / "disk", "letters/l.html", b"<html>l</html>")
    put(tmp_path / "disk", "logs/today.html", b"<html>no</html>")
    folders = {"wwwroot": "/", "e/upload": "/files", "letters": "http://dahe.example.gov.cn/box/"}
    taken(tmp_path / "disk", folder, config(OldSite(), folders=folders))
    assert bodies(folder).keys() == {"a.html", "upload/none.html", "files/f.doc", "box/l.html"}
    with pytest.raises(UsageError, match="no folder “htdocs”"):
        taken(tmp_path / "disk", folder, config(OldSite(), folders={"htdocs": "/"}))


# damage, limits, interruptions


def test_a_damaged_warc_is_read_as_far_as_it_goes(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "damaged.warc.gz"
    out = Written(path)
    for number in range(9):
        out.put(f"/{number}.html", os.urandom(400) + b"%d" % number, HTML)
    out.close()
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data[:-300])
    taken(path, folder)
    assert len(bodies(folder)) in (7, 8)
    messages = source_findings(folder)["damaged"]
    assert len(messages) == 2 and all(message.startswith("damaged.warc.gz, byte ") for message in messages)


def test_a_source_without_anything_of_the_host_says_what_is_wrong_with_it(folder: Path, tmp_path: Path) -> None:
    def refused(path: Path) -> ShangyiError:
        with pytest.raises(ShangyiError, match=f"holds nothing of {HOST}") as told:
            taken(path, folder)
        return told.value

    path = tmp_path / "other.warc.gz"
    out = Written(path)
    for number in range(4):
        out.put(f"http://www.elsewhere.example.com/{number}.html", os.urandom(400), HTML)
    out.close()
    whole = refused(path)
    assert "damaged" not in whole.reason and "www.elsewhere.example.com" in whole.hint
    path.write_bytes(path.read_bytes()[:-200])
    cut = refused(path)
    assert "It is damaged in 1 places: other.warc.gz, byte " in cut.reason
    assert "whole copy" in cut.hint and "www.elsewhere.example.com" in cut.hint
    path.write_bytes(path.read_bytes()[:90])  # within the first record
    assert "damaged" in refused(path).reason
    put(tmp_path / "disk", "web.config", b"<configuration/>")
    put(tmp_path / "disk", "list.asp", b"<%= 1 %>")
    assert "programs of the server (1)" in refused(tmp_path / "disk").hint


def test_a_wacz_that_was_cut_off_or_packed_again(folder: Path, tmp_path: Path) -> None:
    out = Written(tmp_path / "a.warc.gz")
    for number in range(5):
        out.put(f"/{number}.html", os.urandom(300), HTML)
    out.close()
    with zipfile.ZipFile(tmp_path / "whole.wacz", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.write(tmp_path / "a.warc.gz", "archive/a.warc.gz")
    taken(tmp_path / "whole.wacz", folder)
    assert len(bodies(folder)) == 5 and not source_findings(folder)
    with zipfile.ZipFile(tmp_path / "cut.wacz", "w") as packed:
        packed.write(tmp_path / "a.warc.gz", "archive/a.warc.gz")
    whole = (tmp_path / "cut.wacz").read_bytes()
    (tmp_path / "cut.wacz").write_bytes(whole[: len(whole) * 3 // 4])
    taken(tmp_path / "cut.wacz", tmp_path / "other")
    assert 2 <= len(bodies(tmp_path / "other")) <= 4
    assert source_findings(tmp_path / "other")["damaged"]


def test_the_files_of_others(corpus: Path, tmp_path: Path) -> None:
    """wget, wpull, Heritrix, Webrecorder; ARC and WACZ; damaged in many ways: none stops the run."""
    hosts = ("example.com", "www.example.com", "www.iana.org", "iana.org", "httpbin.org", "data.iana.org")
    asked = config(OldSite())
    asked = replace(asked, site=replace(asked.site, url=f"http://{hosts[0]}/", aliases=hosts[1:]))
    found = 0
    for number, path in enumerate(sorted(corpus.glob("warc*/**/*.*"))):
        if path.name.endswith((".warc", ".gz", ".arc", ".wacz")):
            try:
                told = taken(path, tmp_path / str(number), asked)
            except ShangyiError as error:
                assert "holds nothing" in error.reason, path
                continue
            found += told.found
            same_again(asked, tmp_path / str(number))
    assert found > 150


def test_large_files_limits_and_what_the_site_file_leaves_out(folder: Path, tmp_path: Path) -> None:
    root = tmp_path / "wwwroot"
    put(root, "film.mp4", b"film" * 800_000)
    put(root, "large.zip", b"PK\x03\x04" + bytes(5_000_000))
    put(root, "search/x.html", b"<html>x</html>")
    for number in range(5):
        put(root, f"{number}.html", b"<html>%d</html>" % number)
    asked = config(OldSite(), max_bytes=4_000_000, exclude=("/search/**",))
    told = taken(root, folder, asked, limit=3)
    assert told.found == 4 and told.skipped == {"limit": 1}  # the home page, which is not there
    told = taken(root, folder, asked)
    assert told.kind == "delta"
    assert states(folder)["large.zip"] == ("skipped", "too-large")
    assert len(bodies(folder)["film.mp4"]) == 3_200_000 and len(bodies(folder)) == 6
    assert set(source_findings(folder)) == {"excluded"}
    assert taken(root, folder, asked).state == "unchanged"
    same_again(asked, folder)


_CHILD = """
import sys
from pathlib import Path
from migrate.harvest import HarvestRun, run_harvest
from tests.harvest.oldsite import FAMILIES, OldSite, config
run = HarvestRun(source=Path(sys.argv[2]))
run_harvest(config(OldSite()), FAMILIES, Path(sys.argv[1]), run, lambda _progress: None)
"""


def test_killed_and_resumed(folder: Path, tmp_path: Path) -> None:
    site = generated(200)
    for path, answer in site.pages.items():
        assert isinstance(answer, Answer)
        put(tmp_path / "wwwroot", path.removeprefix("/") or "index.html", answer.body)
    taken(tmp_path / "wwwroot", tmp_path / "calm")
    for size in (20_000, 70_000):
        root = str(Path(__file__).parents[2])
        words = [sys.executable, "-c", _CHILD, str(folder), str(tmp_path / "wwwroot")]
        with subprocess.Popen(words, env={**os.environ, "PYTHONPATH": root}) as process:
            while sum(path.stat().st_size for path in warc_files(folder)) < size:
                assert process.poll() is None
                time.sleep(0.001)
            process.send_signal(signal.SIGKILL)
    told = taken(tmp_path / "wwwroot", folder)
    assert told.resumed and told.state == "finished"
    assert payloads(folder) == payloads(tmp_path / "calm")
    assert counted_links(folder) == counted_links(tmp_path / "calm")
    same_again(config(OldSite()), folder)


def test_one_origin_at_a_time(folder: Path, tmp_path: Path) -> None:
    put(tmp_path / "wwwroot", "a.html", b"<html>a</html>")
    site = OldSite()
    with site.served():
        site.html("/", "<a href='/b.html'>b</a>")
        run_harvest(config(site), FAMILIES, folder, HarvestRun(), lambda _progress: None)
        with Ledger(folder / "ledger.sqlite") as ledger, ledger.transaction() as db:
            db.execute("UPDATE captures SET state = 'running'")
        with pytest.raises(ShangyiError, match="unfinished") as refused:
            taken(tmp_path / "wwwroot", folder)
        assert "--fresh" in refused.value.hint
        assert taken(tmp_path / "wwwroot", folder, fresh=True).kind == "full"
        with Ledger(folder / "ledger.sqlite") as ledger, ledger.transaction() as db:
            db.execute("UPDATE captures SET state = 'running' WHERE state = 'finished'")
        with pytest.raises(ShangyiError, match="unfinished") as refused:
            run_harvest(config(site), FAMILIES, folder, HarvestRun(), lambda _progress: None)
        assert f"--from {tmp_path / 'wwwroot'}" in refused.value.hint
        assert taken(tmp_path / "wwwroot", folder).state == "finished"


def test_what_is_not_in_the_source_is_fetched_once_the_site_is_up(folder: Path, tmp_path: Path) -> None:
    site = OldSite()
    site.html("/new.html", "new")
    put(tmp_path / "wwwroot", "index.html", b"<a href='/new.html'>n</a>")
    taken(tmp_path / "wwwroot", folder)
    assert states(folder)["new.html"] == ("skipped", "not-in-source")
    with site.served():
        told = run_harvest(config(site), FAMILIES, folder, HarvestRun(), lambda _progress: None)
    assert told.kind == "delta" and b"new" in bodies(folder)["new.html"]


def test_nothing_of_the_site(folder: Path, tmp_path: Path) -> None:
    out = Written(tmp_path / "other.warc.gz")
    out.put("/", b"x", HTML, host="www.other.example").close()
    with pytest.raises(ShangyiError, match=f"nothing of {HOST}") as refused:
        taken(tmp_path / "other.warc.gz", folder)
    assert "www.other.example" in refused.value.hint
    (tmp_path / "empty").mkdir()
    with pytest.raises(ShangyiError, match="nothing of"):
        taken(tmp_path / "empty", folder)
    (tmp_path / "page.html").write_bytes(b"x")
    for name in ("page.html", "nowhere"):
        with pytest.raises(UsageError, match="no WARC or WACZ file"):
            taken(tmp_path / name, folder)
    assert not warc_files(folder)
