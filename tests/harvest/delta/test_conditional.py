"""What a delta asks conditionally, and what it makes of the answers. Real HTTP."""

from pathlib import Path

import pytest

from migrate.archive.ledger import Ledger
from migrate.archive.reading import iter_records, read_response
from migrate.errors import ShangyiError
from migrate.http import Response
from migrate.http.conditional import validators
from tests.harvest.delta.versioned import (
    DELTA,
    NOT_MODIFIED,
    OLD,
    SAME_PAYLOAD,
    Versioned,
    figures,
    held,
    revisits,
    run,
    snapshot,
)
from tests.harvest.oldsite import Answer
from tests.harvest.test_harvest import HOME, check, findings, states


def test_a_304_is_archived_and_leaves_the_first_answer_standing(site: Versioned, folder: Path) -> None:
    site.etags = {"/a.html": '"a1"', "/f.doc": 'W/"f1"'}
    site.modified = {"/b.html": OLD}
    first = run(site, folder)
    assert figures(first) == (5, 0, 0, 0) and not site.conditional()
    before = snapshot(folder, first.capture)
    delta = run(site, folder, DELTA)
    assert site.conditional() == {"/a.html", "/b.html", "/f.doc"}
    heads = dict(site.asked)
    assert heads["/a.html"]["If-None-Match"] == '"a1"' and heads["/f.doc"]["If-None-Match"] == 'W/"f1"'
    assert heads["/b.html"]["If-Modified-Since"] == OLD
    assert figures(delta) == (0, 0, 0, 5) and delta.statuses == {"2xx": 5}
    assert held(folder, delta) == set()
    assert set(states(folder).values()) == {("fetched", "unchanged")}
    stored = revisits(folder, delta)
    profiles = {path: profile for path, (profile, _fields) in stored.items()}
    assert profiles == {"": SAME_PAYLOAD, "robots.txt": SAME_PAYLOAD} | dict.fromkeys(
        ("a.html", "b.html", "f.doc"), NOT_MODIFIED
    )
    with Ledger(folder / "ledger.sqlite") as ledger:
        original = ledger.resource(HOME + "a.html")
        assert original is not None and original.capture == first.capture and original.etag == '"a1"'
    fields = stored["a.html"][1]
    assert fields["warc-refers-to-target-uri"] == original.url
    assert fields["warc-refers-to-date"] == original.fetched_at
    assert fields["warc-payload-digest"] == original.digest
    # Whoever reads the revisit gets the first answer; the 304 itself lies beside it.
    (file,) = (folder / "warc").glob(f"{delta.capture}-*")
    of_a = {
        record.kind: record for record in iter_records(file) if record.fields.get("warc-target-uri") == original.url
    }
    assert of_a["metadata"].fields["warc-concurrent-to"] == of_a["revisit"].fields["warc-record-id"]
    assert of_a["metadata"].http()[0].startswith("HTTP/1.1 304") and b'ETag: "a1"' in of_a["metadata"].block
    offset = of_a["revisit"].offset
    again = read_response(folder, f"{delta.capture}-00000.warc.gz", offset)
    assert (again.status, again.headers.get("ETag")) == (200, '"a1"') and "甲".encode() in again.body
    assert snapshot(folder, first.capture) == before
    check(folder)


def test_new_changed_and_gone(site: Versioned, folder: Path) -> None:
    site.etags = {"/a.html": '"a1"', "/b.html": '"b1"'}
    first = run(site, folder)
    before = snapshot(folder, first.capture)
    site.html("/", '<a href="/a.html">a</a><a href="/c.html">c</a>')
    site.html("/c.html", '<a href="/d.html">d</a>')
    site.html("/d.html", "d")
    site.etags["/b.html"] = '"b2"'
    site.html("/b.html", "edited in place")
    del site.pages["/f.doc"]
    second = run(site, folder, DELTA)
    assert figures(second) == (2, 2, 1, 2)
    assert held(folder, second) == {"", "b.html", "c.html", "d.html", "f.doc"}
    assert findings(folder) == {"gone": ["f.doc"]}
    assert snapshot(folder, first.capture) == before
    with Ledger(folder / "ledger.sqlite") as ledger:
        kept = ledger.resource(HOME + "f.doc")
        assert kept is not None and kept.ok and kept.capture == first.capture
        latest = {resource.key.removeprefix(HOME): resource for resource, _answer in ledger.latest_answers()}
        assert (latest["f.doc"].status, latest["a.html"].capture) == (404, first.capture)
    check(folder)
    # Delta after delta: nothing happens, except that the file is back.
    second_before = snapshot(folder, second.capture)
    third = run(site, folder, DELTA)
    assert figures(third) == (0, 0, 0, 7) and held(folder, third) == set()
    assert findings(folder) == {"gone": ["f.doc"]}
    site.pages["/f.doc"] = Answer(b"\xd0\xcf\x11\xe0 word", type="application/msword")
    fourth = run(site, folder, DELTA)
    assert held(folder, fourth) == {"f.doc"} and figures(fourth) == (0, 0, 0, 7)
    assert findings(folder) == {}
    assert snapshot(folder, second.capture) == second_before
    with Ledger(folder / "ledger.sqlite") as ledger:
        assert {answer.status for answer, _passed in ledger.latest_answers()} == {200}
    check(folder)


def test_tags_that_nobody_looks_at(site: Versioned, folder: Path) -> None:
    site.deaf = True
    site.etags = {path: f'"{path}"' for path in site.pages}
    run(site, folder)
    site.html("/a.html", "new text, old tag")
    delta = run(site, folder, DELTA)
    assert figures(delta) == (0, 1, 0, 4) and held(folder, delta) == {"a.html"}
    assert revisits(folder, delta)["b.html"][0] == SAME_PAYLOAD
    check(folder)


def test_a_server_that_always_says_304_hides_no_news(site: Versioned, folder: Path) -> None:
    """Lists and pagers are asked in full, whatever validators they came with."""
    site.html("/", '<a href="/tzgg/list.asp">通知公告</a><a href="/a.html">a</a>')
    site.html("/tzgg/list.asp", '<a href="/b.html">b</a><a href="list.asp?page=2">2</a>')
    site.html("/tzgg/list.asp?page=2", '<a href="/c.html">c</a>')
    site.html("/c.html", "c")
    site.etags = {path: f'"{path}"' for path in site.pages}
    site.modified = dict.fromkeys(site.pages, OLD)
    run(site, folder)
    site.liar = True
    site.html("/tzgg/list.asp?page=2", '<a href="/c.html">c</a><a href="/new.html">new</a>')
    site.html("/new.html", "news")
    delta = run(site, folder, DELTA)
    assert site.conditional() == {"/a.html", "/b.html", "/c.html"}
    assert held(folder, delta) == {"tzgg/list.asp?page=2", "new.html"}
    assert figures(delta)[:3] == (1, 1, 0)


def test_a_304_about_another_version_is_asked_again_in_full(site: Versioned, folder: Path) -> None:
    site.etags = {"/a.html": '"a1"', "/b.html": 'W/"b1"'}
    site.modified = {"/f.doc": OLD}
    run(site, folder)
    site.liar = True
    site.etags = {"/a.html": '"a2"', "/b.html": '"b1"'}
    site.modified = {"/f.doc": "Fri, 06 May 2016 10:00:00 GMT"}
    site.html("/a.html", "changed")
    site.pages["/f.doc"] = Answer(b"\xd0\xcf\x11\xe0 another", type="application/msword")
    delta = run(site, folder, DELTA)
    assert held(folder, delta) == {"a.html", "f.doc"}
    asked = [path for path, _heads in site.asked]
    assert (asked.count("/a.html"), asked.count("/f.doc"), asked.count("/b.html")) == (2, 2, 1)
    check(folder)


def test_a_tag_that_all_pages_share_is_worth_nothing(site: Versioned, folder: Path) -> None:
    site.etags = dict.fromkeys(site.pages, '"0"')
    run(site, folder)
    site.html("/a.html", "changed")
    site.liar = True
    delta = run(site, folder, DELTA)
    assert site.conditional() == set() and held(folder, delta) == {"a.html"}


def test_a_304_that_nobody_asked_for_is_a_failure(site: Versioned, folder: Path) -> None:
    site.pages["/a.html"] = Answer(status=304, type="")
    summary = run(site, folder)
    assert (summary.failed, states(folder)["a.html"]) == (1, ("failed", "HTTP 304"))
    site.html("/a.html", "here after all")
    assert figures(run(site, folder)) == (1, 0, 0, 1)  # robots.txt is as before
    check(folder)


def test_a_304_that_nobody_asked_for_confirms_nothing(site: Versioned, folder: Path) -> None:
    run(site, folder)
    site.pages["/"] = Answer(status=304, type="")
    delta = run(site, folder, DELTA)
    assert (delta.failed, states(folder)[""], delta.unreliable) == (1, ("failed", "HTTP 304"), "home")
    check(folder)


def test_a_site_of_304s_alone_is_no_site(site: Versioned, folder: Path) -> None:
    site.pages = {"/": Answer(status=304, type="")}
    with pytest.raises(ShangyiError, match="answers only errors: HTTP 304"):
        run(site, folder)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"ETag": '"7c26bd5f2d0c11:0"'}, ('"7c26bd5f2d0c11:0"', "")),
        ({"ETag": 'W/"1-2"'}, ('W/"1-2"', "")),
        ({"ETag": "unquoted-1"}, ("unquoted-1", "")),
        ({"ETag": "*"}, ("", "")),
        ({"ETag": '""'}, ("", "")),
        ({"ETag": '"a", "b"'}, ("", "")),
        ({"ETag": '"' + "x" * 3000 + '"'}, ("", "")),
        ({"ETag": '"\xe9"'}, ("", "")),
        ({"Last-Modified": OLD}, ("", OLD)),
        ({"Last-Modified": OLD, "Date": OLD}, ("", "")),  # it may change once more within this second
        ({"Last-Modified": OLD, "Date": "Tue, 03 May 2016 09:12:01 GMT"}, ("", OLD)),
        ({"Last-Modified": "yesterday"}, ("", "")),
        ({"Last-Modified": "Tue, 99 May 2016 09:12:00 GMT"}, ("", "")),
        ({"Last-Modified": "Tue, 03 May 9999999999999999999 09:12:00 GMT"}, ("", "")),
        ({"Last-Modified": "Tue, 03 May 2016 09:12:00 +9999"}, ("", "")),
    ],
)
def test_validators_are_kept_where_they_can_be_relied_on(sent: dict[str, str], kept: tuple[str, str]) -> None:
    from datetime import UTC, datetime

    heads = tuple((name.encode(), value.encode("latin-1")) for name, value in sent.items())
    assert validators(Response(HOME, 200, raw_headers=heads, started_at=datetime.now(UTC))) == kept
