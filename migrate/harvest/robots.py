"""robots.txt of one site, as RFC 9309 wants it asked for: through redirects, and from the archive while it is fresh.

The site's aliases are other names of one server: the file of the main host counts for all of them.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin

from migrate.archive.ledger import Ledger
from migrate.archive.reading import read_response
from migrate.errors import ShangyiError
from migrate.harvest.captures import moment_of
from migrate.harvest.findings import tls_hint, tls_words
from migrate.http import MAX_PAGE, Client, Response, decoded_body
from migrate.http.robots import Robots
from migrate.i18n import _
from migrate.urls import UrlRules, ascii_url, canonical, host_of, resolve

MAX_HOPS = 5
"""Redirects that are followed (RFC 9309 §2.3.1.2)."""

MAX_AGE = timedelta(hours=24)
"""How long a copy stands in for the file itself (RFC 9309 §2.4)."""


class StoredCopy(NamedTuple):
    """Where the archive has a copy of robots.txt."""

    capture: str
    location: str
    fetched_at: str
    warc_file: str
    warc_offset: int


class RobotsFile:
    """The robots.txt of one site."""

    def __init__(self, ledger: Ledger, folder: Path, home: str, rules: UrlRules) -> None:
        self._ledger = ledger
        self._folder = folder
        self._rules = rules
        self._url = urljoin(home, "/robots.txt")
        self.key = canonical(self._url, rules)

    async def ask(self, client: Client, capture: str, *, obeyed: bool) -> tuple[list[Response], Robots]:
        """Return the answers on the way to robots.txt, and what it allows.

        No answers where the copy in the `capture` that is gone on with is fresh enough. Raises ShangyiError where the
        site does not answer; where robots.txt is to be obeyed, also where it can't be reached and there is no copy.
        """
        copy = self._copy()
        if copy is not None and self._is_fresh(copy, capture):
            return [], self._read(copy)
        answers = [await client.fetch(self._url)]
        while len(answers) <= MAX_HOPS and (further := self._redirect(answers[-1])):
            answers.append(await client.fetch(further))
        last = answers[-1]
        if not answers[0].status or (obeyed and not last.status):
            raise no_answer(last)
        if obeyed and last.status >= 500 and copy is not None:
            return answers, self._read(copy)  # RFC 9309 §2.4: a copy may be used as long as the file can't be reached
        if obeyed and last.status >= 500:
            raise ShangyiError(
                _("The old site answers HTTP {status} for {url}.").format(status=last.status, url=last.url),
                _("Try again later. If the owner allows fetching, write “robots: waived” under harvest."),
            )
        return answers, Robots(last, decoded_body(last.raw_headers, last.body, MAX_PAGE))

    def _copy(self) -> StoredCopy | None:
        """Return the newest copy in the archive, at the end of its redirects; None without a usable one."""
        key = self.key
        for _hop in range(MAX_HOPS + 1):
            row = self._ledger.db.execute(
                """SELECT capture, location, fetched_at, warc_file, warc_offset FROM resources
                   WHERE key = ? AND warc_file <> '' AND status < 500 AND reason = '' ORDER BY capture DESC LIMIT 1""",
                (key,),
            ).fetchone()
            if row is None:
                return None
            copy = StoredCopy(*row)
            if not copy.location:
                return copy
            key = copy.location
        return None

    def _read(self, copy: StoredCopy) -> Robots:
        file = read_response(self._folder, copy.warc_file, copy.warc_offset, limit=MAX_PAGE)
        return Robots(Response(file.url, file.status, raw_headers=file.headers.pairs), file.body)

    def _is_fresh(self, copy: StoredCopy, capture: str) -> bool:
        """Say whether the file was asked for in this capture, and not long ago."""
        asked = self._ledger.db.execute(
            "SELECT 1 FROM frontier WHERE capture = ? AND key = ? AND state = 'fetched'", (capture, self.key)
        ).fetchone()
        if asked is None:
            return False
        # A capture keeps no row of what it found as before: then all that is known is when it began.
        when = datetime.fromisoformat(copy.fetched_at) if copy.capture == capture else moment_of(capture)
        return datetime.now(UTC) - when < MAX_AGE

    def _redirect(self, answer: Response) -> str:
        """Return where an answer redirects to on the site's own hosts; empty if it doesn't.

        Others are never contacted: who sends robots.txt there has none.
        """
        url = resolve(answer.url, answer.header("Location")) if 300 <= answer.status < 400 else None
        if url is None or not self._rules.owns(host_of(url)):
            return ""
        try:
            url = ascii_url(url)
            canonical(url, self._rules)
        except ValueError:
            return ""
        return url


def no_answer(answer: Response) -> ShangyiError:
    """Return what to tell of a site that gave no answer."""
    hint = _("Is the address right, is the server on? Without DNS, name its address: --resolve HOST=ADDRESS")
    if answer.error == "proxy":
        hint = _("Look at HTTP_PROXY and HTTPS_PROXY; a host that needs no proxy is named in NO_PROXY.")
    elif answer.error.startswith("tls-"):
        hint = f"{tls_words(answer.error)} {tls_hint()}"
    reason = _("The old site {url} does not answer: {reason}").format(url=urljoin(answer.url, "/"), reason=answer.error)
    return ShangyiError(reason, hint)
