"""Two imports at once. On SQLite, where the lock is a file, real processes meet in tests/pipeline/test_sigkill.py."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from django.db import DatabaseError, connection

from cms_site.legacy.intake.lock import _held, import_lock
from migrate.config import Project
from migrate.errors import ShangyiError
from migrate.portal.door import NotBuilt, require_built


def other_session() -> str:
    """Try to import in a session of its own; return why that can't be."""
    try:
        with import_lock():
            return ""
    except ShangyiError as error:
        return error.reason
    finally:
        connection.close()


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="a lock of PostgreSQL's sessions")
def test_another_session_imports() -> None:
    with ThreadPoolExecutor(1) as pool:
        with import_lock():
            assert "Another import" in pool.submit(other_session).result()
        assert pool.submit(other_session).result() == ""


def lost_session() -> str:
    """Lose a session in mid-import; return what that raised."""
    try:
        with import_lock(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return ""
    except DatabaseError as error:
        return str(error)
    finally:
        connection.close()


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="a lock of PostgreSQL's sessions")
def test_what_broke_the_session_is_said_and_the_lock_is_gone() -> None:
    with ThreadPoolExecutor(1) as pool:
        assert "terminating connection" in pool.submit(lost_session).result()
        assert pool.submit(other_session).result() == ""


def lost_with_one_site(project: Project) -> str:
    """Lose a session in no transaction, as an import may; return why the next site can't be imported."""
    try:
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        require_built(project)
        return ""
    except NotBuilt:  # the tests' database has tables and no portal
        return ""
    except ShangyiError as error:
        return error.reason
    finally:
        connection.close()


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="a lock of PostgreSQL's sessions")
def test_a_session_that_is_lost_with_one_site_stops_no_other(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(lost_with_one_site, Project(tmp_path)).result() == ""


class TestTheFileOfSqlite:
    """`_held`: another's lock and a file that can't be written are two things."""

    def test_somebody_holds_it(self, tmp_path: Path) -> None:
        file = tmp_path / "portal.sqlite3.import-lock"
        with _held(file), pytest.raises(ShangyiError, match="Another import or rollback"), _held(file):
            pass
        with _held(file):
            pass

    def test_it_cannot_be_written(self, tmp_path: Path) -> None:
        file = tmp_path / "missing" / "portal.sqlite3.import-lock"
        with pytest.raises(ShangyiError, match="import-lock can't be written") as caught, _held(file):
            pass
        assert "permissions" in caught.value.hint

    def test_another_user_left_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        file = tmp_path / "portal.sqlite3.import-lock"
        sqlite3.connect(file).close()
        real = sqlite3.connect
        # root may write everything: a connection that only reads stands for a file that may only be read
        monkeypatch.setattr(sqlite3, "connect", lambda path, **more: real(f"file:{path}?mode=ro", uri=True, **more))
        with pytest.raises(ShangyiError, match="import-lock can't be written"), _held(file):
            pass
