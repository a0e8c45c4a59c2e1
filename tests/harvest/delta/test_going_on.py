"""Deltas that break off, and deltas as the archive alone tells them."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from migrate.archive.ledger import Ledger
from migrate.archive.wacz import WaczPage, write_wacz
from migrate.errors import ShangyiError
from migrate.harvest.paging import PAGERS, Further, ListPage
from tests.archive.judges import replayed
from tests.archive.test_wacz import DESCRIBED
from tests.harvest.delta.versioned import DELTA, OLD, Versioned, figures, held, revisits, run
from tests.harvest.oldsite import Answer, OldSite, config
from tests.harvest.test_harvest import HOME, check
from tests.harvest.test_rebuild import same_again


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
