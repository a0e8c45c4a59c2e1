"""What an answer means for the frontier: by what the server says of it, and by what it is."""

from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from migrate import answers
from migrate.archive.warc import NOT_MODIFIED
from migrate.filenames import is_file_address, names_file
from migrate.harvest.content import ENDS, OFFICE
from migrate.harvest.reading import Reading
from migrate.http import MAX_PAGE, Response
from migrate.http.content import LOST

HTML_INSTEAD = "html-instead-of-file"
"""A page where a file should be: often one that asks to come from the article."""

_FIREWALLS = frozenset({202, 401, 403, 405, 406, 412, 418, 429, 493})
"""Statuses below 500 that firewalls send their pages with."""

TEMPORARY = frozenset({NOT_MODIFIED, 408, 429})
"""Answers that come to nothing. A 304 is one where nothing is known that was not modified."""
_FILES = (".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".pdf", ".wps", ".zip", ".rar", ".7z",
          ".jpg", ".jpeg", ".png", ".gif", ".bmp")  # fmt: skip
_LOGINS = ("login", "logon", "signin", "passport", "admin", "manage", "member", "register", "user", "denglu")


class Verdict(NamedTuple):
    """What an answer means for the frontier."""

    state: str
    reason: str


def judge(response: Response) -> Verdict:
    """Return the frontier state that an answer leads to by what the server says. 404 and the like are answers too."""
    if response.error == "too-large":
        return Verdict("skipped", "too-large")
    if response.error:
        return Verdict("failed", response.error)
    if response.status >= 500 or response.status in TEMPORARY:
        return Verdict("failed", f"HTTP {response.status}")
    return Verdict("fetched", "")


def may_be_challenge(response: Response) -> bool:
    """Say whether an answer with another status than 200 may be a firewall's."""
    return bool(response.body) and (response.status >= 500 or response.status in _FIREWALLS)


def by_content(key: str, response: Response, reading: Reading, *, file: bool) -> Verdict:
    """Return what an answer that was read means; `file` says that its address is a file's.

    A verdict with a reason is not to be trusted; `failed` is asked for again by the next run.
    """
    content = reading.content
    said = judge(response)
    if content.kind == answers.CHALLENGE:
        return Verdict("failed", answers.CHALLENGE)
    if said.reason == "truncated" and ENDS in content.marks:
        said = Verdict("fetched", "")  # Content-Length was a lie: the page is whole
    if said.reason or response.status != 200:
        return said
    if content.kind in answers.MISSING:
        return Verdict("fetched", content.kind)
    useless = HTML_INSTEAD if file and is_page(response, reading) else content.kind
    if useless == answers.LOGIN_FORM and _is_login(key):
        useless = ""
    if not useless and content.fault in LOST and response.length <= MAX_PAGE:
        useless = "truncated"
    return Verdict("failed", useless) if useless else said


def is_page(response: Response, reading: Reading) -> bool:
    """Say whether HTML is a page: Word saves it too, and old scripts send a table of it as a workbook."""
    declared = response.header("Content-Type").lower()
    meant = declared.startswith("application/") and "html" not in declared and not reading.content.kind
    return reading.kind == "html" and not meant and OFFICE not in reading.content.marks


def is_file(key: str, text: str) -> bool:
    """Say whether an address is a file's: by its ending, or as a handler that a link or its query names a file for."""
    parts = urlsplit(key)
    if parts.path.lower().endswith(_FILES):
        return True
    return is_file_address(key) and (names_file(text) or names_file(unquote(parts.query)))


def ends_as_file(key: str) -> bool:
    """Say whether a canonical URL ends as a picture or a document does: hardly ever is there anything to read."""
    return key.lower().endswith(_FILES)


def _is_login(key: str) -> bool:
    lower = key.lower()
    return any(word in lower for word in _LOGINS)
