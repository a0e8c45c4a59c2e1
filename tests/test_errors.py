"""What a database says when it can't go on becomes what a clerk can do about it."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from migrate.archive.ledger import Ledger
from migrate.cli.app import as_told
from migrate.errors import ShangyiError, database_error, database_hint

ROOM, RIGHTS, WAIT, SERVER = "Free some space", "permissions", "Something else writes", "database server runs"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    with closing(sqlite3.connect(tmp_path / "some.sqlite3")) as made:
        made.execute("CREATE TABLE some (text)")
    return tmp_path / "some.sqlite3"


@pytest.fixture
def other(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(file, isolation_level=None, timeout=0)) as connection:
        yield connection


def refused(connection: sqlite3.Connection) -> str:
    with pytest.raises(sqlite3.OperationalError) as caught:
        connection.execute("INSERT INTO some VALUES (zeroblob(100000))")
    return database_hint(caught.value)


def test_a_full_disk_of_sqlite(other: sqlite3.Connection) -> None:
    other.execute("PRAGMA max_page_count = 2")
    assert ROOM in refused(other)


def test_a_file_of_somebody_else(file: Path) -> None:
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as reader:
        assert RIGHTS in refused(reader)
    with pytest.raises(sqlite3.OperationalError) as caught:
        sqlite3.connect(file.parent / "missing" / "some.sqlite3")
    assert RIGHTS in database_hint(caught.value)


def test_a_file_that_another_writes(file: Path, other: sqlite3.Connection) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        assert WAIT in refused(other)


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        (psycopg.errors.DiskFull("could not extend file"), ROOM),
        (psycopg.errors.DeadlockDetected("deadlock detected"), WAIT),
        (psycopg.errors.LockNotAvailable("canceling statement due to lock timeout"), WAIT),
        (psycopg.errors.QueryCanceled("canceling statement due to statement timeout"), WAIT),
        (psycopg.errors.AdminShutdown("terminating connection due to administrator command"), SERVER),
        (psycopg.OperationalError("the connection is lost"), SERVER),
        (psycopg.errors.UniqueViolation("duplicate key"), WAIT),
        (psycopg.errors.UndefinedTable("no such relation"), "What was done so far is kept"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_postgresql_says(error: psycopg.Error, hint: str) -> None:
    about = RuntimeError("as Django passes it on")
    about.__cause__ = error
    assert hint in database_error(about).hint
    told = as_told(error)
    assert told is not None
    assert hint in told.hint


def test_a_ledger_that_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").mkdir()
    with pytest.raises((ShangyiError, sqlite3.OperationalError)) as caught:
        Ledger(tmp_path / "ledger.sqlite")
    told = as_told(caught.value)
    assert told is not None
    assert RIGHTS in told.hint


@pytest.mark.parametrize(("number", "hint"), [(errno.ENOSPC, ROOM), (errno.EROFS, RIGHTS), (errno.ENOTDIR, "kept")])
def test_a_file_that_cannot_be_written(number: int, hint: str) -> None:
    told = as_told(OSError(number, "so it is", "/somewhere"))
    assert told is not None
    assert told.reason == "/somewhere: so it is"
    assert hint in told.hint
