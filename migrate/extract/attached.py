"""Attachments are screened like pages (design §7): what is in them, each with its place; what can't be read is counted.

A file with personal data is held, and so are the pages that offer it.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from migrate.archive.ledger import Ledger
from migrate.archive.reading import TooLarge, read_response
from migrate.config import SiteConfig
from migrate.errors import ShangyiError
from migrate.extract.documents import Unread, read_document
from migrate.extract.screening import Located, judge
from migrate.i18n import _
from migrate.personal import find_personal
from migrate.records import HTML_TYPES, PERSONAL_FILE, Finding, Level, Record, Resource
from migrate.urls import UrlRules, canonical

SCREENING_VERSION = 4
"""Goes up with every change of what is found in the same file: all files are then read anew."""

MAX_DOCUMENT = 100_000_000
_STAGE = "files"
_MOST = 500
"""Finds of one file that are kept: a list of that many people is held as well as a longer one."""
_NO_TEXT = ("image/", "audio/", "video/", "font/", "text/css", "application/font")
_CODE = ("javascript", "ecmascript", "json", "shockwave")
_MEDIA = frozenset("png gif jpg tif ico bmp webp wav avi mp3 mp4".split())


def screen_files(ledger: Ledger, folder: Path, site: SiteConfig) -> int:
    """Look for personal data in every file that changed, and hold what has some; return how many were read.

    Writes its findings, what it saw of each file, and `held` of the records. In one transaction.
    """
    known = {key: (seen[0], seen[1]) for key, seen in ledger.screened_files(SCREENING_VERSION).items()}
    seen: dict[str, tuple[str, str]] = {}
    fresh: list[Finding] = []
    read = 0
    for resource in ledger.newest_resources():
        if not resource.ok or not _may_be_document(resource) or ledger.record_recipe(resource.key) is not None:
            continue
        if known.get(resource.key, ("", ""))[0] == resource.digest:
            seen[resource.key] = known[resource.key]
            continue
        verdict, findings = _screen(folder, resource)
        seen[resource.key] = (resource.digest, verdict)
        fresh += findings
        read += 1
    kept = [
        finding
        for _stage, finding in ledger.findings(_STAGE)
        if finding.url and seen.get(finding.url) == known.get(finding.url)
    ]
    with ledger.transaction():
        ledger.replace_findings(_STAGE, [*kept, *fresh, *_unread(seen)])
        ledger.write_screened(SCREENING_VERSION, seen)
        _hold_pages(ledger, {key for key, found in seen.items() if found[1] == PERSONAL_FILE}, site)
    return read


def _may_be_document(resource: Resource) -> bool:
    media_type = resource.media_type
    if not resource.digest:
        return False  # an answer without bytes
    if media_type in HTML_TYPES or media_type.startswith(_NO_TEXT):
        return False
    return not any(word in media_type for word in _CODE)


def _screen(folder: Path, resource: Resource) -> tuple[str, list[Finding]]:
    """Return the verdict on a file (clean: empty; personal data; `unread:` and why) and what to tell of it."""
    located: list[Located] = [
        Located(hit, "name") for hit in find_personal(resource.filename or resource.url.rsplit("/", 1)[-1])
    ]
    why = ""
    try:
        body = read_response(folder, resource.warc_file, resource.warc_offset, limit=MAX_DOCUMENT).body
        for piece in read_document(body):
            located += (Located(hit, piece.place) for hit in find_personal(piece.text))
            if len(located) >= _MOST:
                break
    except Unread as error:
        why = str(error)
    except TooLarge:
        why = "too large"
    except ShangyiError as error:
        return "", [Finding(Level.ERROR, "extract.unreadable", resource.key, error.reason, error.hint)]
    held, findings = judge(resource.key, located)
    if held:
        return PERSONAL_FILE, findings
    return (f"unread:{why}" if why and why not in _MEDIA else ""), findings


def _unread(seen: dict[str, tuple[str, str]]) -> Iterator[Finding]:
    """Yield one finding that counts the files nobody has looked into, by format or reason."""
    reasons = Counter(verdict.partition(":")[2] for _digest, verdict in seen.values() if verdict.startswith("unread:"))
    if reasons:
        yield Finding(
            Level.WARNING,
            "safety.unread-files",
            "",
            _("{n} files could not be searched for personal data: {formats}").format(
                n=reasons.total(), formats=", ".join(f"{why} {count}" for why, count in reasons.most_common())
            ),
            _("Look into lists of persons, scans and archives among them before they are published."),
        )


def _hold_pages(ledger: Ledger, files: set[str], site: SiteConfig) -> None:
    """Hold the pages that offer one of the files, and release those that don't any more."""
    if not files and not ledger.any_record_says(PERSONAL_FILE):
        return
    rules = site.url_rules.cautious()
    for record in list(ledger.records()):
        offers = any(_key(link.url, rules) in files for link in record.attachments)
        if offers != (PERSONAL_FILE in record.held):
            ledger.rewrite_record(_with_hold(record, offers))


def _with_hold(record: Record, held: bool) -> Record:
    others = tuple(reason for reason in record.held if reason != PERSONAL_FILE)
    return replace(record, held=(*others, PERSONAL_FILE) if held else others)


def _key(url: str, rules: UrlRules) -> str:
    try:
        return canonical(url, rules)
    except ValueError:
        return ""
