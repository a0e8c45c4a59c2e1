"""Two imports at once. On SQLite, where the lock is a file, real processes meet in tests/pipeline/test_sigkill.py."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from cms_site.legacy.intake.lock import import_lock
from migrate.errors import ShangyiError


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
