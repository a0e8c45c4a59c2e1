"""When something is gone from the old site, and when nothing is concluded."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from migrate.archive.ledger import Ledger
from migrate.harvest import HarvestRun
from migrate.records import Kind, Outcome
from tests.harvest.delta.versioned import DELTA, Versioned, run
from tests.harvest.oldsite import HOST, Answer, OldSite
from tests.harvest.test_harvest import findings, rows, states
from tests.mapping.test_captures import Old, article


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
