"""Conditional requests: what a delta asks the old server to send only if it has changed (RFC 9110 §13)."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

from migrate.archive.ledger import Ledger
from migrate.archive.warc import NOT_MODIFIED
from migrate.harvest.captures import Capture
from migrate.harvest.store import Job, Store
from migrate.http import Response
from migrate.records import HTML_TYPES

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


class Conditions:
    """Says of each request of a capture how it is made conditional.

    Asked in full are all pages that were the first to name another page: the home page, lists, pagers. News stands
    there, and where an old server is wrong about the age of a page it is of these: put together from parts, their date
    is often that of a template. What is left names nothing that one of them does not name, too.
    """

    def __init__(self, store: Store, home: str) -> None:
        """Prepare for one capture; `home` is the key of the home page."""
        self._store = store
        self._in_full = {home}
        self._worthless: set[str] = set()
        if store.capture.kind == "delta":
            self._in_full |= _leading(store.ledger, store.capture)
            self._worthless = _worthless(store.ledger, store.capture)

    def headers(self, job: Job) -> dict[str, str]:
        """Return the headers that make a request conditional; none where the answer is wanted in any case."""
        if job.form or job.key in self._in_full:
            return {}
        latest = self._store.latest(job.key)
        if latest is None or not latest.ok or not latest.digest:
            return {}
        etag = "" if latest.etag in self._worthless else latest.etag
        conditions = {"If-None-Match": etag, "If-Modified-Since": latest.modified}
        return {name: value for name, value in conditions.items() if value}


def holds(conditions: Mapping[str, str], response: Response) -> bool:
    """Say whether a 304 is about the version that was asked about: a server may name another one in the same breath."""
    etag, modified = response.header("ETag"), response.header("Last-Modified")
    if etag and "If-None-Match" in conditions:
        return etag.removeprefix("W/") == conditions["If-None-Match"].removeprefix("W/")
    return not modified or modified == conditions.get("If-Modified-Since", modified)


def confirms(response: Response) -> bool:
    """Say whether an answer is a 304 that says anything: to a request that was conditional."""
    return response.status == NOT_MODIFIED and b"\r\nIf-" in response.request


def _leading(ledger: Ledger, capture: Capture) -> set[str]:
    marks = ", ".join("?" * len(HTML_TYPES))
    rows = ledger.db.execute(
        f"""SELECT DISTINCT f.referrer FROM frontier AS f WHERE f.capture >= ? AND f.referrer <> '' AND (
              instr(f.key, '#') OR EXISTS (
                SELECT 1 FROM resources AS r WHERE r.key = f.key AND r.media_type IN ({marks})))""",
        (capture.floor, *HTML_TYPES),
    )
    return {row[0] for row in rows}


def _worthless(ledger: Ledger, capture: Capture) -> set[str]:
    """Return the entity tags that stood for different bytes: some servers give all they have the same one."""
    rows = ledger.db.execute(
        """SELECT etag FROM resources WHERE capture >= ? AND etag <> ''
           GROUP BY etag HAVING count(DISTINCT digest) > 1""",
        (capture.floor,),
    )
    return {row[0] for row in rows}
