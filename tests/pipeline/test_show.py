"""`show` of an address that can't be one."""

from pathlib import Path

import pytest

from migrate.config import find_project
from migrate.errors import UsageError
from migrate.pipeline import show

ROOT = Path(__file__).parents[2]


def test_an_address_that_is_too_long_is_said_so() -> None:
    with pytest.raises(UsageError, match="no web address") as caught:
        show(find_project(ROOT), "http://www.dahe.example.gov.cn/" + "a" * 3000)
    assert "2048" in caught.value.hint
