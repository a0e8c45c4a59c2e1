"""WARC and WACZ files, ours and others', whole and damaged, are taken in as if they had been harvested."""

import os
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from migrate.archive.ledger import Ledger
from migrate.archive.wacz import Described, write_wacz
from migrate.errors import ShangyiError
from migrate.harvest import HarvestRun, run_harvest
from tests.harvest.oldsite import FAMILIES, HOST, Answer, OldSite, config, generated
from tests.harvest.taking import EARLY, HTML, LATE, Written, bodies, source_findings, taken
from tests.harvest.test_harvest import HOME, rows, states
from tests.harvest.test_rebuild import same_again
from tests.harvest.test_sigkill import counted_links, payloads


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "dahe"


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
