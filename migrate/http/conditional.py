"""Conditional requests: which of a server's words about a version can be relied on (RFC 9110 §13)."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

from migrate.http.types import Response

NOT_MODIFIED = 304
_ETAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]{1,200}"|[\w.:-]{1,200}', re.ASCII)
"""An entity tag, or one whose quotes were forgotten. Never `*`, which would be true of whatever the server has."""
_DATE = re.compile(r"[\x20-\x7e]{1,64}")
_SETTLED = timedelta(seconds=1)
"""How old a version must be, by the server's own clock, before its date tells it from the next (RFC 9110 §8.8.2.2)."""


def validators(response: Response) -> tuple[str, str]:
    """Return (ETag, Last-Modified) as sent; empty where there is none or where it can't be relied on."""
    etag, modified = response.header("ETag"), response.header("Last-Modified")
    return etag if _ETAG.fullmatch(etag) else "", modified if _tells_versions_apart(modified, response) else ""


def _tells_versions_apart(modified: str, response: Response) -> bool:
    changed = _moment(modified)
    if changed is None:
        return False
    try:
        return (_moment(response.header("Date")) or response.started_at) - changed >= _SETTLED
    except OverflowError:
        return False


@lru_cache(maxsize=1024)
def _moment(text: str) -> datetime | None:
    if not _DATE.fullmatch(text):
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def holds(conditions: Mapping[str, str], response: Response) -> bool:
    """Say whether a 304 is about the version that was asked about: a server may name another one in the same breath."""
    etag, modified = response.header("ETag"), response.header("Last-Modified")
    if etag and "If-None-Match" in conditions:
        return etag.removeprefix("W/") == conditions["If-None-Match"].removeprefix("W/")
    return not modified or modified == conditions.get("If-Modified-Since", modified)


def confirms(response: Response) -> bool:
    """Say whether an answer is a 304 that says anything: to a request that was conditional."""
    return response.status == NOT_MODIFIED and b"\r\nIf-" in response.request
