"""Conditional requests: what a delta asks the old server to send only if it has changed (RFC 9110 §13)."""

from migrate.archive.ledger import Ledger
from migrate.harvest.captures import Capture
from migrate.harvest.store import Job, Store
from migrate.records import HTML_TYPES


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
