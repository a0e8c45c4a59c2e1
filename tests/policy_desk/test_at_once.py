"""Two watches at once: threads of their own, as two syncs would be."""

import threading

import pytest
from django.db import connection

from cms_site.policy.models import Notice
from migrate.portal import policy

from .central import seen

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def test_each_notice_is_written_once():
    wrong: list[BaseException] = []

    def watch() -> None:
        try:
            policy.see([seen(f"/{number}") for number in range(10)])
        except BaseException as error:  # told below
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=watch) for _number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong and Notice.objects.count() == 10
