"""The server of `cms serve`: small, but nobody gets out of its folders or a traceback out of it."""

from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from migrate import portal


@pytest.mark.parametrize(
    "path", ["/static/../../x", "/static/%2e%2e/%2e%2e/etc/passwd", "/static//etc/passwd", "/static/no.css"]
)
def test_static_files_stay_in_their_folder(path: str) -> None:
    with portal.serving() as address:
        connection = HTTPConnection(urlsplit(address).netloc, timeout=10)
        connection.request("GET", path)
        answer = connection.getresponse()
        assert answer.status == 404
        assert b"Traceback" not in answer.read()
        connection.close()
