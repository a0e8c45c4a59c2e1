"""Decisions laid over entries, and what import does with each: tables of truth."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from migrate.archive.ledger import Ledger
from migrate.importer.files import refusal
from migrate.importer.plan import Action, ImportOptions, Overlay, Plan, action_for
from migrate.records import DECISION, Content, Entry, Kind, Known, Outcome, Ruled

HOST = "http://www.dahe.example.gov.cn"
PAGE, OTHER, ALIAS, FILE = (f"{HOST}/{name}" for name in ("1.html", "2.html", "go.asp", "a.doc"))
CONTENT = Content("题", "2016-05-03", "", "", "", "", {}, "<p>文</p>", (), ())


def entry(key: str = PAGE, kind: Kind = Kind.ARTICLE, outcome: Outcome = Outcome.MOVE, **more: object) -> Entry:
    content = CONTENT if kind == Kind.ARTICLE else None
    digest = "" if kind == Kind.ARTICLE else "sha256:1"
    more = {"warc_file": "a.warc.gz"} | more
    return Entry(key, key, kind, outcome, "规则", content_hash="h", content=content, digest=digest, **more)


def ruled(outcome: str = "move", column: str = "", *, release: bool = False) -> Ruled:
    return Ruled(outcome, column, "理由", release)


Lay = Callable[[Entry, dict[str, Ruled]], Entry]


@pytest.fixture
def overlay(tmp_path: Path) -> Iterator[Lay]:
    """Return what lays decisions over an entry of a site with two held articles that nobody has decided."""
    waiting = {"outcome": Outcome.UNDECIDED, "held": ("bank-card",), "target": "/towns/dahe/news/"}
    with Ledger(tmp_path / "dahe" / "ledger.sqlite", create=True) as ledger:
        with ledger.transaction():
            ledger.write_entries([entry(PAGE, **waiting), entry(OTHER, **waiting)])
        yield lambda one, decisions: Overlay(ledger, decisions)(one)


def test_without_a_decision_nothing_changes(overlay: Lay) -> None:
    one = entry(held=("bank-card",))
    assert overlay(one, {OTHER: ruled(release=True)}) is one


def test_entries_come_in_the_order_asked_for(tmp_path: Path) -> None:
    """More than one statement asks for: some unknown, some known from a decision alone, one of them twice."""
    keys = [f"{HOST}/{number}.html" for number in range(1_200)]
    known, decided = set(keys[::2]), keys[1]
    with Ledger(tmp_path / "dahe" / "ledger.sqlite", create=True) as ledger:
        with ledger.transaction():
            ledger.write_entries(entry(key) for key in known)
        plan = Plan(ledger, {}, {decided: ruled("gone")}, ImportOptions())
        asked = [*keys[::-1], PAGE, keys[0]]
        wanted = [key for key in asked if key in known or key == decided]
        assert [found.key for found in plan.read(asked)] == wanted


def test_a_decision_wins_and_is_named(overlay: Lay) -> None:
    decided = overlay(entry(target="/towns/dahe/news/"), {PAGE: ruled("archive")})
    assert (decided.outcome, decided.rule, decided.reason) == (Outcome.ARCHIVE, DECISION, "理由")
    assert decided.content_hash != "h"


def test_what_was_never_captured_is_not_archived(overlay: Lay) -> None:
    decided = overlay(entry(outcome=Outcome.UNDECIDED, warc_file=""), {PAGE: ruled("archive")})
    assert (decided.outcome, decided.rule) == (Outcome.UNDECIDED, DECISION)
    assert "captured" in decided.reason


def test_a_decision_that_agrees_with_the_rule_is_no_new_version(overlay: Lay) -> None:
    decided = overlay(entry(target="/towns/dahe/news/"), {PAGE: ruled("move")})
    assert (decided.rule, decided.content_hash) == (DECISION, "h")


@pytest.mark.parametrize(
    ("decisions", "outcome", "held"),
    [
        ({PAGE: ruled("move", release=True)}, Outcome.MOVE, ()),
        ({PAGE: ruled("move")}, Outcome.MOVE, ("bank-card",)),
        ({PAGE: ruled("gone", release=True)}, Outcome.UNDECIDED, ("bank-card",)),  # the other page still waits
        ({PAGE: ruled("gone"), OTHER: ruled("archive", release=True)}, Outcome.ARCHIVE, ()),
        ({PAGE: ruled("gone"), OTHER: ruled("gone")}, Outcome.GONE, ("bank-card",)),
        ({PAGE: ruled("redirect", "/news/"), OTHER: ruled("gone")}, Outcome.MOVE, ("bank-card",)),
    ],
)
def test_an_attachment_follows_its_pages(
    overlay: Lay, decisions: dict[str, Ruled], outcome: Outcome, held: tuple[str, ...]
) -> None:
    file = entry(FILE, Kind.ATTACHMENT, Outcome.UNDECIDED, used_by=(PAGE, OTHER), held=("bank-card",))
    decided = overlay(file, decisions)
    assert (decided.outcome, decided.held, decided.target) == (outcome, held, "")


def test_an_image_of_a_redirected_page_goes_with_it(overlay: Lay) -> None:
    image = entry(FILE, Kind.IMAGE, Outcome.UNDECIDED, used_by=(PAGE,))
    decided = overlay(image, {PAGE: ruled("redirect", "/towns/dahe/news/")})
    assert (decided.outcome, decided.target) == (Outcome.REDIRECT, "/towns/dahe/news/")


@pytest.mark.parametrize(
    ("decision", "outcome"),
    [
        ("move", Outcome.REDIRECT), ("archive", Outcome.REDIRECT), ("gone", Outcome.GONE),
        ("undecided", Outcome.UNDECIDED),
    ],
)  # fmt: skip
def test_an_address_that_the_old_site_redirected_follows_its_target(
    overlay: Lay, decision: str, outcome: Outcome
) -> None:
    alias = entry(ALIAS, Kind.OTHER, Outcome.UNDECIDED, follows=PAGE, used_by=(PAGE,))
    decided = overlay(alias, {PAGE: ruled(decision, "/towns/dahe/news/")})
    assert (decided.outcome, decided.follows) == (outcome, PAGE)
    own = overlay(alias, {PAGE: ruled("move"), ALIAS: ruled("gone")})
    assert (own.outcome, own.follows) == (Outcome.GONE, "")


@pytest.mark.parametrize(
    ("have", "publish", "wanted"),
    [
        (None, True, Action.CREATE),
        (Known("", "draft"), True, Action.CREATE),  # placed, and then the power went
        (Known("old", "live"), True, Action.UPDATE),
        (Known("old", "live", touched=True), True, Action.EDITED),
        (Known("old", "deleted", touched=True), True, Action.EDITED),
        (Known("h", "live"), True, Action.UNCHANGED),
        (Known("h", "live"), False, Action.UNCHANGED),
        (Known("h", "draft"), True, Action.UPDATE),
        (Known("h", "draft"), False, Action.UNCHANGED),
        (Known("h", "draft", touched=True), True, Action.UNCHANGED),
        (Known("h", "deleted", touched=True), True, Action.UNCHANGED),
    ],
)
def test_actions(have: Known | None, publish: bool, wanted: Action) -> None:
    assert action_for(entry(), {PAGE: have} if have else {}, publish=publish) == wanted


def test_held_and_undecided_drafts_are_not_published() -> None:
    known = {PAGE: Known("h", "draft")}
    assert action_for(entry(held=("bank-card",)), known, publish=True) == Action.UNCHANGED
    assert action_for(replace(entry(), outcome=Outcome.UNDECIDED), known, publish=True) == Action.UNCHANGED


@pytest.mark.parametrize(
    ("name", "payload", "refused"),
    [
        ("a.doc", b"\xd0\xcf\x11\xe0", False),
        ("a.doc", b"MZ\x90\x00", True),
        ("setup.EXE", b"anything", True),
        ("a.svg", b"<svg/>", False),  # downloaded, never shown
        ("a.svg", b"no drawing", True),
        ("a.png", b"<svg/>", True),
        ("a.doc", b"\xef\xbb\xbf <!DOCTYPE html><p>404", True),
        ("a.doc", b"<?php system(1);", True),
        ("a.txt", b"<a> is no page", False),
        ("a.doc", b"", True),
    ],
)
def test_refusals(name: str, payload: bytes, refused: bool) -> None:
    assert bool(refusal(name, payload)) is refused
