"""Deltas: what is asked conditionally, what is kept of the answers, and when something is gone. Real HTTP."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email.message import Message
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

import migrate.harvest.run
from migrate.archive.ledger import Ledger
from migrate.archive.reading import iter_records, read_response
from migrate.archive.wacz import WaczPage, write_wacz
from migrate.errors import ShangyiError
from migrate.harvest import HarvestRun, HarvestSummary, run_harvest
from migrate.harvest.paging import PAGERS, Further, ListPage
from migrate.http import Response
from migrate.http.conditional import validators
from migrate.records import Kind, Outcome
from tests.archive.judges import replayed
from tests.archive.test_wacz import DESCRIBED
from tests.harvest.oldsite import FAMILIES, HOST, Answer, OldSite, config
from tests.harvest.test_harvest import HOME, check, findings, rows, states
from tests.harvest.test_rebuild import same_again
from tests.mapping.test_captures import Old, article

DELTA = HarvestRun(delta=True)
OLD = "Tue, 03 May 2016 09:12:00 GMT"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
SAME_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"


@dataclass
class Versioned(OldSite):
    """An old site whose server knows versions."""

    etags: dict[str, str] = field(default_factory=dict)
    modified: dict[str, str] = field(default_factory=dict)
    deaf: bool = False
    """It sends entity tags and doesn't look at those it gets."""
    liar: bool = False
    """It answers 304 to whatever is conditional."""
    asked: list[tuple[str, Message]] = field(default_factory=list)

    def answer(self, path: str, request: BaseHTTPRequestHandler) -> Answer:
        self.asked.append((path, request.headers))
        found = super().answer(path, request)
        etag, modified = self.etags.get(path, ""), self.modified.get(path, "")
        own = {name: value for name, value in (("ETag", etag), ("Last-Modified", modified)) if value}
        wanted = request.headers.get("If-None-Match"), request.headers.get("If-Modified-Since")
        known = self._knows(wanted, etag, modified) if any(wanted) and not self.deaf else False
        return Answer(status=304, type="", headers=own) if known else replace(found, headers=found.headers | own)

    def _knows(self, wanted: tuple[str | None, str | None], etag: str, modified: str) -> bool:
        if self.liar:
            return True
        if wanted[0]:
            return wanted[0].removeprefix("W/") == etag.removeprefix("W/")
        return wanted[1] == modified

    def conditional(self) -> set[str]:
        """Paths that were asked for under a condition since `asked` was emptied."""
        return {path for path, heads in self.asked if "If-None-Match" in heads or "If-Modified-Since" in heads}


@pytest.fixture
def site() -> Iterator[Versioned]:
    with Versioned().served() as served:
        served.html("/", '<a href="/a.html">a</a><a href="/b.html">b</a><a href="/f.doc">f</a>')
        served.html("/a.html", "甲" * 50)
        served.html("/b.html", "乙" * 50)
        served.pages["/f.doc"] = Answer(b"\xd0\xcf\x11\xe0 word", type="application/msword")
        served.pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow:", type="text/plain")
        yield served  # type: ignore[misc]


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    options = migrate.harvest.run.client_options
    monkeypatch.setattr(migrate.harvest.run, "client_options", lambda *asked: replace(options(*asked), backoff=0.0))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "dahe"


def run(site: OldSite, folder: Path, asked: HarvestRun | None = None, **settings: object) -> HarvestSummary:
    if isinstance(site, Versioned):
        site.asked.clear()
    return run_harvest(config(site, **settings), FAMILIES, folder, asked or HarvestRun(), lambda _progress: None)


def figures(summary: HarvestSummary) -> tuple[int, int, int, int]:
    return summary.new, summary.changed, summary.gone, summary.unchanged


def held(folder: Path, summary: HarvestSummary) -> set[str]:
    """What a capture holds: addresses with a row of their own."""
    found = rows(folder, f"SELECT key FROM resources WHERE capture = '{summary.capture}'")
    return {key.removeprefix(HOME) for (key,) in found}


def revisits(folder: Path, summary: HarvestSummary) -> dict[str, tuple[str, dict[str, str]]]:
    """Path → (profile, fields) of the revisit records of a capture."""
    found = {}
    for path in sorted((folder / "warc").glob(f"{summary.capture}-*")):
        for record in iter_records(path):
            if record.kind == "revisit":
                found[record.fields["warc-target-uri"].removeprefix(HOME)] = (
                    record.fields["warc-profile"], record.fields)  # fmt: skip
    return found


def snapshot(folder: Path, capture: str) -> list[Any]:
    tables = ("captures WHERE stamp", "frontier WHERE capture", "resources WHERE capture")
    stored = [rows(folder, f"SELECT * FROM {table} = '{capture}'") for table in tables]
    return [*stored, [path.read_bytes() for path in sorted((folder / "warc").glob(f"{capture}-*"))]]


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


def test_an_interrupted_delta_goes_on(site: Versioned, folder: Path) -> None:
    site.html("/", "".join(f'<a href="/{n}.html">x</a>' for n in range(40)))
    for number in range(40):
        site.html(f"/{number}.html", f"page {number}")
        site.etags[f"/{number}.html"] = f'"{number}"'
    run(site, folder)
    site.html("/39.html", "changed")
    site.etags["/39.html"] = '"39b"'
    alive = dict(site.pages)
    count = 0

    def dying(path: str) -> Any:
        def answer(_served: OldSite) -> Answer:
            nonlocal count
            count += 1
            return Answer(raw=b"") if count > 12 else alive[path]  # type: ignore[return-value]

        return answer

    site.deaf = True  # its proxy is broken, too
    site.pages = {path: dying(path) for path in alive} | {"/robots.txt": alive["/robots.txt"]}
    with pytest.raises(ShangyiError, match="stopped answering"):
        run(site, folder, DELTA)
    site.pages, site.deaf = alive, False
    site.counts.clear()
    resumed = run(site, folder)  # no --delta: what was begun is finished
    assert (resumed.kind, resumed.resumed) == ("delta", True)
    assert figures(resumed) == (0, 1, 0, 41) and held(folder, resumed) == {"39.html"}
    assert sum(site.counts.values()) < 42, "what was asked before is not asked again"
    assert "/robots.txt" not in site.counts
    check(folder)


def test_read_back_after_a_crash(site: Versioned, folder: Path) -> None:
    """Answers that lie in the WARC file but not in the rows: 304s and identical payloads among them."""
    site.etags = {"/a.html": '"a1"'}
    run(site, folder)
    site.html("/b.html", "changed")
    whole = run(site, folder, DELTA)
    with Ledger(folder / "ledger.sqlite") as ledger, ledger.transaction() as db:
        db.execute("UPDATE captures SET state = 'running' WHERE stamp = ?", (whole.capture,))
        db.execute("DELETE FROM resources WHERE capture = ?", (whole.capture,))
        db.execute("UPDATE frontier SET state = 'queued', reason = '' WHERE capture = ?", (whole.capture,))
        ledger.set("harvest.committed", {"capture": whole.capture, "file": "", "offset": 0})
    site.counts.clear()
    again = run(site, folder)
    assert set(site.counts) == {"/robots.txt"}
    assert figures(again) == figures(whole) and held(folder, again) == {"b.html"}
    check(folder)


def test_a_form_is_sent_as_its_page_holds_it_now(
    site: Versioned, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pager(page: ListPage) -> Iterator[Further]:
        for state in re.findall(r"state=(\w+)", page.text):
            yield Further("/more.aspx", f"page=2&__VIEWSTATE={state}")

    monkeypatch.setitem(PAGERS, "create_page", pager)
    site.html("/", "<script>createPage</script>state=old")
    site.html("/more.aspx page=2&__VIEWSTATE=old", '<a href="/1.html">')
    site.html("/1.html", "1")
    site.modified = dict.fromkeys(site.pages, OLD)
    run(site, folder)
    site.html("/", "<script>createPage</script>state=fresh")
    del site.pages["/more.aspx page=2&__VIEWSTATE=old"]
    site.html("/more.aspx page=2&__VIEWSTATE=fresh", '<a href="/1.html"><a href="/2.html">')
    site.html("/2.html", "2")
    delta = run(site, folder, DELTA)
    assert site.conditional() == {"/1.html"}
    assert figures(delta)[:3] == (1, 1, 0) and delta.failed == 0
    check(folder)


def test_rebuilt_from_the_archive_alone(site: Versioned, folder: Path) -> None:
    """304s, identical payloads, what is gone, a capture that is not believed, and the one after it."""
    site.html("/", "".join(f'<a href="/{name}">x</a>' for name in ("a.html", "b.html", "f.doc", "c.html")))
    site.html("/c.html", "c")
    site.etags = {"/a.html": '"a1"', "/c.html": '"c1"'}
    run(site, folder)
    site.html("/b.html", '<a href="/new.html">x</a>')
    site.html("/new.html", "new")
    del site.pages["/f.doc"]
    assert figures(run(site, folder, DELTA)) == (1, 1, 1, 4)
    home = site.pages["/"]
    site.pages["/"], site.pages["/c.html"], site.etags["/c.html"] = Answer(status=503), Answer(status=404), ""
    assert run(site, folder, DELTA).unreliable == "home"
    site.pages["/"] = home
    assert (run(site, folder).gone, run(site, folder, DELTA).changed) == (1, 0)
    same_again(config(site), folder)


def test_pywb_shows_what_was_not_modified(site: Versioned, folder: Path, tmp_path: Path) -> None:
    site.etags = {"/a.html": '"a1"', "/f.doc": '"f1"'}
    run(site, folder)
    site.html("/b.html", "changed")
    time.sleep(1.1)  # pywb tells captures apart by the second
    delta = run(site, folder, DELTA)
    page, file = site.pages["/a.html"], site.pages["/f.doc"]
    assert isinstance(page, Answer) and isinstance(file, Answer)
    exported = write_wacz(folder, tmp_path / "dahe.wacz", DESCRIBED, [WaczPage(HOME, "2026-11-21T09:30:01Z", "x")])
    (tmp_path / "pywb").mkdir()
    asked = revisits(folder, delta)["a.html"][1]["warc-date"]
    then = re.sub(r"\D", "", asked)[:14]
    with replayed(exported.file, tmp_path / "pywb") as replay:
        assert replay.ask(HOME + "a.html", at=then) == (200, page.body)
        assert replay.ask(HOME + "f.doc", at=then) == (200, file.body)
        assert b"changed" in replay.ask(HOME + "b.html", at=then)[1]


# what may be concluded


@pytest.fixture
def many(site: Versioned) -> Versioned:
    """Twenty articles, each in a line of the home page."""
    site.html("/", "".join(f'<a href="/{n}.html">x</a>' for n in range(20)))
    for number in range(20):
        site.html(f"/{number}.html", f"page {number}")
    return site


def unreliable(folder: Path) -> list[str]:
    return [
        url for check_name, url in rows(folder, "SELECT name, url FROM findings") if check_name.endswith("reliable")
    ]


def test_gone_is_gone_where_the_site_is_itself(many: Versioned, folder: Path) -> None:
    run(many, folder)
    for number in range(4):
        many.pages[f"/{number}.html"] = Answer(status=410)
    delta = run(many, folder, DELTA)
    assert (delta.gone, delta.unreliable) == (4, "") and len(findings(folder)["gone"]) == 4


@pytest.mark.parametrize(
    ("home", "article_answer", "failing", "reason"),
    [
        (Answer(status=503), None, 0, "home"),
        (Answer(status=404), None, 0, "home"),
        (Answer(status=302, headers={"Location": "http://www.xinhe.example.gov.cn/"}), None, 0, "home"),
        (None, Answer(status=500), 5, "answers"),
        (None, Answer(raw=b""), 5, "answers"),
        (None, Answer(status=404), 12, "missing"),
    ],
)
def test_nothing_is_gone_where_the_site_is_not_itself(
    many: Versioned, folder: Path, home: Answer | None, article_answer: Answer | None, failing: int, reason: str
) -> None:
    run(many, folder)
    alive = dict(many.pages)
    many.pages["/19.html"] = Answer(status=404)
    if home:
        many.pages["/"] = home
    for number in range(failing):
        assert article_answer is not None
        many.pages[f"/{number}.html"] = article_answer
    delta = run(many, folder, DELTA)
    assert (delta.state, delta.gone, delta.unreliable) == ("finished", 0, reason)
    found = findings(folder)
    assert "gone" not in found and "dead-link" not in found and unreliable(folder) == [""]
    assert states(folder)["19.html"] == ("failed", "HTTP 404")
    settings = json.loads(rows(folder, "SELECT settings FROM captures ORDER BY stamp DESC LIMIT 1")[0][0])
    assert settings["unreliable"]["known"] == 21
    # The next run tries again what this one could not settle, and then it counts.
    many.pages = alive | {"/19.html": Answer(status=404)}
    again = run(many, folder)
    assert (again.gone, again.unreliable, again.failed) == (1, "", 0)
    assert findings(folder)["gone"] == ["19.html"] and unreliable(folder) == []


def test_a_look_at_a_part_of_the_site_proves_nothing(many: Versioned, folder: Path) -> None:
    run(many, folder)
    many.pages["/0.html"] = Answer(status=404)
    part = run(many, folder, HarvestRun(delta=True, limit=5))
    assert (part.gone, part.unreliable) == (0, "answers")
    assert part.skipped == {"limit": 16}
    rest = run(many, folder)
    assert (rest.gone, rest.unreliable) == (1, "")


# end to end


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Old]:
    with OldSite().served() as served:
        yield Old(served, tmp_path)


def test_unreliable_404s_make_nothing_gone_in_the_mapping(old: Old) -> None:
    old.harvest()
    old.map()
    entries = whole_mapping(old)
    home = old.served.pages["/"]
    old.served.pages["/"] = Answer(status=500)
    for path in ("/tzgg/1.html", "/tzgg/2.html", "/a.doc"):
        old.served.pages[path] = Answer(b"<html>not found</html>", 404)
    old.served.html("/tzgg/3.html", article(3) + '<a href="/linked.html">x</a>')  # a new address, dead for now
    old.harvest()
    read, _kept = old.map()
    assert read == 1
    for path in ("/tzgg/1.html", "/tzgg/2.html", "/a.doc"):
        outcome, _kind, worse = old.state(path)
        assert (outcome, worse) == (Outcome.MOVE, False)
    assert old.state("/linked.html")[0] is Outcome.FAILED
    # The site is itself again, and it is true: one page is gone. What was captured of it is kept, and told.
    old.served.pages["/"] = home
    old.served.html("/tzgg/2.html", article(2))
    old.served.pages["/a.doc"] = Answer(b"\xd0\xcf\x11\xe0 word", type="application/msword")
    old.served.html("/tzgg/3.html", article(3))
    old.harvest()
    old.map()
    assert old.state("/tzgg/1.html") == (Outcome.MOVE, Kind.ARTICLE, True)
    assert old.state("/tzgg/2.html") == (Outcome.MOVE, Kind.ARTICLE, False)
    assert old.state("/linked.html")[0] is Outcome.GONE
    now = whole_mapping(old)
    assert {key: now[key][0] for key in entries} == {key: hashed for key, (hashed, *_place) in entries.items()}


def whole_mapping(old: Old) -> dict[str, tuple[str, str, int]]:
    """Key → (content hash, WARC file, offset): what import compares."""
    with Ledger(old.folder / "ledger.sqlite") as ledger:
        return {entry.key: (entry.content_hash, entry.warc_file, entry.warc_offset) for entry in ledger.entries()}


def test_a_delta_of_an_unchanged_site_changes_no_entry(old: Old) -> None:
    old.harvest()
    old.map()
    before = whole_mapping(old)
    old.harvest()
    assert old.map()[0] == 0
    assert whole_mapping(old) == before
    assert f"http://{HOST}/tzgg/1.html" in before
