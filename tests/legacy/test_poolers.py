"""PostgreSQL behind a pooler, which hands a connection to whoever asks: what was prepared on it may not be there."""

import pytest
from django.db import connection

from cms_site.legacy.middleware import _BY_HOST
from cms_site.legacy.models import OldHost, OldSite
from tests.legacy.conftest import HOST


@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL plans for so long")
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_statement_that_a_pooler_does_not_know_is_asked_as_ever():
    site = OldSite.objects.create(slug="dahe", name="大河镇", url=f"http://{HOST}/")
    OldHost.objects.create(name=HOST, site=site)
    assert _BY_HOST.first(text=HOST) == site
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'shangyi%%'")
        assert cursor.fetchone()[0]
        cursor.execute("DEALLOCATE ALL")
    assert [_BY_HOST.first(text=HOST) for _ in range(2)] == [site, site]
