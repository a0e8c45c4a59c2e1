"""The account is counted from captures and links; no hand on the entries goes unseen."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from migrate.archive.ledger import Ledger
from migrate.check.balance import account, collect_found, spelled_entries
from migrate.records import Entry, Kind, Outcome, to_json
from tests.check.building import OLD, RULES, entry, fill, new_ledger

ENTRIES = [
    entry("/a.html", Outcome.MOVE, title="甲"),
    entry("/b.html", Outcome.MOVE, title="乙"),
    entry("/", Outcome.REDIRECT, Kind.HOME, target="/towns/dahe/"),
    entry("/zt/old.html", Outcome.ARCHIVE),
    entry("/dead.html", Outcome.GONE),
    entry("/login", Outcome.UNDECIDED, Kind.OTHER),
    entry("/slow.html", Outcome.FAILED),
]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with new_ledger(tmp_path) as opened:
        fill(
            opened,
            ENTRIES,
            linked=(
                f"http://{OLD}/A.html",  # the same article, spelled otherwise
                f"http://{OLD}/index.html",
                f"http://{OLD}/b.html?from=home",
                "http://www.elsewhere.example.com/",
            ),
        )
        yield opened


def test_each_address_is_counted_once_and_has_one_outcome(ledger: Ledger) -> None:
    assert account(ledger, RULES).summary() == {
        "found": 7,
        "moved": 2,
        "redirected": 1,
        "archived": 1,
        "gone": 1,
        "undecided": 1,
        "failed": 1,
        "balanced": True,
    }


def test_a_url_that_was_only_queued_or_linked_was_found_too(ledger: Ledger) -> None:
    with ledger.transaction() as db:
        db.execute(
            "INSERT INTO frontier VALUES ('20261121T093000Z', ?, ?, '', 1, 'skipped', 0, 'robots', '')",
            (f"http://{OLD}/private/", f"http://{OLD}/private/"),
        )
        db.execute("INSERT INTO links VALUES (?, 1, '', '', 'a', 1)", (f"http://{OLD}/never.doc",))
    result = account(ledger, RULES)
    assert (result.found, result.balanced) == (9, False)
    assert result.missing == (f"http://{OLD}/never.doc", f"http://{OLD}/private/")


def test_an_entry_removed_by_hand_is_missed(ledger: Ledger) -> None:
    for removed in ENTRIES:
        with ledger.transaction() as db:
            db.execute("DELETE FROM entries WHERE key = ?", (removed.key,))
        result = account(ledger, RULES)
        assert (result.found, result.balanced, result.missing) == (7, False, (removed.key,))
        with ledger.transaction() as db:
            _insert(db, removed)
    assert account(ledger, RULES).balanced


def test_an_entry_never_found_is_noticed_even_when_the_numbers_agree(ledger: Ledger) -> None:
    invented = entry("/invented.html", Outcome.GONE)
    with ledger.transaction() as db:
        _insert(db, invented)
    assert (account(ledger, RULES).balanced, account(ledger, RULES).extra) == (False, (invented.key,))
    with ledger.transaction() as db:
        db.execute("DELETE FROM entries WHERE key = ?", (ENTRIES[4].key,))
    swapped = account(ledger, RULES)
    assert swapped.found == swapped.moved + swapped.redirected + swapped.archived + swapped.gone + 2
    assert (swapped.balanced, swapped.missing, swapped.extra) == (False, (ENTRIES[4].key,), (invented.key,))


def test_the_same_address_twice_under_two_spellings_does_not_balance(ledger: Ledger) -> None:
    with ledger.transaction() as db:
        _insert(db, entry("/A.html", Outcome.MOVE, title="甲"))
    assert not account(ledger, RULES).balanced


def test_examples_are_few(ledger: Ledger) -> None:
    with ledger.transaction() as db:
        rows = [(f"http://{OLD}/n{number}.html",) for number in range(300)]
        db.executemany("INSERT INTO links VALUES (?, 1, '', '', 'a', 1)", rows)
    result = account(ledger, RULES)
    assert (result.found, len(result.missing), result.balanced) == (307, 20, False)


def test_hosts_of_other_sites_are_never_counted(ledger: Ledger) -> None:
    with ledger.transaction() as db:
        db.execute(
            "INSERT INTO resources VALUES "
            "('20261121T093000Z', ?, ?, 200, '', '', 1, '', 0, '', '', '', '', '', '', '')",
            ("http://img.elsewhere.example.com/a.png",) * 2,
        )
    assert account(ledger, RULES).balanced


def test_a_decision_moves_a_url_to_another_column_of_the_account(ledger: Ledger) -> None:
    result = account(ledger, RULES, {ENTRIES[5].key: Outcome.GONE, f"http://{OLD}/unknown": Outcome.GONE})
    assert (result.undecided, result.gone, result.balanced) == (0, 2, True)


def test_every_spelling_found_is_asked_under_its_entry(ledger: Ledger) -> None:
    collect_found(ledger, RULES)
    asked = [(item.key, item.url) for item in spelled_entries(ledger)]
    key = ENTRIES[0].key
    assert [url for of, url in asked if of == key] == [f"http://{OLD}/A.html", key]
    assert len(asked) == 7 + 3 == len(set(asked))


def _insert(db, item: Entry) -> None:
    row = (item.key, item.kind, item.outcome, item.rule, to_json(item))
    db.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?)", row)
